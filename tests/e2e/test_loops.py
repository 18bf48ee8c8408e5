"""The loops of a replica: one that has died is named by liveness, so that the kubelet starts the process anew."""
import os
import subprocess

import pytest

from harness import ROOT, wait_for

pytestmark = pytest.mark.disruptive

LOOPS = ["clock", "discovery", "engine", "events", "freshness", "freshness-of-requests", "history", "informer-cluster-policies",
         "informer-namespaces", "informer-policies", "informer-requests", "log-files", "new-start", "peers",
         "policy-status", "protection", "snapshots", "volumes", "webhook-injection"]
OTHER = 2  # beside the two that run


@pytest.fixture
def start(replicas):
    """Starts one more replica without waiting until it is ready, which it never becomes."""
    starting = []

    def start_with(failpoint):
        command = [str(ROOT / "hack" / "dev.sh"), "start", str(OTHER), "--dir", str(replicas.folder)]
        starting.append(subprocess.Popen(command, env=os.environ | {"SALLYPORT_FAILPOINT": failpoint},
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    yield start_with
    if OTHER in replicas.running():
        replicas.kill_replica(OTHER)
    for process in starting:
        process.wait(timeout=30)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_that_dies_fails_liveness_and_is_named(replicas, start, loop):
    start(f"loop:{loop}")
    wait_for("liveness to fail", lambda: OTHER in replicas.running() and replicas.livez(OTHER) ==
             (False, f"loop {loop} has ended unexpectedly: failpoint\n"), 60, 0.1)
    ready, checks = replicas.readyz(OTHER)
    assert not ready
    assert f"[-] loops: loop {loop} has ended unexpectedly" in checks


