"""Replicas that stop, are killed, or are all gone; an API server that comes back."""
import pytest

from harness import wait_for

pytestmark = pytest.mark.disruptive


@pytest.mark.concurrent
def test_a_replica_that_is_stopped_hands_its_call_over(shop, replicas):
    shop.gate()
    agent = shop.start_set_image("2")
    request = shop.request()
    stopped = replicas.holder()
    replicas.stop_replica(stopped)
    assert replicas.holder() != stopped
    assert agent.is_running
    shop.approve("alice", request)
    agent.finish().must()
    assert shop.tag() == "2"
    assert len(shop.requests()) == 1
    assert len(shop.uses()) == 1


@pytest.mark.concurrent
def test_after_a_killed_replica_the_same_command_joins_the_same_request(shop, replicas):
    shop.gate()
    agent = shop.start_set_image("2")
    request = shop.request()
    replicas.kill_replica(replicas.holder())
    # The API server sends no webhook call twice: this call is lost, and says so.
    lost = agent.finish()
    assert not lost.ok
    assert "failed calling webhook" in lost.stderr

    agent = shop.start_set_image("2")
    replicas.holder()
    shop.approve("alice", request)
    agent.finish().must()
    assert shop.tag() == "2"
    assert len(shop.requests()) == 1
    assert len(shop.uses()) == 1


def test_an_approval_outlives_all_replicas(shop, replicas):
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    for replica in (0, 1):
        replicas.kill_replica(replica)
    replicas.restore()
    shop.set_image("2").must()
    shop.wait_for_state(request, "Used")
    assert len(shop.uses()) == 1 == shop.uses_in_log()


def test_with_all_replicas_down_agents_are_refused_and_people_are_not(shop, replicas):
    shop.gate(whilePending="Reject")
    request = shop.rejected("2")
    replicas.stop_all()
    refused = shop.set_image("2")
    assert not refused.ok
    assert "failed calling webhook" in refused.stderr
    assert not shop.kubectl("agent", "create", "configmap", "ungated").ok

    shop.set_image("3", who="admin").must()
    shop.kubectl("alice", "get", "approvalrequests").must()
    assert not shop.decide("alice", request, "Approve").ok
    shop.kubectl("admin", "label", "approvalrequest", request["metadata"]["name"], "example.com/seen=yes").must()
    shop.kubectl("admin", "delete", "approvalrequest", request["metadata"]["name"], "--timeout=20s").must()

    replicas.restore()
    shop.rejected("2")
    assert shop.tag() == "3"


def test_everything_goes_on_after_a_restart_of_the_api_server(shop, replicas):
    shop.gate()
    agent = shop.start_set_image("2")
    request = shop.request()
    replicas.restart_apiserver()
    agent.finish()
    wait_for("both replicas to be ready", lambda: all(replicas.readyz(replica)[0] for replica in replicas.running()), 60)

    agent = shop.start_set_image("2")
    replicas.holder()
    shop.approve("alice", request)
    agent.finish().must()
    assert shop.tag() == "2"
    assert len(shop.requests()) == 1
    assert len(shop.uses()) == 1 == shop.uses_in_log()
