"""A control plane for the tests (hack/cluster.sh), and the commands that act on it."""
import functools
import json
import os
import pathlib
import subprocess
import time

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
HACK = ROOT / "hack"


def run(*command, stdin=None, env=None):
    return subprocess.run([str(part) for part in command], input=stdin, capture_output=True, text=True, timeout=900,
                          env={**os.environ, **(env or {})}, check=False)


@functools.cache
def printed_by(script):
    """What a script of hack/ prints: where it has put a program."""
    result = run(HACK / script)
    assert result.returncode == 0, result.stderr
    return pathlib.Path(result.stdout.strip())


def helm(*arguments, values=None, kubeconfig=None):
    env = {"KUBECONFIG": str(kubeconfig or "/nonexistent")}
    extra = [] if values is None else ["--values", "-"]
    return run(printed_by("helm.sh"), *arguments, *extra, stdin=None if values is None else json.dumps(values), env=env)


def wait_for(what, condition, seconds=60):
    """Polls until `condition` returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"not seen within {seconds} s: {what}"
        time.sleep(0.1)


class Cluster:
    """One running control plane; `kubectl` acts as its admin unless told otherwise."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.kubeconfig = self.folder / "kubeconfig"
        self.kubectl_binary = printed_by("controlplane.sh") / "kubectl"

    def kubectl(self, *arguments, stdin=None, as_user=None, as_groups=()):
        identity = [] if as_user is None else ["--as", as_user, *(f"--as-group={group}" for group in as_groups)]
        return run(self.kubectl_binary, "--kubeconfig", self.kubeconfig, *identity, *arguments, stdin=stdin)

    def do(self, *arguments, **options):
        """kubectl that must succeed, without a warning from the API server; returns what it printed."""
        result = self.kubectl(*arguments, **options)
        assert result.returncode == 0, f"kubectl {' '.join(map(str, arguments))}: {result.stderr}"
        assert "Warning:" not in result.stderr, result.stderr
        return result.stdout

    def get(self, *arguments):
        return json.loads(self.do("get", *arguments, "-o", "json"))

    def create(self, *objects, **options):
        return self.kubectl("create", "-f", "-", stdin=yaml.safe_dump_all(objects), **options)

    def helm(self, *arguments, values=None):
        return helm(*arguments, values=values, kubeconfig=self.kubeconfig)

    def stop(self):
        run(HACK / "cluster.sh", "down", "--dir", self.folder)


def start_cluster(folder):
    result = run(HACK / "cluster.sh", "up", "--dir", folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return Cluster(folder)
