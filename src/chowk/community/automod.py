"""AutoMod: which messages wait for a moderator, and why.

A message comes in with its channel; a verdict comes out: allow or hold (never ban), with category,
level, the stretches of text that weighed, and the reasons. On the way: normalisation and words, the
channel's own terms, the severity model, the channel's levels, and what its moderators' decisions
have taught. A message is never changed and nothing leaves the machine.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chowk.errors import ParameterError, parameter
from chowk.store.listed import column_of

from . import spelling
from .context import Context, moved
from .learning import ChannelMemory
from .neural import Beside, Judge
from .sentence import Reading, read
from .settings import ChannelSettings
from .severity import (
    CATEGORIES,
    HEADS,
    Network,
    aimed,
    forgotten,
    innocent,
    judged,
    network,
    probability,
)
from .terms import Found, Term, TermList
from .words import Mark

#: Letters of a message that are read; one that is longer waits for a person.
LONGEST = 20_000
_SAID = {
    "group": "people spoken of", "groupadj": "people spoken of", "ref": "people spoken of",
    "slur": "slur",
    "slurish": "slur to many", "abuse": "abuse", "harm": "violence", "die": "death",
    "menace": "menace",
    "expel": "driving out",
    "dehuman": "dehumanising", "crime": "crime put to people", "emotion": "hatred",
    "negadj": "derogatory",
    "negnoun": "derogatory", "negverb": "derogatory", "insult": "insult", "nothing": "belittling",
    "without": "wished away", "sexual": "explicit", "profane": "swearing", "profadv": "swearing",
}  # fmt: skip
#: A logit below which, less the band, no level is reached: the lowest step is 0.12.
_QUIET = -2.0
_REST = [-8.0] * len(HEADS)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the message, in code points, and what it is."""

    start: int
    end: int
    text: str
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What AutoMod says of one message.

    Attributes
    ----------
    decision : "allow" or "hold".
    category : the category that holds it, or the one that came nearest; "term" for a channel's own
        term, "length" when it is too long to be read; "" when nothing weighs.
    level : the severity in that category, 0 to 4.
    spans : the stretches that weighed, in code points of the message as it was sent.
    reasons : sentences for the moderator.
    levels : severity in every category with any.
    scores : the model's probabilities.
    """

    decision: Literal["allow", "hold"]
    category: str = ""
    level: int = 0
    spans: tuple[Span, ...] = ()
    reasons: tuple[str, ...] = ()
    levels: Mapping[str, int] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The verdict as JSON has it."""
        return {
            "decision": self.decision,
            "category": self.category,
            "level": self.level,
            "spans": [
                {"start": s.start, "end": s.end, "text": s.text, "what": s.what} for s in self.spans
            ],
            "reasons": list(self.reasons),
            "levels": dict(self.levels),
            "scores": {name: round(value, 4) for name, value in self.scores.items()},
        }


_ALLOWED = Verdict("allow", scores=dict.fromkeys(HEADS, 0.0))


@dataclass(slots=True)
class Channel:
    """What AutoMod keeps of a channel."""

    settings: ChannelSettings = field(default_factory=ChannelSettings)
    terms: TermList = field(default_factory=TermList)
    memory: ChannelMemory = field(default_factory=ChannelMemory)


class AutoMod:
    """Decides which messages wait for a moderator. Safe to share between threads.

    Parameters
    ----------
    net : the severity network; the default one unless given.

    Examples
    --------
    >>> automod = AutoMod.load("en")
    >>> automod.check("what a lovely goal").decision
    'allow'
    >>> verdict = automod.check("All muslims should be k1lled")
    >>> verdict.decision, verdict.category, verdict.level
    ('hold', 'race-ethnicity-religion', 4)
    >>> [span.text for span in verdict.spans]
    ['muslims', 'k1lled']
    """

    def __init__(self, net: Network | None = None, *, beside: Beside | None = None) -> None:
        self._net = net or network()
        self._beside = beside
        self._channels: dict[str, Channel] = {}
        self._default = Channel()
        self._lock = threading.Lock()

    @classmethod
    def load(cls, name: str = "en", *, pretrained: str | Path | Judge | None = None) -> AutoMod:
        """The packaged AutoMod: "en" reads English and Hindi in both scripts.

        Parameters
        ----------
        name : "en", "hi" or "hinglish": one model reads them all.
        pretrained : a function from texts to probabilities [texts, 4] (of hate, threat, insult and
            sexual harassment), or a file of scripts/train_automod_bytes.py, to ask beside the
            network; or a file of scripts/train_automod.py, a network instead of the default.

        Raises
        ------
        ParameterError : no such model.
        ArtifactError : the file at `pretrained` is no severity model.
        """
        if name not in ("en", "hi", "hinglish", "en-IN", "hi-IN"):
            raise parameter("AutoMod.load", "name", '"en", "hi" or "hinglish"', name)
        net, beside = None, None if pretrained is None else Beside.of(pretrained)
        if beside is None and isinstance(pretrained, str | Path):
            net = network(Path(pretrained))
        made = cls(net, beside=beside)
        spelling.ready()
        read("ready")
        return made

    # -- channels ------------------------------------------------------------------------------

    def channel(self, name: str | None) -> Channel:
        """What is kept of a channel; a channel not seen before is new."""
        if name is None:
            return self._default
        if not isinstance(name, str):
            raise parameter("AutoMod", "channel", "a str, or None", name)
        found = self._channels.get(name)
        if found is None:
            with self._lock:
                found = self._channels.setdefault(name, Channel())
        return found

    def _known(self, channel: str | None) -> Channel:
        """The channel as it stands; one that nobody has set anything for is a new one, not kept."""
        if channel is None:
            return self._default
        if not isinstance(channel, str):
            raise parameter("AutoMod", "channel", "a str, or None", channel)
        return self._channels.get(channel, self._default)

    def settings(self, channel: str | None = None) -> ChannelSettings:
        """A channel's settings."""
        return self.channel(channel).settings

    def set(
        self, channel: str | None, change: Mapping[str, Any] | ChannelSettings
    ) -> ChannelSettings:
        """Change a channel's settings; what is not named stays as it was."""
        kept = self.channel(channel)
        made = change if isinstance(change, ChannelSettings) else kept.settings.merged(change)
        kept.settings = made
        return made

    def terms(self, channel: str | None = None) -> TermList:
        """A channel's own terms."""
        return self.channel(channel).terms

    def block(self, channel: str | None, *terms: str | Term) -> None:
        """Hold messages with these terms."""
        self.channel(channel).terms.add(terms)

    def permit(self, channel: str | None, *terms: str) -> None:
        """Let these terms be said, whatever the model makes of them."""
        self.channel(channel).terms.add([Term(term, kind="allow") for term in terms])

    def learn(self, text: str, allowed: bool, channel: str) -> None:
        """Tell what a moderator decided of a message. It teaches this channel alone."""
        if not isinstance(text, str):
            raise parameter("learn", "text", "a str", text)
        if not isinstance(allowed, bool | np.bool_):
            raise parameter("learn", "allowed", "true or false", allowed)
        kept = self.channel(channel)
        if not kept.settings.learning:
            return
        reading = read(text[:LONGEST])
        own = self._net.logits(reading)
        if self._beside is not None:
            own = self._beside.logits(self._net, [reading], [text])[0]
        missed = not allowed and self.check(text, channel).decision == "allow"
        kept.memory.learn(reading, own, bool(allowed), missed)

    # -- messages ------------------------------------------------------------------------------

    def check(
        self,
        text: str,
        channel: str | None = None,
        *,
        context: Context | Mapping[str, Any] | None = None,
        now: datetime | None = None,
    ) -> Verdict:
        """One message.

        Parameters
        ----------
        text : any text; also empty, very long, with lone surrogates.
        channel : whose settings and terms hold; None for a new channel's.
        context : the last messages, the one replied to, and the author's standing.
        now : the time by which terms expire; the clock's unless given.

        Raises
        ------
        ParameterError : `text` is no text.
        """
        if not isinstance(text, str):
            raise parameter("check", "text", "a str", text)
        kept = self._known(channel)
        reading = read(text if len(text) <= LONGEST else text[:LONGEST])
        found: tuple[list[Found], list[Found]] | None = None
        if len(kept.terms):
            found = kept.terms.both(reading.text, now)
            if found[1]:
                _forget(reading, found[1])
        about = Context.of(context)
        if self._beside is not None:
            logits: list[float] | None = self._beside.logits(self._net, [reading], [text])[0]
        else:
            logits = None if innocent(reading) and about is None else self._net.logits(reading)
        return self._verdict(text, reading, logits, kept, found, about)

    def check_many(
        self,
        texts: Iterable[str],
        channel: str | None = None,
        *,
        now: datetime | None = None,
    ) -> list[Verdict]:
        """Many messages of one channel, a list or a column: the same verdicts as `check` gives."""
        many = list(column_of(texts, "check_many"))
        kept = self._known(channel)
        out: list[Verdict] = []
        for first in range(0, len(many), 500):
            out += self._batch(many[first : first + 500], kept, now)
        return out

    def band_for(self, texts: Iterable[str], most: int, channel: str | None = None) -> float:
        """The widest hold band with which moderators are given at most so many of these messages.

        Parameters
        ----------
        texts : what is sent in a span of time, as a day of the channel.
        most : how many of them moderators can look at, 0 or more.
        channel : whose settings, terms and memory hold.

        Returns
        -------
        A band in [0, 1], in steps of 0.05, for `set(channel, {"band": …})`; 0 when even the
        narrowest holds more, since what is surely harmful is held whoever has time.

        Examples
        --------
        >>> automod = AutoMod.load("en")
        >>> day = ["nice goal", "all gays should die", "you are a sad little man"]
        >>> automod.band_for(day, 3), automod.band_for(day, 0)
        (1.0, 0.0)
        """
        if isinstance(most, bool) or not isinstance(most, int) or most < 0:
            raise parameter("band_for", "most", "an int, 0 or more", most)
        many = list(column_of(texts, "band_for"))
        kept = self._known(channel)
        low, high = 0, 20  # a wider band never holds less
        while low < high:
            middle = (low + high + 1) // 2
            tried = Channel(replace(kept.settings, band=middle / 20), kept.terms, kept.memory)
            held = 0
            for first in range(0, len(many), 500):
                told = self._batch(many[first : first + 500], tried, None)
                held += sum(verdict.decision == "hold" for verdict in told)
            low, high = (middle, high) if held <= most else (low, middle - 1)
        return low / 20

    def _batch(self, texts: list[str], kept: Channel, now: datetime | None) -> list[Verdict]:
        readings: list[Reading] = []
        found: list[tuple[list[Found], list[Found]] | None] = []
        asked: list[int] = []
        given: list[Reading] = []
        terms = kept.terms if len(kept.terms) else None
        for i, text in enumerate(texts):
            if not isinstance(text, str):
                raise ParameterError(
                    f"Text {i} of check_many must be a str. Got {text!r:.60} instead."
                )
            reading = read(text if len(text) <= LONGEST else text[:LONGEST])
            both = None
            if terms is not None:
                both = terms.both(reading.text, now)
                if both[1]:
                    _forget(reading, both[1])
            readings.append(reading)
            found.append(both)
            if not innocent(reading):
                asked.append(i)
                given.append(reading)
        logits: list[list[float] | None] = [None] * len(texts)
        if self._beside is not None:
            logits = [*self._beside.logits(self._net, readings, texts)]
            asked, given = [], []
        for i, answer in zip(asked, self._net.logits_many(given) if asked else (), strict=True):
            logits[i] = answer
        return [
            self._verdict(text, readings[i], logits[i], kept, found[i], None)
            for i, text in enumerate(texts)
        ]

    def _verdict(
        self,
        text: str,
        reading: Reading,
        logits: list[float] | None,
        kept: Channel,
        found: tuple[list[Found], list[Found]] | None,
        context: Context | None,
    ) -> Verdict:
        terms = found[0] if found is not None else []
        if logits is None and not terms and len(text) <= LONGEST and not reading.cut:
            return _ALLOWED
        base = _REST if logits is None else logits
        if base is not _REST and self._beside is None:
            base = aimed(reading, base)
        if (
            context is None
            and not terms
            and not reading.rude
            and not kept.memory.decisions
            and len(text) <= LONGEST
            and not reading.cut
            and max(base) < _QUIET - kept.settings.band
        ):
            # Nothing comes near any level, so nothing has to be weighed.
            scores = dict(zip(HEADS, map(probability, base), strict=True))
            return Verdict("allow", scores=scores)
        shift: NDArray[np.float32] | None = None
        values = base
        if kept.memory.decisions or context is not None:
            shift = kept.memory.shift(reading)
            if context is not None:
                shift = shift + moved(reading, context)
            values = (shift + base).tolist()
        scores = dict(zip(HEADS, map(probability, values), strict=True))
        settings = kept.settings
        band = (settings.band - 0.5) * 2
        bent = scores if not band else {
            h: probability(v + band) for h, v in zip(HEADS, values, strict=True)
        }  # fmt: skip
        severity = judged(reading, bent, *kept.memory.habits(reading))
        held = [
            (level, category)
            for category, level in severity.levels.items()
            if level and level >= 5 - settings.level(category) and settings.level(category)
        ]
        if terms:
            return self._by_term(text, terms, severity.levels, scores)
        if held:
            level, category = max(held, key=lambda h: (h[0], -CATEGORIES.index(h[1])))
            return Verdict(
                "hold",
                category,
                level,
                _spans(text, reading, severity.marks, category),
                _reasons(reading, severity.marks, category, level, settings, scores, shift),
                severity.levels,
                scores,
            )
        if len(text) > LONGEST or reading.cut:
            return Verdict(
                "hold", "length", 1, (), (
                    f"The message is longer than is read at once ({len(text):,} letters). "
                    "It waits for a person.",
                ), severity.levels, scores,
            )  # fmt: skip
        if not severity.levels:
            return Verdict("allow", scores=scores)
        category = max(severity.levels, key=lambda c: severity.levels[c])
        return Verdict(
            "allow", category, severity.levels[category], (), (), severity.levels, scores
        )

    def _by_term(
        self,
        text: str,
        terms: list[Found],
        levels: Mapping[str, int],
        scores: Mapping[str, float],
    ) -> Verdict:
        told = [f for f in terms if not f.term.private]  # where one stands would tell it
        spans = tuple(Span(f.start, f.end, text[f.start : f.end], "term") for f in told)
        named = []
        for found in terms[:5]:
            shown = "a private term" if found.term.private else f"the term {found.term.text!r}"
            named.append(f"The channel holds {shown}.")
        return Verdict("hold", "term", 4, spans, tuple(dict.fromkeys(named)), levels, scores)


def _forget(reading: Reading, allowed: list[Found]) -> None:
    """What an allowed term covers weighs nothing."""
    gone = []
    for mark in reading.marks:
        if mark.kind in ("_", "stop", "comma"):
            continue
        start, end = reading.span(mark)
        if any(found.start <= start and end <= found.end for found in allowed):
            gone.append(mark)
    forgotten(reading, gone)


def _spans(text: str, reading: Reading, marks: Sequence[Mark], category: str) -> tuple[Span, ...]:
    """The stretches that weighed; a person spoken to only when nothing else is there."""
    made = []
    for mark in marks:
        start, end = reading.span(mark)
        made.append(Span(start, end, text[start:end], _SAID.get(mark.kind, mark.kind)))
    return tuple(made)


def _reasons(
    reading: Reading,
    marks: Sequence[Mark],
    category: str,
    level: int,
    settings: ChannelSettings,
    scores: Mapping[str, float],
    shift: NDArray[np.float32] | None,
) -> tuple[str, ...]:
    told = [
        f"Severity {level} in {category}; the channel holds from {5 - settings.level(category)} on "
        f"(level {settings.level(category)})."
    ]
    words: dict[str, list[str]] = {}
    for mark in marks:
        words.setdefault(_SAID.get(mark.kind, mark.kind), []).append(mark.form)
    told += [
        f"{what}: {', '.join(dict.fromkeys(forms))}"
        for what, forms in words.items()
        if what != "p2"
    ]
    if any(mark.turned for mark in reading.marks):
        told.append("A negation was weighed.")
    if shift is not None and float(np.abs(shift).max()) > 0.3:
        told.append("This channel's earlier decisions, or the context, moved the score.")
    return tuple(told)
