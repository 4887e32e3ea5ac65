"""What a detector needs of a message, without its text.

A message comes in where it was posted; its trace comes out, as every process that counts with it
can take it in: marks, numbers of words, and what was seen of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chowk.errors import parameter

from .asking import Asked, asks, invites
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
    fails : whether it names a trouble.
    own : which of `words`, a bit for each, have to be the channel's own for it to only ask.
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
    fails: bool = False
    own: int = 0

    @property
    def owned(self) -> tuple[int, ...]:
        """The words that have to be the channel's own."""
        return tuple(word for at, word in enumerate(self.words) if self.own >> at & 1)

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
        # What is asked is judged by the words as they were written: a name stays a name.
        asked = asks(begun, said, None if apart == begun else plain(begun))
        if links or mentions > 1:
            asked = Asked(False, tuple(tokens(said).tolist()))
        return cls(
            author,
            signature(common),
            mentions,
            links,
            festive(text, common, asked.words),
            asked.words,
            tuple(named(text).tolist()) if mentions else (),
            disguised(text),
            asks=asked.asks,
            invites=invites(text, common),
            fails=asked.fails,
            own=asked.own,
        )
