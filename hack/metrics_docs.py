#!/usr/bin/python3
"""Writes docs/metrics.md from src/endpoints/metrics.table and the chart's alerts.
   hack/metrics_docs.py [--check]     --check: changes nothing, and fails if the page is not current

With --check also: alerts and the dashboard ask for metrics and labels that there are, and are what promtool takes; each alert has
its section in docs/alerts.md.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "src" / "endpoints" / "metrics.table"
FILES = ROOT / "charts" / "sallyport" / "files"
PAGE = ROOT / "docs" / "metrics.md"
RUNBOOKS = ROOT / "docs" / "alerts.md"
PARTS_OF_HISTOGRAMS = ("_bucket", "_sum", "_count")
# What Prometheus itself adds to a sample.
ADDED = {"namespace", "pod", "le"}


def metrics():
    rows = [line.split(" ", 3) for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return {f"sallyport_{name}": (kind, label, told) for name, kind, label, told in rows}


def alerts():
    return yaml.safe_load((FILES / "alerts.yaml").read_text().replace("NAMESPACE", "sallyport-system").replace("RUNBOOKS", "docs/alerts.md"))


def queries():
    """Of the dashboard, as Grafana would send them."""
    dashboard = json.loads((FILES / "dashboard.json").read_text())
    return [target["expr"].replace("$namespace", "sallyport-system").replace("$__rate_interval", "5m")
            for panel in dashboard["panels"] for target in panel["targets"]]


def cell(text):
    return text.replace("|", "\\|")


def page():
    known = metrics()
    asked = {name: [alert["alert"] for alert in alerts() if re.search(rf"\b{name}(?:_bucket)?\b", alert["expr"])] for name in known}
    lines = ["# Metrics", "", "<!-- made by hack/metrics_docs.py -->", "",
             "What each replica tells Prometheus at port 8080, `/metrics`. No user, namespace or object is ever a label: nothing that callers",
             "choose. The chart has a ServiceMonitor, alerts ([alerts.md](alerts.md)) and a dashboard for Grafana; see `monitoring` in its values.",
             "", "| metric | type | labels | what it says | alerts |", "|---|---|---|---|---|"]
    for name, (kind, label, told) in known.items():
        links = ", ".join(f"[{alert}](alerts.md#{alert.lower()})" for alert in asked[name])
        lines.append(f"| `{name}` | {kind} | {'' if label == '-' else f'`{label}`'} | {cell(told)} | {links} |")
    return "\n".join(lines) + "\n"


def wrong_names(where, expression, known):
    """Of an expression: metrics that there are not, and labels that they have not."""
    for name, labels in re.findall(r"\b(sallyport_\w+)(?:{(.*?)})?", expression):
        base = next((name.removesuffix(part) for part in PARTS_OF_HISTOGRAMS
                     if known.get(name.removesuffix(part), ("",))[0] == "histogram"), name)
        if base not in known:
            yield f"{where}: there is no metric {name}"
        elif stray := set(re.findall(r"(\w+)\s*[!=]", labels)) - ADDED - {known[base][1]}:
            yield f"{where}: {name} has no label {', '.join(sorted(stray))}"


def faults():
    known = metrics()
    headings = re.findall(r"^## (\w+)$", RUNBOOKS.read_text(), re.MULTILINE)
    names = [alert["alert"] for alert in alerts()]
    if headings != names:
        yield f"{RUNBOOKS.name}: its sections are not the alerts in their order: {sorted(set(headings) ^ set(names)) or 'order'}"
    for alert in alerts():
        yield from wrong_names(alert["alert"], alert["expr"], known)
        if alert["annotations"].get("runbook_url") != f"docs/alerts.md#{alert['alert'].lower()}":
            yield f"{alert['alert']}: its runbook_url is not its section of docs/alerts.md"
    for query in queries():
        yield from wrong_names("the dashboard", query, known)
    if PAGE.read_text() != page():
        yield f"docs/{PAGE.name} is not current: run hack/metrics_docs.py"
    rules = [*alerts(), *({"record": f"dashboard:{number}", "expr": query} for number, query in enumerate(queries()))]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump({"groups": [{"name": "sallyport", "rules": rules}]}, file)
        file.flush()
        checked = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True, check=False)
        if checked.returncode != 0:
            yield f"promtool: {checked.stdout}{checked.stderr}"


def main():
    if sys.argv[1:] == []:
        PAGE.write_text(page())
    elif sys.argv[1:] == ["--check"]:
        found = list(faults())
        if found:
            sys.exit("\n".join(found))
        print(f"metrics: {len(metrics())} metrics, {len(alerts())} alerts, {len(queries())} queries of the dashboard")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
