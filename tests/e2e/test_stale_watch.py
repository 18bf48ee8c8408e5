"""A replica that no longer hears from the API server is no way to use a grant twice."""
import pytest
import yaml

from harness import free_port, wait_for
from proxy import Proxy

pytestmark = pytest.mark.disruptive

LAGGARD = 2


@pytest.fixture
def laggard(replicas):
    """A third replica that reaches the API server through a proxy, and has a webhook port of its own; gives both."""
    config = yaml.safe_load((replicas.replicas_folder / "0" / "kubeconfig").read_text())
    server = config["clusters"][0]["cluster"]
    api = Proxy(int(server["server"].rpartition(":")[2]))
    server["server"] = f"https://127.0.0.1:{api.port}"
    port = free_port()
    here = replicas.replicas_folder / str(LAGGARD)
    here.mkdir(exist_ok=True)
    (here / "kubeconfig").write_text(yaml.safe_dump(config))
    replicas.start_replica(LAGGARD, "--webhook-port", port)
    yield api, port
    replicas.stop_replica(LAGGARD)
    api.close()


APPROVED = 'sallyport_requests{state="Approved"}'


@pytest.fixture
def alone(replicas, laggard):
    """Has all of the API server's calls come to the laggard."""
    gates = []

    def leave_alone():
        for replica in (0, 1):
            replicas.stop_replica(replica)
        gates.append(Proxy(laggard[1], replicas.webhook_port))

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
    laggard[0].stall()
    shop.set_image("2").must()
    shop.set_image("1", who="admin").must()
    assert replicas.metric(LAGGARD, APPROVED) == believed
    alone()
    shop.rejected("2")
    assert shop.tag() == "1"
    assert len(shop.uses()) == 1 == len(shop.again(request)["status"]["uses"])


def test_a_replica_that_reaches_nobody_refuses_all_and_recovers(shop, replicas, laggard, alone):
    approved_and_known_to_the_laggard(shop)
    laggard[0].go_dark()
    alone()
    assert not shop.set_image("2").ok
    wait_for("the laggard to say that it is not ready", lambda: not replicas.readyz(LAGGARD)[0], 30)
    # Not even what no policy names is allowed, once policies were not confirmed for 15 s.
    wait_for("all of the agent's writes to be refused",
             lambda: "code=NotReady" in shop.kubectl("agent", "label", "deployment", "api", "a=b", "--dry-run=server").stderr)
    assert not shop.set_image("2").ok
    assert not shop.uses()

    laggard[0].cut()
    wait_for("the laggard to be ready again", lambda: replicas.readyz(LAGGARD)[0], 60)
    shop.set_image("2").must()
    assert len(shop.uses()) == 1 == shop.uses_in_log()
