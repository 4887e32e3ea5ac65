"""Whether what many say is a raid: what each message shows, and what all of them show together.

The messages of a group come in, each as what was seen of it; a yes or no comes out. A text that
asks for something, accuses, harms or hides is a raid whoever brings it. What a crowd shouts, what
regulars say and what answers the host is none; of the rest, what only strangers say is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

#: The heat from which on a text asks for something or accuses.
HOT = 3
#: Overlap from which on texts are variants of one at first sight; how many more accounts it takes
#: where they are not, when they call for something and when they do not.
_ALIKE, _LOOSE, _MORE, _MOST = 0.45, 0.3, 2, 6
#: The shares of harmful ones (a judge of single texts errs now and then), and of those with random
#: letters, from which on a group is bad.
_HARM, _NOISY = 0.5, 0.4
#: How many times `accounts` may ask one thing in the same words.
_ASKED = 5


@dataclass(slots=True)
class Evidence:
    """What was seen of one message.

    Attributes
    ----------
    festive : it is what a crowd shouts.
    heat : how much it asks for or accuses (`shouts.heat`), links among it.
    names : who is named in it ("@anna"), as numbers.
    accuses : it accuses somebody, or links to something.
    hidden : its letters are disguised.
    noise : it has letters that are nobody's word, and that nobody else writes.
    regular : its author has been here for longer.
    talker : its author says other things too.
    stranger : its author was never here before the window.
    asks : it only asks something, or tells of a trouble that all notice.
    fails : it names a trouble.
    said : one number for all its words.
    answered : the heat of what the host had said before, which `heat` leaves out.
    first : when its author came.
    harmful : it would be held by itself; None while nobody was asked.
    """

    festive: bool = False
    heat: int = 0
    names: tuple[int, ...] = ()
    accuses: bool = False
    hidden: bool = False
    noise: bool = False
    regular: bool = False
    talker: bool = False
    stranger: bool = False
    asks: bool = False
    fails: bool = False
    said: int = 0
    answered: int = 0
    first: float = 0.0
    harmful: bool | None = None


class Said(Protocol):
    """A message of a group: who wrote it, and what was seen of it."""

    author: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Told:
    """What a group's messages show together: means and shares."""

    festive: float
    heat: float
    accuses: float
    hidden: float
    noise: float
    regular: float
    talker: float
    stranger: float
    asks: float
    fails: float
    harmful: float

    @classmethod
    def of(cls, group: Iterable[Evidence], *, answers: bool = True) -> Told:
        """The means of a group; `answers` is whether words of the host's call for nothing.

        >>> Told.of([Evidence(festive=True, heat=2), Evidence(heat=4)]).heat
        3.0
        """
        some = list(group)
        size = len(some)
        names = Counter(name for e in some for name in e.names)
        # To name one and the same person is to call for something: each his own is talk.
        aimed = 2 if names and 2 * max(names.values()) >= size else 0
        asked = [e.harmful for e in some if e.harmful is not None]
        return cls(
            sum(e.festive for e in some) / size,
            aimed + sum(min(e.heat + (0 if answers else e.answered), 6) for e in some) / size,
            sum(e.accuses for e in some) / size,
            sum(e.hidden for e in some) / size,
            sum(e.noise for e in some) / size,
            sum(e.regular for e in some) / size,
            sum(e.talker for e in some) / size,
            sum(e.stranger for e in some) / size,
            sum(e.asks for e in some) / size,
            sum(e.fails for e in some) / size,
            sum(asked) / len(asked) if asked else 0.0,
        )

    @property
    def bad(self) -> bool:
        """Whether the texts themselves make a raid of many."""
        if self.harmful >= _HARM or self.hidden >= 0.5 or self.noise >= _NOISY:
            return True
        # Regulars may call each other to something; strangers, and who accuses, may not.
        return self.heat >= HOT and (self.regular < 0.7 or self.accuses >= 0.3)

    @property
    def sure(self) -> bool:
        """Whether the texts do more than call for something."""
        return self.bad and (
            max(self.harmful, self.hidden) >= 0.5 or self.noise >= _NOISY or self.accuses >= 0.3
        )

    @property
    def glad(self) -> bool:
        """Whether a crowd that is let be says them: shouts, questions, or those who talk here."""
        return self.cheered or self.at_home

    @property
    def cheered(self) -> bool:
        """Whether they are let be whoever says them: shouts, and questions."""
        return self.festive >= 0.5 or self.asks >= 0.5

    def unless_posed(self, members: Sequence[Said], accounts: float) -> Told:
        """The same without its questions, where strangers bring one line again and again: what no
        trouble makes them ask, `accounts` may ask in the same words, and a few times as many."""
        if self.asks < 0.5 or self.fails >= 0.5 or self.stranger < 0.5:
            return self
        most, said = int(_ASKED * accounts), members[-1].evidence.said
        last = islice(reversed(members), 4 * most)
        same = {one.author for one in last if one.evidence.said == said}
        return replace(self, asks=0.0) if len(same) > most else self

    @property
    def at_home(self) -> bool:
        """Whether those say them who talk here."""
        return self.regular >= 0.5 or self.talker >= 0.5


def is_raid(
    told: Told, accounts: int, least: int, purity: float, *, usual: float, expected: float = 0.0
) -> bool:
    """Whether a group of texts that are no celebration is a raid.

    Parameters
    ----------
    accounts : how many accounts said it.
    least : how many it takes where the texts are plainly variants of one.
    purity : how much of a text the others say too, from 0 to 1.
    usual : the share of strangers among those who usually speak here.
    expected : how many would have said so in any such time; what calls for nothing, or for
        something of every day, has to be said by more than twice as many.

    >>> told = Told.of([Evidence(heat=4)] * 8)
    >>> is_raid(told, 8, 8, 0.9, usual=1.0), is_raid(told, 8, 8, 0.3, usual=1.0)
    (True, False)
    """
    if not told.sure:
        accounts -= round(2 * expected)
    if purity >= _ALIKE or (told.sure and told.noise >= _NOISY):
        return accounts >= least
    if told.bad:
        return accounts >= least + _MORE
    if told.stranger >= 0.9 and usual <= 0.6:
        return accounts >= least + _MORE
    return purity >= _LOOSE and accounts >= least + _MOST
