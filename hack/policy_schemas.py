#!/usr/bin/env python3
"""Writes docs/schemas/, JSON Schemas of policies for editors, from crds/.
   hack/policy_schemas.py [--check]     --check: changes nothing, and fails if a schema is not current

An editor marks what the API server would refuse or drop: a word that is not allowed, a field that there is not. What a CRD
says in CEL, no JSON Schema can; `sallyport policy lint` does.
"""
import json
import pathlib
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "docs" / "schemas"
KINDS = ("approvalpolicies", "clusterapprovalpolicies")
KEPT = ("type", "description", "enum", "default", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
        "maxProperties", "pattern", "required")


def converted(schema):
    """A field's schema without what only the API server reads. Objects with named fields have no others."""
    made = {key: schema[key] for key in KEPT if key in schema}
    if "properties" in schema:
        made["properties"] = {name: converted(child) for name, child in schema["properties"].items()}
        made["additionalProperties"] = False
    elif isinstance(schema.get("additionalProperties"), dict):
        made["additionalProperties"] = converted(schema["additionalProperties"])
    if "items" in schema:
        made["items"] = converted(schema["items"])
    return made


def schema_of(crd):
    spec, version = crd["spec"], crd["spec"]["versions"][0]
    whole = converted(version["schema"]["openAPIV3Schema"])
    fields = whole["properties"]
    del fields["status"]  # nobody writes it into a file
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": spec["names"]["kind"],
        "description": whole["description"],
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {
            "apiVersion": {"type": "string", "enum": [f"{spec['group']}/{version['name']}"]},
            "kind": {"type": "string", "enum": [spec["names"]["kind"]]},
            "metadata": {"type": "object", "required": ["name"], "description": "Standard metadata of an object.",
                         "properties": {"name": {"type": "string", "maxLength": 200}}},
            "spec": fields["spec"],
        },
        "additionalProperties": False,
    }


def files():
    for plural in KINDS:
        crd = yaml.safe_load((ROOT / "crds" / f"{plural}.yaml").read_text())
        name = f"{crd['spec']['names']['singular']}-{crd['spec']['versions'][0]['name']}.json"
        yield SCHEMAS / name, json.dumps(schema_of(crd), indent=1) + "\n"


def main():
    check = sys.argv[1:] == ["--check"]
    stale = [path for path, text in files() if not path.is_file() or path.read_text() != text]
    if check and stale:
        sys.exit(f"{', '.join(path.name for path in stale)}: not current; run hack/policy_schemas.py and commit what it changes")
    if check:
        return
    SCHEMAS.mkdir(exist_ok=True)
    for path, text in files():
        path.write_text(text)


main()
