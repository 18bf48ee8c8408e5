"""The servers that are compared, and what they cost by /proc."""
import http.client
import json
import os
import pathlib
import socket
import ssl
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
SERVER_CORE, LOAD_CORE = "1", "0"
TICK = os.sysconf("SC_CLK_TCK")


def wait_for(what, condition, seconds=60, every=0.1):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"not seen within {seconds} s: {what}")
        time.sleep(every)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def untrusting_context():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connect(port, timeout=30):
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout, context=untrusting_context())
    connection.connect()
    return connection


def post(connection, path, body):
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def is_listening(port):
    try:
        connect(port, 2).close()
    except OSError:
        return False
    return True


class Server:
    """Something with a process, a port and a path that answers reviews."""

    name = ""
    port = 0

    def pid(self):
        raise NotImplementedError

    def path(self):
        return "/admit"

    def processes(self):
        """Its own and its children's: nginx has a worker."""
        children = pathlib.Path(f"/proc/{self.pid()}/task/{self.pid()}/children").read_text().split()
        return [self.pid(), *map(int, children)]

    def cpu_seconds(self):
        ticks = 0
        for pid in self.processes():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])  # utime and stime
        return ticks / TICK

    def rss_kib(self):
        lines = [line for pid in self.processes() for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))

    def check(self, body):
        """One call, that the numbers are of the right thing."""
        connection = connect(self.port)
        status, text = post(connection, self.path(), body)
        cipher = connection.sock.cipher()
        connection.close()
        answer = json.loads(text) if status == 200 else {}
        if answer.get("response", {}).get("allowed") is not True:
            raise SystemExit(f"{self.name} does not allow the review: {status} {text[:500]}")
        return cipher, text.decode()

    def unconcerned(self):
        """How many reviews it has allowed as nobody's business; None if it does not count."""
        return None

    def stop(self):
        pass


class Child(Server):
    """A server that this program starts itself."""

    def __init__(self, name, command, port, log):
        self.name, self.port = name, port
        with open(log, "wb") as output:
            self.process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *map(str, command)], stdout=output, stderr=output)
        wait_for(f"{name} to listen", lambda: is_listening(port))

    def pid(self):
        return self.process.pid

    def stop(self):
        self.process.terminate()
        self.process.wait()


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-keyout", folder / "tls.key", "-out", folder / "tls.crt"],
                   check=True, capture_output=True)


def start_nginx(folder, answer):
    port = free_port()
    text = (HERE / "nginx.conf").read_text()
    for name, value in {"FOLDER": folder, "PORT": port, "ANSWER": answer}.items():
        text = text.replace(f"@{name}@", str(value))
    (folder / "nginx.conf").write_text(text)
    return Child("nginx", ["nginx", "-c", folder / "nginx.conf", "-e", folder / "error.log"], port, folder / "nginx.log")


def start_peer(folder, binary):
    port = free_port()
    return Child("controller-runtime", [binary, "-port", port, "-certificates", folder], port, folder / "peer.log")
