"""Commands that ask something else at each try: what differs is named, and nobody is asked for ever."""
import datetime
import http.server
import json
import os
import re
import ssl
import subprocess
import threading

import pytest

import objects
from base64 import b64encode
from certificates import issue, make_ca
from harness import AGENT, ROOT, free_port
from namespace import state_of

STAMP = "metadata.annotations.built"


class Stamper(http.server.BaseHTTPRequestHandler):
    """A mutating webhook that stamps what it sees with the time."""

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = review["request"]["object"]["metadata"].get("annotations", {})
        value = {**known, "built": datetime.datetime.now().isoformat()}
        patch = json.dumps([{"op": "add", "path": "/metadata/annotations", "value": value}])
        answer = {"uid": review["request"]["uid"], "allowed": True, "patchType": "JSONPatch", "patch": b64encode(patch.encode()).decode()}
        body = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": answer}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def stamped(shop, tmp_path):
    """Each write of this agent to a deployment here is stamped."""
    ca = make_ca(tmp_path, "stamper")
    issue(tmp_path, "stamper", tmp_path)
    port = free_port()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Stamper)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    shop.cluster.apply({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": shop.name},
        "webhooks": [{"name": "stamp.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
                      "clientConfig": {"url": f"https://localhost:{port}/", "caBundle": b64encode(ca.encode()).decode()},
                      "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": shop.name}},
                      "matchConditions": [{"name": "agent", "expression": f"request.userInfo.username == '{AGENT}'"}],
                      "rules": [{"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["deployments"]}]}]})
    yield
    shop.cluster.admin("delete", "mutatingwebhookconfiguration", shop.name)
    server.shutdown()


def condition(request, kind):
    return next((each["message"] for each in request["status"].get("conditions", []) if each["type"] == kind), "")


def test_a_waiting_command_that_is_stamped_anew_has_one_request_and_ends(cli, shop, stamped):
    shop.gate(holdFor="2s")
    agent = shop.start_set_image("2")
    refused = agent.finish(180)
    assert not refused.ok and "code=DiffersEachTry" in refused.stderr, refused
    assert STAMP in refused.stderr and "spec.template" not in refused.stderr.partition("What differs is ")[2], refused

    requests = shop.requests()
    # One replica does not know who waits at another.
    replicas = len(shop.cluster.running())
    assert 5 <= len(requests) < 5 + replicas
    assert len([each for each in requests if state_of(each) == "Pending"]) <= replicas
    ended = [each for each in requests if state_of(each) == "Withdrawn"]
    assert ended and {each["status"]["decision"]["reason"] for each in ended} == {"AskedAnew"}
    assert all(STAMP in condition(each, "Decided") for each in ended)
    anew = [each for each in requests if condition(each, "AsksAnew")]
    assert len(anew) >= 3 and all(STAMP in condition(each, "AsksAnew") for each in anew)

    # And people see it.
    for words in (["show"], ["why"]):
        assert "built" in cli.run("alice", *words, anew[-1]["metadata"]["name"]).must().stdout
    assert "built" in cli.run("alice", "why", ended[0]["metadata"]["name"]).must().stdout


def test_one_that_is_approved_in_time_comes_through(shop, stamped):
    shop.gate(holdFor="20s")
    agent = shop.start_set_image("2")
    shop.approve("alice", shop.request())
    agent.finish().must()
    assert shop.tag() == "2"


@pytest.fixture
def helm(shop, tmp_path):
    binary = subprocess.run([ROOT / "hack" / "helm.sh"], capture_output=True, text=True, check=True).stdout.strip()
    environment = {**os.environ, "HELM_CACHE_HOME": str(tmp_path / "cache"), "HELM_CONFIG_HOME": str(tmp_path / "config")}

    def run(*arguments, **env):
        return subprocess.run([binary, "--kubeconfig", shop.cluster.kubeconfig("agent"), "-n", shop.name, *arguments], cwd=tmp_path,
                              env={**environment, **env}, capture_output=True, text=True, timeout=120, check=False)
    return run


def test_helm_whose_release_is_a_secret_is_told_what_differs_and_what_helps(shop, helm):
    """The release's Secret holds the time. Each try was approved, and none of the approvals was for the next one."""
    shop.gate(actions=objects.preset("SecretAccess"), whilePending="Reject")
    install = ["install", "app", ROOT / "tests" / "data" / "charts" / "hooks", "--no-hooks"]
    for _ in range(5):
        refused = helm(*install)
        assert "code=ApprovalRequired" in refused.stderr, refused
        shop.approved("alice", shop.request())
    refused = helm(*install)
    assert "code=DiffersEachTry" in refused.stderr, refused
    assert re.search(r"What differs is metadata\.labels\.\w+, and perhaps data\.release", refused.stderr), refused
    assert len(shop.requests()) == 5 == len(shop.requests("Approved"))

    # Nothing of this chart is a Secret: where the release is none either, nobody is asked.
    done = helm(*install, HELM_DRIVER="configmap")
    assert done.returncode == 0 and "STATUS: deployed" in done.stdout, done.stderr
    assert len(shop.requests()) == 5
