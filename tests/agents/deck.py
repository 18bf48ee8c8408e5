"""What agents try next, dealt like cards: each place of each seed, and each way to do something, comes once before any comes twice.
By chance alone what is rare would not come for hours."""
import dataclasses
import functools
import random

import seeds
from change import is_fixed
from pods_seen import pod_specs

PODS = "pods"  # stands for all kinds that carry a pod's specification: its places are dealt once for all of them
TIMES = {"create": 2, "delete": 3, "collection": 2, "part": 2}  # that each comes a round
MORE = 2  # times as often, where the places of pods are concerned: each is a place in many kinds
SELECTED = 6  # times: labels of what is selected by them; most of it belongs to somebody who makes up for what is gone


@dataclasses.dataclass(frozen=True)
class Card:
    resource: str       # or PODS
    doing: str          # create, delete, collection, part, place
    part: str = ""
    steps: tuple = ()   # of a place, below the specification for PODS; "*": any element of a list


def places_in(value, steps=()):
    """All steps to what stands in an object, without the places of lists."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*steps, key)
            yield from places_in(inner, (*steps, key))
    elif isinstance(value, list):
        for inner in value:
            yield from places_in(inner, (*steps, "*"))


def general(steps):
    return tuple("*" if isinstance(step, int) else step for step in steps)


@functools.cache
def places_of(kind):
    """(places of objects of that kind, places below the pod specifications in them)"""
    own, below = set(), set()
    for thing in seeds.donors_of(kind, "fz0"):
        roots = [general(steps) for steps in pod_specs(thing)]
        for steps in places_in(thing):
            root = next((each for each in roots if steps[:len(each)] == each and len(steps) > len(each)), None)
            if root is not None:
                below.add(steps[len(root):])
            elif not is_fixed(steps) and not any("fz0" in step for step in steps):
                own.add(steps)
    return own, below


def times_of(steps):
    return SELECTED if steps[:2] == ("metadata", "labels") else MORE


def all_cards(resources, kinds):
    cards, of_pods = [], set()
    for name in kinds:
        resource = resources[name]
        own, below = places_of((resource.group, resource.kind))
        of_pods |= below
        doings = [("create", ""), ("delete", ""), *([("collection", "")] if "deletecollection" in resource.verbs else []),
                  *(("part", part) for part in sorted(resource.parts))]
        cards += [Card(name, doing, part) for doing, part in doings for _ in range(TIMES[doing])]
        cards += [Card(name, "place", steps=steps) for steps in sorted(own) for _ in range(times_of(steps) if below else 1)]
    return cards + MORE * [Card(PODS, "place", steps=steps) for steps in sorted(of_pods)]


class Deck:
    """Shuffled anew each round. Which cards a hand holds is decided by the seed and its number alone."""

    def __init__(self, seed, cards):
        self.seed, self.cards, self.rounds = seed, cards, {}

    def card(self, number):
        turn, place = divmod(number, len(self.cards))
        if turn not in self.rounds:
            order = list(self.cards)
            random.Random(f"{self.seed} {turn}").shuffle(order)
            self.rounds[turn] = order
        return self.rounds[turn][place]

    def hand(self, number, size):
        return [self.card(number * size + each) for each in range(size)]
