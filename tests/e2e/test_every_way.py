"""Each preset against every way to do the same thing, and against what only looks alike.

The rows of one preset run twice. First without a policy, where each must reach its end: a row that could not pass tests
nothing. Then under a ClusterApprovalPolicy with the preset, where each gated row must be refused with a request, and each
look-alike must pass. The agent is cluster-admin here and the built-in guard only takes notes, so that nothing else than the
preset stands in its way.
"""
import secrets

import pytest
import yaml

import objects
from clusters import add_custom_kinds
from every_way import CONFIG_MAP, OWNER, POD_SPEC, RBAC, RULES, SECRET, STANDING, TABLE, named, widget
from harness import AGENTS, wait_for
from namespace import wait_for_policy

pytestmark = pytest.mark.disruptive


def prepare(shop):
    """What the rows act on; the admin makes it."""
    suffix = shop.name.rpartition("-")[2]
    where = {"namespace": shop.name}
    held = {"finalizers": ["example.com/hold"]}
    shop.cluster.apply(CONFIG_MAP | {"metadata": {"name": "owner"} | where})
    owner = OWNER | {"name": "owner", "uid": shop.get("configmap", "owner")["metadata"]["uid"]}
    config_maps = {"note": {}, "kept": held, "owned": {}, "free": {}, "disowned": {"ownerReferences": [owner]}}
    kept = objects.deployment(shop.name)
    kept["metadata"] |= {"name": "kept"} | held
    inside = [
        *STANDING,
        *(named("v1", "Pod", name, spec=POD_SPEC) for name in ("box", "idle", "idle-too", "victim")),
        *(CONFIG_MAP | {"metadata": {"name": name, **meta}} for name, meta in config_maps.items()),
        SECRET,
        named("v1", "ServiceAccount", "builder"),
        named("v1", "Service", "web", spec={"selector": {"app": "nobody"}, "ports": [{"port": 80}]}),
        named(f"{RBAC}/v1", "Role", "old", rules=RULES),
        objects.binding("old", "view", "User/mallory", namespace=shop.name),
        named("networking.k8s.io/v1", "NetworkPolicy", "old", spec={"podSelector": {}}),
        widget("old"), widget("old-too"), widget("kept"),
    ]
    for each in inside:
        each["metadata"] = each["metadata"] | where
    inside[-1]["metadata"] |= held
    outside = [
        named(f"{RBAC}/v1", "ClusterRole", f"old-{suffix}", rules=RULES),
        objects.binding(f"old-{suffix}", "view", "User/mallory"),
        objects.certificate_request(f"old-{suffix}"),
        objects.certificate_request(f"other-{suffix}"),
        named("v1", "Node", f"old-{suffix}"),
        named("v1", "Namespace", f"other-{suffix}"),
        named("v1", "Namespace", f"third-{suffix}"),
        named("v1", "PersistentVolume", f"old-{suffix}", spec={
            "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/tmp"}}),
    ]
    shop.cluster.apply(*inside, kept, *outside)


def clean(cluster, suffix):
    """What a run may have left outside of its namespace."""
    for kind in ("node", "pv", "clusterrole", "clusterrolebinding", "csr", "priorityclass", "runtimeclass", "storageclass",
                 "csidriver", "namespace"):
        names = [f"{prefix}-{suffix}" for prefix in ("old", "new", "other", "third")]
        cluster.kubectl("admin", "delete", kind, *names, "--ignore-not-found", "--wait=false")
    cluster.kubectl("admin", "delete", "crd", f"gears.g{suffix}.example", "--ignore-not-found", "--wait=false")
    cluster.kubectl("admin", "delete", "apiservice", f"v1.a{suffix}.example", "--ignore-not-found")


@pytest.fixture(scope="module")
def all_powerful(own_cluster):
    """The agent may do anything that RBAC knows, and the built-in guard only takes notes."""
    cluster = own_cluster
    add_custom_kinds(cluster)
    config = cluster.folder / "config.yaml"
    before = config.read_text()
    config.write_text(yaml.safe_dump(yaml.safe_load(before) | {"guard": "Audit", "limits": {"openPerAgent": 500}}))
    cluster.apply(objects.binding("agent-is-admin", "cluster-admin", f"{AGENTS}/deployer"))
    for replica in (0, 1):
        cluster.stop_replica(replica)
        cluster.start_replica(replica)
    wait_for("both replicas to be ready", lambda: all(cluster.readyz(replica)[0] for replica in (0, 1)), 60)
    yield cluster
    cluster.admin("delete", "clusterrolebinding", "agent-is-admin")
    config.write_text(before)
    for replica in (0, 1):
        cluster.stop_replica(replica)
    cluster.restore()


@pytest.fixture
def shops(all_powerful, make_namespace):
    """Two namespaces with the same in them; the second's rows run under the policy."""
    made = [make_namespace(), make_namespace()]
    for shop in made:
        prepare(shop)
    yield made
    for shop in made:
        for kind, name in (("configmap", "kept"), ("configmap", "free"), ("deployment", "kept"), ("widget", "kept")):
            shop.kubectl("admin", "patch", kind, name, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        clean(all_powerful, shop.name.rpartition("-")[2])


@pytest.fixture
def everywhere(all_powerful):
    """Makes a ClusterApprovalPolicy with this preset, until the end of the test."""
    name = f"every-way-{secrets.token_hex(3)}"

    def make(preset):
        # A short time to decide: requests for cluster-scoped targets live where no test cleans up.
        all_powerful.apply(objects.policy(name, actions=objects.preset(preset), whilePending="Reject",
                                          approval=objects.approval(pendingTimeout="30s")))
        wait_for_policy(all_powerful, "clusterapprovalpolicy", name)

    yield make
    all_powerful.kubectl("admin", "delete", "clusterapprovalpolicy", name, "--ignore-not-found")


def is_gated(result):
    return ("code=ApprovalRequired" in result.stderr or "code=DeleteByName" in result.stderr)


@pytest.mark.parametrize("preset", TABLE)
def test_every_way_is_gated_and_what_looks_alike_is_not(preset, shops, everywhere):
    free, gated = shops
    rows, look_alikes = TABLE[preset]
    wrong = []
    for row in rows + look_alikes:
        result = row.run(free)
        if not row.passed(result):
            wrong.append(f"without a policy it does not pass: {row.title} {result}")
    everywhere(preset)
    for row in look_alikes:
        result = row.run(gated)
        if not row.passed(result):
            wrong.append(f"the look-alike is gated: {row.title} {result}")
    for row in rows:
        result = row.run(gated)
        if not is_gated(result):
            wrong.append(f"not gated: {row.title} {result}")
    assert not wrong, "\n".join(wrong)
