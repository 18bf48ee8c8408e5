"""The cards that a cell is dealt, and the writes that they become there."""
import copy
import functools

import seeds
from change import graft_at, holder_of, values_at
from deck import PODS
from pods_seen import pod_specs
from writer import PARTS_OF_OBJECT

UPDATES = 0.75  # of what may be tried on an object that stands there as well as on a new one
NEEDED = ("restartPolicy", "nodeSelector")  # of a pod's specification: without them a Job is refused, and a DaemonSet is in all cells


def seeded_specs(cell):
    return [spec for each in (*seeds.KINDS, *seeds.STAGE) for spec in pod_specs(seeds.filled(each, cell)).values()]


@functools.cache
def roots_of(kind):
    """Where pod specifications stand in objects of that kind."""
    return sorted({root for each in seeds.donors_of(kind, "fz0") for root in pod_specs(each)})


def mend_mounts(spec, donors):
    """What is mounted must be a volume of the pod."""
    known = {each.get("name") for each in spec.get("volumes") or []}
    for container in [each for name in ("initContainers", "containers") for each in spec.get(name) or [] if isinstance(each, dict)]:
        for mount in container.get("volumeMounts") or []:
            found = [volume for donor in donors for volume in donor.get("volumes") or [] if volume["name"] == mount.get("name")]
            if mount.get("name") not in known and found:
                spec.setdefault("volumes", []).append(copy.deepcopy(found[0]))
                known.add(mount["name"])


class Hand:
    def __init__(self, cell, cards):
        self.cell, self.cards, self.chance = cell, list(cards), cell.chance
        self.specs = seeded_specs(cell.name) if cards else []

    def next_write(self):
        """None where the next card cannot be played."""
        card = self.cards.pop()
        if card.resource == PODS:
            return self.place_in_pod(card.steps)
        resource = self.cell.world.resources[card.resource]
        if card.doing == "create":
            return self.cell.create(resource, True)
        if card.doing == "place":
            return self.place(resource, self.cell.donors((resource.group, resource.kind)), (), card.steps)
        thing = self.standing_one(resource)
        if thing is None:
            return None
        if card.doing == "delete":
            return self.cell.writer.delete(resource, thing)
        if card.doing == "collection":
            return self.cell.writer.delete_collection(resource, thing)
        return self.cell.writer.use_part(resource, thing, card.part)

    def standing_one(self, resource):
        """One that the agent may write; where there is none, the admin makes it."""
        found = self.cell.standing(resource) or self.cell.put_seed(resource)
        return copy.deepcopy(self.chance.choice(found)) if found else None

    def place_in_pod(self, steps):
        """In a kind that lets it be changed there, rather."""
        carriers = [each for each in map(self.cell.world.resources.get, self.cell.world.kinds) if roots_of((each.group, each.kind))]
        roots = [self.chance.choice(roots_of((each.group, each.kind))) for each in carriers]
        lucks = [self.cell.world.luck.of_update(each.name, "", root + steps) for each, root in zip(carriers, roots)]
        resource, root = self.chance.choices(list(zip(carriers, roots)), lucks)[0]
        return self.place(resource, self.specs, root, steps)

    def place(self, resource, donors, root, steps):
        """Something else stands there afterwards. `donors`: of what is below the root."""
        part = steps[0] if not root and steps[0] in PARTS_OF_OBJECT and steps[0] in resource.parts else ""
        standing = self.cell.standing(resource) or (self.cell.put_seed(resource) if part else [])
        if part and not standing:
            return None
        if not standing or not part and self.chance.random() > UPDATES * self.cell.world.luck.of_update(resource.name, part, root + steps):
            wanted = self.other_there(self.seed_with(resource, root), donors, root, steps)
            return wanted and self.cell.created_from(resource, wanted)
        thing = copy.deepcopy(self.chance.choice(standing))
        wanted = self.other_there(copy.deepcopy(thing), donors, root, steps)
        return wanted and self.cell.writer.update_to(resource, thing, wanted, part)

    def seed_with(self, resource, root):
        """Where it is about a pod, by chance one with nothing but what it needs."""
        seed = copy.deepcopy(self.chance.choice(self.cell.seeds(resource)))
        if root and self.chance.random() < 0.5:
            holder, step = holder_of(seed, root)
            if holder and step in holder:
                holder[step] = {**copy.deepcopy(seeds.PODS["plain"]), **{key: holder[step][key] for key in NEEDED if key in holder[step]}}
        return seed

    def other_there(self, thing, donors, root, steps):
        """What there is at a place comes from another, is left out or is altered. None where it is as it was."""
        before, changer = copy.deepcopy(thing), self.cell.writer.changer_of()
        there = values_at(thing, root + steps)
        having = [each for each in donors if values_at(each, steps)]
        how = self.chance.random()
        if there and how < 0.3:
            changer.leave_out_at(thing, *self.chance.choice(there))
        elif there and how < 0.5 or not having:
            changer.alter_at(thing, *self.chance.choice(there or [(root + steps, None)]))
        else:
            inner = thing
            for step in root:
                inner = inner.setdefault(step, {}) if isinstance(inner, dict) else None
            if not isinstance(inner, dict):
                return None  # of a ControllerRevision anything may stand there
            graft_at(inner, self.chance.choice(having), steps, self.chance)
            mend_mounts(inner, donors)
        return thing if thing != before else None
