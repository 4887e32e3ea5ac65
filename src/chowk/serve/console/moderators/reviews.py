"""The reviews' page: what one is about, what customers say lately, and what a person should see.

One text is read as it is typed. For those whose seats are of all channels the store's own reviews
stand beside it: classes, how each aspect fares, and dangers and spam first. All of them, where a
build has written `review_classes` and they are still the reviews that it read; else the newest.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import ibis
from litestar import Request, Response, get

from chowk.artifacts import current, verify
from chowk.community.reviews import ASPECTS, CLASSES
from chowk.errors import ArtifactError, InputError
from chowk.serve.judging import review_verdict

from .page import READS, ROOT, Page, See

if TYPE_CHECKING:
    from chowk.serve.serving import Serving
    from chowk.store.store import Store

#: Reviews of the store that are read, and of these how many are listed; letters of one.
NEWEST, LISTED, LONGEST = 500, 25, 2_000
#: Above it a sentiment is good, below its negative bad.
CLEAR = 0.2


def feeling(sentiment: float) -> str:
    """A sentiment in a word.

    >>> feeling(0.7), feeling(-0.7), feeling(0.0)
    ('good', 'bad', 'mixed')
    """
    return "good" if sentiment > CLEAR else "bad" if sentiment < -CLEAR else "mixed"


def newest(serving: Serving) -> list[dict[str, Any]]:
    """The store's newest reviews, the newest first; those without a day stand last."""
    with serving.reading() as store:
        if "reviews" not in store.tables():
            return []
        table = store["reviews"]
        order = [ibis.desc(table.ts, nulls_first=False), table.review_id]
        wanted = table.order_by(order).limit(NEWEST)
        rows = wanted.select("review_id", "product_id", "ts", "rating", "text").to_pyarrow()
        found: list[dict[str, Any]] = rows.to_pylist()
        return found


def _as_built(store: Store) -> bool:
    """Whether the table of classes is there, and the reviews are those that it was made from."""
    record = current(store.models_path)
    made = None if record is None else record.system("reviews")
    if made is None or not made.folder or "review_classes" not in store.tables():
        return False
    try:
        read = verify(store.models_path / made.folder).fingerprints.get("reviews")
    except ArtifactError:
        return False
    return bool(read) and read == store.fingerprint("reviews")


def built(serving: Serving) -> dict[str, Any] | None:
    """The same of all reviews, from the table that a build wrote; None where it wrote none, or of
    other reviews than are there now."""
    with serving.reading() as store:
        if not _as_built(store):
            return None
        told, reviews = store["review_classes"], store["reviews"]
        figures = {"read": told.count(), "held": (told.decision == "hold").sum()}
        for name in CLASSES:
            figures[f"is {name}"] = told.classes.contains(name).sum()
        for name in ASPECTS:
            figures[f"{name} good"] = (told[name] > CLEAR).sum()
            figures[f"{name} bad"] = (told[name] < -CLEAR).sum()
            figures[f"{name} all"] = told[name].count()
        found = store.arrow(told.aggregate(**figures)).to_pylist()[0]
        count = {name: int(value or 0) for name, value in found.items()}
        holds = told.filter(told.decision == "hold").join(reviews, "review_id")
        danger = holds.classes.contains("safety")
        newest_first = [ibis.desc(danger), ibis.desc(holds.ts, nulls_first=False), holds.review_id]
        wanted = holds.order_by(newest_first).limit(LISTED)
        rows = store.arrow(wanted.select("product_id", "ts", "rating", "text", "classes"))
    shares = []
    for name in ASPECTS:
        good, bad, total = (count[f"{name} {word}"] for word in ("good", "bad", "all"))
        if total:
            mixed = total - good - bad
            shares.append((name, total, [("good", good), ("mixed", mixed), ("bad", bad)]))
    first = [
        {**row, "text": row["text"][:300],
         "category": next(name for name in row["classes"] if name in ("safety", "spam"))}
        for row in rows.to_pylist()
    ]  # fmt: skip
    return {
        "read": count["read"],
        "every": True,
        "classes": [(name, count[f"is {name}"]) for name in CLASSES],
        "aspects": shares,
        "first": first,
        "held": count["held"],
        "other": None,
    }


def summary(rows: list[dict[str, Any]], verdicts: list[dict[str, Any]]) -> dict[str, Any]:
    """Classes and aspects of many reviews, and those that a person should look at first."""
    counts = Counter(label for told in verdicts for label in told["labels"])
    fares = {name: Counter[str]() for name in ASPECTS}
    for told in verdicts:
        for aspect in told["aspects"]:
            fares[aspect["name"]][feeling(aspect["sentiment"])] += 1
    shares = []
    for name, said in fares.items():
        total = sum(said.values())
        if total:
            shares.append((name, total, [(word, said[word]) for word in ("good", "mixed", "bad")]))
    first = [
        {**row, "text": row["text"][:300], **told}
        for row, told in zip(rows, verdicts, strict=True)
        if told["decision"] == "hold"
    ]
    # A danger before an advert; of each, the newest first.
    first.sort(key=lambda one: "safety" not in one["labels"])
    return {
        "read": len(rows),
        "every": False,
        "classes": [(name, counts[name]) for name in CLASSES],
        "aspects": shares,
        "first": first[:LISTED],
        "held": len(first),
        "other": sum(not told["english"] for told in verdicts),
    }


def one(see: See) -> dict[str, Any] | None:
    """What is said of the typed text; None without one."""
    text = see.asked.get("text", "").strip()
    if not text:
        return None
    said = see.asked.get("rating", "").strip()
    try:
        rating = float(said) if said else None
    except ValueError:
        rating = -1.0
    if rating is not None and not 0 <= rating <= 10:
        raise InputError(f"A rating is a number from 0 to 10, or left out. Got {said[:20]!r}.")
    told = review_verdict(see.state, [{"text": text[:LONGEST], "rating": rating}])[0]
    for aspect in told["aspects"]:
        aspect["clause"] = text[aspect["start"] : aspect["end"]].strip()
        aspect["feeling"] = feeling(aspect["sentiment"])
    told["sure"] = sorted(told["probabilities"].items(), key=lambda pair: -pair[1])
    return told


def collect(see: See) -> dict[str, Any]:
    """One text's classes, the store's newest reviews, and how many wait."""
    desk, key = see.desk, see.key.key_id
    waits = {
        kind: len(desk.queue.items(state="waiting", kinds=[kind], limit=1000, actor=key))
        for kind in ("review", "question")
    }
    found: dict[str, Any] = {
        "one": one(see),
        "text": see.asked.get("text", ""),
        "rating": see.asked.get("rating", ""),
        "waits": waits,
        "all": None,
    }
    if desk.seats.may(key, "precedents.read", ""):
        found["all"] = built(see.serving)
        if found["all"] is None:
            rows = newest(see.serving)
            found["all"] = summary(rows, review_verdict(see.state, rows) if rows else [])
    return found


PAGE = Page("reviews", collect)


@get(f"{ROOT}/reviews", opt=READS, include_in_schema=False)
async def show(request: Request[Any, Any, Any]) -> Response[Any]:
    """What reviews say."""
    return await PAGE.show(request)


HANDLERS = (show,)
