"""The cluster itself misbehaves: its store goes back in time, things come and go, agents get rights that nobody should have."""
import collections
import itertools
import json
import os
import pathlib
import secrets
import threading
import time

import pytest

import objects
from harness import AGENT_NAME, AGENTS, ROOT, Caller, wait_for
from namespace import state_of, wait_for_policy



def test_a_kind_installed_after_us_is_gated_at_once(shop):
    suffix = secrets.token_hex(3)
    shop.gate(actions=objects.preset("Everything"), whilePending="Reject")
    crd = objects.crd("Cog", "v1", has_status=True, group=f"late{suffix}.example.com")
    shop.cluster.apply(crd, objects.role(f"cogs-{suffix}", {"apiGroups": [crd["spec"]["group"]], "resources": ["*"], "verbs": ["*"]}),
                       objects.binding(f"cogs-{suffix}", f"cogs-{suffix}", f"{AGENTS}/deployer"))
    cog = {"apiVersion": f"late{suffix}.example.com/v1", "kind": "Cog", "metadata": {"name": "one"}}
    try:
        shop.cluster.admin("wait", f"crd/{crd['metadata']['name']}", "--for=condition=Established")
        result = wait_for("the API server to serve it", lambda: (
            tried := shop.kubectl("agent", "create", "-f", "-", stdin=json.dumps(cog))).ok or "code=" in tried.stderr and tried)
        assert "code=ApprovalRequired" in result.stderr
    finally:
        shop.cluster.admin("delete", "crd", crd["metadata"]["name"], "--wait=false")


def test_a_namespace_that_was_just_made_is_gated_at_once(cluster):
    """Made and written to in one breath, by one who hopes that we have not heard of it."""
    name = f"fresh-{secrets.token_hex(4)}"
    policy = f"fresh-{secrets.token_hex(3)}"
    cluster.apply(objects.policy(policy, namespaceSelector={"matchLabels": {"fresh": "yes"}}, actions=objects.preset("Everything"),
                                 subjects=[{"kind": "Agent", "name": AGENT_NAME}], whilePending="Reject"))
    wait_for_policy(cluster, "clusterapprovalpolicy", policy)
    try:
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"fresh": "yes"}}})
        result = cluster.kubectl("agent", "-n", name, "create", "configmap", "x")
        assert "code=ApprovalRequired" in result.stderr, result
    finally:
        cluster.admin("delete", "clusterapprovalpolicy", policy)
        cluster.admin("delete", "namespace", name, "--wait=false")


def test_in_a_namespace_that_goes_an_agent_only_lets_go(shop):
    held = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "held", "namespace": shop.name, "finalizers": ["example.com/a", "example.com/b"]}}
    shop.cluster.apply(held)
    shop.kubectl("admin", "delete", "namespace", shop.name, "--wait=false").must()
    wait_for("Sallyport to know", lambda: "code=NamespaceTerminating" in shop.kubectl(
        "agent", "label", "configmap", "held", "a=b").stderr)
    one_less = {"metadata": {"finalizers": ["example.com/b"]}}
    more = {"metadata": {"finalizers": ["example.com/b"], "labels": {"a": "b"}}}
    assert not shop.kubectl("agent", "patch", "configmap", "held", "--type=merge", "-p", json.dumps(more)).ok
    shop.kubectl("agent", "patch", "configmap", "held", "--type=merge", "-p", json.dumps(one_less)).must()
    shop.kubectl("agent", "patch", "configmap", "held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}').must()
    wait_for("the namespace to be gone", lambda: not shop.cluster.kubectl("admin", "get", "namespace", shop.name).ok, 60)


def test_a_yes_and_a_no_at_once_are_one_decision(shop):
    shop.gate(whilePending="Reject")
    for tag in ("2", "3", "4"):
        shop.set_image(tag)
        request, = shop.requests("Pending")
        slots = [shop.start(who, "patch", "approvalrequest", request["metadata"]["name"], "--type=merge", "-p",
                            json.dumps({"spec": {"decision": {"verdict": verdict}}}))
                 for who, verdict in (("alice", "Approve"), ("bob", "Deny"))]
        said = [slot.finish() for slot in slots]
        assert any(each.ok for each in said)

        def decided_request(name=request):
            now = shop.again(name)
            return now if state_of(now) != "Pending" else None

        decided = wait_for("the decision", decided_request)
        verdicts = {each["verdict"] for each in decided["spec"]["reviews"]}
        # Either came too late and was told so, or both were taken and the no won.
        assert state_of(decided) == ("Approved" if verdicts == {"Approve"} else "Denied")
        assert len(verdicts) == sum(each.ok for each in said)
        shop.cluster.admin("-n", shop.name, "delete", "approvalrequest", request["metadata"]["name"])


def test_an_agent_in_a_loop_is_stopped_by_its_limit(shop):
    """With other content each time, so that each is another action."""
    shop.gate(whilePending="Reject")
    agent = Caller(shop.cluster, "agent")
    try:
        path = f"/apis/apps/v1/namespaces/{shop.name}/deployments/api"
        answers = [agent.call("PATCH", path, [{"op": "replace", "path": "/spec/template/spec/containers/0/image",
                                               "value": f"{objects.IMAGE}:{tag}"}], "application/json-patch+json")
                   for tag in range(100, 160)]
        asked = [text for _, text in answers if "code=ApprovalRequired" in text]
        refused = [text for _, text in answers if "code=TooManyRequests" in text]
        assert len(asked) + len(refused) == 60
        assert len(shop.requests()) == len(asked) <= 50
        assert "limits.openPerAgent" in refused[0]
    finally:
        agent.close()
        shop.cluster.admin("-n", shop.name, "delete", "approvalrequests", "--all")
    wait_for("the agent to be heard again", lambda: "code=ApprovalRequired" in shop.set_image("2").stderr)


@pytest.mark.disruptive
def test_an_agent_in_a_loop_leaves_hardly_more_than_its_limit(shop, replicas, pytestconfig):
    """Other content each time, as fast as it can: what etcd holds, what we hold and what reviewers see stays small."""
    def stored():
        lines = replicas.admin("get", "--raw", "/metrics").splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith("apiserver_storage_size_bytes"))

    def resident_kib():
        texts = [pathlib.Path(f"/proc/{replicas.pid(replica)}/status").read_text() for replica in (0, 1)]
        return sum(int(line.split()[1]) for text in texts for line in text.splitlines() if line.startswith("VmRSS:"))

    for replica in (0, 1):
        # What AddressSanitizer keeps of freed memory, to find late uses of it, would be most of what is seen.
        replicas.stop_replica(replica)
        replicas.start_replica(replica, ASAN_OPTIONS=f"{os.environ.get('ASAN_OPTIONS', '')}:quarantine_size_mb=1")
    shop.gate(whilePending="Reject")
    stored_before, resident_before = stored(), resident_kib()
    agent, tags, over = Caller(replicas, "agent"), itertools.count(100), time.monotonic() + 180
    answers, enough = collections.Counter(), 2000 if pytestconfig.option.long else 200  # far more than its limit

    def loop():
        while answers.total() < enough and time.monotonic() < over:
            patch = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": f"{objects.IMAGE}:{next(tags)}"}]
            try:
                status, _ = agent.call("PATCH", f"/apis/apps/v1/namespaces/{shop.name}/deployments/api", patch,
                                       "application/json-patch+json")
            except OSError as error:
                status = repr(error)
            answers[status] += 1

    threads = [threading.Thread(target=loop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    agent.close()
    try:
        assert set(answers) == {403} and answers[403] >= enough
        # Each replica counts what it knows: together they may pass the limit by what is under way at one moment.
        assert len(shop.requests()) <= 50 + len(threads)
        assert stored() - stored_before < 8 << 20
        assert resident_kib() - resident_before < 128 << 10
    finally:
        replicas.admin("-n", shop.name, "delete", "approvalrequests", "--all")


class Storm:
    """A controller that writes a label as fast as it can, so that everybody else's write meets a conflict."""

    def __init__(self, cluster, path):
        self.caller, self.path, self.writes, self.over = Caller(cluster, "admin"), path, 0, threading.Event()
        self.threads = [threading.Thread(target=self.blow, args=(number,)) for number in range(3)]
        for thread in self.threads:
            thread.start()

    def blow(self, number):
        while not self.over.is_set():
            self.writes += 1
            # An annotation would move a Deployment's generation.
            note = {"metadata": {"labels": {f"example.com/seen-{number}": str(self.writes)}}}
            self.caller.call("PATCH", self.path, note, "application/merge-patch+json")

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        self.caller.close()


def in_a_storm(shop, path, start):
    """Starts a command in a storm that blows until it has ended, or has come to us a second time."""
    storm = Storm(shop.cluster, path)
    try:
        wait_for("the storm", lambda: storm.writes > 20)
        command = start()
        wait_for("its end, or another try", lambda: not command.is_running or shop.records("reentered"), 60)
    finally:
        storm.end()
    return command.finish()


def test_in_a_storm_of_conflicts_an_approved_update_is_one_use(shop):
    """The API server asks again for each try of the one write: that is the same use."""
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    in_a_storm(shop, f"/apis/apps/v1/namespaces/{shop.name}/deployments/api", lambda: shop.start_set_image("2")).must()
    assert len(shop.again(request)["status"]["uses"]) == 1 == len(shop.uses()) == shop.uses_in_log()
    assert shop.tag() == "2"


def test_where_nothing_shows_that_a_write_has_not_landed_a_lost_race_costs_the_use(shop):
    """A ConfigMap has no generation: the second try might be a second write."""
    shop.kubectl("admin", "create", "configmap", "note", "--from-literal=a=b").must()
    shop.gate(actions=objects.preset("Everything"), whilePending="Reject")
    write = ("patch", "configmap", "note", "--type=merge", "-p", '{"data":{"a":"c"}}')
    shop.kubectl("agent", *write)
    request = shop.approved("alice", shop.request())
    result = in_a_storm(shop, f"/api/v1/namespaces/{shop.name}/configmaps/note", lambda: shop.start("agent", *write))
    assert len(shop.again(request)["status"]["uses"]) == 1 == shop.uses_in_log()
    assert result.ok == (shop.get("configmap", "note")["data"]["a"] == "c")
    if not result.ok:
        assert "code=ApprovalRequired" in result.stderr


def all_ready(replicas):
    return all(replicas.readyz(replica)[0] for replica in replicas.running())


@pytest.fixture
def snapshot(replicas, tmp_path):
    """Takes a snapshot of etcd, and puts it back."""
    class Snapshot:
        @staticmethod
        def take():
            replicas.save_store(tmp_path / "store")
            wait_for("both replicas to be ready", lambda: all_ready(replicas), 60)

        @staticmethod
        def restore():
            replicas.restore_store(tmp_path / "store")
    yield Snapshot
    # One that is slower than the other would revoke what the next test approves.
    wait_for("all replicas to have revoked what stood", lambda: not replicas.sum_of(
        "sallyport_store_restoration_under_way"), 60)


def used_since_the_snapshot(shop, snapshot):
    """A request that was approved before the snapshot and used after it, and another that is approved still."""
    shop.gate(whilePending="Reject", approval=objects.approval(validFor="1h"))
    request = shop.approved("alice", shop.rejected("2"))
    shop.rejected("3")
    other = shop.approved("alice", shop.requests("Pending")[0])
    snapshot.take()
    shop.set_image("2").must()
    shop.wait_for_state(request, "Used")
    wait_for("both replicas to know", lambda: len({each["stream"] for each in shop.cluster.journal()
                                                    if each.get("uses") == 1
                                                    and each["request_uid"] == request["metadata"]["uid"]}) == 2)
    return request, other


def revoked_because_of_it(shop, request):
    revoked = shop.wait_for_state(request, "Revoked", 60)
    return revoked["status"]["revocation"]["reason"] == "StoreRestored"


@pytest.mark.disruptive
def test_an_approval_used_after_a_snapshot_is_not_used_again_once_it_is_restored(shop, replicas, snapshot):
    request, other = used_since_the_snapshot(shop, snapshot)
    restored = replicas.sum_of("sallyport_store_restored_total")
    snapshot.restore()
    assert shop.tag() == "1"
    assert not shop.set_image("2").ok
    assert revoked_because_of_it(shop, request)
    assert revoked_because_of_it(shop, other)
    assert not shop.again(request)["status"].get("uses")
    assert shop.tag() == "1"
    assert replicas.sum_of("sallyport_store_restored_total") > restored
    wait_for("the log to say so", lambda: any(each["event"] == "store_restored" for each in replicas.journal()))
    assert any("was put back to an earlier state" in text for text in replicas.stderr_logs().values())
    wait_for("both replicas to be ready", lambda: all_ready(replicas), 60)
    wait_for("the agent to be asked anew", lambda: "code=ApprovalRequired" in shop.set_image("2").stderr, 60)


@pytest.mark.disruptive
def test_replicas_that_were_down_meanwhile_know_it_from_their_logs(shop, replicas, snapshot):
    request, _ = used_since_the_snapshot(shop, snapshot)
    replicas.stop_all()
    snapshot.restore()
    replicas.restore()
    assert not shop.set_image("2").ok
    assert revoked_because_of_it(shop, request)
    assert shop.tag() == "1"


@pytest.mark.disruptive
@pytest.mark.parametrize("verb, resource, name", [
    ("patch", "validatingwebhookconfigurations", "sallyport-gate"),
    ("delete", "mutatingwebhookconfigurations", "sallyport-requests"),
    ("deletecollection", "validatingadmissionpolicybindings", None),
])
def test_an_agent_that_could_take_the_gate_away_is_reported(shop, replicas, verb, resource, name):
    shop.gate()
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "too-much"},
            "rules": [{"apiGroups": ["admissionregistration.k8s.io"], "resources": [resource], "verbs": [verb],
                       **({"resourceNames": [name]} if name else {})}]}

    def protection():
        return next((each for each in shop.get("approvalpolicy", "gate")["status"]["conditions"]
                     if each["type"] == "Protected"), {})

    wait_for("the policy to say that it is protected", lambda: protection().get("status") == "True", 40)
    assert replicas.metric(0, "sallyport_unprotected") == 0
    try:
        replicas.apply(role, objects.binding("too-much", "too-much", f"{AGENTS}/second"))
        wait_for("the metric to say so", lambda: replicas.metric(0, "sallyport_unprotected") == 1, 30)
        wait_for("the policy to say so", lambda: protection().get("reason") == "Unprotected", 10)
        assert f"may {verb} {resource}" in protection()["message"]
        assert f"system:serviceaccount:{AGENTS}:second" in protection()["message"]
        assert any(f"Unprotected: agent {AGENT_NAME} (system:serviceaccount:{AGENTS}:second) may {verb}" in text
                   for text in replicas.stderr_logs().values())
        assert any(each["event"] == "unprotected" for each in replicas.journal())
    finally:
        replicas.admin("delete", "clusterrolebinding/too-much", "clusterrole/too-much")
    wait_for("it to be over", lambda: replicas.metric(0, "sallyport_unprotected") == 0, 40)


@pytest.mark.disruptive
def test_without_its_crd_nobody_knows_the_policies_and_agents_are_refused(shop, replicas):
    """An empty list that is none must not be taken for "no policy matches"."""
    shop.gate(whilePending="Reject")
    replicas.admin("delete", "crd", "clusterapprovalpolicies.sallyport.dev")
    try:
        wait_for("even what no policy names to be refused", lambda: "code=NotReady" in shop.kubectl(
            "agent", "label", "deployment", "api", "a=b", "--dry-run=server").stderr, 40)
        # The refusal above was one replica's; the other may see its own list fail a moment later.
        wait_for("no replica to be ready", lambda: not any(replicas.readyz(replica)[0] for replica in (0, 1)), 40)
        for _ in range(10):
            assert "code=NotReady" in shop.kubectl("agent", "label", "deployment", "api", "a=b", "--dry-run=server").stderr
    finally:
        replicas.admin("apply", "--server-side", "--force-conflicts", "-f", ROOT / "crds" / "clusterapprovalpolicies.yaml")
    wait_for("both replicas to be ready", lambda: all_ready(replicas), 60)
    shop.kubectl("agent", "label", "deployment", "api", "a=b").must()
    shop.rejected("2")


@pytest.mark.disruptive
def test_a_definition_of_before_drops_what_an_action_does_and_forges_nothing(shop, replicas):
    """The API server says nothing of fields that it does not know, neither when it stores them nor when it reads them."""
    crd, at = "approvalrequests.sallyport.dev", "/spec/versions/0/schema/openAPIV3Schema"
    at += "".join(f"/properties/{step}" for step in ("spec", "action", "kubernetes")) + "/properties"
    schema = replicas.get("crd", crd)
    for step in at.strip("/").split("/"):
        schema = schema[int(step) if step.isdigit() else step]
    fields = {field: schema[field] for field in ("effects", "guarded")}

    def patch_definition(*steps):
        replicas.admin("patch", "crd", crd, "--type=json", "-p", json.dumps(steps))

    shop.gate(whilePending="Reject")
    kept = shop.rejected("9")
    stored = shop.get("approvalrequest", shop.rejected_beside_others("2"))
    assert stored["spec"]["action"]["kubernetes"]["effects"] == ["RunsCode"]
    try:
        patch_definition(*({"op": "remove", "path": f"{at}/{field}"} for field in fields))
        wait_for("the API server to drop it", lambda: "effects" not in shop.again(stored)["spec"]["action"]["kubernetes"])
        shop.approved("alice", stored)
        shop.set_image("2").must()
        made = shop.get("approvalrequest", shop.rejected_beside_others("3"))
        assert "effects" not in made["spec"]["action"]["kubernetes"]
        assert made["spec"]["seal"].startswith("2:RunsCode:")
        shop.approved("alice", made)
        shop.set_image("3").must()
    finally:
        patch_definition(*({"op": "add", "path": f"{at}/{field}", "value": value} for field, value in fields.items()))
    assert not shop.records("forged")
    # A request of which nothing was written meanwhile still holds it.
    wait_for("the API server to know it", lambda: "effects" in shop.again(kept)["spec"]["action"]["kubernetes"])


@pytest.mark.disruptive
def test_a_request_whose_store_was_not_restored_stays(shop, replicas):
    """A restart of the API server alone is no restored store."""
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    restored = replicas.sum_of("sallyport_store_restored_total")
    replicas.restart_apiserver()
    wait_for("both replicas to be ready", lambda: all_ready(replicas), 60)
    shop.set_image("2").must()
    assert state_of(shop.wait_for_state(request, "Used")) == "Used"
    assert replicas.sum_of("sallyport_store_restored_total") == restored
