"""`sallyport log replay`: everything that was decided, decided again from the logs alone, and by other policies."""
import json
import subprocess

import pytest

from logs import Log
from verifiers import PATIENCE, SALLYPORT

AGENT = "system:serviceaccount:agents:deployer"
ABOUT = {"request": "shop/gate-1", "request_uid": "r-1", "digest": "sha256:aa"}
APPROVERS = [{"kind": "Group", "name": "oncall"}]
FACTS = {"version": "v1", "groups": ["system:serviceaccounts"], "labels": {"app": "api"}, "old_labels": {"app": "api"},
         "namespace_labels": {"env": "prod"}, "presets": ["PodPromotion"], "changed": ["spec.template.spec.containers[0].image"]}
CALL = {"agent": "deployer", "username": AGENT, "operation": "UPDATE", "resource": "deployments.apps", "namespace": "shop", "name": "api"}


def run(*arguments, stdin=None):
    return subprocess.run([SALLYPORT, "log", "replay", *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=PATIENCE,
                          check=False)


def at(second):
    return f"2026-11-21T10:{second // 60:02}:{second % 60:02}.000000Z"


def spec(count=1, approvers=APPROVERS, **changes):
    return {"enforcement": "Enforce", "whilePending": "Hold",
            "actions": [{"resourceRules": [{"apiGroups": ["apps"], "apiVersions": ["*"], "operations": ["UPDATE"], "resources": ["deployments"]}],
                         "changedFields": ["spec.template.spec.containers[*].image"]}],
            "approval": {"requirements": [{"name": "owner", "count": count, "approvers": approvers}], "pendingTimeout": "10m", "validFor": "5m"},
            **changes}


class Story(Log):
    """What one replica writes: the policy, a request for it, and what becomes of that."""

    def __init__(self, count=1, approvers=APPROVERS, stream="replica-0-abcdefgh"):
        super().__init__(stream=stream, lines=1)
        self.add("configuration_loaded", namespace="sallyport-system", service_account="sallyport", guard="Enforce", cooldown="10m", agents=[
            {"name": "deployer", "users": [], "groups": [], "service_accounts": ["agents/deployer"], "namespaces": []},
            {"name": "robot", "users": ["robby"], "groups": ["robots"], "service_accounts": [], "namespaces": []}])
        self.count, self.approvers = count, approvers

    def policy(self, generation=1, change="listed", name="gate", **changes):
        return self.add("policy", change=change, kind="ApprovalPolicy", namespace="shop", name=name, uid=f"p-{name}", generation=generation,
                        why_not_ready="", spec=spec(self.count, self.approvers, **changes))

    def opened(self, facts=FACTS, expires=600, **changes):
        copied = {"kind": "ApprovalPolicy", "namespace": "shop", "name": "gate", "uid": "p-gate", "generation": 1, "uses": 1, "validFor": "5m",
                  "pendingTimeout": "10m", "requirements": [{"name": "owner", "count": self.count, "approvers": self.approvers}]}
        return self.add("request_opened", **{**ABOUT, "resource_version": "10", **CALL, "summary": "UPDATE deployments/api", "policies": [copied],
                                             "expires_at": at(expires), "user_uid": "u-agent", "truncated": False, "facts": facts, **changes})

    def review(self, who, seal, before=(), version=11, verdict="Approve", groups=("oncall",), satisfies=("gate/owner",), when=None, **changes):
        return self.add("review_accepted", **{
            **ABOUT, "resource_version": str(version), "reviewer": who, "reviewer_uid": f"u-{who}", "verdict": verdict, "comment": "", "via": "kubectl",
            "satisfies": list(satisfies), "seal": seal, "reviewed_at": at(when if when is not None else len(self.lines)), "accept_truncated": False,
            "reviews": list(before), "groups": list(groups), **changes})

    def step(self, kind, version, reviews=(), result="done", decision=None, when=None, **fields):
        on = {"decision": {"stream": self.stream, "seq": decision}} if decision else {}
        name = f"i-{len(self.lines)}"
        self.add("intent", **{**ABOUT, "resource_version": str(version), "intent": name, "kind": kind,
                              "as_of": at(when if when is not None else len(self.lines)), "reviews": list(reviews), **on, **fields})
        seq = len(self.lines)
        if result:
            self.add("outcome", **ABOUT, resource_version=str(version + 1), intent=name, result=result)
        return seq

    def decision(self, verdict, by, version=12, reason="RequirementsMet", **more):
        return self.step("decision", version, verdict=verdict, reason=reason, reviewers=by, **more)

    def use(self, decision, version=13, username=AGENT, **more):
        return self.step("use", version, decision=decision, agent="deployer", username=username, admission_uid="a", summary="", **more)

    def approved(self):
        self.policy().opened().review("alice", "s1")
        return self.decision("Approved", ["alice"], reviews=["s1"])

    def replayed(self, folder, *arguments, **more):
        folder.joinpath(f"{self.stream}.jsonl").write_bytes(self.bytes())
        done = run(folder, "-o", "json", *arguments, **more)
        report = json.loads(done.stdout)
        return done.returncode, report["counts"], [(found["result"], found["what"], found["again"]) for found in report["findings"]]


def counts(same, differ=0, unknown=0):
    return {"same": same, "differ": differ, "unknown": unknown}


def test_what_the_engine_decides_is_decided_the_same_again(tmp_path):
    story = Story()
    story.use(story.approved(), reviews=["s1"])
    assert story.replayed(tmp_path) == (0, counts(4), [])


@pytest.mark.parametrize("tell", [
    lambda s: s.review("alice", "s1", verdict="Deny").decision("Denied", ["alice"], reason="Denied", reviews=["s1"]),
    lambda s: s.review(AGENT, "s1", verdict="Withdraw", satisfies=(), reviewer_uid="u-agent", groups=()).decision(
        "Withdrawn", [AGENT], reason="Withdrawn", reviews=["s1"]),
    lambda s: s.decision("Expired", [], reason="NoDecision", when=600),
])
def test_a_denial_a_withdrawal_and_an_expiry_are_the_same_again(tmp_path, tell):
    story = Story()
    story.policy().opened()
    tell(story)
    assert story.replayed(tmp_path)[::2] == (0, [])


def test_an_approval_that_ends_is_the_same_again(tmp_path):
    story = Story()
    story.step("expiry", 13, ["s1"], decision=story.approved(), when=400)
    assert story.replayed(tmp_path)[::2] == (0, [])
    story = Story()
    decision = story.approved()
    story.review("bob", "s2", ["s1"], version=13, verdict="Revoke")
    story.step("revocation", 14, ["s1", "s2"], decision=decision, by="bob", reason="revoked")
    assert story.replayed(tmp_path) == (0, counts(5), [])
    story.step("revocation", 15, ["s1", "s2"], decision=decision, by="carol", reason="revoked")
    assert story.replayed(tmp_path)[2] == [("differs", "revocation", "nothing was due")]


def test_what_is_ended_since_policies_changed_is_the_same_if_others_ask_then(tmp_path):
    story = Story()
    story.policy().opened()
    story.decision("Withdrawn", [], version=11, reason="PolicyChanged")
    assert story.replayed(tmp_path)[2] == [
        ("unknown", "decision", "what made Sallyport end it (PolicyChanged) is not in these logs")]
    story.policy(generation=2, change="changed")
    copied = {"kind": "ApprovalPolicy", "namespace": "shop", "name": "gate", "uid": "p-gate", "generation": 2, "uses": 1, "validFor": "5m",
              "pendingTimeout": "10m", "requirements": [{"name": "owner", "count": 1, "approvers": APPROVERS}]}
    story.opened(request="shop/gate-2", request_uid="r-2", policies=[copied])
    assert story.replayed(tmp_path) == (0, counts(3), [])


def test_what_gives_way_to_the_commands_next_try_is_the_same_if_that_asks_something_else(tmp_path):
    story = Story()
    story.policy().opened()
    story.decision("Withdrawn", [], version=11, reason="AskedAnew")
    unknown = ("unknown", "decision", "what made Sallyport end it (AskedAnew) is not in these logs")
    assert story.replayed(tmp_path)[2] == [unknown]
    story.opened(request="shop/gate-2", request_uid="r-2", digest="sha256:bb", name="another")
    assert story.replayed(tmp_path)[2] == [unknown]
    story.opened(request="shop/gate-3", request_uid="r-3", digest="sha256:cc")
    assert story.replayed(tmp_path)[2] == []


def test_an_expiry_before_its_time_is_found(tmp_path):
    story = Story()
    story.policy().opened()
    story.decision("Expired", [], reason="NoDecision", when=599)
    assert story.replayed(tmp_path)[2] == [("differs", "decision", "nothing was due")]
    story = Story()
    story.step("expiry", 13, ["s1"], decision=story.approved(), when=100)
    assert story.replayed(tmp_path)[2] == [("differs", "expiry", "nothing was due")]


@pytest.mark.parametrize("what, tell, why", [
    ("too few", lambda s: s.review("alice", "s1").decision("Approved", ["alice"], reviews=["s1"]), "nothing was due"),
    ("one person twice", lambda s: s.review("alice", "s1").review("alice", "s2", ["s1"], version=12).decision(
        "Approved", ["alice", "alice"], version=13, reviews=["s1", "s2"]), "nothing was due"),
    ("self-approval", lambda s: s.review("bob", "s1").review(AGENT, "s2", ["s1"], version=12, groups=("oncall",)).decision(
        "Approved", ["bob", AGENT], version=13, reviews=["s1", "s2"]), "nothing was due"),
    ("the agent's uid under another name", lambda s: s.review("bob", "s1").review("eve", "s2", ["s1"], version=12, reviewer_uid="u-agent").decision(
        "Approved", ["bob", "eve"], version=13, reviews=["s1", "s2"]), "nothing was due"),
    ("another agent", lambda s: s.review("bob", "s1").review("x", "s2", ["s1"], version=12, groups=("oncall", "robots")).decision(
        "Approved", ["bob", "x"], version=13, reviews=["s1", "s2"]), "nothing was due"),
    ("who is not named", lambda s: s.review("bob", "s1").review("mallory", "s2", ["s1"], version=12, groups=("sales",)).decision(
        "Approved", ["bob", "mallory"], version=13, reviews=["s1", "s2"]), "nothing was due"),
    ("after the expiry", lambda s: s.review("bob", "s1").review("alice", "s2", ["s1"], version=12, when=600).decision(
        "Approved", ["bob", "alice"], version=13, reviews=["s1", "s2"], when=601), "Expired (NoDecision)"),
    ("over a denial", lambda s: s.review("bob", "s1").review("alice", "s2", ["s1"], version=12).review("carol", "s3", ["s1", "s2"], 13, "Deny").decision(
        "Approved", ["bob", "alice"], version=14, reviews=["s1", "s2", "s3"]), "Denied (Denied) by carol"),
    ("by somebody else", lambda s: s.review("bob", "s1").review("alice", "s2", ["s1"], version=12).decision(
        "Approved", ["bob", "carol"], version=13, reviews=["s1", "s2"]), "Approved (RequirementsMet) by bob, alice"),
])
def test_an_approval_that_could_not_be_is_found(tmp_path, what, tell, why):
    story = Story(count=2)
    story.policy().opened()
    tell(story)
    code, counted, findings = story.replayed(tmp_path)
    assert code == 1 and counted["unknown"] == 0, findings
    last = findings[-1]
    assert last[:2] == ("differs", "decision") and last[2].startswith(why), (what, findings)


def test_satisfying_what_one_does_not_is_found(tmp_path):
    story = Story(approvers=[{"kind": "User", "name": "alice"}, {"kind": "Group", "name": "oncall"}])
    story.policy().opened().review("alice", "s1", groups=(), satisfies=("gate/owner", "gate/other"))
    assert story.replayed(tmp_path)[2] == [("differs", "review", "it satisfies gate/owner, and not gate/owner, gate/other")]


@pytest.mark.parametrize("tell, why", [
    (lambda s, d: s.use(d, reviews=["s1"], when=400), "refused: it was Expired"),
    (lambda s, d: s.use(d, reviews=["s1"], username="somebody"), "refused: The approval request shop/gate-1 was approved for another action"),
    (lambda s, d: (s.use(d, reviews=["s1"]), s.use(d, version=14, reviews=["s1"])), "refused: it was Used"),
    (lambda s, d: s.use(3, reviews=["s1"]), "refused: the line it rests on is no decision"),
    (lambda s, d: s.decision("Denied", ["alice"], version=13, reason="Denied", reviews=["s1"], decision=d), "nothing was due"),
])
def test_a_use_without_a_grant_and_a_second_decision_are_found(tmp_path, tell, why):
    story = Story()
    tell(story, story.approved())
    code, _, findings = story.replayed(tmp_path)
    assert code == 1 and [found[0] for found in findings] == ["differs"] and findings[0][2].startswith(why), findings


def test_the_removal_of_what_had_ended_is_the_same_again(tmp_path):
    story = Story()
    decision = story.approved()
    story.use(decision, reviews=["s1"])
    story.step("removal", 14, ["s1"], decision=decision, when=3000, state="Used", ended_at=at(5), why="kept for 24h")
    assert story.replayed(tmp_path) == (0, counts(5), [])


def test_the_removal_of_what_was_still_open_is_found(tmp_path):
    story = Story()
    story.policy().opened()
    story.step("removal", 11, when=30, state="Expired", ended_at=at(5), why="kept for 24h")
    assert story.replayed(tmp_path)[2] == [("differs", "removal", "kept: it was Pending")]


def test_a_use_without_any_decision_is_found(tmp_path):
    story = Story()
    story.policy().opened()
    story.use(None, version=12)
    assert story.replayed(tmp_path)[2] == [("differs", "use", "refused: it was not approved")]


def test_a_decision_that_was_lost_changes_nothing(tmp_path):
    story = Story()
    story.policy().opened().review("alice", "s1")
    story.decision("Approved", ["alice"], reviews=["s1"], result="lost")
    decision = story.decision("Approved", ["alice"], version=13, reviews=["s1"], result="recovered")
    story.use(decision, version=14, reviews=["s1"])
    assert story.replayed(tmp_path) == (0, counts(5), [])  # that the use rests on it shows that it came to pass


def test_streams_are_read_together_and_one_that_is_missing_is_not_taken_for_the_same(tmp_path):
    first, second = Story(), Story(stream="replica-1-abcdefgh")
    first.policy().opened().review("alice", "s1")
    second.policy()
    second.use(second.decision("Approved", ["alice"], reviews=["s1"]), reviews=["s1"])
    (tmp_path / "replica-0.jsonl").write_bytes(first.bytes())
    assert second.replayed(tmp_path) == (0, counts(4), [])
    (tmp_path / "replica-0.jsonl").unlink()
    code, counted, findings = second.replayed(tmp_path)
    assert (code, counted) == (4, counts(0, unknown=2)) and {found[2] for found in findings} == {"the request's opening is not in these logs"}
    # And the other way round: the use rests on a line of a stream that is not here.
    third = Story()
    third.policy().opened().review("alice", "s1")
    third.step("use", 13, ["s1"], agent="deployer", username=AGENT, decision=None)
    text = third.bytes().decode().replace('"kind": "use"', '"kind":"use"')
    folder = tmp_path / "third"
    folder.mkdir()
    line = json.loads(text.splitlines()[-2])
    assert line["event"] == "intent"
    third.lines = third.lines[:-2]
    third.add("intent", **{key: value for key, value in line.items() if key not in ("v", "seq", "prev", "time", "mono", "stream", "event")},
              decision={"stream": "replica-1-abcdefgh", "seq": 9})
    assert third.replayed(folder)[1:] == (counts(2, unknown=1), [("unknown", "use", "the decision it rests on is not in these logs")])


def test_what_an_earlier_version_wrote_can_not_be_told(tmp_path):
    story = Story()
    story.policy()
    for add in (lambda: story.opened(), lambda: story.review("alice", "s1"), lambda: story.decision("Approved", ["alice"], reviews=["s1"], result=None)):
        add()
        line = json.loads(story.lines.pop())
        kept = {key: value for key, value in line.items()
                if key not in ("v", "seq", "prev", "time", "mono", "stream", "event", "facts", "groups", "reviews", "as_of", "reviewed_at")}
        story.add(line["event"], **kept)
    code, counted, findings = story.replayed(tmp_path)
    assert (code, counted) == (4, counts(0, unknown=3)), findings
    lines = run(tmp_path).stdout.splitlines()
    assert lines[-1] == "0 the same, 0 differ, 3 cannot be told" and all(line.startswith("cannot be told: 1 (the first at ") for line in lines[:-1])


@pytest.mark.parametrize("tell, result", [
    (lambda s: s.policy().opened(facts={**FACTS, "changed": ["spec.replicas"]}), "nobody"),
    (lambda s: s.policy().opened(resource="daemonsets.apps"), "nobody"),
    (lambda s: s.policy().policy(name="other").opened(), "gate/owner (1 of group oncall), other/owner (1 of group oncall)"),
    (lambda s: s.policy(enforcement="Audit").opened(), "nobody"),
])
def test_a_request_that_its_policies_did_not_ask_for_is_found(tmp_path, tell, result):
    story = Story()
    tell(story)
    assert story.replayed(tmp_path)[2] == [("differs", "gate", result)]


def test_requirements_that_the_policy_does_not_have_are_found(tmp_path):
    story = Story(count=2)
    story.policy()
    story.count = 1
    story.opened()
    assert story.replayed(tmp_path)[2] == [("differs", "gate", "gate/owner (2 of group oncall)")]


def test_a_policy_that_came_while_the_call_was_answered_is_no_difference(tmp_path):
    story = Story()
    story.policy().policy(name="other", change="created").opened()
    assert story.replayed(tmp_path) == (0, counts(1), [])


def test_what_was_cut_can_not_be_told(tmp_path):
    story = Story()
    story.policy().opened(facts={**FACTS, "changed": ["spec.replicas"], "changed_cut": True})
    assert story.replayed(tmp_path)[:2] == (4, counts(0, unknown=1))


def policy_file(**changes):
    return json.dumps({"apiVersion": "sallyport.dev/v1alpha1", "kind": "ApprovalPolicy", "metadata": {"name": "gate", "namespace": "shop"},
                       "spec": spec(**changes)})


@pytest.mark.parametrize("policy, result", [
    (policy_file(), []),
    (policy_file(count=2), [("differs", "request", "asks gate/owner (2 of group oncall); Pending")]),
    (policy_file(approvers=[{"kind": "Group", "name": "sre"}]), [("differs", "request", "asks gate/owner (1 of group sre); Pending")]),
    (policy_file(enforcement="Warn"), [("differs", "request", "let through with a warning")]),
    (policy_file(except_=1).replace('"except_": 1', '"except": [{"apiGroups": ["apps"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}]'),
     [("differs", "request", "nobody is asked")]),
])
def test_by_other_policies(tmp_path, policy, result):
    story = Story()
    story.use(story.approved(), reviews=["s1"])
    (tmp_path / "logs").mkdir()
    (tmp_path / "policy.yaml").write_text(policy)
    code, counted, findings = story.replayed(tmp_path / "logs", "--policies", tmp_path / "policy.yaml")
    assert (findings, code) == (result, 1 if result else 0)
    assert counted == counts(0 if result else 1, len(result))
    assert story.replayed(tmp_path / "logs", "--policies", "-", stdin=policy)[2] == result  # as kubectl pipes them


def test_what_was_only_warned_about_and_would_be_asked_for(tmp_path):
    story = Story()
    story.add("warned", **CALL, admission_uid="a", dry_run=False, policy="gate", policy_namespace="shop", facts=FACTS)
    story.add("audited", **{**CALL, "name": "other"}, admission_uid="b", dry_run=False, policy="gate", policy_namespace="shop",
              facts={**FACTS, "changed": ["spec.replicas"]})
    (tmp_path / "logs").mkdir()
    (tmp_path / "policy.yaml").write_text(policy_file())
    assert story.replayed(tmp_path / "logs", "--policies", tmp_path / "policy.yaml")[2] == [
        ("differs", "warned", "asks gate/owner (1 of group oncall)"), ("differs", "audited", "not matched by gate")]
    (tmp_path / "policy.yaml").write_text(policy_file(enforcement="Warn"))
    assert story.replayed(tmp_path / "logs", "--policies", tmp_path / "policy.yaml")[2] == [("differs", "audited", "not matched by gate")]


def test_names_the_line_filters_and_shows_nothing_raw(tmp_path):
    story = Story(count=2)
    story.policy().opened(agent="\x1b[2Jevil").review("al\x1b[2Jice", "s1")
    story.decision("Approved", ["al\x1b[2Jice"], reviews=["s1"])
    number = next(index for index, line in enumerate(story.lines, 1) if b'"kind": "decision"' in line or b'"kind":"decision"' in line)
    story.replayed(tmp_path)
    done = run(tmp_path)
    lines = done.stdout.splitlines()
    assert done.returncode == 1 and "\x1b" not in done.stdout
    assert lines[0].split() == ["TIME", "(UTC)", "WHAT", "REQUEST", "RECORDED", "AGAIN", "WHERE"]
    assert lines[1].endswith(f"{tmp_path}/{story.stream}.jsonl:{number}") and " decision " in lines[1]
    assert lines[-1] == "2 the same, 1 differs, 0 cannot be told"
    for arguments, left in [(["--agent", "\x1b[2Jevil"], 3), (["-n", "shop"], 3), (["--verdict", "Approved"], 3),
                            (["--request", "gate-1"], 3), (["--until", at(2)], 0)]:
        assert sum(story.replayed(tmp_path, *arguments)[1].values()) == left, arguments
    assert run(tmp_path, "--since", "yesterday").returncode == 2
    assert run(tmp_path, "--policies", tmp_path / "gone").returncode == 2
    assert run(tmp_path / "gone").returncode == 3
