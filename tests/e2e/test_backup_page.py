"""docs/backup.md: every command, as printed, by a person at a shell; and what a restored etcd does is what the page says."""
import subprocess

import pytest

import objects
from harness import wait_for
from locked_keys import put_in_secrets
from pages import PageShell

pytestmark = pytest.mark.disruptive


@pytest.fixture
def at_shell(replicas, shell_env, tmp_path):
    (tmp_path / "logs").mkdir()
    for replica in (0, 1):
        (tmp_path / "logs" / str(replica)).symlink_to(replicas.replicas_folder / str(replica) / "log")
    return PageShell("backup.md", shell_env, tmp_path)


def with_logs_of(folder):
    """`sallyport log show logs/` looks into one directory: the logs of all replicas copied there, as the page has it."""
    for link in list((folder / "logs").iterdir()):
        if link.is_symlink():
            target = link.resolve()
            link.unlink()
            subprocess.run(["cp", "-a", *target.glob("*.jsonl*"), folder / "logs"], check=True)


def test_the_page_is_true_and_its_commands_work(shop, replicas, at_shell):
    put_in_secrets(replicas)
    shop.gate(whilePending="Reject", approval=objects.approval(validFor="1h"))

    # The namespaces of tests before may still be going, with their policies.
    wait_for("no other policy", lambda: len(replicas.get("approvalpolicies", "-A")["items"]) == 1, 60)

    # What to keep.
    assert "seal.key" in at_shell("kubectl sallyport keys backup")
    at_shell("kubectl get approvalpolicies")
    at_shell("helm get values")
    assert "agents:" in (at_shell.folder / "sallyport-values.yaml").read_text()

    # One approval is used after the backup of etcd, another is not; a third request comes later.
    used = shop.approved("alice", shop.rejected("2"))
    shop.rejected("3")
    unused = shop.approved("alice", shop.requests("Pending")[0])
    pending = shop.rejected("4") and shop.requests("Pending")[0]
    replicas.save_store(at_shell.folder / "store")
    shop.set_image("2").must()
    shop.wait_for_state(used, "Used")
    later = shop.rejected_beside_others("5")
    wait_for("both replicas to know of the use", lambda: len({each["stream"] for each in replicas.journal()
                                                               if each.get("uses") == 1 and each["request_uid"] == used["metadata"]["uid"]}) == 2)
    replicas.restore_store(at_shell.folder / "store")
    for request in (used, unused):
        assert shop.wait_for_state(request, "Revoked", 60)["status"]["revocation"]["reason"] == "StoreRestored"
    wait_for("both replicas to be ready", lambda: all(replicas.readyz(replica)[0] for replica in (0, 1)), 60)
    assert shop.tag() == "1" and not shop.set_image("2").ok
    assert shop.again(pending)["status"]["state"] == "Pending"
    assert later not in {each["metadata"]["name"] for each in shop.requests()}

    # What people see.
    with_logs_of(at_shell.folder)
    assert "store" in at_shell("sallyport log show logs/")
    revoked = at_shell("kubectl get approvalrequests --all-namespaces --field-selector status.state=Revoked\n")
    assert used["metadata"]["name"] in revoked and unused["metadata"]["name"] in revoked
    assert "what stops agents stands as installed" in at_shell("kubectl sallyport doctor")

    # Coming back.
    replicas.admin("-n", "sallyport-system", "delete", "secret", "sallyport-seal-key", "sallyport-log-key")
    at_shell("kubectl sallyport keys restore")
    replicas.get("secret", "sallyport-seal-key", "-n", "sallyport-system")
    replicas.admin("-n", shop.name, "delete", "approvalpolicy", "gate")
    at_shell("kubectl apply -f sallyport-policies.json")
    wait_for("the policy to ask again", lambda: "code=ApprovalRequired" in shop.set_image("6").stderr, 60)
    open_one = shop.approved("alice", next(each for each in shop.requests("Pending") if each["spec"]["action"]["summary"].endswith(":6")))
    at_shell("kubectl delete approvalrequests")
    assert open_one["metadata"]["name"] not in {each["metadata"]["name"] for each in shop.requests()}

    # The last resort. These replicas have their keys as files, so that they notice nothing but the loss of what they share.
    keys = {path: path.read_bytes() for path in (replicas.folder / "keys").iterdir()}
    at_shell("kubectl -n sallyport-system delete secret")
    made = at_shell("sallyport keys create")
    assert "seal.key" in made or "sallyport-seal-key" in made
    assert {path: path.read_bytes() for path in keys} == keys
    replicas.admin("-n", "sallyport-system", "delete", "secret", "sallyport-seal-key", "sallyport-log-key", "--ignore-not-found")
    replicas.kubectl("admin", "-n", "sallyport-system", "create", "secret", "generic", "sallyport-keys")

    assert not at_shell.left()
