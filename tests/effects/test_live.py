"""A real API server: it has no field that is not classified, and what it fills in by itself has no effect of its own."""
import pytest

from server import Server
from tables import TABLE, api_fields, check_effects
from writes import Write, pod_spec_of


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("server"))
    try:
        running.wait()
        running.call("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
        running.call("POST", "/api/v1/namespaces/shop/serviceaccounts", {"metadata": {"name": "default"}})
        yield running
    finally:
        running.stop()


def test_every_field_that_a_server_has_is_classified(server, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig))
    fields = api_fields.read_live(server.parts / "kubectl")
    assert len(fields.resources) > 100
    assert check_effects.faults_of_live(TABLE, fields) == []


POD = {"containers": [{"name": "main", "image": "registry.example/x:1"}]}
TEMPLATE = {"metadata": {"labels": {"app": "x"}}, "spec": POD}
NEVER = {"spec": POD | {"restartPolicy": "Never"}}
SELECTOR = {"matchLabels": {"app": "x"}}
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}

# What the least object of a kind does that somebody makes, as admission sees it: with all that the API server adds.
LEAST = {
    "/api/v1 configmaps": ({"data": {"a": "b"}}, ""),
    "/api/v1 secrets": ({"stringData": {"a": "b"}}, "ShowsSecret"),
    "/api/v1 serviceaccounts": ({}, ""),
    "/api/v1 pods": ({"spec": POD}, "RunsCode"),
    "/api/v1 services": ({"spec": {"ports": [{"port": 80}]}}, "Traffic"),
    "/api/v1 endpoints": ({}, "Traffic"),
    "/api/v1 persistentvolumeclaims": ({"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}, ""),
    "/api/v1 limitranges": ({"spec": {"limits": []}}, "Shared"),
    "/api/v1 resourcequotas": ({"spec": {"hard": {"pods": "1"}}}, "Shared"),
    "/api/v1 replicationcontrollers": ({"spec": {"selector": {"app": "x"}, "template": TEMPLATE}}, "RunsCode Traffic Deletes"),
    "/api/v1 podtemplates": ({"template": TEMPLATE}, "RunsCode Traffic"),
    "/apis/apps/v1 deployments": ({"spec": {"selector": SELECTOR, "template": TEMPLATE}}, "RunsCode Traffic"),
    "/apis/apps/v1 replicasets": ({"spec": {"selector": SELECTOR, "template": TEMPLATE}}, "RunsCode Traffic Deletes"),
    "/apis/apps/v1 daemonsets": ({"spec": {"selector": SELECTOR, "template": TEMPLATE}}, "RunsCode Traffic Deletes"),
    "/apis/apps/v1 statefulsets": ({"spec": {"selector": SELECTOR, "template": TEMPLATE}}, "RunsCode Traffic"),
    "/apis/batch/v1 jobs": ({"spec": {"template": NEVER}}, "RunsCode Traffic"),  # its pods are labelled by the API server
    "/apis/batch/v1 cronjobs": ({"spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template": NEVER}}}}, "RunsCode"),
    "/apis/autoscaling/v2 horizontalpodautoscalers": ({"spec": {"maxReplicas": 2, "scaleTargetRef": TARGET}}, "RunsCode"),
    "/apis/autoscaling/v1 horizontalpodautoscalers": ({"spec": {"maxReplicas": 2, "scaleTargetRef": TARGET}}, "RunsCode"),
    "/apis/policy/v1 poddisruptionbudgets": ({"spec": {"selector": {}}}, "Shared"),
    "/apis/networking.k8s.io/v1 networkpolicies": ({"spec": {"podSelector": {}}}, "Traffic"),
    "/apis/networking.k8s.io/v1 ingresses": ({"spec": {"rules": [{"host": "a.example"}]}}, "Traffic"),
    "/apis/coordination.k8s.io/v1 leases": ({"spec": {}}, ""),
    "/apis/discovery.k8s.io/v1 endpointslices": ({"addressType": "IPv4", "endpoints": []}, "Traffic"),
    "/apis/rbac.authorization.k8s.io/v1 roles": ({"rules": []}, "Identity"),
    "/apis/resource.k8s.io/v1 resourceclaims": ({"spec": {"devices": {}}}, "RunsCode"),
    "/apis/scheduling.k8s.io/v1alpha2 podgroups": ({"spec": {"schedulingPolicy": {"basic": {}}}}, "RunsCode"),
}
LEAST_OF_CLUSTER = {
    "/api/v1 namespaces": ({}, "Shared"),
    "/api/v1 nodes": ({}, "Shared RunsCode"),
    "/api/v1 persistentvolumes": ({"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"],
                                            "nfs": {"server": "files.example", "path": "/a"}}}, "Shared"),
    "/apis/networking.k8s.io/v1 ingressclasses": ({"spec": {"controller": "a.example/b"}}, "Traffic Shared"),
    "/apis/storage.k8s.io/v1 storageclasses": ({"provisioner": "a.example"}, "Shared"),
    "/apis/storage.k8s.io/v1 csidrivers": ({"spec": {}}, "Shared"),
    "/apis/scheduling.k8s.io/v1 priorityclasses": ({"value": 7}, "Shared"),
    "/apis/node.k8s.io/v1 runtimeclasses": ({"handler": "x"}, "Shared RunsCode"),
    "/apis/flowcontrol.apiserver.k8s.io/v1 flowschemas": ({"spec": {"priorityLevelConfiguration": {"name": "x"}}}, "Shared"),
    "/apis/rbac.authorization.k8s.io/v1 clusterroles": ({"rules": []}, "Identity"),
    "/apis/admissionregistration.k8s.io/v1 validatingwebhookconfigurations": ({}, "Serving"),
}


def without_token_volume(thing):
    """As the program does before it compares: what ServiceAccount admission gives to each pod is taken out."""
    spec = pod_spec_of(thing)
    for holder, key in [(spec, "volumes"), *((each, "volumeMounts") for each in spec.get("containers", []))]:
        if key in holder:
            holder[key] = [each for each in holder[key] if not each["name"].startswith("kube-api-access-")]
    return thing


@pytest.mark.parametrize("where, content, effects", [
    *((f"{key.replace(' ', '/namespaces/shop/')}", *value) for key, value in LEAST.items()),
    *((key.replace(" ", "/"), *value) for key, value in LEAST_OF_CLUSTER.items())])
def test_what_the_server_fills_in_does_nothing(server, where, content, effects):
    steps = where.strip("/").split("/")
    resource = f"{'core' if steps[0] == 'api' else steps[1]}/{steps[-1]}"
    metadata = {"name": "made"} if steps[-1] == "namespaces" else {"generateName": "made-"}
    made = server.call("POST", where, {"metadata": metadata} | content)
    assert Write(resource, "create", None, without_token_volume(made)).effects() == set(effects.split()), made


def test_of_what_stands_in_a_server_all_is_classified(server):
    looked_at = 0
    bases = ["/api/v1"] + [f"/apis/{version['groupVersion']}" for group in server.call("GET", "/apis")["groups"]
                           for version in group["versions"]]
    for base in bases:
        for resource in server.call("GET", base)["resources"]:
            name = f"{'core' if base == '/api/v1' else base.split('/')[2]}/{resource['name']}"
            if not {"list", "update"} <= set(resource["verbs"]) or "/" in resource["name"]:
                continue
            for thing in server.call("GET", f"{base}/{resource['name']}")["items"]:
                looked_at += 1
                assert "unclassified" not in Write(name, "update", thing, {}).effects(), f"{name} {thing['metadata']['name']}"
    assert looked_at > 100
