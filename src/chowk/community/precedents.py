"""Precedents: how items like this one were decided before, so that decisions agree.

Texts are sets of hashed character trigrams of their folded words, and two are alike by the cosine
of these sets weighted by how rare each trigram is (tf-idf; Salton and Buckley 1988). What other
channels have decided is only seen when they share it.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from chowk.errors import NotFittedError, parameter

_BINS = 1 << 15
#: Characters of a text that are compared.
_MOST = 2_000


class Precedent(msgspec.Struct, frozen=True, kw_only=True):
    """A decided item that is like the one in hand: how alike (0 to 1), and how it was decided."""

    item_id: str
    similarity: float
    outcome: str
    norm: str | None
    reason: str | None
    channel: str
    text: str


class Precedents:
    """A memory of decided items.

    Parameters
    ----------
    least : how alike an item must be to be shown, in [0, 1].

    Examples
    --------
    >>> memory = Precedents().fit([
    ...     {"item_id": "q1", "text": "you play like a potato", "outcome": "approved",
    ...      "norm": "banter", "reason": "friends teasing", "channel": "lobby"},
    ...     {"item_id": "q2", "text": "buy followers at this link", "outcome": "denied",
    ...      "norm": "no-adverts", "channel": "lobby"},
    ... ])
    >>> [(one.item_id, one.outcome) for one in memory.similar("you play like potatoes", "lobby")]
    [('q1', 'approved')]
    >>> memory.summary("lol you play like potatoes", "lobby")
    {'approved': 1}
    """

    def __init__(self, *, least: float = 0.25) -> None:
        if not 0 <= least <= 1:
            raise parameter("Precedents", "least", "a number in [0, 1]", least)
        self.least = least

    def fit(
        self, decided: Iterable[Mapping[str, Any]], *, shared: Mapping[str, bool] | None = None
    ) -> Precedents:
        """Remember decided items.

        Parameters
        ----------
        decided : each with `item_id`, `text`, `outcome` (approved, denied, corrected) and
            `channel`; `norm` and `reason` where they are known.
        shared : which channels let others see their precedents; none if not given.
        """
        rows = [dict(row) for row in decided if row.get("outcome") and row.get("text")]
        self.rows_ = rows
        self.shared_ = {channel for channel, consent in (shared or {}).items() if consent}
        grams = [_trigrams(str(row["text"])) for row in rows]
        seen: Counter[int] = Counter(bin_ for one in grams for bin_ in one)
        total = max(1, len(rows))
        weights = np.log((1.0 + total) / (1.0 + np.zeros(_BINS))) + 1.0
        for bin_, count in seen.items():
            weights[bin_] = np.log((1.0 + total) / (1.0 + count)) + 1.0
        self.weights_: npt.NDArray[np.float64] = weights
        self.postings_: dict[int, list[int]] = {}
        self.norms_ = np.zeros(len(rows))
        for number, one in enumerate(grams):
            for bin_ in one:
                self.postings_.setdefault(bin_, []).append(number)
            self.norms_[number] = np.sqrt(sum(weights[bin_] ** 2 for bin_ in one)) or 1.0
        return self

    def similar(self, text: str, channel: str, k: int = 5) -> list[Precedent]:
        """The `k` items most like `text` among the channel's own and those that are shared."""
        if not hasattr(self, "rows_"):
            raise NotFittedError(self)
        if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= 100:
            raise parameter("similar", "k", "an int in [1, 100]", k)
        grams = _trigrams(text)
        scores = np.zeros(len(self.rows_))
        for bin_ in grams:
            scores[self.postings_.get(bin_, [])] += self.weights_[bin_] ** 2
        own = float(np.sqrt(sum(self.weights_[bin_] ** 2 for bin_ in grams))) or 1.0
        scores /= own * np.maximum(self.norms_, 1e-12)
        found: list[Precedent] = []
        for number in np.argsort(-scores, kind="stable"):
            row, score = self.rows_[number], float(scores[number])
            if score < self.least or len(found) == k:
                break
            if row["channel"] == channel or row["channel"] in self.shared_:
                found.append(
                    Precedent(
                        item_id=str(row["item_id"]),
                        similarity=round(min(1.0, score), 4),
                        outcome=str(row["outcome"]),
                        norm=row.get("norm"),
                        # A reason is the words of a person of that channel; it is not passed on.
                        reason=row.get("reason") if row["channel"] == channel else None,
                        channel=str(row["channel"]),
                        text=str(row["text"]),
                    )
                )
        return found

    def summary(self, text: str, channel: str, k: int = 20) -> dict[str, int]:
        """How often similar items were decided in which way."""
        return dict(Counter(one.outcome for one in self.similar(text, channel, k)))


def _trigrams(text: str) -> set[int]:
    folded = unicodedata.normalize("NFKC", text[:_MOST].encode("utf-8", "replace").decode())
    words = folded.casefold().split()
    return {
        zlib.crc32(f" {word} "[start : start + 3].encode()) % _BINS
        for word in words
        for start in range(max(1, len(word)))
    }
