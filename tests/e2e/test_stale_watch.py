"""A replica that no longer hears from the API server is no way to use a grant twice."""
import pytest
import yaml

from harness import free_port, wait_for
from proxy import Proxy

pytestmark = pytest.mark.disruptive

LAGGARD = 2


@pytest.fixture
def laggard(replicas):
    """A third replica that reaches the API server through a proxy, and has a webhook port of its own; gives the proxy."""
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


def test_a_replica_whose_watch_is_cut_refuses_a_grant_used_through_another(shop, replicas, laggard):
    api, port = laggard
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    approved = 'sallyport_requests{state="Approved"}'
    wait_for("the laggard to know the approval",
             lambda: replicas.metric(LAGGARD, approved) == replicas.metric(0, approved) >= 1)

    api.stall()
    shop.set_image("2").must()
    shop.set_image("1", who="admin").must()
    for replica in (0, 1):
        replicas.stop_replica(replica)
    assert replicas.metric(LAGGARD, approved) >= 1  # it still believes in the approval
    gate = Proxy(port, replicas.webhook_port)
    try:
        refused = shop.set_image("2")
        assert not refused.ok, refused
        wait_for("the laggard to say that it is not ready", lambda: not replicas.readyz(LAGGARD)[0], 30)
        assert not shop.set_image("2").ok

        # Once it hears again, it knows better, and asks anew.
        api.cut()
        wait_for("the laggard to be ready again", lambda: replicas.readyz(LAGGARD)[0], 60)
        again = shop.set_image("2")
        assert "code=ApprovalRequired" in again.stderr
    finally:
        gate.close()
    assert shop.tag() == "1"
    assert len(shop.uses()) == 1
    assert len(shop.again(request)["status"]["uses"]) == 1
