"""Judging understanding: held-out rows, the slices in which they went wrong, what to label next.

In: labelled rows, and a store's events. Out: each held-out row as a model saw it that learned from
the others; shares by intent, language, length, and by how well a slot's value is known; and what
customers typed that the model is least sure of.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from chowk.store.reader import Reader

from .examples import Example, read_examples
from .labels import Span, spans
from .parsed import Parse
from .tokens import tokens
from .understander import Understander

#: Requests of customers that are looked at, people who must have typed one, and how many are kept.
_ASKED, _PEOPLE, _LISTED = 2_000, 3, 50


class Entity(msgspec.Struct, frozen=True):
    """One slot of a held-out utterance: its name, how often its value was learned from, and
    whether it was found, with its name and its ends."""

    name: str
    seen: int
    found: bool


class Unsure(msgspec.Struct, frozen=True):
    """A request that customers typed, how many of them did, and how little it was understood."""

    text: str
    people: int
    understood: str
    confidence: float
    in_scope: bool


class Judged(msgspec.Struct, frozen=True):
    """One held-out utterance: what was meant, what was understood, and how sure that was."""

    text: str
    intent: str
    understood: str
    confidence: float
    slots_right: bool
    locale: str
    nearest: bool = False
    rejected: bool = False
    entities: tuple[Entity, ...] = ()

    @property
    def right(self) -> bool:
        """Whether the intent is right."""
        return self.intent == self.understood


def slices(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Slice, rows and share of right intents, the worst first."""
    groups: dict[str, list[bool]] = defaultdict(list)
    counts = Counter(row.intent for row in judged)
    rare = sorted(counts, key=lambda name: (counts[name], name))[: -(-len(counts) // 3)]
    for row in judged:
        length = len(tokens(row.text))
        groups[f"intent {row.intent}"].append(row.right)
        groups[f"locale {row.locale}"].append(row.right)
        groups["one or two words" if length < 3 else "three words or more"].append(row.right)
        kind = "rarest third of intents" if row.intent in rare else "other intents"
        groups[kind].append(row.right)
    return _worst_first(groups)


def entity_slices(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Slice, slots and share of them that was found, the worst first.

    Slices are the slots' names, and values by how often they were learned from.
    """
    groups: dict[str, list[bool]] = defaultdict(list)
    for row in judged:
        for one in row.entities:
            kind = "never" if not one.seen else "once or twice" if one.seen < 3 else "often"
            groups[f"values learned from {kind}"].append(one.found)
            groups[f"slot {one.name}"].append(one.found)
    return _worst_first(groups)


def _worst_first(groups: dict[str, list[bool]]) -> list[dict[str, Any]]:
    found = [
        {"slice": name, "rows": len(each), "accuracy": sum(each) / len(each)}
        for name, each in groups.items()
    ]
    return sorted(found, key=lambda one: (one["accuracy"], -one["rows"], one["slice"]))


def held_out(rows: Sequence[dict[str, Any]], seed: int) -> list[Judged]:
    """A fifth of each intent's rows, as a model sees them that learned from the rest."""
    rng = np.random.default_rng(seed)
    groups: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        groups[row["intent"]].append(number)
    held: set[int] = set()
    for _, numbers in sorted(groups.items()):
        held.update(rng.permutation(numbers)[: len(numbers) // 5].tolist())
    kept = [row for number, row in enumerate(rows) if number not in held]
    # What stands in both parts word by word is known already, and shows nothing.
    seen = {row["text"].casefold() for row in kept}
    test = [rows[number] for number in sorted(held) if rows[number]["text"].casefold() not in seen]
    if not test:
        return []
    model = Understander(seed=seed, balance="auto").fit(kept)
    examples = read_examples(kept)
    found = []
    for row in test:
        parse = model.parse(row["text"])
        gold = read_examples([row])[0]
        labels = model.slots_.labels(gold.words, row["intent"], model.network_)
        got = set(spans(labels))
        found.append(
            Judged(
                text=row["text"],
                intent=row["intent"],
                understood=_understood(parse, row["intent"]),
                rejected=not parse.in_scope,
                confidence=parse.confidence,
                slots_right=gold.labels is None or spans(labels) == spans(gold.labels),
                entities=tuple(
                    Entity(span.name, _seen(model, gold, span), span in got)
                    for span in spans(gold.labels or ())
                ),
                locale=row["locale"],
                nearest=_nearest(gold.words, examples) == row["intent"],
            )
        )
    return found


def _seen(model: Understander, row: Example, span: Span) -> int:
    """How many rows that were learned from had the value in that slot."""
    phrase = " ".join(word.casefold() for word in row.words[span.start : span.end])
    return model.slots_.gazetteer_.values.get(phrase, {}).get(span.name, 0)


def unsure(store: Reader, model: Understander, known: set[str]) -> list[Unsure]:
    """What customers typed that the model is least sure of, out of what they typed most.

    A request that fewer than three people typed may name one of them, and is not kept.
    """
    if not store.rows("events"):
        return []
    events = store["events"]
    typed = events.filter(events.kind == "search", events["query"].notnull())
    who = typed.customer_id.fill_null(typed.session_id)  # a guest's visits count one by one
    counts = typed.mutate(who=who).group_by("query").agg(people=lambda t: t.who.nunique())
    often = counts.filter(counts.people >= _PEOPLE)
    rows = store.arrow(often.order_by([often.people.desc(), often["query"]]).limit(_ASKED))
    found = []
    for row in rows.to_pylist():
        if row["query"].casefold() in known:
            continue
        parse = model.parse(row["query"])
        found.append(
            Unsure(
                row["query"], row["people"], parse.intent, round(parse.confidence, 6),
                parse.in_scope,
            )
        )  # fmt: skip
    found.sort(key=lambda one: (one.confidence, -one.people, one.text))
    return found[:_LISTED]


def _understood(parse: Parse, meant: str) -> str:
    """The intent; of what is about something else, whether that was noticed."""
    return "oos" if meant == "oos" and not parse.in_scope else parse.intent


def _nearest(words: Sequence[str], examples: Sequence[Example]) -> str:
    """The intent of the example that shares the most words (Jaccard); the first of equals."""
    asked = {word.casefold() for word in words}

    def near(example: Example) -> float:
        own = {word.casefold() for word in example.words}
        return len(asked & own) / len(asked | own)

    return max(examples, key=near).intent
