#!/usr/bin/python3
"""What hack/test.sh prints at its end, out of what its steps have left in its folder of logs.
  hack/test_report.py end LOGS cold|warm SECONDS     failures and how to run them again, flaky and slow tests, times and budgets
  hack/test_report.py flaky CACHE                    the tests that failed, by pytest's cache: a line each
  hack/test_report.py stress REPORT                  how often each test passed that hack/stress.sh has run
"""
import collections
import json
import pathlib
import re
import sys
import xml.etree.ElementTree

HACK = pathlib.Path(__file__).resolve().parent
CTEST_FAILURE = re.compile(r"^\s*\d+ - (\S+) \((?:Failed|Timeout|Subprocess aborted|SEGFAULT)", re.MULTILINE)
TURN = re.compile(r"\[turn\d+\]|turn\d+-|-turn\d+|@\S*$")  # which of --times
LAST_LINES = 30
SLOWEST = 10


def budgets():
    """By step, the seconds it may take on two cores: on a new machine, and where an earlier run has left its caches."""
    rows = [line.split("\t") for line in (HACK / "test_budgets.tsv").read_text().splitlines() if not line.startswith("#")]
    return {step: {"cold": int(cold), "warm": int(warm)} for step, cold, warm in rows}


def steps(logs):
    """Name, result and seconds of each."""
    return [(name, result, int(seconds)) for name, result, seconds in
            (line.split("\t") for line in (logs / "steps.tsv").read_text().splitlines())]


def cases(report):
    """Of one run of pytest: each test's ID, seconds, and whether it failed."""
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        failed = case.find("failure") is not None or case.find("error") is not None
        yield f"{case.get('file')}::{case.get('name')}", float(case.get("time", 0)), failed


def reports(logs, step):
    return sorted((logs / "pytest" / step).glob("*.xml"), key=lambda path: int(path.stem))


def failed_tests(logs, step):
    """Those that failed in each run that they were in; and what ctest names."""
    failed = {}
    for report in reports(logs, step):
        failed.update((test, one_failed) for test, _, one_failed in cases(report))
    return [test for test, one_failed in failed.items() if one_failed], CTEST_FAILURE.findall((logs / f"{step}.log").read_text())


def tell_failures(logs, failed):
    for step in failed:
        tests, programs = failed_tests(logs, step)
        print(f"\n{step} has failed. The end of {logs / step}.log:")
        print("\n".join(f"    {line}" for line in (logs / f"{step}.log").read_text(errors="replace").splitlines()[-LAST_LINES:]))
        for name in [*tests, *programs]:
            print(f"  FAILED {name}")
        chosen = "".join(f" --test '{test}'" for test in tests)
        print(f"To run just that again: ./hack/test.sh --only {step}{chosen}")


def tell_flaky(logs):
    flaky = [test for path in sorted(logs.glob("pytest/*/flaky")) for test in path.read_text().splitlines()]
    for test in flaky:
        print(f"FLAKY {test}")
    if flaky:
        print(f"{len(flaky)} flaky: failed, and passed when run once more. To find out how often: hack/stress.sh TEST")


def tell_slowest(logs):
    timed = [(seconds, test) for report in logs.glob("pytest/*/*.xml") for test, seconds, _ in cases(report)]
    print(f"\nThe {SLOWEST} slowest tests:")
    for seconds, test in sorted(timed, reverse=True)[:SLOWEST]:
        print(f"  {seconds:6.1f} s  {test}")


def tell_times(ran, machine, total):
    allowed = budgets()
    print(f"\nstep          seconds   budget ({machine})")
    for step, result, seconds in [*ran, ("total", "passed", total)]:
        budget = allowed.get(step, {}).get(machine)
        remark = "" if result == "passed" else "   FAILED"
        if budget is None:
            remark += "   no budget"
        elif seconds > budget:
            remark += "   OVER"
        print(f"{step:12} {seconds:8}   {'-' if budget is None else budget:>6}{remark}")


def end(logs, machine, total):
    ran = steps(logs)
    tell_failures(logs, [step for step, result, _ in ran if result == "failed"])
    tell_flaky(logs)
    tell_slowest(logs)
    tell_times(ran, machine, total)


def flaky(cache):
    print("\n".join(json.loads((cache / "v" / "cache" / "lastfailed").read_text())))


def stress(report):
    tried, passed = collections.Counter(), collections.Counter()
    for test, _, failed in cases(report):
        test = TURN.sub("", test)
        tried[test] += 1
        passed[test] += not failed
    for test, times in sorted(tried.items(), key=lambda each: passed[each[0]] / each[1]):
        print(f"{passed[test]:4} of {times} passed  {test}")


if __name__ == "__main__":
    verb, *arguments = sys.argv[1:]
    if verb == "end":
        end(pathlib.Path(arguments[0]), arguments[1], int(arguments[2]))
    else:
        {"flaky": flaky, "stress": stress}[verb](pathlib.Path(arguments[0]))
