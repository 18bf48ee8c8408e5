#!/usr/bin/env python3
"""Holds tests/data/pod_baseline.gz, which the unit tests hold policy/node_reach to, to what it is made of: pods, and what the Go
module k8s.io/pod-security-admission says of each. Exits 1 with every fault named.

    hack/pod_baseline.py                     checks: the pods are those of hack/lib/pod_cases.py, and the module says what stands there
    hack/pod_baseline.py --fetch             makes the file anew
    hack/pod_baseline.py --seed N --to FILE  writes other pods (--random COUNT of them at random) with the module's answers into FILE;
                                             with SALLYPORT_POD_CASES=FILE the unit tests go through these
"""
import argparse
import gzip
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "hack" / "lib"))
import pod_cases  # noqa: E402

CASES = ROOT / "tests" / "data" / "pod_baseline.gz"
MODULE = "k8s.io/pod-security-admission"
SEED, RANDOM = 36, 1200


def version_in(folder):
    """The module's, as hack/FOLDER/go.mod has it; a replacement stands last."""
    text = (ROOT / "hack" / folder / "go.mod").read_text()
    return re.findall(rf"\b{MODULE} (v\S+)", text)[-1]


def faults_of_version():
    ours, servers = version_in("pod_baseline"), version_in("controlplane")
    if ours != servers:
        yield f"hack/pod_baseline/go.mod has {MODULE} {ours}, and the control plane {servers}: make them the same, then run --fetch"


def ask(pods):
    """The module's checks, and what it says of each pod."""
    told = subprocess.run([ROOT / "hack" / "pod_baseline.sh"], check=True, stdout=subprocess.PIPE, text=True)
    lines = "".join(json.dumps({"metadata": pod["metadata"], "spec": pod["spec"]}) + "\n" for pod in pods)
    answers = subprocess.run([told.stdout.strip()], check=True, input=lines, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    if len(answers) != len(pods) + 1:
        sys.exit(f"the module's judge was asked about {len(pods)} pods and has answered with {len(answers)} lines: see what it printed")
    return json.loads(answers[0]), [json.loads(answer) for answer in answers[1:]]


def text_of(seed, count):
    """One pod a line, with the names of the checks that it fails; in the first line, what made the others."""
    pods = [*pod_cases.by_hand(), *pod_cases.at_random(seed, count)]
    checks, answers = ask(pods)
    lines = [{"module": f"{MODULE} {version_in('pod_baseline')}", "checks": checks, "seed": seed, "random": count}]
    lines += [{**pod, "outside": outside} for pod, outside in zip(pods, answers)]
    inside = sum(1 for line in lines[1:] if not line["outside"])
    print(f"pod baseline: {len(pods)} pods, {count} of them at random (seed {seed}); the module admits {inside}")
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def faults_of_cases():
    kept = gzip.decompress(CASES.read_bytes()).decode().splitlines() if CASES.exists() else []
    made = text_of(SEED, RANDOM).splitlines()
    for number, (before, now) in enumerate(zip(kept, made), 1):
        if before != now:
            yield f"line {number} of {CASES.name} is {before}, and should be {now}: run hack/pod_baseline.py --fetch"
            return
    if len(kept) != len(made):
        yield f"{CASES.name} has {len(kept)} lines, and should have {len(made)}: run hack/pod_baseline.py --fetch"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--fetch", action="store_true")
    arguments.add_argument("--seed", type=int, default=SEED)
    arguments.add_argument("--random", type=int, default=RANDOM)
    arguments.add_argument("--to", type=pathlib.Path)
    asked = arguments.parse_args()
    faults = [*faults_of_version()]
    if asked.to and not faults:
        asked.to.write_bytes(gzip.compress(text_of(asked.seed, asked.random).encode()))
    elif asked.fetch and not faults:
        CASES.write_bytes(gzip.compress(text_of(SEED, RANDOM).encode(), 9, mtime=0))
    else:
        faults = faults or [*faults_of_cases()]
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
