"""What an agent is told that installs a chart as people know them, where no policy is: what may not be, of what, and what next."""
import json
import os
import re
import subprocess

import pytest
import yaml

import objects
from harness import AGENT_NAME, AGENTS, ROOT
from namespace import wait_for_policy

INGRESS = ROOT / "tests" / "data" / "charts" / "ingress"
ACCOUNT_NEXT = "Where an ApprovalPolicy with enforcement Enforce covers it (effect RunsCode or Identity or UsesSecret), people are asked instead"
RIGHTS_NEXT = "with enforcement Enforce covers it (effect Identity), people are asked instead"
# Of each kind that an ingress controller's chart has and the guard refuses: what is said of it, and what next.
INGRESS_REFUSALS = {
    "ClusterRoleBinding": ('CREATE clusterrolebindings.rbac.authorization.k8s.io "{name}": it names service account {namespace}/{name}, which is '
                           "no agent", f"Where a ClusterApprovalPolicy {RIGHTS_NEXT}"),
    "RoleBinding": ('CREATE rolebindings.rbac.authorization.k8s.io "{name}": it names service account {namespace}/{name}, which is no agent',
                    f"Where an ApprovalPolicy {RIGHTS_NEXT}"),
    "Deployment": ('CREATE deployments.apps "{name}": it runs as service account {name}, which is neither an agent nor "default"', ACCOUNT_NEXT),
    "Job": ('CREATE jobs.batch "{name}-admission-create": it runs as service account {name}-admission, which is neither an agent nor "default"',
            ACCOUNT_NEXT),
}
# The API server asks no webhook about webhook configurations: where an agent may write them, doctor and the policies say so.
FREE = {"ServiceAccount", "ClusterRole", "Role", "ConfigMap", "Service", "IngressClass", "ValidatingWebhookConfiguration"}
UNTIL_THEN = "until then, a person must do it."


@pytest.fixture
def unbound(cluster, shop):
    """The agent may do anything, as far as RBAC goes."""
    cluster.apply(objects.binding(f"{AGENT_NAME}-installs", "cluster-admin", f"{AGENTS}/deployer"))
    yield
    cluster.admin("delete", "clusterrolebinding", f"{AGENT_NAME}-installs")
    for kind in ("clusterrole", "clusterrolebinding", "ingressclass", "validatingwebhookconfiguration"):
        cluster.kubectl("admin", "delete", kind, shop.name, "--ignore-not-found")


@pytest.fixture
def helm(shop, tmp_path):
    binary = subprocess.run([ROOT / "hack" / "helm.sh"], capture_output=True, text=True, check=True).stdout.strip()
    environment = {**os.environ, "HELM_CACHE_HOME": str(tmp_path / "cache"), "HELM_CONFIG_HOME": str(tmp_path / "config")}

    def run(*arguments):
        return subprocess.run([binary, "--kubeconfig", shop.cluster.kubeconfig("agent"), "-n", shop.name, *arguments], cwd=tmp_path,
                              env=environment, capture_output=True, text=True, timeout=120, check=False)
    return run


def of_cluster(shop, name, *effects):
    """Its objects stand in no namespace, so that a selector of namespaces keeps none of them out: it is for this agent alone."""
    shop.cluster.apply(objects.policy(name, actions=[{"effects": list(effects)}], whilePending="Reject",
                                      subjects=[{"kind": "Agent", "name": AGENT_NAME}],
                                      namespaceSelector={"matchLabels": {"kubernetes.io/metadata.name": shop.name}}))
    wait_for_policy(shop.cluster, "clusterapprovalpolicy", name)


def test_the_chart_that_helm_create_makes_ends_in_what_helps(shop, helm, unbound):
    assert helm("create", "app").returncode == 0
    first = helm("install", "app", "./app")
    assert first.returncode != 0
    assert 'An agent may not CREATE deployments.apps "app": it runs as service account app, which is neither an agent nor "default"' in first.stderr
    assert f"{ACCOUNT_NEXT}; {UNTIL_THEN}" in first.stderr and "code=Guarded" in first.stderr

    # Who does what it says is asked about, and nothing else of the chart is.
    shop.gate(actions=[{"effects": ["RunsCode"]}], whilePending="Reject")
    again = helm("upgrade", "--install", "app", "./app")
    assert again.returncode != 0 and "code=ApprovalRequired" in again.stderr, again.stderr
    request = shop.request()
    assert request["spec"]["action"]["kubernetes"]["target"]["resource"] == "deployments"
    shop.approved("alice", request)
    last = helm("upgrade", "--install", "app", "./app")
    assert last.returncode == 0, last.stderr
    shop.get("deployment", "app")


def create_all(shop, helm):
    """What each object of the chart comes to, by its kind."""
    rendered = helm("template", shop.name, INGRESS)
    assert rendered.returncode == 0, rendered.stderr
    made = [each for each in yaml.safe_load_all(rendered.stdout) if each]
    return [(each["kind"], shop.kubectl("agent", "create", "-f", "-", stdin=json.dumps(each))) for each in made]


def test_a_chart_of_ingress_nginxs_shape_is_told_who_must_agree_to_each_part(shop, helm, unbound):
    first = helm("install", shop.name, INGRESS)
    assert first.returncode != 0 and "code=Guarded" in first.stderr and UNTIL_THEN in first.stderr, first.stderr

    wrong = []
    for kind, result in create_all(shop, helm):
        if kind in FREE:
            wrong += [] if result.ok or "already exists" in result.stderr else [f"{kind}: {result}"]
            continue
        what, following = (text.format(name=shop.name, namespace=shop.name) for text in INGRESS_REFUSALS[kind])
        sentence = f"An agent may not {what}. {following}; {UNTIL_THEN}"
        if sentence not in result.stderr or "code=Guarded" not in result.stderr:
            wrong.append(f"{kind}: {result}\n  lacks: {sentence}")
    assert not wrong, "\n".join(wrong)
    assert not shop.requests()

    # What each of them names helps.
    policy = f"installs-{shop.name}"
    shop.gate(actions=[{"effects": ["RunsCode", "Identity"]}], whilePending="Reject")
    of_cluster(shop, policy, "Identity")
    try:
        refused = [(kind, result) for kind, result in create_all(shop, helm) if kind in INGRESS_REFUSALS]
        assert len(refused) == len(INGRESS_REFUSALS)
        assert not [f"{kind}: {result}" for kind, result in refused if "code=ApprovalRequired" not in result.stderr]
    finally:
        shop.cluster.admin("delete", "clusterapprovalpolicy", policy)


def test_what_no_policy_can_allow_says_so(shop, unbound):
    """A chart that brings a role over Sallyport's kinds, and one that takes cluster-admin."""
    role = objects.role(f"reads-{shop.name}", {"apiGroups": ["sallyport.dev"], "resources": ["approvalrequests"], "verbs": ["approve"]})
    admin = objects.binding(f"admin-{shop.name}", "cluster-admin", f"{shop.name}/app")
    for thing, why in ((role, "it grants approve on Sallyport's own kinds"), (admin, "it binds cluster-admin, which may approve")):
        said = shop.kubectl("agent", "create", "-f", "-", stdin=json.dumps(thing)).stderr
        assert re.search(rf"An agent may not CREATE \S+ \"{thing['metadata']['name']}\": {why}\. No policy can allow it: a person must do it\.",
                         said), said
