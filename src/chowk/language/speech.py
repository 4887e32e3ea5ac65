"""What a speech recogniser makes of an utterance: n-best lists with confidences.

In: tokens and their labels. Out: hypotheses, the likeliest first, in which words are replaced by
words that sound alike, dropped, joined or split. Sounds are compared by a phonetic key of the
written word (vowels folded, voiced and unvoiced consonants together).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chowk.errors import parameter

# Capitals are sounds that later rules must leave alone.
_FOLDS = (
    (r"(.)\1+", r"\1"), (r"^kn|^gn", "n"), (r"^wr", "r"), (r"(?<=[aeiou])w(?![aeiou])", ""),
    (r"ph", "f"), (r"gh(?=t|$)", ""),
    (r"sh|ch|j", "X"), (r"kh|ck|[cqkg]", "K"), (r"[zs]", "S"), (r"[dt]h?", "T"), (r"[bp]h?", "P"),
    (r"[vfw]", "F"), (r"[mn]", "N"), (r"[rl]", "R"), (r"^[aeiouyh]+", "A"),
    (r"[aeiouyh]+", ""), (r"(.)\1+", r"\1"),
)  # fmt: skip
_RULES = [(re.compile(old), new) for old, new in _FOLDS]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What the recogniser may have heard; labels follow the words that became others."""

    tokens: list[str]
    labels: list[str]
    origins: list[int]
    confidence: float


def sound(word: str) -> str:
    """A key that words which sound alike share.

    >>> sound("shoes") == sound("chews"), sound("red") == sound("let"), sound("red") == sound("big")
    (True, True, False)
    """
    key = word.casefold()
    for rule, new in _RULES:
        key = rule.sub(new, key)
    return key


class Mishearing:
    """Noise of recognised speech over a vocabulary.

    Parameters
    ----------
    vocabulary : words that the recogniser knows; alike-sounding ones are taken for one another.
    rate : how likely a word of the best hypothesis is misheard, in [0, 1].

    Examples
    --------
    >>> heard = Mishearing(["red", "let", "shoes", "chews"], rate=1.0)
    >>> heard.hypotheses(["red", "shoes"], n=2, seed=1)[0].tokens != ["red", "shoes"]
    True
    """

    def __init__(self, vocabulary: Iterable[str], rate: float = 0.1) -> None:
        if not 0 <= rate <= 1:
            raise parameter("Mishearing", "rate", "a number in [0, 1]", rate)
        self.rate = rate
        self._alike: dict[str, list[str]] = {}
        for word in sorted({w.casefold() for w in vocabulary if w.isalpha()}):
            self._alike.setdefault(sound(word), []).append(word)

    def hypotheses(
        self,
        tokens: Sequence[str],
        labels: Sequence[str] = (),
        *,
        n: int = 5,
        seed: int | str = 0,
    ) -> list[Hypothesis]:
        """At most `n` distinct hypotheses; confidences fall with rank and add up to 1."""
        if n < 1:
            raise parameter("hypotheses", "n", "an int of at least 1", n)
        rng = random.Random(f"{seed}")
        given = list(labels) or ["O"] * len(tokens)
        drawn: dict[tuple[str, ...], Hypothesis] = {}
        for rank in range(3 * n):
            # Later ranks are noisier; one of them is often what was said.
            rate = 0.0 if rank == 1 else min(1.0, self.rate * (1 + 0.5 * rank))
            one = self._heard(tokens, given, rate, rng)
            drawn.setdefault(tuple(one.tokens), one)
            if len(drawn) == n:
                break
        kept = list(drawn.values())
        weights = [0.5**rank * rng.uniform(0.8, 1.0) for rank in range(len(kept))]
        return [
            Hypothesis(one.tokens, one.labels, one.origins, weight / sum(weights))
            for one, weight in zip(kept, weights, strict=True)
        ]

    def _heard(
        self, tokens: Sequence[str], labels: Sequence[str], rate: float, rng: random.Random
    ) -> Hypothesis:
        words: list[str] = []
        slots: list[str] = []
        origins: list[int] = []
        for place, (token, label) in enumerate(zip(tokens, labels, strict=True)):
            heard = [token]
            if rng.random() < rate:
                alike = [w for w in self._alike.get(sound(token), ()) if w != token.casefold()]
                if alike:
                    heard = [rng.choice(alike)]
                elif len(token) > 6 and token.isalpha():
                    middle = rng.randrange(3, len(token) - 2)
                    heard = [token[:middle], token[middle:]]
                elif len(token) <= 3 and len(tokens) > 2 and label == "O":  # a slot keeps its words
                    heard = []
            for number, word in enumerate(heard):
                words.append(word)
                slots.append(label if number == 0 or label == "O" else f"I-{label[2:]}")
                origins.append(place)
        return Hypothesis(words, slots, origins, 0.0)
