"""What a page wants, by name: related, complementary, cart completion, buy it again, and others.

Models, a history of events and the moment flow in; ranked (id, score) lists flow out. RELATED and
COMPLEMENTARY are Shopify's words for what is like a product and what goes with it. Buying again is
timed by the gaps between a product's purchases (Bhagat et al. 2018, "Buy it again").
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from chowk.errors import InputError, parameter

from .identity import Id, Ranked, check_k, listed
from .sequences import seconds
from .streams import live_now

if TYPE_CHECKING:
    from .journey import Journey
    from .related_products import RelatedProducts
    from .substitutes import Substitutes

INTENTS = ("RELATED", "COMPLEMENTARY", "CART_COMPLETION", "BUY_IT_AGAIN", "RECENTLY_VIEWED",
           "POPULAR_HERE", "NEXT", "LIVE")  # fmt: skip
_DAY = 86_400.0
#: Purchases of all products that a product's own gaps are averaged with.
_PRIOR = 3.0
#: Days between two purchases where nothing was bought twice.
_USUAL = 30.0
#: Spread of the logarithm of a gap.
_SPREAD = 0.6


class BuyAgain:
    """When a product is bought again: one usual gap a product.

    Examples
    --------
    >>> orders = [{"customer_id": "c", "product_id": "tea", "ts": day * 86_400} for day in (0, 30)]
    >>> model = BuyAgain().fit(orders)
    >>> round(model.gap("tea"))
    30
    >>> early, due = (model.due(orders, now=(30 + d) * 86_400)[0][1] for d in (2, 30))
    >>> early < due
    True
    """

    def fit(self, purchases: Iterable[Mapping[str, Any]]) -> BuyAgain:
        """Learn gaps from purchases with `customer_id`, `product_id` and `ts`."""
        times: dict[tuple[Any, Id], list[float]] = defaultdict(list)
        for row in purchases:
            moment = seconds(row.get("ts"), "BuyAgain.fit")
            if moment is not None and row.get("customer_id") is not None:
                times[row["customer_id"], row["product_id"]].append(moment)
        gaps: dict[Id, list[float]] = defaultdict(list)
        bought: Counter[Id] = Counter()
        for (_, product), moments in times.items():
            moments.sort()
            bought[product] += len(moments)
            days = [(b - a) / _DAY for a, b in pairwise(moments)]
            gaps[product] += [gap for gap in days if gap >= 0.5]
        every = [gap for product in gaps.values() for gap in product]
        logs = {one: float(np.log(found).sum()) for one, found in gaps.items() if found}
        self._learn(
            median(every) if every else _USUAL,
            {one: (bought[one], len(gaps[one]), logs.get(one, 0.0)) for one in bought},
        )
        return self

    def _learn(self, usual: float, counted: Mapping[Id, tuple[int, int, float]]) -> None:
        """From each product's purchases, gaps, and the sum of the gaps' logarithms in days.

        A product's gap is the geometric mean of its gaps and of three usual ones; its rate of
        being bought again is (gaps + 0.2) / (purchases + 1).
        """
        self.usual_ = usual
        self.gaps_ = {
            one: float(np.exp((log_days + _PRIOR * np.log(usual)) / (gaps + _PRIOR)))
            for one, (_, gaps, log_days) in counted.items()
            if gaps
        }
        self.rates_ = {
            one: (gaps + 0.2) / (purchases + 1.0) for one, (purchases, gaps, _) in counted.items()
        }

    @classmethod
    def of(cls, counted: Iterable[Mapping[str, Any]], *, unit: float) -> BuyAgain:
        """From what `repurchases.repurchase_gaps` counted in an engine, `log_days` in `unit`.

        The usual gap is the geometric mean of all, since the engine counts sums.
        """
        made = cls()
        rows = list(counted)
        gaps = sum(row["gaps"] for row in rows)
        log_days = sum(row["log_days"] for row in rows) / unit
        made._learn(
            float(np.exp(log_days / gaps)) if gaps else _USUAL,
            {
                row["product_id"]: (row["purchases"], row["gaps"], row["log_days"] / unit)
                for row in rows
            },
        )
        return made

    @classmethod
    def from_parts(
        cls, usual: float, gaps: Mapping[Any, float], rates: Mapping[Any, float]
    ) -> BuyAgain:
        """What was kept of one."""
        made = cls()
        made.usual_, made.gaps_, made.rates_ = usual, dict(gaps), dict(rates)
        return made

    def gap(self, product: Id) -> float:
        """Days between two purchases of a product, usually."""
        return self.gaps_.get(product, self.usual_)

    def due(self, history: Iterable[Mapping[str, Any]], *, now: Any, k: int = 10) -> Ranked:
        """Products of a customer's purchases, those first that are due now.

        The score is the product's rate of being bought again, times how near the time since the
        last purchase is to the usual gap, on a logarithmic scale; what is overdue falls slowly.
        """
        moment = seconds(now, "BuyAgain.due")
        if moment is None:
            raise parameter("BuyAgain.due", "now", "a time", now)
        last: dict[Id, float] = {}
        for row in history:
            when = seconds(row.get("ts"), "BuyAgain.due")
            if when is not None and when <= moment and row.get("kind", "purchase") == "purchase":
                last[row["product_id"]] = max(when, last.get(row["product_id"], when))
        made = []
        for one, when in last.items():
            since = max((moment - when) / _DAY, 0.01)
            off = float(np.log(since / self.gap(one)))
            near = float(np.exp(-0.5 * (off / (_SPREAD if off < 0 else 2 * _SPREAD)) ** 2))
            made.append((one, self.rates_.get(one, 0.1) * near))
        made.sort(key=lambda pair: (-pair[1], str(pair[0])))
        return made[: check_k(k, "due")]


def recently_viewed(history: Iterable[Mapping[str, Any]], k: int = 10) -> Ranked:
    """Products that were looked at, the latest first, each once.

    >>> recently_viewed([{"product_id": "a"}, {"product_id": "b"}, {"product_id": "a"}])
    [('a', 1.0), ('b', 0.5)]
    """
    rows = [row for row in history if row.get("product_id") is not None]
    if all(row.get("ts") is not None for row in rows):
        rows.sort(key=lambda row: seconds(row["ts"], "recently_viewed") or 0.0)
    once = list(dict.fromkeys(row["product_id"] for row in reversed(rows)))
    return [(one, 1.0 / place) for place, one in enumerate(once[: check_k(k, "k")], start=1)]


def popular_here(
    events: Iterable[Mapping[str, Any]], region: str | None, k: int = 10, *, shrink: float = 20.0
) -> Ranked:
    """What is popular in a region: its share there, shrunk to its share everywhere.

    `events` are rows with `product_id` and `region`; with `count`, a row stands for so many. A
    region holds what lies in it: "IN" has the events of "IN/KA".
    """
    here, everywhere = turned_to(events, region)
    total, own = sum(everywhere.values()), sum(here.values())
    score = {
        one: (here[one] + shrink * count / total) / (own + shrink)
        for one, count in everywhere.items()
    }
    ranked = sorted(score.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return ranked[: check_k(k, "popular_here")]


def turned_to(
    events: Iterable[Mapping[str, Any]], region: str | None
) -> tuple[Counter[Id], Counter[Id]]:
    """How often each product was turned to in a region, with what lies in it, and everywhere.

    >>> turned_to([{"product_id": "a", "region": "IN/KA"}, {"product_id": "a"}], "IN")
    (Counter({'a': 1}), Counter({'a': 2}))
    """
    here: Counter[Id] = Counter()
    everywhere: Counter[Id] = Counter()
    for row in events:
        if row.get("product_id") is not None:
            count = row.get("count", 1)
            everywhere[row["product_id"]] += count
            if region is not None and f"{row.get('region') or ''}/".startswith(f"{region}/"):
                here[row["product_id"]] += count
    return here, everywhere


class Pages:
    """The models of a shop behind one call, for a page that says what it wants.

    Parameters
    ----------
    related, substitutes, journey : fitted models; an intent whose model is not there is refused.
    again : a fitted `BuyAgain`.
    """

    def __init__(
        self,
        *,
        related: RelatedProducts | None = None,
        substitutes: Substitutes | None = None,
        journey: Journey | None = None,
        again: BuyAgain | None = None,
    ) -> None:
        self.related, self.substitutes, self.journey = related, substitutes, journey
        self.again = again

    def ask(
        self,
        intent: str,
        *,
        product_id: Id | None = None,
        cart: Any = (),
        history: Any = (),
        events: Iterable[Mapping[str, Any]] = (),
        streams: Iterable[Mapping[str, Any]] = (),
        region: str | None = None,
        now: datetime | float | str | None = None,
        k: int = 10,
    ) -> Ranked:
        """The `k` best for an intent of `INTENTS`, as (id, score).

        RELATED and COMPLEMENTARY need `product_id`, CART_COMPLETION `cart`, BUY_IT_AGAIN and
        RECENTLY_VIEWED a `history` of events, POPULAR_HERE `events`, LIVE `streams` and `now`.
        """
        if intent not in INTENTS:
            raise parameter("Pages.ask", "intent", f"one of {', '.join(INTENTS)}", intent)
        found: Ranked
        if intent == "RELATED":
            found = self._has(self.substitutes, intent).recommend(product_id, k)[0]
        elif intent == "COMPLEMENTARY":
            found = self._has(self.related, intent).recommend(product_id, k)[0]
        elif intent == "CART_COMPLETION":
            found = cart_completion(self._has(self.related, intent), cart, k)
        elif intent == "NEXT":
            found = self._has(self.journey, intent).next(history, k)
        elif intent == "BUY_IT_AGAIN":
            found = self._has(self.again, intent).due(history, now=now, k=k)
        elif intent == "RECENTLY_VIEWED":
            found = recently_viewed(history, k)
        elif intent == "POPULAR_HERE":
            found = popular_here(events, region, k)
        else:
            rows = [row for row in history if isinstance(row, Mapping)]
            titles = [f"{row.get('title') or ''} {row.get('category') or ''}" for row in rows]
            found = live_now(streams, now=now, taste=titles, k=k)
        return found

    def _has(self, model: Any, intent: str) -> Any:
        if model is None:
            raise InputError(f"Pages.ask: {intent} needs a model that was not given to Pages.")
        return model


def cart_completion(related: RelatedProducts, cart: Any, k: int = 10) -> Ranked:
    """What goes with several products together: the sum of their directed scores, without them.

    A product in many carts' lists wins over one that goes with a single product of this cart.
    """
    held = list(dict.fromkeys(listed(cart, "cart_completion", "cart")))
    summed: dict[Id, float] = {}
    for ranked in related.recommend(held, 10 * check_k(k, "cart_completion") + 50, exclude=held):
        for one, score in ranked:
            summed[one] = summed.get(one, 0.0) + score
    found = sorted(summed.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return found[:k]
