"""An agent moves the core API to a server of its own for some seconds, while replicas run: it is told nothing, and nothing that
it answers is believed."""
import base64
import json

import pytest

from harness import wait_for
from locked_keys import certificates_and_path, lock, put_in_secrets, sallyport
from moved_api import NAMESPACE, ListensIn

pytestmark = pytest.mark.disruptive
SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"
SECRET = f"{SECRETS}/sallyport-keys"


@pytest.fixture(scope="module", autouse=True)
def as_before(own_cluster):
    """Its discovery stays stale once somebody else has answered for the core API, and no namespace could be deleted."""
    yield
    own_cluster.restart_apiserver()


@pytest.fixture
def stranger(cluster, replicas, tmp_path):
    listening = ListensIn(cluster, tmp_path)
    yield listening
    listening.close()
    wait_for("the core API to be back", lambda: cluster.kubectl("admin", "get", "namespace", "default").ok, 60)
    wait_for("both replicas to be ready", lambda: all(cluster.readyz(replica)[0] for replica in (0, 1)), 60)


def secret(data):
    return {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": data,
            "metadata": {"name": "sallyport-keys", "namespace": NAMESPACE, "uid": "stranger", "resourceVersion": "1"}}


def canaries(cluster):
    """Texts of which none may come to a stranger."""
    held = {"seal.key": cluster.key("seal.key"), "path": cluster.path().encode()}
    for name, pem in {"log.key": cluster.key("log.key").decode(), **certificates_and_path(cluster)}.items():
        if name.endswith(".key"):
            held[name] = pem.splitlines()[1].encode()
    assert set(held) >= {"seal.key", "log.key", "ca.key", "tls.key", "path"}
    return {(name, text) for name, value in held.items() for text in
            (base64.b64encode(value).decode().rstrip("="), value.decode(errors="replace"), value.hex())}


def told(stranger):
    """All that it was sent, and what is base64 in it, so that nothing hides."""
    found = [" ".join(call) for call in stranger.calls]
    for _, path, body in stranger.calls:
        if body.startswith("{") and path.startswith(SECRETS):
            found += [base64.b64decode(value).decode(errors="replace") for value in (json.loads(body).get("data") or {}).values()]
    return "\n".join(found)


OTHERS_KEY = b"a key of seals that an agent has"
ANSWERS = {
    "there is no such Secret": None,
    "it is empty": secret({}),
    "an earlier version's, with keys of the agent's": secret({
        "seal.key": base64.b64encode(OTHERS_KEY).decode(), "path": base64.b64encode(b"agents-path").decode(),
        "path-since": base64.b64encode(b"2020-01-01T00:00:00.000000Z").decode(),
        **{name: base64.b64encode(b"x").decode() for name in ("ca.crt", "ca.key", "tls.crt", "tls.key")}}),
    "locked under a key of the agent's": secret({"locked": lock(OTHERS_KEY, {"path": "agents-path", "path-since": "2020-01-01T00:00:00.000000Z"})}),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_replicas_tell_it_no_key_and_believe_nothing(cluster, stranger, shop, answer):
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    forbidden, pids, path = canaries(cluster), [cluster.pid(replica) for replica in (0, 1)], cluster.path()
    if ANSWERS[answer]:
        stranger.answers[SECRET] = ANSWERS[answer]
    stranger.move()
    wait_for("replicas to ask it", lambda: len([call for call in stranger.calls if call[1] == SECRET]) >= 6, 60)
    stranger.put_back()
    wait_for("the core API to be back", lambda: cluster.kubectl("admin", "-n", shop.name, "get", "deployment", "api").ok, 60)
    text = told(stranger)
    assert not [name for name, secret in forbidden if secret in text]
    assert not [call for call in stranger.calls if call[0] == "POST" and call[1] == SECRETS]
    assert [cluster.pid(replica) for replica in (0, 1)] == pids and "agents-path" not in (path, cluster.path())
    # What was sealed before still counts.
    wait_for("both replicas to be ready", lambda: all(cluster.readyz(replica)[0] for replica in (0, 1)), 60)
    wait_for("the approved action to pass", lambda: shop.set_image("2").ok, 60)
    assert len(shop.wait_for_state(request, "Used")["status"]["uses"]) == 1


def test_people_are_told_before_they_hand_it_a_key(cluster, stranger, tmp_path):
    admin = ("--kubeconfig", cluster.folder / "kubeconfig")
    put_in_secrets(cluster)
    assert sallyport(cluster, "keys", "backup", "--to", tmp_path / "keys.json", *admin).returncode == 0
    cluster.admin("-n", NAMESPACE, "delete", "secret", "sallyport-log-key")
    stranger.move()
    wait_for("it to be there", lambda: stranger.calls)
    for command in (("create",), ("backup", "--to", tmp_path / "again.json"), ("restore", "--from", tmp_path / "keys.json", "--yes")):
        refused = sallyport(cluster, "keys", *command, *admin)
        assert refused.returncode and "Service default/stranger" in refused.stderr, refused
    assert not [call for call in stranger.calls if "-key" in call[2]]
