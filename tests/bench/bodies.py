"""AdmissionReviews in the order in which a real API server writes their fields: the envelope, then the objects."""
import copy
import json

AGENT = "system:serviceaccount:agents:deployer"
SIZES = {"2 KiB": 2 << 10, "64 KiB": 64 << 10, "1 MiB": 1 << 20}
GROUPS = {"ConfigMap": ("", "configmaps"), "Deployment": ("apps", "deployments")}


def metadata(name, namespace, version, labels):
    return {"name": name, "namespace": namespace, "uid": "542b5964-7f13-4f4a-bebb-fcd3ef4f504a",
            "resourceVersion": str(version), "creationTimestamp": "2026-11-21T05:41:21Z", "labels": labels}


def config_map(namespace, settings, version, _tag):
    data = {f"setting.{i:05}": f"the value of setting {i:05}, some text" for i in range(settings)}
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata("web", namespace, version, {"app": "web"}),
            "data": data | {"version": f"v{version}"}}


def deployment(namespace, settings, version, tag):
    env = [{"name": f"SETTING_{i:05}", "value": f"the value of setting {i:05}"} for i in range(settings)]
    container = {"name": "web", "image": f"registry.example.com/web:{tag}", "env": env, "resources": {}}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    return {"kind": "Deployment", "apiVersion": "apps/v1",
            "metadata": metadata("web", namespace, version, {"app": "web"}),
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": template}}


MAKERS = {"ConfigMap": config_map, "Deployment": deployment}


def envelope(kind, namespace, uid):
    group, resource = GROUPS[kind]
    kinds = {"group": group, "version": "v1", "kind": kind}
    resources = {"group": group, "version": "v1", "resource": resource}
    user = {"username": AGENT, "uid": "55aac92a-3a25-48dd-8bc2-aa08a27e35dc",
            "groups": ["system:serviceaccounts", "system:serviceaccounts:agents", "system:authenticated"],
            "extra": {"authentication.kubernetes.io/credential-id": ["JTI=58e8111d-141f-457f-8ab1-76ed423ed0f0"]}}
    return {"uid": uid, "kind": kinds, "resource": resources, "requestKind": copy.copy(kinds),
            "requestResource": copy.copy(resources), "name": "web", "namespace": namespace, "operation": "UPDATE",
            "userInfo": user}


def write(kind, namespace, settings, uid, tag, padding):
    make = MAKERS[kind]
    new, old = make(namespace, settings, 357, tag), make(namespace, settings, 356, "v1")
    if padding:
        new["metadata"]["annotations"] = {"note": "x" * padding}
    options = {"kind": "UpdateOptions", "apiVersion": "meta.k8s.io/v1", "fieldManager": "kubectl-set"}
    request = envelope(kind, namespace, uid) | {"object": new, "oldObject": old, "dryRun": False, "options": options}
    review = {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request}
    return json.dumps(review, separators=(",", ":"))


def review(kind, size, namespace, uid="d1ee928f-3d7e-49c0-a319-3f8cb84caa23", tag="v2"):
    """An UPDATE of exactly `size` bytes: as many settings on both sides as fit, the rest in an annotation."""
    one, two = (len(write(kind, namespace, settings, uid, tag, 1)) for settings in (1, 2))
    settings = 1 + (size - one) // (two - one) if size > one else 0
    text = write(kind, namespace, settings, uid, tag, 1)
    text = write(kind, namespace, settings, uid, tag, 1 + size - len(text))
    assert len(text) == size, (kind, size, len(text))
    return text.encode()
