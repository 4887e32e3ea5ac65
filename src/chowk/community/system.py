"""`moderation`: what a store's moderators decided of messages, as each channel's own thresholds.

Labelled messages flow in, channel by channel in the order of time; what each channel's AutoMod has
learned flows out. It is judged on later decisions, beside an AutoMod that learned nothing: the gain
is what the moderators' own work has brought.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import msgspec
import numpy as np

from chowk.errors import ArtifactError, NotFittedError
from chowk.learn.bootstrap import paired_interval
from chowk.store.reader import Reader
from chowk.system import Measure, Progress, Scorecard, System, silent

from .automod import AutoMod, Verdict
from .decisions import decided
from .learning import ChannelMemory

METRIC = "agreement with moderators"
#: Later decisions that are needed to judge anything, and decisions that a channel learns from.
_ENOUGH, _MOST = 20, 5_000

#: A decision: the channel, the text, and whether it was allowed.
Decision = tuple[str, str, bool]


class ModerationSystem(System):
    """Channels' thresholds, learned from the decisions in the table `messages`.

    Attributes
    ----------
    memories_ : what each channel has learned, by its id.
    """

    name: ClassVar[str] = "moderation"
    title: ClassVar[str] = "Which messages wait for a moderator, by each channel's norms"
    needs: ClassVar[frozenset[str]] = frozenset({"messages"})

    memories_: dict[str, ChannelMemory]

    def fit(self, store: Reader, *, seed: int, progress: Progress = silent) -> Self:
        progress(0.0, "reading decisions")
        by_channel: dict[str, list[Decision]] = {}
        for one in _decisions(store):
            by_channel.setdefault(one[0], []).append(one)
        automod = AutoMod.load("en")
        for number, (channel, made) in enumerate(sorted(by_channel.items())):
            progress(0.1 + 0.9 * number / len(by_channel), f"{len(made):,} decisions in {channel}")
            for _, text, allowed in made[-_MOST:]:
                automod.learn(text, allowed, channel)
        self.memories_ = {
            channel: automod.channel(channel).memory for channel in sorted(by_channel)
        }
        progress(1.0, f"{len(self.memories_)} channels")
        return self

    def automod(self) -> AutoMod:
        """An AutoMod whose channels know what was learned; settings and terms are a new channel's.

        Raises
        ------
        NotFittedError : `fit` or `load` comes first.
        """
        if not hasattr(self, "memories_"):
            raise NotFittedError(self)
        made = AutoMod.load("en")
        for channel, memory in self.memories_.items():
            made.channel(channel).memory = memory
        return made

    def check(self, text: str, channel: str) -> Verdict:
        """What is said of a message in a channel, with its reasons."""
        return self.automod().check(text, channel)

    def evaluate(self, store: Reader) -> Scorecard:
        """Decisions after the cut: how many are the same, beside a channel that learned nothing."""
        learned = self.automod()
        rows = _decisions(store)
        if len(rows) < _ENOUGH:
            return Scorecard(
                name=self.name,
                metric=METRIC,
                value=None,
                why=f"messages: {len(rows)} later decisions; {_ENOUGH} are needed to judge",
            )
        held = _held(learned, rows)
        plain = _held(AutoMod.load("en"), rows)
        denied = np.array([not allowed for _, _, allowed in rows])
        ours, theirs = (held == denied).astype(float), (plain == denied).astype(float)
        gain = paired_interval(ours, theirs)
        fine, harmful = ~denied, denied
        return Scorecard(
            name=self.name,
            metric=METRIC,
            value=float(ours.mean()),
            baseline=float(theirs.mean()),
            baseline_name="a new channel's AutoMod",
            low=gain.low,
            high=gain.high,
            rows=len(rows),
            measures=(
                Measure(
                    case="allowed by moderators",
                    metric="share held",
                    value=float(held[fine].mean()) if fine.any() else None,
                    rows=int(fine.sum()),
                ),
                Measure(
                    case="denied by moderators",
                    metric="share held",
                    value=float(held[harmful].mean()) if harmful.any() else None,
                    rows=int(harmful.sum()),
                ),
            ),
        )

    def save(self, folder: Path) -> None:
        if not hasattr(self, "memories_"):
            raise NotFittedError(self)
        body = {channel: memory.as_dict() for channel, memory in self.memories_.items()}
        (folder / "channels.json").write_bytes(msgspec.json.encode(body))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """A saved model."""
        path = folder / "channels.json"
        try:
            held = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, object]])
            made = cls()
            made.memories_ = {channel: ChannelMemory.of(one) for channel, one in held.items()}
        except (OSError, msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"{path} holds no channels: {error}. Run 'chowk build' again."
            ) from None
        return made


def _decisions(store: Reader) -> list[Decision]:
    """The decided messages, the oldest first."""
    messages = store["messages"]
    spoken = messages.filter(messages.label.notnull())
    table = store.arrow(spoken.select("ts", "message_id", "channel_id", "text", "label"))
    rows = table.sort_by([("ts", "ascending"), ("message_id", "ascending")]).to_pylist()
    found = []
    for row in rows:
        allowed = decided(row["label"])
        if allowed is not None:
            found.append((str(row["channel_id"]), str(row["text"]), allowed))
    return found


def _held(automod: AutoMod, rows: Sequence[Decision]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which messages each channel holds, in the order of `rows`."""
    out = np.zeros(len(rows), dtype=bool)
    for channel in dict.fromkeys(channel for channel, _, _ in rows):
        places = [i for i, row in enumerate(rows) if row[0] == channel]
        told = automod.check_many([rows[i][1] for i in places], channel)
        out[places] = [verdict.decision == "hold" for verdict in told]
    return out
