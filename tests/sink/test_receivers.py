"""The other sinks, against rsyslog and against what stands in for a receiver that refuses (test_collector.py has real ones
of OTLP and Splunk's events)."""
import json
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from forwarding import wait_for
from ports import free_port
from receivers import Receiver, seqs

RSYSLOG = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin")
TOKEN = b"not-for-anybody-to-see"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Of 127.0.0.1, its own CA."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", folder / "tls.key", "-out", folder / "tls.crt"], check=True, capture_output=True)
    return folder


# --- OTLP ---

def otlp_lines(requests):
    return [record["body"]["stringValue"].encode() + b"\n" for request in requests for logs in json.loads(request["body"])["resourceLogs"]
            for scope in logs["scopeLogs"] for record in scope["logRecords"]]


def test_otlp_takes_every_line(forwarding):
    receiver = Receiver(answer=lambda request: (200, {"Content-Type": "application/json"}, b'{"partialSuccess":{}}'))
    forwarding.secret("token", TOKEN)
    lines = forwarding.write(700)
    done = forwarding.once(type="otlp", url=receiver.url("/v1/logs"))
    assert done.returncode == 0, done.stderr
    assert otlp_lines(receiver.requests) == lines
    assert {request["headers"]["Authorization"] for request in receiver.requests} == {f"Bearer {TOKEN.decode()}"}
    assert TOKEN not in done.stderr
    receiver.close()


def test_otlp_that_takes_a_part_only_has_not_taken_the_rest(forwarding):
    def answer(request):
        poisoned = b"shop/gate-11\\\"" in request["body"]
        return 200, {}, json.dumps({"partialSuccess": {"rejectedLogRecords": "1"}} if poisoned else {}).encode()

    receiver = Receiver(answer=answer)
    forwarding.write(30)
    done = forwarding.once(type="otlp", url=receiver.url("/v1/logs"))
    assert done.returncode == 1 and b"the receiver took a part of it only" in done.stderr
    assert forwarding.cursor()[0]["seq"] == 11
    receiver.close()


# --- Splunk ---

class Hec:
    """What of Splunk's HTTP Event Collector is documented: its token, its format, its codes."""

    def __init__(self):
        self.events = []
        self.receiver = Receiver(answer=self.answer)

    def answer(self, request):
        if request["headers"].get("Authorization") != f"Splunk {TOKEN.decode()}":
            return 403, {}, b'{"text":"Invalid token","code":4}'
        decoder, text, events = json.JSONDecoder(), request["body"].decode(), []
        while text:
            event, end = decoder.raw_decode(text)
            if set(event) - {"time", "host", "source", "sourcetype", "index", "event", "fields"} or not event.get("event"):
                return 400, {}, b'{"text":"Invalid data format","code":6}'
            float(event["time"])
            events.append(event)
            text = text[end:].lstrip()
        self.events += events
        return 200, {}, b'{"text":"Success","code":0}'


def test_splunk_takes_every_line(forwarding):
    hec = Hec()
    forwarding.secret("token", b"wrong")
    lines = forwarding.write(600)
    sink = forwarding.start(type="splunk", url=hec.receiver.url("/services/collector/event"), index="audit")
    wait_for("a refusal", lambda: hec.receiver.requests)
    assert not hec.events
    # The Secret is mended while it runs.
    forwarding.secret("token", TOKEN)
    wait_for("all", lambda: len(hec.events) == 600)
    assert [event["event"].encode() + b"\n" for event in hec.events] == lines
    assert {(event["index"], event["host"], event["sourcetype"]) for event in hec.events} == {("audit", "replica-0", "sallyport:log")}
    assert [int(event["fields"]["seq"]) for event in hec.events] == seqs(lines)
    said = forwarding.stop(sink)
    assert "the receiver answered 403" in said and TOKEN.decode() not in said
    hec.receiver.close()


# --- syslog ---

class SyslogServer:
    """RFC 5425: frames that count their octets, over TLS."""

    def __init__(self, certificate, port=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "tls.crt", certificate / "tls.key")
        self.messages, self.open = [], []
        self.socket = socket.create_server(("127.0.0.1", port or free_port()))
        self.port = self.socket.getsockname()[1]
        self.context = context
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                plain, _ = self.socket.accept()
                self.open.append(plain)
                threading.Thread(target=self.read, args=(plain,), daemon=True).start()
            except OSError:
                return

    def read(self, plain):
        try:
            with self.context.wrap_socket(plain, server_side=True) as stream, stream.makefile("rb") as file:
                self.open.append(stream)
                while True:
                    size = b""
                    while (byte := file.read(1)) != b" ":
                        if not byte:
                            return
                        size += byte
                    message = file.read(int(size))
                    assert len(message) == int(size)
                    self.messages.append(message)
        except (OSError, AssertionError):
            pass

    def lines(self):
        return [message.split(b"] ", 1)[1] + b"\n" for message in self.messages]

    def close(self):
        for each in [self.socket, *self.open]:  # a listener, too: closed alone, it goes on in whoever waits for it
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.socket.close()


def test_syslog_over_tls_takes_every_line_through_an_outage(forwarding, certificate):
    server = SyslogServer(certificate)
    forwarding.secret("ca.crt", (certificate / "tls.crt").read_bytes())
    lines = forwarding.write(800)
    assert forwarding.once(type="syslog", url=f"127.0.0.1:{server.port}").returncode == 0
    wait_for("all", lambda: server.lines() == lines)
    sink = forwarding.start(type="syslog", url=f"127.0.0.1:{server.port}")
    lines = forwarding.write(20)
    wait_for("more", lambda: server.lines() == lines)
    forwarding.wait_until_taken(820)
    server.close()
    lines = forwarding.write(20)
    forwarding.wait_until_says(sink, "it is tried again")
    again = SyslogServer(certificate, server.port)
    wait_for("the rest", lambda: len(again.lines()) == 20)
    assert server.lines() + again.lines() == lines
    forwarding.stop(sink)
    again.close()


def test_syslog_goes_to_nobody_whose_certificate_is_not_known(forwarding, certificate):
    server = SyslogServer(certificate)
    forwarding.write(1)
    sink = forwarding.start(type="syslog", url=f"127.0.0.1:{server.port}")
    forwarding.wait_until_says(sink, "TLS handshake")
    forwarding.stop(sink)
    assert not server.messages
    server.close()


def test_rsyslog_takes_every_line(forwarding, certificate, tmp_path):
    assert RSYSLOG, "install rsyslog and rsyslog-gnutls"
    port, output = free_port(), tmp_path / "received"
    config = tmp_path / "rsyslog.conf"
    config.write_text(f"""
global(workDirectory="{tmp_path}" maxMessageSize="1m" defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="{certificate}/tls.crt"
  defaultNetstreamDriverCertFile="{certificate}/tls.crt" defaultNetstreamDriverKeyFile="{certificate}/tls.key")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
template(name="parts" type="string" string="%msgid%|%hostname%|%structured-data%|%msg%\\n")
action(type="omfile" file="{output}" template="parts")
input(type="imtcp" port="{port}")
""")
    process = subprocess.Popen([RSYSLOG, "-n", "-f", config, "-i", tmp_path / "pid"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        forwarding.secret("ca.crt", (certificate / "tls.crt").read_bytes())
        forwarding.write(300)
        forwarding.log.add("answered", why="x" * 100_000)
        lines = forwarding.flush()
        done = forwarding.once(type="syslog", url=f"127.0.0.1:{port}")
        assert done.returncode == 0, done.stderr
        stream = forwarding.log.stream
        wait_for("all", lambda: output.exists() and output.read_bytes().count(b"\n") >= 301)
        got = output.read_bytes().splitlines(keepends=True)
        assert [line.split(b"|", 3)[3].lstrip(b" ") for line in got] == lines
        assert got[6].startswith(f'answered|replica-0|[sallyport@32473 stream="{stream}" seq="7"]|'.encode())
    finally:
        process.kill()
        process.communicate()
