"""Live streams of the last weeks, and which of them customers chose, which only the truth holds.

A channel streams about one kind of goods, in one language, most days. A customer who opens the page
at some moment takes the stream of greatest utility: how attractive it is, how much he looks for
its kind, whether he speaks its language, and chance. `viewers` is the attraction with noise, so
that ranking by it is current popularity.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from chowk.store import schema

from .chapter import Pages
from .goods import GOODS
from .places import INDIA, LANGUAGES
from .words import NOUNS
from .world import World

_SECOND, _DAY = 1_000_000, 86_400_000_000
_TITLES = ("{} evening", "New {} today", "{}: ask me anything", "My favourite {}", "{} live")


def streams(world: World, rng: np.random.Generator) -> Pages:
    """The `live` table, and the truth's `live_choices`."""
    numbers, folk = world.numbers, world.folk
    channels, days = numbers.live_channels, numbers.live_days
    end = int(numbers.end.timestamp() * 1e6)
    sold = np.unique(world.shelf.kind)
    kind = rng.choice(sold, channels)
    speaks = rng.choice(folk.speaks, channels)
    draw = rng.normal(0, numbers.live_spread, channels)

    on = rng.random((channels, days)) < numbers.live_daily
    channel, day = np.nonzero(on)
    start = end - (days - day) * _DAY + (rng.random(len(day)) * _DAY * 0.9).astype(np.int64)
    hours = rng.uniform(1.0, 6.0, len(day))
    until = np.minimum(start + (hours * 3600 * _SECOND).astype(np.int64), end)
    attraction = draw[channel] + rng.normal(0, 0.5, len(day))
    seen = np.exp(attraction + rng.normal(0, numbers.live_noise, len(day)))
    viewers = np.rint(40 * seen).astype(np.int64)
    order = np.lexsort((channel, start))
    channel, start, until = channel[order], start[order], until[order]
    attraction, viewers = attraction[order], viewers[order]

    ids = [f"L{c:04d}" for c in range(channels)]
    told = rng.integers(0, len(_TITLES), len(order))
    languages = [LANGUAGES[speaks[c]] for c in channel]
    nouns = [_noun(kind[c], language) for c, language in zip(channel, languages, strict=True)]
    titles = [_TITLES[t].format(noun).capitalize() for t, noun in zip(told, nouns, strict=True)]
    tags = [
        [part.lower() for part in GOODS[kind[c]].path.split(" > ")[1:]] for c in channel.tolist()
    ]
    declared = schema.TABLES["live"].arrow
    when = pa.timestamp("us", tz="UTC")
    table = pa.table(
        {
            "channel_id": [ids[c] for c in channel],
            "start": pa.array(start, when),
            "end": pa.array(until, when),
            "title": titles,
            "language": languages,
            "tags": tags,
            "viewers": viewers,
        }
    )
    table = pa.Table.from_arrays(
        [table[f.name].combine_chunks().cast(f.type) for f in declared], schema=declared
    )

    # What draws a customer to a kind is what draws him to look for it, see `Market.needed`.
    bought = np.array([[goods.india, goods.europe] for goods in GOODS]).T
    needs = bought[np.where(INDIA[folk.region], 0, 1)] * folk.persona_kinds[folk.persona]
    np.put_along_axis(
        needs,
        folk.favourites,
        np.take_along_axis(needs, folk.favourites, 1) * numbers.favourite_lift,
        1,
    )
    needs = np.log(np.maximum(needs, 1e-3))
    rows = numbers.live_choices
    who = rng.choice(len(folk), rows, p=folk.activity / folk.activity.sum())
    moment = end - (rng.random(rows) * (days - 1) * _DAY).astype(np.int64)
    chosen = np.full(rows, -1)
    for row in range(rows):
        there = np.flatnonzero((start <= moment[row]) & (moment[row] < until))
        if len(there):
            own = channel[there]
            utility = attraction[there] + rng.gumbel(0, 1, len(there))
            utility += numbers.live_kind * needs[who[row], kind[own]]
            utility += numbers.live_language * (speaks[own] == folk.speaks[who[row]])
            chosen[row] = own[utility.argmax()]
    some = np.flatnonzero(chosen >= 0)
    truth = pa.table(
        {
            "ts": pa.array(moment[some], when),
            "customer_id": [folk.ids[who[row]] for row in some],
            "channel_id": [ids[chosen[row]] for row in some],
        }
    )
    return Pages({"live": table}, {"live_choices": truth})


def _noun(kind: int, language: str) -> str:
    words = NOUNS[GOODS[kind].key]
    return words.get(language, words["en"])[0]
