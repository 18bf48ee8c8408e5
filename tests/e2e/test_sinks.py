"""A replica's sinks: what it decides goes on without them, and what they have missed they get."""
import sys

import pytest

from harness import ROOT, log_lines, wait_for

sys.path.insert(0, str(ROOT / "tests" / "sink"))

from receivers import Receiver, seqs, signature_holds  # noqa: E402

pytestmark = pytest.mark.disruptive

KEY = b"canary-of-the-webhook-5b1e"


@pytest.fixture
def with_sinks(settings):
    """Replica 1 starts anew with a configuration that has these."""
    return lambda sinks: settings([1], log={"sinks": sinks})


def lag(cluster, what):
    return cluster.metric(1, f'sallyport_sink_{what}{{sink="siem"}}')


def events(cluster, name):
    """Since replica 1 was started last."""
    records = cluster.journal("1")
    start = max(index for index, record in enumerate(records) if record["event"] == "replica_started")
    return [record for record in records[start:] if record["event"] == name]


def test_an_outage_is_told_and_made_good_and_holds_nothing_up(shop, cluster, with_sinks, tmp_path):
    secrets, copies = tmp_path / "secrets", tmp_path / "copies"
    secrets.mkdir()
    copies.mkdir()
    (secrets / "key").write_bytes(KEY)
    receiver = Receiver()
    with_sinks([{"name": "siem", "type": "webhook", "url": receiver.url("/in"), "secretDir": str(secrets), "behindAfter": "1s", "maxBackoff": "200ms", "timeout": "1s"},
                {"name": "copy", "type": "file", "directory": str(copies)}])
    log = cluster.replicas_folder / "1" / "log"
    wait_for("the log so far", lambda: receiver.lines() and receiver.lines() == log_lines(log))
    wait_for("no lag", lambda: lag(cluster, "lag_records") == 0 and lag(cluster, "behind") == 0)
    # On a busy machine it may have been behind for a second before.
    earlier = {event: len(events(cluster, event)) for event in ("sink_behind", "sink_caught_up")}

    def since(event):
        return events(cluster, event)[earlier[event]:]
    receiver.close()

    cluster.stop_replica(0)  # all calls come to replica 1
    shop.gate(whilePending="Reject")
    shop.approved("alice", shop.rejected("2"))
    shop.set_image("2").must()
    behind, = wait_for("the log to say so", lambda: since("sink_behind"))
    assert behind["sink"] == "siem" and behind["records"] > 0 and behind["why"]
    wait_for("the metrics", lambda: lag(cluster, "behind") == 1 and lag(cluster, "lag_records") > 3 and lag(cluster, "lag_seconds") > 1)

    again = Receiver(port=receiver.port)
    caught_up, *_ = wait_for("the log to say so", lambda: since("sink_caught_up"))
    assert caught_up["delivered"] > 3
    told = sorted(since("sink_behind") + since("sink_caught_up"), key=lambda record: record["seq"])
    assert [each["event"] for each in told[:2]] == ["sink_behind", "sink_caught_up"]  # once, however long it lasted
    wait_for("the metrics", lambda: lag(cluster, "behind") == 0 and lag(cluster, "lag_records") == 0)
    cluster.stop_replica(1)
    lines = log_lines(log)
    got = receiver.lines() + again.lines()
    assert b"replica_stopped" in got[-1]
    assert list(dict.fromkeys(got)) == lines[:len(set(got))] and seqs(got)[-1] >= seqs(lines)[-1] - 1  # but the last checkpoint
    assert all(signature_holds(request, KEY) for request in again.taken())
    copied = log_lines(copies)
    assert copied == lines[:len(copied)] and b"replica_stopped" in copied[-1]
    assert all(copy.name.startswith(f"{caught_up['stream']}.") for copy in copies.iterdir())
    assert not any(KEY in path.read_bytes() for path in [*log.iterdir(), log.parent / "stderr.log"])
    again.close()


def test_a_configuration_that_can_not_work_is_refused_at_the_start(cluster, with_sinks):
    with pytest.raises(AssertionError):
        with_sinks([{"name": "siem", "type": "webhook", "url": "https://siem", "key": "x", "secretDir": "/nowhere"}])
    said = (cluster.replicas_folder / "1" / "stderr.log").read_text()
    assert 'sink "siem": unknown key "key"; webhook has' in said
