"""Ranking on the simulated store: learned from one seed's clicks, judged on another's hidden truth.

What a query meant and what customers like is known only to the truth. The gain of a product is the
chance that it is opened at the top of a list by a customer of that region with that wish, averaged
over customers; a product of another category has none. Queries are drawn as often as they were
typed, each is asked in one of the regions that buy most.

The ranker, the words' meanings and the queries' categories come from the one seed; sales, regional
sales and promises are the judged store's own. Rows: the full ranker beside text with popularity;
rankers that lack one group of what they know (regional sales also over 1,500 queries, and over
those that name no style where one is at home); one that takes clicks as they come; propensities
beside the true curve; a region that is new, with half of its log beside all of it alone.

    python bench/ranking.py [--pairs 1] [--first 2] [--queries 300] [--keep FOLDER]
        [--json FILE]
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _report import Row, arguments, emit
from _shops import REGIONS, Asked, Lesson, Log, Shop, fitted, judged, lesson, no_terms
from chowk.learn.bootstrap import paired_interval
from chowk.search.intent import Intent
from chowk.search.propensity import propensities
from chowk.search.ranker import Ranker

#: Queries over which small differences are judged.
WIDE = 1500
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


def kept(path: Path, make: Callable[[], np.ndarray]) -> np.ndarray:
    """The values of a run, read where it was run before."""
    start = time.perf_counter()
    found: np.ndarray = np.load(path) if path.exists() else make()
    np.save(path, found, allow_pickle=False)
    print(f"  {path.stem}: {found.mean():.4f} ({time.perf_counter() - start:.0f} s)", flush=True)
    return found


def over_pairs(rows: list[list[Row]]) -> list[Row]:
    """Of each row of several pairs of seeds the mean of both sides, and the range of the gain."""
    found = []
    for same in zip(*rows, strict=True):
        _, _, said = same[0].case.partition(": ")
        ours, theirs = (np.array([getattr(r, side) for r in same]) for side in ("ours", "theirs"))
        name = said.partition(" (difference")[0]
        if "queries without a style" in name:
            name = "full, queries without a style where one is at home"
        gain = ours / theirs - 1
        case = f"{len(same)} pairs: {name} (gain {gain.min():+.1%} to {gain.max():+.1%})"
        more = ours.mean(), same[0].peer, theirs.mean()
        found.append(Row(case, same[0].metric, same[0].better, *more))
    return found


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

    # What a region adds is small over all queries, for most name what they want.
    wide, wishes = shop.asked(seed + 1, WIDE), shop.local_wishes(seed, queries)

    @cache
    def taught() -> Lesson:
        return lesson(teacher, **words)

    def run(
        name: str, ranker: Callable[[], Ranker | None] | None = None, of: Asked = asked, **more: Any
    ) -> np.ndarray:
        def made() -> np.ndarray:
            if ranker is not None:
                more["ranker"] = ranker()
            with shop.engine(**more) as engine:
                return judged(shop, engine, of)

        return kept(folder / f"{seed} to {seed + 1}, {queries} queries, {name}.npy", made)

    def row(name: str, mine: np.ndarray, against: str, other: np.ndarray) -> Row:
        between = paired_interval(mine, other, seed=0)
        said = f"{case}: {name} (difference {between.low:+.3f} to {between.high:+.3f})"
        return Row(said, "NDCG@10", "higher", float(mine.mean()), against, float(other.mean()))

    plain = run("text with popularity", **nothing)
    text = run("text alone", popularity_weight=0.0, **nothing)
    formula = run("the formula", **words, **sold)
    full = run("full", lambda: fitted(taught()), **words, **sold)
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
        ranker = partial(lambda left_out: fitted(taught(), left_out), left_out)
        found = run(name, ranker, **more, **known)
        rows.append(row("full", full, name, found))
        if name == "without regional sales":
            for said, of in (
                (f"full, {len(wide)} queries", wide),
                (f"full, {len(wishes)} queries without a style where one is at home", wishes),
            ):
                mine = run(said, lambda: fitted(taught()), of, **words, **sold)
                other = run(f"{said}, {name}", ranker, of, **more, **known)
                rows.append(row(said, mine, name, other))
    for name, more in {
        "without words that stand for others": {**words, "terms": no_terms()},
        "without what queries are for": {**words, "intent": Intent()},
        "without either": nothing,
    }.items():
        ranker = partial(lambda more: fitted(lesson(teacher, **more)), more)
        rows.append(row("full", full, name, run(name, ranker, **more, **sold)))
    naive = run("naive", lambda: fitted(taught(), corrected=False), **words, **sold)
    rows.append(row("full", full, "clicks as they come", naive))
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

        def made(log: Log = log, taught: dict[str, Any] = taught) -> np.ndarray:
            ranker = fitted(lesson(shop, log, chosen=log.chosen))
            with shop.engine(log, ranker=ranker, **taught) as engine:
                return judged(shop, engine, asked)

        at = f"{seed}, {queries} queries, a new region, {name}.npy"
        found[name] = kept(folder / at, made)
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
    parser.add_argument("--keep", type=Path, help="where stores and runs stay, to go on from there")
    options = parser.parse_args()
    rows: list[list[Row]] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(options.pairs):
            seed = options.first + 2 * number
            rows.append(pair(folder, seed, options.queries))
            # Regions of two stores may differ: their rows stand last, and are not averaged.
            rows[-1].insert(0, new_region(folder, seed, options.queries))
    means = over_pairs([each[:-REGIONS] for each in rows]) if len(rows) > 1 else []
    emit("ranking", [*itertools.chain(*rows), *means], options.json)


if __name__ == "__main__":
    main()
