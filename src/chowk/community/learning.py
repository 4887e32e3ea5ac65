"""What a channel's moderators teach its AutoMod, and no other.

Each allow or deny of a held message moves small weights of that channel: of its heads, of the words
and classes that stood in the message. It is logistic regression on top of the model's own logit,
one step a decision, with weights that shrink towards zero and a sum that is bounded, so that a
channel can come to allow its own banter but never a threat to kill.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .sentence import Reading
from .severity import HEADS

#: The most that what was learned may move each head, in logits: banter and plain words about the
#: body are a channel's own affair, attacks on groups and threats are so only within limits.
BOUNDS: NDArray[np.float32] = np.array([3.0, 2.5, 6.0, 6.0], dtype=np.float32)
#: The same of a message that speaks of killing.
_KILLING: NDArray[np.float32] = np.array([1.0, 1.0, 6.0, 6.0], dtype=np.float32)
#: The same of one in which a name that is a slur to others is all there is: a channel may have made
#: it its own.
_NAMES: NDArray[np.float32] = np.array([5.0, 2.5, 6.0, 6.0], dtype=np.float32)
_ATTACKS = {"emotion", "expel", "dehuman", "crime", "negadj", "negnoun", "negverb", "without",
            "nothing"}  # fmt: skip
_RATE = 0.9
_SHRINK = 0.995
_MOST = 5_000
#: Words that make a head's category speak up whatever the network says.
_SPEAKS = {
    "hate": ("slur", "slurish"),
    "sexual": ("sexual",),
    "insult": ("abuse", "insult"),
}
_NONE: frozenset[str] = frozenset()
_STILL: NDArray[np.float32] = np.zeros(len(HEADS), dtype=np.float32)
_LEARNED = {"slur", "slurish", "abuse", "insult", "dehuman", "sexual", "profane", "profadv",
    "harm", "die",
            "negadj", "negnoun", "emotion", "crime", "expel", "negverb", "denounce", "report",
            "group", "groupadj"}  # fmt: skip


class ChannelMemory:
    """The weights that one channel's decisions have moved."""

    def __init__(self) -> None:
        self._weights: dict[str, float] = {}
        self._squares: dict[str, float] = {}
        self._lock = threading.Lock()
        self.decisions = 0

    def shift(self, reading: Reading) -> NDArray[np.float32]:
        """By how much each head moves for a message."""
        if not self.decisions:
            return _STILL
        total = np.zeros(len(HEADS), dtype=np.float32)
        for i, head in enumerate(HEADS):
            total[i] = sum(self._weights.get(f"{head} {name}", 0.0) for name in _names(reading))
        said = {mark.kind for mark in reading.marks if not mark.turned}
        bounds = BOUNDS
        if not said.isdisjoint(("harm", "die")):
            bounds = _KILLING
        elif said.isdisjoint(_ATTACKS) and not said.isdisjoint(("slur", "slurish")):
            bounds = _NAMES
        bounded: NDArray[np.float32] = np.clip(total, -bounds, bounds)
        return bounded

    def habits(self, reading: Reading) -> tuple[frozenset[str], frozenset[str]]:
        """Heads that the channel lets such a message pass in, and those in which it holds it."""
        if not self.decisions:
            return _NONE, _NONE
        shift = self.shift(reading)
        return (
            frozenset(head for i, head in enumerate(HEADS) if shift[i] < -0.5),
            frozenset(head for i, head in enumerate(HEADS) if shift[i] > 1.0),
        )

    def learn(
        self, reading: Reading, logits: Sequence[float], allowed: bool, missed: bool = False
    ) -> None:
        """One step towards a decision, for the heads that spoke up.

        What was denied though it had been let pass (`missed`) is a step of half at least: the
        network may be sure that somebody is insulted, and it is the channel that minds more. It is
        about those words and not about whatever else is said there.
        """
        with self._lock:
            shift = self.shift(reading)
            target = 0.0 if allowed else 1.0
            names = _names(reading)
            for i, head in enumerate(HEADS):
                if logits[i] < -1.5 and not any(
                    m.kind in _SPEAKS.get(head, ()) for m in reading.marks
                ):
                    continue
                told = 1 / (1 + math.exp(-max(min(logits[i] + float(shift[i]), 30), -30)))
                slope = min(told - target, -0.5) if missed else told - target
                for name in names:
                    if name == "all" and not allowed:
                        continue  # a denial says nothing of what shares no word with it
                    key = f"{head} {name}"
                    if key not in self._weights and len(self._weights) >= _MOST:
                        continue
                    square = self._squares.get(key, 0.0) + slope * slope
                    self._squares[key] = square
                    step = _RATE * slope / math.sqrt(1.0 + square) / math.sqrt(len(names))
                    self._weights[key] = self._weights.get(key, 0.0) * _SHRINK - step
            self.decisions += 1

    def as_dict(self) -> dict[str, Any]:
        """What was learned, as JSON has it."""
        with self._lock:
            return {"decisions": self.decisions, "weights": dict(self._weights),
                    "squares": dict(self._squares)}  # fmt: skip

    @classmethod
    def of(cls, kept: dict[str, Any]) -> ChannelMemory:
        """What `as_dict` gave."""
        made = cls()
        made.decisions = int(kept["decisions"])
        made._weights = {str(k): float(v) for k, v in kept["weights"].items()}
        made._squares = {str(k): float(v) for k, v in kept.get("squares", {}).items()}
        return made


def _names(reading: Reading) -> list[str]:
    """What a decision is about: the words that weigh, and their classes with their turn."""
    marks = [mark for mark in reading.marks if mark.kind in _LEARNED]
    found = {f"word {mark.form}" for mark in marks if mark.kind not in ("group", "groupadj")}
    found |= {f"kind {mark.symbol} {mark.category}" for mark in marks}
    found.add("all")
    return sorted(found)
