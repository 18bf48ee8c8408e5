"""`sallyport show` and `why`: one request on one screen, and nothing on it that steers a terminal."""
import json
import subprocess

import pytest
import yaml

from harness import AGENT, AGENT_NAME, wait_for
from objects import UPDATE_DEPLOYMENTS, role
from screens import plain, screen_of
from terminal import without_colour
from test_log import SALLYPORT, whole_lines

HOSTILE = "fix\x1b[2J\x1b]0;title\x07\r\nroot@host:~# \u202eevil\u2066\u200b\u009b31m"
HARMLESS = r"fix\u001b[2J\u001b]0;title\u0007\u000d\u000aroot@host:~# \u202eevil\u2066\u200b\u009b31m"
STEERING = ["\x1b[2J", "\x1b]", "\x07", "\r", "\u202e", "\u2066", "\u200b", "\u009b"]


def test_show_is_one_screen(cli, shop, request_name):
    hint = f"To decide: sallyport approve {request_name} -n {shop.name}, or deny, with -m COMMENT\n"
    assert plain(cli.run("alice", "show", request_name).must().stdout) == screen_of(shop, request_name) + hint
    # A refusal names requests with their namespace: that can be pasted.
    elsewhere = cli.run(None, "show", f"{shop.name}/{request_name}", "--kubeconfig", cli.kubeconfig("alice"))
    assert plain(elsewhere.must().stdout) == screen_of(shop, request_name) + hint
    terminal = cli.terminal("alice", "show", request_name).finish().must().stdout
    assert "\x1b[31m- registry.example/api:1\x1b[0m\n" in terminal
    assert "\x1b[32m+ registry.example/api:2\x1b[0m\n" in terminal
    assert plain(without_colour(terminal)) == screen_of(shop, request_name) + hint


def test_show_as_data(cli, shop, request_name):
    expected = shop.get("approvalrequest", request_name)
    expected["metadata"].pop("managedFields", None)
    assert json.loads(cli.run("alice", "show", request_name, "-o", "json").must().stdout) == expected
    assert yaml.safe_load(cli.run("alice", "show", request_name, "-o", "yaml").must().stdout) == expected


def nothing_steers(cli, name):
    for arguments in (["list"], ["list", "-o", "wide"], ["list", "-o", "json"], ["list", "-o", "yaml"], ["show", name],
                      ["show", name, "-o", "json"], ["show", name, "-o", "yaml"], ["why", name]):
        for result in (cli.run("alice", *arguments), cli.terminal("alice", *arguments, columns=4096).finish()):
            assert not any(steers in result.must().stdout for steers in STEERING), arguments
            assert len(result.stdout) < 16 << 10, arguments
    shown = cli.run("alice", "show", name).stdout
    approved = cli.terminal("alice", "approve", "-y", name, columns=4096).finish().must().stdout
    assert not any(steers in approved for steers in STEERING)
    return shown


@pytest.mark.parametrize("more", ["", "x" * (64 << 10)], ids=["short", "64 KiB"])
def test_no_reason_steers_the_terminal(cli, shop, more):
    shop.gate(whilePending="Reject")
    shop.set_image_because(HOSTILE + more, "2")
    shown = nothing_steers(cli, shop.request()["metadata"]["name"])
    assert f'Why       "{HARMLESS}' in shown
    assert "\n          (the agent's own words; nobody checked them)\n" in shown


def test_no_name_and_no_value_steers_the_terminal(cli, shop):
    """RBAC takes nearly anything for a name."""
    shop.gate(whilePending="Reject", actions=[{"preset": "RBACChange"}])
    odd = {**role(HOSTILE), "kind": "Role", "rules": []}
    odd["metadata"].update({"namespace": shop.name, "annotations": {"a": HOSTILE}})
    assert shop.kubectl("agent", "create", "-f", "-", stdin=json.dumps(odd)).code == 1
    shown = nothing_steers(cli, shop.request()["metadata"]["name"])
    assert f"What      CREATE roles/{HARMLESS}\n" in shown
    first, second = HARMLESS.split(r"\u000a")
    assert (f"          metadata.annotations.a\n          @@ -0,0 +1,2 @@\n          + {first}\n          + {second}\n"
            "          \\ No newline at end of text\n          \\ \\u000d at the end of a line: its line end is CRLF\n") in shown


def test_scaling_from_none_is_said_with_the_zero(cli, shop):
    """The API server's Scale leaves its replicas out where they are none."""
    shop.gate(whilePending="Reject", actions=[{"resourceRules": [{**UPDATE_DEPLOYMENTS, "resources": ["deployments/scale"]}]}])
    assert shop.kubectl("agent", "scale", "deployment", "api", "--replicas=3").code == 1
    shown = cli.run("alice", "show", shop.request()["metadata"]["name"]).must().stdout
    assert "Change    spec.replicas\n          - 0\n          + 3\n" in shown
    assert "\ndeployments/api: scale, replicas 0 -> 3  " in cli.run("alice", "list").must().stdout


def test_a_secret_that_is_applied_again_says_why_it_asks(cli, shop):
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": shop.name},
              "stringData": {"password": "correct-horse"}}
    shop.kubectl("agent", "apply", "-f", "-", stdin=json.dumps(secret)).must()
    shop.gate(whilePending="Reject", actions=[{"preset": "SecretAccess"}])
    assert shop.kubectl("agent", "apply", "-f", "-", stdin=json.dumps(secret)).code == 1
    shown = cli.run("alice", "show", shop.request()["metadata"]["name"]).must().stdout
    assert "\n          The API server's answer shows the agent all values of the Secret, so even an unchanged one is asked about.\n" in shown
    assert "correct-horse" not in shown


def test_a_name_that_is_not_there_suggests_one_that_is(cli, shop, request_name):
    slip = request_name[:-1] + "0"  # no name of ours holds a 0
    refused = cli.run("alice", "show", slip)
    assert (refused.code, refused.stdout) == (1, "")
    assert refused.stderr == f"error: no approvalrequest {slip} in namespace {shop.name}; did you mean {request_name}?\n"
    odd = cli.run("alice", "show", "../../\x1b[2J?watch=1")
    assert odd.code == 1
    assert odd.stderr == ("error: no approvalrequest ../../\\u001b[2J?watch=1: names hold lower-case letters, digits, - and . "
                          "alone\n")


def test_a_name_can_be_typed_as_it_was_printed_or_only_begun(cli, shop, request_name):
    shown = cli.run("alice", "show", request_name).must().stdout
    for typed in (request_name[:-1], request_name.rpartition("-")[2][:5], f"areq/{request_name}",
                  cli.run("alice", "list", "-o", "name").must().stdout.strip()):
        assert plain(cli.run("alice", "show", typed).must().stdout) == plain(shown), typed
    second = shop.rejected_beside_others("3")
    several = cli.run("alice", "show", "gate")
    assert several.code == 1
    assert several.stderr.startswith(f"error: no approvalrequest gate in namespace {shop.name}; it matches 2 names (")
    assert request_name in several.stderr and second in several.stderr and several.stderr.endswith("): type more of the name\n")


def test_a_name_in_another_namespace_is_told_with_that(cli, make_namespace, shop, request_name):
    other = make_namespace()
    refused = cli.run(None, "approve", request_name, "-y", "--kubeconfig", cli.kubeconfig("alice"), "-n", other.name)
    assert refused.code == 1
    assert refused.stderr == (f"error: no approvalrequest {request_name} in namespace {other.name}; it is in namespace {shop.name}: "
                              f"add -n {shop.name}\n")


def test_why_explains_a_decision_with_its_records(cli, shop, request_name):
    shop.decide("alice", {"metadata": {"name": request_name}}, "Approve", "LGTM").must()
    shop.wait_for_state({"metadata": {"name": request_name}}, "Approved")
    shop.set_image("2").must()
    status = shop.get("approvalrequest", request_name)["status"]

    def record(log):
        return f"log record: stream {log['stream']}, seq {log['seq']}, head {log['head']}"
    use, = status["uses"]
    assert plain(cli.run("alice", "why", request_name).must().stdout) == f"""\
Request   {request_name} in namespace {shop.name}: Used
Who       agent {AGENT_NAME}, {AGENT}
          asked WHEN (TIME)
What      UPDATE deployments/api: runs code: image registry.example/api:1 -> registry.example/api:2

Policies  ApprovalPolicy gate, generation 1, as it was when the agent asked
          [x] owner: 1 of 1, from group reviewers

Reviews   alice: Approve by kubectl WHEN (TIME), "LGTM"
            counted for gate/owner

Decision  Approved by alice WHEN (TIME): {status['decision']['reason']}
          valid until TIME, for 1 use
          {record(status['decision']['log'])}

Uses      WHEN (TIME), admission {use['admissionUID']}
          {record(use['log'])}
          Sallyport does not see what happens after that: a quota or a name that is taken can still stop it
"""
    seqs = {(each["stream"], each["seq"]) for each in shop.records()}
    assert {(log["stream"], log["seq"]) for log in (status["decision"]["log"], use["log"])} <= seqs


def test_why_as_agent_explains_a_refusal_that_was_pasted(cli, shop):
    shop.gate(whilePending="Reject")
    refused = shop.set_image("2")
    assert refused.code == 1
    pending = cli.run("agent", "why", "--as-agent", refused.stderr).must().stdout
    name = shop.request()["metadata"]["name"]
    assert pending.startswith("Refused   ApprovalRequired: people must approve this first")
    assert f"\nRequest   {name} in namespace {shop.name}: Pending\n" in pending
    assert f"\nNext      wait with `sallyport wait {name} -n {shop.name} --for approved`, then send the very same call again\n" in pending
    shop.decide("alice", shop.request(), "Deny", "not on a Friday").must()
    shop.wait_for_state({"metadata": {"name": name}}, "Denied")
    denied = cli.run("agent", "why", "--as-agent", refused.stderr).must().stdout
    assert '\nNext      alice says: "not on a Friday"; do not send the same call again' in denied
    gone = cli.run("agent", "why", "--as-agent", f"[code=ApprovalRequired request={shop.name}/gate-gone]")
    assert gone.code == 1 and gone.stdout.startswith("Refused   ApprovalRequired: ") and "no approvalrequest gate-gone" in gone.stderr


@pytest.mark.disruptive
def test_seeing_needs_only_the_api_server(cli, replicas, request_name):
    replicas.stop_all()
    for arguments in (["list"], ["show", request_name], ["why", request_name]):
        assert request_name in cli.run("alice", *arguments).must().stdout
    refused = cli.run("alice", "approve", request_name, "-y")
    assert refused.code == 4
    assert refused.stderr == ("error: Sallyport does not answer the API server, so nothing can be decided now; ask whoever runs it, "
                              "and try again\n")


def test_a_letter_of_another_script_is_seen_wherever_people_read(cli, shop, tmp_path):
    """A Cyrillic letter that looks like a Latin one: another image than it seems."""
    misleading, seen = "registry.example/p\u0430yments:2", r"registry.example/p\u0430yments:2"
    shop.gate(whilePending="Reject")
    refusal = shop.kubectl("agent", "set", "image", "deployment/api", f"api={misleading}").stderr
    request = shop.request()
    name = request["metadata"]["name"]
    wait_for("the log to have it", lambda: shop.records("request_opened"))
    logs = whole_lines(shop.cluster, tmp_path / "logs")
    event = wait_for("the Event", lambda: [each for each in shop.get("events.v1.events.k8s.io")["items"]
                                           if each["regarding"]["name"] == name])[0]
    texts = {"the agent's refusal": refusal, "the Event": event["note"],
             "the request": json.dumps(request, ensure_ascii=False).replace("\\\\", "\\")}
    for command in (["show", name], ["why", name], ["list"]):
        texts[" ".join(command)] = cli.run("alice", *command).must().stdout
    for command in (["log", "show", logs], ["log", "export", logs, "--format", "csv", "--to", "-"]):
        texts[command[1]] = subprocess.run([SALLYPORT, *command, "-n", shop.name], capture_output=True, text=True, check=True).stdout
    assert not [where for where, text in texts.items() if "\u0430" in text]
    assert not [where for where, text in texts.items() if seen not in text and where != "list"]  # it has no room for it
