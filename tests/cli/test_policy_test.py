"""`sallyport policy test` on the chart's samples, and on what people get wrong."""
import json
import re
import shutil
import xml.etree.ElementTree

import pytest
import yaml

from program import ROOT, run

SAMPLES = ROOT / "charts" / "sallyport" / "samples"
NAMES = sorted(path.name for path in SAMPLES.iterdir())


@pytest.fixture
def suite(tmp_path):
    """A copy of one sample, to spoil."""
    return copy_of(tmp_path, "promote-image")


def copy_of(tmp_path, name):
    return shutil.copytree(SAMPLES / name, tmp_path / name)


def rewrite(path, change):
    document = yaml.safe_load(path.read_text())
    change(document)
    path.write_text(yaml.safe_dump(document))


def test_the_samples_are_as_they_say(tmp_path):
    junit = tmp_path / "junit.xml"
    done = run("policy", "test", SAMPLES, "--junit", junit)
    assert (done.returncode, done.stderr) == (0, "")
    assert "FAIL" not in done.stdout and done.stdout.endswith(" tests: all as expected\n")
    suites = xml.etree.ElementTree.parse(junit).getroot()
    assert [each.get("name").rpartition("/")[2] for each in suites] == NAMES and len(NAMES) >= 10


@pytest.mark.parametrize("name", NAMES)
def test_each_sample_has_a_look_alike_that_passes_and_needs_its_policy(name, tmp_path):
    """Without what its policies ask for, its tests fail: they say something."""
    copied = copy_of(tmp_path, name)
    policies = list(yaml.safe_load_all((copied / "policy.yaml").read_text()))
    for policy in policies:
        policy["spec"]["subjects"] = [{"kind": "Agent", "name": "somebody-else"}]
    (copied / "policy.yaml").write_text(yaml.safe_dump_all(policies))
    done = run("policy", "test", copied, "-o", "json")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    tests = report["suites"][0]["tests"]
    assert not report["suites"][0]["invalidPolicies"]
    assert sum(not test["passed"] for test in tests) >= 2
    assert any(test["passed"] for test in tests)


def policies_of_readme():
    """The first policy that README.md shows, and the same with the actions of the narrower one."""
    first, narrower = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)]
    return first, {**first, "spec": {**first["spec"], **narrower}}


def test_the_readmes_first_policy_asks_as_the_sample_does_and_the_narrower_one_sees_less(suite):
    unseen = []
    for policy in policies_of_readme():
        (suite / "policy.yaml").write_text(yaml.safe_dump(policy))
        tests = json.loads(run("policy", "test", suite, "-o", "json").stdout)["suites"][0]["tests"]
        unseen.append([test["name"] for test in tests if not test["passed"]])
    assert unseen == [[], ["so does a new workload", "another command is another program", "so is a schedule", "and the number of replicas"]]


def test_a_difference_says_expected_and_got(suite):
    rewrite(suite / "tests.yaml", lambda tests: tests["tests"][0].update(expect="not gated"))
    done = run("policy", "test", suite)
    assert done.returncode == 1 and done.stderr == ""
    assert ("  FAIL  a new image waits for the owner\n"
            "        expected: not gated\n"
            "        got:      gated by promote-image/owner\n") in done.stdout
    assert done.stdout.endswith("\n9 tests: 1 not as expected\n")


def test_a_policy_that_can_not_work_fails(suite):
    rewrite(suite / "policy.yaml", lambda policy: policy["spec"]["actions"][0].update(changedFields=["spec..image"]))
    done = run("policy", "test", suite)
    assert done.returncode == 1
    assert "FAIL  ApprovalPolicy promote-image cannot work: " in done.stdout
    assert "got:      refused (PolicyBroken): " in done.stdout


def test_tests_may_stand_apart_from_policies_and_reviews(suite, tmp_path):
    policies = tmp_path / "policies" / "deep"
    policies.mkdir(parents=True)
    (suite / "policy.yaml").rename(policies / "promote.yaml")
    tests = (suite / "tests.yaml").rename(tmp_path / "my-tests.yaml")
    done = run("policy", "test", tmp_path / "policies", "--tests", tests, "--reviews", suite)
    assert (done.returncode, done.stderr) == (0, "")
    assert run("policy", "test", policies / "promote.yaml", "--tests", tests, "--reviews", suite).returncode == 0


def test_a_folder_of_policies_against_a_folder_of_reviews(suite, tmp_path):
    policies = tmp_path / "policies"
    policies.mkdir()
    (suite / "policy.yaml").rename(policies / "promote.yaml")
    done = run("policy", "test", policies, suite)
    assert (done.returncode, done.stderr) == (0, "") and " tests: all as expected" in done.stdout
    rewrite(policies / "promote.yaml", lambda policy: policy["spec"]["approval"]["requirements"][0].update(name="other"))
    assert run("policy", "test", policies, suite).returncode == 1


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda suite: (suite / "tests.yaml").unlink(), "there is no tests.yaml in it"),
    (lambda suite: (suite / "policy.yaml").unlink(), "holds no ApprovalPolicy and no ClusterApprovalPolicy"),
    (lambda suite: (suite / "policy.yaml").write_text("a: [1\n"), "policy.yaml: line "),
    (lambda suite: (suite / "deployment-v2.yaml").unlink(), "tests[0].manifest: "),
    (lambda suite: (suite / "tests.yaml").write_text("agents: [{name: x, users: [x]}]\ntests: [{name: y}]\n"), "tests[0].review: or manifest"),
    (lambda suite: (suite / "review.json").write_text('{"kind": "AdmissionReview"}'), "tests[2].review: "),
    (lambda suite: (suite / "extra.yaml").write_text("x: &a [1]\ny: {<<: *a}\n"), "merge keys"),
    (lambda suite: rewrite(suite / "policy.yaml", lambda policy: policy["metadata"].pop("namespace")), "metadata.namespace"),
])
def test_what_can_not_be_read_is_named(suite, spoil, words):
    spoil(suite)
    done = run("policy", "test", suite)
    assert done.returncode == 2 and done.stdout == ""
    assert words in done.stderr and done.stderr.count("\n") == 1


def test_wrong_usage_and_places(tmp_path):
    assert run("policy", "test").returncode == 2
    missing = run("policy", "test", tmp_path / "gone")
    assert missing.returncode == 2 and "gone" in missing.stderr
    unwritable = run("policy", "test", SAMPLES / "secrets", "--junit", tmp_path / "no" / "junit.xml")
    assert unwritable.returncode == 2 and "cannot be written: No such file" in unwritable.stderr


def test_nothing_in_a_file_steers_the_terminal(suite):
    rewrite(suite / "tests.yaml", lambda tests: tests["tests"][0].update(name="\x1b[2Jgone\u202e", expect="not gated"))
    done = run("policy", "test", suite)
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout and "\\u001b[2Jgone" in done.stdout
