"""What makes a group of messages a raid: each rule by itself, and what is left without it."""

from __future__ import annotations

import pytest

from chowk.community.evidence import Evidence, Told, is_raid


def told(count: int = 8, **shown: object) -> Told:
    return Told.of([Evidence(**shown)] * count)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "shown", [{"hidden": True}, {"noise": True}, {"harmful": True}, {"heat": 4}]
)
def test_each_of_these_makes_the_texts_bad(shown):
    assert told(**shown).bad and not told().bad


def test_to_name_one_person_is_to_call_for_something():
    one = Told.of([Evidence(heat=1, names=(7,))] * 8)
    each = Told.of([Evidence(heat=1, names=(number,)) for number in range(8)])
    assert (one.bad, each.bad) == (True, False)


def test_regulars_may_call_each_other_to_something_and_not_accuse():
    assert told(heat=4, stranger=True).bad
    assert not told(heat=4, regular=True).bad
    assert told(heat=4, regular=True, accuses=True).bad


@pytest.mark.parametrize("shown", [{"festive": True}, {"regular": True}, {"talker": True}])
def test_each_of_these_is_let_be(shown):
    assert told(**shown).glad and not told().glad


def test_questions_let_be_what_half_of_them_are():
    few = [Evidence(asks=True)] * 3 + [Evidence()] * 7
    assert not Told.of(few).cheered and Told.of(few + [Evidence(asks=True)] * 4).cheered


def test_random_letters_make_variants_of_what_shares_little():
    loose = {"usual": 1.0}
    assert is_raid(told(noise=True), 8, 8, 0.1, **loose)
    assert not is_raid(told(), 8, 8, 0.1, **loose)


def test_what_only_strangers_say_where_strangers_are_rare_is_a_raid():
    assert is_raid(told(stranger=True), 10, 8, 0.1, usual=0.3)
    assert not is_raid(told(stranger=True), 10, 8, 0.1, usual=0.9)
    assert not is_raid(told(), 10, 8, 0.1, usual=0.3)


def test_what_is_said_all_day_has_to_be_said_by_more():
    assert is_raid(told(), 10, 8, 0.5, usual=1.0)
    assert not is_raid(told(), 10, 8, 0.5, usual=1.0, expected=2.0)
    # An accusation is none that is said all day.
    assert is_raid(told(heat=4, accuses=True), 10, 8, 0.5, usual=1.0, expected=2.0)


def test_the_judge_is_asked_of_those_that_were_judged():
    some = [Evidence(harmful=True)] + [Evidence()] * 7
    assert Told.of(some).harmful == 1.0
    assert Told.of([Evidence(harmful=True), Evidence(harmful=False)] * 2).harmful == 0.5
