"""Words that carry a request, and what is left of it when the others are a gap.

In: examples with labels. Out: the words that stand outside values that may be anything, such as
titles and names, so that "find … near …" is one and the same whatever is looked for. What an
utterance wants lies often in that frame, and a title that was never seen says little of it
(delexicalised features; after Henderson, Thomson & Young 2014).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence

from .examples import Example
from .labels import spans

#: A slot may hold anything where so large a share of its values is distinct, of so many at least.
_DISTINCT, _VALUES = 0.4, 50
#: A word carries when it stands outside such values so often, and with so large a share.
_TIMES, _OUTSIDE = 5, 0.3
#: What stands for a run of words that carry nothing.
_GAP = "…"


def carriers(rows: Sequence[Example]) -> frozenset[str]:
    """The words, without case, that carry; none where no slot may hold anything.

    >>> rows = [Example(["Find", f"x{n}"], "find", ["O", "B-title"]) for n in range(60)]
    >>> sorted(carriers(rows)), sorted(carriers(rows[:9]))
    (['find'], [])
    """
    values: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for span in spans(row.labels or ()):
            values[span.name][" ".join(row.words[span.start : span.end]).casefold()] += 1
    names = {
        name
        for name, counts in values.items()
        if counts.total() >= _VALUES and len(counts) > _DISTINCT * counts.total()
    }
    if not names:
        return frozenset()
    outside: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for row in rows:
        for word, label in zip(row.words, row.labels or (), strict=False):
            (inside if label[2:] in names else outside)[word.casefold()] += 1
    return frozenset(
        word
        for word, count in outside.items()
        if count >= _TIMES and count >= _OUTSIDE * (count + inside[word])
    )


def frame_steps(words: Sequence[str], carrying: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """What is left of a text, word by word, each with the two before it; the end is the last.

    Parameters
    ----------
    words : without case.

    >>> list(frame_steps(["find", "moby", "dick"], {"find"}))
    [('', '^', 'find'), ('^', 'find', '…'), ('find', '…', '$')]
    """
    before, last = "", "^"
    for word in words:
        if word not in carrying:
            if last == _GAP:
                continue
            word = _GAP
        yield before, last, word
        before, last = last, word
    yield before, last, "$"


def runs_to(step: tuple[str, str, str]) -> list[str]:
    """The runs of one to three words that end there; the end is none by itself.

    >>> runs_to(("find", "…", "near")), runs_to(("", "^", "$"))
    (['=near', '=… near', '=find … near'], ['=^ $'])
    """
    before, last, word = step
    found = [] if word == "$" else [f"={word}"]
    found.append(f"={last} {word}")
    if before:
        found.append(f"={before} {last} {word}")
    return found
