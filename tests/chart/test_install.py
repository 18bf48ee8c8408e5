"""Install and uninstall on a real API server, by Helm and from the plain manifest; no program runs."""
import pytest

from cluster import ROOT, wait_for
from conftest import NAMESPACE, install_chart, uninstall_chart, write_as
from samples import AGENT, approval_policy

MANIFEST = ROOT / "manifests" / "install.yaml"
CRDS = {f"{kind}.sallyport.dev" for kind in ("approvalpolicies", "clusterapprovalpolicies", "approvalrequests")}


@pytest.fixture
def clean(cluster):
    """Nothing of ours but what this test makes."""
    cluster.do("delete", "-f", ROOT / "crds", "--ignore-not-found")
    yield cluster
    cluster.do("delete", "-f", ROOT / "crds", "--ignore-not-found")


def everything(cluster):
    """All objects of the chart's kinds that are named after Sallyport."""
    kinds = ("serviceaccounts,configmaps,secrets,services,statefulsets,persistentvolumeclaims,poddisruptionbudgets,"
             "networkpolicies,roles,rolebindings,clusterroles,clusterrolebindings,flowschemas,"
             "prioritylevelconfigurations,validatingwebhookconfigurations,mutatingwebhookconfigurations,"
             "validatingadmissionpolicies,validatingadmissionpolicybindings")
    return {name for name in cluster.do("get", kinds, "-A", "-o", "name").split() if "sallyport" in name}


def our_crds(cluster):
    return {name for name in (item["metadata"]["name"] for item in cluster.get("crd")["items"]) if name in CRDS}


def agents_are_refused_and_nobody_else(cluster):
    wait_for("agents are refused", lambda: not write_as(cluster, AGENT))
    assert write_as(cluster, "alice", ("reviewers",))
    assert write_as(cluster, "system:serviceaccount:agents:other")


def no_warning(result):
    assert result.returncode == 0, result.stderr
    assert "warning" not in (result.stdout + result.stderr).lower()


def test_uninstall_leaves_nothing_but_crds_and_agents_write_again(clean):
    before = everything(clean)
    no_warning(install_chart(clean))
    assert len(everything(clean) - before) > 20
    agents_are_refused_and_nobody_else(clean)
    no_warning(uninstall_chart(clean))
    wait_for("agents write again", lambda: write_as(clean, AGENT))
    wait_for("all is gone", lambda: everything(clean) == before)
    assert our_crds(clean) == CRDS


def test_policies_outlive_the_release_and_the_next_one_takes_the_crds_over(clean):
    no_warning(install_chart(clean))
    no_warning(uninstall_chart(clean))
    # The webhook that would check the policy goes with the release.
    wait_for("a policy can be written", lambda: clean.create(approval_policy("kept")).returncode == 0)
    no_warning(install_chart(clean))
    no_warning(uninstall_chart(clean))
    assert clean.get("-n", "shop", "apol", "kept")["spec"]["enforcement"] == "Enforce"


def test_with_pods(clean):
    """As most people install it, into a namespace that tells of pods with more rights than they need. No node: they wait."""
    clean.kubectl("create", "namespace", NAMESPACE)
    clean.do("label", "--overwrite", "namespace", NAMESPACE, "pod-security.kubernetes.io/warn=restricted",
             "pod-security.kubernetes.io/enforce=restricted")
    no_warning(install_chart(clean, {"replicaCount": 2, "keys": {"create": False}}))
    wait_for("the pods are made", lambda: len(
        clean.get("pods", "-n", NAMESPACE, "-l", "app.kubernetes.io/name=sallyport")["items"]) == 2)
    no_warning(uninstall_chart(clean))
    clean.do("-n", NAMESPACE, "delete", "pvc", "--all")
    clean.do("delete", "namespace", NAMESPACE)


def test_the_plain_manifest(clean):
    clean.do("apply", "--server-side", "-f", MANIFEST)
    agents_are_refused_and_nobody_else(clean)
    assert our_crds(clean) == CRDS
    clean.do("delete", "-f", MANIFEST, "--timeout=120s")
    wait_for("agents write again", lambda: write_as(clean, AGENT))
