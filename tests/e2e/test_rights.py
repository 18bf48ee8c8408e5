"""Rights that lead around the gate: the chart's check of extra rules and the judge by SubjectAccessReviews (the condition Protected, doctor) answer alike."""
import json
import secrets
import subprocess

import pytest

import objects
from deeds import COMPANIONS, DEEDS, Thief, rule
from harness import ROOT
from locked_keys import put_in_secrets

HOOKS = "admissionregistration.k8s.io"
RBAC = "rbac.authorization.k8s.io"
CERTIFICATES = "certificates.k8s.io"


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


def why_refused_by_chart(helm, *rules):
    values = {"agents": [{"name": "a", "users": ["a"]}], "agentWide": {"extraRules": list(rules)}}
    result = subprocess.run([helm, "template", "sallyport", ROOT / "charts" / "sallyport", "--namespace", "sallyport-system",
                             "--show-only", "templates/configmap.yaml", "--values", "-"], input=json.dumps(values),
                            capture_output=True, text=True)
    assert result.returncode == 0 or "agentWide.extraRules: with " in result.stderr, result.stderr
    return result.stderr.partition("agentWide.extraRules: with ")[2]


def why_unprotected(cluster, *users, **changes):
    """As doctor says it of those of these users that have a right which leads around the gate, each an agent of its own."""
    _, checks = cluster.doctor(agents=[{"name": f"judged-{number}", "users": [user]} for number, user in enumerate(users)], **changes)
    problem = checks["no agent has a right that leads around the gate"]["faults"]
    assert not problem or any(f"(as {user}" in problem for user in users), problem
    return problem


@pytest.fixture
def holders(cluster):
    """Makes subjects that hold one set of rules each, cluster-wide, as agents hold *-agent-wide."""
    run = secrets.token_hex(4)

    def labelled(thing):
        thing["metadata"]["labels"] = {"holders": run}
        return thing

    def hold(rules_of, subject="User/{}"):
        names = {what: f"holder-{run}-{number}" for number, what in enumerate(rules_of)}
        cluster.apply(*(labelled(objects.role(name, *rules_of[what])) for what, name in names.items()),
                      *(labelled(objects.binding(name, name, subject.format(name))) for name in names.values()))
        return names
    yield hold
    for kind in ("clusterrolebindings", "clusterroles"):
        cluster.admin("delete", "--raw", f"/apis/{RBAC}/v1/{kind}?labelSelector=holders%3D{run}")


def test_template_and_doctor_judge_a_rule_alike(cluster, holders, helm):
    """Each harmful one is named, and none of the harmless ones, which the template takes all at once."""
    judged = holders({what: [one] for what, one in (HARMFUL | HARMLESS).items()})
    assert why_refused_by_chart(helm, *HARMLESS.values()) == ""
    assert why_unprotected(cluster, *(judged[name] for name in HARMLESS)) == ""
    found = why_unprotected(cluster, *(judged[name] for name in HARMFUL))
    for name, rule_of_it in HARMFUL.items():
        assert why_refused_by_chart(helm, rule_of_it), name
        assert f"(as {judged[name]})" in found, name


# Of these rights, that they are enough is not shown here.
NOT_CARRIED_OUT = {"impersonating users in the newer way"}  # behind a feature gate of kube-apiserver


def test_each_harmful_right_is_enough_to_get_around_the_gate(cluster, shop, holders):
    """The accounts are not agents, so Sallyport does not stop them. Calls that would break the cluster are dry runs."""
    put_in_secrets(cluster)
    assert set(DEEDS) | NOT_CARRIED_OUT == set(HARMFUL)
    names = holders({what: [HARMFUL[what], *COMPANIONS.get(what, [])] for what in DEEDS}, subject=f"{shop.name}/{{}}")
    cluster.apply(*({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": shop.name}}
                    for name in names.values()))
    for what, name in names.items():
        DEEDS[what](Thief(cluster, shop.name, name))


def test_what_the_guard_refuses_counts_once_the_gate_is_not_as_installed(cluster, holders):
    counts, harmless = ("moving APIs, which the guard refuses", "writing policies, which the guard refuses"), "config maps"
    judged = holders({what: [HARMLESS[what]] for what in (*counts, harmless)})
    gate = cluster.config()["webhookConfigurations"]["gate"][0]
    changed = {"webhookConfigurations": {"gate": [{**gate, "timeoutSeconds": 3}]}}  # as if the live one had been edited
    for name in counts:
        assert why_unprotected(cluster, judged[name], **changed), name
    assert not why_unprotected(cluster, judged[harmless], **changed)


def test_doctor_points_at_an_agent_that_does_not_exist(cluster):
    _, checks = cluster.doctor(agents=[{"name": "deployer", "serviceAccounts": ["agents/deployer"]},
                                       {"name": "typo", "serviceAccounts": ["agents/deploier"], "namespaces": ["agent"]}])
    finding = checks["every account and namespace named as an agent exists"]
    assert finding["hint"] and not finding["ok"]
    assert "agent typo: service account agents/deploier does not exist" in finding["problem"]
    assert "agent typo: namespace agent does not exist" in finding["problem"]
    assert "agent deployer" not in finding["problem"]
