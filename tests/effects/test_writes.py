"""What single writes do: tests/data/writes.jsonl, an opinion by hand, which the program is to be held to as well."""
import json

import pytest

from reviewed import Reviewed
from tables import ROOT, TABLE, places, resources
from writes import Write

WRITES = [json.loads(line) for line in (ROOT / "tests" / "data" / "writes.jsonl").read_text().splitlines()]
REVIEWED = Reviewed()


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write["it"])
def test_a_write_has_these_effects_and_no_other(write):
    it = Write(write["resource"], write["operation"], write.get("before"), write.get("after"), write.get("namespace", "shop"))
    assert sorted(it.effects()) == write["effects"]


def test_the_reviewed_places_say_what_the_rows_say():
    looked_at = 0
    for resource in resources():
        if not TABLE.is_virtual(resource):
            for steps in places(resource):
                looked_at += 1
                found = REVIEWED.of_place(resource, steps)
                assert found and found[0] == TABLE.of_place(resource, steps), f"{resource} {steps}"
    assert looked_at > 30000


@pytest.mark.parametrize("resource, steps", [
    ("core/pods", ("spec", "hostFriends")), ("apps/deployments", ("spec", "template", "spec", "containers", "sidekick")),
    ("core/configmaps", ("metadata", "heir")), ("core/gadgets", ("spec",)), ("apps/controllerrevisions", ("data", "spec", "template", "spec", "x")),
])
def test_a_place_that_nobody_has_looked_at_is_not_classified(resource, steps):
    assert REVIEWED.of_place(resource, steps) is None


@pytest.mark.parametrize("resource, steps, effects", [
    ("core/pods", ("metadata", "labels", "anything"), {"RunsCode", "Traffic", "Deletes?tightened"}),
    ("core/configmaps", ("metadata", "labels", "anything"), set()),
    ("apps/controllerrevisions", ("data", "spec", "replicas"), TABLE.of_place("apps/controllerrevisions", ("data",))),
    ("apps/controllerrevisions", ("data", "spec", "template", "spec", "hostPID"), {"RunsCode", "UsesSecret", "HoldsSecret"}),
    ("apps/daemonsets", ("spec", "template", "spec", "nodeSelector", "a"), {"RunsCode", "Deletes?tightened"}),
    ("core/pods", ("spec", "ephemeralContainers", "image"), {"RunsCode", "HoldsSecret?holds_secret", "Connects"}),
])
def test_keys_of_maps_and_what_the_api_does_not_tell(resource, steps, effects):
    assert REVIEWED.of_place(resource, steps)[0] == effects
