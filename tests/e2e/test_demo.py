"""hack/demo.sh shows what it says, and says so when it does not."""
import os
import signal
import subprocess

import pytest

import objects
from harness import ROOT, wait_for

pytestmark = pytest.mark.disruptive

DEMO = ROOT / "hack" / "demo.sh"


def demo(cluster, *arguments):
    return subprocess.run([DEMO, "--dir", cluster.folder, *arguments], capture_output=True, text=True, timeout=300, check=False)


def test_the_demo_sees_every_step(cluster):
    result = demo(cluster)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.endswith("Every step was seen.\n")
    assert "\x1b" not in result.stdout  # colours are for terminals


def test_without_the_policy_the_demo_fails_where_the_agent_should_wait(cluster):
    result = demo(cluster, "--break", "policy")
    assert result.returncode == 1
    assert result.stdout.endswith("The demo failed at step 2: The agent wants another image, and its command waits\n")


def test_without_the_reviewers_rights_the_demo_fails_at_the_approval(cluster):
    try:
        result = demo(cluster, "--break", "rights")
    finally:
        cluster.apply(objects.binding("reviewers-approve", "sallyport-approver", "Group/reviewers"))
    assert result.returncode == 1
    assert "lacks the verb approve" in result.stdout
    assert result.stdout.endswith("The demo failed at step 4: She approves it with kubectl patch\n")


def test_without_the_plugin_the_demo_fails_where_it_is_first_used(cluster):
    plugin = cluster.folder / "plugin" / "kubectl-sallyport"
    program = plugin.readlink()
    try:
        result = demo(cluster, "--break", "plugin")
    finally:
        plugin.symlink_to(program)
    assert result.returncode == 1
    assert result.stdout.endswith("The demo failed at step 8: The next change she approves with the plugin, which shows it first\n")


def processes_in(folder):
    """Command lines of all processes that name this directory."""
    return subprocess.run(["pgrep", "-af", str(folder)], capture_output=True, text=True, check=False).stdout


def heed_ctrl_c():
    """As in a terminal: whoever started us in the background had us ignore it, and bash cannot undo that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_leaves_nothing_behind(cluster, tmp_path):
    env = {**os.environ, "SALLYPORT_BINARY": (cluster.folder / "binary").read_text().strip()}
    output = (tmp_path / "output").open("w+")
    running = subprocess.Popen([DEMO, "--dir", tmp_path / "demo"], stdout=output, stderr=output, env=env, start_new_session=True,
                               preexec_fn=heed_ctrl_c)
    try:
        wait_for("the agent's command to wait", lambda: "A reviewer sees" in (tmp_path / "output").read_text(), 240)
    finally:
        os.killpg(running.pid, signal.SIGINT)
        code = running.wait(90)
    assert code == 130
    assert processes_in(tmp_path / "demo") == ""
