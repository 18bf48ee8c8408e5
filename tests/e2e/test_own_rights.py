"""What Sallyport itself did to the API server during all the other tests."""
import hashlib
import json

import pytest

from harness import OURS, log_lines

pytestmark = pytest.mark.last


def test_its_rights_are_enough_and_nobody_else_acts_for_it(cluster):
    own = cluster.audit(OURS)
    calls = [entry for entry in own if entry["user"]["username"] == OURS]
    assert calls
    forbidden = [entry for entry in calls if entry["responseStatus"]["code"] in (401, 403)
                 and not cluster.restarting_at(entry["requestReceivedTimestamp"])
                 # Not for want of a right: an Event came too late for its namespace.
                 and "because it is being terminated" not in entry["responseStatus"].get("message", "")]
    assert not {(entry["verb"], entry["requestURI"]) for entry in forbidden}
    users = {entry["user"]["username"] for entry in cluster.audit("sallyport") if
             entry.get("userAgent", "").startswith("sallyport")}
    assert users == {OURS}


def test_every_chained_line_follows_the_one_before(cluster):
    for folder in cluster.replicas_folder.glob("*/log"):
        head = "0" * 64
        for number, line in enumerate(log_lines(folder), 1):
            record = json.loads(line)
            assert record["prev"] == head and record["seq"] == number, f"{folder}: {record['seq']}"
            head = hashlib.sha256(line).hexdigest()
