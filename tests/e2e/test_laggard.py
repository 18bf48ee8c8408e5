"""One replica hears late, or nothing, or is heard late, or has another time than the API server: no way to use a grant twice."""
import pathlib
import subprocess

import pytest
import yaml

from harness import OURS, free_port, wait_for
from proxy import Proxy

pytestmark = pytest.mark.disruptive

LAGGARD = 2


class Laggard:
    """A third replica, with a webhook port of its own, whose way to the API server and whose clock can be disturbed."""

    def __init__(self, cluster, folder):
        self.cluster, self.shift, self.port = cluster, folder / "shift", free_port()
        self.put_clock_off(0)
        config = yaml.safe_load((cluster.replicas_folder / "0" / "kubeconfig").read_text())
        server = config["clusters"][0]["cluster"]
        self.api = Proxy(int(server["server"].rpartition(":")[2]))
        server["server"] = f"https://127.0.0.1:{self.api.port}"
        here = cluster.replicas_folder / str(LAGGARD)
        here.mkdir(exist_ok=True)
        self.kubeconfig = here / "kubeconfig"
        self.kubeconfig.write_text(yaml.safe_dump(config))
        library = folder / "clock_shift.so"
        source = pathlib.Path(__file__).parent / "clock_shift.c"
        subprocess.run(["clang-19", "-shared", "-fPIC", "-O1", "-o", library, source], check=True, timeout=60)
        cluster.start_replica(LAGGARD, "--webhook-port", self.port, LD_PRELOAD=str(library),
                              SALLYPORT_TEST_CLOCK_SHIFT=str(self.shift))

    def put_clock_off(self, seconds):
        self.shift.write_text(str(seconds))

    def stop(self):
        self.cluster.stop_replica(LAGGARD)
        self.kubeconfig.unlink()  # the next replica of that number has another way
        self.api.close()


@pytest.fixture
def laggard(replicas, tmp_path):
    one = Laggard(replicas, tmp_path)
    yield one
    one.stop()


APPROVED = 'sallyport_requests{state="Approved"}'


@pytest.fixture
def alone(replicas, laggard):
    """Has all of the API server's calls come to the laggard."""
    gates = []

    def leave_alone():
        for replica in (0, 1):
            replicas.stop_replica(replica)
        gates.append(Proxy(laggard.port, replicas.webhook_port))

    yield leave_alone
    for gate in gates:
        gate.close()


def approved_and_known_to_the_laggard(shop):
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    metric = shop.cluster.metric
    wait_for("the laggard to know the approval", lambda: metric(LAGGARD, APPROVED) == metric(0, APPROVED) >= 1)
    return request


def test_a_replica_whose_watch_is_cut_refuses_a_grant_used_through_another(shop, replicas, laggard, alone):
    request = approved_and_known_to_the_laggard(shop)
    believed = replicas.metric(LAGGARD, APPROVED)
    laggard.api.stall()
    shop.set_image("2").must()
    shop.set_image("1", who="admin").must()
    assert replicas.metric(LAGGARD, APPROVED) == believed
    alone()
    shop.rejected("2")
    assert shop.tag() == "1"
    assert len(shop.uses()) == 1 == len(shop.again(request)["status"]["uses"])


def test_a_replica_that_reaches_nobody_refuses_all_and_recovers(shop, replicas, laggard, alone):
    approved_and_known_to_the_laggard(shop)
    laggard.api.go_dark()
    alone()
    assert not shop.set_image("2").ok
    wait_for("the laggard to say that it is not ready", lambda: not replicas.readyz(LAGGARD)[0], 30)
    # Not even what no policy names is allowed, once policies were not confirmed for 15 s.
    wait_for("all of the agent's writes to be refused",
             lambda: "code=NotReady" in shop.kubectl("agent", "label", "deployment", "api", "a=b", "--dry-run=server").stderr)
    assert not shop.set_image("2").ok
    assert not shop.uses()

    laggard.api.cut()
    wait_for("the laggard to be ready again", lambda: replicas.readyz(LAGGARD)[0], 60)
    shop.set_image("2").must()
    assert len(shop.uses()) == 1 == shop.uses_in_log()


def status_writes(shop, request):
    """Our writes of this request's status, by the API server's audit log: the answers' codes."""
    return [entry["responseStatus"]["code"] for entry in shop.cluster.audit(request["metadata"]["name"])
            if entry["user"]["username"] == OURS and entry["verb"] == "update"
            and entry["objectRef"].get("subresource") == "status"]


def test_a_write_that_lands_after_the_answer_changes_nothing(shop, replicas, laggard, alone):
    """The use's compare-and-set is on its way for long. Nobody may take it for lost, and use the grant again, and have it land."""
    request = approved_and_known_to_the_laggard(shop)
    alone()
    before = status_writes(shop, request)
    laggard.api.hold_back_once(larger_than=2000)  # a status; all else that it sends is smaller
    refused = shop.set_image("2", timeout=60)
    written = laggard.api.release()
    assert written, "no write was held back"
    wait_for("the late write to be answered", lambda: 409 in status_writes(shop, request)[len(before):])

    # The same command may have gone through by itself, being sent again after a 429.
    if not refused.ok:
        assert shop.tag() == "1"
        shop.set_image("2").must()
    wait_for("the log to have all outcomes", lambda: {each["intent"] for each in shop.records("intent")} == {
        each["intent"] for each in shop.records("outcome")})
    assert len(shop.again(request)["status"]["uses"]) == 1 == shop.uses_in_log()
    assert shop.tag() == "2"
    assert shop.agent_codes().count(200) == 1


@pytest.mark.parametrize("seconds", [10, -10])
def test_a_replica_whose_clock_is_off_uses_nothing_until_it_is_right(seconds, shop, replicas, laggard, alone):
    approved_and_known_to_the_laggard(shop)
    alone()
    laggard.put_clock_off(seconds)
    wait_for("the replica to see it", lambda: "clock" in replicas.readyz(LAGGARD)[1], 30)
    refused = shop.set_image("2")
    assert "code=NotReady" in refused.stderr, refused
    assert not shop.uses()
    wait_for("its log to say so", lambda: any(
        abs(line["by_ms"] - seconds * 1000) < 1000 for line in replicas.journal(str(LAGGARD)) if line["event"] == "clock_jumped"))

    laggard.put_clock_off(0)
    wait_for("the replica to be ready again", lambda: replicas.readyz(LAGGARD)[0], 30)
    shop.set_image("2").must()
    assert len(shop.uses()) == 1 == shop.uses_in_log()
