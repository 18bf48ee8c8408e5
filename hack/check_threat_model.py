#!/usr/bin/python3
"""Every test that docs/threat-model.md and docs/architecture.md name exists."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    pages = [ROOT / "docs" / name for name in ("threat-model.md", "architecture.md")]
    text = "\n".join(page.read_text() for page in pages)
    sources = "\n".join(path.read_text() for path in sorted((ROOT / "tests").rglob("*_test.cpp")))
    missing = []
    for path, function in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text):
        file = ROOT / path
        if not file.exists() or f"def {function}(" not in file.read_text():
            missing.append(f"{path}::{function}")
    for suite, name in re.findall(r"`([A-Z]\w+)\.([A-Z]\w+)`", text):
        if not re.search(rf"TEST(_F|_P)?\({suite}, {name}\)", sources):
            missing.append(f"{suite}.{name}")
    for name in missing:
        print(f"docs/threat-model.md or docs/architecture.md names a test that does not exist: {name}", file=sys.stderr)
    return 1 if missing else 0


sys.exit(main())
