"""Sallyport as pods of the shipped image: what users see, and what happens to pods."""
import base64
import json
import time

import pytest

from harness import OURS, wait_for
from node_cluster import SYSTEM

import objects
from conftest import TOOLBOX


def set_image(shop, tag):
    return shop.start("agent", "set", "image", "deployment/api", f"api={TOOLBOX}:{tag}")


def held(shop, tag="2"):
    """The agent's command that waits, and its request."""
    return set_image(shop, tag), shop.request()


def finish_approved(shop, command, request):
    """However often its call was cut short meanwhile: one person's yes, one use."""
    shop.approve("alice", request)
    command.finish().must()
    used = shop.wait_for_state(request, "Used")
    assert len(used["status"]["uses"]) == 1
    return used


def test_the_call_comes_through_the_service(cluster, shop):
    shop.gate()
    command, request = held(shop)
    gate = cluster.get("validatingwebhookconfiguration", "sallyport-gate")["webhooks"][0]["clientConfig"]
    assert "url" not in gate and gate["service"]["name"] == "sallyport-webhook" and gate["caBundle"]
    finish_approved(shop, command, request)
    shop.kubectl("admin", "rollout", "status", "deployment/api", "--timeout=30s").must()


def test_an_exec_into_a_running_pod(shop):
    shop.kubectl("admin", "rollout", "status", "deployment/api", "--timeout=30s").must()
    shop.gate(actions=objects.preset("Exec"))
    command = shop.start("agent", "exec", "deployment/api", "--", "id")
    request = shop.request()
    shop.approve("alice", request)
    assert "uid=65532" in command.finish().must().stdout
    # The same pod, another command.
    command = shop.start("agent", "exec", "deployment/api", "--", "cat", "/etc/passwd")
    request, = [each for each in wait_for("the second request", lambda: shop.requests("Pending"))]
    shop.decide("bob", request, "Deny").must()
    refused = command.finish()
    assert not refused.ok and "was denied" in refused.stderr and request["metadata"]["name"] in refused.stderr


def test_a_secret_that_an_agent_writes_is_asked_for(shop):
    shop.gate(actions=objects.preset("SecretAccess"))
    command = shop.start("agent", "create", "secret", "generic", "key", "--from-literal=password=hunter2canary")
    request = shop.request()
    assert "hunter2canary" not in json.dumps(request)
    finish_approved(shop, command, request)
    assert not any("hunter2canary" in path.read_text() for path in shop.cluster.log_files())


def test_pods_are_restricted_and_have_no_shell(cluster):
    cluster.admin("label", "namespace", SYSTEM, "pod-security.kubernetes.io/enforce=restricted", "--overwrite")
    dry = cluster.kubectl("admin", "-n", SYSTEM, "get", "statefulset", "sallyport", "-o", "json").must().stdout
    template = json.loads(dry)["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "like-ours", "namespace": SYSTEM}, "spec": template["spec"]}
    pod["spec"]["volumes"] = [*pod["spec"]["volumes"], {"name": "log", "emptyDir": {}}]
    accepted = cluster.kubectl("admin", "create", "--dry-run=server", "-f", "-", stdin=json.dumps(pod)).must()
    assert "violate" not in accepted.stderr
    for program in ("sh", "/bin/sh", "cat"):
        assert not cluster.kubectl("admin", "-n", SYSTEM, "exec", "sallyport-0", "--", program).ok


def test_a_pod_that_is_deleted_hands_its_call_over(healthy, shop):
    shop.gate()
    command, request = held(shop)
    for pod in ("sallyport-0", "sallyport-1"):
        healthy.admin("-n", SYSTEM, "delete", "pod", pod)
        healthy.wait_until_ready()
        assert command.is_running
    finish_approved(shop, command, request)


def test_a_drain_evicts_one_pod_at_a_time(healthy, shop):
    shop.gate()
    command, request = held(shop)

    def evict(pod):
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": SYSTEM}}
        return healthy.kubectl("admin", "create", "--raw", f"/api/v1/namespaces/{SYSTEM}/pods/{pod}/eviction", "-f", "-",
                               stdin=json.dumps(body))

    evict("sallyport-0").must()
    second = evict("sallyport-1")
    assert not second.ok and "disruption budget" in second.stderr
    healthy.wait_until_ready()
    finish_approved(shop, command, request)


def test_a_killed_process_is_started_again_and_its_log_goes_on(healthy, shop):
    shop.gate()
    before = healthy.restarts()
    healthy.inside("pkill", "-KILL", "-f", "/usr/bin/sallyport serve.*--name sallyport-0", processes=True)
    wait_for("the restart", lambda: healthy.restarts() > before, 60)
    healthy.wait_until_ready()
    command, request = held(shop)
    finish_approved(shop, command, request)


def test_an_approval_outlives_all_pods(healthy, shop):
    shop.gate(whilePending="Reject")
    set_image(shop, "2").finish()
    request = shop.approved("alice", shop.request())
    healthy.scale(0)
    assert not set_image(shop, "2").finish().ok
    shop.kubectl("admin", "label", "deployment", "api", "people=pass").must()
    healthy.scale(2)
    healthy.wait_until_ready()
    set_image(shop, "2").finish().must()
    assert len(shop.wait_for_state(request, "Used")["status"]["uses"]) == 1


def test_a_restart_of_kubelet_is_nobodys_business(healthy, shop):
    shop.gate()
    command, request = held(shop)
    before = healthy.restarts()
    healthy.part("stop", "kubelet")
    time.sleep(3)
    assert command.is_running
    healthy.part("start", "kubelet")
    finish_approved(shop, command, request)
    assert healthy.restarts() == before


def missing(cluster):
    return [cluster.metric(pod, "sallyport_keys_missing") for pod in ("sallyport-0", "sallyport-1")]


def test_a_key_that_is_deleted_is_an_alarm_and_restored_by_people(healthy, shop, tmp_path):
    """The kubelet takes it out of the pods; nobody who runs needs it, and nobody who runs writes it."""
    backup = tmp_path / "keys.json"
    keys_command(healthy, "backup", "--to", backup)
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    for secret in ("sallyport-seal-key", "sallyport-log-key"):
        healthy.admin("-n", SYSTEM, "delete", "secret", secret)
    wait_for("both replicas to say so", lambda: missing(healthy) == [1, 1], 240, 2)
    shop.set_image("2").must()
    assert len(shop.wait_for_state(request, "Used")["status"]["uses"]) == 1
    assert not healthy.kubectl("admin", "-n", SYSTEM, "get", "secret", "sallyport-seal-key").ok
    another = shop.approved("alice", shop.rejected("3"))
    keys_command(healthy, "restore", "--from", backup, "--yes")
    # Who starts now has the keys from there, and believes what the others have sealed.
    for pod in ("sallyport-0", "sallyport-1"):
        healthy.admin("-n", SYSTEM, "delete", "pod", pod)
        healthy.wait_until_ready()
    wait_for("the end of it", lambda: missing(healthy) == [0, 0], 60)
    shop.set_image("3").must()
    assert len(shop.wait_for_state(another, "Used")["status"]["uses"]) == 1


def keys_command(cluster, *arguments):
    binary = (cluster.folder / "binary").read_text().strip()
    return cluster.inside(binary, "keys", *arguments, "--kubeconfig", cluster.folder / "kubeconfig")


def test_another_key_of_seals_starts_the_replicas_anew(healthy, shop):
    secret = healthy.get("-n", SYSTEM, "secret", "sallyport-seal-key")
    before = healthy.restarts()

    def put(key):
        healthy.admin("-n", SYSTEM, "patch", "secret", "sallyport-seal-key", "--type=merge", "-p", json.dumps({"data": {"seal.key": key}}))

    put(base64.b64encode(b"another key of thirty-two bytes!").decode())
    try:
        wait_for("both to be started anew", lambda: healthy.restarts() >= before + 2, 240, 1)
        healthy.wait_until_ready()
        shop.gate(whilePending="Reject")
        request = shop.approved("alice", shop.rejected("2"))
        shop.set_image("2").must()
        shop.wait_for_state(request, "Used")
    finally:
        put(secret["data"]["seal.key"])
        wait_for("both to be started anew", lambda: healthy.restarts() >= before + 4, 240, 1)


def test_a_pod_that_calls_the_webhook_is_nobody(cluster, shop):
    """Anything in the cluster reaches the Service. It moves nothing."""
    shop.gate(whilePending="Reject")
    address = cluster.get("-n", SYSTEM, "service", "sallyport-webhook")["spec"]["clusterIP"]
    before = cluster.sum_of("sallyport_callers_not_proven_total")
    answer = cluster.inside("curl", "-sk", "--max-time", "10", "-o", "/dev/null", "-w", "%{http_code}",
                            "-H", "Content-Type: application/json", "-d", '{"kind":"AdmissionReview"}',
                            f"https://{address}:9443/admit").stdout
    assert answer == "403"
    wait_for("it to be counted", lambda: cluster.sum_of("sallyport_callers_not_proven_total") > before)
    assert not shop.requests()


def test_its_rights_are_enough(cluster):
    calls = [entry for entry in cluster.audit(OURS)
             if entry["user"]["username"] == OURS and entry["requestReceivedTimestamp"] > cluster.installed_at]
    forbidden = {(entry["verb"], entry["requestURI"]) for entry in calls if entry["responseStatus"]["code"] in (401, 403)
                 and "because it is being terminated" not in entry["responseStatus"].get("message", "")}
    assert calls and not forbidden
