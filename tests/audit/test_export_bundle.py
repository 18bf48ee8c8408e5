"""`sallyport log export --format bundle`: an auditor can check it with what is in it alone."""
import base64
import hashlib
import json
import os
import signal
import subprocess
import time
import zipfile

import pytest

from exported import FOLDER, HOSTILE, POLICY, Story, at, bundle_of, export, verify
from logs import STREAM, Key, Log, head_of, requests_list
from verifiers import BROKEN, CLEAN, SALLYPORT, SCRIPT, UNREADABLE, run


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


def test_a_bundle_can_go_through_a_pipe(tmp_path, logs, key):
    """Out of a pod, where there is no other way: what comes out is the very file."""
    command = [SALLYPORT, "log", "export", logs, "--format", "bundle", "--key", key.name, "--to"]
    with subprocess.Popen([*command, "-"], stdout=subprocess.PIPE) as export_to_pipe:
        piped = export_to_pipe.stdout.read()
    assert export_to_pipe.returncode == CLEAN
    subprocess.run([*command, tmp_path / "file.zip"], check=True)
    assert piped == (tmp_path / "file.zip").read_bytes()
    # As a reader sees it that cannot go back either: each entry has its sum and sizes behind it.
    subprocess.run(["python3", "-c", "import sys, zipfile, io; assert zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())).testzip() is None"],
                   input=piped, check=True)
    assert all(info.flag_bits & 8 for info in zipfile.ZipFile(tmp_path / "file.zip").infolist())


def test_a_pipe_that_is_closed_is_no_bundle(logs):
    with subprocess.Popen([SALLYPORT, "log", "export", logs, "--format", "bundle", "--to", "-"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=False, preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_IGN)) as done:
        done.stdout.close()
        said = done.stderr.read().decode()
    assert done.returncode == UNREADABLE and "cannot be written" in said


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
    nothing = export(logs, "--format", "bundle", "--to", tmp_path / "x.zip", "--until", "2020-01-01T00:00:00Z")
    assert nothing.returncode == UNREADABLE and "hold no such record" in nothing.stderr
    assert not (tmp_path / "x.zip").exists()
    (logs / "notes.jsonl").write_text("hello\n")
    bundle = bundle_of(tmp_path, logs, code=UNREADABLE)
    assert bundle.text("SUMMARY.txt").startswith("NOT ALL COULD BE READ") and "notes.jsonl" in bundle.text("SUMMARY.txt").splitlines()[1]
    assert "notes.jsonl" in export(logs, "--format", "csv", "--to", "-").stderr
