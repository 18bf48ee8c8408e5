"""Sallyport beside a real control plane of its own (hack/dev.sh), with so many policies."""
import json
import os
import pathlib
import re
import subprocess
import urllib.request

from policies import API, Api, policy, action, spread
from servers import HERE, SERVER_CORE, Server, wait_for

ROOT = HERE.parents[1]


class Sallyport(Server):
    def __init__(self, folder, policies, called="Sallyport"):
        self.folder, self.policies, self.api = folder, policies, None
        self.name = f"{called}, {policies:,} {'policy' if policies == 1 else 'policies'}"

    def start(self, binary, namespaces):
        limits = ["holds.perAgent=64", "holds.total=64", "limits.openPerAgent=2000", "webhook.timeoutSeconds=30"]
        self.dev("up", "--replicas", "1", "--binary", str(binary), *[part for each in limits for part in ("--set", each)])
        self.port = int((self.folder / "webhook.port").read_text())
        self.api = Api(self.folder)
        self.api.create_namespaces(namespaces)
        self.api.create_all(spread(self.policies))
        wait_for(f"{self.policies} policies to be in force", lambda: self.metric("sallyport_policies") == self.policies, 600, 1)

    def settle(self):
        """Until it has told of each policy that it is in force, which takes minutes; then a fresh process."""
        wait_for("the policies' status", lambda: self.api.not_ready() == 0, 900, 5)
        self.restart()

    def dev(self, *arguments):
        pinned = ["taskset", "-c", SERVER_CORE] if arguments[0] == "start" else []
        done = subprocess.run([*pinned, ROOT / "hack" / "dev.sh", *arguments, "--dir", self.folder], capture_output=True, text=True,
                              env=os.environ | {"SALLYPORT_BINARY": ""}, check=False)
        if done.returncode != 0:
            raise SystemExit(f"hack/dev.sh {' '.join(arguments)}: {done.stderr}")

    def restart(self):
        """A fresh process, on one processor."""
        self.dev("stop", "0")
        self.dev("start", "0")

    def pid(self):
        return int((self.folder / "replicas" / "0" / "pid").read_text())

    def path(self):
        """The one in force: it may change while the benchmark runs."""
        gate = self.api.call("GET", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/sallyport-gate")
        return gate["webhooks"][0]["clientConfig"]["service"]["path"]

    def metric(self, name):
        address = (self.folder / "replicas" / "0" / "metrics").read_text().strip()
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))

    def unconcerned(self):
        return self.metric("sallyport_admissions_unmatched_total")

    def hold_deployments(self, namespace):
        """From now on every update of a Deployment there waits."""
        self.api.create(policy("waits", action("apps", "deployments"), namespace, holdFor="15s"))
        wait_for("the policy that holds", lambda: self.api.not_ready() == 0)

    def hold_no_more(self, namespace):
        self.api.delete_policy(namespace, "waits")
        self.restart()

    def ask_for_deployments(self, namespaces):
        """From now on every update of a Deployment there is refused and opens a request."""
        for namespace in namespaces:
            self.api.create(policy("asks", action("apps", "deployments"), namespace, whilePending="Reject"))
        wait_for("the policies that ask", lambda: self.api.not_ready() == 0)
        self.restart()

    def forget_requests(self, namespaces):
        for namespace in namespaces:
            self.api.delete_requests(namespace)
        wait_for("no request to be open", lambda: self.metric('sallyport_requests{state="Pending"}') == 0)

    def grant_uses(self, namespace, uses):
        """From now on an update of a Deployment there is asked for, and once approved may be done so often."""
        grants = policy("grants", action("apps", "deployments"), namespace, whilePending="Reject")
        grants["spec"]["approval"]["uses"] = uses
        self.api.create(grants)
        wait_for("the policy that asks", lambda: self.api.not_ready() == 0)

    def approve(self, namespace):
        """The only request there, by a reviewer."""
        request, = self.api.call("GET", f"{API}/namespaces/{namespace}/approvalrequests")["items"]
        path = re.search(r"PATH=(.*):\$PATH", (self.folder / "env").read_text()).group(1)
        subprocess.run([pathlib.Path(path) / "kubectl", "--kubeconfig", self.folder / "users" / "alice.kubeconfig", "-n", namespace, "patch",
                        "approvalrequest", request["metadata"]["name"], "--type=merge", "-p",
                        json.dumps({"spec": {"decision": {"verdict": "Approve"}}})], check=True, capture_output=True)
        wait_for("the approval", lambda: self.metric('sallyport_requests{state="Approved"}') == 1)

    def grant_no_more(self, namespace):
        self.api.delete_policy(namespace, "grants")
        self.restart()

    def ask_no_more(self, namespaces):
        for namespace in namespaces:
            self.api.delete_policy(namespace, "asks")
        self.restart()

    def stop(self):
        self.dev("down")
