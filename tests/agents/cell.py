"""One part of the cluster in which one agent acts alone: a namespace, and objects without one whose names say where they belong."""
import copy
import json
import random
import time

import seeds
from api import MERGE, Client
from hand import Hand
from history import History
from mirror import Key, becomes_true
from oracle import EFFECTS, EVERYTHING, PRESETS, Demand, Look, is_going, version_told
from rights_seen import review_of
from writer import Writer, without_bookkeeping

TOLD = "told"  # the preset of an agent whose policies are in Warn, one for each effect: it is told what they would have asked about
NOBODY = "none"
ALL = frozenset((*EFFECTS, EVERYTHING))
# What acts on others by itself, so that the consequences of a write may come later.
LIVELY = {"pods", "replicationcontrollers", "replicasets", "deployments", "statefulsets", "daemonsets", "jobs", "cronjobs",
          "controllerrevisions", "horizontalpodautoscalers", "services", "endpoints", "endpointslices", "serviceaccounts", "secrets", "nodes", "namespaces",
          "persistentvolumes", "persistentvolumeclaims", "clusterroles", "certificatesigningrequests", "resourceclaims", "customresourcedefinitions",
          "devicetaintrules", "resourceslices", "poddisruptionbudgets"}


DEALT = 0.75  # of an agent's writes are cards as long as it has any, the others left to chance
PODS = 8  # that run in a cell once all is there


class Stage:
    """Makes what stands in a cell before the agent begins."""

    def __init__(self, world, client, cell):
        self.world, self.client, self.cell, self.uids = world, client, cell, {}

    def make(self):
        for each in seeds.STAGE:
            self.put(seeds.filled(each, self.cell, self.uid_of))
        becomes_true(lambda: self.standing("apps/replicasets"), 20)
        # So that there is a revision to go back to. With pods from the beginning it would never be rolled out: none is ever ready.
        self.client.must("PATCH", self.world.resources["apps/deployments"].path(self.cell, "web"), {
            "spec": {"replicas": 2, "template": {"spec": {"nodeSelector": {"disk": "fast"}}}}}, MERGE)
        becomes_true(lambda: len(self.standing("core/pods")) >= PODS, 20)
        self.make_ready()
        self.world.markers.wait(time.monotonic())
        becomes_true(lambda: self.world.mirror.is_quiet(self.cell, 0.3), 20)
        self.world.mirror.forget(self.cell)

    def standing(self, resource):
        return [key for key in self.world.mirror.standing_in(self.cell) if key.resource == resource]

    def uid_of(self, kind, name):
        return self.uids.get((kind, name), seeds.GONE)

    def put(self, thing):
        """Makes an object, or gives it the status that it has here; whether the API server took it."""
        resource = self.world.of_kind(*seeds.kind_of(thing))
        namespace = self.cell if resource.namespaced else None
        answer = self.client.call("POST", resource.path(namespace), {key: value for key, value in thing.items() if key != "status"})
        if not answer.ok:
            return answer
        made = answer.object
        self.uids[thing["kind"], thing["metadata"]["name"]] = made["metadata"]["uid"]
        if thing.get("status") and "status" in resource.parts:
            self.client.call("PATCH", resource.path(namespace, made["metadata"]["name"], "status"), {"status": thing["status"]}, MERGE)
        return answer

    def make_ready(self):
        """Without a kubelet nobody says that pods are: so that traffic goes to them, they need addresses."""
        pods = self.world.resources["core/pods"]
        for place, key in enumerate(key for key in self.standing("core/pods") if key.name.startswith("web-")):
            address = f"10.244.{int(self.cell[2:]) % 250}.{place + 1}"
            self.client.call("PATCH", pods.path(self.cell, key.name, "status"), {"status": {
                "phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
                "conditions": [{"type": "Ready", "status": "True"}, {"type": "ContainersReady", "status": "True"}]}}, MERGE)


class Cell:
    """`name` and `seed` decide what the agent does here, as far as the API server's answers, to this agent and to others, are the same."""

    def __init__(self, world, name, preset, seed, cards=()):
        self.world, self.name, self.preset = world, name, preset
        self.chance = random.Random(f"{seed} {name} {preset}")
        self.agent, self.admin = Client(world.login_of(preset)), Client(world.admin)
        self.stage = Stage(world, self.admin, name)
        self.writer = Writer(self.chance, self.donors, seeds.metadata_of(name), world.luck)
        self.made, self.history, self.hand = 0, History(name), Hand(self, cards)

    def make(self):
        self.stage.make()

    def donors(self, kind):
        return [self.world.as_served(each) for each in seeds.donors_of(kind, self.name, self.stage.uid_of)]

    def seeds(self, resource):
        return [self.world.as_served(each) for each in seeds.seeds_of((resource.group, resource.kind), self.name, self.stage.uid_of)]

    def is_over(self):
        namespace = self.world.mirror.get(Key("core/namespaces", "", self.name))
        return namespace is None or "deletionTimestamp" in namespace["metadata"]

    # --- what the agent does next ---

    def next_write(self):
        if self.preset == NOBODY and self.chance.random() < 0.5:
            return self.next_trespass()
        if self.hand.cards and self.chance.random() < DEALT and (write := self.hand.next_write()):
            return write
        resource = self.world.resources[self.chance.choices(self.world.kinds, self.world.weights)[0]]
        standing = self.standing(resource)
        updates = 45 * self.world.luck.of(resource.name, "", "!update")
        doing = self.chance.choices(["create", "update", "part", "delete", "collection"], [22, updates, 23, 7, 3])[0]
        if not standing or doing == "create":
            return self.create(resource, bool(standing))
        thing = copy.deepcopy(self.chance.choice(standing))
        parts = sorted(resource.parts)
        if doing == "part" and parts:
            part = "scale" if "scale" in parts and self.chance.random() < 0.4 else self.chance.choice(parts)
            write = self.writer.use_part(resource, thing, part)
            if write:
                return write
        if doing == "delete":
            return self.writer.delete(resource, thing)
        if doing == "collection" and "deletecollection" in resource.verbs:
            return self.writer.delete_collection(resource, thing)
        return self.writer.update(resource, thing)

    def next_trespass(self):
        """On what is Sallyport's own, in whatever way."""
        found = sorted((key for key in self.world.mirror.standing_in("") if is_sallyports(key)), key=str)
        key = self.chance.choice(found)
        resource, thing = self.world.resources[key.resource], copy.deepcopy(self.world.mirror.get(key))
        parts = sorted(resource.parts - {"token"})
        return self.chance.choices([
            lambda: self.writer.update(resource, thing),
            lambda: parts and self.writer.use_part(resource, thing, self.chance.choice(parts)) or self.writer.update(resource, thing),
            lambda: self.writer.delete(resource, thing),
            lambda: self.writer.copy(resource, thing)], [50, 20, 20, 10])[0]()

    def is_own(self, key):
        """Not the namespace that all of this happens in, but for once in a while; nor what controllers tell."""
        if key.resource.endswith("/events") and "." in key.name:
            return False
        return key != Key("core/namespaces", "", self.name) or self.chance.random() < 0.05

    def standing(self, resource):
        """What of a kind the agent may choose: [object], not to be changed."""
        return [thing for key, thing in sorted(self.world.mirror.standing_in(self.name).items())
                if key.resource == resource.name and "deletionTimestamp" not in thing["metadata"] and self.is_own(key)]

    def put_seed(self, resource):
        """The admin makes one, so that there is one; what then stands."""
        for each in self.seeds(resource):
            if self.stage.put(each).ok:
                becomes_true(lambda: self.standing(resource), 3)
                self.rest(resource.plural in LIVELY)
                break
        return self.standing(resource)

    def create(self, resource, is_more):
        self.made += 1
        return self.writer.create(resource, self.name if resource.namespaced else "", self.seeds(resource), f"n{self.made}" if is_more or self.chance.random() < 0.5 else "")

    def created_from(self, resource, thing):
        self.made += 1
        return self.writer.create_of(resource, self.name if resource.namespaced else "", thing, f"n{self.made}")

    # --- doing it ---

    def act(self, write):
        """What the agent was told. If what it would have made cannot be had that way, the admin makes it, for what comes next."""
        answer = self.send(write)
        if write.verb == "create" and not write.part and not answer.ok:
            resource = self.world.resources[write.resource]
            if not any(key.resource == write.resource for key in self.world.mirror.standing_in(self.name)):
                self.put_seed(resource)
            self.settle(write, answer)
        return answer

    def send(self, write):
        return self.agent.call(*write.call(self.world.resources[write.resource]))

    def settle(self, write, answer):
        """Until what follows from the write has happened, as far as that can be told."""
        done = time.monotonic()
        made = answer.object.get("metadata", {}) if answer.ok else {}
        if write.verb == "delete":
            key = Key(write.resource, write.namespace, write.name)
            becomes_true(lambda: is_going(self.world.mirror.get(key)), 3)
        elif made.get("resourceVersion") and made.get("name") and "dryRun" not in write.query:
            self.world.mirror.has_seen(Key(write.resource, write.namespace, made["name"]), made["resourceVersion"])
        self.rest(self.is_lively(write), done)

    def rest(self, is_lively, done=None):
        """Until controllers have done what there was to do."""
        if is_lively:
            self.world.markers.wait(done or time.monotonic())
            becomes_true(lambda: self.world.mirror.is_quiet(self.name, 0.15), 3)
        else:
            time.sleep(0.05)

    def is_lively(self, write):
        if self.world.resources[write.resource].plural in LIVELY or write.verb in ("delete", "deletecollection"):
            return True
        metadata = (write.wanted or {}).get("metadata") or {}
        return bool(metadata.get("ownerReferences") or metadata.get("finalizers") or ((write.before or {}).get("metadata") or {}).get("finalizers"))

    def told(self, answer):
        """Of which effects the gate has spoken. Under a policy that asks, what comes through is said to have none of its own."""
        if self.preset == TOLD:
            return frozenset(effect for effect in ALL if any(f" {policy_name(effect)} would have asked" in each for each in answer.warnings))
        return ALL - frozenset(PRESETS.get(self.preset, ()))

    def try_out(self, write):
        """(answer, demands that the gate has not met) of one write, with the cell at rest before and after it."""
        before = self.world.mirror.standing_in(self.name)
        self.world.mirror.forget(self.name)
        answer = self.act(write)
        if not answer.ok and not self.has_connected(write, answer):
            return answer, []
        if is_sallyports(target_of(write)):
            return answer, [Demand(frozenset(), f"{target_of(write)} was written")]
        if self.preset == NOBODY:
            return answer, []
        self.settle(write, answer)
        own, changes = self.world.mirror.take_changes(self.name, version_told(write, answer))
        if "dryRun" in write.query:
            own, changes = None, []
        look = Look(write, answer, changes, before, self.world.mirror.standing_in(self.name), own)
        told = self.told(answer)
        things = {**look.before, **look.after}
        self.history.learn(things)
        unmet = [each for each in look.find() if not each.is_met(told) and (each.is_own or not self.history.explains(each, things))
                 and self.is_so(each)]
        self.history.note(look.target, told, things)
        return answer, unmet

    def is_so(self, demand):
        """Of a right the API server itself is asked: there may be another way to have it."""
        review = demand.right and review_of(demand.right)
        if not review:
            return True

        def is_told():
            told = self.admin.must("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
            return bool(told["status"]["allowed"]) == demand.is_gained
        return becomes_true(is_told, 1)  # its authorizer hears of what is stored a little later

    @staticmethod
    def has_connected(write, answer):
        return write.verb == "connect" and not is_refused(answer) and answer.status not in (401, 403, 404, 405)


def target_of(write):
    return Key(write.resource, write.namespace, write.name)


def is_sallyports(key):
    """But for what the API server asks no webhook about."""
    group = key.resource.split("/")[0]
    return group != "admissionregistration.k8s.io" and (group == "sallyport.dev" or key.namespace == "sallyport-system" or key.name == "sallyport-system"
                                                        or key.name.startswith("sallyport") or key.name.endswith(".sallyport.dev"))


def policy_name(effect):
    return f"sees-{effect.lower()}"


def is_refused(answer):
    """By the gate or the guard, not by the API server itself."""
    return answer.status in (403, 429) and "[code=" in answer.text


def recreated(thing):
    """What the admin makes so that it is there again as it was."""
    made = without_bookkeeping(thing)
    made["metadata"]["name"] = thing["metadata"]["name"]
    if thing.get("status"):
        made["status"] = thing["status"]
    return json.loads(json.dumps(made))
