"""Which kinds keep a status that stands in the object itself when somebody makes it, or writes it whole: a real API server is asked, and the
table has an effect for each place that it keeps, so that nobody gets around it by leaving the part out."""
import json
import ssl
import sys
import urllib.error
import urllib.request

import pytest

import statuses
from server import TOKEN
from tables import ROOT, TABLE, api_fields
from test_live import server  # noqa: F401 (a fixture)

sys.path.append(str(ROOT / "tests" / "agents"))
import seeds  # noqa: E402

CELL = "fz1"
# By kind, when it keeps some of a filled status. Of all others it keeps nothing.
KEEP = {"core/nodes": {"create"}, "core/pods": {"create"}}  # of a pod its qosClass
# Kinds of which no object can be made here, and why.
NOT_MADE = {"certificates.k8s.io/podcertificaterequests": "it proves that it holds a key, for a pod on a node"}
# The least object of kinds of which agents have no seeds.
MORE = [
    {"apiVersion": "internal.apiserver.k8s.io/v1alpha1", "kind": "StorageVersion", "metadata": {"name": "things.example"}, "spec": {}},
    {"apiVersion": "resource.k8s.io/v1alpha3", "kind": "ResourcePoolStatusRequest", "metadata": {"name": "one"}, "spec": {"driver": "gpu.example.com"}},
    {"apiVersion": "scheduling.k8s.io/v1alpha2", "kind": "PodGroup", "metadata": {"name": "one"}, "spec": {"schedulingPolicy": {"basic": {}}}},
]


@pytest.fixture(scope="module")
def standing(server):  # noqa: F811
    """What the objects refer to."""
    call(server, "POST", "/api/v1/namespaces", {"metadata": {"name": CELL}})
    for name in ("default", "builder"):
        call(server, "POST", f"/api/v1/namespaces/{CELL}/serviceaccounts", {"metadata": {"name": name}})
    return server


def call(server, method, path, content=None):  # noqa: F811
    request = urllib.request.Request(server.url + path, method=method, data=None if content is None else json.dumps(content).encode(),
                                     headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, context=ssl._create_unverified_context()) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        raise statuses.Refused(json.loads(error.read())) from None


def served(server):  # noqa: F811
    """{resource: (path of the collection, apiVersion, kind)}, each in the first version that has it."""
    bases = [("core", "/api/v1")] + [(group["name"], f"/apis/{version['groupVersion']}") for group in call(server, "GET", "/apis")["groups"]
                                     for version in group["versions"]]
    found = {}
    for group, base in bases:
        for each in call(server, "GET", base)["resources"]:
            if "/" not in each["name"] and {"create", "update"} <= set(each["verbs"]):
                where = f"{base}/namespaces/{CELL}" if each["namespaced"] else base
                found.setdefault(f"{group}/{each['name']}", (
                    f"{where}/{each['name']}", base.removeprefix("/apis/").removeprefix("/api/"), each["kind"]))
    return found


def base_object(group, kind, api_version):
    for each in (*seeds.KINDS, *seeds.STAGE, *MORE):
        if seeds.kind_of(each) == ("" if group == "core" else group, kind):
            made = {key: value for key, value in seeds.filled(each, CELL).items() if key != "status"}
            metadata = {key: value for key, value in made["metadata"].items() if key not in ("finalizers", "ownerReferences")}
            return {**made, "apiVersion": api_version, "metadata": metadata}
    return None


def put(server, path, thing):  # noqa: F811
    """Written whole, as often as somebody else comes first: the server's own controllers look after some kinds."""
    for _ in range(20):
        try:
            return call(server, "PUT", path, {**thing, "metadata": call(server, "GET", path)["metadata"]})
        except statuses.Refused as refusal:
            if "has been modified" not in str(refusal):
                raise
    raise AssertionError(f"{path} changes all the time")


def places_kept(server, path, thing, status):  # noqa: F811
    """{"create": places, "update": places}"""
    made, sent = statuses.taken(lambda each: call(server, "POST", path, each), thing, status)
    found = {"create": statuses.kept(sent, made)}
    one = f"{path}/{made['metadata']['name']}"
    emptied = call(server, "GET", one)
    written, sent = statuses.taken(lambda each: put(server, one, each), {key: value for key, value in emptied.items() if key != "status"}, status)
    before = statuses.leaves(emptied.get("status") or {}, ("status",))
    found["update"] = {steps for steps in statuses.kept(sent, written) if steps not in before}
    return found


def test_the_status_that_a_kind_keeps_has_effects(standing, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(standing.kubeconfig))
    fields = api_fields.read_live(standing.parts / "kubectl")
    keep, looked_at, without_effect = {}, 0, []
    for resource, (path, api_version, kind) in served(standing).items():
        types = [name for name in fields.resources[resource]["types"] if "status" in fields.types.get(name, {})]
        if not types or resource in NOT_MADE:
            continue
        name = next((each for each in types if each.split(".")[-2] == api_version.rpartition("/")[2]), types[0])
        thing = base_object(resource.split("/")[0], kind, api_version)
        assert thing, f"nobody says how to make a {kind} ({resource})"
        found = places_kept(standing, path, thing, statuses.filled(fields, fields.types[name]["status"]))
        looked_at += 1
        if when := {operation for operation, places in found.items() if places}:
            keep[resource] = when
        without_effect += [f"{resource} {'.'.join(steps)} ({operation})" for operation, places in found.items() for steps in places
                           if not (TABLE.of_place(resource, steps) or set()) - {"moved"}]
    assert looked_at > 30
    assert keep == KEEP
    assert not without_effect, without_effect
