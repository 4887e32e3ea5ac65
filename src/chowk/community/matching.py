"""Many words looked for at once, in time that grows with the text alone.

The automaton of Aho and Corasick (1975): a trie of the patterns, and from each node the link to the
longest suffix that is also in the trie. Whatever the patterns, one letter costs one step plus the
links that are paid for by earlier letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class Automaton:
    """Finds every pattern in a text.

    Parameters
    ----------
    patterns : texts without an empty one; their place in the order is what a match gives back.

    Examples
    --------
    >>> list(Automaton(["he", "she", "hers"]).matches("ushers"))
    [(1, 4, 1), (2, 4, 0), (2, 6, 2)]
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._next: list[dict[str, int]] = [{}]
        self._found: list[list[int]] = [[]]
        self._sizes: list[int] = []
        for number, pattern in enumerate(patterns):
            node = 0
            for letter in pattern:
                after = self._next[node].get(letter)
                if after is None:
                    after = len(self._next)
                    self._next[node][letter] = after
                    self._next.append({})
                    self._found.append([])
                node = after
            self._found[node].append(number)
            self._sizes.append(len(pattern))
        self._fall = [0] * len(self._next)
        # The nearest node on the way of falls where a pattern ends: reporting is linear too.
        self._ends = [0] * len(self._next)
        waiting = list(self._next[0].values())
        for node in waiting:
            for letter, after in self._next[node].items():
                fall = self._fall[node]
                while fall and letter not in self._next[fall]:
                    fall = self._fall[fall]
                found = self._next[fall].get(letter, 0)
                self._fall[after] = found if found != after else 0
                waiting.append(after)
            fall = self._fall[node]
            self._ends[node] = fall if self._found[fall] else self._ends[fall]

    def matches(self, text: str) -> Iterator[tuple[int, int, int]]:
        """(start, end, number of the pattern) of every match, by where it ends."""
        node = 0
        follow, fall = self._next, self._fall
        for at, letter in enumerate(text):
            while node and letter not in follow[node]:
                node = fall[node]
            node = follow[node].get(letter, 0)
            here = node
            while here:
                for number in self._found[here]:
                    yield at + 1 - self._sizes[number], at + 1, number
                here = self._ends[here]
