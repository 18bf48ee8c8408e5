"""`sallyport log tail` on logs that go on, whose files are closed under another name and begun anew."""
import json
import os
import select
import subprocess
import time

import pytest

from logs import Log
from verifiers import SALLYPORT


class Replica:
    """Writes its stream as a replica does."""

    def __init__(self, folder, name="replica-0", lines=30):
        self.log = Log(stream=f"{name}-abcdefgh", lines=lines)
        self.active = folder / f"{name}.jsonl"
        self.active.write_bytes(b"".join(self.log.lines))
        self.first = 1

    @property
    def seq(self):
        return len(self.log.lines)

    def add(self, **fields):
        self.log.add("answered", **{"agent": "deployer", "code": "Pending", **fields})
        with self.active.open("ab") as file:
            file.write(self.log.lines[-1])

    def rotate(self):
        self.active.rename(self.active.with_name(f"{self.log.stream}.{self.first}.jsonl"))
        self.active.touch()
        self.first = self.seq + 1


class Tail:
    def __init__(self, *arguments):
        self.process = subprocess.Popen([SALLYPORT, "log", "tail", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.text = b""

    def seqs(self):
        return [json.loads(line)["seq"] for line in self.text.decode().splitlines()]

    def wait_for(self, seq, seconds=20):
        deadline = time.monotonic() + seconds
        while not self.text.endswith(b"\n") or self.seqs()[-1] != seq:
            assert time.monotonic() < deadline, self.text[-500:]
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                self.text += self.process.stdout.read() or b""
        return self

    def end(self):
        self.process.terminate()
        return self.process.communicate(timeout=20)[1].decode()


@pytest.fixture
def replica(tmp_path):
    return Replica(tmp_path)


@pytest.fixture
def tail(tmp_path):
    tails = []

    def start(*arguments):
        tails.append(Tail(*(arguments or [tmp_path]), "-f", "-o", "json"))
        return tails[-1]
    yield start
    for each in tails:
        each.process.kill()
        each.process.communicate()


def run(*arguments):
    return subprocess.run([SALLYPORT, "log", "tail", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)


def test_shows_the_last_and_ends(replica, tmp_path):
    done = run(tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("TIME (UTC)") and len(done.stdout.splitlines()) == 11
    assert [json.loads(line)["seq"] for line in run(tmp_path, "--lines", 3, "-o", "json").stdout.splitlines()] == [28, 29, 30]
    assert run(tmp_path, "--agent", "nobody", "-o", "json").stdout == ""
    assert run(tmp_path, "--since", "x").returncode == 2


def test_what_was_closed_a_moment_ago_is_among_the_last(replica, tmp_path):
    replica.rotate()
    replica.add()
    assert [json.loads(line)["seq"] for line in run(tmp_path, "--lines", 3, "-o", "json").stdout.splitlines()] == [29, 30, 31]


@pytest.mark.parametrize("place", ["folder", "file"])
def test_follows_through_rotations_without_a_gap_or_a_repeat(replica, tmp_path, tail, place):
    followed = tail(tmp_path if place == "folder" else replica.active).wait_for(30)
    for round_ in range(4):
        replica.add()
        if round_ % 2:
            followed.wait_for(replica.seq)
        replica.add()
        replica.rotate()
        replica.add()
        followed.wait_for(replica.seq)
    replica.rotate()  # twice at once, while nobody looks
    replica.add()
    if place == "folder":
        replica.rotate()
    replica.add()
    followed.wait_for(replica.seq)
    assert followed.seqs() == list(range(21, replica.seq + 1))
    assert followed.end() == ""


def test_half_a_line_is_not_shown_and_may_be_taken_back(replica, tail):
    followed = tail().wait_for(30)
    with replica.active.open("ab") as file:
        file.write(b'{"v":1,"seq":31,"prev":"torn')
    time.sleep(0.6)
    os.truncate(replica.active, sum(map(len, replica.log.lines)))
    replica.add()
    followed.wait_for(31)
    assert followed.seqs()[-2:] == [30, 31] and followed.end() == ""


def test_a_replica_that_comes_later_is_followed_too(replica, tmp_path, tail):
    followed = tail().wait_for(30)
    other = Replica(tmp_path, "replica-1", lines=2)
    followed.wait_for(2)
    other.add()
    followed.wait_for(3)
    replica.add()
    followed.wait_for(31)


def test_a_copy_of_a_file_says_nothing_twice(replica, tmp_path, tail):
    followed = tail().wait_for(30)
    (tmp_path / "copy.jsonl").write_bytes(replica.active.read_bytes())
    replica.add()
    followed.wait_for(31)
    assert followed.seqs() == list(range(21, 32))


def test_records_that_nobody_could_follow_are_told(replica, tail):
    followed = tail(replica.active).wait_for(30)
    replica.log.add("answered", agent="deployer")  # in a file that was closed and followed by another at once
    replica.rotate()
    replica.add()
    followed.wait_for(32)
    assert "records 31 to 31 of its stream are in no file that is followed; name the log's folder" in followed.end()


def test_what_is_no_log_is_told_once_and_stops_nothing(replica, tmp_path, tail):
    (tmp_path / "notes.jsonl").write_text("hello\n")
    followed = tail().wait_for(30)
    replica.add()
    followed.wait_for(31)
    time.sleep(0.5)
    assert followed.end() == f"sallyport: {tmp_path}/notes.jsonl: its first line is none of a log\n"
    assert run(tmp_path).returncode == 3


def test_nothing_in_a_record_steers_the_terminal(replica, tmp_path):
    replica.add(summary="\x1b[2Jgone\u202e", agent="x\x1b]0;t\x07")
    shown = run(tmp_path).stdout
    assert "\x1b" not in shown and "\u202e" not in shown and "\\u001b[2Jgone" in shown
