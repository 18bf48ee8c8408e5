"""A replica that dies in the middle of a use, or whose disk fails (test builds only: SALLYPORT_FAILPOINT)."""
import pytest

from harness import wait_for

pytestmark = pytest.mark.disruptive


def writes(shop):
    """The agent's calls that the API server answered with success, by its audit log."""
    return sum(200 <= code < 300 for code in shop.agent_codes())


@pytest.fixture
def crashed(shop, replicas):
    """Ends the only replica at this point of a use, and starts both as usual; gives the request."""
    def crash(failpoint):
        shop.gate(whilePending="Reject")
        request = shop.approved("alice", shop.rejected("2"))
        replicas.stop_all()
        replicas.start_replica(0, SALLYPORT_FAILPOINT=failpoint)
        assert not shop.set_image("2").ok
        wait_for("the replica to die", lambda: not replicas.running())
        assert shop.tag() == "1"
        replicas.restore()
        # The outcome itself may have reached the disk before the end; else the next start finds out.
        wait_for("the intents to be settled", lambda: {record["intent"] for record in shop.records("intent")} == {
            record["intent"] for record in shop.records("outcome")})
        return request

    return crash


POINTS = [("after-intent", 0), ("after-compare-and-set", 1), ("before-answer", 1)]


@pytest.mark.parametrize(("failpoint", "used"), POINTS)
def test_a_use_that_is_cut_short_is_settled_at_the_next_start(shop, crashed, failpoint, used):
    request = crashed(failpoint)
    assert len(shop.uses()) == used == shop.uses_in_log()
    assert writes(shop) == 0

    # The agent's client sends it again: had the write landed, the deployment's generation would have moved. So it enters the
    # use that is spent a second time, or uses what is not; in the end there is one of everything.
    shop.set_image("2").must()
    assert shop.tag() == "2"
    assert len(shop.again(request)["status"]["uses"]) == 1 == len(shop.uses()) == shop.uses_in_log() == writes(shop)
    assert len(shop.records("reentered")) == used


@pytest.mark.parametrize("failpoint", [point for point, used in POINTS if used])
def test_a_use_that_is_cut_short_is_spent_once_the_deployment_has_moved_on(shop, crashed, failpoint):
    crashed(failpoint)
    shop.set_image("9", who="admin").must()
    shop.set_image("1", who="admin").must()
    shop.approved("alice", shop.rejected("2"))
    shop.set_image("2").must()
    assert len(shop.uses()) == 2 == shop.uses_in_log()
    assert writes(shop) == 1


def test_without_a_log_nothing_is_allowed(shop, replicas, tmp_path):
    shop.gate(whilePending="Reject")
    request = shop.approved("alice", shop.rejected("2"))
    broken = tmp_path / "disk-is-broken"
    replicas.stop_all()
    replicas.start_replica(0, SALLYPORT_FSYNC_FAILS_WHEN=str(broken))
    assert replicas.readyz(0)[0]
    broken.touch()

    refused = shop.set_image("2")
    assert not refused.ok
    assert "code=LogUnavailable" in refused.stderr and str(replicas.folder) not in refused.stderr, refused
    assert shop.tag() == "1"
    wait_for("the replica to be unready", lambda: not replicas.readyz(0)[0], 10)
    review = shop.decide("bob", request, "Revoke")
    assert not review.ok and str(replicas.folder) not in review.stderr, review
    shop.set_image("9", who="admin").must()
    assert not shop.uses()

    shop.set_image("1", who="admin").must()
    replicas.restore()
    shop.set_image("2").must()
    assert len(shop.uses()) == 1 == shop.uses_in_log()
