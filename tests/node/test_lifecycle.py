"""Install as the README says, upgrade, roll back, uninstall, while agents write."""
import base64
import collections
import json
import re
import shlex
import threading
import time

import pytest

import objects
from certificates import issue, make_ca
from conftest import TOOLBOX
from harness import ROOT, Caller, utc_now, wait_for
from locked_keys import SECRET, certificates_and_path, put
from node_cluster import CHART, HERE, SYSTEM

REGISTRY_IMAGE = "registry.example.com/sallyport"


def readme_block(command):
    """The lines of README.md's shell block that begins so, one command each."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    block, = [each for each in blocks if each.startswith(command)]
    return [line for line in block.replace("\\\n", " ").splitlines() if line]


def in_the_registry(cluster):
    """The image, under the name that the README gives it: the node has it already."""
    have = cluster.get("-n", SYSTEM, "pods")["items"][0]["spec"]["containers"][0]["image"]
    tag = have.rpartition(":")[2]
    script = (f'"$NODE_BIN/ctr" -a {shlex.quote(str(cluster.folder))}/node/containerd.sock -n k8s.io images tag --force '
              f'{have} {REGISTRY_IMAGE}:{tag}')
    cluster.inside("bash", "-c", script, processes=True)


def install_as_usual(cluster):
    cluster.helm("upgrade", "--install", "sallyport", CHART, "--values", ROOT / "hack" / "dev-values.yaml", "--values",
                 HERE / "values.yaml", "--set", "replicaCount=2", "--set", "image.repository=docker.io/library/sallyport",
                 "--wait", "--timeout", "2m")
    cluster.wait_until_ready()
    cluster.installed_at = utc_now()


@pytest.fixture
def as_usual_afterwards(healthy):
    yield healthy
    install_as_usual(healthy)


class Writer:
    """An agent that sends one write after the other, and counts the answers."""

    def __init__(self, cluster, path, patch):
        self.cluster, self.caller, self.path, self.patch = cluster, Caller(cluster, "agent"), path, patch
        self.answers, self.over, self.sent = collections.Counter(), threading.Event(), 0
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        self.cluster.enter_network()  # where its kubectl proxy listens
        while not self.over.is_set():
            self.sent += 1
            try:
                status, text = self.caller.call("PATCH", self.path, self.patch(self.sent), "application/merge-patch+json")
            except OSError as error:
                status, text = 0, repr(error)  # no answer at all
            code = re.search(r"code=(\w+)", text) if status != 200 else None
            self.answers[status, code.group(1) if code else "" if status == 200 else text[-900:]] += 1
            time.sleep(0.02)

    def send_more(self, count):
        """Waits until it has sent so many more."""
        wanted = self.sent + count
        wait_for(f"{count} more writes", lambda: self.sent > wanted, 120)

    def finish(self):
        self.over.set()
        self.thread.join()
        self.caller.close()
        return self.answers


def test_upgrade_and_rollback_under_load(as_usual_afterwards, shop):
    cluster = as_usual_afterwards
    shop.gate(whilePending="Hold")
    shop.gate("scaling", whilePending="Reject", actions=[{"resourceRules": [objects.UPDATE_DEPLOYMENTS], "changedFields": ["spec.paused"]}])
    waiting = shop.start("agent", "set", "image", "deployment/api", f"api={TOOLBOX}:2")
    request = shop.request()
    path = f"/apis/apps/v1/namespaces/{shop.name}/deployments/api"
    plain = Writer(cluster, path, lambda number: {"metadata": {"labels": {"count": str(number)}}})
    gated = Writer(cluster, path, lambda number: {"spec": {"paused": True}})
    try:
        revision = cluster.helm("history", "sallyport", "-o", "json").stdout
        revision = json.loads(revision)[-1]["revision"]
        cluster.helm("upgrade", "sallyport", CHART, "--reuse-values", "--set", "podAnnotations.roll=again", "--wait", "--timeout", "2m")
        assert waiting.is_running
        cluster.helm("rollback", "sallyport", revision, "--wait", "--timeout", "2m")
        cluster.wait_until_ready()
        assert waiting.is_running
    finally:
        plain, gated = plain.finish(), gated.finish()
    shop.approve("alice", request)
    waiting.finish().must()
    assert len(shop.wait_for_state(request, "Used")["status"]["uses"]) == 1
    assert not shop.get("deployment", "api")["spec"].get("paused")
    assert {status for status, _ in gated} == {403} and sum(gated.values()) > 100, gated
    assert plain[200, ""] > 100
    # What a pod on its way out could not answer, it told to come again.
    lost = {answer: count for answer, count in plain.items() if answer[0] not in (200, 429)}
    assert not lost, lost


def test_keys_of_an_earlier_version_go_into_secrets_of_their_own(as_usual_afterwards, shop, tmp_path):
    """As an upgrade finds them: all in one Secret, which our account could read."""
    cluster = as_usual_afterwards
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    keys = {name: cluster.key(name) for name in ("seal.key", "log.key")}
    before = {name: base64.b64encode(value).decode() for name, value in
              {**keys, **{name: text.encode() for name, text in certificates_and_path(cluster).items()}}.items()}
    cluster.scale(0)
    cluster.admin("-n", SYSTEM, "delete", "secret", "sallyport-seal-key", "sallyport-log-key")
    cluster.admin("patch", *SECRET, "--type=json", "-p", json.dumps([{"op": "replace", "path": "/data", "value": before}]))
    install_as_usual(cluster)
    assert {name: cluster.key(name) for name in keys} == keys
    assert set(cluster.get(*SECRET)["data"]) == {"locked", "log.pub"}
    assert not [name for name in cluster.admin("-n", SYSTEM, "get", "jobs,serviceaccounts,roles", "-o", "name").split() if "sallyport-keys" in name]
    shop.set_image("2").must()  # sealed before
    assert len(shop.wait_for_state(request, "Used")["status"]["uses"]) == 1


def test_uninstalled_it_blocks_nobody_and_keeps_what_was_decided(as_usual_afterwards, shop):
    cluster = as_usual_afterwards
    # Its role goes with the chart; this one stays.
    cluster.apply(objects.binding("agent-edits", "edit", "agents/deployer", namespace=shop.name))
    shop.gate(whilePending="Reject")
    shop.kubectl("agent", "set", "image", "deployment/api", f"api={TOOLBOX}:2")
    request = shop.request()
    said = cluster.helm("uninstall", "sallyport", "--wait", "--timeout", "2m").stdout
    assert "kept" in said and "approvalrequests.sallyport.dev" in said
    for kind in ("validatingwebhookconfigurations", "mutatingwebhookconfigurations", "validatingadmissionpolicies"):
        assert not [each for each in cluster.get(kind)["items"] if "sallyport" in each["metadata"]["name"]]
    shop.kubectl("agent", "set", "image", "deployment/api", f"api={TOOLBOX}:2").must()
    assert shop.again(request)["spec"]["requester"]["agent"] == "deployer"
    assert cluster.log_files()
    cluster.admin("delete", "namespace", shop.name, "--timeout=60s")


def test_the_readmes_commands_install_it(as_usual_afterwards, shop):
    cluster = as_usual_afterwards
    in_the_registry(cluster)
    cluster.helm("uninstall", "sallyport", "--wait", "--timeout", "2m")
    for line in readme_block("helm install"):
        helm, *arguments = shlex.split(line, comments=True)
        assert helm == "helm"
        done = cluster.helm(*[str(ROOT / each) if each == "charts/sallyport" else each for each in arguments])
    assert "0 faults" in done.stdout or "all is well" in done.stdout  # the last line was `helm test`
    assert "sallyport-test" not in cluster.kubectl("admin", "-n", SYSTEM, "get", "pods,serviceaccounts,roles").stdout
    cluster.admin("delete", "clusterrolebinding", "reviewers-review", "reviewers-approve")
    for line in readme_block("kubectl create clusterrolebinding"):
        kubectl, *arguments = shlex.split(line)
        assert kubectl == "kubectl"
        cluster.admin(*arguments)
    cluster.wait_until_ready()
    shop.gate()
    command = shop.start("agent", "set", "image", "deployment/api", f"api={TOOLBOX}:2")
    shop.approve("alice", shop.request())
    command.finish().must()


def test_helm_test_finds_what_is_wrong(healthy):
    healthy.admin("delete", "validatingadmissionpolicybinding", "sallyport-requests")
    try:
        done = healthy.helm("test", "sallyport", "--logs", "--timeout", "2m", check=False)
        assert done.returncode != 0
        assert re.search(r"× +what stops agents stands as installed\n +\S", done.stdout), done.stdout
        assert "√   Sallyport answers the API server" in done.stdout
    finally:
        install_as_usual(healthy)


def trusted(cluster):
    """The certificates that the API server checks the gate's callee by."""
    gate = cluster.get("validatingwebhookconfiguration", "sallyport-gate")["webhooks"][0]["clientConfig"]
    return re.findall("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", base64.b64decode(gate["caBundle"]).decode(), re.DOTALL)


def shown(cluster):
    """The certificate that each pod shows whoever calls it."""
    return [cluster.inside("sh", "-c", f"openssl s_client -connect {pod['status']['podIP']}:9443 </dev/null 2>/dev/null | openssl x509").stdout
            for pod in cluster.pods()]


def test_its_own_ca_is_replaced_before_it_ends_and_no_call_is_refused(healthy, shop, tmp_path):
    cluster = healthy
    old = make_ca(tmp_path, "ends-tomorrow")
    issue(tmp_path, "ends-tomorrow", tmp_path)
    # All at once and by hand, as nobody should: agents may be refused until both replicas show the new one.
    put(cluster, **{"ca.crt": old, "ca.key": (tmp_path / "ends-tomorrow.key").read_text(),
                    "tls.crt": (tmp_path / "tls.crt").read_text(), "tls.key": (tmp_path / "tls.key").read_text()})
    wait_for("the new CA to be announced", lambda: trusted(cluster)[:1] == [old] and len(trusted(cluster)) == 2, 30)
    _, new = trusted(cluster)
    wait_for("both replicas to show the next one", lambda: shown(cluster) == [certificates_and_path(cluster)["tls.crt"]] * 2, 30)
    shop.gate(whilePending="Hold")
    waiting = shop.start("agent", "set", "image", "deployment/api", f"api={TOOLBOX}:2")
    request = shop.request()
    plain = Writer(cluster, f"/apis/apps/v1/namespaces/{shop.name}/deployments/api", lambda number: {"metadata": {"labels": {"count": str(number)}}})
    try:
        plain.send_more(50)
        for step, bundle in (("the new one to sign", [old, new]), ("the old one to be forgotten", [new])):
            put(cluster, ca_since="2026-01-01T00:00:00.000000Z")
            wait_for(step, lambda: certificates_and_path(cluster)["ca.crt"] == new and trusted(cluster) == bundle, 30)
            plain.send_more(300)
    finally:
        plain = plain.finish()
    assert plain[200, ""] > 200
    assert {status for status, _ in plain} == {200}, plain
    shop.approve("alice", request)
    waiting.finish().must()
    assert len(shop.wait_for_state(request, "Used")["status"]["uses"]) == 1


def test_replicas_that_start_at_once_agree_on_their_keys(healthy, shop):
    cluster = healthy
    cluster.scale(0)
    cluster.admin("patch", *SECRET, "--type=json", "-p", '[{"op": "remove", "path": "/data"}]')
    try:
        cluster.scale(4)
        cluster.wait_until_ready(4)
        certificate = certificates_and_path(cluster)["tls.crt"]
        assert shown(cluster) == [certificate] * 4
        # Sealed by one, counted by whichever is asked.
        shop.gate(whilePending="Reject")
        for tag in ("2", "3", "4"):
            request = shop.approved("alice", shop.rejected(tag))
            shop.set_image(tag).must()
            shop.wait_for_state(request, "Used")
    finally:
        cluster.scale(2)


def test_a_namespace_with_an_open_request_can_be_deleted(cluster, shop):
    shop.gate()
    command = shop.start("agent", "set", "image", "deployment/api", f"api={TOOLBOX}:2")
    shop.request()
    cluster.admin("delete", "namespace", shop.name, "--timeout=60s")
    assert not command.finish().ok
