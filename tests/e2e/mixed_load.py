"""Agents and reviewers who go on for as long as a test wants, whatever happens to the replicas meanwhile."""
import collections
import itertools
import random
import re
import threading
import time

import objects
from harness import Caller

JSON_PATCH, MERGE_PATCH = "application/json-patch+json", "application/merge-patch+json"
REQUEST = re.compile(r"request=([^/ ]+)/([^ \]]+)")


class MixedLoad:
    """In each namespace one agent sets one image after the other, and sends each until it is allowed or denied, or some
    seconds are over; reviewers approve, deny or do nothing; and an agent writes what is nobody's business."""

    def __init__(self, cluster, shops, seed):
        self.shops, self.random = shops, random.Random(seed)
        self.answers = collections.Counter()  # by what was called and what came
        self.allowed = collections.Counter()  # writes, by namespace
        self.reviews = []  # that were taken: (namespace, request, reviewer)
        self.asked = set()  # what the agents were told to have approved
        self.over = threading.Event()
        self.callers = {who: Caller(cluster, who) for who in ("alice", "bob", "agent", "second")}
        self.threads = [threading.Thread(target=self.set_images, args=(shop, who)) for shop, who in
                        zip(shops, itertools.cycle(("agent", "second")))]
        self.threads += [threading.Thread(target=self.review), threading.Thread(target=self.write_freely)]
        for thread in self.threads:
            thread.start()

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        for caller in self.callers.values():
            caller.close()

    def call(self, what, who, *arguments):
        """The answer's status, 0 for none, and its text. That no replica answers is part of the game."""
        try:
            status, text = self.callers[who].call(*arguments)
        except OSError:
            status, text = 0, ""
        self.answers[what, status] += 1
        return status, text

    def set_images(self, shop, who):
        path = f"/apis/apps/v1/namespaces/{shop.name}/deployments/api"
        for tag in itertools.count(100):
            patch = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": f"{objects.IMAGE}:{tag}"}]
            patient_until = time.monotonic() + 6
            while time.monotonic() < patient_until:
                if self.over.is_set():
                    return
                status, text = self.call("gated", who, "PATCH", path, patch, JSON_PATCH)
                self.allowed[shop.name] += status == 200
                if asked := REQUEST.search(text):
                    self.asked.add(asked.groups())
                if status == 200 or "code=ApprovalDenied" in text:
                    break
                self.over.wait(0.2)

    def review(self):
        verdicts = ["Approve"] * 6 + ["Deny"] * 2 + ["say nothing"]
        reviewed = set()
        while not self.over.wait(0.1):
            for namespace, name in sorted(self.asked.copy() - reviewed):
                who, verdict = self.random.choice(("alice", "bob")), self.random.choice(verdicts)
                if verdict != "say nothing":
                    decision = {"spec": {"decision": {"verdict": verdict, "comment": "under load"}}}
                    path = f"/apis/sallyport.dev/v1alpha1/namespaces/{namespace}/approvalrequests/{name}"
                    if self.call("review", who, "PATCH", path, decision, MERGE_PATCH)[0] != 200:
                        continue  # again in the next turn
                    self.reviews.append((namespace, name, who))
                reviewed.add((namespace, name))

    def write_freely(self):
        path = f"/apis/apps/v1/namespaces/{self.shops[0].name}/deployments/api"
        for number in itertools.count():
            self.call("free", "agent", "PATCH", path, {"metadata": {"labels": {"seen": str(number)}}}, MERGE_PATCH)
            if self.over.wait(0.05):
                return
