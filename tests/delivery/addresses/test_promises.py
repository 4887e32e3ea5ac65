"""The promises of the score, as laws over made addresses."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.delivery import AddressScorer
from chowk.delivery.addresses.evidence import AGAINST, FOR
from chowk.delivery.addresses.made import AddressMaker
from chowk.delivery.addresses.outcomes import without_parts
from chowk.delivery.addresses.script import in_devanagari

MADE = list(AddressMaker(seed=404).draw(400))
SCORER = AddressScorer.load("in")
addresses = st.sampled_from(MADE)
PARTS = ("HOUSE_NUMBER", "UNIT", "BUILDING", "STREET", "LOCALITY", "CITY", "STATE", "PINCODE",
         "SUBLOCALITY")  # fmt: skip


def score(text):
    return SCORER.score_many([text])[0]


def test_weights_keep_their_sign():
    signed = dict(zip((*FOR, *AGAINST), SCORER.weights_, strict=True))
    assert all(signed[name] >= 0 for name in FOR)
    assert all(signed[name] <= 0 for name in AGAINST)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(addresses, st.sampled_from(PARTS))
def test_a_correct_part_that_is_added_never_lowers_the_score(made, label):
    lacking = without_parts(made.example, {label}).text
    assert score(made.example.text) >= score(lacking) - 1e-9


@settings(max_examples=200, deadline=None, derandomize=True)
@given(addresses, st.lists(st.sampled_from(PARTS), unique=True, max_size=6), st.randoms())
def test_adding_parts_one_by_one_never_lowers_the_score(made, labels, rng):
    before = score(without_parts(made.example, set(labels)).text)
    while labels:
        labels.pop(rng.randrange(len(labels)))
        after = score(without_parts(made.example, set(labels)).text)
        assert after >= before - 1e-9
        before = after


@settings(max_examples=200, deadline=None, derandomize=True)
@given(addresses, st.randoms())
def test_case_spacing_and_punctuation_change_nothing(made, rng):
    text = made.example.text
    expected = score(text)
    assert score(text.upper()) == expected
    assert score(text.lower()) == expected
    assert score("".join(rng.choice((c.upper(), c.lower())) for c in text)) == expected
    assert score(text.replace(" ", "  ").replace(",", " , ")) == expected
    assert score("\n" + text.replace(", ", "\n") + "\t") == expected
    assert score(text.replace(",", ";")) == expected
    assert score(re.sub(r"[,;]", " ", text)) == expected


@settings(max_examples=100, deadline=None, derandomize=True)
@given(addresses)
def test_the_digits_of_another_script_are_digits(made):
    text = made.example.text
    assert score(text.translate(str.maketrans("0123456789", "०१२३४५६७८९"))) == score(text)


def test_another_script_is_worth_no_less():
    rng = random.Random(5)
    here, there = [], []
    for made in rng.sample(MADE, 150):
        words = re.findall(r"\w+|\W+", made.example.text)
        here.append(score(made.example.text))
        there.append(score("".join(in_devanagari(w) if len(w) > 3 else w for w in words)))
    assert sum(there) / len(there) >= sum(here) / len(here) - 0.05


@pytest.mark.parametrize(
    ("latin", "other"),
    [
        (
            "House 45, Gali 3, Shiv Vihar, Delhi 110094",
            "मकान नं ४५, गली नं ३, शिव विहार, दिल्ली ११००९४",
        ),
        ("Flat 5, Gokul Society, Kothrud, Pune 411038", "फ्लैट 5, गोकुल सोसायटी, कोथरूड, पुणे 411038"),
    ],
)
def test_the_same_address_in_devanagari_scores_alike(latin, other):
    assert abs(score(latin) - score(other)) < 0.1


def test_the_missing_part_that_is_named_does_raise_the_score():
    for made in MADE[:150]:
        for label in ("PINCODE", "LOCALITY", "HOUSE_NUMBER"):
            answer = SCORER.score(without_parts(made.example, {label}).text)
            assert 0 <= answer.score <= answer.with_missing <= 1
            assert (answer.missing is None) == (answer.with_missing == answer.score)
