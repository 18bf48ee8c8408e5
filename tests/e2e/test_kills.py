"""Replicas that are killed at any moment, under a load of everything at once, while their logs' files are closed and
compressed, and a sink follows them. `--kills 200` for as often as it takes to believe it, `--seed` for the same moments again."""
import collections
import itertools
import json
import random
import shutil
import subprocess
import time

import pytest

import objects
from auditor import files_of, verify, verify_sh
from harness import ROOT, log_files, log_lines, read_log_file, wait_for
from mixed_load import MixedLoad

pytestmark = pytest.mark.disruptive

TORN = "ends in the middle of a line"
CLEAN, BROKEN = 0, 1
KILLS_AT_ONCE = 20  # before the next two replicas are begun with


def open_intents(lines):
    """As docs/log-format.md has it."""
    found = set()
    for line in lines:
        if b'"event":"intent"' in line:
            found.add(json.loads(line)["intent"])
        elif b'"event":"outcome"' in line and (outcome := json.loads(line))["result"] != "unknown":
            found.discard(outcome["intent"])
    return found


def positions_in(value):
    """The places in logs that an object names, wherever in it they stand."""
    if isinstance(value, dict) and {"stream", "seq", "head"} <= value.keys():
        yield value["stream"], str(value["seq"]), value["head"]
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from positions_in(part)


class Told:
    """Which lines of the logs the API server was told of from now on: its audit log has the answers' annotations, and what came
    to stand in the requests. No kill may undo any of these."""

    def __init__(self, cluster, namespaces):
        self.audit, self.rest = open(cluster.folder / "audit.log", "rb"), b""
        self.audit.seek(0, 2)
        self.namespaces = namespaces
        self.positions = set()

    def read_on(self):
        *lines, self.rest = (self.rest + self.audit.read()).split(b"\n")
        for line in lines:
            entry = json.loads(line) if b"head" in line else {}
            if entry.get("objectRef", {}).get("namespace") not in self.namespaces or entry["stage"] != "ResponseComplete":
                continue
            said = entry.get("annotations", {})
            if "gate.sallyport.dev/log-head" in said:
                self.positions.add(tuple(said[f"gate.sallyport.dev/log-{key}"] for key in ("stream", "seq", "head")))
            if entry["responseStatus"]["code"] == 200:
                self.positions.update(positions_in(entry.get("responseObject")))

    def witness(self, stream, file):
        """Of one stream, as the verifiers' options."""
        self.read_on()
        events = [{"kind": "Event", "auditID": "of a test", "requestReceivedTimestamp": "meanwhile", "annotations": {
            "gate.sallyport.dev/log-stream": stream, "gate.sallyport.dev/log-seq": seq, "gate.sallyport.dev/log-head": head}}
            for of_stream, seq, head in self.positions if of_stream == stream]
        file.write_text("".join(json.dumps(event) + "\n" for event in events))
        return ["--witness", file] if events else []


class Log:
    """Of a replica, to be looked at each time that the replica was killed and started again."""

    def __init__(self, cluster, number, copies, folder):
        self.folder, self.place, self.copies = folder, cluster.replicas_folder / str(number) / "log", copies
        self.stream = json.loads(log_lines(self.place)[0])["stream"]
        self.left_open, self.torn = set(), 0
        self.found = collections.Counter()

    def examine(self, told):
        """Right after a kill: both verifiers see the same, and that is a whole log, or one with a torn last line."""
        self.found["kills"] += 1
        witness = told.witness(self.stream, self.folder / f"{self.stream}.witness")
        ours, script = self.verdicts(self.place, witness)
        *closed, last = files_of(self.place, self.stream)
        whole, _, torn = last.read_bytes().rpartition(b"\n")
        self.torn = len(torn)
        if torn:
            self.found["torn"] += 1
            assert ours.returncode == BROKEN == script.returncode and TORN in ours.stdout and TORN in script.stdout, f"{ours}\n{script}"
            mended = self.folder / f"{self.stream}.{self.found['kills']}"
            shutil.copytree(self.place, mended)
            (mended / last.name).write_bytes(whole + b"\n")
            ours, script = self.verdicts(mended, witness)
        assert ours.returncode == CLEAN == script.returncode, f"{ours}\n{script}"
        held = b"".join(read_log_file(file) for file in closed) + whole + b"\n"
        assert held.startswith(self.copied()), "the sink has delivered what the log does not hold"
        still_open = open_intents(held.splitlines())
        self.left_open |= still_open
        self.found["with open intents"] += bool(still_open)
        self.found["files"], self.found["lines"] = len(closed) + 1, held.count(b"\n")
        self.found["compressed"] = sum(file.suffix == ".gz" for file in closed)

    @staticmethod
    def verdicts(place, witness):
        return verify(place, *witness), verify_sh(*witness, *log_files(place))

    def copied(self):
        """What the sink has delivered, up to the last whole line."""
        copy = b"".join(file.read_bytes() for file in files_of(self.copies, self.stream))
        return copy[:copy.rfind(b"\n") + 1]

    def is_mended(self):
        """What was open is closed, and what was cut off is told."""
        lines = log_lines(self.place)
        repaired = [json.loads(line)["truncated_bytes"] for line in lines if b'"event":"repaired"' in line]
        return not self.left_open & open_intents(lines) and (not self.torn or self.torn in repaired[-1:])


@pytest.fixture
def make_shops(make_namespace):
    """Two whose calls wait, and two whose calls are refused until somebody has decided. What nobody decides expires, and does
    not stand in the way of the agents' next requests."""
    def make():
        shops = [make_namespace() for _ in range(4)]
        approval = objects.approval(pendingTimeout="15s")
        for shop in shops[:2]:
            shop.gate(holdFor="2s", approval=approval)
        for shop in shops[2:]:
            shop.gate(whilePending="Reject", approval=approval)
        return shops

    return make


def start_and_kill(replicas, number, moment):
    """Killed on its way to being ready, or soon after."""
    with subprocess.Popen([ROOT / "hack" / "dev.sh", "start", str(number), "--dir", replicas.folder],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        wait_for(f"replica {number} to run", lambda: number in replicas.running(), every=0.01)
        time.sleep(moment)
        replicas.kill_replica(number)


def kill_in_turn(replicas, logs, told, moments, kills):
    """Now the one, now the other, at random moments; some once more on their way back."""
    for number, log in itertools.cycle(logs.items()):
        time.sleep(moments.uniform(0, 2))
        replicas.kill_replica(number)
        log.examine(told)
        while moments.random() < 0.3:
            start_and_kill(replicas, number, moments.uniform(0, 1))
            log.examine(told)
        replicas.start_replica(number)
        wait_for("its log to be mended", log.is_mended)
        log.left_open.clear()
        if sum(each.found["kills"] for each in logs.values()) >= kills:
            return


def what_was_told_is_true(replicas, shops, load, logs):
    """What anybody was told is in the logs, nothing else came of it, and the sink got all of it."""
    wait_for("all intents to be settled", lambda: not any(open_intents(log_lines(log.place)) for log in logs))
    accepted = {(each["request"], each["reviewer"]) for each in replicas.journal() if each["event"] == "review_accepted"}
    assert load.reviews and {(f"{namespace}/{name}", who) for namespace, name, who in load.reviews} <= accepted
    for shop in shops:
        assert load.allowed[shop.name] <= len(shop.uses()) == shop.uses_in_log()
    replicas.stop_all()
    for log in logs:
        lines = log_lines(log.place)
        stopped = max(number for number, line in enumerate(lines) if b'"event":"replica_stopped"' in line)
        assert log.copied().startswith(b"".join(lines[:stopped + 1])) and b"".join(lines).startswith(log.copied())
        assert [each.returncode for each in log.verdicts(log.place, [])] == [CLEAN, CLEAN]


def test_a_log_is_whole_whenever_its_replica_is_killed(make_shops, replicas, settings, tmp_path, request):
    kills, seed = request.config.getoption("--kills"), request.config.getoption("--seed")
    moments, copies, found = random.Random(seed), tmp_path / "copies", collections.Counter()
    copies.mkdir()
    while found["kills"] < kills:
        # Replicas that were never there before, so that their logs stay short enough for the script.
        new = 1 + max(int(path.name) for path in replicas.replicas_folder.iterdir())
        replicas.stop_all()
        # An agent is heard again soon after a denial, or the load would end with the second.
        settings((new, new + 1), cooldown="1s", log={"fileAge": "4s", "sinks": [{"name": "copy", "type": "file", "directory": str(copies)}]})
        logs = {number: Log(replicas, number, copies, tmp_path) for number in (new, new + 1)}
        shops = make_shops()
        told, load = Told(replicas, {shop.name for shop in shops}), MixedLoad(replicas, shops, seed)
        try:
            kill_in_turn(replicas, logs, told, moments, min(KILLS_AT_ONCE, kills - found["kills"]))
        finally:
            load.end()
            for log in logs.values():
                found.update(log.found)
            found.update({f"{what} {status}": count for (what, status), count in load.answers.items()})
            found["lines that others saw"] += len(told.positions)
            print(time.strftime("%H:%M:%S"), f"--seed {seed}: {dict(found)}", flush=True)
        what_was_told_is_true(replicas, shops, load, logs.values())
        assert sum(load.allowed.values()) > 0
    assert found["compressed"] > 0 and verify(copies).returncode == CLEAN
