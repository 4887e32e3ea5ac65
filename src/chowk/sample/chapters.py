"""The chapters of the sample store, in the order in which they are written.

A chapter is a function of the world and of random numbers of its own that gives `Pages`: tables
for the store, and truth that the store never sees. To add a table to the sample store, write one
file with such a function and one line here. Each chapter draws from its own stream, so a new one
leaves what the others write as it was. (Events are not here: they stream, see `events`.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from .chapter import Pages
from .chatter import chatter
from .customers import register
from .doors import doors
from .festivals import calendar
from .goods import AT_HOME, COLOURS, GOODS
from .offers import offers
from .parameters import generator
from .parcels import parcels
from .places import LANGUAGES
from .praise import praise
from .relations import relations
from .requests import utterances
from .streams import streams
from .words import COLOUR_WORDS, NOUNS
from .world import World


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the store: its name (which seeds its random numbers) and what tells it."""

    name: str
    tells: Callable[[World, np.random.Generator], Pages]

    def pages(self, world: World) -> Pages:
        """The chapter's tables and truth in a world."""
        return self.tells(world, generator(world.seed, f"chapter {self.name}"))


def products(world: World, rng: np.random.Generator) -> Pages:
    """The `products` table; the full attributes, the hidden quality and the errors as truth."""
    shelf = world.shelf
    paths = pa.array([goods.path for goods in GOODS])
    home = [
        list(AT_HOME.get((GOODS[k].key, facts.get("style", "")), ()))
        for k, facts in zip(shelf.kind.tolist(), shelf.facts, strict=True)
    ]
    truth = pa.table(
        {
            "product_id": shelf.ids,
            "category": paths.take(pa.array(shelf.kind)),
            "attributes": pa.array(
                [list(facts.items()) for facts in shelf.facts], pa.map_(pa.string(), pa.string())
            ),
            "home": pa.array(home, pa.list_(pa.string())),
            "quality": shelf.quality,
            "taste": pa.array(list(shelf.latent), pa.list_(pa.float64())),
        }
    )
    errors = pa.Table.from_pylist(
        shelf.errors,
        pa.schema([(name, pa.string()) for name in ("product_id", "error", "column", "truth")]),
    )
    return Pages({"products": shelf.table()}, {"products": truth, "product_errors": errors})


def looking(world: World, rng: np.random.Generator) -> Pages:
    """The examination curve, as truth."""
    curve = world.numbers.examination(world.numbers.list_length)
    positions = np.arange(1, len(curve) + 1)
    return Pages(truth={"position_curve": pa.table({"position": positions, "examination": curve})})


def meant(world: World, rng: np.random.Generator) -> Pages:
    """What each word of a query stands for: the words of titles and attributes, as truth."""
    rows: list[dict[str, str | None]] = [
        {"word": word, "language": name, "stands_for": goods.noun.lower(), "category": goods.path}
        for goods in GOODS
        for name, words in NOUNS[goods.key].items()
        for word in words
    ]
    rows += [
        {"word": word, "language": name, "stands_for": colour, "category": None}
        for colour in COLOURS
        for name, word in zip(LANGUAGES, (colour, *COLOUR_WORDS[colour]), strict=True)
    ]
    columns = ("word", "language", "stands_for", "category")
    return Pages(
        truth={"words": pa.Table.from_pylist(rows, pa.schema([(c, pa.string()) for c in columns]))}
    )


CHAPTERS: tuple[Chapter, ...] = (
    Chapter("products", products),
    Chapter("offers", offers),
    Chapter("customers", register),
    Chapter("calendar", calendar),
    Chapter("relations", relations),
    Chapter("looking", looking),
    Chapter("words", meant),
    Chapter("parcels", parcels),
    Chapter("streams", streams),
    Chapter("utterances", utterances),
    Chapter("addresses", doors),
    Chapter("messages", chatter),
    Chapter("reviews", praise),
)
