"""docs/incident.md: the command that takes the gate out of the way and the one that brings it back, as printed, and what is seen of both."""
import pytest

from alerts import firing
from harness import wait_for
from pages import PageShell, block

pytestmark = pytest.mark.disruptive

DRIFTED = 'sallyport_gate_drifted{part="gate"}'
STANDS = "what stops agents stands as installed"  # a check of doctor


@pytest.fixture
def at_shell(shell_env, tmp_path):
    return PageShell("incident.md", shell_env, tmp_path)


def scrape(cluster):
    return {f"sallyport-{replica}": cluster.metrics_text(replica) for replica in cluster.running()}


def both(cluster, sample, value):
    wait_for(f"{sample} to be {value}", lambda: [cluster.metric(replica, sample) for replica in (0, 1)] == [value, value], 120)


def is_protected(shop, status):
    conditions = shop.get("approvalpolicy", "gate").get("status", {}).get("conditions", [])
    return any(each["type"] == "Protected" and each["status"] == status for each in conditions)


def events(cluster, name):
    return [each for each in cluster.journal() if each["event"] == name]


def test_the_page_is_true_and_its_commands_work(shop, replicas, at_shell, tmp_path):
    shop.gate(whilePending="Reject")
    approved = shop.approved("alice", shop.rejected("2"))
    shop.rejected("3")
    pending, = shop.requests("Pending")
    wait_for("the policy to be protected", lambda: is_protected(shop, "True"), 60)
    before = scrape(replicas)
    were_back = len(events(replicas, "protected"))

    # Taken out of the way.
    at_shell("kubectl delete validatingwebhookconfiguration")
    both(replicas, DRIFTED, 1)
    both(replicas, "sallyport_unprotected", 1)
    wait_for("the condition", lambda: is_protected(shop, "False"), 120)
    assert any("sallyport-gate" in each["why"] and "does not exist" in each["why"] for each in events(replicas, "unprotected"))
    assert {"SallyportAgentsPass", "SallyportUnprotected"} <= set(firing(tmp_path, before, scrape(replicas)))
    problem = replicas.doctor()[1][STANDS]["problem"]
    assert block("sh", "helm get manifest", at_shell.page).strip() in problem, problem

    # What holds, and what does not: the agent does what was approved, without using the approval, and what nobody approved.
    shop.set_image("2").must()
    shop.set_image("9").must()
    assert shop.tag() == "9" and not shop.uses_in_log()
    assert shop.again(approved)["status"]["state"] == "Approved"
    assert shop.again(pending)["status"]["state"] == "Pending"
    for who in ("agent", "mallory"):
        assert not shop.decide(who, pending, "Approve").ok
    shop.approved("alice", pending)

    # Back.
    at_shell("helm get manifest")
    both(replicas, DRIFTED, 0)
    both(replicas, "sallyport_unprotected", 0)
    wait_for("the condition", lambda: is_protected(shop, "True"), 120)
    wait_for("agents to be asked again", lambda: "code=ApprovalRequired" in shop.set_image("10").stderr, 120)
    wait_for("the log to say so", lambda: len(events(replicas, "protected")) > were_back, 60)
    # It may still warn: that an agent has not been seen, say.
    assert f"√   {STANDS}" in at_shell("kubectl sallyport doctor", may_fail=True)
    assert not at_shell.left()
