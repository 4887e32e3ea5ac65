"""Regions, promises, propensities and the ranker: truths by construction, and monotone laws."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.search import SearchEngine
from chowk.search.propensity import propensities, weights
from chowk.search.ranker import FEATURES, Looked, Ranker
from chowk.search.regional import lifts
from chowk.search.training import Lists, train

LAMPS = [{"product_id": f"p{i}", "title": "Red lamp"} for i in range(6)]


def test_the_true_curve_is_found_from_products_that_move():
    rng = np.random.default_rng(0)
    truth = np.array([1.0, 0.6, 0.4, 0.25, 0.15])
    rows = []
    for pair in range(400):
        relevance = rng.uniform(0.05, 0.5)
        for place in range(5):
            clicked = rng.binomial(60, truth[place] * relevance)
            rows.append((f"q{pair}", "p", place + 1, 60, int(clicked)))
    names = ["query", "product_id", "position", "shown", "clicked"]
    table = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    assert np.abs(propensities(table, places=5) - truth).max() < 0.03
    assert weights(truth, np.array([1, 5, 99])) == pytest.approx([1, 1 / 0.15, 1 / 0.15])


def test_a_lift_is_shrunk_and_backs_off_to_the_larger_region():
    rows = [("a", "IN/GJ", 300.0), ("a", "IN/KA", 100.0), ("b", "IN/GJ", 100.0)]
    rows += [("b", "IN/KA", 300.0), ("a", "IN/GJ/Surat", 1.0)]
    names = ("product_id", "region", "sales")
    table = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    regions, found = lifts(table, ["a", "b", "never"])
    assert regions == ["IN", "IN/GJ", "IN/KA"]  # one sale in Surat says nothing of its own
    lift = dict(zip(regions, found.astype(float), strict=True))
    assert lift["IN/GJ"][0] > 0.2 > -0.2 > lift["IN/GJ"][1]
    assert lift["IN/KA"][0] == pytest.approx(lift["IN/GJ"][1], abs=0.1)
    assert abs(lift["IN/GJ"][2]) < 0.7


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(1, 200)), min_size=6, max_size=6))
def test_a_sooner_promise_never_stands_lower(hours):
    offers = [
        {"offer_id": f"o{i}", "product_id": f"p{i}", "region": "IN/KA", "delivery_hours": h}
        for i, h in enumerate(hours)
    ]
    with SearchEngine.build(LAMPS, offers=offers) as engine:
        found = engine.search("red lamp", region="IN/KA/Mysuru", explain=True).hits
    held = [hours[int(hit.product_id[1])] for hit in found]
    order = [10_000 if h is None else h for h in held]
    assert order == sorted(order)
    for hit in found:
        assert sum(part.value for part in hit.parts) == pytest.approx(hit.score)


def test_what_sells_in_a_region_comes_first_there():
    sold = {"product_id": ["p1", "p2"] * 2, "region": ["IN/GJ"] * 2 + ["IN/KA"] * 2}
    regional = pa.table({**sold, "sales": [90.0, 10.0, 10.0, 90.0]})
    with SearchEngine.build(LAMPS, regional=regional) as engine:
        assert engine.search("lamp", region="IN/GJ").hits[0].product_id == "p1"
        assert engine.search("lamp", region="IN/KA/Mysuru").hits[0].product_id == "p2"
        engine.upsert([{"product_id": "p1", "title": "Red lamp", "price": 5}])
        assert engine.search("lamp", region="IN/GJ").hits[0].product_id == "p1"


def test_what_sells_in_a_region_is_said_to_be_popular_there():
    sold = {"product_id": ["p1", "p2"] * 2, "region": ["IN/GJ"] * 2 + ["IN/KA"] * 2}
    regional = pa.table({**sold, "sales": [90.0, 10.0, 10.0, 90.0]})
    popular = [{"product_id": f"p{i}", "popularity": 100} for i in (1, 2)]
    with SearchEngine.build(LAMPS, regional=regional, popularity=popular) as engine:
        for region, first in (("IN/GJ", "p1"), ("IN/KA/Mysuru", "p2")):
            told = {
                hit.product_id: reason
                for hit in engine.search("lamp", region=region).hits
                for reason in hit.reasons
                if reason.startswith("popular in")
            }
            # Half of all its sales are expected there; nine in ten of a region's are its own.
            assert list(told) == [first]
            assert told[first].startswith(f"popular in {region[:5]}: 1.")
        for region in (None, "IN/MH", "FR"):
            hits = engine.search("lamp", region=region).hits
            assert not any(r.startswith("popular in") for hit in hits for r in hit.reasons)


def lists(n=300, size=8, seed=0):
    """Lists in which the sooner promise is chosen, whatever else is true."""
    rng = np.random.default_rng(seed)
    x = rng.random((n * size, len(FEATURES)))
    promise = list(FEATURES).index("promise")
    x[:, promise] *= 6
    groups = np.full(n, size)
    gains = np.zeros(n * size, np.int64)
    best = x[:, promise].reshape(n, size).argmin(axis=1) + np.arange(n) * size
    gains[best] = 1
    return Lists(x, gains, np.tile(np.arange(1, size + 1), n), groups)


@pytest.fixture(scope="module")
def learned():
    found = train(lists(), None, formula=lambda x: x[:, 0], seed=0)
    assert found.ranker is not None and found.learned > found.formula + 0.1
    return found.ranker


def test_noise_is_not_learned_from():
    held = lists()
    held.gains[:] = 0
    held.gains[np.random.default_rng(3).choice(len(held.gains), 300, replace=False)] = 1
    assert train(held, None, formula=lambda x: x[:, 0], seed=0).ranker is None
    few = Lists(held.x[:80], held.gains[:80], held.positions[:80], held.groups[:10])
    assert "needed" in train(few, None, formula=lambda x: x[:, 0], seed=0).why


@settings(max_examples=50, deadline=None)
@given(st.sampled_from([n for n, way in FEATURES.items() if way]), st.integers(0, 1000))
def test_a_learned_score_is_monotone(learned, name, seed):
    x = np.tile(np.random.default_rng(seed).random(len(FEATURES)), (20, 1))
    x[:, list(FEATURES).index(name)] = np.linspace(0, 7, 20)
    steps = np.diff(learned.score(x, np.zeros(20))) * FEATURES[name]
    assert (steps >= -1e-9).all()


def test_shares_add_up_and_a_saved_ranker_scores_alike(learned, tmp_path):
    x = lists(seed=5).x[:50]
    shares = learned.shares(x)
    assert shares.sum(axis=1) == pytest.approx(learned.score(x, np.zeros(50)))
    learned.save(tmp_path)
    again = Ranker.load(tmp_path)
    assert (again.score(x, x[:, 0]) == learned.score(x, x[:, 0])).all()
    assert Ranker.load(tmp_path / "none") is None


def test_a_ranker_is_taken_to_another_store_and_saved_with_it(learned, tmp_path):
    with SearchEngine.build(LAMPS, ranker=learned, folder=tmp_path / "index") as engine:
        assert engine.step == engine.search("lamp").step == "learned"
        expected = engine.search("red lamp", explain=True).hits
    with SearchEngine.open(tmp_path / "index") as engine:
        assert engine.search("red lamp", explain=True).hits == expected
    for hit in expected:
        assert sum(part.value for part in hit.parts) == pytest.approx(hit.score)


def test_the_steadier_ranker_is_learned_from():
    """One ranker shows a product at the top to those who like it; the other moves by noise."""
    rng = np.random.default_rng(0)
    truth = 1.0 / np.arange(1, 7) ** 0.8
    rows = []
    for n in range(400):
        liking = rng.uniform(0.1, 0.5)
        for position in range(1, 7):
            shown = 60
            fair = liking * truth[position - 1]
            # at low places the second ranker's shoppers like it less
            knowing = fair * (1.3 - 0.18 * position)
            if abs(position - 3) <= 1:  # the first ranker moves a product by a place or two
                clicked = rng.binomial(shown, fair)
                rows.append((f"q{n}", "p", position, "fair", shown, clicked))
            clicked = rng.binomial(shown, knowing)
            rows.append((f"q{n}", "p", position, "knowing/swap-1", shown, clicked))
        for position in (1, 2, 5, 6):
            clicked = rng.binomial(60, liking * truth[position - 1])
            rows.append((f"q{n}", f"r{position < 4}", position, "fair", 60, clicked))
    names = ("query", "product_id", "position", "experiment", "shown", "clicked")
    counts = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])
    found = propensities(counts, places=6)
    pooled = propensities(counts.drop_columns(["experiment"]), places=6)
    near = [1, 2, 3]
    assert np.abs(found / found[1] - truth / truth[1])[near].max() < 0.05
    assert np.abs(pooled / pooled[1] - truth / truth[1])[near].max() > 0.05


def test_the_slopes_are_those_of_the_likelihood():
    rng = np.random.default_rng(1)
    gains = (rng.random(30) < 0.3) * 1.0
    theta, scores = rng.uniform(0.1, 1, 30), rng.normal(0, 1, 30)

    def cost(f):
        p = theta / (1 + np.exp(-f))
        return -np.where(gains > 0, np.log(p), np.log(1 - p))

    slope, curve = Looked(gains, theta).slopes(scores)
    h = 1e-5
    assert slope == pytest.approx((cost(scores + h) - cost(scores - h)) / (2 * h), abs=1e-6)
    assert (curve > 0).all()
    level = Looked(gains, theta).level(scores)
    assert Looked(gains, theta).slopes(scores + level)[0].sum() == pytest.approx(0, abs=1e-3)


def test_what_stood_low_is_not_taken_for_bad():
    """The old ranking shows the dear first; those who look further down like the sooner promise."""
    rng = np.random.default_rng(2)
    n, size = 1500, 8
    theta = 1.0 / np.arange(1, size + 1)
    x = np.zeros((n * size, len(FEATURES)))
    promise, popularity = (list(FEATURES).index(f) for f in ("promise", "popularity"))
    # products of the top are popular and late, those of the bottom are neither
    place = np.tile(np.arange(size), n)
    x[:, popularity] = 1 - place / size + rng.normal(0, 0.2, n * size)
    x[:, promise] = 5 - 4 * place / size + rng.normal(0, 0.3, n * size)
    liked = 1 / (1 + np.exp(-(3 - 1.5 * x[:, promise])))
    gains = (rng.random(n * size) < theta[place] * liked).astype(np.int64)
    groups = np.full(n, size)
    start = np.zeros(n * size)
    fair = Ranker.fit(x, gains, groups, start=start, theta=theta[place])
    naive = Ranker.fit(x, gains, groups, start=start, theta=np.ones(n * size))
    soon, late = np.zeros((1, len(FEATURES))), np.zeros((1, len(FEATURES)))
    soon[0, promise], soon[0, popularity] = 1.5, 0.1
    late[0, promise], late[0, popularity] = 4.5, 1.0
    zero = np.zeros(1)
    gap = [float((r.score(soon, zero) - r.score(late, zero))[0]) for r in (fair, naive)]
    assert gap[0] > 2 and gap[0] > gap[1] + 0.5
