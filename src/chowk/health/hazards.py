"""From what is known of a contact to its hazard, eta = -log(1 - P(infection)).

In go checked contacts; out come one code a contact and the distinct rows (`Levels`) behind the
codes, so that new parameters change a short table and never the contacts. Hazards of several
contacts add up: P(no infection) = exp(-sum of hazards).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chowk.errors import InputError

from .disease import Floats, log, probability
from .records import Contacts


@dataclass(frozen=True)
class Levels:
    """The distinct contacts: how often, over which channel, how long, how near, under a roof."""

    count: Floats
    channel: NDArray[Any] | None = None
    minutes: Floats | None = None
    metres: Floats | None = None
    indoors: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.count)


class Transmission(Protocol):
    """What gives a hazard to each distinct contact."""

    def hazards(self, levels: Levels) -> Floats: ...


@dataclass(frozen=True)
class PerContact:
    """P(infection) of a contact, one number or one a channel; counts multiply the hazard.

    >>> PerContact(0.5).hazards(Levels(np.array([1.0, 2.0]))).round(4)
    array([0.6931, 1.3863])
    """

    p1: float | Mapping[str, float]

    def __post_init__(self) -> None:
        if isinstance(self.p1, Mapping):
            for name, rate in self.p1.items():
                probability("Crisp", f"p1[{name!r}]", rate)
        else:
            probability("Crisp", "p1", self.p1)

    def hazards(self, levels: Levels) -> Floats:
        if not isinstance(self.p1, Mapping):
            return levels.count * -log(1.0 - float(self.p1))
        if levels.channel is None:
            raise InputError(
                "p1 has a probability a channel, and the contacts have no channel. "
                "Add the column 'channel', or give one number as p1."
            )
        for name in np.unique(levels.channel):
            if name not in self.p1:
                raise InputError(
                    f"p1 has no probability for the channel {str(name)!r}. "
                    f"It has: {', '.join(map(repr, self.p1))}."
                )
        each = np.array([-log(1.0 - float(self.p1[str(name)])) for name in levels.channel])
        found: Floats = levels.count * each
        return found


def levels_of(contacts: Contacts) -> tuple[NDArray[Any], Levels]:
    """One code a contact (none at all where all are alike), and what the codes stand for."""
    present = {
        name: getattr(contacts, name)
        for name in ("count", "channel", "minutes", "metres", "indoors")
        if getattr(contacts, name) is not None
    }
    if list(present) == ["count"] and len(contacts):
        # Counts are small numbers: a table instead of a sort.
        counts = np.flatnonzero(np.bincount(present["count"]))
        place = np.zeros(counts[-1] + 1, dtype=np.uint16)
        place[counts] = np.arange(len(counts))
        return place[present["count"]], Levels(counts.astype(np.float64))
    key = np.zeros(len(contacts), dtype=np.int64)
    for values in present.values():
        distinct, code = np.unique(values, return_inverse=True)
        key = key * len(distinct) + code.reshape(-1)
        # Renumbered after every column, so that the key never outgrows an integer.
        _, key = np.unique(key, return_inverse=True)
        key = key.reshape(-1)
    if not present or not len(contacts):
        return np.zeros(0, dtype=np.uint16), Levels(np.ones(1))
    _, at = np.unique(key, return_index=True)
    found = {name: values[at] for name, values in present.items()}
    count = found.pop("count", np.ones(len(at))).astype(np.float64)
    code_type = np.uint16 if len(at) <= 2**16 else np.int32
    return key.astype(code_type), Levels(count, **found)
