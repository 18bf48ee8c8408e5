"""AdmissionReviews: good ones, and ways to break their text."""
import json

CANARY = "canary-4be1c0ffee"  # stands in all bodies, and may stand in no answer and no line of stderr
UID = "5b1f0f5e-0000-4000-8000-000000000001"
AGENT = {"username": "system:serviceaccount:agents:deployer", "uid": "55aac92a-3a25-48dd-8bc2-aa08a27e35dc",
         "groups": ["system:serviceaccounts", "system:authenticated"],
         "extra": {"authentication.kubernetes.io/pod-name": ["deployer-0"]}}


def review(what, where, doing, new, old, more):
    """As the API server orders its fields. `more` changes fields of the request; ... leaves one out."""
    kind, group, resource = what
    namespace, name = where
    request = {
        "uid": UID,
        "kind": {"group": group, "version": "v1", "kind": kind},
        "resource": {"group": group, "version": "v1", "resource": resource},
        "requestKind": {"group": group, "version": "v1", "kind": kind},
        "requestResource": {"group": group, "version": "v1", "resource": resource},
        "name": name, "namespace": namespace, "operation": doing, "userInfo": AGENT,
        "object": new, "oldObject": old, "dryRun": False, "options": None,
        **more,
    }
    request = {key: value for key, value in request.items() if value is not ...}
    return {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request}


def configmap(shop, **more):
    """Nobody's business: the envelope alone shows that."""
    content = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": shop},
               "data": {"note": CANARY}}
    return review(("ConfigMap", "", "configmaps"), (shop, "settings"), "CREATE", content, None, more)


def deployment(namespace, tag):
    return {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "api", "namespace": namespace, "uid": "542b5964-7f13-4f4a-bebb-fcd3ef4f504a", "generation": 2,
                     "labels": {"app": CANARY}, "annotations": {CANARY: CANARY}},
        "spec": {"replicas": 7, "selector": {"matchLabels": {"app": "api"}},
                 "template": {"metadata": {"labels": {"app": "api"}},
                              "spec": {"containers": [{"name": "api", "image": f"registry.example/api:{tag}",
                                                       "env": [{"name": "KEY", "value": CANARY}]}]}}},
    }


def set_image(shop, **more):
    """What the policy asks for: were this judged, a request would be opened."""
    new, old = deployment(shop, "2"), deployment(shop, "1")
    return review(("Deployment", "apps", "deployments"), (shop, "api"), "UPDATE", new, old, more)


def text(value):
    return json.dumps(value, separators=(",", ":")).encode()


def replaced(body, old, new):
    """The text with the first `old` replaced; there must be one."""
    old, new = (part if isinstance(part, bytes) else part.encode() for part in (old, new))
    assert old in body, old
    return body.replace(old, new, 1)


def nested(depth, opening=b"[", closing=b"]", inside=b""):
    return opening * depth + inside + closing * depth
