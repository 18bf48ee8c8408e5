"""What others write as if they were Sallyport, and calls that the API server did not make."""
import json
import subprocess

import pytest

from harness import AGENT
from namespace import state_of

FORGED_REVIEW = {"reviewer": "bob", "verdict": "Approve", "via": "kubectl", "time": "2026-01-01T00:00:00Z",
                 "satisfies": ["gate/owner"], "seal": "f" * 64}


def patch(shop, who, request, content, *arguments):
    return shop.kubectl(who, "patch", "approvalrequest", request["metadata"]["name"], "--type=merge", *arguments,
                        "-p", json.dumps(content))


@pytest.mark.parametrize("who", ["admin", "alice", "agent"])
def test_nobody_but_sallyport_writes_a_status(shop, who):
    shop.gate(whilePending="Reject")
    request = shop.rejected("2")
    forged = patch(shop, who, request, {"status": {"state": "Approved"}}, "--subresource=status")
    assert not forged.ok
    assert state_of(shop.again(request)) == "Pending"
    assert not shop.set_image("2").ok
    assert shop.tag() == "1"


@pytest.mark.parametrize("who", ["admin", "alice"])
def test_nobody_writes_a_review_by_hand(shop, who):
    shop.gate(whilePending="Reject")
    request = shop.rejected("2")
    forged = patch(shop, who, request, {"spec": {"reviews": [FORGED_REVIEW]}})
    assert not forged.ok
    assert "only spec.decision may be written" in forged.stderr
    assert "reviews" not in shop.again(request)["spec"]


def test_what_was_asked_can_not_be_edited(shop):
    shop.gate(whilePending="Reject")
    request = shop.rejected("2")
    assert not patch(shop, "admin", request, {"spec": {"expiresAt": "2099-01-01T00:00:00Z"}}).ok
    assert not patch(shop, "admin", request, {"metadata": {"labels": {"sallyport.dev/agent": "x"}}}).ok
    patch(shop, "admin", request, {"metadata": {"labels": {"example.com/seen": "yes"}}}).must()


def test_nobody_makes_a_request_by_hand(shop):
    shop.gate(whilePending="Reject")
    copy = shop.rejected("2")
    copy = {"apiVersion": copy["apiVersion"], "kind": copy["kind"], "spec": copy["spec"],
            "metadata": {"name": "copy", "namespace": shop.name}}
    for who in ("admin", "agent"):
        assert not shop.kubectl(who, "create", "-f", "-", stdin=json.dumps(copy)).ok
    assert len(shop.requests()) == 1


def test_an_agent_can_not_touch_what_gates_it(shop):
    shop.gate()
    attempts = [
        ("-n", shop.name, "delete", "approvalpolicy", "gate"),
        ("-n", "sallyport-system", "delete", "secret", "sallyport-keys"),
        ("-n", "sallyport-system", "create", "configmap", "x"),
        ("delete", "namespace", "sallyport-system"),
        ("delete", "crd", "approvalrequests.sallyport.dev"),
        ("delete", "clusterrolebinding", "sallyport"),
        ("delete", "flowschema", "sallyport-agents"),
    ]
    for attempt in attempts:
        result = shop.cluster.kubectl("agent", *attempt)
        assert not result.ok, attempt
    assert len(shop.get("approvalpolicies")["items"]) == 1
    shop.cluster.get("crd", "approvalrequests.sallyport.dev")


def test_an_agent_can_not_become_somebody_else(shop):
    shop.cluster.admin("-n", shop.name, "create", "serviceaccount", "builder")
    attempts = [
        ("create", "token", "builder"),
        ("run", "p", "--image=registry.example/p:1", '--overrides={"spec":{"serviceAccountName":"builder"}}'),
        ("create", "rolebinding", "b", "--clusterrole=sallyport-agent", f"--serviceaccount={shop.name}:builder"),
    ]
    for attempt in attempts:
        result = shop.kubectl("agent", *attempt)
        assert not result.ok, attempt
        assert "code=Guarded" in result.stderr, result
    assert not shop.requests()


def review(shop):
    """What the API server would send for the agent's set image."""
    old = shop.get("deployment", "api")
    new = json.loads(json.dumps(old))
    new["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/api:2"
    return {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
        "uid": "5b1f0f5e-0000-4000-8000-000000000001", "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
        "resource": {"group": "apps", "version": "v1", "resource": "deployments"}, "name": "api", "namespace": shop.name,
        "operation": "UPDATE", "userInfo": {"username": AGENT},
        "object": new, "oldObject": old, "dryRun": False, "options": None}}


def test_calls_that_the_api_server_did_not_make_move_nothing(shop):
    shop.gate(whilePending="Reject")
    cluster = shop.cluster
    unproven = cluster.sum_of("sallyport_callers_not_proven_total")
    paths = ["/", "/admit", "/guessed/admit", f"/{'a' * 32}/admit", f"/{'a' * 32}/requests"]
    for path in paths:
        curl = subprocess.run(
            ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Content-Type: application/json", "-d", "@-",
             f"https://127.0.0.1:{cluster.webhook_port}{path}?timeout=5s"],
            input=json.dumps(review(shop)), capture_output=True, text=True, timeout=30, check=True)
        assert curl.stdout == "403", path
    assert cluster.sum_of("sallyport_callers_not_proven_total") == unproven + len(paths)
    assert not shop.requests()
