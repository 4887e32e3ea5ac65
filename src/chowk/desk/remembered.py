"""Keys that were checked a moment ago, so that a busy server does not ask the database each time.

An answer is used for `seconds`, so what another process revokes is refused here at most that much
later; what this process changes is refused here at once. Refusals are not kept.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import NamedTuple

from .keys import Key
from .tokens import same

#: Keys are few; sessions pile up, so beyond this many everything is asked again.
_MOST = 4096


class _Answer(NamedTuple):
    digest: str
    key: Key
    until: float
    ends: datetime | None


class Remembered:
    """Answers by id, each good for `seconds` and for the very secret that it was given for."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._answers: dict[str, _Answer] = {}
        self._round = object()

    def mark(self) -> object:
        """To be had before the database is read, and given to `keep` after."""
        return self._round

    def keep(
        self, mark: object, identifier: str, digest: str, key: Key, ends: datetime | None
    ) -> None:
        """Remember an answer that holds until `ends`, unless something changed since `mark`."""
        if self.seconds > 0 and mark is self._round:
            if len(self._answers) >= _MOST:
                self._answers = {}
            until = time.monotonic() + self.seconds
            self._answers[identifier] = _Answer(digest, key, until, ends)

    def find(self, identifier: str, digest: str, now: datetime) -> Key | None:
        """The key that was found a moment ago; None when the database must be asked."""
        answer = self._answers.get(identifier)
        if answer is None or not same(answer.digest, digest) or time.monotonic() >= answer.until:
            return None
        ends = (answer.ends, answer.key.expires_at)
        return None if any(end is not None and end <= now for end in ends) else answer.key

    def forget(self) -> None:
        """Something was changed: ask the database about everything."""
        self._round = object()
        self._answers = {}
