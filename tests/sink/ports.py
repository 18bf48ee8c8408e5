"""Ports that stay ours while a server is down: from below the range that the system takes outgoing connections' ports from."""
import fcntl
import pathlib
import random
import socket
import tempfile

FOLDER = pathlib.Path(tempfile.gettempdir()) / "sallyport-test-ports"
held = []  # locks, for as long as this process lives


def free_port():
    FOLDER.mkdir(exist_ok=True)
    for port in random.sample(range(10000, 20000), 1000):
        lock = (FOLDER / str(port)).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:  # somebody else's
            lock.close()
            continue
        held.append(lock)
        return port
    raise AssertionError("no port is free")
