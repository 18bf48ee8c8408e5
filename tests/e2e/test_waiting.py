"""An agent's call waits until people have decided."""
import json

import pytest

import objects
from harness import AGENT, AGENT_NAME, wait_for
from namespace import state_of

CALLERS_GONE = 'sallyport_net_events_total{event="caller_gone"}'


def test_set_image_is_held_and_approved(shop):
    shop.gate()
    agent = shop.start_set_image("2")
    request = shop.request()
    assert agent.is_running
    assert shop.tag() == "1"
    assert request["spec"]["requester"]["username"] == AGENT
    assert request["spec"]["requester"]["agent"] == AGENT_NAME
    changes = [(each["from"], each["to"]) for each in request["spec"]["action"]["kubernetes"]["changes"]
               if each["path"].endswith("image")]
    assert changes == [("registry.example/api:1", "registry.example/api:2")]

    shop.approve("alice", request, "looks right")
    result = agent.finish().must()
    assert "image updated" in result.stdout
    assert shop.tag() == "2"

    used = shop.wait_for_state(request, "Used")
    decision = used["status"]["decision"]
    assert (decision["verdict"], decision["reviewers"]) == ("Approved", ["alice"])
    review, = used["spec"]["reviews"]
    assert (review["reviewer"], review["verdict"], review["comment"]) == ("alice", "Approve", "looks right")
    assert len(used["status"]["uses"]) == 1 == shop.uses_in_log()
    conditions = {each["type"]: each["status"] for each in used["status"]["conditions"]}
    assert conditions == {"Decided": "True", "Approved": "True", "Used": "True"}


def test_the_log_says_who_decided_what(shop):
    shop.gate()
    agent = shop.start_set_image("2")
    request = shop.request()
    shop.approve("bob", request)
    agent.finish().must()
    uid = request["metadata"]["uid"]
    def told():
        records = [each for each in shop.records() if each.get("request_uid") == uid]
        return records if sum(each["event"] == "outcome" for each in records) == 2 else None
    records = wait_for("both outcomes in the log", told)

    opened, = [each for each in records if each["event"] == "request_opened"]
    assert (opened["agent"], opened["username"], opened["name"]) == (AGENT_NAME, AGENT, "api")
    stamped, = [each for each in records if each["event"] == "review_stamped"]
    review = [each for each in records if each["event"] == "review_accepted"][0]
    assert stamped["seal"] == review["seal"] and stamped["stream"] == review["stream"]
    assert (review["reviewer"], review["verdict"]) == ("bob", "Approve")
    intents = {each["kind"]: each for each in records if each["event"] == "intent"}
    assert intents["decision"]["reviewers"] == ["bob"]
    assert intents["use"]["username"] == AGENT
    assert {each["result"] for each in records if each["event"] == "outcome"} == {"done"}

    # The request's status and the API server's audit log are witnesses of the same place in the log.
    status = shop.wait_for_state(request, "Used")["status"]
    assert status["decision"]["log"]["seq"] == intents["decision"]["seq"]
    assert status["uses"][0]["log"]["stream"] == intents["use"]["stream"]
    allowed, = [entry for entry in shop.agent_calls() if entry["responseStatus"]["code"] == 200]
    annotations = allowed["annotations"]
    assert annotations["gate.sallyport.dev/request"] == f"{shop.name}/{request['metadata']['name']}"
    assert annotations["gate.sallyport.dev/log-head"] == status["uses"][0]["log"]["head"]


def test_events_tell_what_happened_to_the_request(shop):
    shop.gate()
    agent = shop.start_set_image("2")
    request = shop.request()
    shop.approve("alice", request)
    agent.finish().must()
    def reasons():
        return {event["reason"] for event in shop.get("events.events.k8s.io")["items"]
                if event["regarding"]["name"] == request["metadata"]["name"]}
    wait_for("events Opened, Approved and Used", lambda: reasons() >= {"Opened", "Approved", "Used"})


@pytest.mark.concurrent
def test_a_call_held_past_several_timeouts_is_approved_in_the_end(shop):
    shop.gate(holdFor="2s")
    agent = shop.start_set_image("2")
    request = shop.request()
    wait_for("three admissions that ended in 429", lambda: shop.agent_codes().count(429) >= 3)
    assert agent.is_running
    assert len(shop.requests()) == 1

    shop.approve("alice", request)
    agent.finish().must()
    codes = shop.agent_codes()
    assert codes == [429] * (len(codes) - 1) + [200]
    assert len(shop.requests()) == 1
    used = shop.wait_for_state(request, "Used")
    waiting = [record["admission_uid"] for record in shop.records("answered")]
    assert waiting and used["status"]["uses"][0]["admissionUID"] not in waiting


def test_a_command_waits_for_as_long_as_the_policy_says_and_is_then_told_what_waits(shop):
    shop.gate(holdFor="2s", waitFor="6s")
    result = shop.set_image("2")
    request = shop.request()
    assert not result.ok and "code=ApprovalPending" in result.stderr and "has waited for 6s" in result.stderr, result
    assert f"request={shop.name}/{request['metadata']['name']}" in result.stderr
    codes = shop.agent_codes()
    assert 429 in codes and codes[-1] == 403 and set(codes) == {429, 403}, codes
    shop.approve("alice", request)
    shop.set_image("2").must()
    assert shop.tag() == "2" and len(shop.requests()) == 1


def test_hold_for_is_warned_about_and_still_bounds_one_call(shop):
    policy = objects.policy("gate", shop.name, holdFor="2s")
    written = shop.kubectl("admin", "apply", "-f", "-", stdin=json.dumps(policy)).must()
    assert "Warning: spec.holdFor is deprecated" in written.stderr, written
    stored = shop.get("approvalpolicy", "gate")["spec"]
    assert "waitFor" not in stored and "uses" not in stored["approval"]
    del policy["spec"]["holdFor"]
    written = shop.kubectl("admin", "apply", "-f", "-", stdin=json.dumps(policy)).must()
    assert "Warning" not in written.stderr and "holdFor" not in shop.get("approvalpolicy", "gate")["spec"], written


@pytest.mark.concurrent
@pytest.mark.disruptive  # it looks for the only hold there is
def test_a_killed_kubectl_ends_its_hold(shop):
    """Since the caller has gone, as the replica counts it, and not since the hold's time is over."""
    shop.gate(holdFor="28s")
    agent = shop.start_set_image("2")
    holder = shop.cluster.holder()
    gone = shop.cluster.metric(holder, CALLERS_GONE)
    agent.kill()
    wait_for("no hold is left", lambda: shop.cluster.metric(holder, "sallyport_holds") == 0)
    assert shop.cluster.metric(holder, CALLERS_GONE) == gone + 1
    assert shop.tag() == "1"


@pytest.mark.concurrent
@pytest.mark.disruptive  # it counts all holds
def test_ten_calls_of_one_action_share_a_request_and_one_use(shop):
    shop.gate(holdFor="2s")
    agents = [shop.start_set_image("2") for _ in range(10)]
    request = shop.request()
    wait_for("ten calls that wait", lambda: shop.cluster.sum_of("sallyport_holds") == 10)
    assert len(shop.requests()) == 1
    shop.approve("alice", request)
    shop.wait_for_state(request, "Used")
    # The others find nothing left to change when they are sent again, so they succeed without a use of their own.
    for agent in agents:
        agent.finish().must()
    assert len(shop.uses()) == 1
    assert shop.uses_in_log() == 1
    assert shop.tag() == "2"


@pytest.mark.concurrent
def test_calls_for_many_actions_wait_side_by_side(make_namespace):
    shops = [make_namespace() for _ in range(6)]
    for shop in shops:
        shop.gate()
    agents = [shop.start_set_image("2") for shop in shops]
    requests = [shop.request() for shop in shops]
    for index, (shop, request) in enumerate(zip(shops, requests)):
        shop.decide("alice", request, "Approve" if index % 2 else "Deny").must()
    for index, (shop, agent) in enumerate(zip(shops, agents)):
        assert agent.finish().ok == bool(index % 2)
        assert shop.tag() == ("2" if index % 2 else "1")


def test_a_deleted_request_ends_the_call_that_waits_for_it(shop):
    shop.gate()
    agent = shop.start_set_image("2")
    request = shop.request()
    shop.cluster.admin("-n", shop.name, "delete", "approvalrequest", request["metadata"]["name"])
    result = agent.finish()
    assert not result.ok
    assert "code=RequestDeleted" in result.stderr


def test_kubectl_wait_tells_when_it_is_decided(shop):
    shop.gate(whilePending="Reject")
    assert "code=ApprovalRequired" in shop.set_image("2").stderr
    request = shop.request()
    waiting = shop.start("agent", "wait", f"areq/{request['metadata']['name']}", "--for=condition=Decided", "--timeout=60s")
    shop.decide("alice", request, "Deny", "not on a Friday").must()
    waiting.finish().must()
    assert state_of(shop.again(request)) == "Denied"
