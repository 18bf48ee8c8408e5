"""What a replica counts: each counter is seen to move, and the chart's alerts ask for what is there."""
import contextlib
import json
import re
import socket
import ssl

import pytest

from alerts import rules
from harness import AGENT, ROOT, wait_for

pytestmark = pytest.mark.disruptive  # replica 1 starts anew with a sink, and gets all calls

SINK = "copy"
LIMITS = "tests/unit/net/limits_test.cpp::LimitsTest."
# The counters that the test below does not move: which test sees each move, and how its assertion reads it.
SEEN_BY = {
    "requests_removed_total": ("tests/e2e/test_history.py::test_a_namespace_keeps_its_last_requests_and_the_log_keeps_all",
                               "sallyport_requests_removed_total"),
    "store_restored_total": (
        "tests/e2e/test_bad_days.py::test_an_approval_used_after_a_snapshot_is_not_used_again_once_it_is_restored",
        "sallyport_store_restored_total"),
    # Their place in the text is shown by Metrics.EachCounterMovesItsOwnSampleAndThereIsNoOther.
    "request_removals_failed_total": ("tests/unit/engine/history_test.cpp::History.ARefusalIsNotTriedAgainAtOnce", "history().failed()"),
    "log_rotations_total": ("tests/unit/journal/rotation_test.cpp::Rotation.OldFilesAreClosedToo", "counters().rotations"),
    "log_errors_total": ("tests/unit/journal/failing_test.cpp::Failing.ADiskThatIsFullEndsTheLogUntilTheNextStart", "counters().errors"),
    "api_forbidden_total": ("tests/unit/kube/api_test.cpp::ApiTest.ForbiddenIsCounted", "api->forbidden()"),
    "events_lost_total": ("tests/unit/kube/cluster_test.cpp::ClusterTest.TooManyEventsAreLostAndCounted", "events.lost()"),
    f'sink_skipped_total{{sink="{SINK}"}}': ("tests/sink/test_webhook.py::test_a_line_that_is_rejected_can_be_left_out",
                                             "1 were refused and left out"),
    # Likewise, by Metrics.EachEventOfAConnectionMovesItsOwnSample.
    "connection_refused": (LIMITS + "ConnectionsThatWorkMakeNoRoom", "counters()[Event::connection_refused]"),
    "connection_evicted": (LIMITS + "OverTheLimitTheLongestIdleConnectionMakesRoom", "counters()[Event::connection_evicted]"),
    "accept_failed": (LIMITS + "WithoutDescriptorsCallersWaitUntilThereAreSome", "failed"),
    "overloaded": (LIMITS + "BodiesInFlightAreBoundedTogether", "saw(Event::overloaded)"),
    "timed_out_handshake": (LIMITS + "HandshakeHasToEnd", "saw(Event::timed_out_handshake, 2)"),
    "timed_out_head": (LIMITS + "AHeadHasToEndHoweverSteadilyItComes", "saw(Event::timed_out_head)"),
    "timed_out_body": (LIMITS + "ABodyHasToEndHoweverSteadilyItComes", "saw(Event::timed_out_body)"),
    "timed_out_write": (LIMITS + "AnAnswerHasToBeRead", "saw(Event::timed_out_write)"),
    "timed_out_idle": (LIMITS + "AnIdleConnectionEndsAndSaysSo", "counters()[Event::timed_out_idle]"),
    "handler_failed": ("tests/unit/net/server_test.cpp::ServerTest.AThrowingHandlerAnswers500AndTheConnectionGoesOn",
                       "counters()[Event::handler_failed]"),
    "caller_gone": ("tests/e2e/test_waiting.py::test_a_killed_kubectl_ends_its_hold", "CALLERS_GONE"),
}
# Of all answers there is one array, by code, which is counted where an answer is written. Here answers of each of these
# places are seen in it. Which code has which place in the text, all of them: Metrics.EachCodeMovesItsOwnSample.
CODES_HERE = {"Allowed", "ApprovalRequired", "ApprovalDenied", "Guarded", "BadReview", "UnknownAgent", "NotReady"}
CODES_SEEN_BY = ("tests/unit/endpoints/metrics_test.cpp::Metrics.EachCodeMovesItsOwnSample", "answered(code)")


@pytest.fixture
def replica(cluster, settings, tmp_path):
    """The one that all calls come to. Its sink's directory is not there yet."""
    settings([1], log={"sinks": [{"name": SINK, "type": "file", "directory": str(tmp_path / "copies"), "maxBackoff": "200ms"}]})
    cluster.stop_replica(0)
    wait_for("the replica to be ready", lambda: cluster.readyz(1)[0])
    return 1


def counters(cluster, replica):
    """By sample, e.g. admissions_answered_total{code="Busy"}; of a histogram how many it has counted."""
    text = cluster.metrics_text(replica)
    names = [name + ("_count" if kind == "histogram" else "")
             for name, kind in re.findall(r"^# TYPE sallyport_(\w+) (counter|histogram)$", text, re.MULTILINE)]
    samples = re.findall(r"^sallyport_((\w+)(?:{.*})?) (\S+)$", text, re.MULTILINE)
    assert set(names) <= {name for _, name, _ in samples}
    return {sample: float(value) for sample, name, value in samples if name in names}


@contextlib.contextmanager
def connection(cluster, tls=True):
    """To the webhooks' port, as anybody in the cluster may have one."""
    plain = socket.create_connection(("localhost", cluster.webhook_port), timeout=30)
    with ssl._create_unverified_context().wrap_socket(plain, server_hostname="localhost") if tls else plain as peer:
        yield peer


def status_of(cluster, data):
    with connection(cluster) as peer:
        peer.sendall(data)
        return int(peer.recv(65536).split(b" ")[1])


def head(path, *fields):
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *fields, "", ""]).encode()


def call(cluster, review):
    body = json.dumps(review).encode()
    return status_of(cluster, head(f"/{cluster.path()}/admit?timeout=5s", f"Content-Length: {len(body)}") + body)


def review(name, namespace, user=AGENT):
    """A recorded one, of another namespace and user."""
    recorded = json.loads((ROOT / "tests" / "data" / "reviews" / f"{name}.json").read_text())
    recorded["request"] |= {"namespace": namespace, "userInfo": {"username": user, "uid": "u", "groups": ["system:authenticated"]}}
    return recorded


def misuse(cluster, namespace):
    """What the API server itself never sends."""
    assert status_of(cluster, head("/wrong/admit", "Content-Length: 2") + b"{}") == 403
    assert status_of(cluster, b"hello\r\n\r\n") == 400
    assert status_of(cluster, head("/", "Transfer-Encoding: chunked")) == 411
    assert status_of(cluster, head(f"/{cluster.path()}/admit", f"Content-Length: {1 << 40}")) == 413
    assert status_of(cluster, head("/", f"X: {'x' * 100_000}")) == 431
    with connection(cluster, tls=False) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
        peer.recv(100)
    with connection(cluster) as peer:
        peer.sendall(b"POST / HT")
    for odd in ({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {"uid": "u"}},
                review("pod_create", namespace, user="stranger"), review("pod_create", "nowhere"),
                review("policy_create", namespace)):
        assert call(cluster, odd) == 200


def key_of(sample):
    """By which SEEN_BY has it."""
    event = re.search(r'event="(\w+)"', sample)
    return event[1] if event else sample


def is_seen(test, reads):
    """Whether there is such a test, with an assertion that reads the counter."""
    file, _, name = test.partition("::")
    text = (ROOT / file).read_text()
    if "." in name:
        found = re.search(rf"^TEST(?:_F|_P)?\({name.replace('.', ', ')}\) {{$(.*?)^}}$", text, re.MULTILINE | re.DOTALL)
    else:
        found = re.search(rf"^def {name}\(.*?:$(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    asserts = re.compile(rf"\b(?:assert|EXPECT_\w+|ASSERT_\w+)\b.*{re.escape(reads)}")
    return found is not None and asserts.search(found[1]) is not None


def test_each_counter_moves(shop, cluster, replica, tmp_path):
    before = counters(cluster, replica)
    shop.kubectl("agent", "annotate", "deployment", "api", "a=b").must()  # nobody asks about that
    # The guard looks for the pod; that there is none, the API server says.
    gone = shop.kubectl("agent", "create", "--raw", f"/api/v1/namespaces/{shop.name}/pods/gone/exec?command=id", "-f", "-", stdin="")
    assert "not found" in gone.stderr, gone
    shop.gate(whilePending="Reject")
    shop.gate("warns", enforcement="Warn")
    shop.gate("audits", enforcement="Audit")
    request = shop.rejected("2")
    assert not shop.decide("agent", request, "Approve").ok
    shop.approved("alice", request)
    shop.set_image("2").must()
    shop.wait_for_state(request, "Used")
    shop.decide("alice", shop.rejected("3"), "Deny").must()
    shop.request("Denied")
    assert "code=ApprovalDenied" in shop.set_image("3").stderr
    shop.gate(whilePending="Hold")
    held = shop.start_set_image("4")
    shop.approve("alice", shop.request())
    held.finish().must()
    misuse(cluster, shop.name)
    wait_for("the sink to fail", lambda: counters(cluster, replica)[f'sink_failures_total{{sink="{SINK}"}}'] > 0)
    (tmp_path / "copies").mkdir()
    wait_for("the sink to deliver", lambda: counters(cluster, replica)[f'sink_delivered_total{{sink="{SINK}"}}'] > 0)
    cut_short = 'net_events_total{event="cut_short"}'
    wait_for("the cut call to be noticed", lambda: counters(cluster, replica)[cut_short] > before[cut_short])

    after = counters(cluster, replica)
    assert before.keys() == after.keys()
    moved = {sample for sample in after if after[sample] > before[sample]}
    codes = {sample: re.search(r'code="(\w+)"', sample)[1] for sample in after if 'code="' in sample}
    assert {codes[sample] for sample in codes.keys() & moved} >= CODES_HERE
    assert {key_of(sample) for sample in after.keys() - codes.keys() - moved} <= SEEN_BY.keys(), "no test sees these move"
    # Beside a load some of these move here, too (a connection that is dropped, a call that times out), and need not.
    assert SEEN_BY.keys() <= {key_of(sample) for sample in after.keys() - codes.keys()}, "these are no counters any more"


def test_the_other_tests_see_their_counters_move():
    for test, reads in [*SEEN_BY.values(), CODES_SEEN_BY]:
        assert is_seen(test, reads), f"{test} has no assertion with {reads}"


def test_alerts_ask_for_metrics_that_there_are(cluster, replica):
    """Of those in the table that are told only while there is something to tell, too: a sink, a drift."""
    asked = [(name, dict(re.findall(r'(\w+)="([^"]*)"', labels))) for rule in rules()
             for name, labels in re.findall(r"(sallyport_\w+){(.*?)}", rule["expr"])]
    assert len(asked) >= len(rules())

    def not_there():
        """Prometheus itself adds the namespace."""
        lines = cluster.metrics_text(replica).splitlines()
        return [(name, labels) for name, labels in asked if not any(
            re.match(rf"{name}[ {{]", line) and all(f'{label}="{value}"' in line for label, value in labels.items() if label != "namespace")
            for line in lines)]
    wait_for("the first look at the configurations", lambda: all(name != "sallyport_gate_drifted" for name, _ in not_there()))
    assert not not_there()
