"""What the chart renders, without a cluster."""
import json

import pytest
import yaml

from cluster import ROOT, run
from conftest import CHART, NAMESPACE, VALUES, config_of, helm, render


@pytest.fixture(scope="module")
def objects():
    return render()


def webhooks_of(objects):
    return [objects["ValidatingWebhookConfiguration", "sallyport-gate"]["webhooks"][0],
            objects["MutatingWebhookConfiguration", "sallyport-requests"]["webhooks"][0]]


def gate_of(objects):
    return webhooks_of(objects)[0]


def test_lint():
    result = helm("lint", CHART, "--strict", values=VALUES)
    assert result.returncode == 0, result.stdout + result.stderr


def test_crds_have_limits_and_descriptions():
    result = run(ROOT / "hack" / "check_crds.py")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(("before", "after", "complaint"), [
    ("maxItems: 64", "minItems: 0", "lacks maxItems"),
    ("maxLength: 253, ", "", "lacks maxLength"),
    ("maxProperties: 32", "minProperties: 0", "lacks maxProperties"),
    ("description: Values for In and NotIn.", "x-kubernetes-list-type: atomic", "has no description"),
    ("maximum: 1000", "maximum: 9", "differs between ApprovalPolicy and ClusterApprovalPolicy"),
])
def test_a_crd_without_a_limit_is_found(tmp_path, before, after, complaint):
    for path in (ROOT / "crds").glob("*.yaml"):
        untouched = path.name == "clusterapprovalpolicies.yaml"
        (tmp_path / path.name).write_text(path.read_text().replace(before, before if untouched else after))
    result = run(ROOT / "hack" / "check_crds.py", tmp_path)
    assert result.returncode == 1
    assert complaint in result.stderr


def test_rendered_copies_are_current():
    result = run(ROOT / "hack" / "render_manifests.sh", "--check")
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_stale_copy_is_found(tmp_path):
    for folder in ("crds", "charts", "manifests", "hack"):
        run("cp", "-r", ROOT / folder, tmp_path / folder)
    crd = tmp_path / "crds" / "approvalrequests.yaml"
    crd.write_text(crd.read_text().replace("maxItems: 64", "maxItems: 63"))
    result = run(tmp_path / "hack" / "render_manifests.sh", "--check")
    assert result.returncode == 1
    assert "approvalrequests.yaml" in result.stdout + result.stderr


def test_crds_stay_at_uninstall(objects):
    for path in (ROOT / "crds").glob("*.yaml"):
        crd = objects["CustomResourceDefinition", f"{path.stem}.sallyport.dev"]
        assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
        assert crd["spec"] == yaml.safe_load(path.read_text())["spec"]
    unless_told_otherwise = render({"crds": {"keep": False}})
    assert all("annotations" not in crd["metadata"] for (kind, _), crd in unless_told_otherwise.items() if kind == "CustomResourceDefinition")
    without = render({"crds": {"install": False}})
    assert not [kind for kind, _ in without if kind == "CustomResourceDefinition"]


def test_configuration(objects):
    config = config_of(objects)
    policy, webhooks = config.pop("admissionPolicy"), config.pop("webhookConfigurations")
    assert config == {
        "namespace": NAMESPACE,
        "serviceAccount": "sallyport",
        "release": "sallyport",
        "agents": [
            {"name": "deployer", "users": [], "groups": [], "serviceAccounts": ["agents/deployer"], "namespaces": [],
             "retries429": True},
            {"name": "fleet", "users": ["robot@example.com"], "groups": ["robots"], "serviceAccounts": [],
             "namespaces": ["fleet"], "retries429": True},
        ],
        "webhook": {"address": "0.0.0.0:9443", "service": "sallyport-webhook", "timeoutSeconds": 30,
                    "gate": "sallyport-gate", "requests": "sallyport-requests"},
        "health": {"address": "0.0.0.0:8081"},
        "metrics": {"address": "0.0.0.0:8080"},
        "log": {"dir": "/var/lib/sallyport/log", "fileMiB": 64, "fileAge": "24h", "compress": False, "keep": "0s",
                "keyFile": "/etc/sallyport-log/log.key"},
        "sealKeyFile": "/etc/sallyport-seal/seal.key",
        "keysSecret": "sallyport-keys",
        "holds": {"perAgent": 16, "total": 64},
        "limits": {"openPerAgent": 50, "openPerNamespace": 500, "keptMiBPerNamespace": 64, "keptMiB": 512, "logMiBPerAgentPerDay": 256},
        "cooldown": "10m",
        "history": {"retain": "720h", "maxPerNamespace": 1000},
        "shutdownDelay": "5s",
        "guard": "Enforce",
    }
    assert webhooks == {"gate": objects["ValidatingWebhookConfiguration", "sallyport-gate"]["webhooks"],
                        "requests": objects["MutatingWebhookConfiguration", "sallyport-requests"]["webhooks"], "tolerated": []}
    assert policy == {
        "name": "sallyport-requests",
        "policy": objects["ValidatingAdmissionPolicy", "sallyport-requests"]["spec"],
        "binding": objects["ValidatingAdmissionPolicyBinding", "sallyport-requests"]["spec"],
    }


def test_a_change_that_the_cloud_makes_is_tolerated():
    change = {"field": "namespaceSelector", "value": {"matchLabels": {"a": "b"}}}
    assert config_of(render({"gate": {"toleratedChanges": [change]}}))["webhookConfigurations"]["tolerated"] == [change]


def test_an_agent_can_be_told_not_to_retry():
    agents = [{"name": "script", "users": ["script"], "retries429": False}]
    assert config_of(render({"agents": agents}))["agents"][0]["retries429"] is False


def test_a_given_certificate_is_mounted_and_named_in_the_configuration():
    objects = render({"webhook": {"certificateSecret": "gate-tls"}})
    config = yaml.safe_load(objects["ConfigMap", "sallyport-config"]["data"]["config.yaml"])
    pod = objects["StatefulSet", "sallyport"]["spec"]["template"]["spec"]
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    assert mounts["certificate"] == config["webhook"]["certificateDir"]
    volume, = [volume for volume in pod["volumes"] if volume["name"] == "certificate"]
    assert volume["secret"]["secretName"] == "gate-tls"


def test_a_given_ca_of_the_api_server_is_mounted_and_named_in_the_configuration():
    objects = render({"webhook": {"clientCAConfigMap": "apiserver-ca", "clientNames": ["kube-apiserver"]}})
    config = config_of(objects)["webhook"]
    pod = objects["StatefulSet", "sallyport"]["spec"]["template"]["spec"]
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    assert config["clientCAFile"] == mounts["client-ca"] + "/ca.crt" and config["clientNames"] == ["kube-apiserver"]
    volume, = [volume for volume in pod["volumes"] if volume["name"] == "client-ca"]
    assert volume["configMap"]["name"] == "apiserver-ca"


def test_a_given_key_of_the_log_is_mounted_and_named_in_the_configuration():
    objects = render({"log": {"keySecret": "auditors-key"}})
    pod = objects["StatefulSet", "sallyport"]["spec"]["template"]["spec"]
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    assert config_of(objects)["log"]["keyFile"] == mounts["log-key"] + "/log.key"
    volume, = [volume for volume in pod["volumes"] if volume["name"] == "log-key"]
    assert volume["secret"]["secretName"] == "auditors-key"
    assert "--without-log-key" in job_of(render({"log": {"keySecret": "auditors-key"}, "replicaCount": 2}))["args"]


def job_of(objects):
    container, = objects["Job", "sallyport-keys"]["spec"]["template"]["spec"]["containers"]
    return container


def test_the_keys_are_mounted_and_made_by_a_job_whose_account_goes_again():
    objects = render({"replicaCount": 2})
    pod = pod_of(objects)
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    secrets = {volume["name"]: volume["secret"] for volume in pod["volumes"] if "secret" in volume}
    assert config_of(objects)["sealKeyFile"] == mounts["seal-key"] + "/seal.key"
    assert config_of(objects)["log"]["keyFile"] == mounts["log-key"] + "/log.key"
    assert secrets == {name: {"secretName": f"sallyport-{name}", "optional": True, "defaultMode": 0o440} for name in ("seal-key", "log-key")}
    assert job_of(objects)["args"] == ["keys", "create", f"--namespace={NAMESPACE}", "--name=sallyport"]
    hooks = [each for each in objects.values() if each["metadata"].get("annotations", {}).get("helm.sh/hook") == "pre-install,pre-upgrade"]
    assert {each["kind"] for each in hooks} == {"Job", "ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
    assert all("hook-succeeded" in each["metadata"]["annotations"]["helm.sh/hook-delete-policy"] for each in hooks)
    assert objects["Role", "sallyport-keys"]["rules"] == [
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["sallyport-keys"], "verbs": ["get"]}]


@pytest.mark.parametrize("values", [{"replicaCount": 0}, {"keys": {"create": False}, "replicaCount": 2},
                                    {"webhook": {"url": "https://localhost:19443"}, "replicaCount": 2}])
def test_no_job_makes_keys_where_no_pods_run_or_somebody_else_does(values):
    assert not [kind for kind, name in render(values) if kind == "Job" or name == "sallyport-keys" and kind != "Secret"]


def test_webhooks_refer_to_the_service_and_leave_path_and_ca_to_the_program(objects):
    for webhook in webhooks_of(objects):
        assert webhook["clientConfig"] == {
            "service": {"namespace": NAMESPACE, "name": "sallyport-webhook", "port": 9443}}
        assert webhook["failurePolicy"] == "Fail"
        assert webhook["sideEffects"] == "NoneOnDryRun"
    assert objects["Service", "sallyport-webhook"]["spec"]["type"] == "ClusterIP"


@pytest.mark.parametrize(("url", "host", "port"), [
    ("https://localhost:19443", "localhost", 19443),
    ("https://gate.example.com", "gate.example.com", 443),
])
def test_a_program_outside_the_cluster(url, host, port):
    objects = render({"webhook": {"url": url}})
    service = objects["Service", "sallyport-webhook"]["spec"]
    assert service == {"type": "ExternalName", "externalName": host}
    for webhook in webhooks_of(objects):
        assert webhook["clientConfig"]["service"]["port"] == port


def test_the_gate_sees_everything_that_agents_do(objects):
    gate = gate_of(objects)
    assert gate["rules"] == [
        {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"], "scope": "*"}]
    assert gate["timeoutSeconds"] == 30
    assert [condition["name"] for condition in gate["matchConditions"]] == [
        "not-our-account", "not-kube-system", "not-a-node", "not-system-masters", "is-an-agent"]
    variables = objects["ValidatingAdmissionPolicy", "sallyport-requests"]["spec"]["variables"]
    agent = next(variable["expression"] for variable in variables if variable["name"] == "agent")
    assert gate["matchConditions"][-1]["expression"] == agent


def granted_in(objects):
    rules = objects["ClusterRole", "sallyport"]["rules"] + objects["Role", "sallyport"]["rules"]
    return {(group, resource, verb, tuple(rule.get("resourceNames", []))) for rule in rules
            for group in rule["apiGroups"] for resource in rule["resources"] for verb in rule["verbs"]}


def test_our_account_may_do_nothing_else(objects):
    granted = granted_in(objects)
    ours, hooks, requests = "sallyport.dev", "admissionregistration.k8s.io", ("sallyport-requests",)
    expected = {(ours, kind, verb, ()) for kind in ("approvalpolicies", "clusterapprovalpolicies", "approvalrequests")
                for verb in ("get", "list", "watch")}
    expected |= {(ours, "approvalrequests/status", "update", ())}
    expected |= {(ours, f"{kind}/status", "patch", ()) for kind in ("approvalpolicies", "clusterapprovalpolicies")}
    expected |= {(ours, "approvalrequests", verb, ()) for verb in ("create", "delete")}
    expected |= {("", "namespaces", verb, ()) for verb in ("get", "list", "watch")}
    # Whose part an action is about: read as the action is described.
    expected |= {("", kind, "get", ()) for kind in ("pods", "serviceaccounts", "services", "nodes")}
    expected |= {("coordination.k8s.io", "leases", verb, ()) for verb in ("create", "delete", "list", "patch")}
    expected |= {("authorization.k8s.io", "subjectaccessreviews", "create", ())}
    expected |= {(hooks, kind, "get", requests)
                 for kind in ("validatingadmissionpolicies", "validatingadmissionpolicybindings")}
    expected |= {(hooks, "validatingwebhookconfigurations", verb, ("sallyport-gate",)) for verb in ("get", "patch")}
    expected |= {(hooks, "mutatingwebhookconfigurations", verb, requests) for verb in ("get", "patch")}
    expected |= {("events.k8s.io", "events", verb, ()) for verb in ("create", "patch")}
    rbac = "rbac.authorization.k8s.io"
    expected |= {(rbac, kind, "list", ()) for kind in ("clusterroles", "rolebindings", "clusterrolebindings")}
    expected |= {("", "persistentvolumes", "get", ()), ("", "persistentvolumeclaims", "list", ())}
    expected |= {("", "secrets", verb, ("sallyport-keys",)) for verb in ("get", "update")}
    assert granted == expected


@pytest.mark.parametrize(("history", "may_delete"), [
    ({"retain": "0s", "maxPerNamespace": 0}, False),
    ({"retain": "0s"}, True),
    ({"maxPerNamespace": 0}, True),
    ({"retain": "24h", "maxPerNamespace": 1}, True),
])
def test_our_account_may_delete_requests_only_where_some_are_to_be_removed(objects, history, may_delete):
    changed = render({"history": history})
    without = granted_in(objects) - {("sallyport.dev", "approvalrequests", "delete", ())}
    assert granted_in(changed) - without == ({("sallyport.dev", "approvalrequests", "delete", ())} if may_delete else set())
    assert config_of(changed)["history"] == {"retain": "720h", "maxPerNamespace": 1000, **history}


def test_replicas(objects):
    assert objects["StatefulSet", "sallyport"]["spec"]["replicas"] == 0
    assert ("PodDisruptionBudget", "sallyport") not in objects
    assert ("PodDisruptionBudget", "sallyport") not in render({"replicaCount": 1})
    two = render({"replicaCount": 2})
    assert two["PodDisruptionBudget", "sallyport"]["spec"]["maxUnavailable"] == 1
    container = two["StatefulSet", "sallyport"]["spec"]["template"]["spec"]["containers"][0]
    assert container["args"] == ["serve", "--config", "/etc/sallyport/config.yaml", "--name", "$(POD_NAME)",
                                 "--log-dir", "/var/lib/sallyport/log"]


def pod_of(objects):
    return objects["StatefulSet", "sallyport"]["spec"]["template"]["spec"]


def test_the_log_is_on_a_volume_that_stays_unless_told_otherwise(objects):
    stateful = objects["StatefulSet", "sallyport"]["spec"]
    assert [claim["metadata"]["name"] for claim in stateful["volumeClaimTemplates"]] == ["log"]
    assert [volume["name"] for volume in pod_of(objects)["volumes"]] == ["config", "seal-key", "log-key"]

    fleeting = render({"log": {"persistence": False}})
    assert "volumeClaimTemplates" not in fleeting["StatefulSet", "sallyport"]["spec"]
    assert {"name": "log", "emptyDir": {"sizeLimit": "10Gi"}} in pod_of(fleeting)["volumes"]


@pytest.mark.parametrize("persistence", [True, False])
def test_the_notes_warn_of_a_log_that_is_lost(persistence):
    notes = helm("install", "sallyport", CHART, "--namespace", NAMESPACE, "--dry-run=client",
                 values={**VALUES, "log": {"persistence": persistence}})
    assert notes.returncode == 0, notes.stderr
    assert ("WARNING: log.persistence is off" in notes.stdout) != persistence


def test_what_people_add_to_the_pods():
    more = {"extraEnv": [{"name": "A", "value": "b"}], "extraVolumes": [{"name": "x", "emptyDir": {}}],
            "extraVolumeMounts": [{"name": "x", "mountPath": "/x"}], "priorityClassName": "system-cluster-critical"}
    pod = pod_of(render(more))
    container, = pod["containers"]
    assert {"name": "A", "value": "b"} in container["env"] and any(each["name"] == "POD_NAME" for each in container["env"])
    assert {"name": "x", "emptyDir": {}} in pod["volumes"]
    assert {"name": "x", "mountPath": "/x"} in container["volumeMounts"]
    assert pod["priorityClassName"] == "system-cluster-critical"


def test_labels_and_annotations_that_people_add():
    objects = render({"commonLabels": {"team": "x"}, "serviceAccount": {"annotations": {"a": "b"}}, "podLabels": {"c": "d"}})
    assert all(each["metadata"]["labels"]["team"] == "x" for each in objects.values())
    assert objects["ServiceAccount", "sallyport"]["metadata"]["annotations"] == {"a": "b"}
    stateful = objects["StatefulSet", "sallyport"]["spec"]
    assert stateful["template"]["metadata"]["labels"]["c"] == "d"
    assert "team" not in stateful["selector"]["matchLabels"]


def test_pods_pass_the_restricted_standard(objects):
    pod = pod_of(objects)
    container, = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                            "capabilities": {"drop": ["ALL"]}}


def test_who_may_reach_the_pods(objects):
    rules = objects["NetworkPolicy", "sallyport"]["spec"]["ingress"]
    assert [[port["port"] for port in rule["ports"]] for rule in rules] == [["webhook"], ["metrics"], ["health"]]
    assert not any("from" in rule for rule in rules)
    api, monitoring = {"ipBlock": {"cidr": "10.0.0.0/28"}}, {"namespaceSelector": {"matchLabels": {"a": "b"}}}
    narrow = render({"networkPolicy": {"webhookFrom": [api], "metricsFrom": [monitoring]}})
    webhook, metrics, health = narrow["NetworkPolicy", "sallyport"]["spec"]["ingress"]
    assert (webhook["from"], metrics["from"], "from" in health) == ([api], [monitoring], False)
    assert ("NetworkPolicy", "sallyport") not in render({"networkPolicy": {"enabled": False}})


def test_monitoring_is_there_when_asked_for(objects):
    assert not {kind for kind, _ in objects} & {"ServiceMonitor", "PrometheusRule"}
    objects = render({"monitoring": {"serviceMonitor": {"enabled": True, "labels": {"release": "p"}},
                                     "prometheusRule": {"enabled": True, "labels": {"release": "p"}}}})
    monitor = objects["ServiceMonitor", "sallyport"]
    assert monitor["metadata"]["labels"]["release"] == "p"
    # Of the two Services it selects one, which has the port.
    wanted = monitor["spec"]["selector"]["matchLabels"].items()
    selected = [each for (kind, _), each in objects.items() if kind == "Service" and wanted <= each["metadata"]["labels"].items()]
    service, = selected
    assert monitor["spec"]["endpoints"][0]["port"] in [port["name"] for port in service["spec"]["ports"]]


def test_alerts_have_the_releases_namespace_and_say_where_their_runbook_is():
    def rules(**values):
        group, = render({"monitoring": {"prometheusRule": {"enabled": True, **values}}})["PrometheusRule", "sallyport"]["spec"]["groups"]
        return group["rules"]
    assert all('namespace="sallyport-system"' in rule["expr"] and "NAMESPACE" not in str(rule) for rule in rules())
    assert all(rule["annotations"]["runbook_url"] == f"docs/alerts.md#{rule['alert'].lower()}" for rule in rules())
    told, *_ = rules(runbooks="https://wiki.example.com/alerts")
    assert told["annotations"]["runbook_url"].startswith("https://wiki.example.com/alerts#sallyport")


def test_a_dashboard_is_there_when_asked_for(objects):
    assert ("ConfigMap", "sallyport-dashboard") not in objects
    made = render({"monitoring": {"dashboard": {"enabled": True}}})["ConfigMap", "sallyport-dashboard"]
    assert made["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(made["data"]["sallyport.json"])["title"] == "Sallyport"


def test_pods_are_replaced_when_the_configuration_changes():
    def checksum(values):
        template = render(values)["StatefulSet", "sallyport"]["spec"]["template"]
        return template["metadata"]["annotations"]["checksum/config"]

    assert checksum({}) == checksum({})
    assert checksum({}) != checksum({"guard": "Warn"})


def test_waiting_agents_have_seats_enough(objects):
    limited = objects["PriorityLevelConfiguration", "sallyport-agents"]["spec"]["limited"]
    # 600 seats and 245 shares beside ours are the API server's defaults.
    seats = 600 * limited["nominalConcurrencyShares"] / (245 + limited["nominalConcurrencyShares"])
    own = seats * (100 - limited["lendablePercent"]) / 100
    assert own > config_of(objects)["holds"]["total"]
    assert limited["borrowingLimitPercent"] == 0
    subjects = objects["FlowSchema", "sallyport-agents"]["spec"]["rules"][0]["subjects"]
    assert subjects == [
        {"kind": "ServiceAccount", "serviceAccount": {"namespace": "agents", "name": "deployer"}},
        {"kind": "User", "user": {"name": "robot@example.com"}},
        {"kind": "Group", "group": {"name": "robots"}},
        {"kind": "ServiceAccount", "serviceAccount": {"namespace": "fleet", "name": "*"}},
    ]


def test_names_follow_the_release():
    names = {name for _, name in render(release="gate")}
    assert "gate-sallyport-webhook" in names
    assert all(name.startswith("gate-sallyport") or name.endswith(".sallyport.dev") for name in names)
