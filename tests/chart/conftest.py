"""What the chart's tests share: a control plane, the chart rendered, and the chart installed."""

import pytest
import yaml

from cluster import ROOT, helm, start_cluster

CHART = ROOT / "charts" / "sallyport"
NAMESPACE = "sallyport-system"
OURS = f"system:serviceaccount:{NAMESPACE}:sallyport"
# A group that may do everything, for callers of whom RBAC is not the question.
ANYTHING = "may-do-anything"

# One agent of each kind of identity.
VALUES = {
    "replicaCount": 0,
    "agents": [
        {"name": "deployer", "serviceAccounts": ["agents/deployer"]},
        {"name": "fleet", "namespaces": ["fleet"], "users": ["robot@example.com"], "groups": ["robots"]},
    ],
}


def render_chart(values=None, release="sallyport", namespace=NAMESPACE):
    return helm("template", release, CHART, "--namespace", namespace, values={**VALUES, **(values or {})})


def render(values=None, **options):
    """The chart's objects with these values over VALUES, by (kind, name)."""
    result = render_chart(values, **options)
    assert result.returncode == 0, result.stderr
    objects = [document for document in yaml.safe_load_all(result.stdout) if document]
    return {(each["kind"], each["metadata"]["name"]): each for each in objects}


def config_of(objects):
    """The configuration that the program gets."""
    return yaml.safe_load(objects["ConfigMap", "sallyport-config"]["data"]["config.yaml"])


def install_chart(cluster, values=None):
    return cluster.helm("install", "sallyport", CHART, "--namespace", NAMESPACE, "--create-namespace",
                        values={**VALUES, **(values or {})})


def uninstall_chart(cluster):
    return cluster.helm("uninstall", "sallyport", "--namespace", NAMESPACE)


def write_as(cluster, user, groups=()):
    """Does a write by this user pass?"""
    return cluster.kubectl("-n", "shop", "create", "configmap", "w", "--dry-run=server", as_user=user,
                           as_groups=(ANYTHING, *groups)).returncode == 0


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    running = start_cluster(tmp_path_factory.mktemp("cluster"))
    try:
        for namespace in ("fleet", "shop"):
            running.do("create", "namespace", namespace)
        running.do("create", "clusterrolebinding", ANYTHING, "--clusterrole=cluster-admin", f"--group={ANYTHING}")
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def installed(cluster):
    """The chart, without any replica: webhook calls fail, the admission policy holds."""
    result = install_chart(cluster)
    assert result.returncode == 0, result.stderr
    yield cluster
    uninstall_chart(cluster)
