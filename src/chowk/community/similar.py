"""Near-duplicates as they arrive: MinHash signatures in bands, within a sliding window.

A text comes in; the cluster of recent texts that are nearly the same comes out. Shingles are runs
of letters of the folded text, so that disguises and small changes keep most of them; two signatures
agree in as many places as their shingle sets overlap (Broder 1997), and texts that agree in one
band are compared in full.
"""

from __future__ import annotations

import re
import zlib
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from .evidence import Evidence
from .folding import normalise
from .terms import forms_of

_HASHES, _ROWS = 96, 3
_rng = np.random.default_rng(20260101)
_A = _rng.integers(1 << 62, 1 << 63, _HASHES, dtype=np.uint64) | np.uint64(1)
_B = _rng.integers(0, 1 << 62, _HASHES, dtype=np.uint64)
_WORDS = re.compile(r"[\w\u0900-\u0dff\u200c\u200d]+")  # Indic vowel signs are no \w
#: A mark before or behind a word, not the letter that it stands for within one.
_MARKS = re.compile(r"(?<!\S)[!#]+|!+(?=[\s?.,]|$)")
_LONGEST = 2_000


def unmarked(text: str) -> str:
    """A text without the exclamation marks around its words, nor those of hashtags.

    >>> unmarked("!join #Anna!! sh!t")
    ' join  Anna  sh!t'
    """
    return _MARKS.sub(" ", text)


def plain(text: str) -> str:
    """Folded, leet undone, repeats squeezed, numbers out: what variants have in common.

    >>> plain("Joooin   n0w  at 1234!!")
    'join now at'
    """
    words = []
    for word in normalise(unmarked(text[:_LONGEST])).text.split():
        form = forms_of(word)[-1] if any(c.isalpha() for c in word) else ""
        words += [w for w in _WORDS.findall(form) if not w.isdigit()]
    return " ".join(words)


def signature(text: str) -> NDArray[np.uint64]:
    """[96] minima of hashed shingles of four letters; the text should be `plain`."""
    size = 4
    shingles = {text[i : i + size] for i in range(max(len(text) - size + 1, 1))}
    codes = np.array(
        [zlib.crc32(s.encode("utf-8", "surrogatepass")) for s in shingles], dtype=np.uint64
    )
    # Multiplication modulo 2^64 by odd numbers, with a shift between, is a mixing of its own each.
    mixed = (codes[:, None] + _B) * _A
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _A
    low: NDArray[np.uint64] = mixed.min(axis=0)
    return low


def likeness(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> float:
    """The estimated overlap (Jaccard) of two texts' shingles, from 0 to 1.

    >>> likeness(signature("join us at our server"), signature("join us at our servers")) > 0.7
    True
    """
    return float((a == b).mean())


@dataclass(slots=True)
class Seen:
    """One message in the window."""

    author: str
    at: float
    mark: NDArray[np.uint64]
    cluster: int
    evidence: Evidence


@dataclass(slots=True)
class Cluster:
    """Messages of the window that are nearly the same."""

    number: int
    members: deque[Seen] = field(default_factory=deque)
    #: By author, how many of them.
    authors: dict[str, int] = field(default_factory=dict)


class Window:
    """Recent messages by likeness.

    Parameters
    ----------
    seconds : how long a message stays.
    least : the overlap from which on two texts are variants of one.
    most : messages kept at most; the oldest go first.
    """

    def __init__(self, seconds: float = 60.0, least: float = 0.45, most: int = 5_000) -> None:
        self.seconds, self.least, self.most = seconds, least, most
        self._seen: deque[Seen] = deque()
        self._bands: dict[tuple[int, bytes], int] = {}
        self._clusters: dict[int, Cluster] = {}
        self._made = 0

    def add(self, author: str, text: str, at: float) -> Cluster:
        """Put a message in; gives its cluster as it stands now."""
        return self.put(author, signature(plain(text)), at)

    def put(
        self, author: str, mark: NDArray[np.uint64], at: float, evidence: Evidence | None = None
    ) -> Cluster:
        """Put a message in by its `signature` alone."""
        return self.place(author, mark, at, self.find(mark, at), evidence)

    def find(self, mark: NDArray[np.uint64], at: float) -> Cluster | None:
        """The cluster that a message would come to; None for one of its own."""
        self._forget(at)
        for key in _bands(mark):
            number = self._bands.get(key)
            other = self._clusters.get(number) if number is not None else None
            if other and any(
                likeness(mark, one.mark) >= self.least for one in islice(other.members, 3)
            ):
                return other
        return None

    def place(
        self,
        author: str,
        mark: NDArray[np.uint64],
        at: float,
        found: Cluster | None,
        evidence: Evidence | None = None,
    ) -> Cluster:
        """Put a message into the cluster that `find` found for it at that moment."""
        if found is None:
            self._made += 1
            found = self._clusters[self._made] = Cluster(self._made)
        for key in _bands(mark):
            self._bands[key] = found.number
        seen = Seen(author, at, mark, found.number, evidence or Evidence())
        found.members.append(seen)
        found.authors[author] = found.authors.get(author, 0) + 1
        self._seen.append(seen)
        return found

    def forget(self, authors: Collection[str]) -> None:
        """Take out all messages of some authors, as if they had not been said."""
        gone = {one.cluster for one in self._seen if one.author in authors}
        if gone:
            self._seen = deque(one for one in self._seen if one.author not in authors)
        for number in gone:
            cluster = self._clusters[number]
            cluster.members = deque(one for one in cluster.members if one.author not in authors)
            cluster.authors = {a: n for a, n in cluster.authors.items() if a not in authors}
            if not cluster.members:
                del self._clusters[number]

    def _forget(self, now: float) -> None:
        while self._seen and (
            now - self._seen[0].at > self.seconds or len(self._seen) >= self.most
        ):
            old = self._seen.popleft()
            cluster = self._clusters.get(old.cluster)
            if cluster is not None:
                cluster.members.popleft()
                cluster.authors[old.author] -= 1
                if not cluster.authors[old.author]:
                    del cluster.authors[old.author]
                if not cluster.members:
                    del self._clusters[old.cluster]
        if len(self._bands) > 40 * self.most:
            self._bands = {k: n for k, n in self._bands.items() if n in self._clusters}


def _bands(mark: NDArray[np.uint64]) -> list[tuple[int, bytes]]:
    return [(i, mark[i : i + _ROWS].tobytes()) for i in range(0, _HASHES, _ROWS)]
