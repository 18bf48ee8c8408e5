"""kube-linter finds nothing in the chart but what .kube-linter.yaml excuses, each with its reason."""
import pytest

from cluster import ROOT, printed_by, run
from conftest import render_chart

CONFIGURED = [
    {},
    {"replicaCount": 2, "log": {"persistence": False}},
    {"monitoring": {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}}},
]


def lint(path):
    return run(printed_by("kube_linter.sh"), "lint", "--config", ROOT / ".kube-linter.yaml", path)


@pytest.mark.parametrize("values", CONFIGURED, ids=["as the tests have it", "two replicas, nothing kept", "watched"])
def test_the_chart_is_clean(values, tmp_path):
    rendered = render_chart(values)
    assert rendered.returncode == 0, rendered.stderr
    (tmp_path / "rendered.yaml").write_text(rendered.stdout)
    result = lint(tmp_path / "rendered.yaml")
    assert result.returncode == 0, result.stdout + result.stderr


def test_so_is_what_kubectl_applies():
    result = lint(ROOT / "manifests" / "install.yaml")
    assert result.returncode == 0, result.stdout + result.stderr


def test_it_would_find_something(tmp_path):
    (tmp_path / "bad.yaml").write_text((ROOT / "manifests" / "install.yaml").read_text().replace("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"))
    result = lint(tmp_path / "bad.yaml")
    assert result.returncode == 1 and "no-read-only-root-fs" in result.stdout
