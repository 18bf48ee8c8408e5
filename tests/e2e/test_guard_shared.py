"""What all of a cluster share: by none of it an agent moves Sallyport's API, takes its name, speaks for it, starves it or reaches its log.

As dry runs, which the guard refuses like the real write, since the same writes by anybody else would break the cluster for all tests."""
import concurrent.futures
import json

import pytest

import objects
from harness import AGENT, AGENTS, Caller, wait_for

ACCOUNT = {"kind": "ServiceAccount", "serviceAccount": {"namespace": AGENTS, "name": "deployer"}}
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
STOLEN = {"spec": {"service": {"namespace": "agents", "name": "mine"}, "insecureSkipTLSVerify": True}}
HANDLE = "vol-012345678%0"  # %: eight digits of the namespace, so that no other test's volume is meant


def api_service(name, priority=100):
    version, _, group = name.partition(".")
    return objects.named("apiregistration.k8s.io/v1", "APIService", name, spec={
        **({"group": group} if group else {}), "version": version, "groupPriorityMinimum": priority, "versionPriority": 100,
        "service": {"namespace": "agents", "name": "mine"}, "insecureSkipTLSVerify": True})


def crd(group="aaa.example.com", kind="Loot", annotations=None, **names):
    made = objects.crd(kind, "v1", has_status=False, group=group)
    made["spec"]["names"].update(names)
    made["metadata"] |= {"name": f"{made['spec']['names']['plural']}.{group}", "annotations": annotations or {}}
    return made


def event(kind="ApprovalRequest", name="x", component="me", where="@"):
    return {**objects.named("v1", "Event", "e"), "involvedObject": {
        "apiVersion": "v1", "kind": kind, "name": name, "namespace": where},
        "reason": "Approved", "message": "alice approves", "source": {"component": component}, "type": "Normal"}


def new_event(kind="Pod", controller="example.com/me"):
    return {**objects.named("events.k8s.io/v1", "Event", "e"), "eventTime": "2026-01-01T00:00:00.000000Z", "type": "Normal",
            "reportingController": controller, "reportingInstance": "me", "action": "Look", "reason": "Approved",
            "note": "alice approves", "regarding": {"kind": kind, "name": "x", "namespace": "@"}}


def quota(resource):
    return objects.named("v1", "ResourceQuota", "q", spec={"hard": {resource: "0"}})


def schema(subject, precedence, level="exempt"):
    every = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"], "clusterScope": True}
    return objects.named("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", "f", spec={
        "priorityLevelConfiguration": {"name": level}, "matchingPrecedence": precedence,
        "rules": [{"subjects": [subject], "resourceRules": [every]}]})


def volume(name="v", **source):
    return objects.named("v1", "PersistentVolume", name, spec={
        "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": "", **source})


def csi(handle):
    return {"csi": {"driver": "csi.example.com", "volumeHandle": handle}}


UNAPPROVED = {"api-approved.kubernetes.io": "unapproved, it is mine"}
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"
SCHEMAS = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"
LEVELS = "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations"
EVENTS = "/api/v1/namespaces/@/events"
NEW_EVENTS = "/apis/events.k8s.io/v1/namespaces/@/events"
QUOTAS = "/api/v1/namespaces/@/resourcequotas"
VOLUMES = "/api/v1/persistentvolumes"
ATTACHMENTS = "/apis/storage.k8s.io/v1/volumeattachments"


def user(name):
    return {"kind": "User", "user": {"name": name}}


def group(name):
    return {"kind": "Group", "group": {"name": name}}


# What an agent may not make, nor turn anything into.
MADE = {
    "an APIService of a built-in group": (SERVICES, api_service("v2.admissionregistration.k8s.io")),
    "an APIService of a group without a dot": (SERVICES, api_service("v9.apps")),
    "an APIService that kubectl takes for our group": (SERVICES, api_service("sallyport.dev")),
    "an APIService under our group": (SERVICES, api_service("v1.x.sallyport.dev")),
    "a CRD of a built-in group": (CRDS, crd("admissionregistration.k8s.io", annotations=UNAPPROVED)),
    "a CRD of our group": (CRDS, crd("sallyport.dev")),
    "a CRD with our short name": (CRDS, crd(shortNames=["areq"])),
    "a CRD with our plural": (CRDS, crd(plural="approvalrequests", singular="loot")),
    "a CRD with our short name as its singular": (CRDS, crd(singular="apol")),
    "a CRD with our kind": (CRDS, crd(kind="ApprovalPolicy", plural="loots", singular="loot")),
    "a CRD in our category": (CRDS, crd(categories=["sallyport"])),
    "an Event about a request": (EVENTS, event()),
    "an Event that we report": (EVENTS, event("Pod", component="sallyport")),
    "a newer Event about a policy": (NEW_EVENTS, new_event("ApprovalPolicy")),
    "a newer Event that we report": (NEW_EVENTS, new_event(controller="sallyport.dev/sallyport")),
    "a quota of our requests": (QUOTAS, quota("count/approvalrequests.sallyport.dev")),
    "a quota of our policies": (QUOTAS, quota("count/approvalpolicies.sallyport.dev")),
    "a FlowSchema that exempts agents": (SCHEMAS, schema(ACCOUNT, 2)),
    "a FlowSchema for the agent by its name": (SCHEMAS, schema(user(AGENT), 1999, "catch-all")),
    "a FlowSchema for all accounts": (SCHEMAS, schema(group("system:serviceaccounts"), 1500, "catch-all")),
    "a FlowSchema for everybody": (SCHEMAS, schema(user("*"), 2, "catch-all")),
    "a FlowSchema for our account": (SCHEMAS, schema(
        {"kind": "ServiceAccount", "serviceAccount": {"namespace": "sallyport-system", "name": "*"}}, 8000, "catch-all")),
    "a volume for our claim": (VOLUMES, volume(**csi("x"), claimRef={"namespace": "sallyport-system", "name": "log-sallyport-7"})),
    "a second volume with our log's handle": (VOLUMES, volume(**csi(HANDLE))),
    "the same by another driver": (VOLUMES, volume(awsElasticBlockStore={"volumeID": f"aws://a/{HANDLE}"})),
    "an attachment of our log's volume": (ATTACHMENTS, objects.named("storage.k8s.io/v1", "VolumeAttachment", "a", spec={
        "attacher": "csi.example.com", "nodeName": "n", "source": {"persistentVolumeName": "ours-%"}})),
}
LOOK_ALIKES = {
    "an APIService of metrics": (SERVICES, api_service("v1beta1.metrics.k8s.io")),
    "an APIService of one's own": (SERVICES, api_service("v1.aaa.example.com")),
    "a CRD of the Gateway API": (CRDS, crd("gateway.networking.k8s.io", annotations={
        "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api/pull/1"})),
    "a CRD with a short name that is longer": (CRDS, crd(shortNames=["areqs"])),
    "an Event about a pod": (EVENTS, event("Pod")),
    "a newer Event about a pod": (NEW_EVENTS, new_event()),
    "a quota of pods": (QUOTAS, quota("count/pods")),
    "a LimitRange": ("/api/v1/namespaces/@/limitranges", objects.named("v1", "LimitRange", "l", spec={"limits": []})),
    "a FlowSchema after ours": (SCHEMAS, schema(ACCOUNT, 2001, "catch-all")),
    "a FlowSchema for a person": (SCHEMAS, schema(user("bob"), 2, "catch-all")),
    "a PriorityLevel": (LEVELS, objects.named("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration", "p", spec={
        "type": "Limited", "limited": {"nominalConcurrencyShares": 1, "limitResponse": {"type": "Reject"}}})),
    "a volume with another handle": (VOLUMES, volume(**csi(f"{HANDLE}0"))),
}
# What stands, and what an agent would change of it: by patch, apply, update, status, delete and deletecollection.
STANDING = {
    "the API of webhooks": (SERVICES, "v1.admissionregistration.k8s.io", STOLEN),
    "the API of Secrets": (SERVICES, "v1.", STOLEN),
    "our API": (SERVICES, "v1alpha1.sallyport.dev", STOLEN),
    "our CRD": (CRDS, "approvalrequests.sallyport.dev", {"spec": {"conversion": {"strategy": "None"}}}),
    "our FlowSchema": (SCHEMAS, "sallyport-agents", {"spec": {"matchingPrecedence": 9000}}),
    "the FlowSchema by which our account calls": (SCHEMAS, "service-accounts", {"spec": {"matchingPrecedence": 8999}}),
    "our PriorityLevel": (LEVELS, "sallyport-agents", {"spec": {"limited": {"nominalConcurrencyShares": 1}}}),
    "the PriorityLevel that serves our account": (LEVELS, "workload-low", {"spec": {"limited": {"nominalConcurrencyShares": 1}}}),
    "an Event of ours": (EVENTS, "ours", {"message": "bob approves"}),
    "a quota of our requests": (QUOTAS, "ours", {"spec": {"hard": {"count/approvalrequests.sallyport.dev": "0"}}}),
    "our log's volume": (VOLUMES, "ours-%", {"metadata": {"labels": {"a": "b"}}}),
}
# What is an agent's business turned into what is none.
TURNED = {
    "a CRD that gets our short name": (CRDS, "loots.aaa-%.example.com", {"spec": {"names": {"shortNames": ["areq"]}}}, ""),
    "the same by its status": (CRDS, "loots.aaa-%.example.com", {"status": {"acceptedNames": {"shortNames": ["areq"]}}}, "/status"),
    "an Event that gets us as its reporter": (EVENTS, "theirs", {"source": {"component": "sallyport"}}, ""),
    "a quota that counts our requests": (QUOTAS, "theirs", {"spec": {"hard": {"count/approvalrequests.sallyport.dev": "0"}}}, ""),
    "the same by its status": (QUOTAS, "theirs", {"status": {"hard": {"count/approvalrequests.sallyport.dev": "0"}}}, "/status"),
    "a FlowSchema that goes before ours": (SCHEMAS, "theirs-%", {"spec": {"matchingPrecedence": 5, "rules": [
        {"subjects": [ACCOUNT], "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}]}]}}, ""),
}


@pytest.fixture
def standing(shop):
    """Objects of the admin's, and the volume of a claim of ours."""
    cluster, number = shop.cluster, shop.name.rpartition("-")[2]
    claim = objects.named("v1", "PersistentVolumeClaim", f"log-{number}", spec={
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "",
        "volumeName": f"ours-{number}"})
    claim["metadata"]["namespace"] = "sallyport-system"
    ours = volume(f"ours-{number}", **csi(HANDLE.replace("%", number)), claimRef={"namespace": "sallyport-system", "name": f"log-{number}"})
    theirs = schema(user("nobody"), 9950, "catch-all")
    theirs["metadata"]["name"] = f"theirs-{number}"
    shared = [ours, claim, crd(f"aaa-{number}.example.com"), theirs]
    cluster.apply(*shared)
    for made, name in ((event("Pod"), "theirs"), (event(component="sallyport"), "ours"), (quota("count/pods"), "theirs"),
                       (quota("count/approvalrequests.sallyport.dev"), "ours")):
        made["metadata"]["name"] = name
        made = json.loads(json.dumps(made).replace("@", shop.name).replace('"0"', '"1000"'))
        shop.kubectl("admin", "create", "-f", "-", stdin=json.dumps(made)).must()
    yield shop
    for each in reversed(shared):
        where = ["-n", each["metadata"]["namespace"]] if "namespace" in each["metadata"] else []
        cluster.kubectl("admin", *where, "delete", each["kind"].lower(), each["metadata"]["name"], "--wait=false")


@pytest.fixture
def agent(cluster):
    caller = Caller(cluster, "agent")
    yield caller
    caller.close()


def filled(shop, value):
    return json.loads(json.dumps(value).replace("@", shop.name).replace("%", shop.name.rpartition("-")[2]))


def tried(agent, method, path, body=None, content_type="application/json"):
    glue = "&" if "?" in path else "?"
    return agent.call(method, f"{path}{glue}dryRun=All", body, content_type)


def refused(answer):
    return answer[0] == 403 and "code=Guarded" in answer[1]


def made_in_every_way(agent, path, made):
    yield "create", tried(agent, "POST", path, made)
    yield "apply", tried(agent, "PATCH", f"{path}/{made['metadata']['name']}?fieldManager=me&force=true", made, APPLY)


def changed_in_every_way(shop, agent, path, name, change):
    whole = json.loads(shop.cluster.admin("get", "--raw", f"{path}/{name}"))
    applied = {"apiVersion": whole["apiVersion"], "kind": whole["kind"], "metadata": {"name": name}, **change}
    yield "patch", tried(agent, "PATCH", f"{path}/{name}", change, MERGE)
    yield "update", tried(agent, "PUT", f"{path}/{name}", whole | {"metadata": whole["metadata"] | {"labels": {"c": "d"}}})
    yield "apply", tried(agent, "PATCH", f"{path}/{name}?fieldManager=me&force=true",
                         applied | {"metadata": {"name": name, "labels": {"c": "d"}}}, APPLY)
    if "status" in whole:
        yield "status", tried(agent, "PATCH", f"{path}/{name}/status", {"metadata": {"annotations": {"c": "d"}}}, MERGE)
    yield "delete", tried(agent, "DELETE", f"{path}/{name}")
    yield "deletecollection", tried(agent, "DELETE", f"{path}?fieldSelector=metadata.name%3D{name}")


def wait_until_all_know_the_volume(shop, agent):
    """Each replica looks at Sallyport's volumes every 15 s. A call at a time may reach the same replica again and again."""
    path, second = filled(shop, MADE["a second volume with our log's handle"])

    def guarded():
        return [shop.cluster.metric(replica, 'sallyport_admissions_answered_total{code="Guarded"}') for replica in (0, 1)]

    def known():
        before = guarded()
        with concurrent.futures.ThreadPoolExecutor(8) as calls:
            all_refused = all(calls.map(lambda _: refused(tried(agent, "POST", path, second)), range(16)))
        return all_refused and all(now > then for now, then in zip(guarded(), before))
    wait_for("all replicas to know the volume", known, 60)


def test_nobody_makes_what_moves_silences_or_speaks_for_sallyport(standing, agent):
    wait_until_all_know_the_volume(standing, agent)
    wrong = []
    for name, row in MADE.items():
        path, made = filled(standing, row)
        wrong += [f"{name}: {way}: {answer}" for way, answer in made_in_every_way(agent, path, made) if not refused(answer)]
    assert not wrong, "\n".join(wrong)


def test_nobody_changes_what_sallyport_stands_on(standing, agent):
    wrong = []
    for name, row in STANDING.items():
        path, object_name, change = filled(standing, row)
        wrong += [f"{name}: {way}: {answer}" for way, answer in changed_in_every_way(standing, agent, path, object_name, change)
                  if not refused(answer)]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_turned_into_it(standing, agent):
    wrong = []
    for name, row in TURNED.items():
        path, object_name, change, part = filled(standing, row)
        answer = tried(agent, "PATCH", f"{path}/{object_name}{part}", change, MERGE)
        if not refused(answer):
            wrong.append(f"{name}: {answer}")
    assert not wrong, "\n".join(wrong)


def test_what_only_looks_like_it_passes(standing, agent):
    wrong = []
    for name, row in LOOK_ALIKES.items():
        path, made = filled(standing, row)
        wrong += [f"{name}: {way}: {answer}" for way, answer in made_in_every_way(agent, path, made) if answer[0] not in (200, 201)]
    assert not wrong, "\n".join(wrong)
