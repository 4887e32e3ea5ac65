"""Copies of one address whose labels slipped are left out; different addresses never are."""

from __future__ import annotations

import random

from chowk.delivery import AddressParser
from chowk.delivery.addresses.labels import read_example
from chowk.delivery.addresses.twins import without_slipped_twins

NAMES = "Palam Dabri Nangloi Mundka Rohini Bawana Ranhola Najafgarh Mahipal Dwarka".split()


def row(number, first, last):
    tokens = [str(number), ",", "Ground", "Floor", ",", first, "Nagar", last, "Delhi", "110041"]
    labels = ["B-HOUSE", "O", "B-FLOOR", "I-FLOOR", "O", "B-AREA", "I-AREA", "I-AREA", "B-CITY",
              "B-PIN"]  # fmt: skip
    return {"tokens": tokens, "labels": labels}


def slipped(right):
    """`Ground Floor` shortened to one word, the labels left where they were."""
    tokens = [*right["tokens"][:2], "GF", *right["tokens"][4:]]
    return {"tokens": tokens, "labels": right["labels"][: len(tokens)]}


def drawn(count=60):
    rng = random.Random(3)
    return [row(number, *rng.sample(NAMES, 2)) for number in range(11, 11 + count)]


def test_slipped_copies_are_left_out_and_good_ones_stay():
    rows = drawn()
    good = [{**one, "tokens": [token.lower() for token in one["tokens"]]} for one in rows[:20]]
    bad = [slipped(one) for one in rows[10:40]]
    examples = [read_example(one, 1) for one in (*rows, *good, *bad)]
    assert without_slipped_twins(examples) == examples[:80]


def test_neighbours_are_no_copies():
    examples = [read_example(row(12, first, "Rohini"), 1) for first in NAMES[:4]]
    other = {"tokens": "12 Rose Villa Karol Bagh 110041".split(),
             "labels": ["B-AREA", "O", "O", "O", "O", "B-HOUSE"]}  # fmt: skip
    assert without_slipped_twins([*examples, read_example(other, 1)])[-1].text.startswith("12 Rose")
    assert without_slipped_twins([]) == []


def test_a_parser_does_not_learn_from_them():
    rows = drawn()
    bad = [slipped(one) for one in rows[::2]]
    parser = AddressParser(iterations=25).fit([*rows, *bad], augment=False)
    text = "78, Ground Floor, Dabri Nagar Rohini Delhi 110041"
    found = {part.label: part.value for part in parser.parse(text)}
    assert (found.get("PIN"), found.get("CITY")) == ("110041", "Delhi")
