"""One replica of the end-to-end tests' cluster, at a port of its own, and what must hold after every attack on it."""
import importlib.util
import pathlib
import sys

import pytest

E2E = pathlib.Path(__file__).resolve().parents[1] / "e2e"
sys.path.insert(0, str(E2E))


def load_e2e_conftest():
    """Under a name of its own: this file is called conftest, too."""
    spec = importlib.util.spec_from_file_location("e2e_conftest", E2E / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


e2e = load_e2e_conftest()
cluster, pytest_runtest_makereport = e2e.cluster, e2e.pytest_runtest_makereport

import objects  # noqa: E402 (of the end-to-end tests, as are the next)
from namespace import Namespace  # noqa: E402

import reviews  # noqa: E402
from target import Target  # noqa: E402


@pytest.fixture(scope="session")
def shop(cluster):
    """A namespace whose deployments are gated: the reviews here, were they well-formed, would open a request."""
    name = "hostile-shop"
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, objects.deployment(name))
    shop = Namespace(cluster, name)
    shop.gate(whilePending="Reject")
    yield shop
    cluster.admin("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="session")
def target(cluster, shop):
    """The replica under attack."""
    running = Target(cluster, reviews.configmap(shop.name))
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
