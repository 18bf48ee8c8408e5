"""`sallyport approve`, `deny`, `revoke`, `withdraw` and `wait`: what was shown is what is decided."""
import http.server
import json
import threading

import pytest

from harness import Caller
from objects import REVIEWERS, approval, requirement
from screens import digest_of, plain, screen_of
from terminal import without_colour


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
    assert plain(again.stderr) == (f"error: approvalrequest {request_name}: Approved already, by alice WHEN; revoke takes an "
                                   "approval back\n")


def test_what_is_missing_after_an_approval_is_said(cli, shop):
    shop.gate(whilePending="Reject", approval=approval(requirement(REVIEWERS, count=2)))
    name = shop.rejected("2")["metadata"]["name"]
    first = cli.run("alice", "approve", name, "-y").must()
    assert first.stdout.endswith(f"approvalrequest {name}: recorded; still missing: 1 approval for gate/owner, from someone else: "
                                 "group reviewers\n")
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
    assert plain(done.stdout).endswith(f"error: approvalrequest {name}: Denied already, by bob WHEN; a decision is final\n")


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
    assert late.code == 1
    assert plain(late.stderr) == f"error: approvalrequest {name}: Denied already, by alice WHEN; a decision is final\n"

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
    assert plain(out) == f"approvalrequest {request_name} is Used: approved by alice WHEN (TIME), last let through WHEN (TIME)\n"
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
