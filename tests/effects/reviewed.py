"""Reads src/effects/effects.reviewed as the program does: it looks for just the place that differs, and for no longer row."""
from tables import check_effects, effects_table

_, LINES = check_effects.read_reviewed()


class Node:
    def __init__(self):
        self.inner, self.mount, self.added, self.line = {}, None, frozenset(), None


class Line:
    """What stands behind a place."""

    def __init__(self, words):
        self.effects = frozenset(words[0].split(",")) - {"-"}
        self.neutral = next((word.removeprefix("neutral=").split(",") for word in words if word.startswith("neutral=")), [])
        self.open = "open" in words


class Reviewed:
    def __init__(self, lines=LINES):
        self.roots, self.operations, self.virtual = {}, {}, set()
        for (table, path), (what, _) in lines.items():
            if path == "!virtual":
                self.virtual.add(table)
            elif path.startswith("!"):
                self.operations.setdefault(table, {})[path] = frozenset(what.split(","))
            else:
                self._add(table, path, what.split(" "))

    def _add(self, table, path, words):
        node = self.roots.setdefault(table, Node())
        for step in effects_table.steps_of(path):
            node = node.inner.setdefault(step, Node())
        if words[0].startswith("@"):
            node.mount, _, added = words[0].partition("+")
            node.added = frozenset(added.split(",")) if added else frozenset()
        else:
            node.line = Line(words)

    def of_operation(self, resource, operation):
        whole = "/".join(resource.split("/")[:2])
        tables = {"*", resource.split("/")[0] + "/*", resource} | ({whole} if operation in ("update", "same") else set())
        names = {f"!{operation}"} | ({"!write"} if operation in ("create", "update", "delete") else set())
        return {effect for table in tables for name in names for effect in self.operations.get(table, {}).get(name, ())}

    def _first_nodes(self, resource):
        """The roots of the tables that tell of a resource, the one that counts most first."""
        whole, part = "/".join(resource.split("/")[:2]), resource.split("/")[2:]
        every_part = f"*/{part[0]}" if part else ""
        own = resource if not part or {resource, every_part} & self.roots.keys() else whole
        return [self.roots[table] for table in (own, every_part, "*") if table in self.roots]

    def of_place(self, resource, steps):
        """(effects, Line) of a place; None where it is not classified."""
        nodes, opened = [(root, frozenset(), 0) for root in self._first_nodes(resource)], None
        for step in steps:
            nodes = [found for each in nodes for found in self._inside(*each, step)]
            told = self._told(nodes)
            if told or any(node.mount for node, *_ in nodes):
                opened = told if told and told[1].open else None
        return self._told(nodes) or opened

    def _inside(self, node, added, keys, step):
        """What a table and the sub-tables that begin there have for the next step; how many steps were any key of a map."""
        inner, keys = (node.inner[step], keys) if step in node.inner else (node.inner.get("*"), keys + 1)
        while inner:
            yield inner, added, keys
            added, inner = added | inner.added, self.roots[inner.mount] if inner.mount else None

    @staticmethod
    def _told(nodes):
        """The line that counts: where a key is named rather than any, then by the order of tables."""
        told = [(keys, node.line.effects | added, node.line) for node, added, keys in nodes if node.line]
        return min(told, key=lambda each: each[0])[1:] if told else None
