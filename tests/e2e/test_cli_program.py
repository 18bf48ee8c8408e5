"""`sallyport` in shells: usage, versions, kubectl's plugin, completion."""
import json
import re
import subprocess

import pytest

from terminal import Terminal


@pytest.mark.parametrize("arguments, sentence", [
    (["list", "--as", "bob"], "--as is refused: who decides must be the very person; use a kubeconfig of your own"),
    (["approve", "x", "--as-user-extra", "a=b"], "--as is refused: who decides must be the very person; use a kubeconfig of your own"),
    (["aprove", "x"], "there is no command aprove; did you mean approve?"),
    (["list", "--contxt", "x"], "there is no option --contxt; did you mean --context?"),
    (["list", "x"], "unexpected argument x"),
    (["show"], "NAME is required; see sallyport show --help"),
    (["list", "-o", "xml"], "--output: xml not in {table,wide,json,yaml,name}; see sallyport list --help"),
    (["wait", "x", "--timeout", "5"], "--timeout: no duration such as 90s or 1h30m: 5; see sallyport wait --help"),
    ([], "a command is missing; see sallyport --help"),
])
def test_wrong_usage_is_told_in_a_sentence(cli, arguments, sentence):
    refused = cli.run(None, *arguments)
    assert (refused.code, refused.stdout, refused.stderr) == (2, "", f"error: {sentence}\n")


def test_version_of_client_and_server(cli, cluster):
    client = cli.run(None, "version", "--client").must().stdout
    assert re.fullmatch(r"sallyport \d+\.\d+\.\d+\n", client)
    server = json.loads(cluster.admin("version", "-o", "json"))["serverVersion"]["gitVersion"]
    assert cli.run("mallory", "version").must().stdout == f"{client}Kubernetes {server}\nAPI sallyport.dev/v1alpha1\n"
    assert json.loads(cli.run("alice", "version", "-o", "json").must().stdout) == {
        "client": client.split()[1], "server": {"kubernetes": server, "api": ["sallyport.dev/v1alpha1"]}}


def plugin_env(cli):
    """A PATH in which kubectl finds us."""
    binaries = cli.folder / "bin"
    binaries.mkdir()
    for name in ("kubectl-sallyport", "kubectl_complete-sallyport", "sallyport"):
        (binaries / name).symlink_to(cli.binary)
    (binaries / "kubectl").symlink_to(cli.shop.cluster.kubectl_binary)
    return {**cli.env, "PATH": f"{binaries}:{cli.env['PATH']}", "KUBECONFIG": str(cli.kubeconfig("alice"))}


def test_as_a_plugin_of_kubectl(cli, shop, request_name):
    env = plugin_env(cli)

    def kubectl(*arguments):
        return subprocess.run(["kubectl", *arguments], env=env, capture_output=True, text=True, timeout=30, check=True).stdout
    assert request_name in kubectl("sallyport", "list", "-n", shop.name)
    assert "Usage: kubectl sallyport show [OPTIONS] NAME\n" in kubectl("sallyport", "show", "--help")
    assert f"To decide: kubectl sallyport approve {request_name}" in kubectl("sallyport", "show", request_name, "-n", shop.name)
    assert request_name in kubectl("__complete", "sallyport", "show", "-n", shop.name, "").splitlines()


def test_bash_completes_commands_and_names(cli, shop, request_name):
    shell = Terminal(["bash", "--norc", "-i"], {**plugin_env(cli), "PS1": "$ ", "INPUTRC": "/dev/null"})
    shell.wait_for("$ ").type("source <(sallyport completion bash)\n").wait_for("bash)\n")
    shell.type("sallyport app\t").wait_for("sallyport approve ")
    shell.type(f"-n {shop.name} gate-\t").wait_for(request_name)
    shell.type("\x15sallyport wait --for us\t").wait_for("--for used ")
    shell.type(f"\x15sallyport list -n {shop.name[:-2]}\t").wait_for(f"list -n {shop.name} ")
    shell.type("\x15exit\n").finish()


def test_zsh_completes_commands_and_names(cli, shop, request_name):
    shell = Terminal(["zsh", "-f", "-i"], {**plugin_env(cli), "PS1": "$ "})
    shell.wait_for("$ ").type("autoload -U compinit; compinit -u -D; source <(sallyport completion zsh); echo re''ady\n").wait_for("ready")
    shell.type("sallyport app\t").wait_for("sallyport approve")
    shell.type(f"-n {shop.name} gate-\t").wait_for(request_name)
    shell.type("\x15sallyport wait --for us\t").wait_for("--for used")
    shell.type("\x15exit\n").finish()


@pytest.mark.parametrize("typed, found", [("app", "approve"), ("wait --for us", "used"), ("show -n SHOP gate-", "NAME"),
                                          ("list -n SHO", "SHOP"), ("list --kubeconfig /etc/host", "/etc/hosts")])
def test_fish_completes_commands_and_names(cli, shop, request_name, typed, found):
    typed, found = (text.replace("SHOP", shop.name).replace("SHO", shop.name[:-1]).replace("NAME", request_name)
                    for text in (typed, found))
    script = f"sallyport completion fish | source; complete -C 'sallyport {typed}'"
    shell = subprocess.run(["fish", "--no-config", "-c", script], env=plugin_env(cli), capture_output=True, text=True, timeout=30, check=True)
    assert found in [line.split("\t")[0] for line in shell.stdout.splitlines()], shell
