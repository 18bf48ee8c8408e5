"""A replica that writes its log, and `sallyport log tail` that follows it."""
import gzip
import json
import os
import pathlib
import select
import signal
import time

from logs import Log
from verifiers import PATIENCE, SALLYPORT, start


class Replica:
    """Writes its stream as a replica does it: the closed file keeps its old name until the next one, which is begun already,
    takes it; what is compressed stays until the other stands for it."""

    def __init__(self, folder, name="replica-0", lines=30):
        self.log = Log(stream=f"{name}-abcdefgh", lines=lines)
        self.active = folder / f"{name}.jsonl"
        self.active.write_bytes(self.log.bytes())
        self.first, self.closed = 1, []

    @property
    def seq(self):
        return len(self.log.lines)

    def add(self, **fields):
        self.log.add("answered", **{"agent": "deployer", "code": "Pending", **fields})
        with self.active.open("ab") as file:
            file.write(self.log.lines[-1])

    def rotate(self):
        self.closed.append(self.active.with_name(f"{self.log.stream}.{self.first}.jsonl"))
        self.log.add("rotated", closed=self.closed[-1].name, key="")
        self.first = self.seq
        following = self.active.with_suffix(".next")
        following.write_bytes(self.log.lines[-1])
        os.link(self.active, self.closed[-1])
        following.rename(self.active)

    def compress(self, index):
        file = self.closed[index]
        part = file.with_name(file.name + ".gz.part")
        part.write_bytes(gzip.compress(file.read_bytes()))
        self.closed[index] = part.rename(file.with_name(file.name + ".gz"))
        file.unlink()


class Tail:
    def __init__(self, *arguments, under=()):
        self.process = start(*under, SALLYPORT, "log", "tail", *arguments)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.text = b""

    def seqs(self):
        return [json.loads(line)["seq"] for line in self.text.decode().splitlines()]

    def wait_for_output(self):
        assert select.select([self.process.stdout], [], [], PATIENCE)[0], "it shows nothing"

    def last_seq(self):
        return self.text.endswith(b"\n") and json.loads(self.text[self.text.rfind(b"\n", 0, -1) + 1:])["seq"]

    def wait_for(self, seq):
        deadline = time.monotonic() + PATIENCE
        while self.last_seq() != seq:
            assert time.monotonic() < deadline, self.text[-500:]
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                self.text += self.process.stdout.read() or b""
        return self

    def stop(self):
        """Until it is woken, it sees nothing of what happens."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def wake(self):
        self.process.send_signal(signal.SIGCONT)

    def bytes_read(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/io").read_text().split()[1])

    def end(self):
        self.process.terminate()
        return self.process.communicate(timeout=PATIENCE)[1].decode()
