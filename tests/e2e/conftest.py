"""A namespace of its own for each test, on a cluster of clusters.py."""
import os
import secrets
import subprocess

import pytest
import yaml

import objects
from clusters import (  # noqa: F401 (fixtures and hooks)
    add_custom_kinds, cluster, own_cluster, pytest_configure as configure_clusters, pytest_runtest_makereport, pytest_sessionfinish,
    pytest_terminal_summary, shared_cluster)
from harness import AGENTS, ROOT
from namespace import Namespace
from terminal import Cli


def pytest_addoption(parser):
    parser.addoption("--kills", type=int, default=10, help="how often test_kills.py kills a replica (default: %(default)s)")


def pytest_configure(config):
    config.addinivalue_line("markers", "concurrent: many things at once; the run with ThreadSanitizer takes these")
    config.addinivalue_line("markers", "disruptive: stops or breaks parts of the cluster, so it has one of its own")
    configure_clusters(config)


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("disruptive") is not None)


@pytest.fixture
def widgets(cluster):
    add_custom_kinds(cluster)


@pytest.fixture
def replicas(cluster):
    """For tests that stop replicas or start them in other ways: afterwards all is as it was."""
    yield cluster
    cluster.restore()


@pytest.fixture
def settings(cluster, replicas):
    """Starts these replicas anew with such changes of their configuration, as Cluster.config has them."""
    file = cluster.folder / "config.yaml"
    kept = file.read_text()

    def start(numbers, **changes):
        file.write_text(kept)
        file.write_text(yaml.safe_dump(cluster.config(**changes)))
        for number in numbers:
            cluster.stop_replica(number)
            cluster.start_replica(number)
            cluster.changed.add(number)

    yield start
    file.write_text(kept)


@pytest.fixture
def make_namespace(cluster):
    made = []

    def make(**labels):
        name = f"shop-{secrets.token_hex(4)}"
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}},
                      objects.deployment(name),
                      # As people do where an agent may know Secrets: kubectl apply reads before it writes.
                      objects.binding("agent-reads-secrets", "sallyport-agent-secrets", f"{AGENTS}/deployer", namespace=name))
        made.append(Namespace(cluster, name))
        return made[-1]

    yield make
    for namespace in made:
        namespace.kill_all()
        cluster.admin("delete", "namespace", namespace.name, "--wait=false", "--ignore-not-found")


@pytest.fixture
def shop(make_namespace):
    return make_namespace()


@pytest.fixture
def cli(cluster, shop, tmp_path):
    made = Cli((cluster.folder / "binary").read_text().strip(), shop, tmp_path)
    yield made
    made.kill_all()


@pytest.fixture
def request_name(shop):
    """Of one pending request."""
    shop.gate(whilePending="Reject")
    return shop.rejected("2")["metadata"]["name"]


@pytest.fixture(scope="module")
def helm_path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("path")
    for name, major in (("helm", "4"), ("helm3", "3")):
        (folder / name).symlink_to(subprocess.run([ROOT / "hack" / "helm.sh", major], capture_output=True, text=True, check=True).stdout.strip())
    return folder


@pytest.fixture
def shell_env(cluster, helm_path, tmp_path):
    """The environment of a person's shell: kubectl, our plugin and helm."""
    return {**cluster.env, "KUBECONFIG": str(cluster.folder / "kubeconfig"), "HELM_CACHE_HOME": str(tmp_path / "cache"),
            "HELM_CONFIG_HOME": str(tmp_path / "config"),
            "PATH": f"{cluster.folder / 'plugin'}:{cluster.kubectl_binary.parent}:{helm_path}:{os.environ['PATH']}"}


@pytest.fixture
def shell(shell_env):
    """Runs what people copy into their shell."""
    def run(command):
        return subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, env=shell_env, timeout=120)
    return run
