"""Reads objects from the API server as its admin, and makes new ones, on one connection: tests look again and again until
something is there, and a process of kubectl for each look would be most of what they cost."""
import base64
import http.client
import json
import ssl
import tempfile
import threading
import urllib.parse

import yaml

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
OPTIONS = {"-l": "labelSelector", "--field-selector": "fieldSelector"}


def connect_as(kubeconfig):
    """A way to make connections with the certificate that a kubeconfig holds."""
    config = yaml.safe_load(kubeconfig.read_text())
    server, user = config["clusters"][0]["cluster"], config["users"][0]["user"]

    def data(where, name):
        return base64.b64decode(where[f"{name}-data"]).decode()

    context = ssl.create_default_context(cadata=data(server, "certificate-authority"))
    with tempfile.NamedTemporaryFile("w") as both:
        both.write(data(user, "client-certificate") + data(user, "client-key"))
        both.flush()
        context.load_cert_chain(both.name)
    address = urllib.parse.urlsplit(server["server"]).netloc
    return lambda: http.client.HTTPSConnection(address, context=context, timeout=30)


class ApiReader:
    """For any thread. What it cannot tell from a command's words it leaves to kubectl."""

    def __init__(self, kubeconfig):
        self.kubeconfig, self.mine = kubeconfig, threading.local()
        self.kinds = {}  # by where they are served and what they are called
        self.resources = {}  # by each of its names: the path that they are served at, and whether they have a namespace

    def get(self, *arguments):
        """As `kubectl get ARGUMENTS -o json` prints it; nothing where that has to be asked."""
        path = self.path_of(arguments)
        if path is None:
            return None
        status, text = self.read(path)
        assert status == 200, f"get {' '.join(map(str, arguments))}: {status} {text}"
        found = json.loads(text)
        items = found.get("items")
        for item in [found] if items is None else items:
            item.setdefault("apiVersion", found["apiVersion"])
            item.setdefault("kind", found["kind"].removesuffix("List"))
            item["metadata"].pop("managedFields", None)
        return found if items is None else {"apiVersion": "v1", "kind": "List", "items": items}

    def create(self, thing):
        """As `kubectl apply` makes what is not there yet. False: it is there, or only kubectl knows how."""
        resource = self.resource_of(thing)
        if resource is None:
            return False
        base, name, is_namespaced = resource
        applied = {**thing, "metadata": {"annotations": {}, **thing["metadata"]}}
        if is_namespaced:
            applied["metadata"].setdefault("namespace", "default")
        annotations = {**applied["metadata"]["annotations"], LAST_APPLIED: json.dumps(applied, sort_keys=True, separators=(",", ":")) + "\n"}
        made = {**applied, "metadata": {**applied["metadata"], "annotations": annotations}}
        where = f"{base}/namespaces/{applied['metadata']['namespace']}/{name}" if is_namespaced else f"{base}/{name}"
        status, text = self.call("POST", f"{where}?fieldManager=kubectl-client-side-apply&fieldValidation=Strict", made)
        assert status in (201, 409), f"making {thing['kind']} {thing['metadata']['name']}: {status} {text}"
        return status == 201

    def resource_of(self, thing):
        """Where its kind is served, if in the version that it names."""
        group, _, version = thing["apiVersion"].rpartition("/")
        base = f"/apis/{thing['apiVersion']}" if group else f"/api/{version}"
        if (base, thing["kind"]) not in self.kinds:
            self.discover()
        return self.kinds.get((base, thing["kind"]))

    def path_of(self, arguments):
        words, namespace, query, rest = [], "default", {}, iter(map(str, arguments))
        for word in rest:
            if word == "-n":
                namespace = next(rest)
            elif word == "-A":
                namespace = None
            elif word in OPTIONS:
                query[OPTIONS[word]] = next(rest)
            else:
                words += word.split("/")
        if len(words) not in (1, 2) or any(word.startswith("-") or "," in word for word in words):
            return None
        resource = self.resource(words[0])
        if resource is None:
            return None
        base, name, is_namespaced = resource
        parts = [base, *(["namespaces", namespace] if is_namespaced and namespace else []), name, *words[1:]]
        return "/".join(parts) + (f"?{urllib.parse.urlencode(query)}" if query else "")

    def resource(self, name):
        if name not in self.resources:
            self.discover()  # it may be newer than we
        return self.resources.get(name)

    def discover(self):
        def document(path):
            return json.loads(self.read(path)[1])

        bases = [("/api/v1", "")]
        for group in document("/apis")["groups"]:
            bases.append((f"/apis/{group['preferredVersion']['groupVersion']}", group["name"]))
        for base, group in bases:
            for each in document(base).get("resources", []):
                if "/" in each["name"] or "get" not in each["verbs"]:
                    continue
                found = self.kinds[base, each["kind"]] = (base, each["name"], each["namespaced"])
                for name in (each["name"], each["singularName"], *each.get("shortNames", [])):
                    self.resources.setdefault(name, found)
                    self.resources.setdefault(f"{name}.{group}", found)

    def read(self, path):
        return self.call("GET", path)

    def call(self, method, path, body=None):
        """Once more on another connection, if the API server has ended this one: it is restarted now and then."""
        for last_try in (False, True):
            if not hasattr(self.mine, "connection"):
                self.mine.connection = connect_as(self.kubeconfig)()
            try:
                self.mine.connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
                answer = self.mine.connection.getresponse()
                return answer.status, answer.read().decode()
            except (OSError, http.client.HTTPException):
                self.mine.connection.close()
                del self.mine.connection
                if last_try:
                    raise
