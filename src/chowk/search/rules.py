"""What a merchandiser decides about searches: pin, boost, bury, hide, redirect.

A rule holds for a query (its words, in any order; empty for every query), in a region and what lies
in it, between two moments. Hiding and redirecting always hold. Pins, boosts and buries shape the
order by relevance alone: when the shopper sorts by price or age, her order stands. Of several rules
that say different things of one product, hide wins over pin, pin over bury and boost; the newest
rule wins within a kind. Rules are kept in one file, replaced by a rename; who changed what is
written to the desk's audit log by those who call `RuleBook`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from chowk.errors import parameter

from .analysis import words
from .book import Book

Action = Literal["pin", "boost", "bury", "hide", "redirect"]
#: Rules that a store may have.
MOST_RULES = 5000
MOST_PRODUCTS = 100


class Rule(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One decision.

    Parameters
    ----------
    query : the words of the query; empty for all queries.
    match : `exact`: the query has these words and no others; `contains`: it has them all.
    product_ids : what is pinned (first id first), boosted, buried or hidden.
    position : where the first pin stands, from 1.
    weight : how strongly to boost or bury, in (0, 1]: a share of the span of scores.
    url : where a redirect leads.
    region : the region in which it holds, with all that lies in it; empty for everywhere.
    start, end : from when, and until when (not included).
    """

    rule_id: str
    action: Action
    query: str = ""
    match: Literal["exact", "contains"] = "exact"
    product_ids: tuple[str, ...] = ()
    position: int = 1
    weight: float = 0.5
    url: str = ""
    region: str = ""
    start: datetime | None = None
    end: datetime | None = None
    changed_at: datetime | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if not self.rule_id or len(self.rule_id) > 100:
            raise parameter("Rule", "rule_id", "a text of 1 to 100 characters", self.rule_id)
        if self.action == "redirect":
            if not self.url.startswith(("/", "https://", "http://")):
                raise parameter("Rule", "url", "a path or an http address", self.url)
            if not words(self.query):
                raise parameter("Rule", "query", "the words that are redirected", self.query)
        elif not 1 <= len(self.product_ids) <= MOST_PRODUCTS:
            rule = f"1 to {MOST_PRODUCTS} product ids"
            raise parameter("Rule", "product_ids", rule, f"{len(self.product_ids)} ids")
        if not 1 <= self.position <= 100:
            raise parameter("Rule", "position", "an int in [1, 100]", self.position)
        if not 0 < self.weight <= 1:
            raise parameter("Rule", "weight", "a number in (0, 1]", self.weight)
        for name in ("start", "end"):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise parameter("Rule", name, "a moment with a time zone", moment.isoformat())

    def holds(self, asked: frozenset[str], region: str | None, now: datetime) -> bool:
        """Whether it applies to a query's words, in a region, at a moment."""
        if (self.start is not None and now < self.start) or (
            self.end is not None and now >= self.end
        ):
            return False
        if self.region and not f"{region or ''}/".startswith(f"{self.region}/"):
            return False
        mine = frozenset(words(self.query))
        if not mine:
            return True
        return mine == asked if self.match == "exact" else mine <= asked


class Effects(NamedTuple):
    """What the rules do to one search: pins by position, factors in [-1, 1], hidden products,
    where to go instead, and the rules' ids."""

    pins: dict[int, str]
    push: dict[str, float]
    hidden: frozenset[str]
    redirect: str | None
    rule_ids: tuple[str, ...]


NO_EFFECTS = Effects({}, {}, frozenset(), None, ())


def effects(
    rules: Iterable[Rule], query: str, region: str | None, now: datetime | None = None
) -> Effects:
    """What holds for a search.

    >>> book = [Rule(rule_id="a", action="pin", query="red lamp", product_ids=("p9",), position=2),
    ...         Rule(rule_id="b", action="hide", product_ids=("p3",))]
    >>> found = effects(book, "Lamp, red", None)
    >>> found.pins, sorted(found.hidden), found.rule_ids
    ({2: 'p9'}, ['p3'], ('a', 'b'))
    """
    moment = now or datetime.now(UTC)
    asked = frozenset(words(query))
    first = datetime(1970, 1, 1, tzinfo=UTC)
    held = [rule for rule in rules if rule.holds(asked, region, moment)]
    held.sort(key=lambda rule: (rule.changed_at or first, rule.rule_id))
    hidden = frozenset(p for rule in held if rule.action == "hide" for p in rule.product_ids)
    pins: dict[int, str] = {}
    push: dict[str, float] = {}
    redirect = None
    for rule in held:
        if rule.action == "pin":
            for ahead, product_id in enumerate(p for p in rule.product_ids if p not in hidden):
                pins = {at: p for at, p in pins.items() if p != product_id}
                pins[rule.position + ahead] = product_id
        elif rule.action in ("boost", "bury"):
            sign = 1.0 if rule.action == "boost" else -1.0
            push.update(dict.fromkeys(rule.product_ids, sign * rule.weight))
        elif rule.action == "redirect":
            redirect = rule.url
    return Effects(pins, push, hidden, redirect, tuple(rule.rule_id for rule in held))


class RuleBook:
    """The rules of a store in one file; other processes' changes are seen at the next look."""

    def __init__(self, path: Path) -> None:
        self._book = Book(path, Rule)

    def rules(self) -> tuple[Rule, ...]:
        """All rules, by id."""
        return self._book.rows()

    def put(self, rule: Rule, *, now: datetime | None = None) -> Rule:
        """Add a rule, or replace the one with its id; gives it as it is kept.

        Raises
        ------
        ParameterError for a rule that would hold never, or elsewhere than it says.
        """
        _sensible(rule)
        kept = msgspec.structs.replace(rule, changed_at=now or datetime.now(UTC))
        with self._book.changing() as every:
            others = [one for one in every if one.rule_id != rule.rule_id]
            if len(others) >= MOST_RULES:
                raise parameter("put", "rule", f"one of at most {MOST_RULES} rules", rule.rule_id)
            self._book.write(sorted([*others, kept], key=lambda one: one.rule_id))
        return kept

    def remove(self, rule_id: str) -> bool:
        """Take a rule out; whether it was there."""
        with self._book.changing() as every:
            others = [one for one in every if one.rule_id != rule_id]
            if len(others) == len(every):
                return False
            self._book.write(others)
        return True


def _sensible(rule: Rule) -> None:
    """What a rule may not say. A rule that is kept already is still read."""
    if not rule.rule_id.isprintable() or not rule.rule_id.strip():
        what = "a text that can be printed, and is not blank"
        raise parameter("Rule", "rule_id", what, rule.rule_id)
    if rule.query.strip() and not words(rule.query):
        # Without words it would hold for every query.
        raise parameter("Rule", "query", "a text with words, or empty for all queries", rule.query)
    if not all(rule.product_ids):
        raise parameter("Rule", "product_ids", "ids that are not empty", list(rule.product_ids))
    if rule.region and not all(part.strip() for part in rule.region.split("/")):
        raise parameter("Rule", "region", "a region such as IN or IN/KA", rule.region)
    if rule.url.startswith("//"):
        raise parameter("Rule", "url", "a path or an http address", rule.url)
    if rule.start is not None and rule.end is not None and rule.start >= rule.end:
        when = f"a moment after the start, {rule.start.isoformat()}"
        raise parameter("Rule", "end", when, rule.end.isoformat())
