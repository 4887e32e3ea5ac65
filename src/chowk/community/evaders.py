"""Banned people who come back: how likely an account is one of them, by name, timing and style.

An account and the banned ones come in; "likely", "possible" or "unknown" comes out with its
reasons. "Possible" means watch, nothing else. Names are compared by their letters after folding,
style by runs of three letters (cosine), timing by the hours in which both write and by how soon
after the ban the account was made.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .folding import normalise
from .terms import forms_of

_LIKELY, _POSSIBLE = 2.2, 0.9


@dataclass(frozen=True)
class Account:
    """What is known of an account.

    Attributes
    ----------
    account_id, name : the id, and the name that others see.
    messages : what it wrote, newest last; the last 200 count.
    hours : the hours (0 to 23) in which it wrote, one for each message or for each visit.
    created : when it was made, in seconds.
    banned : when it was banned, in seconds; None for one that is not.
    """

    account_id: str
    name: str = ""
    messages: Sequence[str] = ()
    hours: Sequence[int] = ()
    created: float | None = None
    banned: float | None = None


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How likely an account is a banned one: `of` is the id of the nearest."""

    verdict: Literal["likely", "possible", "unknown"]
    score: float
    of: str = ""
    reasons: tuple[str, ...] = ()


def bare_name(name: str) -> str:
    """A name's letters: folded, leet undone, without numbers and marks.

    >>> bare_name("xX_Tr0ll-King_99")
    'xtrollking'
    """
    word = re.sub(r"[^\w]|_", "", normalise(name).text.replace(" ", ""))
    word = re.sub(r"\d+$", "", word)
    return re.sub(r"\d", "", forms_of(word)[-1]) if word else ""


def _runs(text: str, size: int) -> Counter[str]:
    padded = f" {text} "
    return Counter(padded[i : i + size] for i in range(len(padded) - size + 1))


def _cosine(a: Counter[str], b: Counter[str]) -> float:
    shared = sum(count * b[key] for key, count in a.items())
    scale = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
    return shared / scale if scale else 0.0


def name_likeness(one: str, other: str) -> float:
    """From 0 to 1: Dice overlap of the pairs of letters of two names."""
    a, b = _runs(bare_name(one), 2), _runs(bare_name(other), 2)
    total = sum(a.values()) + sum(b.values())
    if not bare_name(one) or not bare_name(other):
        return 0.0
    return 2 * sum((a & b).values()) / total


def _style(messages: Sequence[str]) -> tuple[Counter[str], list[float]]:
    """Runs of letters, and habits: length, capitals, marks, emoji, elongation."""
    some = [m[:500] for m in messages[-200:]]
    body = " ".join(some)
    runs = Counter({key: round(100 * math.sqrt(n)) for key, n in _runs(body.lower(), 3).items()})
    letters = max(sum(c.isalpha() for c in body), 1)
    count = max(len(some), 1)
    habits = [
        math.log1p(len(body) / count) / 3,
        sum(c.isupper() for c in body) / letters * 2,
        min(sum(c in "!?" for c in body) / count, 4) / 2,
        min(body.count("...") / count, 2),
        min(sum(ord(c) > 0x1F000 for c in body) / count, 3) / 2,
        sum(m[:1].islower() for m in some) / count,
        sum(m.endswith((".", "!", "?")) for m in some) / count,
        min(len(re.findall(r"(\w)\1\1", body)) / count, 2) / 2,
    ]
    return runs, habits


def compared(account: Account, banned: Account) -> tuple[float, tuple[str, ...]]:
    """The score of one pair, and what speaks for it."""
    score, reasons = -1.6, []
    name = name_likeness(account.name, banned.name)
    score += 3.2 * max(name - 0.35, 0) / 0.65
    if name >= 0.6:
        reasons.append(f"The name is like {banned.name!r}.")
    few = min(len(account.messages), len(banned.messages))
    if few >= 3:
        trust = min(few / 15, 1.0)
        runs_a, habits_a = _style(account.messages)
        runs_b, habits_b = _style(banned.messages)
        style = _cosine(runs_a, runs_b)
        apart = math.sqrt(sum((a - b) ** 2 for a, b in zip(habits_a, habits_b, strict=True)))
        score += trust * (7.0 * (style - 0.6) + 1.6 * (0.55 - min(apart, 1.4)))
        if style >= 0.7 and apart < 0.5:
            reasons.append("It writes alike.")
    if len(account.hours) >= 3 and len(banned.hours) >= 3:
        a = Counter(str((h + d) % 24) for h in account.hours for d in (-1, 0, 0, 1))
        b = Counter(str((h + d) % 24) for h in banned.hours for d in (-1, 0, 0, 1))
        alike = _cosine(a, b)
        score += 1.2 * (alike - 0.6)
        if alike >= 0.8:
            reasons.append("It is here at the same hours.")
    if account.created is not None and banned.banned is not None:
        days = (account.created - banned.banned) / 86_400
        if days < 0:
            score -= 2.0  # made before the ban: a person can have two, but most are two persons
        elif days <= 7:
            score += 1.4 - 0.12 * days
            reasons.append(f"It was made {days:.0f} days after the ban.")
        elif days > 60:
            score -= 0.6
    return score, tuple(reasons)


def suspicion(account: Account, banned: Sequence[Account]) -> Suspicion:
    """The nearest banned account, and how likely it is the same person.

    Examples
    --------
    >>> troll = Account("1", "trollking", ["u all SUCK!!!"] * 9, [2, 3, 3], 0.0, banned=1e6)
    >>> back = Account("2", "Tr0llK1ng2", ["u SUCK all!!!"] * 9, [2, 2, 3], created=1e6 + 3600)
    >>> suspicion(back, [troll]).verdict
    'likely'
    """
    best = Suspicion("unknown", -9.0)
    for other in banned:
        if other.account_id == account.account_id:
            continue
        score, reasons = compared(account, other)
        if score > best.score:
            verdict: Literal["likely", "possible", "unknown"] = "unknown"
            if score >= _LIKELY and len(reasons) >= 2:
                verdict = "likely"
            elif score >= _POSSIBLE:
                verdict = "possible"
            best = Suspicion(verdict, score, other.account_id, reasons)
    return best
