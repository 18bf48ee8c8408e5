"""`sallyport list`: as a table, as data, in terminals and pipes, and as it changes."""
import json
import re
import signal
import subprocess

import pytest
import yaml

from harness import AGENT_NAME, wait_for
from objects import REVIEWERS, approval, requirement
from screens import plain
from terminal import without_colour


def test_list_is_a_table_with_what_waits_first(cli, shop):
    shop.gate(whilePending="Reject")
    first = shop.rejected("2")
    shop.decide("alice", first, "Deny").must()
    shop.wait_for_state(first, "Denied")
    second = shop.rejected("3")
    shown = cli.run("alice", "list").must()
    denied, pending = (each["metadata"]["name"] for each in (first, second))
    lines = [re.sub(r" {2,}", "  ", line) for line in plain(shown.stdout).splitlines()]
    action = "deployments/api: image registry.example/api:1 -> registry.example/api:"
    same = f"1 request of agent {AGENT_NAME} in namespace {shop.name}"
    assert lines == [f"Pending: {same}", "WHAT  ASKED  ENDS  NAME", f"{action}3  WHEN  WHEN  {pending}", "",
                     "Ended: 1 request", "WHAT  OUTCOME  NAME", f"{action}2  denied WHEN by alice  {denied}"]
    assert shown.stderr == ""
    assert cli.run("alice", "list", "--state", "denied,used", "-o", "name").must().stdout.endswith(f"/{denied}\n")


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
    assert wide.splitlines()[1].split() == ["WHAT", "AGENT", "ASKED", "ENDS", "POLICIES", "REVIEWERS", "REASON", "NAME"]
    everywhere = cli.run("alice", "list", "-A", "--state", "pending").must().stdout
    assert any(line.endswith(f" {shop.name}/{request_name}") for line in everywhere.splitlines())


def test_list_of_an_agent_and_of_mine(cli, shop, request_name):
    def names(who, *more):
        return cli.run(who, "list", "-o", "name", *more).must().stdout.splitlines()
    mine = [f"approvalrequest.sallyport.dev/{request_name}"]
    assert names("alice", "--agent", AGENT_NAME) == mine
    assert names("alice", "--agent", "nobody") == []
    assert names("alice", "--mine") == mine    # a policy names her group
    assert names("agent", "--mine") == mine    # it asked
    assert names("mallory", "--mine") == []
    nothing = cli.run("mallory", "list", "--mine")
    assert (nothing.code, nothing.stdout, nothing.stderr) == (0, "", f"no such approvalrequests in namespace {shop.name}\n")


def test_a_terminal_gets_colours_and_its_width_a_pipe_does_not(cli, request_name):
    wide = cli.terminal("alice", "list", columns=200).finish().must()
    assert "\x1b[1mPending: 1 request" in wide.stdout
    narrow = cli.terminal("alice", "list", columns=80).finish().must()
    lines = without_colour(narrow.stdout).splitlines()
    assert all(len(line) <= 80 for line in lines)
    # The short name at a line's end can be typed.
    assert request_name in cli.run("alice", "show", lines[2].split()[-1]).must().stdout
    for terminal in (cli.terminal("alice", "list", "--no-color"), cli.terminal("alice", "list", NO_COLOR="1"),
                     cli.terminal("alice", "list", TERM="dumb")):
        assert "\x1b" not in terminal.finish().must().stdout
    assert "\x1b" not in cli.run("alice", "list").must().stdout


def test_a_reader_that_goes_away_is_no_drama(cli, request_name):
    command = " ".join(f"'{part}'" for part in cli.command("alice", ["list"]))
    result = subprocess.run(["bash", "-c", f"{command} | head -c 1"], capture_output=True, text=True, env=cli.env, timeout=30, check=True)
    assert (result.stdout, result.stderr) == ("P", "")


def test_watching_says_each_change_once(cli, shop):
    shop.gate(whilePending="Reject", approval=approval(requirement(REVIEWERS, count=2)))
    name = shop.rejected("2")["metadata"]["name"]
    terminal = cli.terminal("alice", "list", "-w", columns=200).wait_for(f"   {name}\n")
    for who in ("alice", "bob"):
        shop.decide(who, {"metadata": {"name": name}}, "Approve").must()
    terminal.wait_for("Approved by alice, bob  ")
    second = shop.rejected("3")["metadata"]["name"]
    terminal.wait_for(f"  {second}\n")
    terminal.interrupt()
    done = terminal.finish()
    assert done.code == -signal.SIGINT
    news = [re.sub(r"^\S+Z  ", "", line) for line in without_colour(done.stdout).splitlines()[3:]]
    action = "deployments/api: image registry.example/api:1 -> registry.example/api:"
    assert news == [f"Pending, 1 of 2 approvals  {action}2  {name}", f"Approved by alice, bob  {action}2  {name}",
                    f"Pending  {action}3  {second}"]


def test_kubectl_shows_the_action_last_and_who_decided_in_words(shop, request_name):
    def rows(*more):
        lines = shop.kubectl("alice", "get", "areq", *more).must().stdout.splitlines()
        return [re.split(r" {2,}", line) for line in lines]
    headings, row = rows()
    assert headings == ["NAME", "STATE", "AGE", "ACTION"]
    assert (row[0], row[1]) == (request_name, "Pending") and row[3].startswith("UPDATE deployments/api: runs code: image ")
    shop.decide("alice", {"metadata": {"name": request_name}}, "Deny").must()
    shop.wait_for_state({"metadata": {"name": request_name}}, "Denied")
    headings, row = rows("-o", "wide")
    assert headings == ["NAME", "STATE", "AGE", "ACTION", "AGENT", "DECIDED", "POLICY", "REASON", "EXPIRES"]
    assert (row[1], row[4], row[5]) == ("Denied", AGENT_NAME, "by alice")


@pytest.mark.disruptive
def test_watching_outlives_the_api_server(cli, shop, replicas, request_name):
    terminal = cli.terminal("alice", "list", "-w", columns=200).wait_for(f"   {request_name}\n")
    waiting = cli.terminal("alice", "wait", request_name, "--for", "approved", columns=200).wait_for("waiting for")
    replicas.restart_apiserver()
    terminal.wait_for("; trying again")
    wait_for("both replicas to be ready", lambda: all(replicas.readyz(replica)[0] for replica in (0, 1)), 60)
    shop.approved("alice", {"metadata": {"name": request_name}})
    terminal.wait_for("Approved by alice  ")
    assert f"approvalrequest {request_name} is Approved" in without_colour(waiting.finish().must().stdout)
