"""Builds of the program whose table of effects lacks rows: the text that stands in the binary, written anew without them. Nothing in the
program can do this, so that nobody can do it to the program. And which of these rows a finding is about."""
import dataclasses
import pathlib
import sys

from change import differing
from deck import general, places_in

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "hack"), str(ROOT / "hack" / "lib")]
import api_fields  # noqa: E402
import check_effects  # noqa: E402
import effects_table  # noqa: E402

VERBS = {"!create": {"create"}, "!delete": {"delete", "deletecollection"}, "!connect": {"connect"},
         "!write": {"create", "update", "delete", "deletecollection"}}


@dataclasses.dataclass(frozen=True)
class Row:
    """`effects`: of which nobody is told any more."""
    table: str
    path: str
    effects: frozenset

    def __str__(self):
        return f"{self.table} {self.path}"

    def may_explain(self, finding):
        """Whether the write is one of those for which this row stands there."""
        write = finding.smallest.write
        if not any(self.effects & each.effects for each in finding.smallest.demands):
            return False
        whole = "/".join(filter(None, (write.resource, write.part)))
        if self.path.startswith("!"):
            return write.verb in VERBS[self.path] and self.table == whole
        if self.table == "*/scale":
            return write.part == "scale"
        steps = effects_table.steps_of(self.path)
        if not self.table.startswith("@"):
            return write.resource == self.table and any(each[:len(steps)] == steps for each in places_of(write))
        return any(each[start:start + len(steps)] == steps for each in places_of(write) for start in range(len(each)))


def places_of(write):
    """All that a write says something new about, or nothing any more, without the places of lists."""
    if write.wanted is None:
        return set()
    is_update = write.verb == "update" and write.before
    told = differing(write.before, write.wanted) + differing(write.wanted, write.before) if is_update else [((), write.wanted)]
    found = {steps + inner for steps, value in told for inner in [(), *places_in(value)]}
    return {tuple(step for step in general(steps) if step != "*") for steps in found}


# One or two of each effect, in kinds far apart: what a row says of a field, of an operation, of a part, of all pods.
ROWS = [Row(table, path, frozenset(effects.split(","))) for table, path, effects in [
    ("core/pods", "metadata.labels", "RunsCode,Traffic"),
    ("*/scale", "spec.replicas", "Deletes"),
    ("@container", "env.valueFrom.secretKeyRef", "UsesSecret"),
    ("networking.k8s.io/ingresses", "spec.tls.secretName", "UsesSecret"),
    ("@container", "livenessProbe.exec", "HoldsSecret"),
    ("core/secrets", "!write", "ShowsSecret"),
    ("rbac.authorization.k8s.io/rolebindings", "!write", "Identity"),
    ("storage.k8s.io/csidrivers", "spec.tokenRequests", "IssuesToken"),
    ("core/services", "!delete", "Traffic"),
    ("policy/poddisruptionbudgets", "!delete", "Shared"),
    ("apiregistration.k8s.io/apiservices", "!write", "Serving"),
    ("core/nodes", "status.addresses", "Connects"),
]]


def reviewed_without(rows):
    """What effects.reviewed would be if these rows did not stand in the table, and had never stood there."""
    text = effects_table.TABLE.read_text()
    whole = effects_table.Table(text)
    taken_out = {whole.by_table[row.table][row.path].line for row in rows}
    lines = text.splitlines(keepends=True)
    without = effects_table.Table("".join(line for number, line in enumerate(lines, 1) if number not in taken_out))
    _, kept = check_effects.read_reviewed()
    return check_effects.text_of(without, check_effects.with_kept_minors(check_effects.Review(without, api_fields.read()).lines, kept))


def build_without(binary, rows, made):
    """Writes a copy of the program to `made`; the shorter text is filled up with empty lines."""
    whole, text = binary.read_bytes(), effects_table.REVIEWED.read_bytes()
    assert whole.count(text) == 1, f"{binary} does not hold {effects_table.REVIEWED} as it is: build it anew"
    other = reviewed_without(rows).removeprefix(check_effects.HEAD).encode()
    assert len(other) <= len(text), f"without {' and '.join(map(str, rows))} there are more lines"
    made.write_bytes(whole.replace(text, other.ljust(len(text), b"\n")))
    made.chmod(0o755)
    return made
