"""The loops and commands of docs/agents.md, as printed: kubectl and the official clients wait for people, and send again."""
import subprocess

import pytest

import objects
from commands import Running
from harness import ROOT, wait_for
from pages import block, blocks, in_namespace

NO_NODE = "does not have a host assigned"  # all that is left to fail of an exec that was let through


@pytest.fixture(scope="session")
def clients():
    """Where hack/clients.sh has the official clients."""
    return subprocess.run([ROOT / "hack" / "clients.sh"], check=True, capture_output=True, text=True, timeout=600).stdout.strip()


def the_one(examples, mark):
    found, = [each for each in examples if mark in each]
    return found


def in_bash(clients, folder, mark):
    usage = block("sh", "send kubectl").splitlines()
    return ["bash", "-c", block("sh", "# send COMMAND") + the_one(usage, mark)]


def in_python(clients, folder, mark):
    loop, usage = blocks("python")
    (folder / "loop.py").write_text(loop + the_one(usage.split("\n\n"), mark))
    return [f"{clients}/python/bin/python", folder / "loop.py"]


def in_javascript(clients, folder, mark):
    loop, usage = blocks("js")
    (folder / "node_modules").symlink_to(f"{clients}/node_modules")
    (folder / "loop.mjs").write_text(loop + the_one(usage.split("\n\n"), mark))
    return ["node", folder / "loop.mjs"]


@pytest.fixture
def shell(shop):
    """Starts a command as the agent, with kubectl and its plugin in the PATH."""
    started = []

    def start(command, stdin=None):
        cluster = shop.cluster
        env = cluster.env | {"KUBECONFIG": str(cluster.kubeconfig("agent")),
                             "PATH": f"{cluster.folder}/plugin:{cluster.kubectl_binary.parent}:{cluster.env['PATH']}"}
        started.append(Running(command, env, stdin))
        return started[-1]

    yield start
    for each in started:
        each.kill()


@pytest.fixture(params=[in_bash, in_python, in_javascript])
def loop(request, clients, shop, shell, tmp_path):
    """Starts one of the page's three calls, known by a mark in it, in one language."""
    def start(mark):
        command = request.param(clients, tmp_path, mark)
        for file in tmp_path.glob("loop.*"):
            file.write_text(in_namespace(file.read_text(), shop.name))
        return shell([in_namespace(str(part), shop.name) if part is command[-1] else part for part in command])
    return start


def test_a_call_that_was_held_in_vain_goes_through_when_it_is_approved(shop, loop):
    shop.gate(holdFor="1s")
    calling = loop("api:2")
    request = shop.request()
    wait_for("a hold that ended", lambda: 429 in shop.agent_codes())
    assert calling.is_running and shop.tag() == "1"
    shop.approve("alice", request)
    calling.finish().must()
    assert shop.tag() == "2"
    assert shop.agent_codes()[-1] == 200 and len(shop.uses()) == 1 == len(shop.requests())


def test_a_call_that_was_refused_is_sent_again_when_it_is_approved(shop, loop):
    shop.gate(actions=objects.preset("Deletion"), whilePending="Reject")
    shop.cluster.apply(objects.pod(shop.name, "box"))
    calling = loop("elete")
    request = shop.request()
    assert calling.is_running
    shop.approve("alice", request)
    calling.finish().must()
    assert not shop.get("pods")["items"]
    assert len(shop.uses()) == 1 == len(shop.requests())


def test_an_exec_is_sent_again_when_it_is_approved(shop, loop):
    # Two uses: where the exec itself fails, as it must without a node, kubectl sends it a second time in another protocol.
    shop.gate(actions=objects.preset("Exec"), whilePending="Reject", approval=objects.approval(uses=2))
    shop.cluster.apply(objects.pod(shop.name, "box"))
    calling = loop("exec")
    request = shop.request()
    assert calling.is_running
    shop.approve("alice", request)
    result = calling.finish()
    assert NO_NODE in result.stderr, result
    assert len(shop.requests()) == 1 <= len(shop.uses())


def test_a_denial_ends_the_loop_with_what_people_say(shop, loop):
    shop.gate(whilePending="Reject")
    calling = loop("api:2")
    request = shop.request()
    shop.decide("alice", request, "Deny", "not on a Friday").must()
    result = calling.finish()
    assert not result.ok and "Denied" in result.stderr and "not on a Friday" in result.stderr, result
    assert shop.agent_codes() == [403]
    assert shop.tag() == "1"


def test_the_pages_other_commands_do_what_it_says(shop, shell):
    shop.gate(whilePending="Reject")

    def run(beginning, **names):
        command = in_namespace(block("sh", beginning), shop.name)
        for name, value in names.items():
            command = command.replace(name, value)
        return shell(["bash", "-c", command]).finish()

    refused = run("kubectl -n shop patch deployment")
    assert "[code=ApprovalRequired request=" in refused.stderr
    request = shop.request()
    assert request["spec"]["reason"] == "CVE-2026-1234 in version 2"
    name = request["metadata"]["name"]
    explained = run("kubectl sallyport why", REFUSAL=refused.stderr.strip()).must().stdout
    assert name in explained and "send the very same call again" in explained
    run("kubectl -n shop patch areq", NAME=name).must()
    shop.wait_for_state(request, "Withdrawn")
