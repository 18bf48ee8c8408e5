"""The API server over HTTP, on a connection that stays open, and what it says that it serves."""
import base64
import dataclasses
import http.client
import json
import ssl
import tempfile
import urllib.parse

import yaml

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"
JSON = "application/json"
# Kinds of questions: nothing of theirs is stored.
QUESTIONS = {"authentication.k8s.io", "authorization.k8s.io"}


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    warnings: tuple
    text: str

    @property
    def ok(self):
        return 200 <= self.status < 300

    @property
    def object(self):
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Login:
    """Out of a kubeconfig: where the API server is, and how to say who calls."""

    def __init__(self, path):
        config = yaml.safe_load(path.read_text())
        server, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.address = urllib.parse.urlsplit(server["server"]).netloc
        self.context = ssl.create_default_context(cadata=base64.b64decode(server["certificate-authority-data"]).decode())
        self.headers = {"Authorization": f"Bearer {user['token']}"} if "token" in user else {}
        if "client-certificate-data" in user:
            with tempfile.NamedTemporaryFile("wb") as both:
                both.write(b"".join(base64.b64decode(user[f"client-{part}-data"]) for part in ("certificate", "key")))
                both.flush()
                self.context.load_cert_chain(both.name)

    def connect(self, timeout=30):
        return http.client.HTTPSConnection(self.address, context=self.context, timeout=timeout)


class Client:
    """For one thread."""

    def __init__(self, login):
        self.login, self.connection = login, login.connect()

    def call(self, method, path, body=None, content_type=JSON):
        text = None if body is None else json.dumps(body)
        try:
            return self._call(method, path, text, content_type)
        except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLError):  # closed while nobody called
            self.connection.close()
            return self._call(method, path, text, content_type)

    def _call(self, method, path, text, content_type):
        try:
            self.connection.request(method, path, text, {"Content-Type": content_type, "Accept": JSON, **self.login.headers})
            answer = self.connection.getresponse()
            return Answer(answer.status, tuple(answer.headers.get_all("Warning") or ()), answer.read().decode(errors="replace"))
        except TimeoutError:  # somebody else is connected to, who does not answer
            self.connection.close()
            return Answer(504, (), "no answer in time")
        except OSError:
            self.connection.close()
            raise

    def must(self, method, path, body=None, content_type=JSON):
        answer = self.call(method, path, body, content_type)
        assert answer.ok, f"{method} {path}: {answer.status} {answer.text[:600]}\n{json.dumps(body)}"
        return answer.object


@dataclasses.dataclass(frozen=True)
class Resource:
    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    verbs: frozenset
    parts: frozenset  # names of subresources

    @property
    def name(self):
        return f"{self.group or 'core'}/{self.plural}"

    @property
    def api_version(self):
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace=None, name=None, part=None):
        base = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        steps = [base, *(["namespaces", namespace] if namespace else []), self.plural, *([name] if name else []), *([part] if part else [])]
        return "/".join(steps)


def discover(client):
    """{name: Resource} of all that is stored, each in the version that the server prefers."""
    bases = [("", "v1", "/api/v1")] + [(group["name"], *group["preferredVersion"]["groupVersion"].split("/")[1:],
                                        f"/apis/{group['preferredVersion']['groupVersion']}")
                                       for group in client.must("GET", "/apis")["groups"]]
    found = {}
    for group, version, base in bases:
        if group in QUESTIONS:
            continue
        listed = client.call("GET", base).object.get("resources", ())  # nobody may stand behind an API that an agent has made
        for each in listed:
            if "/" in each["name"]:
                continue
            parts = frozenset(other["name"].partition("/")[2] for other in listed if other["name"].startswith(f"{each['name']}/"))
            resource = Resource(group, version, each["name"], each["kind"], each["namespaced"], frozenset(each["verbs"]), parts)
            found[resource.name] = resource
    return found
