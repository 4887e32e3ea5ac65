"""How an engine learns to rank: from the lists that shoppers saw, or from judged pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chowk.store.frames import arrow_table

from .asking import text_query, understand
from .folder import (
    Facts,
)
from .intent import Intent
from .matching import Matcher
from .ranker import FEATURES, Ranker
from .rescoring import CANDIDATES
from .rows import Rows
from .schema import Weights
from .scoring import Scoring
from .synonyms import QueryTerm
from .training import Trained, gathered, judged_lists, train
from .weighing import MOST_QUERIES, Case, learned_weights

#: Smaller lifts are not written to the table `regional_sales`.
LEAST_LIFT = 0.05


class Learns:
    """What an engine does to learn; it holds the attributes."""

    _facts: Facts
    _rows: Rows
    _searcher: Any
    _schema: Any
    _matcher: Matcher
    _scoring: Scoring

    search: Any

    @property
    def ranker(self) -> Ranker | None:
        """The learned ranker in use, which another store's `build` takes as `ranker=`."""
        return self._scoring.ranker

    @property
    def intent(self) -> Intent:
        """What queries are for, which another store's `build` takes as `intent=`."""
        return self._scoring.meanings.intent

    @property
    def terms(self) -> list[QueryTerm]:
        """What words may stand for: rows of the table `query_terms`."""
        return list(self._facts.terms)

    def regional_sales(self) -> pa.Table:
        """Where each product sells otherwise than everywhere: product_id, region and lift (the
        logarithm), without what is nearly alike."""
        regions = self._scoring.regions
        if not regions.lift_regions:
            names = ("product_id", "region")
            return pa.table({**{n: pa.array([], pa.string()) for n in names}, "lift": [0.0][:0]})
        numbered = [(number, row.product["product_id"]) for number, row in self._rows.every()]
        rows = np.array([number for number, _ in numbered], np.int64)
        ids = pa.array([product_id for _, product_id in numbered], pa.string())
        parts = []
        for name in regions.lift_regions:
            lift = regions.lift(name, rows)
            at = np.flatnonzero(np.abs(lift) >= LEAST_LIFT)
            parts.append((ids.take(pa.array(at)), name, lift[at]))
        return pa.table(
            {
                "product_id": pa.concat_arrays([p for p, _, _ in parts] or [ids[:0]]),
                "region": pa.array([name for p, name, _ in parts for _ in range(len(p))], "string"),
                "lift": pa.array(np.concatenate([np.zeros(0), *(x for _, _, x in parts)])),
            }
        )

    @property
    def step(self) -> str:
        """What scores are made of: `text`, then `popularity`, then `learned`."""
        return self._scoring.step

    def learn(self, lists: Any, theta: Any = None, *, seed: int = 0) -> Trained:
        """Learn to rank from lists that shoppers saw; used if it holds on lists left out.

        Parameters
        ----------
        lists : rows of query_id, query, region, product_id, position and gain.
        theta : propensities of places, or None to count each click once.

        Returns
        -------
        How it did beside the fixed formula, and why it is not used when it is not.
        """
        rows = arrow_table(lists, "SearchEngine.learn")
        scoring = self._scoring
        found = train(
            gathered(rows, self.features),
            theta,
            formula=scoring.formula,
            seed=seed,
        )
        if found.ranker is not None:
            self._scoring.ranker = found.ranker
        return found

    def judged(self, judgments: Any, *, seed: int = 0) -> Trained:
        """Learn to rank from judged pairs: rows of query, product_id and relevance (0 to 30).

        What the engine finds for a judged query and nobody judged counts as 0.
        """
        rows = arrow_table(judgments, "SearchEngine.judged")
        found = train(
            judged_lists(rows, self.candidates, self.features),
            None,
            formula=self._scoring.formula,
            seed=seed,
            judged=True,
        )
        if found.ranker is not None:
            self._scoring.ranker = found.ranker
        return found

    @property
    def weights(self) -> Weights:
        """How often a word of each field counts."""
        return self._facts.weights

    def field_weights(self, chosen: Any, *, seed: int = 0) -> Weights:
        """How much a word of each field should count, for the `weights` of the next `build`.

        Parameters
        ----------
        chosen : rows of query, product_id and times (`chowk.search.wording.chosen_for`).

        Returns
        -------
        The weights in force, unless others are surely better on queries that did not choose them.
        """
        held: dict[str, dict[int, float]] = {}
        for one in arrow_table(chosen, "SearchEngine.field_weights").to_pylist():
            row = self._rows.number(one["product_id"])
            if row is not None:
                held.setdefault(one["query"], {})[row] = float(np.log1p(one.get("times") or 1))
        cases = []
        for query, gains in sorted(held.items())[: 2 * MOST_QUERIES]:
            asked = understand(query, self._searcher, self._schema, False, self._matcher, True)
            if not asked.words:
                continue
            text = text_query(asked, self._schema)
            hits = self._searcher.search(text, limit=CANDIDATES, count=False).hits
            rows = self._searcher.fast_field_values("row", [address for _, address in hits])
            known = np.array([gains.get(row, 0.0) for row in rows])
            cases.append(Case(asked.plan, np.array(rows, np.int64), known))
        now = self._matcher

        def under(weights: Weights) -> Matcher:
            return Matcher(now.forward, weights, now.synonyms, now.vectors)

        return learned_weights(cases, self._facts.weights, under, seed=seed)

    def features(self, query: str, region: str | None, ids: Sequence[str]) -> NDArray[np.float64]:
        """[products, features] of products for a query (see `chowk.search.ranker.FEATURES`);
        nan where a product is not there."""
        numbers = [self._rows.number(product_id) for product_id in ids]
        there = [i for i, number in enumerate(numbers) if number is not None]
        result = np.full((len(ids), len(FEATURES)), np.nan)
        if there:
            searcher = self._searcher
            asked = understand(query, searcher, self._schema, False, self._matcher, True)
            rows = np.array([numbers[i] for i in there], np.int64)
            compared = self._matcher.compare(asked.plan, rows)
            columns = self._scoring.shown(self._rows.many(rows.tolist()))
            result[there] = self._scoring.features(asked.plan, compared, columns, rows, region)
        return result

    def formula(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The fixed formula's scores of features (see `chowk.search.scoring`)."""
        return self._scoring.formula(x)

    def candidates(self, query: str) -> list[str]:
        """The product_ids of the best fifty for a query."""
        return [hit.product_id for hit in self.search(query, k=50).hits]
