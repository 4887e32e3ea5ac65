"""Crowds by shared words: which messages are one, what words count, and what it costs."""

from __future__ import annotations

import random

import pytest

from chowk.community import crowds as module
from chowk.community.crowds import Crowds
from chowk.community.shouts import tokens


def letters(rng: random.Random) -> str:
    return "".join(rng.choice("bcdfghjklmnpqrstvwxz") for _ in range(8))


def put(crowds: Crowds, author: str, text: str, at: float):
    return crowds.put(author, tokens(text).tolist(), at)


def test_random_tails_do_not_part_a_crowd():
    rng, crowds = random.Random(1), Crowds()
    for i in range(12):
        tails = " ".join(letters(rng) for _ in range(6))
        crowd = put(crowds, f"u{i}", f"join evilstream {tails}", i)
    assert len(crowd.authors) == 12


def test_other_words_do_part_it():
    crowds = Crowds()
    said = ["red lamp", "oak table", "green garden", "loud music"]
    made = {put(crowds, f"u{i}", text, i).number for i, text in enumerate(said)}
    assert len(made) == 4


def test_what_a_channel_says_all_day_tells_little():
    crowds, word = Crowds(seconds=10), tokens("welcome").tolist()[0]
    assert crowds.weight(word) == 1.0
    for i in range(100):
        put(crowds, f"u{i}", "welcome" if i % 2 else f"kettle{i}", i * 5)
    assert crowds.weight(word) < 0.5


def test_what_was_held_is_not_what_a_channel_says():
    crowds, word = Crowds(seconds=10), tokens("evilstream").tolist()[0]
    for i in range(100):
        crowd = put(crowds, f"u{i}", "evilstream", i * 5)
        crowd.held = True
    assert crowds.weight(word) == 1.0


def test_what_is_usual_is_expected():
    crowds = Crowds(seconds=10)
    for i in range(200):
        crowd = put(crowds, f"u{i}", "welcome kettle", i)
    assert crowds.expected(crowd) == pytest.approx(10, abs=1)
    assert crowds.expected(put(crowds, "v", "evilstream arrives", 200)) == 0


def test_crowds_that_a_message_binds_become_one():
    crowds = Crowds()
    for i in range(6):
        left = put(crowds, f"a{i}", "copper kettle boiled dry", i)
    for i in range(6):
        right = put(crowds, f"b{i}", "garden window broken glass", i)
    assert left.number != right.number
    # Near both, and not so pure together as a crowd has to be: it goes to the nearest.
    home = put(crowds, "c", "copper kettle boiled window glass", 7)
    assert home is left and len(right.authors) == 6
    like = Crowds()
    for i in range(3):
        one = put(like, f"a{i}", "copper kettle boiled dry yesterday evening", i)
    two = like._nearest([], {})
    assert two == []
    other = module.Crowd(99)
    for i, member in enumerate(one.members):
        again = module.Member(
            90 + i, f"z{i}", member.at, member.words, True, other, member.evidence
        )
        other.members.append(again)
        other.authors[again.author] = 1
        for word in again.words:
            other.counts[word] = other.counts.get(word, 0) + 1
            like._where[word][99] = other
    assert len(like._joined(one, other).authors) == 6


def test_a_crowd_that_takes_in_a_held_one_is_held():
    for small in (False, True):
        crowds = Crowds()
        for i in range(3):
            one = put(crowds, f"a{i}", "copper kettle boiled dry", i)
        other = put(crowds, "b", "garden window", 4)
        for i in range(2):
            other.authors[f"c{i}"] = 1
        for word in tokens("copper kettle boiled dry").tolist():
            other.counts[word] = 3
            crowds._where[word][other.number] = other
        (other if small else one).held = True
        assert crowds._joined(one, other) is one and one.held


def test_a_refused_join_gives_the_first_back_whichever_is_larger():
    crowds = Crowds()
    for i in range(3):
        small = put(crowds, f"a{i}", "copper kettle boiled dry", i)
    for i in range(9):
        large = put(crowds, f"b{i}", "garden window broken glass", i)
    assert crowds._joined(small, large) is small
    assert crowds._joined(large, small) is large


def test_a_padded_crowd_is_summed_up_seldom(monkeypatch):
    rng, crowds, asked = random.Random(2), Crowds(), []
    whole = Crowds._purity
    monkeypatch.setattr(
        Crowds, "_purity", lambda self, *a: asked.append(1) or whole(self, *a), raising=True
    )
    for i in range(600):
        tails = " ".join(letters(rng) for _ in range(20))
        crowd = put(crowds, f"u{i}", f"join evilstream stole {tails}", i / 50)
        figure = crowds.purity(crowd)
    assert len(crowd.authors) == 600 and len(asked) < 150
    assert figure == pytest.approx(whole(crowds, crowd.counts, 600), rel=0.1)


def test_the_core_is_what_is_shared():
    crowds = Crowds()
    for i in range(4):
        crowd = put(crowds, f"u{i}", f"copper kettle {letters(random.Random(i))}", i)
    assert crowds.core(crowd) == pytest.approx(2.0)
