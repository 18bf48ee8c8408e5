"""What stands in the cluster, by watching all of it, and what has changed in each cell."""
import dataclasses
import json
import re
import threading
import time

CELL = re.compile(r"fz\d+")
MARKERS = "markers"
PAUSE = 0.3  # between two of them, in seconds


@dataclasses.dataclass(frozen=True, order=True)
class Key:
    resource: str
    namespace: str
    name: str

    def __str__(self):
        return "/".join(filter(None, (self.resource, self.namespace, self.name)))


@dataclasses.dataclass(frozen=True)
class Change:
    key: Key
    before: dict | None
    after: dict | None


def becomes_true(condition, seconds, every=0.02):
    """Whether it did in that time. By looking again and again: to be told of each event would cost more."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


class Mirror:
    """Threads, one for each kind, which end with `stop`."""

    def __init__(self, login, resources):
        self.login, self.resources, self.lock, self.stopped = login, resources, threading.Lock(), False
        self.cells = {}    # cell: {key: object}; "" for what belongs to none
        self.changes = {}  # cell: [Change] since it was last asked
        self.cell_of = {}  # of objects whose names do not say it
        self.last_news = {}  # cell: when something changed there
        self.marked = 0  # how far Markers have come
        watched = [each for each in resources.values() if {"list", "watch"} <= each.verbs]
        self.unlisted = {each.name for each in watched}
        for each in watched:
            threading.Thread(target=self._follow, args=(each,), daemon=True).start()

    def wait_until_listed(self, seconds=60):
        assert becomes_true(lambda: not self.unlisted, seconds), f"could not be listed: {sorted(self.unlisted)}"

    def stop(self):
        self.stopped = True

    def _follow(self, resource):
        while not self.stopped:
            connection = self.login.connect(timeout=3700)
            try:
                version = self._list(connection, resource)
                self.unlisted.discard(resource.name)
                self._watch(connection, resource, version)
            except (OSError, ValueError):
                time.sleep(0.5)  # the API server is away, or does not remember that version
            finally:
                connection.close()

    def _request(self, connection, path):
        connection.request("GET", path, headers=self.login.headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise ValueError(answer.read())
        return answer

    def _list(self, connection, resource):
        found = json.loads(self._request(connection, resource.path()).read())
        seen = {self._take(resource, thing) for thing in found["items"]}
        with self.lock:
            gone = [key for things in self.cells.values() for key in things if key.resource == resource.name and key not in seen]
        for key in gone:
            self._put(key, None)
        return found["metadata"]["resourceVersion"]

    def _watch(self, connection, resource, version):
        answer = self._request(connection, f"{resource.path()}?watch=1&resourceVersion={version}&timeoutSeconds=3600")
        for line in iter(answer.readline, b""):
            event = json.loads(line)
            if event["type"] == "ERROR" or self.stopped:
                return
            self._take(resource, event["object"], gone=event["type"] == "DELETED")

    def _take(self, resource, thing, gone=False):
        metadata = thing["metadata"]
        metadata.pop("managedFields", None)
        key = Key(resource.name, metadata.get("namespace", ""), metadata["name"])
        thing |= {"apiVersion": resource.api_version, "kind": resource.kind}
        self._put(key, None if gone else thing, (metadata.get("labels") or {}).get("cell", ""))
        return key

    def _put(self, key, thing, label=""):
        with self.lock:
            cell = self._cell(key, label)
            things = self.cells.setdefault(cell, {})
            before = things.get(key)
            if thing is None:
                things.pop(key, None)
            else:
                things[key] = thing
            if before != thing:
                if cell:
                    self.changes.setdefault(cell, []).append(Change(key, before, thing))
                    self.last_news[cell] = time.monotonic()
                elif key.namespace == MARKERS and key.resource == "apps/replicasets" and thing:
                    if thing["metadata"]["generation"] == thing["status"].get("observedGeneration"):
                        self.marked = thing["spec"].get("minReadySeconds", 0)

    def _cell(self, key, label=""):
        """Which cell an object belongs to: by its namespace, its name or, once, its label."""
        for text in (key.namespace, key.name):
            if found := CELL.search(text):
                return found[0]
        if not key.namespace and CELL.fullmatch(label):
            self.cell_of.setdefault(key, label)
        return self.cell_of.get(key, "")

    # --- what others ask ---

    def standing_in(self, cell):
        """{key: object} of a cell. Nobody may change the objects."""
        with self.lock:
            return dict(self.cells.get(cell, {}))

    def get(self, key):
        with self.lock:
            return self.cells.get(self._cell(key), {}).get(key)

    def take_changes(self, cell, version=None):
        """What has changed since this was last asked, each object once; what is again as it was is left out. The change by which an object
        got the given version stands by itself: (that one or None, all others)."""
        with self.lock:
            news = self.changes.pop(cell, ())
        own = next((each for each in news if version and each.after and each.after["metadata"]["resourceVersion"] == version), None)
        changes = {}
        for each in news:
            if each is not own:
                changes[each.key] = Change(each.key, changes.get(each.key, each).before, each.after)
        return own, [each for each in changes.values() if each.before != each.after]

    def forget(self, cell):
        with self.lock:
            self.changes.pop(cell, None)

    def has_seen(self, key, version, seconds=3):
        """Waits until this version of an object, or what came after it, has been seen."""
        def seen():
            known = self.get(key)
            return known is not None and int(known["metadata"]["resourceVersion"]) >= int(version)
        return becomes_true(seen, seconds)

    def is_quiet(self, cell, seconds):
        with self.lock:
            return time.monotonic() - self.last_news.get(cell, 0) >= seconds


class Markers:
    """Tells up to which moment the controllers have come: a Deployment that is changed last has its ReplicaSet changed, and that has been
    looked at by its own controller."""

    def __init__(self, client, mirror, deployments):
        self.client, self.mirror, self.path = client, mirror, deployments.path(MARKERS)
        self.settled, self.stopped = 0.0, False
        client.call("POST", "/api/v1/namespaces", {"metadata": {"name": MARKERS}})
        labels = {"app": "marker"}
        client.call("POST", self.path, {"metadata": {"name": "marker"}, "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": {"containers": [{"name": "m", "image": "registry.example/m:1"}]}}}})
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self):
        self.stopped = True
        self.thread.join(60)

    def _run(self):
        number = int(time.time()) % 1000000
        while not self.stopped:
            begun, number = time.monotonic(), number + 1
            self.client.call("PATCH", f"{self.path}/marker", {"spec": {"minReadySeconds": number, "progressDeadlineSeconds": number + 600}},
                             "application/merge-patch+json")
            if becomes_true(lambda number=number: self.mirror.marked >= number, 30):
                self.settled = begun
            time.sleep(max(0, begun + PAUSE - time.monotonic()))

    def wait(self, moment, seconds=15):
        """Until what was written before that moment has had its consequences; whether it has."""
        return becomes_true(lambda: self.settled > moment, seconds)
