"""What is left of a request without its values: by construction, and scores by brute force."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chowk.errors import ParameterError
from chowk.language import Understander
from chowk.language.carriers import carriers, frame_steps, runs_to
from chowk.language.examples import read_examples
from chowk.language.linear import HashedLinear

BUCKETS = 1 << 12


def frame_runs(words: Sequence[str], known: set[str]) -> list[str]:
    """Every run of a text's frame."""
    return [run for step in frame_steps(words, known) for run in runs_to(step)]


def rows() -> list[dict[str, Any]]:
    """`when is TITLE on` and `when is on TITLE`: only the places tell; the titles say nothing."""
    draw = random.Random(0)
    found = []
    for number in range(120):
        title = ["".join(draw.choices("abcdefgh", k=5)) for _ in range(draw.randint(1, 3))]
        labels = ["B-title", *["I-title"] * (len(title) - 1)]
        found.append(
            {"tokens": ["when", "is", *title, "on"], "labels": ["O", "O", *labels, "O"],
             "intent": "film"}
            if number % 2
            else {"tokens": ["when", "is", "on", *title], "labels": ["O", "O", "O", *labels],
                  "intent": "work"}
        )  # fmt: skip
    return found


def test_words_that_carry_are_those_outside_of_values_that_may_be_anything() -> None:
    examples = read_examples(rows())
    assert carriers(examples) == {"when", "is", "on"}
    size = [{"tokens": ["show", s], "labels": ["O", "B-size"], "intent": "show"} for s in "sml"]
    assert carriers(read_examples(size * 40)) == frozenset()  # three sizes are a list
    told = [{"text": " ".join(row["tokens"]), "intent": row["intent"]} for row in rows()]
    assert carriers(read_examples(told)) == frozenset()


def test_frames_are_one_whatever_the_title() -> None:
    known = {"when", "is", "on"}
    first = frame_runs("when is moby dick on".split(), known)
    assert first == frame_runs("when is up on".split(), known)
    assert first != frame_runs("when is on moby dick".split(), known)
    assert frame_runs([], known) == ["=^ $"]


def test_scores_are_the_sum_over_both_sets_of_features_each_of_length_one() -> None:
    texts = [row["tokens"] for row in rows()]
    classes = [int(row["intent"] == "work") for row in rows()]
    known = {"when", "is", "on"}
    model = HashedLinear(BUCKETS, carrying=known).fit(texts, classes)
    plain = HashedLinear(BUCKETS).fit(texts, classes)
    assert model.weights_.shape == (2 * BUCKETS, 2) and plain.weights_.shape == (BUCKETS, 2)
    for words in ([], ["when", "is", "blah", "on"], texts[0], ["on"] * 30):
        want = model.bias_.astype(float)
        runs = [BUCKETS + zlib.crc32(k.encode()) % BUCKETS for k in frame_runs(words, known)]
        for ids in (model._ids(words) if words else [], runs):
            places = np.array(ids, dtype=int)
            values, length = model.idf_[places], 0.0
            length = float(np.sqrt((values**2).sum())) if len(places) else 1.0
            want = want + values @ model.weights_[places] / length
        np.testing.assert_allclose(model.scores(words), want, atol=1e-5)


def test_auto_takes_frames_where_they_help_and_a_saved_model_answers_the_same(
    tmp_path: Path,
) -> None:
    model = Understander(rounds=5).fit(rows())
    assert model.framed_ and model.linear_.carrying == {"when", "is", "on"}
    asked = ["when is gone with the wind on", "when is on gone with the wind"]
    assert [parse.intent for parse in model.parse_many(asked)] == ["film", "work"]
    model.save(tmp_path)
    again = Understander.load(tmp_path)
    assert again.framed_
    for text in asked:
        one, other = model.parse(text), again.parse(text)
        assert one.intent == other.intent and abs(one.confidence - other.confidence) < 0.02
    told = [{"text": " ".join(row["tokens"]), "intent": row["intent"]} for row in rows()]
    assert not Understander().fit(told).framed_
    for key in ("weight", "group"):  # frames of made rows may be their maker's
        made = [{**row, key: 1 + number % 50} for number, row in enumerate(rows())]
        assert not Understander(rounds=5).fit(made).framed_
    assert not Understander("neural")._frames_help(read_examples(rows()))  # it reads them itself
    assert not Understander(frames=False, rounds=5).fit(rows()).linear_.carrying


@pytest.mark.parametrize("value", [None, 1, "yes"])
def test_what_frames_may_be(value: Any) -> None:
    with pytest.raises(ParameterError, match=r"'frames' parameter .* True, False or 'auto'"):
        Understander(frames=value)
