"""What can be seen in a pod's specification, wherever it stands: what runs, as whom, and with which Secrets."""
import json
import re

SECRET = re.compile(r"secret", re.IGNORECASE)
RUNNING = ("image", "command", "args", "workingDir", "env", "envFrom", "volumeMounts", "volumeDevices", "lifecycle")
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
LISTS = ("initContainers", "containers", "ephemeralContainers")


def pod_specs(value, steps=()):
    """{steps: specification} of all in an object that holds containers."""
    found = {}
    if isinstance(value, dict):
        if isinstance(value.get("containers"), list) and all(isinstance(each, dict) for each in value["containers"]):
            return {steps: value}
        for key, inner in value.items():
            if (steps, key) not in (((), "status"), ((), "metadata")):
                found |= pod_specs(inner, (*steps, key))
    return found


def without_own_token(spec):
    """Without the volume of its account's token, which the API server gives to each pod."""
    made = {key: value for key, value in spec.items() if key not in LISTS}
    made["volumes"] = [each for each in spec.get("volumes") or [] if not str(each.get("name", "")).startswith("kube-api-access-")]
    for name in LISTS:
        made[name] = [{**each, "volumeMounts": [mount for mount in each.get("volumeMounts") or []
                                                if not str(mount.get("name", "")).startswith("kube-api-access-")]}
                      for each in spec.get(name) or []]
    return made


def containers_of(spec):
    return [(name, each) for name in LISTS for each in spec.get(name) or []]


def what_runs(spec):
    """Of each container what its processes are, and what they see."""
    made = {}
    for where, each in containers_of(spec):
        made[where, each.get("name")] = {key: each.get(key) for key in RUNNING if each.get(key)} | {
            probe: each[probe]["exec"] for probe in PROBES if isinstance(each.get(probe), dict) and each[probe].get("exec")}
    return made


def secrets_used(spec):
    """Each use of a Secret that the specification names: by whom, and how."""
    found = set()

    def look(who, value):
        if isinstance(value, list):
            for each in value:
                look(who, each)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if SECRET.search(key) and inner and not isinstance(inner, bool):
                    found.add((who, key, json.dumps(inner, sort_keys=True)))
                else:
                    look(who, inner)

    volumes = {}
    for volume in spec.get("volumes") or []:
        known = len(found)
        look(f"volume {volume.get('name')}", volume)
        volumes[volume.get("name")] = len(found) > known
    for where, each in containers_of(spec):
        look(f"{where} {each.get('name')}", each)
        for mount in each.get("volumeMounts") or []:
            if volumes.get(mount.get("name")):
                found.add((f"{where} {each.get('name')}", "mounts", mount["name"]))
    look("pulls", {"imagePullSecrets": spec.get("imagePullSecrets")})
    return found


def account(spec):
    return spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"


def tokens(spec):
    """Tokens of its account that a pod is given for others."""
    return {json.dumps(source["serviceAccountToken"], sort_keys=True) for volume in spec.get("volumes") or []
            for source in (volume.get("projected") or {}).get("sources") or [] if source.get("serviceAccountToken")}


def ephemeral(spec):
    return [each.get("name") for each in spec.get("ephemeralContainers") or []]


def controller_of(thing):
    """(kind, name) of the object that made it and would make it again."""
    for owner in thing["metadata"].get("ownerReferences") or []:
        if owner.get("controller"):
            return owner["kind"], owner["name"]
    return None
