"""`contact_risk` in a build: judged on results that it held back itself, with or without events."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import chowk
from chowk.build import build
from chowk.health.system import ContactRisk, auc
from small_store import with_contacts


@pytest.fixture
def store(tmp_path):
    with chowk.create(tmp_path / "office", {"name": "Office"}) as made:
        yield made


def test_a_store_without_events_has_a_scorecard(store):
    with_contacts(store)
    assert not store.rows("events")
    built = build(store, only="contact_risk", insist="contact_risk").system("contact_risk")
    card = built.scorecard
    assert card.value is not None and card.baseline is not None and not card.why
    assert 0.5 < card.value <= 1 and card.low <= card.value - card.baseline <= card.high
    assert (card.cut, card.served_on_all) == ("", True)
    day = np.array(store.arrow("infection_tests")["day"])
    assert card.rows == (day >= int(np.quantile(day, 0.75))).sum()


def test_the_results_that_judge_are_hidden_from_the_risks(store):
    """Results of the last days are made to contradict all that the earlier ones say: a model that
    had seen them would rank them well."""
    days = 12
    rows = [(f"p{k}", day) for day in range(days) for k in range(20)]
    # Before day 8 the first ten are positive and the others negative; then the reverse.
    tests = pa.table(
        {
            "person": [person for person, _ in rows],
            "day": [day for _, day in rows],
            "positive": [(int(person[1:]) < 10) == (day < 8) for person, day in rows],
        }
    )
    met = pa.table({"person_a": ["p0"], "person_b": ["p19"], "day": [0]})
    with store.transaction() as change:
        change.write("contacts", met)
        change.write("infection_tests", tests)
    card = ContactRisk().fit(store, seed=1).evaluate(store)
    assert card.rows == 80
    assert card.value < 0.1


def test_few_results_of_a_kind_judge_nothing(store):
    with store.transaction() as change:
        change.write("contacts", pa.table({"person_a": ["ann"], "person_b": ["bob"], "day": [0]}))
        change.write(
            "infection_tests", pa.table({"person": ["ann"], "day": [1], "positive": [True]})
        )
    card = build(store).system("contact_risk").scorecard
    assert card.value is None and "fewer than 5 positive or negative" in card.why


def test_area_under_the_curve_counts_pairs():
    random = np.random.default_rng(3)
    score, truth = random.integers(0, 5, 40).astype(float), random.random(40) < 0.4
    gaps = score[truth][:, None] - score[~truth][None, :]
    assert auc(score, truth) == pytest.approx(((gaps > 0) + 0.5 * (gaps == 0)).mean())


def test_rows_that_no_import_has_seen_do_not_stop_a_build(store):
    rows = {"person_a": ["ann", "cid", "bob"], "person_b": ["bob", "cid", "ann"], "day": [1, 1, 1]}
    with store.transaction() as change:
        change.write("contacts", pa.table({**rows, "count": [10_000, 3, 10_000]}))
        change.write(
            "infection_tests", pa.table({"person": ["ann"], "day": [1], "positive": [True]})
        )
    model = ContactRisk().fit(store, seed=1)
    assert model.crisp_.people.ids == ["ann", "bob"]
    assert model.crisp_.contacts.count.tolist() == [10_000]
