"""An API server with every kind and field that it has: all versions are on, and all feature gates."""
import json
import pathlib
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request

from tables import ROOT

TOKEN = "the-admin-of-this-test"


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Server:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        told = subprocess.run([ROOT / "hack" / "controlplane.sh"], capture_output=True, text=True, check=True)
        self.parts = pathlib.Path(told.stdout.strip())
        etcd, peer, self.port = (free_port() for _ in range(3))
        self.url = f"https://127.0.0.1:{self.port}"
        subprocess.run(["openssl", "genrsa", "-out", self.folder / "sa.key", "2048"], check=True, capture_output=True)
        (self.folder / "tokens.csv").write_text(f"{TOKEN},admin,1,system:masters\n")
        self._write_kubeconfig()
        store = f"http://127.0.0.1:{etcd}"
        self.running = [
            self._start("etcd", "--data-dir", self.folder / "etcd", "--listen-client-urls", store, "--advertise-client-urls", store,
                        "--listen-peer-urls", f"http://127.0.0.1:{peer}"),
            self._start("kube-apiserver", "--etcd-servers", store, "--bind-address", "127.0.0.1", "--secure-port", self.port,
                        "--cert-dir", self.folder / "certs", "--service-cluster-ip-range", "10.9.0.0/24",
                        "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", "sa.key",
                        "--service-account-signing-key-file", "sa.key", "--token-auth-file", "tokens.csv",
                        "--authorization-mode", "AlwaysAllow", "--runtime-config", "api/all=true",
                        "--feature-gates", "AllAlpha=true,AllBeta=true"),
        ]

    def wait(self):
        deadline = time.monotonic() + 120
        while not self._is_ready():
            assert all(each.poll() is None for each in self.running), (self.folder / "kube-apiserver.log").read_text()[-2000:]
            assert time.monotonic() < deadline, "the API server does not become ready"
            time.sleep(0.2)

    def _start(self, name, *arguments):
        with open(self.folder / f"{name}.log", "wb") as log:
            return subprocess.Popen([self.parts / name, *(str(each) for each in arguments)], cwd=self.folder, stdout=log, stderr=log)

    def _write_kubeconfig(self):
        self.kubeconfig = self.folder / "kubeconfig"
        self.kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": self.url, "insecure-skip-tls-verify": True}}],
            "users": [{"name": "test", "user": {"token": TOKEN}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}))

    def _is_ready(self):
        try:
            return self.call("GET", "/readyz") == "ok"
        except (OSError, AssertionError):  # it does not listen yet, or says that it is not
            return False

    def call(self, method, path, content=None):
        request = urllib.request.Request(self.url + path, method=method, data=None if content is None else json.dumps(content).encode(),
                                         headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, context=ssl._create_unverified_context()) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()}") from None
        return json.loads(text) if text.startswith("{") else text

    def stop(self):
        for process in reversed(self.running):
            process.terminate()
            process.wait(30)
