"""Agents that write what chance tells them, each in cells of its own, and what they got through with."""
import collections
import dataclasses
import json
import threading
import time
import traceback

import seeds
from api import Client, Login, discover
from cell import NOBODY, TOLD, Cell, is_refused, is_sallyports, target_of
from mirror import CELL, Markers, Mirror
from oracle import PRESETS
from shrinker import Shrinker

WRITES_A_CELL = 100
OURS = "what is Sallyport's"
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


@dataclasses.dataclass
class Finding:
    seed: int
    cell: str
    preset: str
    write: object
    demands: list
    shrunk: object = None  # the smallest write that still gets through, and what is then seen

    @property
    def is_certain(self):
        """What is Sallyport's may not be written at all."""
        return not self.demands[0].effects

    def key(self):
        return self.write.resource, self.write.part, self.write.verb, tuple(sorted(self.demands[0].effects))

    def text(self):
        write, demands = self.shrunk or (self.write, self.demands)
        return "\n".join([
            f"--seed {self.seed}, cell {self.cell}, {'policies for each effect' if self.preset == TOLD else f'preset {self.preset}'}: "
            "let through " + ("although it is Sallyport's own" if self.is_certain else "without " + " or ".join(sorted(demands[0].effects))),
            *(f"  seen: {each.what} ({' or '.join(sorted(each.effects))})" for each in demands),
            f"  by: {write.in_short()}", f"  write: {write.as_json()}"])


class Tally:
    """Per kind, how many writes were accepted, refused by the gate, and refused by the API server itself."""

    def __init__(self):
        self.lock, self.counts = threading.Lock(), collections.defaultdict(collections.Counter)
        self.begun = self.last = None
        self.why = collections.defaultdict(collections.Counter)

    def note(self, write, answer, connected):
        outcome = "accepted" if answer.ok or connected else "refused" if is_refused(answer) else "invalid"
        with self.lock:
            self.last = time.monotonic()
            self.begun = self.begun or self.last
            self.counts[OURS if is_sallyports(target_of(write)) else write.resource][outcome] += 1
            if outcome == "invalid":
                self.why[write.resource, write.verb, write.part][answer.object.get("message", answer.text)[:160]] += 1

    def of(self, kind):
        return self.counts.get(kind, collections.Counter())

    def total(self, *outcomes):
        return sum(counts[each] for counts in self.counts.values() for each in outcomes or ("accepted", "refused", "invalid"))

    def a_minute(self):
        """Since the first of them."""
        return 60 * self.total() / max(1, self.last - self.begun) if self.begun else 0

    def text(self):
        lines = [f"{self.total()} writes, {self.a_minute():.0f} a minute: {self.total('accepted')} accepted, {self.total('refused')} refused "
                 f"by the gate, {self.total('invalid')} by the API server"]
        for kind, counts in sorted(self.counts.items()):
            made = sum(counts.values())
            lines.append(f"  {kind:60} {counts['accepted']:5} of {made:5} ({100 * counts['accepted'] // made} %), gate {counts['refused']}")
        return "\n".join(lines)


class Fuzz:
    """`lanes`: the preset of each agent; one agent is one thread and has one cell at a time. `first_cell`: where two run on one cluster, one
    after the other, their cells have numbers of their own."""

    def __init__(self, world, seed, lanes, first_cell=0):
        self.first_cell = first_cell
        self.world, self.seed, self.lanes, self.tally = world, seed, lanes, Tally()
        self.lock, self.stopped, self.faults = threading.Lock(), threading.Event(), []
        self.found, self.unconfirmed = {}, collections.Counter()
        self.did_not_come_again = []
        self.shrinker = Shrinker(world, seed, first_cell + 90000)
        self.stop_at_first = False

    def run(self, seconds, stop_at_first=False):
        """Findings, once the time is over; or the first of them."""
        self.stop_at_first = stop_at_first
        threads = [threading.Thread(target=self._lane, args=(number, preset), daemon=True) for number, preset in enumerate(self.lanes)]
        for each in threads:
            each.start()
        self.stopped.wait(seconds)
        self.stopped.set()
        for each in threads:
            each.join(120)
        assert not self.faults, "\n".join(self.faults)
        return list(self.found.values())

    def _lane(self, number, preset):
        turn = 0
        try:
            while not self.stopped.is_set():
                cell = Cell(self.world, f"fz{self.first_cell + number + 100 * turn}", preset, self.seed)
                turn += 1
                cell.make()
                for _ in range(WRITES_A_CELL):
                    if self.stopped.is_set() or cell.is_over():
                        break
                    self._one_write(cell)
        except Exception:  # a thread's end must fail the test
            self.faults.append(f"lane {number} ({preset}): {traceback.format_exc()}")
            self.stopped.set()

    def _one_write(self, cell):
        write = cell.next_write()
        answer, demands = cell.try_out(write)
        self.tally.note(write, answer, cell.has_connected(write, answer))
        if demands:
            self._look_at(Finding(self.seed, cell.name, cell.preset, write, demands), cell)

    def _look_at(self, finding, cell):
        """Once more in a cell of its own: what is left of an earlier write, or is seen late, does not come again."""
        with self.lock:
            if finding.key() in self.found or self.unconfirmed[finding.key()] >= 3:
                return
        if finding.is_certain:
            with self.lock:
                self.found[finding.key()] = finding
            return
        finding.shrunk = self.shrinker.shrink(finding, cell)
        with self.lock:
            if finding.shrunk is None:
                self.unconfirmed[finding.key()] += 1
                self.did_not_come_again.append(finding)
                return
            self.found.setdefault(finding.key(), finding)
        if self.stop_at_first:
            self.stopped.set()

    def report(self):
        return "\n".join([self.tally.text(), f"{len(self.found)} findings, {sum(self.unconfirmed.values())} that did not come again",
                          *(each.text() for each in self.found.values()),
                          *(f"not again: {each.text()}" for each in self.did_not_come_again[:LAST_TOLD])])


def lanes(told, each):
    """So many agents under policies that tell, and under each preset, and one under none."""
    return [TOLD] * told + [preset for preset in PRESETS for _ in range(each)] + [NOBODY]


def from_json(text):
    return json.loads(text)
