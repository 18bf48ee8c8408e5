"""The replicas' own logs, checked as an auditor does."""
import json
import shutil
import subprocess

import pytest

from auditor import SALLYPORT, files_of, public_key, verify, verify_sh
from harness import AGENT_NAME, AGENTS, log_files, read_log_file, wait_for
from locked_keys import put


def whole_lines(cluster, folder):
    """Copies as an auditor gets them of replicas that go on writing: up to the last whole line."""
    def copied():
        """A file that is closed meanwhile is missing in what was copied."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for file in [file for log in cluster.replicas_folder.glob("[01]/log") for file in log_files(log)]:
            data = file.read_bytes()
            (folder / file.name).write_bytes(data if file.suffix == ".gz" else data[:data.rfind(b"\n") + 1])
        return verify(folder).returncode == 0
    wait_for("copies of whole logs", copied)
    return folder


def signed_up_to(report):
    return {stream["stream"]: stream["signedUpTo"] for stream in json.loads(report.stdout)["streams"]}


def test_logs_are_clean_and_witnessed_by_requests_and_by_the_api_server(shop, replicas, tmp_path):
    shop.gate(whilePending="Reject")
    shop.approved("alice", shop.rejected("2"))
    shop.set_image("2").must()
    shop.decide("alice", shop.rejected("3"), "Deny").must()
    requests, audit = tmp_path / "requests.json", tmp_path / "audit.log"
    requests.write_text(json.dumps(shop.get("approvalrequests")))
    used, = wait_for("the API server's word of the use", lambda: [
        event for event in shop.cluster.audit(shop.name) if any(key.endswith("/log-head") for key in event.get("annotations", {}))])
    audit.write_text(json.dumps(used) + "\n")
    logs, key = whole_lines(shop.cluster, tmp_path / "logs"), public_key(shop.cluster)
    checked = verify(logs, "--witness", requests, "--witness", audit)
    assert checked.returncode == 0, checked.stdout
    assert "witnessed up to line" in checked.stdout
    # Cut off behind what they have seen.
    stream = next(value for name, value in used["annotations"].items() if name.endswith("/log-stream"))
    seen = int(next(value for name, value in used["annotations"].items() if name.endswith("/log-seq")))
    for file in files_of(logs, stream):
        kept = [line for line in read_log_file(file).splitlines(keepends=True) if json.loads(line)["seq"] < seen]
        file.unlink()
        if kept:
            file.with_name(file.name.removesuffix(".gz")).write_bytes(b"".join(kept))
    for witness in (requests, audit):
        cut = verify(logs, "--witness", witness)
        assert cut.returncode == 1 and "was cut off or put back" in cut.stdout
    assert key.startswith("sallyport.dev/log+")


def test_a_bundle_tells_who_decided_and_by_which_policy(shop, tmp_path):
    shop.gate(whilePending="Reject")
    policy = shop.get("approvalpolicy", "gate")
    shop.approved("alice", shop.rejected("2"))
    shop.set_image("2").must()
    logs, file = whole_lines(shop.cluster, tmp_path / "logs"), tmp_path / "evidence.zip"
    exported = subprocess.run([SALLYPORT, "log", "export", logs, "--format", "bundle", "--to", file, "-n", shop.name],
                              capture_output=True, text=True, timeout=60, check=False)
    assert exported.returncode == 0, exported.stderr
    subprocess.run(["unzip", "-q", file, "-d", tmp_path], check=True)
    bundle = tmp_path / "sallyport-evidence"
    decided, = (line for line in (bundle / "SUMMARY.txt").read_text().splitlines() if "  Approved  " in line)
    assert f"  Approved  {shop.name}/" in decided and " by alice" in decided
    policies = [json.loads(path.read_text()) for path in (bundle / "policies").iterdir()]
    assert [(each["name"], each["generation"], each["spec"]) for each in policies] == [("gate", 1, policy["spec"])]
    checked = verify("--extract", bundle / "logs")
    assert checked.returncode == 0 and "extract: " in checked.stdout, checked.stdout


def policy_lines(cluster, namespace):
    """What replica 0 says of policies in that namespace, without what stands before the event."""
    return [line for line in cluster.journal("0") if line["event"] == "policy" and line["namespace"] == namespace]


def test_each_generation_of_a_policy_stands_in_the_log_once(shop):
    shop.gate(whilePending="Reject")
    shop.gate(whilePending="Hold")
    policy = shop.get("approvalpolicy", "gate")
    shop.kubectl("admin", "delete", "approvalpolicy", "gate").must()
    lines = wait_for("its end", lambda: [each for each in (policy_lines(shop.cluster, shop.name),)
                                         if each and each[-1]["change"] == "deleted"])[0]
    assert [(line["change"], line.get("generation")) for line in lines] == [("created", 1), ("changed", 2), ("deleted", None)]
    assert lines[1]["spec"] == policy["spec"] and lines[1]["why_not_ready"] == ""
    assert {line["uid"] for line in lines} == {policy["metadata"]["uid"]}


def test_what_a_replica_runs_by_stands_in_its_log(cluster):
    loaded = [line for line in cluster.journal("0") if line["event"] == "configuration_loaded"]
    agent, = [each for each in loaded[0]["agents"] if each["name"] == AGENT_NAME]
    assert f"{AGENTS}/deployer" in agent["service_accounts"]
    assert loaded[0]["guard"] == "Enforce"


@pytest.mark.disruptive
def test_what_a_replica_has_written_is_signed_when_it_stops(shop, replicas, tmp_path):
    shop.gate(whilePending="Reject")
    shop.rejected("2")
    for replica in (0, 1):
        replicas.dev("stop", str(replica))
    logs, key = whole_lines(shop.cluster, tmp_path / "logs"), public_key(shop.cluster)
    checked = verify(logs, "--key", key)
    assert checked.returncode == 0, checked.stdout
    for stream in signed_up_to(verify(logs, "-o", "json")):
        files = files_of(logs, stream)
        assert json.loads(files[-1].read_bytes().splitlines()[-1])["event"] == "checkpoint"
        script = verify_sh("--key", key, *files)
        assert script.returncode == 0, script.stdout + script.stderr


@pytest.fixture
def own_log_key(replicas, tmp_path):
    """A folder for replica 1, with the key of seals that all have, and a log.key of its own by openssl; and how to make the next."""
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "seal.key").write_bytes(replicas.key("seal.key"))

    def new_key():
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", tmp_path / "new.key"], check=True)
        (tmp_path / "new.key").replace(folder / "log.key")

    new_key()
    yield folder, new_key


@pytest.mark.disruptive
def test_a_key_of_a_file_signs_the_log_and_another_one_there_is_taken(shop, replicas, own_log_key, tmp_path):
    folder, new_key = own_log_key
    key = folder / "log.key"

    def named():
        return [each["key"] for each in shop.cluster.journal("1") if each["event"] == "log_key"]

    usual, before = public_key(shop.cluster), named()
    replicas.stop_replica(1)
    replicas.start_replica(1, "--keys-dir", folder)
    first, = wait_for("the file's key", lambda: named()[len(before):], 30)
    assert first != usual
    wait_for("its public half for auditors", lambda: public_key(shop.cluster) == first, 30)
    key.write_text("no key")  # as a half-written one: it is told, and the one before stays
    wait_for("a word about it", lambda: "the one in use stays" in shop.cluster.stderr_logs()["1"], 30)
    wait_for("the alarm", lambda: shop.cluster.metric(1, "sallyport_keys_missing") == 1, 30)
    # Nothing else waits for it: a path that is due is changed, and what the API server asks by it is answered.
    replicas.dev("stop", "0")
    path_before = shop.cluster.path()
    put(shop.cluster, path_since="2020-01-01T00:00:00.000000Z")
    wait_for("another path", lambda: shop.cluster.path() != path_before, 30)
    shop.gate(whilePending="Reject")
    shop.rejected("2")
    new_key()
    wait_for("the next key", lambda: len(named()) == len(before) + 2, 30)
    replicas.dev("stop", "1")
    second = named()[-1]
    assert [each["previous"] for each in shop.cluster.journal("1") if each["event"] == "log_key"][-1] == first
    logs = whole_lines(shop.cluster, tmp_path / "logs")
    assert verify(logs, "--key", usual, *[part for old in before for part in ("--key", old)],
                  "--key", first, "--key", second).returncode == 0
    assert "signed by none of the keys given" in verify(logs, "--key", usual, "--key", first).stdout
    assert key.read_text() not in json.dumps(shop.cluster.journal()) + shop.cluster.stderr_logs()["1"]
