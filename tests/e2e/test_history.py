"""Requests that have ended: how long they are kept, and that the log keeps them for ever."""
import subprocess

import pytest

import objects
from harness import OURS, wait_for

KEPT = 12  # history.maxPerNamespace in values.yaml


def shown_by_the_log(shop, request):
    command = [(shop.cluster.folder / "binary").read_text().strip(), "log", "show",
               *shop.cluster.replicas_folder.glob("[01]/log"), "--request", f"{shop.name}/{name_of(request)}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout


def records_of(shop, request, event=None):
    return [record for record in shop.records(event) if record.get("request_uid") == request["metadata"]["uid"]]


def name_of(request):
    return request["metadata"]["name"]


def withdrawn(shop, tag):
    request = shop.rejected(tag)
    shop.decide("agent", request, "Withdraw").must()
    return shop.wait_for_state(request, "Withdrawn")


def used(shop, tag):
    request = shop.approved("alice", shop.rejected(tag))
    shop.set_image(tag).must()
    return shop.wait_for_state(request, "Used")


def test_a_namespace_keeps_its_last_requests_and_the_log_keeps_all(shop):
    shop.gate(whilePending="Reject", approval=objects.approval(pendingTimeout="30s", validFor="15s"))
    removed_before = shop.cluster.sum_of("sallyport_requests_removed_total")
    ended = [used(shop, "2")] + [withdrawn(shop, str(tag)) for tag in range(3, KEPT + 4)]
    removed, kept = ended[:-KEPT], ended[-KEPT:]
    assert len(removed) == 2
    wait_for("the first two to be removed", lambda: len(shop.requests()) == KEPT, 240, every=1)
    assert {name_of(each) for each in shop.requests()} == {name_of(each) for each in kept}
    assert shop.cluster.sum_of("sallyport_requests_removed_total") >= removed_before + 2

    for request, state in zip(removed, ("Used", "Withdrawn"), strict=True):
        told = wait_for("both logs to say that it is gone", lambda one=request: [
            each for each in (records_of(shop, one, "request_removed") + records_of(shop, one, "request_deleted"),)
            if len(each) == 2])[0]
        assert [each["event"] for each in told] == ["request_removed", "request_deleted"]
        assert len({each["stream"] for each in told}) == 2
        intent = next(each for each in records_of(shop, request, "intent") if each["kind"] == "removal")
        for record in (intent, told[0]):
            assert (record["state"], record["why"]) == (state, f"more than {KEPT} in its namespace")
            assert record["ended_at"]
        assert intent["stream"] == told[0]["stream"] and intent["seq"] < told[0]["seq"]
        # Of all that is told of it, nothing has gone with it.
        shown = shown_by_the_log(shop, request)
        for event in ("request_opened", "review_accepted", "intent", "outcome", "request_removed"):
            assert f" {event} " in shown, shown

    deletions = [entry for entry in shop.cluster.audit(shop.name)
                 if entry["verb"] == "delete" and entry["objectRef"].get("resource") == "approvalrequests"]
    assert {entry["user"]["username"] for entry in deletions} == {OURS}
    assert sorted(entry["objectRef"]["name"] for entry in deletions if entry["responseStatus"]["code"] == 200) == sorted(
        name_of(each) for each in removed)
    # What was asked then can be asked again.
    assert "code=ApprovalRequired" in shop.set_image("3").stderr


@pytest.mark.parametrize("cascade", ["background", "foreground", "orphan"])
def test_deleting_a_request_takes_nothing_out_of_the_log(shop, cascade):
    shop.gate(whilePending="Reject")
    for request, state in ((used(shop, "2"), "Used"), (shop.rejected("3"), "Pending")):
        before = [each for each in shop.records() if each.get("request_uid") == request["metadata"]["uid"]]
        assert any(each["event"] == "request_opened" for each in before)
        shop.kubectl("admin", "delete", "approvalrequest", name_of(request), f"--cascade={cascade}").must()
        told = wait_for("both logs to say so", lambda one=request: [
            each for each in (records_of(shop, one, "request_deleted"),) if len(each) == 2])[0]
        assert {each["state"] for each in told} == {state} and len({each["stream"] for each in told}) == 2
        now = records_of(shop, request)
        assert all(record in now for record in before)
        assert not records_of(shop, request, "request_removed")
