"""hack/check_effects.py notices what it is there for."""
import re

import pytest

import tables
from tables import MINORS, TABLE, TEXT, check_effects, effects_table

ROWS = TABLE.rows


def faults(text, minors=MINORS):
    return check_effects.check(text, minors)


def without_line(number):
    lines = TEXT.splitlines(keepends=True)
    return "".join(lines[:number - 1] + lines[number:])


def one_minor(*more):
    """The newest minor version, with more lines in its list of fields."""
    fields = tables.api_fields.ApiFields([])
    newest = list(MINORS.values())[-1]
    fields.types = {name: dict(of) for name, of in newest.types.items()}
    fields.resources = dict(newest.resources)
    added = tables.api_fields.ApiFields(more)
    for name, of in added.types.items():
        fields.types.setdefault(name, {}).update(of)
    fields.resources.update(added.resources)
    return MINORS | {list(MINORS)[-1]: fields}


def test_the_table_as_it_is_has_no_fault():
    assert faults(TEXT) == []


def test_a_row_that_is_deleted_is_noticed(sample):
    for row in sample(ROWS, 30):
        assert faults(without_line(row.line)), f"line {row.line} could be taken out: {row.table} {row.path}"


def test_a_row_that_is_changed_is_noticed(sample):
    with_effects = [row for row in ROWS if row.operation != "!guard" and row.effects and not row.mount]
    for row in sample(with_effects, 30):
        lines = TEXT.splitlines(keepends=True)
        lines[row.line - 1] = re.sub(r"^(\S+\s+\S+\s+)\S+", r"\1-", lines[row.line - 1])
        assert faults("".join(lines)), f"line {row.line} could lose its effects: {row.table} {row.path}"


@pytest.mark.parametrize("line, told", [
    ("field core.v1.PodSpec hostFriends boolean", "@pod hostFriends"),
    ("field core.v1.Container sidekick string", "@container sidekick"),
    ("field meta.v1.ObjectMeta heir string", "* metadata.heir"),
    ("field apps.v1.DeploymentSpec haste string", "apps/deployments spec.haste"),
    ("field core.v1.NodeSpec drainAt string", "core/nodes spec.drainAt"),
])
def test_a_field_that_is_new_is_noticed_whatever_it_would_inherit(line, told):
    found = faults(TEXT, one_minor(line))
    assert any(fault.startswith(f"{told} ") and "has not been looked at" in fault for fault in found), found
    assert all("--review" in fault for fault in found)


def test_a_kind_that_is_new_is_noticed():
    found = faults(TEXT, one_minor("resource apps/marvels v1 apps.v1.Marvel create,update,delete", "field apps.v1.Marvel spec any",
                                   "field apps.v1.Marvel metadata meta.v1.ObjectMeta"))
    assert any("apps/marvels spec" in fault and "add one" in fault for fault in found), found


def test_a_part_that_is_another_kind_is_noticed():
    found = faults(TEXT, one_minor("resource apps/deployments/marvel v1 core.v1.Binding create"))
    assert any("apps/deployments/marvel" in fault and "rows of its own" in fault for fault in found), found


@pytest.mark.parametrize("line", [
    "core/pods spec", "core/pods spec RunsCodes", "core/pods spec.[0] RunsCode", "core/pods spec RunsCode?sometimes",
    "core/pods spec IssuesToken", "core/pods spec @nothing", "core/pods !sometimes RunsCode", "core/pods !guard sometimes",
    "core/pods spec RunsCode since=1.32", "core pods RunsCode", "core/pods spec RunsCode",
])
def test_a_line_that_says_nothing_is_noticed(line):
    with pytest.raises(effects_table.Fault, match=rf"effects.table:{TEXT.count(chr(10)) + 1}: "):
        effects_table.Table(TEXT + line + "\n")
