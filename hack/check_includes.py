#!/usr/bin/env python3
"""Holds src/ to its arrows: which folder may include which, what no header may include, and who may look at a clock; and no
file of src/ or tests/ is too long to be read at once. Exits 1 with every fault named.

The table stands in docs/architecture.md: data flows from wire to engine through values, decisions do no I/O, nothing points back.
src/CMakeLists.txt may link only what that table allows.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"
ROW = re.compile(r"^\| `([a-z/]+)/` \| [^|]+ \| ([a-z/, ]*)\|$", re.MULTILINE)


def read_table():
    """Which folder may include which, from the page that tells people. Each row may name only rows below it."""
    rows = [(folder, [other.strip() for other in uses.split(",") if other.strip()])
            for folder, uses in ROW.findall(PAGE.read_text().partition("<!-- arrows -->")[2])]
    below = {folder for folder, _ in rows}
    for folder, uses in rows:
        below.remove(folder)
        if up := set(uses) - below:
            sys.exit(f"{PAGE.name}: {folder} may use only what stands below it, not {', '.join(sorted(up))}")
    return {folder: set(uses) for folder, uses in rows}


MAY_INCLUDE = read_table()
LONGEST = 400  # lines of a file
CODE = {".cpp", ".hpp", ".py", ".sh", ".c", ".go"}
# Of the engine, others may know its seams alone.
ENGINE_SEAMS = {"engine/seams.hpp"}
SEAMS_ONLY = {"journal", "kube"}
# Of the journal, whoever reads logs knows the format alone.
JOURNAL_FORMAT = {f"journal/{name}.hpp" for name in ("line", "line_reader", "scan", "uncompressed", "file_names")}
# Heavy or leaky: these stay in .cpp files, so that one changed file rebuilds in seconds.
NOT_IN_HEADERS = re.compile(r"<(boost/beast|boost/asio/ssl|openssl|rapidjson|yaml-cpp|spdlog|nlohmann|CLI)")
# Below this line no sockets, disks, threads or clocks.
PURE = {"base", "json", "yaml", "model", "people", "effects", "policy", "action", "engine", "wire", "whatif", "admission"}
IMPURE = re.compile(r"<(boost/asio/(?!awaitable)(?!.*co_spawn)(?!.*detached)|boost/beast|sys/|fcntl|unistd|thread|fstream|filesystem)")

# What time it is and what is random is given from main, so that tests can say otherwise. Timers and the deadlines of
# sockets go by the machine's steady clock.
CLOCK_OR_CHANCE = re.compile(r"(system|steady)_clock::now|\b(Steady)?Clock::now\(|clock_gettime|std::time\(|<random>|random_device|getrandom|RAND_bytes|"
                             r"\brandom_secret\(")
# The seams themselves; the Date of an answer; keys, certificates and unpredictable names of files.
MAY_LOOK = {"base", "net", "keys", "audit/export"}
# What has deadlines of sockets, processes and threads.
HAVE_DEADLINES = {"kube/api.cpp", "kube/informer.cpp", "kube/exec_plugin.cpp", "cli/follow.cpp", "cli/wait.cpp", "cli/decide.cpp",
                  "sink/file_receiver.cpp", "sink/http_receiver.cpp", "sink/own_thread.cpp", "sink/syslog_receiver.cpp"}

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)


# Of the folder "audit/export" the headers are named "audit/export/bundle.hpp".
def faults_of(path: pathlib.Path, folder: str, name: str):
    text = path.read_text()
    may_look = folder in MAY_LOOK or f"{folder}/{name}" in HAVE_DEADLINES
    if not may_look and (found := CLOCK_OR_CHANCE.search(text)):
        yield f"{found[0]}: {folder} is given its Clock and its Random"
    includes = INCLUDE.findall(text)
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


def length_faults():
    for path in sorted(each for folder in ("src", "tests") for each in (ROOT / folder).rglob("*") if each.suffix in CODE):
        if (lines := path.read_text().count("\n")) > LONGEST:
            yield f"{path.relative_to(ROOT)}: has {lines} lines, more than {LONGEST}"


LIBRARY = re.compile(r"^sallyport_library\(([a-z/]+) LINK ([^)]*)\)", re.MULTILINE)


def link_faults():
    libraries = {f"sallyport_{folder.replace('/', '_')}": folder for folder in MAY_INCLUDE}
    linked = dict(LIBRARY.findall((ROOT / "src" / "CMakeLists.txt").read_text()))
    for folder in sorted(MAY_INCLUDE.keys() ^ linked.keys()):
        yield f"src/CMakeLists.txt and docs/architecture.md do not both have the folder {folder}"
    for folder, names in linked.items():
        for other in (libraries[name] for name in names.split() if name in libraries):
            if other not in MAY_INCLUDE.get(folder, ()):
                yield f"src/CMakeLists.txt: {folder} may not link {other}"


def main() -> int:
    src = ROOT / "src"
    count = 0
    for fault in [*link_faults(), *length_faults()]:
        print(fault, file=sys.stderr)
        count += 1
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
