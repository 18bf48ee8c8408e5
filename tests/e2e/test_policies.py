"""Policies together, policies that change, and those that stop nobody."""
import json

import pytest

import objects
from harness import AGENT, AGENT_NAME, AGENTS, wait_for
from namespace import wait_for_end_of_policy, wait_for_policy
from objects import approval, requirement, user


def test_a_policy_edited_while_a_request_is_open_asks_anew(shop):
    shop.gate(holdFor="2s")
    agent = shop.start_set_image("2")
    before = shop.request()
    shop.gate(holdFor="2s", approval=approval(requirement(user("bob"))))
    shop.wait_for_state(before, "Withdrawn")
    after = shop.request()
    assert after["spec"]["policies"][0]["generation"] == 2
    assert after["metadata"]["name"] != before["metadata"]["name"]
    assert not shop.decide("alice", after, "Approve").ok
    shop.approve("bob", after)
    agent.finish().must()
    assert shop.tag() == "2"


def test_a_policy_edited_after_approval_takes_the_approval_back(shop):
    shop.gate(whilePending="Reject")
    before = shop.approved("alice", shop.rejected("2"))
    shop.gate(whilePending="Reject", approval=approval(requirement(user("bob"))))
    after = shop.rejected("2")
    assert after["spec"]["policies"][0]["generation"] == 2
    revoked = shop.wait_for_state(before, "Revoked")
    assert revoked["status"]["revocation"]["reason"] == "PolicyChanged"
    assert shop.tag() == "1"
    assert not shop.uses()


@pytest.mark.parametrize("state", ["Withdrawn", "Revoked"])
def test_a_request_ends_with_its_policy(shop, state):
    """Nobody goes on being asked what nobody wants to know any more."""
    shop.gate(whilePending="Reject")
    request = shop.rejected("2")
    if state == "Revoked":
        shop.approved("alice", request)
    shop.kubectl("admin", "delete", "approvalpolicy", "gate").must()
    ended = shop.wait_for_state(request, state)["status"]
    assert (ended["revocation"] if state == "Revoked" else ended["decision"])["reason"] == "PolicyChanged"
    shop.set_image("2").must()


def test_a_waiting_call_goes_on_when_its_policy_is_deleted(shop):
    """kubectl sends it again by itself, a second later."""
    shop.gate()
    agent = shop.start_set_image("2")
    request = shop.request()
    shop.kubectl("admin", "delete", "approvalpolicy", "gate").must()
    agent.finish(15).must()  # it would have waited for 28 s
    assert shop.tag() == "2"
    shop.wait_for_state(request, "Withdrawn")


@pytest.fixture
def cluster_policy(cluster):
    """Makes a ClusterApprovalPolicy for the namespaces with this label; it goes away after the test."""
    made = []

    def make(name, label, **changes):
        selector = {"namespaceSelector": {"matchLabels": {label: "yes"}}}
        cluster.apply(objects.policy(name, **selector, **changes))
        made.append(cluster.get("clusterapprovalpolicy", name)["metadata"])
        wait_for_policy(cluster, "clusterapprovalpolicy", name)

    yield make
    for policy in made:
        cluster.admin("delete", "clusterapprovalpolicy", policy["name"])
    for policy in made:
        wait_for_end_of_policy(cluster, policy["uid"])


def test_a_namespaces_policy_can_not_relax_the_clusters(make_namespace, cluster_policy):
    shop = make_namespace(strict="yes")
    cluster_policy("strict", "strict", whilePending="Reject", approval=approval(requirement(user("bob"), name="security")))
    shop.gate(whilePending="Hold", approval=approval(uses=9, validFor="24h"), **{"except": [objects.UPDATE_DEPLOYMENTS]})
    request = shop.rejected("2")
    assert [each["name"] for each in request["spec"]["policies"]] == ["strict"]
    assert not shop.decide("alice", request, "Approve").ok


def test_all_matching_policies_must_be_met(make_namespace, cluster_policy):
    shop = make_namespace(both="yes")
    cluster_policy("both", "both", whilePending="Reject",
                   approval=approval(requirement(user("bob"), name="security"), validFor="1m"))
    shop.gate(approval=approval(uses=9))
    request = shop.rejected("2")
    assert {each["name"] for each in request["spec"]["policies"]} == {"both", "gate"}
    shop.approve("alice", request)
    assert not shop.set_image("2").ok
    shop.approved("bob", request)
    shop.set_image("2").must()
    assert [each["metadata"]["name"] for each in shop.requests("Used")] == [request["metadata"]["name"]]


def test_an_agents_questions_are_nobodys(cli, shop, cluster):
    """They store nothing; and our own program asks who it is."""
    name = f"questions-{shop.name}"
    cluster.apply(objects.policy(name, actions=objects.preset("Everything"), whilePending="Reject",
                                 subjects=[{"kind": "Agent", "name": AGENT_NAME}]))
    try:
        wait_for_policy(cluster, "clusterapprovalpolicy", name)
        assert "code=ApprovalRequired" in shop.kubectl("agent", "create", "configmap", "note").stderr
        assert shop.request()["metadata"]["name"] in cli.run("agent", "list", "--mine").must().stdout
        for question in (("can-i", "create", "pods"), ("can-i", "--list"), ("whoami",)):
            shop.kubectl("agent", "auth", *question).must()
        assert len(shop.requests()) == 1
        of_cluster = cluster.get("-n", "sallyport-system", "approvalrequests")["items"]
        assert not [each for each in of_cluster if each["metadata"]["name"].startswith(name)]
    finally:
        cluster.admin("delete", "clusterapprovalpolicy", name)


def test_taking_the_label_off_in_the_same_write_frees_nothing(shop):
    rule = {"resourceRules": [objects.UPDATE_DEPLOYMENTS], "changedFields": [objects.IMAGES],
            "objectSelector": {"matchLabels": {"gated": "yes"}}}
    shop.gate(whilePending="Reject", actions=[rule])
    shop.set_image("2").must()
    shop.kubectl("admin", "label", "deployment", "api", "gated=yes").must()
    free = [{"op": "remove", "path": "/metadata/labels/gated"},
            {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": f"{objects.IMAGE}:3"}]
    sly = shop.kubectl("agent", "patch", "deployment", "api", "--type=json", "-p", json.dumps(free))
    assert "code=ApprovalRequired" in sly.stderr
    assert shop.tag() == "2"


def test_a_policy_for_another_agent_does_not_concern_this_one(shop):
    shop.gate(subjects=[{"kind": "ServiceAccount", "namespace": AGENTS, "name": "second"}], whilePending="Reject")
    shop.set_image("2").must()
    assert "code=ApprovalRequired" in shop.set_image("3", who="second").stderr


def test_a_collection_is_to_be_deleted_by_name(shop):
    rule = {**objects.UPDATE_DEPLOYMENTS, "operations": ["DELETE"]}
    shop.gate(whilePending="Reject", actions=[{"resourceRules": [rule]}])
    path = f"/apis/apps/v1/namespaces/{shop.name}/deployments"
    assert "code=DeleteByName" in shop.cluster.kubectl("agent", "delete", "--raw", path).stderr
    assert not shop.requests()
    assert "code=ApprovalRequired" in shop.kubectl("agent", "delete", "deployment", "api").stderr
    shop.approved("alice", shop.request())
    shop.kubectl("agent", "delete", "deployment", "api").must()


def test_a_namespace_that_the_cluster_policy_does_not_select_is_free(shop, cluster_policy):
    cluster_policy("elsewhere", "elsewhere")
    shop.set_image("2").must()
    assert not shop.requests()


def test_warn_lets_the_call_pass_with_a_warning(shop):
    shop.gate(enforcement="Warn")
    warned = shop.cluster.sum_of("sallyport_admissions_warned_total")
    result = shop.set_image("2").must()
    assert "Warning:" in result.stderr and "gate" in result.stderr
    assert shop.tag() == "2"
    assert not shop.requests()
    record, = shop.records("warned")
    assert record["username"] == AGENT
    assert shop.cluster.sum_of("sallyport_admissions_warned_total") > warned


@pytest.mark.parametrize("enforcement", ["Warn", "Audit"])
def test_a_write_that_changes_nothing_is_none_that_would_have_been_asked_about(shop, enforcement):
    shop.gate(enforcement=enforcement, actions=objects.preset("Everything"))
    same = {"spec": {"template": {"spec": {"containers": [{"name": "api", "image": shop.image()}]}}}}
    result = shop.kubectl("agent", "patch", "deployment", "api", "-p", json.dumps(same)).must()
    assert "no change" in result.stdout and "Warning:" not in result.stderr, result
    answered, = wait_for("the log to have it", lambda: shop.records("answered"))
    assert answered["allowed"] and answered["code"] == "Unchanged"
    assert not shop.records("warned") and not shop.records("audited")


def test_audit_lets_the_call_pass_silently(shop):
    shop.gate(enforcement="Audit")
    audited = shop.cluster.sum_of("sallyport_admissions_audited_total")
    result = shop.set_image("2").must()
    assert result.stderr == ""
    assert shop.tag() == "2"
    assert not shop.requests()
    assert len(shop.records("audited")) == 1
    assert shop.cluster.sum_of("sallyport_admissions_audited_total") > audited


DRY = ("set", "image", "deployment/api", f"api={objects.IMAGE}:2", "--dry-run=server")


def test_a_dry_run_says_who_would_be_asked_and_leaves_nothing_behind(shop):
    shop.gate()
    dry = shop.kubectl("agent", *DRY).must()
    assert "Warning: UPDATE deployments/api: runs code: image" in dry.stderr and f"[code=WouldAsk policy={shop.name}/gate]" in dry.stderr, dry
    assert dry.seconds < 4
    new = objects.deployment(shop.name, "2")
    diff = shop.kubectl("agent", "diff", "-f", "-", stdin=json.dumps(new))
    assert diff.code == 1 and f"image: {objects.IMAGE}:2" in diff.stdout, diff  # 1: there is a difference
    assert shop.tag() == "1" and not shop.requests()

    # Of an agent's answers a minute the first 60 have lines of their own, and this agent's are other tests' too.
    def logged():
        return shop.kubectl("agent", *DRY).must() and shop.records("answered")
    answered = wait_for("the log to have it", logged, 90, every=3)[0]
    assert (answered["allowed"], answered["dry_run"], answered["code"]) == (True, True, "WouldAsk")


def test_a_policy_may_refuse_dry_runs(shop):
    shop.gate(dryRun="Refuse")
    refused = shop.kubectl("agent", *DRY)
    assert not refused.ok and "code=ApprovalRequired" in refused.stderr and "a policy refuses dry runs" in refused.stderr, refused
    assert not shop.requests()


def test_a_dry_run_gives_no_secret_and_no_token_away(shop):
    """The API server makes a real token for it."""
    shop.gate(actions=objects.preset("Everything"), whilePending="Reject")
    path = f"/api/v1/namespaces/{shop.name}/serviceaccounts/default/token"
    token = json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}})
    secret = ("create", "secret", "generic", "login", "--from-literal=a=b", "--dry-run=server")

    def tried():
        return [shop.kubectl("agent", "create", "--raw", f"{path}?dryRun=All", "-f", "-", stdin=token), shop.kubectl("agent", *secret)]

    assert all("code=ApprovalRequired" in each.stderr for each in tried())
    assert not shop.requests()
    assert "code=ApprovalRequired" in shop.kubectl("agent", "create", "--raw", path, "-f", "-", stdin=token).stderr
    shop.approved("alice", shop.request())
    for each in tried():
        assert not each.ok and "eyJ" not in each.stdout and "its answer shows a Secret or a token" in each.stderr, each
    assert not shop.uses()


def test_a_dry_run_of_what_the_guard_would_refuse_passes(shop):
    """Unless it is a token."""
    shop.kubectl("admin", "create", "serviceaccount", "builder").must()
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "box"}, "spec": {
        "serviceAccountName": "builder", "containers": [{"name": "main", "image": f"{objects.IMAGE}:1"}]}}
    dry = shop.kubectl("agent", "create", "--dry-run=server", "-f", "-", stdin=json.dumps(pod)).must()
    assert "[code=WouldAsk guard=" in dry.stderr, dry
    assert "code=Guarded" in shop.kubectl("agent", "create", "-f", "-", stdin=json.dumps(pod)).stderr
    refused = shop.kubectl("agent", "create", "--dry-run=server", "-f", "-", stdin=json.dumps(objects.TOKEN_SECRET))
    assert "code=Guarded" in refused.stderr, refused


def test_a_dry_run_uses_no_approval(shop):
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    shop.kubectl("agent", *DRY).must()
    assert shop.tag() == "1"
    assert not shop.uses()
    shop.set_image("2").must()
    shop.wait_for_state(request, "Used")


@pytest.mark.disruptive  # not that it disturbs anybody: it counts all calls that come to the gate
def test_people_are_not_gated_and_not_even_looked_at(shop):
    shop.gate()
    shop.cluster.apply(objects.binding("alice-edits", "edit", "User/alice", namespace=shop.name))
    cluster = shop.cluster
    counters = ["sallyport_admissions_unmatched_total", 'sallyport_admissions_answered_total{code="ApprovalRequired"}']

    def counted():
        return [cluster.webhook_calls(), *map(cluster.sum_of, counters)]

    before = counted()
    shop.set_image("2", who="alice").must()
    shop.kubectl("alice", "delete", "deployment", "api").must()
    shop.kubectl("admin", "create", "secret", "generic", "s").must()
    assert counted() == before
    assert not shop.requests()


def test_a_policy_that_can_not_work_is_refused_when_it_is_written(shop):
    text = objects.policy("broken", shop.name, actions=[
        {"resourceRules": [objects.UPDATE_DEPLOYMENTS], "changedFields": ["spec..image["]}])
    result = shop.kubectl("admin", "apply", "-f", "-", stdin=json.dumps(text))
    assert not result.ok
    assert "cannot work" in result.stderr
