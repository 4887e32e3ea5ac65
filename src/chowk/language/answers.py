"""The owner's own questions and answers, found by what a customer asks.

In: a file or rows of questions and answers. Out: the answer whose question is nearest to what was
said, or none where no question is near: cosine of words and runs of characters, weighed by rarity.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from chowk.errors import ImportFormatError, InputError, parameter

from .examples import listed_rows
from .tokens import tokens

_EMPTY = frozenset("a an the is are do does you your i my me to of in on for can how what".split())


class Answers:
    """Answers by their questions.

    Parameters
    ----------
    rows : dicts with `question` (or `questions`, a list) and `answer`.
    least : cosine from which a question counts as the same, in (0, 1].

    Examples
    --------
    >>> own = Answers([{"question": "Do you deliver to Pune?", "answer": "Yes, in two days."}])
    >>> own.find("deliver in pune?"), own.find("red shoes")
    ('Yes, in two days.', None)
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]] = (), *, least: float = 0.6) -> None:
        if not 0 < least <= 1:
            raise parameter("Answers", "least", "a number in (0, 1]", least)
        self.least = least
        said: list[tuple[str, str]] = []
        for number, row in enumerate(listed_rows(rows, "Answers")):
            asked, answer = _asked(row), row.get("answer") if isinstance(row, Mapping) else None
            if not asked or not isinstance(answer, str) or not answer.strip():
                raise InputError(f"Row {number} of Answers needs a 'question' and an 'answer'.")
            said += [(question, answer) for question in asked]
        terms = [_terms(question) for question, _ in said]
        seen = Counter(term for each in terms for term in each)
        self._weight = {t: math.log(1 + len(said) / n) + 1 for t, n in seen.items()}
        self._unseen = math.log(1 + len(said)) + 1
        self._rows = [
            (self._vector(each), answer) for each, (_, answer) in zip(terms, said, strict=True)
        ]

    @classmethod
    def read(cls, path: str | Path, *, least: float = 0.6) -> Self:
        """Answers of a CSV file with columns question and answer, or of JSON lines."""
        path = Path(path)
        try:
            text = path.read_text("utf-8-sig")
            if path.suffix == ".csv":
                return cls(csv.DictReader(io.StringIO(text)), least=least)
            return cls([json.loads(line) for line in text.split("\n") if line.strip()], least=least)
        except (UnicodeDecodeError, ValueError, AttributeError) as error:
            if isinstance(error, InputError):
                raise
            raise ImportFormatError(f"{path} cannot be read as answers: {error}.") from None

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, text: str) -> str | None:
        """The answer to the nearest question, or None where none is near enough."""
        asked = self._vector(_terms(text))
        best, answer = 0.0, None
        for vector, its_answer in self._rows:
            near = sum(weight * vector.get(term, 0.0) for term, weight in asked.items())
            if near > best:
                best, answer = near, its_answer
        return answer if best >= self.least else None

    def _vector(self, terms: Counter[str]) -> dict[str, float]:
        weighed = {t: n * self._weight.get(t, self._unseen) for t, n in terms.items()}
        length = math.sqrt(sum(value * value for value in weighed.values())) or 1.0
        return {term: value / length for term, value in weighed.items()}


def _asked(row: Any) -> list[str]:
    """The questions of a row; none where they are no texts."""
    found = (row.get("questions") or row.get("question")) if isinstance(row, Mapping) else None
    asked = [found] if isinstance(found, str) else found
    whole = isinstance(asked, list | tuple) and all(isinstance(one, str) for one in asked)
    return list(asked) if asked and whole else []


def _terms(text: str) -> Counter[str]:
    """Words, but for those that every question has, and their first four letters."""
    words = [token.text.casefold() for token in tokens(text)]
    kept = [word for word in words if word[0].isalnum() and word not in _EMPTY]
    return Counter(kept) + Counter(f"{word[:4]}*" for word in kept)
