"""What an agent can leave behind is bounded: requests in etcd, and lines in the log."""
import collections
import json

import pytest

import objects
from harness import Caller, wait_for

pytestmark = pytest.mark.disruptive

MIB = 1 << 20


@pytest.fixture
def agent(cluster):
    caller = Caller(cluster, "agent")
    yield caller
    caller.close()


def everything(shop, **changes):
    shop.gate(actions=[{"preset": "Everything"}], whilePending="Reject", **changes)


def large_configmap(number):
    """A request for it shows some 200 KiB."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"large-{number}"},
            "data": {f"key-{key:03}": f"{number}-" + "x" * 3500 for key in range(60)}}


def test_what_all_requests_may_take_is_bounded(shop, replicas, agent, settings):
    settings((0, 1), limits={"keptMiBPerNamespace": 1})
    everything(shop)
    path = f"/api/v1/namespaces/{shop.name}/configmaps"
    try:
        answers = [agent.call("POST", path, large_configmap(number))[1] for number in range(10)]
        asked = [text for text in answers if "code=ApprovalRequired" in text]
        refused = [text for text in answers if "code=LimitReached" in text]
        assert len(asked) + len(refused) == 10 and refused, answers
        assert f"Namespace {shop.name} holds 1 MiB of approval requests" in refused[0] and "limits.keptMiBPerNamespace" in refused[0]
        requests = shop.requests()
        assert len(requests) == len(asked)
        # What is counted is about what etcd holds. Each replica counts what it knows.
        assert 0.8 * MIB < sum(len(json.dumps(request)) for request in requests) < 2 * MIB
    finally:
        replicas.admin("-n", shop.name, "delete", "approvalrequests", "--all")
    wait_for("the agent to be heard again", lambda: "code=ApprovalRequired" in agent.call("POST", path, large_configmap(0))[1])


def not_written(cluster):
    """All counts that replica 0 has told, by kind."""
    told = collections.Counter()
    for record in cluster.journal("0", containing='"event":"not_written"'):
        told.update(record["counts"])
    return told


def test_an_agent_that_fills_the_log_is_counted_and_asks_nothing_new(shop, replicas, agent, settings):
    """A write of few bytes, and 16 KiB of what policies go by."""
    replicas.stop_replica(1)
    settings((0,), limits={"logMiBPerAgentPerDay": 1})
    before = not_written(replicas)
    shop.gate(actions=[{"preset": "Everything"}], enforcement="Audit")
    path = f"/api/v1/namespaces/{shop.name}/configmaps/many"
    replicas.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "many", "namespace": shop.name},
                    "data": {f"{key:03}-{'x' * 60}": "1" for key in range(250)}})
    writes = 90
    for turn in range(writes):
        patch = [{"op": "replace", "path": "/data", "value": {f"{key:03}-{'x' * 60}": str(turn) for key in range(250)}}]
        assert agent.call("PATCH", path, patch, "application/json-patch+json")[0] == 200

    def audited():
        return len([line for line in replicas.journal("0", containing='"event":"audited"') if line["namespace"] == shop.name])
    assert 0 < audited() < writes
    everything(shop)
    refused = shop.set_image("2").stderr
    assert "code=LimitReached" in refused and "limits.logMiBPerAgentPerDay" in refused
    asked = replicas.metric(0, "sallyport_admissions_audited_total")  # the API server may ask twice about one write
    replicas.stop_replica(0)  # it tells what it has counted
    assert asked >= writes and not_written(replicas) - before == {"audited": asked - audited()}


def test_of_many_refusals_a_minute_the_log_has_the_first_and_a_count(shop, replicas, agent):
    """The guard refuses each at once, and asks nobody."""
    replicas.stop_replica(1)
    before = not_written(replicas)
    calls = 100
    for _ in range(calls):
        status, text = agent.call("POST", f"/api/v1/namespaces/{shop.name}/secrets", objects.TOKEN_SECRET)
        assert status == 403 and "code=Guarded" in text
    replicas.stop_replica(0)
    lines = [line for line in replicas.journal("0", containing='"code":"Guarded"') if line["namespace"] == shop.name]
    assert 60 <= len(lines) < calls  # a new minute may have begun
    assert len(lines) + (not_written(replicas) - before)["Guarded"] == calls
