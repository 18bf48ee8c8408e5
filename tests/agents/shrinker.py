"""Makes a write that got through again, in a cell that nobody has touched, and then ever smaller ones."""
import copy
import dataclasses
import itertools
import json
import threading

from cell import Cell, recreated
from change import differing, put, take_out, values_at
from mirror import Key, becomes_true
from pods_seen import controller_of
from writer import PARTS_OF_OBJECT

UID, NAME = "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"
ASSIGNED = {
    "Service": [("spec", "clusterIP"), ("spec", "clusterIPs", "*"), ("spec", "healthCheckNodePort"), ("spec", "ports", "*", "nodePort")],
    "Job": [("spec", "selector"), *(("spec", "template", "metadata", "labels", label) for label in (UID, NAME, "controller-uid", "job-name"))],
}
TRIALS = 12  # after which what has been found is small enough


class Shrinker:
    def __init__(self, world, seed, first_cell):
        self.world, self.seed, self.numbers, self.lock = world, seed, itertools.count(first_cell), threading.Lock()

    def again(self, finding, cell):
        """(write, demands), made and seen once more; None where the write does not get through again."""
        return self._try(finding.write, finding, cell, self.world.mirror.standing_in(cell.name))

    def shrink(self, finding, cell):
        """The same of the smallest write that was found in some trials."""
        standing = self.world.mirror.standing_in(cell.name)
        best = finding.shrunk
        units, made_of = units_of(finding.write)

        def works(chosen):
            nonlocal best
            found = self._try(made_of(chosen), finding, cell, standing)
            best = found or best
            return found

        smallest(units, works, TRIALS)
        return best

    def _try(self, write, finding, cell, standing):
        with self.lock:
            name = f"fz{next(self.numbers)}"
        again = Cell(self.world, name, cell.preset, self.seed)
        again.make()
        moved = self._moved(write, cell, again, standing)
        if moved is None:
            return None
        _, demands = again.try_out(moved)
        same = [each for each in demands if each.effects == finding.demands[0].effects]
        return (moved, same) if same else None

    def _moved(self, write, cell, again, standing):
        """The same write for the other cell, where what it is about stands as it did; None where that cannot be had."""
        text = write.as_json().replace(cell.name, again.name)
        for (kind, name), uid in cell.stage.uids.items():
            text = text.replace(uid, again.stage.uid_of(kind, name))
        moved = type(write)(**json.loads(text))
        if write.before is None or write.verb == "create" and not write.part:
            return moved
        key = Key(moved.resource, moved.namespace, moved.name or moved.before["metadata"]["name"])
        if controller_of(write.before):
            return self._for_sibling(moved, write, again, standing)
        return self._on(self.world.mirror.get(key), moved) if self._stands(key, moved, again) else None

    @staticmethod
    def _on(thing, moved):
        """The same write of another object: of an update only what it changes."""
        if moved.verb != "update" or moved.part and moved.part not in PARTS_OF_OBJECT or thing is None:
            return moved
        wanted = copy.deepcopy(thing)
        for steps, value in changes_of(moved):
            take_out(wanted, steps) if value is None else put(wanted, steps, copy.deepcopy(value))
        return dataclasses.replace(moved, before=thing, wanted=wanted)

    def _stands(self, key, moved, again):
        """So that the object there is as it was when the agent wrote."""
        before = self._as_object(moved)
        now = self.world.mirror.get(key)
        if now is not None and (before is None or same_content(now, before)):
            return True
        if before is None:
            return False
        resource = self.world.resources[key.resource]
        path = resource.path(key.namespace or None, key.name)
        if now is not None:
            again.admin.call("PATCH", path, {"metadata": {"finalizers": None}}, "application/merge-patch+json")
            again.admin.call("DELETE", f"{path}?gracePeriodSeconds=0")
            becomes_true(lambda: self.world.mirror.get(key) is None, 5)
        if not again.stage.put(without_assigned(recreated(before))).ok:
            return False
        made = becomes_true(lambda: self.world.mirror.get(key) is not None, 5)
        again.rest(True)
        return made

    @staticmethod
    def _as_object(moved):
        """Of a scale only the number is known: the object itself is then what the stage has."""
        return None if moved.part == "scale" else moved.before

    def _for_sibling(self, moved, write, again, standing):
        """What a controller has made has another name in each cell: one that the same has made."""
        root = root_name(write.before, standing)
        found = [(key, thing) for key, thing in sorted(self.world.mirror.standing_in(again.name).items())
                 if key.resource == write.resource and controller_of(thing) and root_name(thing, self.world.mirror.standing_in(again.name)) == root]
        if not found:
            return None
        key, thing = found[0]
        if moved.part and moved.part not in PARTS_OF_OBJECT and "name" in (moved.wanted or {}).get("metadata", {}):
            moved = dataclasses.replace(moved, wanted={**moved.wanted, "metadata": {**moved.wanted["metadata"], "name": key.name}})
        return dataclasses.replace(self._on(thing, moved), name=key.name if moved.name else "")


def changes_of(write):
    return [(steps, value) for steps, value in differing(write.before, write.wanted) if steps != ("metadata", "resourceVersion")]


def smallest(units, works, trials):
    """Ever fewer units for which it still works, by leaving out half of them, a quarter, and so on."""
    size = len(units) // 2
    while size:
        for start in range(0, len(units), size):
            rest = units[:start] + units[start + size:]
            if trials == 0:
                return units
            trials -= 1
            if rest and works(rest):
                units = rest
                break
        else:
            size //= 2
        size = min(size, len(units) // 2)
    return units


def units_of(write):
    """What a write is made of, and how to make one of some of it: of an update its changes, of what is new its fields."""
    if write.verb == "update" and write.before and write.wanted:
        changes = changes_of(write)

        def changed(chosen):
            wanted = copy.deepcopy(write.before)
            for steps, value in chosen:
                take_out(wanted, steps) if value is None else put(wanted, steps, value)
            return dataclasses.replace(write, wanted=wanted)
        return changes, changed
    if write.verb == "create" and write.wanted and not write.part:
        fields = [steps for key, value in write.wanted.items() if key not in ("apiVersion", "kind")
                  for steps in ([(key, inner) for inner in value] if isinstance(value, dict) else [(key,)]) if steps != ("metadata", "name")]

        def made(chosen):
            wanted = copy.deepcopy(write.wanted)
            for steps in fields:
                if steps not in chosen:
                    take_out(wanted, steps)
            return dataclasses.replace(write, wanted=wanted)
        return fields, made
    return [], None


def without_assigned(thing):
    """Without what the API server has chosen for one object, and gives to no other."""
    made = copy.deepcopy(thing)
    for steps in ASSIGNED.get(thing["kind"], ()):
        for found, value in reversed(values_at(made, steps)):
            if value != "None":  # a Service without an address
                take_out(made, found)
    return made


def same_content(one, other):
    def of(thing):
        thing = without_assigned(thing)
        metadata = thing["metadata"]
        return {key: value for key, value in thing.items() if key not in ("metadata", "status")}, [
            metadata.get(field) for field in ("labels", "annotations", "finalizers")]
    return of(one) == of(other)


def root_name(thing, standing):
    """Kind and name of the object on top of those that made it."""
    while owner := controller_of(thing):
        above = [other for key, other in standing.items() if (other["kind"], key.name) == owner and key.namespace == thing["metadata"].get("namespace", "")]
        if not above:
            return owner
        thing = above[0]
    return thing["kind"], thing["metadata"]["name"]
