"""What the API server has taken of all agents so far, so that they seldom try what it never takes: what is immutable, above all."""
import collections
import threading

from change import differing
from deck import general

DEPTH = 5    # of places that are told apart: as far as the specification of any pod
ENOUGH = 4   # tries that prove something
LEAST = 0.1  # so often is tried what was never taken


class Luck:
    def __init__(self):
        self.lock, self.tried, self.taken = threading.Lock(), collections.Counter(), collections.Counter()

    def note(self, write, is_taken):
        """Of a write on which the API server had the last word."""
        with self.lock:
            for key in keys_of(write):
                self.tried[key] += 1
                self.taken[key] += is_taken

    def of(self, *key):
        """From 0 to 1: how likely it is taken."""
        with self.lock:
            tried, taken = self.tried[key], self.taken[key]
        return max(LEAST, (taken + 1) / (tried + 1)) if tried >= ENOUGH else 1

    def of_update(self, resource, part, steps):
        return min(self.of(resource, part, *place) for place in prefixes(general(steps)))

    def of_change(self, resource, part, before, wanted):
        return min((self.of_update(resource, part, steps) for steps, _ in differing(before, wanted)), default=1)


def prefixes(steps):
    return [steps[:length] for length in range(1, min(DEPTH, len(steps)) + 1)]


def keys_of(write):
    if write.verb != "update" or not write.before:
        return {(write.resource, write.part, f"!{write.verb}")}
    changed = [general(steps) for steps, _ in differing(write.before, write.wanted)]
    return {(write.resource, write.part, f"!{write.verb}")} | {(write.resource, write.part, *place) for steps in changed for place in prefixes(steps)}
