"""A command that a test runs, and what it leaves."""
import subprocess
import tempfile
import time


class Result:
    """What a command left: its code, what it printed, how long it took."""

    def __init__(self, command, code, stdout, stderr, seconds):
        self.command, self.code, self.stdout, self.stderr, self.seconds = command, code, stdout, stderr, seconds

    @property
    def ok(self):
        return self.code == 0

    def must(self):
        assert self.ok, f"{self}"
        return self

    def __str__(self):
        return f"{self.command}: exit code {self.code} after {self.seconds:.1f} s\n{self.stdout}{self.stderr}"

    __repr__ = __str__  # what a failed assertion shows


class Running:
    """A command in the background. Its output goes to files, so that it never waits for us."""

    def __init__(self, command, env, stdin=None):
        self.name = " ".join(str(part) for part in command)
        self.out, self.err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        self.started = time.monotonic()
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=self.out,
                                        stderr=self.err, env=env, text=True)
        if stdin is not None:
            self.process.stdin.write(stdin)
        self.process.stdin.close()

    @property
    def is_running(self):
        return self.process.poll() is None

    def finish(self, timeout=90):
        """Waits for its end."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {timeout} s: {self.name}") from None
        return Result(self.name, code, self.text_of(self.out), self.text_of(self.err), time.monotonic() - self.started)

    def kill(self):
        self.process.kill()
        self.process.wait()

    @staticmethod
    def text_of(file):
        file.seek(0)
        return file.read()
