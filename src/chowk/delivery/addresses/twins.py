"""Copies of one address whose labels contradict each other: the slipped ones are left out.

Labelled sets often hold changed copies of their rows, made by a program that shortens words and
leaves the labels where they were, so that everything after the change is labelled wrong. In go
labelled addresses; those that name the same numbers and much the same words are copies of one
another, and of these the ones stay whose labels the rest of the set explains about as well as it
does the best of them.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from .features import word_of
from .labels import Example, tags_of
from .script import skeleton
from .tokens import Token, folded, tokenize

#: Two texts are copies when they share so much of the letter triples of both.
_ALIKE = 0.35
#: A copy stays when the mean log-probability of its labels is no further than this below that of
#: the best of its twins. Of Delhi's rows, 320 of which are copies, it takes 151 of the 156 copies
#: whose labels are not those of their original in their order, and 3 of the 115 originals.
_SLACK = 0.35
#: A word says as much of its labels as so many words of its form.
_DOUBT = 4.0
_NUMBERS = re.compile(r"\d+")


def without_slipped_twins(examples: Sequence[Example]) -> list[Example]:
    """The examples without copies that are whose labels are much less likely than a twin's.

    >>> from .labels import Span
    >>> right = Example("12 MG Road 411001", (Span("NO", 0, 2), Span("STREET", 3, 10),
    ...                                       Span("PIN", 11, 17)))
    >>> slipped = Example("12 MG Rd 411001", (Span("NO", 0, 5), Span("STREET", 6, 15)))
    >>> without_slipped_twins([right, right, slipped]) == [right, right]
    True
    """
    groups = list(twins(examples))
    if not groups:
        return list(examples)
    habit = _Habit(examples)
    odd: set[int] = set()
    for group in groups:
        told = {at: habit(examples[at]) for at in group}
        least = max(told.values()) - _SLACK
        odd.update(at for at, value in told.items() if value < least)
    return [example for at, example in enumerate(examples) if at not in odd]


class _Habit:
    """How likely the labels of a set make those of one row: log P(label | word, its form) a word.

    A word's counts are drawn to those of its form, and these to the labels' own.
    """

    def __init__(self, examples: Sequence[Example]) -> None:
        self._of: dict[str, Counter[str]] = defaultdict(Counter)
        self._any: Counter[str] = Counter()
        for example in examples:
            for token, tag in _tagged(example):
                self._any[tag] += 1
                for seen in _keys(token):
                    self._of[seen][tag] += 1

    def __call__(self, example: Example) -> float:
        pairs = _tagged(example)
        return sum(math.log(self._chance(*pair)) for pair in pairs) / max(1, len(pairs))

    def _chance(self, token: Token, tag: str) -> float:
        chance = (self._any[tag] + 0.5) / (self._any.total() + 1)
        for seen in _keys(token):
            counts = self._of.get(seen)
            if counts is not None:
                chance = (counts[tag] + _DOUBT * chance) / (counts.total() + _DOUBT)
        return chance


def _tagged(example: Example) -> list[tuple[Token, str]]:
    tokens = tokenize(example.text)
    return list(zip(tokens, tags_of(tokens, example.spans), strict=True))


def _keys(token: Token) -> tuple[str, str]:
    """The form of a word, and the word by its sound; of a number its form is all."""
    word = word_of(token.text)
    form = f"{word.shape}|{word.cue}"
    return form, f"={skeleton(word.folded)}" if word.folded.isalpha() else form


def twins(examples: Sequence[Example]) -> Iterator[list[int]]:
    """Groups of rows that are copies of one another: places in `examples`, two or more."""
    same: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, example in enumerate(examples):
        numbers = _NUMBERS.findall(example.text)
        if len(numbers) > 1:
            same[numbers[0], numbers[-1]].append(at)
    for places in same.values():
        if len(places) < 2:
            continue
        waiting = [(at, _triples(examples[at].text)) for at in places]
        while waiting:
            group = [waiting[0]]
            rest: list[tuple[int, frozenset[str]]] = []
            for at, triples in waiting[1:]:
                close = any(_shared(triples, other) >= _ALIKE for _, other in group)
                (group if close else rest).append((at, triples))
            if len(group) > 1:
                yield [at for at, _ in group]
            waiting = rest


def _triples(text: str) -> frozenset[str]:
    """Letter triples of the words' consonants, run together."""
    bones = "".join(
        skeleton(folded(token.text)) for token in tokenize(text) if token.text.isalnum()
    )
    return frozenset(bones[at : at + 3] for at in range(len(bones) - 2))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))
