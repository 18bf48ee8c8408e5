"""Rights that lead around the gate: the chart's check of extra rules and the judge by SubjectAccessReviews (the condition Protected, doctor) answer alike."""
import json
import secrets
import subprocess

import pytest
import yaml

import objects
from harness import ROOT

HOOKS = "admissionregistration.k8s.io"
RBAC = "rbac.authorization.k8s.io"
CERTIFICATES = "certificates.k8s.io"


def rule(verbs, group, *resources, **more):
    return {"verbs": verbs.split(","), "apiGroups": [group], "resources": list(resources), **more}


def named(*names):
    return {"resourceNames": list(names)}


HARMFUL = {
    "every verb on the core group": rule("*", "", "*"),
    "everything": rule("*", "*", "*"),
    "reading everything": rule("get,list,watch", "*", "*"),
    "reading the core group": rule("list", "", "*"),
    "reading Secrets": rule("get", "", "secrets"),
    "listing Secrets": rule("list", "", "secrets"),
    "watching Secrets of every group": rule("watch", "*", "secrets"),
    "reading the key of seals by name": rule("get", "", "secrets", **named("x", "sallyport-seal-key")),
    "listing the keys by name": rule("list", "", "secrets", **named("sallyport-keys")),
    "editing webhooks": rule("patch", HOOKS, "mutatingwebhookconfigurations"),
    "deleting the gate by name": rule("delete", HOOKS, "validatingwebhookconfigurations", **named("sallyport-gate")),
    "making a mutating webhook": rule("create", HOOKS, "mutatingwebhookconfigurations"),
    "deleting all policies": rule("deletecollection", HOOKS, "validatingadmissionpolicies"),
    "editing our policy's binding": rule("update", HOOKS, "validatingadmissionpolicybindings", **named("sallyport-requests")),
    "rewriting by policies": rule("create", HOOKS, "mutatingadmissionpolicies"),
    "every verb on users": rule("*", "", "users"),
    "impersonating groups": rule("impersonate", "", "groups"),
    "impersonating accounts": rule("impersonate", "*", "serviceaccounts"),
    "impersonating users in the newer way": rule("impersonate:user-info", "authentication.k8s.io", "users"),
    "proxies of nodes": rule("get", "", "nodes/proxy"),
    "every proxy": rule("create", "", "*/proxy"),
    "binding roles": rule("bind", RBAC, "clusterroles"),
    "every verb on roles": rule("*", RBAC, "roles"),
    "approving certificate requests": rule("update", CERTIFICATES, "certificatesigningrequests/approval"),
    "signing": rule("sign", CERTIFICATES, "signers"),
}
HARMLESS = {
    "pods of every group": rule("*", "*", "pods"),
    "writing Secrets": rule("create,update,patch,delete,deletecollection", "", "secrets"),
    "another Secret by name": rule("get,list,watch", "", "secrets", **named("mine")),
    "Secrets of another group": rule("*", "example.com", "secrets"),
    "config maps": rule("*", "", "configmaps"),
    "a group of one's own": rule("*", "example.com", "*"),
    "every status": rule("*", "example.com", "*/status"),
    "reading webhooks": rule("get,list,watch", HOOKS, "*"),
    "another webhook by name": rule("update,patch,delete", HOOKS, "validatingwebhookconfigurations", **named("mine")),
    "nodes": rule("get,list,watch,patch", "", "nodes"),
    "proxies of pods and services": rule("get,create", "", "pods/proxy", "services/proxy"),
    "making roles and bindings": rule("get,list,create,update,patch,delete", RBAC, "roles", "clusterroles", "rolebindings"),
    "asking for certificates": rule("create,get,list", CERTIFICATES, "certificatesigningrequests"),
    "moving APIs, which the guard refuses": rule("*", "apiregistration.k8s.io", "apiservices"),
    "defining kinds, which the guard refuses": rule("*", "apiextensions.k8s.io", "customresourcedefinitions"),
    "writing policies, which the guard refuses": rule("create,update,delete", "sallyport.dev", "approvalpolicies"),
    "accounts and their tokens": rule("get,list,create", "", "serviceaccounts", "serviceaccounts/token"),
}


@pytest.fixture(scope="module")
def helm():
    return subprocess.run([ROOT / "hack" / "helm.sh"], capture_output=True, text=True, check=True).stdout.strip()


def why_refused_by_chart(helm, one):
    values = {"agents": [{"name": "a", "users": ["a"]}], "agentWide": {"extraRules": [one]}}
    result = subprocess.run([helm, "template", "sallyport", ROOT / "charts" / "sallyport", "--namespace", "sallyport-system",
                             "--show-only", "templates/configmap.yaml", "--values", "-"], input=json.dumps(values),
                            capture_output=True, text=True)
    assert result.returncode == 0 or "agentWide.extraRules: with " in result.stderr, result.stderr
    return result.stderr.partition("agentWide.extraRules: with ")[2]


def why_unprotected(cluster, folder, user):
    """As doctor says it of one agent."""
    config = yaml.safe_load((cluster.folder / "config.yaml").read_text())
    config["agents"] = [{"name": "judged", "users": [user]}]
    file = folder / f"{user}.yaml"
    file.write_text(yaml.safe_dump(config))
    result = subprocess.run([(cluster.folder / "binary").read_text().strip(), "doctor", "--config", file, "--kubeconfig",
                             cluster.folder / "kubeconfig", "-o", "json"], capture_output=True, text=True, timeout=120)
    problem, = [each["problem"] for each in json.loads(result.stdout)["checks"] if "around the gate" in each["check"]]
    assert not problem or f"agent judged ({user}) may " in problem, problem
    return problem


@pytest.fixture
def judged(cluster):
    """Users who hold one rule each, cluster-wide, as agents hold *-agent-wide."""
    run = secrets.token_hex(4)
    users = {name: f"judged-{run}-{number}" for number, name in enumerate([*HARMFUL, *HARMLESS])}
    for name, user in users.items():
        cluster.apply(objects.role(user, (HARMFUL | HARMLESS)[name]), objects.binding(user, user, f"User/{user}"))
    yield users
    cluster.admin("delete", "clusterrole,clusterrolebinding", *users.values())


def test_template_and_doctor_judge_a_rule_alike(cluster, judged, helm, tmp_path):
    wrong = []
    for name, user in judged.items():
        by_chart = why_refused_by_chart(helm, (HARMFUL | HARMLESS)[name])
        by_doctor = why_unprotected(cluster, tmp_path, user)
        if bool(by_chart) != (name in HARMFUL) or bool(by_doctor) != (name in HARMFUL):
            wrong.append(f"{name}: chart: {by_chart!r}, doctor: {by_doctor!r}")
    assert not wrong, "\n".join(wrong)


def test_what_the_guard_refuses_counts_once_the_gate_is_not_as_installed(cluster, tmp_path, judged):
    changed = yaml.safe_load((cluster.folder / "config.yaml").read_text())
    changed["webhookConfigurations"]["gate"][0]["timeoutSeconds"] = 3  # as if the live one had been edited
    (tmp_path / "binary").symlink_to(cluster.folder / "binary")
    (tmp_path / "kubeconfig").symlink_to(cluster.folder / "kubeconfig")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(changed))
    elsewhere = type("Elsewhere", (), {"folder": tmp_path})
    for name in ("moving APIs, which the guard refuses", "writing policies, which the guard refuses"):
        assert why_unprotected(elsewhere, tmp_path, judged[name]), name
    assert not why_unprotected(elsewhere, tmp_path, judged["config maps"])


def test_doctor_points_at_an_agent_that_does_not_exist(cluster, tmp_path):
    config = yaml.safe_load((cluster.folder / "config.yaml").read_text())
    config["agents"] = [{"name": "deployer", "serviceAccounts": ["agents/deployer"]},
                        {"name": "typo", "serviceAccounts": ["agents/deploier"], "namespaces": ["agent"]}]
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    result = subprocess.run([(cluster.folder / "binary").read_text().strip(), "doctor", "--config", tmp_path / "config.yaml",
                             "--kubeconfig", cluster.folder / "kubeconfig", "-o", "json"], capture_output=True, text=True, timeout=120)
    finding, = [each for each in json.loads(result.stdout)["checks"] if "named as an agent exists" in each["check"]]
    assert finding["hint"] and not finding["ok"]
    assert "agent typo: service account agents/deploier does not exist" in finding["problem"]
    assert "agent typo: namespace agent does not exist" in finding["problem"]
    assert "agent deployer" not in finding["problem"]
