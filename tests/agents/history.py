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


def family_of(key, thing, things):
    """Names of all that an object comes from or goes with: those that own it, its namespace, and what stands for its kind of neighbours."""
    found = {("", key.namespace), (str(key.resource), key.name)}
    ahead = [thing] if thing else []
    while ahead:
        each = ahead.pop()
        found.add((each["kind"], each["metadata"]["name"]))
        owners = {(owner["kind"], owner["name"]) for owner in each["metadata"].get("ownerReferences") or []}
        ahead += [other for other_key, other in things.items() if (other["kind"], other_key.name) in owners - found]
        found |= owners
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
        self.cell = cell
        self.past = collections.deque()

    def note(self, key, told, things):
        """A write of that object came through. The cell's own namespace says nothing: all stands in it."""
        self.past.append(Past(time.monotonic(), self._family(key, things), told))

    def _family(self, key, things):
        return family_of(key, things.get(key), things) - ({("", self.cell)} if key.resource != "core/namespaces" else set())

    def explains(self, demand, things):
        """Whether an earlier write of the same family, which was asked about, may have brought this about."""
        key = demand.key
        if key is None:
            return False
        family = family_of(key, things.get(key), things)
        for each in self.past:
            shared = {name for name in family & each.family if name != ("traffic in", key.namespace) or key.resource in ENDPOINTS}
            is_late = time.monotonic() - each.moment < SECONDS or any(kind in BY_THE_CLOCK for kind, _ in shared)
            if shared and is_late and demand.is_met(each.told):
                return True
        return False
