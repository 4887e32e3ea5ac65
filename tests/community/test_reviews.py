"""Reviews: several classes at once, aspects with their feeling, models without pickles."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from chowk.community import ReviewClassifier
from chowk.community.reviews import CLASSES, aspects
from chowk.errors import ArtifactError, NotFittedError, ParameterError, SchemaError
from community.suites import suite


@pytest.fixture(scope="module")
def model():
    return ReviewClassifier.load("en")


def test_reviews_with_other_words_than_those_learned_from(model):
    rows = suite("reviews")
    found = [set(v.labels) for v in model.predict([row["text"] for row in rows])]
    f1 = []
    for name in CLASSES:
        truth = [name in row["labels"] for row in rows]
        told = [name in labels for labels in found]
        both = sum(t and h for t, h in zip(truth, told, strict=True))
        f1.append(2 * both / max(sum(truth) + sum(told), 1))
    assert sum(f1) / len(f1) >= 0.75


@pytest.mark.parametrize(
    ("text", "paid"),
    [
        ("Got this free in exchange for a kind word", True),
        ("They sent me a voucher for my five stars", True),
        ("I paid full price for this lamp", False),
        ("Bought it with a voucher from my aunt", False),
        ("Free delivery, and quick", False),
    ],
)
def test_a_review_that_was_paid_for_says_so(model, text, paid):
    assert ("incentivised" in model.predict([text])[0].labels) is paid


def test_spam_and_safety_wait_for_a_person(model):
    texts = ["it caught fire and burned my hand", "click www.win.xyz for free coins", "nice fabric"]
    assert [v.decision for v in model.predict(texts)] == ["hold", "hold", "allow"]


def test_aspects_feel_clause_by_clause():
    found = {
        a.name: a for a in aspects("Great fabric, but delivery was slow. The seller never replied")
    }
    assert found["product"].sentiment > 0 > found["delivery"].sentiment
    text = "The zip is not good"
    one = aspects(text)[0]
    assert one.sentiment < 0 and text[one.start : one.end] == text


def test_aspects_and_how_they_fare():
    both = told = true = 0
    for row in suite("review_aspects"):
        found = {(a.name, (a.sentiment > 0.2) - (a.sentiment < -0.2)) for a in aspects(row["text"])}
        wanted = set(row["aspects"].items())
        both, told, true = both + len(found & wanted), told + len(found), true + len(wanted)
    assert 2 * both / (told + true) >= 0.85


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The seller never replied", {"seller": -1}),
        ("No complaints about the quality", {"product": 1}),
        ("Smells lovely", {"product": 1}),  # what names nothing speaks of the product
        ("Delivery was quick and careful", {"delivery": 1}),
        ("", {}),
        ("no " * 5_000, {}),
        ("The zip never closed. Why not?", {"product": -1}),
        ("🙂 \ud800 \u0301", {}),
        ("product accha hai par delivery late", {"product": 1, "delivery": -1}),
        ("kapda accha nahi", {"product": -1}),  # Hindi negates from behind
        ("dukandar ne jawab nahi diya", {"seller": -1}),
        ("kapda ganda nahi tha", {"product": 1}),
    ],
)
def test_aspects_of_odd_and_negated_reviews(text, wanted):
    assert {a.name: (a.sentiment > 0) - (a.sentiment < 0) for a in aspects(text)} == wanted


def test_own_classes_are_learned_and_kept(tmp_path):
    rows = [{"text": f"red {i}", "label": "warm"} for i in range(9)]
    rows += [{"text": f"blue {i}", "label": "cold"} for i in range(9)]
    model = ReviewClassifier().fit(rows)
    path = tmp_path / "model.json.gz"
    model.save(path)
    again = ReviewClassifier.load(path)
    texts = ["a red one", "a blue one"]
    assert [v.labels for v in again.predict(texts)] == [("warm",), ("cold",)]
    for one, other in zip(model.predict(texts), again.predict(texts), strict=True):
        for name, value in one.probabilities.items():
            assert other.probabilities[name] == pytest.approx(value, abs=0.02)


def test_refusals(tmp_path, model):
    with pytest.raises(NotFittedError):
        ReviewClassifier().predict(["x"])
    with pytest.raises(SchemaError):
        ReviewClassifier().fit([{"text": "x"}])
    with pytest.raises(SchemaError):
        model.predict([{"title": "x"}])
    with pytest.raises(ParameterError):
        model.predict("one text")
    with pytest.raises(ParameterError):
        ReviewClassifier(threshold=2)
    bad = tmp_path / "bad.gz"
    bad.write_bytes(b"nothing")
    with pytest.raises(ArtifactError):
        ReviewClassifier.load(bad)


@pytest.mark.parametrize("rating", ["five", -1, 11, float("inf"), True, [5]])
def test_a_rating_that_is_none_is_refused_in_a_sentence(model, rating):
    with pytest.raises(SchemaError, match=r"Row 1 .* number from 0 to 10"):
        model.predict([{"text": "fine", "rating": 5}, {"text": "fine", "rating": rating}])


def test_a_rating_that_a_frame_has_none_for_is_none(model):
    plain, none, empty = model.predict(
        [{"text": "fine"}, {"text": "fine", "rating": None}, {"text": "fine", "rating": math.nan}]
    )
    assert plain == none == empty


@pytest.mark.parametrize("text", ["", "\ud800", "🎉" * 2_000, "a " * 200_000, "नमस्ते"])
def test_odd_reviews_are_answered(model, text):
    assert model.predict([text])[0].decision in ("allow", "hold")


def test_a_column_of_any_library_is_its_texts(model):
    texts = ["Great fabric", "The plug caught fire"]
    wanted = [v.labels for v in model.predict(texts)]
    columns = (pd.Series(texts), pa.array(texts), pa.chunked_array([texts]), np.array(texts))
    for column in (*columns, pd.DataFrame({"text": texts}), pa.table({"text": texts})):
        assert [v.labels for v in model.predict(column)] == wanted
    for wrong in (["fine", None], pd.Series(["fine", None]), [{"text": "fine"}, 5]):
        with pytest.raises(SchemaError, match="Row 1 of the reviews has no text"):
            model.predict(wrong)
