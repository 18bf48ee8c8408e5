"""docs/presets.md says what the tables say: read as its own text tells people to, it gives each place the same effects."""
import re

from tables import CUSTOM, ROOT, TABLE, effects_table, names, places, resources

import presets_docs  # of hack/, which tables has added to the path

PAGE = (ROOT / "docs" / "presets.md").read_text()
ANCHORS = {presets_docs.anchor(title): name for name, title in presets_docs.SUB_TABLES.items()}
OPERATIONS = {words: name for name, words in presets_docs.OPERATIONS.items()}
JUDGES = sorted(((words, judge) for judge, (words, _) in presets_docs.JUDGES.items()), key=lambda each: -len(each[0]))
PRESETS = {name: (set(effects.split(",")), set(more)) for _, name, effects, *more in TABLE.presets}


def resource_of(title):
    """`deployments.apps/scale` -> apps/deployments/scale"""
    if title.startswith("**any kind**"):
        return re.sub(r"[*` ]*any kind[*` ]*", "", title) and "*/scale" or "*"
    name, slash, part = re.search(r"`([^`]+)`", title)[1].partition("/")
    resource, _, group = name.partition(".")
    return f"{group or 'core'}/{resource}{slash}{part}"


def effect_of(words):
    """Deletes if 0 -> Deletes?to_zero"""
    for said, judge in JUDGES:
        if words.endswith(f" {said}"):
            return f"{words.removesuffix(said).strip()}?{judge}"
    return words


def row_of(does):
    """The third column of a row of the table."""
    split = re.fullmatch(r"as \[.*?\]\(#(.*?)\)(?:, and (.*))?", does)
    effects = "-" if does == "nothing" else ",".join(map(effect_of, (split[2] or "" if split else does).split(", ")))
    return effects if not split else ANCHORS[split[1]] + (f"+{effects}" if effects else "")


def rows_of(name, what, does):
    for field in re.split(r"; |<br>", what):
        if field in OPERATIONS:
            yield f"{name} {OPERATIONS[field]} {row_of(does)}"
            continue
        field = field.partition("`: ")[0] + ("`" if "`: " in field else "")
        path = re.match(r"`([^`]+)`", field)
        neutral = re.search(r"\(`(.*)`\)", field)
        yield (f"{name} {path[1] if path else '.'} {row_of(does)}" + (f" neutral={neutral[1].replace('`, `', ',')}" if neutral else ""))


def lines_of(text):
    """(heading, cells) of each line of a table whose last column says who asks."""
    heading, asks = "", False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif not cells:
            asks = False
        elif cells[-1] == "asked about by":
            asks = True
        elif asks and not line.startswith("|---"):
            yield heading, cells


def read_page(text):
    """The page as a table of effects."""
    found, titles = [], []
    for heading, cells in lines_of(text):
        if len(cells) == 4:
            titles = [resource_of(each) for each in cells[0].split("<br>")] if cells[0] else titles
        elif (name := ANCHORS.get(presets_docs.anchor(heading))) is None:
            continue
        else:
            titles = [name]
        found += [row for title in titles for row in rows_of(title, *cells[-3:-1])]
    return "\n".join(found)


def test_the_page_gives_each_place_the_effects_that_the_table_gives_it():
    built_in, _, _ = PAGE.partition("## The kinds of other projects")
    page = effects_table.Table(read_page(built_in))
    looked_at = 0
    for resource in resources():
        if TABLE.is_virtual(resource):
            continue
        for operation in ("create", "update", "same", "delete", "connect"):
            assert page.of_operation(resource, operation) == TABLE.of_operation(resource, operation), f"{resource} {operation}"
        for steps in places(resource):
            wanted = TABLE.of_place(resource, steps)
            if "moved" not in wanted:
                looked_at += 1
                assert page.of_place(resource, steps) == wanted, f"{resource} {steps}"
    assert looked_at > 30000


def test_so_it_does_for_the_rows_of_other_projects_kinds():
    page = effects_table.Table(read_page(PAGE))
    for row in CUSTOM.rows:
        if not row.operation and not row.table.startswith("@"):
            assert page.of_place(row.table, row.steps) == CUSTOM.of_place(row.table, row.steps), f"{row.table} {row.path}"


def test_the_presets_of_a_line_are_those_that_take_its_effects():
    looked_at = 0
    for heading, cells in lines_of(PAGE):
        does, asked = cells[-2:]
        if does.startswith("as [") or heading == "Presets and effects" or asked == "the guard refuses it":
            continue
        looked_at += 1
        effects = {effect_of(each) for each in does.split(", ")} - {"nothing"}
        certain = {name for name, (takes, more) in PRESETS.items()
                   if takes & effects or any(kind in " ".join(cells) for kind in more and ["NetworkPolicy"])}
        judged = {name for name, (takes, _) in PRESETS.items() if takes & names(effects)} - certain
        said = [words.partition(" if ") for words in asked.split(", ") if words != "nobody"]
        assert ({name for name, condition, _ in said if not condition}, {name for name, condition, _ in said if condition}) == (certain, judged), cells
    assert looked_at > 300
