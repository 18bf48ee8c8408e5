"""The replica that is attacked: where it listens, the path that proves a caller, and what it must never do."""
import json
import time

import http_call
from harness import free_port
from reviews import CANARY

REPLICA = 2  # 0 and 1 share the port that the API server calls


class Target:
    def __init__(self, cluster, good_review):
        self.cluster = cluster
        self.good_review = good_review
        self.port = free_port()
        cluster.start_replica(REPLICA, "--webhook-port", self.port)
        self.process = self.pid()
        self.looked_at_path, self.last_path = 0.0, ""

    def stop(self):
        self.cluster.stop_replica(REPLICA)

    # --- calls ---

    @property
    def path(self):
        """It is replaced now and then, and the one before proves a caller for ten seconds more."""
        if time.monotonic() - self.looked_at_path > 5:
            self.looked_at_path, self.last_path = time.monotonic(), self.cluster.path()
        return self.last_path

    def connect(self, **options):
        return http_call.connect(self.port, **options)

    def head(self, body_size, route="admit", **changes):
        return http_call.head(f"/{self.path}/{route}?timeout=10s", body_size, **changes)

    def exchange(self, data):
        """Sends these bytes on a connection of its own; the answer, which tells no secret."""
        with self.connect() as connection:
            connection.send(data)
            answer = connection.read_answer()
        self.must_have_told_nothing(answer.raw)
        return answer

    def post(self, body, route="admit"):
        return self.exchange(self.head(len(body), route) + body)

    def good_call(self):
        body = json.dumps(self.good_review).encode()
        return self.head(len(body)) + body

    # --- what must hold ---

    def must_answer_a_good_call(self):
        self.must_be_good(self.exchange(self.good_call()))

    def must_be_good(self, answer):
        assert answer.status == 200, answer
        assert answer.response == {"uid": self.good_review["request"]["uid"], "allowed": True}, answer

    def must_be_alive(self):
        assert REPLICA in self.cluster.running() and self.pid() == self.process

    def must_have_opened_nothing(self):
        kinds = {record.get("kind") for record in self.journal() if record["event"] == "intent"}
        assert not kinds, kinds

    def must_have_told_nothing(self, text):
        if isinstance(text, bytes):
            text = text.decode(errors="replace")
        assert CANARY not in text, text[:2000]
        assert self.path not in text, "the path was told"

    def stderr(self):
        return self.cluster.stderr_logs()[str(REPLICA)]

    # --- how it is ---

    def pid(self):
        return self.cluster.pid(REPLICA)

    def metric(self, name):
        return self.cluster.metric(REPLICA, name)

    def journal(self):
        return self.cluster.journal(str(REPLICA))

    def events(self, name):
        return self.metric(f'sallyport_net_events_total{{event="{name}"}}')
