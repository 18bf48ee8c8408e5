"""`sallyport policy diff`: what presets of today, or policies, ask about in a log, and earlier ones did not."""
import json

import pytest

from logs import Log
from verifiers import ROOT, SALLYPORT, run

OLDER = ROOT / "tests" / "data" / "older_log"
REQUIREMENTS = {"requirements": [{"name": "owner", "approvers": [{"kind": "Group", "name": "oncall"}]}]}
FACTS = {"version": "v1", "groups": ["system:serviceaccounts"], "namespace_labels": {"env": "prod"}}
CRON = {**FACTS, "presets": ["PodPromotion", "Everything"], "effects": ["RunsCode"],
        "changed": ["metadata.generation", "metadata.managedFields[0].time", "spec.schedule"]}
IMAGE = {**FACTS, "presets": ["PodPromotion", "Everything"], "effects": ["RunsCode"],
         "changed": ["spec.template.spec.containers[0].image"]}
MOUNTED = {**FACTS, "presets": ["PodPromotion", "SecretAccess", "Everything"], "effects": ["RunsCode", "UsesSecret", "HoldsSecret"],
           "changed": ["spec.template.spec.volumes"]}
BEFORE_EFFECTS = {**FACTS, "presets": ["Everything"], "changed": ["spec.schedule"]}


def spec(*presets, enforcement="Enforce"):
    return {"enforcement": enforcement, "actions": [{"preset": preset} for preset in presets], "approval": REQUIREMENTS}


def policy(name, *presets, namespace="shop", **changes):
    return {"apiVersion": "sallyport.dev/v1alpha1", "kind": "ApprovalPolicy" if namespace else "ClusterApprovalPolicy",
            "metadata": {"name": name, **({"namespace": namespace} if namespace else {})}, "spec": spec(*presets, **changes)}


class Day(Log):
    """What a replica writes that has a policy for each preset, and another that only audits."""

    def __init__(self, **presets):
        super().__init__(lines=1)
        self.add("configuration_loaded", agents=[{"name": "deployer", "users": [], "groups": [], "service_accounts": ["agents/deployer"],
                                                  "namespaces": []}])
        gates = {name: spec(preset) for name, preset in presets.items()}
        for name, of in {**gates, "watch": spec("Everything", enforcement="Audit")}.items():
            self.add("policy", change="listed", kind="ApprovalPolicy", namespace="shop", name=name, uid=f"p-{name}", generation=1,
                     why_not_ready="", spec=of)

    def audited(self, facts, resource="cronjobs.batch", name="report", operation="UPDATE", agent="deployer", **more):
        self.add("audited", agent=agent, username="system:serviceaccount:agents:deployer", operation=operation, resource=resource,
                 namespace="shop", name=name, admission_uid=f"u-{len(self.lines)}", dry_run=False, policy="watch", policy_namespace="shop",
                 **({"facts": facts} if facts else {}), **more)
        return self

    def write(self, folder):
        folder.mkdir(exist_ok=True)
        (folder / f"{self.stream}.jsonl").write_bytes(self.bytes())
        return folder


def diff(*arguments):
    return run(SALLYPORT, "policy", "diff", *arguments)


def told(*arguments):
    done = diff(*arguments, "-o", "json")
    return done.returncode, json.loads(done.stdout)


def rows(report):
    return [(row["policy"]["name"], row["mode"], row["agent"], row["action"], row["count"]) for row in report["newlyAsked"]]


@pytest.fixture
def day(tmp_path):
    made = Day(gate="PodPromotion", secrets="SecretAccess")
    made.audited(CRON).audited(CRON, name="other").audited(IMAGE, "deployments.apps", "api").audited(MOUNTED, "deployments.apps", "api")
    made.audited(BEFORE_EFFECTS).audited(None)
    return made.write(tmp_path / "logs")


def test_what_is_newly_asked_is_counted_with_an_example_and_what_cannot_be_told_as_well(day):
    code, report = told("--from", "0.1", day)
    assert code == 1 and rows(report) == [("gate", "Enforce", "deployer", "UPDATE cronjobs.batch", 2)]
    example = report["newlyAsked"][0]["example"]
    assert (example["namespace"], example["name"], example["effects"], example["changed"]) == ("shop", "report", "RunsCode", ["spec.schedule"])
    lines = (day / "replica-0-abcdefgh.jsonl").read_bytes().splitlines()
    assert json.loads(lines[example["line"] - 1])["name"] == "report" and example["file"] == str(day / "replica-0-abcdefgh.jsonl")
    assert report["counts"] == {"calls": 6, "newlyAsked": 2, "cannotBeTold": 3, "dryRuns": 0}
    assert sorted((each["policy"]["name"], each["count"], each["why"].split(" ")[-1]) for each in report["cannotBeTold"]) == [
        ("", 1, "matched"), ("gate", 1, "cluster"), ("secrets", 1, "cluster"), ("secrets", 1, "log")]


def test_for_people_it_is_a_table_and_sentences(day):
    done = diff("--from", "0.1", day)
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["COUNT", "MODE", "POLICY", "AGENT", "ACTION", "DOES", "EXAMPLE"]
    assert lines[1].split()[:7] == ["2", "Enforce", "shop/gate", "deployer", "UPDATE", "cronjobs.batch", "RunsCode"]
    assert lines[1].endswith(f"shop/report: spec.schedule ({day}/replica-0-abcdefgh.jsonl:6)")
    assert sum(line.startswith("cannot be told: 1 call of ") for line in lines) == 4
    assert lines[-1] == "6 calls in these logs: 2 asked about now and not before, 3 cannot be told"
    assert (done.returncode, done.stderr) == (1, "")


def test_exit_codes(tmp_path, day):
    assert diff("--from", "0.1", Day(gate="Exec").audited(CRON).write(tmp_path / "nothing")).returncode == 0
    assert diff("--from", "0.1", Day(gate="PodPromotion").audited(BEFORE_EFFECTS).write(tmp_path / "untold")).returncode == 4
    unreadable = diff("--from", "0.1", Day(gate="Exec").write(tmp_path / "nothing"), tmp_path / "gone")
    assert unreadable.returncode == 3 and "gone" in unreadable.stderr
    for arguments, words in [((day,), "--from is required"), (("--from", "0.2", day), "known (0.1)"),
                             (("--from", "0.1", "--policies", tmp_path / "gone", day), "gone"), (("--from", "0.1", "--since", "soon", day), "--since")]:
        done = diff(*arguments)
        assert done.returncode == 2 and words in done.stderr and done.stdout == "", done.stderr
    without = Log().bytes()
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "replica-0.jsonl").write_bytes(without)
    done = diff("--from", "0.1", tmp_path / "without")
    assert done.returncode == 2 and "--policies" in done.stderr


def test_filters(day):
    for arguments, calls in [(["--agent", "deployer"], 6), (["-n", "shop"], 6), (["--until", "2026-11-21T10:00:07Z"], 2)]:
        assert told("--from", "0.1", *arguments, day)[1]["counts"]["calls"] == calls, arguments


def test_policies_of_today_may_be_others_than_the_logs(day, tmp_path):
    (tmp_path / "policy.json").write_text(json.dumps(policy("trial", "PodPromotion", namespace="", enforcement="Warn")))
    code, report = told("--from", "0.1", "--policies", tmp_path / "policy.json", day)
    assert code == 1 and rows(report) == [("trial", "Warn", "deployer", "UPDATE cronjobs.batch", 2)]
    done = diff("--from", "0.1", "--policies", tmp_path / "policy.json", day)
    assert " cluster/trial " in done.stdout


def test_a_policy_that_cannot_work_is_named(day, tmp_path):
    broken = policy("broken", "PodPromotion")
    broken["spec"]["actions"].append({"preset": "Podpromotion"})
    (tmp_path / "policy.json").write_text(json.dumps(broken))
    done = diff("--from", "0.1", "--policies", tmp_path / "policy.json", day)
    assert "ApprovalPolicy broken cannot work" in done.stderr


def test_against_policies_of_before(day, tmp_path):
    (tmp_path / "before").mkdir()
    (tmp_path / "before" / "gate.yaml").write_text(json.dumps(policy("gate", "Exec")))
    code, report = told("--from", tmp_path / "before", day)
    assert code == 1 and {row[:2] for row in rows(report)} == {("gate", "Enforce"), ("secrets", "Enforce"), ("watch", "Audit")}
    (tmp_path / "before" / "gate.yaml").write_text(json.dumps(policy("gate", "PodPromotion")))
    (tmp_path / "before" / "watch.yaml").write_text(json.dumps(policy("watch", "Everything", enforcement="Audit")))
    code, report = told("--from", tmp_path / "before", day)
    assert code == 1 and rows(report) == [("secrets", "Enforce", "deployer", "UPDATE deployments.apps", 1)]


def test_nothing_raw_is_shown(tmp_path):
    done = diff("--from", "0.1", Day(gate="PodPromotion").audited(CRON, name="\x1b[2Jevil", agent="\x1b[2Jevil").write(tmp_path / "logs"))
    assert done.returncode == 1 and "\x1b" not in done.stdout


def test_a_log_of_a_build_before_effects_tells_what_its_presets_took_and_no_more(tmp_path):
    """tests/data/older_log is of a real run: images of a Deployment, which PodPromotion took."""
    logs = tmp_path / "logs"
    logs.mkdir()
    for file in OLDER.glob("replica-0*"):
        (logs / file.name).write_bytes(file.read_bytes())
    assert told("--from", "0.1", logs) == (0, {"counts": {"calls": 6, "newlyAsked": 0, "cannotBeTold": 0, "dryRuns": 0},
                                               "newlyAsked": [], "cannotBeTold": []})  # its policy has rules, and no presets
    for preset, code, untold in [("PodPromotion", 0, 0), ("SecretAccess", 4, 6), ("Everything", 0, 0)]:
        (tmp_path / "policy.json").write_text(json.dumps(policy("all", preset, namespace="")))
        got, report = told("--from", "0.1", "--policies", tmp_path / "policy.json", logs)
        assert (got, report["counts"]["newlyAsked"], report["counts"]["cannotBeTold"]) == (code, 0, untold), preset
        assert all("before effects" in each["why"] for each in report["cannotBeTold"])
