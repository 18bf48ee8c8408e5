"""A cluster in which each agent of the fuzzer has an account of its own, which may do all there is, and policies of its own."""
import os
import pathlib
import sys
import tempfile

import pytest
import yaml

os.environ["SALLYPORT_NO_SHARED_CLUSTER"] = "yes"  # before the harness is imported
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(1, str(HERE.parent / "e2e"))  # behind this folder: some names are in both

import objects  # noqa: E402
from aftermath import sanitizer_reports  # noqa: E402
from harness import AGENTS, Cluster, run_dev  # noqa: E402
from namespace import wait_for_policy  # noqa: E402

from api import Login  # noqa: E402
from cell import ALL, NOBODY, TOLD, policy_name  # noqa: E402
from fuzz import World  # noqa: E402
from oracle import EVERYTHING, PRESETS  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--minutes", type=float, default=0, help="how long agents write (default: 45 seconds; with --long an hour)")


def agent_of(preset):
    return f"agent-{preset.lower()}"


def values():
    """The guard only looks, so that all that a preset would ask about is tried; its first part always holds."""
    return {
        "agents": [{"name": agent_of(each), "serviceAccounts": [f"{AGENTS}/{agent_of(each)}"]} for each in (TOLD, NOBODY, *PRESETS)],
        "guard": "Audit",
        # What was told is not logged line by line for long.
        "limits": {"logMiBPerAgentPerDay": 16},
    }


def policies():
    """Under each preset an agent is refused; one agent is told of each effect."""
    for preset in PRESETS:
        yield objects.policy(f"asks-{preset.lower()}", subjects=[{"kind": "Agent", "name": agent_of(preset)}], actions=objects.preset(preset),
                             whilePending="Reject")
    for effect in sorted(ALL):
        action = {"preset": EVERYTHING} if effect == EVERYTHING else {"effects": [effect]}
        yield objects.policy(policy_name(effect), subjects=[{"kind": "Agent", "name": agent_of(TOLD)}], actions=[action], enforcement="Warn")


@pytest.fixture(scope="session")
def cluster():
    with tempfile.TemporaryDirectory(prefix="sallyport-agents.", ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name) / "cluster"
        folder.mkdir()
        (folder / "values.yaml").write_text(yaml.safe_dump(values()))
        run_dev("up", "--dir", folder, "--replicas", "1", "--values", folder / "values.yaml", timeout=1800)
        try:
            running = Cluster(folder)
            prepare(running)
            yield running
            assert not sanitizer_reports(running)
        finally:
            run_dev("down", "--dir", folder)


def prepare(cluster):
    accounts = [agent_of(each) for each in (TOLD, NOBODY, *PRESETS)]
    for name in accounts:
        cluster.add_account(AGENTS, name)
    cluster.apply(objects.binding("agents-do-everything", "cluster-admin", *(f"{AGENTS}/{name}" for name in accounts)))
    made = list(policies())
    cluster.apply(*made)
    for each in made:
        wait_for_policy(cluster, "clusterapprovalpolicy", each["metadata"]["name"])


@pytest.fixture(scope="session")
def logins(cluster):
    return {each: Login(cluster.kubeconfig(agent_of(each))) for each in (TOLD, NOBODY, *PRESETS)}


@pytest.fixture(scope="session")
def world(cluster, logins):
    running = World(cluster, logins)
    yield running
    running.stop()


@pytest.fixture
def seed(request):
    return request.config.getoption("seed")
