"""The sinks that stay on this machine: files, and standard output."""
import array
import fcntl
import subprocess
import termios

from forwarding import PATIENCE, SALLYPORT, wait_for


def test_copies_are_the_logs_own_files_and_verify(forwarding, tmp_path):
    copies = tmp_path / "copies"
    copies.mkdir()
    sink = {"type": "file", "directory": str(copies), "batchRecords": 7}
    forwarding.write(20)
    assert forwarding.once(**sink).returncode == 0
    forwarding.write(5)
    forwarding.rotate()
    lines = forwarding.write(5)
    assert forwarding.once(**sink).returncode == 0
    stream = forwarding.log.stream
    files = {file.name: file.read_bytes() for file in copies.iterdir()}
    assert files == {f"{stream}.1.jsonl": b"".join(lines[:25]), f"{stream}.26.jsonl": b"".join(lines[25:])}
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in copies.iterdir())
    # What is delivered twice is there once, and what a crash has torn is mended.
    (forwarding.cursors / "siem.cursor").unlink()
    torn = copies / f"{stream}.26.jsonl"
    torn.write_bytes(torn.read_bytes()[:-30])
    assert forwarding.once(**sink).returncode == 0
    assert {file.name: file.read_bytes() for file in copies.iterdir()} == files


def test_a_copy_is_never_changed(forwarding, tmp_path):
    copies = tmp_path / "copies"
    copies.mkdir()
    sink = {"type": "file", "directory": str(copies)}
    forwarding.write(20)
    assert forwarding.once(**sink).returncode == 0
    copy, = copies.iterdir()
    before = copy.read_bytes()
    # Somebody has the log's own file changed, and the cursor removed so that it is all delivered again.
    forwarding.active.write_bytes(before.replace(b"shop/gate-5", b"shop/gate-6", 1))
    (forwarding.cursors / "siem.cursor").unlink()
    done = forwarding.once(**sink)
    assert done.returncode == 1 and b"holds other lines than the log has now" in done.stderr
    assert copy.read_bytes() == before


def test_a_full_or_missing_directory_is_waited_for(forwarding, tmp_path):
    lines = forwarding.write(3)
    process = forwarding.start(type="file", directory=str(tmp_path / "copies"))
    forwarding.wait_until_says(process, "No such file or directory; it is tried again")
    (tmp_path / "copies").mkdir()
    wait_for("the copy", lambda: [file.read_bytes() for file in (tmp_path / "copies").iterdir()] == [b"".join(lines)])
    forwarding.stop(process)


def test_far_behind_it_ends_when_told(forwarding, tmp_path):
    """A receiver that takes everything at once lets it come to nothing else."""
    copies = tmp_path / "copies"
    copies.mkdir()
    forwarding.write(20_000)
    process = forwarding.start(type="file", directory=str(copies), batchRecords=1)
    forwarding.wait_until_taken(1)
    said = forwarding.stop(process)
    assert forwarding.cursor()[0]["seq"] < 20_000 and "and not all that there are" in said


def test_a_stream_can_not_name_a_place(forwarding, tmp_path):
    copies = tmp_path / "copies"
    copies.mkdir()
    forwarding.log.stream = "../../evil"
    forwarding.write(1)
    done = forwarding.once(type="file", directory=str(copies))
    assert done.returncode == 1 and b"none that a file may have" in done.stderr
    assert not list(tmp_path.rglob("evil*"))


def test_standard_output_has_the_lines_alone(forwarding):
    lines = forwarding.write(2000)
    done = forwarding.once(type="stdout")
    assert done.returncode == 0 and done.stdout == b"".join(lines)


def waiting(pipe):
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def test_a_standard_output_that_nobody_reads_is_waited_for(forwarding):
    lines = forwarding.write(2000)
    process = forwarding.start(type="stdout")
    wait_for("a full pipe", lambda: waiting(process.stdout) > 60_000)
    got = b""
    while len(got) < len(b"".join(lines)):
        piece = process.stdout.read1(65536)
        assert piece, "it has ended"
        got += piece
    assert got == b"".join(lines)
    forwarding.stop(process)


def test_wrong_usage_is_a_sentence(forwarding, tmp_path):
    config = tmp_path / "wrong.yaml"
    for sinks, why in [("[{name: a, type: stdout}, {name: b, type: stdout}]", "--sink say which"), ("[]", "--sink say which"),
                       ("[{name: a, type: stdout}, {name: a, type: stdout}]", "two sinks are called a"),
                       ("[{name: a, type: stdout, token: x}]", 'unknown key "token"')]:
        config.write_text(f"log: {{sinks: {sinks}}}")
        done = subprocess.run([SALLYPORT, "log", "forward", forwarding.log_dir, "--config", config, "--cursors", forwarding.cursors],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 2 and why in done.stderr, done.stderr
