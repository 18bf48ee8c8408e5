"""Delivery through everything that befalls a receiver and ourselves; by the webhook, whose receiver can be anything."""
import json
import signal
import threading
import time

import pytest

from forwarding import wait_for
from receivers import Receiver, seqs, signature_holds

KEY = b"not-for-anybody-to-see"


@pytest.fixture
def webhook(forwarding):
    forwarding.secret("key", KEY + b"\n")
    made = []

    def make(**kwargs):
        made.append(Receiver(**kwargs))
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


def sink_to(receiver, **more):
    return {"type": "webhook", "url": receiver.url("/in")} | more


def test_every_line_comes_once_and_signed(forwarding, webhook):
    receiver = webhook()
    lines = forwarding.write(1200)
    done = forwarding.once(**sink_to(receiver))
    assert done.returncode == 0, done.stderr
    assert b"sink siem: 1200 lines delivered\n" in done.stderr
    assert receiver.lines() == lines
    assert len(receiver.requests) == 3
    for request in receiver.requests:
        assert request["path"] == "/in" and request["headers"]["Content-Type"] == "application/x-ndjson"
        assert signature_holds(request, KEY)
        assert not signature_holds(request | {"body": request["body"] + b"x"}, KEY)
    # Once more: there is nothing new; then there is.
    assert forwarding.once(**sink_to(receiver)).returncode == 0
    assert len(receiver.requests) == 3
    forwarding.write(1)
    assert forwarding.once(**sink_to(receiver)).returncode == 0
    assert receiver.lines() == lines


def test_it_follows_a_log_that_grows_and_rotates(forwarding, webhook):
    receiver = webhook()
    process = forwarding.start(**sink_to(receiver))
    for count in (3, 40, 1):
        lines = forwarding.write(count)
        wait_for("its lines", lambda: receiver.lines() == lines)
        forwarding.rotate()
    lines = forwarding.write(5)
    wait_for("its lines", lambda: receiver.lines() == lines)
    # A line that is being written is waited for.
    forwarding.log.add("answered", why="x" * 100_000)
    line = forwarding.log.lines[-1]
    with forwarding.active.open("ab") as file:
        for piece in (line[:10], line[10:70_000]):
            file.write(piece)
            file.flush()
            another = forwarding.write_another()
            wait_for("the other stream's line", lambda another=another: receiver.lines()[-1] == another)
        assert seqs(receiver.lines()) == [*range(1, 50), 1, 2]
        file.write(line[70_000:])
    wait_for("the long line", lambda: receiver.lines()[-1] == line)
    forwarding.stop(process)


@pytest.mark.parametrize("status", [429, 500, 503, 401, 404, 302])
def test_what_a_receiver_does_not_take_it_gets_again(forwarding, webhook, status):
    troubled = []
    receiver = webhook(answer=lambda request: status if len(troubled) < 2 and not troubled.append(1) else 200)
    lines = forwarding.write(10)
    done = forwarding.once(**sink_to(receiver))
    assert done.returncode == 0, done.stderr
    assert [request["status"] for request in receiver.requests] == [status, status, 200]
    assert receiver.lines() == lines
    assert f"the receiver answered {status}; it is tried again".encode() in done.stderr


def test_retry_after_is_obeyed(forwarding, webhook):
    receiver = webhook(answer=lambda request: (429, {"Retry-After": "1"}, b"") if not receiver.requests else 200)
    forwarding.write(1)
    assert forwarding.once(**sink_to(receiver)).returncode == 0
    first, second = receiver.requests
    assert second["at"] - first["at"] > 0.95


def test_an_outage_loses_nothing(forwarding, webhook):
    receiver = webhook()
    forwarding.write(5)
    process = forwarding.start(**sink_to(receiver))
    forwarding.wait_until_taken(5)
    receiver.close()
    for _ in range(4):
        forwarding.write(50)
    forwarding.wait_until_says(process, "it is tried again")
    lines = forwarding.write(1)
    again = webhook(port=receiver.port)
    wait_for("the rest", lambda: len(again.lines()) == 201)
    assert receiver.lines() + again.lines() == lines
    said = forwarding.stop(process)
    assert "connecting to 127.0.0.1" in said or "Connection refused" in said


def test_a_receiver_that_never_answers_is_left_at_the_timeout(forwarding, webhook):
    may_answer = threading.Event()
    first = iter([may_answer])
    slow = webhook(answer=lambda request: (next(first, None) is None or may_answer.wait()) and 200)
    lines = forwarding.write(3)
    done = forwarding.once(**sink_to(slow, timeout="1s"))
    assert done.returncode == 0, done.stderr
    assert b"timed out" in done.stderr or b"timeout" in done.stderr
    # It had taken them after all: they came twice, and (stream, seq) says so.
    may_answer.set()
    wait_for("both", lambda: len(slow.lines()) >= 6)
    assert sorted(set(slow.lines()), key=lines.index) == lines


def test_killed_at_any_time_it_loses_nothing(forwarding, webhook):
    receiver = webhook(answer=lambda request: time.sleep(0.01) or 200)
    sink = sink_to(receiver, batchRecords=7)
    lines = []
    for number in range(8):
        process = forwarding.start(**sink)
        lines = forwarding.write(60)
        if number == 4:
            forwarding.rotate()
        wait_for("some lines", lambda number=number: len(receiver.lines()) > 30 * number)
        forwarding.stop(process, signal.SIGKILL)
    assert forwarding.once(**sink).returncode == 0
    got = receiver.lines()
    assert sorted(set(got), key=lines.index) == lines
    assert len(got) - len(lines) <= 8 * 7  # at most a batch for each kill
    # What comes again is the same line, and what comes first comes in order.
    assert list(dict.fromkeys(got)) == lines


@pytest.mark.parametrize("damage", [lambda file: file.unlink(), lambda file: file.write_text("{"), lambda file: file.write_bytes(b"\0" * 200),
                                    lambda file: file.write_text(file.read_text().replace('"seq":30', '"seq":99')),
                                    lambda file: file.write_text(file.read_text().replace('"offset":', '"offset":9'))])
def test_a_damaged_cursor_costs_duplicates_and_no_line(forwarding, webhook, damage):
    receiver = webhook()
    forwarding.write(30)
    assert forwarding.once(**sink_to(receiver)).returncode == 0
    damage(forwarding.cursors / "siem.cursor")
    lines = forwarding.write(1)
    assert forwarding.once(**sink_to(receiver)).returncode == 0
    assert receiver.lines() == lines[:30] + lines
    assert forwarding.cursor()[0]["seq"] == 31


def test_a_line_that_is_rejected_is_found_and_stayed_at(forwarding, webhook):
    receiver = webhook(answer=lambda request: 400 if b"shop/gate-77\"" in request["body"] else 200)
    lines = forwarding.write(200)
    done = forwarding.once(**sink_to(receiver))
    assert done.returncode == 1
    assert b"the receiver answered 400" in done.stderr and b"not all" in done.stderr
    assert receiver.lines() == lines[:77]
    assert forwarding.cursor()[0]["seq"] == 77
    # Mended, it goes on.
    receiver.answer = lambda request: 200
    assert forwarding.once(**sink_to(receiver)).returncode == 0
    assert receiver.lines() == lines


def test_a_line_that_is_rejected_can_be_left_out(forwarding, webhook):
    receiver = webhook(answer=lambda request: 413 if b"shop/gate-77\"" in request["body"] else 200)
    lines = forwarding.write(200)
    done = forwarding.once(**sink_to(receiver, onRejected="Skip"))
    assert done.returncode == 1 and b"1 were refused and left out" in done.stderr
    assert b"line 78 of replica-0-abcdefgh is left out, since the receiver answered 413" in done.stderr
    assert receiver.lines() == lines[:77] + lines[78:]


def test_an_answer_without_end_and_a_head_without_end_are_cut_off(forwarding, webhook):
    hostile = [(200, {}, b"x" * (1 << 20)), (200, {"X": "y" * 100_000}, b"")]
    receiver = webhook(answer=lambda request: hostile.pop() if hostile else 200)
    forwarding.write(2)
    done = forwarding.once(**sink_to(receiver))
    assert done.returncode == 0, done.stderr
    assert len(receiver.requests) == 3


def test_the_key_is_shown_nowhere(forwarding, webhook):
    receiver = webhook(answer=lambda request: (500, {"X-Echo": KEY.decode()}, KEY) if len(receiver.requests) < 2 else 200)
    forwarding.write(2)
    done = forwarding.once(**sink_to(receiver))
    assert done.returncode == 0
    assert KEY not in done.stdout + done.stderr + (forwarding.cursors / "siem.cursor").read_bytes()
    assert all(KEY not in json.dumps(request["headers"]).encode() + request["body"] for request in receiver.requests)


def test_without_its_key_nothing_is_sent(forwarding, webhook):
    receiver = webhook()
    (forwarding.secrets / "key").unlink()
    forwarding.write(1)
    process = forwarding.start(**sink_to(receiver))
    forwarding.wait_until_says(process, "secrets/key")
    assert not receiver.requests
    forwarding.secret("key", KEY)
    wait_for("the line", lambda: len(receiver.lines()) == 1)
    forwarding.stop(process)


def test_a_file_that_somebody_has_changed_stops_its_stream_and_says_so(forwarding, webhook):
    receiver = webhook()
    lines = forwarding.write(9)
    forwarding.active.write_bytes(b"".join(lines[:4] + lines[5:]))
    done = forwarding.once(**sink_to(receiver))
    assert done.returncode == 1
    assert receiver.lines() == lines[:4]
    assert b"is not line 5 of stream replica-0-abcdefgh" in done.stderr
