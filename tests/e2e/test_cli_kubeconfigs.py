"""`sallyport` by kubeconfigs of each kind, and what it says where they lead nowhere."""
import base64
import json

import pytest

from harness import free_port
from terminal import Terminal


def exec_config(cli, who, script, version="v1", **more):
    """The same cluster, whose user's credentials come from a plugin: a shell script beside the kubeconfig."""
    plugin = cli.write("login", f"#!/bin/sh\n{script}\n")
    plugin.chmod(0o755)
    config = cli.config_of(who)
    config["users"][0]["user"] = {"exec": {"apiVersion": f"client.authentication.k8s.io/{version}", "command": "./login",
                                           "interactiveMode": "IfAvailable", **more}}
    return cli.write("exec", config)


def credential(status, version="v1"):
    return json.dumps({"apiVersion": f"client.authentication.k8s.io/{version}", "kind": "ExecCredential", "status": status})


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_plugin_gives_a_certificate_or_a_token(cli, shop, request_name, version):
    user = cli.config_of("alice")["users"][0]["user"]
    decoded = {key: base64.b64decode(user[f"{key}-data"]).decode() for key in ("client-certificate", "client-key")}
    certificate = {"clientCertificateData": decoded["client-certificate"], "clientKeyData": decoded["client-key"]}
    cli.write("answer", credential(certificate, version))
    config = exec_config(cli, "alice", f"cat '{cli.folder}/answer'", version)
    assert request_name in cli.run(None, "list", "-n", shop.name, KUBECONFIG=str(config)).must().stdout
    assert request_name in Terminal([cli.binary, "list", "-n", shop.name], {**cli.env, "KUBECONFIG": str(config)}).finish().must().stdout

    token = cli.config_of("agent")["users"][0]["user"]["token"]
    config = exec_config(cli, "agent", f"echo '{credential({'token': 'TOKEN'}, version)}' | sed s/TOKEN/$TOKEN/", version,
                         env=[{"name": "TOKEN", "value": token}])
    assert request_name in cli.run(None, "list", "--mine", "-n", shop.name, KUBECONFIG=str(config)).must().stdout


def test_a_plugin_that_fails_is_named_and_its_words_pass(cli):
    config = exec_config(cli, "alice", "echo 'your session has ended' >&2; exit 7", installHint="see the wiki")
    refused = cli.run(None, "list", KUBECONFIG=str(config))
    assert (refused.code, refused.stdout) == (4, "")
    assert refused.stderr == (f"your session has ended\nerror: the credential plugin {cli.folder}/./login of the kubeconfig "
                              "failed with exit code 7 (see the wiki)\n")


def test_contexts_and_namespaces(cli, shop, request_name):
    config = cli.config_of("alice")
    config["contexts"] = [{"name": "prod", "context": {"cluster": "c", "user": "u", "namespace": shop.name}},
                          {"name": "staging", "context": {"cluster": "c", "user": "u"}}]
    config["current-context"] = "staging"
    path = cli.write("contexts", config)
    assert cli.run(None, "list", "--kubeconfig", path).must().stderr == "no approvalrequests in namespace default\n"
    assert request_name in cli.run(None, "list", "--kubeconfig", path, "--context", "prod").must().stdout
    assert request_name in cli.run(None, "list", "--kubeconfig", path, "-n", shop.name).must().stdout
    unknown = cli.run(None, "list", "--kubeconfig", path, "--context", "prd")
    assert (unknown.code, unknown.stderr) == (2, "error: the kubeconfig has no context prd; did you mean prod?\n")


def test_kubeconfigs_where_kubectl_looks_for_them(cli, shop, request_name):
    whole = cli.config_of("alice")
    whole["contexts"][0]["context"]["namespace"] = shop.name
    users = cli.write("users", {"users": whole["users"]})
    rest = cli.write("rest", {key: value for key, value in whole.items() if key != "users"})
    missing = cli.folder / "missing"
    assert request_name in cli.run(None, "list", KUBECONFIG=f"{users}:{missing}:{rest}").must().stdout
    (cli.folder / ".kube").mkdir()
    nowhere = cli.run(None, "list")
    assert (nowhere.code, nowhere.stderr) == (
        4, "error: no kubeconfig was found; name one with --kubeconfig or in $KUBECONFIG, or make ~/.kube/config\n")
    cli.write(".kube/config", whole)
    assert request_name in cli.run(None, "list").must().stdout


def test_credentials_that_do_not_work_and_servers_that_are_not_there(cli):
    config = cli.config_of("agent")
    server = config["clusters"][0]["cluster"]["server"]
    config["users"][0]["user"] = {"token": "expired"}
    refused = cli.run(None, "list", "--kubeconfig", cli.write("expired", config))
    assert (refused.code, refused.stderr) == (
        4, f"error: the API server of context c, {server}, does not accept your credentials; log in again, or name another "
           "context with --context\n")
    port = free_port()
    config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{port}"
    for arguments in (["list"], ["list", "-w"], ["show", "x"], ["approve", "x", "-y"], ["wait", "x"]):
        refused = cli.run(None, *arguments, "--kubeconfig", cli.write("nowhere", config))
        assert (refused.code, refused.stdout, refused.stderr) == (
            4, "", f"error: the API server of context c, https://127.0.0.1:{port}, cannot be reached (connecting to 127.0.0.1:{port}: "
                   "Connection refused); check that it runs, or name another context with --context\n")
    config = cli.config_of("alice")
    del config["clusters"][0]["cluster"]["certificate-authority-data"]
    refused = cli.run(None, "list", "--kubeconfig", cli.write("stranger", config))
    assert refused.code == 4
    assert refused.stderr.endswith("; its certificate or yours does not fit the kubeconfig\n")
