"""A bilingual dictionary that is read with care: blanks are dropped, definitions are not words.

In: a mapping, pairs, or a file of two columns. Out: translations of words and short phrases, the
likeliest first, looked up without case. Cycles do no harm: a word is translated once, never again.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from chowk.errors import ImportFormatError, InputError


class BilingualDictionary:
    """Translations of words and phrases of up to `longest` words.

    Parameters
    ----------
    entries : a mapping from a word to one or more translations, or pairs (word, translation).
    longest : entries with more words than this, on either side, are left out as definitions.

    Attributes
    ----------
    dropped : how many entries were blank, too long, or equal to the word itself.

    Examples
    --------
    >>> entries = {"red": ["lal", "surkh"], "running shoes": "joote", "": "x"}
    >>> dictionary = BilingualDictionary(entries)
    >>> dictionary["Red"], len(dictionary), dictionary.dropped
    (['lal', 'surkh'], 2, 1)
    """

    def __init__(
        self,
        entries: Mapping[str, str | Iterable[str]] | Iterable[Sequence[str]],
        longest: int = 3,
    ) -> None:
        self.longest = longest
        self.dropped = 0
        self._entries: dict[str, list[str]] = {}
        for number, (word, translation) in enumerate(_pairs(entries)):
            if not isinstance(word, str) or not isinstance(translation, str):
                if word is not None and translation is not None:
                    raise InputError(
                        f"Entry {number} of the dictionary is ({word!r}, {translation!r}). Both "
                        "must be texts."
                    )
                self.dropped += 1
                continue
            key, value = " ".join(word.casefold().split()), " ".join(translation.split())
            words = max(len(key.split()), len(value.split()))
            known = self._entries.get(key, [])
            if not key or not value or words > longest or key == value.casefold():
                self.dropped += 1
            elif value not in known:
                self._entries[key] = [*known, value]

    @classmethod
    def read(cls, path: Path, longest: int = 3) -> BilingualDictionary:
        """Read a file: two columns (.csv, .tsv, .txt with tabs), or .json (an object)."""
        try:
            text = path.read_text("utf-8-sig")
        except UnicodeDecodeError:
            raise ImportFormatError(f"{path} is not UTF-8 text. Save it as UTF-8.") from None
        if path.suffix == ".json":
            try:
                found = json.loads(text)
            except ValueError as error:
                raise ImportFormatError(f"{path} is not JSON: {error}.") from None
            if not isinstance(found, dict):
                raise ImportFormatError(f"{path} must hold an object: word to translations.")
            return cls(found, longest)
        rows = []
        delimiter = "," if path.suffix == ".csv" else "\t"
        for number, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), 1):
            if row and len(row) < 2:
                raise ImportFormatError(
                    f"Line {number} of {path} has one column. A dictionary has two: the word and "
                    "its translation."
                )
            rows.extend([row[:2]] if row else [])
        return cls(rows, longest)

    @classmethod
    def learned(
        cls, table: Mapping[str, Mapping[str, float]], least: float = 0.2
    ) -> BilingualDictionary:
        """Of an aligner's table t(target | source): translations as likely as `least` or more."""
        likely = sorted(
            (
                (word, other, share)
                for word, row in table.items()
                for other, share in row.items()
                if word and share >= least
            ),
            key=lambda entry: (entry[0], -entry[2], entry[1]),
        )
        return cls((s, t) for s, t, _ in likely)

    def __getitem__(self, phrase: str) -> list[str]:
        return list(self._entries[" ".join(phrase.casefold().split())])

    def __contains__(self, phrase: object) -> bool:
        return isinstance(phrase, str) and " ".join(phrase.casefold().split()) in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def items(self) -> Iterator[tuple[str, list[str]]]:
        """Words with their translations."""
        return iter(self._entries.items())

    def matches(
        self,
        tokens: Sequence[str],
        fits: Callable[[int, int], bool] = lambda start, end: True,
    ) -> list[tuple[int, int, list[str]]]:
        """What of `tokens` can be translated: (start, end, translations), the longest first.

        `fits(start, end)` says whether a phrase may be taken as one.

        >>> BilingualDictionary({"a b": "x", "b": "y"}).matches(["A", "b", "c"])
        [(0, 2, ['x'])]
        """
        found, start = [], 0
        keys = [token.casefold() for token in tokens]
        while start < len(keys):
            for size in range(min(self.longest, len(keys) - start), 0, -1):
                values = self._entries.get(" ".join(keys[start : start + size]))
                if values and fits(start, start + size):
                    found.append((start, start + size, values))
                    start += size - 1
                    break
            start += 1
        return found


def _pairs(
    entries: Mapping[str, str | Iterable[str]] | Iterable[Sequence[str]],
) -> Iterator[tuple[object, object]]:
    if isinstance(entries, Mapping):
        for word, values in entries.items():
            if isinstance(values, str) or not isinstance(values, Iterable):
                yield word, values
            else:
                yield from ((word, value) for value in values)
        return
    for number, entry in enumerate(entries):
        if isinstance(entry, str) or len(entry) != 2:
            raise InputError(
                f"Entry {number} of the dictionary is {entry!r}. Give pairs (word, translation)."
            )
        yield entry[0], entry[1]
