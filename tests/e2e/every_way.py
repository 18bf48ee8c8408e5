"""Of each preset, every way to do what it gates, and what only looks alike: the rows of test_every_way.py."""
import copy
import dataclasses
import json

import yaml

import objects
from harness import AGENTS

POD_SPEC = {"containers": [{"name": "main", "image": f"{objects.IMAGE}:1", "resources": {"requests": {"cpu": "1m"}}}]}
NO_NODE = "does not have a host assigned"  # how far a CONNECT gets in a cluster without nodes
NO_BACKEND = "no endpoints available"


@dataclasses.dataclass
class Row:
    """kubectl's arguments, in which @ is the namespace and % a suffix that is new for each run."""
    arguments: str | list
    stdin: object = None    # objects for -f -
    ends_in: str = ""       # what a call says that passed the gate and cannot succeed here
    title: str = ""

    def fill(self, text, namespace):
        return text.replace("@", namespace.name).replace("%", namespace.name.rpartition("-")[2])

    def run(self, namespace):
        parts = self.arguments.split(" ") if isinstance(self.arguments, str) else self.arguments
        stdin = None
        if self.stdin is not None:
            stdin = self.fill(json.dumps(self.stdin) if isinstance(self.stdin, dict) else yaml.safe_dump_all(self.stdin),
                              namespace)
        return namespace.kubectl("agent", *(self.fill(part, namespace) for part in parts), stdin=stdin)

    def passed(self, result):
        if self.ends_in:
            return self.ends_in in result.stderr + result.stdout
        return result.ok


def patch(target, content, *more, kind="merge"):
    return Row(["patch", *target.split(" "), f"--type={kind}", *more, "-p", json.dumps(content)])


def raw(verb, path, body=None, **more):
    return Row([verb, "--raw", path, *(["-f", "-"] if body is not None else [])], body, **more)


def template(labels):
    return {"metadata": {"labels": labels}, "spec": POD_SPEC}


def workloads(prefix):
    """One of each kind that runs pods."""
    made = []
    for api, kind in (("apps/v1", "Deployment"), ("apps/v1", "ReplicaSet"), ("apps/v1", "StatefulSet"),
                      ("apps/v1", "DaemonSet"), ("v1", "ReplicationController")):
        name = f"{prefix}-{kind.lower()}"
        labels = {"app": name}
        spec = {"selector": labels if api == "v1" else {"matchLabels": labels}, "template": template(labels)}
        if kind != "DaemonSet":
            spec["replicas"] = 0
        if kind == "StatefulSet":
            spec["serviceName"] = name
        made.append({"apiVersion": api, "kind": kind, "metadata": {"name": name}, "spec": spec})
    job = {"template": {"spec": {**POD_SPEC, "restartPolicy": "Never"}}, "suspend": True}
    made.append({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": f"{prefix}-job"}, "spec": job})
    made.append({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": f"{prefix}-cronjob"},
                 "spec": {"schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": {"spec": {"template": job["template"]}}}})
    return made


def other_image(workload):
    changed = copy.deepcopy(workload)
    spec = changed["spec"]
    if changed["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    spec["template"]["spec"]["containers"][0]["image"] = f"{objects.IMAGE}:2"
    return changed


def with_container(**more):
    return {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": f"{objects.IMAGE}:1", **more}]}}}}


STANDING = workloads("old")
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "note"}, "data": {"a": "b"}}
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": {"password": "x"}}
EPHEMERAL = {"spec": {"ephemeralContainers": [{"name": "debug", "image": f"{objects.IMAGE}:debug"}]}}
IMAGE_2 = {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": f"{objects.IMAGE}:2"}]}}}}
IMAGE_AT = "/spec/template/spec/containers/0/image"
RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
RBAC = "rbac.authorization.k8s.io"


def named(api, kind, name="new-%", **more):
    return objects.named(api, kind, name, **more)


def widget(name, version="v1"):
    return named(f"example.com/{version}", "Widget", name, spec={"size": 1})


def secret_user(where):
    """Patches of the deployment after which it uses a Secret."""
    volume = {"name": "v", "secret": {"secretName": "db"}}
    projected = {"name": "w", "projected": {"sources": [{"secret": {"name": "db"}}]}}
    return patch("deployment old-deployment", {
        "volume": {"spec": {"template": {"spec": {"volumes": [volume]}}}},
        "projected": {"spec": {"template": {"spec": {"volumes": [projected]}}}},
        "env": with_container(env=[{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]),
        "envFrom": with_container(envFrom=[{"secretRef": {"name": "db"}}]),
        "pull": {"spec": {"template": {"spec": {"imagePullSecrets": [{"name": "db"}]}}}},
        "account": {"spec": {"template": {"spec": {"serviceAccountName": "builder"}}}},
    }[where], kind="strategic")


CSR_FAILED = {"status": {"conditions": [{"type": "Failed", "status": "True", "reason": "x", "message": "x"}]}}
OWNER = {"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": "00000000-0000-4000-8000-000000000000"}
BINDING = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "idle"}, "target": {"kind": "Node", "name": "n"}}
EVICTION = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "victim"}}
TOKEN = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}}
CAN_I = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
         "spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}}
LOCAL_ACCESS_REVIEW = {
    "apiVersion": "authorization.k8s.io/v1", "kind": "LocalSubjectAccessReview", "metadata": {"namespace": "@"},
    "spec": {"user": "alice", "resourceAttributes": {"namespace": "@", "verb": "get", "resource": "pods"}}}
TOKEN_REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "none"}}
CORE = "/api/v1/namespaces/@"
APPS = "/apis/apps/v1/namespaces/@"

CREATE_WORKLOADS = [Row("create -f -", [workload], title=f"create {workload['kind']}") for workload in workloads("new")]
CHANGE_IMAGES = [Row("apply --server-side --force-conflicts -f -", [other_image(each)], title=f"image of {each['kind']}")
                 for each in STANDING if each["kind"] != "Job"]  # a job's template cannot be changed by anybody
EXECS = [Row("exec box -- id", ends_in=NO_NODE), Row("attach box", ends_in=NO_NODE),
         raw("create", f"{CORE}/pods/box/portforward?ports=80", {}, ends_in=NO_NODE),
         Row(f"get --raw {CORE}/pods/box/proxy/", ends_in="address not allowed"),
         raw("create", f"{CORE}/services/web/proxy/x", {}, ends_in=NO_BACKEND),
         Row(f"get --raw {CORE}/services/web/proxy/", ends_in=NO_BACKEND),
         Row("get --raw /api/v1/nodes/nobody/proxy/stats", ends_in="NotFound")]

# preset: what it gates, what passes.
TABLE = {
    "PodPromotion": ([
        *CREATE_WORKLOADS,
        Row("run new --image=registry.example/shell:1"),
        Row("create deployment other --image=registry.example/other:1"),
        Row("create job other --image=registry.example/other:1"),
        Row("create job from-cronjob --from=cronjob/old-cronjob"),
        Row(["create", "-f", "-"], [named("v1", "Pod", "", spec=POD_SPEC) | {"metadata": {"generateName": "p-"}}]),
        *CHANGE_IMAGES,
        Row("set image deployment/old-deployment main=registry.example/api:3"),
        Row("set env deployment/old-deployment A=B"),
        Row("set resources deployment/old-deployment --limits=cpu=1"),
        patch("deployment old-deployment", IMAGE_2 | {"metadata": {"labels": {"a": "b"}}}, kind="strategic"),
        patch("deployment old-deployment", with_container(args=["x"])),
        patch("deployment old-deployment", [{"op": "replace", "path": IMAGE_AT, "value": "registry.example/api:4"}],
              kind="json"),
        Row("apply -f - --force-conflicts --server-side --field-manager=other", [other_image(STANDING[0])]),
        Row("replace -f -", [other_image(STANDING[2])]),
        Row("rollout restart deployment/old-deployment"),
        Row("rollout pause deployment/old-deployment"),
        Row("scale deployment/old-deployment --replicas=2"),
        Row("scale replicaset/old-replicaset --replicas=2"),
        Row("scale statefulset/old-statefulset --replicas=2"),
        Row("scale rc/old-replicationcontroller --replicas=2"),
        patch("deployment old-deployment", {"spec": {"replicas": 3}}, "--subresource=scale"),
        patch("deployment old-deployment", {"spec": {"replicas": 4}}),
        patch("cronjob old-cronjob", {"spec": {"suspend": False}}),
        patch("job old-job", {"spec": {"suspend": False}}),
        patch("job old-job", {"spec": {"parallelism": 5}}),
        patch("pod box", [{"op": "replace", "path": "/spec/containers/0/image", "value": "registry.example/api:5"}],
              kind="json"),
        patch("pod box", {"spec": {"activeDeadlineSeconds": 100}}),
        patch("pod box", {"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "2m"}}}]}},
              "--subresource=resize", kind="strategic"),
        patch("pod box", EPHEMERAL, "--subresource=ephemeralcontainers", kind="strategic"),
        raw("create", f"{CORE}/pods/idle/binding", BINDING),
        raw("create", f"{CORE}/bindings", BINDING | {"metadata": {"name": "idle-too"}}),
        Row("label pod box x=y%"),                                  # whoever selects it adopts it
        Row("create -f -", [named("autoscaling/v2", "HorizontalPodAutoscaler", "new", spec={
            "maxReplicas": 2, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "old-deployment"}})]),
        patch("deployment old-deployment", {"spec": {"minReadySeconds": 7}}),
    ], [
        Row("label deployment old-deployment x=y%"),
        Row("annotate statefulset old-statefulset x=y%"),
        Row("create configmap new --from-literal=a=b"),
        patch("deployment old-deployment", {"status": {"observedGeneration": 9}}, "--subresource=status"),
        patch("pod box", {"status": {"message": "x%"}}, "--subresource=status"),
        Row("delete deployment api"),
    ]),
    "RBACChange": ([
        Row("create role new --verb=get --resource=pods"),
        Row("create rolebinding new --role=old --serviceaccount=agents:second"),
        Row("create clusterrole new-% --verb=get --resource=pods"),
        Row("create clusterrolebinding new-% --clusterrole=view --serviceaccount=agents:second"),
        Row("auth reconcile -f -", [named(f"{RBAC}/v1", "Role", "reconciled", rules=RULES) |
                                    {"metadata": {"name": "reconciled", "namespace": "@"}}]),
        Row("apply --server-side -f -", [named(f"{RBAC}/v1", "Role", "applied", rules=RULES)]),
        patch("role old", {"rules": RULES + RULES}),
        patch("role old", [{"op": "add", "path": "/rules/0/verbs/-", "value": "list"}], kind="json"),
        Row("label role old x=y"),
        Row("replace -f -", [named(f"{RBAC}/v1", "Role", "old", rules=[])]),
        patch("rolebinding old", {"subjects": []}),
        patch("clusterrole old-%", {"rules": []}),
        patch("clusterrolebinding old-%", {"subjects": []}),
        Row("set subject rolebinding old --user=alice"),
        Row("certificate approve old-%"),
        patch("csr other-%", CSR_FAILED, "--subresource=status"),
        Row("delete rolebinding old"),
        Row("delete clusterrolebinding old-%"),
        Row("delete clusterrole old-%"),
        Row(f"delete --raw /apis/{RBAC}/v1/namespaces/@/roles"),
    ], [
        Row("create serviceaccount new"),
        Row("label csr old-% x=y"),
        Row("create configmap role --from-literal=a=b"),
        Row("auth can-i create roles", ends_in="yes"),
    ]),
    "SecretAccess": ([
        Row("create secret generic new --from-literal=a=b"),
        Row("apply -f -", [SECRET | {"stringData": {"password": "other"}}]),
        patch("secret db", {}),
        patch("secret db", {"data": {"x": "eA=="}}),
        patch("secret db", [{"op": "test", "path": "/metadata/name", "value": "db"}], kind="json"),
        Row("label secret db x=y"),
        Row("replace -f -", [SECRET | {"stringData": {"password": "another"}}]),
        Row(f"create token second -n {AGENTS}"),
        raw("create", f"/api/v1/namespaces/{AGENTS}/serviceaccounts/second/token", TOKEN),
        *[secret_user(where) for where in ("volume", "projected", "env", "envFrom", "pull", "account")],
        Row(["run", "new", "--image=registry.example/x:1", "--overrides", json.dumps(
            {"spec": {"volumes": [{"name": "v", "secret": {"secretName": "db"}}]}})]),
        Row("create -f -", [named("v1", "Pod", "new-pod", spec=POD_SPEC | {"serviceAccountName": "builder"})]),
        Row("set serviceaccount statefulset/old-statefulset builder"),
        patch("cronjob old-cronjob", {"spec": {"jobTemplate": {"spec": {"template": {"spec": {
            "imagePullSecrets": [{"name": "db"}]}}}}}}),
        patch("pod box", {"spec": {"ephemeralContainers": [{"name": "reader", "image": "registry.example/x:1", "envFrom": [
            {"secretRef": {"name": "db"}}]}]}}, "--subresource=ephemeralcontainers", kind="strategic"),
        Row("delete secret db"),
        Row(f"delete --raw {CORE}/secrets"),
    ], [
        Row("create configmap new --from-literal=password=x"),
        Row("set image deployment/api api=registry.example/api:9"),
        Row("run plain --image=registry.example/x:1"),
        Row("create serviceaccount new"),
        patch("pod box", EPHEMERAL, "--subresource=ephemeralcontainers", kind="strategic"),
    ]),
    "Exec": ([
        *EXECS,
        patch("pod box", EPHEMERAL, "--subresource=ephemeralcontainers", kind="strategic"),
    ], [
        Row("logs box"),
        Row("label pod box x=y%"),
        Row("get --raw /api/v1/nodes"),
    ]),
    "TokenRequest": ([
        Row(f"create token second -n {AGENTS}"),
        raw("create", f"/api/v1/namespaces/{AGENTS}/serviceaccounts/second/token", TOKEN),
    ], [
        Row("create serviceaccount new"),
        Row("label serviceaccount default x=y%"),
    ]),
    "Deletion": ([
        Row("delete deployment old-deployment"),
        Row("delete deployment api --cascade=orphan"),
        Row("delete pod box --grace-period=0 --force"),
        Row("delete pod idle --now"),
        Row("delete configmap note"),
        Row("delete widget old"),
        raw("delete", "/apis/example.com/v2/namespaces/@/widgets/old-too"),
        Row(f"delete --raw {APPS}/daemonsets"),
        Row("delete cronjobs --all"),
        Row("delete namespace other-%"),
        Row("delete pv old-%"),
        raw("create", f"{CORE}/pods/victim/eviction", EVICTION),
        patch("configmap kept", {"metadata": {"finalizers": []}}),
        patch("configmap owned", {"metadata": {"ownerReferences": [OWNER]}}),
        patch("deployment kept", {"metadata": {"finalizers": None}}, "--subresource=status"),
        patch("widget kept", {"metadata": {"finalizers": ["example.com/other"]}}),
        raw("replace", "/api/v1/namespaces/third-%/finalize", named("v1", "Namespace", "third-%", spec={"finalizers": []})),
    ], [
        Row("label configmap kept x=y%"),
        patch("configmap free", {"metadata": {"finalizers": ["example.com/hold"]}}),
        patch("configmap disowned", {"metadata": {"ownerReferences": None}}),
    ]),
    "Infrastructure": ([
        Row("create -f -", [named("v1", "Node")]),
        Row("cordon old-%"),
        Row("taint node old-% a=b:NoSchedule"),
        patch("node old-%", {"status": {"capacity": {"cpu": "9"}}}, "--subresource=status"),
        Row("create -f -", [named("v1", "PersistentVolume", spec={
            "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/etc"}})]),
        patch("pv old-%", {"spec": {"persistentVolumeReclaimPolicy": "Delete"}}),
        Row("create -f -", [named("storage.k8s.io/v1", "StorageClass", provisioner="example.com/x")]),
        Row("create -f -", [named("storage.k8s.io/v1", "CSIDriver", spec={})]),
        Row("create priorityclass new-% --value=7"),
        Row("create -f -", [named("node.k8s.io/v1", "RuntimeClass", handler="x")]),
        Row("create namespace new-%"),
        Row("label namespace @ x=y"),
        patch("namespace @", {"status": {"conditions": [{"type": "X", "status": "True"}]}}, "--subresource=status"),
        Row("create -f -", [named("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}})]),
        Row("create quota new"),
        Row("create -f -", [objects.crd("Gear", "v1", has_status=False, group="g%.example")]),
        Row("label crd widgets.example.com x%=y"),
        Row("create -f -", [named("apiregistration.k8s.io/v1", "APIService", "v1.a%.example", spec={
            "group": "a%.example", "version": "v1", "groupPriorityMinimum": 1, "versionPriority": 1,
            "service": {"name": "web", "namespace": "@"}, "insecureSkipTLSVerify": True})]),
        Row("delete networkpolicy old"),
        Row("delete pv old-%"),
        Row("delete node old-%"),
    ], [
        Row("create configmap new --from-literal=a=b"),
        Row("create -f -", [named("v1", "PersistentVolumeClaim", "new", spec={
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}})]),
        Row("create ingress new --rule=example.com/*=web:80"),
        Row("create -f -", [widget("new")]),
        Row("label deployment api x=y%"),
    ]),
    "Everything": ([
        Row("create configmap new --from-literal=a=b"),
        Row("create -f -", [widget("new")]),
        raw("create", "/apis/example.com/v2/namespaces/@/widgets", widget("new-too", "v2")),
        patch("widget old", {"status": {"phase": "x"}}, "--subresource=status"),
        Row("label service web x=y"),
        Row("create -f -", [named("coordination.k8s.io/v1", "Lease", "new")]),
        Row(["create", "-f", "-"], [named("v1", "Event", "new", involvedObject={"kind": "Pod", "name": "box"}) | {
            "metadata": {"name": "new", "namespace": "@"}, "involvedObject": {"namespace": "@"}}]),
        Row("label priorityclass system-node-critical x%=y"),
        raw("create", f"{CORE}/pods/idle/binding", BINDING),
        Row("exec box -- id", ends_in=NO_NODE),
        Row("delete service web"),
    ], [
        Row("get pods"),
        Row("logs box"),
        # Questions: they store nothing.
        Row("auth can-i create pods"),
        Row("auth can-i --list"),
        Row("auth whoami"),
        raw("create", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", CAN_I),
        raw("create", "/apis/authorization.k8s.io/v1/namespaces/@/localsubjectaccessreviews", LOCAL_ACCESS_REVIEW),
        raw("create", "/apis/authentication.k8s.io/v1/tokenreviews", TOKEN_REVIEW),
    ]),
}
