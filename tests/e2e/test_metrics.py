"""What a replica counts: each counter moves, and the chart's alerts ask for what is there."""
import re
import ssl
import subprocess
import urllib.error
import urllib.request

import pytest
import yaml

import objects
from harness import ROOT, wait_for

pytestmark = pytest.mark.disruptive  # replica 1 starts anew with a sink, and gets all calls

CHART = ROOT / "charts" / "sallyport"
SINK = "copy"
# What is read at the scrape from whoever counts it, where this test does not get him to: the test that does.
MOVED_BY = {
    "requests_removed_total": ("tests/unit/engine/history_test.cpp", "history().removed()"),
    "request_removals_failed_total": ("tests/unit/engine/history_test.cpp", "history().failed()"),
    "store_restored_total": ("tests/e2e/test_bad_days.py", "store_restored"),
    "log_rotations_total": ("tests/unit/journal/rotation_test.cpp", "counters().rotations"),
    "log_errors_total": ("tests/unit/journal/failing_test.cpp", "counters().errors"),
    "reviews_undecodable_total": ("tests/hostile/test_reviews.py", "BadReview"),
    "api_forbidden_total": ("tests/unit/kube/api_test.cpp", "forbidden()"),
    "events_lost_total": ("tests/unit/kube/cluster_test.cpp", "events.lost()"),
    "sink_skipped_total": ("tests/sink/test_webhook.py", 'onRejected="Skip"'),
}


@pytest.fixture
def replica(cluster, settings, tmp_path):
    """The one that all calls come to. Its sink's directory is not there yet."""
    settings([1], log={"sinks": [{"name": SINK, "type": "file", "directory": str(tmp_path / "copies"), "maxBackoff": "200ms"}]})
    cluster.stop_replica(0)
    wait_for("the replica to be ready", lambda: cluster.readyz(1)[0])
    return 1


def counters(cluster, replica):
    """By sample, e.g. admissions_answered_total{code="Busy"}."""
    text = cluster.metrics_text(replica)
    names = re.findall(r"^# TYPE sallyport_(\w+) counter$", text, re.MULTILINE)
    samples = re.findall(r"^sallyport_((\w+)(?:{.*})?) (\S+)$", text, re.MULTILINE)
    assert set(names) <= {name for _, name, _ in samples}
    return {sample: float(value) for sample, name, value in samples if name in names}


def call_unproven(cluster):
    """As somebody who does not know the path."""
    port = (cluster.folder / "webhook.port").read_text().strip()
    request = urllib.request.Request(f"https://localhost:{port}/wrong/admit", b"{}", {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(request, timeout=30, context=ssl._create_unverified_context())


def name_of(sample):
    return sample.partition("{")[0]


def is_named_in_a_test(sample):
    """A code of an answer or an event of a connection: all of one array, so one that a test looks for is moved there."""
    label = re.search(r'(code|event)="(\w+)"', sample)
    if not label:
        file, text = MOVED_BY.get(name_of(sample), (None, None))
        return file is not None and text in (ROOT / file).read_text()
    snake = re.sub(r"(?<=[a-z])([A-Z])", r"_\1", label[2]).lower()
    wanted = re.compile(rf"code={label[2]}\b|[\"']{label[2]}[\"']|\b(?:Code|Event)::{snake}\b")
    files = [each for each in (ROOT / "tests").rglob("*") if each.suffix in (".py", ".cpp") and each.name != "test_metrics.py"]
    return any(wanted.search(each.read_text()) for each in files)


def test_each_counter_moves(shop, cluster, replica, tmp_path):
    before = counters(cluster, replica)
    shop.kubectl("agent", "annotate", "deployment", "api", "a=b").must()  # nobody asks about that
    shop.gate(whilePending="Reject")
    shop.gate("warns", enforcement="Warn")
    shop.gate("audits", enforcement="Audit")
    request = shop.rejected("2")
    assert not shop.decide("agent", request, "Approve").ok
    shop.approved("alice", request)
    shop.set_image("2").must()
    shop.wait_for_state(request, "Used")
    call_unproven(cluster)
    wait_for("the sink to fail", lambda: counters(cluster, replica)[f'sink_failures_total{{sink="{SINK}"}}'] > 0)
    (tmp_path / "copies").mkdir()
    wait_for("the sink to deliver", lambda: counters(cluster, replica)[f'sink_delivered_total{{sink="{SINK}"}}'] > 0)

    after = counters(cluster, replica)
    assert before.keys() == after.keys()
    moved = {sample for sample in after if after[sample] > before[sample]}
    assert moved >= {"admissions_unmatched_total", "admissions_warned_total", "admissions_audited_total", "reviews_accepted_total",
                     "reviews_refused_total", "callers_not_proven_total", "log_records_total", "log_syncs_total"}
    assert not [sample for sample in sorted(after.keys() - moved) if not is_named_in_a_test(sample)]
    assert not {name_of(sample) for sample in moved} & MOVED_BY.keys(), "these need no other test any more"


def test_alerts_ask_for_metrics_that_there_are(cluster, replica):
    helm = subprocess.run([ROOT / "hack" / "helm.sh"], capture_output=True, text=True, check=True).stdout.strip()
    rendered = subprocess.run([helm, "template", "sallyport", CHART, "--set", "monitoring.prometheusRule.enabled=true",
                               "--set", "agents[0].name=deployer", "--set", "agents[0].serviceAccounts[0]=agents/deployer",
                               "--show-only", "templates/prometheusrule.yaml"], capture_output=True, text=True, check=True)
    rules = [rule for group in yaml.safe_load(rendered.stdout)["spec"]["groups"] for rule in group["rules"]]
    asked = [(name, dict(re.findall(r'(\w+)="([^"]*)"', labels))) for rule in rules
             for name, labels in re.findall(r"(sallyport_\w+){(.*?)}", rule["expr"])]
    assert len(asked) >= len(rules)

    def not_there():
        """Prometheus itself adds the namespace."""
        lines = cluster.metrics_text(replica).splitlines()
        return [(name, labels) for name, labels in asked if not any(
            re.match(rf"{name}[ {{]", line) and all(f'{label}="{value}"' in line for label, value in labels.items() if label != "namespace")
            for line in lines)]
    wait_for("the first look at the configurations", lambda: all(name != "sallyport_gate_drifted" for name, _ in not_there()))
    assert not not_there()
