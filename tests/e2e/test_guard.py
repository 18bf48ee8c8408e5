"""The built-in guard: what an agent is refused without any policy, and how a policy turns that into a question."""
import json
import os
import re
import subprocess

import pytest
import yaml

import objects
from harness import AGENT_NAME, AGENTS, ROOT, wait_for

DEFAULT_ACCOUNT = {"containers": [{"name": "main", "image": f"{objects.IMAGE}:1"}]}
BUILDER = DEFAULT_ACCOUNT | {"serviceAccountName": "builder"}
RBAC = "rbac.authorization.k8s.io/v1"
WIDE = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}


def named(api, kind, name, **more):
    return json.dumps(objects.named(api, kind, name, **more))


def workload(api, kind, spec):
    labels = {"app": "x"}
    content = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}}
    if kind == "Job":
        content = {"suspend": True, "template": {"spec": spec | {"restartPolicy": "Never"}}}
    if kind == "CronJob":
        content = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": spec | {"restartPolicy": "Never"}}}}}
    if kind == "Pod":
        content = spec
    return named(api, kind, "x", spec=content)


def role(*rules, kind="Role", name="x"):
    return named(RBAC, kind, name, rules=list(rules))


def rule(verbs, groups, resources, **more):
    return {"verbs": verbs, "apiGroups": groups, "resources": resources, **more}


def binding(subject, role_name="view", kind="RoleBinding"):
    return named(RBAC, kind, "x", roleRef={"apiGroup": RBAC[:-3], "kind": "ClusterRole", "name": role_name}, subjects=[subject])


def group(name):
    return {"apiGroup": RBAC[:-3], "kind": "Group", "name": name}


CREATE = ("create", "-f", "-")
IMPERSONATE = rule(["impersonate"], [""], ["users"])

# Identity: refused as long as no policy covers it. What comes after is the look-alike that is nobody's business.
IDENTITY = {
    "a token of another account": (("create", "token", "builder"), None),
    "a Secret with a token of another account": (CREATE, json.dumps(objects.TOKEN_SECRET)),
    **{f"{kind} under another account": (CREATE, workload(api, kind, BUILDER)) for api, kind in (
        ("v1", "Pod"), ("apps/v1", "Deployment"), ("apps/v1", "DaemonSet"), ("apps/v1", "ReplicaSet"), ("batch/v1", "Job"),
        ("batch/v1", "CronJob"))},
    "a workload moved to another account": (("set", "serviceaccount", "deployment/api", "builder"), None),
    "a proxy to a pod": (("get", "--raw", "/api/v1/namespaces/@/pods/box/proxy/"), None),
    "a proxy to a service": (("get", "--raw", "/api/v1/namespaces/@/services/web/proxy/"), None),
    "a role that impersonates": (CREATE, role(IMPERSONATE)),
    "a role that binds": (CREATE, role(rule(["bind"], [RBAC[:-3]], ["roles"]))),
    "a role that escalates": (CREATE, role(rule(["escalate"], [RBAC[:-3]], ["roles"]))),
    "a role with every verb on roles": (CREATE, role(rule(["*"], [RBAC[:-3]], ["roles"]))),
    "a cluster role with nodes/proxy": (CREATE, role(rule(["get"], [""], ["nodes/proxy"]), kind="ClusterRole")),
    "a cluster role that edits webhooks": (CREATE, role(rule(["patch"], ["admissionregistration.k8s.io"], ["*"]),
                                                        kind="ClusterRole")),
    "a cluster role that others fill": (CREATE, named(RBAC, "ClusterRole", "x", rules=[], aggregationRule={
        "clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]})),
    "a binding of another account": (CREATE, binding({"kind": "ServiceAccount", "namespace": "@", "name": "builder"})),
    "a binding of every account": (CREATE, binding(group("system:serviceaccounts"))),
    "a binding of everybody": (CREATE, binding(group("system:authenticated"), kind="ClusterRoleBinding")),
    "a binding of a person": (CREATE, binding({"apiGroup": RBAC[:-3], "kind": "User", "name": "bob"})),
    "a certificate request": (CREATE, "CSR"),
    "a bootstrap token": (CREATE, named("v1", "Secret", "bootstrap-token-abcdef", type="bootstrap.kubernetes.io/token",
                                        stringData={"token-id": "abcdef", "token-secret": "0123456789abcdef"})),
    "a pod template under another account": (CREATE, named("v1", "PodTemplate", "x", template={"spec": BUILDER})),
    "a ControllerRevision under another account": (CREATE, named("apps/v1", "ControllerRevision", "x", revision=1, data={
        "spec": {"template": {"$patch": "replace", "spec": BUILDER}}})),
    "exec into a pod of another account": (("exec", "built", "--", "true"), None),
    "a right for a role that a person holds": (("patch", "role", "held", "--type=json", "-p", json.dumps(
        [{"op": "add", "path": "/rules/-", "value": WIDE}])), None),
}
LOOK_ALIKES = {
    "a token of an agent's account": (("-n", AGENTS, "create", "token", "second"), None),
    "a pod under the default account": (CREATE, workload("v1", "Pod", DEFAULT_ACCOUNT)),
    "a role of plain rights": (CREATE, role(rule(["get"], [""], ["pods"]))),
    "a role that loses a right": (("patch", "role", "held", "--type=merge", "-p", '{"rules":[]}'), None),
    "a binding of an agent": (CREATE, binding({"kind": "ServiceAccount", "namespace": AGENTS, "name": "second"})),
    "a service account": (("create", "serviceaccount", "new"), None),
}
OWN = {
    "a policy": ("-n", "@", "delete", "approvalpolicy", "other"),
    "a cluster policy": ("delete", "clusterapprovalpolicy", "--all"),
    "a request": ("-n", "@", "delete", "approvalrequests", "--all"),
    "a pod in our namespace": ("-n", "sallyport-system", "run", "x", "--image=x"),
    "our Secret": ("-n", "sallyport-system", "delete", "secret", "sallyport-keys"),
    "our namespace": ("delete", "namespace", "sallyport-system"),
    "our namespace's labels": ("label", "namespace", "sallyport-system", "a=b"),
    "our CRD": ("delete", "crd", "approvalrequests.sallyport.dev"),
    "our role": ("delete", "clusterrole", "sallyport-approver"),
    "our binding": ("delete", "clusterrolebinding", "sallyport"),
    "our FlowSchema": ("delete", "flowschema", "sallyport-agents"),
    "a role with our verb": ("create", "clusterrole", "x-%", "--verb=approve", "--resource=approvalrequests.sallyport.dev"),
    "a binding of our role": ("-n", "@", "create", "rolebinding", "x", "--clusterrole=sallyport-approver", "--user=bob"),
    "a binding of our account": ("-n", "@", "create", "rolebinding", "x", "--clusterrole=view",
                                 "--serviceaccount=sallyport-system:sallyport"),
    "a binding of cluster-admin": ("-n", "@", "create", "rolebinding", "x", "--clusterrole=cluster-admin", "--user=bob"),
}


def run(shop, row):
    arguments, stdin = row

    def fill(text):
        return text.replace("@", shop.name).replace("%", shop.name.rpartition("-")[2])

    if stdin == "CSR":
        stdin = json.dumps(objects.certificate_request("x", "kubernetes.io/kube-apiserver-client"))
    # RBAC itself must not be what refuses: nobody grants what they do not have.
    return shop.kubectl("agent", *map(fill, arguments), stdin=fill(stdin) if stdin else None)


@pytest.fixture
def ready_shop(shop):
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "builder", "namespace": shop.name}}
    shop.cluster.apply(account, objects.pod(shop.name, "box"), objects.pod(shop.name, "built") | {"spec": BUILDER})
    shop.kubectl("admin", "create", "role", "held", "--verb=get", "--resource=configmaps").must()
    shop.kubectl("admin", "create", "rolebinding", "held", "--role=held", "--user=bob").must()
    shop.kubectl("admin", "create", "service", "clusterip", "web", "--tcp=80").must()
    yield shop
    for kind in ("clusterrole", "clusterrolebinding", "csr"):
        shop.cluster.kubectl("admin", "delete", kind, "x", f"x-{shop.name.rpartition('-')[2]}", "--ignore-not-found")


@pytest.fixture
def unbound(cluster):
    """The agent may do anything, as far as RBAC goes."""
    cluster.apply(objects.binding(f"{AGENT_NAME}-unbound", "cluster-admin", f"{AGENTS}/deployer"))
    yield
    cluster.admin("delete", "clusterrolebinding", f"{AGENT_NAME}-unbound")


def test_a_new_identity_is_refused_and_its_look_alike_is_not(ready_shop, unbound):
    wrong = []
    for name, row in IDENTITY.items():
        result = run(ready_shop, row)
        if "code=Guarded" not in result.stderr or not re.search("Where an? (Cluster)?ApprovalPolicy", result.stderr):
            wrong.append(f"{name}: {result}")
    for name, row in LOOK_ALIKES.items():
        result = run(ready_shop, row)
        if not result.ok:
            wrong.append(f"look-alike, {name}: {result}")
    assert not wrong, "\n".join(wrong)
    assert not ready_shop.requests()


def test_under_a_policy_a_new_identity_is_a_question(ready_shop, unbound):
    ready_shop.gate(actions=objects.preset("Everything"), whilePending="Reject")
    cluster_scoped = {name for name, (_, stdin) in IDENTITY.items() if stdin and ("Cluster" in stdin or stdin == "CSR")}
    wrong = []
    for name, row in IDENTITY.items():
        if name in cluster_scoped:
            continue  # a namespace's policy does not cover them
        result = run(ready_shop, row)
        if "code=ApprovalRequired" not in result.stderr:
            wrong.append(f"{name}: {result}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("covered", [False, True], ids=["without a policy", "under a policy for everything"])
def test_what_is_sallyports_own_is_never_an_agents(covered, ready_shop, unbound):
    ready_shop.gate("other", actions=objects.preset("Everything" if covered else "Exec"), whilePending="Reject")
    wrong = []
    for name, arguments in OWN.items():
        result = run(ready_shop, (arguments, None))
        empty = result.ok and "No resources found" in result.stdout + result.stderr
        if "code=Guarded" not in result.stderr and not empty:
            wrong.append(f"{name}: {result}")
    assert not wrong, "\n".join(wrong)
    ready_shop.get("approvalpolicy", "other")


def test_a_namespace_that_holds_a_policy_is_not_deleted(ready_shop):
    ready_shop.gate()
    assert "it holds an ApprovalPolicy" in ready_shop.cluster.kubectl("agent", "delete", "namespace", ready_shop.name).stderr


@pytest.fixture
def guard_in(replicas):
    """Starts the replicas with the guard in another mode."""
    config = replicas.folder / "config.yaml"
    before = config.read_text()

    def restart(text):
        config.write_text(text)
        for replica in (0, 1):
            replicas.stop_replica(replica)
            replicas.start_replica(replica)
        wait_for("both replicas to be ready", lambda: all(replicas.readyz(replica)[0] for replica in (0, 1)), 60)

    yield lambda mode: restart(yaml.safe_dump(yaml.safe_load(before) | {"guard": mode}))
    restart(before)


@pytest.mark.disruptive
@pytest.mark.parametrize("mode", ["Warn", "Audit"])
def test_a_guard_that_only_takes_notes(mode, ready_shop, unbound, guard_in):
    guard_in(mode)
    result = run(ready_shop, IDENTITY["Deployment under another account"]).must()
    assert ("builder" in result.stderr) == (mode == "Warn")
    record, = ready_shop.records("guard_would_refuse")
    assert record["rule"] == "account"
    # What is Sallyport's own stays refused in every mode.
    assert "code=Guarded" in run(ready_shop, (OWN["our Secret"], None)).stderr


CHART = {
    "Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "templates/all.yaml": """
apiVersion: v1
kind: ServiceAccount
metadata: {name: app}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: app}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get, list, watch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: app}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: app}
subjects: [{kind: ServiceAccount, name: app, namespace: "{{ .Release.Namespace }}"}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  replicas: 0
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec: {serviceAccountName: app, containers: [{name: app, image: "registry.example/app:1"}]}
""",
}


def helm(shop, folder, *arguments):
    for name, text in CHART.items():
        path = folder / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    binary = subprocess.run([ROOT / "hack" / "helm.sh"], capture_output=True, text=True, check=True).stdout.strip()
    return subprocess.Popen([binary, "--kubeconfig", shop.cluster.kubeconfig("agent"), "-n", shop.name, *arguments,
                             folder / "app"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "HELM_CACHE_HOME": str(folder / "cache"), "HELM_CONFIG_HOME": str(folder / "config")})


def test_an_app_that_brings_its_own_account_is_installed_once_people_agree(shop, tmp_path, unbound):
    # Without a policy it ends in one sentence that says what would help.
    first = helm(shop, tmp_path, "install", "app")
    _, said = first.communicate(timeout=120)
    assert first.returncode != 0
    assert "code=Guarded" in said and "Where an ApprovalPolicy with enforcement Enforce covers it" in said

    shop.gate(actions=[*objects.preset("RBACChange"), *objects.preset("PodPromotion")], holdFor="5s")
    again = helm(shop, tmp_path, "upgrade", "--install", "app")
    approved = set()

    def approve_what_waits():
        for request in shop.requests("Pending"):
            shop.approve("alice", request)
            approved.add(request["spec"]["action"]["kubernetes"]["target"]["resource"])
        return again.poll() is not None

    wait_for("helm to end", approve_what_waits, 120, every=0.5)
    out, said = again.communicate()
    assert again.returncode == 0, out + said
    assert {"rolebindings", "deployments"} <= approved
    shop.get("deployment", "app")
