"""Known-item search on real titles: find the matching titles of another shop, text alone.

Left titles of the test split are queries, all distinct right titles the collection, and every
matching right title of any split is relevant. Rows stand for the titles that have their match in
the split, and for every title of any of its pairs (those that are there only beside what they do
not match look like many others: they are the harder ones). The engine sees titles and nothing
else; nothing is learned from pairs, except in the rows that say so: there the train split's matches
of other queries are given as `judgments`. Peers in the same run: bm25s (its defaults) and plain
tantivy. The same queries are asked again with one random typing error in each word of more than
four letters. The measure is the mean reciprocal rank; `share` is the part of BM25's distance to 1
that is gone (bar: a third), and for typing errors what is lost as a share of what BM25 loses (bar:
a half).

`--split train` asks the queries that have no row in the test split; `--split made` asks queries
that are made of the collection's own titles (words left out, cut short, joined, swapped, strange
ones put in), each to find its title again: what may be looked at while the engine is worked on.

    python bench/known_items.py [--split test|train|made] [--data FOLDER] [--json FILE]
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _report import Row, arguments, emit, lacking
from chowk.learn.bootstrap import paired_interval
from chowk.search import SearchEngine
from chowk.search.baseline import TitleBM25

SETS = {
    "Amazon-Google": ("structured_amazon_google.parquet", "title"),
    "Walmart-Amazon": ("structured_walmart_amazon.parquet", "title"),
    "Abt-Buy": ("textual_abt_buy.parquet", "name"),
}
#: How deep a relevant title is looked for; behind that it counts 0.
DEEP = 100
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def misspelt(query: str, rng: random.Random) -> str:
    """One letter changed, left out, put in or swapped, in each word of more than four letters."""
    found = []
    for word in query.split():
        if len(word) > 4:
            at, how, letter = rng.randrange(len(word)), rng.randrange(4), rng.choice(LETTERS)
            if how == 0:
                word = word[:at] + letter + word[at + 1 :]
            elif how == 1:
                word = word[:at] + word[at + 1 :]
            elif how == 2:
                word = word[:at] + letter + word[at:]
            else:
                at = min(at, len(word) - 2)
                word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        found.append(word)
    return " ".join(found)


def made(title: str, rng: random.Random, titles: list[str]) -> str:
    """A query for a title, as somebody might type it who saw another shop's."""
    kept: list[str] = []
    words = [word for word in title.split() if any(map(str.isalnum, word))]
    for place, word in enumerate(words):
        if rng.random() < (0.4 if place else 0.15):
            continue
        how = rng.random()
        if how < 0.1 and len(word) > 4 and word.isalpha():
            kept.append(word[: rng.choice((3, 4))])
        elif how < 0.15 and kept:
            kept[-1] += word
        else:
            kept.append(word)
    kept = kept or words[:1]
    for _ in range(rng.choice((0, 0, 1, 2))):
        kept.insert(rng.randrange(len(kept) + 1), rng.choice(rng.choice(titles).split()))
    if len(kept) > 1 and rng.random() < 0.3:
        at = rng.randrange(len(kept) - 1)
        kept[at], kept[at + 1] = kept[at + 1], kept[at]
    return " ".join(kept)


def reciprocal(
    search: Callable[[str], Sequence[int]], queries: list[str], relevant: list[set[int]]
) -> np.ndarray:
    """The reciprocal rank of the first relevant title, a value a query."""
    values = np.zeros(len(queries))
    for i, query in enumerate(queries):
        for rank, found in enumerate(search(query), 1):
            if found in relevant[i]:
                values[i] = 1 / rank
                break
    return values


def bm25s_search(titles: list[str]) -> Callable[[str], Sequence[int]]:
    """bm25s with its defaults, all titles ranked."""
    import bm25s

    retriever = bm25s.BM25()
    tokens = bm25s.tokenize(titles, show_progress=False)
    retriever.index(tokens, show_progress=False)

    def search(query: str) -> Sequence[int]:
        asked = bm25s.tokenize([query], return_ids=False, show_progress=False)[0]
        known = [word for word in asked if word in retriever.vocab_dict]
        if not known:
            return []
        scores = retriever.get_scores(known)
        order = np.argsort(-scores, kind="stable")[:DEEP]
        return [int(i) for i in order if scores[i] > 0]

    return search


def beside(
    case: str, peer: str, ours: tuple[np.ndarray, np.ndarray], theirs: tuple[np.ndarray, np.ndarray]
) -> list[Row]:
    """The rows of a peer: queries as they are, and misspelt."""
    (mine, mine_wrong), (other, other_wrong) = ours, theirs
    between = paired_interval(mine, other, seed=0)
    spread = f"(difference {between.low:+.3f} to {between.high:+.3f})"
    gone = 1 - (1 - mine.mean()) / (1 - other.mean())
    lost = (mine.mean() - mine_wrong.mean()) / (other.mean() - other_wrong.mean())
    wrong = float(mine_wrong.mean()), float(other_wrong.mean())
    return [
        Row(f"{case} {spread}", "MRR", "higher", float(mine.mean()), peer, float(other.mean())),
        Row(f"{case}: distance gone", "share", "higher", gone, f"{peer}, bar", 1 / 3),
        Row(f"{case}, misspelt", "MRR", "higher", wrong[0], peer, wrong[1]),
        Row(f"{case}: lost by errors", "share", "lower", lost, f"{peer}, bar", 0.5),
    ]


def one_set(name: str, data: Path, split: str) -> list[Row]:
    """All rows of one set."""
    file, column = SETS[name]
    pairs = pq.read_table(data / "product_matching" / file).to_pylist()
    left, right = f"left_{column}", f"right_{column}"
    titles = sorted({pair[right] for pair in pairs if pair[right]})
    number = {title: i for i, title in enumerate(titles)}
    matches: dict[str, set[int]] = {}
    for pair in pairs:
        if pair["label"] and pair[right]:
            matches.setdefault(pair[left], set()).add(number[pair[right]])
    tested = {pair[left] for pair in pairs if pair["split"] == "test"}
    of_split = {pair[left] for pair in pairs if pair["split"] == split and pair[left] in matches}
    queries = sorted(of_split if split == "test" else of_split - tested)
    matched = {pair[left] for pair in pairs if pair["split"] == split and pair["label"]}
    kinds = {
        "titles that match in": np.array([query in matched for query in queries]),
        "titles of any pair in": np.ones(len(queries), bool),
    }
    relevant = [matches[query] for query in queries]
    if split == "made":
        chance = random.Random(5)
        drawn = chance.sample(titles, min(600, len(titles)))
        queries = [made(title, chance, titles) for title in drawn]
        relevant = [{number[title]} for title in drawn]
        kinds = {"queries": np.ones(len(queries), bool)}
    rng = random.Random(7)
    wrong = [misspelt(query, rng) for query in queries]
    ids = [f"{i:06d}" for i in range(len(titles))]
    judgments = [
        {"query": pair[left], "product_id": ids[number[pair[right]]], "relevance": 1}
        for pair in pairs
        if pair["split"] == "train" and pair["label"] and pair[right] and pair[left] not in of_split
    ]
    catalogue = {"product_id": ids, "title": titles}
    plain = TitleBM25(ids, titles)
    bm25s = bm25s_search(titles)

    def tantivy(query: str) -> Sequence[int]:
        return [int(i) for i in plain.search(query, k=DEEP)]

    rows = []
    if split == "made":
        judgments = []
    with SearchEngine.build(catalogue) as engine:

        def ours(query: str) -> Sequence[int]:
            return [int(hit.product_id) for hit in engine.search(query, k=DEEP).hits]

        mine = reciprocal(ours, queries, relevant)
        mine_wrong = reciprocal(ours, wrong, relevant)
        if judgments:
            told = engine.judged(judgments)
            judged = reciprocal(ours, queries, relevant) if told.ranker is not None else mine
    for peer, search in (("bm25s", bm25s), ("tantivy", tantivy)):
        other = reciprocal(search, queries, relevant)
        other_wrong = reciprocal(search, wrong, relevant)
        for kind, at in kinds.items():
            case = f"{name}, {at.sum()} {kind} {split}"
            rows += beside(case, peer, (mine[at], mine_wrong[at]), (other[at], other_wrong[at]))
    if judgments:
        why = "" if told.ranker is not None else f" (not used: {told.why})"
        case = f"{name}, with {len(judgments)} judgments of other queries{why}"
        rows.append(Row(case, "MRR", "higher", judged.mean(), "text alone", mine.mean()))
    return rows


def main() -> None:
    """Run the bench."""
    parser = arguments(__doc__)
    parser.add_argument(
        "--split", choices=("test", "train", "made"), default="test", help="whose queries"
    )
    options = parser.parse_args()
    if not (options.data / "product_matching").is_dir():
        lacking("known_items", f"there is no {options.data / 'product_matching'}. Give --data.")
    rows = [row for name in SETS for row in one_set(name, options.data, options.split)]
    emit("known_items", rows, options.json)


if __name__ == "__main__":
    main()
