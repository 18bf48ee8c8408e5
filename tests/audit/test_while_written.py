"""Logs that are read while their replica writes them, and closes one file after the other."""
import json
import os
import pathlib
import subprocess
import threading
import time

import pytest

from logs import Log

ROOT = pathlib.Path(__file__).resolve().parents[2]
SALLYPORT = os.environ.get("SALLYPORT_BINARY", ROOT / "build" / "release" / "sallyport")


class Writer(threading.Thread):
    """As a replica does it: the closed file keeps its old name until the next one, which is begun already, takes it."""

    def __init__(self, folder):
        super().__init__()
        self.log = Log(lines=30)
        self.active = folder / "replica-0.jsonl"
        self.active.write_bytes(b"".join(self.log.lines))
        self.first, self.closed, self.over = 1, 0, threading.Event()
        self.start()

    def run(self):
        while not self.over.is_set():
            self.log.add("answered", agent="deployer", code="Pending")
            with self.active.open("ab") as file:
                file.write(self.log.lines[-1])
            self.rotate()
            time.sleep(0.01)

    def rotate(self):
        closed = self.active.with_name(f"{self.log.stream}.{self.first}.jsonl")
        self.log.add("rotated", closed=closed.name, key="")
        self.first = len(self.log.lines)
        following = self.active.with_suffix(".next")
        following.write_bytes(self.log.lines[-1])
        os.link(self.active, closed)
        following.rename(self.active)
        self.closed += 1


@pytest.fixture
def writer(tmp_path):
    made = Writer(tmp_path)
    yield made
    made.over.set()
    made.join()


def test_a_file_that_is_closed_meanwhile_is_not_missed(writer, tmp_path):
    for _ in range(12):
        checked = subprocess.run([SALLYPORT, "log", "verify", tmp_path, "-o", "json"], capture_output=True, text=True, timeout=60, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        shown = subprocess.run([SALLYPORT, "log", "show", tmp_path, "-o", "json"], capture_output=True, text=True, timeout=60, check=False)
        seqs = [json.loads(line)["seq"] for line in shown.stdout.splitlines()]
        assert seqs == list(range(1, len(seqs) + 1)) and len(seqs) >= json.loads(checked.stdout)["streams"][0]["lines"], shown.stderr
    assert writer.closed > 12
