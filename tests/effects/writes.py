"""What one write does: the head of src/effects/effects.table as code, by the places of src/effects/effects.reviewed."""
import re

from reviewed import Reviewed

BOOKKEEPING = {("metadata", name) for name in ("resourceVersion", "generation", "creationTimestamp", "selfLink")}
SYSTEM = {"kube-system", "kube-public", "kube-node-lease"}
REVIEWED = Reviewed()
LETS_GO = {"owner_added", "finalizer_removed"}  # the object may go by it
LOGINS = {"kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"}


def leaves(value, steps=()):
    """(steps, value) of all that is there: scalars, and objects and lists that are empty."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*steps, key))
    elif isinstance(value, list) and value:
        for item in value:
            yield from leaves(item, steps)
    else:
        yield steps, value


def differences(before, after, steps=()):
    """(steps, value before, value after) of all that differs. Elements of lists are told apart by their names, or word for word."""
    if before == after or steps in BOOKKEEPING:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before.keys() | after.keys():
            yield from differences(before.get(key), after.get(key), (*steps, key))
    elif isinstance(before, list) and isinstance(after, list) and _named(before + after):
        for name in {item["name"] for item in before + after}:
            yield from differences(*({item["name"]: item for item in side}.get(name) for side in (before, after)), steps)
    elif isinstance(before, (dict, list)) or isinstance(after, (dict, list)):
        for item in _elements(before, after):
            yield from ((found, value, None) for found, value in leaves(item, steps))
        for item in _elements(after, before):
            yield from ((found, None, value) for found, value in leaves(item, steps))
    else:
        yield steps, before, after


def _elements(side, other):
    """What stands on one side alone: the elements of a list, or the whole."""
    if isinstance(side, list) and side:
        return [each for each in side if not (isinstance(other, list) and each in other)]
    return [] if side is None else [side]


def _named(items):
    return all(isinstance(item, dict) and "name" in item for item in items)


def pod_spec_of(thing):
    for path in (("spec", "jobTemplate", "spec", "template", "spec"), ("spec", "template", "spec"), ("template", "spec"), ("spec",)):
        found = at(thing, path)
        if isinstance(found, dict) and "containers" in found:
            return found
    return {}


def at(thing, path):
    for step in path:
        thing = thing.get(step) if isinstance(thing, dict) else None
    return thing


def shows_secret(volume):
    return any(any("secret" in step.lower() for step in steps) for steps, _ in leaves(volume))


def uses_secret(spec):
    return any(any("secret" in step.lower() for step in steps) for steps, _ in leaves(spec))


def logs_in(secret):
    annotations = at(secret, ("metadata", "annotations")) or {}
    return secret.get("type") in LOGINS or (at(secret, ("metadata", "name")) or "").startswith("bootstrap-token-") or \
        "kubernetes.io/service-account.name" in annotations


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


EMPTY = ("", [], {})


def is_neutral(value, line):
    return value is None or value is False or value in EMPTY or str(value) in line.neutral or str(value).lower() in line.neutral


class Write:
    def __init__(self, resource, operation, before=None, after=None, namespace="shop"):
        self.resource, self.operation, self.namespace = resource, operation, namespace
        self.before, self.after = before or {}, after or {}

    def effects(self, table=None):
        """Names of effects; "unclassified" for a place that nobody has looked at, "moved" for what is not found out here."""
        table = table or REVIEWED
        if self.resource in table.virtual:
            return set()
        changed = list(self._changed())
        operation = "same" if self.operation == "update" and not changed else self.operation
        found = set(table.of_operation(self.resource, operation))
        for steps, before, after in changed:
            found |= self._of_place(table, steps, before, after)
        if self.namespace == "kube-system" and operation in ("create", "update", "delete"):
            found.add("Shared")
        return found

    def _changed(self):
        if self.operation == "create":
            yield from ((steps, None, value) for steps, value in leaves(self.after) if steps not in (("apiVersion",), ("kind",)))
        elif self.operation == "update":
            yield from differences(self.before, self.after)

    def _of_place(self, table, steps, before, after):
        found = table.of_place(self.resource, steps)
        if found is None:
            return {"unclassified"}
        effects, line = found
        if self.operation == "create" and is_neutral(after, line):
            return set()
        judged = set()
        for effect in effects - ({"moved"} if self.operation == "create" else set()):
            name, _, judge = effect.partition("?")
            if not judge or getattr(self, judge)(before, after):
                judged.add(name)
                if judge in LETS_GO:
                    judged |= table.of_operation("/".join(self.resource.split("/")[:2]), "delete")
        return judged

    # The judges of effects, each with the values that differ in one place.

    def removed(self, before, after):
        return self.operation == "update" and before is not None and (after is None or after in EMPTY)

    def to_zero(self, before, after):
        return is_number(after) and after == 0 or self.operation == "update" and is_number(before) and after is None  # as Go writes it

    def tightened(self, before, after):
        if self.operation != "update":
            return False
        if isinstance(before, bool) or isinstance(after, bool):
            return after is True
        if is_number(before) or is_number(after):
            return is_number(after) and (not is_number(before) or after < before)
        return True

    def _came_and_went(self, path):
        before, after = (at(side, path) or [] for side in (self.before, self.after))
        return [each for each in after if each not in before], [each for each in before if each not in after]

    def finalizer_removed(self, _, __):
        return self.operation == "update" and bool(self._came_and_went(("metadata", "finalizers"))[1])

    def owner_added(self, _, __):
        return self.operation == "update" and bool(self._came_and_went(("metadata", "ownerReferences"))[0])

    def no_execute(self, _, __):
        return any(taint.get("effect") == "NoExecute" for taint in self._came_and_went(("spec", "taints"))[0])

    def holds_secret(self, _, __):
        return any(uses_secret(pod_spec_of(side)) for side in (self.before, self.after))

    def mounts_secret(self, _, __):
        return any(shows_secret(volume) for side in (self.before, self.after) for volume in pod_spec_of(side).get("volumes") or [])

    def token_secret(self, _, __):
        return logs_in(self.before) or logs_in(self.after)

    def system_namespace(self, _, __):
        return self.namespace in SYSTEM

    def speaks(self, _, __):
        return any(re.search("sallyport", str(value)) for side in (self.before, self.after) for _, value in leaves(side))
