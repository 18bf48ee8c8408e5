"""What a request's records say together: each of them is found by the agent, the namespace and the verdict of the request."""
import csv
import io
import json
import subprocess

import pytest

from exported import POLICY, bundle_of, export
from logs import Log
from verifiers import CLEAN, PATIENCE, SALLYPORT, USAGE, run

OPENED = {"operation": "UPDATE", "resource": "deployments.apps", "name": "api"}


def open_request(log, number, agent, namespace):
    """Opened for a Namespace object its request is in Sallyport's own namespace."""
    about = {"request": f"sallyport-system/gate-{number}", "request_uid": f"r-{number}"}
    log.add("request_opened", **about, **OPENED, agent=agent, username=f"system:serviceaccount:agents:{agent}", namespace=namespace,
            summary=f"UPDATE deployments/api: image v{number}", policies=[{**POLICY, "generation": 1}])
    return about


def decide(log, about, verdict, review, result="done"):
    log.add("review_accepted", **about, reviewer="alice", verdict=review, comment="", seal="s")
    log.add("intent", **about, intent=f"i-{len(log.lines)}", kind="decision", verdict=verdict, reviewers=["alice"], reason="")
    log.add("outcome", **about, intent=f"i-{len(log.lines) - 1}", result=result)


@pytest.fixture
def logs(tmp_path):
    """Opened in one stream, decided in another, whose clock is behind: its lines come first."""
    folder = tmp_path / "logs"
    folder.mkdir()
    first, second = Log(stream="replica-0-abcdefgh", lines=20), Log(stream="replica-1-abcdefgh", lines=1)
    approved, denied = open_request(first, 1, "deployer", "shop"), open_request(first, 2, "robot", "till")
    decide(second, approved, "Denied", "Approve", result="lost")
    decide(second, approved, "Approved", "Approve")
    decide(second, denied, "Denied", "Deny")
    second.add("intent", **approved, intent="u", kind="use", agent="deployer", username="system:serviceaccount:agents:deployer", summary="s")
    for log in (first, second):
        (folder / f"{log.stream.rpartition('-')[0]}.jsonl").write_bytes(log.bytes())
    return folder


def shown(logs, *arguments):
    done = run(SALLYPORT, "log", "show", logs, "-o", "json", *arguments)
    assert (done.returncode, done.stderr) == (CLEAN, "")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [(record["event"], record.get("kind", record.get("verdict", ""))) for record in found if record.get("request_uid")]


OF_FIRST = [("review_accepted", "Approve"), ("intent", "decision"), ("outcome", "")] * 2 + [("intent", "use"), ("request_opened", "")]
OF_SECOND = [("review_accepted", "Deny"), ("intent", "decision"), ("outcome", ""), ("request_opened", "")]


@pytest.mark.parametrize("arguments, found", [
    (["--agent", "deployer"], OF_FIRST), (["--agent", "robot"], OF_SECOND), (["-n", "shop"], OF_FIRST), (["-n", "till"], OF_SECOND),
    (["--verdict", "Approved"], OF_FIRST), (["--verdict", "Approve"], [("review_accepted", "Approve")] * 2),
    (["--verdict", "Deny"], [("review_accepted", "Deny")]), (["--verdict", "Approved", "--agent", "robot"], []),
    (["--agent", "deployer", "-n", "shop", "--verdict", "Approved", "--event", "review_accepted"], [("review_accepted", "Approve")] * 2)])
def test_a_requests_records_are_found_by_its_agent_namespace_and_verdict(logs, arguments, found):
    assert shown(logs, *arguments) == found


def test_a_decision_that_lost_is_found_by_what_it_says_and_its_request_is_not(logs):
    assert shown(logs, "--verdict", "Denied", "--agent", "deployer") == [("intent", "decision")]


def test_a_bundle_of_one_agent_has_its_decisions_and_says_who_asked_for_what(logs, tmp_path):
    bundle = bundle_of(tmp_path, logs, "--agent", "deployer")
    summary = bundle.text("SUMMARY.txt")
    decided = summary.partition("Decided and revoked\n")[2].partition("\nStreams")[0]
    assert "Approved  sallyport-system/gate-1 by alice\n    deployer: UPDATE deployments/api: image v1\n" in decided
    assert "gate-2" not in decided and "nothing" not in decided
    assert [row["event"] for row in bundle.records() if row["request"].startswith("sallyport-system/")] == [event for event, _ in OF_FIRST]


def test_each_row_of_a_table_says_what_it_is_about(logs):
    done = export(logs, "--format", "csv", "--to", "-", "--verdict", "Approve")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 2
    for row in rows:
        assert (row["who"], row["agent"], row["username"]) == ("alice", "deployer", "system:serviceaccount:agents:deployer")
        assert (row["operation"], row["resource"], row["namespace"], row["name"]) == ("UPDATE", "deployments.apps", "shop", "api")
        assert row["summary"] == "UPDATE deployments/api: image v1"


@pytest.mark.parametrize("command", [["log", "show"], ["log", "tail"], ["log", "replay"], ["policy", "report"], ["policy", "diff", "--from", "0.1"],
                                     ["log", "export", "--format", "csv", "--to", "-"], ["log", "export", "--format", "bundle", "--to", "-"]])
@pytest.mark.parametrize("flag, says", [
    (["--agent", "deploier"], "these logs hold no agent deploier; they hold deployer, robot"),
    (["-n", "sohp"], "these logs hold no namespace sohp; they hold sallyport-system, shop, till")])
def test_a_filter_that_names_what_is_not_there_is_an_error(logs, command, flag, says):
    done = run(SALLYPORT, *command, logs, *flag)
    assert (done.returncode, done.stdout) == (USAGE, "") and says in done.stderr


@pytest.mark.parametrize("flag, says", [
    (["--request", "gate-99"], "no request gate-99; they hold gate-1, gate-10"), (["--request", "till/gate-1"], "no request till/gate-1"),
    (["--verdict", "Revoked"], "no verdict Revoked; they hold Approve, Approved, Denied, Deny"),
    (["--verdict", "approved"], "--verdict approved is no verdict"), (["--event", "review"], "no event review; they hold answered")])
def test_so_is_one_of_a_request_a_verdict_or_an_event(logs, flag, says):
    done = run(SALLYPORT, "log", "show", logs, *flag)
    assert (done.returncode, done.stdout) == (USAGE, "") and says in done.stderr


def test_an_agent_that_is_configured_and_has_done_nothing_is_there(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(Log(lines=2).add("configuration_loaded", agents=[{"name": "idle"}]).bytes())
    assert run(SALLYPORT, "log", "show", tmp_path, "--agent", "idle").returncode == CLEAN


def test_what_cannot_be_read_may_hold_it(logs):
    (logs / "replica-2.jsonl").write_bytes(Log(stream="replica-2-abcdefgh", lines=2).bytes() + b"no line\n")
    done = run(SALLYPORT, "log", "show", logs, "--agent", "deploier")
    assert done.returncode == 3 and "cannot be read" in done.stderr


def test_whoever_follows_a_log_may_name_what_is_to_come(tmp_path):
    file = tmp_path / "replica-0.jsonl"
    log = Log(lines=3)
    file.write_bytes(log.bytes())
    with subprocess.Popen([SALLYPORT, "log", "tail", "-f", tmp_path, "--agent", "late", "-o", "json"], stdout=subprocess.PIPE, text=True) as tail:
        log.add("request_opened", request="shop/gate-7", request_uid="r-7", agent="late").add("review_accepted", request="shop/gate-7", request_uid="r-7")
        with file.open("ab") as end:
            end.write(b"".join(log.lines[3:]))
        found = [json.loads(tail.stdout.readline())["event"] for _ in range(2)]
        tail.terminate()
        tail.wait(PATIENCE)
    assert found == ["request_opened", "review_accepted"]
