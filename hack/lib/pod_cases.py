"""Pods to ask the Pod Security baseline about: each value of each member that it judges alone, and many at random together."""
import dataclasses
import random


@dataclasses.dataclass
class Values:
    """What a member may hold."""
    plain: list  # inside the baseline, and written as an API server writes it
    odd: list    # inside, and written as none would
    bad: list    # outside
    wrong: list  # of another type

    @property
    def readable(self):
        return self.plain + self.odd + self.bad


OFF = Values([False], [None], [True], ["true", 0, [], {}])

PROFILE = Values([{"type": "RuntimeDefault"}, {"type": "Localhost", "localhostProfile": "a.json"}], [None],
                 [{}, {"type": ""}, {"type": None}, {"type": "Unconfined"}, {"type": "runtimeDefault"}, {"localhostProfile": "a.json"}],
                 ["RuntimeDefault", [], True, {"type": 1}, {"type": ["Localhost"]}])

SE_LINUX_TYPES = ["container_t", "container_init_t", "container_kvm_t", "container_engine_t"]
SE_LINUX = Values([{"level": "s0:c1"}, *({"type": each} for each in SE_LINUX_TYPES)],
                  [None, {}, {"type": "", "user": "", "role": ""}, {"type": None, "user": None, "role": None}],
                  [{"type": "spc_t"}, {"type": "Container_t"}, {"user": "system_u"}, {"role": "system_r"}, {"type": "container_t", "role": "r"}],
                  ["container_t", [], {"type": 1}, {"user": {}}, {"role": False}])

WINDOWS = Values([{"hostProcess": False}, {"runAsUserName": "u"}, {"gmsaCredentialSpecName": "g", "gmsaCredentialSpec": "{}"}],
                 [None, {}, {"hostProcess": None}], [{"hostProcess": True}, {"runAsUserName": "u", "hostProcess": True}],
                 [True, [], {"hostProcess": "true"}, {"hostProcess": 1}])

SAFE_SYSCTLS = ["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
                "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time",
                "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem",
                "net.ipv4.tcp_wmem"]
SYSCTLS = Values([[], *([{"name": each, "value": "1"}] for each in SAFE_SYSCTLS)], [None],
                 [[{"name": "kernel.msgmax", "value": "1"}], [{"name": SAFE_SYSCTLS[0], "value": "1"}, {"name": "kernel.core_pattern"}],
                  [{"name": "net/ipv4/tcp_rmem"}], [{"value": "1"}], [{"name": None}], [{}], [None]],
                 [{}, "net.ipv4.tcp_rmem", [SAFE_SYSCTLS[0]], [{"name": 1}], [[]]])

SAFE_CAPABILITIES = ["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
                     "SETPCAP", "SETUID", "SYS_CHROOT"]
CAPABILITIES = Values([{"drop": ["ALL"]}, {"add": []}, {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
                       *({"add": [each]} for each in SAFE_CAPABILITIES)],
                      [None, {}, {"add": None}],
                      [{"add": ["SYS_ADMIN"]}, {"add": ["CHOWN", "NET_RAW"]}, {"add": ["chown"]}, {"add": ["CAP_CHOWN"]}, {"add": ["ALL"]},
                       {"add": [""]}, {"add": [None]}],
                      ["CHOWN", [], {"add": "CHOWN"}, {"add": {}}, {"add": [1]}, {"add": [["CHOWN"]]}])

PROC_MOUNT = Values(["Default"], [None], ["Unmasked", "", "default"], [1, {}, True])

PORTS = Values([[], [{"containerPort": 80}], [{"containerPort": 80, "name": "http", "protocol": "TCP", "hostIP": "127.0.0.1"}]],
               [None, [None], [{"containerPort": 80, "hostPort": 0}], [{"hostPort": None}]],
               [[{"containerPort": 80, "hostPort": 80}], [{"containerPort": 80}, {"containerPort": 81, "hostPort": 65535}], [{"hostPort": -1}]],
               [{}, "80", ["80"], [{"hostPort": "80"}], [{"hostPort": True}], [{"hostPort": 3000000000}], [{"hostPort": 80.5}]])


def handler(*harmless):
    web, socket = {"path": "/", "port": 80, "scheme": "HTTP"}, {"port": "db"}
    return Values([{"httpGet": web}, {"tcpSocket": socket}, *harmless],
                  [None, {}, {"httpGet": None, "tcpSocket": None}, {"httpGet": {**web, "host": ""}}, {"tcpSocket": {**socket, "host": None}}],
                  [{"httpGet": {**web, "host": "10.0.0.1"}}, {"tcpSocket": {**socket, "host": "localhost"}},
                   {"httpGet": web, "tcpSocket": {"port": 1, "host": " "}}],
                  ["/", [], {"httpGet": "/"}, {"tcpSocket": []}, {"httpGet": {**web, "host": 1}}, {"tcpSocket": {**socket, "host": ["a"]}}])


PROBE = handler({"exec": {"command": ["true"]}, "periodSeconds": 5}, {"grpc": {"port": 81}, "initialDelaySeconds": 1, "timeoutSeconds": 1})
HOOK = handler({"exec": {"command": ["true"]}}, {"sleep": {"seconds": 1}})

VOLUMES = Values([[], [{"name": "v", "emptyDir": {}}], [{"name": "c", "configMap": {"name": "c"}}, {"name": "s", "secret": {"secretName": "s"}}],
                  [{"name": "p", "persistentVolumeClaim": {"claimName": "p"}}, {"name": "q", "projected": {"sources": []}}],
                  [{"name": "n", "nfs": {"server": "n", "path": "/"}}, {"name": "d", "csi": {"driver": "d"}}]],
                 [None, [None], [{"name": "v", "hostPath": None}]],
                 [[{"name": "v", "hostPath": {"path": "/"}}], [{"name": "a", "emptyDir": {}}, {"name": "b", "hostPath": {}}]],
                 [{}, "v", ["v"], [{"name": "v", "hostPath": "/"}], [{"name": "v", "hostPath": []}]])

APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
ANNOTATIONS = Values([{"note": "x"}, {APP_ARMOR + "app": "runtime/default"}, {APP_ARMOR + "app": "localhost/a", "note": "x"},
                      {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"},
                      {"container.seccomp.security.alpha.kubernetes.io/app": "unconfined"}],
                     [None, {}, {APP_ARMOR + "app": ""}, {APP_ARMOR + "app": None}],
                     [{APP_ARMOR + "app": "unconfined"}, {APP_ARMOR: "x"}, {APP_ARMOR + "nobody": "Localhost/a"},
                      {APP_ARMOR + "a": "runtime/default", APP_ARMOR + "b": "runtime/default "}],
                     ["x", [], {APP_ARMOR + "app": 1}, {APP_ARMOR + "app": ["runtime/default"]}])

BOTH_CONTEXTS = {"seccompProfile": PROFILE, "appArmorProfile": PROFILE, "seLinuxOptions": SE_LINUX, "windowsOptions": WINDOWS}
POD_CONTEXT = {**BOTH_CONTEXTS, "sysctls": SYSCTLS}
CONTEXT = {**BOTH_CONTEXTS, "privileged": OFF, "capabilities": CAPABILITIES, "procMount": PROC_MOUNT}
POD = {"hostNetwork": OFF, "hostPID": OFF, "hostIPC": OFF, "volumes": VOLUMES,
       "hostUsers": Values([False], [True, None], [], ["false", 0, {}])}
CONTAINER = {"ports": PORTS, "livenessProbe": PROBE, "readinessProbe": PROBE, "startupProbe": PROBE}
LIFECYCLE = {"postStart": HOOK, "preStop": HOOK}
LISTS = ["containers", "initContainers", "ephemeralContainers"]
# Of lists and objects on the way to what is judged; the null in a list stands for an empty object.
ON_THE_WAY = Values([], [None], [], ["x", 1, True])

HARMLESS = {"image": "app:1", "command": ["app"], "env": [{"name": "HOST", "value": "x"}], "resources": {"limits": {"cpu": "1"}},
            "volumeMounts": [{"name": "v", "mountPath": "/v"}], "imagePullPolicy": "Always", "stdin": True}
HARMLESS_CONTEXT = {"runAsNonRoot": True, "runAsUser": 1000, "runAsGroup": 1000}
HARMLESS_SPEC = {"restartPolicy": "Always", "serviceAccountName": "app", "nodeSelector": {"a": "b"}, "hostAliases": [{"ip": "10.0.0.1"}],
                 "dnsPolicy": "ClusterFirst", "hostname": "app", "tolerations": [], "shareProcessNamespace": True, "os": {"name": "linux"}}


def case(spec, metadata=None, plain=False):
    return {"metadata": metadata, "spec": spec, "plain": plain}


def container(**members):
    return {"name": "app", "image": "app:1", **members}


def by_hand():
    """Each value alone, at each place where it is judged."""
    yield case({})
    yield case(None)
    yield case({}, {})
    for key, values in POD.items():
        yield from alone(values, lambda value, key=key: case({key: value, "containers": [container()]}))
    yield from alone(ANNOTATIONS, lambda value: case({"containers": [container()]}, {"annotations": value}))
    for key, values in POD_CONTEXT.items():
        yield from alone(values, lambda value, key=key: case({"securityContext": {key: value}}))
    for place in LISTS:
        for key, values in CONTEXT.items():
            yield from alone(values, lambda value, place=place, key=key: case({place: [container(securityContext={key: value})]}))
        for key, values in CONTAINER.items():
            yield from alone(values, lambda value, place=place, key=key: case({place: [container(**{key: value})]}))
        for key, values in LIFECYCLE.items():
            yield from alone(values, lambda value, place=place, key=key: case({place: [container(lifecycle={key: value})]}))
        for key in ["securityContext", "lifecycle"]:
            yield from alone(ON_THE_WAY, lambda value, place=place, key=key: case({place: [container(**{key: value})]}))
        yield from alone(ON_THE_WAY, lambda value, place=place: case({place: value}))
        yield from alone(ON_THE_WAY, lambda value, place=place: case({place: [container(), value]}))
        # In user namespaces of its own a pod may have all of /proc.
        for users in [False, True, None]:
            for mount in PROC_MOUNT.readable:
                yield case({"hostUsers": users, place: [container(securityContext={"procMount": mount})]})
    yield from alone(ON_THE_WAY, lambda value: case({"securityContext": value}))
    yield from alone(ON_THE_WAY, lambda value: case({"containers": [container()]}, value))
    yield from alone(Values([], [], [], ["x", 1, []]), case)


def alone(values, make):
    for value in values.plain:
        yield {**make(value), "plain": True}
    for value in values.odd + values.bad + values.wrong:
        yield make(value)


class Maker:
    """One pod at random. `mode`: of which values; `density`: how often a member is there."""

    def __init__(self, dice, mode, density):
        self._dice, self._mode, self._density = dice, mode, density

    def pod(self):
        spec = {**self._harmless(HARMLESS_SPEC), **self._members(POD)}
        context = {**self._harmless(HARMLESS_CONTEXT), **self._members(POD_CONTEXT)}
        if context:
            spec["securityContext"] = context
        for place, most in zip(LISTS, [3, 2, 2]):
            if place == "containers" or self._dice.random() < 0.3:
                spec[place] = [self._container() for _ in range(self._dice.randint(1, most))]
        metadata = {"labels": {"app": "x"}, **self._members({"annotations": ANNOTATIONS})}
        return case(spec, metadata, self._mode == "plain")

    def _container(self):
        made = {"name": self._dice.choice(["app", "sidecar", "a\"b", ""]), **self._harmless(HARMLESS), **self._members(CONTAINER)}
        if context := {**self._harmless(HARMLESS_CONTEXT), **self._members(CONTEXT)}:
            made["securityContext"] = context
        if hooks := self._members(LIFECYCLE):
            made["lifecycle"] = hooks
        return made

    def _harmless(self, members):
        return {key: value for key, value in members.items() if self._dice.random() < 0.2}

    def _members(self, members):
        return {key: self._value(values) for key, values in members.items() if self._dice.random() < self._density}

    def _value(self, values):
        if self._mode == "wrong" and self._dice.random() < 0.1:
            return self._dice.choice(values.wrong)
        if self._mode in ("bad", "wrong") and values.bad and self._dice.random() < 0.1:
            return self._dice.choice(values.bad)
        return self._dice.choice(values.plain if self._mode == "plain" else values.plain + values.odd)


def at_random(seed, count):
    dice = random.Random(seed)
    for _ in range(count):
        yield Maker(dice, dice.choice(["plain", "odd", "bad", "bad", "wrong"]), dice.choice([0.1, 0.3, 0.7])).pod()
