"""The system `moderation`: what moderators decided moves their own channel, and no other."""

from __future__ import annotations

from datetime import timedelta

import pytest

import chowk
from chowk.community.decisions import decided
from chowk.community.system import ModerationSystem
from chowk.errors import ArtifactError, NotFittedError
from small_store import START, with_messages


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with chowk.create(tmp_path_factory.mktemp("moderation") / "s") as made:
        yield with_messages(made)


def test_later_decisions_are_judged_beside_a_new_channel(store):
    cut = START + timedelta(days=45)
    system = ModerationSystem().fit(store.before(cut), seed=1)
    card = system.evaluate(store.since(cut))
    assert card.rows == 15 * 7
    # A new channel already holds the attacks and lets banter pass, so nothing may be lost.
    assert card.value is not None and card.baseline is not None
    assert card.value >= card.baseline and card.value > 0.9


def test_a_channel_teaches_itself_alone(store):
    system = ModerationSystem().fit(store, seed=1)
    automod = system.automod()
    assert automod.channel("gaming").memory.decisions == 60 * 7
    assert automod.channel("chess").memory.decisions == 0
    assert system.check("all muslims should die today", "gaming").decision == "hold"


def test_few_decisions_give_no_value(store):
    card = ModerationSystem().fit(store, seed=1).evaluate(store.since(START + timedelta(days=59)))
    assert card.value is None and "7 later decisions" in card.why


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(NotFittedError):
        ModerationSystem().automod()
    (tmp_path / "channels.json").write_bytes(b"[]")
    with pytest.raises(ArtifactError, match="holds no channels"):
        ModerationSystem.load(tmp_path)


def test_labels_that_say_neither_teach_nothing():
    assert [decided(label) for label in (None, "", "maybe", "Removed", " OK ")] == [
        None,
        None,
        None,
        False,
        True,
    ]
