"""The served model, on pairs whose right answer is known by construction."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from chowk.discovery.neighbours import Neighbours
from chowk.errors import ArtifactError, ParameterError

IDS = ["a", "b", "c", "d", "lonely", "स"]
#: source, target, score, baskets together; a has a tie, and a pair that scores nothing.
PAIRS = [
    ("a", "b", 0.5, 3),
    ("a", "c", 0.7, 2),
    ("a", "d", 0.5, 1),
    ("a", "स", -0.1, 1),
    ("b", "a", 0.2, 3),
    ("b", "स", 0.4, 1),
    ("c", "a", 0.1, 2),
    ("स", "b", 0.3, 1),
]
COUNTS = [10, 6, 4, 4, 20, 2]
TOTAL = 40


def built(limit: int = 200, pulls: list[float] | None = None) -> Neighbours:
    code = {one: at for at, one in enumerate(IDS)}
    rows = sorted((code[s], code[t], score, n) for s, t, score, n in PAIRS)
    source, target, score, together = zip(*rows, strict=True)
    return Neighbours.best(
        IDS,
        np.array(COUNTS),
        TOTAL,
        np.array(source, np.int32),
        np.array(target, np.int32),
        np.array(score),
        np.array(together),
        pulls=None if pulls is None else np.array(pulls),
        cold=0.0 if pulls is None else 0.4,
        limit=limit,
    )


def named(ranked: list[tuple[str, float]]) -> list[str]:
    return [product for product, _ in ranked]


@pytest.fixture(params=["built", "saved"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Neighbours:
    """Every test is also one of a model that went through the disk."""
    if request.param == "built":
        return built()
    built().save(tmp_path)
    return Neighbours.load(tmp_path)


def test_best_first_ties_by_id(model: Neighbours) -> None:
    [found] = model.recommend(["a"])
    assert named(found) == ["c", "b", "d"]
    assert [score for _, score in found] == pytest.approx([0.7, 0.5, 0.5])


def test_direction(model: Neighbours) -> None:
    assert named(model.recommend("b")[0]) == ["स", "a"]
    assert named(model.recommend("स")[0]) == ["b"]


def test_many_at_once_equal_one_by_one(model: Neighbours) -> None:
    asked = [*IDS, "unknown", "a"]
    assert model.recommend(asked, 2) == [model.recommend(one, 2)[0] for one in asked]


def test_exclude_and_k(model: Neighbours) -> None:
    assert named(model.recommend("a", 2)[0]) == ["c", "b"]
    assert named(model.recommend("a", exclude={"c", "unknown"})[0]) == ["b", "d"]
    assert named(model.recommend("a", 1000)[0]) == ["c", "b", "d"]


def test_an_unknown_product_has_no_relations(model: Neighbours) -> None:
    assert model.recommend(["unknown", "lonely"]) == [[], []]
    assert model.for_basket([]) == [] and model.for_basket(["unknown"]) == []


def test_fallback_fills_with_what_is_bought_most(model: Neighbours) -> None:
    [filled] = model.recommend("a", 5, exclude=["d"], fallback=True)
    # lonely 20, then what is left in the order of counts; never a itself, never d.
    assert named(filled) == ["c", "b", "lonely", "स"]
    assert [score for _, score in filled[2:]] == [0, 0]
    [cold] = model.recommend("unknown", 3, fallback=True)
    assert named(cold) == ["lonely", "a", "b"]
    assert model.explain("unknown", "lonely") == ["popular: in 20 of 40 orders"]


def test_a_basket_is_the_sum_over_its_products(model: Neighbours) -> None:
    scores: dict[str, float] = {}
    given = ["a", "b", "unknown"]
    for source, target, score, _ in PAIRS:
        if source in given and target not in given and score > 0:
            scores[target] = scores.get(target, 0) + score
    expected = sorted(scores, key=lambda one: (-scores[one], one))
    found = model.for_basket(given)
    assert named(found) == expected
    assert [score for _, score in found] == pytest.approx([scores[one] for one in expected])


def test_a_basket_has_no_order_and_no_doubles(model: Neighbours) -> None:
    answers = [model.for_basket(list(p)) for p in itertools.permutations(["a", "b", "स", "c"])]
    assert all(answer == answers[0] for answer in answers)
    assert model.for_basket(["a", "a"]) == model.for_basket(["a"]) == model.recommend("a")[0]


def test_reasons_are_the_counts(model: Neighbours) -> None:
    # 3 of a's 10 orders hold b; by chance it would be 10 * 6 / 40 = 1.5 orders.
    assert model.explain("a", "b") == [
        "bought together in 3 of 10 orders with a",
        "2.0 times as often as chance",
    ]
    assert model.explain("b", "a") == [
        "bought together in 3 of 6 orders with b",
        "2.0 times as often as chance",
    ]
    assert model.explain("a", "unknown") == []
    assert model.explain("a", "lonely") == ["popular: in 20 of 40 orders"]


def test_a_basket_s_reason_is_its_strongest_product(model: Neighbours) -> None:
    assert model.explain_basket(["c", "b", "a"], "स") == model.explain("b", "स")
    assert model.explain_basket(["c", "d"], "lonely") == ["popular: in 20 of 40 orders"]
    assert model.explain_basket(["a"], "unknown") == []


def rows_of(baskets: list[list[int]]) -> sparse.csr_array:
    rows = [row for row, held in enumerate(baskets) for _ in held]
    columns = [code for held in baskets for code in held]
    shape = (len(baskets), len(IDS))
    return sparse.csr_array((np.ones(len(rows), np.int8), (rows, columns)), shape=shape)


def test_codes_are_padded(model: Neighbours) -> None:
    ranked = model.rank(rows_of([[0], []]), 5, np.array([0, 0]))
    assert ranked.tolist() == [[2, 1, 3, -1, -1], [-1] * 5]


def test_a_model_of_nothing_ranks_nothing() -> None:
    none = np.empty(0, np.int32)
    model = Neighbours.best([], none, 0, none, none, none.astype(np.float64), none)
    # Sparse matrices have at least one column.
    nobody = sparse.csr_array((2, 1), dtype=np.int8)
    assert model.rank(nobody, 3, np.array([1, 0])).tolist() == [[-1] * 3] * 2


@settings(max_examples=60)
@given(
    pulls=st.sampled_from([None, [0.5, 0.0, 0.25, 1.0, 0.1, 0.3]]),
    baskets=st.lists(
        st.tuples(st.sets(st.integers(0, len(IDS) - 1)), st.integers(0, 2)), min_size=1, max_size=8
    ),
    k=st.integers(1, 8),
)
def test_many_baskets_are_ranked_as_one_by_one(
    pulls: list[float] | None, baskets: list[tuple[set[int], int]], k: int
) -> None:
    model = built(pulls=pulls)
    held = [sorted(codes) for codes, _ in baskets]
    ranked = model.rank(rows_of(held), k, np.array([unknown for _, unknown in baskets]))
    for row, codes, (_, unknown) in zip(ranked.tolist(), held, baskets, strict=True):
        given = [IDS[code] for code in codes] + [f"new {n}" for n in range(unknown)]
        assert [IDS[code] for code in row if code >= 0] == named(model.for_basket(given, k))


@settings(max_examples=60)
@given(
    scores=st.lists(st.integers(-1, 4), min_size=1, max_size=30),
    limit=st.integers(1, 6),
    pull=st.sampled_from([0.0, 0.5]),
)
def test_the_limit_is_that_of_a_whole_sort(scores: list[int], limit: int, pull: float) -> None:
    """Equals at the last place are cut in the order of ids, as a sort of all pairs would."""
    n = len(scores) + 1
    counts = np.arange(1, n + 1)
    model = Neighbours.best(
        [f"{i:03}" for i in range(n)],
        counts,
        100,
        np.zeros(len(scores), np.int32),
        np.arange(1, n, dtype=np.int32),
        np.array(scores) / 4,
        np.ones(len(scores), np.int32),
        pulls=np.full(n, pull),
        limit=limit,
    )
    worth = {t: scores[t - 1] / 4 + pull * counts[t] / 100 for t in range(1, n)}
    expected = sorted((t for t in worth if scores[t - 1] > 0), key=lambda t: (-worth[t], t))
    assert model.targets.tolist() == expected[:limit]


def test_a_limit_keeps_the_best() -> None:
    assert named(built(limit=2).recommend("a")[0]) == ["c", "b"]
    assert named(built(limit=1).recommend("b")[0]) == ["स"]


@pytest.mark.parametrize("k", [0, 1001, 2.0, True, "3"])
def test_k_has_limits(model: Neighbours, k: object) -> None:
    with pytest.raises(ParameterError, match=r"'k' parameter of recommend must be an int in \[1"):
        model.recommend("a", k)  # type: ignore[arg-type]


def test_ids_are_text(model: Neighbours) -> None:
    with pytest.raises(ParameterError, match=r"'ids' parameter of for_basket.*Got 7 instead"):
        model.for_basket(["a", 7])  # type: ignore[list-item]


# -- with popularity ------------------------------------------------------------------------------


def some_baskets(seed: int) -> list[set[str]]:
    """Thirty baskets of one to four of nine products; low letters are bought more."""
    rng = random.Random(seed)
    return [
        {"abcdefghi"[int(9 * rng.random() ** 2)] for _ in range(rng.randint(1, 4))}
        for _ in range(30)
    ]


def shrunk(baskets: list[set[str]], s: float) -> Neighbours:
    """The model of `shrunk s`, its counts made by loops."""
    ids = sorted(set().union(*baskets))
    counts = np.array([sum(one in basket for basket in baskets) for one in ids])
    rows = [
        (i, j, sum({ids[i], ids[j]} <= basket for basket in baskets))
        for i, j in itertools.permutations(range(len(ids)), 2)
    ]
    source, target, both = np.array([row for row in rows if row[2]]).T
    return Neighbours.best(
        ids,
        counts,
        len(baskets),
        source.astype(np.int32),
        target.astype(np.int32),
        both / (counts[source] + s),
        both,
        pulls=s / (counts + s),
        cold=1.0,
    )


def by_formula(baskets: list[set[str]], s: float, given: list[str], k: int) -> dict[str, float]:
    """The sum over i of n_ij / (n_i + s) + s / (n_i + s) p_j, of every product, the k best."""
    total: dict[str, float] = {}
    for j in set().union(*baskets) - set(given):
        share = sum(j in basket for basket in baskets) / len(baskets)
        for i in given:
            n_i = sum(i in basket for basket in baskets)
            n_ij = sum({i, j} <= basket for basket in baskets)
            total[j] = total.get(j, 0.0) + n_ij / (n_i + s) + s / (n_i + s) * share
    best = sorted(total, key=lambda one: (-round(total[one], 6), one))[:k]
    return {one: total[one] for one in best}


@pytest.mark.parametrize("s", [0.5, 2.0, 50.0])
@pytest.mark.parametrize("seed", range(4))
def test_shrunk_scores_are_the_formula_s(seed: int, s: float, tmp_path: Path) -> None:
    baskets = some_baskets(seed)
    built = shrunk(baskets, s)
    built.save(tmp_path)
    for model in (built, Neighbours.load(tmp_path)):
        for asked in (["a"], ["i"], ["a", "d"], ["c", "never bought"], ["new"], ["new", "newer"]):
            for k in (1, 3, 20):
                expected = by_formula(baskets, s, asked, k)
                found = model.for_basket(asked, k)
                assert named(found) == list(expected)
                assert [x for _, x in found] == pytest.approx(list(expected.values()), abs=2e-6)
        assert model.recommend(["a", "new"], 3) == [
            model.for_basket(["a"], 3),
            model.for_basket(["new"], 3),
        ]


def test_what_is_excluded_does_not_shorten_the_popular(tmp_path: Path) -> None:
    model = shrunk(some_baskets(0), 2.0)
    order = named(model.for_basket(["new"], 20))
    assert named(model.for_basket(["new"], 3, exclude=order[:4])) == order[4:7]
    assert model.for_basket([]) == []


def test_popularity_is_never_called_togetherness() -> None:
    # bread is in 8 of 10 baskets; tea was bought with milk only, twice.
    baskets = [{"bread"}] * 8 + [{"tea", "milk"}] * 2
    model = shrunk(baskets, 2.0)
    assert named(model.recommend("tea", 2)[0]) == ["milk", "bread"]
    assert model.explain("tea", "bread") == ["popular: in 8 of 10 orders"]
    assert model.explain("tea", "milk") == [
        "bought together in 2 of 2 orders with tea",
        "5.0 times as often as chance",
    ]
    assert model.explain("new", "bread") == ["popular: in 8 of 10 orders"]
    assert model.explain_basket(["tea", "milk"], "bread") == ["popular: in 8 of 10 orders"]
    # Together once, but it is popularity that put it there.
    model = shrunk([*baskets, {"tea", "bread"}], 50.0)
    assert model.explain("tea", "bread") == [
        "bought together in 1 of 3 orders with tea",
        "0.4 times as often as chance",
        "popular: in 9 of 11 orders",
    ]


def test_no_products_at_all(tmp_path: Path) -> None:
    none = np.zeros(0, np.int32)
    empty = Neighbours.best([], none, 0, none, none, np.zeros(0), none)
    empty.save(tmp_path)
    for model in (empty, Neighbours.load(tmp_path)):
        assert model.recommend(["a"], fallback=True) == [[]]


def test_damage_is_one_sentence(tmp_path: Path) -> None:
    built().save(tmp_path)
    (tmp_path / "scores.npy").write_bytes(b"nonsense")
    with pytest.raises(ArtifactError, match=r"related model in .* cannot be read.*chowk build"):
        Neighbours.load(tmp_path)
