"""What was understood of an utterance: intent, confidence, slots with offsets, and scope.

`Understander` gives it; resolving, the assistant and the server read it. Offsets count code points,
as Python does, and UTF-16 code units on request, as JavaScript and Java do.
"""

from __future__ import annotations

import msgspec


class Slot(msgspec.Struct, frozen=True):
    """A slot: its name, the text it covers, and where, in code points, the end not included."""

    name: str
    value: str
    start: int
    end: int


class Parse(msgspec.Struct, frozen=True):
    """What was understood.

    Attributes
    ----------
    intent : the likeliest intent; also when `in_scope` is False.
    confidence : calibrated probability that the intent is right, in [0, 1].
    slots : from left to right.
    in_scope : False when the utterance is likely about something that no intent covers.
    intents : the likeliest intents with their probabilities, best first.
    """

    text: str
    intent: str
    confidence: float
    slots: tuple[Slot, ...]
    in_scope: bool
    intents: tuple[tuple[str, float], ...]

    def utf16(self) -> Parse:
        """The same parse with offsets in UTF-16 code units, as JavaScript and Java count.

        >>> slot = Slot("colour", "red", 2, 5)
        >>> Parse("😀 red", "x", 1.0, (slot,), True, ()).utf16().slots[0].start
        3
        """

        def units(end: int) -> int:
            return len(self.text[:end].encode("utf-16-le", "surrogatepass")) // 2

        slots = tuple(Slot(s.name, s.value, units(s.start), units(s.end)) for s in self.slots)
        return msgspec.structs.replace(self, slots=slots)
