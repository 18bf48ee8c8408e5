"""One cluster for the whole run, and a namespace of its own for each test."""
import os
import secrets
import shutil
import tempfile

import pytest
import yaml

import objects
from harness import Cluster, start_cluster
from namespace import Namespace
from terminal import Cli


def pytest_addoption(parser):
    parser.addoption("--kills", type=int, default=10, help="how often test_kills.py kills a replica (default: %(default)s)")
    parser.addoption("--seed", type=int, default=int.from_bytes(os.urandom(4)), help="of its moments (default: another each time)")


def pytest_configure(config):
    config.addinivalue_line("markers", "concurrent: many things at once; the run with ThreadSanitizer takes these")
    config.addinivalue_line("markers", "disruptive: stops or breaks parts of the cluster; run after the others")
    config.addinivalue_line("markers", "last: looks at what all others left behind")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: (item.get_closest_marker("last") is not None,
                                 item.get_closest_marker("disruptive") is not None))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the end of each replica's own log."""
    outcome = yield
    report = outcome.get_result()
    cluster = item.funcargs.get("cluster") if hasattr(item, "funcargs") else None
    if report.failed and cluster is not None:
        for replica, text in cluster.stderr_logs().items():
            report.sections.append((f"replica {replica}, stderr.log", "\n".join(text.splitlines()[-20:])))


def prepare(cluster):
    """The agent's second account, and what agents may do with requests."""
    cluster.add_account("agents", "second")
    everything = {"apiGroups": ["example.com"], "resources": ["*"], "verbs": ["*"]}
    cluster.apply(objects.role("acts-on-custom-kinds", everything),
                  objects.binding("acts-on-custom-kinds", "acts-on-custom-kinds", "agents/deployer"))
    cluster.apply(objects.binding("second-acts", "sallyport-agent-wide", "agents/second"),
                  objects.binding("second-withdraws", "sallyport-agent", "agents/second"))


@pytest.fixture(scope="session")
def cluster():
    """A new one, or the one in SALLYPORT_CLUSTER_DIR, which must have been started with tests/e2e/values.yaml."""
    standing = os.environ.get("SALLYPORT_CLUSTER_DIR")
    with tempfile.TemporaryDirectory(prefix="sallyport-e2e.", ignore_cleanup_errors=True) as folder:
        running = Cluster(standing) if standing else start_cluster(folder)
        try:
            prepare(running)
            yield running
        finally:
            if not standing:
                running.dev("down")
        reports = running.sanitizer_reports()
    assert not reports, "\n".join(f"replica {n}:\n{text}" for n, text in reports.items())


@pytest.fixture(scope="session")
def widgets(cluster):
    """Custom kinds: Widget with a status of its own, in two versions, and Gadget without."""
    cluster.apply(objects.WIDGETS, objects.GADGETS)
    for name in ("widgets", "gadgets"):
        cluster.admin("wait", f"crd/{name}.example.com", "--for=condition=Established")


@pytest.fixture
def replicas(cluster):
    """For tests that stop replicas or start them in other ways: afterwards all is as it was."""
    yield cluster
    cluster.restore()


@pytest.fixture
def log_settings(cluster, replicas, tmp_path):
    """Starts these replicas anew with such settings of the log, in the place of those they usually have."""
    config = cluster.folder / "config.yaml"
    kept = shutil.copy(config, tmp_path / "config.yaml")

    def start(numbers, **settings):
        changed = yaml.safe_load(kept.read_text())
        changed["log"].update(settings)
        config.write_text(yaml.safe_dump(changed))
        for number in numbers:
            cluster.stop_replica(number)
            cluster.start_replica(number)
            cluster.changed.add(number)

    yield start
    shutil.copy(kept, config)


@pytest.fixture
def make_namespace(cluster):
    made = []

    def make(**labels):
        name = f"shop-{secrets.token_hex(4)}"
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}},
                      objects.deployment(name))
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
