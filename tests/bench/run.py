#!/usr/bin/env python3
"""What a review costs that is nobody's business: server CPU of Sallyport, nginx and a controller-runtime webhook in one run,
what calls that wait cost in memory, and what the log costs. See README.md; started by run.sh."""
import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import bodies
from load import Waiting, ask, drive, pace, time_each
from logs import LogBench, show_appends, show_verify
from policies import NAMESPACES
from sallyport import Sallyport
from servers import make_certificate, start_nginx, start_peer, wait_for

REVIEWED, HOLDING = "shop-0", "shop-1"  # namespaces
ASKING = [f"shop-{i}" for i in range(2, 12)]
PARTS = ("log", "light", "held", "open", "uses", "reviews")
HELD = 60
RSS_ROUNDS = 3
PENDING = 'sallyport_requests{state="Pending"}'
CALM = 20  # seconds
USES = 100  # of one grant, one after the other
OPEN, AT_ONCE = 1000, 100  # requests that are open; as many more are opened to see what one costs


def say(text):
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, type=pathlib.Path, help="sallyport, built for release")
    parser.add_argument("--before", type=pathlib.Path, help="sallyport of another commit, measured in the same rounds")
    parser.add_argument("--peer", required=True, type=pathlib.Path, help="the controller-runtime webhook of ./peer")
    parser.add_argument("--log-driver", required=True, type=pathlib.Path, help="log_bench, built by the preset bench")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each server in each round, for each body")
    parser.add_argument("--policies", type=int, default=10000)
    parser.add_argument("--parts", default=",".join(PARTS), help="what to measure (default: %(default)s)")
    options = parser.parse_args()
    options.parts = options.parts.split(",")
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"--parts: {', '.join(sorted(unknown))} is none of {', '.join(PARTS)}")
    return options


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder, self.servers = options, folder, []
        self.alike = []  # the Sallyports with one policy: this one, and the one before it

    def start(self):
        self.alike = [self.start_sallyport("one", 1, self.options.binary)]
        if self.options.before:
            self.alike.append(self.start_sallyport("before", 1, self.options.before, "the build before"))
        if "reviews" in self.options.parts:
            self.start_sallyport("many", self.options.policies, self.options.binary)
        _, answer = self.servers[0].check(bodies.review("ConfigMap", 2048, REVIEWED))
        make_certificate(self.folder)
        self.servers += [start_nginx(self.folder, answer), start_peer(self.folder, self.options.peer)]

    def start_sallyport(self, folder, policies, binary, called="Sallyport"):
        say(f"starting a control plane and {called} with {policies} policies")
        self.servers.append(Sallyport(self.folder / folder, policies, called))
        self.servers[-1].start(binary.resolve(), NAMESPACES)
        return self.servers[-1]

    def stop(self):
        for server in self.servers:
            server.stop()

    def idle(self):
        """What the servers cost while nobody calls them, in microseconds a second."""
        before = [server.cpu_seconds() for server in self.servers]
        time.sleep(10)
        return {server.name: (server.cpu_seconds() - start) * 1e5 for server, start in zip(self.servers, before)}

    def measure(self, kind, size):
        body = bodies.review(kind, size, REVIEWED)
        file = self.folder / f"{kind}-{size}.json"
        file.write_bytes(body)
        for server in self.servers:
            server.check(body)
        costs = {server.name: [] for server in self.servers}
        for _ in range(1 + self.options.rounds):
            for server in self.servers:
                costs[server.name].append(drive(server, file, self.options.seconds)[0])
        return {name: values[1:] for name, values in costs.items()}  # the first round has warmed them up

    def held_kib(self, server, size):
        """A fresh replica's memory with so many calls waiting, and before them."""
        server.restart()
        server.check(bodies.review("ConfigMap", 2048, REVIEWED))
        before = server.rss_kib()
        stamp = time.time_ns()
        waiting = Waiting(server, [bodies.review("Deployment", size, HOLDING, f"{stamp}-{i}", f"v{stamp}-{i}")
                                   for i in range(HELD)])
        wait_for(f"{HELD} calls to wait", lambda: server.metric("sallyport_holds") == HELD, 20)
        time.sleep(2)
        with_held = server.rss_kib()
        codes = waiting.finish()
        if set(codes) != {429}:
            raise SystemExit(f"the held calls were answered {sorted(set(codes))} and not all 429")
        return before, with_held

    def use_a_grant(self, server, namespace):
        """Approves one action and uses the approval USES times: the mean CPU of a use, and the time of each, in microseconds."""
        stamp = time.time_ns()
        bodies_ = [bodies.review("Deployment", 2048, namespace, f"{stamp}-{i:04}", f"v{stamp}") for i in range(1 + USES)]
        if ask(server, bodies_[:1]) != [403]:
            raise SystemExit("the call that asks was not refused")
        server.approve(namespace)
        before = server.cpu_seconds()
        took = list(time_each(server, bodies_[1:]))
        cost = (server.cpu_seconds() - before) * 1e6 / USES
        server.forget_requests([namespace])
        return cost, took

    def open_requests(self, server, count):
        """Opens so many more in all; what each cost, in microseconds of the server's CPU."""
        stamp = time.time_ns()
        known, before = server.metric(PENDING), server.cpu_seconds()
        reviews = [bodies.review("Deployment", 2048, ASKING[i % len(ASKING)], f"{stamp}-{i}", f"v{stamp}-{i}") for i in range(count)]
        codes = ask(server, reviews)
        if set(codes) != {403}:
            raise SystemExit(f"the calls that ask were answered {sorted(set(codes))} and not all 403")
        wait_for(f"{count} more requests", lambda: server.metric(PENDING) == known + count, 60)
        time.sleep(1)  # until their Events are written, too
        return (server.cpu_seconds() - before) * 1e6 / count

    def with_open(self, server, file):
        """What a new request costs, and a review that is nobody's business, as things stand."""
        new = self.open_requests(server, AT_ONCE)
        return new, statistics.median(drive(server, file, self.options.seconds)[0] for _ in range(self.options.rounds))


def show_idle(idle):
    print("\nIdle, CPU us a second: " + "; ".join(f"{name} {cost:.0f}" for name, cost in idle.items()))


def show_costs(kind, label, costs):
    floor = costs["nginx"]
    for name, values in costs.items():
        ratios = [value / base for value, base in zip(values, floor)]
        print(f"| {kind} | {label} | {name} | {statistics.median(values):.1f} | {min(values):.1f} - {max(values):.1f} "
              f"| {statistics.median(ratios):.2f} |", flush=True)


def show_light(server):
    """A replica at rest, and at 100 reviews a second that are nobody's business, one after the other."""
    body = bodies.review("ConfigMap", 2048, REVIEWED)
    server.restart()
    server.check(body)
    for label, load in (("at rest", lambda: time.sleep(CALM)), ("100 reviews a second", lambda: pace(server, body, 100, CALM))):
        before = server.cpu_seconds()
        load()
        print(f"{server.name}, {label}: {(server.cpu_seconds() - before) / CALM:.1%} of a processor, {server.rss_kib() / 1024:.1f} MiB", flush=True)


def show_versions(bench):
    cpu = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name"))
    nginx = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr.strip()
    openssl = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout.strip()
    modules = subprocess.run(["go", "version", "-m", bench.options.peer], capture_output=True, text=True, check=True).stdout
    versions = [" ".join(line.split()[1:3]) for line in modules.splitlines() if "sigs.k8s.io/controller-runtime" in line]
    print(f"{time.strftime('%Y-%m-%d %H:%M %Z')}; {cpu}; {nginx}; {openssl}; {modules.split()[1]}; {versions[0]}")
    body = bodies.review("ConfigMap", 2048, REVIEWED)
    for server in bench.servers:
        print(f"- {server.name}: {server.check(body)[0][0]}")


def show_held(bench, server):
    server.hold_deployments(HOLDING)
    medians = {}
    for label, size in (("2 KiB", 2 << 10), ("1 MiB", 1 << 20)):
        pairs = [bench.held_kib(server, size) for _ in range(RSS_ROUNDS)]
        medians[label] = statistics.median(held for _, held in pairs)
        print(f"{server.name}: {HELD} held calls of {label}: RSS KiB before and with them: {pairs}", flush=True)
    server.hold_no_more(HOLDING)
    print(f"{server.name}: 1 MiB over 2 KiB, of the medians: {(medians['1 MiB'] - medians['2 KiB']) / 1024:.1f} MiB")


def show_open(bench, server):
    """With hardly any request open, with 1,000, and with hardly any again."""
    file = bench.folder / "open.json"
    file.write_bytes(bodies.review("ConfigMap", 2048, REVIEWED))
    server.ask_for_deployments(ASKING)
    rows = []
    bench.with_open(server, file)  # has warmed it up
    for label in ("few", "many", "few again"):
        server.forget_requests([HOLDING, *ASKING])
        if label == "many":
            bench.open_requests(server, OPEN)
        rows.append((label, *bench.with_open(server, file)))
        print(f"{server.name}: requests open: {label}; CPU us of a new request {rows[-1][1]:.0f}, of a review that is nobody's business "
              f"{rows[-1][2]:.1f}", flush=True)
    few = [statistics.mean(values) for values in zip(rows[0][1:], rows[2][1:])]
    print(f"{server.name}: {OPEN} over few: a new request {rows[1][1] / few[0]:.2f}, nobody's business {rows[1][2] / few[1]:.2f}")
    server.forget_requests([HOLDING, *ASKING])
    server.ask_no_more(ASKING)


def show_uses(bench, server):
    """A use reads the request anew, derives its decision from the sealed reviews, and is in the log and in etcd before the answer."""
    namespace = ASKING[0]
    server.grant_uses(namespace, USES)
    bench.use_a_grant(server, namespace)  # has warmed it up
    rounds = [bench.use_a_grant(server, namespace) for _ in range(bench.options.rounds)]
    costs, times = [cost for cost, _ in rounds], sorted(spent for _, took in rounds for spent in took)
    print(f"{server.name}: a use of a grant: CPU us {statistics.median(costs):.0f} ({min(costs):.0f} - {max(costs):.0f}), answered after "
          f"p50 {times[len(times) // 2] / 1000:.2f} ms, p99 {times[len(times) * 99 // 100] / 1000:.2f} ms", flush=True)
    server.grant_no_more(namespace)


def show_reviews(bench):
    say("waiting until every policy's status is written")
    for server in bench.servers[:-2]:
        server.settle()
    show_idle(bench.idle())
    print("\n| review | size | server | CPU us a review, median | min - max | of nginx, median of rounds |\n|---|---|---|---|---|---|")
    for kind in bodies.GROUPS:
        for label, size in bodies.SIZES.items():
            say(f"{kind}, {label}")
            show_costs(kind, label, bench.measure(kind, size))


def show_log(options):
    say("the log's appends")
    bench = LogBench(options.log_driver, options.binary, options.rounds, options.seconds)
    show_appends(bench)
    say("verifying logs")
    show_verify(bench)


def show_parts(bench, server):
    parts = bench.options.parts
    if "light" in parts:
        say("hardly any load")
        show_light(server)
    if "held" in parts:
        say("calls that wait")
        show_held(bench, server)
    if "open" in parts:
        say(f"{OPEN} requests that are open")
        show_open(bench, server)
    if "uses" in parts:
        say(f"{USES} uses of a grant, one after the other")
        show_uses(bench, server)


def main():
    options = arguments()
    if "log" in options.parts:
        show_log(options)
    if options.parts == ["log"]:
        return
    with tempfile.TemporaryDirectory(prefix="sallyport-bench.", ignore_cleanup_errors=True) as folder:
        bench = Bench(options, pathlib.Path(folder))
        try:
            bench.start()
            show_versions(bench)
            for server in bench.alike:
                show_parts(bench, server)
            if "reviews" in options.parts:
                show_reviews(bench)
        finally:
            bench.stop()


main()
