"""What a channel's moderators teach its AutoMod: it comes to let pass, and it comes to mind."""

from __future__ import annotations

import pytest

from chowk.community import AutoMod
from chowk.community.sentence import read
from chowk.community.severity import telling

INSULT = "people like you are vermin"
ORDINARY = (
    "is the lamp back in stock?",
    "people like you make this place good",
    "you are right, see you tomorrow",
    "the last one was ugly, this is better",
)


@pytest.fixture
def automod() -> AutoMod:
    return AutoMod.load("en")


def taught(automod: AutoMod, text: str, times: int, *, allowed: bool) -> None:
    for _ in range(times):
        automod.learn(text, allowed, "strict")


def test_a_channel_that_denies_an_insult_comes_to_hold_it(automod: AutoMod) -> None:
    assert automod.check(INSULT, "strict").decision == "allow"
    taught(automod, INSULT, 4, allowed=False)
    held = automod.check(INSULT, "strict")
    assert (held.decision, held.category, held.level) == ("hold", "bullying", 3)
    assert automod.check(INSULT, "another").decision == "allow"
    assert [automod.check(text, "strict").decision for text in ORDINARY] == ["allow"] * 4


def test_a_channel_that_changes_its_mind_lets_it_pass_again(automod: AutoMod) -> None:
    taught(automod, INSULT, 4, allowed=False)
    taught(automod, INSULT, 12, allowed=True)
    assert automod.check(INSULT, "strict").decision == "allow"


def test_denials_of_insults_hold_nothing_else(automod: AutoMod) -> None:
    taught(automod, INSULT, 300, allowed=False)
    assert [automod.check(text, "strict").decision for text in ORDINARY] == ["allow"] * 4


def test_what_the_model_is_sure_of_is_minded_as_soon(automod: AutoMod) -> None:
    sure = "you are a stupid ugly pig"
    scores = automod.check(sure, "strict").scores
    assert scores["insult"] > 0.9 and automod.check(sure, "strict").decision == "allow"
    taught(automod, sure, 4, allowed=False)
    assert automod.check(sure, "strict").decision == "hold"


def test_only_many_sentences_beside_another_are_left_out() -> None:
    attack = "All gays are rats."
    few = read(f"We bought a lamp. {attack} It works well.")
    assert telling(few) is few
    many = telling(read("We bought a lamp. " * 9 + attack))
    assert [mark.form for mark in many.marks if mark.kind != "stop"][-4:] == [
        "all", "gays", "are", "rats",
    ]  # fmt: skip
    assert len(many.marks) < 8


def test_what_speaks_of_no_harm_teaches_nothing(automod: AutoMod) -> None:
    taught(automod, "is the lamp back in stock?", 50, allowed=False)
    memory = automod.channel("strict").memory
    assert memory.decisions == 50
    assert not memory.as_dict()["weights"]
