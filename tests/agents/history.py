"""What earlier writes in a cell may still bring about: not each consequence is there at once, and then it is not the next write's."""
import collections
import dataclasses
import time

from oracle import ENDPOINTS, RBAC
from pods_seen import pod_specs

SECONDS = 30  # for which consequences may be late
# Of these they come whenever it is time.
BY_THE_CLOCK = {"CronJob"}


@dataclasses.dataclass(frozen=True)
class Past:
    moment: float
    family: frozenset
    told: frozenset


def owners_of(thing):
    return {(owner["kind"], owner["name"]) for owner in thing["metadata"].get("ownerReferences") or []}


def family_of(key, thing, known_owners):
    """Names of all that an object comes from or goes with: those that own it, its namespace, and what stands for its kind of neighbours."""
    found = {("", key.namespace), (key.resource, key.name)}
    ahead = {(thing["kind"], key.name), *owners_of(thing)} if thing else set()
    while ahead:
        each = ahead.pop()
        found.add(each)
        ahead |= known_owners.get(each, set()) - found
    if key.resource in ENDPOINTS or key.resource in ("core/services", "core/pods") or thing and pod_specs(thing):
        found.add(("traffic in", key.namespace))
    if key.resource.split("/")[0] == RBAC:
        found.add(("rights", ""))
    if key.resource in ("apiextensions.k8s.io/customresourcedefinitions", "apiregistration.k8s.io/apiservices"):
        found.add(("served", ""))
    if key.resource == "core/namespaces":
        found.add(("", key.name))
    return frozenset(found - {("", "")})


class History:
    def __init__(self, cell):
        self.cell, self.past = cell, collections.deque()
        self.known_owners = collections.defaultdict(set)  # of what is gone, too

    def learn(self, things):
        """Who owns whom, for when they are gone."""
        for key, thing in things.items():
            self.known_owners[thing["kind"], key.name] |= owners_of(thing)

    def note(self, key, told, things):
        """A write of that object came through. The cell's own namespace says nothing: all stands in it."""
        self.past.append(Past(time.monotonic(), self._family(key, things), told))

    def _family(self, key, things):
        return family_of(key, things.get(key), self.known_owners) - ({("", self.cell)} if key.resource != "core/namespaces" else set())

    def explains(self, demand, things):
        """Whether an earlier write of the same family, which was asked about, may have brought this about."""
        key = demand.key
        if key is None:
            return False
        family = family_of(key, things.get(key), self.known_owners)
        for each in self.past:
            shared = {name for name in family & each.family if name != ("traffic in", key.namespace) or key.resource in ENDPOINTS}
            is_late = time.monotonic() - each.moment < SECONDS or any(kind in BY_THE_CLOCK for kind, _ in shared)
            if shared and is_late and demand.is_met(each.told):
                return True
        return False
