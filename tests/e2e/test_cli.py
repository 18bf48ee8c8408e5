"""`kubectl sallyport` against the real control plane: in pipes and in pseudo-terminals, by kubeconfigs of each kind."""
import base64
import http.server
import json
import pathlib
import re
import signal
import subprocess
import threading

import pytest
import yaml

from harness import AGENT, Caller, free_port, wait_for
from objects import REVIEWERS, approval, deployment, requirement
from terminal import Cli, Terminal, without_colour

TIME = re.compile(r"(just now|in \d+ \w+|\d+ \w+ ago)")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
HOSTILE = "fix\x1b[2J\x1b]0;title\x07\r\nroot@host:~# \u202eevil\u2066\u200b\u009b31m "
STEERING = ["\x1b[2J", "\x1b]", "\x07", "\r", "\u202e", "\u2066", "\u200b", "\u009b"]


@pytest.fixture
def cli(cluster, shop, tmp_path):
    made = Cli((cluster.folder / "binary").read_text().strip(), shop, tmp_path)
    yield made
    made.kill_all()


@pytest.fixture
def request_name(shop):
    """Of one pending request."""
    shop.gate(whilePending="Reject")
    return shop.rejected("2")["metadata"]["name"]


def plain(text):
    """Without what differs from run to run: times."""
    return STAMP.sub("TIME", TIME.sub("WHEN", text))


def digest_of(shop, name):
    return shop.get("approvalrequest", name)["spec"]["action"]["digest"]


# --- list ---

def test_list_is_a_table_with_what_waits_first(cli, shop):
    shop.gate(whilePending="Reject")
    first = shop.rejected("2")
    shop.decide("alice", first, "Deny").must()
    shop.wait_for_state(first, "Denied")
    second = shop.rejected("3")
    shown = cli.run("alice", "list").must()
    denied, pending = (each["metadata"]["name"] for each in (first, second))
    action = "UPDATE deployments/api: image registry.example/api:1 -> registry.example/api:"
    gap = " " * (len(pending) - 4)
    lines = [re.sub(r" {2,}", "  ", line) for line in plain(shown.stdout).splitlines()]
    assert shown.stdout.startswith(f"NAME{gap}   STATE     AGENT      ACTION")
    assert lines == ["NAME  STATE  AGENT  ACTION  ASKED  ENDS",
                     f"{pending}  Pending  deployer  {action}3  WHEN  WHEN",
                     f"{denied}  Denied  deployer  {action}2  WHEN  -"]
    assert shown.stderr == ""


def test_list_as_data(cli, shop, request_name):
    as_json = json.loads(cli.run("alice", "list", "-o", "json").must().stdout)
    assert (as_json["apiVersion"], as_json["kind"]) == ("v1", "List")
    item, = as_json["items"]
    expected = shop.get("approvalrequest", request_name)
    expected["metadata"].pop("managedFields", None)
    assert item == expected  # exact: times and numbers, too
    assert yaml.safe_load(cli.run("alice", "list", "-o", "yaml").must().stdout) == as_json
    assert cli.run("alice", "list", "-o", "name").must().stdout == f"approvalrequest.sallyport.dev/{request_name}\n"
    wide = cli.run("alice", "list", "-o", "wide").must().stdout
    assert wide.splitlines()[0].split() == ["NAME", "STATE", "AGENT", "ACTION", "ASKED", "ENDS", "POLICIES", "REVIEWERS", "REASON"]
    everywhere = cli.run("alice", "list", "-A").must().stdout
    assert any(line.split()[:2] == [shop.name, request_name] for line in everywhere.splitlines())


def test_list_of_an_agent_and_of_mine(cli, shop, request_name):
    def names(who, *more):
        return cli.run(who, "list", "-o", "name", *more).must().stdout.splitlines()
    mine = [f"approvalrequest.sallyport.dev/{request_name}"]
    assert names("alice", "--agent", "deployer") == mine
    assert names("alice", "--agent", "nobody") == []
    assert names("alice", "--mine") == mine    # a policy names her group
    assert names("agent", "--mine") == mine    # it asked
    assert names("mallory", "--mine") == []
    nothing = cli.run("mallory", "list", "--mine")
    assert (nothing.code, nothing.stdout, nothing.stderr) == (0, "", f"no approvalrequests in namespace {shop.name}\n")


def test_a_terminal_gets_colours_and_its_width_a_pipe_does_not(cli, request_name):
    wide = cli.terminal("alice", "list", columns=200).finish().must()
    assert "\x1b[33mPending\x1b[0m" in wide.stdout
    narrow = cli.terminal("alice", "list", columns=80).finish().must()
    assert all(len(line) <= 80 for line in without_colour(narrow.stdout).splitlines())
    assert "..." in narrow.stdout
    for terminal in (cli.terminal("alice", "list", "--no-color"), cli.terminal("alice", "list", NO_COLOR="1"),
                     cli.terminal("alice", "list", TERM="dumb")):
        assert "\x1b" not in terminal.finish().must().stdout
    assert "\x1b" not in cli.run("alice", "list").must().stdout


def test_a_reader_that_goes_away_is_no_drama(cli, request_name):
    command = " ".join(f"'{part}'" for part in cli.command("alice", ["list"]))
    result = subprocess.run(["bash", "-c", f"{command} | head -c 1"], capture_output=True, text=True, env=cli.env, timeout=30, check=True)
    assert (result.stdout, result.stderr) == ("N", "")


def test_watching_prints_each_change_as_it_happens(cli, shop, request_name):
    terminal = cli.terminal("alice", "list", "-w", columns=200).wait_for(f"{request_name}   Pending")
    shop.decide("alice", {"metadata": {"name": request_name}}, "Deny").must()
    terminal.wait_for(f"{request_name}   Denied")
    second = shop.rejected("3")["metadata"]["name"]
    terminal.wait_for(f"{second}   Pending")
    terminal.interrupt()
    assert terminal.finish().code == -signal.SIGINT


@pytest.mark.disruptive
def test_watching_outlives_the_api_server(cli, shop, replicas, request_name):
    terminal = cli.terminal("alice", "list", "-w", columns=200).wait_for(f"{request_name}   Pending")
    waiting = cli.terminal("alice", "wait", request_name, "--for", "approved", columns=200).wait_for("waiting for")
    replicas.restart_apiserver()
    terminal.wait_for("; trying again")
    wait_for("both replicas to be ready", lambda: all(replicas.readyz(replica)[0] for replica in (0, 1)), 60)
    shop.approved("alice", {"metadata": {"name": request_name}})
    terminal.wait_for(f"{request_name}   Approved")
    assert f"approvalrequest {request_name} is Approved" in without_colour(waiting.finish().must().stdout)


# --- show ---

def screen_of(shop, name, state="Pending", reason="the agent gave no reason"):
    return f"""\
Request   {name} in namespace {shop.name}: {state}
Who       agent deployer, {AGENT}
          asked WHEN (TIME)
What      UPDATE deployments/api: image registry.example/api:1 -> registry.example/api:2
          UPDATE deployments.apps {shop.name}/api

Change    spec.template.spec.containers[0].image
          - registry.example/api:1
          + registry.example/api:2

Why       {reason}

Asked by  ApprovalPolicy gate
          [ ] owner: 0 of 1, from group reviewers

Missing   1 approval for gate/owner, from group reviewers
Ends      WHEN (TIME), if nobody decides
Digest    {digest_of(shop, name)}
"""


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


@pytest.mark.parametrize("more", ["", "x" * (64 << 10)], ids=["short", "64 KiB"])
def test_nothing_an_agent_says_steers_the_terminal(cli, shop, more):
    shop.gate(whilePending="Reject")
    patch = json.dumps({"metadata": {"annotations": {"sallyport.dev/reason": HOSTILE + more}}})
    shop.kubectl("agent", "patch", "deployment", "api", "--type=merge", "-p", patch).must()
    name = shop.rejected("2")["metadata"]["name"]
    for arguments in (["list"], ["list", "-o", "wide"], ["list", "-o", "json"], ["list", "-o", "yaml"], ["show", name],
                      ["show", name, "-o", "json"], ["show", name, "-o", "yaml"], ["why", name]):
        for result in (cli.run("alice", *arguments), cli.terminal("alice", *arguments, columns=4096).finish()):
            assert not any(steers in result.must().stdout for steers in STEERING), arguments
            assert len(result.stdout) < 16 << 10, arguments
    approved = cli.terminal("alice", "approve", "-y", name, columns=4096).finish().must().stdout
    assert not any(steers in approved for steers in STEERING)
    shown = cli.run("alice", "show", name).stdout
    assert r'Why       "fix\u001b[2J\u001b]0;title\u0007\u000d\u000aroot@host:~# \u202eevil\u2066\u200b\u009b31m ' in shown
    assert "\n          (the agent's own words; nobody checked them)\n" in shown


def test_a_name_that_is_not_there_suggests_one_that_is(cli, shop, request_name):
    refused = cli.run("alice", "show", request_name[:-1])
    assert (refused.code, refused.stdout) == (1, "")
    assert refused.stderr == (f"error: no approvalrequest {request_name[:-1]} in namespace {shop.name}; "
                              f"did you mean {request_name}?\n")
    odd = cli.run("alice", "show", "../../\x1b[2J?watch=1")
    assert odd.code == 1
    assert odd.stderr == ("error: no approvalrequest ../../\\u001b[2J?watch=1: names hold lower-case letters, digits, - and . "
                          "alone\n")


# --- decisions ---

def test_approve_shows_asks_and_the_agent_may(cli, shop, request_name):
    terminal = cli.terminal("alice", "approve", request_name, "-m", "LGTM")
    terminal.wait_for(f"Approve {request_name} as alice? [y/N] ")
    assert screen_of(shop, request_name) in plain(without_colour(terminal.screen))
    assert shop.requests("Pending")  # nothing happens before the answer
    done = terminal.type("y\n").finish()
    assert done.code == 0
    assert plain(without_colour(done.stdout)).endswith(
        f"approvalrequest {request_name} is Approved: the agent may do it until TIME (WHEN)\n")
    review, = shop.get("approvalrequest", request_name)["spec"]["reviews"]
    assert (review["reviewer"], review["verdict"], review["comment"], review["via"]) == ("alice", "Approve", "LGTM", "kubectl")
    shop.set_image("2").must()
    assert shop.tag() == "2"


@pytest.mark.parametrize("answer", ["n\n", "\n", "yep\n", "\x04"])
def test_anything_but_yes_decides_nothing(cli, shop, request_name, answer):
    done = cli.terminal("alice", "approve", request_name).wait_for("[y/N] ").type(answer).finish()
    assert done.code == 1
    assert done.stdout.endswith("error: nothing was decided\n")
    assert "reviews" not in shop.request()["spec"]


def test_nobody_is_asked_where_nobody_can_answer(cli, shop, request_name):
    refused = cli.run("alice", "approve", request_name)
    assert refused.code == 2
    assert refused.stderr == "error: stdin is no terminal, so nobody can be asked; in scripts, add --yes\n"
    assert "reviews" not in shop.request()["spec"]


def test_in_scripts_yes_is_said_beforehand(cli, shop, request_name):
    done = cli.run("alice", "approve", request_name, "--yes").must()
    assert plain(done.stdout) == (screen_of(shop, request_name) +
                                  f"approvalrequest {request_name} is Approved: the agent may do it until TIME (WHEN)\n")
    again = cli.run("alice", "approve", request_name, "--yes")
    assert again.code == 1
    assert again.stderr == f"error: approvalrequest {request_name} is Approved already; revoke takes an approval back\n"


def test_what_is_missing_after_an_approval_is_said(cli, shop):
    shop.gate(whilePending="Reject", approval=approval(requirement(REVIEWERS, count=2)))
    name = shop.rejected("2")["metadata"]["name"]
    first = cli.run("alice", "approve", name, "-y").must()
    assert first.stdout.endswith(f"approvalrequest {name}: recorded; still missing: 1 approval for gate/owner, from group reviewers\n")
    twice = cli.run("alice", "approve", name, "-y")
    assert twice.code == 1
    assert twice.stderr == (f"error: approvalrequest {shop.name}/{name}: you have reviewed it with this verdict already; "
                            "a person counts once\n")
    assert f"approvalrequest {name} is Approved: " in cli.run("bob", "approve", name, "-y").must().stdout


def test_a_request_that_changed_behind_the_question_is_refused(cli, shop, request_name):
    gone = cli.terminal("alice", "approve", request_name).wait_for("[y/N] ")
    shop.kubectl("admin", "delete", "approvalrequest", request_name).must()
    done = gone.type("y\n").finish()
    assert done.code == 1
    assert done.stdout.endswith(f"error: approvalrequest {request_name} is gone: nothing was decided\n")

    name = shop.rejected("3")["metadata"]["name"]
    decided = cli.terminal("alice", "approve", name).wait_for("[y/N] ")
    shop.decide("bob", {"metadata": {"name": name}}, "Deny").must()
    shop.wait_for_state({"metadata": {"name": name}}, "Denied")
    done = decided.type("y\n").finish()
    assert done.code == 1
    assert done.stdout.endswith(f"error: approvalrequest {shop.name}/{name}: it is Denied already, and a decision is final\n")


class Between:
    """Between us and the API server, as alice: notes what is patched, and may show other answers than the API server's."""

    def __init__(self, cli):
        self.patches, self.alter = [], lambda text: text
        self.proxy = Caller(cli.shop.cluster, "alice")
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(outer.alter)

            def do_POST(self):
                self.answer(str)

            def do_PATCH(self):
                self.answer(str)

            def answer(self, alter):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.command == "PATCH":
                    outer.patches.append((self.path, self.headers["Content-Type"], json.loads(body)))
                status, text = outer.proxy.call(self.command, self.path, json.loads(body) if body else None,
                                                self.headers.get("Content-Type") or "application/json")
                text = alter(text).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.config = cli.write("between", {
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": cli.shop.name}}],
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{self.server.server_port}"}}],
            "users": [{"name": "u", "user": {}}]})

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.proxy.close()


@pytest.fixture
def between(cli):
    made = Between(cli)
    yield made
    made.close()


def test_the_digest_that_was_shown_is_what_is_approved(cli, shop, request_name, between):
    digest = digest_of(shop, request_name)
    other = "sha256:" + "0" * 64
    between.alter = lambda text: text.replace(digest, other)
    refused = cli.run(None, "approve", request_name, "-y", "-m", "LGTM", "--kubeconfig", between.config)
    assert refused.code == 1
    assert f"Digest    {other}\n" in refused.stdout
    assert refused.stderr == (f"error: approvalrequest {shop.name}/{request_name}: spec.decision.digest is {other}, but the "
                              f"request's digest is {digest}: look at it again\n")
    (path, content_type, patch), = between.patches
    assert path.startswith(f"/apis/sallyport.dev/v1alpha1/namespaces/{shop.name}/approvalrequests/{request_name}?")
    assert content_type == "application/merge-patch+json"
    assert patch == {"spec": {"decision": {"verdict": "Approve", "comment": "LGTM", "digest": other}}}
    assert "reviews" not in shop.request()["spec"]


def test_deny_revoke_and_withdraw(cli, shop):
    shop.gate(whilePending="Reject")
    name = shop.rejected("2")["metadata"]["name"]
    too_early = cli.run("alice", "revoke", name, "-y")
    assert too_early.code == 1
    assert too_early.stderr == f"error: approvalrequest {name} is Pending, and only an approved one can be revoked\n"
    denied = cli.run("alice", "deny", name, "-y", "-m", "not on a Friday").must()
    assert denied.stdout.endswith(f"approvalrequest {name} is Denied\n")
    late = cli.run("bob", "approve", name, "-y")
    assert (late.code, late.stderr) == (1, f"error: approvalrequest {name} is Denied already, and a decision is final\n")

    name = shop.rejected("3")["metadata"]["name"]
    cli.run("alice", "approve", name, "-y").must()
    assert cli.run("bob", "revoke", name, "-y").must().stdout.endswith(f"approvalrequest {name} is Revoked\n")

    name = shop.rejected("4")["metadata"]["name"]
    assert cli.run("agent", "withdraw", name, "-y").must().stdout.endswith(f"approvalrequest {name} is Withdrawn\n")


def test_who_may_not_decide_is_told_so(cli, shop, request_name):
    def why(who, verdict):
        refused = cli.run(who, verdict, request_name, "-y")
        assert refused.code == 1
        return refused.stderr
    assert why("mallory", "approve") == (
        'error: User "mallory" cannot patch resource "approvalrequests" in API group "sallyport.dev" in the namespace '
        f'"{shop.name}"; the ClusterRole sallyport-reviewer grants it to people\n')
    assert why("agent", "approve") == (
        f"error: approvalrequest {shop.name}/{request_name}: nobody approves what they asked for themselves\n")
    assert why("alice", "withdraw") == (
        f"error: approvalrequest {shop.name}/{request_name}: only the requester may withdraw a request; to stop it, deny it\n")


# --- wait ---

@pytest.mark.parametrize("what, verdict, state, code", [
    ("decided", "Approve", "Approved", 0), ("decided", "Deny", "Denied", 0),
    ("approved", "Approve", "Approved", 0), ("approved", "Deny", "Denied", 1),
])
def test_wait_ends_with_the_decision(cli, shop, request_name, what, verdict, state, code):
    waiting = cli.terminal("agent", "wait", request_name, "--for", what, "--timeout", "1m")
    waiting.wait_for(f"waiting for approvalrequest {request_name} to be {what}; Ctrl-C ends the wait\n")
    shop.decide("alice", {"metadata": {"name": request_name}}, verdict).must()
    done = waiting.finish()
    assert done.code == code
    last = plain(without_colour(done.stdout)).splitlines()[-1]
    outcome = f"{state.lower()} by alice WHEN (TIME)"
    assert last == (f"approvalrequest {request_name} is {state}: {outcome}" if code == 0 else
                    f"error: approvalrequest {request_name} will not be {what}: {outcome}")


def test_wait_for_the_use(cli, shop, request_name):
    waiting = cli.start("agent", "wait", request_name, "--for", "used")
    shop.approved("alice", {"metadata": {"name": request_name}})
    shop.set_image("2").must()
    out, err = waiting.communicate(timeout=30)
    assert (waiting.returncode, err) == (0, "")  # nothing of progress in a pipe
    assert plain(out) == f"approvalrequest {request_name} is Used: approved by alice WHEN (TIME), last used WHEN (TIME)\n"
    assert cli.run("agent", "wait", request_name, "--for", "approved").code == 0


def test_wait_times_out_and_notices_that_a_request_goes(cli, shop, request_name):
    late = cli.run("agent", "wait", request_name, "--timeout", "1s")
    assert (late.code, late.stderr) == (3, f"error: approvalrequest {request_name} is still Pending after 1s\n")
    assert late.seconds < 5
    waiting = cli.terminal("agent", "wait", request_name).wait_for("Ctrl-C")
    shop.kubectl("admin", "delete", "approvalrequest", request_name).must()
    done = waiting.finish()
    assert done.code == 1
    assert done.stdout.endswith(f"error: approvalrequest {request_name} was deleted\n")


# --- why ---

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
Who       agent deployer, {AGENT}
          asked WHEN (TIME)
What      UPDATE deployments/api: image registry.example/api:1 -> registry.example/api:2

Policies  ApprovalPolicy gate, generation 1, as it was when the agent asked
          [x] owner: 1 of 1, from group reviewers

Reviews   alice: Approve by kubectl WHEN (TIME), "LGTM"
            counted for gate/owner

Decision  Approved by alice WHEN (TIME): {status['decision']['reason']}
          valid until TIME, for 1 use
          {record(status['decision']['log'])}

Uses      WHEN (TIME), admission {use['admissionUID']}
          {record(use['log'])}
"""
    seqs = {(each["stream"], each["seq"]) for each in shop.records()}
    assert {(log["stream"], log["seq"]) for log in (status["decision"]["log"], use["log"])} <= seqs


# --- kubeconfigs ---

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
            4, "", f"error: the API server of context c, https://127.0.0.1:{port}, can not be reached (connecting to 127.0.0.1:{port}: "
                   "Connection refused); check that it runs, or name another context with --context\n")
    config = cli.config_of("alice")
    del config["clusters"][0]["cluster"]["certificate-authority-data"]
    refused = cli.run(None, "list", "--kubeconfig", cli.write("stranger", config))
    assert refused.code == 4
    assert refused.stderr.endswith("; its certificate or yours does not fit the kubeconfig\n")


@pytest.mark.parametrize("arguments, sentence", [
    (["list", "--as", "bob"], "--as is refused: who decides must be the very person; use a kubeconfig of your own"),
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


# --- the program itself ---

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


def test_the_page_about_the_commands_is_current(cli):
    page = pathlib.Path(__file__).resolve().parents[2] / "docs" / "cli.md"
    assert cli.run(None, "__docs").must().stdout == page.read_text()


def test_it_starts_at_once(cli):
    assert min(cli.run(None, "version", "--client").must().seconds for _ in range(5)) < 0.5


# --- why --as-agent ---

def test_why_as_agent_explains_a_refusal_that_was_pasted(cli, shop):
    shop.gate(whilePending="Reject")
    refused = shop.set_image("2")
    assert refused.code == 1
    pending = cli.run("agent", "why", "--as-agent", refused.stderr).must().stdout
    name = shop.request()["metadata"]["name"]
    assert pending.startswith("Refused   ApprovalRequired: people must approve this first")
    assert f"\nRequest   {name} in namespace {shop.name}: Pending\n" in pending
    assert f"\nNext      sallyport wait {name} -n {shop.name} --for approved, and then send the very same call again\n" in pending
    shop.decide("alice", shop.request(), "Deny", "not on a Friday").must()
    shop.wait_for_state({"metadata": {"name": name}}, "Denied")
    denied = cli.run("agent", "why", "--as-agent", refused.stderr).must().stdout
    assert '\nNext      alice says: "not on a Friday"; do not send the same call again' in denied
    gone = cli.run("agent", "why", "--as-agent", f"[code=ApprovalRequired request={shop.name}/gate-gone]")
    assert gone.code == 1 and gone.stdout.startswith("Refused   ApprovalRequired: ") and "no approvalrequest gate-gone" in gone.stderr


# --- check ---

def check(cli, shop, who, *arguments, tag="2", kind=deployment):
    path = cli.write("manifest.json", json.dumps(kind(shop.name, tag)))
    return cli.run(who, "check", "-f", path, *arguments)


def test_check_says_who_would_be_asked_and_changes_nothing(cli, shop):
    shop.gate(name="for-deployer", subjects=[{"kind": "Agent", "name": "deployer"}])
    before = shop.get("deployment", "api")
    gated = check(cli, shop, "admin", "--agent", "deployer")
    assert gated.code == 1 and gated.stderr == ""
    assert gated.stdout.splitlines()[0] == "What      UPDATE deployments/api: image registry.example/api:1 -> registry.example/api:2"
    assert "Answer    gated: it would wait for 1 requirement\n          ApprovalPolicy for-deployer\n" in gated.stdout
    assert "- owner: 1 approval from group reviewers" in gated.stdout
    for arguments, code in ((["--agent", "other"], 0), ([], 1), (["--agent", "deployer", "--delete"], 0)):
        assert check(cli, shop, "admin", *arguments).code == code, arguments
    same = check(cli, shop, "admin", "--agent", "deployer", tag="1")
    assert same.code == 0 and "Answer    not gated" in same.stdout  # with the API server's defaults it changes no image
    assert shop.get("deployment", "api") == before and shop.requests() == []


def test_check_is_sure_only_of_what_it_could_read(cli, shop):
    by_agent = check(cli, shop, "agent")
    assert by_agent.code == 4 and "Answer    can not be told" in by_agent.stdout
    assert 'Not read  the clusterapprovalpolicies: User "system:serviceaccount:agents:deployer" cannot list' in by_agent.stdout
    shop.gate()
    by_agent = check(cli, shop, "agent")  # the gate itself tells an agent
    assert by_agent.code == 1 and "Answer    gated, says the gate: UPDATE deployments/api: image" in by_agent.stdout
    by_alice = json.loads(check(cli, shop, "alice", "-o", "json").stdout)["objects"][0]
    assert by_alice["answer"] == "unknown" and "the object as it is now: " in by_alice["unread"][0]  # an update, or not?
    assert any("dry run failed" in note for note in by_alice["notes"])
    assert any("labels of namespace" in note for note in by_alice["notes"])
    unknown = check(cli, shop, "admin", kind=lambda namespace, tag: {"apiVersion": "example.com/v9", "kind": "Thing", "metadata": {"name": "x"}})
    assert (unknown.code, unknown.stderr) == (1, "error: the cluster has no kind Thing in example.com/v9\n")
