"""`substitutes`: what to show when a product is sold out, and why.

The catalogue flows in, with what was looked at in one visit and bought in one basket; answers with
reasons flow out. It is judged on held-out visits: from one product that was looked at, the others
of its category in the same visit are to be found, beside products of like words. (What is most
looked at in a category is found in most visits because the shop shows it most; that rival stands
among the further measures.)
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa

from chowk.errors import NotFittedError
from chowk.learn.bootstrap import paired_interval
from chowk.learn.splits import chosen
from chowk.store.reader import Reader
from chowk.system import Measure, Progress, Scorecard, System, silent

from .expressions import basket_lines
from .identity import Ranked
from .newcomers import with_new
from .reasons import Reason
from .sentences import Sentences
from .substitutes import Substitutes
from .visits import visit_lines, visit_pairs

METRIC = "recall@5, same category in the same visit"
MOST = 3_000
#: Visits and baskets of more products say little about each pair.
LARGEST = 40
_COLUMNS = ("product_id", "title", "description", "brand", "category", "price", "attributes")


class SubstitutesSystem(System):
    """Products that can stand in for each other.

    Parameters
    ----------
    sentences : as of `Substitutes`.

    Attributes
    ----------
    model_ : the served `Substitutes`.
    """

    name: ClassVar[str] = "substitutes"
    title: ClassVar[str] = "What stands in for a product, and why"
    needs: ClassVar[frozenset[str]] = frozenset({"products"})
    uses: ClassVar[frozenset[str]] = frozenset({"events"})

    model_: Substitutes

    def __init__(self, *, sentences: Sentences = None) -> None:
        self.sentences = sentences
        self.seed = 0

    def fit(self, store: Reader, *, seed: int, progress: Progress = silent) -> Self:
        self.seed = seed
        progress(0.0, "reading the catalogue")
        products = store.engine.arrow(store["products"].select(*_COLUMNS).order_by("product_id"))
        progress(0.2, "reading visits and baskets")
        parts = []
        if store.rows("events"):
            events = store["events"]
            catalogue = store["products"]
            # What was bought together is no sign of a substitute, so purchases are no looks here.
            looks = events.filter(events.kind != "purchase")
            looked = visit_lines(looks).semi_join(catalogue, "product_id")
            bought = basket_lines(events).semi_join(catalogue, "product_id")
            bought = bought.select("product_id", "second", visit=bought.basket)
            for lines, kind in ((looked, "view"), (bought, "purchase")):
                pairs = visit_pairs(lines, largest=LARGEST).order_by("source", "target")
                found = store.engine.arrow(pairs)
                parts.append(
                    pa.table(
                        {
                            "source": found["source"],
                            "target": found["target"],
                            "weight": found["visits"].cast(pa.float64()),
                            "kind": pa.repeat(pa.scalar(kind), found.num_rows),
                        }
                    )
                )
        progress(0.6, "comparing products")
        edges = pa.concat_tables(parts) if parts else None
        self.model_ = Substitutes(seed=seed, sentences=self.sentences).fit(edges, products)
        progress(1.0, f"{products.num_rows:,} products")
        return self

    def evaluate(self, store: Reader) -> Scorecard:
        model = self._fitted()
        judged = self._judged(store)
        if not judged:
            return Scorecard(
                name=self.name,
                metric=METRIC,
                value=None,
                baseline_name="like words",
                why="no held-out visit that looked at two products of one category",
            )
        ours: list[float] = []
        theirs: list[float] = []
        viewed: list[float] = []
        for one, others in judged:
            ranked = [product for product, _ in model.recommend(one, 5)[0]]
            for figures, found in (
                (ours, ranked),
                (theirs, model.alike(one, 5)),
                (viewed, model.popular(one, 5)),
            ):
                figures.append(len(others.intersection(found)) / min(5, len(others)))
        gain = paired_interval(ours, theirs, seed=self.seed)
        return Scorecard(
            name=self.name,
            metric=METRIC,
            value=float(np.mean(ours)),
            baseline=float(np.mean(theirs)),
            baseline_name="like words",
            low=gain.low,
            high=gain.high,
            rows=len(judged),
            measures=(
                Measure(
                    case="most viewed of the category",
                    metric=METRIC,
                    value=float(np.mean(viewed)),
                    rows=len(judged),
                ),
            ),
        )

    def _judged(self, store: Reader) -> list[tuple[str, set[str]]]:
        """Held-out visits: the product looked at first, and the others of its category."""
        if not store.rows("events"):
            return []
        lines = visit_lines(store["events"])
        lines = lines.inner_join(store["products"].select("product_id", "category"), "product_id")
        lines = lines.filter(lines.category.notnull())
        table = store.engine.arrow(lines.order_by("visit", "category", "second", "product_id"))
        by: dict[tuple[str, str], list[str]] = {}
        for visit, category, product in zip(
            *(table[name].to_pylist() for name in ("visit", "category", "product_id")), strict=True
        ):
            by.setdefault((visit, category), []).append(product)
        able = {f"{v}\n{c}": found for (v, c), found in by.items() if len(found) > 1}
        picked = chosen(sorted(able), MOST, seed=self.seed) if len(able) > MOST else sorted(able)
        return [(able[key][0], set(able[key][1:])) for key in picked]

    def recommend(
        self, ids: str | Sequence[str], k: int = 10, *, exclude: Collection[str] | None = None
    ) -> list[Ranked]:
        """What stands in for each id; see `Substitutes.recommend`."""
        return self._fitted().recommend(ids, k, exclude)

    def explain(self, source: str, target: str) -> list[Reason]:
        """Why; see `Substitutes.explain`."""
        return self._fitted().explain(source, target)

    def with_new(self, products: Sequence[Mapping[str, Any]], *, most: int = 200) -> Self:
        """A system that also knows rows of the catalogue that are new, the first `most` of them.

        It is itself where none is new; this one answers as before (`chowk.discovery.newcomers`).
        """
        model = with_new(self._fitted(), products, _COLUMNS[1:], most=most)
        if model is self.model_:
            return self
        made = copy.copy(self)
        made.model_ = model
        return made

    def save(self, folder: Path) -> None:
        self._fitted().save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        found = cls()
        found.model_ = Substitutes.load(folder)
        found.seed = found.model_.seed
        return found

    def _fitted(self) -> Substitutes:
        if not hasattr(self, "model_"):
            raise NotFittedError(self)
        return self.model_
