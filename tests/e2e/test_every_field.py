"""Every field of an ApprovalRequest, written by everybody who could get near it: only a reviewer's decision goes through."""
import copy
import json
import re

import pytest
import yaml

import objects
from harness import AGENT_NAME, AGENTS, ROOT, Caller, wait_for

SCHEMA = yaml.safe_load((ROOT / "crds" / "approvalrequests.yaml").read_text())["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
USERS = ["alice", "bob", "mallory", "agent", "second", "neighbour", "admin"]
# The API server's own words for an object that does not fit the schema: a write that fails so has tested nothing.
SLOPPY = re.compile(r"should match|must be of type|Unsupported value|Required value|Too long|strict decoding|should be at")


def leaves(schema, path=()):
    """Every path to a value that is no object, the first element of lists."""
    if schema["type"] == "object":
        for name, child in schema.get("properties", {}).items():
            yield from leaves(child, (*path, name))
    elif schema["type"] == "array":
        yield from leaves(schema["items"], (*path, 0))
    else:
        yield path, schema


def sample(schema, now):
    """A value that fits the schema and is another than `now`."""
    if "enum" in schema:
        return next(each for each in schema["enum"] if each != now) if len(schema["enum"]) > 1 else None
    if schema["type"] == "boolean":
        return not now
    if schema["type"] == "integer":
        return (now or schema.get("minimum", 0)) + 1
    if schema.get("format") == "date-time":
        return "2099-01-01T00:00:00Z"
    if "sha256" in schema.get("pattern", ""):
        return "sha256:" + "a" * 64
    return "forged" if now != "forged" else "forgedtoo"


def smallest(schema):
    """The least value that fits the schema."""
    if schema["type"] == "object":
        return {name: smallest(schema["properties"][name]) for name in schema.get("required", [])}
    if schema["type"] == "array":
        return [smallest(schema["items"])] if schema.get("minItems") else []
    return schema["enum"][0] if "enum" in schema else sample(schema, None)


def with_leaf(request, path, leaf):
    """A copy of the request in which the value at the path is another, and what it takes around it is there."""
    made = copy.deepcopy(request)
    at, schema = made, SCHEMA
    for step, following in zip(path, [*path[1:], None]):
        schema = schema["items"] if step == 0 else schema["properties"][step]
        if following is None:
            value = sample(leaf, at[step] if isinstance(at, dict) and step in at or isinstance(at, list) and at else None)
            if value is None:
                return None
            if isinstance(at, list):
                at[:1] = [value]
            else:
                at[step] = value
        elif isinstance(at, list):
            if not at:
                at.append(smallest(schema))
            at = at[0]
        else:
            if step not in at:
                at[step] = smallest(schema)
            at = at[step]
    return made


@pytest.fixture(scope="module")
def callers(shared_cluster):
    """Everybody may write requests and their status, as far as RBAC goes."""
    cluster, role = shared_cluster, f"{AGENT_NAME}-writes-requests"
    neighbour = f"neighbour-of-{AGENT_NAME}"
    cluster.add_account("sallyport-system", neighbour, "neighbour")
    everything = {"apiGroups": ["sallyport.dev"], "resources": ["approvalrequests", "approvalrequests/status"], "verbs": ["*"]}
    cluster.apply(objects.role(role, everything), objects.binding(
        role, role, "User/alice", "User/bob", "User/mallory", f"{AGENTS}/deployer", f"{AGENTS}/second",
        f"sallyport-system/{neighbour}"))
    made = {who: Caller(cluster, who) for who in USERS}
    yield made
    for caller in made.values():
        caller.close()
    cluster.admin("delete", f"clusterrolebinding/{role}", f"clusterrole/{role}")
    cluster.admin("-n", "sallyport-system", "delete", "serviceaccount", neighbour)


def path_of(request, end=""):
    meta = request["metadata"]
    return f"/apis/sallyport.dev/v1alpha1/namespaces/{meta['namespace']}/approvalrequests/{meta['name']}{end}"


def approved_request(shop):
    """One with a review, a decision and uses left, so that there is something in most fields."""
    shop.gate(whilePending="Reject", approval=objects.approval(uses=3))
    request = shop.approved("alice", shop.rejected("2"))
    shop.set_image("2").must()
    return wait_for("its use", lambda: (now := shop.again(request))["status"].get("uses") and now)


def pending_request(shop):
    shop.gate(whilePending="Reject")
    shop.rejected("2")
    return wait_for("its status", lambda: (now := shop.request()).get("status") and now)


def try_all(callers, attempts):
    """Each (path, method, body) by everybody; what went through, and what failed by its own fault."""
    passed, sloppy = set(), []
    for name, method, path, body in attempts:
        for who, caller in callers.items():
            code, text = caller.call(method, f"{path}?dryRun=All&fieldValidation=Strict", body)
            if code < 300:
                passed.add((who, name))
            elif SLOPPY.search(text):
                sloppy.append((who, name, text[:300]))
    assert not sloppy
    return passed


@pytest.mark.parametrize("make", [approved_request, pending_request], ids=["approved", "pending"])
def test_nobody_changes_a_field_of_the_spec(make, shop, callers):
    request = make(shop)
    attempts = []
    for path, leaf in leaves(SCHEMA["properties"]["spec"], ("spec",)):
        if path[1] == "decision":
            continue
        if (changed := with_leaf(request, path, leaf)) and changed != request:
            attempts.append((path, "PUT", path_of(request), changed))
    assert len(attempts) > 50
    assert not try_all(callers, attempts)


@pytest.mark.parametrize("make", [approved_request, pending_request], ids=["approved", "pending"])
def test_nobody_changes_a_field_of_the_status(make, shop, callers):
    request = make(shop)
    attempts = [(path, "PUT", path_of(request, "/status"), changed)
                for path, leaf in leaves(SCHEMA["properties"]["status"], ("status",))
                if (changed := with_leaf(request, path, leaf)) and changed != request]
    emptied = copy.deepcopy(request)
    del emptied["status"]
    attempts.append(("no status at all", "PUT", path_of(request, "/status"), emptied))
    assert len(attempts) > 25
    assert not try_all(callers, attempts)


def test_nobody_changes_what_binds_a_request(shop, callers):
    request = pending_request(shop)
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "00000000-0000-4000-8000-000000000000"}
    changes = {"ownerReferences": [owner], "finalizers": ["example.com/x"],
               "labels": {**request["metadata"]["labels"], "sallyport.dev/new": "x"}}
    attempts = [(name, "PUT", path_of(request), request | {"metadata": request["metadata"] | {name: value}})
                for name, value in changes.items()]
    attempts += [(f"label {key}", "PUT", path_of(request), request | {"metadata": request["metadata"] | {
        "labels": request["metadata"]["labels"] | {key: "x"}}}) for key in request["metadata"]["labels"]]
    attempts.append(("no labels", "PUT", path_of(request), request | {"metadata": request["metadata"] | {"labels": {}}}))
    assert not try_all(callers, attempts)


def test_a_decision_is_taken_from_reviewers_and_a_withdrawal_from_the_requester(shop, callers):
    request = pending_request(shop)
    attempts = []
    for verdict in ("Approve", "Deny", "Withdraw", "Revoke"):
        for more in ({}, {"comment": "c"}, {"digest": request["spec"]["action"]["digest"]}, {"acceptTruncated": True}):
            slot = {"verdict": verdict, **more}
            attempts.append((verdict, "PUT", path_of(request), request | {"spec": request["spec"] | {"decision": slot}}))
    assert try_all(callers, attempts) == {("alice", "Approve"), ("bob", "Approve"), ("alice", "Deny"), ("bob", "Deny"),
                                          ("agent", "Withdraw")}
    # And a dry run counts for nothing.
    assert not shop.set_image("2").ok
    assert "reviews" not in shop.again(request)["spec"]


def test_nobody_makes_a_request(shop, callers):
    request = approved_request(shop)
    collection = f"/apis/sallyport.dev/v1alpha1/namespaces/{shop.name}/approvalrequests"
    base = {"apiVersion": request["apiVersion"], "kind": request["kind"], "metadata": {"name": "made", "namespace": shop.name}}
    bare = {key: value for key, value in request["spec"].items() if key != "reviews"}
    specs = {"a copy": request["spec"], "a copy without reviews": bare, "with a decision": bare | {
        "decision": {"verdict": "Approve"}}, "with no groups": bare | {"requester": request["spec"]["requester"] | {"groups": []}}}
    attempts = [(name, "POST", collection, base | {"spec": spec}) for name, spec in specs.items()]
    attempts.append(("with a status", "POST", collection, base | {"spec": bare, "status": request["status"]}))
    attempts.append(("of any name", "POST", collection, base | {"spec": bare, "metadata": {"generateName": "x-"}}))
    assert not try_all(callers, attempts)
