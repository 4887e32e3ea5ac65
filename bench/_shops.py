"""A simulated store as search benches need it: tables, what its log says, and its hidden truth.

The gain of a product for a query is the chance that it is opened at the top of a list by somebody
with that wish in that region; a product of another category has none. What the query meant, how
good each product is and which style is at home where are read from the truth folder.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chowk.learn import metrics
from chowk.sample import make
from chowk.search import SearchEngine
from chowk.search.intent import Intent
from chowk.search.offering import rank
from chowk.search.popularity import purchases, sales
from chowk.search.propensity import propensities, shown_and_clicked
from chowk.search.propensity import weights as click_weights
from chowk.search.ranker import Ranker
from chowk.search.regional import regional_purchases
from chowk.search.training import Lists, chosen_lists, gathered
from chowk.search.wording import chosen_for, learned_terms

K = 10
REGIONS = 6
LISTS = 1500
Asked = list[tuple[dict[str, Any], str]]


class Log:
    """What the events of a store say, or of some of its regions."""

    def __init__(self, events: Any, engine: Any) -> None:
        as_of = engine.scalar(purchases(events).ts.max())
        self.as_of = as_of
        self.popularity = engine.arrow(sales(events, as_of))
        self.regional = engine.arrow(regional_purchases(events, as_of))
        self.lists = engine.arrow(chosen_lists(events, most=LISTS))
        self.counts = engine.arrow(shown_and_clicked(events))
        self.chosen = engine.arrow(chosen_for(events))


class Shop:
    """One simulated store."""

    def __init__(self, folder: Path, seed: int, *, without: str | None = None) -> None:
        path = folder / f"s{seed}"
        if path.is_dir():
            import chowk

            opened = chowk.open(path)
        else:
            opened = make(path, seed=seed, images=False, events=150_000)
        with opened as store:
            events = store.table("events")
            self.products, self.offers = store.arrow("products"), store.arrow("offers")
            self.log = Log(events, store.engine)
            regions = self.log.regional.group_by("region").aggregate([("sales", "sum")])
            ranked = regions.sort_by([("sales_sum", "descending"), ("region", "ascending")])
            self.regions = ranked["region"].to_pylist()[:REGIONS]
            self.parts: dict[str, Log] = {}
            if without is not None:
                self.parts = self._parted(events, store.engine, self.regions[int(without)])
        self._truth(folder / f"s{seed}-truth")

    def _parted(self, events: Any, engine: Any, region: str) -> dict[str, Log]:
        """The log of a region, of all others, and of all others with half of the region's
        sessions."""
        here = events.region == region
        half = events.session_id.length() >= 0
        some = events.filter(here).select("session_id").distinct()
        names = sorted(engine.arrow(some)["session_id"].to_pylist())
        half = events.session_id.isin(names[::2])
        return {
            "its own": Log(events.filter(here), engine),
            "others": Log(events.filter(~here), engine),
            "others and half": Log(events.filter(~here | half), engine),
        }

    def _truth(self, truth: Path) -> None:
        rows = pq.read_table(truth / "products.parquet").to_pylist()
        self.ids = [row["product_id"] for row in rows]
        self.category = np.array([row["category"] for row in rows])
        self.quality = np.array([row["quality"] for row in rows])
        self.held = [dict(row["attributes"]) for row in rows]
        self.queries = pq.read_table(truth / "queries.parquet").to_pylist()
        self.words = pq.read_table(truth / "words.parquet").to_pylist()
        self.curve = pq.read_table(truth / "position_curve.parquet")["examination"].to_numpy()
        self.numbers = json.loads((truth / "parameters.json").read_text("utf-8"))["parameters"]
        self.home: dict[tuple[str, str, str], float] = {}
        for row in pq.read_table(truth / "regional_taste.parquet").to_pylist():
            self.home[row["region"], row["category"], row["style"]] = row["logit"]
        best: dict[tuple[str, str], dict[str, Any]] = {}
        for offer in self.offers.to_pylist():
            key = offer["product_id"], offer["region"]
            if key not in best or rank(offer) < rank(best[key]):
                best[key] = offer
        self._hours = {key: float(offer["delivery_hours"]) for key, offer in best.items()}

    def learned(self) -> tuple[list[dict[str, Any]], Intent]:
        """What words stand for and queries are for, from this shop's log."""
        terms = learned_terms(self.log.chosen, self.products)
        rows = [{"term": t.term, "stands_for": t.stands_for, "weight": t.weight} for t in terms]
        return rows, Intent.learned(self.products, self.log.chosen)

    def engine(self, log: Log | None = None, **more: Any) -> SearchEngine:
        """An engine that knows the sales; what it knows besides is given."""
        log = log or self.log
        return SearchEngine.build(
            self.products, **{"popularity": log.popularity, "as_of": log.as_of, **more}
        )

    def asked(self, seed: int, queries: int, region: str | None = None) -> Asked:
        """Queries as often as they are typed, each in one of the regions that buy most."""
        rng = np.random.default_rng(seed)
        often = np.array([q["typed"] for q in self.queries], float)
        some = rng.choice(len(often), size=queries, replace=False, p=often / often.sum())
        where = [region or self.regions[int(rng.integers(len(self.regions)))] for _ in some]
        return [(self.queries[i], place) for i, place in zip(some.tolist(), where, strict=True)]

    def hours(self, product_id: str, region: str) -> float:
        """The promise in a region, or in its country."""
        country = region.partition("/")[0]
        found = self._hours.get((product_id, region), self._hours.get((product_id, country)))
        return 1e6 if found is None else found

    def gains(self, query: dict[str, Any], region: str) -> dict[str, float]:
        """The gain of each product that has one."""
        numbers, found = self.numbers, {}
        for i in np.flatnonzero(self.category == query["category"]).tolist():
            held = self.held[i]
            liking = numbers["quality"] * self.quality[i] + numbers["click_bias"]
            for name in ("colour", "style"):
                wanted = query[name]
                liking += numbers["wish"] * (wanted is not None and held.get(name) == wanted)
            fits = query["fits"] is not None and query["fits"] in held.values()
            liking += numbers["fit"] * fits
            liking += self.home.get((region, query["category"], held.get("style", "")), 0.0)
            soon = np.log2(96.0 / self.hours(self.ids[i], region))
            liking += numbers["delivery"] * float(np.clip(soon, -2.0, 2.0))
            found[self.ids[i]] = float(1 / (1 + np.exp(-liking)))
        return found


def judged(shop: Shop, engine: SearchEngine, asked: Asked, **more: Any) -> np.ndarray:
    """NDCG@10 of each query and region."""
    gains, ideal = np.zeros((len(asked), K)), np.zeros((len(asked), K))
    for i, (query, region) in enumerate(asked):
        held = shop.gains(query, region)
        hits = engine.search(query["query"], region=region, k=K, **more).hits
        gains[i, : len(hits)] = [held.get(hit.product_id, 0.0) for hit in hits]
        best = sorted(held.values(), reverse=True)[:K]
        ideal[i, : len(best)] = best
    return metrics.ndcg(gains, ideal)


class Lesson(NamedTuple):
    """The lists of a log with their features, the formula's scores, and the propensities."""

    lists: Lists
    start: np.ndarray
    theta: np.ndarray


def lesson(shop: Shop, log: Log | None = None, **more: Any) -> Lesson:
    """What a ranker learns from, as an engine sees it that knows what is given."""
    log = log or shop.log
    with shop.engine(log, offers=shop.offers, regional=log.regional, **more) as engine:
        lists = gathered(log.lists, engine.features)
        return Lesson(lists, engine.formula(lists.x), propensities(log.counts))


def fitted(learned: Lesson, left_out: tuple[str, ...] = (), *, corrected: bool = True) -> Ranker:
    """A ranker from a shop's clicks."""
    lists = learned.lists
    weights = np.ones(len(lists.gains))
    if corrected:
        chosen = lists.gains > 0
        weights[chosen] = click_weights(learned.theta, lists.positions[chosen])
    return Ranker.fit(
        lists.x,
        lists.gains,
        lists.groups,
        start=learned.start,
        weights=weights,
        left_out=left_out,
    )


def no_terms() -> pa.Table:
    """An empty table of words that stand for others."""
    return pa.table({"term": pa.array([], pa.string()), "stands_for": pa.array([], pa.string())})
