"""What every format is read into: utterances with intents and slots, and what else a file held.

In: a reader's findings. Out: rows for `Understander.fit`, and all that a writer of the same format
needs to write the file again. Offsets count code points, in every format, once they are here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chowk.errors import InputError

#: How offsets are counted in a corpus, by the name that CLU gives it.
INDEX_TYPE = "UnicodeCodePoint"


@dataclass(slots=True)
class Corpus:
    """Labelled utterances of one file.

    Attributes
    ----------
    examples : dicts with `text`, `intent` and `slots` (each `name`, `start`, `end` in code points,
        and what else the format says of it: `entity`, `role`, `group`, `value`), and, when the
        format has them, `locale` and `extra` (columns of its own). `Understander.fit` takes them.
    extras : the rest of the file by name (synonyms, lookup tables, entity values, settings), as
        the format's own writer expects it.
    format : the format that it was read from.
    """

    examples: list[dict[str, Any]]
    extras: dict[str, Any] = field(default_factory=dict)
    format: str = ""

    @property
    def index_type(self) -> str:
        """How offsets are counted: always in code points."""
        return INDEX_TYPE

    def __len__(self) -> int:
        return len(self.examples)


def example(
    text: str, intent: str, slots: Sequence[Mapping[str, Any]], **more: Any
) -> dict[str, Any]:
    """One row of a corpus; what is None is left out."""
    row = {"text": text, "intent": intent, "slots": [dict(slot) for slot in slots]}
    return row | {name: value for name, value in more.items() if value is not None}


def parts(row: Mapping[str, Any], where: str) -> list[tuple[str, Mapping[str, Any] | None]]:
    """The text of a row in pieces, each with its slot or None; InputError where slots overlap."""
    text, at = row["text"], 0
    found: list[tuple[str, Mapping[str, Any] | None]] = []
    for slot in sorted(row.get("slots") or (), key=lambda one: (one["start"], one["end"])):
        start, end = slot["start"], slot["end"]
        if not at <= start < end <= len(text):
            raise InputError(
                f"{where}: the slot {slot['name']!r} from {start} to {end} overlaps another or "
                f"lies outside of {text[:60]!r}. This format has slots one after another only."
            )
        if start > at:
            found.append((text[at:start], None))
        found.append((text[start:end], slot))
        at = end
    if at < len(text):
        found.append((text[at:], None))
    return found


def units(text: str, place: int, index_type: str) -> int:
    """A place in code points, as a place in units of `index_type`."""
    if index_type == "Utf16CodeUnit":
        return len(text[:place].encode("utf-16-le", "surrogatepass")) // 2
    return place


def code_points(text: str, place: int, index_type: str, where: str) -> int:
    """A place in units of `index_type`, as a place in code points."""
    if index_type != "Utf16CodeUnit":
        return place
    raw = text.encode("utf-16-le", "surrogatepass")
    if not 0 <= 2 * place <= len(raw):
        raise InputError(f"{where}: offset {place} lies outside of {text[:60]!r}.")
    try:
        return len(raw[: 2 * place].decode("utf-16-le"))
    except UnicodeDecodeError:
        raise InputError(
            f"{where}: offset {place} cuts a character of {text[:60]!r} in two. Are these offsets "
            "in code points? Then say so in stringIndexType."
        ) from None
