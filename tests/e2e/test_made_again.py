"""Things that are deleted and made again under the same name are other things."""
import json

import pytest

import objects
from harness import AGENTS, wait_for


def remade_account(cluster, name):
    cluster.admin("-n", AGENTS, "delete", "serviceaccount", name)
    cluster.add_account(AGENTS, name)


def test_an_approval_is_not_the_next_accounts_of_that_name(shop):
    shop.gate(whilePending="Reject")
    shop.set_image("2", who="second")
    shop.approved("alice", shop.request())
    remade_account(shop.cluster, "second")
    assert "code=ApprovalRequired" in shop.set_image("2", who="second").stderr
    assert len(shop.requests()) == 2
    assert shop.tag() == "1"


def test_an_approval_is_not_for_the_next_object_of_that_name(shop):
    shop.gate(whilePending="Reject")
    shop.approved("alice", shop.rejected("2"))
    shop.kubectl("admin", "delete", "deployment", "api").must()
    shop.cluster.apply(objects.deployment(shop.name))
    shop.rejected("2")
    assert shop.tag() == "1"
    assert not shop.uses()


def test_an_approval_is_not_for_the_next_namespace_of_that_name(shop):
    create = ("create", "configmap", "note", "--from-literal=a=b")
    shop.gate(actions=objects.preset("Everything"), whilePending="Reject")
    shop.kubectl("agent", *create)
    shop.approved("alice", shop.request())
    shop.cluster.admin("delete", "namespace", shop.name, "--timeout=60s")
    shop.cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": shop.name}})
    wait_for("the namespace's account", lambda: shop.kubectl("admin", "get", "serviceaccount", "default").ok)
    shop.gate(actions=objects.preset("Everything"), whilePending="Reject")
    wait_for("the agent to be asked anew", lambda: "code=ApprovalRequired" in shop.kubectl("agent", *create).stderr)
    assert not shop.uses()


def under_two_policies(shop, preset):
    for name in ("gate", "second"):
        shop.gate(name, actions=objects.preset(preset), whilePending="Reject")


def asked_by_both(shop):
    """What is asked anew, by the policy that was not there before, too."""
    request = shop.request()
    assert [each["name"] for each in request["spec"]["policies"]] == ["gate", "second"]
    return request


def test_what_is_over_is_no_grant_under_other_policies(shop):
    create = ("create", "configmap", "note", "--from-literal=a=b")
    shop.gate(actions=objects.preset("Everything"), whilePending="Reject")
    shop.kubectl("agent", *create)
    shop.approved("alice", shop.request())
    shop.kubectl("agent", *create).must()
    shop.kubectl("admin", "delete", "configmap", "note").must()
    under_two_policies(shop, "Everything")
    assert "code=ApprovalRequired" in shop.kubectl("agent", *create).stderr
    request = asked_by_both(shop)
    shop.approve("bob", request)  # a person counts once
    shop.approved("alice", request)
    shop.kubectl("agent", *create).must()


def test_a_delete_that_has_not_ended_is_asked_anew_under_other_policies(shop):
    """Under the same ones it is a second try of the API server's, which a use lets through for half a minute."""
    delete = ("delete", "configmap", "kept", "--wait=false")
    shop.cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "kept", "namespace": shop.name, "finalizers": ["example.com/hold"]}})
    shop.gate(actions=objects.preset("Deletion"), whilePending="Reject")
    shop.kubectl("agent", *delete)
    shop.approved("alice", shop.request())
    try:
        shop.kubectl("agent", *delete).must()
        under_two_policies(shop, "Deletion")
        assert "code=ApprovalRequired" in shop.kubectl("agent", *delete).stderr
        asked_by_both(shop)
    finally:
        shop.kubectl("admin", "patch", "configmap", "kept", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')


def test_a_request_made_again_by_its_name_is_the_admins_and_grants_nothing(shop):
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    shop.kubectl("admin", "delete", "approvalrequest", request["metadata"]["name"]).must()
    copy = {key: request[key] for key in ("apiVersion", "kind", "spec")} | {
        "metadata": {"name": request["metadata"]["name"], "namespace": shop.name}}
    assert not shop.kubectl("admin", "create", "-f", "-", stdin=json.dumps(copy)).ok
    shop.rejected("2")
    assert shop.tag() == "1"


def test_a_pod_made_again_is_another_pod_to_exec_into(shop):
    shop.gate(actions=objects.preset("Exec"), whilePending="Reject")
    shop.cluster.apply(objects.pod(shop.name, "box"))
    attempt = ("exec", "box", "--", "id")
    shop.kubectl("agent", *attempt)
    shop.approved("alice", shop.request())
    shop.kubectl("admin", "delete", "pod", "box", "--grace-period=0", "--force").must()
    shop.cluster.apply(objects.pod(shop.name, "box"))
    assert "code=ApprovalRequired" in shop.kubectl("agent", *attempt).stderr
    assert not shop.uses()


def test_a_grant_that_was_stocked_does_not_outlive_a_stricter_policy(shop):
    shop.gate(whilePending="Reject", approval=objects.approval(uses=5, validFor="1h"))
    stocked = shop.approved("alice", shop.rejected("2"))
    shop.gate("security", whilePending="Reject", approval=objects.approval(objects.requirement(objects.user("bob"))))
    shop.rejected("2")
    revoked = shop.wait_for_state(stocked, "Revoked")
    assert revoked["status"]["revocation"]["reason"] == "PolicyChanged"
    assert not shop.uses()


def test_a_review_stands_when_its_author_loses_the_right_and_can_be_revoked(shop):
    """Whoever was asked in time has answered; whom the team trusts no more, the team revokes."""
    shop.gate(whilePending="Reject", approval=objects.approval(objects.requirement(objects.user("mallory"), objects.user("bob"))))
    rights = [objects.binding(f"mallory-{role}", f"sallyport-{role}", "User/mallory", namespace=shop.name)
              for role in ("reviewer", "approver")]
    shop.cluster.apply(*rights)
    request = shop.approved("mallory", shop.rejected("2"))
    shop.kubectl("admin", "delete", "rolebinding", "mallory-reviewer", "mallory-approver").must()
    assert shop.again(request)["status"]["state"] == "Approved"
    shop.decide("bob", request, "Revoke").must()
    shop.wait_for_state(request, "Revoked")
    assert not shop.set_image("2").ok


def test_rights_do_not_make_a_reviewer_of_an_agent(shop):
    shop.gate(whilePending="Reject")
    shop.cluster.apply(objects.binding("all-power", "cluster-admin", f"{AGENTS}/second", f"{AGENTS}/deployer", namespace=shop.name))
    request = shop.rejected("2")
    for who in ("agent", "second"):
        for verdict in ("Approve", "Deny"):
            assert not shop.decide(who, request, verdict).ok
    assert "reviews" not in shop.again(request)["spec"]


@pytest.mark.parametrize("requirement", [
    objects.user(f"system:serviceaccount:{AGENTS}:second"),
    {"kind": "Group", "name": f"system:serviceaccounts:{AGENTS}"},
    {"kind": "Group", "name": "system:authenticated"},
])
def test_naming_an_agent_as_approver_does_not_make_one(requirement, shop):
    spec = objects.policy("gate", shop.name, whilePending="Reject", approval=objects.approval(objects.requirement(requirement)))
    made = shop.kubectl("admin", "apply", "-f", "-", stdin=json.dumps(spec))
    if not made.ok:  # refused as it is written: as good
        assert "cannot work" in made.stderr
        return
    shop.cluster.apply(objects.binding("all-power", "cluster-admin", f"{AGENTS}/second", namespace=shop.name))
    wait_for("the policy", lambda: "code=ApprovalRequired" in shop.set_image("2").stderr)
    assert not shop.decide("second", shop.request(), "Approve").ok
