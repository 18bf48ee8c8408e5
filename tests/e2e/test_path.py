"""The path that proves the API server's calls, and when it is replaced."""
import json
import subprocess

import pytest

from certificates import make_ca
from harness import wait_for

pytestmark = pytest.mark.disruptive

GATE = "validatingwebhookconfiguration/sallyport-gate"


def path_of(cluster):
    """The secret part, as the API server is told it."""
    client = cluster.get(GATE)["webhooks"][0]["clientConfig"]
    return (client.get("url") or client["service"]["path"]).split("/")[-2]


def code_of(cluster, path, *arguments):
    """What somebody is told who calls by this path."""
    curl = subprocess.run(
        ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Content-Type: application/json", "-d", "{}", *arguments,
         f"https://127.0.0.1:{cluster.webhook_port}/{path}/admit?timeout=5s"], capture_output=True, text=True, timeout=30, check=False)
    return curl.stdout


def replaced(cluster, path, seconds=40):
    """Waits for another path, and for the end of this one at all replicas."""
    new = wait_for("another path", lambda: now if (now := path_of(cluster)) != path else None, seconds)
    wait_for("the old path to prove nothing", lambda: all(code_of(cluster, path) == "403" for _ in range(6)), 30)
    assert code_of(cluster, new) == "400"
    return new


def test_the_path_is_replaced_when_a_replica_is_gone(shop, replicas):
    shop.gate(whilePending="Reject")
    path = path_of(replicas)
    assert code_of(replicas, path) == "400"  # somebody has learned it
    replicas.kill_replica(1)
    path = replaced(replicas, path)
    shop.rejected("2")
    replicas.start_replica(1)
    path = replaced(replicas, path)
    replicas.stop_replica(1)
    replaced(replicas, path)
    assert "replica replica-1 is gone" in replicas.stderr_logs()["0"]


def test_the_path_is_replaced_when_a_configuration_had_to_be_put_right(shop, replicas):
    """Also where it is a new one: as soon as calls that began by the one before have ended."""
    shop.gate(whilePending="Reject")
    away = [{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": "Cg=="}]
    for _ in range(2):
        path = path_of(replicas)
        replicas.kubectl("admin", "patch", *GATE.split("/"), "--type=json", "-p", json.dumps(away)).must()
        wait_for("another path", lambda old=path: path_of(replicas) != old, 40)
    wait_for("the gate to answer again", lambda: "code=ApprovalRequired" in shop.set_image("2").stderr, 30)
    assert any("sallyport-gate was changed" in text for text in replicas.stderr_logs().values())


def client_certificate(folder, ca, name):
    """Signed by this CA, for this common name: curl's arguments."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-subj", f"/CN={name}",
            "-out", f"{name}.csr")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.crt", "-CAkey", f"{ca}.key", "-CAcreateserial", "-days", "1",
            "-out", f"{name}.crt")
    return "--cert", folder / f"{name}.crt", "--key", folder / f"{name}.key"


def test_a_certificate_must_have_the_api_servers_name(cluster, replicas, settings, tmp_path):
    """No certificate of that CA but the API server's own, and no path, proves a call; and the CA's file is read again."""
    ca = tmp_path / "clients.crt"
    ca.write_text(make_ca(tmp_path, "first-ca"))
    path = path_of(replicas)
    settings([0, 1], webhook={"clientCAFile": str(ca), "clientNames": ["kube-apiserver"]})
    path = path_of(replicas)
    right = client_certificate(tmp_path, "first-ca", "kube-apiserver")
    assert code_of(replicas, path) == "403"
    assert code_of(replicas, path, *map(str, right)) == "400"
    assert code_of(replicas, path, *map(str, client_certificate(tmp_path, "first-ca", "kubelet-of-n1"))) == "403"
    assert replicas.metric(0, "sallyport_caller_proven_by_certificate") == 1

    ca.write_text(make_ca(tmp_path, "second-ca"))
    other = tmp_path / "second"
    other.mkdir()
    for suffix in ("crt", "key"):
        (other / f"second-ca.{suffix}").write_bytes((tmp_path / f"second-ca.{suffix}").read_bytes())
    renewed = client_certificate(other, "second-ca", "kube-apiserver")
    wait_for("the new CA at both replicas", lambda: all(code_of(replicas, path, *map(str, renewed)) == "400" for _ in range(10)), 30)
    assert code_of(replicas, path, *map(str, right)) != "400"
