"""How many writes were made of each kind, and what became of them."""
import collections
import math
import threading
import time

from cell import is_refused, is_sallyports, target_of

OURS = "what is Sallyport's"
OUTCOMES = ("accepted", "refused", "invalid")
LEAST = 0.30  # of what the gate lets go to the API server, that takes it
SURE = 3.5    # standard deviations, beyond which it is not chance


class Tally:
    """Per kind, how many writes were accepted, refused by the gate, and refused by the API server itself."""

    def __init__(self):
        self.lock, self.counts = threading.Lock(), collections.defaultdict(collections.Counter)
        self.begun = self.last = None
        self.why = collections.defaultdict(collections.Counter)

    def note(self, write, answer, connected):
        outcome = "accepted" if answer.ok or connected else "refused" if is_refused(answer) else "invalid"
        with self.lock:
            self.last = time.monotonic()
            self.begun = self.begun or self.last
            self.counts[OURS if is_sallyports(target_of(write)) else write.resource][outcome] += 1
            if outcome == "invalid":
                self.why[write.resource, write.verb, write.part][answer.object.get("message", answer.text)[:160]] += 1

    def add(self, other):
        for kind, counts in other.counts.items():
            self.counts[kind].update(counts)

    def total(self, *outcomes):
        with self.lock:
            return sum(counts[each] for counts in self.counts.values() for each in outcomes or OUTCOMES)

    def a_minute(self):
        """Since the first of them."""
        return 60 * self.total() / max(1, self.last - self.begun) if self.begun else 0

    def rarely_accepted(self):
        """Kinds of whose writes the API server takes fewer than it must, by more than chance."""
        return {kind: dict(counts) for kind, counts in sorted(self.counts.items()) if kind != OURS and most_likely(
            counts["accepted"], counts["accepted"] + counts["invalid"]) < LEAST}

    def text(self):
        rate = f", {self.a_minute():.0f} a minute" if self.begun else ""
        lines = [f"{self.total()} writes{rate}: {self.total('accepted')} accepted, {self.total('refused')} refused "
                 f"by the gate, {self.total('invalid')} by the API server"]
        for kind, counts in sorted(self.counts.items()):
            judged = counts["accepted"] + counts["invalid"]
            lines.append(f"  {kind:62} {counts['accepted']:5} of {judged:5} ({100 * counts['accepted'] // max(1, judged):3} %), "
                         f"and {counts['refused']} refused by the gate")
        return "\n".join(lines)

    def reasons(self):
        """Why the API server took no more, the most frequent first."""
        return "\n".join(f"{sum(each.values()):5} {'/'.join(filter(None, (kind, part)))} {verb}: {count} x {what}"
                         for (kind, verb, part), each in sorted(self.why.items(), key=lambda pair: -sum(pair[1].values()))
                         for what, count in each.most_common(4))


def most_likely(accepted, made):
    """The highest share of which so few may be seen by chance (Wilson's interval)."""
    if not made:
        return 1
    share, z = accepted / made, SURE
    return (share + z * z / (2 * made) + z * math.sqrt(share * (1 - share) / made + z * z / (4 * made * made))) / (1 + z * z / made)
