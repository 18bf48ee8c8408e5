"""What an auditor does with the replicas' logs."""
import base64
import json
import os
import subprocess

from harness import ROOT, log_files, read_log_file

SALLYPORT = os.environ.get("SALLYPORT_BINARY", ROOT / "build" / "release" / "sallyport")


def public_key(cluster):
    return base64.b64decode(cluster.get("-n", "sallyport-system", "secret", "sallyport-keys")["data"]["log.pub"]).decode()


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300, check=False)


def verify(*arguments):
    return run(SALLYPORT, "log", "verify", *arguments)


def verify_sh(*arguments):
    return run(ROOT / "docs" / "verify.sh", *arguments)


def files_of(logs, stream):
    """In the order of their lines. One that was just being closed has two names, and one that was just begun may be empty."""
    first_lines = {file: read_log_file(file).partition(b"\n")[0] for file in log_files(logs)}
    begun = [(json.loads(line), file) for file, line in first_lines.items() if line]
    return [file for _, file in sorted({line["seq"]: file for line, file in begun if line["stream"] == stream}.items())]
