"""Slow senders, and more connections than there is room for: others are still answered."""
import contextlib
import threading
import time

import http_call
from harness import wait_for

HEAD, BODY = 5, 10  # seconds: what the server allows a handshake or a head, and a whole request
SLACK = 6           # a busy machine's, above the quarter second of the server's sweep
CONNECTIONS, HALF_OPEN = 1024, 256


class Sender(threading.Thread):
    """Sends the parts, one each half second, until the other side ends the connection; how long that took."""

    def __init__(self, target, parts, tls=http_call.USUAL):
        super().__init__()
        self.target, self.parts, self.tls = target, parts, tls
        self.seconds, self.answer = None, None

    def run(self):
        with self.target.connect(tls=self.tls) as connection:
            connection.sock.settimeout(0.5)
            begun = time.monotonic()
            for part in self.parts:
                connection.send(part)
                try:
                    self.answer = connection.receive()
                except TimeoutError:
                    continue
                self.seconds = time.monotonic() - begun
                return


def drip(data, pause=60):
    """A byte at a time, and then nothing more."""
    yield from (bytes([byte]) for byte in data)
    yield from (b"" for _ in range(pause))


def drip_behind(data, more):
    yield data
    yield from drip(more)


def test_slow_senders_are_cut_off_and_others_answered(target):
    call = target.good_call()
    heads = {
        "a byte at a time": Sender(target, drip(call)),
        "half a head": Sender(target, drip_behind(call[:40], b"")),
        "a head of one line without its carriage return": Sender(target, drip_behind(call.replace(b"\r\n", b"\n"), b"")),
        "a field at a time": Sender(target, drip_behind(call[:40], b"X: y\r\n" * 20)),
        "silence before the handshake": Sender(target, drip(b""), tls=None),
        "a hello at a byte at a time": Sender(target, drip(b"\x16\3\1\2\0\1\0\1\xfc\3\3" + bytes(40)), tls=None),
    }
    bodies = {
        "a byte of the body at a time": Sender(target, drip_behind(target.head(1000), b" " * 50)),
        "no body at all": Sender(target, drip_behind(target.head(1000), b"")),
        "all but the last byte": Sender(target, drip_behind(call[:-1], b"")),
        "no body after 100 Continue": Sender(target, drip_behind(target.head(16 << 20), b"")),
    }
    late = {phase: target.events(f"timed_out_{phase}") for phase in ("handshake", "head", "body")}
    for sender in (*heads.values(), *bodies.values()):
        sender.start()
    while any(sender.is_alive() for sender in bodies.values()):
        target.must_answer_a_good_call()
        time.sleep(0.5)
    for senders, limit in ((heads, HEAD), (bodies, BODY)):
        for name, sender in senders.items():
            sender.join()
            assert sender.answer == b"" and limit - 0.5 <= sender.seconds <= limit + SLACK, (name, sender.seconds, sender.answer)
    assert {phase: target.events(f"timed_out_{phase}") - count for phase, count in late.items()} == {
        "handshake": 2, "head": 4, "body": 4}


def is_over(connection):
    connection.sock.setblocking(False)
    try:
        return connection.sock.recv(1) == b""
    except (BlockingIOError, http_call.ssl.SSLWantReadError):
        return False
    except OSError:
        return True


def test_more_idle_connections_than_there_is_room_for(target):
    evicted = target.events("connection_evicted")
    with contextlib.ExitStack() as all_open:
        idle = []
        for _ in range(CONNECTIONS + 50):
            connection = all_open.enter_context(target.connect())
            connection.send(target.good_call())
            target.must_be_good(connection.read_answer())
            idle.append(connection)
        target.must_answer_a_good_call()
        assert target.metric("sallyport_net_connections") <= CONNECTIONS
        assert target.events("connection_evicted") >= evicted + 50
        closed = [number for number, connection in enumerate(idle) if is_over(connection)]
        assert 50 <= len(closed) <= 52 and max(closed) < 200, closed  # those that had been idle longest
        assert target.cluster.readyz(2)[0]
    wait_for("the end of all connections", lambda: target.metric("sallyport_net_connections") == 0)


def test_more_half_open_connections_than_there_is_room_for(target):
    """Half without a byte, half after the handshake: neither has sent a request."""
    ended = target.events("connection_evicted") + target.events("timed_out_handshake")
    with contextlib.ExitStack() as all_open:
        for number in range(HALF_OPEN + 150):
            all_open.enter_context(target.connect(tls=http_call.USUAL if number % 2 else None))
            if number % 50 == 0:
                target.must_answer_a_good_call()
        target.must_answer_a_good_call()
        # On a slow machine some of them have timed out by then instead.
        assert target.events("connection_evicted") + target.events("timed_out_handshake") >= ended + 100
        assert target.metric("sallyport_net_connections") <= HALF_OPEN + 1
    wait_for("the end of all connections", lambda: target.metric("sallyport_net_connections") == 0)


def test_a_busy_attacker_starves_nobody(target):
    """Handshakes without end, from four threads, while others call."""
    over = threading.Event()

    def attack():
        while not over.is_set():
            with contextlib.suppress(OSError):
                target.connect().close()

    attackers = [threading.Thread(target=attack) for _ in range(4)]
    for each in attackers:
        each.start()
    try:
        for _ in range(20):
            target.must_answer_a_good_call()
    finally:
        over.set()
        for each in attackers:
            each.join()
