"""Who may do what with the chart's roles, asked of a real API server."""
import json

import pytest
import yaml

from conftest import NAMESPACE, OURS, render
from samples import AGENT

EXCLUDED_GROUP = "admissionregistration.k8s.io"
EXCLUDED = {("", "nodes/proxy"), ("certificates.k8s.io", "certificatesigningrequests/approval"),
            ("certificates.k8s.io", "certificatesigningrequests/status")}


@pytest.fixture(scope="module")
def roles(installed):
    """alice reviews and approves in shop, bob only reviews there, the agent has both of its roles, mallory reads."""
    bindings = [
        ("sallyport-reviewer", "User", "alice", "shop"), ("sallyport-approver", "User", "alice", "shop"),
        ("sallyport-reviewer", "User", "bob", "shop"), ("sallyport-agent", "User", AGENT, "shop"),
        ("sallyport-agent-wide", "User", AGENT, None), ("view", "User", "mallory", None),
    ]
    objects = []
    for number, (role, kind, name, namespace) in enumerate(bindings):
        group = "rbac.authorization.k8s.io"
        objects.append({
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
            "metadata": {"name": f"test-{number}", **({"namespace": namespace} if namespace else {})},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": group, "kind": kind, "name": name}],
        })
    text = yaml.safe_dump_all(objects)
    installed.do("create", "-f", "-", stdin=text)
    yield installed
    installed.do("delete", "-f", "-", stdin=text)


def may(cluster, questions):
    """The API server's answers to (user, verb, group, resource, namespace[, name]), in order."""
    reviews = []
    for user, verb, group, resource, namespace, *name in questions:
        resource, _, subresource = resource.partition("/")
        attributes = {"verb": verb, "group": group, "resource": resource, "subresource": subresource,
                      "namespace": namespace, "name": name[0] if name else ""}
        reviews.append({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                        "spec": {"user": user, "resourceAttributes": attributes}})
    printed = cluster.do("create", "-f", "-", "-o", "json", stdin=yaml.safe_dump_all(reviews))
    decoder, answers = json.JSONDecoder(), []
    while printed.strip():
        answer, end = decoder.raw_decode(printed.lstrip())
        answers.append(answer["status"].get("allowed", False))
        printed = printed.lstrip()[end:]
    return answers


MATRIX = [
    # who, verb, group, resource, namespace, whether
    ("alice", "get", "sallyport.dev", "approvalrequests", "shop", True),
    ("alice", "watch", "sallyport.dev", "approvalpolicies", "shop", True),
    ("alice", "patch", "sallyport.dev", "approvalrequests", "shop", True),
    ("alice", "approve", "sallyport.dev", "approvalrequests", "shop", True),
    ("alice", "approve", "sallyport.dev", "approvalrequests", "agents", False),
    ("alice", "patch", "sallyport.dev", "approvalrequests/status", "shop", False),
    ("alice", "create", "sallyport.dev", "approvalrequests", "shop", False),
    ("alice", "delete", "sallyport.dev", "approvalrequests", "shop", False),
    ("alice", "patch", "sallyport.dev", "approvalpolicies", "shop", False),
    ("bob", "patch", "sallyport.dev", "approvalrequests", "shop", True),
    ("bob", "approve", "sallyport.dev", "approvalrequests", "shop", False),
    ("mallory", "list", "", "pods", "shop", True),
    ("mallory", "patch", "sallyport.dev", "approvalrequests", "shop", False),
    ("mallory", "approve", "sallyport.dev", "approvalrequests", "shop", False),
    ("mallory", "update", "sallyport.dev", "approvalrequests/status", "shop", False),
    (AGENT, "get", "sallyport.dev", "approvalrequests", "shop", True),
    (AGENT, "patch", "sallyport.dev", "approvalrequests", "shop", True),
    (AGENT, "approve", "sallyport.dev", "approvalrequests", "shop", False),
    (AGENT, "update", "sallyport.dev", "approvalrequests", "shop", False),
    (AGENT, "update", "sallyport.dev", "approvalrequests/status", "shop", False),
    (AGENT, "patch", "sallyport.dev", "approvalpolicies", "shop", False),
    (AGENT, "patch", "sallyport.dev", "clusterapprovalpolicies", "", False),
    (AGENT, "create", "apps", "deployments", "shop", True),
    (AGENT, "create", "", "pods/exec", "shop", True),
    (AGENT, "get", "", "secrets", "shop", False),
    (AGENT, "create", "", "secrets", "shop", True),
    (AGENT, "create", "rbac.authorization.k8s.io", "clusterrolebindings", "", True),
    (AGENT, "bind", "rbac.authorization.k8s.io", "clusterroles", "", False),
    (AGENT, "escalate", "rbac.authorization.k8s.io", "clusterroles", "", False),
    (AGENT, "impersonate", "", "users", "", False),
    (AGENT, "impersonate", "", "serviceaccounts", "shop", False),
    (AGENT, "approve", "certificates.k8s.io", "signers", "", False),
    (AGENT, "sign", "certificates.k8s.io", "signers", "", False),
    (AGENT, "get", "", "nodes/proxy", "", False),
    (AGENT, "get", EXCLUDED_GROUP, "validatingwebhookconfigurations", "", False),
    (AGENT, "delete", EXCLUDED_GROUP, "validatingwebhookconfigurations", "", False),
    (OURS, "create", "sallyport.dev", "approvalrequests", "shop", True),
    (OURS, "update", "sallyport.dev", "approvalrequests/status", "shop", True),
    (OURS, "update", "sallyport.dev", "approvalrequests", "shop", False),
    (OURS, "patch", "sallyport.dev", "approvalrequests", "shop", False),
    (OURS, "delete", "sallyport.dev", "approvalrequests", "shop", True),
    (OURS, "deletecollection", "sallyport.dev", "approvalrequests", "shop", False),
    (OURS, "delete", "sallyport.dev", "approvalpolicies", "shop", False),
    (OURS, "update", "sallyport.dev", "approvalpolicies", "shop", False),
    (OURS, "get", "", "secrets", "shop", False),
    (OURS, "list", "", "secrets", NAMESPACE, False),
    (OURS, "get", "", "persistentvolumes", "", True),
    (OURS, "list", "", "persistentvolumes", "", False),
    (OURS, "patch", "", "persistentvolumes", "", False),
    (OURS, "list", "rbac.authorization.k8s.io", "rolebindings", "shop", True),
    (OURS, "list", "rbac.authorization.k8s.io", "clusterroles", "", True),
    (OURS, "get", "rbac.authorization.k8s.io", "clusterroles", "", False),
    (OURS, "create", "rbac.authorization.k8s.io", "clusterrolebindings", "", False),
    (OURS, "list", "", "persistentvolumeclaims", NAMESPACE, True),
    (OURS, "list", "", "persistentvolumeclaims", "shop", False),
    (OURS, "delete", "", "persistentvolumeclaims", NAMESPACE, False),
    (OURS, "create", "", "secrets", NAMESPACE, False),
    (OURS, "create", "", "secrets", "shop", False),
    (OURS, "patch", "coordination.k8s.io", "leases", NAMESPACE, True),
    (OURS, "list", "coordination.k8s.io", "leases", NAMESPACE, True),
    (OURS, "update", "coordination.k8s.io", "leases", NAMESPACE, False),
    (OURS, "patch", "coordination.k8s.io", "leases", "shop", False),
    (OURS, "list", "coordination.k8s.io", "leases", "kube-system", False),
    (OURS, "patch", EXCLUDED_GROUP, "validatingwebhookconfigurations", "", False),
    (OURS, "create", "authorization.k8s.io", "subjectaccessreviews", "", True),
]

NAMED = [
    ("alice", "get", "", "configmaps", "shop", "sallyport-config", True),  # as far as its binding reaches
    ("alice", "get", "", "configmaps", "shop", "other", False),
    ("alice", "update", "", "configmaps", "shop", "sallyport-config", False),
    (OURS, "patch", EXCLUDED_GROUP, "validatingwebhookconfigurations", "", "sallyport-gate", True),
    (OURS, "patch", EXCLUDED_GROUP, "mutatingwebhookconfigurations", "", "sallyport-requests", True),
    (OURS, "delete", EXCLUDED_GROUP, "validatingwebhookconfigurations", "", "sallyport-gate", False),
    (OURS, "patch", EXCLUDED_GROUP, "validatingwebhookconfigurations", "", "other", False),
    (OURS, "get", EXCLUDED_GROUP, "validatingadmissionpolicies", "", "sallyport-requests", True),
    (OURS, "patch", EXCLUDED_GROUP, "validatingadmissionpolicies", "", "sallyport-requests", False),
]


# Each of our accounts, and all that it may do to each Secret of ours and to any other.
ACCOUNTS = ("sallyport", "sallyport-keys", "sallyport-test")
SECRETS = ("sallyport-seal-key", "sallyport-log-key", "sallyport-keys", "other", "")
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
MAY = {("sallyport", "get", "sallyport-keys"), ("sallyport", "update", "sallyport-keys"),
       # While the job runs: no Secret's name is known when it is created.
       *(("sallyport-keys", "create", name) for name in SECRETS), ("sallyport-keys", "get", "sallyport-keys")}


@pytest.fixture
def accounts_of_hooks(roles):
    """Those that exist for a minute: what Helm makes before the job, and before the test."""
    hooks = [each for (kind, name), each in render({"replicaCount": 2}).items() if "Role" in kind and
             name in ("sallyport-keys", "sallyport-test")]
    assert len(hooks) == 8
    text = yaml.safe_dump_all(hooks)
    roles.do("create", "-f", "-", stdin=text)
    yield roles
    roles.do("delete", "-f", "-", stdin=text)


def test_what_our_accounts_may_do_to_secrets(accounts_of_hooks):
    rows = [(account, verb, name) for account in ACCOUNTS for verb in VERBS for name in SECRETS]
    answers = may(accounts_of_hooks, [(f"system:serviceaccount:{NAMESPACE}:{account}", verb, "", "secrets", NAMESPACE, name)
                                      for account, verb, name in rows])
    assert {row for row, answer in zip(rows, answers, strict=True) if answer} == MAY


def test_matrix(roles):
    rows = MATRIX + NAMED
    answers = may(roles, [row[:-1] for row in rows])
    wrong = [f"{row[:-1]}: {answer}" for row, answer in zip(rows, answers, strict=True) if answer != row[-1]]
    assert not wrong, wrong


def test_the_wide_role_is_every_built_in_resource_but_those_around_the_gate(roles):
    rules = render()["ClusterRole", "sallyport-agent-wide"]["rules"]
    granted = {(group, resource) for rule in rules for group in rule["apiGroups"] for resource in rule["resources"]}
    served = set(discovered(roles))
    assert {verb for rule in rules if "secrets" in rule["resources"] for verb in rule["verbs"]} == {
        "create", "update", "patch", "delete", "deletecollection"}
    secrets, = render()["ClusterRole", "sallyport-agent-secrets"]["rules"]
    assert secrets == {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "watch"]}
    assert served - granted == {pair for pair in served if pair[0] == EXCLUDED_GROUP} | EXCLUDED
    assert granted <= served
    assert {verb for rule in rules for verb in rule["verbs"]} == {
        "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}


def test_the_wide_role_takes_more_groups_by_values():
    extra = {"apiGroups": ["example.com"], "resources": ["widgets"], "verbs": ["*"]}
    assert extra in render({"agentWide": {"extraRules": [extra]}})["ClusterRole", "sallyport-agent-wide"]["rules"]


def discovered(cluster):
    """Every (group, resource) that the API server serves by itself."""
    groups = json.loads(cluster.do("get", "--raw", "/apis"))["groups"]
    paths = ["/api/v1"] + [f"/apis/{version['groupVersion']}" for group in groups for version in group["versions"]]
    for path in paths:
        resources = json.loads(cluster.do("get", "--raw", path))
        group = resources["groupVersion"].rpartition("/")[0]
        if group != "sallyport.dev":
            yield from ((group, resource["name"]) for resource in resources["resources"])
