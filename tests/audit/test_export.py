"""`sallyport log export`: tables that no spreadsheet runs, and bundles that an auditor can check with what is in them alone."""
import base64
import csv
import hashlib
import io
import json
import os
import pathlib
import pty
import signal
import subprocess
import time
import zipfile

import pytest

from logs import STREAM, Key, Log, head_of, requests_list
from verifiers import BROKEN, CLEAN, PATIENCE, ROOT, SALLYPORT, SCRIPT, UNREADABLE, USAGE, run, start

FOLDER = "sallyport-evidence"
POLICY = {"kind": "ApprovalPolicy", "namespace": "shop", "name": "promote-image", "uid": "u-1"}
HOSTILE = "harmless\x1b[2J\x1b]0;owned\x07\u202e\u2028\n=1+1"


def export(*arguments):
    done = run(SALLYPORT, "log", "export", *arguments)
    assert done.returncode in (CLEAN, BROKEN, USAGE, UNREADABLE), done.stderr
    return done


def verify(*arguments):
    return run(SALLYPORT, "log", "verify", *arguments)


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return Key(tmp_path_factory.mktemp("key"))


class Story:
    """Three files of a replica: lines 1 to 20, 21 to 40 and from 41 on, each closed behind a checkpoint. One line a second."""

    def __init__(self, key, stream=STREAM):
        self.key, self.starts = key, [1, 21, 41]
        log = self.log = Log(key, stream=stream, lines=2)
        log.add("policy", change="created", **POLICY, generation=1, why_not_ready="", spec={"mode": "Enforce"})
        log.add("request_opened", request="shop/gate-1", request_uid="r-1", agent="deployer", username="bot", operation="UPDATE",
                resource="deployments.apps", namespace="shop", name="api", summary="UPDATE deployments/api", policies=[{**POLICY, "generation": 1}])
        self.fill(20)
        self.rotate()
        log.add("policy", change="changed", **POLICY, generation=2, why_not_ready="", spec={"mode": "Warn"})
        log.add("warned", agent="deployer", policy="promote-image", policy_namespace="shop", namespace="shop", operation="UPDATE")
        self.decide("i-1", request="shop/gate-1", verdict="Approved", reviewers=["alice", "bob"], reason="looks right")
        log.add("outcome", intent="i-1", result="done", request="shop/gate-1")
        self.fill(40)
        self.rotate()
        log.add("answered", agent="deployer", request="shop/gate-2")
        log.checkpoint()
        log.add("answered", agent="deployer", request="shop/gate-3")

    def decide(self, intent, **fields):
        self.log.add("intent", intent=intent, kind="decision", request_uid="r-1", **fields)

    def fill(self, lines):
        while len(self.log.lines) < lines - 1:
            self.log.add("answered", agent="deployer", request=f"shop/filler-{len(self.log.lines)}")
        self.log.checkpoint()

    def rotate(self):
        self.log.add("rotated", closed="x", key=self.key.name)

    def write(self, folder):
        folder.mkdir(exist_ok=True)
        ends = [*(start - 1 for start in self.starts[1:]), len(self.log.lines)]
        replica = self.log.stream.rpartition("-")[0]
        names = [*(f"{self.log.stream}.{start}.jsonl" for start in self.starts[:-1]), f"{replica}.jsonl"]
        for name, start, end in zip(names, self.starts, ends):
            (folder / name).write_bytes(b"".join(self.log.lines[start - 1:end]))
        return folder


def at(line):
    return f"2026-11-21T10:00:{line:02}Z"


@pytest.fixture
def story(key):
    return Story(key)


@pytest.fixture
def logs(story, tmp_path):
    return story.write(tmp_path / "logs")


class Bundle:
    """What an auditor has: the zip file, unpacked by somebody else's program."""

    def __init__(self, path, folder):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            self.names = archive.namelist()
            self.infos = archive.infolist()
        folder.mkdir()
        subprocess.run(["unzip", "-q", path, "-d", folder], check=True)
        self.root = folder / FOLDER
        assert [entry.name for entry in folder.iterdir()] == [FOLDER]
        found = {str(file.relative_to(folder)) for file in folder.rglob("*") if not file.is_dir()}
        assert found == set(self.names) and len(found) == len(self.names)
        self.logs = self.root / "logs"

    def text(self, name):
        return (self.root / name).read_text()

    def check_sums(self):
        done = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=self.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(done.stdout.splitlines()) == len(self.names) - 1

    def records(self):
        return list(csv.DictReader(io.StringIO(self.text("records.csv"))))


def bundle_of(tmp_path, *arguments, code=CLEAN):
    file = tmp_path / "evidence.zip"
    done = export(*arguments, "--format", "bundle", "--to", file)
    assert done.returncode == code, done.stderr
    bundle = Bundle(file, tmp_path / "unpacked")
    bundle.check_sums()
    bundle.said = done.stderr
    return bundle


def test_a_table_has_the_documented_columns(logs, story):
    done = export(logs, "--format", "csv", "--to", "-", "--request", "shop/gate-1")
    assert (done.returncode, done.stderr) == (CLEAN, "")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    table = (ROOT / "docs" / "audit.md").read_text().partition("| column | what |")[2]
    documented = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    assert list(rows[0]) == documented
    assert [row["event"] for row in rows] == ["request_opened", "intent", "outcome"]
    opened, intent, outcome = rows
    assert (opened["agent"], opened["summary"], opened["resource"]) == ("deployer", "UPDATE deployments/api", "deployments.apps")
    assert (intent["kind"], intent["verdict"], intent["who"], intent["why"]) == ("decision", "Approved", "alice, bob", "looks right")
    assert outcome["result"] == "done"
    line = story.log.lines[int(intent["seq"]) - 1]
    assert (intent["sha256"], intent["stream"]) == (head_of(line), STREAM)
    raw = subprocess.run([SALLYPORT, "log", "export", logs, "--format", "csv", "--to", "-"], capture_output=True, check=True).stdout
    assert raw.count(b"\r\n") == raw.count(b"\n") == len(story.log.lines) + 1


@pytest.mark.parametrize("text", ["=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", 'a";=1', HOSTILE, 'x",=1,"'])
def test_no_cell_is_a_formula_or_steers_anything(key, tmp_path, text):
    (tmp_path / "replica-0.jsonl").write_bytes(Log(key, lines=2).add("answered", agent=text, summary=text, why=text).bytes())
    raw = export(tmp_path, "--format", "csv", "--to", "-", "--event", "answered").stdout
    assert not any(ord(char) < 32 and char not in "\r\n" or char in "\u202e\u2028\x7f" for char in raw)
    for separator in ",;":
        *_, cells = csv.reader(io.StringIO(raw), delimiter=separator)
        assert not [cell for cell in cells if cell.strip(' "')[:1] in ("=", "+", "-", "@", "\uff1d")], cells
    *_, row = csv.DictReader(io.StringIO(raw))
    assert row["agent"] == row["summary"] == row["why"]
    assert len(list(csv.reader(io.StringIO(raw)))) == 2


def test_lines_are_those_of_the_log(logs, story):
    done = export(logs, "--format", "json", "--to", "-", "--since", at(22), "--until", at(24))
    assert done.stdout.encode() == b"".join(story.log.lines[21:24])


def test_a_bundle_of_everything_is_the_log(tmp_path, logs, story, key):
    bundle = bundle_of(tmp_path, logs, "--key", key.name)
    assert b"".join((bundle.logs / f"{STREAM}.{start}.jsonl").read_bytes() for start in story.starts) == story.log.bytes()
    assert verify(bundle.logs, "--key", key.name).stdout.splitlines()[-2].startswith("clean")
    assert len(bundle.records()) == len(story.log.lines)
    assert bundle.text("keys/given.pub") == bundle.text("keys/named-by-the-logs.pub") == key.name + "\n"
    assert bundle.text(f"heads/{STREAM}.note") == json.loads(story.log.lines[-2])["note"]
    summary = bundle.text("SUMMARY.txt")
    assert summary.startswith("Every line of the logs that this was taken from followed") and "BROKEN" not in summary
    assert "2026-11-21T10:00:24.000000Z  Approved  shop/gate-1 by alice, bob: looks right\n" in summary
    assert "         1  intent (decision)\n" in summary and f"{len(story.log.lines)} records" in summary


def test_an_extract_is_checked_from_the_bundle_alone_and_never_called_clean(tmp_path, logs, story, key):
    bundle = bundle_of(tmp_path, logs, "--since", at(23), "--until", at(25), "--key", key.name)
    file, = bundle.logs.iterdir()
    assert file.name == f"{STREAM}.21.jsonl" and file.read_bytes() == b"".join(story.log.lines[20:40])
    assert [int(row["seq"]) for row in bundle.records()] == [23, 24, 25]
    for options in ([], ["--key", key.name]):
        ours, script = verify("--extract", bundle.logs, *options), run(SCRIPT, "--extract", *options, file)
        assert (ours.returncode, script.returncode) == (CLEAN, CLEAN), ours.stdout + script.stdout
        assert "extract: every line that is here follows" in ours.stdout and "lines 1 to 20 are not here" in ours.stdout
        assert script.stdout.startswith(f"extract: {STREAM}, 20 lines from line 21 on, signed up to line 39")
        assert "clean" not in ours.stdout + script.stdout
        # Nobody has said that it is one: lines are missing.
        ours, script = verify(bundle.logs, *options), run(SCRIPT, *options, file)
        assert (ours.returncode, script.returncode) == (BROKEN, BROKEN)
        assert "lines 1 to 20 are missing" in ours.stdout and "lines 1 to 20 are missing" in script.stdout
    report = json.loads(verify("--extract", bundle.logs, "-o", "json").stdout)
    assert report["verdict"] == "extract"
    stream, = report["streams"]
    assert (stream["clean"], stream["notHere"], stream["retired"], stream["lines"], stream["signedUpTo"]) == (False, 20, 0, 20, 39)


def test_a_whole_log_that_is_called_an_extract_is_not_called_clean(logs, key):
    files = sorted(logs.iterdir())
    for said in (verify("--extract", logs, "--key", key.name), run(SCRIPT, "--extract", "--key", key.name, *files)):
        assert said.returncode == CLEAN and "clean" not in said.stdout and "extract: " in said.stdout


@pytest.mark.parametrize("change", [
    lambda lines: lines[1:2] + lines[:1] + lines[2:], lambda lines: lines[:5] + lines[6:], lambda lines: lines[:5] + lines[4:],
    lambda lines: [*lines[:4], lines[4].replace(b"done", b"lost"), *lines[5:]], lambda lines: [*lines[:-1], lines[-1][:-20]]],
    ids=["swapped", "dropped", "repeated", "changed", "torn"])
def test_who_edits_an_extract_is_found(tmp_path, logs, key, change):
    bundle = bundle_of(tmp_path, logs, "--since", at(23), "--until", at(25))
    file, = bundle.logs.iterdir()
    file.write_bytes(b"".join(change(file.read_bytes().splitlines(keepends=True))))
    ours, script = verify("--extract", bundle.logs, "--key", key.name), run(SCRIPT, "--extract", "--key", key.name, file)
    assert (ours.returncode, script.returncode) == (BROKEN, BROKEN), ours.stdout + script.stdout


def test_an_extract_that_nobody_signed_or_another_key_did_is_found(tmp_path, logs, key):
    bundle = bundle_of(tmp_path, logs, "--since", at(23), "--until", at(25))
    file, = bundle.logs.iterdir()
    forger = Key(tmp_path, "forger")
    unsigned = [line for line in file.read_bytes().splitlines(keepends=True) if b'"checkpoint"' not in line]
    for keys, lines in (([forger.name], None), ([key.name], unsigned)):
        if lines:
            file.write_bytes(b"".join(lines))
        ours, script = verify("--extract", bundle.logs, "--key", *keys), run(SCRIPT, "--extract", "--key", *keys, file)
        assert (ours.returncode, script.returncode) == (BROKEN, BROKEN), ours.stdout + script.stdout


def test_a_witness_tells_of_lines_that_are_here_and_not_of_others(tmp_path, logs, story):
    bundle = bundle_of(tmp_path, logs, "--since", at(23), "--until", at(25))
    file, = bundle.logs.iterdir()
    seen = tmp_path / "seen.json"
    elsewhere = {"stream": "replica-9-abcdefgh", "seq": 1, "head": "ab" * 32}
    seen.write_text(requests_list(story.log.sighting(3), story.log.sighting(24), story.log.sighting(42), elsewhere))
    ours, script = (check for check in (verify("--extract", bundle.logs, "--witness", seen), run(SCRIPT, "--extract", "--witness", seen, file)))
    assert (ours.returncode, script.returncode) == (CLEAN, CLEAN), ours.stdout + script.stdout
    assert "witnessed up to line 24" in ours.stdout
    seen.write_text(requests_list({**story.log.sighting(24), "head": "ab" * 32}))
    ours, script = verify("--extract", bundle.logs, "--witness", seen), run(SCRIPT, "--extract", "--witness", seen, file)
    assert (ours.returncode, script.returncode) == (BROKEN, BROKEN)


def test_the_instructions_work_as_they_stand(tmp_path, logs, story, key):
    Story(key, "replica-1-abcdefgh").write(logs)
    bundle = bundle_of(tmp_path, logs, "--since", at(23), "--until", at(42), "--key", key.name)
    (bundle.root / "log.pub").write_text(key.name + "\n")
    commands = [line.strip() for line in bundle.text("README.txt").splitlines() if line.startswith("     ") and line[5] != " "]
    assert [command.split()[0] for command in commands] == ["sha256sum", "sallyport", "verify.sh", "verify.sh"]
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "sallyport").symlink_to(SALLYPORT)
    (tools / "verify.sh").symlink_to(SCRIPT)
    for command in commands:
        done = subprocess.run(["sh", "-c", command], cwd=bundle.root, env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def test_policies_are_those_that_the_records_refer_to(tmp_path, logs, story):
    # Decided in the second file, opened in the first by a policy's first generation; warned by its second.
    bundle = bundle_of(tmp_path, logs, "--since", at(23), "--until", at(25))
    policies = {policy["generation"]: policy for policy in (json.loads(file.read_text()) for file in (bundle.root / "policies").iterdir())}
    assert set(policies) == {1, 2}
    for generation, mode, seq, here in ((1, "Enforce", 3, False), (2, "Warn", 22, True)):
        policy = policies[generation]
        assert policy["spec"] == {"mode": mode} and policy["name"] == "promote-image"
        assert policy["from"] == {"stream": STREAM, "seq": seq, "sha256": head_of(story.log.lines[seq - 1]), "inThisBundle": here}
    assert "ApprovalPolicy shop/promote-image, generation 1: policies/" in bundle.text("SUMMARY.txt")


def test_a_policy_without_a_line_is_named_as_missing(tmp_path, key):
    log = Log(key, lines=2).add("request_opened", request="shop/x", request_uid="r", policies=[{**POLICY, "generation": 7}])
    (tmp_path / "replica-0.jsonl").write_bytes(log.checkpoint().bytes())
    bundle = bundle_of(tmp_path, tmp_path)
    assert "ApprovalPolicy shop/promote-image, generation 7: no line of these logs has it" in bundle.text("SUMMARY.txt")
    assert not (bundle.root / "policies").exists()


def test_what_became_of_a_decision_is_told(tmp_path, key):
    log = Log(key, lines=2)
    for number, result in enumerate(["done", "lost", None]):
        log.add("intent", intent=f"i-{number}", kind="decision", request=f"shop/gate-{number}", verdict="Denied", reviewers=["alice"])
        if result:
            log.add("outcome", intent=f"i-{number}", result=result)
    log.add("intent", intent="i-9", kind="revocation", request="shop/gate-9", by="carol", reason="leaked")
    log.add("outcome", intent="i-9", result="recovered", came_of_it="done")
    (tmp_path / "replica-0.jsonl").write_bytes(log.checkpoint().bytes())
    summary = bundle_of(tmp_path, tmp_path, "--event", "intent").text("SUMMARY.txt")
    told = [line.split("Z  ", 1)[1].rstrip() for line in summary.splitlines() if " by " in line and "Z  " in line]
    assert told == ["Denied    shop/gate-0 by alice", "Denied    shop/gate-1 by alice (lost: docs/log-format.md)",
                    "Denied    shop/gate-2 by alice (what became of it is not in these logs)", "Revoked   shop/gate-9 by carol: leaked"]


def test_the_same_logs_make_the_same_bytes(tmp_path, logs):
    files = [tmp_path / "a.zip", tmp_path / "b.zip"]
    assert export(logs, "--format", "bundle", "--to", files[0]).returncode == CLEAN
    time.sleep(2.1)  # a zip file's times have two seconds
    assert export(logs, "--format", "bundle", "--to", files[1]).returncode == CLEAN
    assert files[0].read_bytes() == files[1].read_bytes()
    with zipfile.ZipFile(files[0]) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100600}


TRICKS = ["../../etc/x-abcdefgh", "/etc/x-abcdefgh", "..-abcdefgh", "..\\..\\x-abcdefgh".replace("\\", "|"), "C:x-abcdefgh", "a/../../b-abcdefgh",
          "x" * 5000 + "-abcdefgh", "stream-2", "\u202ex-abcdefgh", "con ", ".hidden-abcdefgh"]


def test_no_name_in_a_log_leads_out_of_the_folder(tmp_path, key):
    """As streams, policies and files; the names that another stream's number would give are taken, too."""
    folder = tmp_path / "logs"
    folder.mkdir()
    names = [*TRICKS, "..\\\\..\\\\x", "nul\0byte", "\x1b[2J", "../../../../tmp/owned"]
    for number, stream in enumerate(TRICKS):
        log = Log(stream=stream, lines=2)
        for name in names:
            log.add("policy", change="created", kind=name, namespace=name, name=name, uid=str(number), generation=1, spec={})
        (folder / f"\x1b[31m {number}\\..\\x.jsonl").write_bytes(log.bytes())
    (folder / "copy.jsonl").write_bytes(log.bytes())
    before = {path for path in tmp_path.parent.rglob("*") if tmp_path not in path.parents}
    bundle = bundle_of(tmp_path, folder, code=BROKEN)  # no replica calls its files so
    assert {path for path in tmp_path.parent.rglob("*") if tmp_path not in path.parents} == before
    for info in bundle.infos:
        assert info.filename.isascii() and info.filename.startswith(FOLDER + "/") and len(info.filename) < 200
        assert info.external_attr >> 28 == 0o10  # a regular file: no link
        assert all(part not in ("", ".", "..") for part in info.filename.split("/")) and not set("\\:\0") & set(info.filename)
    assert len({name.lower() for name in bundle.names}) == len(bundle.names)
    with zipfile.ZipFile(tmp_path / "evidence.zip") as archive:  # as python unpacks it, which cleans names
        archive.extractall(tmp_path / "again")
    assert len(list(bundle.logs.iterdir())) == len(TRICKS) + 1


def key_called(name):
    typed = b"\x01" + b"k" * 32
    key_hash = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4].hex()
    return f"{name}+{key_hash}+{base64.b64encode(typed).decode()}"


def test_nothing_raw_from_an_agent_is_in_a_text_for_people(tmp_path, key):
    log = Log(key, lines=2)
    log.add("policy", change="created", kind=HOSTILE, namespace=HOSTILE, name=HOSTILE, uid="u", generation=1, spec={"x": HOSTILE})
    log.add("intent", intent="i", kind="decision", request=HOSTILE, verdict=HOSTILE, reviewers=[HOSTILE], reason=HOSTILE * 100)
    log.add("outcome", intent="i", result=HOSTILE)
    log.add("intent", intent="j", kind=HOSTILE)
    log.add(HOSTILE.replace("\n", "").replace("\x1b", "").replace("\x07", ""), agent=HOSTILE)
    log.checkpoint().add("checkpoint", note=json.loads(log.lines[-1])["note"] + "— another\x1b[2J signature\n")
    log.add("log_key", key=key_called("plain"), previous="").add("log_key", key=key_called(HOSTILE.replace("+", "")), previous="")
    bad = tmp_path / "logs"
    bad.mkdir()
    (bad / "replica-0.jsonl").write_bytes(log.bytes())
    (bad / "\x1b[31mred\u202e.jsonl").write_text("no log\n")
    bundle = bundle_of(tmp_path, bad, code=BROKEN)
    for name in ("SUMMARY.txt", "README.txt", "records.csv", "SHA256SUMS", f"heads/{STREAM}.note", "keys/named-by-the-logs.pub"):
        text = (bundle.root / name).read_bytes().decode()
        assert not [char for char in text if ord(char) < 32 and char not in "\r\n" or char in "\u202e\u2028\x7f\x9b"], name
        assert "owned" not in text or "\\u001b" in text
    assert not any(line.startswith("=1+1") for line in bundle.text("SUMMARY.txt").splitlines())
    assert "\x1b" not in bundle.said and "\u202e" not in bundle.said


def test_a_broken_log_is_exported_and_that_is_said_first(tmp_path, logs, story, key):
    file = logs / f"{STREAM}.21.jsonl"
    changed = file.read_bytes().replace(b'"verdict":"Approved"', b'"verdict":"Denied__"')
    file.write_bytes(changed)
    bundle = bundle_of(tmp_path, logs, "--key", key.name, code=BROKEN)
    summary = bundle.text("SUMMARY.txt").splitlines()
    assert summary[0].startswith("BROKEN: ") and f"{file}:5: it does not follow from the line before" in summary[1]
    assert "BROKEN" in bundle.said
    assert (bundle.logs / file.name).read_bytes() == changed  # as it was found
    assert verify("--extract", bundle.logs, "--key", key.name).returncode == BROKEN


@pytest.mark.parametrize("bad", [b"no line\n", b"\xff\xfe\n", b'{"v":1', b"x" * (2 << 20) + b"\n", b"\n"], ids=["text", "bytes", "torn", "long", "empty"])
def test_what_is_no_line_is_exported_as_it_is(tmp_path, key, bad):
    folder = tmp_path / "logs"
    folder.mkdir()
    log = Log(key)
    data = b"".join(log.lines[:15]) + bad + b"".join(log.lines[15:])
    (folder / "replica-0.jsonl").write_bytes(data)
    bundle = bundle_of(tmp_path, folder, code=BROKEN)
    assert bundle.text("SUMMARY.txt").startswith("BROKEN: ")
    assert (bundle.logs / f"{STREAM}.1.jsonl").read_bytes() == data
    assert "is not in records.csv" in bundle.text("SUMMARY.txt") and len(bundle.records()) == 15


def test_a_log_that_is_not_there_or_not_all_readable_is_told(tmp_path, logs):
    assert export(tmp_path / "nowhere", "--format", "bundle", "--to", tmp_path / "x.zip").returncode == UNREADABLE
    nothing = export(logs, "--format", "bundle", "--to", tmp_path / "x.zip", "--agent", "nobody")
    assert nothing.returncode == UNREADABLE and "hold no such record" in nothing.stderr
    assert not (tmp_path / "x.zip").exists()
    (logs / "notes.jsonl").write_text("hello\n")
    bundle = bundle_of(tmp_path, logs, code=UNREADABLE)
    assert bundle.text("SUMMARY.txt").startswith("NOT ALL COULD BE READ") and "notes.jsonl" in bundle.text("SUMMARY.txt").splitlines()[1]
    assert "notes.jsonl" in export(logs, "--format", "csv", "--to", "-").stderr


@pytest.mark.parametrize("arguments", [
    ["--format", "bundle", "--to", "-"], ["--format", "pdf", "--to", "x"], ["--to", "x"], ["--format", "csv"],
    ["--format", "csv", "--to", "x", "--since", "yesterday"], ["--format", "bundle", "--to", "x", "--key", "nonsense"],
    ["--format", "json", "--to", "x", "--key", "nonsense"], ["--format", "csv", "--to", ""]])
def test_wrong_usage_writes_nothing(tmp_path, logs, arguments):
    done = subprocess.run([SALLYPORT, "log", "export", logs, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == USAGE and done.stderr
    assert os.listdir(tmp_path) == ["logs"]


@pytest.mark.parametrize("form", ["csv", "json", "bundle"])
def test_a_file_is_its_owners_alone_and_no_other_is_overwritten(tmp_path, logs, form):
    out = tmp_path / "out"
    out.mkdir()
    file = out / "evidence"
    subprocess.run([SALLYPORT, "log", "export", logs, "--format", form, "--to", file], check=True, preexec_fn=lambda: os.umask(0))
    assert file.stat().st_mode & 0o777 == 0o600
    first = file.read_bytes()
    file.write_bytes(b"precious")
    refused = export(logs, "--format", form, "--to", file)
    assert refused.returncode == USAGE and "--force" in refused.stderr and file.read_bytes() == b"precious"
    assert export(logs, "--format", form, "--to", file, "--force").returncode == CLEAN and file.read_bytes() == first
    link = out / "link"
    link.symlink_to(file)
    for target in (link, out, "/dev/null"):
        refused = export(logs, "--format", form, "--to", target, "--force")
        assert refused.returncode == USAGE and "no regular file" in refused.stderr
    assert file.read_bytes() == first and pathlib.Path("/dev/null").is_char_device()
    assert export(logs, "--format", form, "--to", out / "nowhere" / "x").returncode == UNREADABLE
    assert sorted(os.listdir(out)) == ["evidence", "link"]


def test_what_comes_meanwhile_is_not_overwritten(tmp_path):
    """Somebody else makes the file after it was found to be free."""
    folder, out = tmp_path / "logs", tmp_path / "out"
    write_much(folder)
    out.mkdir()
    process = start(SALLYPORT, "log", "export", folder, "--format", "bundle", "--to", out / "x.zip")
    wait_until_it_writes(process, out)
    (out / "x.zip").write_bytes(b"precious")
    assert b"can not be written: File exists" in process.communicate(timeout=PATIENCE)[1] and process.returncode == UNREADABLE
    assert [(file.name, file.read_bytes()) for file in out.iterdir()] == [("x.zip", b"precious")]


def wait_until_it_writes(process, out):
    """Its file has no name; /proc shows it."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        targets = []
        for descriptor in pathlib.Path(f"/proc/{process.pid}/fd").glob("*"):
            try:
                targets.append(os.readlink(descriptor))
            except OSError:
                continue
        if any(target.startswith(str(out)) for target in targets):
            return
        time.sleep(0.002)
    raise AssertionError("it was not seen with its file open")


def write_much(folder):
    """So much that its export is seen at work by whoever has a part of a processor."""
    log = Log(lines=2)
    for _ in range(20):
        log.add("answered", agent="deployer", summary="x" * 200_000)
    folder.mkdir()
    (folder / "replica-0.jsonl").write_bytes(log.bytes())


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGINT])
def test_an_export_that_is_ended_leaves_no_file(tmp_path, ended_by):
    folder, out = tmp_path / "logs", tmp_path / "out"
    write_much(folder)
    out.mkdir()
    process = start(SALLYPORT, "log", "export", folder, "--format", "bundle", "--to", out / "x.zip")
    wait_until_it_writes(process, out)
    process.send_signal(ended_by)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -ended_by
    assert os.listdir(out) == []


def test_a_full_disk_leaves_no_file(tmp_path):
    folder, out = tmp_path / "logs", tmp_path / "out"
    folder.mkdir()
    out.mkdir()
    (folder / "replica-0.jsonl").write_bytes(Log(lines=800).bytes())
    for form in ("csv", "json", "bundle"):
        limited = f"trap '' XFSZ; ulimit -f 16; exec \"$0\" log export {folder} --format {form} --to {out}/x"  # 16 KiB
        done = run("bash", "-c", limited, SALLYPORT)
        assert done.returncode == UNREADABLE and "can not be written" in done.stderr, done.stderr
        assert os.listdir(out) == []


def test_progress_is_for_a_terminal_alone(tmp_path, logs):
    assert export(logs, "--format", "bundle", "--to", tmp_path / "quiet.zip").stderr == ""
    master, slave = pty.openpty()
    subprocess.run([SALLYPORT, "log", "export", logs, "--format", "bundle", "--to", tmp_path / "x.zip"], stderr=slave, check=True)
    os.close(slave)
    assert b"\r" in os.read(master, 4096)
    os.close(master)
