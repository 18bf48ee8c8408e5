"""`sallyport why --as-agent` on refusals that are about no request, and on what is none."""
import pytest

from program import run

GUARDED = "Error from server (Guarded): admission webhook \"gate.sallyport.dev\" denied the request: An agent may not. [code=Guarded]\n"


@pytest.mark.parametrize("arguments", [["--as-agent"], ["--as-agent", "-"], ["--as-agent", GUARDED]])
def test_explains_a_refusal_from_a_pipe_or_an_argument(arguments):
    done = run("why", *arguments, stdin=GUARDED)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Refused   Guarded: the built-in guard refuses this; ")


def test_what_is_no_refusal_of_ours():
    for text in ("", "Error from server (Forbidden): no", "\x1b[2J[code=\x07]"):
        done = run("why", "--as-agent", stdin=text)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "error: there is no refusal of Sallyport's in this text: one ends with [code=...]\n"
    assert run("why", "--as-agent", stdin="x" * (9 << 20)).stderr == "error: standard input is larger than 8 MiB\n"


def test_a_name_is_needed_without_it():
    done = run("why")
    assert done.returncode == 2 and "NAME" in done.stderr


def test_without_the_cluster_the_code_is_explained_all_the_same(tmp_path):
    done = run("why", "--as-agent", "x [code=ApprovalRequired request=shop/gate-x]", HOME=str(tmp_path), KUBECONFIG="")
    assert done.returncode == 4 and "kubeconfig" in done.stderr
    assert done.stdout.startswith("Refused   ApprovalRequired: people must approve this first")
