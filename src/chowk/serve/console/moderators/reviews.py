"""The reviews' page: what one is about, what customers say lately, and what a person should see.

One text is read as it is typed. Of the store's own reviews the newest are read, for those whose
seats are of all channels: classes, how each aspect fares, and dangers and spam first.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import ibis
from litestar import Request, Response, get

from chowk.community.reviews import ASPECTS, CLASSES
from chowk.errors import InputError
from chowk.serve.judging import review_verdict

from .page import READS, ROOT, Page, See

if TYPE_CHECKING:
    from chowk.serve.serving import Serving

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
        "classes": [(name, counts[name]) for name in CLASSES],
        "aspects": shares,
        "first": first[:LISTED],
        "held": len(first),
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
        rows = newest(see.serving)
        found["all"] = summary(rows, review_verdict(see.state, rows) if rows else [])
    return found


PAGE = Page("reviews", collect)


@get(f"{ROOT}/reviews", opt=READS, include_in_schema=False)
async def show(request: Request[Any, Any, Any]) -> Response[Any]:
    """What reviews say."""
    return await PAGE.show(request)


HANDLERS = (show,)
