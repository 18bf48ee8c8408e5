"""An agent writes what a policy names, in a way that the policy's author did not think of."""
import json

import pytest

import objects
from namespace import wait_for_policy
from objects import IMAGE, preset

CONTAINERS = "/spec/template/spec/containers"
ASKED = "code=ApprovalRequired"


def patched(shop, target, *operations, **options):
    return shop.kubectl("agent", "patch", *target.split(), "--type=json", "-p", json.dumps(operations), **options)


def replace(path, value):
    return {"op": "replace", "path": path, "value": value}


@pytest.fixture
def two_containers(shop):
    """`api` with image :1 and `side` with image :9, whose images a policy names."""
    side = {"name": "side", "image": f"{IMAGE}:9"}
    shop.kubectl("admin", "patch", "deployment", "api", "--type=json", "-p",
                 json.dumps([{"op": "add", "path": f"{CONTAINERS}/-", "value": side}])).must()
    shop.gate(whilePending="Reject")
    return shop


def test_images_that_stay_while_the_names_move(two_containers):
    """`api` gets the other's image, and no path of an image has changed."""
    swapped = patched(two_containers, "deployment api", replace(f"{CONTAINERS}/0/name", "side"),
                      replace(f"{CONTAINERS}/1/name", "api"))
    assert ASKED in swapped.stderr, swapped


def test_containers_in_another_order(two_containers):
    moved = patched(two_containers, "deployment api", {"op": "move", "from": f"{CONTAINERS}/0", "path": f"{CONTAINERS}/1"})
    assert ASKED in moved.stderr, moved


def test_a_container_more(two_containers):
    added = patched(two_containers, "deployment api",
                    {"op": "add", "path": f"{CONTAINERS}/-", "value": {"name": "third", "image": f"{IMAGE}:1"}})
    assert ASKED in added.stderr, added


def test_what_is_not_named_passes(two_containers):
    patched(two_containers, "deployment api", {"op": "add", "path": f"{CONTAINERS}/0/env",
                                               "value": [{"name": "A", "value": "b"}]}).must()


SCALER = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "api"},
          "spec": {"maxReplicas": 2, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}}}


def test_another_served_version_of_a_built_in_kind(shop):
    shop.kubectl("admin", "create", "-f", "-", stdin=json.dumps(SCALER)).must()
    rule = {"apiGroups": ["autoscaling"], "apiVersions": ["v2"], "operations": ["UPDATE"], "resources": ["horizontalpodautoscalers"]}
    shop.gate(actions=[{"resourceRules": [rule], "changedFields": ["spec.maxReplicas"]}], whilePending="Reject")
    for version in ("v1", "v2"):
        more = patched(shop, f"horizontalpodautoscalers.{version}.autoscaling api", replace("/spec/maxReplicas", 50))
        assert ASKED in more.stderr, more
    patched(shop, "horizontalpodautoscalers.v2.autoscaling api", {"op": "add", "path": "/spec/minReplicas", "value": 2}).must()
    # Of the version that the rule does not name nobody knows what its fields mean.
    unknown = patched(shop, "horizontalpodautoscalers.v1.autoscaling api", replace("/spec/minReplicas", 1))
    assert ASKED in unknown.stderr, unknown


def test_another_served_version_of_a_custom_kind(shop, widgets):
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "one"}, "spec": {"size": 1, "colour": "red"}}
    shop.kubectl("admin", "create", "-f", "-", stdin=json.dumps(widget)).must()
    rule = {"apiGroups": ["example.com"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["widgets"]}
    shop.gate(actions=[{"resourceRules": [rule], "changedFields": ["spec.size"]}], whilePending="Reject")
    for version in ("v1", "v2"):
        larger = patched(shop, f"widgets.{version}.example.com one", replace("/spec/size", 2))
        assert ASKED in larger.stderr, larger
    patched(shop, "widgets.v1.example.com one", replace("/spec/colour", "blue")).must()


LABELLED = {"objectSelector": {"matchLabels": {"tier": "db"}}, "resourceRules": [
    {"apiGroups": ["apps"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"], "resources": ["deployments"]}]}


def test_a_write_split_in_two(shop):
    """First what is harmful but not selected, then the label by which others trust it; or first the label off, then the harm."""
    shop.gate(actions=[LABELLED], whilePending="Reject")
    shop.set_image("evil").must()
    labelled = shop.kubectl("agent", "label", "deployment", "api", "tier=db")
    assert ASKED in labelled.stderr, labelled
    shop.kubectl("admin", "label", "deployment", "api", "tier=db").must()
    freed = shop.kubectl("agent", "label", "deployment", "api", "tier-")
    assert ASKED in freed.stderr, freed
    renamed = shop.kubectl("agent", "label", "deployment", "api", "tier=web", "--overwrite")
    assert ASKED in renamed.stderr, renamed
    assert shop.kubectl("admin", "label", "deployment", "api", "tier-").ok
    shop.set_image("2").must()


@pytest.fixture
def for_production(cluster, make_namespace):
    """A namespace with env=prod, in which a cluster policy asks for a deployment's image."""
    shop = make_namespace(env="prod")
    policy = f"for-{shop.name}"
    cluster.apply(objects.policy(policy, whilePending="Reject", namespaceSelector={"matchLabels": {
        "env": "prod", "kubernetes.io/metadata.name": shop.name}}))
    wait_for_policy(cluster, "clusterapprovalpolicy", policy)
    yield shop
    cluster.admin("delete", "clusterapprovalpolicy", policy)


@pytest.mark.parametrize("label", ["env-", "env=dev"])
def test_a_namespace_that_is_relabelled(label, for_production):
    shop = for_production
    assert ASKED in shop.set_image("2").stderr
    relabelled = shop.cluster.kubectl("agent", "label", "namespace", shop.name, label, "--overwrite")
    assert ASKED in relabelled.stderr, relabelled
    shop.cluster.kubectl("agent", "label", "namespace", shop.name, "colour=red").must()
    assert ASKED in shop.set_image("3").stderr


def test_an_init_or_ephemeral_container_is_a_container(shop):
    shop.gate(actions=preset("PodPromotion"), whilePending="Reject")
    at = {"op": "add", "path": "/spec/template/spec/initContainers", "value": [{"name": "first", "image": f"{IMAGE}:1"}]}
    added = patched(shop, "deployment api", at)
    assert ASKED in added.stderr, added
    shop.cluster.apply(objects.pod(shop.name, "box"))
    looked_in = shop.kubectl("agent", "debug", "box", f"--image={IMAGE}:debug", "--attach=false", "--profile=baseline")
    assert ASKED in looked_in.stderr, looked_in
