"""Each alert of the chart fires when what it is about is broken, and none while all is well."""
import contextlib
import json
import os
import subprocess

import pytest
import yaml

import objects
from alerts import firing, rules
from certificates import issue, make_ca
from harness import AGENTS, wait_for
from sealing import Sealer

pytestmark = pytest.mark.disruptive

GATE = "validatingwebhookconfiguration/sallyport-gate"
BINDING = "validatingadmissionpolicybinding/sallyport-requests"
OURS = "clusterrolebinding/sallyport"


def scrape(cluster):
    return {f"sallyport-{replica}": cluster.metrics_text(replica) for replica in cluster.running()}


@contextlib.contextmanager
def kept(cluster, target):
    """As it was, afterwards."""
    was = cluster.get(*target.split("/"))
    for field in ("resourceVersion", "managedFields", "uid"):
        was["metadata"].pop(field, None)
    yield
    cluster.admin("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=json.dumps(was))


def until(cluster, sample, value=1):
    wait_for(sample, lambda: any(cluster.metric(replica, sample) == value for replica in cluster.running()), 60)


@contextlib.contextmanager
def nobody_runs(cluster, _shop, _folder):
    cluster.stop_all()
    yield


@contextlib.contextmanager
def gate_edited(cluster, _shop, _folder):
    with kept(cluster, GATE):
        cluster.admin("patch", GATE, "--type=json", "-p", '[{"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Ignore"}]')
        until(cluster, 'sallyport_gate_drifted{part="gate"}')
        yield


@contextlib.contextmanager
def binding_gone(cluster, _shop, _folder):
    with kept(cluster, BINDING):
        cluster.admin("delete", BINDING)
        until(cluster, 'sallyport_gate_drifted{part="binding"}')
        yield


@contextlib.contextmanager
def agent_may_everything(cluster, _shop, _folder):
    cluster.apply(objects.binding("everything", "cluster-admin", f"{AGENTS}/deployer"))
    until(cluster, "sallyport_unprotected")
    yield
    cluster.admin("delete", "clusterrolebinding", "everything")


@contextlib.contextmanager
def decision_forged(cluster, shop, _folder):
    shop.gate(whilePending="Reject", approval=objects.approval(objects.requirement(objects.REVIEWERS, count=2)))
    request = shop.rejected("2")
    path = f"/apis/sallyport.dev/v1alpha1/namespaces/{shop.name}/approvalrequests/{request['metadata']['name']}/status"
    kubeconfig_of_thief(cluster)
    forged = {**request, "status": Sealer(cluster).approval(request, "alice", "bob")}
    cluster.kubectl("thief", "replace", "--raw", path, "-f", "-", stdin=json.dumps(forged)).must()
    until(cluster, "sallyport_forged_decisions")
    yield
    cluster.admin("-n", shop.name, "delete", "approvalrequest", request["metadata"]["name"])


def kubeconfig_of_thief(cluster):
    config = yaml.safe_load(cluster.kubeconfig("agent").read_text())
    config["users"][0]["user"] = {"token": cluster.admin("-n", "sallyport-system", "create", "token", "sallyport", "--duration=1h").strip()}
    cluster.kubeconfig("thief").write_text(yaml.safe_dump(config))


@contextlib.contextmanager
def request_of_another_version(cluster, shop, _folder):
    shop.gate(whilePending="Reject")
    real = shop.rejected("2")
    cluster.admin("-n", shop.name, "delete", "approvalrequest", real["metadata"]["name"])
    kubeconfig_of_thief(cluster)
    made = {"apiVersion": real["apiVersion"], "kind": real["kind"],
            "spec": {**real["spec"], "seal": "9:" + real["spec"]["seal"].partition(":")[2]},
            "metadata": {key: real["metadata"][key] for key in ("name", "namespace", "labels")}}
    cluster.kubectl("thief", "create", "-f", "-", stdin=json.dumps(made)).must()
    until(cluster, "sallyport_unknown_requests")
    yield
    cluster.admin("-n", shop.name, "delete", "approvalrequest", real["metadata"]["name"])


@contextlib.contextmanager
def key_gone(cluster, _shop, _folder):
    file = cluster.folder / "keys" / "seal.key"
    was = file.read_bytes()
    file.unlink()
    until(cluster, "sallyport_keys_missing")
    yield
    file.write_bytes(was)


@contextlib.contextmanager
def log_fails(cluster, shop, folder):
    cluster.stop_replica(1)
    cluster.start_replica(1, SALLYPORT_FSYNC_FAILS_WHEN=str(folder / "fails"))
    shop.gate(whilePending="Reject")
    before = scrape(cluster)
    (folder / "fails").touch()
    wait_for("the log to fail", lambda: shop.set_image("2") and cluster.metric(1, "sallyport_log_errors_total") > 0, 60)
    yield before
    (folder / "fails").unlink()


@contextlib.contextmanager
def sink_behind(cluster, shop, folder, settings):
    settings([1], log={"sinks": [{"name": "copy", "type": "file", "directory": str(folder / "missing"), "maxBackoff": "200ms",
                                  "behindAfter": "1s"}]})
    wait_for("the sink to be behind", lambda: cluster.metric(1, 'sallyport_sink_behind{sink="copy"}') == 1, 60)
    yield


@contextlib.contextmanager
def certificate_ends(cluster, _shop, folder):
    ca = make_ca(folder, "ca")
    into = folder / "given"
    into.mkdir()
    issue(folder, "ca", into)
    (into / "ca.crt").write_text(ca)
    cluster.stop_all()
    for replica in (0, 1):
        cluster.start_replica(replica, "--webhook-certificate-dir", into)
    yield


@contextlib.contextmanager
def store_put_back(cluster, shop, folder):
    shop.gate(whilePending="Reject")
    cluster.save_store(folder / "store")
    shop.approved("alice", shop.rejected("2"))
    before = scrape(cluster)
    cluster.restore_store(folder / "store")
    wait_for("the replicas to find it", lambda: cluster.sum_of("sallyport_store_restored_total") > 0, 60)
    wait_for("all to be revoked", lambda: not cluster.sum_of("sallyport_store_restoration_under_way"), 60)
    yield before


@contextlib.contextmanager
def volume_fills(cluster, _shop, folder):
    log = cluster.replicas_folder / "2" / "log"
    log.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", log], check=True)
    try:
        (log / "filler").write_bytes(b"x" * (15 << 19))
        cluster.start_replica(2)
        yield
    finally:
        cluster.stop_replica(2)
        subprocess.run(["umount", log], check=True)


@contextlib.contextmanager
def rights_gone(cluster, shop, _folder):
    before = scrape(cluster)
    with cluster.without_rights(), kept(cluster, OURS):
        cluster.admin("delete", OURS)
        wait_for("calls to be refused", lambda: all(
            re_counted(cluster, replica, before) for replica in cluster.running()), 60)
        yield before


def re_counted(cluster, replica, before):
    sample = "sallyport_api_forbidden_total"
    was = next(float(line.split()[1]) for line in before[f"sallyport-{replica}"].splitlines() if line.startswith(sample + " "))
    return cluster.metric(replica, sample) > was


@contextlib.contextmanager
def disk_is_slow(cluster, shop, _folder):
    cluster.stop_replica(0)
    cluster.stop_replica(1)
    cluster.start_replica(1, SALLYPORT_FAILPOINT="fsync-takes:700")
    shop.gate("warns", enforcement="Warn")
    before = scrape(cluster)
    for tag in range(3):
        shop.set_image(f"slow-{tag}").must()
    yield before


BREAKAGES = {
    "SallyportAnswersNobody": nobody_runs, "SallyportAgentsPass": gate_edited, "SallyportDrifted": binding_gone,
    "SallyportUnprotected": agent_may_everything, "SallyportDecisionForged": decision_forged,
    "SallyportRequestsUnknown": request_of_another_version, "SallyportKeysMissing": key_gone, "SallyportLogFails": log_fails,
    "SallyportSinkBehind": sink_behind, "SallyportCertificateEnds": certificate_ends, "SallyportStoreRestored": store_put_back,
    "SallyportLogVolumeFills": volume_fills, "SallyportRightsMissing": rights_gone, "SallyportSlow": disk_is_slow,
}


def test_every_alert_is_tried():
    assert [rule["alert"] for rule in rules()] == list(BREAKAGES)


@pytest.mark.parametrize("alert", BREAKAGES)
def test_an_alert_fires_when_that_is_broken(alert, shop, replicas, settings, tmp_path):
    if alert == "SallyportLogVolumeFills" and os.geteuid() != 0:
        pytest.skip("mounts a small file system")
    wait_for("what was broken before to be well", lambda: not firing(tmp_path, scrape(replicas), scrape(replicas)), 120, every=2)
    before = scrape(replicas)
    more = {"settings": settings} if alert == "SallyportSinkBehind" else {}
    with BREAKAGES[alert](replicas, shop, tmp_path, **more) as before_it:
        fired = firing(tmp_path, before_it or before, scrape(replicas))
    assert alert in fired, fired
