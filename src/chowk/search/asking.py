"""From what a shopper typed to queries of the index.

Text is never parsed as query syntax: it is cut into words, and a query is built from them and from
what may stand for them (see `chowk.search.matching`). When at least `ENOUGH` products have all the
words, all are required; otherwise one suffices, and those with more words come first. This is
decided without filters, so a filter only ever narrows. The last word may be the beginning of one:
then every word that it begins counts a fixed 1.0, and the word itself its own BM25 where that is
more.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import tantivy

from chowk.errors import parameter

from .analysis import STOP_WORDS, stem, surfaces
from .filters import Clause
from .lexicon import JOINED, WORD
from .matching import Alternative, Matcher, Plan

Query = tantivy.Query
Occur = tantivy.Occur

#: What follows in a longer query is not read.
LONGEST_QUERY = 512
MOST_WORDS = 32
#: So many products with all the words are a page; with fewer, one word suffices.
ENOUGH = 10
#: The score of a word that is only begun by what was typed.
PREFIX_SCORE = 1.0

Step = Literal["text", "popularity", "learned"]
Match = Literal["all", "any", "everything", "nothing"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that was understood.

    `words` maps each indexed form to what was typed; `prefix` is the last word when it may be
    the beginning of others; `plan` holds what may stand for them.
    """

    words: dict[str, str]
    match: Match
    plan: Plan
    prefix: str | None = None
    standing: dict[str, tuple[Alternative, ...]] = field(default_factory=dict)
    #: Products that are near in meaning, where few have all the words.
    near: tuple[str, ...] = ()
    #: Whether rules changed the query, so that it must be asked even where it is for everything.
    ruled: bool = False
    #: Which way of scoring at most; None for the best there is.
    step: Step | None = None
    #: Whether an ambiguous query's meanings take turns.
    varied: bool = True


def understand(
    text: Any, searcher: Any, schema: Any, prefix: bool | None, matcher: Matcher, spelling: bool
) -> Asked:
    """The words of a query, and how many of them a product must have.

    `prefix`: True, False, or None for when the last word is no word of the catalogue and no
    space follows it. `spelling`: whether words may be read as others.
    """
    if text is None:
        text = ""
    if not isinstance(text, str):
        raise parameter("search", "query", "a text", text)
    text = text[:LONGEST_QUERY]
    typed = surfaces(text)
    if not typed:
        plan = matcher.plan([], begun=None, spelling=False)
        return Asked({}, "nothing" if text.strip() else "everything", plan)
    last = typed[-1]
    meant = [word for word in typed if word not in STOP_WORDS] or typed
    found: dict[str, str] = {}
    for word in meant:
        found.setdefault(stem(word), word)
    found = dict(list(found.items())[:MOST_WORDS])
    begun = None
    if prefix is not False and text[-1:].strip() and stem(last) in found:
        # Not doc_freq, which still counts products that were deleted.
        whole = Query.term_query(schema, "text", stem(last), "freq")
        if prefix or not searcher.search(whole, limit=1, count=False).hits:
            begun = stem(last)
    if begun is not None and prefix is None:
        # A word that begins none is misspelt rather than unfinished.
        probe = begins(found[begun], schema)
        if spelling and not searcher.search(probe, limit=1, count=False).hits:
            begun = None if not _ended_by_e(found[begun]) else begun
    place = None if begun is None else list(found).index(begun)
    plan = matcher.plan(list(found), begun=place, spelling=spelling)
    standing: dict[str, list[Alternative]] = {word: [] for word in found}
    for other in plan.alternatives:
        if other.sure:
            for slot in other.slots:
                standing[plan.words[slot]].append(other)
    held = {word: tuple(others) for word, others in standing.items()}
    match: Match = "all"
    if len(found) > 1:
        every = text_query(Asked(found, "all", plan, begun, held), schema)
        every = Query.const_score_query(every, 0.0)  # no score is needed to count
        if searcher.search(every, limit=1, count=True).count < ENOUGH:
            match = "any"
    begins_none = plan.beginnings[0] >= plan.beginnings[1] and not plan.begun_later
    nothing_known = not plan.alternatives and begins_none
    if spelling and matcher.vectors is not None and (match == "any" or nothing_known):
        plan = replace(plan, vector=matcher.vectors.encode(" ".join(typed)))
    return Asked(found, match, plan, begun, held)


def _ended_by_e(typed: str) -> bool:
    """Whether a plural may be on its way ("dresse", "babie")."""
    return typed.endswith("e")


def word_query(asked: Asked, word: str, schema: Any) -> Any:
    """The query of one word and of what may stand for it, with its score."""
    whole = Query.term_query(schema, "text", word, "freq")
    parts = [whole]
    if word == asked.prefix:
        typed = asked.words[word]
        parts.append(begins(typed, schema))
        # "dresse" and "babie" are dresses and babies, not yet typed to the end.
        if typed.endswith("ie"):
            parts.append(Query.term_query(schema, "text", typed[:-2] + "y", "freq"))
        elif typed.endswith("e"):
            parts.append(Query.term_query(schema, "text", typed[:-1], "freq"))
    for other in asked.standing.get(word, ()):
        if other.flags & WORD and other.term != word:
            query = Query.term_query(schema, "text", other.term, "freq")
            parts.append(Query.boost_query(query, other.likeness))
        if other.flags & JOINED:
            query = Query.term_query(schema, "joint", other.term, "basic")
            parts.append(Query.boost_query(query, other.likeness))
    return parts[0] if len(parts) == 1 else Query.disjunction_max_query(parts)


def begins(typed: str, schema: Any) -> Any:
    """All products with a word that begins so; each scores `PREFIX_SCORE`."""
    words = Query.fuzzy_term_query(schema, "text", typed, distance=0, prefix=True)
    return Query.const_score_query(words, PREFIX_SCORE)


def text_query(asked: Asked, schema: Any) -> Any:
    """The query of all the words, without filters."""
    if asked.match == "everything":
        return Query.all_query()
    if asked.match == "nothing":
        return Query.empty_query()
    queries = [word_query(asked, word, schema) for word in asked.words]
    occur = Occur.Must if asked.match == "all" else Occur.Should
    query = queries[0] if len(queries) == 1 else Query.boolean_query([(occur, q) for q in queries])
    if not asked.near:
        return query
    near = [(Occur.Should, Query.term_query(schema, "product_id", p, "basic")) for p in asked.near]
    # So that all of them are compared in full, whatever the words found.
    first = Query.const_score_query(Query.boolean_query(near), 1000.0)
    return Query.boolean_query([(Occur.Should, query), (Occur.Should, first)])


def with_clauses(asked: Asked, text: Any, clauses: tuple[Clause, ...]) -> Any:
    """The words' query `text` with filters required; filters add nothing to the score."""
    if not clauses:
        return text
    required = [
        (Occur.MustNot, clause.query)
        if clause.excludes
        else (Occur.Must, Query.const_score_query(clause.query, 0.0))
        for clause in clauses
    ]
    # Walking all products beside the filters costs 1 ms.
    alone = asked.match == "everything" and not asked.ruled
    if not alone or all(clause.excludes for clause in clauses):
        required.insert(0, (Occur.Must, text))
    return Query.boolean_query(required)
