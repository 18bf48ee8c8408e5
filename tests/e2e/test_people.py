"""Whose reviews count: quorums, requirements, and nobody for themselves."""
import objects
from harness import AGENTS
from objects import approval, requirement, user


def test_one_person_is_no_quorum_of_two(shop):
    shop.gate(whilePending="Reject", approval=approval(requirement(objects.REVIEWERS, count=2)))
    request = shop.rejected("2")
    shop.approve("alice", request)
    twice = shop.decide("alice", request, "Approve")
    assert not twice.ok
    assert "a person counts once" in twice.stderr
    assert not shop.set_image("2").ok
    assert len(shop.again(request)["spec"]["reviews"]) == 1

    shop.approved("bob", request)
    shop.set_image("2").must()
    assert sorted(shop.again(request)["status"]["decision"]["reviewers"]) == ["alice", "bob"]


def test_one_person_in_both_groups_meets_one_of_two_requirements(shop):
    # Alice could meet either, Bob only the first: she must be counted for the second.
    shop.gate(whilePending="Reject", approval=approval(
        requirement(objects.REVIEWERS, name="owner"), requirement(user("alice"), name="security")))
    request = shop.rejected("2")
    shop.approve("alice", request)
    assert sorted(shop.again(request)["spec"]["reviews"][0]["satisfies"]) == ["gate/owner", "gate/security"]
    assert not shop.set_image("2").ok
    assert len(shop.requests("Pending")) == 1

    met = shop.approved("bob", request)["status"]["requirements"]
    assert {(each["name"], each["approved"]) for each in met} == {("owner", 1), ("security", 1)}
    shop.set_image("2").must()


def refused(shop, who, request, verdict="Approve"):
    """The patch fails and changes nothing; what the person is told."""
    result = shop.decide(who, request, verdict)
    assert not result.ok
    now = shop.again(request)
    assert "reviews" not in now["spec"] and "decision" not in now["spec"]
    return result.stderr


def test_an_agent_can_not_approve_its_own_request(shop):
    shop.gate(whilePending="Reject")
    shop.cluster.apply(objects.binding("agents-approve", "sallyport-approver", f"{AGENTS}/deployer", f"{AGENTS}/second",
                                       namespace=shop.name))
    request = shop.rejected("2")
    assert "nobody approves what they asked for themselves" in refused(shop, "agent", request)
    assert "no agent reviews anything" in refused(shop, "second", request)
    assert not shop.set_image("2").ok


def test_an_agents_second_account_can_not_withdraw_by_denying(shop):
    shop.gate(whilePending="Reject")
    request = shop.rejected("2")
    assert "no agent reviews anything" in refused(shop, "second", request, "Deny")


def test_who_may_not_write_requests_can_not_review(shop):
    shop.gate(whilePending="Reject")
    assert 'User "mallory" cannot patch resource "approvalrequests"' in refused(shop, "mallory", shop.rejected("2"))


def test_a_reviewer_whom_no_requirement_names_does_not_count(shop):
    shop.gate(whilePending="Reject")
    shop.cluster.apply(objects.binding("mallory-reviews", "sallyport-reviewer", "User/mallory", namespace=shop.name),
                       objects.binding("mallory-approves", "sallyport-approver", "User/mallory", namespace=shop.name))
    assert "no requirement of its policies names mallory" in refused(shop, "mallory", shop.rejected("2"))


def test_a_named_reviewer_without_the_verb_approve_does_not_count(shop):
    shop.gate(whilePending="Reject", approval=approval(requirement(user("mallory"))))
    shop.cluster.apply(objects.binding("mallory-reviews", "sallyport-reviewer", "User/mallory", namespace=shop.name))
    said = refused(shop, "mallory", shop.rejected("2"))
    assert "mallory lacks the verb approve on approvalrequests.sallyport.dev" in said


def test_only_the_agent_withdraws(shop):
    shop.gate(whilePending="Reject")
    assert "only the requester may withdraw a request" in refused(shop, "alice", shop.rejected("2"), "Withdraw")


def test_a_dry_run_of_a_review_counts_for_nothing(shop):
    shop.gate(whilePending="Reject")
    request = shop.rejected("2")
    shop.kubectl("alice", "patch", "approvalrequest", request["metadata"]["name"], "--type=merge", "--dry-run=server",
                 "-p", '{"spec":{"decision":{"verdict":"Approve"}}}').must()
    assert not shop.set_image("2").ok
    assert "reviews" not in shop.again(request)["spec"]
    shop.approved("alice", request)
