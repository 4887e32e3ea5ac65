"""New products as targets of what goes with others: means of those like them, by brute force."""

from __future__ import annotations

import numpy as np
import pytest

from chowk.discovery.directed import Directed
from chowk.discovery.directed_new import WithNew

LIKE = {
    "n1": [("p3", 0.9), ("p7", 0.3), ("unknown", 5.0)],
    "n2": [(f"p{i}", 1.0) for i in range(9)],
    "p4": [("p3", 1.0)],
    "n3": [("unknown", 1.0)],
}


@pytest.fixture(scope="module")
def lists() -> Directed:
    rng = np.random.default_rng(2)
    n, each = 12, 6
    ids = sorted(f"p{i}" for i in range(n))
    targets = np.array(
        [t for s in range(n) for t in rng.permutation([i for i in range(n) if i != s])[:each]]
    )
    order, usual, together = rng.random((3, n * each)).round(3)
    times, none = rng.integers(1, 5, n * each), np.zeros(n * each, dtype=int)
    return Directed(
        ids, starts=np.arange(0, n * each + 1, each), targets=targets, order=order, usual=usual,
        together=together, times=times, baskets=times, led=none, kinds=np.full(n, -1), names=[],
        taken=np.arange(n),
    )  # fmt: skip


def test_a_new_product_has_the_mean_of_those_it_is_like(lists):
    wider = WithNew(lists, LIKE)
    weights = {"n1": {"p3": 0.75, "p7": 0.25}, "n2": {f"p{i}": 0.2 for i in range(5)}}
    for given in (["p0"], ["p5", "p3"], ["p1", "p2", "p8", "p1"]):
        cart = list(dict.fromkeys(given))
        right = dict(lists.for_basket(given, 50))
        for new, lenders in weights.items():
            right[new] = sum(w * lists.score(s, t) for t, w in lenders.items() for s in cart)
        found = wider.for_basket(given, 50)
        assert dict(found) == pytest.approx({one: x for one, x in right.items() if x > 0}, abs=1e-8)
        assert [x for _, x in found] == sorted((x for _, x in found), reverse=True)
        assert wider.for_basket(given, 3) == found[:3]
        without = wider.for_basket(given, 50, exclude={"n1", "p6"})
        assert without == [pair for pair in found if pair[0] not in ("n1", "p6")]
    assert wider.score("p0", "n1") == pytest.approx(
        0.75 * lists.score("p0", "p3") + 0.25 * lists.score("p0", "p7")
    )
    assert wider.recommend("n1") == [[]] and wider.recommend("nobody") == [[]]


def test_what_is_known_stays_and_later_ones_join(lists):
    wider = WithNew(lists, LIKE)
    assert [wider.takes(one) for one in ("n1", "n2", "p4", "n3")] == [True, True, False, False]
    assert wider.score("p0", "p4") == lists.score("p0", "p4")
    later = WithNew(wider, {"n4": [("n1", 1.0), ("p3", 0.5)]})
    assert later.takes("n1") and later.score("p0", "n4") == lists.score("p0", "p3")
    assert "n4" not in dict(wider.for_basket("p0", 50)) and not wider.takes("n4")


def test_its_reasons_are_those_of_one_it_is_like(lists):
    wider = WithNew(lists, LIKE)
    source = next(one for one in lists.ids if lists.score(one, "p3") > 0)
    told, known = wider.explain(source, "n1"), lists.explain(source, "p3")
    assert told and [str(r) for r in told] == [f"what is like it: {r}" for r in known]
    assert all(a.fall == pytest.approx(0.75 * b.fall) for a, b in zip(told, known, strict=True))
    assert sum(r.fall for r in told) <= wider.score(source, "n1") + 1e-9
    assert wider.explain(source, "p4") == lists.explain(source, "p4")
    assert wider.explain("nobody", "n1") == []
