"""Sessions: who comes when, looks for what, sees which list, clicks, and buys.

A block of sessions is simulated at once, step by step (a step is one list). Clicks follow the
position-based model of `Parameters`; of what was clicked, the best liked may go into the cart; what
is in the cart may draw its complement, in this session or, through `Memory`, in a later one. The
rows of all that are collected in a `Ledger` of codes, which `events` turns into Arrow.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from .goods import GOODS
from .market import Market, Needs
from .places import INDIA, REGIONS
from .queries import Queries

KINDS = (
    "view_item_list",
    "select_item",
    "view_item",
    "search",
    "add_to_cart",
    "begin_checkout",
    "purchase",
    "refund",
)
LIST, SELECT, VIEW, SEARCH, CART, CHECKOUT, PURCHASE, REFUND = range(len(KINDS))
DEVICES = ("phone", "desktop", "app", "tablet")
_DEVICE_SHARES = (0.55, 0.25, 0.14, 0.06)
RANKERS = ("ranker-a", "ranker-b")
_DAY = 86_400_000_000


@dataclass(slots=True)
class Memory:
    """What lasts from one block of sessions to the next: the last purchase of each customer that
    may still draw a complement, by product row; −1 for none."""

    pending: np.ndarray


@dataclass(slots=True)
class Visits:
    """The sessions of a block; every array has shape [sessions]."""

    start: np.ndarray
    customer: np.ndarray
    guest: np.ndarray
    region: np.ndarray
    device: np.ndarray
    ranker: np.ndarray


@dataclass(slots=True)
class Ledger:
    """Rows of events as arrays of codes, in the order in which they were noted.

    `session` and `list` count within the block; `query` indexes `queries`; −1 is none. `moment` is
    microseconds since 1970, `swap` the upper position of a swapped pair, or 0.
    """

    columns: dict[str, list[np.ndarray]] = field(default_factory=dict)
    queries: list[pa.Array] = field(default_factory=list)
    intents: list[dict[str, np.ndarray]] = field(default_factory=list)

    FIELDS = (
        "session", "moment", "kind", "product", "list", "query", "position", "quantity",
        "price", "swap", "searched",
    )  # fmt: skip

    def note(self, kind: int, session: np.ndarray, moment: np.ndarray, **more: np.ndarray) -> None:
        """Add rows of one kind; what is not given is −1."""
        n = len(session)
        given = {"session": session, "moment": moment, "kind": np.full(n, kind), **more}
        for name in self.FIELDS:
            values = given.get(name)
            if values is None:
                values = np.full(n, -1)
            self.columns.setdefault(name, []).append(values)

    def column(self, name: str) -> np.ndarray:
        """All rows of a column."""
        return np.concatenate(self.columns[name])


class Clock:
    """When sessions start: the year's rhythm of days and hours, as an inverse distribution."""

    def __init__(self, market: Market) -> None:
        start = market.numbers.start
        self.first = int(start.timestamp() * 1e6)
        days = len(market.seasons)
        self.days = days
        day = 0.6 + 0.4 * market.seasons.mean(axis=(1, 2)) + 0.5 * market.discount.mean(axis=1) * 10
        weekday = (start.weekday() + np.arange(days)) % 7
        day = day * np.where(weekday >= 5, 1.2, 1.0)
        hour = np.arange(24)
        india, europe = _awake((hour + 5.5) % 24), _awake((hour + 1.5) % 24)
        share = float(sum(r.share for r in REGIONS if r.country == "IN"))
        share /= sum(r.share for r in REGIONS)
        both = share * india + (1 - share) * europe
        self.india = share * india / both
        self.grid = np.concatenate([[0.0], np.cumsum(np.outer(day, both).ravel())])
        self.grid /= self.grid[-1]

    def starts(self, u: np.ndarray) -> np.ndarray:
        """Moments of the year for `u` in [0, 1), rising with `u`; microseconds since 1970."""
        hours = np.interp(u, self.grid, np.arange(len(self.grid)))
        starts: np.ndarray = self.first + (hours * _DAY / 24).astype(np.int64)
        return starts


def _awake(local: np.ndarray) -> np.ndarray:
    """How busy shops are at an hour of the day: a hill at lunch, a higher one in the evening."""
    noon, evening = np.exp(-(((local - 13) / 3) ** 2) / 2), np.exp(-(((local - 21) / 2.2) ** 2) / 2)
    busy: np.ndarray = 0.08 + 0.6 * noon + evening
    return busy


class Crowd:
    """Draws sessions of a market."""

    def __init__(self, market: Market, queries: Queries) -> None:
        self.market = market
        self.queries = queries
        self.clock = Clock(market)
        people = market.world.folk
        india = INDIA[people.region]
        # Where only one continent has customers, it has all the hours.
        self._parts = [np.flatnonzero(india), np.flatnonzero(~india)]
        self._sums = [np.cumsum(people.activity[part]) for part in self._parts]

    def visits(self, rng: np.random.Generator, u: np.ndarray) -> Visits:
        """Sessions that start at the year's quantiles `u`."""
        market, people = self.market, self.market.world.folk
        n = len(u)
        start = self.clock.starts(u)
        hour = (start - self.clock.first) // (_DAY // 24) % 24
        abroad = (rng.random(n) >= self.clock.india[hour]).astype(int)
        if not len(self._parts[0]) or not len(self._parts[1]):
            abroad[:] = int(not len(self._parts[0]))
        customer = np.zeros(n, np.int64)
        ease = rng.random(n)
        for side in (0, 1):
            here = abroad == side
            if here.any():
                sums = self._sums[side]
                customer[here] = self._parts[side][np.searchsorted(sums, ease[here] * sums[-1])]
        guest = (rng.random(n) < market.numbers.guests) | (start < people.joined[customer])
        return Visits(
            start=start,
            customer=customer,
            guest=guest,
            region=people.region[customer],
            device=rng.choice(len(DEVICES), n, p=_DEVICE_SHARES),
            ranker=rng.integers(0, len(RANKERS), n),
        )

    def shop(self, rng: np.random.Generator, visits: Visits, memory: Memory) -> Ledger:
        """Simulate a block of sessions; `memory` is read and changed."""
        market, numbers = self.market, self.market.numbers
        kind_of = market.world.shelf.kind
        ledger = Ledger()
        n = len(visits.start)
        now = visits.start.copy()
        day = np.minimum((now - self.clock.first) // _DAY, self.clock.days - 1)
        kind = market.needed(rng, visits.customer, visits.region, day)
        fit = np.full(n, -1)
        anchor = np.full(n, -1, np.int64)
        # Some come back for what goes with their last purchase.
        pending = np.where(visits.guest, -1, memory.pending[visits.customer])
        back = np.flatnonzero((pending >= 0) & (rng.random(n) < numbers.recall))
        source = kind_of[pending[back]]
        kind[back], fit[back] = market.complement(
            source, rng.random(len(back)) * market.edge_total[source] * 0.999999
        )
        anchor[back] = pending[back]
        memory.pending[visits.customer[back]] = -1
        carts = []
        going = np.arange(n)
        for step in range(numbers.needs):
            taken, seconds = self._step(
                rng, ledger, visits, day, going, now[going], kind, fit, anchor, step
            )
            now[going] += (seconds * 1e6).astype(np.int64)
            got = np.flatnonzero(taken >= 0)
            carts.append(np.stack([going[got], taken[got]]))
            # The next need: what goes with the thing in the cart, or something else, or nothing.
            u = rng.random(len(going))
            more = rng.random(len(going)) < numbers.next_need
            new_kind = market.needed(rng, visits.customer[going], visits.region[going], day[going])
            target, by = market.complement(kind_of[taken], u)
            target = np.where(taken >= 0, target, -1)
            drawn = target >= 0
            kind[going] = np.where(drawn, target, new_kind)
            fit[going] = np.where(drawn, by, -1)
            anchor[going] = np.where(drawn, taken, -1)
            going = going[drawn | more]
            if not len(going):
                break
        self._check_out(rng, ledger, visits, day, now, np.concatenate(carts, axis=1), memory)
        return ledger

    def _step(
        self,
        rng: np.random.Generator,
        ledger: Ledger,
        visits: Visits,
        day: np.ndarray,
        going: np.ndarray,
        now: np.ndarray,
        kinds: np.ndarray,
        fits: np.ndarray,
        anchors: np.ndarray,
        step: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """One list for each session in `going`: the product carted or −1, and how long it took."""
        market, numbers = self.market, self.market.numbers
        n = len(going)
        customer, region = visits.customer[going], visits.region[going]
        kind, fit, anchor = kinds[going], fits[going], anchors[going]
        searched = rng.random(n) < numbers.searches
        colour, style = market.wishes(rng, customer, region, kind)
        needs = Needs(
            customer, region, now, kind, colour, style, anchor, fit, searched,
            visits.ranker[going],
        )  # fmt: skip
        small = np.isin(visits.device[going], (0, 2))
        length = np.where(small, numbers.list_length_phone, numbers.list_length)
        products, liking = market.shown(rng, needs, length)
        held = (products >= 0).sum(axis=1)
        swap = self._swap(rng, products, liking, held)
        lists = step * len(visits.start) + going

        query = np.full(n, -1)
        at = np.flatnonzero(searched)
        first = sum(map(len, ledger.queries))
        query[at] = first + np.arange(len(at))
        model = np.where((fit == 0) & (anchor >= 0), market.gives[np.maximum(anchor, 0), 0], -1)
        speaks = market.world.folk.speaks[customer[at]]
        said = (colour[at], style[at], model[at])
        ledger.queries.append(self.queries.typed(rng, speaks, kind[at], *said))
        ledger.intents.append(
            dict(zip(("kind", "colour", "style", "model"), (kind[at], *said), strict=True))
        )
        ledger.note(
            SEARCH, going[at], now[at], list=lists[at], query=query[at], searched=searched[at]
        )
        row, place = np.nonzero(products >= 0)
        ledger.note(
            LIST, going[row], now[row] + 400_000, product=products[row, place], list=lists[row],
            query=query[row], position=place + 1, swap=swap[row], searched=searched[row],
        )  # fmt: skip
        return self._click(
            rng, ledger, visits, day, going, now, products, liking, lists, query, swap, searched
        )

    def _swap(
        self, rng: np.random.Generator, products: np.ndarray, liking: np.ndarray, held: np.ndarray
    ) -> np.ndarray:
        """Swap one adjacent pair in a fiftieth of the lists; the pair's upper position, or 0."""
        n = len(products)
        upper = (rng.random(n) * np.maximum(held - 1, 0)).astype(int)  # from 0
        chosen = np.flatnonzero((rng.random(n) < self.market.numbers.swapped) & (held >= 2))
        for values in (products, liking):
            a, b = values[chosen, upper[chosen]], values[chosen, upper[chosen] + 1]
            values[chosen, upper[chosen]], values[chosen, upper[chosen] + 1] = b, a
        swap = np.zeros(n, np.int64)
        swap[chosen] = upper[chosen] + 1
        return swap

    def _click(
        self,
        rng: np.random.Generator,
        ledger: Ledger,
        visits: Visits,
        day: np.ndarray,
        going: np.ndarray,
        now: np.ndarray,
        products: np.ndarray,
        liking: np.ndarray,
        lists: np.ndarray,
        query: np.ndarray,
        swap: np.ndarray,
        searched: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        numbers = self.market.numbers
        n, width = products.shape
        attracted: np.ndarray = 1 / (1 + np.exp(-(numbers.click_bias + liking)))
        seen = numbers.examination(width)
        chance = seen * (numbers.click_noise + (1 - numbers.click_noise) * attracted)
        clicked = (rng.random((n, width)) < chance) & (products >= 0)
        row, place = np.nonzero(clicked)
        turn = np.cumsum(clicked, axis=1)[row, place]
        pause = 4 + rng.exponential(6.0, (n,))
        moment = now[row] + ((pause[row] + 14.0 * (turn - 1)) * 1e6).astype(np.int64)
        product = products[row, place]
        price = self._price(product, day[going][row], visits.region[going][row])
        ledger.note(
            SELECT, going[row], moment, product=product, list=lists[row], query=query[row],
            position=place + 1, swap=swap[row], searched=searched[row],
        )  # fmt: skip
        ledger.note(
            VIEW, going[row], moment + 900_000, product=product, list=lists[row],
            query=query[row], price=price, searched=searched[row],
        )  # fmt: skip
        best = np.where(clicked, liking, -np.inf).argmax(axis=1)
        at = np.arange(n)
        takes: np.ndarray = 1 / (
            1 + np.exp(-(numbers.cart_bias + numbers.cart_slope * liking[at, best]))
        )
        into = clicked.any(axis=1) & (rng.random(n) < takes)
        taken = np.where(into, products[at, best], -1)
        clicks = clicked.sum(axis=1)
        seconds = pause + 14.0 * clicks + rng.exponential(20.0, n) + 8
        return taken, seconds

    def _price(self, product: np.ndarray, day: np.ndarray, region: np.ndarray) -> np.ndarray:
        """What is charged, with the sale of the day taken off; whole cents."""
        full = self.market.world.shelf.price[product]
        price: np.ndarray = np.round(full * (1 - self.market.discount[day, region]), 2)
        return price

    def _check_out(
        self,
        rng: np.random.Generator,
        ledger: Ledger,
        visits: Visits,
        day: np.ndarray,
        now: np.ndarray,
        cart: np.ndarray,
        memory: Memory,
    ) -> None:
        """Carts, orders and refunds; remembers what may draw a complement later."""
        market, numbers = self.market, self.market.numbers
        session, product = cart
        kind = market.world.shelf.kind[product]
        units = np.array([goods.units for goods in GOODS])[kind]
        quantity = 1 + rng.binomial(units - 1, 0.25)
        price = self._price(product, day[session], visits.region[session])
        line = np.arange(len(session))
        # Things are put into the cart when the list is left, a little before the last moment.
        ledger.note(
            CART, session, now[session] - 5_000_000 + line % 3, product=product,
            quantity=quantity, price=price,
        )  # fmt: skip
        chance = np.where(visits.guest, numbers.guest_purchase, 1.0) * numbers.purchase
        buys = rng.random(len(now)) < chance
        buyers = np.unique(session[buys[session]])
        ledger.note(CHECKOUT, buyers, now[buyers] + 1_000_000)
        bought = np.flatnonzero(buys[session])
        who, what = session[bought], product[bought]
        ledger.note(
            PURCHASE, who, now[who] + 20_000_000, product=what, quantity=quantity[bought],
            price=price[bought],
        )  # fmt: skip
        returns = np.array([goods.returns for goods in GOODS])[kind[bought]]
        back = bought[rng.random(len(bought)) < returns]
        later = now[session[back]] + (
            (2 + rng.random(len(back)) * numbers.refund_days) * _DAY
        ).astype(np.int64)
        given = 1 + (rng.random(len(back)) * quantity[back]).astype(np.int64)
        known = later < int(numbers.end.timestamp() * 1e6)
        back, later, given = back[known], later[known], given[known]
        ledger.note(
            REFUND, session[back], later, product=product[back], quantity=given, price=price[back]
        )
        draws = (market.edge_total[kind[bought]] > 0) & ~visits.guest[who]
        memory.pending[visits.customer[who[draws]]] = what[draws]
