"""The committee of small networks for rare intents: by hand, by law, and in the Understander."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest

from chowk.language import Understander
from chowk.language.committee import VIEWS, Committee, Recipe
from chowk.language.linear import HashedLinear
from chowk.language.longtail import Balance, Choice, Held


def unbalanced() -> list[dict[str, object]]:
    """Two common intents, and a rare one whose words the common ones have too."""
    rng = np.random.default_rng(5)
    words = {"play": "music song loud band".split(), "book": "table lunch place band".split()}
    rows: list[dict[str, object]] = [
        {"text": f"{intent} {' '.join(rng.choice(known, 3))}", "intent": intent}
        for intent, known in words.items()
        for _ in range(60)
    ]
    return rows + [{"text": f"rate band {w}", "intent": "rate"} for w in "one two ten six".split()]


def test_networks_are_judged_on_rows_that_all_judged_and_taken_only_where_they_help() -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], [300, 90, 60])
    held = Held(["a", "b", "c"])
    held.truth = truth.tolist()
    plain = 2.0 * np.eye(3)[truth] + 0.3 * rng.normal(size=(450, 3))
    plain[truth == 2] = plain[truth == 2][:, [2, 1, 0]]  # rare rows are taken for common ones
    asked = rng.random(450) < 0.4
    told = np.log(0.98 * np.eye(3)[truth] + 0.01)
    held.networks = [row if one else None for row, one in zip(told, asked, strict=True)]
    balance = Balance({"a": 300, "b": 90, "c": 60}, held.intents, "oos")
    now = balance.settle("networks", plain, held, 0, again=False)
    assert balance.choice.rival == "networks"
    np.testing.assert_array_equal(~np.isnan(now).any(axis=1), asked)
    assert (now[asked].argmax(axis=1) == truth[asked]).all()
    balance.settle("networks", plain, held, 0, again=True)  # a network beside it: still the choice
    assert balance.choice.rival == "networks"
    wrong = np.log(0.98 * np.eye(3)[(truth + 1) % 3] + 0.01)
    held.networks = [row if one else None for row, one in zip(wrong, asked, strict=True)]
    assert not np.isnan(balance.settle("networks", plain, held, 0, again=False)).any()
    assert balance.choice == Choice()
    linear = HashedLinear(256).fit([["a"], ["b"]], [0, 1])
    assert balance.judges("networks", linear, [(["a"], "a")], None) == (None, None)


def test_a_committee_is_what_its_networks_say_by_hand() -> None:
    pytest.importorskip("torch", reason="pip install 'chowk[neural]'")
    rows = [str(row["text"]).split() for row in unbalanced()]
    classes = [["play", "book", "rate"].index(str(row["intent"])) for row in unbalanced()]
    shares = np.log(np.bincount(classes) / len(classes))
    made = Recipe(width=8, hidden=16, buckets=256, epochs=12, batch=16)
    found = Committee(1, made).fit(rows, classes, shares)
    again = Committee(1, made).fit(rows, classes, shares)
    loaded = Committee.of(found.state())
    words = rows[0]
    total = np.zeros(3)
    for view, own in zip(VIEWS, found.members_, strict=True):
        ids = [one for key in view.keys(words) for one in view.hashed(key, 256)]
        bag = sum(own["idf"][one] * own["vectors"][one].astype(float) for one in ids)
        bag = bag / sum(float(own["idf"][one]) ** 2 for one in ids) ** 0.5
        hidden = np.maximum(own["first"] @ bag + own["first_bias"], 0)
        said = own["last"] @ hidden + own["last_bias"]
        total += said - np.log(np.exp(said).sum())
    np.testing.assert_allclose(found.scores(words), total / 3, atol=1e-4)
    for text in (words, ["zzz"], [], ["x" * 5_000] * 3, words * 200):
        assert np.exp(found.scores(text)).sum() <= 1 + 1e-5  # the mean of logarithms
        np.testing.assert_array_equal(found.scores(text), again.scores(text))
        np.testing.assert_allclose(loaded.scores(text), found.scores(text), atol=0.1)
    right = [int(found.scores(row).argmax()) == one for row, one in zip(rows, classes, strict=True)]
    assert np.mean(right[:120]) > 0.95


def test_pairs_of_words_grow_linearly_and_characters_end_in_their_own_word() -> None:
    _, pairs, letters = VIEWS
    few, many = (len([*pairs.keys([f"w{n}" for n in range(size)])]) for size in (100, 1_000))
    assert many < 10.5 * few
    assert [*letters.keys(["order", "it"])] == [" order ", "rder it "]
    # All runs of the text are read once: those of the first word, and those that reach the second.
    text, sizes = " order it ", range(2, 7)
    runs = [text[at : at + n] for n in sizes for at in range(len(text) - n + 1)]
    keys = [*letters.keys(["order", "it"])]
    read = [key[end - n : end] for key in keys for n in sizes
            for end in range(key.index(" ") + 2, len(key) + 1) if n <= end]  # fmt: skip
    assert sorted(read) == sorted(runs)
    found = [one for key in keys for one in letters.hashed(key, 1 << 16)]
    assert sorted(found) == sorted(zlib.crc32(run.encode()) % (1 << 16) for run in runs)


def test_networks_are_kept_and_answer_the_same_when_loaded(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="pip install 'chowk[neural]'")
    model = Understander(balance="networks", rounds=10).fit(unbalanced())
    assert model.balance_.choice == Choice()  # too few rare rows to judge by
    model.balance_.choice = Choice("networks", 0.3, 1.5, 2.0)
    model.balance_.fit(model.linear_, [(str(r["text"]).split(), str(r["intent"]))
                                       for r in unbalanced()])  # fmt: skip
    model.save(tmp_path / "m")
    loaded = Understander.load(tmp_path / "m")
    assert loaded.balance_.choice == model.balance_.choice
    for text in ("rate band one", "play song", "", "book lunch band"):
        ours, theirs = model.parse(text), loaded.parse(text)
        assert ours.intent == theirs.intent
        assert ours.confidence == pytest.approx(theirs.confidence, abs=0.02)
