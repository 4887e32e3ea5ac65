"""A leaky bucket, which has no moment at which a new burst is free."""

from __future__ import annotations


class Bucket:
    """A leaky bucket: fills by what comes, leaks evenly, never resets.

    Parameters
    ----------
    size : how much it holds before it runs over.
    seconds : the time in which a full bucket runs dry.

    Examples
    --------
    >>> bucket = Bucket(2, 10)
    >>> [bucket.pour(1, at) for at in (0, 1, 2, 12)]
    [False, False, True, False]
    """

    __slots__ = ("at", "level", "seconds", "size")

    def __init__(self, size: float, seconds: float) -> None:
        self.size, self.seconds, self.level, self.at = size, seconds, 0.0, 0.0

    def pour(self, amount: float, at: float) -> bool:
        """Pour in; True when it runs over. Time that goes back counts as standing still."""
        if at > self.at:
            self.level = max(0.0, self.level - (at - self.at) * self.size / self.seconds)
            self.at = at
        self.level = min(self.level + amount, 10 * self.size)
        return self.level > self.size
