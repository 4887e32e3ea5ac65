"""The assignment: for every product the package that costs least in freight and damage together.

In go a cost and a harm for each product and package; out comes one package a product, found one
product at a time, so in time linear in the cells. One number trades the two off; it is found by
binary search for a budget or a target. An assignment that is best for some trade-off is best among
all that cost no more (Everett 1963), and only those on the lower convex hull are reached so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chowk.errors import InputError

from .goods import Flags, Floats, Ints

#: Products from which a first guess is drawn, where there are ten times as many.
_SAMPLE = 20_000

#: Two sums nearer than this, relatively, are a tie.
_TIE = 1e-12


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice a product, and what it comes to.

    Parameters
    ----------
    picked : type indices [products], -1 where none is allowed.
    tradeoff : units of cost that one unit of harm is worth; infinite when only harm counts.
    cost, harm : totals.
    """

    picked: Ints
    tradeoff: float
    cost: float
    harm: float


class Exchange:
    """The costs and harms to choose between.

    Parameters
    ----------
    cost, harm : [products, types], finite and at least zero; totals over the product's parcels.
    allowed : [products, types], which may be chosen.
    current : type indices [products] that win ties; -1 for none.

    Examples
    --------
    >>> cost, harm = np.array([[1.0, 2.0], [1.0, 2.0]]), np.array([[5.0, 1.0], [1.5, 1.0]])
    >>> exchange = Exchange(cost, harm, np.ones((2, 2), bool))
    >>> exchange.at(1.0).picked, exchange.within_budget(2.5).picked, exchange.within_budget(3).cost
    (array([1, 0]), array([0, 0]), 3.0)
    """

    def __init__(
        self, cost: Floats, harm: Floats, allowed: Flags, current: Ints | None = None
    ) -> None:
        # One contiguous column a type: the choice runs over products, type by type.
        self.cost = np.asfortranarray(cost, dtype=np.float64)
        self.harm = np.asfortranarray(harm, dtype=np.float64)
        self.allowed = np.asfortranarray(allowed)
        n = len(cost)
        self.current = np.full(n, -1, dtype=np.int64) if current is None else current
        self.servable = self.allowed.any(axis=1)

    def at(self, tradeoff: float) -> Choice:
        """The least of cost + tradeoff x harm; infinite means the least harm, then cost."""
        return self._choice(self._pick(tradeoff, slice(None)), tradeoff)

    def within_budget(self, budget: float) -> Choice:
        """The least harm that was found at a cost of at most `budget`.

        The largest trade-off whose cost keeps the budget, by doubling and halving; what is left
        of the budget is then spent on the single moves that take most harm for their cost. The
        harm is at most one product's jump above the least possible.
        """
        low, high = self.at(0.0), self.at(np.inf)
        slack = _TIE * max(abs(budget), 1.0)
        if low.cost > budget + slack:
            raise InputError(
                f"A budget of {budget:,.2f} is not enough: the cheapest packages that fit come to "
                f"{low.cost:,.2f}. Give at least that."
            )
        if high.cost <= budget + slack:
            return high
        guess = self._guessed(
            lambda part: part.within_budget(budget * part.at(0.0).cost / max(low.cost, 1e-300))
        )
        low, _ = self._halve(low, high, lambda found: found.cost <= budget + slack, guess)
        return self._spend(low, budget)

    def within_harm(self, target: float) -> Choice:
        """The least cost that was found at a harm of at most `target`."""
        low, high = self.at(0.0), self.at(np.inf)
        slack = _TIE * max(abs(target), 1.0)
        if high.harm > target + slack:
            raise InputError(
                f"A damage target of {target:,.2f} cannot be met: the strongest packages that fit "
                f"come to {high.harm:,.2f}. Give at least that."
            )
        if low.harm <= target + slack:
            return low
        guess = self._guessed(
            lambda part: part.within_harm(target * part.at(np.inf).harm / max(high.harm, 1e-300))
        )
        _, high = self._halve(low, high, lambda found: found.harm > target + slack, guess)
        return high

    def steps(self) -> tuple[Choice, Ints, Ints, Ints, Floats]:
        """Every step of the hull, from the cheapest assignment to the least harmful one.

        Returns
        -------
        The cheapest choice, then for each step, best bargain first: the product, the type that it
        leaves, the type that it takes, and the trade-off at which it pays.
        """
        start = self.at(0.0)
        rows, leave, take, price = [], [], [], []
        alive = np.flatnonzero(self.servable)
        here = start.picked[alive]
        while len(alive):
            best, to = np.zeros(len(alive)), np.full(len(alive), -1, dtype=np.int64)
            cost, harm = self.cost[alive, here], self.harm[alive, here]
            for j in range(self.cost.shape[1]):
                dearer, milder = self.cost[alive, j] - cost, harm - self.harm[alive, j]
                open_ = self.allowed[alive, j] & (milder > 0) & (dearer > 0)
                bargain = np.where(open_, milder / np.where(open_, dearer, 1.0), 0.0)
                # Of equal bargains the longest step, so that no point inside an edge is a step.
                better = (bargain > best) | (
                    (bargain == best) & (to >= 0) & (self.harm[alive, j] < self.harm[alive, to])
                )
                best, to = np.where(better, bargain, best), np.where(better, j, to)
            moved = to >= 0
            alive, leaving, here = alive[moved], here[moved], to[moved]
            rows.append(alive)
            leave.append(leaving)
            take.append(here)
            price.append(1.0 / best[moved])
        if not rows:
            nothing = np.zeros(0, dtype=np.int64)
            return start, nothing, nothing, nothing, np.zeros(0)
        flat = np.concatenate(price)
        order = np.argsort(flat, kind="stable")
        joined = [np.concatenate(part)[order] for part in (rows, leave, take)]
        return start, joined[0], joined[1], joined[2], flat[order]

    def _pick(self, tradeoff: float, rows: slice | Ints) -> Ints:
        cost, harm = self.cost[rows], self.harm[rows]
        allowed, current = self.allowed[rows], self.current[rows]
        n = len(cost)
        if np.isinf(tradeoff):
            first, second = harm, cost
        else:
            first, second = cost + tradeoff * harm, (harm if tradeoff == 0 else cost)
        picked = np.full(n, -1, dtype=np.int64)
        best, next_best = np.full(n, np.inf), np.full(n, np.inf)
        everything = np.arange(n)
        stays = current >= 0
        stays[stays] = allowed[everything[stays], current[stays]]
        picked[stays] = current[stays]
        best[stays] = first[everything[stays], current[stays]]
        if tradeoff == 0 or np.isinf(tradeoff):
            # At the ends only the second sum settles ties, so that the ends lie on the hull.
            next_best[stays] = second[everything[stays], current[stays]]
        else:
            next_best[stays] = -np.inf
        for j in range(cost.shape[1]):
            gap = first[:, j] - best
            gap[np.isnan(gap)] = np.inf
            near = _TIE * np.abs(first[:, j])
            take = (gap < -near) | ((gap <= near) & (second[:, j] < next_best))
            take &= allowed[:, j]
            picked[take], best[take] = j, first[take, j]
            next_best[take] = second[take, j]
        return picked

    def _choice(self, picked: Ints, tradeoff: float) -> Choice:
        rows = np.flatnonzero(picked >= 0)
        at = picked[rows]
        return Choice(
            picked, tradeoff, float(self.cost[rows, at].sum()), float(self.harm[rows, at].sum())
        )

    def _guessed(self, act: Callable[[Exchange], Choice]) -> float | None:
        """The trade-off that a sample of the products finds for its share of a limit.

        With millions of products nearly all the time goes into the first halvings, which look at
        every one of them; a guess that is a percent off spares most of those.
        """
        if len(self.cost) < 10 * _SAMPLE:
            return None
        rows = np.random.default_rng(0).choice(len(self.cost), _SAMPLE, replace=False)
        part = Exchange(self.cost[rows], self.harm[rows], self.allowed[rows], self.current[rows])
        try:
            found = act(part).tradeoff
        except InputError:
            return None
        return found if 0 < found < np.inf else None

    def _halve(
        self,
        low: Choice,
        high: Choice,
        keeps_low: Callable[[Choice], bool],
        near: float | None = None,
    ) -> tuple[Choice, Choice]:
        """The two neighbouring choices between which `keeps_low` turns from true to false.

        A product that chooses alike at both ends chooses so everywhere between them, so only the
        others are looked at again, and their number falls with every halving.
        """
        lower, upper = 0.0, np.inf
        guess = max(low.cost, 1e-9) / max(low.harm, 1e-9)
        below, above = low.picked.copy(), high.picked.copy()
        rows = np.flatnonzero(below != above)
        settled = self._choice(np.where(below == above, below, -1), 0.0)
        # Around a guess first: a little below it and a little above.
        ahead = [] if near is None else [near / 1.3, near * 1.3, near / 1.02, near * 1.02]
        for _ in range(300):
            if not len(rows) or (np.isfinite(upper) and upper - lower <= 1e-13 * upper):
                break
            while ahead and not lower < ahead[-1] < upper:
                ahead.pop()
            if ahead:
                middle = ahead.pop()
            else:
                middle = guess if np.isinf(upper) else (lower + upper) / 2
            picked = self._pick(middle, rows)
            found = Choice(
                picked,
                middle,
                settled.cost + float(self.cost[rows, picked].sum()),
                settled.harm + float(self.harm[rows, picked].sum()),
            )
            if keeps_low(found):
                below[rows], lower = picked, middle
                guess = max(4 * guess, 4 * middle) if np.isinf(upper) else guess
            else:
                above[rows], upper = picked, middle
            same = below[rows] == above[rows]
            done, at = rows[same], below[rows[same]]
            settled = Choice(
                picked,
                middle,
                settled.cost + float(self.cost[done, at].sum()),
                settled.harm + float(self.harm[done, at].sum()),
            )
            rows = rows[~same]
        return self._choice(below, lower), self._choice(above, upper)

    def _spend(self, choice: Choice, budget: float) -> Choice:
        """Spend what is left on single moves, the best bargains first."""
        left = budget - choice.cost
        rows = np.flatnonzero(choice.picked >= 0)
        here = choice.picked[rows]
        cost, harm = self.cost[rows, here], self.harm[rows, here]
        best, to = np.zeros(len(rows)), np.full(len(rows), -1, dtype=np.int64)
        for j in range(self.cost.shape[1]):
            dearer, milder = self.cost[rows, j] - cost, harm - self.harm[rows, j]
            open_ = self.allowed[rows, j] & (milder > 0) & (dearer <= left)
            bargain = np.where(open_, milder / np.maximum(dearer, 1e-300), 0.0)
            better = bargain > best
            best, to = np.where(better, bargain, best), np.where(better, j, to)
        able = np.flatnonzero(to >= 0)
        order = able[np.argsort(-best[able], kind="stable")]
        extra = self.cost[rows[order], to[order]] - cost[order]
        picked = choice.picked.copy()
        # Whole runs that still fit are taken at once; a move that does not is passed over.
        for _ in range(50):
            if not len(order):
                break
            run = int(np.searchsorted(np.cumsum(extra), left, side="right"))
            picked[rows[order[:run]]] = to[order[:run]]
            left -= float(extra[:run].sum())
            keep = np.flatnonzero(extra[run + 1 :] <= left) + run + 1
            order, extra = order[keep], extra[keep]
        return self._choice(picked, choice.tradeoff)
