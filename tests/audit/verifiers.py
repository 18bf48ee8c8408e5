"""`sallyport log verify` and docs/verify.sh, which share no code and are to say the same."""
import os
import pathlib
import signal
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SALLYPORT = os.environ.get("SALLYPORT_BINARY", ROOT / "build" / "release" / "sallyport")
SCRIPT = ROOT / "docs" / "verify.sh"
PATIENCE = 180  # seconds for what takes none: on a machine that has much else to do
CLEAN, BROKEN, USAGE, UNREADABLE = 0, 1, 2, 3


def run(*command):
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=PATIENCE, check=False)


def start(*command):
    """Ends by the signals that end programs: whoever runs the tests in the background may have SIGINT ignored."""
    return subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def program(*arguments):
    done = run(SALLYPORT, "log", "verify", *arguments)
    assert done.returncode in (CLEAN, BROKEN, USAGE, UNREADABLE), done.stderr
    return done


def the_same_of(ours, script):
    assert ours.returncode == script.returncode, f"{ours.stdout}{ours.stderr}\n{script.stdout}{script.stderr}"
    return ours


def both(files, *options):
    """Of one stream's files, all that there are in their folder."""
    return the_same_of(program(files[0].parent, *options), run(SCRIPT, *options, *reversed(files)))
