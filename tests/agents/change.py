"""Changes of objects, left to chance: fields taken from another object of the kind, left out, or given another value."""
import copy
import re

# The API server's own, and what says which object it is.
BOOKKEEPING = {"name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink",
               "generateName", "deletionTimestamp", "deletionGracePeriodSeconds"}
TYPE = {"apiVersion", "kind"}
# Other values, by the names of fields.
OTHERS = {
    "image": ["registry.example/evil:9", "registry.example/api:2"],
    "serviceAccountName": ["default", "builder"], "serviceAccount": ["default", "builder"],
    "secretName": ["db", "tls"], "restartPolicy": ["Always", "OnFailure", "Never"], "imagePullPolicy": ["Always", "IfNotPresent", "Never"],
    "dnsPolicy": ["ClusterFirst", "Default"], "phase": ["Pending", "Running", "Succeeded", "Failed", "Active", "Terminating", "Bound", "Available", "Lost"],
    "effect": ["NoSchedule", "PreferNoSchedule", "NoExecute"], "status": ["True", "False", "Unknown"], "type": [
        "ClusterIP", "NodePort", "LoadBalancer", "RollingUpdate", "OnDelete", "Recreate", "Ready", "Complete", "Failed", "Approved", "Normal", "Warning"],
    "concurrencyPolicy": ["Allow", "Forbid", "Replace"], "schedule": ["* * * * *", "0 0 1 1 *"],
    "persistentVolumeReclaimPolicy": ["Retain", "Delete"], "reclaimPolicy": ["Retain", "Delete"], "whenDeleted": ["Retain", "Delete"],
    "whenScaled": ["Retain", "Delete"], "podManagementPolicy": ["Parallel", "OrderedReady"], "preemptionPolicy": ["Never", "PreemptLowerPriority"],
    "externalTrafficPolicy": ["Local", "Cluster"], "internalTrafficPolicy": ["Local", "Cluster"], "sessionAffinity": ["None", "ClientIP"],
    "pathType": ["Exact", "Prefix"], "policyTypes": ["Ingress", "Egress"], "addressType": ["IPv4"], "protocol": ["TCP", "UDP", "SCTP"],
    "failurePolicy": ["Ignore", "Fail"], "matchPolicy": ["Exact", "Equivalent"], "fsGroupPolicy": ["None", "File", "ReadWriteOnceWithFSType"],
    "volumeMode": ["Filesystem", "Block"], "volumeBindingMode": ["Immediate", "WaitForFirstConsumer"],
    "schedulerName": ["default-scheduler", "mine"], "priorityClassName": ["system-node-critical", "system-cluster-critical"],
    "holderIdentity": ["me", "you"], "app": ["web", "db", "full"], "verbs": ["get", "list", "update", "create"], "resources": ["pods", "configmaps", "services"],
}
# And by what they look like.
FORMS = [
    (r"\d+(\.\d+)?([mkMGT]|[KMGT]i)?", ["1", "2", "1Gi", "2Gi", "10m", "0"]),
    (r"\d{4}-\d\d-\d\dT[\d:]+Z", ["2026-02-02T00:00:00Z", "2036-01-01T00:00:00Z"]),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", ["2026-02-02T00:00:00.000000Z"]),
    (r"\d+\.\d+\.\d+\.\d+", ["203.0.113.99", "10.244.3.3"]),
    (r"\d+\.\d+\.\d+\.\d+/\d+", ["10.9.0.0/16", "203.0.113.0/24"]),
    (r"[A-Za-z0-9+/]+={1,2}", ["YQ==", "Ym8="]),
]
EMPTY = {dict: {}, list: [], str: "", int: 0, bool: False}


def other_value(key, value, chance):
    """Of the same type; what looks like it was made by people mostly stays valid."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return chance.choice([each for each in (0, 1, value + 1, value - 1, value * 2) if each != value])
    if key in OTHERS:
        return chance.choice([each for each in OTHERS[key] if each != value] or [value])
    for looks_like, others in FORMS:
        if re.fullmatch(looks_like, value):
            return chance.choice([each for each in others if each != value] or [value])
    return chance.choice([value + "x", value + "x", "x", ""])


def walk(value, chance, steps=()):
    """A place on the way down, left to chance: nearer ones more often, so that what is rare is not drowned by what is deep."""
    while isinstance(value, (dict, list)) and value:
        if steps and chance.random() < 0.25:
            break
        step = chance.choice(sorted(value)) if isinstance(value, dict) else chance.randrange(len(value))
        value, steps = value[step], (*steps, step)
    return steps, value


def is_fixed(steps):
    return not steps or steps[0] in TYPE or steps[0] == "metadata" and (len(steps) == 1 or steps[1] in BOOKKEEPING)


def holder_of(thing, steps, make=False):
    """What the last step goes into, and that step; an element of a list that has a name is found by it."""
    for step, following in zip(steps, steps[1:]):
        if isinstance(thing, list):
            if not isinstance(step, int) or step >= len(thing):
                return None, None
            thing = thing[step]
        elif isinstance(thing, dict):
            if thing.get(step) is None:
                if not make:
                    return None, None
                thing[step] = [] if isinstance(following, int) else {}
            thing = thing[step]
        else:
            return None, None
    return thing, steps[-1]


def put(thing, steps, value):
    holder, step = holder_of(thing, steps, make=True)
    if isinstance(holder, dict) and isinstance(step, str):
        holder[step] = value
    elif isinstance(holder, list) and isinstance(step, int):
        same = [place for place, each in enumerate(holder) if isinstance(each, dict) and isinstance(value, dict)
                and each.get("name") is not None and each.get("name") == value.get("name")]
        if same or step < len(holder):
            holder[same[0] if same else step] = value
        else:
            holder.append(value)


def take_out(thing, steps):
    holder, step = holder_of(thing, steps)
    if isinstance(holder, dict) and step in holder or isinstance(holder, list) and isinstance(step, int) and step < len(holder):
        del holder[step]


def values_at(value, steps, before=()):
    """[(steps, value)] of all that stand at a place, whose steps have "*" for any element of a list."""
    if not steps:
        return [(before, value)]
    if steps[0] == "*":
        inner = enumerate(value) if isinstance(value, list) else ()
    else:
        inner = [(steps[0], value[steps[0]])] if isinstance(value, dict) and steps[0] in value else ()
    return [found for step, each in inner for found in values_at(each, steps[1:], (*before, step))]


WHOLE_NEW, WHOLE_IN = 0.6, 0.15  # how often what is around a place comes with it, where there is nothing yet and where there is


def graft_at(thing, donor, steps, chance):
    """Puts there what the donor has at that place, and as little else as may be valid: an element of a list that has no counterpart
    comes whole, and so, by chance, does what is around it."""
    step, rest = steps[0], steps[1:]
    if step == "*":
        element = chance.choice([each for each in donor if values_at(each, rest)])
        same = counterparts(thing, element)
        if not same:
            thing.append(copy.deepcopy(element))
        elif rest:
            graft_at(thing[same[0]], element, rest, chance)
        else:
            thing[same[0]] = copy.deepcopy(element)
    elif not rest or isinstance(donor[step], dict) and chance.random() < (WHOLE_IN if step in thing else WHOLE_NEW):
        thing[step] = copy.deepcopy(donor[step])
    else:
        if not isinstance(thing.get(step), type(donor[step])):
            thing[step] = type(donor[step])()
        graft_at(thing[step], donor[step], rest, chance)


def counterparts(things, element):
    """Places in a list of what is the same thing: by its name, or the first where there are no names."""
    if not isinstance(element, dict):
        return [place for place, each in enumerate(things) if each == element]
    name = element.get("name")
    return [place for place, each in enumerate(things) if isinstance(each, dict) and each.get("name") == name]


class Changer:
    """`within`: the fields of the object that count, e.g. only its status."""

    def __init__(self, chance, donors, metadata, within=None):
        self.chance, self.donors, self.metadata, self.within = chance, donors, metadata, within

    def changed(self, thing):
        """A copy with one to three changes; it may be equal where chance finds nothing."""
        made = copy.deepcopy(thing)
        for _ in range(self.chance.choice([1, 1, 1, 1, 2, 3])):
            self.chance.choices([self.graft, self.leave_out, self.alter, self.add_element, self.add_metadata], [40, 20, 30, 5, 12])[0](made)
        return made

    def _place(self, thing):
        """A place that may be changed."""
        whole = {key: value for key, value in thing.items() if key not in TYPE and (self.within is None or key in self.within)}
        if "metadata" in whole:
            whole["metadata"] = {key: value for key, value in whole["metadata"].items() if key not in BOOKKEEPING}
        return walk({key: value for key, value in whole.items() if value or key != "metadata"}, self.chance)

    def graft(self, thing):
        if self.donors:
            steps, value = self._place(self.chance.choice(self.donors))
            if not is_fixed(steps):
                put(thing, steps, copy.deepcopy(value))

    def leave_out(self, thing):
        steps, value = self._place(thing)
        if not is_fixed(steps):
            self.leave_out_at(thing, steps, value)

    def leave_out_at(self, thing, steps, value):
        if self.chance.random() < 0.3 and type(value) in EMPTY:
            put(thing, steps, copy.deepcopy(EMPTY[type(value)]))
        else:
            take_out(thing, steps)

    def alter(self, thing):
        self.alter_at(thing, *self._place(thing))

    def alter_at(self, thing, steps, value):
        """Some value that stands there, or deeper."""
        for _ in range(5):
            if not isinstance(value, (dict, list)):
                break
            deeper, value = walk(value, self.chance)
            steps += deeper
        if is_fixed(steps) or isinstance(value, (dict, list, float)) or value is None:
            return
        named = [step for step in steps if isinstance(step, str)][-1]
        put(thing, steps, other_value(named, value, self.chance))

    def add_element(self, thing):
        """Some list gets one more, in another place, or they change places."""
        steps, _ = self._place(thing)
        numbered = [place for place, step in enumerate(steps) if isinstance(step, int)]
        if not numbered:
            return
        holder, step = holder_of(thing, steps[:numbered[-1] + 1])
        if not isinstance(holder, list) or step >= len(holder):
            return
        more = copy.deepcopy(holder[step])
        if isinstance(more, dict) and isinstance(more.get("name"), str):
            more["name"] += "-too"
        elif isinstance(more, str):
            more += "x"
        if self.chance.random() < 0.7:
            holder.insert(self.chance.randrange(len(holder) + 1), more)
        else:
            holder.reverse()

    def add_metadata(self, thing):
        if self.within is None or "metadata" in self.within:
            for field, value in self.chance.choice(self.metadata).items():
                metadata = thing.setdefault("metadata", {})
                if isinstance(value, dict):
                    metadata[field] = {**(metadata.get(field) or {}), **value}
                else:
                    metadata[field] = [*(metadata.get(field) or []), *copy.deepcopy(value)]


def differing(before, after, steps=()):
    """[(steps, value)] by which `before` becomes `after`; None: it is gone. Lists are replaced whole, unless they are as long."""
    if before == after:
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        return [each for key in sorted(before.keys() | after.keys()) for each in differing(before.get(key), after.get(key), (*steps, key))]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [each for place, pair in enumerate(zip(before, after)) for each in differing(*pair, (*steps, place))]
    return [(steps, after)]
