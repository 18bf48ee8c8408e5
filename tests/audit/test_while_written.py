"""Logs that are read while their replica writes them, closes one file after the other, and compresses those."""
import gzip
import json
import os
import signal
import subprocess
import threading
import time

import pytest

from logs import Log
from verifiers import SALLYPORT, program, run


class Writer(threading.Thread):
    """As a replica does it: the closed file keeps its old name until the next one, which is begun already, takes it; what is
    compressed stays until the other stands for it. The newest of the closed ones is not."""

    def __init__(self, folder, compresses=False, pause=0.01):
        super().__init__()
        self.compresses, self.pause, self.newest = compresses, pause, None
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
            time.sleep(self.pause)

    def rotate(self):
        closed = self.active.with_name(f"{self.log.stream}.{self.first}.jsonl")
        self.log.add("rotated", closed=closed.name, key="")
        self.first = len(self.log.lines)
        following = self.active.with_suffix(".next")
        following.write_bytes(self.log.lines[-1])
        os.link(self.active, closed)
        following.rename(self.active)
        self.closed += 1
        if self.compresses and self.newest:
            self.compress(self.newest)
        self.newest = closed

    def compress(self, file):
        part = file.with_name(file.name + ".gz.part")
        part.write_bytes(gzip.compress(file.read_bytes()))
        part.rename(file.with_name(file.name + ".gz"))
        file.unlink()


@pytest.fixture(params=[False, True], ids=["closed", "closed and compressed"])
def writer(tmp_path, request):
    made = Writer(tmp_path, request.param)
    yield made
    made.over.set()
    made.join()


def test_a_file_that_is_closed_meanwhile_is_not_missed(writer, tmp_path):
    for _ in range(12):
        checked = program(tmp_path, "-o", "json")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        shown = run(SALLYPORT, "log", "show", tmp_path, "-o", "json")
        seqs = [json.loads(line)["seq"] for line in shown.stdout.splitlines()]
        assert seqs == list(range(1, len(seqs) + 1)) and len(seqs) >= json.loads(checked.stdout)["streams"][0]["lines"], shown.stderr
    assert writer.closed > 12


# What is compressed was closed a while ago, as with a replica: who follows has it open.
@pytest.mark.parametrize("how", [{}, {"compresses": True, "pause": 0.3}], ids=["closed", "closed and compressed"])
def test_whoever_follows_it_gets_each_record_once(tmp_path, how):
    out, writer = tmp_path / "followed", Writer(tmp_path, **how)
    with out.open("w") as file:
        tail = subprocess.Popen([SALLYPORT, "log", "tail", "-f", tmp_path, "-o", "json"], stdout=file)
    try:
        time.sleep(6)
        writer.over.set()
        writer.join()
        time.sleep(3)
    finally:
        tail.send_signal(signal.SIGINT)
        tail.wait(30)
    seqs = [json.loads(line)["seq"] for line in out.read_text().splitlines()]
    assert seqs == list(range(seqs[0], len(writer.log.lines) + 1)) and writer.closed > 12
