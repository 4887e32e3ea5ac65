"""The search engine: products in, ranked hits with reasons, exact facets and suggestions out.

BM25F over the weighted fields (see `chowk.search.schema`) finds candidates; how well each answers
the query (see `chowk.search.matching`) times 1 + popularity_weight * popularity is its score,
popularity being a product's decayed sales on a logarithmic scale from 0 to 1. Live
changes are small segments beside the saved ones, so totals, facets and pages all come from one
index.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import tantivy

from chowk.errors import parameter
from chowk.store.places import folder_of

from . import facets as faceting
from . import learning
from .adapting import Learns
from .answering import Answers
from .arguments import closed, decided, learned_elsewhere, whole
from .asking import Asked, Step, text_query, understand, with_clauses
from .building import write_index
from .catalogue import products_table
from .changing import Changes
from .collecting import Collector
from .encoding import Encoder, given_encoder, pretrained
from .filters import Clause, buyable, clauses, sold_out
from .folder import (
    INDEX,
    Facts,
    Work,
    copy_index,
    damaged,
    read_facts,
    working_copy,
    write_facts,
)
from .forward import FOLDER as TEXT
from .forward import load as load_text
from .grouping import Groups
from .grouping import write as write_groups
from .intent import Intent
from .matching import Matcher
from .nearest import FOLDER as VECTORS
from .nearest import Nearest
from .nearest import write as write_vectors
from .numeric import Different
from .ranker import Ranker
from .rescoring import Placed
from .results import Results, Suggestion
from .rows import FILE as ROWS
from .rows import Row, Rows
from .rows import write as write_rows
from .rules import NO_EFFECTS, Effects
from .ruling import joined_by, without
from .schema import Weights
from .scoring import Scoring, write_meanings, write_regions
from .suggesting import Phrases
from .synonyms import Synonyms

MOST_HITS = 1000
#: Pages begin no deeper than this.
DEEPEST = 10_000


class SearchEngine(Answers, Changes, Learns):
    """Search over a catalogue. Make one with `build` or `open`; `close` it, or use `with`.

    Examples
    --------
    >>> from chowk.search import SearchEngine
    >>> engine = SearchEngine.build([
    ...     {"product_id": "s1", "title": "Red silk saree", "brand": "Meena", "price": 2500},
    ...     {"product_id": "s2", "title": "Blue cotton saree", "brand": "Meena", "price": 900},
    ...     {"product_id": "k1", "title": "Red kettle", "brand": "Agni", "price": 1200},
    ... ])
    >>> found = engine.search("red sarees", facets=["brand"], k=2)
    >>> found.total, found.hits[0].product_id, found.hits[0].reasons
    (3, 's1', ('matches in title: red, sarees',))
    >>> found.facets
    {'brand': {'Meena': 2, 'Agni': 1}}
    >>> [hit.product_id for hit in engine.search("", filters={"price": (None, 1500)}).hits]
    ['k1', 's2']
    >>> engine.close()
    """

    def __init__(self, work: Work, facts: Facts, encoder: Encoder | None = None) -> None:
        """Internal: use `SearchEngine.build` or `SearchEngine.open`."""
        self._work = work.path
        self._facts = facts
        self._rows = Rows(work.path / ROWS)
        self._discard = weakref.finalize(self, _discard, self._rows, work)
        self._index = tantivy.Index.open(str(work.path / INDEX))
        # Changes are shown when they are whole; tantivy need not look for them by itself.
        self._index.config_reader("manual")
        self._schema = self._index.schema
        self._searcher = self._index.searcher()
        self._different = Different(self._searcher)
        self._phrases = Phrases(facts.suggestions)
        text = load_text(work.path / TEXT, facts.documents, facts.weights)
        if not facts.ordered:
            text.ordered = 0
        if encoder is None and facts.encoder is not None:
            encoder = pretrained(facts.encoder)
        vectors = Nearest.open(work.path / VECTORS, encoder)
        self._matcher = Matcher(text, facts.weights, Synonyms(facts.terms), vectors)
        self._scoring = Scoring.read(work.path, facts)
        self._groups = Groups(work.path, self._rows)
        self._changing = threading.Lock()
        self._writer: Any = None

    # Making one

    @classmethod
    def build(
        cls,
        products: Any,
        *,
        offers: Any = None,
        events: Any = None,
        judgments: Any = None,
        folder: str | os.PathLike[str] | None = None,
        popularity: Any = None,
        queries: Any = None,
        terms: Any = None,
        regional: Any = None,
        chosen: Any = None,
        intent: Intent | None = None,
        as_of: Any = None,
        ranker: Ranker | None = None,
        weights: Weights | None = None,
        popularity_weight: float = 0.5,
        vectors: bool = True,
        encoder: Encoder | str | None = None,
        scratch: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Index a catalogue.

        Parameters
        ----------
        products : any Arrow frame or list of dicts with the columns of the `products` table;
            `product_id` and `title` suffice. Columns that the table does not have are left out.
        offers : rows of the `offers` table; the best one of a region is shown with its hits.
        events : rows of the `events` table; purchases give popularity, searches of sessions that
            bought give suggestions.
        judgments : rows of query, product_id and relevance, learned from by LambdaMART (`judged`).
        folder : also save the index there.
        popularity : rows of product_id, popularity (at least 0) and optionally bought, instead of
            what `events` would give.
        queries : rows of query and sessions, instead of what `events` would give.
        terms : rows of term, stands_for and weight in (0, 1] (the table `query_terms`): words that
            may stand for others; [] for none. Without it, what log and titles teach.
        regional : rows of product_id, region and sales, instead of what `events` would give.
        chosen : rows of query, product_id, times and sessions (`chowk.search.wording.chosen_for`),
            instead of what `events` would give: what words stand for and queries are for is learned
            from it.
        intent : what queries are for, learned elsewhere (`engine.intent` of another store).
        ranker : one that was learned elsewhere (`engine.ranker` of another store), instead of what
            `events` would give.
        as_of : the moment to which `bought` was counted, for the reasons.
        weights : how often a word of each field counts.
        popularity_weight : the most popular product's score is multiplied by 1 plus this;
            in [0, 10].
        vectors : whether products near in meaning join where few have all the words. It takes
            500 products or more to learn from, unless there is an `encoder`.
        encoder : what has `encode(texts)`, or the folder or name of a model for the package
            sentence-transformers; otherwise one that the titles and the log train in seconds.
        scratch : where the working copy lies; a temporary folder otherwise.

        Raises
        ------
        SchemaError, InputError, ParameterError that name the column, the row and the rule.
        """
        if isinstance(popularity_weight, bool) or not (
            isinstance(popularity_weight, int | float) and 0 <= popularity_weight <= 10
        ):
            raise parameter("build", "popularity_weight", "a number in [0, 10]", popularity_weight)
        learned_elsewhere(weights, intent, ranker)
        named, model = given_encoder(encoder, vectors)
        table = products_table(products, "SearchEngine.build")
        learned = learning.learn(table, events, popularity, queries, as_of)
        words, meant, asked = learning.wording(table, events, chosen, terms, intent)
        facts = Facts(
            weights=weights or Weights(),
            popularity_weight=float(popularity_weight),
            popular=bool(learned.popularity.any()),
            window=learned.window,
            edges=faceting.nice_edges(pc.cast(pc.drop_null(table["price"]), pa.float64())),
            suggestions=learned.suggestions,
            documents=table.num_rows,
            now=learning.days(as_of, table),
            terms=words,
            encoder=named,
        )
        best = learning.best_offers(offers)
        given = learning.regional_sales(events, regional, as_of)
        lift, promise = learning.regions(table, given, best)
        work = Work(Path(scratch) if scratch is not None else None)
        try:
            # Terms are gathered by Python, vectors by linear algebra, which lets others run.
            with ThreadPoolExecutor(1) as aside:
                near = None
                if vectors:
                    near = aside.submit(write_vectors, work.path / VECTORS, table, asked, model)
                write_index(work.path, table, learned, facts, best)
                write_regions(work.path, lift, promise)
                write_meanings(work.path, meant, table["category"].to_pylist())
                write_groups(work.path, table["group_id"])
                if near is not None:
                    near.result()
            if isinstance(ranker, Ranker):
                ranker.save(work.path)
            engine = cls(work, facts, model)
            if ranker is None and events is not None:
                engine.learn(*learning.lists(events))
            if judgments is not None:
                engine.judged(judgments)
        except BaseException:
            work.discard()
            raise
        if folder is not None:
            engine.save(folder)
        return engine

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        *,
        encoder: Encoder | None = None,
        scratch: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Open a saved index. The folder is only read: changes go to a private copy that shares
        the saved files by hard links, in `scratch` (best on the same disk) or a temporary folder.
        `encoder` is the one that the index was built with, when it was given as an object.

        Raises
        ------
        ArtifactError when the folder holds no search index that this Chowk can read.
        """
        facts = read_facts(place := folder_of("SearchEngine.open", folder))
        work = working_copy(place, Path(scratch) if scratch is not None else None)
        try:
            return cls(work, facts, encoder)
        except (ValueError, OSError, sqlite3.Error) as error:
            work.discard()
            raise damaged(place, error) from None

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the index, live changes included, into a new or empty folder."""
        target = folder_of("SearchEngine.save", folder)
        if target.exists() and any(target.iterdir()):
            raise parameter("save", "folder", "a new or an empty folder", str(folder))
        target.mkdir(parents=True, exist_ok=True)
        facts = self._facts
        with self._changing:
            self._settle()
            copy_index(self._work / INDEX, target / INDEX)
            if self._rows.changed:

                def kept() -> Iterator[tuple[int, Row]]:
                    for number, row in self._rows.every():
                        collector.add(number, row.product)
                        yield number, row

                with Collector(self._facts.weights, target / TEXT) as collector:
                    write_rows(
                        target / ROWS,
                        kept(),
                        self._rows.offers(),
                        next_number=self._rows.next,
                    )
                    collector.save()
                facts = msgspec.structs.replace(facts, documents=len(self), ordered=False)
                write_regions(target, *self._scoring.regions.at(self._rows.next))
            else:
                shutil.copytree(self._work / "regions", target / "regions")
                shutil.copytree(self._work / TEXT, target / TEXT)
                shutil.copyfile(self._work / ROWS, target / ROWS)
            if self._matcher.vectors is not None:
                self._matcher.vectors.save(self._work / VECTORS, target / VECTORS, self._rows.next)
            self._groups.save(target, self._rows)
            self._scoring.save(target, self._rows.next)
            write_facts(target, facts)

    def close(self) -> None:
        """Give back files and memory. A closed engine answers nothing."""
        with self._changing:
            self._settle()
            self._searcher = self._index = self._different = self._rows = closed()
            self._discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    # Asking it

    def search(
        self,
        query: str,
        *,
        region: str | None = None,
        filters: Mapping[str, Any] | None = None,
        facets: Iterable[str] | Mapping[str, Sequence[float] | None] = (),
        k: int = 10,
        offset: int = 0,
        sort: str | None = None,
        explain: bool = False,
        prefix: bool | None = None,
        spelling: bool = True,
        rules: Effects = NO_EFFECTS,
        step: Step | None = None,
        variety: bool = True,
        facet_values: int = 50,
        grouped: bool = False,
    ) -> Results:
        """The best products for a query.

        Parameters
        ----------
        query : what was typed, any text; the first 512 characters and 32 words count. Empty: all
            products, the most popular first.
        region : the shopper's region ('IN/KA'); each hit then carries the best offer there.
        filters : `brand`, `category` (holds its sub-categories), `attributes.NAME`: a value or
            several of which one must hold, or for numbers `{"min": …, "max": …}`, inclusive;
            `price`: the same, or a pair; `available`: a bool, or `any` (a product that does not say
            so is available). Without it, what cannot be bought now is left out: what says so, and
            what has offers (in `region`, where it is given) none of which is in stock. `region`:
            products with an offer in stock in one of these regions, or in a larger one that holds
            it.
        facets : names to count by; `price` counts ranges, whose edges a mapping can give, as it can
            for attributes of numbers.
        k : hits on the page, in [1, 1000].
        offset : hits before the page, in [0, 10000].
        sort : `price_asc`, `price_desc`, `newest` or `popular` instead of relevance; products
            that lack the value come last.
        explain : also give the summands of each score.
        prefix : whether the last word may be the beginning of one; None: when the catalogue does
            not have it as a word and no space follows.
        spelling : whether words may also be read as what is spelt, joined, sounds or means alike.
        rules : what a merchandiser decided (`chowk.search.rules.effects`). Hidden products are
            left out; pins, boosts and buries hold where `sort` is None.
        step : `text`, `popularity` or `learned`: score by no later step than this, to compare.
        variety : whether the meanings of an ambiguous query take turns on the page.
        facet_values : values kept of each facet, the commonest, in [1, 1000].
        grouped : whether products of one `group_id` take one place, that of the best of them, and
            count once in the total and in each value of a facet.

        Raises
        ------
        ParameterError for an argument outside its limits. No query text raises.
        """
        started = time.perf_counter()
        whole("k", k, 1, MOST_HITS)
        whole("offset", offset, 0, DEEPEST)
        whole("facet_values", facet_values, 1, MOST_HITS)
        if region is not None and not isinstance(region, str):
            raise parameter("search", "region", "a text such as 'IN/KA', or None", region)
        searcher = self._searcher
        different = self._different
        if different.searcher is not searcher:
            different = self._different = Different(searcher)
        asked_for = clauses(filters, self._schema, different)
        implied = buyable(filters, self._schema), sold_out(filters, region, self._schema)
        required = (*asked_for, *(one for one in implied if one is not None))
        counted = faceting.wanted(facets, self._facts.edges)
        if not isinstance(grouped, bool):
            raise parameter("search", "grouped", "True or False", grouped)
        decided(rules, "search")
        if not isinstance(spelling, bool):
            raise parameter("search", "spelling", "True or False", spelling)
        asked = understand(query, searcher, self._schema, prefix, self._matcher, spelling)
        asked = self._near(self._chosen(asked, step, variety))
        order = self._order(asked, sort)
        pins = rules.pins if sort is None else {}
        if pins or rules.hidden:
            asked = dataclasses.replace(asked, ruled=True)

        def answer(asked: Asked) -> _Answer:
            text = joined_by(text_query(asked, self._schema), self._schema, pins.values())
            text = without(text, self._schema, rules.hidden)

            def page(offset: int, k: int) -> tuple[list[Placed], int]:
                return self._ruled(
                    searcher,
                    asked,
                    text,
                    required,
                    order,
                    offset,
                    k,
                    explain,
                    region,
                    pins,
                    rules.push,
                )

            def rest(remaining: tuple[Clause, ...]) -> Any:
                return with_clauses(asked, text, remaining)

            if not grouped:
                placed, total = page(offset, k)
                counts = faceting.count(searcher.aggregate, rest, required, counted, facet_values)
                return _Answer(placed, total, counts)
            groups = self._groups
            placed, codes = groups.page(lambda most: page(0, most), offset, k)
            total, variants = groups.sizes(groups.matching(searcher, rest(required))[1], codes)
            counts = groups.count(searcher, rest, required, counted, facet_values)
            return _Answer(placed, total, counts, variants)

        found = answer(asked)
        if not found.total and asked.near:
            asked = self._near_within(searcher, asked, required)
            found = answer(asked)
        hits = self._hits(asked, asked_for, found.placed, region, found.variants)
        return Results(
            hits=hits,
            total=found.total,
            facets=found.facets,
            match=asked.match,
            words=tuple(asked.words),
            chips=self._scoring.meanings.chips(asked.plan),
            step=self._scoring.at_most(step),
            took_ms=(time.perf_counter() - started) * 1e3,
        )

    def suggest(
        self,
        prefix: str,
        *,
        k: int = 8,
        region: str | None = None,
        rules: Effects = NO_EFFECTS,
    ) -> list[Suggestion]:
        """Completions of what is being typed: up to k, at most half of them phrases (queries that
        sold, categories, brands) as long as there are products to fill the rest. Products have all
        the words; what is sold out in `region`, and what `rules` hide, is left out.

        Raises
        ------
        ParameterError when `prefix` is no text or k is not in [1, 100].
        """
        if not isinstance(prefix, str):
            raise parameter("suggest", "prefix", "a text", prefix)
        whole("k", k, 1, 100, caller="suggest")
        phrases = self._phrases.complete(prefix[:200], k)
        if region is not None and not isinstance(region, str):
            raise parameter("suggest", "region", "a text such as 'IN/KA', or None", region)
        decided(rules, "suggest")
        products = self._titles(prefix, k, region, rules) if prefix.strip() else []
        some = phrases[: max(k - len(products), (k + 1) // 2)]
        return some + products[: k - len(some)]

    def product(self, product_id: str) -> dict[str, Any] | None:
        """One product's row as it is now, or None."""
        row = self._rows.get(product_id) if isinstance(product_id, str) else None
        return None if row is None else row.product


class _Answer(NamedTuple):
    """A page, how many match, the counts of facets, and of each hit how many variants match."""

    placed: list[Placed]
    total: int
    facets: dict[str, dict[str, int]]
    variants: list[int] | None = None


def _discard(rows: Rows, work: Work) -> None:
    """Also run for an engine that is forgotten without `close`."""
    rows.close()
    work.discard()
