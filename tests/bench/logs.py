"""What the log costs: durable appends beside SQLite and beside bare writes on the same disk, and `sallyport log verify`."""
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

KINDS = [("bare", 1), *((kind, writers) for writers in (1, 16, 256) for kind in ("journal", "sqlite"))]
NO_DISK = "journal, in memory"  # its file where fdatasync has nothing to do
SIZES_MIB = (100, 1100)
NAMES = {"bare": "write + fdatasync", "journal": "the log", "sqlite": "SQLite"}


def memory_of(pid):
    """The most that it has had so far, in KiB."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


class LogBench:
    def __init__(self, driver, binary, rounds, seconds):
        self.driver, self.binary, self.rounds, self.seconds = driver, binary, rounds, seconds

    def appends(self, kind, writers, parent=None):
        with tempfile.TemporaryDirectory(prefix="sallyport-bench.", dir=parent) as folder:
            return json.loads(subprocess.run([self.driver, kind, folder, str(writers), str(self.seconds)], check=True,
                                             capture_output=True, text=True).stdout)

    def append_rounds(self):
        """Of each kind one after the other, round after round."""
        found = {kind: [] for kind in (*KINDS, NO_DISK)}
        for _ in range(self.rounds):
            for kind in KINDS:
                found[kind].append(self.appends(*kind))
            found[NO_DISK].append(self.appends("journal", 1, "/dev/shm"))
        return found

    def verify(self, folder, key):
        """CPU seconds and the most memory in KiB of one verification."""
        verifying = subprocess.Popen([self.binary, "log", "verify", "--key", key, folder], stdout=subprocess.DEVNULL)
        most = 0
        while True:
            # Of wait4's figure, a part would be what this process had before it became another program.
            most = max(most, memory_of(verifying.pid))
            ended, status, usage = os.wait4(verifying.pid, os.WNOHANG)
            if ended:
                break
            time.sleep(0.01)
        if status != 0:
            raise SystemExit(f"`sallyport log verify` did not find the log clean: status {status}")
        return usage.ru_utime + usage.ru_stime, most

    def verify_rounds(self, mib):
        with tempfile.TemporaryDirectory(prefix="sallyport-bench.") as folder:
            key = subprocess.run([self.driver, "fill", folder, str(mib)], check=True, capture_output=True, text=True).stdout.strip()
            files = list(pathlib.Path(folder).glob("*.jsonl"))
            lines = sum(file.read_bytes().count(b"\n") for file in files)
            size = sum(file.stat().st_size for file in files)
            return lines, size, [self.verify(folder, key) for _ in range(self.rounds)]


def show_appends(bench):
    found = bench.append_rounds()
    rate = {kind: [each["appends"] / each["seconds"] for each in rounds] for kind, rounds in found.items()}

    def of(one, other):
        return f"{statistics.median(a / b for a, b in zip(rate[one], rate[other])):.2f}"

    print("\n| writers | what | durable appends a second, median | min - max | of bare | of SQLite | append p50 us | p99 us |")
    print("|---|---|---|---|---|---|---|---|")
    for kind, writers in KINDS:
        rates, rounds = rate[kind, writers], found[kind, writers]
        print(f"| {writers} | {NAMES[kind]} | {statistics.median(rates):,.0f} | {min(rates):,.0f} - {max(rates):,.0f} "
              f"| {of((kind, writers), ('bare', 1))} | {of((kind, writers), ('sqlite', writers)) if kind == 'journal' else ''} "
              f"| {statistics.median(each['p50_us'] for each in rounds):,.0f} | {statistics.median(each['p99_us'] for each in rounds):,.0f} |")
    without, with_disk = found[NO_DISK], found["journal", 1]
    for name in ("p50_us", "p99_us"):
        print(f"a decision waits for one append; the disk's part of it, {name}: "
              f"{statistics.median(a[name] - b[name] for a, b in zip(with_disk, without)):,.0f} "
              f"(without it {statistics.median(each[name] for each in without):,.0f})")


def show_verify(bench):
    for mib in SIZES_MIB:
        lines, size, rounds = bench.verify_rounds(mib)
        rates = [lines / cpu for cpu, _ in rounds]
        print(f"`log verify` of {size / (1 << 20):,.0f} MiB, {lines:,} lines: {statistics.median(rates):,.0f} lines a second of CPU "
              f"({min(rates):,.0f} - {max(rates):,.0f}), {max(rss for _, rss in rounds) / 1024:.1f} MiB at most", flush=True)
