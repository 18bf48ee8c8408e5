"""`sallyport log export`, what one has of it, and the log that it is made from."""
import csv
import io
import subprocess
import zipfile

from logs import STREAM, Log
from verifiers import BROKEN, CLEAN, SALLYPORT, UNREADABLE, USAGE, run

FOLDER = "sallyport-evidence"
POLICY = {"kind": "ApprovalPolicy", "namespace": "shop", "name": "promote-image", "uid": "u-1"}
HOSTILE = "harmless\x1b[2J\x1b]0;owned\x07\u202e\u2028\n=1+1"


def export(*arguments):
    done = run(SALLYPORT, "log", "export", *arguments)
    assert done.returncode in (CLEAN, BROKEN, USAGE, UNREADABLE), done.stderr
    return done


def verify(*arguments):
    return run(SALLYPORT, "log", "verify", *arguments)


class Story:
    """Three files of a replica: lines 1 to 20, 21 to 40 and from 41 on, each closed behind a checkpoint. One line a second."""

    def __init__(self, key, stream=STREAM):
        self.key, self.starts = key, [1, 21, 41]
        log = self.log = Log(key, stream=stream, lines=2)
        log.add("policy", change="created", **POLICY, generation=1, why_not_ready="", spec={"mode": "Enforce"})
        log.add("request_opened", request="shop/gate-1", request_uid="r-1", agent="deployer", username="bot", operation="UPDATE",
                resource="deployments.apps", namespace="shop", name="api", summary="UPDATE deployments/api", policies=[{**POLICY, "generation": 1}])
        self.fill(20)
        self.rotate()
        log.add("policy", change="changed", **POLICY, generation=2, why_not_ready="", spec={"mode": "Warn"})
        log.add("warned", agent="deployer", policy="promote-image", policy_namespace="shop", namespace="shop", operation="UPDATE")
        self.decide("i-1", request="shop/gate-1", verdict="Approved", reviewers=["alice", "bob"], reason="looks right")
        log.add("outcome", intent="i-1", result="done", request="shop/gate-1")
        self.fill(40)
        self.rotate()
        log.add("answered", agent="deployer", request="shop/gate-2")
        log.checkpoint()
        log.add("answered", agent="deployer", request="shop/gate-3")

    def decide(self, intent, **fields):
        self.log.add("intent", intent=intent, kind="decision", request_uid="r-1", **fields)

    def fill(self, lines):
        while len(self.log.lines) < lines - 1:
            self.log.add("answered", agent="deployer", request=f"shop/filler-{len(self.log.lines)}")
        self.log.checkpoint()

    def rotate(self):
        self.log.add("rotated", closed="x", key=self.key.name)

    def write(self, folder):
        folder.mkdir(exist_ok=True)
        ends = [*(start - 1 for start in self.starts[1:]), len(self.log.lines)]
        replica = self.log.stream.rpartition("-")[0]
        names = [*(f"{self.log.stream}.{start}.jsonl" for start in self.starts[:-1]), f"{replica}.jsonl"]
        for name, start, end in zip(names, self.starts, ends):
            (folder / name).write_bytes(b"".join(self.log.lines[start - 1:end]))
        return folder


def at(line):
    return f"2026-11-21T10:00:{line:02}Z"


class Bundle:
    """What an auditor has: the zip file, unpacked by somebody else's program."""

    def __init__(self, path, folder):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            self.names = archive.namelist()
            self.infos = archive.infolist()
        folder.mkdir()
        subprocess.run(["unzip", "-q", path, "-d", folder], check=True)
        self.root = folder / FOLDER
        assert [entry.name for entry in folder.iterdir()] == [FOLDER]
        found = {str(file.relative_to(folder)) for file in folder.rglob("*") if not file.is_dir()}
        assert found == set(self.names) and len(found) == len(self.names)
        self.logs = self.root / "logs"

    def text(self, name):
        return (self.root / name).read_text()

    def check_sums(self):
        done = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=self.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(done.stdout.splitlines()) == len(self.names) - 1

    def records(self):
        return list(csv.DictReader(io.StringIO(self.text("records.csv"))))


def bundle_of(tmp_path, *arguments, code=CLEAN):
    file = tmp_path / "evidence.zip"
    done = export(*arguments, "--format", "bundle", "--to", file)
    assert done.returncode == code, done.stderr
    bundle = Bundle(file, tmp_path / "unpacked")
    bundle.check_sums()
    bundle.said = done.stderr
    return bundle
