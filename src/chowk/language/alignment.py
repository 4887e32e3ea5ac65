"""Which word stands for which: a small IBM-model aligner, learned from the parallel set itself.

In: pairs of token lists. Out: links (i, j) between source token i and target token j. IBM model 1
with a prior for the diagonal (Dyer, Chahuneau and Smith 2013) and a Dirichlet prior on
translations, in both directions, joined by grow-diag-final-and (Och and Ney 2003). Deterministic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from chowk.errors import InputError, NotFittedError, parameter

#: A link between a source token and a target token.
Link = tuple[int, int]
Floats = NDArray[np.float64]
#: Source word to target words and their probabilities; the word "" stands for none.
Table = dict[str, dict[str, float]]
#: Probability of a translation that was never seen, and of one that is the word itself.
_UNSEEN, _ALIKE = 1e-9, 1e-2

#: Tensions among which the likeliest is taken.
_TENSIONS = (0.0, 1.0, 2.0, 4.0)
_NEIGHBOURS = ((-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))


class Aligner:
    """Learns which words of two languages stand for each other.

    Parameters
    ----------
    iterations : rounds of expectation and maximisation, at least 1.
    tension : how strongly links keep to the diagonal, 0 or more; 0 is IBM model 1. None takes the
        likeliest of a few: languages that order their words alike want more.
    null : prior probability that a word has no counterpart, in [0, 1).
    alpha : Dirichlet prior of a word's translations: small values make them few.

    Examples
    --------
    >>> pairs = [("red shoes", "lal joote"), ("red shirt", "lal kameez"), ("shoes", "joote")]
    >>> aligner = Aligner().fit([(a.split(), b.split()) for a, b in pairs])
    >>> aligner.align(["red", "shirt"], ["lal", "kameez"])
    [(0, 0), (1, 1)]
    """

    def __init__(
        self,
        iterations: int = 8,
        tension: float | None = None,
        *,
        null: float = 0.08,
        alpha: float = 0.01,
    ) -> None:
        self.iterations = iterations
        self.tension = tension
        self.null = null
        self.alpha = alpha

    def fit(
        self,
        pairs: Iterable[tuple[Sequence[str], Sequence[str]]],
        *,
        dictionary: Mapping[str, Iterable[str]] | None = None,
    ) -> Self:
        """Learn from pairs of token lists; words of `dictionary` count as further pairs.

        Identical words on both sides (names, numbers, loans) start as likely translations.
        """
        if self.iterations < 1:
            raise parameter("Aligner", "iterations", "an int of at least 1", self.iterations)
        if not 0 <= self.null < 1:
            raise parameter("Aligner", "null", "a number in [0, 1)", self.null)
        lists = [([_key(w) for w in a], [_key(w) for w in b]) for a, b in pairs]
        lists = [(a, b) for a, b in lists if a and b]
        for word, translations in (dictionary or {}).items():
            for translation in translations:
                both = [_key(w) for w in word.split()], [_key(w) for w in translation.split()]
                if all(both):
                    lists.append(both)
        if not lists:
            raise InputError("Aligner.fit needs pairs with words on both sides. Got none.")
        if self.tension is None:
            tried = {t: self._learn(lists, t, rounds=4)[1] for t in _TENSIONS}
            self.tension_ = max(_TENSIONS, key=lambda t: tried[t])
        else:
            self.tension_ = self.tension
        self.forward_, _ = self._learn(lists, self.tension_, rounds=self.iterations)
        swapped = [(b, a) for a, b in lists]
        self.backward_, _ = self._learn(swapped, self.tension_, rounds=self.iterations)
        return self

    def align(self, source: Sequence[str], target: Sequence[str]) -> list[Link]:
        """Links between the tokens of one pair, in order; empty when a side is empty."""
        if not hasattr(self, "forward_"):
            raise NotFittedError(self)
        ours, theirs = [_key(w) for w in source], [_key(w) for w in target]
        if not ours or not theirs:
            return []
        ahead = {(i, j) for j, i in self._best(self.forward_, ours, theirs)}
        back = {(i, j) for i, j in self._best(self.backward_, theirs, ours)}
        return sorted(_joined(ahead, back))

    def _learn(
        self, lists: list[tuple[list[str], list[str]]], tension: float, *, rounds: int
    ) -> tuple[Table, float]:
        """t(target | source) for every pair of words that occurred together; log-likelihood."""
        codes: dict[tuple[str, str], int] = {}
        owner: dict[str, int] = {"": 0}  # the source word of a table entry; "" is the empty word
        entry: list[int] = []
        place: list[int] = []
        prior: list[Floats] = []
        words = 0
        for source, target in lists:
            for word in source:
                owner.setdefault(word, len(owner))
            prior.append(_prior(len(source), len(target), tension, self.null).ravel())
            for word in target:
                entry.extend(codes.setdefault((s, word), len(codes)) for s in ("", *source))
                place.extend([words] * (len(source) + 1))
                words += 1
        entries, places = np.array(entry, dtype=np.int64), np.array(place, dtype=np.int64)
        priors = np.concatenate(prior)
        owners = np.array([owner[s] for s, _ in codes], dtype=np.int64)
        table = np.array([8.0 if s == t else 1.0 for s, t in codes])
        likelihood = 0.0
        for _ in range(rounds):
            shares = table[entries] * priors
            evidence = np.bincount(places, shares, minlength=words)
            likelihood = float(np.log(evidence).sum())
            shares /= evidence[places]
            counts = np.bincount(entries, shares, minlength=len(codes)) + self.alpha
            totals = np.bincount(owners, counts, minlength=len(owner))
            # Mean-field variational Bayes: a rare word does not take every neighbour for its own.
            table = np.exp(digamma(counts) - digamma(totals[owners]))
        found: Table = {}
        for (source_word, word), value in zip(codes, table.tolist(), strict=True):
            found.setdefault(source_word, {})[word] = value
        return found, likelihood

    def _best(self, table: Table, source: list[str], target: list[str]) -> list[tuple[int, int]]:
        """(target place, source place) of every target word that has a counterpart."""
        rows = [table.get(word, {}) for word in ("", *source)]
        scores = np.array([[row.get(word, _UNSEEN) for row in rows] for word in target])
        for i, word in enumerate(source, 1):
            for j, other in enumerate(target):
                if word == other:
                    scores[j, i] = max(scores[j, i], _ALIKE)
        best = (_prior(len(source), len(target), self.tension_, self.null) * scores).argmax(axis=1)
        return [(j, i - 1) for j, i in enumerate(best.tolist()) if i and scores[j, i] > _UNSEEN]


@lru_cache(4096)
def _prior(sources: int, targets: int, tension: float, null: float) -> Floats:
    """[targets, 1 + sources]: the empty word first, then source places near the diagonal."""
    i = (np.arange(sources) + 0.5) / sources
    j = (np.arange(targets) + 0.5) / targets
    near = np.exp(-tension * np.abs(j[:, None] - i[None, :]))
    near *= (1 - null) / near.sum(axis=1, keepdims=True)
    return np.hstack([np.full((targets, 1), max(null, 1e-12)), near])


def _key(word: str) -> str:
    return word.casefold()


def _joined(ahead: set[Link], back: set[Link]) -> set[Link]:
    """Grow-diag-final-and: links of both directions, then neighbours, then words left alone."""
    links = ahead & back
    union = ahead | back
    rows, columns = {i for i, _ in links}, {j for _, j in links}
    grown = True
    while grown:
        grown = False
        for i, j in sorted(links):
            for di, dj in _NEIGHBOURS:
                new = (i + di, j + dj)
                if (
                    new in union
                    and new not in links
                    and (new[0] not in rows or new[1] not in columns)
                ):
                    links.add(new)
                    rows.add(new[0])
                    columns.add(new[1])
                    grown = True
    for new in (*sorted(ahead), *sorted(back)):
        if new not in links and new[0] not in rows and new[1] not in columns:
            links.add(new)
            rows.add(new[0])
            columns.add(new[1])
    return links
