"""The customers and what they like.

`folk` draws them as arrays: a region, a persona (which kinds and colours it leans to), favourite
kinds, a hidden taste vector, a price level, and how often they come. `register` writes the
`customers` table; the tastes go to the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from chowk.errors import parameter
from chowk.store import schema

from .chapter import Pages
from .goods import COLOURS, GOODS
from .parameters import Parameters, generator
from .places import INDIA, LANGUAGES, NAMES, REGIONS, language
from .products import LATENT

if TYPE_CHECKING:
    from .world import World

_LOCALES: tuple[str, ...] = tuple(dict.fromkeys(name for r in REGIONS for name in r.locales))


@dataclass(frozen=True, slots=True)
class Folk:
    """Customers as arrays; every array has one entry a customer.

    `region` indexes `places.REGIONS`, `speaks` `places.LANGUAGES`, `favourites` [n, 4] `GOODS`.
    `colours` [n, colours] are logits, `price` is in standard deviations of a kind's log price,
    `activity` how often they come, `joined` microseconds since 1970. `persona_kinds`
    [personas, kinds] are factors.
    """

    ids: list[str]
    region: np.ndarray
    locale: np.ndarray
    speaks: np.ndarray
    persona: np.ndarray
    persona_kinds: np.ndarray
    favourites: np.ndarray
    latent: np.ndarray
    colours: np.ndarray
    price: np.ndarray
    activity: np.ndarray
    joined: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


def folk(n: int, seed: int, numbers: Parameters) -> Folk:
    """Draw `n` customers."""
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise parameter("sample", "customers", "an int of 1 or more", n)
    rng = generator(seed, "customers")
    share = np.array([region.share for region in REGIONS])
    region = rng.choice(len(REGIONS), n, p=share / share.sum())
    # The first locale of a region is the common one; the others share the rest.
    locale = np.zeros(n, np.int64)
    ease = rng.random(n)
    for row, place in enumerate(REGIONS):
        here = np.flatnonzero(region == row)
        which = np.minimum((ease[here] ** 1.5 * len(place.locales)).astype(int), 9)
        codes = np.array([_LOCALES.index(name) for name in place.locales])
        locale[here] = codes[which]
    speaks = np.array([LANGUAGES.index(language(name)) for name in _LOCALES])[locale]
    persona_kinds = np.exp(rng.normal(0, 0.9, (numbers.personas, len(GOODS))))
    persona_colours = rng.normal(0, 0.7, (numbers.personas, len(COLOURS)))
    persona_latent = rng.normal(0, 0.7, (numbers.personas, LATENT))
    persona = rng.integers(0, numbers.personas, n)
    # Nobody's favourite is what is hardly bought where he lives.
    bought = np.array([[g.india, g.europe] for g in GOODS]).T[np.where(INDIA[region], 0, 1)]
    keys = np.log(bought) + rng.gumbel(0, 1, (n, len(GOODS)))
    favourites = np.argpartition(-keys, numbers.favourites - 1, axis=1)[:, : numbers.favourites]
    start = int(numbers.start.timestamp() * 1e6)
    length = int(numbers.end.timestamp() * 1e6) - start
    late = rng.random(n) < 0.3
    when = np.where(late, rng.random(n) * 0.9, -3 * rng.random(n))
    return Folk(
        ids=[f"C{i:06d}" for i in range(n)],
        region=region,
        locale=locale,
        speaks=speaks,
        persona=persona,
        persona_kinds=persona_kinds,
        favourites=favourites,
        latent=(persona_latent[persona] + rng.normal(0, 0.7, (n, LATENT))).astype(np.float32),
        colours=(persona_colours[persona] + rng.normal(0, 0.7, (n, len(COLOURS)))).astype(
            np.float32
        ),
        price=rng.normal(0, 0.8, n).astype(np.float32),
        activity=np.exp(rng.normal(0, numbers.activity_spread, n)),
        joined=start + (when * length).astype(np.int64),
    )


def register(world: World, rng: np.random.Generator) -> Pages:
    """The `customers` table, and their tastes as truth."""
    people = world.folk
    declared = schema.TABLES["customers"]
    table = pa.table(
        {
            "customer_id": people.ids,
            "region": pa.array(NAMES).take(pa.array(people.region)),
            "locale": pa.array(_LOCALES).take(pa.array(people.locale)),
            "created_at": pa.array(people.joined, pa.timestamp("us", tz="UTC")),
        },
        schema=declared.arrow,
    )
    paths = [goods.path for goods in GOODS]
    names = np.array(list(COLOURS))
    truth = pa.table(
        {
            "customer_id": people.ids,
            "persona": people.persona,
            "favourites": [[paths[k] for k in row] for row in people.favourites.tolist()],
            "colour": names[people.colours.argmax(axis=1)].tolist(),
            "price_level": people.price,
            "activity": people.activity,
            "taste": pa.array(list(people.latent), pa.list_(pa.float32())),
        }
    )
    return Pages({"customers": table}, {"customers": truth})
