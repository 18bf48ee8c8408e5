"""Who is not named as it calls is never gated: that an agent was never seen is told to whoever looks."""
import pytest

from harness import AGENT_NAME, wait_for

pytestmark = pytest.mark.disruptive

TYPO = {"name": "typo", "serviceAccounts": ["agents/depoyer"], "users": ["ci@example.com"]}


def last_seen(cluster, agent):
    return cluster.metric(0, f'sallyport_agent_last_seen_timestamp_seconds{{agent="{agent}"}}')


def test_an_agent_that_was_never_seen_is_told(shop, replicas, settings):
    replicas.stop_replica(1)
    agents = [*replicas.config()["agents"], TYPO]
    settings((0,), agents=agents)
    assert last_seen(replicas, AGENT_NAME) == 0 == last_seen(replicas, "typo")
    shop.set_image("2").must()  # no policy asks
    assert last_seen(replicas, AGENT_NAME) > 1_700_000_000 and last_seen(replicas, "typo") == 0

    def only_the_typo():
        well, checks = replicas.doctor(agents=agents)
        check = checks["every agent has been seen"]
        return f"agent {AGENT_NAME} " not in check["problem"] and (well, check)
    well, check = wait_for("doctor to have heard of the call", only_the_typo)
    assert "agent typo (user ci@example.com, service account agents/depoyer) has made no call since " in check["problem"]
    assert check["hint"] and "kubectl auth whoami" in check["problem"]
    assert well, "it may rest: all can be well all the same"
