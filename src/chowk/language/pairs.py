"""Pairs for the generator, from whatever form they come in, checked row by row.

In: any frame, dicts, or tuples (source, target). Out: `Utterance`s: tokens and labels of one or two
sides, the intent, and links when given. What breaks a rule is an error that names the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chowk.errors import InputError
from chowk.store.frames import arrow_table

from .alignment import Link
from .boundaries import check_links, parse_links
from .constituents import Parts, read_parse
from .labels import check_labels
from .tokens import tokens

_SOURCE = ("source_tokens", "tokens", "source", "text")
_TARGET = ("target_tokens", "target", "translation")
_KNOWN = {
    *_SOURCE, *_TARGET, "labels", "source_labels", "target_labels", "intent", "target_intent",
    "alignment", "links", "parse", "target_parse",
}  # fmt: skip


@dataclass(slots=True)
class Utterance:
    """One row: the source side, the target side when there is one, and what they mean."""

    number: int
    source: list[str]
    target: list[str] | None = None
    source_labels: list[str] = field(default_factory=list)
    target_labels: list[str] | None = None
    intent: str | None = None
    target_intent: str | None = None
    links: list[Link] | None = None
    parse: list[Parts] = field(default_factory=list)
    target_parse: list[Parts] = field(default_factory=list)


def read_pairs(pairs: Any, caller: str = "mix") -> list[Utterance]:
    """All rows as utterances.

    Parameters
    ----------
    pairs : tuples (source, target), or rows with `source` or `text` (or `tokens`), `target` (or
        `target_tokens`), `intent`, `labels`, `target_labels`, `alignment` as `0-0 1-2`, and for
        the stricter equivalence constraint `parse` and `target_parse` (see `read_parse`).
    """
    frame = hasattr(pairs, "__arrow_c_stream__") or isinstance(pairs, Mapping)
    if isinstance(pairs, str | bytes) or not (frame or isinstance(pairs, Iterable)):
        raise InputError(f"{caller} takes a list of pairs or a frame. Got {pairs!r:.60}.")
    if frame:
        rows: Iterable[Any] = arrow_table(pairs, caller).to_pylist()
    else:
        rows = pairs
    return [_read(number, row, caller) for number, row in enumerate(rows)]


def _read(number: int, row: Any, caller: str) -> Utterance:
    where = f"Row {number} of {caller}"
    if not isinstance(row, Mapping):
        if isinstance(row, str) or not isinstance(row, Sequence) or len(row) != 2:
            raise InputError(
                f"{where} is {row!r:.80}. Give a pair (source, target), or a row with 'source' "
                "and 'target'."
            )
        row = {"source": row[0], "target": row[1]}
    source = next((row[name] for name in _SOURCE if row.get(name) is not None), None)
    target = next((row[name] for name in _TARGET if row.get(name) is not None), None)
    if source is None:
        extra = ", ".join(sorted(set(map(str, row)) - _KNOWN)) or "nothing else"
        raise InputError(f"{where} has no 'source' (or 'text', 'tokens'); it has {extra}.")
    one = _words(source, where)
    two = None if target is None else _words(target, where)
    found = Utterance(number, one, two, intent=row.get("intent"))
    found.target_intent = row.get("target_intent")
    labels = row.get("source_labels", row.get("labels"))
    found.source_labels = ["O"] * len(one) if labels is None else list(labels)
    check_labels(one, found.source_labels, where)
    if two is not None and row.get("target_labels") is not None:
        found.target_labels = list(row["target_labels"])
        check_labels(two, found.target_labels, f"the target of {where}")
    given = row.get("alignment", row.get("links"))
    if given is not None and two is not None:
        found.links = parse_links(given, where)
        check_links(found.links, len(one), len(two), where)
    # An empty cell of a table is no parse.
    if row.get("parse") not in (None, ""):
        found.parse = read_parse(row["parse"], one, where)
    if two is not None and row.get("target_parse") not in (None, ""):
        found.target_parse = read_parse(row["target_parse"], two, f"the target of {where}")
    return found


def _words(value: Any, where: str) -> list[str]:
    if isinstance(value, str):
        return [token.text for token in tokens(value)]
    if isinstance(value, Sequence) and all(isinstance(word, str) for word in value):
        return list(value)
    raise InputError(f"{where} holds {value!r:.60} where a text or a list of tokens belongs.")
