"""What is done to a mix afterwards: loans, dialect, Latin letters, spelling, recognised speech.

In: a candidate. Out: one finished utterance, or with mishearing several, each with the recogniser's
confidence. Languages and slots follow every word that becomes another or several.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chowk.errors import parameter

from .choosing import Candidate
from .latin import misspelt, to_latin
from .replacing import carried
from .speech import Mishearing


@dataclass(slots=True)
class Finished:
    """An utterance as it will be handed out."""

    tokens: list[str]
    languages: list[str]
    labels: list[str]
    phenomena: tuple[str, ...]
    confidence: float = 1.0


class Finish:
    """The noise that a `CodeMixer` was asked for; see there for the parameters."""

    def __init__(
        self,
        target: str,
        borrowings: Mapping[str, str] | None,
        dialect: Mapping[str, Sequence[str]] | None,
        latin: bool,
        spelling: float,
        mishearing: float,
        n_best: int,
    ) -> None:
        for name, rate in (("spelling", spelling), ("mishearing", mishearing)):
            if not 0 <= rate <= 1:
                raise parameter("CodeMixer", name, "a number in [0, 1]", rate)
        if n_best < 1:
            raise parameter("CodeMixer", "n_best", "an int of at least 1", n_best)
        self.target = target
        self.borrowings = {k.casefold(): v for k, v in (borrowings or {}).items() if v.split()}
        self.dialect = {
            word.casefold(): [v for v in ([vs] if isinstance(vs, str) else vs) if v.split()]
            for word, vs in (dialect or {}).items()
        }
        self.latin = latin
        self.spelling = spelling
        self.mishearing = mishearing
        self.n_best = n_best
        parts = (
            ("borrowing", bool(self.borrowings)),
            ("dialect", bool(self.dialect)),
            ("latin", latin),
            (f"spelling={spelling:g}", spelling > 0),
            (f"speech={mishearing:g}", mishearing > 0),
        )
        self.name = "+".join(name for name, asked in parts if asked)

    def apply(self, candidate: Candidate, rng: random.Random) -> list[Finished]:
        """The finished utterance, or its `n_best` hypotheses."""
        words: list[str] = []
        tags: list[str] = []
        labels: list[str] = []
        met: dict[str, None] = {}
        rows = zip(candidate.tokens, candidate.languages, candidate.labels, strict=True)
        for word, tag, label in rows:
            new, tag = self._word(word, tag, met, rng)
            words += new
            tags += [tag] * len(new)
            labels += carried(label, len(new))
        if not self.mishearing:
            return [Finished(words, tags, labels, tuple(met))]
        heard = Mishearing(_VOCABULARY.union(words), self.mishearing)
        return [
            Finished(
                one.tokens,
                [tags[i] for i in one.origins],
                one.labels,
                (*met, "speech"),
                round(one.confidence, 6),
            )
            for one in heard.hypotheses(words, labels, n=self.n_best, seed=rng.getrandbits(32))
        ]

    def _word(
        self, word: str, tag: str, met: dict[str, None], rng: random.Random
    ) -> tuple[list[str], str]:
        """What the word becomes, its language, and in `met` what happened to it."""
        key = word.casefold()
        if key in self.borrowings and tag != self.target:
            met["borrowing"] = None
            return self.borrowings[key].split(), "ambiguous"
        if self.dialect.get(key):
            met["dialect"] = None
            return rng.choice(self.dialect[key]).split(), tag
        if self.latin and tag in (self.target, "ambiguous"):
            written = to_latin(word)
            if written and written != word:
                met["transliteration"] = None
                word = written
        if self.spelling and tag == self.target and word.isascii() and rng.random() < self.spelling:
            other = misspelt(word, rng)
            if other != word:
                met["transliteration"] = None
                word = other
        return [word], tag


#: Words that recognisers take for others, besides those of the utterance itself.
_VOCABULARY = frozenset(
    """
to two too for four won one be bee by buy bye sea see son sun week weak meet meat male mail right
write read red led let bed bet pet bad bat pad sale sell cell shoe chew shoot suit sheet seat ship
chip cheap jeep hair hare air bear pair pear fair fare wear where ware there their hear here know
no new knew knight night flower flour hour our peace piece plane plain rain reign road rode sail
tale tail wait weight way weigh would wood your you'll yule coat goat code cord card guard cap cup
cab
""".split()
)
