"""What stops agents, changed or taken away by somebody who may: everybody is told, and the command that doctor prints mends it."""
import json
import os
import subprocess
import time

import pytest

from harness import ROOT, wait_for

pytestmark = pytest.mark.disruptive

GATE = "validatingwebhookconfiguration/sallyport-gate"
REQUESTS = "mutatingwebhookconfiguration/sallyport-requests"
POLICY = "validatingadmissionpolicy/sallyport-requests"
BINDING = "validatingadmissionpolicybinding/sallyport-requests"
STANDS = "what stops agents stands as installed"  # a check of doctor
ROLES = {GATE: "gate", REQUESTS: "requests", POLICY: "policy", BINDING: "binding"}
SECOND = {"name": "second.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": "Ignore",
          "clientConfig": {"url": "https://127.0.0.1:1/x"},
          "rules": [{"apiGroups": ["none.example.com"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["*"]}]}


def op(path, value, kind="add"):
    return {"op": kind, "path": path, "value": value}


# What is edited, how, and what is said to differ.
EDITS = {
    "failurePolicy": (GATE, [op("/webhooks/0/failurePolicy", "Ignore")], "webhooks[0].failurePolicy"),
    "rules that match nothing": (GATE, [op("/webhooks/0/rules/0/apiGroups", ["none.example.com"])], "webhooks[0].rules[0]"),
    "fewer operations": (GATE, [op("/webhooks/0/rules/0/operations", ["CREATE"])], "webhooks[0].rules[0]"),
    "one matchCondition": (GATE, [op("/webhooks/0/matchConditions/4/expression", "false")], "webhooks[0].matchConditions[4]"),
    "one matchCondition more": (GATE, [op("/webhooks/0/matchConditions/-", {"name": "x", "expression": "false"})],
                                "webhooks[0].matchConditions[5]"),
    "matchPolicy": (GATE, [op("/webhooks/0/matchPolicy", "Exact")], "webhooks[0].matchPolicy"),
    "namespaceSelector": (GATE, [op("/webhooks/0/namespaceSelector", {"matchLabels": {"a": "b"}})], "webhooks[0].namespaceSelector"),
    "objectSelector": (GATE, [op("/webhooks/0/objectSelector", {"matchLabels": {"a": "b"}})], "webhooks[0].objectSelector"),
    "timeout": (GATE, [op("/webhooks/0/timeoutSeconds", 1)], "webhooks[0].timeoutSeconds"),
    "a second webhook": (GATE, [op("/webhooks/-", SECOND)], "webhooks[1]"),
    "another service": (GATE, [op("/webhooks/0/clientConfig/service/name", "mine")], "webhooks[0].clientConfig.service.name"),
    "no webhook": (GATE, [op("/webhooks", [])], "webhooks"),
    "the requests' failurePolicy": (REQUESTS, [op("/webhooks/0/failurePolicy", "Ignore")], "webhooks[0].failurePolicy"),
    "the requests' rules": (REQUESTS, [op("/webhooks/0/rules/0/resources", ["approvalpolicies"])], "webhooks[0].rules[0]"),
    "the policy's expression": (POLICY, [op("/spec/validations/0/expression", "true")], "spec.validations[0].expression"),
    "the policy's failurePolicy": (POLICY, [op("/spec/failurePolicy", "Ignore")], "spec.failurePolicy"),
    "a binding that audits": (BINDING, [op("/spec/validationActions", ["Audit"])], "spec.validationActions[0]"),
    "a binding of another policy": (BINDING, [op("/spec/policyName", "other")], "spec.policyName"),
}


def drifted(cluster, part):
    return [cluster.metric(replica, f'sallyport_gate_drifted{{part="{part}"}}') for replica in (0, 1)]


def protection(shop):
    conditions = shop.get("approvalpolicy", "gate").get("status", {}).get("conditions", [])
    return next((each for each in conditions if each["type"] == "Protected"), {})


@pytest.fixture
def watched(shop, replicas, shell):
    """A namespace whose policy is protected; whatever a test leaves changed is put right."""
    shop.gate(whilePending="Reject")
    wait_for("the policy to be protected", lambda: protection(shop).get("status") == "True", 60)
    yield shop
    for line in replicas.doctor()[1][STANDS]["problem"].splitlines():
        if line.startswith(("helm ", "kubectl ")):
            shell(line)
    wait_for("both replicas to be ready", lambda: all(replicas.readyz(replica)[0] for replica in (0, 1)), 120)


def told(shop, replicas, said_of):
    """Everybody says what differs, by role of the part; doctor's commands."""
    for part, said in said_of.items():
        wait_for(f"the metric of {part}", lambda part=part: drifted(replicas, part) == [1, 1], 120)
    assert replicas.metric(0, "sallyport_unprotected") == 1
    first = said_of.get("gate", next(iter(said_of.values())))  # that agents pass is said before all else
    wait_for(f"the condition: {first}", lambda: first in protection(shop).get("message", ""), 120)
    assert protection(shop)["status"] == "False"
    assert ("so agents may pass without being asked" in protection(shop)["message"]) == ("gate" in said_of)
    assert any(each["event"] == "unprotected" and first in each["why"] for each in replicas.journal())
    assert "[!] protection: " in replicas.readyz(0)[1]
    well, checks = replicas.doctor()
    problem = checks[STANDS]["problem"]
    assert not well and all(said in problem for said in said_of.values()), checks
    return [line for line in problem.splitlines() if line.startswith(("helm ", "kubectl "))]


def mend(shop, replicas, shell, commands):
    for command in commands:
        result = shell(command)
        assert result.returncode == 0, f"{command}: {result}"
    wait_for("all parts to be as installed", lambda: not any(
        value for part in ROLES.values() for value in drifted(replicas, part)), 30)
    wait_for("the policy to be protected", lambda: protection(shop).get("status") == "True", 120)


def mended(shop, replicas):
    wait_for("both replicas to be ready", lambda: all(replicas.readyz(replica)[0] for replica in (0, 1)), 30)
    wait_for("agents to be asked again", lambda: "code=ApprovalRequired" in shop.set_image("2").stderr, 120)
    # A configuration that was made anew calls nobody until a replica looks at it, which it does every five seconds.
    wait_for("policies to be written again", lambda: shop.kubectl(
        "admin", "annotate", "approvalpolicy", "gate", f"looked={time.monotonic()}", "--overwrite", "--dry-run=server").ok, 30)


def rounds(edits):
    """All of them, several at a time: no more than one of each object."""
    queues = {target: [edit for edit in edits if edit[0] == target] for target in ROLES}
    while any(queues.values()):
        yield [queue.pop(0) for queue in queues.values() if queue]


def test_edits_are_told_and_mended_by_the_commands_that_doctor_prints(watched, replicas, shell, sample):
    """Each round waits for the replicas to look, and for what they tell: ten seconds. (Shipped.EverythingElseDiffers has each field.)"""
    for edits in rounds(sample(EDITS.values(), 8)):
        for target, patch, _ in edits:
            replicas.admin("patch", target, "--type=json", "-p", json.dumps(patch))
        commands = told(watched, replicas, {ROLES[target]: said for target, _, said in edits})
        mend(watched, replicas, shell, commands)
    mended(watched, replicas)


@pytest.mark.parametrize("target", ROLES)
def test_so_is_a_deletion(target, watched, replicas, shell):
    replicas.admin("delete", target)
    commands = told(watched, replicas, {ROLES[target]: "does not exist"})
    if target == GATE:  # agents pass: a replica that called itself not ready would say that they are refused
        assert all(replicas.readyz(replica)[0] for replica in (0, 1))
        watched.set_image("1-unasked").must()
    mend(watched, replicas, shell, commands)
    mended(watched, replicas)


def test_an_owner_whose_end_would_be_its_own(watched, replicas, shell):
    owner = {"apiVersion": "v1", "kind": "Namespace", "name": "default", "uid": replicas.get("namespace", "default")["metadata"]["uid"]}
    replicas.admin("patch", GATE, "--type=merge", "-p", json.dumps({"metadata": {"ownerReferences": [owner]}}))
    mend(watched, replicas, shell, told(watched, replicas, {"gate": "metadata.ownerReferences"}))


BY_HAND = {
    "kubectl edit": "KUBE_EDITOR=\"sed -i s/failurePolicy:.*/failurePolicy:\\ Ignore/\" kubectl edit validatingwebhookconfiguration sallyport-gate",
    "kubectl patch": "kubectl patch validatingwebhookconfiguration sallyport-gate --type=json "
                     "-p '[{\"op\":\"replace\",\"path\":\"/webhooks/0/failurePolicy\",\"value\":\"Ignore\"}]'",
    "server-side apply by somebody else": "kubectl get validatingwebhookconfiguration sallyport-gate -o json"
                                          " | python3 -c 'import json,sys; o=json.load(sys.stdin); m=o[\"metadata\"]; o[\"metadata\"]={\"name\":m[\"name\"]};"
                                          " o[\"webhooks\"][0][\"failurePolicy\"]=\"Ignore\"; print(json.dumps(o))'"
                                          " | kubectl apply --server-side --force-conflicts --field-manager=somebody -f -",
}


# The program, and what it must be told.
WAYS = {"Helm 4": ("helm", "--server-side=true --force-conflicts"), "Helm 4, client-side": ("helm", "--server-side=false"),
        "Helm 3": ("helm3", "")}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("edit", BY_HAND)
def test_an_upgrade_mends_edits_by_hand(edit, way, watched, replicas, shell):
    result = shell(BY_HAND[edit])
    assert result.returncode == 0, result
    told(watched, replicas, {"gate": "webhooks[0].failurePolicy"})
    helm, arguments = WAYS[way]
    upgrade = f"{helm} upgrade sallyport {ROOT}/charts/sallyport --namespace sallyport-system --reuse-values"
    mend(watched, replicas, shell, [f"{upgrade} {arguments}"])
    mended(watched, replicas)
    # What Sallyport itself owns of it was left alone, and the next upgrade needs no force.
    result = shell(upgrade)
    assert result.returncode == 0, result


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system")
def test_doctor_says_that_the_only_replicas_disk_is_full(shop, replicas, tmp_path):
    shop.gate(whilePending="Reject")
    log = replicas.replicas_folder / "2" / "log"
    log.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", log], check=True)
    try:
        replicas.start_replica(2)
        for replica in (0, 1):
            replicas.stop_replica(replica)
        wait_for("doctor to find nothing", lambda: replicas.doctor()[0], 60, every=1)
        with open(log / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                pass
        wait_for("the agent to be refused for it", lambda: not shop.set_image("2").ok and not replicas.readyz(2)[0], 30)
        well, checks = replicas.doctor()
        assert not well and "cannot write its log" in checks["Sallyport answers the API server"]["problem"], checks
    finally:
        replicas.stop_replica(2)
        subprocess.run(["umount", log], check=True)
