#!/usr/bin/python3
"""Writes the table of values in charts/sallyport/README.md from values.yaml: each value, its default, and the comment before it.
   hack/chart_readme.py [--check]     --check: changes nothing, and fails if the table is not current"""
import json
import pathlib
import sys

import yaml

CHART = pathlib.Path(__file__).resolve().parent.parent / "charts" / "sallyport"
BEGIN, END = "<!-- values: made by hack/chart_readme.py -->", "<!-- end of values -->"


def comments_of(text):
    """The comment before each key, by the key's path. An empty line ends a comment."""
    comments, path, pending = {}, [], []
    for line in text.splitlines():
        body = line.strip()
        if body.startswith("#"):
            pending.append(body.removeprefix("#").removeprefix(" "))
        elif not body:
            pending = []
        else:
            depth = (len(line) - len(line.lstrip())) // 2
            path[depth:] = [body.partition(":")[0]]
            comments[".".join(path)] = pending
            pending = []
    return comments


def leaves(values, schema, prefix=""):
    """Path and default of each value that is no group of others: what is in it, the schema leaves open."""
    for key, value in values.items():
        path, described = f"{prefix}{key}", schema["properties"][key]
        if "properties" in described:
            yield from leaves(value, described, f"{path}.")
        else:
            yield path, value


def sentence_of(path, comments):
    """Its own comment, or that of the nearest group. An example in it, which is indented, is left to values.yaml."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        lines = [line for line in comments.get(".".join(parts[:length]), []) if not line.startswith("  ")]
        if lines:
            return " ".join(lines).replace("|", "\\|").replace("<", "&lt;")
    raise SystemExit(f"values.yaml says nothing about {path}: put a comment before it")


def table(text, schema):
    comments = comments_of(text)
    rows = [f"| `{path}` | `{json.dumps(value)}` | {sentence_of(path, comments)} |"
            for path, value in leaves(yaml.safe_load(text), schema)]
    return "\n".join(["| value | default | what it is |", "|---|---|---|", *rows])


def main():
    readme = CHART / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    schema = json.loads((CHART / "values.schema.json").read_text())
    current = f"{before}{BEGIN}\n{table((CHART / 'values.yaml').read_text(), schema)}\n{END}{after}"
    if sys.argv[1:] == ["--check"]:
        if readme.read_text() != current:
            raise SystemExit("charts/sallyport/README.md is not current: run hack/chart_readme.py and commit what it changes")
    else:
        readme.write_text(current)


main()
