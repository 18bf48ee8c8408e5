"""Which values the chart takes, and what it says of the others."""

import pytest

from conftest import NAMESPACE, OURS, config_of, render, render_chart


def agent(**identities):
    return {"agents": [{"name": "a", **identities}]}


def extra_rule(group, resource, verb):
    return {"agentWide": {"extraRules": [{"apiGroups": [group], "resources": [resource], "verbs": [verb]}]}}


def effects(fields, resource="widgets"):
    return {"effects": [{"group": "example.com", "resource": resource, "fields": fields}]}


@pytest.mark.parametrize(("values", "complaint"), [
    ({"agents": []}, "agents is empty, so nothing would be gated: name at least one"),
    (agent(), 'agent "a" has no identity'),
    (agent(groups=["system:masters"]), 'agent "a" cannot have the group "system:masters"'),
    (agent(groups=["system:nodes"]), 'agent "a" cannot have the group "system:nodes"'),
    (agent(groups=["system:serviceaccounts"]), 'cannot have the group "system:serviceaccounts"'),
    (agent(groups=["system:authenticated"]), 'cannot have the group "system:authenticated"'),
    (agent(users=["system:kube-scheduler"]), 'cannot have the user "system:kube-scheduler"'),
    (agent(users=[OURS]), f'cannot have the user "{OURS}"'),
    (agent(serviceAccounts=["kube-system/replicaset-controller"]), "the accounts of kube-system run the cluster"),
    (agent(namespaces=["kube-system"]), "the accounts of kube-system run the cluster"),
    (agent(serviceAccounts=[f"{NAMESPACE}/sallyport"]), "this is Sallyport's own namespace"),
    (agent(namespaces=[NAMESPACE]), "this is Sallyport's own namespace"),
    (agent(serviceAccounts=["deployer"]), "/agents/0/serviceAccounts/0"),
    (agent(serviceaccounts=["agents/deployer"]), "additional properties 'serviceaccounts' not allowed"),
    ({"agents": [{"name": "a", "users": ["x"]}, {"name": "b", "users": ["x"]}]}, 'user x stands there twice'),
    ({"agents": [{"name": "a", "users": ["x"]}, {"name": "a", "users": ["y"]}]}, 'agent name a stands there twice'),
    ({"agents": [{"name": "A b", "users": ["x"]}]}, "/agents/0/name"),
    ({"agent": []}, "additional properties 'agent' not allowed"),
    ({"webhook": {"url": "http://localhost:1"}}, "/webhook/url"),
    ({"webhook": {"url": "https://localhost:1/path"}}, "/webhook/url"),
    ({"webhook": {"timeoutSeconds": 31}}, "/webhook/timeoutSeconds"),
    ({"guard": "Off"}, "/guard"),
    (effects({"spec.run": ["RunCode"]}), "/effects/0/fields/spec.run/0"),
    (effects({"spec.run": ["Own"]}), "/effects/0/fields/spec.run/0"),
    (effects({"spec.run": []}), "/effects/0/fields/spec.run"),
    (effects({}), "/effects/0/fields"),
    (effects({"spec.run": ["RunsCode"]}, resource="*"), "/effects/0/resource"),
    ({"effects": [{"resource": "widgets", "fields": {"spec": ["RunsCode"]}}]}, "missing property 'group'"),
    ({"gate": {"toleratedChanges": [{"field": "rules", "value": {"a": "b"}}]}}, "/gate/toleratedChanges/0/field"),
    ({"gate": {"toleratedChanges": [{"field": "objectSelector", "value": {}}]}}, "/gate/toleratedChanges/0/value"),
    ({"networkPolicy": {"webhookFrom": ["10.0.0.0/8"]}}, "/networkPolicy/webhookFrom/0"),
    ({"monitoring": {"serviceMonitor": {"enabled": "yes"}}}, "/monitoring/serviceMonitor/enabled"),
    ({"log": {"size": "10"}}, "/log/size"),
    ({"log": {"keep": "167h"}}, "/log/keep"),
    ({"log": {"fileAge": "0s"}}, "/log/fileAge"),
    ({"shutdownDelay": "61s"}, "/shutdownDelay"),
    ({"shutdownDelay": "00s"}, "/shutdownDelay"),
    ({"extraEnv": [{"value": "x"}]}, "/extraEnv/0"),
    ({"cooldown": "ten"}, "/cooldown"),
    ({"history": {"retain": "23h"}}, "/history/retain"),
    ({"history": {"retain": "30d"}}, "/history/retain"),
    ({"history": {"maxPerNamespace": -1}}, "/history/maxPerNamespace"),
    ({"history": {"keep": "48h"}}, "additional properties 'keep' not allowed"),
    ({"holds": {"perAgent": 65}}, "holds.perAgent (65) is more than holds.total (64)"),
    (extra_rule("*", "*", "get"), "an agent reads Sallyport's keys"),
    (extra_rule("", "*", "*"), "an agent can call as somebody who is not gated"),
    (extra_rule("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "patch"), "can take the check of reviews away"),
    (extra_rule("", "users", "impersonate"), "can call as somebody who is not gated"),
    ({"agentWide": {"extraRules": [{"apiGroups": [""], "resources": ["users"], "resourceNames": ["alice"], "verbs": ["impersonate"]}]}},
     "can call as somebody who is not gated"),
])
def test_values_that_are_refused(values, complaint):
    result = render_chart(values)
    assert result.returncode != 0
    assert complaint in result.stderr


def test_effects_of_own_kinds_reach_the_program():
    values = effects({"spec.run": ["RunsCode"], "spec.env.*.secretName": ["UsesSecret"], ".": ["Shared"]})
    assert config_of(render(values))["effects"] == values["effects"]
    assert "effects" not in config_of(render())


def test_an_umbrella_chart_may_pass_its_own_values():
    assert render({"global": {"region": "eu"}, "enabled": True})


SINKS = [{"name": "siem", "type": "webhook", "url": "https://siem.example.com/in", "secretName": "siem-key", "timeout": "5s"},
         {"name": "here", "type": "stdout"}]


def test_sinks_are_configured_and_get_their_secrets_as_files():
    objects = render({"log": {"sinks": SINKS}})
    assert config_of(objects)["log"]["sinks"] == [
        {"name": "siem", "type": "webhook", "url": "https://siem.example.com/in", "timeout": "5s", "secretDir": "/etc/sallyport-sinks/siem"},
        {"name": "here", "type": "stdout"}]
    pod = objects["StatefulSet", "sallyport"]["spec"]["template"]["spec"]
    assert {"name": "sink-siem", "secret": {"secretName": "siem-key"}} in pod["volumes"]
    assert {"name": "sink-siem", "mountPath": "/etc/sallyport-sinks/siem", "readOnly": True} in pod["containers"][0]["volumeMounts"]
    assert not [volume for volume in pod["volumes"] if volume["name"] == "sink-here"]


@pytest.mark.parametrize(("sinks", "complaint"), [
    ([{"name": "a", "type": "stdout"}, {"name": "a", "type": "stdout"}], 'two are called "a"'),
    ([{"name": "a", "type": "kafka"}], "log/sinks/0/type"),
    ([{"name": "a", "type": "webhook", "url": "https://a"}], "secretName"),
    ([{"name": "a", "type": "file"}], "directory"),
    ([{"name": "a", "type": "otlp"}], "url"),
    ([{"name": "a", "type": "stdout", "token": "secret"}], "token"),
])
def test_sinks_that_can_not_work_fail_the_install(sinks, complaint):
    result = render_chart({"log": {"sinks": sinks}})
    assert result.returncode != 0
    assert complaint in result.stderr
