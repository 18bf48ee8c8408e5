"""`sallyport log verify` and docs/verify.sh, which share no code, against everybody who edits a log: both say the same of each."""
import json
import os
import subprocess

import pytest

from logs import STREAM, Key, Log, Rotated, audit_events, requests_list
from verifiers import BROKEN, CLEAN, SALLYPORT, SCRIPT, UNREADABLE, USAGE, both, program, run, the_same_of


@pytest.fixture(scope="module")
def log(key):
    return Log(key)


class Folder:
    """A file of a log, and what both say of it."""

    def __init__(self, path):
        self.path = path

    def both(self, data, *options, name="replica-0.jsonl"):
        file = self.path / name
        file.write_bytes(data)
        return the_same_of(program(file, *options), run(SCRIPT, *options, file))

    def broken(self, data, *options, **more):
        said = self.both(data, *options, **more)
        assert said.returncode == BROKEN, said.stdout
        assert "clean" not in said.stdout
        return said.stdout


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def test_what_was_written_is_clean(folder, log, key):
    for options in ((), ("--key", key.name)):
        said = folder.both(log.bytes(), *options)
        assert said.returncode == CLEAN, said.stdout
        assert "30 lines" in said.stdout and "signed up to line 29" in said.stdout
    report = json.loads(program(folder.path, "--key", key.name, "-o", "json").stdout)
    assert report["verdict"] == "clean"
    stream, = report["streams"]
    assert (stream["lines"], stream["head"], stream["signedUpTo"], stream["checkpoints"]) == (30, log.head, 29, 3)


def test_what_it_can_not_know_it_says(folder, log):
    said = folder.both(log.bytes()).stdout
    assert "not checked: who signed it" in said and "not checked: whether lines at the end were cut off" in said
    assert "by its own word" in said


def test_any_flipped_byte_is_found(folder, log, key, sample):
    data = log.bytes()
    # The last line has nothing after it that would tell: its own signature does not cover it.
    places = range(0, len(data) - len(log.lines[-1]), 61)
    for place, flip in sample(((place, flip) for place in places for flip in (0x01, 0x80)), 12):
        changed = bytearray(data)
        changed[place] ^= flip
        assert folder.both(bytes(changed), "--key", key.name).returncode in (BROKEN, UNREADABLE), (place, flip)


def test_lines_dropped_repeated_swapped_and_inserted_are_found(folder, log):
    lines = log.lines
    for number in (0, 1, 14, 28):
        folder.broken(b"".join(lines[:number] + lines[number + 1:]))
        folder.broken(b"".join(lines[:number + 1] + lines[number:]))
        folder.broken(b"".join(lines[:number] + [lines[number + 1], lines[number]] + lines[number + 2:]))
        folder.broken(b"".join(lines[:number] + [lines[3]] + lines[number:]))
    said = folder.broken(b"".join(lines[:14] + lines[16:]))
    assert f"{folder.path}/replica-0.jsonl:15: lines 15 to 16 are missing before it" in said


def test_a_line_that_was_changed_with_all_that_follow_is_found_by_the_signature(folder, log, key):
    changed = log.rewritten(5, "gate-4", "gate-5")
    folder.broken(changed)  # the checkpoints in it are of another log
    bare = Log(lines=30)
    assert folder.both(bare.rewritten(5, "gate-4", "gate-5")).returncode == CLEAN  # nothing can tell
    folder.broken(bare.rewritten(5, "gate-4", "gate-5"), "--key", key.name)


def test_a_forged_head_or_a_foreign_key_is_found(folder, key, tmp_path):
    forger = Key(tmp_path, "forger")
    folder.broken(Log(key).checkpoint(head="ab" * 32).bytes())
    folder.broken(Log(key).checkpoint(seq=12).bytes())
    said = folder.broken(Log(key).checkpoint(key=forger).bytes(), "--key", key.name)
    assert "signed by none of the keys given" in said
    folder.broken(Log(key).checkpoint(key=forger).bytes())
    # All of it written anew, and signed by a key of one's own: clean by its own word, not by ours.
    assert folder.both(Log(forger).bytes()).returncode == CLEAN
    folder.broken(Log(forger).bytes(), "--key", key.name)


def test_a_tail_cut_at_any_byte_is_found_by_who_has_seen_it(folder, log, sample):
    seen = folder.path / "requests.json"
    seen.write_text(requests_list(log.sighting(12), log.sighting(30)))
    data = log.bytes()
    assert folder.both(data, "--witness", seen).returncode == CLEAN
    for end in sample([*range(len(data) - 1, len(data) - 40, -3), *range(200, len(data) - 40, 409)], 10):
        folder.broken(data[:end], "--witness", seen)
    for lines in (29, 20, 1):
        said = folder.broken(b"".join(log.lines[:lines]), "--witness", seen)
        assert "was cut off or put back: line 30 of it stood in the request shop/gate-1" in said


def test_a_copy_put_back_is_found_by_the_audit_log(folder, key):
    log = Log(key)
    seen = folder.path / "audit.log"
    seen.write_text('{"kind":"Event","annotations":{}}\n' + audit_events(log.sighting(25)))
    assert folder.both(log.bytes(), "--witness", seen).returncode == CLEAN
    # From line 20 on, another story, with the right key.
    other = Log(key, lines=20)
    while len(other.lines) < 40:
        other.add("answered", request="shop/other")
    said = folder.broken(other.checkpoint().bytes(), "--key", key.name, "--witness", seen)
    assert "has seen another line here" in said and "id-0" in said


def test_a_stream_that_is_missing_renamed_or_mixed_with_another_is_found(folder, key, log, tmp_path):
    other = Log(key, stream="replica-1-zzzzzzzz")
    both = tmp_path / "both"
    both.mkdir()
    (both / "replica-0.jsonl").write_bytes(log.bytes())
    (both / "replica-1.jsonl").write_bytes(other.bytes())
    seen = tmp_path / "seen.json"
    seen.write_text(requests_list(log.sighting(3), other.sighting(4)))
    assert program(both, "--key", key.name, "--witness", seen).returncode == CLEAN
    (both / "replica-1.jsonl").unlink()
    said = program(both, "--key", key.name, "--witness", seen)
    assert said.returncode == BROKEN and "the stream replica-1-zzzzzzzz is missing" in said.stdout
    assert "is not named after it" in folder.broken(log.bytes(), name="replica-7.jsonl")
    folder.broken(b"".join(log.lines[:10] + other.lines[10:]))
    folder.broken(log.bytes() + other.bytes())
    said = folder.broken(Log(key, lines=12).bytes() + Log(key, "replica-0-bbbbbbbb", 1).rewritten(1, '"seq":1', '"seq":13'))
    assert "replica-0.jsonl:13: it does not follow" in said


@pytest.mark.parametrize("rest", [
    b',"event":"x","text":"\xff\xfe"}',
    b',"event":"x","text":"a\x00b"}',
    b',"event":"x","text":' + b"[" * 100000 + b"]" * 100000 + b"}",
    b',"event":"x"',
    b',"event":"x"} trailing',
    b',"event":"x","number":}',
    rb',"event":"x","text":"\ude00"}',
    rb',"event":"x","text":"\\\ud83d"}',
    b',"event":"x","seq":31,"seq":32}',
    b',"event":""}',
    b"}",
], ids=["not UTF-8", "a NUL byte", "too deep", "no end", "something after it", "no JSON", "the second half of a character", "the first half of one", "a field twice", "no event", "no fields"])
def test_lines_that_fit_the_chain_and_are_no_lines_are_found(folder, log, key, rest):
    bad = Log(key)
    folder.broken(bad.add_raw(rest).add("answered").bytes(), "--key", key.name)


def test_a_line_without_an_end_costs_neither_time_nor_memory(folder, log):
    file = folder.path / "replica-0.jsonl"
    with file.open("wb") as out:
        out.write(log.bytes())
        out.truncate(5 << 30)
    limited = ["bash", "-c", 'ulimit -v 2000000; exec "$@"', "-"] if "asan" not in str(SALLYPORT) else []
    ours = run(*limited, SALLYPORT, "log", "verify", file)
    assert ours.returncode == BROKEN and "line 31 is longer than 1048576 bytes" in ours.stdout
    assert run(SCRIPT, file).returncode == BROKEN


def test_what_can_not_be_read_is_not_called_clean(folder, log, key):
    assert folder.both(b"").returncode == UNREADABLE
    (folder.path / "replica-0.jsonl").unlink()
    assert program(folder.path).returncode == UNREADABLE  # no log in it
    assert program(folder.path / "nowhere").returncode == UNREADABLE
    assert program("/dev/zero").returncode == UNREADABLE
    assert program(folder.path, "--witness", folder.path / "nowhere").returncode == UNREADABLE
    empty = folder.path / "empty.json"
    empty.write_text('{"kind":"List","items":[]}')
    said = program(folder.path, "--witness", empty)
    assert said.returncode == UNREADABLE and "nothing in it names a line of a log" in said.stderr
    assert program(folder.path, "--key", "nonsense").returncode == USAGE
    assert program().returncode == USAGE
    # A log beside a file that is none: what is readable is checked, and the rest not forgotten.
    (folder.path / "replica-0.jsonl").write_bytes(log.bytes())
    (folder.path / "notes.jsonl").write_text("hello\n")
    said = program(folder.path, "--key", key.name)
    assert said.returncode == UNREADABLE and "ok " in said.stdout and "notes.jsonl: its first line is none of a log" in said.stdout


@pytest.mark.parametrize("parts", [(0, 1, 2), (1, 2)], ids=["whole", "retired"])
def test_a_log_in_several_files_is_one_chain(tmp_path, key, parts):
    rotated = Rotated(key)
    files = rotated.write(tmp_path, parts)
    for options in ([], ["--key", key.name]):
        said = both(files, *options)
        assert said.returncode == CLEAN, said.stdout
        assert ("lines 1 to 20 were retired" in said.stdout) == (parts[0] == 1)
    witness = tmp_path / "seen.json"
    witness.write_text(requests_list(rotated.log.sighting(5), rotated.log.sighting(24)))
    assert both(files, "--witness", witness).returncode == CLEAN


@pytest.mark.parametrize("missing, made", [
    ((1, 2), {"retire": False}), ((1, 2), {"signed": False}), ((2,), {}), ((0, 2), {}), ((0, 1), {})],
    ids=["nobody said so", "said, and not signed", "more than was said", "in the middle", "at the end"])
def test_a_file_that_is_missing_is_found(tmp_path, key, missing, made):
    rotated = Rotated(key, **made)
    files = rotated.write(tmp_path, missing)
    witness = tmp_path / "seen.json"
    witness.write_text(requests_list(rotated.log.sighting(len(rotated.log.lines) - 1)))
    said = both(files, "--witness", witness)
    assert said.returncode == BROKEN and "clean" not in said.stdout, said.stdout


@pytest.mark.parametrize("names", [
    ["replica-0.1.jsonl", f"{STREAM}.21.jsonl", "replica-0.jsonl"],
    [f"{STREAM}.1.jsonl", f"{STREAM}.22.jsonl", "replica-0.jsonl"],
    [f"{STREAM}.1.jsonl", f"{STREAM}.21.jsonl", "replica-1.jsonl"]], ids=["no stream", "another line", "another replica"])
def test_a_file_by_another_name_is_found(tmp_path, key, names):
    assert both(Rotated(key).write(tmp_path, names=names)).returncode == BROKEN


def test_a_file_that_is_being_closed_has_two_names(tmp_path, key):
    files = Rotated(key).write(tmp_path)
    os.link(files[2], tmp_path / f"{STREAM}.24.jsonl")
    assert program(tmp_path).returncode == CLEAN == run(SCRIPT, *tmp_path.glob("*.jsonl")).returncode


def test_keys_may_come_from_a_file_and_be_many(folder, key, tmp_path):
    later = Key(tmp_path, "later")
    log = Log(key, lines=20)
    log.add("log_key", key=later.name, previous=key.name).checkpoint(key=later)
    assert folder.both(log.bytes()).returncode == CLEAN
    keys = tmp_path / "keys"
    keys.write_text(f"{key.name}\n{later.name}\n")
    assert program(folder.path / "replica-0.jsonl", "--key", keys).returncode == CLEAN
    folder.broken(log.bytes(), "--key", key.name)


def test_nothing_raw_from_an_agent_reaches_the_terminal(folder, key):
    log = Log(key, lines=5).add("answered", agent="deployer", request="shop/gate", summary="harmless\x1b[2J\x1b]0;owned\x07‮")
    file = folder.path / "replica-0.jsonl"
    file.write_bytes(log.bytes())
    shown = subprocess.run([SALLYPORT, "log", "show", file], capture_output=True, check=True).stdout
    assert b"\x1b" not in shown and b"\x07" not in shown and "‮".encode() not in shown
    assert rb"harmless\u001B[2J" in shown.replace(rb"\u001b", rb"\u001B")
    named = folder.path / "\x1b[31mred.jsonl"
    named.write_text("no log\n")
    assert "\x1b" not in program(named).stdout


def test_show_tells_by_time_agent_namespace_and_request(folder, key):
    file = folder.path / "replica-0.jsonl"
    file.write_bytes(Log(key).bytes())

    def rows(*filters):
        done = run(SALLYPORT, "log", "show", file, *filters)
        assert done.returncode == CLEAN, done.stderr
        return done.stdout.splitlines()[1:]

    assert len(rows()) == 30
    assert len(rows("--since", "2026-11-21T10:00:29Z")) == 2
    assert len(rows("--until", "2026-11-21T10:00:02Z")) == 2
    assert rows("--since", "1s") == []
    assert len(rows("--event", "checkpoint")) == 3
    assert len(rows("--agent", "deployer")) == len(rows("-n", "shop")) == 25
    row, = rows("--request", "shop/gate-4")
    assert row == rows("--request", "gate-4")[0]
    assert row.split() == ["2026-11-21T10:00:05", "answered", "deployer", "shop/gate-4", "UPDATE", "deployments/api", "code=Pending", "status=429"]
    lines = run(SALLYPORT, "log", "show", file, "--request", "gate-4", "-o", "json").stdout
    assert json.loads(lines)["seq"] == 5
    assert run(SALLYPORT, "log", "show", file, "--since", "yesterday").returncode == USAGE
