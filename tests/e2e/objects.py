"""Objects that the tests hand to the API server."""
import base64
import subprocess

IMAGE = "registry.example/api"
UPDATE_DEPLOYMENTS = {"apiGroups": ["apps"], "apiVersions": ["*"], "operations": ["UPDATE"], "resources": ["deployments"]}
IMAGES = "spec.template.spec.containers[*].image"
REVIEWERS = {"kind": "Group", "name": "reviewers"}
# The built-in guard refuses it to agents, whatever policies there are.
TOKEN_SECRET = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
                "metadata": {"name": "token", "annotations": {"kubernetes.io/service-account.name": "builder"}}}


def user(name):
    return {"kind": "User", "name": name}


def requirement(*approvers, name="owner", count=1):
    return {"name": name, "count": count, "approvers": list(approvers)}


def approval(*requirements, **more):
    """Who must approve, by default one of the reviewers; e.g. approval(uses=2), approval(requirement(user("bob")))."""
    return {"requirements": list(requirements) or [requirement(REVIEWERS)], "validFor": "5m", **more}


def preset(name):
    return [{"preset": name}]


def policy_spec(**changes):
    """By default: a deployment's image needs one reviewer, and the call waits in turns of five seconds."""
    return {
        "enforcement": "Enforce",
        "actions": [{"resourceRules": [UPDATE_DEPLOYMENTS], "changedFields": [IMAGES]}],
        "approval": approval(),
        "whilePending": "Hold",
        "holdFor": "5s",
        **changes,
    }


def policy(name, namespace=None, **changes):
    """An ApprovalPolicy, or without a namespace a ClusterApprovalPolicy."""
    return {
        "apiVersion": "sallyport.dev/v1alpha1",
        "kind": "ApprovalPolicy" if namespace else "ClusterApprovalPolicy",
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "spec": policy_spec(**changes),
    }


def deployment(namespace, tag="1"):
    """No pod of it ever runs: there is no node."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "api", "namespace": namespace, "labels": {"app": "api"}},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"app": "api"}},
            "template": {
                "metadata": {"labels": {"app": "api"}},
                "spec": {"containers": [{"name": "api", "image": f"{IMAGE}:{tag}"}]},
            },
        },
    }


def pod(namespace, name):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"containers": [{"name": "main", "image": f"{IMAGE}:1"}]},
    }


def role(name, *rules):
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": list(rules)}


def binding(name, role, *subjects, namespace=None):
    """Of a ClusterRole, in one namespace or everywhere; a subject is User/NAME, Group/NAME or a service account NS/NAME."""
    group = "rbac.authorization.k8s.io"

    def described(subject):
        kind, _, who = subject.partition("/")
        if kind in ("User", "Group"):
            return {"apiGroup": group, "kind": kind, "name": who}
        return {"kind": "ServiceAccount", "namespace": kind, "name": who}

    return {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
        "subjects": [described(each) for each in subjects],
    }


def crd(kind, *versions, has_status, group="example.com"):
    """A kind with any content, whose plural is its name and an s."""
    plural = f"{kind.lower()}s"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind},
            "versions": [{"name": version, "served": True, "storage": version == versions[0], "schema": schema,
                          **({"subresources": {"status": {}}} if has_status else {})} for version in versions],
        },
    }


WIDGETS = crd("Widget", "v1", "v2", has_status=True)
GADGETS = crd("Gadget", "v1", has_status=False)


def named(api, kind, name, **more):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, **more}


def certificate_request(name, signer="example.com/x", subject="/CN=x"):
    made = subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                           "-keyout", "/dev/null", "-subj", subject], capture_output=True, check=True)
    return named("certificates.k8s.io/v1", "CertificateSigningRequest", name, spec={
        "request": base64.b64encode(made.stdout).decode(), "signerName": signer, "usages": ["client auth"]})
