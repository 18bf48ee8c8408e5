"""A filled status of each kind that has one, and which of it the API server keeps when an object is made or written whole."""
import copy
import re

VALUES = {"string": "kept", "integer": 7, "number": 7, "boolean": True, "quantity": "7", "int-or-string": 7, "time": "2026-01-01T00:00:07Z",
          "byte": "YQ==", "any": {}, "object": {}}
# Where not any text will do; nothing that the API server writes by itself.
CHOSEN = {"phase": "Running", "address": "192.0.2.7", "ip": "192.0.2.7", "status": "Unknown"}
DEEPEST = 8


def filled(fields, kind, name="", depth=0):
    """One value of each field of a type, with one element in each list and one key in each map."""
    if kind.startswith("[]"):
        return [filled(fields, kind[2:], name, depth)]
    if kind.startswith("{}"):
        return {"a": filled(fields, kind[2:], name, depth)}
    if kind not in fields.types or depth > DEEPEST:
        return copy.deepcopy(CHOSEN.get(name, VALUES["string"])) if kind == "string" else copy.deepcopy(VALUES.get(kind, {}))
    return {field: filled(fields, inner, field, depth + 1) for field, inner in fields.types[kind].items()}


def leaves(value, steps=()):
    """{(step, ...): value} without the places of lists."""
    if isinstance(value, dict) and value:
        return {key: leaf for name, inner in value.items() for key, leaf in leaves(inner, (*steps, name)).items()}
    if isinstance(value, list) and value:
        return {key: leaf for inner in value for key, leaf in leaves(inner, steps).items()}
    return {} if value in ({}, [], None) else {steps: value}


def kept(sent, answered):
    """The places of the status that came back as they were sent."""
    there = leaves(answered.get("status") or {}, ("status",))
    return {steps for steps, value in leaves(sent, ("status",)).items() if there.get(steps) == value}


class Refused(Exception):
    """By the API server, with the fields that it does not take."""

    def __init__(self, status):
        super().__init__(status.get("message"))
        self.fields = [cause.get("field", "") for cause in (status.get("details") or {}).get("causes") or []]


def without(status, field):
    """A status that lacks a field which a refusal names, "status.conditions[0].type"; None where it names no other one."""
    steps = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", field)]
    if steps[:1] != ["status"] or len(steps) < 2:
        return None
    made = copy.deepcopy(status)
    holder = made
    for step in steps[1:-1]:
        try:
            holder = holder[step]
        except (KeyError, IndexError, TypeError):
            return None
    try:
        del holder[steps[-1]]
    except (KeyError, IndexError, TypeError):
        return None
    return made


def taken(send, thing, status):
    """What came back for an object with as much of the status as the server takes; `send` raises Refused. And that status."""
    for _ in range(40):
        try:
            return send({**thing, "status": status}), status
        except Refused as refusal:
            smaller = next((made for field in refusal.fields if (made := without(status, field)) is not None), None)
            if smaller is None:
                raise
            status = smaller
    raise AssertionError("too many fields are refused")
