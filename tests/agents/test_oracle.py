"""The oracle sees what it is there for: each row is a write and its consequences, and what must have been named for it."""
import copy

import pytest

from api import Answer
from mirror import Change, Key
from oracle import EVERYTHING, Look
from writer import Write

SHOP = "fz1"
POD_SPEC = {"containers": [{"name": "main", "image": "x:1"}]}
WITH_SECRET = {"containers": [{"name": "main", "image": "x:1", "envFrom": [{"secretRef": {"name": "db"}}]}]}


def thing(resource, name, uid=None, owner=None, namespace=SHOP, **content):
    """(key, object)"""
    metadata = {"name": name, "namespace": namespace, "uid": uid or f"uid-{name}", "resourceVersion": "1"}
    if owner:
        metadata["ownerReferences"] = [{"kind": owner[0], "name": owner[1], "controller": True}]
    kinds = {"apps/replicasets": "ReplicaSet", "apps/deployments": "Deployment", "batch/jobs": "Job"}
    return Key(resource, namespace, name), {"kind": kinds.get(resource, "X"), "metadata": metadata, **content}


def deployment(spec=None, replicas=2, **more):
    return thing("apps/deployments", "web", spec={"replicas": replicas, "template": {"spec": spec or POD_SPEC}, **more})


REPLICA_SET = thing("apps/replicasets", "web-1", owner=("Deployment", "web"), spec={"replicas": 2, "template": {"spec": POD_SPEC}})
POD = thing("core/pods", "web-1-a", owner=("ReplicaSet", "web-1"), spec=POD_SPEC)
NEW_POD = thing("core/pods", "web-1-b", owner=("ReplicaSet", "web-1"), spec=POD_SPEC)
OWN_CLAIM = thing("core/persistentvolumeclaims", "web-1-a-own", owner=("Pod", "web-1-a"))
RELABELLED = thing("apps/deployments", "web", spec={"replicas": 2, "template": {"metadata": {"annotations": {"a": "b"}}, "spec": POD_SPEC}})
LONE = thing("core/pods", "lone", spec=POD_SPEC)
SLICE = thing("discovery.k8s.io/endpointslices", "web-x", endpoints=[{"addresses": ["10.0.0.1"]}])
OTHER_SLICE = thing("discovery.k8s.io/endpointslices", "web-x", endpoints=[])
NOTE = thing("core/configmaps", "note", data={"a": "b", "c": "d"})
ROLE = thing("rbac.authorization.k8s.io/clusterroles", "r", namespace="", rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}])
WIDE_ROLE = thing("rbac.authorization.k8s.io/clusterroles", "r", namespace="", rules=[{"apiGroups": [""], "resources": ["*"], "verbs": ["*"]}])
NODE, MOVED_NODE = (thing("core/nodes", "n", namespace="", status={"addresses": [{"type": "InternalIP", "address": each}]}) for each in ("a", "b"))
BINDING = thing("rbac.authorization.k8s.io/clusterrolebindings", "b", namespace="", roleRef={"kind": "ClusterRole", "name": "r"},
                subjects=[{"kind": "User", "name": "stranger"}])


def update(key, part=""):
    return Write(key.resource, "update", "merge", part, key.namespace, key.name, None, {})


def delete(key):
    return Write(key.resource, "delete", "", "", key.namespace, key.name, None, None)


def demanded(write, before, after, answer="{}"):
    """What must have been named, each as its effects; that anything was stored is left out."""
    after = [(key, {**copy.deepcopy(each), "metadata": {**each["metadata"], "resourceVersion": "2"}} if (key, each) not in before else each)
             for key, each in after]
    was, now = dict(before), dict(after)
    changes = [Change(key, was.get(key), now.get(key)) for key in was.keys() | now.keys() if was.get(key) != now.get(key)]
    found = Look(write, Answer(200, (), answer), changes, was, now).find()
    return {" or ".join(sorted(each.effects)) for each in found} - {EVERYTHING}


WEB, MORE, NONE = deployment(), deployment(replicas=3), deployment(replicas=0)


@pytest.mark.parametrize("write, before, after, effects", [
    # What runs.
    (update(WEB[0]), [WEB], [deployment(WITH_SECRET)], {"RunsCode", "UsesSecret", "HoldsSecret"}),
    (update(WEB[0]), [deployment(WITH_SECRET)], [deployment({"containers": [WITH_SECRET["containers"][0] | {"image": "x:2"}]})], {"RunsCode", "HoldsSecret"}),
    (update(WEB[0]), [WEB], [deployment(POD_SPEC | {"serviceAccountName": "builder"})], {"RunsCode", "Identity"}),
    (update(WEB[0]), [WEB], [deployment(POD_SPEC | {"imagePullSecrets": [{"name": "db"}]})], {"RunsCode", "UsesSecret"}),
    (update(WEB[0]), [WEB, REPLICA_SET], [MORE, REPLICA_SET, NEW_POD], {"Deletes or RunsCode or Shared"}),
    (update(POD[0], "ephemeralcontainers"), [LONE], [LONE], set()),
    # What goes.
    (delete(NOTE[0]), [NOTE], [], {"Deletes"}),
    (update(NOTE[0]), [NOTE], [thing("core/configmaps", "note", data={"a": "b"})], {"Deletes"}),
    (update(NOTE[0]), [NOTE], [thing("core/configmaps", "note", data={"a": "b", "c": "e"})], set()),
    (update(WEB[0]), [WEB, REPLICA_SET, POD], [NONE, REPLICA_SET], {"Deletes"}),
    (update(WEB[0]), [MORE, REPLICA_SET, POD], [WEB, REPLICA_SET], {"Deletes or RunsCode"}),
    (update(NOTE[0]), [NOTE, LONE], [NOTE], {"Deletes"}),
    (update(WEB[0]), [WEB, REPLICA_SET], [deployment(revisionHistoryLimit=0)], {"Deletes"}),
    (update(WEB[0]), [deployment(replicas=3), REPLICA_SET, POD, OWN_CLAIM], [deployment(replicas=2), REPLICA_SET], {"Deletes or RunsCode"}),
    (update(WEB[0]), [WEB, REPLICA_SET, POD], [RELABELLED, REPLICA_SET], {"Deletes or RunsCode"}),
    # Traffic: by the object itself, or by what follows where the pods are the same.
    (update(SLICE[0]), [SLICE], [OTHER_SLICE], {"Traffic"}),
    (update(LONE[0]), [SLICE, LONE], [OTHER_SLICE, LONE], {"Traffic"}),
    (update(LONE[0]), [SLICE, LONE], [OTHER_SLICE, LONE, NEW_POD], 
     {"Deletes or RunsCode or Shared or Traffic", "Deletes or RunsCode or Shared"}),
    # Rights.
    (update(ROLE[0]), [ROLE, BINDING], [WIDE_ROLE, BINDING], {"Identity"}),
    (update(ROLE[0]), [ROLE], [WIDE_ROLE], set()),
    (update(ROLE[0]), [ROLE, BINDING], [BINDING], {"Identity", "Deletes"}),
    # Into which pods one gets.
    (update(NODE[0], "status"), [NODE], [MOVED_NODE], {"Connects", "Shared"}),
    (update(NODE[0], "status"), [NODE], [thing("core/nodes", "n", namespace="", status={"phase": "a", **NODE[1]["status"]})], {"Shared"}),
    # What all share, and what is served.
    (update(Key("core/nodes", "", "n")), [thing("core/nodes", "n", namespace="", spec={})], [thing("core/nodes", "n", namespace="", spec={"a": 1})], {"Shared"}),
    (update(Key("core/nodes", "", "n")), [thing("core/nodes", "n", namespace="", spec={})], [thing("core/nodes", "n", namespace="", spec={})], set()),
    (delete(Key("apiregistration.k8s.io/apiservices", "", "v1.a")), [thing("apiregistration.k8s.io/apiservices", "v1.a", namespace="", spec={})], [], {"Serving", "Deletes"}),
])
def test_what_is_seen_is_demanded(write, before, after, effects):
    assert demanded(write, before, after) == effects


def test_what_a_write_brings_may_go_again():
    own = Change(NOTE[0], None, NOTE[1])
    gone = Change(NOTE[0], NOTE[1], None)
    look = Look(Write("core/configmaps", "create", "post", "", SHOP, "", None, {}), Answer(201, (), "{}"), [gone], {}, {}, own)
    assert [each.what for each in look.find() if each.effects != {EVERYTHING}] == []


def test_what_somebody_else_does_to_the_same_object_is_no_deed_of_the_write():
    """The API server has answered with the object as it is now: nothing was stored; what came then is a controller's."""
    now = {**NODE[1], "metadata": {**NODE[1]["metadata"], "resourceVersion": "2"}, "status": {"phase": "a"}}
    answer = Answer(200, (), '{"metadata": {"resourceVersion": "1"}}')
    write = update(NODE[0], "status")
    assert Look(write, answer, [Change(NODE[0], NODE[1], now)], {NODE[0]: NODE[1]}, {NODE[0]: now}).find() == []
    own = Look(write, Answer(200, (), '{"metadata": {"resourceVersion": "2"}}'), [], {NODE[0]: NODE[1]}, {NODE[0]: now}, Change(NODE[0], NODE[1], now))
    assert {effect for each in own.find() for effect in each.effects} == {EVERYTHING, "Shared", "Connects"}
    assert all(each.is_own for each in own.find())


@pytest.mark.parametrize("write, answer, effects", [
    (Write("core/serviceaccounts", "create", "post", "token", SHOP, "builder", None, {}), '{"kind": "TokenRequest", "status": {"token": "t"}}',
     {"Identity", "IssuesToken", "ShowsSecret"}),
    (Write("core/secrets", "deletecollection", "", "", SHOP, "", None, None), '{"items": [{"data": {"a": "Yg=="}}]}', {"ShowsSecret"}),
    (Write("core/secrets", "delete", "", "", SHOP, "db", None, None), '{"kind": "Status"}', set()),
    (Write("core/pods", "connect", "", "exec", SHOP, "lone", None, None), "", {"Connects"}),
])
def test_what_the_agent_is_told_counts(write, answer, effects):
    assert demanded(write, [], [], answer) == effects
