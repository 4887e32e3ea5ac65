"""Ranking on the simulated store: learned from one seed's clicks, judged on another's hidden truth.

What a query meant and what customers like is known only to the truth. The gain of a product is the
chance that it is opened at the top of a list by a customer of that region with that wish, averaged
over customers; a product of another category has none. Queries are drawn as often as they were
typed, each is asked in one of the regions that buy most.

The ranker, the words' meanings and the queries' categories come from the one seed; sales, regional
sales and promises are the judged store's own. Rows: the full ranker beside text with popularity;
rankers that lack one group of what they know; one that takes clicks as they come; propensities
beside the true curve; a region that is new, with half of its log beside all of it alone.

    python bench/ranking.py [--pairs 1] [--first 2] [--queries 300] [--json FILE]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _report import Row, arguments, emit
from _shops import Shop, fitted, judged, lesson, no_terms
from chowk.learn.bootstrap import paired_interval
from chowk.search.intent import Intent
from chowk.search.propensity import propensities

ABLATED = {
    "without regional sales": ("regional",),
    "without delivery": ("promise", "later"),
    "without popularity": ("popularity",),
    "without price and age": ("price", "age"),
}
#: What the formula itself must not see either when a group is left out.
UNSEEN: dict[str, dict[str, Any]] = {
    "without regional sales": {"regional": None},
    "without delivery": {"offers": None},
}


def pair(folder: Path, seed: int, queries: int) -> list[Row]:
    """Learn on `seed`, judge on `seed + 1`."""
    teacher, shop = Shop(folder, seed), Shop(folder, seed + 1)
    theta = propensities(teacher.log.counts, places=len(teacher.curve))
    far = float(np.abs(theta - teacher.curve).max())
    asked = shop.asked(seed, queries)
    terms, intent = teacher.learned()
    case = f"seed {seed} to {seed + 1}, {queries} queries"
    nothing: dict[str, Any] = {"terms": no_terms(), "intent": Intent()}
    words: dict[str, Any] = {"terms": terms, "intent": intent}
    sold: dict[str, Any] = {"offers": shop.offers, "regional": shop.log.regional}

    def run(name: str, **more: Any) -> np.ndarray:
        start = time.perf_counter()
        with shop.engine(**more) as engine:
            found = judged(shop, engine, asked)
        print(f"  {name}: {found.mean():.4f} ({time.perf_counter() - start:.0f} s)", flush=True)
        return found

    def row(name: str, mine: np.ndarray, against: str, other: np.ndarray) -> Row:
        between = paired_interval(mine, other, seed=0)
        said = f"{case}: {name} (difference {between.low:+.3f} to {between.high:+.3f})"
        return Row(said, "NDCG@10", "higher", float(mine.mean()), against, float(other.mean()))

    plain = run("text with popularity", **nothing)
    text = run("text alone", popularity_weight=0.0, **nothing)
    formula = run("the formula", **words, **sold)
    taught = lesson(teacher, **words)
    full = run("full", ranker=fitted(taught), **words, **sold)
    rows = [
        row("full", full, "text with popularity", plain),
        row("the formula", formula, "text alone", text),
        Row(
            f"{case}: propensities, farthest from the truth", "absolute", "lower", far, "bar", 0.05
        ),
    ]
    for name, left_out in ABLATED.items():
        known = {**sold, **UNSEEN.get(name, {})}
        more = {**words, "popularity": None} if "popularity" in left_out else words
        ranker = fitted(taught, left_out)
        found = run(name, ranker=ranker, **more, **known)
        rows.append(row("full", full, name, found))
        if name == "without regional sales":
            at = [i for i, (query, _) in enumerate(asked) if query["category"] in shop.local]
            said = f"full, {len(at)} queries of categories with styles at home somewhere"
            rows.append(row(said, full[at], name, found[at]))
    for name, more in {
        "without words that stand for others": {**words, "terms": no_terms()},
        "without what queries are for": {**words, "intent": Intent()},
        "without either": nothing,
    }.items():
        ranker = fitted(lesson(teacher, **more))
        rows.append(row("full", full, name, run(name, ranker=ranker, **more, **sold)))
    naive = fitted(taught, corrected=False)
    rows.append(
        row("full", full, "clicks as they come", run("naive", ranker=naive, **words, **sold))
    )
    for region in shop.regions:
        at = [i for i, (_, where) in enumerate(asked) if where == region]
        rows.append(row(f"full, {region}", full[at], "text with popularity", plain[at]))
    print("  propensities", np.round(theta, 3).tolist(), np.round(teacher.curve, 3).tolist())
    return rows


def new_region(folder: Path, seed: int, queries: int) -> Row:
    """A region that is new: half of its log, with what others taught, beside all of it alone."""
    shop = Shop(folder, seed, without="0")
    region = shop.regions[0]
    asked = shop.asked(seed, queries, region)
    found = {}
    for name in ("its own", "others and half"):
        log = shop.parts[name]
        taught = {"chosen": log.chosen, "regional": log.regional, "offers": shop.offers}
        ranker = fitted(lesson(shop, log, chosen=log.chosen))
        with shop.engine(log, ranker=ranker, **taught) as engine:
            found[name] = judged(shop, engine, asked)
        print(f"  {region}, {name}: {found[name].mean():.4f}", flush=True)
    mine, other = found["others and half"], found["its own"]
    return Row(
        f"seed {seed}: {region} with half of its log and the others'",
        "NDCG@10",
        "higher",
        float(mine.mean()),
        "all of its log alone",
        float(other.mean()),
    )


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
            seed = options.first + 2 * number
            rows += pair(Path(folder), seed, options.queries)
            rows.append(new_region(Path(folder), seed, options.queries))
    emit("ranking", rows, options.json)


if __name__ == "__main__":
    main()
