"""Logs whose closed files are compressed, by a replica or by whoever keeps them: every tool reads the same, and no damage passes."""
import gzip
import json
import os
import zlib

import pytest

from logs import STREAM, Log, Rotated
from verifiers import BROKEN, CLEAN, SALLYPORT, SCRIPT, UNREADABLE, both, program, run, the_same_of


@pytest.fixture
def rotated(key, tmp_path):
    return Rotated(key).write(tmp_path)


def compress(file):
    compressed = file.with_name(file.name + ".gz")
    compressed.write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()
    return compressed


@pytest.mark.parametrize("which", [(0,), (0, 1), (0, 1, 2)], ids=["the first", "the closed ones", "all"])
def test_a_chain_runs_on_through_compressed_files(rotated, key, which):
    plain = both(rotated, "--key", key.name)
    files = [compress(file) if number in which else file for number, file in enumerate(rotated)]
    said = both(files, "--key", key.name)
    assert said.returncode == CLEAN and said.stdout == plain.stdout
    assert [stream["files"] for stream in json.loads(program(files[0].parent, "-o", "json").stdout)["streams"]] == [[str(file) for file in files]]


@pytest.mark.parametrize("command", [
    ("show",), ("show", "-o", "json"), ("export", "--format", "csv"), ("export", "--format", "json"), ("replay",)], ids=" ".join)
def test_the_other_tools_say_the_same_of_them(rotated, command):
    def said():
        return run(SALLYPORT, "log", *command[:1], rotated[0].parent, *command[1:], *(["--to", "-"] if command[0] == "export" else []))
    plain = said()
    assert plain.returncode == CLEAN and plain.stdout, plain.stderr
    for file in rotated:
        compress(file)
    compressed = said()
    assert (compressed.returncode, compressed.stdout) == (plain.returncode, plain.stdout), compressed.stderr


def test_a_bundle_holds_their_lines(rotated, key, tmp_path):
    folder, wanted = rotated[0].parent, [file.read_bytes() for file in rotated]
    for file in rotated:
        compress(file)
    bundle = tmp_path / "evidence.zip"
    made = run(SALLYPORT, "log", "export", folder, "--format", "bundle", "--to", bundle)
    assert made.returncode == CLEAN, made.stderr
    assert run("unzip", "-q", bundle, "-d", tmp_path / "out").returncode == 0
    logs = tmp_path / "out" / "sallyport-evidence" / "logs"
    held = sorted(logs.iterdir(), key=lambda file: int(file.name.split(".")[-2]))
    assert [file.read_bytes() for file in held] == wanted
    assert program("--extract", "--key", key.name, logs).returncode == CLEAN == run(SCRIPT, "--extract", "--key", key.name, *held).returncode


def test_a_file_that_is_being_compressed_is_there_in_both_ways(rotated):
    stored = gzip.compress(rotated[0].read_bytes())
    beside = rotated[0].with_name(rotated[0].name + ".gz")
    beside.write_bytes(stored)
    assert both([*rotated, beside]).returncode == CLEAN
    assert len(run(SALLYPORT, "log", "show", rotated[0].parent, "-o", "json").stdout.splitlines()) == json.loads(
        program(rotated[0].parent, "-o", "json").stdout)["streams"][0]["lines"]
    # Something else beside it is somebody's doing, and which of the two is right nobody knows.
    for other in (stored[:-9], gzip.compress(rotated[0].read_bytes().replace(b"Pending", b"Allowed")), gzip.compress(b"")):
        beside.write_bytes(other)
        assert both([*rotated, beside]).returncode == BROKEN


def test_any_flipped_byte_is_found(rotated, key, sample):
    data = rotated[0].read_bytes()
    compressed = compress(rotated[0])
    files, stored = [compressed, *rotated[1:]], compressed.read_bytes()
    for place, flip in sample(((place, flip) for place in range(0, len(stored), 29) for flip in (0x01, 0x80)), 12):
        changed = bytearray(stored)
        changed[place] ^= flip
        compressed.write_bytes(changed)
        said = both(files, "--key", key.name)
        try:
            harmless = gzip.decompress(changed) == data
        except (OSError, EOFError, zlib.error):
            harmless = False
        # Without its first byte it is no compressed file any more, and no log either.
        assert harmless or said.returncode == (BROKEN if place else UNREADABLE), place


def test_one_that_is_cut_off_or_goes_on_is_found(rotated, sample):
    compressed = compress(rotated[0])
    files, stored = [compressed, *rotated[1:]], compressed.read_bytes()
    for end in sample([*range(1, len(stored), 61), *range(len(stored) - 10, len(stored))], 10):
        compressed.write_bytes(stored[:end])
        assert both(files).returncode == BROKEN, end
    compressed.write_bytes(stored + b"more")
    said = both(files)
    assert said.returncode == BROKEN and "its compressed bytes are damaged" in said.stdout
    half = len(rotated[1].read_bytes()) // 2
    parts = rotated[1].read_bytes()[:half], rotated[1].read_bytes()[half:]
    rotated[1].write_bytes(b"".join(map(gzip.compress, parts)))  # as `cat` makes one of two
    compressed.write_bytes(stored)
    assert both(files).returncode == CLEAN


def test_zeros_that_fill_it_up_change_nothing(rotated):
    compressed = compress(rotated[0])
    stored = compressed.read_bytes()
    compressed.write_bytes(stored + bytes(700))
    assert both([compressed, *rotated[1:]]).returncode == CLEAN
    compressed.write_bytes(stored + bytes(700) + b"1")
    assert both([compressed, *rotated[1:]]).returncode == BROKEN


def test_a_second_name_that_says_compressed_hides_nothing(rotated):
    """Whichever of the two comes first."""
    lines = rotated[2].read_bytes().splitlines(keepends=True)
    rotated[2].write_bytes(b"".join(lines[:1] + lines[2:]))
    second = rotated[2].with_name(rotated[2].name + ".gz")
    os.link(rotated[2], second)
    for files in ([*rotated, second], [second, *rotated]):
        assert both(files).returncode == BROKEN


def test_one_that_was_compressed_since_it_was_named_is_read_all_the_same(rotated):
    compress(rotated[0])
    said = the_same_of(program(*rotated), run(SCRIPT, *rotated))
    assert said.returncode == CLEAN


def test_without_gzip_the_script_says_so(rotated, tmp_path):
    compressed, tools = compress(rotated[0]), tmp_path / "tools"
    tools.mkdir()
    for tool in set(os.listdir("/usr/bin")) - {"gzip"}:
        (tools / tool).symlink_to(f"/usr/bin/{tool}")
    said = run("env", f"PATH={tools}", SCRIPT, compressed, *rotated[1:])
    assert said.returncode == UNREADABLE and "there is no gzip" in said.stderr


def test_by_another_name_it_is_found(rotated):
    compressed = compress(rotated[0])
    other = compressed.rename(compressed.with_name(f"{STREAM}.2.jsonl.gz"))
    assert both([other, *rotated[1:]]).returncode == BROKEN


def test_what_becomes_very_much_costs_no_memory(tmp_path, key):
    """A line without an end, of a thousandth of its size."""
    file = tmp_path / "replica-0.jsonl.gz"
    packer = zlib.compressobj(wbits=31)
    with file.open("wb") as out:
        out.write(packer.compress(Log(key).bytes()))
        for _ in range(300):
            out.write(packer.compress(b"\0" * (1 << 20)))
        out.write(packer.flush())
    limited = ["bash", "-c", 'ulimit -v 200000; exec "$@"', "-"] if "asan" not in str(SALLYPORT) else []
    said = run(*limited, SALLYPORT, "log", "verify", file)
    assert said.returncode == BROKEN and "line 31 is longer than 1048576 bytes" in said.stdout
    the_same_of(said, run(SCRIPT, file))


def test_nobody_waits_for_more_of_one(rotated):
    compressed = compress(rotated[0])
    said = run(SALLYPORT, "log", "tail", compressed)
    assert "it is compressed, and nothing is added to it any more" in said.stderr
