"""Reads src/effects/effects.table, whose head tells its form, and says what it decides for each field of each kind.

What it says is the reference for all other readers of that file.
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TABLE = ROOT / "src" / "effects" / "effects.table"
REVIEWED = ROOT / "src" / "effects" / "effects.reviewed"
CUSTOM = ROOT / "src" / "effects" / "effects.custom"  # the same for kinds that others define

EFFECTS = ("RunsCode", "Connects", "Identity", "IssuesToken", "UsesSecret", "HoldsSecret", "ShowsSecret", "Deletes", "Traffic",
           "Shared", "Serving", "Speaks", "Own")
# What code knows by these names (effects), and what the built-in guard asks (guard).
JUDGES = {"to_zero", "removed", "tightened", "finalizer_removed", "owner_added", "no_execute", "holds_secret", "mounts_secret",
          "token_secret", "system_namespace", "speaks"}
GUARDS = {"own_kind", "own_name", "own_role", "own_volume", "own_limits", "own_configuration", "takes_api", "moves_api",
          "reorders_calls", "starves_calls", "speaks", "account", "node_reach", "token", "token_secret", "certificate", "connects",
          "proxied", "rights", "aggregates", "serving", "policies_inside"}
OPERATIONS = ("!create", "!update", "!same", "!delete", "!connect", "!write", "!guard", "!virtual")
RESOURCE = re.compile(r"@[a-z]+|\*|(?:\*|[a-z0-9.-]+)/(?:\*|[a-z]+)(?:/[a-z]+)?")
STEP = re.compile(r"\*|[A-Za-z$][A-Za-z0-9$]*|\['[^']+'\]")


class Fault(Exception):
    """A line of the table that says nothing that can be understood."""


def steps_of(path):
    """spec.template -> ("spec", "template"), a['b.c'] -> ("a", "b.c"), . -> ()"""
    if path == ".":
        return ()
    split = re.split(r"\.(?![^\[]*'\])|(?=\[')", path)
    if not all(STEP.fullmatch(step) for step in split):
        raise Fault(f"{path} is no path")
    return tuple(step[2:-2] if step.startswith("['") else step for step in split)


def path_text(steps):
    text = ""
    for step in steps:
        text += f"['{step}']" if re.search(r"[^A-Za-z0-9$*]", step) else f".{step}"
    return text.lstrip(".") or "."


class Row:
    def __init__(self, line, text):
        words = text.split()
        if len(words) < 3 and words[1:] != ["!virtual"]:
            raise Fault("has fewer than three columns")
        self.line, self.table, self.path, self.project = line, words[0], words[1], ""
        self.mount, self.neutral, self.effects = None, "", frozenset()
        if not RESOURCE.fullmatch(self.table):
            raise Fault(f"{self.table} is no resource and no sub-table")
        self.operation = self.path if self.path.startswith("!") else ""
        if self.operation and self.operation not in OPERATIONS:
            raise Fault(f"{self.operation} is no operation")
        self.steps = () if self.operation else steps_of(self.path)
        for word in words[3:]:
            if not word.startswith("neutral="):
                raise Fault(f"{word} is not understood")
            self.neutral = word
        if self.operation == "!guard":
            self.effects = frozenset(words[2].split(","))
            if not self.effects <= GUARDS:
                raise Fault(f"{words[2]}: no such judge of the guard")
        elif self.operation != "!virtual":
            self._read_effects(words[2])

    def _read_effects(self, text):
        if text.startswith("@"):
            self.mount, _, text = text.partition("+")
            text = text or "-"
        if text != "-":
            self.effects = frozenset(text.split(","))
        for effect in self.effects - {"moved"}:
            name, _, judge = effect.partition("?")
            if name not in EFFECTS or "?" in effect and judge not in JUDGES:
                raise Fault(f"{effect} is no effect")
        for effect in self.effects:
            if effect.startswith("IssuesToken") and not {"Identity", effect.replace("IssuesToken", "Identity")} & self.effects:
                raise Fault("IssuesToken is a part of Identity, which must stand beside it")


def effects_text(effects):
    order = {name: place for place, name in enumerate(EFFECTS)}
    return ",".join(sorted(effects, key=lambda each: (order.get(each.partition("?")[0], 99), each))) or "-"


class Decided:
    """What one row decides: for the place that it names, and for all below that no longer row names."""

    def __init__(self, row, added=frozenset(), instead_of=None):
        self.row, self.added = row, added  # what references to the row's sub-table add
        self.instead_of = instead_of       # the row that would decide the same places if this one were not there

    @property
    def effects(self):
        return self.row.effects | self.added


def laid_over(places, others):
    """The places of both, where those of `others` come first."""
    return places | {steps: Decided(found.row, found.added, places.get(steps, found.instead_of)) for steps, found in others.items()}


class Table:
    """`base`: the table whose sub-tables, and whose rows for every kind, this one may use."""

    def __init__(self, text, file=TABLE, base=None):
        self.presets, self.rows, self.name, self.base, project = [], [], file.name, base, ""
        for number, line in enumerate(text.splitlines(), 1):
            line = re.sub(r"(^|\s)#.*", "", line).strip()
            try:
                if line.startswith("preset "):
                    self.presets.append(line.split())
                elif line.startswith("project "):
                    project = line.removeprefix("project ")
                elif line:
                    self.rows.append(Row(number, line))
                    self.rows[-1].project = project
            except Fault as fault:
                raise Fault(f"{self.name}:{number}: {fault}") from None
        self.by_table, self._expanded, self._places = {}, {}, {}
        for row in self.rows:
            places = self.by_table.setdefault(row.table, {})
            if row.path in places:
                raise Fault(f"{self.name}:{row.line}: {row.table} {row.path} stands there twice")
            places[row.path] = row
        for row in self.rows:
            if row.mount and () not in self.expand(row.mount):
                raise Fault(f"{self.name}:{row.line}: {row.mount} is no sub-table with a row for '.'")

    def has_paths(self, table):
        return any(not row.operation for row in self.by_table.get(table, {}).values()) or bool(self.base and self.base.has_paths(table))

    def read_as(self, resource):
        """Whose rows with paths say what a write of this resource does: of a part without any, those of its object."""
        whole, _, part = resource.rpartition("/")
        own = resource.count("/") < 2 or self.has_paths(resource) or self.has_paths(f"*/{part}")
        return resource if own else whole

    def is_virtual(self, resource):
        return "!virtual" in self.by_table.get(resource, {})

    def expand(self, table):
        """{steps: Decided} of a table and the sub-tables that it refers to; its own rows come before theirs."""
        if table not in self._expanded:
            found, own = dict(self.base.expand(table)) if self.base else {}, {}
            for row in self.by_table.get(table, {}).values():
                if row.operation:
                    continue
                if row.mount:
                    found = laid_over(found, {row.steps + steps: Decided(decided.row, decided.added | row.effects, decided.instead_of)
                                              for steps, decided in self.expand(row.mount).items()})
                else:
                    own[row.steps] = Decided(row)
            self._expanded[table] = laid_over(found, own)
        return self._expanded[table]

    def places_of(self, resource):
        """The same for a whole resource: what holds for every kind, for every part of that name, and its own rows."""
        table = self.read_as(resource)
        part = f"*/{table.rpartition('/')[2]}" if table.count("/") == 2 else ""
        return laid_over(laid_over(self.expand("*"), self.expand(part)), self.expand(table))

    def of_operation(self, resource, operation):
        """What the rows of an operation say of a write, whatever it changes: "create", "update", "same", "delete", "connect"."""
        group, whole = resource.split("/")[0], "/".join(resource.split("/")[:2])
        tables = {"*", f"{group}/*", resource} | ({whole} if operation in ("update", "same") else set())
        names = {f"!{operation}"} | ({"!write"} if operation in ("create", "update", "delete") else set())
        found = [row.effects for table in tables for name, row in self.by_table.get(table, {}).items() if name in names]
        return frozenset().union(*found, self.base.of_operation(resource, operation) if self.base else ())

    def decided(self, resource, steps):
        """(row, effects, is the row for just this place) of a place; None: no row says anything."""
        if resource not in self._places:
            self._places[resource] = self.places_of(resource)
        found = decided_for(self._places[resource], steps)
        return found and (found[1].row, found[1].effects, len(found[0]) == len(steps))

    def of_place(self, resource, steps):
        """What a write has that changes this place; None: no row says anything."""
        found = self.decided(resource, steps)
        return found and found[1]

    def guards_of(self, resource):
        tables = {resource, "/".join(resource.split("/")[:2]), resource.split("/")[0] + "/*"}
        return frozenset().union(*(self.by_table[table]["!guard"].effects for table in tables if "!guard" in self.by_table.get(table, {})))


def decided_for(places, steps):
    """The longest row for a place, as (its steps there, Decided); None where there is none."""
    for length in range(len(steps), -1, -1):
        prefix = steps[:length]
        if prefix in places:
            return prefix, places[prefix]
        # A row for each key of a map, seen from a key that a longer row names.
        for place, step in enumerate(prefix):
            general = prefix[:place] + ("*",) + prefix[place + 1:]
            if step != "*" and general in places:
                return general, places[general]
    return None
