"""The table of effects and the fields that it is about, for the tests beside this file."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "hack"), str(ROOT / "hack" / "lib")]
import api_fields  # noqa: E402
import check_effects  # noqa: E402
import effects_table  # noqa: E402

TEXT = effects_table.TABLE.read_text()
MINORS = api_fields.read()
TABLE = effects_table.Table(TEXT)
CUSTOM = effects_table.Table(effects_table.CUSTOM.read_text(), effects_table.CUSTOM, TABLE)


def names(effects):
    """The most that a write can have: whatever a judge may say."""
    return {effect.partition("?")[0] for effect in effects}


def resources():
    return sorted(set().union(*(fields.resources for fields in MINORS.values())))


def places(resource):
    found = set()
    for fields in MINORS.values():
        if resource in fields.resources:
            found |= set(fields.paths_of(resource))
    return found
