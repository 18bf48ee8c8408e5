"""What replicas share in the Secret sallyport-keys: locked under the key of seals, so with that key in hand. And the commands for
people."""
import base64
import datetime
import hmac
import json
import os
import subprocess

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from harness import wait_for

SECRET = ("-n", "sallyport-system", "secret", "sallyport-keys")
CONTEXT = b"certificates and path"


def sallyport(cluster, *arguments):
    """Our program, as a person runs it, with nobody at the terminal."""
    command = [(cluster.folder / "binary").read_text().strip(), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)


def box(seal_key):
    return AESGCM(hmac.digest(seal_key, b"sallyport sealed box, AES-256-GCM", "sha256"))


def certificates_and_path(cluster):
    """Its entries, by name."""
    locked = base64.b64decode(cluster.get(*SECRET)["data"]["locked"])
    return json.loads(box(cluster.key("seal.key")).decrypt(locked[:12], locked[12:], CONTEXT))


def path_that_stays(cluster):
    """The one in force, once nobody needs another because of what came before: a path is replaced at the first look, one every
    five seconds, at which it is ten seconds old."""
    def is_old():
        since = datetime.datetime.fromisoformat(certificates_and_path(cluster)["path-since"])
        return datetime.datetime.now(datetime.timezone.utc) - since > datetime.timedelta(seconds=16)
    wait_for("a path that stays", is_old, 60)
    return cluster.path()


def put(cluster, **entries):
    """Some of its entries, as a replica would write them."""
    content = {**certificates_and_path(cluster), **{name.replace("_", "-"): text for name, text in entries.items()}}
    put_locked(cluster, lock(cluster.key("seal.key"), content))


def put_in_secrets(cluster):
    """The replicas' keys, as they stand where replicas are pods."""
    for secret, name in (("sallyport-seal-key", "seal.key"), ("sallyport-log-key", "log.key")):
        cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret, "namespace": "sallyport-system"},
                       "data": {name: base64.b64encode(cluster.key(name)).decode()}})


def lock(seal_key, content):
    nonce = os.urandom(12)
    return base64.b64encode(nonce + box(seal_key).encrypt(nonce, json.dumps(content).encode(), CONTEXT)).decode()


def put_locked(cluster, locked):
    cluster.admin("patch", *SECRET, "--type=merge", "-p", json.dumps({"data": {"locked": locked}}))
