"""The CRDs alone on a real API server: no warnings, what they teach, what they refuse."""
import copy
import json

import pytest

from cluster import ROOT, wait_for
from crd_rules import no_crd_rules
from samples import LOG, NOON, SEAL, approval_policy, approval_request, decision, review, use

CRDS = ROOT / "crds"
RULE = {"apiGroups": ["apps"], "apiVersions": ["*"], "operations": ["UPDATE"], "resources": ["deployments"]}
DENIED = decision("Denied")
APPROVED = decision("Approved", validUntil=NOON, reviewers=["alice", "bob"])
REVOKED = {"by": "alice", "time": NOON, "log": LOG, "seal": SEAL}


@pytest.fixture(scope="module")
def crds(cluster):
    cluster.do("delete", "-f", CRDS, "--ignore-not-found")
    cluster.do("create", "-f", CRDS)
    cluster.do("wait", "--for=condition=Established", "-f", CRDS)
    wait_for("the kinds are served", lambda: cluster.kubectl("get", "sallyport", "-A").returncode == 0)
    yield cluster
    cluster.do("delete", "-f", CRDS)


@pytest.fixture(scope="module")
def make(crds):
    """A new request with this status and these reviews; its name."""
    count = iter(range(1000))

    def make(status=None, **spec):
        name = f"r{next(count)}"
        result = crds.create(approval_request(name, **spec))
        assert result.returncode == 0, result.stderr
        if status:
            crds.do("-n", "shop", "patch", "areq", name, "--subresource=status", "--type=merge", "-p",
                    json.dumps({"status": status}))
        return name

    return make


def patch(crds, name, body, status=False):
    subresource = ["--subresource=status"] if status else []
    return crds.kubectl("-n", "shop", "patch", "areq", name, *subresource, "--type=merge", "--patch-file=/dev/stdin",
                        stdin=json.dumps(body))


def test_the_samples_are_policies_that_the_api_server_takes(crds):
    for namespace in ("payments-prod", "payments-test"):
        crds.kubectl("create", "namespace", namespace)
    samples = sorted(ROOT.glob("charts/sallyport/samples/*/policy.yaml"))
    assert len(samples) >= 10
    for sample in samples:
        done = crds.kubectl("create", "--dry-run=server", "--validate=strict", "-f", sample)
        assert (done.returncode, done.stderr) == (0, ""), sample


@pytest.mark.parametrize(("field", "lesson"), [
    ("apol.spec.whilePending", "Hold keeps the agent's call waiting for a decision"),
    ("capol.spec.whilePending", "Hold keeps the agent's call waiting for a decision"),
    ("apol.spec.waitFor", "from 1s to 5m; omitted, 5m"),
    ("apol.spec.holdFor", "Deprecated"),
    ("apol.spec.whilePending", "Omitted, Hold."),
    ("apol.spec.approval.uses", "Omitted, once."),
    ("apol.spec.approval.validFor", "the default is 15m"),
    ("capol.spec.namespaceSelector", "Only namespaces with these labels"),
    ("areq.spec.decision", "The slot for a review. Whoever patches it is the reviewer"),
    ("areq.status.conditions", "For kubectl wait."),
])
def test_explain_teaches(crds, field, lesson):
    # The API server publishes a new CRD's schema a moment after it serves the kind.
    explained = wait_for("the schema is published", lambda: crds.kubectl("explain", field).stdout)
    assert lesson in " ".join(explained.split())


def test_what_an_action_does_is_kept_whatever_a_later_version_calls_it(crds):
    request = approval_request("does")
    request["spec"]["action"]["kubernetes"] |= {"effects": ["RunsCode", "OfTomorrow"], "guarded": ["node-reach"]}
    assert crds.create(request).returncode == 0
    kept = json.loads(crds.do("-n", "shop", "get", "areq", "does", "-o", "json"))["spec"]["action"]["kubernetes"]
    assert (kept["effects"], kept["guarded"]) == (["RunsCode", "OfTomorrow"], ["node-reach"])
    fixed = patch(crds, "does", {"spec": {"action": {"kubernetes": {"guarded": None}}}})
    assert fixed.returncode != 0 and "spec is fixed" in fixed.stderr
    for field, wrong in (("effects", "Runs Code"), ("guarded", "node/reach"), ("effects", "R,C")):
        request = approval_request("wrong")
        request["spec"]["action"]["kubernetes"][field] = [wrong]
        assert crds.create(request).returncode != 0, wrong


def test_columns(crds, make):
    name = make({"state": "Approved", "decision": APPROVED}, reason="the fix")
    header, row = crds.do("-n", "shop", "get", "areq", name).splitlines()
    assert header.split() == ["NAME", "STATE", "AGE", "ACTION"]
    assert (row.split()[:2], row.split(maxsplit=3)[3]) == ([name, "Approved"], "update deployments.apps web")
    header, row = crds.do("-n", "shop", "get", "areq", name, "-o", "wide").splitlines()
    assert header.split()[4:] == ["AGENT", "DECIDED", "POLICY", "REASON", "EXPIRES"]
    assert all(told in row for told in ("deployer", "promote", "the fix", NOON)), row
    assert crds.create(approval_policy("columns", whilePending="Hold")).returncode == 0
    assert crds.do("-n", "shop", "get", "apol", "columns").split()[:8] == [
        "NAME", "ENFORCEMENT", "PENDING", "READY", "AGE", "columns", "Enforce", "Hold"]


def test_selectable_fields(crds, make):
    digest = "sha256:" + "b" * 64
    action = approval_request("x")["spec"]["action"]
    name = make({"state": "Denied", "decision": DENIED}, action={**action, "digest": digest})
    selector = f"status.state=Denied,spec.requester.agent=deployer,spec.action.digest={digest}"
    assert crds.do("-n", "shop", "get", "areq", "--field-selector", selector, "-o", "name").split() == [
        f"approvalrequest.sallyport.dev/{name}"]


def test_policy_defaults(crds):
    assert crds.create(approval_policy("defaults")).returncode == 0
    spec = crds.get("-n", "shop", "apol", "defaults")["spec"]
    approval = spec["approval"]
    assert (approval["pendingTimeout"], approval["validFor"]) == ("1h", "15m")
    assert approval["requirements"][0]["count"] == 1
    assert not {"ignoredFields", "whilePending", "waitFor", "holdFor"} & set(spec) and "uses" not in approval


@pytest.mark.parametrize("kind", ["ApprovalPolicy", "ClusterApprovalPolicy"])
@pytest.mark.parametrize("spec", [
    {"actions": [{"resourceRules": [RULE], "changedFields": ["spec.template.spec.containers[*].image"],
                  "objectSelector": {"matchLabels": {"a": "b"}}}]},
    {"actions": [{"preset": "PodPromotion"}, {"preset": "RBACChange"}, {"preset": "SecretAccess"}]},
    {"actions": [{"preset": "TokenRequest"}, {"preset": "Deletion"}, {"preset": "Infrastructure"}, {"preset": "Everything"}]},
    {"actions": [{"preset": "Traffic"}, {"effects": ["RunsCode", "Deletes"], "objectSelector": {"matchLabels": {"a": "b"}}}]},
    {"subjects": [{"kind": "ServiceAccount", "name": "a", "namespace": "b"}, {"kind": "Agent", "name": "a"}]},
    {"except": [{**RULE, "apiGroups": ["", "*"], "resources": ["*/*", "*", "pods/*", "*/scale", "deployments/scale"]}]},
    {"ignoredFields": [], "holdFor": "1s", "whilePending": "Reject", "message": "m"},
    {"waitFor": "5m", "whilePending": "Hold"},
])
def test_good_policies(crds, kind, spec):
    result = crds.kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(approval_policy(kind=kind, **spec)))
    assert result.returncode == 0 and not result.stderr, result.stderr


def approval(**change):
    requirement = {"name": "owner", "count": 1, "approvers": [{"kind": "User", "name": "alice"}]}
    return {"approval": {"requirements": [requirement], **change}}


def requirement(**change):
    return approval(requirements=[{"name": "owner", "approvers": [{"kind": "User", "name": "alice"}], **change}])


@pytest.mark.parametrize("kind", ["ApprovalPolicy", "ClusterApprovalPolicy"])
@pytest.mark.parametrize(("spec", "complaint"), [
    ({"enforcement": "Maybe"}, 'Unsupported value: "Maybe"'),
    ({"actions": []}, "should have at least 1 items"),
    ({"actions": [{}]}, "an action needs one of preset, effects and resourceRules"),
    ({"actions": [{"preset": "Exec", "resourceRules": [RULE]}]}, "an action needs one of preset, effects and resourceRules"),
    ({"actions": [{"preset": "Exec", "effects": ["Connects"]}]}, "an action needs one of preset, effects and resourceRules"),
    ({"actions": [{"effects": ["Own"]}]}, 'Unsupported value: "Own"'),
    ({"actions": [{"effects": ["Deletes"], "changedFields": ["spec"]}]}, "changedFields goes with resourceRules only"),
    ({"actions": [{"preset": "Anything"}]}, 'Unsupported value: "Anything"'),
    ({"actions": [{"preset": "Exec", "changedFields": ["spec"]}]}, "changedFields goes with resourceRules only"),
    ({"actions": [{"resourceRules": [{**RULE, "operations": ["GET"]}]}]}, 'Unsupported value: "GET"'),
    ({"actions": [{"resourceRules": [{**RULE, "resources": ["Deployment"]}]}]}, "should match"),
    ({"actions": [{"resourceRules": [{**RULE, "apiGroups": []}]}]}, "should have at least 1 items"),
    ({"actions": [{"preset": "Exec", "objectSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}]},
     "In and NotIn need values"),
    ({"subjects": [{"kind": "ServiceAccount", "name": "a"}]}, "a subject of kind ServiceAccount needs a namespace"),
    ({"subjects": [{"kind": "User", "name": "a", "namespace": "b"}]}, "no other kind may have one"),
    ({"holdFor": "29s"}, "holdFor must be from 1s to 28s"),
    ({"holdFor": "0s"}, "holdFor must be from 1s to 28s"),
    ({"holdFor": "soon"}, "should match"),
    ({"waitFor": "5m1s"}, "waitFor must be from 1s to 5m"),
    ({"waitFor": "0s"}, "waitFor must be from 1s to 5m"),
    (approval(validFor="24h1s"), "validFor must be from 1s to 24h"),
    (approval(pendingTimeout="169h"), "pendingTimeout must be from 1s to 168h"),
    (approval(uses=0), "should be greater than or equal to 1"),
    (approval(uses=1001), "should be less than or equal to 1000"),
    (approval(requirements=[]), "should have at least 1 items"),
    (requirement(count=0), "should be greater than or equal to 1"),
    (requirement(count=21), "should be less than or equal to 20"),
    (requirement(approvers=[]), "should have at least 1 items"),
    (requirement(approvers=[{"kind": "ServiceAccount", "name": "a"}]), 'Unsupported value: "ServiceAccount"'),
    (approval(requirements=2 * [{"name": "a", "approvers": [{"kind": "User", "name": "b"}]}]), "Duplicate value"),
    ({"notify": []}, 'unknown field "spec.notify"'),
])
def test_bad_policies(crds, kind, spec, complaint):
    result = crds.kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(approval_policy(kind=kind, **spec)))
    assert result.returncode != 0
    assert complaint in result.stderr


def test_a_namespaced_policy_has_no_namespace_selector(crds):
    selector = {"namespaceSelector": {"matchLabels": {"env": "prod"}}}
    assert crds.create(approval_policy("selecting", "ClusterApprovalPolicy", **selector)).returncode == 0
    result = crds.create(approval_policy("selecting", **selector))
    assert 'unknown field "spec.namespaceSelector"' in result.stderr


def test_a_policys_name_leaves_room_for_its_requests(crds):
    result = crds.create(approval_policy("a" * 201))
    assert "a policy's name may have at most 200 characters" in result.stderr


@pytest.mark.parametrize(("change", "complaint"), [
    ({"reason": "another"}, "spec is fixed but for decision"),
    ({"reason": None}, "spec is fixed but for decision"),
    ({"action": {"digest": "sha256:" + "c" * 64}}, "spec is fixed but for decision"),
    ({"action": {"kubernetes": {"target": {"name": "other"}}}}, "spec is fixed but for decision"),
    ({"requester": {"agent": "other"}}, "spec is fixed but for decision"),
    ({"requester": {"pod": "p"}}, "spec is fixed but for decision"),
    ({"policies": []}, "should have at least 1 items"),
    ({"expiresAt": "2031-01-01T12:00:00Z"}, "spec is fixed but for decision"),
    ({"seal": "b3RoZXI="}, "spec is fixed but for decision"),
    ({"reviews": []}, "reviews only grow"),
    ({"reviews": None}, "reviews only grow"),
    ({"reviews": [review("alice"), review("bob"), review("carol")]}, "reviews only grow"),
    ({"reviews": [review("alice", "Deny")]}, "reviews only grow"),
    ({"reviews": [review("bob"), review("alice")]}, "reviews only grow"),
    ({"decision": {"comment": "no verdict"}}, "spec.decision.verdict: Required value"),
    ({"decision": {"verdict": "Maybe"}}, 'Unsupported value: "Maybe"'),
])
def test_a_requests_spec_is_fixed(crds, make, change, complaint):
    result = patch(crds, make(reason="why", reviews=[review("alice")]), {"spec": change})
    assert result.returncode != 0
    assert complaint in result.stderr


def test_slot_and_next_review_may_be_written(crds, make):
    name = make()
    for change in ({"decision": {"verdict": "Approve"}}, {"decision": None, "reviews": [review("alice")]},
                   {"reviews": [review("alice"), review("bob")]}):
        assert patch(crds, name, {"spec": change}).returncode == 0


def test_status_stays_out_of_reach_of_spec_writes(crds):
    request = approval_request("preapproved")
    request["status"] = {"state": "Approved", "decision": APPROVED}
    assert crds.create(request).returncode == 0
    assert "status" not in crds.get("-n", "shop", "areq", "preapproved")


STATES = ["Pending", "Approved", "Denied", "Expired", "Withdrawn", "Used", "Revoked"]
FOLLOWERS = {"Pending": {"Approved", "Denied", "Expired", "Withdrawn"}, "Approved": {"Used", "Revoked", "Expired"}}


@pytest.mark.parametrize("before", STATES)
def test_final_states_are_never_left(crds, make, before):
    name = make({"state": before})
    for after in STATES:
        result = crds.kubectl("-n", "shop", "patch", "areq", name, "--subresource=status", "--type=merge",
                              "--dry-run=server", "-p", json.dumps({"status": {"state": after}}))
        allowed = after == before or after in FOLLOWERS.get(before, ())
        assert (result.returncode == 0) == allowed, f"{before} to {after}: {result.stderr}"
        assert allowed or "a decision is final" in result.stderr
    assert patch(crds, name, {"status": {"state": None}}, status=True).returncode != 0


@pytest.mark.parametrize(("before", "change", "complaint"), [
    ({"decision": APPROVED}, {"decision": DENIED}, "a decision is made once"),
    ({"decision": APPROVED}, {"decision": {"validUntil": "2031-01-01T12:00:00Z"}}, "a decision is made once"),
    ({"decision": APPROVED}, {"decision": None}, "a decision is made once"),
    ({"uses": [use("a")]}, {"uses": []}, "uses only grow"),
    ({"uses": [use("a")]}, {"uses": None}, "uses only grow"),
    ({"uses": [use("a")]}, {"uses": [use("b")]}, "uses only grow"),
    ({"uses": [use("a")]}, {"uses": [use("a"), use("b"), use("c")]}, "uses only grow"),
    ({"revocation": REVOKED}, {"revocation": None}, "a revocation is made once"),
    ({"revocation": REVOKED}, {"revocation": {"by": "bob"}}, "a revocation is made once"),
])
def test_what_a_status_says_stays(crds, make, before, change, complaint):
    result = patch(crds, make({"state": "Approved", **before}), {"status": change}, status=True)
    assert result.returncode != 0
    assert complaint in result.stderr


def test_a_status_can_not_be_taken_away(crds, make):
    name = make({"state": "Pending"})
    request = crds.get("-n", "shop", "areq", name)
    del request["status"]
    result = crds.kubectl("replace", "--subresource=status", "-f", "-", stdin=json.dumps(request))
    assert "status cannot be taken away" in result.stderr


def test_a_whole_life(crds, make):
    name = make()
    open_requirement = {"policy": "promote", "name": "owner", "required": 1, "approved": 0}
    steps = [
        {"state": "Pending", "requirements": [open_requirement]},
        {"fence": "sallyport-0/7"},
        {"state": "Approved", "decision": APPROVED, "fence": None},
        {"uses": [use("a")]},
        {"state": "Used", "uses": [use("a"), use("b")]},
    ]
    for status in steps:
        result = patch(crds, name, {"status": status}, status=True)
        assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("changes", [
    [{"path": f"data['{n}']", "from": "x" * 512, "to": "y" * 512} for n in range(256)],
    [{"path": f"data['{n:04}']", "to": "y" * 28} for n in range(4096)],
    [{"path": "data.file", "to": "\n" * (256 << 10)}]], ids=["some", "many", "one"])
def test_the_largest_request_fits(crds, make, changes):
    """As large as Sallyport makes one: 4,096 paths, 256 KiB of values, all reviews; the rules must not cost too much."""
    action = copy.deepcopy(approval_request("x")["spec"]["action"])
    action["kubernetes"]["changes"] = changes
    policies = approval_request("x")["spec"]["policies"]
    people = [{"kind": "User", "name": f"person-{n}@example.com"} for n in range(64)]
    policies[0]["approval"]["requirements"] = [{"name": f"r{n}", "count": 1, "approvers": people} for n in range(8)]
    reviews = [review(f"person-{n}@example.com", comment="c" * 1024) for n in range(63)]
    name = make({"state": "Approved", "decision": APPROVED, "uses": [use(str(n)) for n in range(1)]},
                action=action, policies=8 * policies, reviews=reviews)
    assert patch(crds, name, {"spec": {"reviews": [*reviews, review("last")]}}).returncode == 0
    result = patch(crds, name, {"status": {"uses": [use("0"), use("1")]}}, status=True)
    assert result.returncode == 0, result.stderr


def test_a_thousand_uses_fit(crds, make):
    name = make({"state": "Approved", "uses": [use("0")]})
    canary = make({"state": "Denied"})

    def rules_hold():
        return crds.kubectl("-n", "shop", "patch", "areq", canary, "--subresource=status", "--type=merge",
                            "--dry-run=server", "-p", '{"status":{"state":"Approved"}}').returncode != 0

    with no_crd_rules(crds, rules_hold):
        assert patch(crds, name, {"status": {"uses": [use(str(n)) for n in range(999)]}}, status=True).returncode == 0
    result = patch(crds, name, {"status": {"uses": [use(str(n)) for n in range(1000)]}}, status=True)
    assert result.returncode == 0, result.stderr
