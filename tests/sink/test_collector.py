"""Sinks against the OpenTelemetry Collector's receivers: of OTLP, and of what Splunk's HTTP Event Collector takes."""
import json
import re
import subprocess

import pytest

from forwarding import PATIENCE, ROOT, wait_for
from ports import free_port

pytestmark = pytest.mark.collector
TOKEN = b"not-for-anybody-to-see"


@pytest.fixture(scope="module")
def program():
    built = subprocess.run([ROOT / "hack" / "collector.sh"], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return built.stdout.strip()


class Collector:
    """Prints what it takes; can be ended and started again on the same port."""

    def __init__(self, program, folder, receiver, settings):
        self.program, self.config, self.output = program, folder / "collector.yaml", folder / "collected"
        self.config.write_text(json.dumps({
            "receivers": {receiver: settings}, "exporters": {"debug": {"verbosity": "detailed"}},
            "service": {"telemetry": {"metrics": {"level": "none"}},
                        "pipelines": {"logs": {"receivers": [receiver], "exporters": ["debug"]}}}}))
        self.start()

    def start(self):
        with self.output.open("ab") as file:
            self.process = subprocess.Popen([self.program, "--config", f"file:{self.config}"], stdout=file, stderr=file)

    def end(self):
        self.process.terminate()
        self.process.wait(PATIENCE)

    def said(self):
        return self.output.read_text()

    def lines(self):
        return [line.encode() + b"\n" for line in re.findall(r"^Body: Str\((.*)\)$", self.said(), re.MULTILINE)]


@pytest.fixture
def collector(program, tmp_path):
    made = []

    def make(receiver, settings):
        made.append(Collector(program, tmp_path, receiver, settings))
        return made[-1]

    yield make
    for each in made:
        each.process.kill()
        each.process.wait()


def through_an_outage(forwarding, collector, **settings):
    sink = forwarding.start(**settings)
    forwarding.write(100)
    wait_for("the first lines", lambda: len(collector.lines()) == 100)
    collector.end()
    lines = forwarding.write(100)
    forwarding.wait_until_says(sink, "it is tried again")
    collector.start()
    wait_for("all lines", lambda: len(set(collector.lines())) == 200)
    assert list(dict.fromkeys(collector.lines())) == lines
    forwarding.stop(sink)


def test_otlp_takes_every_line_through_an_outage(forwarding, collector):
    port = free_port()
    taken = collector("otlp", {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}})
    through_an_outage(forwarding, taken, type="otlp", url=f"http://127.0.0.1:{port}/v1/logs")
    said = taken.said()
    assert "sallyport.seq: Int(200)" in said and "EventName: sallyport.answered" in said and "service.instance.id: Str(replica-0)" in said


def test_splunk_takes_every_line_through_an_outage(forwarding, collector):
    port = free_port()
    taken = collector("splunk_hec", {"endpoint": f"127.0.0.1:{port}", "access_token_passthrough": True})
    forwarding.secret("token", TOKEN)
    through_an_outage(forwarding, taken, type="splunk", url=f"http://127.0.0.1:{port}/services/collector/event", index="audit")
    said = taken.said()
    for attribute in ("host.name: Str(replica-0)", "com.splunk.index: Str(audit)", "com.splunk.sourcetype: Str(sallyport:log)",
                      "seq: Str(200)", f"com.splunk.hec.access_token: Str({TOKEN.decode()})"):
        assert attribute in said, attribute
