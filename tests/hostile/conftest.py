"""One replica of the end-to-end tests' cluster, at a port of its own, and what must hold after every attack on it."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from clusters import (  # noqa: E402, F401 (of the end-to-end tests, as are the next; fixtures and hooks)
    own_cluster, pytest_configure, pytest_runtest_makereport, pytest_sessionfinish, pytest_terminal_summary, shared_cluster)
import objects  # noqa: E402
from namespace import Namespace  # noqa: E402

import reviews  # noqa: E402
from target import Target  # noqa: E402


@pytest.fixture(scope="session")
def shop(shared_cluster):
    """A namespace whose deployments are gated: the reviews here, were they well-formed, would open a request."""
    cluster, name = shared_cluster, "hostile-shop"
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, objects.deployment(name))
    shop = Namespace(cluster, name)
    shop.gate(whilePending="Reject")
    yield shop
    cluster.admin("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="session")
def target(shared_cluster, shop):
    """The replica under attack."""
    running = Target(shared_cluster, reviews.configmap(shop.name))
    yield running
    running.stop()


@pytest.fixture(scope="module", autouse=True)
def nothing_in_etcd(shop):
    yield
    assert shop.requests() == []


@pytest.fixture(autouse=True)
def unharmed(target):
    """After each test the replica answers the next good call, has opened nothing, and has told no secret."""
    yield
    target.must_be_alive()
    target.must_answer_a_good_call()
    target.must_have_opened_nothing()
    target.must_have_told_nothing(target.stderr())
