"""Channels' settings, terms and what they were taught, on disk beside a store.

One JSON file a channel, replaced by one rename; every server process looks at a file's time before
it uses a channel, so that a change made through one is seen by all. What is written here holds no
message and no author.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from chowk.errors import ArtifactError
from chowk.store.disk import write_atomic

from .automod import AutoMod
from .learning import ChannelMemory
from .settings import ChannelSettings
from .terms import Term, TermList


class ChannelFiles:
    """Keeps an AutoMod's channels in a folder.

    Parameters
    ----------
    folder : made when the first change is written.
    automod : whose channels these are.
    learned : what a channel without a file begins with, as a build learned it; None for nothing.
    """

    def __init__(
        self,
        folder: Path,
        automod: AutoMod,
        learned: Callable[[str], ChannelMemory | None] | None = None,
    ) -> None:
        self.folder, self.automod, self._learned = folder, automod, learned
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def _path(self, channel: str) -> Path:
        digest = hashlib.sha256(channel.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return self.folder / f"{digest}.json"

    def refresh(self, channel: str) -> None:
        """Take in what another process wrote.

        Raises
        ------
        ArtifactError : the file is damaged.
        """
        path = self._path(channel)
        try:
            stamp = path.stat().st_mtime_ns
        except FileNotFoundError:
            begun = self._learned(channel) if self._learned is not None else None
            if begun is not None and channel not in self._seen:
                # A copy: live decisions go on from there, and the build stays as it is.
                self.automod.channel(channel).memory = ChannelMemory.of(begun.as_dict())
                self._seen[channel] = 0
            return
        if self._seen.get(channel) == stamp:
            return
        with self._lock:
            try:
                held = msgspec.json.decode(path.read_bytes())
                kept = self.automod.channel(channel)
                kept.settings = ChannelSettings(
                    held["overall"], dict(held["levels"]), held["band"], held["learning"]
                )
                kept.terms = TermList(_term(one) for one in held["terms"])
                kept.memory = ChannelMemory.of(held["memory"])
            except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
                raise ArtifactError(
                    f"{path} holds no channel: {error}. Restore it, or remove it to begin anew."
                ) from None
            self._seen[channel] = stamp

    def write(self, channel: str) -> None:
        """Write a channel as it stands, durably."""
        kept = self.automod.channel(channel)
        body = {
            "channel": channel.encode("utf-8", "replace").decode(),
            "overall": kept.settings.overall,
            "levels": dict(kept.settings.levels),
            "band": kept.settings.band,
            "learning": kept.settings.learning,
            "terms": [as_dict(term) for term in kept.terms],
            "memory": kept.memory.as_dict(),
        }
        with self._lock:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self._path(channel)
            write_atomic(path, msgspec.json.encode(body))
            self._seen[channel] = path.stat().st_mtime_ns


def as_dict(term: Term) -> dict[str, Any]:
    """A term as JSON has it."""
    return {
        "text": term.text,
        "kind": term.kind,
        "expires_at": None if term.expires_at is None else term.expires_at.isoformat(),
        "private": term.private,
        "by": term.by,
    }


def _term(held: dict[str, Any]) -> Term:
    ends = held["expires_at"]
    return Term(
        held["text"],
        held["kind"],
        None if ends is None else datetime.fromisoformat(ends),
        bool(held["private"]),
        held["by"],
    )
