"""What is no TLS that we speak ends the connection; nothing but TLS is ever answered."""
import os
import ssl
import subprocess

import pytest

import http_call

OLD = [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1]


@pytest.mark.parametrize("version", OLD, ids=["1.0", "1.1"])
def test_old_versions_are_refused(target, version):
    with pytest.warns(DeprecationWarning):
        context = http_call.client_context(version, version, ciphers="ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError) as refusal:
        target.connect(tls=context)
    assert refusal.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_new_versions_are_spoken(target, version):
    with target.connect(tls=http_call.client_context(version, version)) as connection:
        connection.send(target.good_call())
        target.must_be_good(connection.read_answer())


@pytest.mark.parametrize("ciphers", ["AES256-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"])
def test_no_common_cipher(target, ciphers):
    failed = target.events("handshake_failed")
    context = http_call.client_context(most=ssl.TLSVersion.TLSv1_2, ciphers=ciphers)
    with pytest.raises(ssl.SSLError) as refusal:
        target.connect(tls=context)
    assert "HANDSHAKE_FAILURE" in refusal.value.reason, refusal.value
    assert target.events("handshake_failed") == failed + 1


@pytest.mark.parametrize("protocol", ["h2", "http/1.0", "spdy/3"])
def test_no_common_protocol(target, protocol):
    with pytest.raises(ssl.SSLError) as refusal:
        target.connect(tls=http_call.client_context(alpn=[protocol]))
    assert "alert no application protocol" in str(refusal.value)


def record(kind, version, content, size=None):
    return bytes([kind]) + version + (len(content) if size is None else size).to_bytes(2, "big") + content


def hello(version):
    content = version + bytes(32) + b"\0" + b"\0\4\xc0\x2b\xc0\x2c" + b"\1\0" + b"\0\0"
    return b"\1" + len(content).to_bytes(3, "big") + content


NO_TLS = {
    "plaintext": b"POST /x/admit HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "zeros": bytes(4096),
    "random bytes": os.urandom(64 * 1024),
    "an SSLv2 hello": bytes.fromhex("802e0100020015000000100100800200800300800400800500800600400700c0") + bytes(16),
    "a record of an unknown kind": record(99, b"\3\3", b"x" * 50),
    "a record that is too long": record(22, b"\3\1", b"\1" * 20_000, 0xFFFF),
    "an empty record": record(22, b"\3\1", b"") * 40,
    "data before the handshake": record(23, b"\3\3", b"x" * 100),
    "a heartbeat": record(24, b"\3\3", b"\1\x40\0"),
    "a fatal alert": record(21, b"\3\3", b"\2\x28"),
    "many warnings": record(21, b"\3\3", b"\1\x5a") * 1000,
    "a hello that claims 16 MiB": record(22, b"\3\1", b"\1\xff\xff\xff" + bytes(1000)),
    "a hello of another version": record(22, b"\3\1", hello(b"\2\7")),
    "a finished first": record(22, b"\3\3", b"\x14\0\0\x0c" + bytes(12)),
}


@pytest.mark.parametrize("data", NO_TLS.values(), ids=NO_TLS)
def test_what_is_no_tls_ends_the_connection(target, data):
    with target.connect(tls=None) as connection:
        connection.send(data)
        answer = connection.read_to_end()
    assert b"HTTP" not in answer
    assert len(answer) < 100, answer  # an alert at most


@pytest.mark.parametrize("share", [1, 30, 200])
def test_a_hello_that_breaks_off(target, share):
    with target.connect(tls=None) as connection:
        connection.send(Tunnel(connection, http_call.USUAL).hello()[:share])


class Tunnel:
    """TLS whose records pass through our hands."""

    def __init__(self, connection, context):
        self.connection = connection
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    def hello(self):
        with pytest.raises(ssl.SSLWantReadError):
            self.tls.do_handshake()
        return self.outgoing.read()

    def handshake(self):
        self.connection.send(self.hello())
        while True:
            self.incoming.write(self.connection.receive())
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.connection.send(self.outgoing.read())
        self.connection.send(self.outgoing.read())

    def sealed(self, data):
        self.tls.write(data)
        return self.outgoing.read()


def flipped(data):
    return data[:-1] + bytes([data[-1] ^ 1])


GARBAGE = {
    "random bytes": lambda sealed: os.urandom(1000),
    "plaintext": lambda sealed: b"POST /x/admit HTTP/1.1\r\n\r\n",
    "a changed bit": flipped,
    "a record twice": lambda sealed: sealed + sealed,
    "a record that is too long": lambda sealed: record(23, b"\3\3", bytes(20_000), 20_000),
    "an unencrypted alert": lambda sealed: record(21, b"\3\3", b"\2\x28"),
    "a new hello": lambda sealed: record(22, b"\3\1", hello(b"\3\3")),
}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
@pytest.mark.parametrize("spoil", GARBAGE.values(), ids=GARBAGE)
def test_garbage_after_the_handshake_ends_the_connection(target, version, spoil):
    complete = target.events("request_complete")
    with target.connect(tls=None) as connection:
        tunnel = Tunnel(connection, http_call.client_context(version, version))
        tunnel.handshake()
        connection.send(spoil(tunnel.sealed(target.head(1000))))  # a head whose body never comes
        connection.read_to_end()
    assert target.events("request_complete") == complete


def test_no_renegotiation(target):
    done = target.events("handshake_done")
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{target.port}", "-tls1_2"]
    ended = subprocess.run(command, input="R\n", capture_output=True, text=True, timeout=60, check=False)
    assert "RENEGOTIATING" in ended.stderr
    assert "no renegotiation" in ended.stderr, ended.stderr
    assert target.events("handshake_done") == done + 1
