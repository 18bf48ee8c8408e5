"""The replicas' own logs, decided again as an auditor does."""
import json
import os
import subprocess

from harness import ROOT
from objects import IMAGE, REVIEWERS, approval, policy, requirement
from test_log import whole_lines

SALLYPORT = os.environ.get("SALLYPORT_BINARY", ROOT / "build" / "release" / "sallyport")


def replay(logs, shop, *arguments):
    done = subprocess.run([SALLYPORT, "log", "replay", logs, "-n", shop.name, "-o", "json", *map(str, arguments)],
                          capture_output=True, text=True, timeout=60, check=False)
    report = json.loads(done.stdout)
    return done.returncode, report["counts"], report["findings"]


def test_all_that_was_decided_is_decided_the_same_again(shop, replicas, tmp_path):
    shop.gate(whilePending="Reject")
    shop.approved("alice", shop.rejected("2"))
    shop.set_image("2").must()
    shop.decide("agent", shop.rejected("4"), "Withdraw").must()
    revoked = shop.rejected("5")
    shop.approved("alice", revoked)
    shop.decide("bob", revoked, "Revoke").must()
    shop.wait_for_state(revoked, "Revoked")
    changed = shop.rejected("6")
    shop.gate(whilePending="Reject", approval=approval(pendingTimeout="3s", validFor="2s"))
    expired = shop.rejected("6")
    shop.wait_for_state(changed, "Withdrawn")
    shop.wait_for_state(expired, "Expired")
    late = shop.rejected("7")
    shop.approved("alice", late)
    shop.wait_for_state(late, "Expired")
    # Last, since after a denial the agent is let through to people twice and no more.
    denied = shop.rejected("3")
    shop.decide("alice", denied, "Deny").must()
    shop.wait_for_state(denied, "Denied")

    logs = whole_lines(shop.cluster, tmp_path / "logs")
    code, counts, findings = replay(logs, shop)
    # Seven requests; six reviews; seven decisions, a use, a revocation and an expiry.
    assert (code, findings) == (0, []) and counts["same"] >= 7 + 6 + 10, counts

    def by(**changes):
        (tmp_path / "policy.json").write_text(json.dumps(policy("gate", shop.name, **changes)))
        code, _, findings = replay(logs, shop, "--policies", tmp_path / "policy.json")
        assert code == 1 and {found["result"] for found in findings} == {"differs"}
        return {found["request"].partition("/")[2]: found["again"] for found in findings}
    names = {request["metadata"]["name"] for request in shop.requests()}
    laxer = by(enforcement="Audit")
    assert laxer.keys() == names and set(laxer.values()) == {"let through, and noted"}
    stricter = by(approval=approval(requirement(REVIEWERS, count=2)))
    assert stricter.keys() == names  # all would be asked of two
    assert stricter[late["metadata"]["name"]] == "asks gate/owner (2 of group reviewers); Pending"
    others = by(actions=[{"preset": "Exec"}])
    assert others.keys() == names and set(others.values()) == {"nobody is asked"}


def test_what_presets_ask_about_that_those_of_0_1_did_not(shop, replicas, tmp_path):
    shop.gate("watch", enforcement="Audit", actions=[{"preset": "Everything"}])

    def schedule(text, *more):
        shop.kubectl("agent", "patch", "cronjob", "report", "--type=merge", "-p", json.dumps({"spec": {"schedule": text}}), *more).must()
    shop.kubectl("agent", "create", "cronjob", "report", f"--image={IMAGE}:1", "--schedule=0 3 * * *").must()
    schedule("0 4 * * *")
    schedule("0 5 * * *", "--dry-run=server")
    schedule("0 6 * * *")
    shop.set_image("2").must()
    shop.kubectl("agent", "create", "configmap", "settings", "--from-literal=a=b", "--from-literal=c=d").must()
    shop.kubectl("agent", "patch", "configmap", "settings", "--type=json", "-p", '[{"op": "remove", "path": "/data/c"}]').must()
    shop.kubectl("agent", "delete", "configmap", "settings").must()

    logs = whole_lines(shop.cluster, tmp_path / "logs")
    (tmp_path / "policy.json").write_text(json.dumps(policy("gate", shop.name, actions=[{"preset": "PodPromotion"}, {"preset": "Deletion"}])))
    done = subprocess.run([SALLYPORT, "policy", "diff", "--from", "0.1", "--policies", tmp_path / "policy.json", "-n", shop.name, "-o", "json",
                           logs], capture_output=True, text=True, timeout=60, check=False)
    report = json.loads(done.stdout)
    found = {row["action"]: (row["count"], row["example"]["changed"]) for row in report["newlyAsked"]}
    assert done.returncode == 1 and found == {"UPDATE cronjobs.batch": (2, ["spec.schedule"]), "UPDATE configmaps": (1, ["data.c"])}, report
    assert report["counts"] == {"calls": 7, "newlyAsked": 3, "cannotBeTold": 0, "dryRuns": 1}
