"""What still holds when somebody has taken parts of the gate away: first the webhooks, then the admission policy as well."""
import json

import pytest

import objects
from harness import AGENT, AGENTS, wait_for
from namespace import state_of

pytestmark = pytest.mark.disruptive

WEBHOOKS = ("validatingwebhookconfiguration/sallyport-gate", "mutatingwebhookconfiguration/sallyport-requests")
BINDING = "validatingadmissionpolicybinding/sallyport-requests"
VAP = "ValidatingAdmissionPolicy 'sallyport-requests'"


@pytest.fixture
def taken_away(replicas):
    """Deletes parts of the gate, and puts them back: at the end, or earlier."""
    kept = []

    def take(*which):
        for name in which:
            part = replicas.get(name)
            for field in ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"):
                part["metadata"].pop(field, None)
            kept.append(part)
            replicas.admin("delete", name)

    def put_back():
        while kept:
            replicas.admin("create", "-f", "-", stdin=json.dumps(kept.pop()))
        wait_for("both replicas to be ready", lambda: all(
            ready and "does not exist" not in text for ready, text in map(replicas.readyz, (0, 1))), 60)
        # The API server has it from its own cache: a moment later.
        wait_for("the gate to be asked again", lambda: "code=Guarded" in replicas.kubectl(
            "agent", "create", "--dry-run=server", "-f", "-", stdin=json.dumps(objects.TOKEN_SECRET)).stderr)

    take.put_back = put_back
    yield take
    put_back()


@pytest.fixture
def writers(replicas):
    """As far as RBAC goes, alice, mallory and the agents may write requests and their status."""
    everything = {"apiGroups": ["sallyport.dev"], "resources": ["approvalrequests", "approvalrequests/status"], "verbs": ["*"]}
    replicas.apply(objects.role("writes-all", everything), objects.binding(
        "writes-all", "writes-all", "User/alice", "User/mallory", f"{AGENTS}/deployer", f"{AGENTS}/second"))
    yield
    replicas.admin("delete", "clusterrolebinding/writes-all", "clusterrole/writes-all")


def patched(shop, who, request, content, *more):
    return shop.kubectl(who, "patch", "approvalrequest", request["metadata"]["name"], "--type=merge", *more,
                        "-p", json.dumps(content))


def status(shop, who, request, content):
    return patched(shop, who, request, {"status": content}, "--subresource=status")


def review_of(who, verdict="Approve", via="kubectl"):
    return {"reviewer": who, "verdict": verdict, "via": via, "time": "2026-11-21T00:00:00Z", "satisfies": ["gate/owner"],
            "seal": "f" * 64}


def clone(request, name, **meta):
    return json.dumps({"apiVersion": request["apiVersion"], "kind": request["kind"], "spec": request["spec"],
                       "metadata": {"name": name, "namespace": request["metadata"]["namespace"], **meta}})


FORGED_STATUS = {"state": "Approved", "decision": {
    "verdict": "Approved", "decidedAt": "2026-11-21T00:00:00Z", "validUntil": "2099-01-01T00:00:00Z", "reviewers": ["bob"],
    "log": {"stream": "x", "seq": 1, "head": "0" * 64}, "seal": "f" * 64}}


def attacks(shop, request):
    """Writes that would be worth something; each with who does it."""
    slot = {"spec": {"decision": {"verdict": "Approve"}}}
    yield "a status", lambda: status(shop, "mallory", request, FORGED_STATUS)
    yield "the agent's status", lambda: status(shop, "agent", request, FORGED_STATUS)
    yield "another's review", lambda: patched(shop, "mallory", request, {"spec": {"reviews": [review_of("bob")]}})
    yield "a system user's review", lambda: patched(shop, "second", request, {"spec": {"reviews": [
        review_of(f"system:serviceaccount:{AGENTS}:second")]}})
    yield "a review by Slack", lambda: patched(shop, "mallory", request, {"spec": {"reviews": [review_of("mallory", via="slack")]}})
    yield "the agent's own review", lambda: patched(shop, "agent", request, {"spec": {"reviews": [
        review_of(AGENT)]}})
    yield "a planted slot", lambda: patched(shop, "mallory", request, slot)
    yield "a request of one's own", lambda: shop.kubectl("mallory", "create", "-f", "-", stdin=clone(request, "own"))


def test_without_the_webhooks_the_admission_policy_refuses_by_itself(shop, taken_away, writers):
    shop.gate(whilePending="Reject")
    request = shop.rejected("2")
    taken_away(*WEBHOOKS)
    for name, attack in attacks(shop, request):
        result = attack()
        assert not result.ok, name
        assert VAP in result.stderr, f"{name}: {result}"
    assert len(shop.requests()) == 1


def test_without_the_admission_policy_nothing_forged_counts(shop, taken_away, writers):
    shop.gate(whilePending="Reject")
    # One that people have really approved, whose seals can be copied.
    real = shop.approved("alice", shop.rejected("3"))
    shop.rejected("2")
    target, = shop.requests("Pending")
    taken_away(*WEBHOOKS, BINDING)

    # The same writes succeed now: each as it would stand alone, so each on a request of its own.
    wait_for("the binding to be gone for the API server",
             lambda: shop.kubectl("mallory", "create", "-f", "-", stdin=clone(target, "probe")).ok)
    made = {}
    for number, (name, _) in enumerate(attacks(shop, target)):
        shop.kubectl("mallory", "create", "-f", "-", stdin=clone(target, f"forged-{number}")).must()
        made[name] = shop.get("approvalrequest", f"forged-{number}")
    for name, request in made.items():
        dict(attacks(shop, request))[name]().must()
    copies = {"reviews": real["spec"]["reviews"]}
    patched(shop, "mallory", target, {"spec": copies}).must()
    status(shop, "mallory", target, real["status"]).must()
    shop.kubectl("admin", "delete", "approvalrequest", real["metadata"]["name"]).must()
    again = json.loads(clone(real, real["metadata"]["name"]))
    shop.kubectl("mallory", "create", "-f", "-", stdin=json.dumps(again)).must()
    status(shop, "mallory", real, real["status"]).must()

    taken_away.put_back()
    wait_for("agents to be gated again", lambda: "code=WouldAsk" in shop.kubectl(
        "agent", "set", "image", "deployment/api", f"api={objects.IMAGE}:9", "--dry-run=server").stderr, 30)
    for tag in ("2", "3"):
        assert not shop.set_image(tag).ok
    assert shop.tag() == "1"
    assert not shop.uses_in_log()
    wait_for("the forgeries to be in the log", lambda: shop.records("forged"))

    # Nor does anybody's word over a planted slot: it may be emptied, and is then used as ever.
    planted = made["a planted slot"]
    assert shop.again(planted)["spec"]["decision"]["verdict"] == "Approve"
    shop.kubectl("admin", "label", "approvalrequest", planted["metadata"]["name"], "example.com/seen=yes").must()
    assert "reviews" not in shop.again(planted)["spec"]
    assert not shop.decide("alice", planted, "Approve", comment="over it").ok
    assert not shop.set_image("2").ok
    assert shop.tag() == "1"


def test_nothing_is_decided_while_the_admission_policy_is_not_as_shipped(shop, taken_away):
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    taken_away(BINDING)
    for replica in (0, 1):
        wait_for("the replica to notice", lambda number=replica: "does not exist" in shop.cluster.readyz(number)[1], 30)
    assert "code=NotReady" in shop.set_image("2").stderr
    assert not shop.decide("bob", request, "Revoke").ok
    taken_away.put_back()
    shop.set_image("2").must()
    assert state_of(shop.wait_for_state(request, "Used")) == "Used"


def test_a_configuration_that_somebody_edits_is_put_right(shop, replicas):
    shop.gate(whilePending="Reject")
    away = [{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": "Cg=="}]
    replicas.kubectl("admin", "patch", "validatingwebhookconfiguration", "sallyport-gate", "--type=json", "-p", json.dumps(away))
    wait_for("the gate to answer again", lambda: "code=ApprovalRequired" in shop.set_image("2").stderr, 30)
