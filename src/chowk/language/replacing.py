"""Mixes that need no second side: words by a dictionary, slot values by a catalogue.

In: one utterance. Out: candidates whose slots are carried over: a word that becomes several keeps
its slot over all of them, and nothing is replaced across the edge of a slot. Dictionary switching
is that of CoSDA-ML (Qin et al. 2020), with phrases; entity mixing takes foreign names.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chowk.errors import InputError

from .choosing import Candidate
from .dictionary import BilingualDictionary
from .labels import spans
from .pairs import Utterance
from .tokens import tokens


def translations(
    utterance: Utterance,
    dictionary: BilingualDictionary,
    rates: Sequence[float],
    source: str,
    target: str,
    rng: random.Random,
) -> Iterator[Candidate]:
    """One candidate a rate: each known word or phrase is translated with that probability.

    At least one is, so that every candidate mixes. Translated words are never looked up again.
    """
    words, labels = utterance.source, utterance.source_labels
    known = dictionary.matches(words, lambda start, end: _one_slot(labels[start:end]))
    for rate in rates if known else ():
        taken = [match for match in known if rng.random() < rate] or [rng.choice(known)]
        starts = {start: (end, values) for start, end, values in taken}
        mixed: list[str] = []
        tags: list[str] = []
        slots: list[str] = []
        place = 0
        while place < len(words):
            end, values = starts.get(place, (place + 1, []))
            label = labels[place]
            # The first translation is the likeliest; others are drawn less often.
            put = (
                rng.choices(values, [1 / (r + 1) for r in range(len(values))])[0] if values else ""
            )
            new = put.split() if put else [words[place]]
            mixed += new
            tags += [_tag(word, target if put else source) for word in new]
            slots += carried(label, len(new))
            place = end
        yield Candidate(mixed, tags, slots)


def entity_mixes(
    utterance: Utterance,
    catalogue: Mapping[str, Any],
    draws: int,
    source: str,
    target: str,
    rng: random.Random,
) -> Iterator[Candidate]:
    """Candidates in which one slot's value, or several, are of the other language's catalogue."""
    words, labels = utterance.source, utterance.source_labels
    known = [span for span in spans(labels) if span.name in catalogue]
    for _ in range(draws if known else 0):
        count = rng.randint(1, len(known))
        chosen = {span.start: span for span in rng.sample(known, count)}
        mixed: list[str] = []
        tags: list[str] = []
        slots: list[str] = []
        place = 0
        changed = False
        while place < len(words):
            span = chosen.get(place)
            if span is None:
                mixed.append(words[place])
                tags.append(_tag(words[place], source))
                slots.append(labels[place])
                place += 1
                continue
            foreign, own = _values(catalogue, span.name)
            value = [token.text for token in tokens(rng.choice(foreign))]
            shared = " ".join(value).casefold() in own
            changed |= [w.casefold() for w in value] != [
                w.casefold() for w in words[span.start : span.end]
            ]
            mixed += value
            tags += [_tag(word, "ambiguous" if shared else target) for word in value]
            slots += carried(f"B-{span.name}", len(value))
            place = span.end
        yield Candidate(mixed, tags, slots, entity=True, changed=changed)


def carried(label: str, length: int) -> list[str]:
    """The labels of `length` words that stand where one word with `label` stood.

    >>> carried("B-size", 2), carried("O", 2)
    (['B-size', 'I-size'], ['O', 'O'])
    """
    return [label, *["O" if label == "O" else f"I-{label[2:]}"] * (length - 1)]


def _one_slot(labels: Sequence[str]) -> bool:
    """Whether a phrase lies in one slot, or in none."""
    first = labels[0]
    if first == "O":
        return all(label == "O" for label in labels)
    return all(label == f"I-{first[2:]}" for label in labels[1:])


def _values(catalogue: Mapping[str, Any], slot: str) -> tuple[list[str], set[str]]:
    """Values of the target language, and those that the source has too, without case."""
    given = catalogue[slot]
    own: Sequence[str] = ()
    foreign = given
    if isinstance(given, tuple) and len(given) == 2 and not isinstance(given[0], str):
        own, foreign = given
    found = [value for value in foreign if isinstance(value, str) and tokens(value)]
    if not found:
        raise InputError(
            f"The catalogue has no values for the slot {slot!r}. Give a list of texts, or a pair "
            "of lists: those of the source language and those of the target."
        )
    return found, {" ".join(t.text for t in tokens(value)).casefold() for value in own}


def _tag(word: str, language: str) -> str:
    return language if any(c.isalpha() for c in word) else "other"
