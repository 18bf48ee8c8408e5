"""`sallyport log tail` on logs that go on, whose files are closed under another name and begun anew."""
import json
import os
import pathlib
import signal

import pytest

from followed import Replica, Tail
from verifiers import PATIENCE, SALLYPORT, run as run_program


@pytest.fixture
def replica(tmp_path):
    return Replica(tmp_path)


@pytest.fixture
def tail(tmp_path):
    tails = []

    def start(*arguments, **more):
        tails.append(Tail(*(arguments or [tmp_path]), "-f", "-o", "json", **more))
        return tails[-1]
    yield start
    for each in tails:
        each.process.kill()
        each.process.communicate()


def run(*arguments):
    return run_program(SALLYPORT, "log", "tail", *arguments)


def test_shows_the_last_and_ends(replica, tmp_path):
    done = run(tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("TIME (UTC)") and len(done.stdout.splitlines()) == 11
    assert [json.loads(line)["seq"] for line in run(tmp_path, "--lines", 3, "-o", "json").stdout.splitlines()] == [28, 29, 30]
    assert run(tmp_path, "--agent", "nobody", "-o", "json").stdout == ""
    assert run(tmp_path, "--since", "x").returncode == 2


def test_what_was_closed_a_moment_ago_is_among_the_last(replica, tmp_path):
    replica.rotate()
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
    for _ in range(3):  # while nobody looks
        replica.rotate()
        replica.add()
    followed.wait_for(replica.seq)
    assert followed.seqs() == list(range(21, replica.seq + 1))
    assert followed.end() == ""


def test_half_a_line_is_not_shown_and_may_be_taken_back(replica, tmp_path, tail):
    other = Replica(tmp_path, "replica-1", lines=2)
    followed = tail(tmp_path, "--lines", 40)
    followed.wait_for(30)
    with replica.active.open("ab") as file:
        file.write(b'{"v":1,"seq":31,"prev":"torn')
    other.add()
    followed.wait_for(3)  # so it has looked at both
    os.truncate(replica.active, sum(map(len, replica.log.lines)))
    replica.add()
    followed.wait_for(31)
    assert followed.seqs()[-3:] == [30, 3, 31] and followed.end() == ""


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
    replica.log.add("answered", agent="deployer")  # which is in no file
    replica.add()
    followed.wait_for(32)
    assert "records 31 to 31 of its stream are in no file of its folder any more" in followed.end()


def test_what_is_no_log_is_told_once_and_stops_nothing(replica, tmp_path, tail):
    (tmp_path / "notes.jsonl").write_text("hello\n")
    followed = tail().wait_for(30)
    for seq in (31, 32):
        replica.add()
        followed.wait_for(seq)
    assert followed.end() == f"sallyport: {tmp_path}/notes.jsonl: its first line is none of a log\n"
    assert run(tmp_path).returncode == 3


def test_a_file_that_is_not_there_is_told(tmp_path):
    done = run(tmp_path / "replica-0.jsonl")
    assert done.returncode == 3 and "No such file" in done.stderr


def test_nothing_in_a_record_steers_the_terminal(replica, tmp_path):
    replica.add(summary="\x1b[2Jgone\u202e", agent="x\x1b]0;t\x07")
    shown = run(tmp_path).stdout
    assert "\x1b" not in shown and "\u202e" not in shown and "\\u001b[2Jgone" in shown


def fall_behind(replica, files, compress):
    """All of that happens while nobody looks."""
    for _ in range(files):
        replica.add()
        replica.rotate()
    for index in range(len(replica.closed) - 1 if compress else 0):
        replica.compress(index)


@pytest.mark.parametrize("place, compress", [("folder", False), ("folder", True), ("file", True)], ids=["closed", "compressed", "a file"])
def test_whoever_is_far_behind_gets_each_record_once(replica, tmp_path, tail, place, compress):
    followed = tail(tmp_path if place == "folder" else replica.active).wait_for(30)
    followed.stop()
    fall_behind(replica, 100, compress)
    followed.wake()
    followed.wait_for(replica.seq)
    assert followed.seqs() == list(range(21, replica.seq + 1)) and followed.end() == ""


def test_what_was_compressed_before_is_passed_over(replica, tmp_path, tail):
    fall_behind(replica, 5, compress=True)
    followed = tail().wait_for(replica.seq)
    assert followed.seqs() == list(range(38, replica.seq + 1))  # of the two that are not
    fall_behind(replica, 5, compress=False)
    followed.wait_for(replica.seq)
    assert followed.seqs() == list(range(38, replica.seq + 1)) and followed.end() == ""


def test_a_stream_that_has_begun_while_nobody_looked_is_shown_from_its_beginning(replica, tmp_path, tail):
    followed = tail().wait_for(30)
    followed.stop()
    other = Replica(tmp_path, "replica-1", lines=2)
    fall_behind(other, 5, compress=True)
    followed.wake()
    followed.wait_for(other.seq)
    assert followed.seqs() == [*range(21, 31), *range(1, other.seq + 1)] and followed.end() == ""


def test_what_was_retired_meanwhile_is_told_and_the_rest_is_shown(replica, tail):
    followed = tail().wait_for(30)
    followed.stop()
    fall_behind(replica, 20, compress=True)
    for file in replica.closed[1:4]:  # lines 32 to 37; the first one is open
        file.unlink()
    followed.wake()
    followed.wait_for(replica.seq)
    assert followed.seqs() == [*range(21, 32), *range(38, replica.seq + 1)]
    told, = followed.end().splitlines()
    assert "records 32 to 37 of its stream are in no file of its folder any more, so they are not shown" in told


def test_there_may_be_more_files_than_a_process_may_open(replica, tmp_path, tail):
    limited = ["bash", "-c", 'ulimit -n 50; exec "$@"', "-"]
    fall_behind(replica, 100, compress=False)
    followed = tail(under=limited).wait_for(replica.seq)
    first = followed.seqs()[0]
    followed.stop()
    fall_behind(replica, 100, compress=False)
    followed.wake()
    followed.wait_for(replica.seq)
    assert followed.seqs() == list(range(first, replica.seq + 1)) and followed.end() == ""


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_far_behind_it_shows_some_before_it_has_read_all_and_ends_when_told(replica, tail, ended_by):
    followed = tail().wait_for(30)
    followed.stop()
    before = followed.bytes_read()
    for _ in range(64):
        replica.add(summary="x" * 500_000)
    followed.wake()
    followed.wait_for_output()
    assert followed.bytes_read() - before < replica.active.stat().st_size // 2
    followed.process.send_signal(ended_by)
    assert followed.process.wait(PATIENCE) == -ended_by


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_as_the_command_of_a_container_it_ends_when_told(replica, tail, ended_by):
    """The first process of a PID namespace is spared the signals that it does not handle."""
    apart = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--pid", "--fork", "--kill-child"]
    followed = tail(under=apart)
    if followed.process.poll() is None:
        followed.wait_for(30)
    outer = followed.process.pid
    inner, = pathlib.Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
    os.kill(int(inner), ended_by)
    assert followed.process.wait(PATIENCE) == 128 + ended_by
