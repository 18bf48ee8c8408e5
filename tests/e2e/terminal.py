"""`sallyport` as people run it: in a pipe, or in a pseudo-terminal with a person at the keys."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import yaml

from commands import Result

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def without_colour(text):
    return COLOUR.sub("", text)


def as_a_shell_would():
    """Ctrl-C works, even where these tests run in the background of a script."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A command in a pseudo-terminal. Lines end with \\r\\n on their way; here they are \\n."""

    def __init__(self, command, env, columns=120):
        self.name = " ".join(map(str, command))
        self.keys, end = pty.openpty()
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self.process = subprocess.Popen([str(part) for part in command], stdin=end, stdout=end, stderr=end, env=env,
                                        preexec_fn=as_a_shell_would, start_new_session=True)
        os.close(end)
        self.started = time.monotonic()
        self.raw = b""

    @property
    def screen(self):
        return self.raw.decode(errors="replace").replace("\r\n", "\n")

    def _read(self, seconds):
        if not select.select([self.keys], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self.keys, 65536)
        except OSError:
            piece = b""  # the other end is closed
        self.raw += piece
        return bool(piece)

    def wait_for(self, text, seconds=30):
        deadline = time.monotonic() + seconds
        while text not in without_colour(self.screen):
            assert time.monotonic() < deadline, f"not seen in {self.name}: {text}\n{self.screen}"
            assert self._read(0.1) or text in without_colour(self.screen), f"ended before {text}\n{self.screen}"
        return self

    def type(self, text):
        os.write(self.keys, text.encode())
        return self

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def finish(self, seconds=60):
        deadline = time.monotonic() + seconds
        while self._read(0.1):
            assert time.monotonic() < deadline, f"still running after {seconds} s: {self.name}\n{self.screen}"
            if self.process.poll() is not None and not select.select([self.keys], [], [], 0)[0]:
                break
        code = self.process.wait(5)
        os.close(self.keys)
        return Result(self.name, code, self.screen, "", time.monotonic() - self.started)


class Cli:
    """`sallyport` as a user of the cluster, in one namespace of a test."""

    def __init__(self, binary, shop, folder):
        self.binary, self.shop, self.folder = binary, shop, folder
        self.started = []
        # Nothing of whoever runs the tests: neither a kubeconfig nor a taste in colours.
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm-256color"}

    def kubeconfig(self, who):
        return self.shop.cluster.kubeconfig(who)

    def config_of(self, who):
        return yaml.safe_load(self.kubeconfig(who).read_text())

    def write(self, name, config):
        path = self.folder / name
        path.write_text(config if isinstance(config, str) else yaml.safe_dump(config))
        return path

    def command(self, who, arguments):
        where = ["--kubeconfig", self.kubeconfig(who), "-n", self.shop.name] if who else []
        return [self.binary, *arguments, *where]

    def start(self, who, *arguments, **env):
        self.started.append(subprocess.Popen([str(part) for part in self.command(who, arguments)], text=True, stdin=subprocess.DEVNULL,
                                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**self.env, **env}))
        return self.started[-1]

    def run(self, who, *arguments, **env):
        """In a pipe; without a user, as the environment and the arguments say."""
        began, running = time.monotonic(), self.start(who, *arguments, **env)
        out, err = running.communicate(timeout=60)
        return Result(" ".join(map(str, arguments)), running.returncode, out, err, time.monotonic() - began)

    def terminal(self, who, *arguments, columns=120, **env):
        running = Terminal(self.command(who, arguments), {**self.env, **env}, columns)
        self.started.append(running.process)
        return running

    def kill_all(self):
        for process in self.started:
            process.kill()
