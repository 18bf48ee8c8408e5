"""`sallyport log export`: tables that no spreadsheet runs, and files that are nobody else's."""
import csv
import io
import os
import pathlib
import pty
import signal
import subprocess
import time

import pytest

from exported import HOSTILE, at, export
from logs import STREAM, Log, head_of
from verifiers import CLEAN, PATIENCE, ROOT, SALLYPORT, UNREADABLE, USAGE, run, start


def test_a_table_has_the_documented_columns(logs, story):
    done = export(logs, "--format", "csv", "--to", "-", "--request", "shop/gate-1")
    assert (done.returncode, done.stderr) == (CLEAN, "")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    table = (ROOT / "docs" / "audit.md").read_text().partition("| column | what |")[2]
    documented = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    assert list(rows[0]) == documented
    assert [row["event"] for row in rows] == ["request_opened", "intent", "outcome"]
    opened, intent, outcome = rows
    assert (opened["agent"], opened["summary"], opened["resource"]) == ("deployer", "UPDATE deployments/api", "deployments.apps")
    assert (intent["kind"], intent["verdict"], intent["who"], intent["why"]) == ("decision", "Approved", "alice, bob", "looks right")
    assert outcome["result"] == "done"
    line = story.log.lines[int(intent["seq"]) - 1]
    assert (intent["sha256"], intent["stream"]) == (head_of(line), STREAM)
    raw = subprocess.run([SALLYPORT, "log", "export", logs, "--format", "csv", "--to", "-"], capture_output=True, check=True).stdout
    assert raw.count(b"\r\n") == raw.count(b"\n") == len(story.log.lines) + 1


@pytest.mark.parametrize("text", ["=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", 'a";=1', HOSTILE, 'x",=1,"'])
def test_no_cell_is_a_formula_or_steers_anything(key, tmp_path, text):
    (tmp_path / "replica-0.jsonl").write_bytes(Log(key, lines=2).add("answered", agent=text, summary=text, why=text).bytes())
    raw = export(tmp_path, "--format", "csv", "--to", "-", "--event", "answered").stdout
    assert not any(ord(char) < 32 and char not in "\r\n" or char in "\u202e\u2028\x7f" for char in raw)
    for separator in ",;":
        *_, cells = csv.reader(io.StringIO(raw), delimiter=separator)
        assert not [cell for cell in cells if cell.strip(' "')[:1] in ("=", "+", "-", "@", "\uff1d")], cells
    *_, row = csv.DictReader(io.StringIO(raw))
    assert row["agent"] == row["summary"] == row["why"]
    assert len(list(csv.reader(io.StringIO(raw)))) == 2


def test_lines_are_those_of_the_log(logs, story):
    done = export(logs, "--format", "json", "--to", "-", "--since", at(22), "--until", at(24))
    assert done.stdout.encode() == b"".join(story.log.lines[21:24])


@pytest.mark.parametrize("arguments", [
    ["--format", "pdf", "--to", "x"], ["--to", "x"], ["--format", "csv"],
    ["--format", "csv", "--to", "x", "--since", "yesterday"], ["--format", "bundle", "--to", "x", "--key", "nonsense"],
    ["--format", "json", "--to", "x", "--key", "nonsense"], ["--format", "csv", "--to", ""]])
def test_wrong_usage_writes_nothing(tmp_path, logs, arguments):
    done = subprocess.run([SALLYPORT, "log", "export", logs, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == USAGE and done.stderr
    assert os.listdir(tmp_path) == ["logs"]


@pytest.mark.parametrize("form", ["csv", "json", "bundle"])
def test_a_file_is_its_owners_alone_and_no_other_is_overwritten(tmp_path, logs, form):
    out = tmp_path / "out"
    out.mkdir()
    file = out / "evidence"
    subprocess.run([SALLYPORT, "log", "export", logs, "--format", form, "--to", file], check=True, preexec_fn=lambda: os.umask(0))
    assert file.stat().st_mode & 0o777 == 0o600
    first = file.read_bytes()
    file.write_bytes(b"precious")
    refused = export(logs, "--format", form, "--to", file)
    assert refused.returncode == USAGE and "--force" in refused.stderr and file.read_bytes() == b"precious"
    assert export(logs, "--format", form, "--to", file, "--force").returncode == CLEAN and file.read_bytes() == first
    link = out / "link"
    link.symlink_to(file)
    for target in (link, out, "/dev/null"):
        refused = export(logs, "--format", form, "--to", target, "--force")
        assert refused.returncode == USAGE and "no regular file" in refused.stderr
    assert file.read_bytes() == first and pathlib.Path("/dev/null").is_char_device()
    assert export(logs, "--format", form, "--to", out / "nowhere" / "x").returncode == UNREADABLE
    assert sorted(os.listdir(out)) == ["evidence", "link"]


def test_what_comes_meanwhile_is_not_overwritten(tmp_path):
    """Somebody else makes the file after it was found to be free."""
    folder, out = tmp_path / "logs", tmp_path / "out"
    write_much(folder)
    out.mkdir()
    process = start(SALLYPORT, "log", "export", folder, "--format", "bundle", "--to", out / "x.zip")
    wait_until_it_writes(process, out)
    (out / "x.zip").write_bytes(b"precious")
    assert b"cannot be written: File exists" in process.communicate(timeout=PATIENCE)[1] and process.returncode == UNREADABLE
    assert [(file.name, file.read_bytes()) for file in out.iterdir()] == [("x.zip", b"precious")]


def wait_until_it_writes(process, out):
    """Its file has no name; /proc shows it."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        targets = []
        for descriptor in pathlib.Path(f"/proc/{process.pid}/fd").glob("*"):
            try:
                targets.append(os.readlink(descriptor))
            except OSError:
                continue
        if any(target.startswith(str(out)) for target in targets):
            return
        time.sleep(0.002)
    raise AssertionError("it was not seen with its file open")


def write_much(folder):
    """So much that its export is seen at work by whoever has a part of a processor."""
    log = Log(lines=2)
    for _ in range(20):
        log.add("answered", agent="deployer", summary="x" * 200_000)
    folder.mkdir()
    (folder / "replica-0.jsonl").write_bytes(log.bytes())


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGINT])
def test_an_export_that_is_ended_leaves_no_file(tmp_path, ended_by):
    folder, out = tmp_path / "logs", tmp_path / "out"
    write_much(folder)
    out.mkdir()
    process = start(SALLYPORT, "log", "export", folder, "--format", "bundle", "--to", out / "x.zip")
    wait_until_it_writes(process, out)
    process.send_signal(ended_by)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -ended_by
    assert os.listdir(out) == []


def test_a_full_disk_leaves_no_file(tmp_path):
    folder, out = tmp_path / "logs", tmp_path / "out"
    folder.mkdir()
    out.mkdir()
    (folder / "replica-0.jsonl").write_bytes(Log(lines=800).bytes())
    for form in ("csv", "json", "bundle"):
        limited = f"trap '' XFSZ; ulimit -f 16; exec \"$0\" log export {folder} --format {form} --to {out}/x"  # 16 KiB
        done = run("bash", "-c", limited, SALLYPORT)
        assert done.returncode == UNREADABLE and "cannot be written" in done.stderr, done.stderr
        assert os.listdir(out) == []


def test_progress_is_for_a_terminal_alone(tmp_path, logs):
    assert export(logs, "--format", "bundle", "--to", tmp_path / "quiet.zip").stderr == ""
    master, slave = pty.openpty()
    subprocess.run([SALLYPORT, "log", "export", logs, "--format", "bundle", "--to", tmp_path / "x.zip"], stderr=slave, check=True)
    os.close(slave)
    assert b"\r" in os.read(master, 4096)
    os.close(master)
