"""Load on one server: many reviews after each other by wrk, or many that wait at once."""
import json
import subprocess
import threading
import time

from servers import HERE, LOAD_CORE, connect, post

CONNECTIONS = 16


def drive(server, body_file, seconds):
    """Microseconds of the server's CPU a review, over one wrk run, and what wrk saw."""
    url = f"https://127.0.0.1:{server.port}{server.path()}"
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s", HERE / "post.lua",
               url, "--", body_file]
    before, counted = server.cpu_seconds(), server.unconcerned()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    spent = server.cpu_seconds() - before
    seen = json.loads(done.stdout.splitlines()[-1])
    if seen["failed"] or not seen["requests"]:
        raise SystemExit(f"{server.name}: {seen['failed']} calls failed of {seen['requests']}: {done.stdout}{done.stderr}")
    if counted is not None and server.unconcerned() - counted < seen["requests"]:
        raise SystemExit(f"{server.name} did not answer all of {seen['requests']} reviews as nobody's business")
    return spent * 1e6 / seen["requests"], seen


class Waiting:
    """Calls that all wait at once, each on a connection of its own, as an API server would have them."""

    def __init__(self, server, bodies):
        self.path, self.answers = server.path(), []
        self.connections = [connect(server.port, 60) for _ in bodies]
        self.threads = [threading.Thread(target=self._call, args=pair) for pair in zip(self.connections, bodies)]
        for thread in self.threads:
            thread.start()

    def _call(self, connection, body):
        self.answers.append(post(connection, self.path, body))

    def finish(self):
        """Waits for their answers and gives the statuses in them."""
        for thread in self.threads:
            thread.join()
        for connection in self.connections:
            connection.close()
        return [code_of(*answer) for answer in self.answers]


def pace(server, body, per_second, seconds):
    """So many calls a second over one connection, as evenly as one thread can."""
    connection, path, start = connect(server.port), server.path(), time.monotonic()
    for number in range(per_second * seconds):
        time.sleep(max(0.0, start + number / per_second - time.monotonic()))
        status, text = post(connection, path, body)
        if status != 200:
            raise SystemExit(f"{server.name} answered {status}: {text[:200]}")
    connection.close()


def code_of(status, text):
    return json.loads(text)["response"]["status"]["code"] if status == 200 else status


def time_each(server, bodies):
    """The calls one after the other, all of which must be allowed: how long each took, in microseconds."""
    connection, path = connect(server.port), server.path()
    for body in bodies:
        start = time.perf_counter()
        status, text = post(connection, path, body)
        yield (time.perf_counter() - start) * 1e6
        if status != 200 or not json.loads(text)["response"]["allowed"]:
            raise SystemExit(f"{server.name} answered {status}: {text[:300]}")
    connection.close()


def ask(server, bodies):
    """The calls one after the other, and the statuses in their answers."""
    connection, path = connect(server.port), server.path()
    codes = [code_of(*post(connection, path, body)) for body in bodies]
    connection.close()
    return codes
