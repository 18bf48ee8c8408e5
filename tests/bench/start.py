#!/usr/bin/env python3
"""How long the program takes to start: `sallyport version --client` and `true`, in turn, each a whole process from fork to exit."""
import argparse
import os
import statistics
import time


def run(command):
    """Wall and CPU milliseconds."""
    began = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - began
    if status != 0:
        raise SystemExit(f"error: {' '.join(command)} failed")
    return wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="sallyport, built for release")
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    commands = {"sallyport": [options.binary, "version", "--client"], "true": ["true"]}
    taken = {name: [] for name in commands}
    for _ in range(options.rounds + 1):
        for name, command in commands.items():
            taken[name].append(run(command))
    for name, rounds in taken.items():
        wall, cpu = ([each[i] for each in rounds[1:]] for i in (0, 1))  # the first brings the files into memory
        print(f"{name}: wall {statistics.median(wall):.1f} ms ({min(wall):.1f} - {max(wall):.1f}), CPU {statistics.median(cpu):.1f} ms")
    pairs = list(zip(taken["sallyport"], taken["true"]))[1:]
    wall, cpu = (statistics.median(ours[i] - theirs[i] for ours, theirs in pairs) for i in (0, 1))
    print(f"of its own, median of pairs: wall {wall:.1f} ms, CPU {cpu:.1f} ms")


main()
