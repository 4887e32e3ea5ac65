"""Lists that shoppers saw and what they chose become a ranker, if it holds on lists left out.

In go rows of lists (query, region, product, place, gain); out come a `Ranker` and how it did on
lists that it was not fitted on, each quarter judged by a ranker fitted on the other three, beside
the fixed formula. A ranker is used when choices are surely likelier by it than by the best line
through the formula's scores (95 % of a paired bootstrap over lists), and NDCG is not surely lower;
price and age are, when choices are surely likelier with them. Gains: opened 1, put into the basket
2, bought 4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chowk.errors import InputError, SchemaError
from chowk.learn import metrics
from chowk.learn.bootstrap import paired_interval
from chowk.store.relational import relational

from .arguments import finite
from .propensity import weights as click_weights
from .ranker import FEATURES, Looked, Ranker

if TYPE_CHECKING:
    import ibis

#: Lists that are learned from, the latest in which something was chosen.
MOST_LISTS = 1000
#: With fewer, nothing is learned.
LEAST_LISTS = 200
FOLDS = 4
GAINS = {"select_item": 1, "view_item": 1, "add_to_cart": 2, "purchase": 4}

LISTS = pa.schema(
    [
        ("query_id", pa.string()),
        ("query", pa.string()),
        ("region", pa.string()),
        ("product_id", pa.string()),
        ("position", pa.int64()),
        ("gain", pa.int64()),
    ]
)

Floats = NDArray[np.float64]
#: From a query, a region and product_ids to [products, features]; nan rows where one is gone.
Features = Callable[[str, str | None, list[str]], Floats]


@relational("events")
def chosen_lists(events: ibis.Table, *, most: int = MOST_LISTS) -> ibis.Table:
    """The latest searches in which something was chosen, with all that was shown.

    Returns
    -------
    query_id, query, region, product_id, position, gain
    """
    import ibis

    linked = events.filter(events.query_id.notnull())
    asked = linked.filter(linked.kind == "search")
    asked = asked.group_by("query_id").agg(
        text=lambda t: t["query"].max(), region=lambda t: t.region.max()
    )
    asked = asked.filter(asked.text.notnull())
    chosen = linked.filter(linked.kind.isin(tuple(GAINS)) & linked.product_id.notnull())
    chosen = chosen.select(
        "query_id",
        "product_id",
        "ts",
        gain=ibis.cases(*[(chosen.kind == kind, gain) for kind, gain in GAINS.items()], else_=0),
    )
    latest = chosen.group_by("query_id").agg(ts=lambda t: t.ts.max())
    latest = latest.order_by(latest.ts.desc(), latest.query_id).limit(most).select("query_id")
    shown = (
        linked.filter(
            (linked.kind == "view_item_list")
            & linked.product_id.notnull()
            & linked.position.notnull()
        )
        .group_by("query_id", "product_id")
        .agg(position=lambda t: t.position.min())
    )
    shown = shown.inner_join(latest, "query_id")
    best = chosen.group_by("query_id", "product_id").agg(gain=lambda t: t.gain.max())
    best = best.rename(chosen_query="query_id", chosen_product="product_id")
    joined = shown.left_join(
        best,
        (shown.query_id == best.chosen_query) & (shown.product_id == best.chosen_product),
    ).select("query_id", "product_id", "position", gain=best.gain.fill_null(0))
    return joined.inner_join(asked, "query_id").rename(query="text")


class Trained(NamedTuple):
    """A ranker, or None and why; NDCG@10 of it and of the formula on lists left out."""

    ranker: Ranker | None
    why: str
    lists: int = 0
    learned: float = 0.0
    formula: float = 0.0


#: Features that are tried and left out unless they help: what a price or an age is worth depends
#: on the store.
TRIED = ("price", "age")


class Lists(NamedTuple):
    """Lists as arrays: the rows of a list lie one after the other."""

    x: Floats
    gains: NDArray[np.int64]
    positions: NDArray[np.int64]
    groups: NDArray[np.int64]


def gathered(rows: pa.Table, features: Features) -> Lists:
    """The features of what was shown in each list."""
    table = rows.sort_by([("query_id", "ascending"), ("position", "ascending")])
    lists: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        lists.setdefault(row["query_id"], []).append(row)
    xs, gains, positions, groups = [], [], [], []
    for shown in lists.values():
        ids = [str(row["product_id"]) for row in shown]
        x = features(str(shown[0]["query"]), shown[0]["region"], ids)
        there = ~np.isnan(x[:, 0])
        gain = np.array([row["gain"] for row in shown], np.int64)[there]
        if there.sum() > 1 and gain.any():
            xs.append(x[there])
            gains.append(gain)
            positions.append(np.array([row["position"] for row in shown], np.int64)[there])
            groups.append(int(there.sum()))
    if not xs:
        empty = np.zeros(0, np.int64)
        return Lists(np.zeros((0, len(FEATURES))), empty, empty, empty)
    return Lists(
        np.concatenate(xs), np.concatenate(gains), np.concatenate(positions), np.array(groups)
    )


def _grade(relevance: Any) -> float:
    """A judgment as a number; 0 where none is given."""
    found = finite(relevance)
    if found is None:
        raise InputError(
            f"judgments: a relevance must be a finite number. Got {relevance!r} instead. Correct "
            "it, or leave the row out."
        )
    return found


def judged_lists(
    rows: pa.Table, candidates: Callable[[str], list[str]], features: Features
) -> Lists:
    """Lists of what was judged and what the engine finds for the same queries."""
    for column in ("query", "product_id", "relevance"):
        if column not in rows.column_names:
            raise SchemaError(f"judgments needs the column {column!r}. Add it.")
    judged: dict[str, dict[str, int]] = {}
    for row in rows.select(["query", "product_id", "relevance"]).to_pylist():
        if row["query"] and row["product_id"] is not None:
            gain = int(np.clip(round(_grade(row["relevance"])), 0, 30))
            judged.setdefault(row["query"], {})[str(row["product_id"])] = gain
    lists = []
    for number, (query, gains) in enumerate(sorted(judged.items())):
        ids = [*gains, *(one for one in candidates(query) if one not in gains)]
        for place, product_id in enumerate(ids):
            lists.append(
                {
                    "query_id": f"{number:08d}",
                    "query": query,
                    "region": None,
                    "product_id": product_id,
                    "position": place + 1,
                    "gain": gains.get(product_id, 0),
                }
            )
    return gathered(pa.Table.from_pylist(lists, schema=LISTS), features)


def train(
    lists: Lists,
    theta: Floats | None,
    *,
    formula: Callable[[Floats], Floats],
    seed: int,
    judged: bool = False,
    left_out: Sequence[str] = (),
) -> Trained:
    """Judge each quarter of the lists by what the others teach, then fit on all.

    theta : the propensities of places; None when all places are looked at alike.
    formula : the scores that the ranker has to beat, from features.
    judged : whether gains are people's grades, not choices.
    left_out : features that are not to be used (for ablations).
    """
    n = len(lists.groups)
    if n < LEAST_LISTS:
        return Trained(None, f"{n} lists with a choice; {LEAST_LISTS} are needed", n)
    counts = np.ones(len(lists.gains))
    if theta is not None:
        chosen = lists.gains > 0
        counts[chosen] = click_weights(theta, lists.positions[chosen])
    seen = None if judged else _looked(lists.positions, theta)
    quarter = np.random.default_rng(seed).permutation(n) % FOLDS
    fixed = formula(lists.x)
    every = np.ones(n, bool)

    def fitted(some: NDArray[np.bool_], out: Sequence[str]) -> Ranker:
        rows = np.repeat(some, lists.groups)
        return Ranker.fit(
            lists.x[rows],
            lists.gains[rows],
            lists.groups[some],
            start=fixed[rows],
            theta=None if seen is None else seen[rows],
            seed=seed,
            left_out=out,
        )

    def scored(out: Sequence[str]) -> Floats:
        """Each list by a ranker that has not seen it."""
        scores = np.zeros(len(fixed))
        for fold in range(FOLDS):
            rows = np.repeat(quarter == fold, lists.groups)
            scores[rows] = fitted(quarter != fold, out).score(lists.x[rows], fixed[rows])
        return scores

    def likely(scores: Floats) -> Floats:
        """The log-likelihood of each list by the line through scores that others' lists give."""
        found = np.zeros(n)
        for fold in range(FOLDS):
            mine = np.repeat(quarter == fold, lists.groups)
            a, b = _seen(lists, seen, ~mine).line(scores[~mine])
            cost = _seen(lists, seen, mine).cost(a * scores[mine] + b)
            sizes = lists.groups[quarter == fold]
            found[quarter == fold] = -np.add.reduceat(cost, np.cumsum(sizes) - sizes)
        return found

    def ndcg(scores: Floats) -> Floats:
        return _ndcg(scores, lists.gains * counts, lists.groups)

    measure = ndcg if judged else likely
    better: tuple[str, ...] = (*left_out, *TRIED)
    mine, other = scored(better), scored(left_out)
    if paired_interval(measure(other), measure(mine), seed=seed).low > 0:
        better, mine = tuple(left_out), other
    ours, theirs = ndcg(mine), ndcg(fixed)
    learned, base = float(ours.mean()), float(theirs.mean())
    sure = paired_interval(measure(mine), measure(fixed), seed=seed).low > 0
    if not sure or paired_interval(ours, theirs, seed=seed).high < 0:
        why = (
            f"not surely above the formula on lists left out: NDCG@10 {learned:.3f} and {base:.3f}"
        )
        return Trained(None, why, n, learned, base)
    return Trained(fitted(every, better), "", n, learned, base)


def _seen(lists: Lists, seen: Floats | None, rows: NDArray[np.bool_]) -> Looked:
    theta = np.ones(len(lists.gains)) if seen is None else seen
    return Looked(lists.gains[rows].astype(np.float64), theta[rows])


def _looked(positions: NDArray[np.int64], theta: Floats | None) -> Floats:
    """The chance that each row was looked at."""
    if theta is None:
        return np.ones(len(positions))
    found: Floats = theta[np.clip(positions, 1, len(theta)) - 1]
    return found


def _ndcg(scores: Floats, gains: Floats, groups: NDArray[np.int64], k: int = 10) -> Floats:
    ranked = np.zeros((len(groups), k))
    ideal = np.zeros((len(groups), k))
    start = 0
    for i, size in enumerate(groups.tolist()):
        gain = gains[start : start + size]
        order = np.argsort(-scores[start : start + size], kind="stable")[:k]
        ranked[i, : len(order)] = gain[order]
        best = np.sort(gain)[::-1][:k]
        ideal[i, : len(best)] = best
        start += size
    return metrics.ndcg(ranked, ideal)
