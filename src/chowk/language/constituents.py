"""Where a sentence's own grammar forbids a switch: the equivalence constraint over a parse.

In: a parse of one side, as brackets or as heads, and the links to the other side. Out: the places
at which no switch is allowed. The rule (Sankoff 1998; Rizvi et al. 2021): the two languages may
change places inside a constituent only where what stands left of the change is the same in both;
and what lies below a constituent whose parts stand in another order is said in one language.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from chowk.errors import InputError

from .alignment import Link

_PIECE = re.compile(r"[()]|[^\s()]+")
#: How treebanks write brackets that are words.
_ESCAPED = {
    "-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}",
}  # fmt: skip
_FORMS = (
    "brackets such as '(S (V play) (NP (A happy) (N music)))', nested lists of tokens, or a head a "
    "token, counted from 1, with 0 for the root"
)


class Range(NamedTuple):
    """Tokens `start` to `end`, the end not included."""

    start: int
    end: int


#: The parts of a constituent, from left to right: at least two.
Parts = tuple[Range, ...]


def read_parse(parse: Any, words: Sequence[str], where: str = "the pair") -> list[Parts]:
    """The constituents of a sentence by their parts, the inner ones before those around them.

    Parameters
    ----------
    parse : brackets with a label after each opening one, nested lists of tokens, or heads: one a
        token from 1, 0 for the root (a list, or a text such as `2 0 2`). A head's constituent has
        the head itself and its dependents' constituents as parts.
    words : the tokens, which the leaves must equal.

    Raises
    ------
    InputError
        for brackets that do not close, other words, heads that are out of range, in a circle or
        without one root, and dependencies that cross, for their words do not stand together.

    Examples
    --------
    >>> read_parse("(S (V play) (NP (A happy) (N music)))", ["play", "happy", "music"])
    [(Range(start=1, end=2), Range(start=2, end=3)), (Range(start=0, end=1), Range(start=1, end=3))]
    >>> read_parse([0, 3, 1], ["play", "happy", "music"]) == read_parse(
    ...     ["play", ["happy", "music"]], ["play", "happy", "music"])
    True
    """
    if isinstance(parse, str):
        parse = _tree(parse, where) if "(" in parse else parse.split()
    if isinstance(parse, str | bytes) or not isinstance(parse, Sequence):
        raise InputError(f"The parse of {where} is {parse!r:.60}. Give {_FORMS}.")
    heads = [_number(head) for head in parse]
    if parse and all(head is not None for head in heads) and not _are_words(parse, words):
        return _of_heads([head for head in heads if head is not None], len(words), where)
    return _of_lists(parse, words, where)


def closed_places(constituents: Iterable[Parts], links: Collection[Link], side: int) -> set[int]:
    """Places of this side (0 for the source) before which no switch is allowed.

    They are those inside a part of a constituent whose parts stand in another order on the other
    side, or among each other there. A change between such parts is left to the links, none of which
    it may cross: that says the same as that the parts left of it are the same in both.

    >>> tree = read_parse(["a", ["b", "c"], "d"], ["a", "b", "c", "d"])
    >>> closed_places(tree, [(0, 0), (1, 1), (2, 3), (3, 2)], 0)
    {2}
    """
    reach: dict[Range, tuple[int, int]] = {}
    for link in links:
        here, there = link[side], link[1 - side]
        word = Range(here, here + 1)
        low, high = reach.get(word, (there, there))
        reach[word] = min(low, there), max(high, there)
    steps: dict[int, int] = {}
    for parts in constituents:
        images = [reach[part] for part in parts if part in reach]
        if images:
            whole = Range(parts[0].start, parts[-1].end)
            reach[whole] = min(low for low, _ in images), max(high for _, high in images)
        if all(one[1] < two[0] for one, two in pairwise(images)):
            continue
        for part in parts:
            if part.end - part.start > 1:  # places start + 1 to end - 1 are closed
                steps[part.start + 1] = steps.get(part.start + 1, 0) + 1
                steps[part.end] = steps.get(part.end, 0) - 1
    if not steps:
        return set()
    deep = accumulate(steps.get(place, 0) for place in range(max(steps) + 1))
    return {place for place, depth in enumerate(deep) if depth}


def _tree(text: str, where: str) -> list[Any]:
    """Brackets as nested lists, without labels."""
    pieces = _PIECE.findall(text)
    stack: list[list[Any]] = [[]]
    for before, piece in pairwise(["", *pieces]):
        if piece == "(":
            stack.append([])
        elif piece == ")":
            if len(stack) == 1:
                raise InputError(f"The parse of {where} closes a bracket that it never opened.")
            done = stack.pop()
            stack[-1].append(done)
        elif before != "(":  # what follows an opening bracket is its label
            stack[-1].append(_ESCAPED.get(piece, piece))
    if len(stack) > 1:
        raise InputError(
            f"The parse of {where} leaves {len(stack) - 1} of its brackets open. Close them."
        )
    return stack[0]


def _of_lists(tree: Sequence[Any], words: Sequence[str], where: str) -> list[Parts]:
    """Constituents of nested lists; without recursion, for a tree may be deep."""
    found: list[Parts] = []
    leaves: list[str] = []
    # Open lists: what is left of each, and the parts that it has so far.
    stack: list[tuple[Any, list[Range], int]] = [(iter(tree), [], 0)]
    while stack:
        rest, parts, start = stack[-1]
        for item in rest:
            if isinstance(item, str):
                parts.append(Range(len(leaves), len(leaves) + 1))
                leaves.append(item)
            elif isinstance(item, Sequence):
                stack.append((iter(item), [], len(leaves)))
                break
            else:
                raise InputError(f"The parse of {where} holds {item!r:.60}. Give {_FORMS}.")
        else:
            stack.pop()
            if len(parts) > 1:
                found.append(tuple(parts))
            if stack and len(leaves) > start:
                stack[-1][1].append(Range(start, len(leaves)))
    if leaves != list(words):
        raise InputError(
            f"The parse of {where} has the words {' '.join(leaves)!r:.80} where the tokens are "
            f"{' '.join(words)!r:.80}. Give the tokens that were parsed, as a list."
        )
    return found


def _of_heads(heads: list[int], count: int, where: str) -> list[Parts]:
    """Constituents of a dependency tree."""
    if len(heads) != count:
        raise InputError(
            f"The parse of {where} has {len(heads)} heads for {count} tokens. Give one a token."
        )
    wrong = next((n for n, head in enumerate(heads, 1) if not 0 <= head <= count), None)
    if wrong is not None:
        raise InputError(
            f"Token {wrong} of the parse of {where} has the head {heads[wrong - 1]}, which is out "
            f"of range: heads count from 1 to {count}, and 0 is the root."
        )
    children: list[list[int]] = [[] for _ in range(count + 1)]
    for number, head in enumerate(heads, 1):
        children[head].append(number)
    order = list(children[0])
    for number in order:
        order += children[number]
    if len(children[0]) != 1 or len(order) != count:
        what = "in a circle" if len(order) < count else f"with {len(children[0])} roots"
        raise InputError(f"The parse of {where} has heads {what}. One token has the head 0.")
    whole: dict[int, Range] = {}
    found: list[Parts] = []
    for number in reversed(order):
        parts = sorted([Range(number - 1, number), *(whole[child] for child in children[number])])
        if any(one.end != two.start for one, two in pairwise(parts)):
            raise InputError(
                f"In the parse of {where} dependencies cross: what depends on token {number} does "
                "not stand together. Leave the parse of this row out."
            )
        whole[number] = Range(parts[0].start, parts[-1].end)
        if len(parts) > 1:
            found.append(tuple(parts))
    return found


def _number(head: Any) -> int | None:
    """A head as a number; None for what is none."""
    if isinstance(head, bool) or not isinstance(head, int | str):
        return None
    try:
        return int(head)
    except ValueError:
        return None


def _are_words(parse: Sequence[Any], words: Sequence[str]) -> bool:
    """Whether the parse is a flat list of the tokens, which may be numbers."""
    return all(isinstance(one, str) for one in parse) and list(parse) == list(words)
