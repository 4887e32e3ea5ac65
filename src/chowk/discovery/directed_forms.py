"""The forms that compete for what goes with a product: in order of time, together, and both.

Directed counts and counts of baskets flow in; `Directed` lists flow out. `in order c` is the share
of what was taken after the source, shrunk as if c more had been seen of what is usual after its
kind: first the kind, then the product within it (as in P-Companion, Hao et al. 2020, here in
counts). `together` forms are those of `related`; `both` adds the best of each, scaled alike.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .directed import Directed, Floats
from .graph import tidy
from .pairs import Pairs
from .sparse_top import at
from .ways import MOST_TYPES

#: Forms by name, simplest first: of two that do equally well the first is kept.
IN_ORDER = ("in order 10", "in order 50", "in order 200", "in order 1000")
TOGETHER = ("together, weighted", "together, shrunk 10", "together, shrunk 50")
BOTH = "both"
#: As if so many more had been taken after a kind, of what is taken after all.
_KIND = 20.0
#: Targets kept for each product.
LIMIT = 200


@dataclass(frozen=True)
class Counts:
    """What was counted before a moment.

    Parameters
    ----------
    ids : product ids, ascending.
    forward : [products, products], what it weighs that the target was taken after the source.
    times : [products, products], how often it was.
    kinds, names : the category of each product, -1 without one.
    pairs : baskets that hold two products, in codes of its own ids.
    """

    ids: list[str]
    forward: sparse.csr_array
    times: sparse.csr_array
    kinds: NDArray[np.int64]
    names: list[str]
    pairs: Pairs

    @cached_property
    def flow(self) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Kinds of products, [products]; the chance of a kind after a kind; that after all.

        Products without a category are one kind, the last.
        """
        kinds = np.where(self.kinds < 0, len(self.names), self.kinds)
        many = len(self.names) + 1
        if many > MOST_TYPES:
            kinds, many = np.zeros(len(kinds), dtype=np.int64), 1
        belongs = _belongs(kinds, many)
        flow = np.asarray((belongs.T @ self.forward @ belongs).toarray(), dtype=np.float64)
        overall = flow.sum(axis=0) / max(flow.sum(), 1.0)
        chance = (flow + _KIND * overall) / (flow.sum(axis=1, keepdims=True) + _KIND)
        return kinds, chance, overall

    @cached_property
    def usual(self) -> sparse.csr_array:
        """What is usual after each product's kind; see `_usual`."""
        return _usual(self)


def directed(
    counts: Counts, form: str, other: str = "", *, only: Collection[str] | None = None
) -> Directed:
    """The lists of a form; with `other`, of both, each scaled to a sum of a half a product.

    With `only`, the lists of these products alone.
    """
    parts = _parts(counts, form)
    if other:
        added = [_even(one) for one in (parts, _parts(counts, other))]
        parts = [tidy(a + b) for a, b in zip(*added, strict=True)]
    if only is not None:
        mask = np.array([one in only for one in counts.ids], dtype=np.float32)
        parts = [tidy(sparse.diags_array(mask) @ part) for part in parts]
    return as_lists(counts, parts)


def _parts(counts: Counts, form: str) -> list[sparse.csr_array]:
    """The parts of each pair's score (order, usual, together), [products, products] each."""
    n = len(counts.ids)
    none = sparse.csr_array((n, n), dtype=np.float32)
    number = float(form.rpartition(" ")[2]) if form[-1].isdigit() else 0.0
    if form.startswith("in order"):
        # (w_st + c b_st) / (w_s + c), with b the chance of the target after the source's kind.
        over = 1.0 / (np.asarray(counts.forward.sum(axis=1)).ravel() + number)
        scale = sparse.diags_array(over.astype(np.float32))
        return [tidy(scale @ counts.forward), tidy(scale @ (counts.usual * number)), none]
    code = {one: place for place, one in enumerate(counts.ids)}
    own = np.array([code[one] for one in counts.pairs.ids], dtype=np.int64)
    s, t = own[counts.pairs.source], own[counts.pairs.target]
    name = form.partition(", ")[2]
    scores = counts.pairs.scores(name)
    pulls, cold = counts.pairs.pulls(name)
    together = tidy(sparse.coo_array((scores, (s, t)), shape=(n, n)))
    if not cold:
        return [none, none, together]
    pull = np.full(n, cold)
    pull[own] = pulls
    share = np.zeros(n)
    share[own] = counts.pairs.counts / max(counts.pairs.total, 1)
    head = np.lexsort((np.arange(n), -share))[: LIMIT + 1]
    # Beside the most bought, popularity counts for what was in one basket with the source too.
    rows = np.concatenate([np.repeat(np.arange(n), len(head)), s])
    columns = np.concatenate([np.tile(head, n), t])
    keys = rows * n + columns
    keys.sort()  # np.unique would hash, which takes several times as long
    keys = keys[np.diff(keys, prepend=-1) > 0]
    rows, columns = keys // max(n, 1), keys % max(n, 1)
    usual = sparse.coo_array((pull[rows] * share[columns], (rows, columns)), shape=(n, n))
    return [none, tidy(usual), together]


def _usual(counts: Counts) -> sparse.csr_array:
    """[products, products], the chance of a target after a source's kind, of the likeliest.

    The chance of the target's kind after the source's, shrunk to that after all, times the
    target's share of what is taken of its kind. Without kinds it is the target's share of all.
    """
    n = len(counts.ids)
    kinds, chance, _ = counts.flow
    many = len(chance)
    into = np.asarray(counts.forward.sum(axis=0)).ravel() + 0.5
    within = into / (_belongs(kinds, many).T @ into)[kinds]
    rows: list[NDArray[np.int64]] = []
    values: list[NDArray[np.float64]] = []
    for kind in range(many):
        score = chance[kind][kinds] * within
        best = np.sort(np.lexsort((np.arange(n), -score))[: LIMIT + 1])
        rows.append(best)
        values.append(score[best])
    starts = np.concatenate([[0], np.cumsum([len(rows[kind]) for kind in kinds])])
    targets = np.concatenate([rows[kind] for kind in kinds]) if n else np.zeros(0, np.int64)
    data = np.concatenate([values[kind] for kind in kinds]) if n else np.zeros(0)
    found = tidy(sparse.csr_array((data, targets, starts), shape=(n, n)))
    # Pairs that were seen have their kinds' chance too, however small it is.
    s = np.repeat(np.arange(n), np.diff(counts.forward.indptr))
    t = counts.forward.indices.astype(np.int64)
    missing = at(found, s, t) == 0
    more = chance[kinds[s[missing]], kinds[t[missing]]] * within[t[missing]]
    return tidy(found + sparse.coo_array((more, (s[missing], t[missing])), shape=(n, n)))


def _belongs(kinds: NDArray[np.int64], many: int) -> sparse.csr_array:
    """[products, kinds], 1 where a product is of a kind."""
    n = len(kinds)
    return sparse.csr_array((np.ones(n), (np.arange(n), kinds)), shape=(n, many))


def _even(parts: list[sparse.csr_array]) -> list[sparse.csr_array]:
    """Parts whose sum over a product's targets is a half."""
    total = sum(np.asarray(part.sum(axis=1)).ravel() for part in parts)
    over = sparse.diags_array((0.5 / np.maximum(total, 1e-12)).astype(np.float32))
    return [sparse.csr_array(over @ part) for part in parts]


def as_lists(counts: Counts, parts: list[sparse.csr_array]) -> Directed:
    """The `LIMIT` best targets of each product, with the parts of their scores."""
    n = len(counts.ids)
    whole = tidy(parts[0] + parts[1] + parts[2])
    source = np.repeat(np.arange(n, dtype=np.int64), np.diff(whole.indptr))
    target, score = whole.indices.astype(np.int64), whole.data.round(9)
    kept = source != target
    source, target, score = source[kept], target[kept], score[kept]
    order = np.lexsort((target, -score, source))
    source, target = source[order], target[order]
    place = np.arange(len(source)) - np.searchsorted(source, source)
    source, target = source[place < LIMIT], target[place < LIMIT]
    baskets = _baskets(counts, n)
    own, usual, together = (at(part, source, target).astype(np.float32) for part in parts)
    kinds, chance, overall = counts.flow
    led = chance[kinds[source], kinds[target]] >= overall[kinds[target]] - 1e-9
    named = (counts.kinds[source] >= 0) & (counts.kinds[target] >= 0) & (len(chance) > 1)
    return Directed(
        counts.ids,
        led=led & named,
        starts=np.searchsorted(source, np.arange(n + 1)).astype(np.int64),
        targets=target.astype(np.int32),
        order=own,
        usual=usual,
        together=together,
        times=at(counts.times, source, target).astype(np.int32),
        baskets=at(baskets, source, target).astype(np.int32),
        kinds=counts.kinds,
        names=counts.names,
        taken=np.asarray(counts.times.sum(axis=0)).ravel().astype(np.int64),
    )


def _baskets(counts: Counts, n: int) -> sparse.csr_array:
    code = {one: place for place, one in enumerate(counts.ids)}
    own = np.array([code[one] for one in counts.pairs.ids], dtype=np.int64)
    rows, columns = own[counts.pairs.source], own[counts.pairs.target]
    return tidy(sparse.coo_array((counts.pairs.baskets, (rows, columns)), shape=(n, n)))


def figures(model: Directed, held: list[tuple[str, set[str]]]) -> Floats:
    """Recall@10 over min(10, size) of what was taken after each source, one value a source."""
    made = np.zeros(len(held))
    for place, (source, targets) in enumerate(held):
        [ranked] = model.recommend([source], 10)
        made[place] = len(targets.intersection(one for one, _ in ranked)) / min(10, len(targets))
    return made
