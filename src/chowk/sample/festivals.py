"""The calendar: festivals, seasons and sales of India and Europe, and what they make people buy.

Dates are those of 2025 and 2026, so that a calendar made for the simulated year also looks ahead.
Kinds named here are wanted `festival_lift` times as often in the ten days before a festival and
until its end; a season counts from its first day to its last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from chowk.store import schema

from .chapter import Pages
from .goods import GOODS, KEYS
from .parameters import Parameters
from .places import NAMES
from .world import World


@dataclass(frozen=True, slots=True)
class Festival:
    """One recurring date: where (a prefix of regions, or several), when, and what it sells.

    `days` are (first, last) as ISO dates, one pair a year. `sale` says that prices fall.
    """

    name: str
    where: tuple[str, ...]
    days: tuple[tuple[str, str], ...]
    sells: tuple[str, ...]
    keywords: tuple[str, ...]
    sale: bool = False
    season: bool = False

    def holds_in(self, region: str) -> bool:
        """Whether the festival is kept in a region."""
        return any(region == w or region.startswith(w + "/") for w in self.where)


_EU = ("DE", "FR", "ES")
_ALL = ("IN", *_EU)

FESTIVALS: tuple[Festival, ...] = (
    Festival("Makar Sankranti", ("IN/Gujarat", "IN/Rajasthan", "IN/Maharashtra"),
             (("2025-01-14", "2025-01-15"), ("2026-01-14", "2026-01-15")),
             ("sweets", "scarf"), ("sankranti", "uttarayan", "kite", "til")),
    Festival("Pongal", ("IN/Tamil Nadu",),
             (("2025-01-14", "2025-01-17"), ("2026-01-14", "2026-01-17")),
             ("saree", "cooker", "sweets"), ("pongal", "harvest")),
    Festival("Republic Day Sale", ("IN",),
             (("2025-01-24", "2025-01-27"), ("2026-01-24", "2026-01-27")),
             ("phone", "laptop", "headphones"), ("republic day", "sale"), sale=True),
    Festival("Valentine's Day", _ALL, (("2025-02-14", "2025-02-14"), ("2026-02-14", "2026-02-14")),
             ("jewellery", "watch", "handbag", "sweets"), ("valentine", "love", "gift")),
    Festival("Holi", ("IN",), (("2025-03-13", "2025-03-14"), ("2026-03-03", "2026-03-04")),
             ("tshirt", "kurta", "oil", "cream", "sweets"), ("holi", "colour", "white kurta")),
    Festival("Cricket Season", ("IN",),
             (("2025-03-22", "2025-06-03"), ("2026-03-26", "2026-05-31")),
             ("bat", "tshirt", "speaker"), ("cricket", "league"), season=True),
    Festival("Eid al-Fitr", ("IN", "DE", "FR"),
             (("2025-03-30", "2025-04-01"), ("2026-03-20", "2026-03-22")),
             ("kurta", "scarf", "sweets", "jewellery", "sherwani"), ("eid", "ramadan", "chand")),
    Festival("Easter", _EU, (("2025-04-18", "2025-04-21"), ("2026-04-03", "2026-04-06")),
             ("sweets", "mug", "dress"), ("easter", "ostern", "pâques", "pascua")),
    Festival("Feria de Abril", ("ES/Andalusia",),
             (("2025-05-06", "2025-05-11"), ("2026-04-21", "2026-04-26")),
             ("dress", "jewellery"), ("feria", "flamenca")),
    Festival("Akshaya Tritiya", ("IN",),
             (("2025-04-30", "2025-04-30"), ("2026-04-19", "2026-04-19")),
             ("jewellery",), ("akshaya tritiya", "gold")),
    Festival("Wedding Season", ("IN",),
             (("2025-11-16", "2025-12-14"), ("2026-11-20", "2026-12-12")),
             ("lehenga", "sherwani", "saree", "jewellery"), ("wedding", "shaadi", "bridal"),
             season=True),
    Festival("Summer", _EU, (("2025-06-01", "2025-08-31"), ("2026-06-01", "2026-08-31")),
             ("sunglasses", "sandals", "dress", "camera"), ("summer", "beach", "holiday"),
             season=True),
    Festival("Monsoon", ("IN",),
             (("2025-06-10", "2025-09-15"), ("2026-06-10", "2026-09-15")),
             ("tea", "sandals", "spice"), ("monsoon", "barish", "rain"), season=True),
    Festival("Back to School", ("IN",),
             (("2025-06-01", "2025-06-20"), ("2026-06-01", "2026-06-20")),
             ("backpack", "laptop", "sneakers"), ("back to school", "school bag")),
    Festival("Back to School", _EU, (("2025-08-18", "2025-09-12"), ("2026-08-17", "2026-09-11")),
             ("backpack", "laptop", "mouse"), ("back to school", "rentrée", "Schulanfang")),
    Festival("Raksha Bandhan", ("IN",),
             (("2025-08-09", "2025-08-09"), ("2026-08-28", "2026-08-28")),
             ("sweets", "watch", "jewellery"), ("rakhi", "brother", "sister")),
    Festival("Ganesh Chaturthi", ("IN/Maharashtra", "IN/Karnataka", "IN/Telangana"),
             (("2025-08-27", "2025-09-06"), ("2026-09-14", "2026-09-24")),
             ("sweets", "lamp", "saree"), ("ganesh", "ganpati", "modak")),
    Festival("Onam", ("IN/Kerala",), (("2025-08-26", "2025-09-05"), ("2026-08-16", "2026-08-26")),
             ("saree", "cooker", "sweets"), ("onam", "kasavu", "pookalam")),
    Festival("Oktoberfest", ("DE/Bavaria",),
             (("2025-09-20", "2025-10-05"), ("2026-09-19", "2026-10-04")),
             ("dress", "jacket", "mug"), ("oktoberfest", "wiesn", "dirndl")),
    Festival("Navratri", ("IN/Gujarat", "IN/Maharashtra", "IN/Delhi", "IN/Rajasthan"),
             (("2025-09-22", "2025-10-01"), ("2026-10-11", "2026-10-19")),
             ("lehenga", "jewellery", "kurta"), ("navratri", "garba", "chaniya choli")),
    Festival("Durga Puja", ("IN/West Bengal",),
             (("2025-09-28", "2025-10-02"), ("2026-10-17", "2026-10-21")),
             ("saree", "sweets", "sherwani"), ("durga puja", "pujo")),
    Festival("Diwali", ("IN",), (("2025-10-18", "2025-10-23"), ("2026-11-06", "2026-11-11")),
             ("lamp", "sweets", "saree", "jewellery", "phone", "cooker"),
             ("diwali", "deepavali", "diya", "lights"), sale=True),
    Festival("Winter", _EU, (("2025-01-01", "2025-02-28"), ("2025-11-15", "2025-12-31"),
                             ("2026-01-01", "2026-02-28"), ("2026-11-15", "2026-12-31")),
             ("jacket", "scarf", "tea"), ("winter", "warm", "wool"), season=True),
    Festival("Black Friday", _ALL, (("2025-11-28", "2025-12-01"), ("2026-11-27", "2026-11-30")),
             ("phone", "laptop", "headphones", "speaker", "camera", "coffeemaker"),
             ("black friday", "cyber monday"), sale=True),
    Festival("Christmas", (*_EU, "IN/Kerala"),
             (("2025-12-06", "2025-12-25"), ("2026-12-06", "2026-12-25")),
             ("sweets", "lamp", "mug", "watch", "headphones"),
             ("christmas", "weihnachten", "noël", "navidad")),
)  # fmt: skip

_RUN_UP = timedelta(days=10)


def _periods(festival: Festival) -> list[tuple[date, date]]:
    return [(date.fromisoformat(a), date.fromisoformat(b)) for a, b in festival.days]


def seasons(numbers: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """How wanted each kind is, and how much prices fall, on each day of the year.

    Returns
    -------
    (wanted [days, regions, kinds], factors of 1 or more; discount [days, regions] in [0, 1))
    """
    first = numbers.start.date()
    days = (numbers.end.date() - first).days
    wanted = np.ones((days, len(NAMES), len(GOODS)), np.float32)
    discount = np.zeros((days, len(NAMES)), np.float32)
    for festival in FESTIVALS:
        regions = [row for row, name in enumerate(NAMES) if festival.holds_in(name)]
        kinds = [KEYS.index(key) for key in festival.sells]
        for start, end in _periods(festival):
            begin = max(0, ((start if festival.season else start - _RUN_UP) - first).days)
            stop = min(days, (end - first).days + 1)
            if begin >= stop:
                continue
            lift = numbers.festival_lift ** (0.5 if festival.season else 1.0)
            wanted[begin:stop, np.ix_(regions, kinds)[0], np.ix_(regions, kinds)[1]] *= lift
            if festival.sale:
                sale = slice(max(0, (start - first).days), stop)
                discount[sale, regions] = numbers.sale_discount
    return wanted, discount


def calendar(world: World, rng: np.random.Generator) -> Pages:
    """The `calendar` table: one row a festival, period and place."""
    rows = [
        {
            "name": festival.name,
            "start": start,
            "end": end,
            "region": None if len(festival.where) == len(_ALL) else where,
            "keywords": list(festival.keywords),
        }
        for festival in FESTIVALS
        for start, end in _periods(festival)
        for where in (festival.where[:1] if len(festival.where) == len(_ALL) else festival.where)
    ]
    sells = [
        {"name": festival.name, "category": GOODS[KEYS.index(key)].path}
        for festival in FESTIVALS
        for key in festival.sells
    ]
    table = pa.Table.from_pylist(rows, schema.TABLES["calendar"].arrow)
    return Pages({"calendar": table}, {"festivals": pa.Table.from_pylist(sells)})
