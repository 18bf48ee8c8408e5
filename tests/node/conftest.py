"""A cluster with a node for each worker, and a namespace of its own for each test."""
import os
import secrets
import tempfile

import pytest

os.environ["SALLYPORT_NO_SHARED_CLUSTER"] = "yes"  # before the harness is imported

from node_cluster import NodeCluster, start

import objects
from namespace import Namespace

TOOLBOX = "localhost/toolbox"


@pytest.fixture(scope="session")
def cluster():
    """A new one, or the one in SALLYPORT_NODE_CLUSTER_DIR."""
    standing = os.environ.get("SALLYPORT_NODE_CLUSTER_DIR")
    with tempfile.TemporaryDirectory(prefix="sallyport-node.", ignore_cleanup_errors=True) as folder:
        running, why_not = (NodeCluster(standing), "") if standing else start(folder)
        if running is None:
            # Where all must be tested, it is no excuse.
            assert not os.environ.get("CI"), why_not
            pytest.skip(why_not)
        try:
            yield running
        finally:
            if not standing:
                running.dev("down")


@pytest.fixture
def shop(cluster):
    """A namespace with a deployment whose one pod runs."""
    name = f"shop-{secrets.token_hex(4)}"
    deployment = objects.deployment(name)
    deployment["spec"]["replicas"] = 1
    pod = deployment["spec"]["template"]["spec"]
    pod["containers"][0]["image"] = f"{TOOLBOX}:1"
    pod["terminationGracePeriodSeconds"] = 1
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, deployment)
    made = Namespace(cluster, name)
    yield made
    made.kill_all()
    cluster.admin("delete", "namespace", name, "--wait=false", "--ignore-not-found")


@pytest.fixture
def healthy(cluster):
    """Afterwards both replicas are ready again."""
    cluster.wait_until_ready()
    yield cluster
    cluster.wait_until_ready()
