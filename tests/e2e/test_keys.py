"""The keys that nobody gets from the API: what replicas do without them, who may read them, and how people keep and restore them."""
import base64
import json
import os
import stat
import subprocess

import pytest

from auditor import public_key
from harness import ROOT, wait_for
from locked_keys import SECRET, certificates_and_path, path_that_stays, put_in_secrets, put_locked, sallyport
from test_path import code_of

SYSTEM = "sallyport-system"


def told(shop):
    """What the policy's condition Protected says."""
    conditions = shop.get("approvalpolicy", "gate").get("status", {}).get("conditions", [])
    return next((f"{each['status']}: {each['message']}" for each in conditions if each["type"] == "Protected"), "")


def missing(cluster):
    return [cluster.metric(replica, "sallyport_keys_missing") for replica in cluster.running()]


def lacks_a_key(cluster):
    """By doctor, which reads it in the Leases that replicas renew every two seconds."""
    well, checks = cluster.doctor()
    return not well and checks["no key is missing"]["problem"]


@pytest.fixture
def keys_put_back(replicas):
    kept = {path: path.read_bytes() for path in (replicas.folder / "keys").iterdir()}
    yield replicas
    for path, content in kept.items():
        path.write_bytes(content)


@pytest.mark.disruptive
@pytest.mark.parametrize("key", ["seal.key", "log.key"])
@pytest.mark.parametrize("content", [None, b"", b"half"])
def test_a_key_that_is_gone_or_less_is_an_alarm_and_replicas_go_on(shop, keys_put_back, key, content):
    cluster, file = keys_put_back, keys_put_back.folder / "keys" / key
    kept = file.read_bytes()
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    wait_for("both replicas to say so", lambda: missing(cluster) == [1, 1])
    wait_for("people to be told", lambda: told(shop).startswith("False: a key is missing") and key in told(shop) and
             "sallyport keys restore" in told(shop), 60)
    wait_for("doctor to say so", lambda: lacks_a_key(cluster))
    shop.set_image("2").must()
    shop.wait_for_state(request, "Used")
    file.write_bytes(kept)
    wait_for("the end of it", lambda: missing(cluster) == [0, 0])
    wait_for("people to be told", lambda: told(shop).startswith("True"), 60)

    def told_by_log():
        return [each for each in cluster.journal("0") if each["event"] in ("protected", "unprotected")][-2:]
    wait_for("the log to say so", lambda: [each["event"] for each in told_by_log()] == ["unprotected", "protected"])
    assert key in told_by_log()[0]["why"]
    assert not [text for text in (json.dumps(cluster.journal()), *cluster.stderr_logs().values()) if kept.hex() in text]


@pytest.mark.disruptive
def test_without_the_key_of_seals_no_replica_starts(shop, keys_put_back):
    cluster, file = keys_put_back, keys_put_back.folder / "keys" / "seal.key"
    kept = file.read_bytes()
    cluster.stop_replica(1)
    file.unlink()
    starting = subprocess.Popen([ROOT / "hack" / "dev.sh", "start", "1", "--dir", cluster.folder], stderr=subprocess.DEVNULL)
    try:
        wait_for("a word about it", lambda: "the key of seals: cannot open" in cluster.stderr_logs()["1"], 30)
        assert not cluster.readyz(1)[0]
        file.write_bytes(kept)
        assert starting.wait(60) == 0
    finally:
        starting.kill()
        starting.wait()


@pytest.mark.disruptive
def test_what_replicas_share_is_filled_again_and_never_made(shop, replicas):
    path, keys = path_that_stays(replicas), certificates_and_path(replicas)
    # The other replica finds it in the Secret once somebody comes with it.
    assert all(code_of(replicas, path) == "400" for _ in range(10))
    replicas.admin("delete", *SECRET)
    wait_for("both replicas to say so", lambda: missing(replicas) == [1, 1])
    assert not replicas.kubectl("admin", "get", *SECRET).ok
    wait_for("doctor to say so", lambda: lacks_a_key(replicas))  # also where there is no policy
    shop.gate(whilePending="Reject")
    shop.rejected("2")  # what runs goes on
    replicas.admin("-n", SYSTEM, "create", "secret", "generic", "sallyport-keys")
    wait_for("the end of it", lambda: missing(replicas) == [0, 0])
    assert certificates_and_path(replicas)["ca.key"] == keys["ca.key"]
    assert public_key(replicas)  # by which auditors check the log

    put_locked(replicas, base64.b64encode(b"damaged, or locked under a key that is not ours").decode())
    wait_for("both replicas to say so", lambda: missing(replicas) == [1, 1])
    assert replicas.path() == path
    replicas.admin("patch", *SECRET, "--type=json", "-p", '[{"op": "remove", "path": "/data"}]')
    wait_for("the end of it", lambda: missing(replicas) == [0, 0])
    assert certificates_and_path(replicas)["ca.key"] == keys["ca.key"]


def test_our_own_token_gets_no_key(cluster):
    """What somebody has who has stolen it."""
    files = {name: cluster.key(name) for name in ("seal.key", "log.key")}
    put_in_secrets(cluster)

    def ours(*arguments):
        return subprocess.run([cluster.kubectl_binary, "--kubeconfig", cluster.replicas_folder / "0" / "kubeconfig", *arguments],
                              capture_output=True, text=True, timeout=60, env=cluster.env, check=False)

    for arguments in (("get", "secrets", "-A"), ("-n", SYSTEM, "get", "secrets"), ("-n", SYSTEM, "get", "secret", "sallyport-seal-key"),
                      ("-n", SYSTEM, "get", "secret", "sallyport-log-key"), ("-n", SYSTEM, "delete", "secret", "sallyport-keys"),
                      ("-n", SYSTEM, "create", "secret", "generic", "x")):
        assert "forbidden" in ours(*arguments).stderr.lower(), arguments
    shared = json.loads(ours("get", *SECRET, "-o", "json").stdout)["data"]
    assert set(shared) == {"locked", "log.pub"}
    plain = b"".join(base64.b64decode(value) for value in shared.values())
    hidden = [*files.values(), cluster.path().encode(), *[value.splitlines()[1].encode() for name, value in
                                                         certificates_and_path(cluster).items() if name.endswith(".key")]]
    assert not [value for value in hidden if value in plain]


@pytest.fixture
def secrets(cluster, shop):
    """Of an installation that only has keys."""
    def command(verb, *arguments):
        return sallyport(cluster, "keys", verb, "-n", shop.name, "--name", "other", "--kubeconfig", cluster.folder / "kubeconfig", *arguments)

    def read(name):
        secret = cluster.kubectl("admin", "-n", shop.name, "get", "secret", name, "-o", "json")
        return {key: base64.b64decode(value) for key, value in json.loads(secret.stdout)["data"].items()} if secret.ok else None

    return command, read


def test_keys_are_made_once(secrets):
    command, read = secrets
    made = command("create")
    assert made.returncode == 0 and made.stdout.count(": made") == 2, made
    seal, log = read("other-seal-key"), read("other-log-key")
    assert set(seal) == {"seal.key"} and len(seal["seal.key"]) == 32 and b"PRIVATE KEY" in log["log.key"]
    again = command("create")
    assert again.returncode == 0 and again.stdout.count("is there already") == 2
    assert (read("other-seal-key"), read("other-log-key")) == (seal, log)


def test_keys_of_an_earlier_version_are_taken_over(cluster, shop, secrets):
    command, read = secrets
    made = {"seal.key": os.urandom(32), "log.key": cluster.key("log.key"), "ca.key": b"ca", "path": b"path"}
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "other-keys", "namespace": shop.name},
                   "data": {name: base64.b64encode(value).decode() for name, value in made.items()}})
    taken = command("create")
    assert taken.returncode == 0 and taken.stdout.count("taken over from Secret other-keys") == 2, taken
    assert read("other-seal-key") == {"seal.key": made["seal.key"]} and read("other-log-key") == {"log.key": made["log.key"]}


def test_lost_keys_are_not_made_anew_without_a_word(cluster, shop, secrets):
    """As a job before an upgrade would, and every approval would end."""
    command, read = secrets
    command("create")
    cluster.admin("-n", shop.name, "create", "secret", "generic", "other-keys", "--from-literal=locked=by-replicas")
    assert command("create").stdout.count("is there already") == 2
    cluster.admin("-n", shop.name, "delete", "secret", "other-seal-key")
    refused = command("create")
    assert refused.returncode == 1 and "sallyport keys restore" in refused.stderr and read("other-seal-key") is None, refused


def test_a_backup_is_restored_after_a_question(cluster, shop, secrets, tmp_path):
    command, read = secrets
    command("create")
    seal, log, file = read("other-seal-key"), read("other-log-key"), tmp_path / "backup.json"
    kept = command("backup", "--to", file)
    assert kept.returncode == 0 and stat.S_IMODE(file.stat().st_mode) == 0o600, kept
    assert seal["seal.key"].hex() not in kept.stdout
    assert command("backup", "--to", file).returncode == 1  # never over one that is there
    assert command("restore", "--from", file).stdout.startswith("all keys of")

    cluster.admin("-n", shop.name, "delete", "secret", "other-seal-key")
    cluster.admin("-n", shop.name, "patch", "secret", "other-log-key", "--type=json", "-p", '[{"op": "remove", "path": "/data"}]')
    asked = command("restore", "--from", file)
    assert asked.returncode == 2 and "the Secret is gone" in asked.stdout and "the Secret holds none" in asked.stdout, asked
    assert read("other-seal-key") is None
    put_back = command("restore", "--from", file, "--yes")
    assert put_back.returncode == 0 and seal["seal.key"].hex() not in put_back.stdout, put_back
    assert (read("other-seal-key"), read("other-log-key")) == (seal, log)


def test_what_is_no_backup_is_refused(secrets, tmp_path):
    command, _ = secrets
    (tmp_path / "none.json").write_text('{"kind": "List"}')
    refused = command("restore", "--from", tmp_path / "none.json", "--yes")
    assert refused.returncode == 2 and "no backup of keys" in refused.stderr
    assert command("backup", "--to", tmp_path / "b.json").returncode == 1
