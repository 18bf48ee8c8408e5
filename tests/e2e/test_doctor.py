"""`kubectl sallyport doctor` as a person runs it: without files, with that person's kubeconfig."""
import json
import os
import subprocess

import pytest

import objects
from deeds import rule
from harness import AGENT_NAME, AGENTS, wait_for
from terminal import Terminal, without_colour

pytestmark = pytest.mark.disruptive

COLUMNS, LINES = 80, 24
RBAC = "rbac.authorization.k8s.io"
GATE = "validatingwebhookconfiguration/sallyport-gate"
SECRETS = "secrets in namespace payments"


@pytest.fixture
def doctor(replicas):
    """What people type, and the lines that they see in a terminal of 80 columns."""
    def run(*arguments, who="admin"):
        env = {**os.environ, "KUBECONFIG": str(replicas.kubeconfig(who)), "TERM": "xterm-256color", "HOME": "/nonexistent",
               "PATH": f"{replicas.folder / 'plugin'}:{replicas.kubectl_binary.parent}:{os.environ['PATH']}"}
        result = Terminal([replicas.kubectl_binary, "sallyport", "doctor", *arguments], env, COLUMNS).finish(120)
        return result.code, without_colour(result.stdout).splitlines()
    return run


def findings(replicas):
    found = subprocess.run([replicas.folder / "plugin" / "sallyport", "doctor", "--kubeconfig", replicas.folder / "kubeconfig", "-o", "json"],
                           capture_output=True, text=True, timeout=120, check=False)
    return [each for each in json.loads(found.stdout)["checks"] if each["mark"] != "ok"]


def given(name, *rules, namespace=None, subject=f"{AGENTS}/deployer"):
    """A role with these rules, and a binding of the agent to it."""
    return [objects.role(name, *rules), objects.binding(name, name, subject, namespace=namespace)]


@pytest.fixture
def payments(replicas):
    replicas.apply(objects.named("v1", "Namespace", "payments"))
    yield
    replicas.admin("delete", "namespace", "payments", "--wait=false")


# What is planted, and by what the first screen names it. Nobody has tuned the checks to these words: each is the name of what was
# broken, or of the right that was given.
PLANTED = {
    "a field of the gate was edited": "ValidatingWebhookConfiguration sallyport-gate is not as installed",
    "the admission policy's binding is gone": "ValidatingAdmissionPolicyBinding sallyport-requests does not exist",
    "the CRD is of an older version": "CustomResourceDefinition approvalrequests.sallyport.dev lacks",
    "Sallyport's binding is gone": "account sallyport-system/sallyport may not",
    "a key is gone": "a key is missing",
    "the agent's account is gone": "service account agents/gone does not exist",
    "the agent reads Secrets of one namespace": f"may get, list {SECRETS}",
    "the agent acts as one person": 'may impersonate users "alice"',
    "the agent has the nodes' proxies": "may get nodes/proxy",
    "the agent approves certificates": "may update certificatesigningrequests",
    "the agent gives roles": "may bind clusterroles",
}


@pytest.fixture
def broken(replicas, payments, settings):
    """Ten things and one, broken at once, as those do who do not know what is looked at."""
    kept = (replicas.folder / "keys" / "seal.key").read_bytes()
    config = replicas.get("configmap", "sallyport-config", "-n", "sallyport-system")
    crd = replicas.get("customresourcedefinition", "approvalrequests.sallyport.dev")
    replicas.admin("-n", "sallyport-system", "patch", "configmap", "sallyport-config", "--type=merge", "-p", json.dumps(
        {"data": {"config.yaml": config["data"]["config.yaml"].replace("agents:\n", "agents:\n- name: gone\n  serviceAccounts: [agents/gone]\n", 1)}}))
    replicas.apply(*given("reads-payments", rule("get,list", "", "secrets"), namespace="payments"),
                   *given("acts-as-alice", rule("impersonate", "", "users", resourceNames=["alice"])),
                   *given("proxies", rule("get", "", "nodes/proxy")),
                   *given("approves", rule("update", "certificates.k8s.io", "certificatesigningrequests/approval")),
                   *given("gives", rule("bind", RBAC, "clusterroles")))
    (replicas.folder / "keys" / "seal.key").unlink()
    wait_for("the replicas to miss the key", lambda: any("a key is missing" in each["says"] for each in findings(replicas)))
    properties = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/action/properties/kubernetes/properties/effects"
    replicas.admin("patch", "customresourcedefinition", "approvalrequests.sallyport.dev", "--type=json",
                   "-p", json.dumps([{"op": "remove", "path": properties}]))
    replicas.admin("patch", GATE, "--type=json", "-p", '[{"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Ignore"}]')
    replicas.admin("delete", "validatingadmissionpolicybinding", "sallyport-requests")
    with replicas.without_rights():  # which the printed commands give back
        replicas.admin("delete", "clusterrolebinding", "sallyport")
        yield
    (replicas.folder / "keys" / "seal.key").write_bytes(kept)
    del crd["metadata"]["resourceVersion"]
    replicas.admin("replace", "-f", "-", stdin=json.dumps(crd))
    replicas.admin("-n", "sallyport-system", "patch", "configmap", "sallyport-config", "--type=merge",
                   "-p", json.dumps({"data": config["data"]}))
    replicas.kubectl("admin", "delete", "clusterrolebinding", "acts-as-alice", "proxies", "approves", "gives", "--ignore-not-found")
    replicas.admin("delete", "clusterrole", "reads-payments", "acts-as-alice", "proxies", "approves", "gives")


def test_ten_breakages_are_on_the_first_screen_and_their_commands_mend_them(doctor, replicas, broken, shell):
    code, lines = doctor()
    screen = "\n".join(lines)
    assert code == 1, screen
    first = lines[:LINES]
    for what, told in PLANTED.items():
        assert any(told in line for line in first), f"{what}:\n{screen}"
    commands = {each["command"] for each in findings(replicas)}
    assert all(len(line) <= COLUMNS for line in lines if line.strip() not in commands), screen
    # Each says what to do, and the commands that write are enough.
    assert all(each["todo"] and each["command"] for each in findings(replicas)), findings(replicas)
    for command in sorted(commands, key=lambda each: not each.startswith("helm ")):
        if command.startswith(("kubectl delete", "kubectl patch", "helm get manifest")):
            result = shell(command)
            assert result.returncode == 0 or "NotFound" in result.stderr, f"{command}: {result}"

    def left():
        says = [each["says"] for each in findings(replicas)]
        return [told for told in PLANTED.values() if any(told in each for each in says)]
    # The key's backup is for people to put back. Who is an agent came back with the release's configuration.
    wait_for("the rest to be mended", lambda: left() == [PLANTED["a key is gone"]], 60)


def test_all_is_well_where_nothing_is_broken(doctor, replicas):
    # Replicas look at their keys every five seconds, and tell in their Leases every two what they have seen: of what the test before
    # has broken, too.
    wait_for("no fault to be left", lambda: all(each["mark"] == "warning" for each in findings(replicas)), 60)
    code, lines = doctor()
    screen = "\n".join(lines)
    assert code == 0 and "× " not in screen, screen
    assert "Sallyport in namespace sallyport-system" in lines[0] and "2 replicas" in screen
    for check in ("what stops agents stands as installed", "Sallyport answers the API server", "clocks agree", "the logs' volumes have room",
                  "CustomResourceDefinitions are of this version", "all replicas are of one version"):
        assert f"√   {check}" in lines, screen


def test_whoever_may_not_look_is_told_so_and_nothing_breaks(doctor):
    code, lines = doctor(who="alice")
    screen = " ".join(line.strip() for line in lines)
    assert code == 1 and "-n names one" in screen, screen
    code, lines = doctor("-n", "sallyport-system", who="alice")
    assert code == 1 and "configmaps is forbidden" in " ".join(lines), lines


def test_a_namespace_without_sallyport_is_said(doctor):
    code, lines = doctor("-n", "default")
    assert code == 1 and "namespace default does not hold a ConfigMap of Sallyport's" in " ".join(lines), lines


def test_whoever_may_do_everything_is_said_once(replicas):
    replicas.apply(objects.binding("does-everything", "cluster-admin", f"{AGENTS}/deployer"))
    try:
        found = [each for each in findings(replicas) if f"agent {AGENT_NAME} may" in each["says"]]
        assert [each["says"] for each in found] == [
            f"agent {AGENT_NAME} may do everything, so it can take the gate away, and has every other way around it (as {AGENTS}/deployer)"]
        assert found[0]["command"] == "kubectl delete clusterrolebinding does-everything"
    finally:
        replicas.admin("delete", "clusterrolebinding", "does-everything")
