"""A cluster with a node, on which Sallyport runs as the chart installs it (hack/dev.sh up --node)."""
import base64
import ctypes
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from harness import ROOT, Cluster, log_files, utc_now, wait_for  # noqa: E402  (the end-to-end tests' own)

SYSTEM = "sallyport-system"
CHART = ROOT / "charts" / "sallyport"
NO_NODE = 5  # hack/cluster.sh: a node cannot run here


class NodeCluster(Cluster):
    """Its replicas are pods, known by their names."""

    def __init__(self, folder):
        (pathlib.Path(folder) / "webhook.port").write_text("0")  # nothing listens outside
        super().__init__(folder)
        self.reader = None  # the API server is in a network of its own
        self.installed_at = utc_now()

    # --- what runs ---

    def pods(self):
        return self.get("-n", SYSTEM, "pods", "-l", "app.kubernetes.io/name=sallyport")["items"]

    def running(self):
        """Names of the pods that are ready."""
        return [pod["metadata"]["name"] for pod in self.pods() if is_ready(pod)]

    def wait_until_ready(self, replicas=2, seconds=120):
        wait_for(f"{replicas} replicas to be ready", lambda: len(self.running()) == replicas, seconds, 0.5)

    def metrics_text(self, replica):
        address = self.get("-n", SYSTEM, "pod", replica)["status"]["podIP"]
        return self.inside("curl", "-fsS", "--max-time", "10", f"http://{address}:8080/metrics").stdout

    def key(self, name):
        secret = "sallyport-seal-key" if name == "seal.key" else "sallyport-log-key"
        return base64.b64decode(self.get("-n", SYSTEM, "secret", secret)["data"][name])

    def volume_of(self, replica):
        """The folder that holds its log, on the node."""
        claim = self.get("-n", SYSTEM, "persistentvolumeclaim", f"log-{replica}")
        return self.get("persistentvolume", claim["spec"]["volumeName"])["spec"]["local"]["path"]

    def scale(self, replicas):
        """And waits until no other pod is left."""
        self.admin("-n", SYSTEM, "scale", "statefulset", "sallyport", f"--replicas={replicas}")
        wait_for(f"{replicas} pods", lambda: len(self.pods()) == replicas, 90)

    def restarts(self):
        return sum(status["restartCount"] for pod in self.pods() for status in pod["status"].get("containerStatuses", []))

    def stderr_logs(self):
        return {pod["metadata"]["name"]: self.kubectl("admin", "-n", SYSTEM, "logs", pod["metadata"]["name"]).stdout
                for pod in self.pods()}

    def log_files_of(self, replica):
        return log_files(pathlib.Path(self.volume_of(replica)))

    def log_files(self):
        return sorted((self.folder / "node" / "volumes").rglob("*.jsonl"))

    # --- commands ---

    def inside(self, *command, timeout=60, check=True, processes=False):
        """In the cluster's network, or among its processes and mounts, too."""
        way = self.folder / "node" / ("enter" if processes else "in")
        return subprocess.run([way, *map(str, command)], capture_output=True, text=True, timeout=timeout, check=check)

    def enter_network(self):
        """The calling thread's sockets are the cluster's from now on."""
        first = subprocess.run(["pgrep", "-P", (self.folder / "node" / "pid").read_text().strip()], capture_output=True, text=True,
                               check=True).stdout.strip()
        with open(f"/proc/{first}/ns/net", encoding="utf-8") as network:
            if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), 0) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def helm(self, *arguments, timeout=180, check=True):
        helm = subprocess.run([ROOT / "hack" / "helm.sh"], capture_output=True, text=True, check=True).stdout.strip()
        done = self.inside(helm, "--kubeconfig", self.folder / "kubeconfig", "--namespace", SYSTEM, *arguments,
                           timeout=timeout, check=False)
        assert not check or done.returncode == 0, f"helm {arguments}: {done.stdout}{done.stderr}"
        return done

    def part(self, verb, name):
        subprocess.run([ROOT / "hack" / "cluster.sh", f"{verb}-part", name, "--dir", self.folder], check=True, timeout=60)


def is_ready(pod):
    return not pod["metadata"].get("deletionTimestamp") and any(
        each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", []))


def start(folder):
    """The cluster; or nothing and why, where no node can run."""
    command = [ROOT / "hack" / "dev.sh", "up", "--node", "--dir", folder, "--replicas", "2", "--values", HERE / "values.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    if done.returncode == NO_NODE:
        return None, done.stderr.strip().splitlines()[-1]
    assert done.returncode == 0, done.stdout + done.stderr
    return NodeCluster(folder), ""
