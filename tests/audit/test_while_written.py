"""Logs that are read while their replica writes them, closes one file after the other, and compresses those."""
import json
import threading
import time

import pytest

from followed import Replica, Tail
from verifiers import PATIENCE, SALLYPORT, program, run


class Writer(threading.Thread):
    """A replica that closes a file with every line, as many as it is told; and compresses those before the newest closed one,
    if it does."""

    def __init__(self, folder, compresses):
        super().__init__()
        self.compresses, self.replica, self.to_close, self.over = compresses, Replica(folder), 0, threading.Event()
        self.start()

    @property
    def closed(self):
        return len(self.replica.closed)

    def run(self):
        while not self.over.wait(0.01):
            if self.closed >= self.to_close:
                continue
            self.replica.add()
            self.replica.rotate()
            if self.compresses and self.closed > 1:
                self.replica.compress(-2)

    def close(self, files):
        self.to_close += files
        return self

    def wait(self):
        deadline = time.monotonic() + PATIENCE
        while self.closed < self.to_close:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def end(self):
        self.over.set()
        self.join()


@pytest.fixture(params=[False, True], ids=["closed", "closed and compressed"])
def writer(tmp_path, request):
    made = Writer(tmp_path, request.param)
    yield made
    made.end()


def test_a_file_that_is_closed_meanwhile_is_not_missed(writer, tmp_path, sample):
    for _ in sample(range(30), 5):
        writer.close(12)  # while we read
        checked = program(tmp_path, "-o", "json")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        shown = run(SALLYPORT, "log", "show", tmp_path, "-o", "json")
        seqs = [json.loads(line)["seq"] for line in shown.stdout.splitlines()]
        assert seqs == list(range(1, len(seqs) + 1)) and len(seqs) >= json.loads(checked.stdout)["streams"][0]["lines"], shown.stderr
        writer.wait()


def test_whoever_follows_it_gets_each_record_once(writer, tmp_path):
    followed = Tail(tmp_path, "-f", "-o", "json")
    try:
        writer.close(200).wait()
        writer.end()
        followed.wait_for(writer.replica.seq)
        seqs = followed.seqs()
        assert seqs == list(range(seqs[0], writer.replica.seq + 1)) and followed.end() == ""
    finally:
        followed.process.kill()
        followed.process.communicate()
