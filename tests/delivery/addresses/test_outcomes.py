"""Simulated deliveries: each fault does to an address what its name says."""

from __future__ import annotations

import pytest

from chowk.delivery.addresses.evidence import gather
from chowk.delivery.addresses.gazetteer import india
from chowk.delivery.addresses.made import AddressMaker, _Writer
from chowk.delivery.addresses.outcomes import ABOUT, FAILS, TESTING, TRAINING, deliveries


def test_kinds_to_learn_from_and_to_judge_by_are_apart():
    assert not set(TRAINING) & set(TESTING)
    assert set(FAILS) == set(ABOUT) == {*TRAINING, *TESTING}


@pytest.mark.parametrize("fault", (*TRAINING, *TESTING))
def test_faulty_addresses_are_texts_and_fail_as_often_as_said(fault):
    made = list(deliveries(60, kinds=(fault,), share=1.0, seed=3))
    assert all(row.fault == fault and row.text.strip() for row in made)
    failed = sum(not row.delivered for row in made) / len(made)
    assert failed == pytest.approx(FAILS[fault], abs=0.22)


@pytest.mark.parametrize(
    ("fault", "lacking"),
    [
        ("no_pin", ("pin",)),
        ("no_house_no_pin", ("pin",)),
        ("no_area_no_pin", ("pin",)),
        ("town_only", ("house",)),
    ],
)
def test_what_is_left_out_is_not_there(fault, lacking):
    for row in deliveries(25, kinds=(fault,), share=1.0, seed=4):
        facts = gather(row.text).facts
        assert not any(facts[name] for name in lacking), row.text


def test_an_unknown_pin_code_is_nobodys_and_a_wrong_state_is_not_the_pin_codes():
    for row in deliveries(25, kinds=("pin_unknown",), share=1.0, seed=5):
        assert not any(india().exists(pin) for pin in gather(row.text).pins), row.text
    wrong = [gather(row.text) for row in deliveries(25, kinds=("state_wrong",), share=1.0, seed=6)]
    assert sum(bool(found.states or found.short) for found in wrong) >= 20
    assert sum(found.facts["pin_not_state"] > 0 for found in wrong) >= 15


def test_a_state_of_which_no_city_is_known_has_addresses_too():
    maker = AddressMaker(seed=1)
    maker._cities = []
    place = next(iter(india().pins.values()))
    for _ in range(60):
        writer = _Writer(maker.rng)
        maker._tail(writer, "Kavaratti", place.state, place, "")
        assert writer.text.strip()
