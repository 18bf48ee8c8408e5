"""What must hold of a cluster after all the tests that ran on it, whatever they were."""
import hashlib
import json

from harness import OURS, log_lines


def complaints(cluster):
    """Sentences, none if all is as it must be."""
    return [*sanitizer_reports(cluster), *refused_calls(cluster), *strangers(cluster), *broken_chains(cluster)]


def sanitizer_reports(cluster):
    return [f"replica {number}:\n{text}" for number, text in cluster.sanitizer_reports().items()]


def refused_calls(cluster):
    """Sallyport's rights are enough for all it does."""
    refused = {(entry["verb"], entry["requestURI"]) for entry in cluster.audit(OURS)
               if entry["user"]["username"] == OURS and entry["responseStatus"]["code"] in (401, 403)
               # By its program: a test that has stolen its token asks for what it may not do.
               and entry.get("userAgent") == "sallyport"
               and not cluster.restarting_at(entry["requestReceivedTimestamp"])
               # Not for want of a right: an Event came too late for its namespace.
               and "because it is being terminated" not in entry["responseStatus"].get("message", "")}
    return [f"Sallyport may not {verb} {uri}" for verb, uri in sorted(refused)]


def strangers(cluster):
    """Nobody else acts for it."""
    users = {entry["user"]["username"] for entry in cluster.audit("sallyport")
             if entry.get("userAgent") == "sallyport"}
    return [f"{user} calls the API server as Sallyport" for user in sorted(users - {OURS})]


def broken_chains(cluster):
    """Every line of every log follows the one before."""
    found = []
    for folder in sorted(cluster.replicas_folder.glob("*/log")):
        head = "0" * 64
        for number, line in enumerate(log_lines(folder), 1):
            record = json.loads(line)
            if (record["prev"], record["seq"]) != (head, number):
                found.append(f"{folder}: line {number} does not follow the one before")
                break
            head = hashlib.sha256(line).hexdigest()
    return found
