#!/usr/bin/python3
"""Checks crds/ (or the folder given): a limit on every string, list and map, a description on every field, no drift.

Without limits the API server cannot bound what a CEL rule may cost, and one object could fill etcd; without
descriptions `kubectl explain` teaches nothing.
"""
import pathlib
import sys

import yaml

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "crds"
# kubectl apply keeps a copy of the object in an annotation, which may have 256 KiB.
MAX_BYTES = 200_000


def limit_missing(schema):
    """The limit that this schema lacks, or None."""
    kind = schema.get("type")
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return "a schema (x-kubernetes-preserve-unknown-fields takes anything)"
    if schema.get("x-kubernetes-int-or-string"):
        return None if "maxLength" in schema else "maxLength"
    if kind == "string":
        return None if "maxLength" in schema or "enum" in schema else "maxLength"
    if kind == "array":
        return None if "maxItems" in schema else "maxItems"
    if kind == "integer":
        return None if "minimum" in schema else "minimum"
    if kind == "object" and "additionalProperties" in schema:
        return None if "maxProperties" in schema else "maxProperties"
    if kind == "object" and "properties" not in schema:
        return "properties"
    return None if kind in ("object", "boolean") else f"a known type (it is {kind!r})"


def children(schema):
    for name, child in schema.get("properties", {}).items():
        yield "." + name, child
    if "items" in schema:
        yield "[]", schema["items"]
    if "additionalProperties" in schema:
        yield "{}", schema["additionalProperties"]


def check_schema(schema, path):
    if not schema.get("description"):
        yield f"{path}: has no description"
    missing = limit_missing(schema)
    if missing:
        yield f"{path}: lacks {missing}"
    for step, child in children(schema):
        yield from check_schema(child, path + step)


def check_file(path):
    """The problems in one file, and the CRD that stands in it."""
    text = path.read_text()
    crd = yaml.safe_load(text)
    kind = crd["spec"]["names"]["kind"]
    problems = []
    if len(text) > MAX_BYTES:
        problems.append(f"{path.name}: has {len(text)} bytes, more than {MAX_BYTES}")
    if path.stem != crd["spec"]["names"]["plural"]:
        problems.append(f"{path.name}: should be named after the resource, {crd['spec']['names']['plural']}.yaml")
    for version in crd["spec"]["versions"]:
        problems += check_schema(version["schema"]["openAPIV3Schema"], kind)
        if "status" not in version.get("subresources", {}):
            problems.append(f"{kind}: version {version['name']} has no status subresource")
    return problems, kind, crd


def properties(crd, *path):
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    for step in path:
        schema = schema["items"] if step == "[]" else schema["properties"][step]
    return schema["properties"]


def field_names(fields):
    """The fields' names, and those below them, without what limits them."""
    return {name: sorted(walk(schema)) for name, schema in fields.items()}


def walk(schema, path=""):
    for step, child in children(schema):
        yield path + step
        yield from walk(child, path + step)


def check_twins(crds):
    """One policy is the other plus namespaceSelector, and a request's copies have the shape of what they copy."""
    policy = properties(crds["ApprovalPolicy"], "spec")
    cluster_policy = dict(properties(crds["ClusterApprovalPolicy"], "spec"))
    if cluster_policy.pop("namespaceSelector", None) is None:
        yield "ClusterApprovalPolicy.spec: has no namespaceSelector"
    for name in sorted(policy.keys() | cluster_policy.keys()):
        if policy.get(name) != cluster_policy.get(name):
            yield f"spec.{name}: differs between ApprovalPolicy and ClusterApprovalPolicy"
    copy = field_names(properties(crds["ApprovalRequest"], "spec", "policies", "[]"))
    for name, below in field_names(policy).items():
        if name in copy and copy[name] != below:
            yield f"ApprovalRequest.spec.policies[].{name}: is not of the shape of a policy's {name}"


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    problems, crds = [], {}
    for path in sorted(folder.glob("*.yaml")):
        found, kind, crd = check_file(path)
        problems += found
        crds[kind] = crd
    problems += check_twins(crds)
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print(f"{len(crds)} CRDs: every field has a description and a limit")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
