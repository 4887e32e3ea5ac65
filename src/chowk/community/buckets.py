"""A leaky bucket, which has no moment at which a new burst is free."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping


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


class Buckets:
    """A bucket for each author and kind of thing, of those who were last.

    Parameters
    ----------
    sizes : by kind, a bucket's size and seconds.
    most : buckets that are kept.

    Examples
    --------
    >>> buckets = Buckets({"links": (1, 60.0)}, 100)
    >>> [buckets.pour("links", author, 1, at) for at, author in enumerate(["ana", "bo", "bo"])]
    [False, False, True]
    """

    def __init__(self, sizes: Mapping[str, tuple[float, float]], most: int) -> None:
        self._sizes, self._most = sizes, most
        self._held: OrderedDict[tuple[str, str], Bucket] = OrderedDict()

    def pour(self, kind: str, author: str, amount: float, at: float) -> bool:
        """Pour into an author's bucket; True when it runs over."""
        key = kind, author
        found = self._held.get(key)
        if found is None:
            found = self._held[key] = Bucket(*self._sizes[kind])
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        self._held.move_to_end(key)
        return found.pour(amount, at)

    def forget(self, authors: Collection[str]) -> None:
        """Take the buckets of some authors away."""
        for kind in self._sizes:
            for author in authors:
                self._held.pop((kind, author), None)
