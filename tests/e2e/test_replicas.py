"""Replicas that stop, are killed, or are all gone; an API server that comes back."""
import collections
import threading

import pytest

from harness import Caller, wait_for

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


def test_a_replica_that_starts_costs_nobody_a_call(shop, replicas):
    """It replaces the path by which the API server calls, and the others hear of it while calls come."""
    answers, over = collections.Counter(), threading.Event()
    agent = Caller(replicas, "agent")

    def write(thread):
        number = 0
        while not over.is_set():
            number += 1
            note = {"metadata": {"labels": {f"count-{thread}": str(number)}}}
            try:
                status, text = agent.call("PATCH", f"/apis/apps/v1/namespaces/{shop.name}/deployments/api", note,
                                          "application/merge-patch+json")
            except OSError as error:
                status, text = 0, repr(error)  # no answer at all
            answers[status if status == 200 else text] += 1

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    try:
        for replica in (2, 3, 4):
            replicas.start_replica(replica)
    finally:
        over.set()
        for thread in threads:
            thread.join()
        agent.close()
    assert answers.pop(200) > 100
    assert not answers
