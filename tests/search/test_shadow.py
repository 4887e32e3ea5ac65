"""Comparing with an incumbent, and experiments: answers by construction and by law."""

import collections
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowk.errors import ImportFormatError, ParameterError
from chowk.search.experiments import assigned, preference, report, team_draft
from chowk.search.shadow import compared, overlap, pages
from chowk.search.trials import Experiment, Trials, Variant

NOW = datetime(2026, 6, 1, tzinfo=UTC)

rankings = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


@given(rankings, rankings)
def test_overlap_is_symmetric_and_one_only_for_equals(a, b):
    assert 0 <= overlap(a, b) <= 1
    assert overlap(a, b) == pytest.approx(overlap(b, a))
    assert (overlap(a, b) == pytest.approx(1.0)) == (a == b)


def test_the_largest_disagreement_comes_first_and_of_equals_the_commonest():
    held = pages(
        [
            {"query": "lamp", "product_id": "b", "position": "2", "asked": "3"},
            {"query": "lamp", "product_id": "a", "position": "1", "asked": "3"},
            {"query": "sofa", "product_id": "x", "position": "1"},
            {"query": "bed", "product_id": "y", "position": "1", "asked": "8"},
            {"query": "rug", "product_id": "", "position": ""},
        ]
    )
    found = compared(held, lambda query, k: [] if query == "rug" else ["a", "b"])
    assert [(c.query, c.agreement) for c in found] == [
        ("bed", 0.0),
        ("sofa", 0.0),
        ("lamp", 1.0),
        ("rug", 1.0),
    ]
    assert (found[0].only_ours, found[0].only_theirs) == (("a", "b"), ("y",))


@pytest.mark.parametrize(
    ("name", "wrong"), [("position", "x"), ("position", "nan"), ("asked", "many")]
)
def test_an_export_with_a_number_that_is_none_is_refused_by_its_row(name, wrong):
    rows = [{"query": "lamp", "product_id": "a"}, {"query": "lamp", "product_id": "b", name: wrong}]
    with pytest.raises(ImportFormatError, match=f"The {name} in row 2 must be a number. Got"):
        pages(rows)


def test_shares_of_variants_are_met_and_stay_when_one_is_added_to_another_experiment():
    shares = {"old": 0.7, "new": 0.3}
    seen = collections.Counter(assigned("e", f"s{n}", shares) for n in range(20_000))
    assert seen["new"] / 20_000 == pytest.approx(0.3, abs=0.02)
    other = [assigned("f", f"s{n}", shares) == assigned("e", f"s{n}", shares) for n in range(5000)]
    assert sum(other) / 5000 == pytest.approx(0.7**2 + 0.3**2, abs=0.03)
    with pytest.raises(ParameterError):
        assigned("e", "s", {})


@given(rankings, rankings, st.integers(1, 10), st.integers(0, 5))
def test_a_draft_is_fair_and_shows_each_product_once(a, b, k, seed):
    shown = team_draft(a, b, k=k, seed=seed)
    ids = [one for one, _ in shown]
    assert len(ids) == len(set(ids)) == min(k, len(set(a) | set(b)))
    teams = collections.Counter(team for _, team in shown)
    if len(set(a) - set(b)) >= k and len(set(b) - set(a)) >= k:
        assert abs(teams["a"] - teams["b"]) <= 1
    for team, ranking in (("a", a), ("b", b)):
        mine = [one for one, by in shown if by == team]
        assert mine == [one for one in ranking if one in mine]


def test_the_ranking_that_is_clicked_wins():
    good, bad = list("abcdef"), list("uvwxyz")
    drafts = [team_draft(bad, good, k=6, seed=n) for n in range(50)]
    clicks = [[one for one, _ in page if one in good][:1] for page in drafts]
    assert preference(drafts, clicks) == 1.0
    assert preference(drafts, [[] for _ in drafts]) == 0.0


def test_a_report_without_difference_holds_zero():
    rows = [(variant, n % 4 == 0) for variant in ("a", "b") for n in range(400)]
    first, second = report(rows)
    assert (first.share, second.difference) == (0.25, 0.0)
    assert second.low < 0 < second.high


def test_of_experiments_the_first_by_name_that_runs_now_holds(tmp_path):
    trials = Trials(tmp_path / "experiments.json")
    two, day = {"a": Variant(), "b": Variant()}, timedelta(days=1)
    trials.put(Experiment(name="a-past", variants=two, end=NOW))
    trials.put(Experiment(name="b-later", variants=two, start=NOW + day))
    assert trials.running(NOW) is None
    for name in ("d-now", "c-now"):
        trials.put(Experiment(name=name, variants=two, start=NOW, end=NOW + day))
    assert trials.running(NOW).name == "c-now" and trials.running(NOW - day).name == "a-past"
    assert trials.remove("c-now") and trials.running(NOW).name == "d-now"
