#!/usr/bin/python3
"""clang-tidy over src/, of each file only if it, a header that it includes, or clang-tidy or its settings have changed since
it was found clean: what was clean is kept in the user's cache.
  hack/tidy.py

It follows the compile commands of the build folder `dev`: clang-tidy is newer than the compiler, since it leaves system
headers alone (a third of the time), so it cannot read what the sanitizer builds have precompiled. System headers count by
the versions of the packages that hold them, which are those of the machine.
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "dev"
TIDY = "clang-tidy-22"
CLEAN = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "sallyport" / "tidy"
INCLUDE = re.compile(rb'^#include "([^"]+)"', re.MULTILINE)


@functools.cache
def own_headers(path):
    """All headers of src/ that a file includes, itself or through others."""
    direct = [ROOT / "src" / name.decode() for name in INCLUDE.findall(path.read_bytes())]
    return frozenset(direct).union(*(own_headers(header) for header in direct))


@functools.cache
def surroundings():
    """What all files' results depend on."""
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    packages = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", "lib*-dev", "rapidjson-dev", "nlohmann-json3-dev"],
                              capture_output=True, check=True).stdout
    return version + packages + (ROOT / ".clang-tidy").read_bytes()


def key(path, command):
    total = hashlib.sha256(surroundings() + command.replace(str(ROOT), "").encode())
    for each in sorted({path, *own_headers(path)}):
        total.update(str(each.relative_to(ROOT)).encode() + hashlib.sha256(each.read_bytes()).digest())
    return total.hexdigest()


def complaints(path):
    """What clang-tidy says of a file; nothing if it is clean."""
    done = subprocess.run(["nice", TIDY, "-p", BUILD, "--quiet", "--warnings-as-errors=*", path], capture_output=True, text=True,
                          check=False)
    return done.stdout + done.stderr if done.returncode else ""


def main():
    subprocess.run(["cmake", "--preset", "dev"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    commands = {pathlib.Path(each["file"]): each["command"] for each in json.loads((BUILD / "compile_commands.json").read_text())}
    keys = {path: key(path, commands[path]) for path in sorted((ROOT / "src").rglob("*.cpp"))}
    CLEAN.mkdir(parents=True, exist_ok=True)
    due = [path for path in keys if not (CLEAN / keys[path]).exists()]
    print(f"{len(keys)} files: {len(keys) - len(due)} are known to be clean, {len(due)} are looked at", flush=True)
    found = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, text in zip(due, pool.map(complaints, due)):
            if text:
                found += 1
                print(f"{path.relative_to(ROOT)}:\n{text}", flush=True)
            else:
                (CLEAN / keys[path]).touch()
    print(f"{found} files with complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
