"""From a query that was understood to the hits of a page: order, rules, reasons."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from chowk.errors import parameter

from . import ranking, reasons, rescoring
from .asking import Asked, text_query, understand, with_clauses
from .filters import Clause, buyable, sold_out
from .folder import Facts
from .grouping import Groups
from .matching import Compared, Matcher
from .rescoring import Placed
from .results import Hit, Part, Suggestion
from .rows import Rows
from .rules import Effects
from .ruling import merged, of_products, pushed, without
from .scoring import STEPS, Scoring

#: A pinned product has no score: its place is given.
PINNED = Part("pinned by a rule", 0.0)


class Answers:
    """What an engine does to answer; it holds the attributes."""

    _facts: Facts
    _rows: Rows
    _searcher: Any
    _schema: Any
    _matcher: Matcher
    _scoring: Scoring
    _groups: Groups

    def _chosen(self, asked: Asked, step: Any, variety: Any) -> Asked:
        if step is not None and step not in STEPS:
            raise parameter("search", "step", f"one of {', '.join(STEPS)}, or None", step)
        if not isinstance(variety, bool):
            raise parameter("search", "variety", "True or False", variety)
        if step is None and variety:
            return asked
        return dataclasses.replace(asked, step=step, varied=variety)

    def _near(self, asked: Asked) -> Asked:
        """With the products that are near in meaning, where words alone find few."""
        vectors, vector = self._matcher.vectors, asked.plan.vector
        if vectors is None or vector is None:
            return asked
        # What is replaced or deleted at this moment may still be found, and has no name any more.
        names = self._rows.names(vectors.nearest(vector).tolist())
        return dataclasses.replace(asked, near=tuple(names), match="any") if names else asked

    def _near_within(self, searcher: Any, asked: Asked, required: tuple[Clause, ...]) -> Asked:
        """Where filters leave nothing of what is near: with the nearest of what they leave."""
        vectors, vector = self._matcher.vectors, asked.plan.vector
        if vectors is None or vector is None or not asked.near:
            return asked
        every = dataclasses.replace(asked, match="everything", near=())
        left = with_clauses(every, tantivy.Query.all_query(), required)
        rows = self._groups.matching(searcher, left)[1]
        if not len(rows):
            return asked
        names = self._rows.names(vectors.nearest(vector, within=rows).tolist())
        # What was near before stays, for the counts of what other filters would give.
        return dataclasses.replace(asked, near=tuple(dict.fromkeys((*asked.near, *names))))

    def _order(self, asked: Asked, sort: str | None) -> ranking.Order:
        if sort is not None:
            if not isinstance(sort, str) or sort not in ranking.SORTS:
                raise parameter("search", "sort", f"one of {', '.join(ranking.SORTS)}", sort)
            return ranking.SORTS[sort]
        if asked.match == "everything":
            return ranking.SORTS["popular"] if self._facts.popular else ranking.BY_ID
        return ranking.Order(factor="boost" if self._facts.popular else None)

    def _ids(self, searcher: Any, addresses: Sequence[Any]) -> list[str]:
        numbers = searcher.fast_field_values("row", list(addresses))
        return [row.product["product_id"] for row in self._rows.many(numbers)]

    def _ruled(
        self,
        searcher: Any,
        asked: Asked,
        text: Any,
        required: tuple[Clause, ...],
        order: ranking.Order,
        offset: int,
        k: int,
        explain: bool,
        region: str | None,
        pins: Mapping[int, str],
        push: Mapping[str, float],
    ) -> tuple[list[Placed], int]:
        """The page with its pins in place."""
        whole = with_clauses(asked, text, required)
        if not pins:
            return self._placed(searcher, whole, asked, order, offset, k, explain, region, push)
        rest = without(whole, self._schema, pins.values())
        ranked, total = self._placed(
            searcher, rest, asked, order, 0, offset + k, explain, region, push
        )
        only = with_clauses(asked, text, required)
        pinned_query = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, of_products(self._schema, pins.values())),
                (tantivy.Occur.Must, only),
            ]
        )
        addresses = [a for _, a in searcher.search(pinned_query, limit=len(pins)).hits]
        numbers = searcher.fast_field_values("row", addresses)
        at = dict(
            zip(self._ids(searcher, addresses), zip(addresses, numbers, strict=True), strict=True)
        )
        pinned = {
            place: Placed(*at[one], 0.0, (PINNED,)) for place, one in pins.items() if one in at
        }
        return merged(ranked, pinned, offset, k), total + len(pinned)

    def _placed(
        self,
        searcher: Any,
        query: Any,
        asked: Asked,
        order: ranking.Order,
        offset: int,
        k: int,
        explain: bool,
        region: str | None,
        push: Mapping[str, float],
        most: int = rescoring.CANDIDATES,
    ) -> tuple[list[Placed], int]:
        """The page's products in their order, and how many match."""

        def ids(addresses: Sequence[Any]) -> list[str]:
            return self._ids(searcher, addresses)

        def tied(addresses: Sequence[Any], rows: NDArray[np.int64]) -> NDArray[np.int64]:
            """The places of equals: rows that were saved are in order of product_id."""
            if not len(rows) or rows.max() < self._matcher.forward.ordered:
                return rows
            names = [name.encode("utf-8") for name in ids(addresses)]
            return np.argsort(np.argsort(np.array(names, dtype=object), kind="stable"))

        most += len(asked.near)
        weight = self._facts.popularity_weight
        if order.column is None:
            scoring = self._scoring
            added: list[NDArray[np.float64]] = []
            turns: list[NDArray[np.float64]] = []

            def score(
                compared: Compared, addresses: Sequence[Any], rows: NDArray[np.int64]
            ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
                columns = scoring.columns(searcher, addresses, rows)
                known = scoring.features(asked.plan, compared, columns, rows, region)
                scores = scoring.score(known, asked.step)
                if asked.varied and asked.step != "text":
                    turns.append(
                        scoring.meanings.varied(
                            np.round(scores, 9), asked.plan, rows, lambda: tied(addresses, rows)
                        )
                    )
                    scores = scores + turns[0]
                if push:
                    added.append(pushed(scores, ids(addresses), push))
                    scores = scores + added[0]
                return scores, known

            def summands(
                compared: Compared, known: NDArray[np.float64], i: int
            ) -> tuple[Part, ...]:
                parts = scoring.parts(asked.plan, compared, known, i, asked.step)
                more = {
                    "a turn for each meaning": float(turns[0][i]) if turns else 0.0,
                    "rule": float(added[0][i]) if added else 0.0,
                }
                return (*parts, *(Part(name, value) for name, value in more.items() if value))

            found = rescoring.page(
                searcher,
                query,
                asked,
                self._matcher,
                order,
                offset,
                k,
                ids,
                score,
                summands if explain else None,
                most,
            )
            return found.placed, found.total
        page = ranking.top(searcher, query, order, offset, k, ids)
        addresses = [address for _, address in page.hits]
        numbers = searcher.fast_field_values("row", addresses)
        scores = [0.0] * len(addresses)
        if asked.match == "everything" and order == ranking.SORTS["popular"]:
            scores = [weight * p for p in searcher.fast_field_values("popularity", addresses)]
        return [
            Placed(address, number, score, (Part("popularity", score),) if score else ())
            for address, number, score in zip(addresses, numbers, scores, strict=True)
        ], page.total

    def _titles(self, prefix: str, k: int, region: str | None, rules: Effects) -> list[Suggestion]:
        """The products that what is being typed may mean, when they have all of it."""
        searcher = self._searcher
        asked = understand(prefix, searcher, self._schema, True, self._matcher, True)
        if not asked.words:
            return []
        # A search with few answers takes one word for enough; a completion goes on from all.
        asked = dataclasses.replace(asked, match="all")
        implied = buyable(None, self._schema), sold_out(None, region, self._schema)
        text = without(text_query(asked, self._schema), self._schema, rules.hidden)
        query = with_clauses(asked, text, tuple(one for one in implied if one is not None))
        order, most = self._order(asked, None), max(k, rescoring.SUGGESTED)
        placed, _ = self._placed(searcher, query, asked, order, 0, k, False, region, {}, most)
        best = max((place.score for place in placed), default=0.0) or 1.0
        rows = self._rows.many([place.row for place in placed])
        return [
            Suggestion(
                text=row.product["title"],
                product_id=row.product["product_id"],
                kind="product",
                score=place.score / best,
            )
            for place, row in zip(placed, rows, strict=True)
        ]

    def _hits(
        self,
        asked: Asked,
        required: tuple[Clause, ...],
        placed: Sequence[Placed],
        region: str | None,
        variants: Sequence[int] | None = None,
    ) -> list[Hit]:
        hits = []
        rows = self._rows.many([place.row for place in placed])
        counts = variants or [1] * len(rows)
        regions = self._scoring.regions
        name = regions.known(region)
        lifts = regions.lift(name, np.array([place.row for place in placed], np.int64)).tolist()
        for place, row, count, lift in zip(placed, rows, counts, lifts, strict=True):
            product_id = row.product["product_id"]
            offer = self._rows.offer(product_id, region) if region else None
            placed_by = ("placed here by a rule",) if PINNED in place.parts else ()
            hits.append(
                Hit(
                    product_id=product_id,
                    score=place.score,
                    reasons=placed_by
                    + reasons.sentences(
                        asked,
                        required,
                        row,
                        self._facts.weights,
                        self._facts.window,
                        offer,
                        None if name is None else (name, lift),
                    ),
                    product=row.product,
                    offer=offer,
                    parts=place.parts,
                    variants=count,
                )
            )
        return hits
