"""The contract of the engine's seams, and kube/ beside it, on a real API server: a bare cluster with our CRDs and nothing
else of ours (the chart's admission policy would refuse what these tests write)."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("SALLYPORT_BUILD", ROOT / "build" / "dev"))


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory):
    directory = tmp_path_factory.mktemp("cluster")
    cluster = [ROOT / "hack" / "cluster.sh"]
    try:
        subprocess.run([*cluster, "up", "--dir", directory], check=True)
        kubectl = subprocess.run([ROOT / "hack" / "controlplane.sh"], check=True, capture_output=True, text=True)
        subprocess.run(
            [f"{kubectl.stdout.strip()}/kubectl", "--kubeconfig", directory / "kubeconfig", "apply", "-f", ROOT / "crds"],
            check=True)
        yield directory / "kubeconfig"
    finally:
        subprocess.run([*cluster, "down", "--dir", directory], check=True)


@pytest.mark.parametrize("binary", ["contract_live", "kube_live_test"])
def test_on_a_real_api_server(kubeconfig, binary):
    run = subprocess.run([BUILD / "tests" / "contract" / binary, "--gtest_brief=1"],
                         env={**os.environ, "KUBECONFIG": str(kubeconfig)}, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-4000:]
    assert "[  PASSED  ]" in run.stdout
