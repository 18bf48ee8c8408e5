"""What agents got through with, and what of it is worth a second look."""
import collections
import dataclasses
import time

from cell import TOLD


@dataclasses.dataclass(frozen=True)
class Seen:
    write: object
    demands: list


@dataclasses.dataclass
class Finding:
    seed: int
    cell: str
    preset: str
    write: object
    demands: list
    shrunk: object = None  # the smallest write that still gets through, and what is then seen

    @property
    def smallest(self):
        """Write and demands, as small as they are known."""
        return Seen(*(self.shrunk or (self.write, self.demands)))

    @property
    def is_certain(self):
        """What is Sallyport's may not be written at all."""
        return not self.demands[0].effects

    def key(self):
        return self.write.resource, self.write.part, self.write.verb, tuple(sorted(self.demands[0].effects))

    def text(self):
        write, demands = self.smallest.write, self.smallest.demands
        return "\n".join([
            f"--seed {self.seed}, cell {self.cell}, {'policies for each effect' if self.preset == TOLD else f'preset {self.preset}'}: "
            "let through " + ("although it is Sallyport's own" if self.is_certain else "without " + " or ".join(sorted(demands[0].effects))),
            *(f"  seen: {each.what} ({' or '.join(sorted(each.effects))})" for each in demands),
            f"  by: {write.in_short()}", f"  write: {write.as_json()}"])


class EachKindOfWrite:
    """What is worth a look: all that is not of a kind that has been found already."""

    def __init__(self):
        self.found, self.failed = {}, collections.Counter()

    def is_news(self, finding):
        return finding.key() not in self.found and self.failed[finding.key()] < 3

    def must_be_smaller(self, _finding):
        return True

    def note(self, finding):
        self.found.setdefault(finding.key(), finding)

    def note_failed(self, finding):
        self.failed[finding.key()] += 1

    def is_over(self):
        return False


class EachRow:
    """The same where rows are missing: one finding of each, as soon as it is of no other; and whatever is of none."""

    def __init__(self, rows):
        self.rows, self.others = rows, EachKindOfWrite()
        self.found, self.begun = {}, time.monotonic()  # row: (seconds, finding)

    def of(self, finding):
        return [row for row in self.rows if row.may_explain(finding)]

    def is_news(self, finding):
        rows = self.of(finding)
        return any(row not in self.found for row in rows) if rows else self.others.is_news(finding)

    def must_be_smaller(self, finding):
        return len(self.of(finding)) != 1

    def note(self, finding):
        rows = self.of(finding)
        if len(rows) == 1:
            self.found.setdefault(rows[0], (time.monotonic() - self.begun, finding))
        elif not rows:
            self.others.note(finding)

    def note_failed(self, finding):
        self.others.note_failed(finding)

    def is_over(self):
        return len(self.found) == len(self.rows)
