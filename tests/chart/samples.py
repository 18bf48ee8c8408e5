"""ApprovalRequests and policies for the tests, as small as the schema lets them be."""
import copy

AGENT = "system:serviceaccount:agents:deployer"
SEAL = "c2VhbA=="
LOG = {"stream": "sallyport-0", "seq": 7, "head": "sha256:" + "0" * 64}
NOON = "2030-01-01T12:00:00Z"


def approval_request(name, **spec):
    return {
        "apiVersion": "sallyport.dev/v1alpha1",
        "kind": "ApprovalRequest",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "requester": {"username": AGENT, "agent": "deployer"},
            "action": {
                "type": "Kubernetes",
                "summary": "update deployments.apps web",
                "digest": "sha256:" + "a" * 64,
                "kubernetes": {
                    "operation": "UPDATE",
                    "target": {"group": "apps", "version": "v1", "resource": "deployments", "namespace": "shop",
                               "name": "web"},
                    "changes": [{"path": "spec.template.spec.containers[0].image", "from": "web:1", "to": "web:2"}],
                },
            },
            "policies": [{
                "kind": "ApprovalPolicy", "namespace": "shop", "name": "promote", "uid": "u", "generation": 1,
                "approval": {
                    "requirements": [{"name": "owner", "count": 1, "approvers": [{"kind": "User", "name": "alice"}]}],
                    "pendingTimeout": "1h", "validFor": "15m", "uses": 1,
                },
            }],
            "expiresAt": NOON,
            "seal": SEAL,
            **copy.deepcopy(spec),
        },
    }


def review(reviewer, verdict="Approve", via="kubectl", **more):
    return {"reviewer": reviewer, "verdict": verdict, "via": via, "time": NOON, "seal": SEAL, **more}


def decision(verdict, **more):
    return {"verdict": verdict, "decidedAt": NOON, "log": LOG, "seal": SEAL, **more}


def use(uid):
    return {"time": NOON, "admissionUID": uid, "generation": 3, "log": LOG, "seal": SEAL}


def approval_policy(name="p", kind="ApprovalPolicy", **spec):
    namespace = {"namespace": "shop"} if kind == "ApprovalPolicy" else {}
    return {
        "apiVersion": "sallyport.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, **namespace},
        "spec": {
            "enforcement": "Enforce",
            "actions": [{"preset": "Exec"}],
            "approval": {"requirements": [{"name": "owner", "approvers": [{"kind": "User", "name": "alice"}]}]},
            **copy.deepcopy(spec),
        },
    }
