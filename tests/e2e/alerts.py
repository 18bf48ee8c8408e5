"""Prometheus's own engine asked which alerts fire, over what the replicas really said before something broke, and while it was broken."""
import json
import re
import subprocess
import time

import yaml

from harness import ROOT

FILES = ROOT / "charts" / "sallyport" / "files"
NAMESPACE = "sallyport-system"
BEFORE, WHILE = 20, 90  # minutes, one sample each


def rules():
    return yaml.safe_load((FILES / "alerts.yaml").read_text().replace("NAMESPACE", NAMESPACE))


def samples(scrapes):
    """Of each replica's text: by the series as Prometheus would name it, with its type."""
    found = {}
    for pod, text in scrapes.items():
        types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
        for name, labels, value in re.findall(r"^(sallyport_\w+)(?:{(.*)})? (\S+)$", text, re.MULTILINE):
            kind = types.get(name) or types[re.sub(r"_(bucket|sum|count)$", "", name)]
            series = f'{name}{{namespace="{NAMESPACE}",pod="{pod}"{"," + labels if labels else ""}}}'
            value = float(value)
            # Of these tests time begins at 0.
            found[series] = (kind, value - time.time() if name.endswith("_timestamp_seconds") else value)
    return found


def values(before, after):
    """What is counted goes on as it went while things were broken; what is gone has no samples."""
    first = f"{before[1]}x{BEFORE}" if before else f"_x{BEFORE}"
    if not after:
        return f"{first} _x{WHILE}"
    step = after[1] - before[1] if before and after[0] != "gauge" and after[1] >= before[1] else 0
    return f"{first} {after[1]}+{step}x{WHILE}"


def firing(folder, before, after):
    """The alerts that fire in the end, by their names. `before`, `after`: what replicas have said, by their names."""
    first, last = samples(before), samples(after)
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "sallyport", "rules": rules()}]}))
    tests = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [{
        "interval": "1m",
        "input_series": [{"series": series, "values": values(first.get(series), last.get(series))}
                         for series in sorted(first.keys() | last.keys())],
        # Nothing is expected, so that all that fires is told.
        "promql_expr_test": [{"expr": 'ALERTS{alertstate="firing"}', "eval_time": f"{BEFORE + WHILE - 1}m", "exp_samples": []}]}]}
    (folder / "tests.yaml").write_text(json.dumps(tests))
    run = subprocess.run(["promtool", "test", "rules", "tests.yaml"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    told = run.stdout + run.stderr
    assert run.returncode == 0 or "FAILED" in told, told
    fired = set(re.findall(r'alertname="(\w+)"', told))
    assert run.returncode == 0 or fired, told
    return fired
