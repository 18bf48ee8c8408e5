"""The fields of every kind that Kubernetes serves by itself, of each minor version that the checks are pinned to.

They are made from the OpenAPI documents in the Go module k8s.io/kubernetes and kept as one text, so that a new minor version
shows as added lines:
    resource apps/deployments/scale v1 autoscaling.v1.Scale create,update 1.32-
    field core.v1.PodSpec hostUsers boolean 1.32-
A type is a scalar, `any` (the schema says nothing of what is in it), another type's name, `[]` or `{}` (a map) before one of
these. The last column holds the minor versions: `1.32-` from there on, `1.32-1.34` up to there, several with commas.
"""
import gzip
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FIELDS = ROOT / "tests" / "data" / "kubernetes_fields.gz"
# The newest of each minor version that the Go module proxy has. A new minor version is added here, then: --fetch.
RELEASES = {"1.32": "v1.32.13", "1.33": "v1.33.13", "1.34": "v1.34.4", "1.35": "v1.35.4", "1.36": "v1.36.3", "1.37": "v1.37.2"}
MINORS = list(RELEASES)

VERBS = {"post": "create", "put": "update", "patch": "update", "delete": "delete", "deletecollection": "delete", "connect": "connect"}
# Have a schema of their own in the documents, and are scalars or anything at all in an object.
SCALARS = {"Quantity": "quantity", "IntOrString": "int-or-string", "Time": "time", "MicroTime": "time", "Duration": "string"}
UNTYPED = {"RawExtension", "FieldsV1", "JSON", "JSONSchemaPropsOrBool", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrStringArray",
           "CustomResourceSubresourceStatus"}
# Type and version of an object, which say nothing of what it does.
TYPE_META = {"apiVersion", "kind"}


def short(name):
    """io.k8s.api.core.v1.PodSpec -> core.v1.PodSpec"""
    return ".".join(name.split(".")[-3:])


def type_of(schema):
    if "allOf" in schema:
        return type_of(schema["allOf"][0])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        last = name.rpartition(".")[2]
        return SCALARS.get(last) or ("any" if last in UNTYPED else short(name))
    kind = schema.get("type")
    if kind == "array":
        return "[]" + type_of(schema["items"])
    if kind == "object" and "additionalProperties" in schema:
        return "{}" + type_of(schema["additionalProperties"])
    if kind in (None, "object"):
        return "any"
    return schema.get("format", kind) if kind == "string" and schema.get("format") == "byte" else kind


def resource_of(path):
    """/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale -> ("apps/deployments/scale", "v1")"""
    steps = path.strip("/").split("/")
    group, version, rest = ("", steps[1], steps[2:]) if steps[0] == "api" and len(steps) > 2 else \
        (steps[1], steps[2], steps[3:]) if steps[0] == "apis" and len(steps) > 3 else ("", "", [])
    if rest[:2] == ["namespaces", "{namespace}"] and len(rest) > 2:
        rest = rest[2:]
    if not rest or rest[0] == "watch":
        return None, None
    part = [step for step in rest[2:] if not step.startswith("{")]
    return "/".join([group or "core", rest[0], *part]), version


def lines_of(documents):
    """Every line of one minor version, without its last column."""
    resources, lines = {}, set()
    for document in documents:
        for path, calls in document.get("paths", {}).items():
            name, version = resource_of(path)
            for call in calls.values():
                action = call.get("x-kubernetes-action") if isinstance(call, dict) else None
                if name is None or action not in VERBS:
                    continue
                bodies = [content["schema"]["$ref"] for content in call.get("requestBody", {}).get("content", {}).values()
                          if content.get("schema", {}).get("$ref")] if action in ("post", "put") else []
                known = resources.setdefault((name, version), {"verbs": set(), "type": "-"})
                known["verbs"].add(VERBS[action])
                if bodies:
                    known["type"] = short(bodies[0].rpartition("/")[2])
        for name, schema in document.get("components", {}).get("schemas", {}).items():
            for field, inner in schema.get("properties", {}).items():
                lines.add(f"field {short(name)} {field} {type_of(inner)}")
    for (name, version), known in resources.items():
        lines.add(f"resource {name} {version} {known['type']} {','.join(sorted(known['verbs']))}")
    return lines


def spans(minors):
    """["1.32", "1.33", "1.35"] -> "1.32-1.33,1.35" and, where they reach the newest, "1.35-"."""
    places = sorted(MINORS.index(minor) for minor in minors)
    runs = []
    for place in places:
        if runs and runs[-1][1] == place - 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    return ",".join(f"{MINORS[first]}-" if last == len(MINORS) - 1 else
                    MINORS[first] + (f"-{MINORS[last]}" if last > first else "") for first, last in runs)


def minors_in(text):
    found = []
    for span in text.split(","):
        first, dash, last = span.partition("-")
        start, end = MINORS.index(first), MINORS.index(last or (MINORS[-1] if dash else first))
        found += MINORS[start:end + 1]
    return found


def fetch():
    """Asks Go for each release and writes the text anew. Equal contents are equal bytes."""
    found = {}
    for minor, release in RELEASES.items():
        told = subprocess.run(["go", "mod", "download", "-json", f"k8s.io/kubernetes@{release}"], check=True,
                              capture_output=True, text=True, cwd="/")
        folder = pathlib.Path(json.loads(told.stdout)["Dir"]) / "api" / "openapi-spec" / "v3"
        for line in lines_of([json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]):
            found.setdefault(line, []).append(minor)
    reached = reached_types(found)
    kept = [f"{line} {spans(minors)}" for line, minors in found.items()
            if line.startswith("resource ") or line.split(" ")[1] in reached]
    text = "\n".join(sorted(kept)) + "\n"
    if not FIELDS.exists() or gzip.decompress(FIELDS.read_bytes()).decode() != text:
        FIELDS.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def reached_types(lines):
    """The types that the object of some resource holds; the documents have more (lists, options)."""
    inner = {}
    for line in lines:
        words = line.split(" ")
        inner.setdefault(words[1] if words[0] == "field" else "", set()).add(words[3].lstrip("[]{}"))
    found, ahead = set(), [""]
    while ahead:
        for name in inner.get(ahead.pop(), ()):
            if name in inner and name not in found:
                found.add(name)
                ahead.append(name)
    return found


def read_live(kubectl="kubectl"):
    """What the server of the current kubeconfig serves by itself."""
    def get(path):
        told = subprocess.run([kubectl, "get", "--raw", path], check=True, capture_output=True, text=True)
        return json.loads(told.stdout)
    crds = get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")["items"]
    others = {crd["spec"]["group"] for crd in crds}
    for service in get("/apis/apiregistration.k8s.io/v1/apiservices")["items"]:
        if service["spec"].get("service"):
            others.add(service["spec"]["group"])
    paths = get("/openapi/v3")["paths"]
    documents = [get(paths[path]["serverRelativeURL"]) for path in sorted(paths)
                 if path.startswith("api") and not (path.startswith("apis/") and path.split("/")[1] in others)]
    return ApiFields(lines_of(documents))


class ApiFields:
    """What is known of one minor version."""

    def __init__(self, lines):
        self.types, self.resources, self._paths = {}, {}, {}
        for line in lines:
            words = line.split(" ")
            if words[0] == "field":
                self.types.setdefault(words[1], {})[words[2]] = words[3]
            else:
                of = self.resources.setdefault(words[1], {"verbs": set(), "types": set()})
                of["verbs"] |= set(words[4].split(","))
                of["types"].add(words[3])

    def paths_of(self, resource):
        """{(step, ...): type} of all versions; of what is deeper than a place of type `any` the schema says nothing."""
        if resource not in self._paths:
            found = self._paths[resource] = {}
            for name in sorted(self.resources[resource]["types"] - {"-"}):
                for field, kind in self.types[name].items():
                    if field not in TYPE_META:
                        self._walk((field,), kind, (name,), found)
        return self._paths[resource]

    def _walk(self, path, kind, above, found):
        while kind.startswith("[]"):
            kind = kind[2:]
        if kind.startswith("{}"):
            found[path] = "map"
            self._walk((*path, "*"), kind[2:], above, found)
        elif kind not in self.types:
            scalar = "object" if "." in kind else kind  # a type without fields, such as a choice that only has to be there
            if found.get(path) != "any":
                found[path] = scalar
        elif kind in above:
            found[path] = "any"  # a schema within a schema
        else:
            found.setdefault(path, "object")
            for field, inner in self.types[kind].items():
                self._walk((*path, field), inner, (*above, kind), found)


def read():
    """{minor: ApiFields}, oldest first."""
    lines = {minor: [] for minor in MINORS}
    for line in gzip.decompress(FIELDS.read_bytes()).decode().splitlines():
        text, _, minors = line.rpartition(" ")
        for minor in minors_in(minors):
            lines[minor].append(text)
    return {minor: ApiFields(found) for minor, found in lines.items()}
