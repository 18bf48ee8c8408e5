"""Somebody has learned the webhooks' path, and says things in other people's names."""
import json
import subprocess

from harness import wait_for
from namespace import state_of


def post(cluster, what, review):
    """Calls a webhook as the API server would; the answer's response."""
    def called():
        client = cluster.get("mutatingwebhookconfiguration/sallyport-requests")["webhooks"][0]["clientConfig"]
        path = (client.get("url") or client["service"]["path"]).split("/")[-2]
        curl = subprocess.run(["curl", "-sk", "-H", "Content-Type: application/json", "-d", "@-",
                               f"https://127.0.0.1:{cluster.webhook_port}/{path}/{what}?timeout=5s"],
                              input=json.dumps(review), capture_output=True, text=True, timeout=30, check=False)
        return json.loads(curl.stdout)["response"] if curl.stdout.startswith("{") else None  # the path is being replaced
    return wait_for("an answer", called)


def in_the_name_of(who, request, groups=("reviewers",)):
    """What the API server would send if this person reviewed the request."""
    written = json.loads(json.dumps(request))
    written["spec"]["decision"] = {"verdict": "Approve", "comment": "LGTM"}
    return {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
        "uid": "5b1f0f5e-0000-4000-8000-000000000002", "operation": "UPDATE", "name": request["metadata"]["name"],
        "kind": {"group": "sallyport.dev", "version": "v1alpha1", "kind": "ApprovalRequest"},
        "resource": {"group": "sallyport.dev", "version": "v1alpha1", "resource": "approvalrequests"},
        "namespace": request["metadata"]["namespace"], "userInfo": {"username": who, "groups": list(groups)},
        "object": written, "oldObject": request, "dryRun": False, "options": None}}


def test_who_knows_the_path_writes_nobodys_name_into_the_log(shop):
    shop.gate(whilePending="Reject")
    request = shop.rejected("2")
    answer = post(shop.cluster, "requests", in_the_name_of("alice", request))
    assert answer["allowed"] and answer["patch"]  # it holds a valid seal, and he has nowhere to put it
    stamped = wait_for("the stamp in the log", lambda: shop.records("review_stamped"))[0]
    assert stamped["reviewer"] == "alice" and stamped["seal"]

    # A real review by somebody else shows that the log has gone on; alice's never came.
    shop.approved("bob", request)
    accepted = wait_for("bob's review", lambda: shop.records("review_accepted"))
    assert {each["reviewer"] for each in accepted} == {"bob"}
    shown = subprocess.run([(shop.cluster.folder / "binary").read_text().strip(), "log", "show", "--request",
                            f"{shop.name}/{request['metadata']['name']}", str(shop.cluster.replicas_folder)],
                           capture_output=True, text=True, timeout=60, check=False).stdout
    assert "alice (unproven)" in shown, shown


def test_a_refusal_in_somebodys_name_is_marked(shop):
    shop.gate(whilePending="Reject")
    request = shop.rejected("2")
    assert not post(shop.cluster, "requests", in_the_name_of("mallory", request, groups=()))["allowed"]
    refused = wait_for("the refusal in the log", lambda: shop.records("review_refused"))[0]
    assert (refused["reviewer"], refused["caller"]) == ("mallory", "path")
    assert state_of(shop.again(request)) == "Pending"
