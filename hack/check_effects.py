#!/usr/bin/env python3
"""Holds src/effects/effects.table to the fields that Kubernetes has. Exits 1 with every fault named.

    hack/check_effects.py            checks: the table can be read, each row decides something, each field of each pinned minor
                                     version is classified, effects.reviewed is what the table says, and effects.custom, the
                                     table of other projects' kinds, can be read
    hack/check_effects.py --review   writes effects.reviewed anew and prints each line that came, changed or went
    hack/check_effects.py --live     checks, too, what the server of the current kubeconfig serves by itself: start it with
                                     --runtime-config=api/all=true and all feature gates
    hack/check_effects.py --fetch    makes the lists of fields anew, from the releases named in hack/lib/api_fields.py

A field that is new in Kubernetes is not in effects.reviewed, so it is unclassified, whatever it would inherit. Somebody looks
at it, gives it a row or finds that what it inherits is right, runs --review and commits the lines, which a reviewer reads.
"""
import argparse
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import api_fields  # noqa: E402
import effects_table  # noqa: E402
from effects_table import CUSTOM, REVIEWED, TABLE, decided_for, effects_text, path_text  # noqa: E402

HEAD = """\
# Made by hack/check_effects.py --review of effects.table, whose head tells the form. One line for each place that there is in the
# minor versions of Kubernetes that hack/lib/api_fields.py names; a place that is not here is unclassified, and has every effect.
# Behind its effects stand, where there are any, the values that are neutral; "open" where the API says nothing of what is deeper,
# which then has the same unless a line or a sub-table begins there; and the minor version in which somebody last looked at it.
# A place stands in the table of the row that decides it. Several tables may have it: the line counts that names a key where
# another has "*", then that of the resource (or of its part), then of the sub-tables from the outermost on, "*/PART", "*".
# tests/effects/reviewed.py reads it so.
"""
NAMED = "named"  # the kind of a place that is there because a row names it


class Review:
    """What effects.reviewed has to say, and which rows made it say so."""

    def __init__(self, table, minors):
        self.lines = {}   # (table, path): [effects and the like, newest minor version that has it]
        self.used = set()  # lines of the table's text without which there would be other lines here
        self.lost = {}    # (resource, path) without any row: newest minor version that has it
        self._table = table
        for resource, paths in newest_paths(minors).items():
            if table.read_as(resource) == resource and not table.is_virtual(resource):
                self._add_resource(resource, paths)
        for row in table.rows:
            self._add_fixed(row, list(minors)[-1])

    def _add_resource(self, resource, paths):
        places = self._table.places_of(resource)
        named = {}  # rows that name a key of a map, or a place in what the API says nothing about
        for steps in places:
            if steps and steps not in paths and (around := self._around(steps, paths)):
                named[steps] = (NAMED, around)
        for steps, (kind, minor) in (paths | named).items():
            self._add_place(resource, places, steps, kind, minor)

    @staticmethod
    def _around(steps, paths):
        """Of a place that no list of fields names: the minor version of the map whose key it is, or of the value that it is in."""
        for length in range(len(steps) - 1, 0, -1):
            kind, minor = paths.get(steps[:length], ("", ""))
            if kind == "any" or kind == "map" and length == len(steps) - 1:
                return minor
        return None

    def _add_place(self, resource, places, steps, kind, minor):
        found = decided_for(places, steps)
        if found is None:
            self.lost.setdefault((resource, path_text(steps)), minor)
            return
        where, what = self._line(*found, steps, kind)
        self.lines[where] = [what, minor]
        row = found[1].row
        if row.line not in self.used and (kind == NAMED or self._without(places, *found, steps, kind) != (where, what)):
            self.used.add(row.line)

    def _without(self, places, prefix, decided, steps, kind):
        """The line that a place would have if the row that decides it were not there."""
        others = {key: each for key, each in places.items() if key != prefix}
        if decided.instead_of:
            others[prefix] = decided.instead_of
        found = decided_for(others, steps)
        return self._line(*found, steps, kind) if found else None

    @staticmethod
    def _line(prefix, decided, steps, kind):
        """((table, path), what stands there): in the table of the row that decides."""
        inner = decided.row.steps + steps[len(prefix):]
        words = [effects_text(decided.row.effects)]
        if decided.row.neutral and inner == decided.row.steps:
            words.append(decided.row.neutral)
        if kind == "any":
            words.append("open")
        return (decided.row.table, path_text(inner)), " ".join(words)

    def _add_fixed(self, row, minor):
        """Rows that are the same in both files: of operations, and those that refer to a sub-table."""
        if row.operation:
            text = effects_text(row.effects) if row.operation not in ("!guard", "!virtual") else ",".join(sorted(row.effects))
            self.lines[row.table, row.path] = [text, minor]
            self.used.add(row.line)
        elif row.mount:
            added = "+" + effects_text(row.effects) if row.effects else ""
            self.lines[row.table, row.path] = [row.mount + added, minor]
            self.used.add(row.line)


def newest_paths(minors):
    """{resource: {steps: (type, newest minor version that has it)}}"""
    found = {}
    for minor, fields in minors.items():
        for resource in fields.resources:
            paths = found.setdefault(resource, {})
            paths.update((steps, (kind, minor)) for steps, kind in fields.paths_of(resource).items())
    return found


def text_of(table, lines):
    presets = "".join(" ".join(preset) + "\n" for preset in table.presets)
    return HEAD + presets + "".join(f"{where} {path} {what}".rstrip() + f" {minor}\n" for (where, path), (what, minor) in
                                    sorted(lines.items()))


def read_reviewed():
    """The presets of the kept file, and {(table, path): [what, minor]}."""
    presets, lines = [], {}
    for line in REVIEWED.read_text().splitlines() if REVIEWED.exists() else []:
        if line.startswith("preset "):
            presets.append(line.split())
        elif line and not line.startswith("#"):
            split = re.fullmatch(r"(\S+) (\S+) (?:(.*) )?(\S+)", line)
            lines[split[1], split[2]] = [split[3] or "", split[4]]
    return presets, lines


def with_kept_minors(lines, kept):
    """A line that says what it said keeps the minor version in which somebody looked at it."""
    return {key: [what, kept[key][1] if key in kept and kept[key][0] == what else minor] for key, (what, minor) in lines.items()}


def faults_of_rows(table, review):
    """Rows that could be taken out without anybody noticing it."""
    for row in table.rows:
        if row.line not in review.used:
            yield f"{TABLE.name}:{row.line}: {row.table} {row.path} decides nothing that other rows do not decide alike: take it out"


def faults_of_parts(table, minors):
    """A part that is read by the rows of its object must be one of its kind."""
    for minor, fields in minors.items():
        for resource, of in fields.resources.items():
            source = table.read_as(resource)
            if source != resource and of["types"] != {"-"} and not of["types"] <= fields.resources[source]["types"]:
                yield f"{resource} (Kubernetes {minor}) is written as {', '.join(sorted(of['types']))}: it needs rows of its own"


def faults_of_review(review, kept):
    for (resource, path), minor in review.lost.items():
        yield f"{resource} {path} (Kubernetes {minor}): no row of {TABLE.name} says what a write of it does: add one"
    for (where, path), (what, minor) in sorted(review.lines.items()):
        if (where, path) not in kept:
            yield (f"{where} {path} (Kubernetes {minor}) has not been looked at; it would have: {what}. If a write of it does "
                   f"something else, add a row to {TABLE.name}; then run hack/check_effects.py --review and commit the line")
        elif kept[where, path][0] != what:
            yield (f"{where} {path}: {TABLE.name} says {what or 'nothing'}, {REVIEWED.name} {kept[where, path][0] or 'nothing'}. If the "
                   "table is right, run hack/check_effects.py --review and commit the line")
    for where, path in sorted(kept.keys() - review.lines.keys()):
        yield (f"{where} {path} stands in {REVIEWED.name}, and neither {TABLE.name} nor a minor version has it any more: run "
               "hack/check_effects.py --review")


def faults_of_order(lines, presets, table):
    kept = REVIEWED.read_text() if REVIEWED.exists() else ""
    if presets == table.presets and kept != text_of(table, lines):
        yield f"{REVIEWED.name} is not as hack/check_effects.py --review writes it"
    if presets != table.presets:
        yield f"{REVIEWED.name} has other presets than {TABLE.name}: run hack/check_effects.py --review"


def check(text, minors):
    """Every fault of a table, given as text."""
    try:
        table = effects_table.Table(text)
    except effects_table.Fault as fault:
        return [str(fault)]
    review = Review(table, minors)
    presets, kept = read_reviewed()
    faults = [*faults_of_rows(table, review), *faults_of_parts(table, minors), *faults_of_review(review, kept)]
    return faults or [*faults_of_order(with_kept_minors(review.lines, kept), presets, table)]


def faults_of_live(table, fields):
    """Only what is new in a server: the minor versions have more, or less, than it."""
    _, kept = read_reviewed()
    review = Review(table, {"of this server": fields})
    return [*faults_of_parts(table, {"of this server": fields}),
            *(fault for fault in faults_of_review(review, {key: each for key, each in kept.items() if key in review.lines})
              if "has not been looked at" in fault or "add one" in fault)]


def faults_of_custom(text, base):
    """The other table has no lists of fields to be held to: its rows say which project's they are, and of groups of its own."""
    try:
        table = effects_table.Table(text, CUSTOM, base)
    except effects_table.Fault as fault:
        return [str(fault)]
    built_in = {row.table.split("/")[0] for row in base.rows} - {"*"}
    return [f"{CUSTOM.name}:{row.line}: {row.table} {fault}" for row in table.rows if not row.table.startswith("@")
            for fault in ["is Kubernetes' own: it belongs into effects.table"] * (row.table.split("/")[0] in built_in)
            + ["stands behind no project"] * (not row.project)]


def write_review(minors):
    table = effects_table.Table(TABLE.read_text())
    _, kept = read_reviewed()
    lines = with_kept_minors(Review(table, minors).lines, kept)
    REVIEWED.write_text(text_of(table, lines))
    for key in sorted(lines.keys() | kept.keys()):
        if lines.get(key) != kept.get(key):
            print(*key, "was", *(kept.get(key) or ["not there"]), "is", *(lines.get(key) or ["gone"]))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--review", action="store_true")
    arguments.add_argument("--fetch", action="store_true")
    arguments.add_argument("--live", action="store_true")
    asked = arguments.parse_args()
    if asked.fetch:
        api_fields.fetch()
    minors = api_fields.read()
    if asked.review:
        write_review(minors)
    faults = check(TABLE.read_text(), minors)
    faults = faults or faults_of_custom(CUSTOM.read_text(), effects_table.Table(TABLE.read_text()))
    if asked.live and not faults:
        live = api_fields.read_live()
        faults = faults_of_live(effects_table.Table(TABLE.read_text()), live)
        print(f"effects: the server has {sum(len(live.paths_of(each)) for each in live.resources)} places in {len(live.resources)} resources")
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    if not faults:
        rows = len(effects_table.Table(TABLE.read_text()).rows)
        print(f"effects: {rows} rows say what writes to {sum(1 for _ in REVIEWED.open())} places do")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
