"""The scorer: bad input, reasons, the verdict, learning from outcomes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.delivery import AddressScorer
from chowk.delivery.addresses.evidence import NAMES, familiarity, gather
from chowk.delivery.addresses.scorer import _folds
from chowk.errors import ArtifactError, InputError, NotFittedError

SCORER = AddressScorer.load("in")
GOOD = "Flat 302, Sai Krupa Apartments, 5th Cross, Indiranagar, Bengaluru 560038"

BAD = {
    "empty": "",
    "spaces": " \n\t ",
    "emoji": "😀🏠🎉",
    "a megabyte": "x" * 1_000_000,
    "right to left": "شارع الملك فهد",
    "mail": "someone@example.com",
    "as before": "same as before",
    "mashed": "asdf",
    "person and phone": "Ramesh Kumar 9876543210",
    "sql": "'; DROP TABLE addresses; --",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_what_is_no_address_is_bad_and_has_one_clear_reason_first(text):
    answer = SCORER.score(text)
    assert answer.level == "bad"
    assert answer.score < 0.5
    assert answer.verdict.possible_next_action == "FIX"
    assert answer.reasons[0].message and answer.reasons[0].fix


def test_devanagari_digits_are_digits():
    text = "12, MG Road, Indiranagar, Bengaluru ५६००३८"
    assert SCORER.score(text).score == SCORER.score(text.replace("५६००३८", "560038")).score


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_a_score(text):
    answer = SCORER.score(text)
    assert 0 <= answer.score <= answer.with_missing <= 1
    assert answer.score == SCORER.score_many([text])[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12, MG Road, Indiranagar, Nashik 560003", "PIN_NOT_CITY"),
        ("12, MG Road, Indiranagar, Karnataka 422001", "PIN_NOT_STATE"),
        ("12, MG Road, Indiranagar, Bengaluru, Gujarat", "CITY_NOT_STATE"),
        ("12, MG Road, Indiranagar, Bengaluru 56003", "PIN_WRONG"),
        ("12, MG Road, xkqjzv, Bengaluru 560038", "GIBBERISH"),
        ("MG Road, Indiranagar, Bengaluru 560038", "NO_HOUSE"),
        ("12, Indiranagar, Bengaluru", "NO_PIN"),
        ("12, 560038", "NO_AREA"),
    ],
)
def test_the_fault_is_the_first_reason(text, code):
    assert SCORER.score(text).reasons[0].code == code


def test_the_reason_names_both_places():
    message = SCORER.score("MG Road, Nashik 560003").reasons[0].message
    assert "560003" in message and "Karnataka" in message and "Nashik" in message
    assert "Extension" not in message, "as the table calls it, which says nothing"


def test_what_is_missing_most_is_named():
    assert SCORER.score("MG Road, Indiranagar, Bengaluru 560038").missing == "house"
    answer = SCORER.score("12, Indiranagar, Bengaluru")
    assert "postal_code" in answer.missing_component_types


def test_the_verdict_speaks_googles_words():
    answer = SCORER.score(GOOD).google()
    verdict = answer["result"]["verdict"]
    assert verdict["inputGranularity"] == "SUB_PREMISE"
    assert verdict["addressComplete"] is True
    assert verdict["possibleNextAction"] == "ACCEPT"
    types = {c["componentType"] for c in answer["result"]["address"]["addressComponents"]}
    assert types >= {"subpremise", "premise", "route", "locality", "postal_code"}
    assert answer["deliverability"]["level"] == "good"


def rows(count, seed=0):
    """A store where, against the shipped weights, an address without a landmark always fails."""
    rng = np.random.default_rng(seed)
    texts = []
    for number in rng.integers(1, 900, count):
        mark = ", near SBI ATM" if number % 2 else ""
        texts.append({"text": f"{number}, Ram Nagar{mark}, Pune 411001", "delivered": bool(mark)})
    return texts


def test_the_stores_own_outcomes_are_learned():
    scorer = AddressScorer(strength=1).fit(rows(400))
    with_mark, without = scorer.score_many(
        ["5, Ram Nagar, near SBI ATM, Pune 411001", "5, Ram Nagar, Pune 411001"]
    )
    assert with_mark > 0.9 > 0.2 > without
    assert scorer.score("5, Ram Nagar, Pune 411001").missing == "landmark"


def test_a_building_that_was_not_found_before_scores_less():
    good = [{"text": f"Flat {n}, Gokul Society, Baner, Pune 411045", "delivered": True}
            for n in range(40)]  # fmt: skip
    bad = [{"text": f"Flat {n}, Himgiri Society, Baner, Pune 411045", "delivered": False}
           for n in range(40)]  # fmt: skip
    scorer = AddressScorer().fit(good + bad)
    known, failed = scorer.score_many(
        [
            "Flat 99, Gokul Society, Baner, Pune 411045",
            "Flat 99, Himgiri Society, Baner, Pune 411045",
        ]
    )
    assert known > failed + 0.2


@pytest.mark.parametrize(
    "phone",
    [
        "9845012345",
        "98450 12345",
        "+91 98450 12345",
        "044 24911234",
        "044 2491 1234",
        "984 501 2345",
        "(+91) 984-501-2345",
    ],
)
def test_a_phone_number_is_no_house_and_no_pin_code(phone):
    for text in ("MG Road, Indiranagar, Bengaluru", GOOD):
        assert SCORER.score(f"{text}, {phone}").score == SCORER.score(text).score


@pytest.mark.parametrize(
    ("text", "house"),
    [
        ("3 floor, Adani Mahindra, Pune 411001", 0),
        ("1 st floor, Lily Heritage, Navi Mumbai 400066", 0),
        ("2 मंजिल, राम नगर, दिल्ली 110092", 0),
        ("80 ft Road, Thane 400601", 0),
        ("Electric Pole C70, Venur 574242", 0),
        ("12, Floor 3, MG Road, Pune 411001", 1),
        ("12 St Marks Road, Bengaluru 560001", 1),
        ("Block C, 5, Nehru Nagar, Pune 411001", 1),
    ],
)
def test_a_number_that_counts_storeys_feet_or_poles_is_no_house(text, house):
    assert gather(text).facts["house"] == house


def test_goa_is_a_whole_name_of_a_state():
    facts = gather("Gala 3, College Road, Nashik 422005, Goa").facts
    assert facts["state"] == 1
    assert facts["pin_not_state"] == 1
    assert gather("5, MG Road, Panaji, Goa 403001").facts["pin_not_state"] == 0


def test_a_row_is_not_taught_by_its_own_outcome():
    """The history that a row is learned with is that of the others of its building."""
    text = "Flat {}, Sai Krupa Apartments, Indiranagar, Bengaluru 560038"
    same = [(text.format(number), number % 3 > 0) for number in range(9)]
    scorer = AddressScorer()
    scorer._remember(same)
    good, bad = NAMES.index("history"), NAMES.index("history_failed")
    for here, delivered in same:
        vector = scorer._out_of_history(here, delivered)
        others = [y for there, y in same if there != here]
        assert vector[good] == sum(others) / (sum(others) + 2)
        assert vector[bad] == others.count(False) / (others.count(False) + 2)


def test_a_saved_scorer_answers_the_same(tmp_path):
    scorer = AddressScorer().fit(rows(60))
    scorer.save(tmp_path)
    texts = [row["text"] for row in rows(20, seed=1)]
    assert np.allclose(
        AddressScorer.load(tmp_path).score_many(texts), scorer.score_many(texts), atol=1e-5
    )


def test_what_cannot_be_learned_from_is_refused(tmp_path):
    with pytest.raises(InputError, match="needs the column 'delivered'"):
        AddressScorer().fit([{"text": "a"}])
    with pytest.raises(InputError, match="20 outcomes"):
        AddressScorer().fit([{"text": "a", "delivered": True}] * 30)
    with pytest.raises(InputError, match="Got 'no' in row 1"):
        AddressScorer().fit([{"text": "a", "delivered": y} for y in (None, "no", "yes") * 20])
    with pytest.raises(NotFittedError):
        AddressScorer().score("x")
    with pytest.raises(ArtifactError):
        AddressScorer.load(tmp_path)


@pytest.mark.parametrize("text", ["", "   ", "😀🎉", None, 5, "9876543210"])
def test_what_says_nothing_scores_nothing(text):
    answer = SCORER.score(text)
    assert (answer.score, answer.level) == (0.0, "bad")
    assert answer.reasons[0].component == "text"


@pytest.mark.parametrize("word", ["lnae", "woodds", "bldgno", "pobox", "eaast", "club", "oldno"])
def test_a_slip_or_two_words_run_together_are_not_gibberish(word):
    text = f"Flat 12, Sai {word} Residency, Baner, Pune 411045"
    assert not [r for r in SCORER.score(text).reasons if r.code == "GIBBERISH"]


def test_a_long_word_does_not_fill_the_reason():
    assert len(SCORER.score("x" * 5_000).reasons[0].message) < 80


def test_a_place_that_is_named_after_a_state_or_a_city_contradicts_nothing():
    for text in (
        "12, Bihar Nagar, Indiranagar, Bengaluru 560038",
        "12, Hotel Lucknow, Indiranagar, Bengaluru 560038",
        "12, Howrah Chowk, Indiranagar, Bengaluru 560038",
        "12, Delhi Road, Indiranagar, Bengaluru 560038",
        "12, Ayodhya Co-op, Indiranagar, Bengaluru 560038",
        "12, Ayodhya Co-operative, Indiranagar, Bengaluru 560038",
        "12, Maharashtra Bhavan, Indiranagar, Bengaluru 560038",
        "12, near Hotel Delhi, Indiranagar, Bengaluru 560038",
        "12, opp Gujarat Block, Indiranagar, Bengaluru 560038",
    ):
        assert not [r for r in SCORER.score(text).reasons if r.code.startswith("PIN_NOT")]


@pytest.mark.parametrize(
    ("place", "state"),
    [
        ("12, Banjara Hills, Hyderabad", "Andhra Pradesh"),
        ("12, Banjara Hills, Hyderabad", "Telangana"),
        ("12, Rajpur Road, Dehradun", "Uttar Pradesh"),
        ("5, Sector 18, Noida 201301", "Delhi NCR"),
        ("5, Sector 18, Gurugram 122001", "Delhi NCR"),
        ("5, Saket 110017", "Delhi NCR"),
    ],
)
def test_the_state_as_it_was_and_the_capitals_region_are_no_contradiction(place, state):
    assert SCORER.score(f"{place}, {state}").score >= SCORER.score(place).score


def test_the_capitals_region_is_not_everywhere():
    reason = SCORER.score("5, Baner, Delhi NCR 411045").reasons[0]
    assert reason.code == "PIN_NOT_STATE" and "not Delhi" in reason.message
    assert SCORER.score("12, Baner, Hyderabad, Kerala").reasons[0].code == "CITY_NOT_STATE"


def test_a_name_is_as_familiar_in_any_spelling_of_its_sound():
    assert familiarity("nagar") == familiarity("nager") == familiarity("नगर") > 0.5
    assert familiarity("xkqjzvwp") == 0.0
    assert familiarity("شارع") == 1.0  # a script without sounds here is not judged


def test_the_most_familiar_name_counts_so_that_no_name_takes_it_away():
    alone = gather("12, Rampur, Pune 411001").facts["familiar"]
    assert alone > 0
    assert gather("12, Xkwpt Villa, Rampur, Pune 411001").facts["familiar"] == alone


@pytest.mark.parametrize("part", [" Bengaluru", " 560038"])
def test_an_address_without_city_and_pin_is_nowhere(part):
    lacking = "12, 5th Cross, Indiranagar"
    assert gather(lacking).facts["nowhere"] == 1.0
    assert gather(lacking + part).facts["nowhere"] == 0.0
    assert SCORER.score(lacking).score < SCORER.score(lacking + part).score


def test_a_fact_that_no_outcome_shows_weighs_like_the_others():
    rows = [
        {"text": text, "delivered": "Road" in text}
        for text in ("12, MG Road, Pune 411001", "asdf qwrt, Pune 411001") * 60
    ]
    weights = dict(zip(NAMES, AddressScorer(strength=0.0).fit(rows).weights_, strict=True))
    assert weights["mashed"] < 0
    for unseen in ("pin_not_city", "filler", "person_only"):
        assert weights[unseen] < 0


def test_kinds_of_faults_that_are_named_are_calibrated_as_if_unseen():
    """The weights are those of all rows; the calibration is over logits of other kinds' models."""
    faults = {
        "no_pin": "{}, MG Road, Indiranagar, Bengaluru",
        "no_house": "MG Road, Indiranagar, Bengaluru 560038",
        "mashed": "{}, xkqjzv, Indiranagar, Bengaluru 560038",
        "other": "{}, MG Road, Indiranagar, Bengaluru 400001",
    }
    rows = [
        {
            "text": f"{n}, MG Road, Indiranagar, Bengaluru 560038",
            "delivered": n % 20 > 0,
            "fault": None,
        }
        for n in range(1, 401)
    ]
    rows += [
        {"text": text.format(n), "delivered": n % 5 == 0, "fault": kind}
        for n in range(1, 41)
        for kind, text in faults.items()
    ]
    blind = AddressScorer(strength=0.0).fit([{**row, "fault": ""} for row in rows])
    named = AddressScorer(strength=0.0).fit(rows)
    assert np.allclose(blind.weights_, named.weights_)
    assert not np.array_equal(blind._knots[0], named._knots[0])
    fold = _folds([row["fault"] or "" for row in rows])
    assert [len(set(fold[400 + at :: 4])) for at in range(4)] == [1, 1, 1, 1]
    assert np.bincount(fold).tolist() == [140, 140, 140, 140]
    vectors = np.array([named._out_of_history(row["text"], row["delivered"]) for row in rows])
    delivered = np.array([row["delivered"] for row in rows], dtype=float)
    told = np.zeros(len(rows))
    for one in range(4):
        other = AddressScorer(strength=0.0)
        other._learn(vectors[fold != one], delivered[fold != one], None)
        told[fold == one] = vectors[fold == one] @ other.weights_ + other._intercept
    assert np.isclose(named._knots[0][0], told.min()) and np.isclose(
        named._knots[0][-1], told.max()
    )


def test_few_kinds_of_faults_are_as_none():
    assert _folds(["", "a", "b", "c"]) is None and _folds([""]) is None
    assert _folds(["", "a", "b", "c", "d", ""]).tolist() == [0, 0, 1, 2, 3, 1]
