"""`sallyport policy lint`: all that is wrong with policies in files."""
import json

import pytest
import yaml

from program import ROOT, run

SAMPLES = ROOT / "charts" / "sallyport" / "samples"
APPROVAL = {"requirements": [{"name": "owner", "approvers": [{"kind": "Group", "name": "oncall"}]}]}
ALLOWED = '"enforce" is not known; it must be Enforce, Warn or Audit'


def policy(name="p", kind="ApprovalPolicy", **spec):
    return {"apiVersion": "sallyport.dev/v1alpha1", "kind": kind, "metadata": {"name": name},
            "spec": {"enforcement": "Enforce", "actions": [{"preset": "Exec"}], "approval": APPROVAL, **spec}}


@pytest.fixture
def lint(tmp_path):
    def lint(*policies, arguments=()):
        (tmp_path / "policies.yaml").write_text(yaml.safe_dump_all(policies))
        return run("policy", "lint", tmp_path / "policies.yaml", *arguments)
    return lint


def test_the_samples_need_no_tests_and_say_nothing_wrong(tmp_path):
    done = run("policy", "lint", SAMPLES)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert done.stdout.endswith(" policies, 0 errors, 0 warnings\n"), done.stdout


def test_all_faults_are_told_at_once(lint):
    bad = policy("bad", enforcement="enforce", waitfor="1m", whilePending="hold",
                 subjects=[{"kind": "User", "name": ""}],
                 approval={"requirements": [{"name": "owner", "count": 0, "approvers": [{"kind": "group", "name": "oncall"}]}]})
    done = lint(bad, policy("good"))
    assert (done.returncode, done.stderr) == (1, ""), done
    for said in (f"spec.enforcement: {ALLOWED}", "spec.waitfor: is not known to this version; known here: ",
                 'spec.whilePending: "hold" is not known; it must be Reject or Hold', "spec.subjects[0].name: is missing",
                 "spec.approval.requirements[0].count: must be a whole number from 1 to 1000",
                 'approvers[0].kind: "group" is not known; it must be User or Group'):
        assert said in done.stdout, (said, done.stdout)
    assert done.stdout.endswith("2 policies, 6 errors, 0 warnings\n"), done.stdout


@pytest.mark.parametrize(("text", "said"), [
    ("spec:\n  a: b\n c: d\n", ("line 3, column 2: ",)),
    ("spec: {a: [1, 2\nkind: x\n", ("line ", ", column ")),
    ('{"spec": {"a": ]}', ("line 1, column 16: ",)),
])
def test_where_a_syntax_fault_is(tmp_path, text, said):
    (tmp_path / "broken.yaml").write_text(text)
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(policy("bad", enforcement="enforce")))
    done = run("policy", "lint", tmp_path)
    assert done.returncode == 1, done
    assert all(f"{part}" in done.stdout for part in (f"{tmp_path / 'broken.yaml'}: ", *said)), done.stdout
    assert ALLOWED in done.stdout, "the other files are looked at all the same"


def test_what_a_policy_says_and_does_not_do_is_a_warning(lint, tmp_path):
    values = tmp_path / "values.yml.txt"
    values.write_text(yaml.safe_dump({"agents": [{"name": "deployer", "serviceAccounts": ["agents/deployer"]}]}))
    rule = {"apiGroups": ["core"], "apiVersions": ["*"], "operations": ["*"], "resources": ["pods"]}
    told = policy(holdFor="28s", subjects=[{"kind": "Agent", "name": "depoyer"}], actions=[{"resourceRules": [rule]}])
    done = lint(told, arguments=("--values", values, "-o", "json"))
    assert done.returncode == 0, done
    report = json.loads(done.stdout)
    warnings, = [each["policies"][0]["warnings"] for each in report["files"]]
    assert report["errors"] == 0 and report["warnings"] == len(warnings) == 3
    assert "spec.holdFor is deprecated" in warnings[0]
    assert 'the core group is written ""' in warnings[1]
    assert '"depoyer" is no agent of this installation (deployer)' in warnings[2]
    assert len(json.loads(lint(told, arguments=("-o", "json")).stdout)["files"][0]["policies"][0]["warnings"]) == 2


@pytest.mark.parametrize(("change", "said"), [
    ({"kind": "Approvalpolicy"}, "kind: must be a policy's"),
    ({"apiVersion": "sallyport.dev/v1"}, "apiVersion: must be sallyport.dev/v1alpha1"),
    ({"metadata": {}}, "metadata.name: is missing"),
])
def test_a_misspelt_head_is_no_other_kind(lint, change, said):
    done = lint({**policy(), **change})
    assert done.returncode == 1 and said in done.stdout, done


def test_where_there_is_no_policy(tmp_path):
    (tmp_path / "other.yaml").write_text("kind: ConfigMap\napiVersion: v1\n")
    for place, said in ((tmp_path, "holds no ApprovalPolicy"), (tmp_path / "none", "none: No such file or directory")):
        done = run("policy", "lint", place)
        assert (done.returncode, done.stdout) == (2, "") and said in done.stderr, done
