"""Agents that write what chance tells them, each in cells of its own, and what they got through with."""
import collections
import threading
import time
import traceback

import seeds
from api import Client, Login, discover
from cell import NOBODY, TOLD, Cell, is_refused
from deck import Deck, all_cards
from luck import Luck
from mirror import CELL, Markers, Mirror
from oracle import PRESETS
from search import EachKindOfWrite, Finding
from shrinker import Shrinker
from tally import Tally

WRITES_A_CELL = 100
HAND = 70  # of them are cards
LOOKING = 2     # agents that look at one kind of finding at once
LAST_TOLD = 20  # of what did not come again
# How often agents choose a kind, others being 1: of some there is more to be seen, or more to be found.
WEIGHTS = [({"pods", "deployments", "statefulsets", "daemonsets", "replicationcontrollers", "jobs", "cronjobs"}, 3),
           ({"replicasets", "services", "nodes", "serviceaccounts", "secrets", "configmaps", "clusterroles", "networkpolicies", "ingresses"}, 2)]
# Kinds of which no agent makes any here, and why.
LEFT_OUT = {
    "core/componentstatuses": "nothing of it is stored",
    "coordination.k8s.io/leasecandidates": "no version of it is on by itself",
    **{f"admissionregistration.k8s.io/{kind}": "the API server asks no webhook about it: agents may have no right to write it" for kind in (
        "validatingwebhookconfigurations", "mutatingwebhookconfigurations", "validatingadmissionpolicies", "validatingadmissionpolicybindings",
        "mutatingadmissionpolicies", "mutatingadmissionpolicybindings")},
    "certificates.k8s.io/podcertificaterequests": "only a kubelet can make one: it proves that it holds a key for a pod on its node",
}


class World:
    """The cluster, as all agents share it."""

    def __init__(self, cluster, logins):
        self.admin, self.logins = Login(cluster.kubeconfig("admin")), logins
        self.resources = discover(Client(self.admin))
        self.by_kind = {(each.group, each.kind): each for each in self.resources.values()}
        self.kinds = sorted(each.name for each in self.resources.values()
                            if each.group != "sallyport.dev" and not CELL.search(each.group) and each.name not in LEFT_OUT
                            and {"create", "delete", "list", "watch"} <= each.verbs)
        self.weights = [next((weight for kinds, weight in WEIGHTS if self.resources[name].plural in kinds), 1) for name in self.kinds]
        self.luck = Luck()
        self.cards = all_cards(self.resources, self.kinds)
        self.mirror = Mirror(self.admin, self.resources)
        self.mirror.wait_until_listed()
        self.markers = Markers(Client(self.admin), self.mirror, self.resources["apps/deployments"])

    def of_kind(self, group, kind):
        return self.by_kind[group, kind]

    def as_served(self, thing):
        """In the version that this server has."""
        return {**thing, "apiVersion": self.of_kind(*seeds.kind_of(thing)).api_version}

    def login_of(self, preset):
        return self.logins[preset]

    def kinds_without_seeds(self):
        return [name for name in self.kinds if not seeds.has_seeds((self.resources[name].group, self.resources[name].kind))]

    def stop(self):
        self.markers.stop()
        self.mirror.stop()


class Fuzz:
    """`lanes`: the preset of each agent; one agent is one thread and has one cell at a time. `first_cell`: where two run on one cluster, one
    after the other, their cells have numbers of their own. `search`: what is worth a look."""

    def __init__(self, world, seed, lanes, first_cell=0, search=None):
        self.first_cell, self.search = first_cell, search or EachKindOfWrite()
        self.world, self.seed, self.lanes, self.tally = world, seed, lanes, Tally()
        self.lock, self.stopped, self.faults = threading.Lock(), threading.Event(), []
        self.decks = {preset: Deck(f"{seed} {first_cell} {preset}", world.cards) for preset in self.lanes}
        self.found, self.did_not_come_again, self.looked_at = [], [], collections.Counter()
        self.shrinker = Shrinker(world, seed, first_cell + 90000)

    def run(self, seconds, writes=0):
        """Until the time is over and so many writes were made, or the search is over; findings."""
        begun = time.monotonic()
        threads = [threading.Thread(target=self._lane, args=(number, preset), daemon=True) for number, preset in enumerate(self.lanes)]
        for each in threads:
            each.start()
        while not self.stopped.wait(0.2) and (time.monotonic() < begun + seconds or self.tally.total() < writes):
            pass
        self.stopped.set()
        for each in threads:
            each.join(120)
        assert not self.faults, "\n".join(self.faults)
        return self.found

    def _lane(self, number, preset):
        turn = 0
        try:
            while not self.stopped.is_set():
                cell = Cell(self.world, f"fz{self.first_cell + number + 100 * turn}", preset, self.seed, self._hand(number, turn))
                turn += 1
                cell.make()
                for _ in range(WRITES_A_CELL):
                    if self.stopped.is_set() or cell.is_over():
                        break
                    self._one_write(cell)
        except Exception:  # a thread's end must fail the test
            self.faults.append(f"lane {number} ({preset}): {traceback.format_exc()}")
            self.stopped.set()

    def _hand(self, number, turn):
        """Lanes of one preset are dealt from one deck."""
        preset = self.lanes[number]
        alike = [each for each, other in enumerate(self.lanes) if other == preset]
        return self.decks[preset].hand(alike.index(number) + turn * len(alike), HAND)

    def _one_write(self, cell):
        write = cell.next_write()
        answer, demands = cell.try_out(write)
        self.tally.note(write, answer, cell.has_connected(write, answer))
        if not is_refused(answer):
            self.world.luck.note(write, answer.ok)
        if demands:
            self._look_at(Finding(self.seed, cell.name, cell.preset, write, demands), cell)

    def _look_at(self, finding, cell):
        """Once more in a cell of its own: what is left of an earlier write, or is seen late, does not come again."""
        with self.lock:
            if self.looked_at[finding.key()] >= LOOKING or not self.search.is_news(finding):
                return
            self.looked_at[finding.key()] += 1
        try:
            if not finding.is_certain:
                finding.shrunk = self.shrinker.again(finding, cell)
            if finding.shrunk and self.search.must_be_smaller(finding):
                finding.shrunk = self.shrinker.shrink(finding, cell)
        finally:
            with self.lock:
                self.looked_at[finding.key()] -= 1
                self._note(finding)

    def _note(self, finding):
        if finding.shrunk is None and not finding.is_certain:
            self.search.note_failed(finding)
            self.did_not_come_again.append(finding)
        elif self.search.is_news(finding):
            self.search.note(finding)
            self.found.append(finding)
        if self.search.is_over():
            self.stopped.set()

    def report(self):
        return "\n".join([self.tally.text(), f"{len(self.found)} findings, {len(self.did_not_come_again)} that did not come again",
                          *(each.text() for each in self.found),
                          *(f"not again: {each.text()}" for each in self.did_not_come_again[:LAST_TOLD])])


def lanes(told, each):
    """So many agents under policies that tell, and under each preset, and one under none."""
    return [TOLD] * told + [preset for preset in PRESETS for _ in range(each)] + [NOBODY]
