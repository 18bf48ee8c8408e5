"""A log that an older build wrote (tests/data/older_log): whoever keeps one can check and read it with what comes later."""
import gzip
import json

import pytest

from verifiers import CLEAN, ROOT, SALLYPORT, both, program, run

LOG = ROOT / "tests" / "data" / "older_log"
KEY = LOG / "log_test_key.pub"
NAMES = ["replica-0-bw6uojbr.1.jsonl.gz", "replica-0-bw6uojbr.40.jsonl", "replica-0.jsonl"]


@pytest.fixture
def files(tmp_path):
    for name in NAMES:
        (tmp_path / name).write_bytes((LOG / name).read_bytes())
    return [tmp_path / name for name in NAMES]


def lines_of(files):
    return b"".join(gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes() for file in files)


def test_it_is_clean_signed_and_witnessed(files):
    said = both(files, "--key", KEY.read_text().strip(), "--witness", LOG / "requests.json")
    assert said.returncode == CLEAN and "clean: every line follows" in said.stdout, said.stdout
    stream, = json.loads(program(files[0].parent, "--key", KEY, "--witness", LOG / "requests.json", "-o", "json").stdout)["streams"]
    assert (stream["lines"], stream["signedUpTo"], stream["files"]) == (69, 68, [str(file) for file in files])
    uses = [use["log"]["seq"] for request in json.loads((LOG / "requests.json").read_text())["items"] for use in request["status"].get("uses", [])]
    assert stream["witnessedUpTo"] >= max(uses)


def test_all_that_was_decided_is_decided_the_same_again(files):
    done = run(SALLYPORT, "log", "replay", files[0].parent, "-o", "json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["counts"] == {"same": 21, "differ": 0, "unknown": 0}


def test_its_lines_come_out_as_they_are(files):
    done = run(SALLYPORT, "log", "export", files[0].parent, "--format", "json", "--to", "-")
    assert done.returncode == CLEAN and done.stdout.encode() == lines_of(files), done.stderr


def test_it_is_shown(files):
    done = run(SALLYPORT, "log", "show", files[0].parent, "-o", "json")
    assert done.returncode == CLEAN and done.stdout.encode() == lines_of(files), done.stderr
    table = run(SALLYPORT, "log", "show", files[0].parent)
    assert table.returncode == CLEAN and len(table.stdout.splitlines()) >= 69, table.stdout
