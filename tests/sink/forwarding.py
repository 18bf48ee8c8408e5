"""`sallyport log forward` on a log of our own making."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "audit"))

from logs import Log  # noqa: E402

SALLYPORT = os.environ.get("SALLYPORT_BINARY", ROOT / "build" / "release" / "sallyport")


PATIENCE = 180  # seconds for what takes none: on a machine that has much else to do


def wait_for(what, check):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := check():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE} s for {what}")


class Forwarding:
    """A directory with a log, and `sallyport log forward` that delivers it."""

    def __init__(self, path):
        self.path, self.processes = path, []
        self.log_dir, self.cursors, self.secrets = path / "log", path / "cursors", path / "secrets"
        for folder in (self.log_dir, self.cursors, self.secrets):
            folder.mkdir()
        self.log = Log(lines=0)
        self.log.lines.clear()
        self.other = Log(stream="replica-1-abcdefgh", lines=0)
        self.other.lines.clear()
        self.written = 0
        self.active = self.log_dir / "replica-0.jsonl"
        self.active.touch()

    def secret(self, name, value):
        (self.secrets / name).write_bytes(value)

    def write_another(self):
        """A line of another stream: whoever delivers it has looked at what stood in the first one's file before."""
        self.other.add("answered")
        with (self.log_dir / "replica-1.jsonl").open("ab") as file:
            file.write(self.other.lines[-1])
        return self.other.lines[-1]

    def write(self, count):
        for _ in range(count):
            self.log.add("answered", request=f"shop/gate-{len(self.log.lines)}", agent="deployer", summary="UPDATE deployments/api", status=429)
        return self.flush()

    def flush(self):
        with self.active.open("ab") as file:
            file.write(b"".join(self.log.lines[self.written:]))
        self.written = len(self.log.lines)
        return self.log.lines

    def rotate(self):
        """As a replica does it: the file gets its closed name, and an empty one takes its place."""
        first = json.loads(self.active.read_bytes().split(b"\n", 1)[0])["seq"]
        (self.log_dir / f"{self.log.stream}.{first}.jsonl").hardlink_to(self.active)
        (self.log_dir / "new").touch()
        (self.log_dir / "new").rename(self.active)

    def command(self, follow, **sink):
        config = self.path / "config.yaml"
        if sink["type"] not in ("stdout", "file"):
            sink = {"secretDir": str(self.secrets), "timeout": f"{PATIENCE}s"} | sink
        config.write_text(yaml.safe_dump({"log": {"sinks": [{"name": "siem", "maxBackoff": "300ms"} | sink]}}))
        return [SALLYPORT, "log", "forward", self.log_dir, "--config", config, "--cursors", self.cursors] + ["--follow"] * follow

    def once(self, **sink):
        return subprocess.run(self.command(False, **sink), capture_output=True, timeout=PATIENCE, check=False)

    def start(self, **sink):
        with (self.path / f"said-{len(self.processes)}").open("wb") as said:
            process = subprocess.Popen(self.command(True, **sink), stdout=subprocess.PIPE, stderr=said)
        process.said = pathlib.Path(said.name)
        self.processes.append(process)
        return process

    @staticmethod
    def wait_until_says(process, text):
        wait_for(f"{text!r} on stderr", lambda: text in process.said.read_text())

    def cursor(self):
        return json.loads((self.cursors / "siem.cursor").read_text())["positions"]

    def wait_until_taken(self, seq=1):
        """By the receiver, and the sink knows it: what only came may come again."""
        cursor = self.cursors / "siem.cursor"
        wait_for(f"line {seq} to be taken", lambda: cursor.exists() and any(position["seq"] >= seq for position in self.cursor()))

    def stop(self, process, how=signal.SIGTERM):
        process.send_signal(how)
        process.communicate(timeout=PATIENCE)
        said = process.said.read_text()
        assert "Sanitizer" not in said, said
        return said
