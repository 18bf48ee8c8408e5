#!/usr/bin/env python3
"""Holds src/ to its arrows: which folder may include which, and what no header may include. Exits 1 with every fault named.

The table is the design of the house: data flows from wire to engine through values, decisions do no I/O, nothing points back.
"""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "base": set(),
    "json": {"base"},
    "yaml": {"base", "json"},
    "model": {"base", "json"},
    "policy": {"base", "json", "model", "action"},
    "action": {"base", "json", "model"},
    "engine": {"base", "json", "model", "policy", "action"},
    "wire": {"base", "json", "model", "action"},
    "journal": {"base", "json", "model", "engine"},
    "logs": {"base", "json", "model", "journal"},
    "audit": {"base", "json", "model", "action", "journal", "logs"},
    "audit/export": {"base", "json", "action", "journal", "logs", "audit"},
    "net": {"base"},
    "sink": {"base", "json", "model", "journal", "logs", "net"},
    "kube": {"base", "json", "model", "action", "wire", "net", "engine"},
    "admission": {"base", "json", "model", "policy", "action", "engine", "wire"},
    "keys": {"base", "json", "journal", "kube", "net"},
    "cache": {"base", "json", "model", "policy", "wire", "kube", "admission"},
    "endpoints": {"base", "json", "model", "engine", "wire", "net", "sink", "admission"},
    "controllers": {"base", "json", "model", "policy", "engine", "wire", "journal", "net", "sink", "kube", "keys", "cache", "admission"},
    "serve": {"base", "json", "yaml", "model", "policy", "engine", "journal", "net", "sink", "kube", "keys", "cache", "admission",
              "endpoints", "controllers"},
    "doctor": {"base", "json", "kube", "keys", "serve"},
    "whatif": {"base", "json", "model", "policy", "action", "wire"},
    "audit/replay": {"base", "json", "model", "policy", "action", "engine", "wire", "audit", "whatif"},
    "cli": {"base", "json", "yaml", "model", "policy", "action", "wire", "net", "kube", "whatif", "keys"},
}
# Of the engine, others may know its seams alone.
ENGINE_SEAMS = {"engine/seams.hpp"}
SEAMS_ONLY = {"journal", "kube"}
# Of the journal, whoever reads logs knows the format alone.
JOURNAL_FORMAT = {f"journal/{name}.hpp" for name in ("line", "line_reader", "scan", "uncompressed", "closed_files")}
# Heavy or leaky: these stay in .cpp files, so that one changed file rebuilds in seconds.
NOT_IN_HEADERS = re.compile(r"<(boost/beast|boost/asio/ssl|openssl|rapidjson|yaml-cpp|spdlog|nlohmann|CLI)")
# Below this line no sockets, disks, threads or clocks.
PURE = {"base", "json", "yaml", "model", "policy", "action", "engine", "wire", "whatif", "admission"}
IMPURE = re.compile(r"<(boost/asio/(?!awaitable)(?!.*co_spawn)(?!.*detached)|boost/beast|sys/|fcntl|unistd|thread|fstream|filesystem)")

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)


# Of the folder "audit/export" the headers are named "audit/export/bundle.hpp".
def faults_of(path: pathlib.Path, folder: str, name: str):
    includes = INCLUDE.findall(path.read_text())
    own = path.with_suffix(".hpp")
    if name.endswith(".cpp") and own.exists() and (not includes or includes[0] != ('"', f"{folder}/{own.name}")):
        yield "must include its own header first, which shows that this one compiles alone"
    for quote, target in includes:
        whole = f"<{target}>"
        if quote == '"':
            other = target.rpartition("/")[0]
            if other not in MAY_INCLUDE:
                yield f'"{target}": own headers are named from src/ ("folder/file.hpp")'
            elif other != folder and other not in MAY_INCLUDE[folder]:
                yield f"{folder} may not include {other} ({target})"
            elif other == "engine" and folder in SEAMS_ONLY and target not in ENGINE_SEAMS:
                yield f"{folder} may know only the engine's seams, not {target}"
            elif other == "journal" and folder == "logs" and target not in JOURNAL_FORMAT:
                yield f"logs may know only the journal's format, not {target}"
        elif name.endswith(".hpp") and NOT_IN_HEADERS.search(whole):
            yield f"{whole} in a header: include it in the .cpp"
        elif folder in PURE and folder != "base" and IMPURE.search(whole):
            yield f"{whole}: {folder} does no I/O"


def main() -> int:
    src = pathlib.Path(__file__).resolve().parent.parent / "src"
    count = 0
    for path in sorted(src.rglob("*.[ch]pp")):
        relative = path.relative_to(src)
        if len(relative.parts) == 1:
            continue  # main.cpp wires everything
        for fault in faults_of(path, relative.parent.as_posix(), relative.name):
            print(f"src/{relative}: {fault}", file=sys.stderr)
            count += 1
    print(f"includes: {count} faults" if count else "includes: every arrow points the right way")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
