"""`sallyport policy report`: what policies in Warn and Audit would have asked for."""
import json
import subprocess

import pytest

from logs import Log
from verifiers import PATIENCE, SALLYPORT

CALL = {"agent": "deployer", "username": "u", "operation": "UPDATE", "resource": "deployments.apps", "namespace": "shop", "name": "api",
        "admission_uid": "a", "dry_run": False, "policy": "trial", "policy_namespace": ""}


def run(*arguments):
    return subprocess.run([SALLYPORT, "policy", "report", *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.fixture
def logs(tmp_path):
    """Of two replicas, lines a second apart."""
    first, second = Log(stream="replica-0-abcdefgh", lines=2), Log(stream="replica-1-abcdefgh", lines=2)
    first.add("warned", **CALL).add("warned", **CALL).add("warned", **{**CALL, "dry_run": True})
    first.add("audited", **{**CALL, "policy": "team", "policy_namespace": "shop", "operation": "CREATE", "resource": "pods"})
    second.add("warned", **CALL).add("warned", **{**CALL, "agent": "\x1b[2Jother", "namespace": ""})
    second.add("guard_would_refuse", **{**CALL, "rule": "token-secret", "why": "no"})
    for log in (first, second):
        (tmp_path / f"{log.stream}.jsonl").write_bytes(b"".join(log.lines))
    return tmp_path


def test_counts_by_policy_agent_action_and_namespace(logs):
    done = run(logs, "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)["wouldAsk"]
    assert [(row["count"], row["mode"], row["policy"], row["agent"], row["action"], row["namespace"]) for row in rows] == [
        (3, "Warn", "cluster/trial", "deployer", "UPDATE deployments.apps", "shop"),
        (1, "Warn", "cluster/trial", "\x1b[2Jother", "UPDATE deployments.apps", ""),
        (1, "", "guard/token-secret", "deployer", "UPDATE deployments.apps", "shop"),
        (1, "Audit", "team", "deployer", "CREATE pods", "shop"),
    ]
    assert (rows[0]["first"], rows[0]["last"]) == ("2026-11-21T10:00:03.000000Z", "2026-11-21T10:00:04.000000Z")


def test_is_a_table_for_people(logs):
    lines = run(logs).stdout.splitlines()
    assert lines[0].split() == ["COUNT", "MODE", "POLICY", "AGENT", "ACTION", "NAMESPACE", "LAST", "(UTC)"]
    assert lines[1].split() == ["3", "Warn", "cluster/trial", "deployer", "UPDATE", "deployments.apps", "shop", "2026-11-21T10:00:04"]
    assert len(lines) == 5 and "\x1b" not in "".join(lines) and "\\u001b[2Jother" in lines[2]


def test_of_a_period_an_agent_or_a_namespace(logs):
    def counts(*arguments):
        return [row["count"] for row in json.loads(run(logs, "-o", "json", *arguments).stdout)["wouldAsk"]]
    assert counts("--since", "2026-11-21T10:00:04Z", "--until", "2026-11-21T10:00:04Z") == [1, 1]
    assert run(logs, "--agent", "nobody").returncode == 2
    assert counts("--agent", "deployer", "-n", "shop") == [3, 1, 1]
    assert run(logs, "--since", "yesterday").returncode == 2


def test_says_so_when_nobody_would_have_been_asked(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"".join(Log(lines=3).lines))
    done = run(tmp_path)
    assert (done.returncode, done.stdout) == (0, "") and done.stderr.startswith("nobody would have been asked")
    assert run(tmp_path / "gone").returncode == 3
