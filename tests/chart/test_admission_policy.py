"""The ValidatingAdmissionPolicy without the webhooks: it refuses forgeries, and without its binding they pass."""
import contextlib
import json

import pytest
import yaml

from cluster import wait_for
from conftest import ANYTHING, OURS, render
from crd_rules import no_crd_rules
from samples import AGENT, approval_policy, approval_request, decision, review

BINDING = ("validatingadmissionpolicybinding", "sallyport-requests")
ALICE = ("alice", ("reviewers",))
ROBOT = ("robot@example.com", ())
CI = ("system:serviceaccount:shop:ci", ())
FLEET = ("system:serviceaccount:fleet:any", ())
GC = ("system:serviceaccount:kube-system:generic-garbage-collector", ())
OWNER = {"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": "00000000-0000-0000-0000-000000000000"}


@pytest.fixture(scope="module")
def guarded(installed):
    """Without webhooks. RBAC is not the question: every caller here is in a group that may do everything."""
    installed.do("delete", "validatingwebhookconfiguration", "sallyport-gate")
    installed.do("delete", "mutatingwebhookconfiguration", "sallyport-requests")
    wait_for("the webhooks are gone", lambda: write(installed, ("alice", ()), "create", approval_policy("w")) == "")
    wait_for("the policy holds", lambda: holds(installed))
    yield installed
    installed.do("delete", *BINDING)
    wait_for("the policy is off", lambda: not holds(installed))
    drop_finalizers(installed)


def holds(cluster):
    return write(cluster, ("alice", ()), "create", approval_request("canary"), "--dry-run=server") != ""


def drop_finalizers(cluster):
    """What forgeries left on objects would keep the CRDs from being deleted."""
    for each in cluster.get("sallyport", "-A")["items"]:
        if each["metadata"].get("finalizers"):
            cluster.do("-n", "shop", "patch", each["kind"], each["metadata"]["name"], "--type=merge", "-p",
                       '{"metadata":{"finalizers":null}}')


def kubectl(cluster, caller, *arguments, stdin=None):
    user, groups = caller
    return cluster.kubectl("-n", "shop", *arguments, as_user=user, as_groups=(ANYTHING, *groups), stdin=stdin)


def write(cluster, caller, verb, body, *options):
    """What the API server says against this write; "" if it lets it pass."""
    result = kubectl(cluster, caller, verb, "-f", "-", *options, stdin=json.dumps(body))
    return "" if result.returncode == 0 else result.stderr


def merge(cluster, caller, resource, body, *options):
    result = kubectl(cluster, caller, "patch", *resource, "--type=merge", *options, "-p", json.dumps(body))
    return "" if result.returncode == 0 else result.stderr


def make(cluster, name, labels=None, **spec):
    request = approval_request(name, **spec)
    request["metadata"]["labels"] = labels or {"sallyport.dev/agent": "deployer", "team": "a"}
    refused = write(cluster, (OURS, ()), "create", request)
    assert not refused, refused
    return ("areq", name)


class Forgery:
    """A write that must be refused: who does it, what they send, and what they are told."""

    def __init__(self, caller, complaint, reviews=None, request=None, **metadata):
        self.caller, self.complaint, self.request = caller, complaint, request or {}
        self.body = {"metadata": metadata} if metadata else {}
        if reviews is not None:
            self.body["spec"] = {"reviews": reviews}

    def attempt(self, cluster, name):
        return merge(cluster, self.caller, make(cluster, name, **self.request), self.body)


class Slot(Forgery):
    def __init__(self, caller, complaint):
        super().__init__(caller, complaint)
        self.body = {"spec": {"decision": {"verdict": "Approve"}}}


class Status(Forgery):
    def attempt(self, cluster, name):
        status = {"status": {"state": "Approved", "decision": decision("Approved")}}
        return merge(cluster, self.caller, make(cluster, name), status, "--subresource=status")


class PolicyStatus(Forgery):
    def __init__(self, caller, complaint, kind):
        super().__init__(caller, complaint)
        self.kind = kind

    def attempt(self, cluster, name):
        assert write(cluster, ALICE, "create", approval_policy(name, self.kind)) == ""
        status = {"status": {"observedGeneration": 9}}
        return merge(cluster, self.caller, (self.kind, name), status, "--subresource=status")


class Create(Forgery):
    def attempt(self, cluster, name):
        return write(cluster, self.caller, "create", approval_request(name, **self.request))


class CreatePolicy(Forgery):
    def attempt(self, cluster, name):
        policy = approval_policy(name)
        policy["metadata"].update(self.body["metadata"])
        return write(cluster, self.caller, "create", policy)


class ChangePolicy(Forgery):
    def attempt(self, cluster, name):
        assert write(cluster, ALICE, "create", approval_policy(name, "ClusterApprovalPolicy")) == ""
        return merge(cluster, self.caller, ("capol", name), self.body)


ONLY_WE_DECIDE = "Only Sallyport writes the status of its objects"
ONLY_WE_MAKE = "Only Sallyport makes ApprovalRequests"
STARTS_EMPTY = "starts without decision and reviews"
NOT_TAKEN_UP = "the webhook that checks and stamps reviews was not called"
NOT_YOURS = "A review by patch is its author's own"
NO_SYSTEM = "Service accounts and other system: users cannot review"
NO_AGENT = "Neither who asked for the action nor any agent can review it"
ONLY_WITHDRAW = "An agent may change nothing of an ApprovalRequest but withdraw its own"
ONLY_AGENTS_WITHDRAW = "Only the agent that asked can withdraw"
NO_OWNERS = "ownerReferences and finalizers of Sallyport's objects are not changed by hand"
OUR_LABELS = "Labels that begin with sallyport.dev/ are Sallyport's own"
AGENT_CALLS = (AGENT, ())
OUR_CALLS = (OURS, ())
BY_CAROL = {"requester": {"username": "carol", "agent": "deployer"}}
BY_ROBOT = {"requester": {"username": "robot@example.com", "agent": "fleet"}}

FORGERIES = {
    "status by a person": Status(ALICE, ONLY_WE_DECIDE),
    "status by the agent": Status(AGENT_CALLS, ONLY_WE_DECIDE),
    "status by the garbage collector": Status(GC, ONLY_WE_DECIDE),
    "policy status": PolicyStatus(ALICE, ONLY_WE_DECIDE, "ApprovalPolicy"),
    "cluster policy status": PolicyStatus(ALICE, ONLY_WE_DECIDE, "ClusterApprovalPolicy"),
    "request made by a person": Create(ALICE, ONLY_WE_MAKE),
    "request made by the agent": Create(AGENT_CALLS, ONLY_WE_MAKE),
    "request made with a slot": Create(OUR_CALLS, STARTS_EMPTY, request={"decision": {"verdict": "Approve"}}),
    "request made with reviews": Create(OUR_CALLS, STARTS_EMPTY, request={"reviews": [review("alice", via="slack")]}),
    "slot filled by a person": Slot(ALICE, NOT_TAKEN_UP),
    "slot filled by us": Slot(OUR_CALLS, NOT_TAKEN_UP),
    "slot filled by the agent": Slot(AGENT_CALLS, NOT_TAKEN_UP),
    "review under another name": Forgery(ALICE, NOT_YOURS, [review("bob")]),
    "review with another uid": Forgery(ALICE, NOT_YOURS, [review("alice", uid="1234")]),
    "review by another channel": Forgery(ALICE, NOT_YOURS, [review("alice", via="slack")]),
    "our review by kubectl": Forgery(OUR_CALLS, NOT_YOURS, [review("alice")]),
    "review by the agent": Forgery(AGENT_CALLS, ONLY_WITHDRAW, [review(AGENT)]),
    "review by another agent": Forgery(ROBOT, ONLY_WITHDRAW, [review("robot@example.com")]),
    "review by an agent's group": Forgery(("dave", ("robots",)), ONLY_WITHDRAW, [review("dave")]),
    "review by an agent's namespace": Forgery(FLEET, ONLY_WITHDRAW, [review(FLEET[0])]),
    "review by a service account": Forgery(CI, NO_SYSTEM, [review(CI[0])]),
    "review by a system user": Forgery(("system:admin", ()), NO_SYSTEM, [review("system:admin")]),
    "review by the requester": Forgery(("carol", ()), NO_AGENT, [review("carol")], BY_CAROL),
    "our review for a service account": Forgery(OUR_CALLS, NO_SYSTEM, [review(CI[0], via="slack")]),
    "our review for an agent": Forgery(OUR_CALLS, NO_AGENT, [review("robot@example.com", via="slack")]),
    "our review for the requester": Forgery(OUR_CALLS, NO_AGENT, [review("carol", via="slack")], BY_CAROL),
    "withdrawal by a person": Forgery(ALICE, ONLY_AGENTS_WITHDRAW, [review("alice", "Withdraw")]),
    "our withdrawal": Forgery(OUR_CALLS, ONLY_AGENTS_WITHDRAW, [review("alice", "Withdraw", via="slack")]),
    "withdrawal of another's request": Forgery(ROBOT, ONLY_WITHDRAW, [review("robot@example.com", "Withdraw")]),
    "withdrawal under another name": Forgery(AGENT_CALLS, ONLY_WITHDRAW, [review(ROBOT[0], "Withdraw")], BY_ROBOT),
    "withdrawal and a label": Forgery(AGENT_CALLS, ONLY_WITHDRAW, [review(AGENT, "Withdraw")], labels={"x": "y"}),
    "withdrawal and an annotation": Forgery(AGENT_CALLS, ONLY_WITHDRAW, [review(AGENT, "Withdraw")],
                                            annotations={"x": "y"}),
    "denial by the agent": Forgery(AGENT_CALLS, ONLY_WITHDRAW, [review(AGENT, "Deny")]),
    "label by the agent": Forgery(AGENT_CALLS, ONLY_WITHDRAW, labels={"x": "y"}),
    "owner": Forgery(ALICE, NO_OWNERS, ownerReferences=[OWNER]),
    "finalizer": Forgery(ALICE, NO_OWNERS, finalizers=["example.com/keep"]),
    "policy made with an owner": CreatePolicy(ALICE, NO_OWNERS, ownerReferences=[OWNER]),
    "policy made with a finalizer": CreatePolicy(ALICE, NO_OWNERS, finalizers=["example.com/keep"]),
    "owner of a policy": ChangePolicy(ALICE, NO_OWNERS, ownerReferences=[OWNER]),
    "finalizer of a policy": ChangePolicy(ALICE, NO_OWNERS, finalizers=["example.com/keep"]),
    "our label set": Forgery(ALICE, OUR_LABELS, labels={"sallyport.dev/new": "x"}),
    "our label changed": Forgery(ALICE, OUR_LABELS, labels={"sallyport.dev/agent": "x"}),
    "our label removed": Forgery(ALICE, OUR_LABELS, labels={"sallyport.dev/agent": None}),
    "our label on a policy": ChangePolicy(ALICE, OUR_LABELS, labels={"sallyport.dev/agent": "x"}),
    "policy made with our label": CreatePolicy(ALICE, OUR_LABELS, labels={"sallyport.dev/agent": "x"}),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_forgery_is_refused(guarded, what):
    refused = FORGERIES[what].attempt(guarded, f"f{list(FORGERIES).index(what)}")
    assert "ValidatingAdmissionPolicy 'sallyport-requests'" in refused
    assert FORGERIES[what].complaint in refused


def test_two_reviews_at_once_or_a_changed_one_are_refused_even_without_crd_rules(guarded):
    resource = make(guarded, "two")
    assert merge(guarded, ALICE, resource, {"spec": {"reviews": [review("alice")]}}) == ""

    def rules_hold():
        return merge(guarded, ALICE, resource, {"spec": {"reason": "other"}}, "--dry-run=server") != ""

    with no_crd_rules(guarded, rules_hold):
        for reviews in ([review("alice"), review("alice"), review("alice")], [], None, [review("alice", "Deny")],
                        [review("bob"), review("alice")]):
            assert "Reviews are only appended" in merge(guarded, ALICE, resource, {"spec": {"reviews": reviews}})


def test_what_stays_possible(guarded):
    resource = make(guarded, "good")
    two = [review("alice"), review(AGENT, "Withdraw")]
    steps = [
        (ALICE, {"spec": {"reviews": two[:1]}}, ()),
        (("bob", ()), {"metadata": {"labels": {"team": "b"}, "annotations": {"note": "x"}}}, ()),
        (AGENT_CALLS, {"spec": {"reviews": two}}, ()),
        (OUR_CALLS, {"spec": {"reviews": [*two, review("bob", via="slack")]}}, ()),
        (OUR_CALLS, {"status": {"state": "Pending"}}, ("--subresource=status",)),
        (OUR_CALLS, {"metadata": {"labels": {"sallyport.dev/agent": "x"}, "finalizers": ["sallyport.dev/f"]}}, ()),
        (GC, {"metadata": {"finalizers": None}}, ()),
    ]
    for caller, body, options in steps:
        assert merge(guarded, caller, resource, body, *options) == ""
    assert kubectl(guarded, ALICE, "delete", *resource).returncode == 0


def test_deletion_in_the_foreground_and_of_a_namespace(guarded):
    resource = make(guarded, "foreground")
    assert kubectl(guarded, ALICE, "delete", *resource, "--cascade=foreground", "--timeout=20s").returncode == 0
    guarded.do("create", "namespace", "leaving")
    policy = approval_policy("p")
    policy["metadata"]["namespace"] = "leaving"
    assert guarded.create(policy).returncode == 0
    guarded.do("delete", "namespace", "leaving", "--timeout=60s")


def test_a_slot_that_was_filled_while_the_policy_was_away_does_not_block_other_writes(guarded, unbound):
    resource = make(guarded, "filled")
    with unbound():
        assert merge(guarded, ALICE, resource, {"spec": {"decision": {"verdict": "Approve"}}}) == ""
    assert merge(guarded, ALICE, resource, {"metadata": {"labels": {"a": "b"}}}) == ""
    assert NOT_TAKEN_UP in merge(guarded, ALICE, resource, {"spec": {"decision": {"comment": "me, too"}}})
    assert merge(guarded, ALICE, resource, {"spec": {"decision": None}}) == ""


def test_the_live_policy_is_the_rendered_one(guarded):
    """`sallyport serve` compares them for equality, and decides nothing if they differ."""
    config = yaml.safe_load(render()["ConfigMap", "sallyport-config"]["data"]["config.yaml"])["admissionPolicy"]
    policy = guarded.get("validatingadmissionpolicy", config["name"])
    assert policy["spec"] == config["policy"]
    assert guarded.get("validatingadmissionpolicybinding", config["name"])["spec"] == config["binding"]
    assert not policy.get("status", {}).get("typeChecking", {}).get("expressionWarnings")


@pytest.fixture
def unbound(guarded):
    """Takes the binding away for a while."""

    @contextlib.contextmanager
    def taken_away():
        binding = guarded.get(*BINDING)
        guarded.do("delete", *BINDING)
        wait_for("the policy is off", lambda: not holds(guarded))
        try:
            yield
        finally:
            for generated in ("resourceVersion", "uid", "creationTimestamp", "managedFields", "generation"):
                binding["metadata"].pop(generated, None)
            guarded.do("create", "-f", "-", stdin=json.dumps(binding))
            wait_for("the policy holds again", lambda: holds(guarded))

    return taken_away


def test_without_its_binding_every_forgery_passes(guarded, unbound):
    with unbound():
        refused = {what: FORGERIES[what].attempt(guarded, f"u{number}") for number, what in enumerate(FORGERIES)}
    assert not {what: why for what, why in refused.items() if why}
