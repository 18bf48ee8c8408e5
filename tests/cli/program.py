"""The program as a process, without a cluster."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SALLYPORT = os.environ.get("SALLYPORT_BINARY", ROOT / "build" / "asan" / "sallyport")


def run(*arguments, stdin="", **environment):
    return subprocess.run([SALLYPORT, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "NO_COLOR": "1", **environment})
