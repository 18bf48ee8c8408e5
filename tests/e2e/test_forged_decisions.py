"""Somebody has the key of seals and the token of Sallyport's own account, and writes decisions that nobody has made."""
import json

import pytest
import yaml

import objects
from harness import wait_for
from namespace import state_of
from sealing import Sealer, micros


@pytest.fixture(scope="module")
def thief(shared_cluster):
    """Sallyport's own account, in the hands of somebody else."""
    cluster, name = shared_cluster, "thief-of-the-token"
    config = yaml.safe_load(cluster.kubeconfig("agent").read_text())
    token = cluster.admin("-n", "sallyport-system", "create", "token", "sallyport", "--duration=2h").strip()
    config["users"][0]["user"] = {"token": token}
    cluster.kubeconfig(name).write_text(yaml.safe_dump(config))
    return name


@pytest.fixture
def sealer(cluster):
    return Sealer(cluster)


def write_status(shop, thief, request, status):
    path = f"/apis/sallyport.dev/v1alpha1/namespaces/{shop.name}/approvalrequests/{request['metadata']['name']}/status"
    return shop.kubectl(thief, "replace", "--raw", path, "-f", "-", stdin=json.dumps({**request, "status": status}))


def refused_and_reported(shop, request, tag):
    for _ in range(2):
        result = shop.set_image(tag)
        assert not result.ok and "code=ApprovalDenied" in result.stderr, result
    assert shop.tag() == "1"
    assert not shop.uses_in_log()
    record = wait_for("the forgery to be in the log", lambda: shop.records("forged_decision"))[0]
    assert record["request"] == f"{shop.name}/{request['metadata']['name']}"
    assert record["claims"] == "Approved" and record["why"]
    assert shop.cluster.sum_of("sallyport_forged_decisions") >= 1
    wait_for("the event", lambda: [event for event in shop.get("events.events.k8s.io")["items"] if event["reason"] == "Forged"])


def test_the_seals_of_the_tests_are_those_of_sallyport(shop, sealer):
    """Else the rest of this file proves nothing."""
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    decision = request["status"]["decision"]
    assert decision["seal"] == sealer.decision(request, decision)
    assert request["spec"]["seal"] == sealer.spec(shop.name, request["metadata"]["name"], request["spec"])


@pytest.mark.parametrize("approvals", [0, 1])
def test_a_sealed_decision_without_enough_reviews_grants_nothing(shop, thief, sealer, approvals):
    shop.gate(whilePending="Reject", approval=objects.approval(objects.requirement(objects.REVIEWERS, count=2)))
    request = shop.rejected("2")
    if approvals:
        shop.approve("alice", request)
        request = wait_for("the review", lambda: again if (again := shop.again(request))["spec"].get("reviews") else None)
    write_status(shop, thief, request, sealer.approval(request, "alice", "bob")).must()
    refused_and_reported(shop, request, "2")

    # It is not decided over, and nobody can add to it; once a person removes it, the action is asked anew.
    seal = shop.again(request)["status"]["decision"]["seal"]
    assert "a decision that Sallyport did not make" in shop.decide("bob", request, "Approve").stderr
    assert shop.again(request)["status"]["decision"]["seal"] == seal
    shop.kubectl("admin", "delete", "approvalrequest", request["metadata"]["name"]).must()
    assert "code=ApprovalRequired" in shop.set_image("2").stderr


def test_a_decision_is_not_written_over_another(shop, thief, sealer):
    shop.gate(whilePending="Reject")
    request = shop.rejected("2")
    shop.decide("alice", request, "Deny").must()
    request = shop.wait_for_state(request, "Denied")
    written = write_status(shop, thief, request, sealer.approval(request, "alice"))
    assert not written.ok and "a decision is made once and never changed" in written.stderr
    assert "code=ApprovalDenied" in shop.set_image("2").stderr


def weaken_requirements(spec):
    spec["policies"][0]["approval"]["requirements"] = [objects.requirement(objects.user("alice"))]


def more_uses(spec):
    spec["policies"][0]["approval"]["uses"] = 50


def longer_window(spec):
    spec["policies"][0]["approval"]["validFor"] = "24h0m0s"


@pytest.mark.parametrize("weaken", [weaken_requirements, more_uses, longer_window])
def test_a_sealed_request_that_copies_its_policy_otherwise_grants_nothing(shop, thief, sealer, weaken):
    """alice really approves it, and a replica really decides: but nobody was asked what the policy demands."""
    shop.gate(whilePending="Reject")
    real = shop.rejected("2")
    shop.kubectl("admin", "delete", "approvalrequest", real["metadata"]["name"]).must()
    spec = {key: value for key, value in real["spec"].items() if key != "seal"}
    weaken(spec)
    spec["seal"] = sealer.spec(shop.name, real["metadata"]["name"], spec)
    made = {"apiVersion": real["apiVersion"], "kind": real["kind"], "spec": spec,
            "metadata": {key: real["metadata"][key] for key in ("name", "namespace", "labels")}}
    shop.kubectl(thief, "create", "-f", "-", stdin=json.dumps(made)).must()
    request = shop.approved("alice", shop.requests()[0])
    assert state_of(request) == "Approved"
    assert micros(request["status"]["decision"]["validUntil"]) > micros(request["status"]["decision"]["decidedAt"])
    refused_and_reported(shop, request, "2")
