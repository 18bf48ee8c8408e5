"""Logs written by hand from docs/log-format.md: lines, their chain, and checkpoints that openssl signs."""
import base64
import hashlib
import json
import subprocess

STREAM = "replica-0-abcdefgh"
ORIGIN = "sallyport.dev/log"


class Key:
    """An Ed25519 key of openssl's making."""

    def __init__(self, folder, name="key"):
        self.pem = folder / f"{name}.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.pem], check=True)
        der = subprocess.run(["openssl", "pkey", "-in", self.pem, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        typed = b"\x01" + der[-32:]
        self.hash = hashlib.sha256(f"{ORIGIN}\n".encode() + typed).digest()[:4]
        self.name = f"{ORIGIN}+{self.hash.hex()}+{base64.b64encode(typed).decode()}"

    def note(self, stream, seq, head):
        text = f"{ORIGIN}/{stream}\n{seq}\n{base64.b64encode(bytes.fromhex(head)).decode()}\n"
        message = self.pem.with_suffix(".text")
        message.write_text(text)
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", self.pem, "-rawin", "-in", message],
                                   check=True, capture_output=True).stdout
        return f"{text}\n— {ORIGIN} {base64.b64encode(self.hash + signature).decode()}\n"


def head_of(line):
    return hashlib.sha256(line).hexdigest()


def make_line(seq, prev, stream, event, fields):
    start = f'{{"v":1,"seq":{seq},"prev":"{prev}","time":"2026-11-21T10:{seq // 60 % 60:02}:{seq % 60:02}.000000Z","mono":{seq * 1000000},"stream":"{stream}"'
    return (start + f',"event":"{event}"' + "".join(f",{json.dumps(key)}:{json.dumps(value, ensure_ascii=False)}"
                                                     for key, value in fields.items()) + "}\n").encode()


class Log:
    """The lines of one stream. With a key: it is named in the second one, and signs every tenth."""

    def __init__(self, key=None, stream=STREAM, lines=30):
        self.key, self.stream, self.lines = key, stream, []
        self.add("replica_started", replica="replica-0")
        if key:
            self.add("log_key", key=key.name, previous="")
        while len(self.lines) < lines:
            number = len(self.lines)
            if key and number % 10 == 9:
                self.checkpoint()
            else:
                self.add("answered", request=f"shop/gate-{number}", agent="deployer", summary="UPDATE deployments/api", code="Pending", status=429)

    @property
    def head(self):
        return head_of(self.lines[-1]) if self.lines else "0" * 64

    def add(self, event, **fields):
        self.lines.append(make_line(len(self.lines) + 1, self.head, self.stream, event, fields))
        return self

    def add_raw(self, rest):
        """A line of which all after the stream is given."""
        start = make_line(len(self.lines) + 1, self.head, self.stream, "x", {}).split(b',"event"')[0]
        self.lines.append(start + rest + b"\n")
        return self

    def checkpoint(self, key=None, seq=None, head=None):
        note = (key or self.key).note(self.stream, seq or len(self.lines), head or self.head)
        return self.add("checkpoint", note=note)

    def rewritten(self, number, old, new):
        """As somebody would who can write the files but has no key: one line changed, and the chain made to fit."""
        lines, prev = [], "0" * 64
        for index, line in enumerate(self.lines, 1):
            text = line.decode()
            text = text.replace(json.loads(text)["prev"], prev)
            if index == number:
                assert old in text
                text = text.replace(old, new)
            lines.append(text.encode())
            prev = head_of(lines[-1])
        return b"".join(lines)

    def bytes(self):
        return b"".join(self.lines)

    def sighting(self, number):
        """What a request's status says of that line."""
        return {"stream": self.stream, "seq": number, "head": head_of(self.lines[number - 1])}


def requests_list(*sightings):
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": [
        {"kind": "ApprovalRequest", "metadata": {"namespace": "shop", "name": f"gate-{number}"},
         "status": {"decision": {"verdict": "Approved", "log": sighting}}} for number, sighting in enumerate(sightings)]}, indent=4)


def audit_events(*sightings):
    return "".join(json.dumps({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": f"id-{number}", "requestReceivedTimestamp": "2026-11-21T10:00:00.000000Z",
        "annotations": {f"gate.sallyport.dev/log-{key}": str(value) for key, value in sighting.items()}}) + "\n"
        for number, sighting in enumerate(sightings))


class Rotated:
    """A log in three files: two closed, and the one that is written, which tells that the first may go."""

    def __init__(self, key, retire=True, signed=True):
        log = Log(key, lines=20)
        self.starts = [0]
        for _ in range(2):
            self.starts.append(len(log.lines))
            log.add("rotated", closed=f"{STREAM}.{self.starts[-2] + 1}.jsonl", key=key.name)
            log.add("answered", code="Pending").checkpoint()
        if retire:
            log.add("retired", to=self.starts[1], head=head_of(log.lines[self.starts[1] - 1]))
        if signed:
            log.checkpoint()
        self.log = log.add("answered", code="Pending")

    def write(self, folder, parts=(0, 1, 2), names=None):
        ends = [*self.starts[1:], len(self.log.lines)]
        default = [f"{STREAM}.{self.starts[0] + 1}.jsonl", f"{STREAM}.{self.starts[1] + 1}.jsonl", "replica-0.jsonl"]
        files = []
        for part in parts:
            files.append(folder / (names or default)[part])
            files[-1].write_bytes(b"".join(self.log.lines[self.starts[part]:ends[part]]))
        return files
