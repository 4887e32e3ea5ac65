"""Ranking on the simulated store: learned from one seed's clicks, judged on another's hidden truth.

What a query meant, how good each product is and which style is at home where are known only to the
truth folder. The gain of a product is the chance that it is opened at the top of a list by somebody
with that wish in that region; a product of another category has none. Every query is asked in every
region that buys, and NDCG@10 is the mean over queries weighted by how often each was typed.

Rows: the full ranker beside text with popularity; rankers that lack a group of features; one that
takes clicks as they come; propensities beside the true curve.

    python bench/ranking.py [--pairs 1] [--queries 300] [--json FILE]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _report import Row, arguments, emit
from chowk.learn import metrics
from chowk.learn.bootstrap import paired_interval
from chowk.sample import make
from chowk.search import SearchEngine
from chowk.search.popularity import purchases, sales
from chowk.search.propensity import propensities, shown_and_clicked
from chowk.search.propensity import weights as click_weights
from chowk.search.ranker import Ranker
from chowk.search.regional import regional_purchases
from chowk.search.training import chosen_lists, gathered

QUALITY, WISH, FIT, BIAS = 0.6, 1.4, 2.2, -2.4
K = 10


class Shop:
    """One simulated store, what its log says, and its truth."""

    def __init__(self, folder: Path, seed: int) -> None:
        with make(folder / f"s{seed}", seed=seed, images=False, events=150_000) as store:
            reader = store
            events, engine = reader.table("events"), reader.engine
            as_of = engine.scalar(purchases(events).ts.max())
            self.products = reader.arrow("products")
            self.offers = reader.arrow("offers")
            self.popularity = engine.arrow(sales(events, as_of))
            self.regional = engine.arrow(regional_purchases(events, as_of))
            self.lists = engine.arrow(chosen_lists(events, most=1500))
            self.counts = engine.arrow(shown_and_clicked(events))
            self.as_of = as_of
        truth = folder / f"s{seed}-truth"
        rows = pq.read_table(truth / "products.parquet").to_pylist()
        self.ids = [row["product_id"] for row in rows]
        self.category = np.array([row["category"] for row in rows])
        self.quality = np.array([row["quality"] for row in rows])
        self.held = [dict(row["attributes"]) for row in rows]
        self.queries = pq.read_table(truth / "queries.parquet").to_pylist()
        self.curve = pq.read_table(truth / "position_curve.parquet")["examination"].to_numpy()
        self.home: dict[tuple[str, str, str], float] = {}
        for row in pq.read_table(truth / "regional_taste.parquet").to_pylist():
            self.home[row["region"], row["category"], row["style"]] = row["logit"]
        regions = self.regional.group_by("region").aggregate([("sales", "sum")])
        ranked = regions.sort_by([("sales_sum", "descending"), ("region", "ascending")])
        self.regions = ranked["region"].to_pylist()[:6]

    def engine(self, **more: Any) -> SearchEngine:
        return SearchEngine.build(
            self.products, popularity=self.popularity, as_of=self.as_of, **more
        )

    def gains(self, query: dict[str, Any], region: str) -> dict[str, float]:
        """The gain of each product that has one."""
        found = {}
        for i in np.flatnonzero(self.category == query["category"]).tolist():
            held = self.held[i]
            liking = QUALITY * self.quality[i] + BIAS
            liking += WISH * (query["colour"] is not None and held.get("colour") == query["colour"])
            liking += WISH * (query["style"] is not None and held.get("style") == query["style"])
            liking += FIT * (query["fits"] is not None and query["fits"] in held.values())
            liking += self.home.get((region, query["category"], held.get("style", "")), 0.0)
            found[self.ids[i]] = float(1 / (1 + np.exp(-liking)))
        return found


def judged(shop: Shop, engine: SearchEngine, asked: list[tuple[dict[str, Any], str]]) -> np.ndarray:
    """NDCG@10 of each query and region."""
    gains, ideal = np.zeros((len(asked), K)), np.zeros((len(asked), K))
    for i, (query, region) in enumerate(asked):
        held = shop.gains(query, region)
        hits = engine.search(query["query"], region=region, k=K).hits
        gains[i, : len(hits)] = [held.get(hit.product_id, 0.0) for hit in hits]
        best = sorted(held.values(), reverse=True)[:K]
        ideal[i, : len(best)] = best
    return metrics.ndcg(gains, ideal)


def fitted(shop: Shop, left_out: tuple[str, ...] = (), *, corrected: bool = True) -> Ranker:
    """A ranker from a shop's clicks."""
    with shop.engine(offers=shop.offers, regional=shop.regional) as engine:
        lists = gathered(shop.lists, engine.features)
        start = engine.formula(lists.x)
    weights = np.ones(len(lists.gains))
    if corrected:
        chosen = lists.gains > 0
        weights[chosen] = click_weights(propensities(shop.counts), lists.positions[chosen])
    return Ranker.fit(
        lists.x, lists.gains, lists.groups, start=start, weights=weights, left_out=left_out
    )


def pair(folder: Path, seed: int, queries: int) -> list[Row]:
    """Learn on `seed`, judge on `seed + 1`."""
    teacher, shop = Shop(folder, seed), Shop(folder, seed + 1)
    theta = propensities(teacher.counts, places=len(teacher.curve))
    far = float(np.abs(theta - teacher.curve).max())
    rng = np.random.default_rng(seed)
    often = np.array([q["typed"] for q in shop.queries], float)
    some = rng.choice(len(often), size=queries, replace=False, p=often / often.sum())
    asked = [(shop.queries[i], shop.regions[int(rng.integers(len(shop.regions)))]) for i in some]

    def run(name: str, **more: Any) -> np.ndarray:
        start = time.perf_counter()
        with shop.engine(**more) as engine:
            found = judged(shop, engine, asked)
        print(f"  {name}: {found.mean():.4f} ({time.perf_counter() - start:.0f} s)", flush=True)
        return found

    plain = run("text with popularity")
    text = run("text alone", popularity_weight=0.0)
    both = {"offers": shop.offers, "regional": shop.regional}
    formula = run("the formula", **both)
    full = run("full ranker", ranker=fitted(teacher), **both)
    ablated = {
        "without regional sales": ("regional",),
        "without delivery": ("promise", "later"),
        "without popularity": ("popularity",),
        "without price and age": ("price", "age"),
    }
    case = f"seed {seed} to {seed + 1}, {queries} queries"
    interval = paired_interval(full, plain, seed=0)
    rows = [
        Row(
            f"{case} (difference {interval.low:+.3f} to {interval.high:+.3f})",
            "NDCG@10",
            "higher",
            float(full.mean()),
            "text with popularity",
            float(plain.mean()),
        ),
        Row(
            f"{case}: the formula",
            "NDCG@10",
            "higher",
            float(formula.mean()),
            "text",
            float(text.mean()),
        ),
        Row(
            f"{case}: propensities, farthest from the truth", "absolute", "lower", far, "bar", 0.05
        ),
    ]
    for name, left_out in ablated.items():
        value = run(name, ranker=fitted(teacher, left_out), **both)
        rows.append(
            Row(f"{case}: full", "NDCG@10", "higher", float(full.mean()), name, float(value.mean()))
        )
    naive = run("clicks as they come", ranker=fitted(teacher, corrected=False), **both)
    rows.append(
        Row(
            f"{case}: full",
            "NDCG@10",
            "higher",
            float(full.mean()),
            "clicks as they come",
            float(naive.mean()),
        )
    )
    for region in shop.regions:
        at = [i for i, (_, where) in enumerate(asked) if where == region]
        rows.append(
            Row(
                f"{case}: {region}",
                "NDCG@10",
                "higher",
                float(full[at].mean()),
                "text with popularity",
                float(plain[at].mean()),
            )
        )
    print(
        "  propensities", np.round(theta, 3).tolist(), "true", np.round(teacher.curve, 3).tolist()
    )
    return rows


def main() -> None:
    """Run the bench."""
    parser = arguments(__doc__)
    parser.add_argument("--pairs", type=int, default=1, help="pairs of seeds: 0 to 1, 2 to 3, …")
    parser.add_argument("--queries", type=int, default=300, help="queries that are judged")
    options = parser.parse_args()
    rows: list[Row] = []
    for number in range(options.pairs):
        with tempfile.TemporaryDirectory() as folder:
            rows += pair(Path(folder), 2 * number, options.queries)
    emit("ranking", rows, options.json)


if __name__ == "__main__":
    main()
