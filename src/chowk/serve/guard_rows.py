"""What stands in the guards' log: messages, joins, who waits, and what a channel's talk is like.

A trace comes in, its words and signature keyed; a row comes out that fits in a kilobyte, and the
trace again from it. A row that an older version wrote is read as it was.
"""

from __future__ import annotations

from collections import Counter

import msgspec
import numpy as np

from chowk.community.acquaintance import Background
from chowk.community.traces import Trace

#: Words of every day that are kept.
TALK = 20_000


class Said(msgspec.Struct, frozen=True, tag="m", array_like=True):
    """A message: the fields of a `Trace`."""

    author: str
    mark: bytes
    mentions: int
    links: int
    festive: bool
    words: bytes = b""
    names: bytes = b""
    hidden: bool = False
    harmful: bool | None = None
    host: bool = False
    asks: bool = False
    invites: bool = False
    fails: bool = False
    own: int = 0

    @classmethod
    def of(cls, trace: Trace, *, host: bool = False) -> Said:
        """The row of a trace."""
        return cls(
            trace.author,
            trace.mark.astype("<u8").tobytes(),
            trace.mentions,
            trace.links,
            trace.festive,
            np.array(trace.words, "<u8").tobytes(),
            np.array(trace.names, "<u8").tobytes(),
            trace.hidden,
            trace.harmful,
            host,
            trace.asks,
            trace.invites,
            trace.fails,
            trace.own,
        )

    def trace(self) -> Trace:
        """The trace of a row."""
        return Trace(
            self.author,
            np.frombuffer(self.mark, "<u8").astype(np.uint64),
            self.mentions,
            self.links,
            self.festive,
            tuple(np.frombuffer(self.words, "<u8").tolist()),
            tuple(np.frombuffer(self.names, "<u8").tolist()),
            self.hidden,
            self.harmful,
            self.asks,
            self.invites,
            self.fails,
            self.own,
        )


class Joined(msgspec.Struct, frozen=True, tag="j", array_like=True):
    """An account that joined, and when it was made."""

    author: str
    created: float | None


class Waits(msgspec.Struct, frozen=True, tag="w", array_like=True):
    """What an account posts waits until then, since it resembles a banned one."""

    author: str
    until: float
    of: str


class Talk(msgspec.Struct, frozen=True, array_like=True):
    """A `Background`, as it lies in the file."""

    strangers: float
    others: float
    past: int
    made: int
    oldest: float | None
    words: bytes
    counts: bytes
    held: bytes = b""

    @classmethod
    def of(cls, kept: Background) -> Talk:
        """The most common words of a background, and the rest of it."""
        some = kept.words.most_common(TALK)
        return cls(
            kept.strangers,
            kept.others,
            kept.past,
            kept.made,
            None if kept.oldest == float("inf") else kept.oldest,
            np.array([word for word, _ in some], "<u8").tobytes(),
            np.array([count for _, count in some], "<u4").tobytes(),
            bytes(kept.held),
        )

    def background(self) -> Background:
        """The background again."""
        words = np.frombuffer(self.words, "<u8").tolist()
        counts = np.frombuffer(self.counts, "<u4").tolist()
        oldest = float("inf") if self.oldest is None else self.oldest
        told = Counter(dict(zip(words, counts, strict=True)))
        held = tuple(map(bool, self.held))
        return Background(self.strangers, self.others, told, self.past, self.made, oldest, held)


Row = Said | Joined | Waits
talk_of = msgspec.msgpack.Decoder(Talk).decode
row_of = msgspec.msgpack.Decoder(Row).decode
written = msgspec.msgpack.Encoder().encode
