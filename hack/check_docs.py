#!/usr/bin/env python3
"""What texts and comments refer to is in the tree. Exits 1 with every fault named.

Held to: each relative link of a *.md, and the heading that it names; each file that a text, a comment or a script names by
its path from the root; an invariant (P1 to P10), which docs/architecture.md must tell; and no comment cites a design that
whoever clones this has not got.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ARCHITECTURE = ROOT / "docs" / "architecture.md"
COMMENTED = {".cpp", ".hpp", ".py", ".sh", ".cmake", ".txt", ".yaml", ".tpl", ".go", ".c"}

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*?) *$", re.MULTILINE)
# From the root, with a suffix: "docs/sinks.md"; neither a part of a longer path nor one with a placeholder in it.
NAMED = re.compile(r"(?<![\w./<>{}$*-])((?:docs|hack|tests|src|charts|crds|manifests|cmake)/[\w./-]*\.(?:md|py|sh|[ch]pp|json|yaml|tsv|cmake))\b(?![.*{(])")
DESIGN = re.compile(r"\bdesign(?:'s|\.md|-2)?,? (?:section )?\d|\bdesign(?:'s)? section|\(design: |section \d+ of the design|\bdesign(?:-2)?\.md", re.IGNORECASE)
INVARIANT = re.compile(r"\bP(?:10|[1-9])\b")
COMMENT = re.compile(r"(?://|(?<![\w$&])#).*")


def tracked():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def slugs(text):
    """The anchors that GitHub makes of headings."""
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-") for heading in HEADING.findall(text)}


def faults_of_links(path, text):
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists():
            yield f"links to {target}, which does not exist"
        elif anchor and file.suffix == ".md" and anchor not in slugs(file.read_text()):
            yield f"links to {target}, and there is no such heading"


def faults_of_names(text):
    for name in sorted(set(NAMED.findall(text))):
        if not (ROOT / name).exists():
            yield f"names {name}, which does not exist"


def faults_of_comments(text, invariants):
    for comment in COMMENT.findall(text):
        if DESIGN.search(comment):
            yield f"cites a design that is not in the tree: {comment.strip()}"
        for invariant in set(INVARIANT.findall(comment)) - invariants:
            yield f"cites {invariant}, which docs/architecture.md does not tell: {comment.strip()}"


def main():
    invariants = set(INVARIANT.findall(ARCHITECTURE.read_text())) if ARCHITECTURE.exists() else set()
    faults = []
    for path in tracked():
        if path.suffix not in COMMENTED | {".md"} or path == pathlib.Path(__file__).resolve():
            continue
        text = path.read_text()
        found = [*faults_of_names(text)]
        found += faults_of_links(path, text) if path.suffix == ".md" else faults_of_comments(text, invariants)
        faults += [f"{path.relative_to(ROOT)} {each}" for each in found]
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


sys.exit(main())
