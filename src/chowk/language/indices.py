"""How much an utterance or a corpus mixes languages: CMI, M-index, I-index, switch-point fraction.

In: a language for every token. Tags that belong to no one language (`other`: numbers, punctuation;
`ambiguous`: words of both; `name`: named entities) are counted as tokens and as nothing else.
CMI: Das and Gambäck 2014. M-index: Barnett et al. 2000. I-index: Guzmán et al. 2017.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

import msgspec

#: Tags of tokens that are of no one language.
NEUTRAL = frozenset({"other", "ambiguous", "name"})


class Mixing(msgspec.Struct, frozen=True, kw_only=True):
    """The indices of a corpus.

    Attributes
    ----------
    rows, tokens : how many utterances and tokens.
    mixed : share of utterances with more than one language, in [0, 1].
    cmi : mean of the utterances' CMI, in [0, 100].
    m_index, i_index, switch_point_fraction : of the whole corpus, in [0, 1].
    languages : tokens a language, neutral ones left out.
    """

    rows: int
    tokens: int
    mixed: float
    cmi: float
    m_index: float
    i_index: float
    switch_point_fraction: float
    languages: dict[str, int]


def code_mixing_index(languages: Sequence[str]) -> float:
    """CMI = 100 · (1 − max_l w_l / (n − u)): n tokens, u of them neutral, w_l in language l.

    0 for one language (or none), 50 for two in equal parts.

    >>> code_mixing_index(["hi", "hi", "hi", "en", "other"])
    25.0
    """
    counts = Counter(tag for tag in languages if tag not in NEUTRAL)
    return 100 * (1 - max(counts.values()) / counts.total()) if counts else 0.0


def switch_points(languages: Sequence[str]) -> int:
    """How often the language changes, neutral tokens passed over.

    >>> switch_points(["hi", "other", "hi", "en", "name", "hi"])
    2
    """
    told = [tag for tag in languages if tag not in NEUTRAL]
    return sum(a != b for a, b in pairwise(told))


def m_index(corpus: Iterable[Sequence[str]]) -> float:
    """M-index = (1 − Σ p_l²) / ((k − 1) Σ p_l²): 0 with one language, 1 when all k are equal.

    >>> m_index([["hi", "en"], ["hi", "en", "other"]])
    1.0
    """
    counts = Counter(tag for languages in corpus for tag in languages if tag not in NEUTRAL)
    if len(counts) < 2:
        return 0.0
    squares = sum((count / counts.total()) ** 2 for count in counts.values())
    return (1 - squares) / ((len(counts) - 1) * squares)


def i_index(corpus: Iterable[Sequence[str]]) -> float:
    """I-index: switch points over the places where one could be, between tokens with a language.

    >>> i_index([["hi", "en", "other", "en"]])
    0.5
    """
    switches = places = 0
    for languages in corpus:
        switches += switch_points(languages)
        places += max(sum(tag not in NEUTRAL for tag in languages) - 1, 0)
    return switches / places if places else 0.0


def switch_point_fraction(corpus: Iterable[Sequence[str]]) -> float:
    """Switch points over *all* boundaries between tokens, neutral ones included.

    >>> switch_point_fraction([["hi", "en", "other", "en"]])
    0.3333333333333333
    """
    switches = places = 0
    for languages in corpus:
        switches += switch_points(languages)
        places += max(len(languages) - 1, 0)
    return switches / places if places else 0.0


def matrix_language(
    languages: Sequence[str],
    tokens: Sequence[str] = (),
    closed: Collection[str] = (),
) -> str | None:
    """The language that frames an utterance: most tokens, then most closed-class words, then first.

    None when no token has a language.

    >>> matrix_language(["en", "hi", "hi", "en"], ["shoes", "ke", "liye", "box"], {"ke", "liye"})
    'hi'
    """
    counts = Counter(tag for tag in languages if tag not in NEUTRAL)
    if not counts:
        return None
    framing = Counter(
        tag for tag, token in zip(languages, tokens, strict=False) if token.casefold() in closed
    )
    return max(counts, key=lambda tag: (counts[tag], framing[tag]))  # the first of equals


def mixing(corpus: Iterable[Sequence[str]]) -> Mixing:
    """All indices of a corpus: one list of token languages an utterance.

    >>> found = mixing([["hi", "en"], ["en", "en"]])
    >>> found.cmi, found.mixed
    (25.0, 0.5)
    """
    rows = [list(languages) for languages in corpus]
    each = [code_mixing_index(languages) for languages in rows]
    return Mixing(
        rows=len(rows),
        tokens=sum(map(len, rows)),
        mixed=sum(value > 0 for value in each) / len(rows) if rows else 0.0,
        cmi=sum(each) / len(rows) if rows else 0.0,
        m_index=m_index(rows),
        i_index=i_index(rows),
        switch_point_fraction=switch_point_fraction(rows),
        languages=dict(Counter(t for row in rows for t in row if t not in NEUTRAL)),
    )
