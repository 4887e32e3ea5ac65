"""New products among what is bought together: means of those like them, by brute force."""

from __future__ import annotations

import numpy as np
import pytest

from chowk.discovery.neighbours import Neighbours
from chowk.discovery.neighbours_new import NeighboursWithNew
from chowk.errors import ChowkError

LIKE = {
    "n1": [("p3", 0.9), ("p7", 0.3), ("unknown", 5.0)],
    "n2": [(f"p{i}", 1.0) for i in range(9)],
    "p4": [("p3", 1.0)],
    "n3": [("unknown", 1.0)],
}
WEIGHTS = {"n1": {"p3": 0.75, "p7": 0.25}, "n2": {f"p{i}": 0.2 for i in range(5)}}
N, EACH = 12, 6


def lists(pull: float = 0.0) -> Neighbours:
    rng = np.random.default_rng(2)
    rows = [rng.permutation([i for i in range(N) if i != s])[:EACH] for s in range(N)]
    return Neighbours(
        sorted(f"p{i}" for i in range(N)), counts=rng.integers(20, 40, N), total=100,
        starts=np.arange(0, N * EACH + 1, EACH), targets=np.concatenate(rows),
        scores=rng.random(N * EACH).round(3), together=rng.integers(1, 5, N * EACH),
        pulls=np.full(N, pull), cold=pull,
    )  # fmt: skip


def pair(model: Neighbours, s: str, t: str) -> float:
    """The learned score of two known products."""
    row = slice(model.starts[model.ids.index(s)], model.starts[model.ids.index(s) + 1])
    return float(model.scores[row][model.targets[row] == model.ids.index(t)].sum())


@pytest.mark.parametrize("pull", [0.0, 0.1])
def test_a_new_product_has_the_mean_of_those_it_is_like(pull):
    model = lists(pull)
    wider = NeighboursWithNew(model, LIKE)
    ids = [*model.ids, *WEIGHTS]
    for given in (["p0"], ["n1"], ["p5", "p3"], ["p1", "n1", "p1"], ["n2", "n1", "nobody"]):
        cart = set(given)
        right = {}
        for t in ids:
            score = sum(
                a * b * pair(model, u, v)
                for s in cart
                for u, a in WEIGHTS.get(s, {s: 1.0} if s in model else {}).items()
                for v, b in WEIGHTS.get(t, {t: 1.0}).items()
            )
            if t in model:
                score += pull * len(cart) * model.shares[model.ids.index(t)]
            if t not in cart and score > 0:
                right[t] = score
        found = wider.for_basket(given, 50)
        assert dict(found) == pytest.approx(right, abs=2e-6)
        assert [x for _, x in found] == sorted((x for _, x in found), reverse=True)
        assert wider.for_basket(given, 3) == found[:3]
        assert wider.for_basket(given, 50, exclude={"n1", "p6"}) == [
            one for one in found if one[0] not in ("n1", "p6")
        ]
        assert all(wider.explain_basket(given, one) for one, _ in found)
    assert wider.recommend(["p0", "n1"], 4) == [wider.for_basket(o, 4) for o in ("p0", "n1")]
    full = wider.recommend("n1", 50, fallback=True)[0]
    assert {one for one, _ in full} >= set(model.ids)


def test_what_is_known_stays_and_later_ones_join():
    model = lists()
    wider = NeighboursWithNew(model, LIKE)
    assert [wider.takes(one) for one in ("n1", "n2", "p4", "n3")] == [True, True, False, False]
    assert wider.recommend("n3") == [[]] and wider.recommend(["nobody"]) == [[]]
    later = NeighboursWithNew(wider, {"n4": [("n1", 1.0), ("p3", 0.5)]})
    assert later.takes("n1") and later.takes("n4") and not wider.takes("n4")
    assert "n4" not in dict(wider.for_basket("p0", 50))
    with pytest.raises(ChowkError, match="'k'"):
        wider.recommend([], 0)


def test_its_reasons_are_those_of_the_pair_that_lends_most():
    model = lists()
    wider = NeighboursWithNew(model, {"new": [("p3", 1.0)]})
    source = next(one for one in model.ids if pair(model, one, "p3") > 0)
    told = model.explain(source, "p3")
    assert wider.explain(source, "new") == [f"what is like it: {told[0]}", *told[1:]]
    target = wider.recommend("new", 1)[0][0][0]
    told = model.explain("p3", target)
    assert told[0].endswith("with p3")
    assert wider.explain("new", target) == [f"what is like the one asked about: {told[0]}", told[1]]
    assert wider.explain(source, "p3") == model.explain(source, "p3")
    assert wider.explain("nobody", "new") == [] == wider.explain("new", "nobody")
