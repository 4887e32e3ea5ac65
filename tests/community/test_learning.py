"""What a channel's moderators teach its AutoMod: it comes to let pass, and it comes to mind."""

from __future__ import annotations

import pytest

from chowk.community import AutoMod

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


def test_what_speaks_of_no_harm_teaches_nothing(automod: AutoMod) -> None:
    taught(automod, "is the lamp back in stock?", 50, allowed=False)
    memory = automod.channel("strict").memory
    assert memory.decisions == 50
    assert not memory.as_dict()["weights"]
