"""The guard where a write reaches further than a namespace: nodes, what the API server serves, and roles that others hold."""
import json

import pytest

import objects
from harness import AGENT_NAME, AGENTS
from namespace import wait_for_policy

RBAC = "rbac.authorization.k8s.io/v1"
RBAC_URL = f"/apis/{RBAC}"
MAIN = {"name": "main", "image": f"{objects.IMAGE}:1"}
PRIVILEGED = {"containers": [MAIN | {"securityContext": {"privileged": True}}]}
HOST_PATH = {"containers": [MAIN], "volumes": [{"name": "root", "hostPath": {"path": "/"}}]}
RESTRICTED = {"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}, "hostNetwork": False,
              "containers": [MAIN | {"securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}]}
GROUP = "reach.example.com"


def workload(api, kind, spec):
    labels = {"app": "x"}
    content = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}}
    if kind == "Pod":
        content = spec
    if kind == "CronJob":
        job = {"template": {"spec": spec | {"restartPolicy": "Never"}}}
        content = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": job}}
    return objects.named(api, kind, "x", spec=content)


def volume(source):
    return objects.named("v1", "PersistentVolume", "reach", spec={
        "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "none", **source})


# What a write is, and whether a namespace's own policy could cover it at all.
NODES = {
    "a privileged pod": (workload("v1", "Pod", PRIVILEGED), True),
    "the node's files in a Deployment": (workload("apps/v1", "Deployment", HOST_PATH), True),
    "a CronJob in the node's network": (workload("batch/v1", "CronJob", {"containers": [MAIN], "hostNetwork": True}), True),
    "a DaemonSet with a capability": (workload("apps/v1", "DaemonSet", {"containers": [
        MAIN | {"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}]}), True),
    "a pod template on a host port": (objects.named("v1", "PodTemplate", "x", template={"spec": {"containers": [
        MAIN | {"ports": [{"containerPort": 80, "hostPort": 80}]}]}}), True),
    "a revision of a StatefulSet": (objects.named("apps/v1", "ControllerRevision", "x", revision=1, data={
        "spec": {"template": {"$patch": "replace", "spec": PRIVILEGED}}}), True),
    "a volume that is a directory of a node": (volume({"hostPath": {"path": "/var"}}), False),
    "a node": (objects.named("v1", "Node", "reach"), False),
    "a CustomResourceDefinition": (objects.named("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"things.{GROUP}", spec={
        "group": GROUP, "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"}, "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}]}), False),
    "an APIService": (objects.named("apiregistration.k8s.io/v1", "APIService", f"v1.{GROUP}", spec={
        "group": GROUP, "version": "v1", "groupPriorityMinimum": 1, "versionPriority": 1,
        "service": {"namespace": "default", "name": "x"}}), False),
}
LOOK_ALIKES = {
    "a restricted pod": workload("v1", "Pod", RESTRICTED),
    "a restricted Deployment": workload("apps/v1", "Deployment", RESTRICTED),
    "a volume elsewhere": volume({"nfs": {"server": "example.com", "path": "/"}}),
}


@pytest.fixture
def unbound(cluster):
    """The agent may do anything, as far as RBAC goes."""
    cluster.apply(objects.binding(f"{AGENT_NAME}-unbound", "cluster-admin", f"{AGENTS}/deployer"))
    yield
    cluster.admin("delete", "clusterrolebinding", f"{AGENT_NAME}-unbound")
    for kind, name in (("pv", "reach"), ("crd", f"things.{GROUP}"), ("apiservice", f"v1.{GROUP}"), ("node", "reach")):
        cluster.kubectl("admin", "delete", kind, name, "--ignore-not-found")


@pytest.fixture
def of_cluster(shop):
    """Makes a ClusterApprovalPolicy for the shop alone."""
    name = f"reach-{shop.name}"

    def make(actions):
        shop.cluster.apply(objects.policy(name, actions=actions, whilePending="Reject", namespaceSelector={
            "matchLabels": {"kubernetes.io/metadata.name": shop.name}}))
        wait_for_policy(shop.cluster, "clusterapprovalpolicy", name)

    yield make
    shop.cluster.kubectl("admin", "delete", "clusterapprovalpolicy", name, "--ignore-not-found")


def create(shop, thing):
    return shop.kubectl("agent", "create", "-f", "-", stdin=json.dumps(thing))


def test_what_reaches_a_node_or_the_api_is_refused_and_its_look_alike_is_not(shop, unbound):
    wrong = []
    for name, (thing, _) in NODES.items():
        result = create(shop, thing)
        if "code=Guarded" not in result.stderr or "Where a ClusterApprovalPolicy" not in result.stderr:
            wrong.append(f"{name}: {result}")
    for name, thing in LOOK_ALIKES.items():
        if not (result := create(shop, thing)).ok:
            wrong.append(f"look-alike, {name}: {result}")
    assert not wrong, "\n".join(wrong)
    assert not shop.requests()


def test_a_namespace_may_not_relax_what_the_cluster_decides(shop, unbound, of_cluster):
    shop.gate(actions=objects.preset("Everything"), whilePending="Reject")
    wrong = [f"{name}: {result}" for name, (thing, is_namespaced) in NODES.items()
             if is_namespaced and "code=Guarded" not in (result := create(shop, thing)).stderr]
    assert not wrong, "\n".join(wrong)

    of_cluster([{"effects": ["RunsCode"]}])
    wrong = [f"{name}: {result}" for name, (thing, is_namespaced) in NODES.items()
             if is_namespaced and "code=ApprovalRequired" not in (result := create(shop, thing)).stderr]
    assert not wrong, "\n".join(wrong)

    # Whoever decides is told first what the guard would have refused, and what the write does.
    wrong = [action for action in (request["spec"]["action"] for request in shop.requests()) if (
        action["kubernetes"]["guarded"], action["kubernetes"]["effects"][0]) != (["node-reach"], "RunsCode")
        or not action["summary"].split(": ", 1)[1].startswith("guarded: node reach; ")]
    assert not wrong, json.dumps(wrong, indent=1)
    assert len(shop.requests()) == sum(is_namespaced for _, is_namespaced in NODES.values())


def test_a_pod_that_stays_as_privileged_as_it_was_is_nobodys_business(shop, unbound):
    shop.cluster.apply({**workload("v1", "Pod", PRIVILEGED), "metadata": {"name": "agent-of-the-node", "namespace": shop.name}})
    shop.kubectl("agent", "label", "pod", "agent-of-the-node", "team=x").must()


@pytest.fixture
def held(shop):
    """A ClusterRole that whoever gives no name holds, and one that gathers rules by a label and is held by bob."""
    name = f"held-{shop.name}"
    label = {"gathered-by": shop.name}
    shop.cluster.apply(
        {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": name}, "rules": []},
        {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": f"{name}-all"}, "rules": [],
         "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": label}]}},
        objects.binding(name, name, "Group/system:unauthenticated"), objects.binding(f"{name}-all", f"{name}-all", "User/bob"))
    yield name
    for each in (name, f"{name}-all", f"{name}-free"):
        shop.cluster.kubectl("admin", "delete", "clusterrole,clusterrolebinding", each, "--ignore-not-found")


READS_SECRETS = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]


def may_read_secrets(shop, *who):
    return shop.kubectl("admin", "auth", "can-i", "get", "secrets", *who).stdout.strip() == "yes"


def test_nobody_gets_rights_by_a_role_that_somebody_else_holds(shop, unbound, held):
    rules = ("patch", "clusterrole", held, "--type=merge", "-p", json.dumps({"rules": READS_SECRETS}))
    refused = shop.kubectl("agent", *rules)
    assert "code=Guarded" in refused.stderr and "system:unauthenticated, which is no agent" in refused.stderr, refused
    assert not may_read_secrets(shop, "--as", "system:anonymous", "--as-group", "system:unauthenticated")

    gathered = {"apiVersion": RBAC, "kind": "ClusterRole", "rules": READS_SECRETS,
                "metadata": {"name": f"{held}-free", "labels": {"gathered-by": shop.name}}}
    refused = create(shop, gathered)
    assert "code=Guarded" in refused.stderr and "user bob, which is no agent" in refused.stderr, refused

    # The same role is free while nothing gathers it; the label is what gives bob its rules.
    create(shop, gathered | {"metadata": {"name": f"{held}-free"}}).must()
    refused = shop.kubectl("agent", "label", "clusterrole", f"{held}-free", f"gathered-by={shop.name}")
    assert "code=Guarded" in refused.stderr, refused
    assert not may_read_secrets(shop, "--as", "bob")
    assert not shop.requests()
