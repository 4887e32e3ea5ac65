"""What a detector needs of a message, without its text.

A message comes in where it was posted; its trace comes out, as every process that counts with it
can take it in: marks, numbers of words, and what was seen of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chowk.errors import parameter

from .asking import asks, invites
from .shouts import LINK, MENTION, disguised, festive, named, site, tokens
from .similar import plain, signature
from .together import parted


@dataclass(frozen=True, slots=True)
class Trace:
    """What a detector needs of a message, without its text.

    Attributes
    ----------
    author : who wrote it, by any name that stays the same.
    mark : [96] the text's `signature`.
    mentions, links : how many there are.
    festive : whether it is what a crowd shouts.
    words : its different words as numbers (`shouts.tokens`).
    names : who is named in it, as numbers.
    hidden : whether letters are disguised in it.
    harmful : whether it would be held by itself; None where that is not known.
    asks : whether it only asks, or tells of a service that fails (`asking.asks`).
    invites : whether many are asked to answer, if a host says it.
    """

    author: str
    mark: NDArray[np.uint64]
    mentions: int
    links: int
    festive: bool
    words: tuple[int, ...] = ()
    names: tuple[int, ...] = ()
    hidden: bool = False
    harmful: bool | None = None
    asks: bool = False
    invites: bool = False

    @classmethod
    def of(cls, author: str, text: str) -> Trace:
        """The trace of a message.

        >>> Trace.of("u1", "@ana see evil.xyz").links
        1
        """
        if not isinstance(text, str):
            raise parameter("message", "text", "a str", text)
        common = plain(text)
        seen = text[:20_000]
        links, mentions = len(LINK.findall(seen)), len(MENTION.findall(seen))
        begun = text[:2_000]
        if links or mentions:  # of an address, who is behind it is a word; a name is none
            begun = MENTION.sub(" ", LINK.sub(site, begun))
        apart = parted(begun)
        said = common if apart == text else plain(apart)
        only_asks, words = asks(begun, said)
        if links or mentions > 1:
            only_asks, words = False, tuple(tokens(said).tolist())
        return cls(
            author,
            signature(common),
            mentions,
            links,
            festive(text, common, words),
            words,
            tuple(named(text).tolist()) if mentions else (),
            disguised(text),
            asks=only_asks,
            invites=invites(text, common),
        )
