"""A disk that is full or read-only, and a memory limit that is reached: one replica is out, and nobody gets by."""
import itertools
import threading

import pytest

import objects
from harness import Caller, wait_for
from node_cluster import CHART, SYSTEM

REPLICA, OTHER = "sallyport-1", "sallyport-0"


@pytest.fixture
def small_volume(healthy):
    """Gives the replica a volume of 256 KiB in the place of its own, whose log is there again afterwards. While its pod
    runs, kubelet's mount of the folder and the folder's are one: what is mounted there then goes with the pod."""
    folder = healthy.volume_of(REPLICA)

    def without_pod(*command):
        healthy.scale(1)
        healthy.inside(*command, processes=True)
        healthy.scale(2)

    def mount(options="rw"):
        without_pod("mount", "-t", "tmpfs", "-o", f"size=256k,mode=0777,{options}", "small", folder)

    def give_back():
        without_pod("umount", folder)

    yield folder, mount, give_back
    while healthy.inside("mountpoint", folder, check=False, processes=True).returncode == 0:
        give_back()


def ready(cluster, *replicas):
    return sorted(cluster.running()) == sorted(replicas)


def request_for(shop, tag):
    return next(each for each in shop.requests("Pending") if each["spec"]["action"]["summary"].endswith(f":{tag}"))


def approve_one(shop, tag):
    """Asked for, approved by a person, done: once."""
    assert not shop.set_image(tag).ok
    request = request_for(shop, tag)
    shop.approve("alice", request)
    shop.set_image(tag).must()
    assert len(shop.wait_for_state(request, "Used")["status"]["uses"]) == 1


def said(cluster, text):
    """By the replica, its process before this one, or kubelet of its pod."""
    logs = [cluster.kubectl("admin", "-n", SYSTEM, "logs", REPLICA, *which).stdout for which in ((), ("--previous",))]
    events = cluster.kubectl("admin", "-n", SYSTEM, "get", "events", "--field-selector", f"involvedObject.name={REPLICA}").stdout
    return text in "".join([*logs, events]).lower()


def test_a_full_volume_costs_one_replica_and_no_decision(small_volume, healthy, shop):
    folder, mount, _ = small_volume
    shop.gate(whilePending="Reject")  # before: what is mounted now is seen by its pod alone
    mount()
    healthy.wait_until_ready()
    healthy.inside("sh", "-c", f"dd if=/dev/zero of={folder}/filler bs=4k count=64 2>/dev/null; true", processes=True)

    lifetimes = itertools.count(60)

    def refused_again():
        """Every replica records every change of a policy, until no record fits any more. Nobody is let through meanwhile."""
        # Its log is not to be seen here, and has no room to say that the change is taken up: that is not waited for.
        shop.cluster.apply(objects.policy("gate", shop.name, whilePending="Reject",
                                          approval=objects.approval(pendingTimeout=f"{next(lifetimes)}m")))
        assert not shop.set_image("2").ok
        return ready(healthy, OTHER)

    wait_for("the replica with the full volume to be out", refused_again, 90)
    wait_for("the agent to be asked", lambda: "code=ApprovalRequired" in shop.set_image("2").stderr, 20, 1)
    request = request_for(shop, "2")
    # Until no call goes there any more, a reviewer may be told that the log cannot be written, too.
    wait_for("alice to be heard", lambda: shop.decide("alice", request, "Approve").ok, 20, 1)
    wait_for("the agent to be let through", lambda: shop.set_image("2").ok, 20, 1)
    shop.wait_for_state(request, "Used")
    wait_for("it to say why", lambda: said(healthy, "no space left"), 60)
    healthy.inside("rm", f"{folder}/filler", processes=True)
    wait_for("both to be ready by themselves", lambda: ready(healthy, REPLICA, OTHER), 240, 1)
    approve_one(shop, "99")


def test_a_read_only_volume_costs_one_replica_and_no_decision(small_volume, healthy, shop):
    _, mount, give_back = small_volume
    shop.gate(whilePending="Reject")
    mount("ro")
    wait_for("it to say why", lambda: said(healthy, "read-only file system"), 90)
    approve_one(shop, "2")
    assert ready(healthy, OTHER)
    give_back()
    wait_for("both to be ready", lambda: ready(healthy, REPLICA, OTHER), 240, 1)
    approve_one(shop, "3")


@pytest.fixture
def little_memory(healthy):
    """Pods that get hardly more than they need at rest: about 6 MiB, beside what the program shares with its file."""
    healthy.helm("upgrade", "sallyport", CHART, "--reuse-values", "--set", "resources.limits.memory=12Mi", "--set",
                 "resources.requests.memory=12Mi", "--wait", "--timeout", "2m")
    healthy.wait_until_ready()
    try:
        yield healthy
    finally:
        healthy.helm("rollback", "sallyport", "--wait", "--timeout", "2m")


def killed_for_memory(cluster):
    return any(status.get("lastState", {}).get("terminated", {}).get("reason") == "OOMKilled"
               for pod in cluster.pods() for status in pod["status"].get("containerStatuses", []))


def test_a_replica_that_is_killed_for_its_memory_lets_nothing_through(little_memory, shop):
    cluster = little_memory
    shop.gate(whilePending="Reject", actions=objects.preset("Everything"))
    request = shop.rejected("2")
    shop.approve("alice", request)
    # Nobody's writes are this large, and so many at once are an attack.
    large = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "large", "namespace": shop.name}, "data": {"x": "x" * 1_000_000}}
    agent, answers = Caller(cluster, "agent"), []

    def attack():
        cluster.enter_network()  # where the agent's proxy listens
        for _ in range(2):
            try:
                answers.append(agent.call("POST", f"/api/v1/namespaces/{shop.name}/configmaps", large)[0])
            except OSError:
                answers.append(None)  # no answer is no yes

    attackers = [threading.Thread(target=attack) for _ in range(64)]
    for attacker in attackers:
        attacker.start()
    for attacker in attackers:
        attacker.join()
    agent.close()
    assert len(answers) == 128 and not {200, 201} & set(answers)
    assert killed_for_memory(cluster)
    cluster.wait_until_ready()
    assert not shop.kubectl("admin", "get", "configmap", "large").ok
    # What was approved before still is, once.
    shop.set_image("2").must()
    assert len(shop.wait_for_state(request, "Used")["status"]["uses"]) == 1
