"""A simulated store as search benches need it: tables, what its log says, and its hidden truth.

The gain of a product for a query is the chance that it is opened at the top of a list by a customer
of that region with that wish, averaged over customers; a product of another category has none. What
queries meant is read from the truth folder, what customers like from the simulated market itself.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chowk.learn import metrics
from chowk.sample import make
from chowk.sample.goods import AT_HOME, GOODS, KEYS
from chowk.sample.market import Market
from chowk.sample.places import NAMES
from chowk.sample.world import world
from chowk.search import SearchEngine
from chowk.search.intent import Intent
from chowk.search.popularity import purchases, sales
from chowk.search.propensity import propensities, shown_and_clicked
from chowk.search.ranker import Ranker
from chowk.search.regional import regional_choices
from chowk.search.training import Lists, chosen_lists, gathered, train
from chowk.search.wording import chosen_for, learned_terms

K = 10
REGIONS = 6
LISTS = 1500
#: Customers of a region over whom a gain is averaged.
CUSTOMERS = 100
Asked = list[tuple[dict[str, Any], str]]


class Log:
    """What the events of a store say, or of some of its regions."""

    def __init__(self, events: Any, engine: Any) -> None:
        as_of = engine.scalar(purchases(events).ts.max())
        self.as_of = as_of
        self.popularity = engine.arrow(sales(events, as_of))
        self.regional = engine.arrow(regional_choices(events, as_of))
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
        self._truth(folder / f"s{seed}-truth", seed)

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

    def _truth(self, truth: Path, seed: int) -> None:
        rows = pq.read_table(truth / "products.parquet").to_pylist()
        self.ids = [row["product_id"] for row in rows]
        self.category = np.array([row["category"] for row in rows])
        self.held = [dict(row["attributes"]) for row in rows]
        self.queries = pq.read_table(truth / "queries.parquet").to_pylist()
        self.words = pq.read_table(truth / "words.parquet").to_pylist()
        self.curve = pq.read_table(truth / "position_curve.parquet")["examination"].to_numpy()
        self.market = Market(world(seed=seed))
        people = self.market.world.folk
        rng = np.random.default_rng(seed)
        #: Categories and regions in which one of their styles is at home.
        self.local = {
            (GOODS[KEYS.index(key)].path, region)
            for (key, _), regions in AT_HOME.items()
            for region in regions
        }
        self._gains: dict[tuple[Any, ...], dict[str, float]] = {}
        self.customers = {}
        for place, name in enumerate(NAMES):
            here = np.flatnonzero(people.region == place)
            often = people.activity[here] / people.activity[here].sum()
            self.customers[name] = rng.choice(here, size=CUSTOMERS, p=often)

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

    def local_wishes(self, seed: int, queries: int) -> Asked:
        """Queries that name no style, where their category has one at home."""
        rng = np.random.default_rng(seed)
        every = [
            (query, region)
            for query in self.queries
            for region in self.regions
            if (query["category"], region) in self.local and query["style"] is None
        ]
        often = np.array([query["typed"] for query, _ in every], float)
        size = min(queries, len(every))
        some = rng.choice(len(every), size=size, replace=False, p=often / often.sum())
        return [every[i] for i in some.tolist()]

    def gains(self, query: dict[str, Any], region: str) -> dict[str, float]:
        """The gain of each product that has one: the mean over customers of the region."""
        wish = tuple(query[name] for name in ("category", "colour", "style", "fits"))
        if (*wish, region) not in self._gains:
            self._gains[(*wish, region)] = self._gains_of(query, region)
        return self._gains[(*wish, region)]

    def _gains_of(self, query: dict[str, Any], region: str) -> dict[str, float]:
        market = self.market
        numbers, place = market.numbers, NAMES.index(region)
        c = np.flatnonzero(self.category == query["category"])
        people = market.world.folk
        some = self.customers[region]
        held = [self.held[i] for i in c.tolist()]
        liking = numbers.quality * market.quality[c] + market.home[c, place]
        liking = liking + market.sooner[c, place] + numbers.click_bias
        for name in ("colour", "style"):
            if query[name] is not None:
                liking += numbers.wish * np.array([h.get(name) == query[name] for h in held])
        if query["fits"] is not None:
            liking += numbers.fit * np.array([query["fits"] in h.values() for h in held])
        own = numbers.taste * people.latent[some] @ market.latent[c].T
        own += numbers.colour * market.people_colours[some][:, market.colour[c]]
        apart = market.level[c] - people.price[some][:, None]
        own -= numbers.price * np.minimum(0.5 * apart * apart, 4.0)
        chance = (1 / (1 + np.exp(-(liking + own)))).mean(axis=0)
        return dict(zip([self.ids[i] for i in c.tolist()], chance.tolist(), strict=True))


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
    """The lists of a log with their features, the formula, and the propensities."""

    lists: Lists
    formula: Callable[[np.ndarray], np.ndarray]
    theta: np.ndarray


def lesson(shop: Shop, log: Log | None = None, **more: Any) -> Lesson:
    """What a ranker learns from, as an engine sees it that knows what is given."""
    log = log or shop.log
    engine = shop.engine(log, offers=shop.offers, regional=log.regional, **more)
    lists = gathered(log.lists, engine.features)
    return Lesson(lists, engine.formula, propensities(log.counts))


def fitted(
    learned: Lesson, left_out: tuple[str, ...] = (), *, corrected: bool = True
) -> Ranker | None:
    """A ranker from a shop's clicks, as a build learns it; None when it is not surely better."""
    theta = learned.theta if corrected else None
    found = train(learned.lists, theta, formula=learned.formula, seed=0, left_out=left_out)
    return found.ranker


def no_terms() -> pa.Table:
    """An empty table of words that stand for others."""
    return pa.table({"term": pa.array([], pa.string()), "stands_for": pa.array([], pa.string())})
