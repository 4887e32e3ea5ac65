"""The catalogue: products at any size, with the facts that a store would know and the ones it lost.

`shelf` draws a catalogue as arrays (what the simulation works on), `catalogue` gives it as the
`products` table. Some attributes are left out and some rows hold errors on purpose; the shelf keeps
the full truth beside what the table shows. Products of all kinds are shuffled, so that ids tell
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from chowk.errors import parameter
from chowk.store import schema

from .goods import BRANDS, COLOURS, GOODS, LINES, MADE_OF, PATTERNS, Goods
from .mistakes import spoil
from .parameters import Difficulty, Parameters, generator, parameters, split
from .phrases import CARES, OPENINGS, USES

#: Every brand, in order; products hold its row number.
ALL_BRANDS: tuple[str, ...] = tuple(dict.fromkeys(b for names in BRANDS.values() for b in names))
#: Length of the hidden taste vectors of products and customers.
LATENT = 6

_COLOUR_NAMES = tuple(COLOURS)
_BRAND_ROW = {name: row for row, name in enumerate(ALL_BRANDS)}
#: Facets whose later values cost more.
_COSTLIER = ("storage", "memory", "volume", "pack", "power", "set", "resolution", "screen")


#: Trades whose colour is that of the packing, which titles leave out.
_PACKED = ("food", "beauty")
_PLURAL = {"sweets": "a box of sweets"}


@dataclass(slots=True)
class Shelf:
    """A catalogue as arrays; every array has one entry a product, codes are −1 for none.

    `kind` indexes `GOODS`, `brand` `ALL_BRANDS`, `colour` `COLOURS`, `pattern` `PATTERNS`, and
    `style` the kind's own styles. `quality` and `latent` [n, LATENT] are hidden. `created` and
    `gone` are microseconds since 1970. `rows` is what the store shows, `facts` every attribute
    that is true, `errors` what was spoiled on purpose.
    """

    ids: list[str]
    kind: np.ndarray
    brand: np.ndarray
    colour: np.ndarray
    pattern: np.ndarray
    style: np.ndarray
    price: np.ndarray
    quality: np.ndarray
    latent: np.ndarray
    created: np.ndarray
    gone: np.ndarray
    facts: list[dict[str, str]]
    rows: dict[str, list[Any]]
    errors: list[dict[str, str]]

    def __len__(self) -> int:
        return len(self.ids)

    def table(self) -> pa.Table:
        """The `products` table."""
        declared = schema.TABLES["products"]
        columns = []
        for column in declared.columns:
            values = self.rows[column.name]
            if column.kind == "map":
                values = [list(row.items()) for row in values]
            if column.kind == "money":
                columns.append(pa.array(values, pa.float64()).cast(column.arrow, safe=False))
            else:
                columns.append(pa.array(values, column.arrow))
        return pa.Table.from_arrays(columns, schema=declared.arrow)


def catalogue(n: int = 2000, seed: int = 0, *, difficulty: Difficulty = "middle") -> pa.Table:
    """Products alone, as the `products` table of a sample store.

    Parameters
    ----------
    n : how many products, at least 1. About 20 s and 600 MB a million.
    seed : the same seed gives the same rows; an even one has the training error kinds, an odd one
        the evaluation kinds (see `parameters`).
    difficulty : 'easy', 'middle' or 'hard'.

    Returns
    -------
    pyarrow.Table with every column of the schema's `products`; `image` is null.

    Examples
    --------
    >>> products = catalogue(50, seed=3)
    >>> products.num_rows, products["title"].null_count
    (50, 0)
    """
    return shelf(n, seed, parameters(difficulty)).table()


def shelf(n: int, seed: int, numbers: Parameters) -> Shelf:
    """Draw a catalogue of `n` products."""
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise parameter("sample", "products", "an int of 1 or more", n)
    rng = generator(seed, "products")
    # Categories differ in size as in a shop; each has at least a few products.
    weight = rng.dirichlet(np.full(len(GOODS), 8.0))
    kind = np.concatenate(
        [np.arange(len(GOODS)), rng.choice(len(GOODS), max(0, n - len(GOODS)), p=weight)]
    )[:n]
    kind.sort()
    tier = rng.normal(0, 0.3, len(ALL_BRANDS))
    brand_latent = rng.normal(0, 0.8, (len(ALL_BRANDS), LATENT))
    drawn = _Drawn(n, numbers)
    for row, goods in enumerate(GOODS):
        at = np.flatnonzero(kind == row)
        if len(at):
            drawn.fill(goods, at, rng, tier)
    order = rng.permutation(n)
    latent = brand_latent[drawn.brand] + rng.normal(0, 0.6, (n, LATENT))
    made = _assemble(drawn, kind, order, latent[order], rng, numbers)
    spoil(made, generator(seed, "mistakes"), numbers, split(seed))
    return made


class _Drawn:
    """The catalogue's columns while the kinds fill them, in order of kind."""

    def __init__(self, n: int, numbers: Parameters) -> None:
        self.numbers = numbers
        self.brand = np.zeros(n, np.int32)
        self.colour = np.full(n, -1, np.int16)
        self.pattern = np.full(n, -1, np.int16)
        self.style = np.full(n, -1, np.int16)
        self.price = np.zeros(n)
        self.group = np.full(n, -1, np.int64)
        self.groups = 0
        self.facts: list[dict[str, str]] = [{} for _ in range(n)]
        self.title: list[str] = [""] * n
        self.description: list[str] = [""] * n
        self.models: list[str] = []  # phones that cases can fit

    def fill(
        self, goods: Goods, at: np.ndarray, rng: np.random.Generator, tier: np.ndarray
    ) -> None:
        """Draw the products of one kind."""
        m = len(at)
        member, offset = _grouped(m, self.numbers.grouped if goods.variant else 0.0, rng)
        groups = int(member[-1]) + 1

        def of_group(high: int) -> np.ndarray:
            drawn: np.ndarray = rng.integers(0, high, groups)[member]
            return drawn

        brands = np.array([_BRAND_ROW[name] for name in BRANDS[goods.trade]])
        self.brand[at] = brand = brands[of_group(len(brands))]
        line = of_group(len(LINES))
        number = of_group(12) + 1
        codes: dict[str, np.ndarray] = {}
        for facet, values in goods.facets.items():
            code = of_group(len(values))
            if facet == goods.variant:
                code = (code + offset) % len(values)
            codes[facet] = code
        colours = np.array([_COLOUR_NAMES.index(name) for name in goods.colours], np.int16)
        shade = of_group(len(colours))
        if goods.variant == "colour":
            shade = (shade + offset) % len(colours)
        self.colour[at] = colours[shade]
        if goods.patterns:
            patterns = np.array([PATTERNS.index(name) for name in goods.patterns], np.int16)
            self.pattern[at] = patterns[of_group(len(patterns))]
        if "style" in codes:
            self.style[at] = codes["style"]
        self.price[at] = _prices(goods, codes, tier[brand], member, rng)
        sizes = np.bincount(member)
        self.group[at] = np.where(sizes[member] > 1, self.groups + member, -1)
        self.groups += groups
        model = [f"{LINES[a]} {b}" for a, b in zip(line, number, strict=True)]
        if goods.key == "phone":
            self.models = [f"{ALL_BRANDS[b]} {name}" for b, name in zip(brand, model, strict=True)]
        fits = [""] * m
        if "fits" in goods.tail and self.models:
            fits = [self.models[i] for i in of_group(len(self.models))]
        self._write(goods, at, codes, line, model, fits, rng)

    def _write(
        self,
        goods: Goods,
        at: np.ndarray,
        codes: dict[str, np.ndarray],
        line: np.ndarray,
        model: list[str],
        fits: list[str],
        rng: np.random.Generator,
    ) -> None:
        """Facts, titles and descriptions of one kind."""
        m = len(at)
        shows = rng.random((m, 4)) < (self.numbers.colour_in_title, 0.45, 0.85, 0.7)
        pick = rng.integers(0, 60, (m, 3))
        device = goods.trade == "devices"
        packed = goods.trade in _PACKED
        for i, row in enumerate(at.tolist()):
            facts = {facet: goods.facets[facet][codes[facet][i]] for facet in codes}
            if (goods.key, facts.get("style", "")) in MADE_OF:
                facts["material"] = MADE_OF[goods.key, facts["style"]]
            if self.colour[row] >= 0:
                facts["colour"] = _COLOUR_NAMES[self.colour[row]]
            if self.pattern[row] >= 0:
                facts["pattern"] = PATTERNS[self.pattern[row]]
            if fits[i]:
                facts["fits"] = fits[i]
            if goods.key == "phone":
                facts["model"] = f"{ALL_BRANDS[self.brand[row]]} {model[i]}"
            self.facts[row] = facts
            brand = ALL_BRANDS[self.brand[row]]
            in_colour, in_line, in_facets, in_tail = shows[i].tolist()
            words = [brand, model[i] if device else LINES[line[i]] if in_line else ""]
            words.append(facts["colour"].title() if in_colour and not packed else "")
            pattern = facts.get("pattern", "solid")
            words.append(pattern.title() if pattern != "solid" and in_facets else "")
            for facet in goods.title:
                if in_facets or facet == "style":
                    words.append(_titled(facts[facet]))
            words.append(goods.noun)
            tail = [facts[facet] for facet in goods.tail if facet in facts and facet != "fits"]
            title = " ".join(filter(None, words))
            if fits[i]:
                title += f" for {fits[i]}"
            if tail and in_tail:
                title += ", " + ", ".join(tail)
            self.title[row] = title
            self.description[row] = _described(goods, facts, brand, LINES[line[i]], pick[i])


def _grouped(m: int, share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Group of each of `m` products, and its place in the group; `share` of groups have 2 or 3."""
    sizes = np.where(rng.random(m) < share, rng.integers(2, 4, m), 1)
    member = np.repeat(np.arange(m), sizes)[:m]
    first = np.concatenate([[0], np.cumsum(sizes)])[:m]
    return member, np.arange(m) - first[member]


def _prices(
    goods: Goods,
    codes: dict[str, np.ndarray],
    tier: np.ndarray,
    member: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Log-normal between the kind's quantiles, moved by brand and facets, with shop-like ends."""
    low, high = np.log(goods.price)
    spread = (high - low) / 2.563
    logs = (low + high) / 2 + tier + rng.normal(0, spread, int(member[-1]) + 1)[member] * 0.8
    for facet, code in codes.items():
        values = len(goods.facets[facet])
        if facet in _COSTLIER:
            logs = logs + 0.22 * (code - (values - 1) / 2)
        elif facet in ("material", "style"):
            logs = logs + rng.normal(0, 0.12, values)[code]
    price = np.exp(np.clip(logs, low - 2 * spread, high + 2 * spread))
    end = np.array([0.0, 0.49, 0.9, 0.99])[rng.integers(0, 4, len(price))]
    small = np.maximum(np.floor(price) + end, 0.49)
    large = np.round(price / 5) * 5 - 0.1
    priced: np.ndarray = np.where(price < 60, small, large).round(2)
    return priced


def _titled(words: str) -> str:
    """Capitals at the start of words, where there is none inside ('USB-C' stays)."""
    return " ".join(w if any(c.isupper() for c in w) else w.capitalize() for w in words.split(" "))


def _described(goods: Goods, facts: dict[str, str], brand: str, line: str, pick: np.ndarray) -> str:
    """Three sentences on a product."""
    noun = goods.noun if goods.noun == "T-Shirt" else goods.noun.lower()
    one = f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
    if noun.endswith("s") and noun != "dress":
        one = _PLURAL.get(noun, f"a pair of {noun}")
    made = ""
    if "material" in facts:
        made = f" in {facts.get('colour', '')} {facts['material']}".replace("  ", " ")
    elif "colour" in facts and goods.trade not in _PACKED:
        made = f" in {facts['colour']}"
    if "style" in facts:
        made += f", {facts['style']} style"
    if facts.get("fits"):
        made += f", made to fit the {facts['fits']}"
    opening = OPENINGS[pick[0] % len(OPENINGS)].format(
        one=one, One=one.capitalize(), noun=noun, brand=brand, line=line, made=made
    )
    trade = "worn" if goods.path.startswith(("Fashion > Acc", "Fashion > Shoes")) else goods.trade
    uses, cares = USES[trade], CARES[trade]
    return f"{opening} {uses[pick[1] % len(uses)]} {cares[pick[2] % len(cares)]}"


def _assemble(
    drawn: _Drawn,
    kind: np.ndarray,
    order: np.ndarray,
    latent: np.ndarray,
    rng: np.random.Generator,
    numbers: Parameters,
) -> Shelf:
    """Shuffle the kinds together, draw what does not depend on the kind, and lay out the rows."""
    n = len(order)
    kind = kind[order]
    start = int(numbers.start.timestamp() * 1e6)
    length = int(numbers.end.timestamp() * 1e6) - start
    fresh = rng.random(n) < numbers.new_in_year
    created = start + (np.where(fresh, rng.random(n), -2 * rng.random(n)) * length).astype(np.int64)
    sold_out = (rng.random(n) < numbers.unavailable) & ~fresh
    last = start + length
    gone = np.where(sold_out, last - (rng.random(n) * 0.25 * length).astype(np.int64), last)
    scale = np.exp(rng.normal(0, 0.12, (n, 4)))
    size = np.array([goods.size for goods in GOODS])[kind] * scale
    facts = [drawn.facts[i] for i in order]
    told = rng.random((n, max(map(len, facts)))) >= numbers.missing_attributes
    kept = [
        {name: value for (name, value), tell in zip(row.items(), tells, strict=False) if tell}
        for row, tells in zip(facts, told.tolist(), strict=True)
    ]
    group = drawn.group[order]
    rows: dict[str, list[Any]] = {
        "product_id": [f"P{i:06d}" for i in range(n)],
        "title": [drawn.title[i] for i in order],
        "description": [drawn.description[i] for i in order],
        "brand": [ALL_BRANDS[b] for b in drawn.brand[order]],
        "category": [GOODS[k].path for k in kind],
        "price": drawn.price[order].tolist(),
        "currency": [numbers.currency] * n,
        "image": [None] * n,
        "attributes": kept,
        "group_id": [f"G{g:06d}" if g >= 0 else None for g in group.tolist()],
        "available": (~sold_out).tolist(),
        "created_at": created.tolist(),
        "length_cm": size[:, 0].round(1).tolist(),
        "width_cm": size[:, 1].round(1).tolist(),
        "height_cm": size[:, 2].round(1).tolist(),
        "weight_g": size[:, 3].round(0).tolist(),
    }
    for hazard in ("fragile", "liquid", "hazardous"):
        rows[hazard] = [hazard in GOODS[k].hazards for k in kind]
    rows["this_side_up"] = [None] * n
    return Shelf(
        ids=list(rows["product_id"]),
        kind=kind,
        brand=drawn.brand[order],
        colour=drawn.colour[order],
        pattern=drawn.pattern[order],
        style=drawn.style[order],
        price=drawn.price[order],
        quality=rng.normal(0, 1, n),
        latent=latent,
        created=created,
        gone=gone,
        facts=facts,
        rows=rows,
        errors=[],
    )
