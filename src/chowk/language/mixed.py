"""Mixed utterances: what the generator gives, with what it takes to make each again and trust it.

A row knows its tokens, their languages, intent and slots, and the recipe and seed that made it. A
set of rows knows which pairs gave nothing and why; it is frozen with a hash, so that a test set
cannot change unseen, and told apart from a training set by recipe and by pair.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self, overload

from chowk.errors import InputError

from .indices import Mixing, code_mixing_index, mixing, switch_points


@dataclass(frozen=True, slots=True)
class Mixed:
    """One mixed utterance.

    Attributes
    ----------
    text : the tokens with a space between.
    tokens, languages, labels : one a token; languages also `ambiguous` and `other`, labels BIO.
    intent : carried over from the pair; None when the pair has none.
    recipe : how it was made, such as `ec/random+latin`.
    seed : the seed of this row's own draws.
    pair : the number of the pair that it came from, counted from 0.
    phenomena : what it tests: `code-mixing`, `borrowing`, `foreign-entity`, `dialect`,
        `transliteration`, `speech`.
    confidence : for recognised speech, how sure the recogniser is, in [0, 1]; else 1.
    """

    text: str
    tokens: list[str]
    languages: list[str]
    labels: list[str]
    intent: str | None
    recipe: str
    seed: int
    pair: int
    phenomena: tuple[str, ...] = ("code-mixing",)
    confidence: float = 1.0

    @property
    def cmi(self) -> float:
        """This utterance's code-mixing index, in [0, 100]."""
        return code_mixing_index(self.languages)

    @property
    def switches(self) -> int:
        """How often the language changes."""
        return switch_points(self.languages)

    def as_dict(self) -> dict[str, Any]:
        """The row as plain values, for JSON or a frame."""
        return {**asdict(self), "phenomena": list(self.phenomena)}


@dataclass(frozen=True, slots=True)
class Refused:
    """A pair that gave nothing, and why."""

    pair: int
    why: str


@dataclass(frozen=True, slots=True)
class Mixes(Sequence[Mixed]):
    """Mixed utterances in the order of their pairs.

    Attributes
    ----------
    rows : the utterances.
    refused : pairs that gave nothing, with the reason.
    notes : what was asked and could not be met, in sentences.
    """

    rows: list[Mixed]
    refused: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> Mixed: ...
    @overload
    def __getitem__(self, place: slice) -> list[Mixed]: ...
    def __getitem__(self, place: int | slice) -> Mixed | list[Mixed]:
        return self.rows[place]

    def __iter__(self) -> Iterator[Mixed]:
        return iter(self.rows)

    @property
    def indices(self) -> Mixing:
        """The mixing indices of all rows together."""
        return mixing(row.languages for row in self.rows)

    @property
    def reasons(self) -> dict[str, int]:
        """Why pairs gave nothing, with how many of them."""
        return dict(Counter(refused.why for refused in self.refused).most_common())

    @property
    def hash(self) -> str:
        """SHA-256 of the rows in their order."""
        return fingerprint(row.as_dict() for row in self.rows)

    def freeze(self, path: Path) -> str:
        """Write the rows as JSON lines under a first line with their hash; returns the hash."""
        head = {"chowk": "mixed", "rows": len(self.rows), "sha256": self.hash}
        lines = [head, *(row.as_dict() for row in self.rows)]
        path.write_text("".join(_line(line) + "\n" for line in lines), "utf-8")
        return self.hash

    @classmethod
    def thaw(cls, path: Path) -> Self:
        """Read a frozen set; InputError when a row was changed, added or lost since."""
        try:
            lines = path.read_text("utf-8").split("\n")  # a text may hold other ends of lines
            head, *rows = [json.loads(line) for line in lines if line]
            said = head["sha256"]
        except (ValueError, KeyError, TypeError):
            raise InputError(
                f"{path} is not a frozen set of mixed utterances. Make one with Mixes.freeze."
            ) from None
        if fingerprint(rows) != said or head.get("rows") != len(rows):
            raise InputError(
                f"{path} was changed after it was frozen: its rows do not match their hash. Make "
                "it again from its recipe and seed, or figures on it cannot be compared."
            )
        return cls([Mixed(**{**row, "phenomena": tuple(row["phenomena"])}) for row in rows])


def fingerprint(rows: Iterable[dict[str, Any]]) -> str:
    """SHA-256 over rows as canonical JSON, in their order."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(_line(row).encode() + b"\n")
    return digest.hexdigest()


def keep_apart(train: Iterable[Mixed], test: Iterable[Mixed]) -> None:
    """InputError when a test set shares a recipe or an utterance with the training set.

    A model that is tested on the recipe that it learned from shows that it learned the recipe.
    """
    trained = list(train)
    recipes, texts = {row.recipe for row in trained}, {row.text for row in trained}
    for number, row in enumerate(test):
        if row.recipe in recipes:
            raise InputError(
                f"Row {number} of the test set was made by {row.recipe!r}, as rows of the training "
                "set were. Make one of them with another theory or sampling."
            )
        if row.text in texts:
            raise InputError(f"Row {number} of the test set, {row.text!r}, is in the training set.")


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
