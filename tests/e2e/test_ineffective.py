"""What a policy seems to do and does not: said when it is written, and by its condition Effective."""
import json
import secrets

import pytest

import objects
from harness import AGENT_NAME, AGENTS, wait_for

UNKNOWN_VERSION = {**objects.UPDATE_DEPLOYMENTS, "apiVersions": ["v1beta1"], "operations": ["CREATE"]}


def rule(group, resource, *operations):
    return [{"resourceRules": [{"apiGroups": [group], "apiVersions": ["*"], "operations": list(operations) or ["*"], "resources": [resource]}]}]


def apply(shop, name, *arguments, **changes):
    """Without holdFor, of which there is a warning of its own."""
    policy = objects.policy(name, shop.name, **changes)
    del policy["spec"]["holdFor"]
    return shop.kubectl("admin", "apply", "-f", "-", *arguments, stdin=json.dumps(policy)).must().stderr


def effective(shop, name):
    """The condition, once the status is of the policy as it stands; None: nothing is wrong."""
    policy = shop.get("approvalpolicy", name)
    conditions = {each["type"]: each for each in policy.get("status", {}).get("conditions", [])}
    ready = conditions.get("Ready", {})
    assert ready.get("status", "True") == "True", "it is in force all the same"
    if ready.get("observedGeneration") != policy["metadata"]["generation"]:
        return "unwritten"
    return conditions.get("Effective")


@pytest.mark.parametrize(("reason", "said", "changes"), [
    ("MatchesNothing", 'serves no group "app"', {"actions": rule("app", "deployments")}),
    ("MatchesNothing", 'the core group is written ""', {"actions": rule("core", "pods")}),
    ("MatchesNothing", "Kubernetes has no deployment in the groups", {"actions": rule("apps", "deployment")}),
    ("MatchesNothing", "nodes stand in no namespace", {"actions": rule("", "nodes", "UPDATE")}),
    ("MatchesNothing", "has no field spec.template.containers[*].image",
     {"actions": [{"resourceRules": [objects.UPDATE_DEPLOYMENTS], "changedFields": ["spec.template.containers[*].image"]}]}),
    ("VersionNotServed", "serves deployments as v1 and in none of these versions", {"actions": [{"resourceRules": [UNKNOWN_VERSION]}]}),
    ("WalkedAround", "by deployments/scale, which this policy does not ask about", {"actions": rule("apps", "deployments", "UPDATE")}),
    ("UnknownAgent", '"depoyer" is no agent of this installation', {"subjects": [{"kind": "Agent", "name": "depoyer"}]}),
    ("UnknownAgent", '"builder" is no agent', {"subjects": [{"kind": "ServiceAccount", "name": "builder", "namespace": AGENTS}]}),
])
def test_what_is_said(shop, reason, said, changes):
    warned = apply(shop, "gate", **changes)
    assert "Warning: spec." in warned and said in warned, warned

    def condition():
        found = effective(shop, "gate")
        return found if found and found != "unwritten" else None
    found = wait_for("the condition Effective", condition)
    assert (found["status"], found["reason"]) == ("False", reason) and said in found["message"], found


def test_nothing_is_said_of_what_is_as_it_seems(shop):
    for name, changes in (("images", {}), ("all", {"actions": rule("apps", "deployments/*", "UPDATE")}),
                          ("agent", {"subjects": [{"kind": "Agent", "name": AGENT_NAME}], "actions": objects.preset("Everything")})):
        assert "Warning" not in apply(shop, name, **changes), name
        assert wait_for("a status", lambda name=name: effective(shop, name) != "unwritten")
        assert effective(shop, name) is None


@pytest.fixture
def group(cluster):
    """A name of a group that nobody serves yet; what a test makes of it goes away."""
    name = f"late-{secrets.token_hex(4)}.example.com"
    yield name
    cluster.admin("delete", "crd", f"latecomers.{name}", "--ignore-not-found")


def test_a_kind_may_come_after_its_policy(shop, cluster, group):
    assert f'serves no group "{group}"' in apply(shop, "gate", actions=rule(group, "latecomers"))
    wait_for("the condition Effective", lambda: effective(shop, "gate") not in (None, "unwritten"))
    cluster.apply(objects.crd("Latecomer", "v1", has_status=False, group=group))
    cluster.admin("wait", "--for=condition=Established", f"crd/latecomers.{group}")
    wait_for("the condition to go", lambda: effective(shop, "gate") is None, seconds=180)  # it is read once a minute
    assert shop.get("approvalpolicy", "gate")["metadata"]["generation"] == 1


def test_whoever_writes_the_policy_after_its_kind_is_not_warned(shop, cluster, group):
    assert f'serves no group "{group}"' in apply(shop, "gate", actions=rule(group, "latecomers"))
    cluster.apply(objects.crd("Latecomer", "v1", has_status=False, group=group))
    cluster.admin("wait", "--for=condition=Established", f"crd/latecomers.{group}")
    # What is served is read anew, though not more often than every few seconds. The other words make it another spec.
    words = (f"try {number}" for number in range(1000))
    wait_for("no warning", lambda: "Warning" not in apply(
        shop, "gate", "--dry-run=server", actions=rule(group, "latecomers"), message=next(words)), every=1)
