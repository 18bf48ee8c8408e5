"""No preset covers less than it did in version 0.1, and the guard looks at no fewer writes."""
import pytest

from tables import CUSTOM, MINORS, ROOT, TABLE, names, places, resources


def rows_of(path):
    return [line.split("\t") for line in (ROOT / path).read_text().splitlines() if not line.startswith("#")]


ROWS = [row for row in rows_of("src/audit/replay/presets_0.1.tsv") if row[0] != "Everything"]
PRESETS = {name: (set(effects.split(",")), set(more)) for _, name, effects, *more in TABLE.presets}
POD_SPECS = ("spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec")
CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
VERBS = {}
for fields in MINORS.values():
    for name, of in fields.resources.items():
        VERBS[name] = VERBS.get(name, set()) | of["verbs"]
VERBS["other.example/things/scale"] = {"update"}


def matches(pattern, name):
    wanted, found = ((text.split("/") + [""])[:3] for text in (pattern, name))
    return all(one in ("*", other) for one, other in zip(wanted, found))


def resources_of(text):
    for pattern in text.split(" "):
        found = [each for each in [*resources(), "other.example/things/scale"] if matches(pattern, each)]
        assert found, pattern
        yield from found


def steps_of(text):
    """Where a place of a row is, in whatever kind: @pod stands for three of them, @container for nine."""
    texts = [text]
    if text.startswith("@container"):
        texts = [text.replace("@container", f"@pod.{each}") for each in CONTAINERS]
    texts = [each.replace("@pod", spec) for each in texts for spec in (POD_SPECS if each.startswith("@pod") else [""])]
    return [tuple(each.replace("[*]", "").split(".")) for each in texts]


def places_of(resource, text):
    """The places that are meant by a column, with all that is in them."""
    all_of_them = places(resource) | places("/".join(resource.split("/")[:2]))
    for wanted in text.split(" "):
        ways = steps_of(wanted)
        yield wanted, {each for each in all_of_them for steps in ways if each[:len(steps)] == steps}


def is_taken(preset, effects, resource):
    takes, whole = PRESETS[preset]
    return bool(names(effects) & takes) or "/".join(resource.split("/")[:2]) in whole


def cases():
    for what, operations, targets, where in ROWS:
        preset = what.removesuffix("?")
        if what.endswith("?") and where == "*":  # of a create it was some of the places that count for an update
            where, = (row[3] for row in ROWS if row[0] == what and row[3] != "*")
        yield preset, operations.lower().split(" "), targets, where
    yield "SecretAccess", ["same"], "core/secrets", "*"


@pytest.mark.parametrize("preset, operations, targets, where", cases(), ids=lambda text: str(text)[:40])
def test_a_preset_takes_what_it_took(preset, operations, targets, where):
    looked_at = 0
    for resource in resources_of(targets):
        for operation in operations:
            if TABLE.is_virtual(resource) or operation.replace("same", "update") not in VERBS[resource]:
                continue
            always = TABLE.of_operation(resource, operation)
            if where == "*":
                looked_at += 1
                assert is_taken(preset, always, resource), f"{operation} {resource}"
                continue
            for wanted, found in places_of(resource, where):
                for steps in found or (steps_of(wanted) if resource.startswith("other.example/") else []):
                    looked_at += 1
                    effects = always | (TABLE.of_place(resource, steps) or set())
                    assert is_taken(preset, effects, resource), f"{operation} {resource} {'.'.join(steps)}"
    assert looked_at


def test_the_places_that_come_to_a_secret_are_all_that_are_called_so():
    rows = [row for row in ROWS if row[0] == "SecretAccess?" and row[3] != "*"]
    assert len(rows) == 1
    named = [steps for text in rows[0][3].split(" ") for steps in steps_of(text)]
    looked_at = 0
    for resource in resources_of(rows[0][2]):
        for steps in places("/".join(resource.split("/")[:2])):
            if any(steps[:spec.count(".") + 1] == tuple(spec.split(".")) for spec in POD_SPECS) and "secret" in steps[-1].lower():
                looked_at += 1
                assert any(steps[:len(each)] == each for each in named), f"{resource} {'.'.join(steps)}"
    assert looked_at > 100


def test_every_place_that_the_rows_name_is_somewhere():
    for what, _, targets, where in ROWS:
        for wanted in [] if where == "*" else where.split(" "):
            found = [each for resource in resources_of(targets) for _, each in places_of(resource, wanted) if each]
            assert found, f"{what}: {wanted} is in none of {targets}"


@pytest.mark.parametrize("judge, targets", rows_of("tests/data/guard_rows.tsv"))
def test_the_guard_looks_at_what_it_looked_at(judge, targets):
    for resource in targets.split(" "):
        assert judge in TABLE.guards_of(resource) | CUSTOM.guards_of(resource), resource
