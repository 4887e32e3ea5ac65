"""Weak labels: right where a rule is sure, on made addresses whose parts are known."""

from __future__ import annotations

from collections import Counter

from chowk.delivery import AddressParser, weak_labels
from chowk.delivery.addresses.labels import read_example
from chowk.delivery.addresses.made import AddressMaker


def test_what_the_rules_say_is_mostly_right():
    made = {one.example.text: one.example for one in AddressMaker(seed=31).draw(500)}
    rows = weak_labels(made)
    assert len(rows) > 150
    hits: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for row in rows:
        truth = set(made[row["text"]].spans)
        for span in read_example(row, 1).spans:
            said[span.label] += 1
            hits[span.label] += span in truth
    for label in ("PINCODE", "UNIT", "FLOOR", "BUILDING", "STREET", "LANDMARK", "CITY", "STATE"):
        assert said[label] > 20 and hits[label] / said[label] > 0.75, label


def test_what_is_not_explained_is_left_out():
    assert weak_labels(["call me on the day before you come please", "", "😀", None]) == []


def test_a_parser_learns_from_them():
    rows = weak_labels(one.example.text for one in AddressMaker(seed=32).draw(250))
    parser = AddressParser(iterations=25).fit(rows, augment=False)
    found = {p.label: p.value for p in parser.parse("Flat 12, Tulip Towers, Baner, Pune 411045")}
    assert (found["UNIT"], found["PINCODE"]) == ("Flat 12", "411045")
    assert found["BUILDING"] == "Tulip Towers"
