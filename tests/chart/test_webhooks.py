"""The chart on a real API server with a program behind it: who and what the webhooks are called for, and upgrade."""
import base64
import json

import pytest
import yaml

from cluster import wait_for
from conftest import ANYTHING, CHART, NAMESPACE, OURS, VALUES, install_chart, uninstall_chart, write_as
from gate_server import start_gate_server
from samples import AGENT, approval_policy

SERVICE_NAME = f"sallyport-webhook.{NAMESPACE}.svc"
PATH = "/0123456789abcdef"
CONFIGURATIONS = [
    ("ValidatingWebhookConfiguration", "sallyport-gate", "gate.sallyport.dev", "admit"),
    ("MutatingWebhookConfiguration", "sallyport-requests", "requests.sallyport.dev", "requests"),
]

@pytest.fixture(scope="module")
def gate(cluster, tmp_path_factory):
    """The chart, pointed at a server that allows everything, with path and caBundle put in as the program does."""
    server = start_gate_server(tmp_path_factory.mktemp("gate"), SERVICE_NAME)
    result = install_chart(cluster, {"webhook": {"url": f"https://localhost:{server.port}"}})
    assert result.returncode == 0, result.stderr
    assert "Warning" not in result.stdout + result.stderr
    own_path_and_ca(cluster, server.certificate)
    wait_for("the gate is called", lambda: write_as(cluster, AGENT) and server.reviews.take())
    yield server
    uninstall_chart(cluster)
    server.shutdown()


def own_path_and_ca(cluster, certificate):
    """What the program does: server-side apply of these two fields and no other."""
    for kind, name, webhook, last in CONFIGURATIONS:
        client = {"caBundle": base64.b64encode(certificate).decode(), "service": {"path": f"{PATH}/{last}"}}
        cluster.do("apply", "--server-side", "--field-manager=sallyport", "--validate=false", "-f", "-", as_user=OURS,
                   stdin=yaml.safe_dump({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
                                         "metadata": {"name": name},
                                         "webhooks": [{"name": webhook, "clientConfig": client}]}))


@pytest.mark.parametrize(("user", "groups", "called"), [
    (AGENT, (), True),
    ("system:serviceaccount:agents:other", (), False),
    ("system:serviceaccount:fleet:any", (), True),
    ("system:serviceaccount:fleet2:any", (), False),
    ("robot@example.com", (), True),
    ("somebody", ("robots",), True),
    ("somebody", ("people",), False),
    ("alice", ("reviewers",), False),
    # The cluster's own parts are never called for, whatever the agents' list says.
    ("somebody", ("robots", "system:masters"), False),
    ("system:node:n1", ("robots", "system:nodes"), False),
    ("system:serviceaccount:kube-system:job-controller", ("robots",), False),
    ("system:kube-scheduler", ("robots",), False),
    (OURS, ("robots",), False),
])
def test_who_the_gate_is_called_for(cluster, gate, user, groups, called):
    gate.reviews.take()
    assert write_as(cluster, user, groups)
    seen = gate.reviews.take()
    assert [(path, request["userInfo"]["username"]) for path, request in seen] == [(f"{PATH}/admit", user)] * called


@pytest.fixture(scope="module")
def as_agent(gate, cluster):
    """kubectl as the agent, and what the gate was asked meanwhile: (operation, resource[/subresource]) each."""
    def act(*arguments, **options):
        gate.reviews.take()
        cluster.kubectl("-n", "shop", *arguments, as_user=AGENT, as_groups=(ANYTHING,), **options)
        return [(each["operation"], "/".join(filter(None, (each["resource"]["resource"], each.get("subResource")))))
                for _, each in gate.reviews.take()]

    return act


def test_what_the_gate_is_called_for(as_agent):
    assert as_agent("create", "deployment", "d", "--image=a") == [("CREATE", "deployments")]
    assert as_agent("get", "deployment", "d") == []
    assert as_agent("set", "image", "deployment/d", "a=b") == [("UPDATE", "deployments")]
    assert as_agent("scale", "deployment/d", "--replicas=0") == [("UPDATE", "deployments/scale")]
    # Deletion may be admitted more than once.
    assert set(as_agent("delete", "deployment", "d", "--wait=false")) == {("DELETE", "deployments")}
    assert as_agent("create", "token", "default") == [("CREATE", "serviceaccounts/token")]
    assert as_agent("create", "namespace", "n", "--dry-run=server") == [("CREATE", "namespaces")]
    assert as_agent("run", "p", "--image=a", "--overrides", '{"spec":{"nodeName":"n1"}}') == [("CREATE", "pods")]
    assert set(as_agent("exec", "p", "--", "id")) == {("CONNECT", "pods/exec")}
    assert set(as_agent("delete", "pod", "p", "--force")) == {("DELETE", "pods")}


def test_what_the_requests_webhook_is_called_for(cluster, gate):
    def calls(*arguments, **options):
        gate.reviews.take()
        cluster.do("-n", "shop", *arguments, **options)
        return [(path, request["operation"]) for path, request in gate.reviews.take()]

    requests = f"{PATH}/requests"
    assert calls("create", "-f", "-", stdin=json.dumps(approval_policy())) == [(requests, "CREATE")]
    assert calls("label", "apol", "p", "team=a") == []
    assert calls("patch", "apol", "p", "--type=merge", "-p", '{"spec":{"message":"hi"}}') == [(requests, "UPDATE")]
    status = '{"status":{"observedGeneration":2}}'
    assert calls("patch", "apol", "p", "--subresource=status", "--type=merge", "-p", status, as_user=OURS,
                 as_groups=(ANYTHING,)) == []
    assert calls("delete", "apol", "p") == []


def test_upgrade_leaves_path_and_ca_to_the_program(cluster, gate):
    values = {**VALUES, "guard": "Warn", "agents": VALUES["agents"][:1], "webhook": {"timeoutSeconds": 20,
              "url": f"https://localhost:{gate.port}"}}
    result = cluster.helm("upgrade", "sallyport", CHART, "--namespace", NAMESPACE, values=values)
    assert result.returncode == 0, result.stderr
    assert "Warning" not in result.stdout + result.stderr
    for kind, name, _, last in CONFIGURATIONS:
        client = cluster.get(kind, name)["webhooks"][0]["clientConfig"]
        assert base64.b64decode(client["caBundle"]) == gate.certificate
        assert client["service"]["path"] == f"{PATH}/{last}"
    assert cluster.get("ValidatingWebhookConfiguration", "sallyport-gate")["webhooks"][0]["timeoutSeconds"] == 20
    wait_for("robots are no agents any more",
             lambda: write_as(cluster, "robot@example.com") and not gate.reviews.take())
    assert write_as(cluster, AGENT) and gate.reviews.take()
