"""What each right of test_rights.py is good for, to somebody who has nothing else but what every agent may have."""
import base64
import http.client
import json
import secrets
import ssl
import urllib.parse

import yaml

import objects

RBAC = "/apis/rbac.authorization.k8s.io/v1"
HOOKS = "/apis/admissionregistration.k8s.io/v1"
CERTIFICATES = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
SECRETS = "/api/v1/namespaces/sallyport-system/secrets"
SEAL_KEY = f"{SECRETS}/sallyport-seal-key"
MERGE = "application/merge-patch+json"
EVERYTHING = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]


def rule(verbs, group, *resources, **more):
    return {"verbs": verbs.split(","), "apiGroups": [group], "resources": list(resources), **more}


# Without these, some rights are not enough by themselves; nobody counts them as harmful.
COMPANIONS = {
    "impersonating groups": [rule("impersonate", "", "users", resourceNames=["nobody"])],
    "binding roles": [rule("create", "rbac.authorization.k8s.io", "rolebindings")],
    "approving certificate requests": [rule("approve", "certificates.k8s.io", "signers")],
    "signing": [rule("update", "certificates.k8s.io", "certificatesigningrequests/status")],
}


class Thief:
    """An account that has one right, and its companions."""

    def __init__(self, cluster, namespace, name):
        config = yaml.safe_load((cluster.folder / "kubeconfig").read_text())
        server = config["clusters"][0]["cluster"]
        self.authority = base64.b64decode(server["certificate-authority-data"]).decode()
        self.address = urllib.parse.urlsplit(server["server"]).netloc
        self.cluster, self.namespace, self.name = cluster, namespace, name
        self.token = cluster.admin("-n", namespace, "create", "token", name).strip()

    def call(self, method, path, body=None, content_type="application/json", **headers):
        connection = http.client.HTTPSConnection(self.address, context=ssl.create_default_context(cadata=self.authority), timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), {
                "Authorization": f"Bearer {self.token}", "Content-Type": content_type,
                **{name.replace("_", "-"): value for name, value in headers.items()}})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def succeeds(self, method, path, *arguments, holding="", **headers):
        status, text = self.call(method, path, *arguments, **headers)
        assert status in (200, 201) and holding in text, f"{method} {path}: {status} {text[:400]}"

    def is_not_forbidden(self, method, path):
        """There is no node to go on to."""
        status, text = self.call(method, path)
        assert status in (404, 502, 503), f"{method} {path}: {status} {text[:400]}"

    # --- deeds ---

    def acts_as(self, user, **headers):
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        self.succeeds("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review, holding=f'"{user}"', Impersonate_User=user,
                      **headers)

    def acts_as_the_administrators(self):
        self.acts_as("anybody", Impersonate_Group="system:masters")
        self.succeeds("GET", SEAL_KEY, Impersonate_User="anybody", Impersonate_Group="system:masters", holding="seal.key")

    def acts_for_a_group(self):
        self.acts_as("nobody", Impersonate_Group="system:masters")

    def gets_the_key(self):
        self.succeeds("GET", SEAL_KEY, holding='"seal.key"')

    def lists_secrets(self):
        self.succeeds("GET", SECRETS, holding='"seal.key"')

    def watches_secrets(self):
        self.succeeds("GET", f"{SECRETS}?watch=1&timeoutSeconds=1", holding='"seal.key"')

    def lists_one_secret(self):
        self.succeeds("GET", f"{SECRETS}?fieldSelector=metadata.name%3Dsallyport-keys", holding='"locked"')

    def writes_as_a_trial(self, method, path, *arguments):
        self.succeeds(method, f"{path}?dryRun=All", *arguments)

    def adds_a_webhook(self):
        self.writes_as_a_trial("POST", f"{HOOKS}/mutatingwebhookconfigurations", {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": "a-thief"},
            "webhooks": [{"name": "a.thief.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": "Ignore",
                          "clientConfig": {"url": "https://127.0.0.1:1/x"},
                          "rules": [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}]}]})

    def adds_a_rewriting_policy(self):
        self.writes_as_a_trial("POST", f"{HOOKS}/mutatingadmissionpolicies", {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy", "metadata": {"name": "a-thief"},
            "spec": {"failurePolicy": "Ignore", "reinvocationPolicy": "Never", "matchConstraints": {"resourceRules": [
                {"apiGroups": ["sallyport.dev"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}]},
                "mutations": [{"patchType": "JSONPatch", "jsonPatch": {
                    "expression": "[JSONPatch{op: 'remove', path: '/spec/reason'}]"}}]}})

    def makes_the_binding_audit(self):
        binding = self.cluster.get("validatingadmissionpolicybinding", "sallyport-requests")
        binding["spec"]["validationActions"] = ["Audit"]
        self.writes_as_a_trial("PUT", f"{HOOKS}/validatingadmissionpolicybindings/sallyport-requests", binding)

    def binds_itself(self):
        self.writes_as_a_trial("POST", f"{RBAC}/namespaces/{self.namespace}/rolebindings", {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "a-thief"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": self.name, "namespace": self.namespace}]})

    def writes_a_role_of_everything(self):
        self.writes_as_a_trial("POST", f"{RBAC}/namespaces/{self.namespace}/roles", {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "a-thief"}, "rules": EVERYTHING})

    def certificate_request(self):
        """For a reviewer's name and group."""
        name = f"thief-{secrets.token_hex(4)}"
        self.cluster.apply(objects.certificate_request(name, "kubernetes.io/kube-apiserver-client", "/CN=alice/O=reviewers"))
        return self.cluster.get("csr", name)

    def approves_a_certificate(self):
        asked = self.certificate_request()
        asked["status"] = {"conditions": [{"type": "Approved", "status": "True", "reason": "x", "message": "x"}]}
        self.writes_as_a_trial("PUT", f"{CERTIFICATES}/{asked['metadata']['name']}/approval", asked)
        self.cluster.admin("delete", "csr", asked["metadata"]["name"])

    def signs_a_certificate(self):
        asked = self.certificate_request()
        asked["status"] = {"certificate": base64.b64encode(self.authority.encode()).decode()}
        self.writes_as_a_trial("PUT", f"{CERTIFICATES}/{asked['metadata']['name']}/status", asked)
        self.cluster.admin("delete", "csr", asked["metadata"]["name"])


DEEDS = {
    "every verb on the core group": Thief.acts_as_the_administrators,
    "everything": Thief.acts_as_the_administrators,
    "reading everything": Thief.gets_the_key,
    "reading the core group": Thief.lists_secrets,
    "reading Secrets": Thief.gets_the_key,
    "listing Secrets": Thief.lists_secrets,
    "watching Secrets of every group": Thief.watches_secrets,
    "reading the key of seals by name": Thief.gets_the_key,
    "listing the keys by name": Thief.lists_one_secret,
    "editing webhooks": lambda thief: thief.writes_as_a_trial("PATCH", f"{HOOKS}/mutatingwebhookconfigurations/sallyport-requests",
                                                              {"webhooks": []}, MERGE),
    "deleting the gate by name": lambda thief: thief.writes_as_a_trial("DELETE", f"{HOOKS}/validatingwebhookconfigurations/sallyport-gate"),
    "making a mutating webhook": Thief.adds_a_webhook,
    "deleting all policies": lambda thief: thief.writes_as_a_trial("DELETE", f"{HOOKS}/validatingadmissionpolicies"),
    "editing our policy's binding": Thief.makes_the_binding_audit,
    "rewriting by policies": Thief.adds_a_rewriting_policy,
    "every verb on users": lambda thief: thief.acts_as("alice"),
    "impersonating groups": Thief.acts_for_a_group,
    "impersonating accounts": lambda thief: thief.acts_as("system:serviceaccount:sallyport-system:sallyport"),
    "proxies of nodes": lambda thief: thief.is_not_forbidden("GET", "/api/v1/nodes/none/proxy/pods"),
    "every proxy": lambda thief: thief.is_not_forbidden("POST", "/api/v1/nodes/none/proxy/run/a/b/c"),
    "binding roles": Thief.binds_itself,
    "every verb on roles": Thief.writes_a_role_of_everything,
    "approving certificate requests": Thief.approves_a_certificate,
    "signing": Thief.signs_a_certificate,
}
