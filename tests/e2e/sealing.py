"""Seals of form 2 as Sallyport makes them, for tests in which somebody else has the key. Of requests as the API server gives them."""
import datetime
import hashlib
import hmac
import re

OPERATIONS = ["CREATE", "UPDATE", "DELETE", "CONNECT"]
STATES = ["Pending", "Approved", "Denied", "Expired", "Withdrawn", "Used", "Revoked"]
VERDICTS = ["", "Approve", "Deny", "Withdraw", "Revoke"]
UNITS = {"h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}


def micros(text):
    """Of a time since 1970, or of a duration as the policies write it."""
    if "T" in text:
        time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        return round((time - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) / datetime.timedelta(microseconds=1))
    return sum(int(count) * UNITS[unit] for count, unit in re.findall(r"(\d+)(ms|us|h|m|s)", text))


def as_time(micros_since_1970):
    time = datetime.datetime.fromtimestamp(0, datetime.timezone.utc) + datetime.timedelta(microseconds=micros_since_1970)
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Sealer:
    def __init__(self, cluster):
        self.key = cluster.key("seal.key")
        self.cluster_id = cluster.get("namespace", "kube-system")["metadata"]["uid"]

    def _sum(self, *fields):
        mac = hmac.new(self.key, digestmod=hashlib.sha256)
        for field in fields:
            if isinstance(field, int):
                field = field.to_bytes(8, "big")
            elif isinstance(field, str):
                field = field.encode()
            mac.update(len(field).to_bytes(8, "big") + field)
        return f"2:{mac.hexdigest()}"

    @staticmethod
    def _texts(texts):
        return [len(texts), *texts]

    def _policies(self, spec):
        fields = [len(spec["policies"])]
        for policy in spec["policies"]:
            approval = policy["approval"]
            fields += [policy["kind"], policy.get("namespace", ""), policy["name"], policy["uid"], policy["generation"],
                       len(approval["requirements"])]
            for requirement in approval["requirements"]:
                fields += [requirement["name"], requirement["count"], len(requirement["approvers"])]
                for approver in requirement["approvers"]:
                    fields += [int(approver["kind"] == "Group"), approver["name"]]
            fields += [micros(approval["pendingTimeout"]), micros(approval["validFor"]), approval.get("uses", 1)]
            fields += [*self._texts(policy.get("ignoredFields", [])), policy.get("message", "")]
        return fields

    def spec(self, namespace, name, spec):
        """Of an action that is no CONNECT."""
        requester, action, kubernetes = spec["requester"], spec["action"], spec["action"]["kubernetes"]
        target = kubernetes["target"]
        fields = ["request/v2", self.cluster_id, namespace, name]
        fields += [requester.get(part, "") for part in ("username", "uid", "pod", "node", "credentialID")]
        fields += [*self._texts(requester.get("groups", [])), requester["agent"], spec.get("reason", "")]
        fields += [action["summary"], action["digest"], "Kubernetes", OPERATIONS.index(kubernetes["operation"])]
        fields += [target.get(part, "") for part in ("group", "version", "resource", "subresource", "namespace", "name", "uid")]
        fields += [0, kubernetes.get("options", "")]
        effects, guarded = kubernetes.get("effects", []), kubernetes.get("guarded", [])
        fields += [*self._texts(effects), *self._texts(guarded)]
        fields += [len(kubernetes.get("changes", []))]
        for change in kubernetes.get("changes", []):
            fields.append(change["path"])
            for side in ("from", "to"):
                fields += [int(side in change), change.get(side, "")]
            fields += [int(change.get("ignored", False)), int(change.get("redacted", False))]
        fields += [int(kubernetes.get("truncated", False)), *self._policies(spec), micros(spec["expiresAt"])]
        deeds = ",".join(effects) + ("/" + ",".join(guarded) if guarded else "")
        return self._sum(*fields).replace(":", f":{deeds}:" if deeds else ":")

    def _begin(self, what, request):
        spec = request["spec"]
        return [what, self.cluster_id, request["metadata"]["uid"], spec["action"]["digest"], spec["seal"], *self._policies(spec)]

    def decision(self, request, decision):
        log = decision["log"]
        return self._sum(*self._begin("decision/v2", request), STATES.index(decision["verdict"]), decision["reason"],
                         micros(decision["decidedAt"]), micros(decision.get("validUntil", "1970-01-01T00:00:00Z")),
                         *self._texts(decision.get("reviewers", [])), log["stream"], log["seq"], log["head"])

    def approval(self, request, *reviewers):
        """A status that says that they have approved it, sealed."""
        now = micros(datetime.datetime.now(datetime.timezone.utc).isoformat())
        window = min(micros(policy["approval"]["validFor"]) for policy in request["spec"]["policies"])
        decision = {"verdict": "Approved", "reason": "RequirementsMet", "decidedAt": as_time(now),
                    "validUntil": as_time(now + window), "reviewers": list(reviewers),
                    "log": {"stream": "replica-0-00000000", "seq": 1, "head": "0" * 64}}
        decision["seal"] = self.decision(request, decision)
        return {"state": "Approved", "decision": decision}
