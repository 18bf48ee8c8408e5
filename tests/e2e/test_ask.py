"""`sallyport ask`: all that a command will write is asked about at once, by its dry runs, before it is run."""
import json
import os
import subprocess
import threading

import pytest
import yaml

import objects
from harness import AGENT_NAME, AGENTS, ROOT, wait_for
from namespace import state_of, wait_for_policy

CHARTS = ROOT / "tests" / "data" / "charts"
WHY = "the shop's new front end"
RUNS_CODE = [{"effects": ["RunsCode"]}]
# Helm deletes the accounts that are hooks, and which account that will be nobody knows before.
ACCOUNTS = [{"apiGroups": [""], "apiVersions": ["*"], "operations": ["CREATE", "DELETE"], "resources": ["serviceaccounts"]}]


@pytest.fixture
def unbound(cluster, shop):
    """The agent may do anything, as far as RBAC goes."""
    cluster.apply(objects.binding(f"{AGENT_NAME}-installs", "cluster-admin", f"{AGENTS}/deployer"))
    yield
    cluster.admin("delete", "clusterrolebinding", f"{AGENT_NAME}-installs")
    for kind in ("clusterrole", "clusterrolebinding", "ingressclass", "validatingwebhookconfiguration"):
        cluster.kubectl("admin", "delete", kind, shop.name, "--ignore-not-found")


@pytest.fixture(params=["4", "3"])
def helm(shop, tmp_path, request):
    binary = subprocess.run([ROOT / "hack" / "helm.sh", request.param], capture_output=True, text=True, check=True).stdout.strip()
    environment = {**os.environ, "HELM_CACHE_HOME": str(tmp_path / "cache"), "HELM_CONFIG_HOME": str(tmp_path / "config")}

    def run(*arguments, **env):
        return subprocess.run([binary, "--kubeconfig", shop.cluster.kubeconfig("agent"), "-n", shop.name, *arguments], cwd=tmp_path,
                              env={**environment, **env}, capture_output=True, text=True, timeout=120, check=False)
    return run


def ask(cli, who, *arguments, stdin=""):
    command = [str(part) for part in cli.command(who, ["ask", *arguments])]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, env=cli.env, check=False)


def asked(cli, *arguments, stdin="", who="agent"):
    """What was asked about, as programs read it; it must be all."""
    done = ask(cli, who, *arguments, "-o", "json", stdin=stdin)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


def answers(plan):
    return {each["object"]: each["answer"] for each in plan["objects"]}


def manifest(*things):
    return yaml.safe_dump_all(things)


def named(shop, tag="2", name="front"):
    made = objects.deployment(shop.name, tag)
    made["metadata"]["name"] = name
    return made


def approve_plan(cli, shop, plan, count):
    """All of it at once; where two policies ask, by a second person, too."""
    cli.run("alice", "approve", "--plan", plan, "--yes-to", str(count), "-m", "as planned").must()
    wait_for("what one person decides", lambda: all(len(each["spec"]["policies"]) > 1 for each in of_plan(shop, plan, "Pending")))
    if left := len(of_plan(shop, plan, "Pending")):
        cli.run("bob", "approve", "--plan", plan, "--yes-to", str(left)).must()
    wait_for("all to be approved", lambda: len(of_plan(shop, plan, "Approved")) == count)


def of_plan(shop, plan, state=None):
    found = shop.cluster.get("approvalrequests", "-A", "-l", f"sallyport.dev/plan={plan}")["items"]
    return [each for each in found if state in (None, state_of(each))]


def test_what_is_asked_at_once_is_approved_at_once_and_found_by_the_command(cli, shop):
    shop.gate(actions=RUNS_CODE, whilePending="Reject")
    (cli.folder / "files").mkdir()
    for tag, name in (("2", "front"), ("3", "back")):
        cli.write(f"files/{name}.yaml", manifest(named(shop, tag, name)))
    cli.write("files/settings.json", json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"},
                                                  "data": {"title": "a < b && c > d"}}))
    files = cli.folder / "files"
    said = ask(cli, "agent", "-f", files, "-m", WHY)
    assert said.returncode == 0 and said.stderr == "", said
    assert said.stdout.splitlines()[0].split() == ["OBJECT", "ANSWER", "REQUEST"]
    requests = shop.requests("Pending")
    assert {each["spec"]["action"]["kubernetes"]["target"]["name"] for each in requests} == {"front", "back"}
    assert {each["spec"]["reason"] for each in requests} == {WHY}
    plan, = {each["metadata"]["labels"]["sallyport.dev/plan"] for each in requests}
    assert plan.startswith("ask-") and f"Plan {plan}: 2 requests" in said.stdout
    for each in requests:
        assert f"{shop.name}/{each['metadata']['name']}" in said.stdout
    assert "ConfigMap settings" in said.stdout and "free" in said.stdout
    assert not shop.kubectl("agent", "get", "deployment", "front").ok, "a dry run stores nothing"

    # People see it as one thing, and decide about all of it or about some.
    assert f"Pending: 2 requests of agent {AGENT_NAME} in plan {plan} in namespace {shop.name}" in cli.run("alice", "list").stdout
    shown = cli.run("alice", "show", plan).must().stdout
    assert shown.count("Request   ") == 2 and f"approve --plan {plan}" in shown
    assert len(json.loads(cli.run("alice", "show", plan, "-o", "json").stdout)["items"]) == 2
    first, second = requests
    shop.approved("alice", first)
    approve_plan_of_one = cli.run("alice", "approve", "--plan", plan, "-y").must()
    assert second["metadata"]["name"] in approve_plan_of_one.stdout and first["metadata"]["name"] not in approve_plan_of_one.stdout
    shop.wait_for_state(second, "Approved")

    assert answers(asked(cli, "-f", files))["Deployment front"] == "approved"
    shop.kubectl("agent", "apply", "-f", files).must()
    for each in requests:
        shop.wait_for_state(each, "Used")
    assert len(shop.requests()) == 2


def test_an_update_is_found_by_both_ways_to_apply(cli, shop):
    shop.gate(whilePending="Reject")
    for flags, name in (([], "front"), (["--server-side"], "back")):
        shop.kubectl("admin", "apply", "-f", "-", *flags, stdin=manifest(named(shop, "1", name))).must()
        text = manifest(named(shop, "2", name))
        plan = asked(cli, "-f", "-", *flags, stdin=text)
        assert answers(plan) == {f"Deployment {name}": "asked"}
        approve_plan(cli, shop, plan["plan"], 1)
        shop.kubectl("agent", "apply", "-f", "-", *flags, stdin=text).must()
        assert {state_of(each) for each in of_plan(shop, plan["plan"])} == {"Used"}


def test_a_pod_is_asked_about_without_the_marks_of_its_dry_run(cli, shop):
    """A pod reads its own annotations, so that a reason is part of what is approved; the marks of a plan are not there by then."""
    shop.gate(actions=RUNS_CODE, whilePending="Reject")
    text = manifest(objects.pod(shop.name, "one"))
    plan = asked(cli, "-f", "-", "-m", WHY, stdin=text)
    request = shop.request()
    assert request["spec"]["reason"] == WHY
    assert "sallyport.dev" not in json.dumps(request["spec"]["action"]["kubernetes"]["changes"])
    approve_plan(cli, shop, plan["plan"], 1)
    shop.kubectl("agent", "apply", "-f", "-", stdin=text).must()


def test_a_secret_is_asked_about_and_its_dry_run_is_refused_all_the_same(cli, shop):
    shop.gate(actions=objects.preset("SecretAccess"), whilePending="Reject")
    text = manifest({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "stringData": {"key": "CANARY"}})
    plan = asked(cli, "-f", "-", "--server-side", "-m", WHY, stdin=text)
    assert answers(plan) == {"Secret key": "asked"}
    assert "CANARY" not in json.dumps(shop.requests())
    approve_plan(cli, shop, plan["plan"], 1)
    again = ask(cli, "agent", "-f", "-", "--server-side", "-o", "json", stdin=text)
    assert json.loads(again.stdout)["objects"][0]["answer"] != "free"
    assert not shop.kubectl("agent", "apply", "--server-side", "--dry-run=server", "-f", "-", stdin=text).ok
    shop.kubectl("agent", "apply", "--server-side", "-f", "-", stdin=text).must()


def test_what_changes_after_it_was_asked_is_asked_anew(cli, shop):
    shop.gate(actions=RUNS_CODE, whilePending="Reject")
    plan = asked(cli, "-f", "-", stdin=manifest(named(shop, "2")))
    approve_plan(cli, shop, plan["plan"], 1)
    changed = shop.kubectl("agent", "apply", "-f", "-", stdin=manifest(named(shop, "666")))
    assert not changed.ok and "code=ApprovalRequired" in changed.stderr, changed
    assert len(shop.requests("Pending")) == 1 == len(shop.requests("Approved"))
    shop.kubectl("agent", "apply", "-f", "-", stdin=manifest(named(shop, "2"))).must()


def test_another_agent_that_takes_the_plans_name_is_not_in_it(cli, shop):
    shop.gate(actions=RUNS_CODE, whilePending="Reject")
    mine = asked(cli, "-f", "-", "--plan", "roll-out", stdin=manifest(named(shop, "2", "front")))["plan"]
    theirs = asked(cli, "-f", "-", "--plan", "roll-out", stdin=manifest(named(shop, "2", "evil")), who="second")["plan"]
    assert mine != theirs
    # Nor by the whole name, which everybody who may read requests can see.
    taken = asked(cli, "-f", "-", "--plan", mine, stdin=manifest(named(shop, "2", "worse")), who="second")["plan"]
    assert len({mine, theirs, taken}) == 3
    assert [each["spec"]["action"]["kubernetes"]["target"]["name"] for each in of_plan(shop, mine)] == ["front"]
    # Nobody but Sallyport labels requests, so that nobody can put one into a plan afterwards.
    evil = of_plan(shop, theirs)[0]["metadata"]["name"]
    for who in ("second", "alice"):
        assert not shop.kubectl(who, "label", "--overwrite", "approvalrequest", evil, f"sallyport.dev/plan={mine}").ok
    approve_plan(cli, shop, mine, 1)
    assert {state_of(each) for each in of_plan(shop, theirs) + of_plan(shop, taken)} == {"Pending"}
    # What was approved is approved for the agent that asked.
    stolen = shop.kubectl("second", "apply", "-f", "-", stdin=manifest(named(shop, "2", "front")))
    assert not stolen.ok and "code=ApprovalRequired" in stolen.stderr


def test_a_mark_that_stands_in_an_object_makes_no_dry_run_ask(cli, shop):
    shop.gate(whilePending="Reject")
    shop.kubectl("admin", "annotate", "deployment", "api", "sallyport.dev/plan=old").must()
    patch = json.dumps({"spec": {"template": {"spec": {"containers": [{"name": "api", "image": f"{objects.IMAGE}:2"}]}}}})
    plain = shop.kubectl("agent", "patch", "deployment", "api", "--dry-run=server", "-p", patch).must()
    assert "nobody was asked" in plain.stderr and not shop.requests()
    # In a real write it is an annotation as any other, and what a dry run asks is not that write.
    marked = json.dumps({"metadata": {"annotations": {"sallyport.dev/plan": "new"}}, **json.loads(patch)})
    assert "they were asked" in shop.kubectl("agent", "patch", "deployment", "api", "--dry-run=server", "-p", marked).must().stderr
    shop.approved("alice", shop.request())
    assert "code=ApprovalRequired" in shop.kubectl("agent", "patch", "deployment", "api", "-p", marked).stderr
    shop.kubectl("agent", "patch", "deployment", "api", "-p", patch).must()


@pytest.mark.disruptive
def test_over_the_limit_the_rest_is_refused_and_nothing_is_opened_for_it(cli, shop, replicas, settings):
    # Of this agent others may be open, of namespaces that are going.
    wait_for("no other request of the agent", lambda: not [
        each for each in shop.cluster.get("approvalrequests", "-A")["items"]
        if state_of(each) in ("Pending", "Approved") and each["spec"]["requester"]["agent"] == AGENT_NAME], 60)
    settings(replicas.running(), limits={"openPerAgent": 3})
    shop.gate(actions=RUNS_CODE, whilePending="Reject")
    said = ask(cli, "agent", "-f", "-", "-o", "json", stdin=manifest(*(named(shop, "2", f"app-{i}") for i in range(5))))
    assert said.returncode == 1
    outcomes = [each["answer"] for each in json.loads(said.stdout)["objects"]]
    assert outcomes == ["asked"] * 3 + ["refused"] * 2
    assert "limits.openPerAgent" in said.stdout and len(shop.requests()) == 3


def test_what_the_guard_refuses_is_not_asked_about(cli, shop):
    shop.gate(actions=objects.preset("Deletion"))
    privileged = named(shop)
    privileged["spec"]["template"]["spec"]["hostNetwork"] = True
    said = ask(cli, "agent", "-f", "-", "-o", "json", stdin=manifest(privileged))
    assert said.returncode == 1 and json.loads(said.stdout)["objects"][0]["answer"] == "refused", said
    shop.gate(actions=RUNS_CODE, whilePending="Reject")  # a policy of the namespace cannot cover node reach
    said = ask(cli, "agent", "-f", "-", "-o", "json", stdin=manifest(privileged))
    assert json.loads(said.stdout)["objects"][0]["answer"] == "refused" and not shop.requests(), said


# --- Helm ---

def policies(shop, request):
    """Of the namespace for what runs and whom it gives rights, of the cluster for what stands in no namespace."""
    shop.gate(actions=[{"effects": ["RunsCode", "Identity"]}], whilePending="Reject", **{"except": ACCOUNTS})
    name = f"plans-{shop.name}"
    shop.cluster.apply(objects.policy(name, actions=[{"effects": ["Identity"]}], whilePending="Reject", **{"except": ACCOUNTS},
                                      subjects=[{"kind": "Agent", "name": AGENT_NAME}],
                                      namespaceSelector={"matchLabels": {"kubernetes.io/metadata.name": shop.name}}))
    request.addfinalizer(lambda: shop.cluster.admin("delete", "clusterapprovalpolicy", name))
    wait_for_policy(shop.cluster, "clusterapprovalpolicy", name)


@pytest.fixture
def kubelet(shop):
    """There is no node: whatever pod a Job makes has ended well."""
    done = threading.Event()

    def run():
        while not done.wait(0.3):
            for pod in shop.get("pods")["items"]:
                if pod["status"].get("phase") != "Succeeded" and "job-name" in pod["metadata"].get("labels", {}):
                    shop.cluster.kubectl("admin", "-n", shop.name, "patch", "pod", pod["metadata"]["name"], "--subresource=status", "-p",
                                         json.dumps({"status": {"phase": "Succeeded"}}))
    thread = threading.Thread(target=run)
    thread.start()
    yield
    done.set()
    thread.join()


def plan_of_release(cli, helm, name, chart, *values):
    rendered = helm("template", name, chart, *values)
    assert rendered.returncode == 0, rendered.stderr
    return asked(cli, "-f", "-", "--release", name, "-m", WHY, stdin=rendered.stdout)


def install(cli, shop, helm, name, chart, *values):
    """One round of approvals, and then an ordinary install."""
    plan = plan_of_release(cli, helm, name, chart, *values)
    wanted = [each for each in plan["objects"] if each["answer"] == "asked"]
    approve_plan(cli, shop, plan["plan"], len(wanted))
    done = helm("install", name, chart, *values)
    assert done.returncode == 0, done.stderr
    assert "STATUS: deployed" in done.stdout
    assert {state_of(each) for each in of_plan(shop, plan["plan"])} == {"Used"}
    return plan


def test_the_chart_that_helm_create_makes_comes_through_after_one_round(cli, shop, helm, unbound):
    assert helm("create", "app").returncode == 0
    shop.gate(actions=RUNS_CODE, whilePending="Reject")
    plan = install(cli, shop, helm, "app", "./app")
    assert answers(plan) == {"ServiceAccount app": "free", "Service app": "free", "Deployment app": "asked"}
    shop.get("deployment", "app")


@pytest.mark.parametrize("helm", ["4"], indirect=True)
def test_an_upgrade_comes_through_after_one_round(cli, shop, helm, unbound):
    assert helm("create", "app").returncode == 0
    shop.gate(actions=RUNS_CODE, whilePending="Reject")
    install(cli, shop, helm, "app", "./app")
    newer = ["--set", "image.tag=2"]
    plan = plan_of_release(cli, helm, "app", "./app", *newer)
    assert answers(plan)["Deployment app"] == "asked"
    approve_plan(cli, shop, plan["plan"], 1)
    done = helm("upgrade", "app", "./app", *newer)
    assert done.returncode == 0, done.stderr
    assert {state_of(each) for each in of_plan(shop, plan["plan"])} == {"Used"}


def test_a_chart_of_ingress_nginxs_shape_comes_through_after_one_round(cli, shop, helm, unbound, kubelet, request):
    policies(shop, request)
    plan = install(cli, shop, helm, shop.name, CHARTS / "ingress")
    wanted = {each for each, answer in answers(plan).items() if answer == "asked"}
    assert wanted >= {f"Deployment {shop.name}", f"Job {shop.name}-admission-create", f"RoleBinding {shop.name}",
                      f"ClusterRoleBinding {shop.name}"}, plan
    assert len(of_plan(shop, plan["plan"])) == len(wanted) and not shop.requests("Pending")


def test_a_chart_with_hooks_comes_through_after_one_round(cli, shop, helm, unbound, kubelet):
    shop.gate(actions=RUNS_CODE, whilePending="Reject")
    plan = install(cli, shop, helm, "app", CHARTS / "hooks")
    # What does not run at an install is not asked about.
    assert set(answers(plan)) == {"ConfigMap app", "Deployment app", "Job app-pre-install", "Job app-post-install"}
    assert not shop.requests("Pending")
