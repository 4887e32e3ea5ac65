"""What the simulated shoppers see: products as lookup arrays, and what each would like of them.

`Market.shown` gives, for a block of shoppers with a need, the list that a ranker shows and the
utility of each shown product for that shopper:

    U = quality + taste + colour + price + region + delivery + wish + drawn + fit + noise

with the weights of `Parameters`. The first ranker knows quality and the query; the second knows a
part of the shopper's taste and region as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .festivals import seasons
from .goods import AT_HOME, COLOURS, COMPLEMENTS, GOODS, KEYS
from .places import INDIA, NAMES
from .promises import hours
from .world import World

#: Attributes in which a complement must agree with what was bought.
FIT_BY = ("fits", "screen", "colour")
_CELLS = 600_000  # candidates that are scored at once


@dataclass(frozen=True, slots=True)
class Needs:
    """What n shoppers look for now; every array has shape [n], −1 stands for none.

    `customer` indexes the folk, `moment` is microseconds since 1970, `colour` and `style` are
    wishes, `anchor` is a product that the new one should go with by attribute `fit` of `FIT_BY`.
    `searched` tells searches from browsing, `ranker` is 0 or 1.
    """

    customer: np.ndarray
    region: np.ndarray
    moment: np.ndarray
    kind: np.ndarray
    colour: np.ndarray
    style: np.ndarray
    anchor: np.ndarray
    fit: np.ndarray
    searched: np.ndarray
    ranker: np.ndarray

    def rows(self, at: slice) -> Needs:
        """Some of the shoppers."""
        return Needs(*(getattr(self, name)[at] for name in self.__slots__))


class Market:
    """The lookups of one world, and the draws that need them."""

    def __init__(self, world: World) -> None:
        shelf, numbers = world.shelf, world.numbers
        self.world = world
        self.numbers = numbers
        self.seasons, self.discount = seasons(numbers)
        n = len(shelf)
        by_kind = [np.flatnonzero(shelf.kind == k) for k in range(len(GOODS))]
        self.width = max(len(rows) for rows in by_kind)
        self.members = np.zeros((len(GOODS), self.width), np.int32)
        self.held = np.zeros((len(GOODS), self.width), bool)
        for k, rows in enumerate(by_kind):
            self.members[k, : len(rows)] = rows
            self.held[k, : len(rows)] = True
        self.sold = np.array([len(rows) > 0 for rows in by_kind])
        self.latent = shelf.latent.astype(np.float32) / np.sqrt(shelf.latent.shape[1])
        self.quality = shelf.quality.astype(np.float32)
        self.colour = np.where(shelf.colour < 0, len(COLOURS), shelf.colour)
        logs = np.log(shelf.price)
        mean = np.array([np.mean(np.log(goods.price)) for goods in GOODS])
        spread = np.array([np.log(g.price[1] / g.price[0]) / 2.563 for g in GOODS])
        self.level = ((logs - mean[shelf.kind]) / spread[shelf.kind]).astype(np.float32)
        self.home = self._at_home()
        self.sooner = self._sooner()
        self.shown_colour = np.array(
            [
                code if "colour" in row or name.lower() in title.lower() else -1
                for code, row, title, name in zip(
                    shelf.colour.tolist(),
                    shelf.rows["attributes"],
                    shelf.rows["title"],
                    (facts.get("colour", "?") for facts in shelf.facts),
                    strict=True,
                )
            ]
        )
        self.models = list(
            dict.fromkeys(
                name
                for facts in shelf.facts
                for name in (facts.get("model"), facts.get("fits"))
                if name
            )
        )
        self.gives, self.takes = self._fits()
        self.bought = np.array([[g.india, g.europe] for g in GOODS]).T
        self.bought[:, ~self.sold] = 0
        self._edges()
        colours = np.zeros((len(GOODS), len(COLOURS)), bool)
        has: np.ndarray = shelf.colour >= 0
        colours[shelf.kind[has], shelf.colour[has]] = True
        self.colours = colours
        self.people_colours = np.pad(world.folk.colours, ((0, 0), (0, 1)))
        self.rows_at_once = max(1, _CELLS // self.width)
        self.size = n

    def _at_home(self) -> np.ndarray:
        """[products, regions] `regional` where the style is at home, else 0; and styles' table."""
        shelf, numbers = self.world.shelf, self.numbers
        most = max(len(goods.facets.get("style", ())) for goods in GOODS)
        self.style_home = np.zeros((len(GOODS), len(NAMES), most), np.float32)
        self.style_held = np.zeros((len(GOODS), most), bool)
        for k, goods in enumerate(GOODS):
            self.style_held[k, : len(goods.facets.get("style", ()))] = True
        for (key, style), regions in AT_HOME.items():
            k = KEYS.index(key)
            s = GOODS[k].facets["style"].index(style)
            for region in regions:
                self.style_home[k, NAMES.index(region), s] = numbers.regional
        table = np.concatenate([self.style_home, np.zeros_like(self.style_home[:, :, :1])], axis=2)
        home: np.ndarray = table[shelf.kind, :, shelf.style]
        return home

    def _sooner(self) -> np.ndarray:
        """[products, regions] what a promise adds: nothing at four days, `delivery` a halving."""
        promised = hours(self.world)
        halvings = np.clip(np.log2(96.0 / np.nan_to_num(promised, nan=1e6)), -2.0, 2.0)
        added: np.ndarray = (self.numbers.delivery * halvings).astype(np.float32)
        return added

    def _fits(self) -> tuple[np.ndarray, np.ndarray]:
        """[products, FIT_BY] what a product offers to complements, and what it asks of them."""
        shelf = self.world.shelf
        gives = np.full((len(shelf), len(FIT_BY)), -1, np.int32)
        takes = np.full((len(shelf), len(FIT_BY)), -1, np.int32)
        model = {name: code for code, name in enumerate(self.models)}
        for row, facts in enumerate(shelf.facts):
            gives[row, 0] = model.get(facts.get("model", ""), -1)
            takes[row, 0] = model.get(facts.get("fits", ""), -1)
            screen = facts.get("screen")
            if screen is not None:
                gives[row, 1] = takes[row, 1] = len(screen) * 1000 + ord(screen[1])
        gives[:, 2] = takes[:, 2] = shelf.colour
        return gives, takes

    def _edges(self) -> None:
        """Complements by kind, as padded tables [kinds, edges]."""
        out: list[list[tuple[int, float, int]]] = [[] for _ in GOODS]
        for source, target, chance, by in COMPLEMENTS:
            if self.sold[KEYS.index(target)]:
                edge = (KEYS.index(target), chance, FIT_BY.index(by) if by else -1)
                out[KEYS.index(source)].append(edge)
        most = max(map(len, out)) + 1
        self.edge_target = np.full((len(GOODS), most), -1)
        self.edge_fit = np.full((len(GOODS), most), -1)
        self.edge_sum = np.ones((len(GOODS), most))
        for k, edges in enumerate(out):
            total = 0.0
            for e, (to, chance, fit) in enumerate(edges):
                total += chance
                self.edge_target[k, e], self.edge_fit[k, e] = to, fit
                self.edge_sum[k, e] = total
        self.edge_total = np.array([sum(edge[1] for edge in edges) for edges in out])

    # -- draws --------------------------------------------------------------------------------

    def complement(self, kind: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The kind that goes with what was taken, and the attribute that must fit; −1 for none."""
        edge = np.minimum(
            (u[:, None] >= self.edge_sum[kind]).sum(axis=1), self.edge_sum.shape[1] - 1
        )
        return self.edge_target[kind, edge], self.edge_fit[kind, edge]

    def needed(
        self, rng: np.random.Generator, customer: np.ndarray, region: np.ndarray, day: np.ndarray
    ) -> np.ndarray:
        """The kind that each shopper looks for, by taste, place and season."""
        people = self.world.folk
        weight = self.bought[np.where(INDIA[region], 0, 1)] * self.seasons[day, region]
        weight = weight * people.persona_kinds[people.persona[customer]]
        np.put_along_axis(
            weight,
            people.favourites[customer],
            np.take_along_axis(weight, people.favourites[customer], 1)
            * self.numbers.favourite_lift,
            1,
        )
        total = np.cumsum(weight, axis=1)
        drawn: np.ndarray = (rng.random(len(customer))[:, None] * total[:, -1:] >= total).sum(
            axis=1
        )
        return drawn

    def wishes(
        self, rng: np.random.Generator, customer: np.ndarray, region: np.ndarray, kind: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """A colour and a style that each shopper has in mind, or −1."""
        n = len(kind)
        hue = self.world.folk.colours[customer] + rng.gumbel(0, 1, (n, len(COLOURS)))
        hue[~self.colours[kind]] = -np.inf
        colour = np.where(
            (rng.random(n) < 0.5) & self.colours[kind].any(axis=1), hue.argmax(axis=1), -1
        )
        style = self.style_home[kind, region] + rng.gumbel(0, 1, (n, self.style_held.shape[1]))
        style[~self.style_held[kind]] = -np.inf
        wanted = (rng.random(n) < 0.5) & self.style_held[kind].any(axis=1)
        return colour, np.where(wanted, style.argmax(axis=1), -1)

    def shown(
        self, rng: np.random.Generator, needs: Needs, length: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """What each shopper is shown, and how much he would like it.

        Returns
        -------
        (products [n, list_length] by row, −1 after the end of a list; utilities alike)
        """
        blocks = [
            self._block(rng, needs.rows(slice(at, at + self.rows_at_once)))
            for at in range(0, len(needs.kind), self.rows_at_once)
        ]
        products = np.concatenate([block[0] for block in blocks])
        liking = np.concatenate([block[1] for block in blocks])
        products[np.arange(products.shape[1]) >= length[:, None]] = -1
        return products, liking

    def _block(self, rng: np.random.Generator, needs: Needs) -> tuple[np.ndarray, np.ndarray]:
        numbers, people, shelf = self.numbers, self.world.folk, self.world.shelf
        c = self.members[needs.kind]
        moment = needs.moment[:, None]
        there = self.held[needs.kind] & (shelf.created[c] <= moment) & (moment < shelf.gone[c])
        taste = numbers.taste * np.einsum(
            "nml,nl->nm", self.latent[c], people.latent[needs.customer]
        )
        taste += numbers.colour * self.people_colours[needs.customer[:, None], self.colour[c]]
        taste += self.home[c, needs.region[:, None]]
        apart = self.level[c] - people.price[needs.customer][:, None]
        liking = taste + numbers.quality * self.quality[c]
        liking += self.sooner[c, needs.region[:, None]]
        liking -= numbers.price * np.minimum(0.5 * apart * apart, 4.0)
        hue = needs.colour[:, None]
        liking += numbers.wish * ((hue >= 0) & (shelf.colour[c] == hue))
        cut = needs.style[:, None]
        in_style = (cut >= 0) & (shelf.style[c] == cut)
        liking += numbers.wish * in_style
        by = np.maximum(needs.fit, 0)
        asked = np.where(needs.fit < 0, -2, self.gives[np.maximum(needs.anchor, 0), by])
        fitting = (asked[:, None] >= 0) & (self.takes[c, by[:, None]] == asked[:, None])
        liking += numbers.fit * fitting
        liking += numbers.drawn * (needs.anchor >= 0)[:, None]
        liking += numbers.noise * rng.standard_normal(c.shape, np.float32)

        match = in_style + 1.0 * ((hue >= 0) & (self.shown_colour[c] == hue)) + 3.0 * fitting
        score = numbers.quality * self.quality[c]
        score = score + numbers.ranker_noise * rng.standard_normal(c.shape, np.float32)
        score += numbers.ranker_match * match * needs.searched[:, None]
        score += numbers.ranker_taste * taste * needs.ranker[:, None]
        score[~there] = -np.inf
        k = min(numbers.list_length, self.width)
        top = np.argpartition(-score, k - 1, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(score, top, 1), axis=1, kind="stable")
        top = np.take_along_axis(top, order, 1)
        products = np.where(np.take_along_axis(there, top, 1), np.take_along_axis(c, top, 1), -1)
        return products, np.take_along_axis(liking, top, 1)
