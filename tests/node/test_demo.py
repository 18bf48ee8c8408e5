"""hack/demo.sh --node, on the cluster of the other tests."""
import os
import subprocess

from harness import ROOT


def test_the_demo_sees_every_step(cluster):
    done = subprocess.run([ROOT / "hack" / "demo.sh", "--node", "--dir", cluster.folder], capture_output=True, text=True, timeout=400,
                          env=os.environ, check=False)
    assert done.returncode == 0 and "Every step was seen." in done.stdout, done.stdout + done.stderr
