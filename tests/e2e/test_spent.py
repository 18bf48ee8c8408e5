"""An approval that was used, and what the API server did after that: nobody tells Sallyport."""
import pytest

import objects
from harness import wait_for
from namespace import state_of

UNSEEN = "Sallyport does not see what happens after that: a quota or a name that is taken can still stop it"
CREATE = ("create", "configmap", "note", "--from-literal=a=b")


def condition(request, name):
    return next((each for each in request["status"]["conditions"] if each["type"] == name), None)


def a_taken_name(shop):
    shop.kubectl("admin", "create", "configmap", "note").must()
    return "already exists"


def a_full_quota(shop):
    shop.kubectl("admin", "create", "quota", "none", "--hard=count/configmaps=0").must()
    wait_for("the quota to count", lambda: shop.get("quota", "none").get("status", {}).get("hard"))
    return "exceeded quota"


@pytest.mark.parametrize("obstacle", [a_taken_name, a_full_quota])
def test_a_use_without_effect_is_told_as_what_it_is(cli, shop, obstacle):
    fails_with = obstacle(shop)
    shop.gate(actions=objects.preset("Everything"), whilePending="Reject")
    assert "code=ApprovalRequired" in shop.kubectl("agent", *CREATE).stderr
    first = shop.request()
    assert condition(first, "AskedBefore") is None
    shop.approved("alice", first)
    assert fails_with in shop.kubectl("agent", *CREATE).stderr
    used = shop.wait_for_state(first, "Used")
    assert condition(used, "Used")["message"] == f"let through 1 of 1 times. {UNSEEN}"
    name = first["metadata"]["name"]
    assert UNSEEN in " ".join(cli.run("alice", "show", name).must().stdout.split())
    wait_for("the Event", lambda: [event for event in shop.get("events")["items"]
                                   if event["involvedObject"]["name"] == name and UNSEEN in event["message"]])

    # The same once more: whoever is asked now is told.
    assert "code=ApprovalRequired" in shop.kubectl("agent", *CREATE).stderr
    again = wait_for("its status", lambda: [each for each in shop.requests() if state_of(each) == "Pending"])[0]
    told = condition(again, "AskedBefore")["message"]
    assert name in told and used["status"]["uses"][0]["time"] in told, told
    shown = " ".join(cli.run("alice", "show", again["metadata"]["name"]).must().stdout.split())
    assert f"Before {told}" in shown, shown
