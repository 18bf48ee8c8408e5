"""The policies of the benchmark, none of which matches its reviews; made through the API, many at once."""
import concurrent.futures
import http.client
import json
import ssl
import threading

API = "/apis/sallyport.dev/v1alpha1"
NAMESPACES = 1000
OTHERS = [("apps", "statefulsets"), ("apps", "daemonsets"), ("batch", "jobs"), ("batch", "cronjobs"), ("", "services"),
          ("", "persistentvolumeclaims"), ("networking.k8s.io", "ingresses"), ("networking.k8s.io", "networkpolicies"),
          ("autoscaling", "horizontalpodautoscalers"), ("policy", "poddisruptionbudgets")]


def action(group, resource, operations=("UPDATE",), labels=None):
    rule = {"apiGroups": [group], "apiVersions": ["*"], "operations": list(operations), "resources": [resource]}
    return {"resourceRules": [rule]} | ({"objectSelector": {"matchLabels": labels}} if labels else {})


def policy(name, action_, namespace=None, **more):
    approval = {"requirements": [{"name": "owner", "count": 1, "approvers": [{"kind": "Group", "name": "reviewers"}]}],
                "validFor": "15m"}
    spec = {"enforcement": "Enforce", "actions": [action_], "approval": approval, "whilePending": "Hold", **more}
    meta = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "sallyport.dev/v1alpha1", "kind": "ApprovalPolicy" if namespace else "ClusterApprovalPolicy",
            "metadata": meta, "spec": spec}


def same_resource(i):
    return policy(f"same-{i}", action("apps", "deployments", labels={"app": f"other-{i}"}))


def other_resource(i):
    return policy(f"other-{i}", action(*OTHERS[i % len(OTHERS)]))


def in_namespace(i):
    """In the reviews' own namespace too: of the same resources, but other labels or operations."""
    kinds = [action("apps", "deployments", labels={"tier": f"frozen-{i}"}), action("", "secrets"),
             action("", "configmaps", ("DELETE",))]
    return policy(f"local-{i}", kinds[i // NAMESPACES % len(kinds)], f"shop-{i % NAMESPACES}")


def spread(count):
    """One third the same resource with selectors that do not match, one third others, one third over the namespaces."""
    makers = [same_resource, other_resource, in_namespace]
    return [makers[i % 3](i // 3) for i in range(count)]


class Api:
    """The API server, as admin: a connection for each thread."""

    def __init__(self, folder, threads=12):
        self.port = int((folder / "ports" / "kube-apiserver").read_text())
        self.context = ssl.create_default_context(cafile=folder / "pki" / "ca.crt")
        self.context.load_cert_chain(folder / "pki" / "admin.crt", folder / "pki" / "admin.key")
        self.threads, self.local = threads, threading.local()

    def call(self, method, path, body=None):
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPSConnection("localhost", self.port, context=self.context)
        try:
            answer, text = self.exchange(method, path, body)
        except (http.client.RemoteDisconnected, ConnectionError):  # it was idle for too long
            self.local.connection.close()
            answer, text = self.exchange(method, path, body)
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:500]}")
        return json.loads(text)

    def exchange(self, method, path, body):
        headers = {"Content-Type": "application/json"}
        self.local.connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = self.local.connection.getresponse()
        return answer, answer.read()

    def create(self, thing):
        plural = {"Namespace": "namespaces", "ApprovalPolicy": "approvalpolicies",
                  "ClusterApprovalPolicy": "clusterapprovalpolicies"}[thing["kind"]]
        root = API if thing["kind"].endswith("Policy") else "/api/v1"
        namespace = thing["metadata"].get("namespace")
        self.call("POST", f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}", thing)

    def create_all(self, things):
        with concurrent.futures.ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(self.create, things))

    def create_namespaces(self, count):
        self.create_all({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"shop-{i}"}} for i in range(count))

    def delete_policy(self, namespace, name):
        self.call("DELETE", f"{API}/namespaces/{namespace}/approvalpolicies/{name}")

    def delete_requests(self, namespace):
        self.call("DELETE", f"{API}/namespaces/{namespace}/approvalrequests")

    def not_ready(self):
        """Policies that do not yet say of themselves that they are in force."""
        count = 0
        for plural in ("approvalpolicies", "clusterapprovalpolicies"):
            for item in self.call("GET", f"{API}/{plural}")["items"]:
                conditions = item.get("status", {}).get("conditions", [])
                count += not any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
        return count
