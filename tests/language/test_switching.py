"""What a theory allows, against brute force over every boundary and every set of fragments."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.errors import InputError
from chowk.language.alignment import Link
from chowk.language.boundaries import (
    Cut,
    check_links,
    fragments,
    legal_cuts,
    parse_links,
    projected,
)
from chowk.language.constituents import read_parse
from chowk.language.labels import Span, spans
from chowk.language.switching import Equivalence, MatrixFrame, Pair, Part


@st.composite
def linked(draw: st.DrawFn, longest: int = 4) -> Pair:
    n, m = draw(st.integers(1, longest)), draw(st.integers(1, longest))
    every = [(i, j) for i in range(n) for j in range(m)]
    links = draw(st.lists(st.sampled_from(every), unique=True, max_size=5))
    return Pair([f"s{i}" for i in range(n)], [f"t{j}" for j in range(m)], links)


@given(linked(5))
def test_legal_cuts_are_those_that_no_link_crosses(pair: Pair) -> None:
    n, m = len(pair.source), len(pair.target)
    legal = [
        Cut(a, b)
        for a in range(n + 1)
        for b in range(m + 1)
        if all((i < a) == (j < b) for i, j in pair.links)
    ]
    assert legal_cuts(pair.links, n, m) == legal


def equivalent(pair: Pair) -> set[tuple[Part, ...]]:
    """Every mix by the definition: any set of increasing boundaries, then both starting sides."""
    n, m = len(pair.source), len(pair.target)
    inner = [
        (a, b)
        for a in range(1, n)
        for b in range(1, m)
        if all((i < a) == (j < b) for i, j in pair.links)
    ]
    found = set()
    for size in range(1, len(inner) + 1):
        for chosen in combinations(inner, size):
            path = [(0, 0), *chosen, (n, m)]
            pieces = list(pairwise(path))
            rising = all(a < c and b < d for (a, b), (c, d) in pieces)
            if not rising or not all(
                any(a <= i < c and b <= j < d for i, j in pair.links) for (a, b), (c, d) in pieces
            ):
                continue
            for first in (0, 1):
                parts = [
                    Part((first + number) % 2, place)
                    for number, (start, end) in enumerate(pieces)
                    for place in range(start[(first + number) % 2], end[(first + number) % 2])
                ]
                found.add(tuple(parts))
    return found


@settings(max_examples=150, deadline=None)
@given(linked())
def test_equivalence_choices_equal_brute_force(pair: Pair) -> None:
    space = Equivalence(pair)
    listed = [tuple(parts) for parts in space]
    assert set(listed) == equivalent(pair)
    assert len(listed) == space.count == len(set(listed))


def framed(pair: Pair, longest: int) -> Counter[tuple[Part, ...]]:
    """Every mix in the source's frame by the definition: any set of fragments that do not meet."""
    n = len(pair.source)
    allowed = []
    for start in range(n):
        for end in range(start + 1, min(start + longest, n) + 1):
            to = [j for i, j in pair.links if start <= i < end]
            rows = {i for i, _ in pair.links}
            if start not in rows or end - 1 not in rows:
                continue
            low, high = min(to), max(to) + 1
            if all(start <= i < end for i, j in pair.links if low <= j < high):
                allowed.append((start, end, low, high))
    found: Counter[tuple[Part, ...]] = Counter()
    for size in range(1, len(allowed) + 1):
        for chosen in combinations(allowed, size):
            if any(a[0] < b[1] and b[0] < a[1] for a, b in combinations(chosen, 2)):
                continue
            starts = {f[0]: f for f in chosen}
            parts, place = [], 0
            while place < n:
                f = starts.get(place)
                parts += [Part(0, place)] if f is None else [Part(1, j) for j in range(f[2], f[3])]
                place = place + 1 if f is None else f[1]
            found[tuple(parts)] += 1
    return found


@settings(max_examples=150, deadline=None)
@given(linked(), st.integers(1, 3))
def test_matrix_frame_choices_equal_brute_force(pair: Pair, longest: int) -> None:
    space = MatrixFrame(pair, 0, longest=longest)
    listed = [tuple(parts) for parts in space]
    # Replacing two neighbours, or both as one, may read the same: sets of fragments are counted.
    assert Counter(listed) == framed(pair, longest)
    assert len(listed) == space.count


@pytest.mark.parametrize("kind", ["ec", "ml"])
def test_draws_are_uniform(kind: str) -> None:
    links = [(i, i if kind == "ec" else 3 - i) for i in range(4)]
    pair = Pair("a b c d".split(), "w x y z".split(), links)
    space = Equivalence(pair) if kind == "ec" else MatrixFrame(pair, 0)
    rng = random.Random(5)
    drawn = Counter(tuple(space.draw(rng)) for _ in range(300 * space.count))
    assert set(drawn) == {tuple(parts) for parts in space}
    assert all(200 < count < 400 for count in drawn.values())  # about six deviations


@pytest.mark.parametrize("kind", ["ec", "ml"])
def test_a_pair_of_more_ways_than_a_float_can_count_is_drawn_from(kind: str) -> None:
    many = 1_200
    pair = Pair(["s"] * many, ["t"] * many, [(at, at) for at in range(many)])
    space = Equivalence(pair) if kind == "ec" else MatrixFrame(pair, 0)
    sides = Counter(part.side for part in space.draw(random.Random(0)))
    assert sides.total() == many and min(sides[0], sides[1]) > many / 4


def test_closed_class_words_never_switch_alone() -> None:
    pair = Pair(["the", "red", "shoe"], ["der", "rote", "schuh"], [(0, 0), (1, 1), (2, 2)])
    closed = ({"the"}, {"der"})
    for matrix in (0, 1):
        frame = MatrixFrame(pair, matrix, closed=closed)
        assert frame.count
        embedded = {(f.start, f.end) for f in frame.fragments}
        assert (0, 1) not in embedded and {(0, 2), (1, 2), (2, 3)} <= embedded


def test_slots_are_kept_once_and_whole() -> None:
    # The slot's words stand first on one side and last on the other: no boundary divides fairly.
    pair = Pair(
        ["play", "happy", "songs"],
        ["gaane", "khush", "bajao"],
        [(0, 2), (1, 1), (2, 0)],
        [Span("mood", 1, 2)],
        [Span("mood", 1, 2)],
    )
    assert Equivalence(pair).count == 0
    for parts in MatrixFrame(pair, 0):
        assert [p.place for p in parts if p.label != "O"] == [1]  # happy, or khush
        assert "B-mood" in [p.label for p in parts]


def test_a_slot_that_is_cut_goes_on_in_the_other_language() -> None:
    pair = Pair(
        ["at", "nine", "sharp"],
        ["um", "neun", "genau"],
        [(0, 0), (1, 1), (2, 2)],
        [Span("time", 0, 3)],
        [Span("time", 0, 3)],
    )
    for parts in [*Equivalence(pair), *MatrixFrame(pair, 0), *MatrixFrame(pair, 1)]:
        assert [p.label for p in parts] == ["B-time", "I-time", "I-time"]


@st.composite
def slotted(draw: st.DrawFn) -> Pair:
    """A word-for-word pair whose order may differ, with the same slots on both sides."""
    n = draw(st.integers(2, 5))
    order = draw(st.permutations(range(n)))
    links = [(i, order.index(i)) for i in range(n)]
    cuts = sorted(draw(st.sets(st.integers(0, n), max_size=4)))
    ours = [
        Span(draw(st.sampled_from("xy")), a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    theirs, why = projected(ours, links, n, n)
    if why:
        ours, theirs = [], []
    return Pair([f"s{i}" for i in range(n)], [f"t{i}" for i in range(n)], links, ours, theirs)


@settings(max_examples=150, deadline=None)
@given(slotted())
def test_no_mix_loses_or_doubles_a_slot(pair: Pair) -> None:
    wanted = sorted((s.name, s.end - s.start) for s in pair.source_slots)
    for space in (Equivalence(pair), MatrixFrame(pair, 0), MatrixFrame(pair, 1)):
        for parts in space:
            labels = [part.label for part in parts]
            assert sorted((s.name, s.end - s.start) for s in spans(labels)) == wanted
            before = ["O", *labels]
            assert all(
                label[:2] != "I-" or before[i][2:] == label[2:] for i, label in enumerate(labels)
            )


def test_projection_says_why_not() -> None:
    assert projected([Span("x", 0, 1)], [], 1, 1) == ([], "the slot 'x' has no aligned words")
    apart = projected([Span("x", 0, 2)], [(0, 0), (2, 1), (1, 2)], 3, 3)
    assert apart == ([], "the words of slot 'x' are not together in the target")


def test_links_are_read_and_checked() -> None:
    assert parse_links("1-2 0-0") == parse_links([(0, 0), [1, 2]]) == [(0, 0), (1, 2)]
    with pytest.raises(InputError, match="'0-0 1-2'"):
        parse_links("0:1")
    with pytest.raises(InputError, match="link 0-3 of the pair is out of range"):
        check_links([(0, 3)], 1, 3)
    assert fragments([], 3, 3) == []


Node = str | list["Node"]


@st.composite
def parsed(draw: st.DrawFn) -> tuple[Pair, Node]:
    """A pair and a tree over its source, drawn by joining neighbours until one node is left."""
    n, m = draw(st.integers(2, 5)), draw(st.integers(2, 5))
    every = [(i, j) for i in range(n) for j in range(m)]
    straight = [(i, min(i, m - 1)) for i in range(n)]
    drawn = st.lists(st.sampled_from(every), unique=True, max_size=5)
    links = draw(st.one_of(drawn, st.permutations(range(n)).map(
        lambda order: [(i, j) for i, j in enumerate(order) if j < m]
    ), st.just(straight)))  # fmt: skip
    words = [f"s{i}" for i in range(n)]
    nodes: list[Node] = list(words)
    while len(nodes) > 1:
        start = draw(st.integers(0, len(nodes) - 2))
        end = draw(st.integers(start + 2, len(nodes)))
        nodes[start:end] = [nodes[start:end]]
    return Pair(words, [f"t{j}" for j in range(m)], links), nodes[0]


def words_of(node: Node) -> list[int]:
    """The places of a node's words."""
    return [int(node[1:])] if isinstance(node, str) else [i for one in node for i in words_of(one)]


def allowed(node: Node, place: int, links: Collection[Link]) -> bool:
    """The rule by its words: above the lowest constituent that is cut, no two parts may differ."""
    if isinstance(node, str):
        return True
    inside = [one for one in node if min(words_of(one)) < place <= max(words_of(one))]
    if not inside:  # the cut lies between two parts, or at an end
        return True
    for one, two in combinations(node, 2):
        ours = [j for i, j in links if i in words_of(one)]
        theirs = [j for i, j in links if i in words_of(two)]
        if not all(a < b for a in ours for b in theirs):
            return False
    return allowed(inside[0], place, links)


def bracketed(node: Node) -> str:
    """A tree as treebanks write it."""
    return f"(W {node})" if isinstance(node, str) else f"(X {' '.join(map(bracketed, node))})"


@settings(max_examples=150, deadline=None)
@given(parsed())
def test_a_parse_leaves_what_brute_force_over_its_constituents_leaves(
    drawn: tuple[Pair, Node],
) -> None:
    pair, tree = drawn
    n, m = len(pair.source), len(pair.target)
    constituents = read_parse(bracketed(tree), pair.source)
    assert constituents == read_parse(tree, pair.source)
    open_ = {place for place in range(n + 1) if allowed(tree, place, pair.links)}
    strict = Equivalence(replace(pair, parse=constituents))
    assert set(strict.cuts) == {cut for cut in legal_cuts(pair.links, n, m) if cut.source in open_}
    # What is left are the mixes of the links alone whose every change stands at an open place.
    wanted = set()
    for parts in Equivalence(pair):
        sides = [part.side for part in parts]
        source = [part.place for part in parts if part.side == 0]
        starts = {source[0]} if sides[0] == 1 and source else set()
        starts |= {
            a.place + 1 if a.side == 0 else b.place for a, b in pairwise(parts) if a.side != b.side
        }
        if starts <= open_:
            wanted.add(tuple(parts))
    assert {tuple(parts) for parts in strict} == wanted
    assert strict.count == len(list(strict))
    # The same on the other side, by the mirrored pair.
    mirrored = Pair(pair.target, pair.source, [(j, i) for i, j in pair.links])
    there = Equivalence(replace(mirrored, target_parse=constituents))
    assert {(b, a) for a, b in there.cuts} == {tuple(cut) for cut in strict.cuts}


@settings(max_examples=60, deadline=None)
@given(linked())
def test_a_flat_parse_forbids_nothing_more(pair: Pair) -> None:
    flat = read_parse(list(pair.source), pair.source)
    assert Equivalence(replace(pair, parse=flat)).cuts == Equivalence(pair).cuts


def test_nothing_switches_below_a_constituent_whose_parts_change_places() -> None:
    # "she [[gave him] [the book]]": the two parts of the middle change places in the target, so
    # that the boundary inside "the book" is legal for the links alone and closed by the parse.
    source, target = "a b c d".split(), "w x y z".split()
    links = [(0, 0), (1, 2), (2, 1), (3, 3)]
    pair = Pair(source, target, links)
    assert [cut.source for cut in Equivalence(pair).cuts] == [0, 1, 3, 4]
    tree = read_parse(["a", [["b"], ["c", "d"]]], source)
    assert [cut.source for cut in Equivalence(replace(pair, parse=tree)).cuts] == [0, 1, 4]
    heads = read_parse("0 4 4 1", source)  # a heads d, which heads b and c: flat below
    assert [cut.source for cut in Equivalence(replace(pair, parse=heads)).cuts] == [0, 1, 3, 4]


@pytest.mark.parametrize(
    ("parse", "said"),
    [
        ("(S (A x) (B y)", "leaves 1 of its brackets open"),
        ("(S (A x) (B y)))", "closes a bracket that it never opened"),
        ("(S (A x) (B z))", "has the words 'x z' where the tokens are 'x y'"),
        ("", "has the words '' where the tokens are 'x y'"),
        ("2 3", "Token 2 of the parse of the pair has the head 3"),
        ("2 1", "heads in a circle"),
        ("0 0", "heads with 2 roots"),
        ([0], "has 1 heads for 2 tokens"),
        ([["x"], 3.5], "holds 3.5"),
        (7, "is 7. Give brackets"),
        ({"head": 1}, "Give brackets"),
    ],
)
def test_a_parse_that_breaks_a_rule_is_named(parse: object, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        read_parse(parse, ["x", "y"])


def test_dependencies_that_cross_are_named() -> None:
    with pytest.raises(InputError, match="dependencies cross: what depends on token 3"):
        read_parse([3, 4, 4, 0], list("abcd"))


def test_a_deep_parse_is_read_without_running_out_of_stack() -> None:
    words = [str(number) for number in range(3_000)]
    deep = "".join(f"(X (W {word}) " for word in words[:-1]) + f"(W {words[-1]})" + ")" * 2_999
    assert len(read_parse(deep, words)) == 2_999
    assert read_parse(" ".join(str(n) for n in range(3_000)), words)[-1][0] == (0, 1)
