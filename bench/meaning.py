"""What words mean, on the simulated store: synonyms, mixed languages, ambiguous queries.

Learned from one seed's clicks, judged on another's hidden truth. **Synonyms**: which of the words
that were planted (no word of the titles they stand for) are found, and how many of what is found is
right; a misspelling of a right word is right. **Mixed**: NDCG@10 of queries with romanised Hindi,
German, French or Spanish words beside the same wishes in English. **Ambiguous**: alpha-NDCG@10
(Clarke et al. 2008, alpha 0.5) of queries that were typed for two categories or more, each for a
tenth of the time at least, with and without turns; and NDCG@10 of all that have no word of two
kinds.

    python bench/meaning.py [--pairs 1] [--first 2] [--queries 300] [--json FILE]
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _report import Row, arguments, emit
from _shops import K, Shop, judged
from chowk.learn.bootstrap import paired_interval
from chowk.search import SearchEngine
from chowk.search.analysis import words
from chowk.search.forms import one_edit

ALPHA = 0.5
#: A category is a meaning of a query that was typed for it this often.
LEAST = 0.1


def synonyms(shop: Shop, terms: list[dict[str, Any]], case: str) -> list[Row]:
    """Planted words that are found, and how much of what is found is right."""
    right: dict[str, set[str]] = defaultdict(set)
    planted: dict[tuple[str, str], set[str]] = {}
    for row in shop.words:
        leaf = (row["category"] or "").rpartition(" > ")[2]
        goal = {*words(row["stands_for"]), *words(leaf)}
        typed = words(row["word"])
        for word in typed:
            right[word] |= goal
        if len(typed) == 1 and not goal & set(typed):
            planted[typed[0], row["stands_for"]] = goal
    found: dict[str, set[str]] = defaultdict(set)
    good = 0
    for term in terms:
        typed, meant = term["term"], term["stands_for"]
        found[typed].add(meant)
        goals = set(right.get(typed, ()))
        for word in right:
            if typed not in right and one_edit(typed, word):
                goals |= right[word] | {word}
        good += meant in goals or one_edit(typed, meant)
    share = sum(bool(found[word] & goal) for (word, _), goal in planted.items()) / len(planted)
    return [
        Row(f"{case}: planted synonyms found", "recall", "higher", share, "bar", 0.6),
        Row(f"{case}: of {len(terms)}", "precision", "higher", good / len(terms), "bar", 0.9),
    ]


def in_english(shop: Shop, query: dict[str, Any]) -> str:
    """The same wish in English."""
    noun = next(
        row["word"]
        for row in shop.words
        if row["category"] == query["category"] and row["language"] == "en"
    )
    parts = (query["colour"], query["style"], query["fits"], noun)
    return " ".join(str(part).lower() for part in parts if part)


def mixed(shop: Shop, engine: SearchEngine, queries: int, seed: int, case: str) -> Row:
    """Queries with words of other languages beside the same in English."""
    english = {w for row in shop.words if row["language"] == "en" for w in words(row["word"])}
    other = {w for row in shop.words if row["language"] != "en" for w in words(row["word"])}
    foreign = other - english
    asked = [
        (query, region)
        for query, region in shop.asked(seed, 8 * queries)
        if foreign & set(words(query["query"]))
    ][:queries]
    twins = [({**query, "query": in_english(shop, query)}, region) for query, region in asked]
    mine, plain = judged(shop, engine, asked).mean(), judged(shop, engine, twins).mean()
    print(f"  mixed, {len(asked)} queries: {mine:.4f}, in English {plain:.4f}", flush=True)
    said = f"{case}: {len(asked)} mixed queries"
    return Row(said, "NDCG@10", "higher", float(mine), "in English", float(plain))


def alpha_ndcg(shown: list[int | None], meanings: list[int]) -> float:
    """Of the categories of a page, beside the best page: one of each in turn."""

    def gained(page: list[int | None]) -> float:
        seen: Counter[int | None] = Counter()
        total = 0.0
        for place, category in enumerate(page[:K]):
            if category in meanings:
                total += (1 - ALPHA) ** seen[category] / np.log2(place + 2)
                seen[category] += 1
        return total

    return gained(shown) / gained([meanings[i % len(meanings)] for i in range(K)])


def ambiguous(shop: Shop, engine: SearchEngine, queries: int, seed: int, case: str) -> list[Row]:
    """Queries of several meanings with and without turns, and all others."""
    meant: dict[str, Counter[str]] = defaultdict(Counter)
    for row in shop.queries:
        meant[row["query"]][row["category"]] += row["typed"]
    several: dict[str, list[str]] = {}
    for query, counts in meant.items():
        total = sum(counts.values())
        kept = [c for c, n in counts.items() if n >= LEAST * total and n > 1]
        if len(kept) > 1:
            several[query] = sorted(kept)
    category = dict(zip(shop.ids, shop.category.tolist(), strict=True))
    values: dict[bool, list[float]] = {True: [], False: []}
    for query, names in sorted(several.items()):
        number = {name: i for i, name in enumerate(names)}
        for variety in (True, False):
            hits = engine.search(query, k=K, variety=variety).hits
            page = [number.get(category[hit.product_id]) for hit in hits]
            values[variety].append(alpha_ndcg(page, list(range(len(names)))))
    with_turns, without = np.array(values[True]), np.array(values[False])
    print(f"  {len(several)} ambiguous: {with_turns.mean():.4f}, {without.mean():.4f}", flush=True)
    kinds: dict[str, set[str]] = defaultdict(set)
    for row in shop.words:
        if row["category"]:
            kinds[" ".join(words(row["word"]))].add(row["category"])
    open_words = {word for word, meant_by in kinds.items() if len(meant_by) > 1}
    others = [
        (query, where)
        for query, where in shop.asked(seed, queries)
        if query["query"] not in several and not open_words & set(words(query["query"]))
    ]
    varied, plain = (judged(shop, engine, others, variety=v) for v in (True, False))
    between = paired_interval(varied, plain, seed=0)
    lost = f"difference {between.low:+.4f} to {between.high:+.4f}"
    peer = "without turns"
    return [
        Row(
            f"{case}: {len(several)} ambiguous queries",
            "alpha-NDCG@10",
            "higher",
            float(with_turns.mean()),
            peer,
            float(without.mean()),
        ),
        Row(
            f"{case}: {len(others)} others ({lost})",
            "NDCG@10",
            "higher",
            float(varied.mean()),
            peer,
            float(plain.mean()),
        ),
    ]


def pair(folder: Path, seed: int, queries: int) -> list[Row]:
    """Learn on `seed`, judge on `seed + 1`."""
    teacher, shop = Shop(folder, seed), Shop(folder, seed + 1)
    terms, intent = teacher.learned()
    case = f"seed {seed} to {seed + 1}"
    rows = synonyms(shop, terms, case)
    with shop.engine(
        terms=terms, intent=intent, offers=shop.offers, regional=shop.log.regional
    ) as engine:
        rows.append(mixed(shop, engine, queries, seed, case))
        rows += ambiguous(shop, engine, queries, seed, case)
    return rows


def main() -> None:
    """Run the bench."""
    parser = arguments(__doc__)
    parser.add_argument("--first", type=int, default=2, help="the first seed, even")
    parser.add_argument("--pairs", type=int, default=1, help="pairs of seeds: 2 to 3, 4 to 5, …")
    parser.add_argument("--queries", type=int, default=300, help="queries that are judged")
    options = parser.parse_args()
    rows: list[Row] = []
    for number in range(options.pairs):
        with tempfile.TemporaryDirectory() as folder:
            rows += pair(Path(folder), options.first + 2 * number, options.queries)
    emit("meaning", rows, options.json)


if __name__ == "__main__":
    main()
