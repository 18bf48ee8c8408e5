"""A caller has little time, an approval comes late, many calls come at once."""
import json
import threading
import time

import pytest

import objects
from harness import Caller, wait_for
from objects import IMAGE, approval, preset


@pytest.fixture
def agent(cluster):
    """The agent without kubectl's patience: each call is one call."""
    caller = Caller(cluster, "agent")
    yield caller
    caller.close()


def set_image(agent, shop, tag, timeout):
    """The answer's code and text, and how many seconds it took."""
    patch = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": f"{IMAGE}:{tag}"}]
    begun = time.monotonic()
    code, text = agent.call("PATCH", f"/apis/apps/v1/namespaces/{shop.name}/deployments/api?timeout={timeout}", patch,
                            "application/json-patch+json")
    return code, text, time.monotonic() - begun


def test_who_gives_six_seconds_is_answered_within_them(shop, agent):
    shop.gate(holdFor="8s")
    code, text, seconds = set_image(agent, shop, "2", "6s")
    assert (code, json.loads(text)["details"]["retryAfterSeconds"]) == (429, 1), text
    assert seconds < 6
    assert len(shop.requests("Pending")) == 1


@pytest.mark.parametrize("after", [2.0, 2.8, 3.4, 3.7, 3.9])
def test_a_yes_in_the_last_second_of_a_hold_is_used_once(after, shop, agent):
    """Of six seconds it waits for four. What comes too late for this call is there for the next."""
    shop.gate(holdFor="8s")
    answer = []
    call = threading.Thread(target=lambda: answer.append(set_image(agent, shop, "2", "6s")))
    begun = time.monotonic()
    call.start()
    request = shop.request()
    time.sleep(max(0.0, begun + after - time.monotonic()))
    shop.approve("alice", request)
    call.join()
    (code, text, seconds), = answer
    assert seconds < 6 and code in (200, 429), text
    shop.wait_for_state(request, "Used" if code == 200 else "Approved")
    assert len(shop.uses()) == (code == 200) == (shop.tag() == "2")
    if code == 429:
        code, text, _ = set_image(agent, shop, "2", "10s")
        assert code == 200, text
    assert len(shop.uses()) == 1 == shop.uses_in_log()
    assert len(shop.requests()) == 1


@pytest.mark.concurrent
@pytest.mark.parametrize("uses", [1, 3])
def test_twenty_calls_at_once_are_as_many_objects_as_were_approved(uses, shop):
    """Each would make one more: the name is the server's, the action is the same."""
    shop.gate(actions=preset("Everything"), whilePending="Reject", approval=approval(uses=uses))
    note = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "note-"}, "data": {"a": "b"}})
    assert not shop.kubectl("agent", "create", "-f", "-", stdin=note).ok
    request = shop.approved("alice", shop.request())
    calls = [shop.start("agent", "create", "-f", "-", stdin=note) for _ in range(20)]
    results = [call.finish() for call in calls]
    made = [each for each in shop.get("configmaps")["items"] if each["metadata"]["name"].startswith("note-")]
    assert len(made) == uses == sum(each.ok for each in results)
    assert all("code=ApprovalRequired" in each.stderr for each in results if not each.ok)
    assert len(shop.wait_for_state(request, "Used")["status"]["uses"]) == uses == shop.uses_in_log()
    assert len(shop.requests("Pending")) == 1


@pytest.mark.concurrent
def test_twenty_calls_through_all_replicas_are_one_change(shop):
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    for call in [shop.start_set_image("2") for _ in range(20)]:
        call.finish().must()
    wait_for("one use", lambda: len(shop.again(request)["status"].get("uses", [])) == 1)
    assert shop.uses_in_log() == 1
    assert shop.tag() == "2"
