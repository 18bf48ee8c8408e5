"""What decides which fields somebody's next apply removes is part of the action, though nothing else reads it."""
import json

import pytest

import objects
from api_reader import LAST_APPLIED
from objects import IMAGE, preset
from test_digest import asked, changed

SECURE = {"runAsNonRoot": True, "runAsUser": 1000}
SECURITY_CONTEXT = "spec.template.spec.securityContext"


def is_secured(shop):
    return "runAsUser" in shop.get("deployment", "guarded")["spec"]["template"]["spec"].get("securityContext", {})


def their_file(shop):
    """What the team applies, and knows nothing of the security people's setting."""
    return json.dumps(changed(objects.deployment(shop.name), metadata__name="guarded"))


def apply_theirs(shop, *how):
    return shop.kubectl("admin", "apply", *how, "-f", "-", stdin=their_file(shop)).must()


@pytest.fixture
def guarded(shop):
    """A deployment that a team applies by the server, to which the security people have added what it runs as."""
    apply_theirs(shop, "--server-side", "--field-manager=team")
    patch = {"spec": {"template": {"spec": {"securityContext": SECURE}}}}
    shop.kubectl("admin", "patch", "deployment", "guarded", "--field-manager=security", "-p", json.dumps(patch)).must()
    apply_theirs(shop, "--server-side", "--field-manager=team")
    assert is_secured(shop)
    return shop


def primed_owners(shop):
    """managedFields in which the team, and nobody else, owns the security context."""
    fields = shop.get("deployment", "guarded", "--show-managed-fields")["metadata"]["managedFields"]
    team, = (each for each in fields if each["manager"] == "team")
    pod = team["fieldsV1"]["f:spec"]["f:template"]["f:spec"]
    pod["f:securityContext"] = {".": {}, "f:runAsNonRoot": {}, "f:runAsUser": {}}
    return [team]


def patch_metadata(shop, metadata, *more, name="guarded"):
    return ("patch", "deployment", name, "--type=merge", "-p", json.dumps({"metadata": metadata, **(more[0] if more else {})}))


POLICIES = {
    "Everything": {"actions": preset("Everything")},
    "PodPromotion": {"actions": preset("PodPromotion")},
    "changedFields": {"actions": [{"resourceRules": [objects.UPDATE_DEPLOYMENTS], "changedFields": [SECURITY_CONTEXT]}]},
}


@pytest.mark.parametrize("policy", POLICIES)
def test_owners_of_fields_that_change_what_the_next_apply_removes_are_asked_about(policy, guarded):
    guarded.gate(whilePending="Reject", **POLICIES[policy])
    attempt = patch_metadata(guarded, {"managedFields": primed_owners(guarded)})
    result = guarded.kubectl("agent", *attempt)
    apply_theirs(guarded, "--server-side", "--field-manager=team")  # as they do every day
    assert is_secured(guarded)
    assert "code=ApprovalRequired" in result.stderr, result
    shown = guarded.request()["spec"]["action"]["kubernetes"]["changes"]
    assert any("managedFields['team (Apply)']" in each["path"] and "securityContext" in each["path"] for each in shown), shown
    # Once it is approved it goes through as any other change.
    guarded.approved("alice", guarded.request())
    guarded.kubectl("agent", *attempt).must()


def test_all_owners_forgotten_are_asked_about(guarded):
    guarded.gate(whilePending="Reject", actions=preset("Everything"))
    asked(guarded, *patch_metadata(guarded, {"managedFields": [{}]}))


def test_owners_beside_an_honest_change_make_another_action(guarded):
    guarded.gate(whilePending="Reject", actions=preset("Everything"))
    image = {"spec": {"template": {"spec": {"containers": [{"name": "api", "image": f"{IMAGE}:2"}]}}}}
    honest = asked(guarded, *patch_metadata(guarded, {}, image))
    assert asked(guarded, *patch_metadata(guarded, {}, image)) == honest
    assert asked(guarded, *patch_metadata(guarded, {"managedFields": primed_owners(guarded)}, image)) != honest


def test_an_owner_forged_at_creation_is_part_of_the_action(shop):
    shop.gate(whilePending="Reject", actions=preset("Everything"))
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"a": "b"}}
    owner = [{"manager": "team", "operation": "Apply", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z",
              "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:later": {}}}}]
    honest = asked(shop, "create", "-f", "-", stdin=made)
    assert asked(shop, "create", "-f", "-", stdin=changed(made, metadata__managedFields=owner)) != honest


def test_an_apply_that_changes_nothing_needs_nobody(guarded):
    guarded.gate(whilePending="Reject", actions=preset("Everything"))
    mine = their_file(guarded)
    for _ in range(2):
        guarded.kubectl("agent", "apply", "--server-side", "--field-manager=agent-ci", "-f", "-", stdin=mine).must()


@pytest.fixture
def applied(shop):
    """The same, where the team uses kubectl's own apply."""
    apply_theirs(shop)
    patch = {"spec": {"template": {"spec": {"securityContext": SECURE}}}}
    shop.kubectl("admin", "patch", "deployment", "guarded", "-p", json.dumps(patch)).must()
    apply_theirs(shop)
    assert is_secured(shop)
    return shop


def with_image(shop, tag, **pod):
    made = changed(json.loads(their_file(shop)), **{f"spec__template__spec__{key}": value for key, value in pod.items()})
    made["spec"]["template"]["spec"]["containers"][0]["image"] = f"{IMAGE}:{tag}"
    return made


def listing(shop, listed):
    """The honest change of the image, and with it what kubectl is to believe that it has applied."""
    image = {"spec": {"template": {"spec": {"containers": [{"name": "api", "image": f"{IMAGE}:2"}]}}}}
    text = listed if isinstance(listed, str) else json.dumps(changed(listed, metadata__annotations={}))
    return ("patch", "deployment", "guarded", "-p", json.dumps({"metadata": {"annotations": {LAST_APPLIED: text}}, **image}))


RELISTED = {
    "the security context as it is": lambda shop: with_image(shop, "2", securityContext=SECURE),
    "the security context as null": lambda shop: with_image(shop, "2", securityContext=None),
    "the security context as an empty object": lambda shop: with_image(shop, "2", securityContext={}),
    "nothing any more": lambda shop: {"apiVersion": "apps/v1", "kind": "Deployment",
                                      "metadata": {"name": "guarded", "namespace": shop.name}},
    "something of another value": lambda shop: with_image(shop, "3"),
    "no JSON": lambda shop: "no JSON",
}


@pytest.mark.parametrize("what", RELISTED)
def test_a_list_of_what_was_applied_counts_unless_it_repeats_the_write(what, applied):
    applied.gate(whilePending="Reject", actions=preset("Everything"))
    honest = asked(applied, *listing(applied, with_image(applied, "2")))
    assert asked(applied, "apply", "-f", "-", stdin=with_image(applied, "2")) == honest
    assert asked(applied, *listing(applied, RELISTED[what](applied))) != honest


def test_an_apply_that_lists_what_others_have_set_is_another_action(applied):
    applied.gate(whilePending="Reject", actions=preset("Everything"))
    honest = asked(applied, "apply", "-f", "-", stdin=with_image(applied, "2"))
    primed = with_image(applied, "2", securityContext=SECURE)
    assert asked(applied, "apply", "-f", "-", stdin=primed) != honest
    # Nor does it pass as a matter of another field.
    assert is_secured(applied)


def test_a_list_that_primes_a_gated_field_is_gated(applied):
    applied.gate(whilePending="Reject", **POLICIES["changedFields"])
    attempt = patch_metadata(applied, {"annotations": {LAST_APPLIED: json.dumps(with_image(applied, "1", securityContext=SECURE))}})
    result = applied.kubectl("agent", *attempt)
    apply_theirs(applied)
    assert is_secured(applied)
    assert "code=ApprovalRequired" in result.stderr, result
    applied.kubectl("agent", "apply", "-f", "-", stdin=json.dumps(with_image(applied, "2"))).must()  # no such field
