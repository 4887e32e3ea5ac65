"""How an engine learns to rank: from the lists that shoppers saw, or from judged pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chowk.store.frames import arrow_table

from .asking import understand
from .folder import (
    Facts,
)
from .matching import Matcher
from .ranker import FEATURES, Ranker
from .rows import Rows
from .scoring import Scoring
from .training import Trained, gathered, judged_lists, train


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
        )
        if found.ranker is not None:
            self._scoring.ranker = found.ranker
        return found

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
            result[there] = self._scoring.features(compared, columns, rows, region)
        return result

    def formula(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The fixed formula's scores of features (see `chowk.search.scoring`)."""
        return self._scoring.formula(x)

    def candidates(self, query: str) -> list[str]:
        """The product_ids of the best fifty for a query."""
        return [hit.product_id for hit in self.search(query, k=50).hits]
