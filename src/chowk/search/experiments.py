"""Experiments on ranking: who sees which variant, and what came of it.

A session's variant depends on nothing but the experiment's name and the session's id, so every
server and every day gives the same one. In a report a session counts once: how many clicked, how
many bought, with the interval of the difference to the first variant. Team-draft interleaving
(Radlinski, Kurup and Joachims 2008) shows two rankings in one list and credits each click to the
ranking that brought the product.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from chowk.errors import parameter

_Z = 1.959964


def assigned(experiment: str, session_id: str, variants: Mapping[str, float]) -> str:
    """The variant of a session; `variants` are names with their shares.

    >>> assigned("lift", "s1", {"old": 0.5, "new": 0.5}) == assigned(
    ...     "lift", "s1", {"old": 0.5, "new": 0.5})
    True
    """
    total = sum(variants.values())
    if not variants or total <= 0 or min(variants.values()) < 0:
        raise parameter("assigned", "variants", "names with shares of 0 or more", dict(variants))
    digest = hashlib.blake2b(
        f"{experiment}\0{session_id}".encode("utf-8", "replace"), digest_size=8
    )
    point = int.from_bytes(digest.digest(), "big") / 2**64 * total
    for name, share in variants.items():
        point -= share
        if point < 0:
            return name
    return list(variants)[-1]


class Outcome(NamedTuple):
    """One variant: sessions, the share that did it, and the difference to the first variant."""

    variant: str
    sessions: int
    share: float
    difference: float
    low: float
    high: float


def report(sessions: Iterable[tuple[str, bool]]) -> list[Outcome]:
    """Outcomes by variant from (variant, whether the session did it), the first name first.

    The interval of the difference is Newcombe's (1998, method 10), at 95 %.

    >>> rows = [("a", n < 10) for n in range(100)] + [("b", n < 30) for n in range(100)]
    >>> [(o.variant, o.share, o.low > 0) for o in report(rows)]
    [('a', 0.1, False), ('b', 0.3, True)]
    """
    counts: dict[str, list[int]] = {}
    for variant, did in sessions:
        held = counts.setdefault(variant, [0, 0])
        held[0] += 1
        held[1] += bool(did)
    found: list[Outcome] = []
    first: tuple[float, float, float] | None = None
    for variant in sorted(counts):
        n, done = counts[variant]
        low, high = wilson(done, n)
        share = done / n
        if first is None:
            first = (share, low, high)
            found.append(Outcome(variant, n, share, 0.0, 0.0, 0.0))
            continue
        base, base_low, base_high = first
        difference = share - base
        found.append(
            Outcome(
                variant,
                n,
                share,
                difference,
                difference - math.hypot(share - low, base_high - base),
                difference + math.hypot(high - share, base - base_low),
            )
        )
    return found


def team_draft(a: Sequence[str], b: Sequence[str], *, k: int, seed: int) -> list[tuple[str, str]]:
    """One list of k from two rankings: (product_id, "a" or "b"), each picking in turns.

    >>> [one for one, _ in team_draft(["x", "y"], ["x", "z"], k=3, seed=0)][0]
    'x'
    """
    rng = random.Random(seed)
    left = {"a": list(dict.fromkeys(a)), "b": list(dict.fromkeys(b))}
    shown: list[tuple[str, str]] = []
    taken: set[str] = set()
    while len(shown) < k and (left["a"] or left["b"]):
        for team in rng.sample(("a", "b"), 2):
            left[team] = [one for one in left[team] if one not in taken]
            if left[team] and len(shown) < k:
                taken.add(left[team][0])
                shown.append((left[team].pop(0), team))
    return shown


def preference(shown: Iterable[Sequence[tuple[str, str]]], clicks: Iterable[Any]) -> float:
    """How surely b is preferred: clicks for b less clicks for a, over lists with a difference.

    `clicks` are the clicked product_ids of each list. 1 when b won every decided list, -1 when a.

    >>> preference([[("x", "a"), ("y", "b")]], [["y"]])
    1.0
    """
    won = {"a": 0, "b": 0}
    for page, clicked in zip(shown, clicks, strict=True):
        team_of = dict(page)
        b = sum(team_of.get(one) == "b" for one in clicked)
        a = sum(team_of.get(one) == "a" for one in clicked)
        if a != b:
            won["b" if b > a else "a"] += 1
    decided = won["a"] + won["b"]
    return (won["b"] - won["a"]) / decided if decided else 0.0


def wilson(done: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927).

    >>> tuple(round(end, 3) for end in wilson(5, 10))
    (0.237, 0.763)
    """
    share = done / n
    middle = (share + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
    half = _Z * math.sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n)) / (1 + _Z * _Z / n)
    return middle - half, middle + half
