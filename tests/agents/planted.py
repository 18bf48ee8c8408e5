"""Builds of the program whose table of effects lacks a row: the text that stands in the binary, written anew without it. Nothing in the
program can do this, so that nobody can do it to the program."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "hack"), str(ROOT / "hack" / "lib")]
import api_fields  # noqa: E402
import check_effects  # noqa: E402
import effects_table  # noqa: E402

# Each of another kind, and of another effect than its neighbours: (table, path).
ROWS = [
    ("core/services", "!delete"),
    ("core/pods", "metadata.labels"),
    ("*/scale", "spec.replicas"),
    ("@pod", "imagePullSecrets"),
    ("@container", "env.valueFrom.secretKeyRef"),
    ("networking.k8s.io/ingresses", "spec.tls.secretName"),
    ("rbac.authorization.k8s.io/rolebindings", "!write"),
    ("policy/poddisruptionbudgets", "!delete"),
    ("storage.k8s.io/csidrivers", "spec.tokenRequests"),
    ("apiregistration.k8s.io/apiservices", "!write"),
]


def reviewed_without(table, path):
    """What effects.reviewed would be if that row did not stand in the table, and had never stood there."""
    text = effects_table.TABLE.read_text()
    row = effects_table.Table(text).by_table[table][path]
    lines = text.splitlines(keepends=True)
    without = effects_table.Table("".join(lines[:row.line - 1] + lines[row.line:]))
    _, kept = check_effects.read_reviewed()
    return check_effects.text_of(without, check_effects.with_kept_minors(check_effects.Review(without, api_fields.read()).lines, kept))


def build_without(binary, table, path, made):
    """Writes a copy of the program to `made`; the shorter text is filled up with empty lines."""
    whole, text = binary.read_bytes(), effects_table.REVIEWED.read_bytes()
    assert whole.count(text) == 1, f"{binary} does not hold {effects_table.REVIEWED} as it is: build it anew"
    other = reviewed_without(table, path).removeprefix(check_effects.HEAD).encode()
    assert len(other) <= len(text), f"without {table} {path} there are more lines"
    made.write_bytes(whole.replace(text, other.ljust(len(text), b"\n")))
    made.chmod(0o755)
    return made
