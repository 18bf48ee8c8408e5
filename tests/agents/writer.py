"""Writes, left to chance: which kind, which object, by which verb and which part, in which of the API server's ways."""
import copy
import dataclasses
import json

from api import APPLY, JSON, JSON_PATCH, MERGE, STRATEGIC
from change import BOOKKEEPING, Changer, differing
from mirror import CELL

WAYS = ("put", "merge", "json", "strategic", "apply")
# Parts that are the object itself, and which of its fields a write of them is about.
PARTS_OF_OBJECT = {"status": ("status",), "ephemeralcontainers": ("spec",), "resize": ("spec",), "approval": ("status",), "finalize": ("spec",)}
CONNECTS = {"exec": "POST", "attach": "POST", "portforward": "POST", "proxy": "GET"}
NO_STRATEGIC = {"apiextensions.k8s.io", "apiregistration.k8s.io"}


@dataclasses.dataclass(frozen=True)
class Write:
    """What one call is about, apart from the cell in which it is made: as JSON it can be made again in another."""
    resource: str
    verb: str          # create, update, delete, deletecollection, connect
    way: str           # put, merge, json, strategic, apply, post, ""
    part: str
    namespace: str
    name: str
    before: dict | None
    wanted: dict | None
    query: str = ""

    def call(self, resource):
        """Method, path, body and content type."""
        name = "" if self.way == "post" and not self.part else self.name
        path = resource.path(self.namespace or None, name or None, self.part or None)
        query = [self.query] if self.query else []
        body, content_type, method = self.wanted, JSON, {"create": "POST", "delete": "DELETE", "deletecollection": "DELETE"}.get(self.verb)
        if self.verb == "connect":
            method, body = CONNECTS[self.part], None
        elif self.way == "put":
            method = "PUT"
        elif self.way == "apply":
            method, content_type, body = "PATCH", APPLY, self._applied()
            query += ["fieldManager=agent", "force=true"]
        elif self.verb == "update":
            method = "PATCH"
            content_type = {"merge": MERGE, "json": JSON_PATCH, "strategic": STRATEGIC}[self.way]
            body = json_patch(self.before, self.wanted) if self.way == "json" else merge_patch(self.before, self.wanted)
        return method, path + ("?" + "&".join(query) if query else ""), body, content_type

    def _applied(self):
        """What the agent wants to own: all of what it wants where that is new, else only what differs, and what must be there."""
        wanted = without_bookkeeping(self.wanted)
        if self.before is not None and self.verb == "update":
            changed = merge_patch(self.before, self.wanted)
            changed.pop("apiVersion", None)
            wanted = {key: changed[key] for key in changed if key not in ("kind", "metadata") and changed[key] is not None} | {
                "metadata": {key: value for key, value in (changed.get("metadata") or {}).items() if value}}
            wanted = without_nulls(wanted)
        metadata = {**wanted.get("metadata", {}), "name": self.wanted["metadata"].get("name", self.name)}
        return {"apiVersion": self.wanted["apiVersion"], "kind": self.wanted["kind"], **wanted, "metadata": metadata}

    def in_short(self):
        """For people: of an update only what it changes."""
        where = "/".join(filter(None, (self.resource, self.namespace, self.name, self.part)))
        if self.verb == "update" and self.before and self.wanted:
            changes = {".".join(map(str, steps)): value for steps, value in differing(self.before, self.wanted) if steps[:2] != ("metadata", "resourceVersion")}
            return f"{self.verb} ({self.way}) {where} {json.dumps(changes)}"
        return " ".join(filter(None, (self.verb, where, self.query, json.dumps(self.wanted) if self.wanted else "")))

    def as_json(self):
        return json.dumps(dataclasses.asdict(self), sort_keys=True)


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


def without_bookkeeping(thing):
    made = {key: value for key, value in thing.items() if key != "status"}
    made["metadata"] = {key: value for key, value in thing.get("metadata", {}).items() if key not in BOOKKEEPING}
    return copy.deepcopy(made)


def merge_patch(before, after):
    patch = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        patch[key] = merge_patch(old, new) if isinstance(old, dict) and isinstance(new, dict) else new
    return patch


def json_patch(before, after):
    patch = []
    for steps, value in differing(before, after):
        path = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
        patch.append({"op": "remove", "path": path} if value is None else {"op": "add" if isinstance(steps[-1], str) else "replace",
                                                                          "path": path, "value": value})
    return patch


class Writer:
    """Makes up what one agent does next in its cell. `donors(kind)` and `metadata` are what it takes fields from."""

    def __init__(self, chance, donors, metadata, luck):
        self.chance, self.donors, self.metadata, self.luck = chance, donors, metadata, luck

    def create(self, resource, namespace, seeds, suffix):
        """A new object, out of a seed; of a standing one's name only by chance."""
        seed = copy.deepcopy(self.chance.choice(seeds))
        if self.chance.random() < 0.6:
            seed = self._changer(resource).changed(seed)
        return self.create_of(resource, namespace, seed, suffix)

    def create_of(self, resource, namespace, seed, suffix):
        if suffix:
            rename(resource, seed, suffix)
        way = "apply" if self.chance.random() < 0.2 else "post"
        name = seed["metadata"]["name"] if way == "apply" else ""
        return Write(resource.name, "create", way, "", namespace, name, None, without_status(seed), self._trial())

    def update(self, resource, thing, part=""):
        """A change of an object that is there, or of a part of it."""
        within = PARTS_OF_OBJECT.get(part)
        wanted = thing
        for _ in range(6):
            if wanted == thing or self.chance.random() > self.luck.of_change(resource.name, part, thing, wanted):
                wanted = self._changer(resource, within or tuple(key for key in self._fields(resource, thing) if key != "status")).changed(thing)
        return self.update_to(resource, thing, wanted, part)

    def update_to(self, resource, thing, wanted, part=""):
        """In one of the ways to write what is wanted."""
        ways = [each for each in WAYS if not (each == "strategic" and resource.group in NO_STRATEGIC)]
        way = "put" if part == "finalize" else self.chance.choice(ways)
        metadata = thing["metadata"]
        return Write(resource.name, "update", way, part, metadata.get("namespace", ""), metadata["name"], thing, wanted, self._trial())

    def delete(self, resource, thing):
        query = self.chance.choice(["", "", "", "propagationPolicy=Orphan", "propagationPolicy=Foreground", "gracePeriodSeconds=0"])
        return Write(resource.name, "delete", "", "", thing["metadata"].get("namespace", ""), thing["metadata"]["name"], thing, None, query)

    def delete_collection(self, resource, thing):
        """Only what this cell's is: of what has no namespace, that one object."""
        namespace = thing["metadata"].get("namespace", "")
        query = "" if namespace else f"fieldSelector=metadata.name%3D{thing['metadata']['name']}"
        return Write(resource.name, "deletecollection", "", "", namespace, "", thing, None, query)

    def copy(self, resource, thing):
        """Another one of the kind, which says the same."""
        made = without_bookkeeping(thing)
        made["metadata"]["name"] = thing["metadata"]["name"] + self.chance.choice(["", "-too"])
        return Write(resource.name, "create", "post", "", thing["metadata"].get("namespace", ""), made["metadata"]["name"], None, made, "")

    def use_part(self, resource, thing, part):
        """A part that is something else than the object."""
        metadata = thing["metadata"]
        namespace, name = metadata.get("namespace", ""), metadata["name"]
        if part == "ephemeralcontainers":
            return Write(resource.name, "update", self.chance.choice(["put", "merge", "json", "strategic"]), part, namespace, name, thing,
                         with_ephemeral(thing), self._trial())
        if part in PARTS_OF_OBJECT:
            return self.update(resource, thing, part)
        if part in CONNECTS:
            query = {"exec": "command=id&stdout=true", "portforward": "ports=80", "attach": "stdout=true"}.get(part, "")
            return Write(resource.name, "connect", "", part, namespace, name, thing, None, query)
        if part == "scale":
            before = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": name, "namespace": namespace},
                      "spec": {"replicas": thing.get("spec", {}).get("replicas", 1)}}
            wanted = {**before, "spec": {"replicas": self.chance.choice([0, 0, 1, 2, 3])}}
            return Write(resource.name, "update", self.chance.choice(["put", "merge", "json"]), part, namespace, name, before, wanted, self._trial())
        wanted = {
            "eviction": {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": namespace}},
            "binding": {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name, "namespace": namespace},
                        "target": {"kind": "Node", "name": f"node-{namespace}"}},
            "token": {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}},
        }.get(part)
        return wanted and Write(resource.name, "create", "post", part, namespace, name, thing, wanted, self._trial())

    def changer_of(self):
        """For changes at places that somebody else has chosen."""
        return Changer(self.chance, (), self.metadata)

    def _changer(self, resource, within=None):
        return Changer(self.chance, self.donors((resource.group, resource.kind)), self.metadata, within)

    def _fields(self, resource, thing):
        return sorted(set(thing).union(*self.donors((resource.group, resource.kind))))

    def _trial(self):
        return "dryRun=All" if self.chance.random() < 0.02 else ""


def rename(resource, thing, suffix):
    """So that it is another one. Some names are made of what stands in the object."""
    metadata, spec = thing["metadata"], thing.get("spec")
    if resource.plural in ("apiservices", "customresourcedefinitions"):
        if not isinstance(spec, dict) or not CELL.search(str(spec.get("group"))):
            return  # it would belong to no cell
        spec["group"] = f"{suffix}.{spec['group']}"
        first = spec.get("version") if resource.plural == "apiservices" else (spec.get("names") or {}).get("plural")
        metadata["name"] = f"{first}.{spec['group']}"
    elif resource.plural == "ipaddresses":
        _, _, *last = metadata["name"].split(".")
        metadata["name"] = ".".join(["10", str(100 + int(suffix[1:]) % 150), *last])
    elif resource.plural == "clustertrustbundles":
        metadata["name"] += f"-{suffix}"
    else:
        metadata["name"] = f"{suffix}.{metadata['name']}" if resource.plural in ("csidrivers", "deviceclasses") else f"{suffix}-{metadata['name']}"
        rename_inside(thing, suffix)


def rename_inside(thing, suffix):
    """So that what selects its pods by a label selects no others."""
    spec = thing.get("spec")
    selector = spec.get("selector") if isinstance(spec, dict) else None
    template = spec.get("template") if isinstance(spec, dict) else None
    if not isinstance(selector, dict) or not isinstance(template, dict):
        return
    for labels in (selector, selector.get("matchLabels"), template.get("metadata", {}).get("labels")):
        if isinstance(labels, dict) and isinstance(labels.get("app"), str):
            labels["app"] += f"-{suffix}"


def without_status(thing):
    return {key: value for key, value in thing.items() if key != "status"}


def with_ephemeral(thing):
    made = copy.deepcopy(thing)
    containers = made["spec"].setdefault("ephemeralContainers", [])
    containers.append({"name": f"debug-{len(containers)}", "image": "registry.example/shell:1", "envFrom": [{"secretRef": {"name": "db"}}]})
    return made
