"""The clusters of a test run. Tests run side by side (pytest-xdist) on one that they share, each worker as an agent of its
own; a test that stops or breaks replicas, the API server or the clock is marked `disruptive`, and gets the cluster that
belongs to its worker alone. Without workers there is one cluster for all.

A cluster is started by the first test that needs it, and ended by the process that began the run, which then looks at what
all tests have left behind (aftermath.py).
"""
import fcntl
import os
import pathlib
import shutil
import tempfile

import pytest
import yaml

import objects
from aftermath import complaints
from harness import AGENT_NAME, AGENTS, HERE, WORKER, Cluster, run_dev

# Where the clusters of this run live; workers inherit it.
RUN_FOLDER = "SALLYPORT_TEST_RUN"
FOUND = pytest.StashKey[list]()


def standing():
    """A cluster that `hack/dev.sh up --values tests/e2e/values.yaml` has left running: it serves all tests, and stays."""
    return os.environ.get("SALLYPORT_CLUSTER_DIR")


def workers():
    return [f"gw{number}" for number in range(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 0)))]


def agents_of_the_workers():
    """Values of the chart: the usual agent, and one for each worker."""
    accounts = ("deployer", "second")
    return {"agents": [{"name": f"deployer{suffix}", "serviceAccounts": [f"agents{suffix}/{name}" for name in accounts]}
                       for suffix in ("", *(f"-{worker}" for worker in workers()))]}


def start_cluster(folder):
    folder.mkdir()
    values = folder / "agents.yaml"
    values.write_text(yaml.safe_dump(agents_of_the_workers()))
    run_dev("up", "--dir", folder, "--replicas", "2", "--values", HERE / "values.yaml", "--values", values, timeout=1800)
    return Cluster(folder)


def started_once(name):
    """The run's cluster of that name. Of several workers that want it the first one starts it; if that fails, it fails for all."""
    folder = pathlib.Path(os.environ[RUN_FOLDER]) / name
    with open(f"{folder}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        failure = pathlib.Path(f"{folder}.failure")
        assert not failure.exists(), failure.read_text()
        try:
            cluster = Cluster(folder) if folder.exists() else start_cluster(folder)
        except BaseException as error:
            failure.write_text(f"this cluster could not be started: {error}")
            raise
        prepare(cluster)
        return cluster


def prepare(cluster):
    """This worker's agent, with two accounts, and what agents may do with requests and custom kinds."""
    cluster.apply(objects.named("v1", "Namespace", AGENTS))
    cluster.add_account(AGENTS, "deployer", "agent")
    cluster.add_account(AGENTS, "second")
    everything = {"apiGroups": ["example.com"], "resources": ["*"], "verbs": ["*"]}
    accounts = [f"{AGENTS}/deployer", f"{AGENTS}/second"]
    cluster.apply(objects.role("acts-on-custom-kinds", everything),
                  objects.binding(f"{AGENT_NAME}-acts-on-custom-kinds", "acts-on-custom-kinds", accounts[0]),
                  objects.binding(f"{AGENT_NAME}-acts", "sallyport-agent-wide", *accounts),
                  objects.binding(f"{AGENT_NAME}-withdraws", "sallyport-agent", *accounts))


def add_custom_kinds(cluster):
    """Widget with a status of its own, in two versions, and Gadget without."""
    cluster.apply(objects.WIDGETS, objects.GADGETS)
    for name in ("widgets", "gadgets"):
        cluster.admin("wait", f"crd/{name}.example.com", "--for=condition=Established")


@pytest.fixture(scope="session")
def shared_cluster():
    return Cluster(standing()) if standing() else started_once("shared")


@pytest.fixture(scope="session")
def own_cluster():
    return Cluster(standing()) if standing() else started_once(f"own-{WORKER}" if WORKER else "shared")


@pytest.fixture
def cluster(request):
    """The shared one, or this worker's own for a test that disturbs it."""
    disturbs = request.node.get_closest_marker("disruptive") is not None
    used = request.getfixturevalue("own_cluster" if disturbs else "shared_cluster")
    used.may_be_disturbed = disturbs
    return used


def begins_the_run(config):
    return not hasattr(config, "workerinput")


def pytest_configure(config):
    if begins_the_run(config):
        os.environ.setdefault(RUN_FOLDER, tempfile.mkdtemp(prefix="sallyport-tests."))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """Workers have ended by now. What is wrong with what they left fails the run, though no single test."""
    if not begins_the_run(session.config):
        return
    run = pathlib.Path(os.environ.pop(RUN_FOLDER, "/nonexistent"))
    found = session.config.stash[FOUND] = []
    for folder in sorted(each for each in run.glob("*") if each.is_dir()):
        try:
            found += [f"{folder.name}: {complaint}" for complaint in complaints(Cluster(folder))]
        except Exception as error:  # one that is half started, or broken by a test that failed
            found.append(f"{folder.name}: it could not be looked at: {error!r}")
        run_dev("down", "--dir", folder)
    shutil.rmtree(run, ignore_errors=True)
    if found:
        # Not as a test's failure: failed tests are run once more, on another cluster, which would hide this.
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


def pytest_terminal_summary(terminalreporter, config):
    for complaint in config.stash.get(FOUND, []):
        terminalreporter.write_line(f"FAILED aftermath: {complaint}", red=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failure shows the end of each replica's own log."""
    outcome = yield
    report = outcome.get_result()
    used = [each for each in getattr(item, "funcargs", {}).values() if isinstance(each, Cluster)]
    if report.failed and used:
        for replica, text in used[-1].stderr_logs().items():
            report.sections.append((f"replica {replica}, stderr.log", "\n".join(text.splitlines()[-20:])))
