"""What agents are dealt, what becomes of it, and how what they did is counted and told apart."""
import random

import pytest

import seeds
from api import Answer
from change import graft_at, values_at
from deck import Card, Deck, places_in, places_of
from search import Finding
from luck import Luck
from oracle import Demand
from planted import ROWS
from tally import Tally, most_likely
from writer import Write


def test_each_card_comes_once_before_any_comes_twice():
    cards = [Card("core/pods", "place", steps=(str(number),)) for number in range(50)]
    deck = Deck("a", cards)
    assert sorted(deck.hand(0, 30) + deck.hand(1, 20 + 10)[:20], key=str) == sorted(cards, key=str)
    assert deck.hand(0, 30) == Deck("a", cards).hand(0, 30) != Deck("b", cards).hand(0, 30)


def test_places_of_pods_are_told_from_those_of_what_carries_them():
    own, below = places_of(("apps", "Deployment"))
    assert ("spec", "replicas") in own and ("spec", "template", "spec", "containers") not in own
    assert ("containers", "*", "livenessProbe", "httpGet", "port") in below
    assert ("metadata", "name") not in own


@pytest.mark.parametrize("steps, expected", [
    (("a", "b"), {"a": {"b": 1}, "list": [{"name": "x", "old": 1}]}),
    (("list", "*", "more"), {"list": [{"name": "x", "old": 1, "more": 2}, {"name": "y", "more": 3}]}),
    (("plain", "*"), {"list": [{"name": "x", "old": 1}], "plain": ["p"]}),
])
def test_what_is_grafted_is_as_small_as_it_can_be(steps, expected):
    donor = {"a": {"b": 1}, "list": [{"name": "x", "more": 2}, {"name": "y", "more": 3}], "plain": ["p"]}
    thing = {"list": [{"name": "x", "old": 1}]}
    for number in range(30):
        graft_at(thing, donor, steps, random.Random(number))
    assert thing == expected


def test_each_place_of_each_seed_is_found_again_where_it_is_to_be_grafted_from():
    for each in seeds.KINDS:
        thing = seeds.filled(each, "fz1")
        assert all(values_at(thing, steps) for steps in places_in(thing))


def update(resource, before, wanted, part=""):
    return Write(resource, "update", "merge", part, "fz1", "x", before, wanted)


def container(**more):
    return {"spec": {"containers": [{"name": "main", **more}]}}


PASSWORD = {"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "k"}}}


@pytest.mark.parametrize("write, effect, row", [
    (update("core/pods", {"metadata": {"labels": {"a": "b"}}}, {"metadata": {}}), "Traffic", "core/pods metadata.labels"),
    (update("core/nodes", {"status": {"addresses": [{"address": "a"}]}}, {}, "status"), "Connects", "core/nodes status.addresses"),
    (update("apps/deployments", container(), container(env=[PASSWORD])), "UsesSecret", "@container env.valueFrom.secretKeyRef"),
    (update("apps/deployments", container(), container(env=[PASSWORD])), "RunsCode", None),
    (update("apps/deployments", container(), container(image="x")), "UsesSecret", None),
    (update("apps/deployments", {"spec": {"replicas": 1}}, {"spec": {"replicas": 0}}, "scale"), "Deletes", "*/scale spec.replicas"),
    (Write("core/services", "deletecollection", "", "", "fz1", "", None, None), "Traffic", "core/services !delete"),
    (update("core/nodes", {"status": {}}, {"status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.1"}]}}, "status"), "Connects",
     "core/nodes status.addresses"),
])
def test_a_finding_is_told_by_the_row_that_is_missing(write, effect, row):
    found = Finding(7, "fz1", "told", write, [Demand(frozenset({effect}), "seen")])
    assert [str(each) for each in ROWS if each.may_explain(found)] == [row] * bool(row)


def test_a_kind_whose_writes_are_hardly_taken_is_named():
    tally, write = Tally(), update("core/pods", {}, {})
    for status in [200] * 10 + [422] * 90:
        tally.note(write, Answer(status, (), "{}"), False)
    assert tally.rarely_accepted() == {"core/pods": {"accepted": 10, "invalid": 90}}


@pytest.mark.parametrize("accepted, made, enough", [(0, 5, True), (0, 100, False), (20, 100, True), (3000, 10000, True), (2700, 10000, False)])
def test_few_writes_prove_little(accepted, made, enough):
    assert (most_likely(accepted, made) >= 0.30) == enough


def test_what_is_never_taken_is_tried_seldom_and_what_is_taken_is_tried_often():
    luck = Luck()
    never = update("core/pods", {"spec": {"a": 1, "b": 1}}, {"spec": {"a": 2, "b": 1}})
    always = update("core/pods", {"spec": {"a": 1, "b": 1}}, {"spec": {"a": 1, "b": 2}})
    for _ in range(50):
        luck.note(never, False)
        luck.note(always, True)
    assert luck.of_change("core/pods", "", never.before, never.wanted) < 0.2
    assert luck.of_change("core/pods", "", always.before, always.wanted) > 0.4  # as often as anything in `spec`
    assert luck.of_update("core/pods", "", ("metadata", "labels")) == 1
