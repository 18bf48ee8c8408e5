"""No preset covers less than it did in version 0.1, and the guard looks at no fewer writes."""
import pytest

from tables import CUSTOM, ROOT, TABLE, names, places, resources

ROWS = [line.split("\t") for line in (ROOT / "tests" / "data" / "preset_rows.tsv").read_text().splitlines() if not line.startswith("#")]
PRESETS = {name: (set(effects.split(",")), set(more)) for _, name, effects, *more in TABLE.presets}
POD_SPECS = ("spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec")


def resources_of(text):
    for pattern in text.split(" "):
        if not pattern.endswith("*"):
            yield pattern
            continue
        yield from (each for each in resources() if pattern == "*" or each.startswith(pattern[:-1]) and each.count("/") == 1)


def is_in_pod_spec(steps):
    return any(steps[:len(spec.split("."))] == tuple(spec.split(".")) for spec in POD_SPECS)


def places_of(resource, text):
    """The places that are meant by a column, with all that is in them."""
    object_of = "/".join(resource.split("/")[:2])
    all_of_them = places(resource) | places(object_of)
    for wanted in text.split(" "):
        steps = tuple(wanted.split("."))
        if wanted == "secret":
            found = {each for each in all_of_them if is_in_pod_spec(each) and any("secret" in step.lower() for step in each)}
        elif wanted in ("serviceAccountName", "serviceAccount"):
            found = {each for each in all_of_them if is_in_pod_spec(each) and each[-1] == wanted and each[-2] == "spec"}
        elif wanted in ("volumeMounts", "volumeDevices", "volumes.name"):
            found = {each for each in all_of_them if is_in_pod_spec(each) and each[-len(steps):] == steps}
        else:
            found = {each for each in all_of_them if each[:len(steps)] == steps}
        yield wanted, found


def is_taken(preset, effects, resource):
    takes, whole = PRESETS[preset]
    return bool(names(effects) & takes) or resource in whole


@pytest.mark.parametrize("what, operations, targets, where", [row for row in ROWS if not row[0].startswith("guard ")],
                         ids=lambda text: text[:40])
def test_a_preset_takes_what_it_took(what, operations, targets, where):
    looked_at = 0
    for resource in resources_of(targets):
        if TABLE.is_virtual(resource):
            continue
        for operation in operations.split(" "):
            always = TABLE.of_operation(resource, operation)
            if where == "*":
                looked_at += 1
                assert is_taken(what, always, resource), f"{operation} {resource}"
                continue
            for _, found in places_of(resource, where):
                for steps in found or ([tuple(where.split("."))] if resource.startswith("other.example/") else []):
                    looked_at += 1
                    effects = always | (TABLE.of_place(resource, steps) or set())
                    assert is_taken(what, effects, resource), f"{operation} {resource} {'.'.join(steps)}"
    assert looked_at


@pytest.mark.parametrize("what, operations, targets, where", [row for row in ROWS if row[0].startswith("guard ")],
                         ids=lambda text: text[:40])
def test_the_guard_looks_at_what_it_looked_at(what, operations, targets, where):
    assert (operations, where) == ("any", "*")
    judge = what.removeprefix("guard ")
    for resource in resources_of(targets):
        assert judge in TABLE.guards_of(resource) | CUSTOM.guards_of(resource), resource


def test_every_place_that_the_rows_name_is_somewhere():
    for what, _, targets, where in ROWS:
        if where != "*":
            for wanted in where.split(" "):
                found = [each for resource in resources_of(targets) for text, each in places_of(resource, wanted) if each]
                assert found or what == "Deletion", f"{what}: {wanted} is in none of {targets}"
