"""A change as people read it: texts by the lines that differ, large ones whole, and in the log when the request is gone."""
import json
import subprocess

import pytest
import yaml

from harness import ROOT, wait_for
from screens import plain
from terminal import without_colour
from test_log import SALLYPORT, whole_lines

WRITES_OF_CONFIG = [{"resourceRules": [{"apiGroups": [""], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}]}]
FILE = [f"setting_{number} = {number}" for number in range(1, 2001)]
CHANGED = [*FILE[:1233], "setting_1234 = on", *FILE[1234:]]


def text(lines, end="\n"):
    return "".join(line + end for line in lines)


def config_map(shop, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": shop.name}, "data": data}


@pytest.fixture
def write(shop):
    """The agent writes a ConfigMap that a person has made: the request."""
    def write(before, after):
        if before:
            shop.cluster.admin("create", "-f", "-", stdin=json.dumps(config_map(shop, **before)))
        shop.gate(whilePending="Reject", actions=WRITES_OF_CONFIG)
        refused = shop.kubectl("agent", "replace" if before else "create", "-f", "-", stdin=json.dumps(config_map(shop, **after)))
        assert refused.code == 1 and "code=ApprovalRequired" in refused.stderr, refused
        return shop.request()
    return write


def changes(request):
    return {change["path"]: change for change in request["spec"]["action"]["kubernetes"]["changes"] if not change.get("ignored")}


def change_on(screen):
    return screen.partition("\nChange    ")[2].partition("\n\nWhy  ")[0]


ONE_LINE = """\
data['app.conf']
          @@ -1231,7 +1231,7 @@
            setting_1231 = 1231
            setting_1232 = 1232
            setting_1233 = 1233
          - setting_1234 = 1234
          + setting_1234 = on
            setting_1235 = 1235
            setting_1236 = 1236
            setting_1237 = 1237"""


@pytest.mark.parametrize("columns", [80, 120])
def test_one_line_of_two_thousand_is_one_line(cli, shop, write, columns):
    request = write({"app.conf": text(FILE)}, {"app.conf": text(CHANGED)})
    change, = changes(request).values()
    assert change == {"path": "data['app.conf']", "from": "2000 lines",
                      "to": "@@ -1231,7 +1231,7 @@\n setting_1231 = 1231\n setting_1232 = 1232\n setting_1233 = 1233\n-setting_1234 = 1234\n"
                            "+setting_1234 = on\n setting_1235 = 1235\n setting_1236 = 1236\n setting_1237 = 1237\n"}
    assert request["spec"]["action"]["summary"] == "UPDATE configmaps/web: app.conf line 1234: setting_1234 = 1234 -> setting_1234 = on"
    assert not request["spec"]["action"]["kubernetes"].get("truncated")
    name = request["metadata"]["name"]
    terminal = cli.terminal("alice", "show", name, columns=columns).finish().must().stdout
    assert change_on(without_colour(terminal)) == ONE_LINE
    assert "\x1b[31m- setting_1234 = 1234\x1b[0m\n" in terminal and "\x1b[32m+ setting_1234 = on\x1b[0m\n" in terminal
    assert "configmaps/web: app.conf line 1234: setting_1234 = 12" in cli.run("alice", "list").must().stdout
    assert yaml.safe_load(cli.run("alice", "show", name, "-o", "yaml").must().stdout)["spec"] == request["spec"]
    shop.approved("alice", request)
    shop.kubectl("agent", "replace", "-f", "-", stdin=json.dumps(config_map(shop, **{"app.conf": text(CHANGED)}))).must()


NAMED = """\
data.blanks
          @@ -1,2 +1,2 @@
          - a
          + a\\u0020\\u0020
            b
          \\ \\u0020 at the end of a line: a blank
          data.ends
          \\ all line ends: LF -> CRLF
          data.last
          @@ -1,2 +1,2 @@
            a
          - b
          + b
          \\ No newline at end of text
          data.letters
          @@ -1,2 +1,2 @@
          - copy
          + \\u0441\\u043e\\u0440\\u0443
            b
          data.one
          @@ -1,2 +1,2 @@
          - a
          + a\\u000d
            b
          \\ \\u000d at the end of a line: its line end is CRLF
          data.tabs
          @@ -1,2 +1,2 @@
          - a b
          + a\\u0009b
            b"""


@pytest.mark.parametrize("columns", [80, 120])
def test_what_cannot_be_seen_is_named(cli, write, columns):
    before = {"blanks": "a\nb\n", "ends": text(FILE[:500]), "last": "a\nb\n", "letters": "copy\nb\n", "one": "a\nb\n", "tabs": "a b\nb\n"}
    after = {"blanks": "a  \nb\n", "ends": text(FILE[:500], "\r\n"), "last": "a\nb", "letters": "\u0441\u043e\u0440\u0443\nb\n",
             "one": "a\r\nb\n", "tabs": "a\tb\nb\n"}
    name = write(before, after)["metadata"]["name"]
    assert change_on(without_colour(cli.terminal("alice", "show", name, columns=columns).finish().must().stdout)) == NAMED


def test_a_new_object_names_each_place_once(cli, shop, write):
    request = write(None, {"a": "1", "b": "2", "file": "x\ny\n"})
    shown = change_on(cli.run("alice", "show", request["metadata"]["name"]).must().stdout)
    assert "data\n          + a: 1\n          + b: 2\n          data.file\n          @@ -0,0 +1,2 @@\n          + x\n          + y" in shown
    assert changes(request)["data.file"]["to"] == "@@ -0,0 +1,2 @@\n+x\n+y\n"


def test_what_has_room_is_shown_whole(shop, write):
    """Three hundred keys, and one long value: 256 KiB in all, and nobody must accept that something is missing."""
    request = write(None, {**{f"key-{number}": "x" * 100 for number in range(300)}, "long": "y" * 100_000})
    shown = changes(request)
    assert len([path for path in shown if path.startswith("data[")]) + len([path for path in shown if path.startswith("data.key-")]) == 300
    assert shown["data.long"]["to"] == "y" * 100_000
    assert not request["spec"]["action"]["kubernetes"].get("truncated")
    shop.approved("alice", request)


def test_only_what_is_larger_is_cut_and_needs_a_word(shop, write):
    request = write(None, {f"key-{number}": "x" * 1000 for number in range(400)})
    assert request["spec"]["action"]["kubernetes"]["truncated"]
    refused = shop.decide("alice", request, "Approve")
    assert not refused.ok and "acceptTruncated" in refused.stderr
    shop.decide("alice", request, "Approve", acceptTruncated=True).must()


def run(*command):
    return subprocess.run([SALLYPORT, *map(str, command)], capture_output=True, text=True, timeout=180, check=False)


def test_what_was_approved_is_told_when_the_request_is_gone(cli, shop, write, tmp_path):
    request = write({"app.conf": text(FILE)}, {"app.conf": text(CHANGED)})
    name = request["metadata"]["name"]
    shop.approve("alice", request, "the flag, as discussed")
    shop.wait_for_state(request, "Approved")
    before = {command: plain(cli.run("alice", command, name).must().stdout) for command in ("show", "why")}
    shop.cluster.admin("-n", shop.name, "delete", "approvalrequest", name)
    gone = cli.run("alice", "why", name)
    assert gone.code == 1 and gone.stderr.endswith(". Of one that was deleted a log still tells: --logs DIR\n")
    wait_for("the deletion in the log", lambda: shop.records("request_deleted"))
    logs = whole_lines(shop.cluster, tmp_path / "logs")
    shown, why = (plain(cli.run("alice", command, name, "--logs", logs).must().stdout) for command in ("show", "why"))
    assert change_on(shown) == ONE_LINE == change_on(before["show"])
    assert "\nDecided   approved by alice WHEN" in shown
    assert 'Reviews   alice: Approve by kubectl WHEN (TIME), "the flag, as discussed"\n            counted for gate/owner\n' in why
    assert "\nDecision  Approved by alice WHEN (TIME): " in why
    assert why.endswith("As the log tells it. Whether the log is whole, `sallyport log verify` says.\n")
    # Without a cluster, and by its name alone.
    assert run("show", name, "--logs", logs).stdout.count("setting_1234 = on") == 2
    missing = run("why", f"{shop.name}/gate-gone", "--logs", logs)
    assert missing.returncode == 1 and "holds no request" in missing.stderr


def test_what_a_secret_holds_is_not_in_what_the_log_keeps(shop, tmp_path):
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": shop.name},
              "stringData": {"file": "correct-horse\nbattery-staple\n"}}
    shop.gate(whilePending="Reject", actions=[{"preset": "SecretAccess"}])
    assert shop.kubectl("agent", "create", "-f", "-", stdin=json.dumps(secret)).code == 1
    opened, = wait_for("the record", lambda: shop.records("request_opened"))
    assert {"path": "data.file", "redacted": True} in opened["changes"]
    for word in ("correct-horse", "battery-staple", "Y29ycmVjd"):
        assert word not in json.dumps(shop.records()) + json.dumps(shop.requests())


@pytest.mark.disruptive
def test_an_older_definition_has_no_room_and_that_is_said(cluster, shop, write, tmp_path):
    """The definitions of before: 256 fields, 65,536 characters a value."""
    current = (ROOT / "crds" / "approvalrequests.yaml").read_text()
    older = current.replace("maxItems: 4096", "maxItems: 256").replace("maxLength: 262144", "maxLength: 65536")
    assert older.count("maxLength: 65536") > 2 and "maxItems: 4096" not in older
    file = tmp_path / "crd.yaml"

    def install(definition):
        file.write_text(definition)
        cluster.admin("apply", "--server-side", "--force-conflicts", "--field-manager=helm", "-f", file)

    shop.gate(whilePending="Reject", actions=WRITES_OF_CONFIG)
    many = json.dumps(config_map(shop, **{f"key-{number}": "x" for number in range(300)}))
    install(older)
    try:
        refused = wait_for("the older definition", lambda: (
            lambda result: result if "older than this Sallyport" in result.stderr else None)(shop.kubectl("agent", "create", "-f", "-", stdin=many)))
        assert "code=ClusterUnavailable" in refused.stderr and not shop.requests()
        small = shop.kubectl("agent", "create", "-f", "-", stdin=json.dumps(config_map(shop, file="x\ny\n")))
        assert "code=ApprovalRequired" in small.stderr
        assert changes(shop.request())["data.file"]["to"] == "@@ -0,0 +1,2 @@\n+x\n+y\n"
    finally:
        install(current)
    wait_for("the new definition", lambda: "code=ApprovalRequired" in shop.kubectl("agent", "create", "-f", "-", stdin=many).stderr)
