"""Who is not named as it calls is never gated: that an agent was never seen is told to whoever looks."""
import json
import subprocess

import pytest
import yaml

from harness import AGENT_NAME, wait_for

pytestmark = pytest.mark.disruptive

TYPO = {"name": "typo", "serviceAccounts": ["agents/depoyer"], "users": ["ci@example.com"]}


def last_seen(cluster, agent):
    return cluster.metric(0, f'sallyport_agent_last_seen_timestamp_seconds{{agent="{agent}"}}')


def told_by_doctor(cluster, config):
    binary = (cluster.folder / "binary").read_text().strip()
    result = subprocess.run([binary, "doctor", "--config", config, "--kubeconfig", cluster.folder / "kubeconfig", "-o", "json"],
                            capture_output=True, text=True, timeout=120, check=False)
    whole = json.loads(result.stdout)
    return next(each for each in whole["checks"] if each["check"] == "every agent has been seen"), whole["ok"]


def test_an_agent_that_was_never_seen_is_told(shop, replicas, tmp_path):
    replicas.stop_replica(1)
    config = replicas.folder / "config.yaml"
    kept = config.read_text()
    settings = yaml.safe_load(kept)
    settings["agents"].append(TYPO)
    try:
        config.write_text(yaml.safe_dump(settings))
        replicas.stop_replica(0)
        replicas.start_replica(0)
        assert last_seen(replicas, AGENT_NAME) == 0 == last_seen(replicas, "typo")
        shop.set_image("2").must()  # no policy asks
        assert last_seen(replicas, AGENT_NAME) > 1_700_000_000 and last_seen(replicas, "typo") == 0

        def only_the_typo():
            check, _ = told_by_doctor(replicas, config)
            return f"agent {AGENT_NAME} " not in check["problem"] and check
        check = wait_for("doctor to have heard of the call", only_the_typo)
        assert "agent typo (user ci@example.com, service account agents/depoyer) has made no call since " in check["problem"]
        assert check["hint"] and "kubectl auth whoami" in check["problem"]
        assert told_by_doctor(replicas, config)[1], "it may rest: all can be well all the same"
    finally:
        config.write_text(kept)
