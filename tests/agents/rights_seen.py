"""Who may do what, by the roles and bindings that stand: worked out as RBAC does it."""
import json

GROUP = "rbac.authorization.k8s.io"


def rights_in(things):
    """{(who, where, rule)} that the bindings among these objects give, each rule as JSON. A namespace of "" is everywhere."""
    roles = {(key.resource, key.namespace, key.name): thing.get("rules") or [] for key, thing in things.items()
             if key.resource in (f"{GROUP}/roles", f"{GROUP}/clusterroles")}
    found = set()
    for key, thing in things.items():
        if key.resource not in (f"{GROUP}/rolebindings", f"{GROUP}/clusterrolebindings"):
            continue
        named = thing.get("roleRef", {})
        where = (f"{GROUP}/clusterroles", "", named.get("name")) if named.get("kind") == "ClusterRole" else \
            (f"{GROUP}/roles", key.namespace, named.get("name"))
        for subject in thing.get("subjects") or []:
            who = "/".join((subject["kind"], subject.get("namespace", ""), subject["name"]))
            for rule in roles.get(where, []):
                found.add((who, key.namespace, json.dumps(rule, sort_keys=True)))
    return found


def review_of(right):
    """The SubjectAccessReview that asks the API server itself; None where the right is of no user or group, or of no resource."""
    who, namespace, text = right
    rule = json.loads(text)
    kind, _, rest = who.partition("/")
    if not rule.get("resources"):
        return None
    name = rest.partition("/")[2]
    spec = {"user": name} if kind == "User" else {"user": "nobody", "groups": [name]} if kind == "Group" else \
        {"user": f"system:serviceaccount:{rest.replace('/', ':')}"}
    resource, _, part = rule["resources"][0].partition("/")
    asked = {"verb": rule["verbs"][0], "group": rule["apiGroups"][0], "resource": resource, "namespace": namespace}
    if part:
        asked["subresource"] = part
    if rule.get("resourceNames"):
        asked["name"] = rule["resourceNames"][0]
    return {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {**spec, "resourceAttributes": asked}}
