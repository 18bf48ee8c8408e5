"""Agents' calls go to a priority level of their own, which has a seat for every call that waits."""
import re

import pytest

from cluster import wait_for
from conftest import OURS, render
from samples import AGENT

LEVEL = "sallyport-agents"


def flow_schema_of(cluster, user):
    """Uid of the FlowSchema that the API server puts this user's calls under (a response header says so)."""
    result = cluster.kubectl("-v=8", "get", "--raw", "/version", as_user=user)
    return re.search(r"(?i)x-kubernetes-pf-flowschema-uid[^0-9a-f]+([-0-9a-f]{36})", result.stderr)[1]


@pytest.mark.parametrize(("user", "own"), [
    (AGENT, True), ("robot@example.com", True), ("system:serviceaccount:fleet:any", True),
    ("alice", False), ("system:serviceaccount:agents:other", False), (OURS, False),
])
def test_only_agents_have_it(installed, user, own):
    uid = installed.get("flowschema", LEVEL)["metadata"]["uid"]
    wait_for(f"{user} is{'' if own else ' not'} under it", lambda: (flow_schema_of(installed, user) == uid) == own)


def test_a_seat_for_every_call_that_waits(installed):
    def own_seats():
        metrics = installed.do("get", "--raw", "/metrics")
        found = re.search(r'apiserver_flowcontrol_lower_limit_seats\{priority_level="' + LEVEL + r'"\} (\S+)', metrics)
        return found and float(found[1])

    config = render()["ConfigMap", "sallyport-config"]["data"]["config.yaml"]
    holds = int(re.search(r"total: (\d+)", config)[1])
    assert wait_for("the level is known", own_seats) > holds
