"""The system `reviews`: every review gets its classes in the table `review_classes`."""

from __future__ import annotations

from datetime import timedelta

import pytest

import chowk
from chowk.build import build
from chowk.community.reviews import ReviewClassifier, named
from chowk.community.reviews_system import ReviewsSystem
from chowk.errors import ArtifactError, NotFittedError
from small_store import START, small_store, with_reviews


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with small_store(tmp_path_factory.mktemp("reviews") / "s", orders=60) as made:
        yield with_reviews(made)


def test_a_build_writes_what_the_classifier_says_of_each(store):
    record = build(store, only="reviews")
    card = record.system("reviews").scorecard
    assert card.value is not None and card.value > 0.9 and card.rows >= 20
    assert card.baseline is not None and card.baseline_name == "the word lists alone"
    rows = {row["review_id"]: row for row in store.arrow("review_classes").to_pylist()}
    given = store.arrow("reviews").to_pylist()
    assert set(rows) == {row["review_id"] for row in given} and len(rows) == 240
    model = ReviewClassifier.load("en")
    for row in given[:40]:
        told = model.predict([{"text": row["text"], "rating": row["rating"]}])[0]
        made = rows[row["review_id"]]
        assert made["classes"] == list(told.labels) and made["decision"] == told.decision
        assert {a.name: a.sentiment for a in told.aspects} == {
            name: made[name] for name in ("product", "delivery", "seller") if made[name] is not None
        }
    assert rows["r07-safety"]["decision"] == "hold" and rows["r07-product"]["product"] < 0
    assert rows["r07-product"]["seller"] is None


def test_labels_that_are_no_classes_judge_nothing(tmp_path):
    with chowk.create(tmp_path / "s") as made:
        made.write("reviews", [
            {"review_id": f"r{n}", "product_id": "p", "text": "fine", "ts": START, "label": label}
            for n, label in enumerate(["approved", "", None, "warm, cold"] * 20)
        ])  # fmt: skip
        card = ReviewsSystem().fit(made, seed=1).evaluate(made)
    assert card.value is None and "0 later ones have classes (product, delivery" in card.why


def test_odd_reviews_of_a_store_are_classified(tmp_path):
    texts = ["", "\u0301" * 3_000, "word " * 13_000, "<b>slow</b> delivery", "नमस्ते"]
    with chowk.create(tmp_path / "s") as made:
        made.write("reviews", [
            {"review_id": f"r{n}", "product_id": "p", "text": text, "rating": n / 2}
            for n, text in enumerate(texts)
        ])  # fmt: skip
        told = ReviewsSystem().fit(made, seed=1).tables()["review_classes"].to_pylist()
        kept = made.rows("reviews")
    assert len(told) == kept == 5 and {row["decision"] for row in told} == {"allow"}


def test_what_is_missing_is_told(tmp_path, store):
    with chowk.create(tmp_path / "s") as empty:
        assert ReviewsSystem.lacks(empty) == "reviews: 0 rows"
    with pytest.raises(NotFittedError):
        ReviewsSystem().save(tmp_path)
    with pytest.raises(ArtifactError, match="holds no classes"):
        ReviewsSystem.load(tmp_path)
    few = store.since(START + timedelta(days=58))
    assert "8 later ones" in ReviewsSystem().fit(store, seed=1).evaluate(few).why


def test_the_lists_alone_name_the_classes_of_words():
    assert named("I got a voucher in exchange for this") >= {"incentivised"}
    assert named("") == set() == named("\ud800 hmm")
