"""A cluster with Sallyport in it (hack/dev.sh), and people and agents who act on it through kubectl."""
import contextlib
import datetime
import functools
import gzip
import json
import mmap
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import yaml

from api_reader import ApiReader
from commands import Running

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# The worker of pytest-xdist that runs this test, if any: on a cluster that they share each acts as an agent of its own.
WORKER = "" if os.environ.get("SALLYPORT_NO_SHARED_CLUSTER") else os.environ.get("PYTEST_XDIST_WORKER", "")
AGENT_NAME = f"deployer-{WORKER}" if WORKER else "deployer"
AGENTS = f"agents-{WORKER}" if WORKER else "agents"  # the namespace of its accounts
AGENT = f"system:serviceaccount:{AGENTS}:deployer"
PEOPLE = ("alice", "bob", "mallory")
OURS = "system:serviceaccount:sallyport-system:sallyport"
SANITIZER_REPORT = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:")


def wait_for(what, condition, seconds=30, every=0.2):
    """Polls until `condition` returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"not seen within {seconds} s: {what}"
        time.sleep(every)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def log_files(folder):
    """Of a replica's log; one that is just being compressed is there in both ways."""
    return [path for path in folder.iterdir() if path.name.endswith((".jsonl", ".jsonl.gz"))]


def first_seq(path):
    """Which line a file begins with, as its name says; the one that is written has no number, and comes last."""
    number = re.search(r"\.(\d+)\.jsonl", path.name)
    return int(number.group(1)) if number else float("inf")


def read_log_file(path):
    return read_compressed(path, path.stat().st_mtime_ns) if path.suffix == ".gz" else path.read_bytes()


@functools.lru_cache(maxsize=1000)
def read_compressed(path, _written_at):
    """Kept, since the tests look again and again, and what is compressed does not change."""
    return gzip.decompress(path.read_bytes())


def log_lines(folder):
    """The whole lines in a replica's log, in order, as bytes. Its files are closed and compressed while we look."""
    def all_of_them():
        try:
            files = [read_log_file(path).splitlines(keepends=True) for path in log_files(folder)]
        except FileNotFoundError:
            return None
        first = {json.loads(lines[0])["seq"]: lines for lines in files if lines and lines[0].endswith(b"\n")}
        whole = [line for _, lines in sorted(first.items()) for line in lines if line.endswith(b"\n")]
        return [whole] if not whole or json.loads(whole[-1])["seq"] == len(whole) else None
    return wait_for(f"all files of {folder}", all_of_them, 10)[0]


class Cluster:
    """One control plane with replicas of `sallyport serve` beside it, in the directory of hack/dev.sh."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.replicas_folder = self.folder / "replicas"
        binaries = re.search(r"PATH=(.*):\$PATH", (self.folder / "env").read_text()).group(1)
        self.kubectl_binary = pathlib.Path(binaries) / "kubectl"
        self.env = {**os.environ, "KUBECACHEDIR": str(self.folder / "cache")}
        self.webhook_port = int((self.folder / "webhook.port").read_text())
        self.reader = ApiReader(self.folder / "kubeconfig")
        self.changed = set()  # replicas that were started in another way than usual
        self.may_be_disturbed = True  # set for each test by clusters.cluster

    # --- kubectl ---

    def start(self, who, *arguments, stdin=None):
        """kubectl in the background as admin, alice, bob, mallory, agent or second."""
        return Running([self.kubectl_binary, "--kubeconfig", self.kubeconfig(who), *arguments], self.env, stdin)

    def kubeconfig(self, who):
        """Of admin, a person, or one of this worker's agents."""
        if who == "admin":
            return self.folder / "kubeconfig"
        return self.folder / "users" / f"{f'{who}-{WORKER}' if WORKER and who not in PEOPLE else who}.kubeconfig"

    def kubectl(self, who, *arguments, stdin=None, timeout=90):
        return self.start(who, *arguments, stdin=stdin).finish(timeout)

    def admin(self, *arguments, **options):
        """What kubectl printed for the admin; it must succeed."""
        return self.kubectl("admin", *arguments, **options).must().stdout

    def get(self, *arguments):
        """What `kubectl get` prints as JSON for the admin."""
        found = self.reader.get(*arguments) if self.reader else None
        return found or json.loads(self.admin("get", *arguments, "-o", "json"))

    def apply(self, *objects):
        """As `kubectl apply` does; what is not there yet is made without its help."""
        known = [each for each in objects if not (self.reader and self.reader.create(each))]
        if known:
            self.admin("apply", "-f", "-", stdin=yaml.safe_dump_all(known))

    def add_account(self, namespace, name, who=None):
        """A service account with a kubeconfig of its own; as it is called here, by default like the account."""
        self.kubectl("admin", "-n", namespace, "create", "serviceaccount", name)
        token = self.admin("-n", namespace, "create", "token", name, "--duration=24h").strip()
        config = yaml.safe_load((self.folder / "users" / "alice.kubeconfig").read_text())
        config["users"][0]["user"] = {"token": token}
        self.kubeconfig(who or name).write_text(yaml.safe_dump(config))

    # --- the replicas' configuration, and doctor ---

    def config(self, **changes):
        """With these changes: of a section only what is named, of a list all of it."""
        config = yaml.safe_load((self.folder / "config.yaml").read_text())
        for name, value in changes.items():
            config[name] = {**config[name], **value} if isinstance(value, dict) else value
        return config

    def doctor(self, **changes):
        """Whether there is no fault by `sallyport doctor` with that configuration, and what its checks say, by their names."""
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump(self.config(**changes), file)
            file.flush()
            found = subprocess.run([(self.folder / "binary").read_text().strip(), "doctor", "--config", file.name, "--kubeconfig",
                                    self.folder / "kubeconfig", "-o", "json"], capture_output=True, text=True, timeout=120, check=False)
        whole = json.loads(found.stdout)
        assert whole["ok"] == (found.returncode == 0), found
        checks = {}
        for each in whole["checks"]:
            check = checks.setdefault(each["check"], {"problem": "", "faults": "", "ok": True, "hint": True})
            if each["mark"] == "ok":
                continue
            told = "\n".join([each["says"], each["todo"], each["command"], ""])
            is_fault = each["mark"] == "fault"
            check.update(problem=check["problem"] + told, faults=check["faults"] + told * is_fault, ok=False,
                         hint=check["hint"] and not is_fault)
        return whole["ok"], checks

    # --- keys ---

    def key(self, name):
        """seal.key or log.key, as the replicas have it."""
        return (self.folder / "keys" / name).read_bytes()

    def path(self):
        """The unguessable one by which the API server calls, as it stands in the configurations."""
        gate = self.get("validatingwebhookconfiguration", "sallyport-gate")["webhooks"][0]["clientConfig"]
        return gate["service"]["path"].strip("/").partition("/")[0]

    # --- what is left behind: logs, metrics ---

    def audit(self, containing):
        """The API server's audit log: finished calls whose line holds this text, in order."""
        found, text = [], containing.encode()
        with open(self.folder / "audit.log", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as log:
            at = log.find(text)
            while at >= 0 and (end := log.find(b"\n", at)) >= 0:
                entry = json.loads(log[log.rfind(b"\n", 0, at) + 1:end])
                if entry["stage"] == "ResponseComplete":
                    found.append(entry)
                at = log.find(text, end)
        return found

    def journal(self, replica="*", containing=""):
        """The records in the replicas' logs, each stream in order; those whose line holds this text."""
        text = containing.encode()
        return [json.loads(line) for folder in sorted(self.replicas_folder.glob(f"{replica}/log"))
                for line in log_lines(folder) if text in line]

    def log_files_of(self, replica):
        return log_files(self.replicas_folder / str(replica) / "log")

    def says_of_policy(self, replica, uid):
        """The last that a replica's log says of a policy: what has changed, and to which generation. The newest file first."""
        for path in sorted(self.log_files_of(replica), key=first_seq, reverse=True):
            lines = [line for line in read_log_file(path).splitlines() if uid.encode() in line and b'"event":"policy"' in line]
            if lines:
                last = json.loads(lines[-1])
                return last["change"], last.get("generation")
        return None

    def stderr_logs(self):
        return {path.parent.name: path.read_text(errors="replace") for path in self.replicas_folder.glob("*/stderr.log")}

    def sanitizer_reports(self):
        return {n: text[found.start():][:4000] for n, text in self.stderr_logs().items()
                if (found := SANITIZER_REPORT.search(text))}

    def metrics_text(self, replica):
        with urllib.request.urlopen(f"http://{self._address(replica, 'metrics')}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def metric(self, replica, name):
        """One sample, e.g. metric(0, 'sallyport_holds'); labels are part of the name."""
        for line in self.metrics_text(replica).splitlines():
            sample, _, value = line.rpartition(" ")
            if sample == name:
                return float(value)
        raise AssertionError(f"replica {replica} has no metric {name}")

    def sum_of(self, name):
        return sum(self.metric(replica, name) for replica in self.running())

    def webhook_calls(self):
        """How often the API server has called the gate, by its own counter."""
        calls = 0.0
        for line in self.admin("get", "--raw", "/metrics").splitlines():
            if line.startswith("apiserver_admission_webhook_request_total{") and 'name="gate.sallyport.dev"' in line:
                calls += float(line.rpartition(" ")[2])
        return calls

    # --- replicas ---

    def _address(self, replica, what):
        return (self.replicas_folder / str(replica) / what).read_text().strip()

    def running(self):
        """Numbers of the replicas whose process lives."""
        return [n for n in sorted(int(path.name) for path in self.replicas_folder.iterdir()) if self._lives(n)]

    def pid(self, replica):
        return int((self.replicas_folder / str(replica) / "pid").read_text())

    def _lives(self, replica):
        try:
            os.kill(self.pid(replica), 0)
        except (OSError, ValueError):
            return False
        return True

    def readyz(self, replica):
        """Whether it says that it is ready, and what it says."""
        return self._health(replica, "readyz")

    def livez(self, replica):
        return self._health(replica, "livez")

    def _health(self, replica, probe):
        try:
            with urllib.request.urlopen(f"http://{self._address(replica, 'health')}/{probe}", timeout=10) as answer:
                return True, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return False, refusal.read().decode()
        except OSError as error:
            return False, str(error)

    def dev(self, *arguments, env=None):
        self._disturb()
        run_dev(*arguments, "--dir", self.folder, env=env)

    def start_replica(self, replica, *arguments, **env):
        """Started with arguments or an environment, it is started again as usual by `restore`."""
        self.dev("start", replica, *arguments, env=env)
        if arguments or env:
            self.changed.add(replica)

    def stop_replica(self, replica):
        self.dev("stop", replica)

    def kill_replica(self, replica):
        self.dev("kill", replica)
        wait_for(f"the end of replica {replica}", lambda: not self._lives(replica))

    def stop_all(self):
        for replica in self.running():
            self.stop_replica(replica)

    def restore(self):
        """Replicas 0 and 1 run as usual, and no other."""
        for replica in self.running():
            if replica > 1 or replica in self.changed:
                self.stop_replica(replica)
        self.changed.clear()
        for replica in (0, 1):
            if not self._lives(replica):
                self.start_replica(replica)
        wait_for("both replicas to be ready", lambda: all(self.readyz(replica)[0] for replica in (0, 1)), 60)

    def holder(self):
        """The replica that holds the one waiting call."""
        def found():
            holding = [replica for replica in self.running() if self.metric(replica, "sallyport_holds") == 1]
            return holding if len(holding) == 1 else None
        return wait_for("a replica that holds a call", found)[0]


    # --- the API server ---

    def restart_apiserver(self):
        """Until it is ready again, its RBAC rules are not loaded, and it answers 403 to everybody: that time is noted."""
        self._restarting("restart-apiserver")

    def save_store(self, folder):
        """Copies what etcd holds to the folder."""
        self._restarting("save-store", folder)

    def restore_store(self, folder):
        """etcd holds what it held then, as after a disaster."""
        self._restarting("restore-store", folder)

    def _disturb(self):
        assert self.may_be_disturbed, "this cluster is other tests', too: mark the test as disruptive"

    def _restarting(self, *command):
        self._disturb()
        begun = utc_now()
        subprocess.run([ROOT / "hack" / "cluster.sh", *command, "--dir", self.folder], check=True, timeout=180,
                       capture_output=True)
        self._note_refusals_since(begun)

    @contextlib.contextmanager
    def without_rights(self):
        """Takes rights from Sallyport's account, and gives them back before its end: what it may not do meanwhile is noted."""
        self._disturb()
        begun = utc_now()
        yield
        self._note_refusals_since(begun)

    def _note_refusals_since(self, begun):
        """Until all replicas can read again."""
        back = time.monotonic()
        # What a replica confirmed before makes it ready for some seconds more, and then not ready.
        wait_for("the replicas to confirm their policies anew", lambda: all(
            self.metric(replica, "sallyport_seconds_since_confirmed") < time.monotonic() - back
            for replica in self.running() if replica < 2), 60)
        with open(self.folder / "restarts", "a", encoding="utf-8") as file:
            file.write(f"{begun} {utc_now()}\n")

    def restarting_at(self, timestamp):
        """Whether Sallyport was refused then for such a reason, as the API server's audit log writes time."""
        path = self.folder / "restarts"
        spans = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return any(begun <= timestamp <= ended for begun, ended in spans)


class Caller:
    """Somebody's calls through a `kubectl proxy` of theirs: for very many, or very fast ones."""

    def __init__(self, cluster, who):
        self.running = cluster.start(who, "proxy", "--port=0", "--reject-methods=^$")
        self.address = wait_for(f"{who}'s proxy",
                                lambda: re.search(r"127\.0\.0\.1:\d+", self.running.text_of(self.running.out)))[0]

    def call(self, method, path, body=None, content_type="application/json"):
        """The answer's status and body."""
        call = urllib.request.Request(f"http://{self.address}{path}", method=method, headers={"Content-Type": content_type},
                                      data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(call, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def close(self):
        self.running.kill()


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def run_dev(*arguments, env=None, timeout=180):
    """hack/dev.sh, which must succeed."""
    result = subprocess.run([ROOT / "hack" / "dev.sh", *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                            env={**os.environ, **(env or {})}, check=False)
    assert result.returncode == 0, f"hack/dev.sh {' '.join(map(str, arguments))}: {result.stdout}{result.stderr}"
