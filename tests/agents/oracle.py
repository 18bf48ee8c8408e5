"""What a write has done, by the cluster before and after it, and of which effects the gate must then have spoken.

It shares nothing with the table of effects: it knows what the words of docs/presets mean, and looks whether that has happened.
What a write does by itself must be named by just that effect. What follows from it by somebody else's hand (a controller's) is asked about
if any of the effects that lead there was named.
"""
import dataclasses
import json

import pods_seen
from mirror import Change, Key
from pods_seen import controller_of, pod_specs, without_own_token
from rights_seen import GROUP as RBAC, rights_in

EVERYTHING = "Everything"  # that anything was stored, or anybody connected
EFFECTS = ("RunsCode", "Connects", "Identity", "IssuesToken", "UsesSecret", "HoldsSecret", "ShowsSecret", "Deletes", "Traffic", "Shared", "Serving")
PRESETS = {
    "PodPromotion": {"RunsCode"}, "RBACChange": {"Identity"}, "SecretAccess": {"UsesSecret", "HoldsSecret", "ShowsSecret"},
    "Exec": {"Connects"}, "TokenRequest": {"IssuesToken"}, "Deletion": {"Deletes"}, "Traffic": {"Traffic"},
    "Infrastructure": {"Shared", "Serving"}, "Everything": {*EFFECTS, EVERYTHING},
}

TRAFFIC = {"core/services", "core/endpoints", "discovery.k8s.io/endpointslices", "networking.k8s.io/ingresses", "networking.k8s.io/ingressclasses",
           "networking.k8s.io/networkpolicies", "networking.k8s.io/ipaddresses", "networking.k8s.io/servicecidrs"}
SHARED = {"core/nodes", "core/persistentvolumes", "core/namespaces", "core/resourcequotas", "core/limitranges", "policy/poddisruptionbudgets",
          "scheduling.k8s.io/priorityclasses", "node.k8s.io/runtimeclasses", "storage.k8s.io/storageclasses", "storage.k8s.io/csidrivers",
          "storage.k8s.io/csinodes", "storage.k8s.io/csistoragecapacities", "storage.k8s.io/volumeattachments",
          "storage.k8s.io/volumeattributesclasses", "networking.k8s.io/ingressclasses", "networking.k8s.io/ipaddresses",
          "networking.k8s.io/servicecidrs", "resource.k8s.io/deviceclasses", "resource.k8s.io/resourceslices",
          "resource.k8s.io/devicetaintrules", "flowcontrol.apiserver.k8s.io/flowschemas",
          "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations", "certificates.k8s.io/clustertrustbundles"}
SERVING_GROUPS = {"apiextensions.k8s.io", "apiregistration.k8s.io", "admissionregistration.k8s.io", "storagemigration.k8s.io"}
ENDPOINTS = {"core/endpoints", "discovery.k8s.io/endpointslices"}
# A sign of what happened elsewhere, made by the one who tells of it.
SIGNS = {"core/events", "events.k8s.io/events", "coordination.k8s.io/leases"}
CERTIFICATES = {"certificates.k8s.io/certificatesigningrequests", "certificates.k8s.io/podcertificaterequests", "certificates.k8s.io/clustertrustbundles"}


DELETIONS = ("delete", "deletecollection")
OF_PODS = {"resource.k8s.io/resourceclaims", "core/persistentvolumeclaims"}
RIGHTS = Key(f"{RBAC}/rolebindings", "", "")  # stands for all that gives them


@dataclasses.dataclass(frozen=True)
class Demand:
    """One of these effects must have been named, since this was seen."""
    effects: frozenset
    what: str
    key: object = None      # of the object that shows it
    right: tuple | None = None  # that somebody now has, or has no longer
    is_gained: bool = False
    is_own: bool = False    # of this write and nothing else: no earlier one can have brought it about

    def is_met(self, told):
        return bool(self.effects & told)


def is_going(thing):
    return thing is None or "deletionTimestamp" in thing["metadata"]


def content(thing):
    """All but what describes it."""
    return {key: value for key, value in (thing or {}).items() if key not in ("metadata", "apiVersion", "kind")}


def way_in(node):
    """The addresses of a node and the port of its kubelet, in whatever order."""
    status = node.get("status") or {}
    return {json.dumps(each, sort_keys=True) for each in [*(status.get("addresses") or []), status.get("daemonEndpoints") or {}]}


def template_of(thing):
    return (thing.get("spec") or {}).get("template")


def without_versions(thing):
    return thing and {**thing, "metadata": {key: value for key, value in thing["metadata"].items() if key not in ("resourceVersion", "generation")}}


def version_told(write, answer):
    """Of an object that the API server has stored and answered with."""
    return None if write.verb in DELETIONS else (answer.object.get("metadata") or {}).get("resourceVersion")


class Look:
    """At one write, once it has had its consequences. `before`, `after`: what stood in the cell, {Key: object}; `changes`: all of it that has
    changed; `answer`: what the agent was told. `own`: the change that the API server answered with, where it did with the object: what else
    has become of that object is then somebody else's doing."""

    def __init__(self, write, answer, changes, before, after, own=None):
        self.write, self.answer, self.before, self.after = write, answer, before, after
        self.own, self.changes = own, [*filter(None, [own]), *changes]
        self.demands, self.looked_at, self.is_own = [], None, False
        self.target = self._target()

    def _target(self):
        made = self.answer.object.get("metadata", {})
        name = self.write.name or made.get("name", "") or ((self.write.wanted or {}).get("metadata") or {}).get("name", "")
        return Key(self.write.resource, self.write.namespace, name)

    def is_direct(self, change):
        if self.own is not None or self.is_old(change.key):
            return change is self.own
        return self.is_target(change.key)

    def is_old(self, key):
        """The API server has answered with what stood there before: this write has changed nothing."""
        before = self.before.get(key)
        return self.is_target(key) and before is not None and version_told(self.write, self.answer) == before["metadata"]["resourceVersion"]

    def is_new(self, key):
        """It was not there before this write: then nothing is lost when it goes, since its owner is no more, say."""
        return self.own is not None and key == self.own.key and self.own.before is None

    def is_target(self, key):
        if self.write.verb == "deletecollection":
            return key.resource == self.write.resource and key.namespace == self.write.namespace
        return key == self.target

    def deletes(self):
        return self.write.verb in DELETIONS

    def must(self, what, *effects):
        self.demands.append(Demand(frozenset(effects), what, self.looked_at, is_own=self.is_own))

    def find(self):
        self.see_answer()
        for change in self.changes:
            self.see_change(change)
        self.see_rights()
        return self.demands

    # --- by what the agent was told ---

    def see_answer(self):
        if self.write.verb == "connect":
            self.must("it was let through to connect", "Connects")
            self.must("it was let through to connect", EVERYTHING)
            return
        told = self.answer.object
        if told.get("kind") == "TokenRequest" and told.get("status", {}).get("token"):
            for effect in ("IssuesToken", "Identity", "ShowsSecret"):
                self.must("the answer holds a token", effect)
        secrets = [each for each in (told, *(told.get("items") or [])) if isinstance(each, dict) and self.write.resource == "core/secrets"
                   and not self.write.part and each.get("data")]
        if secrets:
            self.must("the answer shows a Secret's data", "ShowsSecret")

    # --- by what has changed ---

    def see_change(self, change):
        direct, self.looked_at = self.is_direct(change), change.key
        self.is_own = direct and (change is self.own or self.is_deleted(change))
        if direct and without_versions(change.before) != without_versions(change.after):
            self.must(f"{change.key} was stored", EVERYTHING)
        if change.before is not None and not is_going(change.before) and is_going(change.after):
            if not self.is_new(change.key):
                self.see_gone(change, direct)
        elif self.is_another(change):
            self.see_gone(Change(change.key, change.before, None), direct)
            self.see_new(Change(change.key, None, change.after), direct and not self.deletes())
        elif not is_going(change.after):
            self.see_new(change, direct and not self.deletes())
        if direct:
            self.see_kind(change)
            self.see_way_in(change)

    def is_deleted(self, change):
        return self.deletes() and is_going(change.after) and change.before is not None and not is_going(change.before)

    @staticmethod
    def is_another(change):
        return change.before is not None and change.after is not None and change.before["metadata"]["uid"] != change.after["metadata"]["uid"]

    def see_kind(self, change):
        """What is everybody's business whatever it says, as long as it says something else."""
        if content(change.before) == content(change.after) and is_going(change.before) == is_going(change.after):
            return
        if change.key.resource in TRAFFIC:
            self.must(f"{change.key} says something else", "Traffic")
        if change.key.resource in SHARED:
            self.must(f"{change.key} says something else", "Shared")
        if change.key.resource.split("/")[0] in SERVING_GROUPS:
            self.must(f"{change.key} says something else", "Serving")
        if change.key.resource in CERTIFICATES and not is_going(change.after):
            self.must(f"{change.key} says something else", "Identity")
        if change.key.namespace == "kube-system":
            self.must(f"{change.key} says something else", "Shared")

    def see_way_in(self, change):
        """Where the API server connects to, when somebody wants into a pod of that node."""
        if change.key.resource == "core/nodes" and change.before and not is_going(change.after) and way_in(change.before) != way_in(change.after):
            self.must(f"{change.key} is reached elsewhere", "Connects")

    def see_gone(self, change, direct):
        key, thing = change.key, change.before
        if key.resource == "core/serviceaccounts" and direct:
            self.must(f"account {key} is gone", "Identity")
        if direct:
            self.must(f"{key} is gone", "Deletes")
        elif key.resource == "core/pods":
            self.must(f"{key} is gone", *self.why_pod_is_gone(key, thing))
        elif key.resource in ENDPOINTS:
            self.must(f"{key} is gone", "Deletes", "Traffic")
        elif key.resource == "networking.k8s.io/ipaddresses":
            self.must(f"{key} is gone", "Deletes", "Traffic")
        elif key.resource == "apiregistration.k8s.io/apiservices":
            self.must(f"{key} is gone", "Deletes", "Serving")  # its CRD serves it no longer
        elif key.resource in ("apps/replicasets", "apps/controllerrevisions") and self.is_rolled_out(thing):
            self.must(f"{key} is gone", "Deletes", "RunsCode")
        elif key.resource in OF_PODS and controller_of(thing):
            self.must(f"{key} is gone", "Deletes", "RunsCode")  # with the pod that it was made for
        elif key.resource not in SIGNS:
            self.must(f"{key} is gone", "Deletes")

    def root_of(self, thing, things):
        """The object on top of those that made it, (key, object); nothing where one of them is gone."""
        key = None
        while owner := controller_of(thing):
            kind, name = owner
            found = [(each, other) for each, other in things.items() if other["kind"] == kind and each.name == name
                     and each.namespace == thing["metadata"].get("namespace", "")]
            if not found or is_going(found[0][1]):
                return None, None
            key, thing = found[0]
        return key, thing if key else None

    def is_rolled_out(self, thing):
        """What made it makes others in its place, since its template is another."""
        key, now = self.root_of(thing, self.after)
        was = self.before.get(key, {})
        return key is not None and (pod_specs(was) != pod_specs(now) or template_of(was) != template_of(now))

    def why_pod_is_gone(self, key, thing):
        """A workload that makes fewer of them, or others, runs code; what ends them all deletes."""
        root, now = self.root_of(thing, self.after)
        if root is None:
            return ("Deletes",)
        was = self.before.get(root, {})
        by_hand = self.target != root and self.target.name == controller_of(thing)[1]  # below a Deployment, which makes up for it
        if root.resource == "batch/cronjobs" or by_hand or self.is_rolled_out(thing) or self.is_replaced(key, thing):
            return "Deletes", "RunsCode"
        field = "parallelism" if root.resource == "batch/jobs" else "replicas"
        wanted, wanted_before = now["spec"].get(field, 1), was.get("spec", {}).get(field, 1)
        return ("Deletes", "RunsCode") if 0 < wanted < wanted_before else ("Deletes",)

    def is_replaced(self, key, thing):
        """The one that made it has made another since."""
        made = [each for each, other in self.after.items() if each.resource == "core/pods" and each.namespace == key.namespace
                and not is_going(other) and controller_of(other) == controller_of(thing)
                and other["metadata"]["uid"] != thing["metadata"]["uid"]
                and (each not in self.before or self.before[each]["metadata"]["uid"] != other["metadata"]["uid"])]
        return bool(made)

    def see_new(self, change, direct):
        """What is there now, and was not, or was another."""
        key, before, after = change.key, change.before, change.after
        self.see_pods(key, before, after, direct)
        self.see_data(key, after)
        if key.resource in ENDPOINTS and not direct and content(before) != content(after):
            self.see_endpoints(key)
        if direct:
            self.see_accounts(key, before or {}, after)
            self.see_secret_names(key, before or {}, after)
        if key.resource == "core/secrets" and after.get("type") == "kubernetes.io/service-account-token":
            token = (after.get("data") or {}).get("token")
            if token and token != ((before or {}).get("data") or {}).get("token"):
                for effect in ("IssuesToken", "Identity"):
                    self.must(f"{key} holds a token", effect)

    def see_pods(self, key, before, after, direct):
        if before is None and not direct and pod_specs(after):
            self.must(f"{key} is there", "RunsCode", "Deletes", "Shared")  # a controller has made it, perhaps in another's place
            return
        old, new = pod_specs(before or {}), pod_specs(after)
        for steps, spec in new.items():
            was, now = without_own_token(old.get(steps, {})), without_own_token(spec)
            if was == now:
                continue
            where = f"{key} {'.'.join(steps)}"
            if key.resource == "core/pods" and not direct:
                self.must(f"{where} is another", "RunsCode", "Shared", "Deletes")
            else:
                self.must(f"{where} is another", "RunsCode")
            if direct:
                self.see_direct_pod(where, was, now, before is None or steps not in old)

    def see_direct_pod(self, where, was, now, is_new):
        if pods_seen.account(was) != pods_seen.account(now):
            self.must(f"{where} runs as {pods_seen.account(now)}, not {pods_seen.account(was)}", "Identity")
        if pods_seen.tokens(now) - pods_seen.tokens(was):
            self.must(f"{where} is given a token", "IssuesToken")
        if more := pods_seen.secrets_used(now) - pods_seen.secrets_used(was):
            self.must(f"{where} uses a Secret: {' '.join(sorted(more)[0])}", "UsesSecret")
        if (pods_seen.secrets_used(now) or pods_seen.secrets_used(was)) and (is_new or pods_seen.what_runs(now) != pods_seen.what_runs(was)):
            self.must(f"{where} runs something else where a Secret is", "HoldsSecret")
        if pods_seen.ephemeral(now) != pods_seen.ephemeral(was):
            self.must(f"{where} has other containers to look in", "Connects")

    def see_data(self, key, after):
        """What was there before this write: what it brought may go again."""
        before = self.before.get(key)
        if key.resource not in ("core/configmaps", "core/secrets") or before is None or key.name == "kube-root-ca.crt" and not self.is_target(key):
            return
        for field in ("data", "binaryData"):
            for name, value in (before.get(field) or {}).items():
                if value and not (after.get(field) or {}).get(name):
                    self.must(f"{key} {field}.{name} is gone", "Deletes")

    def see_endpoints(self, key):
        """Where the pods are the same, somebody has moved traffic between them."""
        def pods(things):
            return {(each.name, thing["metadata"]["uid"]) for each, thing in things.items()
                    if each.resource == "core/pods" and each.namespace == key.namespace and not is_going(thing)}
        same = pods(self.before) == pods(self.after)
        self.must(f"{key} says something else", *(("Traffic",) if same else ("Traffic", "RunsCode", "Deletes", "Shared")))

    def see_accounts(self, key, before, after):
        if key.resource == "storage.k8s.io/csidrivers" and (after["spec"].get("tokenRequests") or []) != ((before.get("spec") or {}).get("tokenRequests") or []):
            self.must(f"{key} gets tokens of pods", "IssuesToken")

    def see_secret_names(self, key, before, after):
        """Outside of pods, what names a Secret has its value brought to somebody."""
        if key.resource in ("core/secrets", "core/configmaps", "core/resourcequotas") or pod_specs(after):
            return
        now, was = ({each for name, value in content(thing).items() for each in secret_names(value, name)} for thing in (after, before))
        if more := now - was:
            self.must(f"{key} names a Secret: {' '.join(sorted(more)[0])}", "UsesSecret")

    # --- rights ---

    def see_rights(self):
        if not any(change.key.resource.split("/")[0] == RBAC for change in self.changes):
            return
        was, now = rights_in(self.before), rights_in({key: thing for key, thing in self.after.items() if not is_going(thing)})
        own = rights_in(self.before_but_for_own())
        effects = ("Identity",) if self.write.resource.startswith(RBAC) else ("Identity", "Deletes")
        for right in sorted(now - was):
            self.demands.append(Demand(frozenset({"Identity"}), f"{right[0]} may in namespace {right[1] or '*'}: {right[2]}", RIGHTS, right, True,
                                       right in own))
        for right in sorted(was - now):
            self.demands.append(Demand(frozenset(effects), f"{right[0]} may no longer in namespace {right[1] or '*'}: {right[2]}", RIGHTS, right,
                                       is_own=right not in own))

    def before_but_for_own(self):
        """What would stand if only what the agent wrote had changed, and no controller had done anything about it."""
        things = dict(self.before)
        for change in self.changes:
            if self.is_direct(change):
                things.pop(change.key, None)
                if not is_going(change.after):
                    things[change.key] = change.after
        return things


def secret_names(value, name=""):
    """(field, value) of all that names a Secret."""
    if isinstance(value, dict):
        return [each for key, inner in value.items() for each in secret_names(inner, key)] if not is_reference(name, value) else [(name, str(sorted(value.items())))]
    if isinstance(value, list):
        return [each for inner in value for each in secret_names(inner, name)]
    return [(name, value)] if isinstance(value, str) and value and is_reference(name, value) else []


def is_reference(name, value):
    ends = ("secretname", "secretref", "secret-name", "secrets")
    return name.lower().endswith(ends) and (isinstance(value, str) or bool(value.get("name")) and set(value) <= {"name", "namespace"})
