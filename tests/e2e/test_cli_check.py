"""`sallyport check`: would an agent be asked, and changes nothing."""
import json
import subprocess

from harness import AGENT, AGENT_NAME
from objects import deployment


def check(cli, shop, who, *arguments, tag="2", kind=deployment):
    path = cli.write("manifest.json", json.dumps(kind(shop.name, tag)))
    return cli.run(who, "check", "-f", path, *arguments)


def test_check_says_who_would_be_asked_and_changes_nothing(cli, shop):
    shop.gate(name="for-deployer", subjects=[{"kind": "Agent", "name": AGENT_NAME}])
    before = shop.get("deployment", "api")
    gated = check(cli, shop, "admin", "--agent", AGENT_NAME)
    assert gated.code == 1 and gated.stderr == ""
    assert gated.stdout.splitlines()[0] == "What      UPDATE deployments/api: runs code: image registry.example/api:1 -> registry.example/api:2"
    assert "Answer    gated: it would wait for 1 requirement\n          ApprovalPolicy for-deployer\n" in gated.stdout
    assert "- owner: 1 approval from group reviewers" in gated.stdout
    for arguments, code in (([], 1), (["--agent", AGENT_NAME, "--delete"], 0), (["--as-user", AGENT], 1)):
        assert check(cli, shop, "admin", *arguments).code == code, arguments
    same = check(cli, shop, "admin", "--agent", AGENT_NAME, tag="1")
    assert same.code == 0 and "Answer    not gated" in same.stdout  # with the API server's defaults it changes no image
    assert shop.get("deployment", "api") == before and shop.requests() == []


def test_check_says_of_whoever_is_no_agent_that_it_is_so(cli, shop):
    shop.gate()
    for arguments, code, said in (
            (["--agent", AGENT_NAME[:-1]], 5, f"there is no agent {AGENT_NAME[:-1]} here; did you mean deployer"),
            (["--as-user", "alice"], 6, "alice is a person, and no agent: what it does is never gated"),
            (["--as-user", "system:serviceaccount:shop:builder"], 6, "is no agent's account"),
            (["--agent", AGENT_NAME, "--installation", "elsewhere/other"], 1, ""),
            (["--agent", AGENT_NAME, "--installation", "elsewhere"], 2, "--installation is NAMESPACE/NAME")):
        done = check(cli, shop, "admin", *arguments)
        assert done.code == code and said in done.stderr, (arguments, done)
    by_alice = check(cli, shop, "alice", "--agent", "depoyer")
    assert by_alice.code == 5 and "there is no agent depoyer" in by_alice.stderr, "reviewers may read who the agents are"
    elsewhere = check(cli, shop, "admin", "--agent", AGENT_NAME, "--installation", "elsewhere/other", tag="1")
    assert elsewhere.code == 4 and "Not read  who the agents are: there is no ConfigMap elsewhere/other-config" in elsewhere.stdout, elsewhere


def test_check_takes_the_agents_of_values(cli, shop):
    shop.gate()
    values = cli.write("values.json", json.dumps({"agents": [{"name": "other", "users": ["robot"]}, {"name": "third", "users": ["machine"]}]}))
    named = check(cli, shop, "admin", "--agent", AGENT_NAME, "--values", values)
    assert named.code == 5, named
    assert check(cli, shop, "admin", "--as-user", "robot", "--values", values).code == 1
    torn = check(cli, shop, "admin", "--as-user", "robot", "--agent", "third", "--values", values)
    assert torn.code == 2 and "robot is agent other, and not third" in torn.stderr, torn


def test_check_takes_what_a_pipe_brings(cli, shop):
    shop.gate()
    command = [str(part) for part in cli.command("admin", ["check", "-f", "-", "--agent", AGENT_NAME])]
    for text, code in ((json.dumps(deployment(shop.name, "2")), 1), (json.dumps(deployment(shop.name, "1")), 0), ("", 2)):
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, env=cli.env, check=False)
        assert done.returncode == code, (text, done.stdout, done.stderr)


def test_check_is_sure_only_of_what_it_could_read(cli, shop):
    by_agent = check(cli, shop, "agent")
    assert by_agent.code == 4 and "Answer    cannot be told" in by_agent.stdout
    assert f'Not read  the clusterapprovalpolicies: User "{AGENT}" cannot list' in by_agent.stdout
    shop.gate()
    by_agent = check(cli, shop, "agent")  # the gate itself tells an agent
    assert by_agent.code == 1 and "Answer    gated, says the gate: UPDATE deployments/api: runs code: image" in by_agent.stdout
    by_alice = json.loads(check(cli, shop, "alice", "-o", "json").stdout)["objects"][0]
    assert by_alice["answer"] == "unknown" and "the object as it is now: " in by_alice["unread"][0]  # an update, or not?
    assert any("dry run failed" in note for note in by_alice["notes"])
    assert any("labels of namespace" in note for note in by_alice["notes"])
    unknown = check(cli, shop, "admin", kind=lambda namespace, tag: {"apiVersion": "example.com/v9", "kind": "Thing", "metadata": {"name": "x"}})
    assert (unknown.code, unknown.stderr) == (1, "error: the cluster has no kind Thing in example.com/v9\n")
