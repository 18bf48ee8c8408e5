"""The presets, each on a real API server."""
import base64
import json
import subprocess

import yaml

from harness import read_log_file, wait_for
from locked_keys import certificates_and_path
from objects import approval, named, pod, preset


def refused(result):
    assert not result.ok
    assert "code=ApprovalRequired" in result.stderr
    return result.stderr


def test_exec_is_refused_with_its_arguments_shown(shop):
    # Two uses: where the exec itself fails, as it must without a node, kubectl sends it a second time in another protocol.
    shop.gate(actions=preset("Exec"), whilePending="Reject", approval=approval(uses=2))
    shop.cluster.apply(pod(shop.name, "box"))
    exec_cat = ("exec", "box", "--", "cat", "/etc/shadow", "a b")
    said = refused(shop.kubectl("agent", *exec_cat))
    assert "cat /etc/shadow 'a b'" in said
    request = shop.request()
    connect = request["spec"]["action"]["kubernetes"]["connect"]
    assert connect["command"] == ["cat", "/etc/shadow", "a b"]
    assert connect["podUID"] == shop.get("pod", "box")["metadata"]["uid"]
    assert "cat /etc/shadow 'a b'" in request["spec"]["action"]["summary"]

    # Approved, it is past the gate: what is left is that no node runs the pod. Another command asks again.
    shop.approved("alice", request)
    refused(shop.kubectl("agent", "exec", "box", "--", "id"))
    assert "does not have a host assigned" in shop.kubectl("agent", *exec_cat).stderr
    shop.wait_for_state(request, "Used")


def test_exec_waits_once_and_is_refused_then(shop):
    shop.gate(actions=preset("Exec"), holdFor="1s")
    shop.cluster.apply(pod(shop.name, "box"))
    result = shop.kubectl("agent", "exec", "box", "--", "id")
    assert not result.ok
    assert "code=ApprovalPending" in result.stderr
    assert len(shop.requests()) == 1


def test_reading_a_pods_log_is_not_exec(shop):
    shop.gate(actions=preset("Exec"), whilePending="Reject")
    shop.cluster.apply(pod(shop.name, "box"))
    shop.kubectl("agent", "logs", "box")
    assert not shop.requests()


def test_of_an_own_kind_the_fields_that_the_values_name_are_asked_about(shop, widgets):
    shop.gate(actions=preset("PodPromotion"), whilePending="Reject")
    widget = named("example.com/v1", "Widget", "w", spec={"command": ["sleep"], "size": 1})
    refused(shop.kubectl("agent", "create", "-f", "-", stdin=json.dumps(widget)))
    shop.cluster.apply({**widget, "metadata": {"name": "w", "namespace": shop.name}})

    def patch(**spec):
        return shop.kubectl("agent", "patch", "widget", "w", "--type=merge", "-p", json.dumps({"spec": spec}))

    patch(size=2).must()
    refused(patch(command=["curl", "example.com"]))
    changes = [each["spec"]["action"]["kubernetes"]["operation"] for each in shop.requests()]
    assert sorted(changes) == ["CREATE", "UPDATE"]
    shop.kubectl("agent", "create", "-f", "-", stdin=json.dumps(named("example.com/v1", "Gadget", "g", spec=widget["spec"]))).must()

    # What a replica goes by stands in its log, and an auditor comes to the same without these values.
    loaded = shop.cluster.journal("0", containing='"event":"configuration_loaded"')[-1]
    assert loaded["effects"] == [{"group": "example.com", "resource": "widgets", "fields": {"spec.command": ["RunsCode"]}}]
    uids = {each["metadata"]["uid"] for each in shop.requests()}
    opened = [line for line in shop.cluster.journal(containing='"event":"request_opened"') if line["request_uid"] in uids]
    assert [line["facts"]["may_have"] for line in opened] == [["RunsCode"], ["RunsCode"]]


def test_a_role_waits_for_approval(shop):
    shop.gate(actions=preset("RBACChange"), whilePending="Reject")
    create = ("create", "role", "reader", "--verb=get", "--resource=pods")
    refused(shop.kubectl("agent", *create))
    request = shop.request()
    assert request["spec"]["action"]["kubernetes"]["target"]["resource"] == "roles"
    shown = json.dumps(request["spec"]["action"]["kubernetes"]["changes"])
    assert "pods" in shown and "get" in shown
    shop.approved("alice", request)
    shop.kubectl("agent", *create).must()
    shop.kubectl("agent", "create", "serviceaccount", "look-alike").must()
    assert len(shop.requests()) == 1


def test_scaling_and_creating_workloads_is_a_promotion(shop):
    shop.gate(actions=preset("PodPromotion"), whilePending="Reject")
    refused(shop.kubectl("agent", "scale", "deployment/api", "--replicas=3"))
    refused(shop.kubectl("agent", "create", "deployment", "other", "--image=registry.example/other:1"))
    refused(shop.kubectl("agent", "run", "shell", "--image=registry.example/shell:1"))
    assert len(shop.requests()) == 3
    shop.kubectl("agent", "annotate", "deployment", "api", "look=alike").must()
    assert len(shop.requests()) == 3


DATA, STRING, ANNOTATION = "canary-in-data-7f21", "canary-in-stringData-9b40", "canary-in-annotation-c3d8"


def secret(shop, data):
    return json.dumps({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "db", "namespace": shop.name, "annotations": {"note": ANNOTATION}},
        "data": {"password": base64.b64encode(data.encode()).decode()}, "stringData": {"user": STRING},
    })


def places(shop):
    """All that people or programs may see of it, by name."""
    cluster = shop.cluster
    seen = {f"stderr of {n}": text for n, text in cluster.stderr_logs().items()}
    for path in cluster.replicas_folder.glob("*/log/*"):
        seen[str(path)] = read_log_file(path).decode()
    for replica in cluster.running():
        seen[f"metrics of {replica}"] = cluster.metrics_text(replica)
    seen["audit log"] = (cluster.folder / "audit.log").read_text()
    for kind in ("approvalrequests", "events", "events.events.k8s.io"):
        seen[kind] = json.dumps(shop.get(kind))
    by_alice = ["-n", shop.name, "--kubeconfig", cluster.folder / "users" / "alice.kubeconfig"]
    for name, command in {
        "log show": ["log", "show", *cluster.replicas_folder.glob("*/log")],
        "list": ["list", *by_alice],
        **{f"show {each['metadata']['name']}": ["show", each["metadata"]["name"], *by_alice] for each in shop.requests()},
    }.items():
        said = subprocess.run([(cluster.folder / "binary").read_text().strip(), *command], capture_output=True, text=True, timeout=60, check=False)
        assert said.stdout, said
        seen[name] = said.stdout + said.stderr
    return seen


def test_a_secrets_values_are_found_nowhere(shop):
    shop.gate(actions=preset("SecretAccess"), whilePending="Reject")
    said = [shop.kubectl("agent", "apply", "-f", "-", stdin=secret(shop, DATA))]
    created = shop.request()
    shop.approved("alice", created)
    said.append(shop.kubectl("agent", "apply", "-f", "-", stdin=secret(shop, DATA)).must())
    shop.wait_for_state(created, "Used")

    # By replace: where apply fails, kubectl itself prints the patch that it was given.
    said.append(shop.kubectl("agent", "replace", "-f", "-", stdin=secret(shop, DATA + "-changed")))
    updated = shop.request()
    assert any("password" in each["path"] for each in updated["spec"]["action"]["kubernetes"]["changes"])
    shop.decide("bob", updated, "Deny").must()
    shop.wait_for_state(updated, "Denied")
    wait_for("the denial in the log", lambda: len(shop.records("outcome")) >= 3)

    canaries = [text for plain in (DATA, STRING, ANNOTATION, DATA + "-changed")
                for text in (plain, base64.b64encode(plain.encode()).decode().rstrip("="))]
    found = {**places(shop), "stderr of kubectl": "".join(result.stderr for result in said)}
    assert not [(where, canary) for where, text in found.items() for canary in canaries if canary in text]


def credentials(cluster):
    """What proves somebody to the API server, and Sallyport's own keys: by name, texts that no output holds."""
    held = {}
    for path in (*cluster.folder.glob("users/*.kubeconfig"), *cluster.replicas_folder.glob("*/kubeconfig")):
        user = yaml.safe_load(path.read_text())["users"][0]["user"]
        held[str(path)] = user.get("token") or user["client-key-data"]
    for name in ("seal.key", "log.key"):
        value = cluster.key(name)
        # Of a PEM file, the first line of what is in it.
        held[name] = value.splitlines()[1].decode() if value.startswith(b"-----") else value.hex()
        held[f"{name} in base64"] = base64.b64encode(value).decode().rstrip("=")
    for name, value in certificates_and_path(cluster).items():
        if name.endswith(".key"):
            held[name] = value.splitlines()[1]
    return held


def test_credentials_are_found_nowhere(shop):
    """Those by which all of it was done: an agent's, a reviewer's and the replicas' own."""
    shop.gate(whilePending="Reject")
    shop.approved("alice", shop.rejected("2"))
    shop.set_image("2").must()
    shop.decide("bob", shop.rejected("3"), "Deny").must()
    assert not shop.decide("mallory", shop.requests()[0], "Approve").ok
    wait_for("the denial in the log", lambda: len(shop.records("outcome")) >= 3)
    found, held = places(shop), credentials(shop.cluster)
    assert all(len(text) >= 40 for text in held.values())
    assert not [(where, what) for where, text in found.items() for what, secret in held.items() if secret in text]


def test_other_values_of_a_secret_need_another_approval(shop):
    shop.gate(actions=preset("SecretAccess"), whilePending="Reject")
    refused(shop.kubectl("agent", "apply", "-f", "-", stdin=secret(shop, DATA)))
    approved = shop.approved("alice", shop.request())
    refused(shop.kubectl("agent", "apply", "-f", "-", stdin=secret(shop, "another")))
    assert shop.request()["spec"]["action"]["digest"] != approved["spec"]["action"]["digest"]
    shop.kubectl("agent", "apply", "-f", "-", stdin=secret(shop, DATA)).must()


def test_an_image_is_not_a_secret(shop):
    shop.gate("secrets", actions=preset("SecretAccess"), whilePending="Reject")
    shop.gate("images", whilePending="Reject")
    request = shop.rejected("2")
    assert [each["name"] for each in request["spec"]["policies"]] == ["images"]
