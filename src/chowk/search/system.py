"""`search` as a system of the store: the catalogue, its offers and its log become an index.

Products flow in, with sales for popularity and queries that sold for suggestions; out flows a
`SearchEngine`, judged on held-out searches beside BM25 over titles.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
import numpy as np
import pyarrow as pa

from chowk.errors import NotFittedError
from chowk.learn.bootstrap import paired_interval
from chowk.store.reader import Reader
from chowk.system import Measure, Progress, Scorecard, System, silent

from . import judging
from .baseline import TitleBM25
from .engine import SearchEngine
from .popularity import buying_queries, purchases, sales
from .propensity import propensities, shown_and_clicked
from .regional import regional_choices
from .schema import Weights
from .training import chosen_lists
from .wording import chosen_for

METRIC = "ndcg@10"
BASELINE = "BM25 on titles"
PROXY = "known-item proxy: up to three words of a title"


class SearchSystem(System):
    """Product search with reasons.

    Attributes
    ----------
    engine_ : the `SearchEngine`.
    theta_ : the propensities of places, by which clicks are weighed.
    """

    name: ClassVar[str] = "search"
    title: ClassVar[str] = "Product search with facets and reasons"
    needs: ClassVar[frozenset[str]] = frozenset({"products"})
    uses: ClassVar[frozenset[str]] = frozenset({"events", "offers"})
    writes: ClassVar[frozenset[str]] = frozenset({"query_terms", "regional_sales"})

    engine_: SearchEngine

    def __init__(self) -> None:
        self.seed = 0
        self.theta_: list[float] = []

    def fit(self, store: Reader, *, seed: int, progress: Progress = silent) -> Self:
        self.seed = seed
        progress(0.0, "reading sales and queries")
        events, engine = store.table("events"), store.engine
        as_of = engine.scalar(purchases(events).ts.max())
        progress(0.3, "indexing products")
        known: dict[str, Any] = {
            "offers": store.arrow("offers") if "offers" in store else None,
            "popularity": engine.arrow(sales(events, as_of)) if as_of is not None else None,
            "queries": engine.arrow(buying_queries(events)),
            "regional": engine.arrow(regional_choices(events, as_of)) if as_of else None,
            "chosen": engine.arrow(chosen_for(events)),
            "as_of": as_of,
            "encoder": store.settings.text("search.encoder") or None,
        }
        said = store.settings.text("search.weights")
        weights = Weights.said(said)
        built = SearchEngine.build(store.arrow("products"), **known, weights=weights)
        if said == "learned":
            better = built.field_weights(known["chosen"], seed=seed)
            if better != weights:
                progress(0.5, "indexing products with the weights that the log suggests")
                built.close()
                built = SearchEngine.build(store.arrow("products"), **known, weights=better)
        progress(0.7, "learning to rank")
        theta = propensities(engine.arrow(shown_and_clicked(events)))
        self.theta_ = [round(float(one), 6) for one in theta]
        built.learn(engine.arrow(chosen_lists(events)), theta, seed=seed)
        self.close()
        self.engine_ = built
        progress(1.0, f"{len(built):,} products")
        return self

    def evaluate(self, store: Reader) -> Scorecard:
        engine = self._fitted()
        catalogue = store.arrow("products").select(["product_id", "title"]).sort_by("product_id")
        ids, titles = catalogue["product_id"].to_pylist(), catalogue["title"].to_pylist()
        rival = TitleBM25(ids, titles)

        def ours(query: str, k: int) -> list[str]:
            return [hit.product_id for hit in engine.search(query, k=k).hits]

        def theirs(query: str, k: int) -> list[str]:
            return rival.search(query, k=k)

        items = judging.known_items(ids, titles, seed=self.seed)
        proxies = [
            Measure(
                case=f"{PROXY}, {who}",
                metric="mrr@10",
                value=judging.found_again(search, items),
                rows=len(items),
            )
            for who, search in (("search", ours), (BASELINE, theirs))
            if items
        ]
        chosen = store.engine.arrow(judging.searched_and_chosen(store.table("events")))
        judged = judging.judge(chosen, set(ids), ours, theirs)
        if judged is None:
            return Scorecard(
                name=self.name,
                metric=METRIC,
                value=None,
                baseline_name=BASELINE,
                why="the held-out log has no search that led to a click or a purchase",
                measures=tuple(proxies),
            )
        mine, other = judged.ndcg
        interval = paired_interval(mine, other, seed=self.seed)
        places = store.engine.arrow(judging.places_of_choices(store.table("events")))
        theta = np.array(self.theta_ or [1.0])
        weighed = judging.weighed(places, theta, chosen, set(ids), (ours, theirs))
        found = [
            Measure(case=who, metric="success@10", value=float(values.mean()), rows=len(values))
            for who, values in zip(("search", BASELINE), judged.found, strict=True)
        ]
        return Scorecard(
            name=self.name,
            metric=METRIC,
            value=float(mine.mean()),
            baseline=float(other.mean()),
            baseline_name=BASELINE,
            low=interval.low,
            high=interval.high,
            rows=len(mine),
            measures=(
                *found,
                *(
                    Measure(
                        case=f"{who}, clicks weighed by 1/θ of their place",
                        metric=METRIC,
                        value=float(values.mean()),
                        rows=len(values),
                    )
                    for who, values in zip(("search", BASELINE), weighed, strict=True)
                    if len(values)
                ),
                *proxies,
            ),
        )

    def tables(self) -> Mapping[str, pa.Table]:
        engine = self._fitted()
        terms = pa.table(
            {
                "term": pa.array([t.term for t in engine.terms], pa.string()),
                "stands_for": pa.array([t.stands_for for t in engine.terms], pa.string()),
                "weight": pa.array([t.weight for t in engine.terms], pa.float64()),
            }
        )
        return {"query_terms": terms, "regional_sales": engine.regional_sales()}

    def save(self, folder: Path) -> None:
        self._fitted().save(folder)
        (folder / "system.json").write_bytes(
            msgspec.json.encode({"seed": self.seed, "theta": self.theta_})
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        system = cls()
        kept = msgspec.json.decode((folder / "system.json").read_bytes())
        system.seed, system.theta_ = int(kept["seed"]), list(kept.get("theta", ()))
        system.engine_ = SearchEngine.open(folder)
        return system

    def close(self) -> None:
        """Give back the engine's files."""
        if hasattr(self, "engine_"):
            self.engine_.close()
            del self.engine_

    def _fitted(self) -> SearchEngine:
        if not hasattr(self, "engine_"):
            raise NotFittedError(self)
        return self.engine_
