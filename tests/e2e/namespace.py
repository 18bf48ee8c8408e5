"""One namespace of a test: a deployment `api`, a policy, and what the agent and the reviewers do there."""
import json

import objects
from harness import AGENT, wait_for


class Namespace:
    def __init__(self, cluster, name):
        self.cluster = cluster
        self.name = name
        self.started = []

    # --- kubectl in this namespace ---

    def start(self, who, *arguments, stdin=None):
        self.started.append(self.cluster.start(who, "-n", self.name, *arguments, stdin=stdin))
        return self.started[-1]

    def kill_all(self):
        """What a failed test has left waiting would be in the next one's way."""
        for running in self.started:
            running.kill()

    def kubectl(self, who, *arguments, stdin=None, timeout=90):
        return self.start(who, *arguments, stdin=stdin).finish(timeout)

    def get(self, *arguments):
        return self.cluster.get("-n", self.name, *arguments)

    # --- policies ---

    def gate(self, name="gate", **changes):
        """Makes or edits a policy here, as objects.policy_spec says with these changes, and waits until it is in force."""
        self.cluster.apply(objects.policy(name, self.name, **changes))
        wait_for_policy(self.cluster, "-n", self.name, "approvalpolicy", name)

    # --- the agent's usual action ---

    def image(self):
        return self.get("deployment", "api")["spec"]["template"]["spec"]["containers"][0]["image"]

    def tag(self):
        return self.image().rpartition(":")[2]

    def start_set_image(self, tag, who="agent"):
        return self.start(who, "set", "image", "deployment/api", f"api={objects.IMAGE}:{tag}")

    def set_image(self, tag, who="agent", timeout=90):
        return self.start_set_image(tag, who).finish(timeout)

    def set_image_because(self, reason, tag):
        """With the agent's reason in the same write: one that stood there before is not its word."""
        patch = {"metadata": {"annotations": {"sallyport.dev/reason": reason}},
                 "spec": {"template": {"spec": {"containers": [{"name": "api", "image": f"{objects.IMAGE}:{tag}"}]}}}}
        return self.kubectl("agent", "patch", "deployment", "api", "-p", json.dumps(patch))

    def rejected(self, tag):
        """The agent tries under `whilePending: Reject`, and is told to come back; the request."""
        result = self.set_image(tag)
        assert not result.ok and "code=ApprovalRequired" in result.stderr, result
        return self.request()

    def rejected_beside_others(self, tag):
        """The same, where other requests are open: the new one's name."""
        known = {each["metadata"]["name"] for each in self.requests()}
        result = self.set_image(tag)
        assert not result.ok and "code=ApprovalRequired" in result.stderr, result
        name, = {each["metadata"]["name"] for each in self.requests()} - known
        return name

    # --- requests ---

    def requests(self, state=None):
        found = sorted(self.get("approvalrequests")["items"], key=lambda each: each["metadata"]["creationTimestamp"])
        return [each for each in found if state in (None, state_of(each))]

    def request(self, state="Pending", seconds=30):
        """The one request in this state; waits for it."""
        found = wait_for(f"a request in state {state} in {self.name}", lambda: self.requests(state), seconds)
        assert len(found) == 1, [each["metadata"]["name"] for each in found]
        return found[0]

    def again(self, request):
        """The request as it stands now."""
        return self.get("approvalrequest", request["metadata"]["name"])

    def wait_for_state(self, request, state, seconds=30):
        def reached():
            now = self.again(request)
            return now if state_of(now) == state else None
        return wait_for(f"{request['metadata']['name']} to be {state}", reached, seconds)

    def decide(self, who, request, verdict, comment="", **more):
        """The very patch that people send."""
        decision = {"verdict": verdict, **({"comment": comment} if comment else {}), **more}
        return self.kubectl(who, "patch", "approvalrequest", request["metadata"]["name"], "--type=merge",
                            "-p", json.dumps({"spec": {"decision": decision}}))

    def approve(self, who, request, comment="LGTM"):
        return self.decide(who, request, "Approve", comment).must()

    def approved(self, who, request):
        """Approves and waits for the decision."""
        self.approve(who, request)
        return self.wait_for_state(request, "Approved")

    # --- what is left behind ---

    def agent_calls(self, verb="patch"):
        """The agent's calls for the deployment here, out of the API server's audit log."""
        return [entry for entry in self.cluster.audit(self.name)
                if entry["user"]["username"] == AGENT and entry["verb"] == verb
                and entry.get("objectRef", {}).get("namespace") == self.name
                and entry["objectRef"].get("resource") == "deployments"]

    def told_to_come_again(self):
        """How many of the agent's calls here, whatever they were for, were answered with 429."""
        return sum(entry["user"]["username"] == AGENT and entry["responseStatus"]["code"] == 429
                   for entry in self.cluster.audit(self.name))

    def agent_codes(self):
        return [entry["responseStatus"]["code"] for entry in self.agent_calls()]

    def records(self, event=None):
        """What the replicas' logs say about this namespace."""
        return [record for record in self.cluster.journal(containing=self.name)
                if event in (None, record["event"])
                and (record.get("namespace") == self.name or record.get("request", "").startswith(f"{self.name}/"))]

    def uses(self):
        """Of all requests here, as etcd has them."""
        return [use for request in self.requests() for use in request.get("status", {}).get("uses", [])]

    def uses_in_log(self):
        """Uses that the log knows to be done. An intent without an outcome is a fault."""
        outcomes = {record["intent"]: record for record in self.records("outcome")}
        done = 0
        for intent in self.records("intent"):
            if intent["kind"] == "use":
                outcome = outcomes[intent["intent"]]
                done += "done" in (outcome["result"], outcome.get("came_of_it"))
        return done


def state_of(request):
    return request.get("status", {}).get("state")


def wait_for_policy(cluster, *which):
    """Ready for its present generation, and taken up by every replica, as each one's log says."""
    def ready():
        policy = cluster.get(*which)
        status = policy.get("status", {})
        return status.get("observedGeneration") == policy["metadata"]["generation"] and any(
            each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions", [])) and policy

    policy = wait_for(f"{which[-2]} {which[-1]} to be ready", ready)["metadata"]
    wait_for_log_of_policy(cluster, policy["uid"], lambda change, generation: generation == policy["generation"])


def wait_for_end_of_policy(cluster, uid):
    wait_for_log_of_policy(cluster, uid, lambda change, _: change == "deleted")


def wait_for_log_of_policy(cluster, uid, is_meant):
    def said(replica):
        try:
            return is_meant(*(cluster.says_of_policy(replica, uid) or (None, None)))
        except FileNotFoundError:
            return False  # a file was closed or compressed while it was looked for
    wait_for("all replicas to know the policy", lambda: all(map(said, cluster.running())))
