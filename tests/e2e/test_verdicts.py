"""How a request ends, and what the agent is told."""
import re

from harness import wait_for
from objects import REVIEWERS, approval, requirement


def test_a_denied_call_fails_and_is_not_asked_again(shop):
    shop.gate()
    agent = shop.start_set_image("2")
    request = shop.request()
    shop.decide("bob", request, "Deny", "not on a Friday").must()
    result = agent.finish()
    assert not result.ok
    assert "code=ApprovalDenied" in result.stderr
    assert 'The reviewer says: "not on a Friday".' in result.stderr
    assert shop.tag() == "1"

    # Within the cooldown the same action is refused at once, without a new request.
    again = shop.set_image("2")
    assert "code=ApprovalDenied" in again.stderr and 'The reviewer says: "not on a Friday".' in again.stderr
    command = re.search(r"`kubectl ([^`]*)`", again.stderr)[1].split()
    assert "not on a Friday" in shop.cluster.kubectl("agent", *command).must().stdout
    assert [each["status"]["state"] for each in shop.requests()] == ["Denied"]
    assert shop.requests()[0]["status"]["decision"]["reviewers"] == ["bob"]


def test_a_mistaken_denial_is_taken_back_by_who_may_delete_it(cli, shop):
    shop.gate(whilePending="Reject")
    request = shop.rejected("2")
    shop.decide("bob", request, "Deny").must()
    denied = shop.wait_for_state(request, "Denied")
    assert "code=ApprovalDenied" in shop.set_image("2").stderr
    shown = " ".join(cli.run("alice", "show", request["metadata"]["name"]).must().stdout.split())
    command = re.search(r"If the denial was a mistake: .*?`kubectl (delete [^`]*)`", shown)[1].split()
    for who in ("agent", "alice", "bob"):
        assert not shop.cluster.kubectl(who, *command).ok
    assert "code=ApprovalDenied" in shop.set_image("2").stderr
    shop.cluster.kubectl("admin", *command).must()
    wait_for("the agent to be asked anew", lambda: "code=ApprovalRequired" in shop.set_image("2").stderr)
    told = wait_for("the log to say so", lambda: shop.records("request_deleted"))[0]
    assert (told["state"], told["cooldown_until"]) == ("Denied", denied["status"]["cooldownUntil"])


def test_a_request_that_nobody_decides_expires(shop):
    shop.gate(approval=approval(pendingTimeout="3s"))
    result = shop.set_image("2")
    assert not result.ok
    assert "code=ApprovalExpired" in result.stderr
    request = shop.request("Expired")
    assert shop.tag() == "1"
    late = shop.decide("alice", request, "Approve")
    assert not late.ok
    assert "it is Expired already, and a decision is final" in late.stderr


def test_an_approval_that_is_not_used_in_its_window_expires(shop):
    shop.gate(approval=approval(validFor="2s"), whilePending="Reject")
    request = shop.rejected("2")
    shop.approve("alice", request)
    shop.wait_for_state(request, "Expired")
    result = shop.set_image("2")
    assert not result.ok
    assert "code=ApprovalRequired" in result.stderr
    assert shop.tag() == "1"


def test_a_rejected_call_is_sent_again_after_approval(shop):
    shop.gate(whilePending="Reject", message="Runbook: https://example.com/promote")
    result = shop.set_image("2")
    assert not result.ok
    request = shop.request()
    name = request["metadata"]["name"]
    command = re.search(r"`kubectl ([^`]*)`", result.stderr)[1]
    assert command == f"wait areq/{name} -n {shop.name} --for=condition=Decided --timeout=1h"
    assert f"request={shop.name}/{name}" in result.stderr
    assert "https://example.com/promote" in result.stderr
    assert shop.tag() == "1"

    shop.approved("alice", request)
    shop.cluster.kubectl("agent", *command.split()).must()  # as it stands in the refusal
    shop.set_image("2").must()
    assert shop.tag() == "2"
    assert len(shop.requests("Used")) == 1


def test_an_approval_is_used_once(shop):
    shop.gate(whilePending="Reject")
    shop.approved("alice", shop.rejected("2"))
    shop.set_image("2").must()
    shop.set_image("1", who="admin").must()

    second = shop.rejected("2")
    assert shop.tag() == "1"
    first, = shop.requests("Used")
    assert second["spec"]["action"]["digest"] == first["spec"]["action"]["digest"]
    assert len(shop.uses()) == 1


def test_an_approval_for_two_uses_is_used_twice(shop):
    shop.gate(whilePending="Reject", approval=approval(uses=2))
    request = shop.rejected("2")
    shop.approved("alice", request)
    for _ in range(2):
        shop.set_image("2").must()
        shop.set_image("1", who="admin").must()
    shop.rejected("2")
    assert len(shop.again(request)["status"]["uses"]) == 2 == shop.uses_in_log()


def test_another_content_than_the_approved_one_asks_again(shop):
    shop.gate(whilePending="Reject")
    approved = shop.approved("alice", shop.rejected("2"))
    other = shop.rejected("3")
    assert other["spec"]["action"]["digest"] != approved["spec"]["action"]["digest"]
    assert shop.tag() == "1"
    assert not shop.uses()


def test_one_change_written_in_another_way_is_the_same_action(shop):
    shop.gate(whilePending="Reject")
    shop.approved("alice", shop.rejected("2"))
    patch = '[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"registry.example/api:2"}]'
    shop.kubectl("agent", "patch", "deployment", "api", "--type=json", "-p", patch).must()
    assert shop.tag() == "2"


def test_a_change_that_no_policy_names_passes(shop):
    shop.gate()
    shop.kubectl("agent", "label", "deployment", "api", "team=payments").must()
    shop.kubectl("agent", "set", "env", "deployment/api", "COLOUR=blue").must()
    assert not shop.requests()


def test_deny_wins_over_approve(shop):
    shop.gate(whilePending="Reject", approval=approval(requirement(REVIEWERS, count=2)))
    request = shop.rejected("2")
    shop.approve("alice", request)
    shop.decide("bob", request, "Deny").must()
    denied = shop.wait_for_state(request, "Denied")
    assert [each["verdict"] for each in denied["spec"]["reviews"]] == ["Approve", "Deny"]
    assert "code=ApprovalDenied" in shop.set_image("2").stderr


def test_the_agent_withdraws_its_request(shop):
    shop.gate()
    agent = shop.start_set_image("2")
    request = shop.request()
    shop.decide("agent", request, "Withdraw", "found a better way").must()
    shop.wait_for_state(request, "Withdrawn")
    assert "code=ApprovalWithdrawn" in agent.finish().stderr
    assert not shop.decide("alice", request, "Approve").ok
    assert shop.tag() == "1"


def test_an_approval_is_revoked_before_it_is_used(shop):
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    shop.decide("bob", request, "Revoke", "wrong cluster").must()
    revoked = shop.wait_for_state(request, "Revoked")
    assert revoked["status"]["revocation"]["by"] == "bob"
    assert revoked["status"]["decision"]["verdict"] == "Approved"
    approved, = [each for each in revoked["status"]["conditions"] if each["type"] == "Approved"]
    assert (approved["status"], approved["reason"]) == ("False", "Revoked")
    assert not shop.set_image("2").ok
    assert shop.tag() == "1"
    assert not shop.uses()


def test_what_was_not_approved_can_not_be_revoked(shop):
    shop.gate(whilePending="Reject")
    refused = shop.decide("alice", shop.rejected("2"), "Revoke")
    assert not refused.ok
    assert "only an approved request can be revoked" in refused.stderr


def test_a_review_for_another_digest_is_refused(shop):
    shop.gate(whilePending="Reject")
    request = shop.rejected("2")
    refused = shop.decide("alice", request, "Approve", digest="sha256:" + "0" * 64)
    assert not refused.ok
    assert "look at it again" in refused.stderr
    shop.decide("alice", request, "Approve", digest=request["spec"]["action"]["digest"]).must()
    shop.wait_for_state(request, "Approved")


def test_the_agents_reason_is_shown_and_changes_nothing(shop):
    shop.gate(whilePending="Reject")
    assert not shop.set_image_because("roll out the fix", "2").ok
    request = shop.request()
    assert request["spec"]["reason"] == "roll out the fix"
    assert [each["path"] for each in request["spec"]["action"]["kubernetes"]["changes"]] == [
        "spec.template.spec.containers[0].image"]
