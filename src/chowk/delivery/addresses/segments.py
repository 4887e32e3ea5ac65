"""A second look at labels that one name may stand under: judged by the whole segment, not by words.

A field labels word by word, and sees neither the whole of a name nor how many are still to come.
Which of `Raj Nagar, Palam Colony` is the area hangs on both. In go labelled addresses; labels that
share names are found in them, and a logistic regression over whole segments (words, their place
among the others, what stands left and right) tells them apart. Borders stay as they are.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chowk.errors import ArtifactError

from .features import word_of
from .labels import Example, Span
from .script import skeleton
from .tokens import folded, tokenize

#: Two labels are confusable when names that stand under both are so many of the commoner one's
#: (Delhi's areas and sub-areas: 0.1 to 0.2; the United States' places and streets: 0.03).
SHARED = 0.05
#: A label with fewer names is left alone.
_FEWEST = 20
#: A rarer label joins a group when names of one in it are so many of its own (colonies: 0.3).
_JOINS = 0.2
#: Inverse of the penalty, chosen on three folds of Delhi's rows (0.1 to 3: within 0.005).
_LOOSE = 0.3
#: Fewer addresses than this are no style of their own.
_A_STYLE = 50
_DIGITS = re.compile(r"\d+")

Rows = Sequence[tuple[str, int, int]]


class SecondLook:
    """Tells confusable labels apart. Make one with `learned` or `unpacked`.

    Parameters
    ----------
    groups : the labels of each group, sorted.
    weights : of each group, attribute to one weight a label of the group.
    """

    def __init__(
        self, groups: Sequence[Sequence[str]], weights: Sequence[dict[str, NDArray[np.float32]]]
    ) -> None:
        self.groups = [list(group) for group in groups]
        self.weights = list(weights)
        self._of = {label: at for at, group in enumerate(groups) for label in group}

    @classmethod
    def learned(
        cls, examples: Iterable[Example], groups: Sequence[Sequence[str]]
    ) -> SecondLook | None:
        """From labelled addresses; None where there is nothing to tell apart."""
        from sklearn.feature_extraction import DictVectorizer
        from sklearn.linear_model import LogisticRegression

        read = list(examples)
        held = {span.label for example in read for span in example.spans}
        groups = [some for group in groups if len(some := sorted(held & {*group})) > 1]
        if not groups:
            return None
        shell = cls(groups, [{} for _ in groups])
        weights = []
        for at, group in enumerate(groups):
            seen: list[dict[str, float]] = []
            truth: list[str] = []
            for example in read:
                before = "^"
                for number, span in enumerate(example.spans):
                    if span.label in group:
                        names = shell._attributes(example.text, example.spans, number, before)
                        seen.append(dict.fromkeys(names, 1.0))
                        truth.append(span.label)
                        before = span.label
            sheet = DictVectorizer()
            fitted = LogisticRegression(C=_LOOSE, max_iter=300).fit(
                sheet.fit_transform(seen), truth
            )
            columns = [*fitted.coef_.T, fitted.intercept_]
            if len(group) == 2:  # one row of weights, for the second label
                columns = [np.array([0.0, float(column[0])]) for column in columns]
            known = [*sheet.get_feature_names_out(), ""]
            weights.append(
                {n: np.asarray(w, dtype=np.float32) for n, w in zip(known, columns, strict=True)}
            )
            shell.groups[at] = fitted.classes_.tolist()
        return cls(shell.groups, weights)

    def __call__(self, text: str, spans: Sequence[Span]) -> list[Span]:
        """The spans with the labels of the groups given anew, from left to right."""
        if not any(span.label in self._of for span in spans):
            return list(spans)
        out = list(spans)
        before = ["^"] * len(self.groups)
        for number, span in enumerate(spans):
            at = self._of.get(span.label)
            if at is None:
                continue
            weights = self.weights[at]
            total = weights[""].copy()
            for name in self._attributes(text, spans, number, before[at]):
                found = weights.get(name)
                if found is not None:
                    total += found
            before[at] = label = self.groups[at][int(total.argmax())]
            out[number] = Span(label, span.start, span.end)
        return out

    def _kind(self, label: str) -> str:
        at = self._of.get(label)
        return label if at is None else f"#{at}"

    def _attributes(self, text: str, spans: Rows, number: int, before: str) -> set[str]:
        """What is seen of one segment: itself, its place among its like, its neighbours."""
        _, start, end = spans[number]
        kinds = [self._kind(span[0]) for span in spans]
        kind = kinds[number]
        like = [at for at, other in enumerate(kinds) if other == kind]
        place, count = like.index(number), len(like)
        left = kinds[number - 1] if number else "^"
        right = kinds[number + 1] if number + 1 < len(kinds) else "$"
        own, count_of, last = _alone(text[start:end])
        found = {
            f"n={min(count, 4)}|{min(place, 3)}", f"to={min(count - 1 - place, 3)}",
            f"l={left}", f"r={right}", f"l={left}|r={right}", f"before={before}",
            f"len={min(count_of, 5)}", *(f"has={other}" for other in kinds), *own,
            f"cut={',' in text[max(0, start - 2) : start]}{',' in text[end : end + 2]}",
        }  # fmt: skip
        if place:
            found.add("gap=" + text[spans[like[place - 1]][2] : start].strip()[:1])
        if count_of:
            found.add(f"lw={last}|{'last' if place == count - 1 else 'not'}")
        for at in like:
            if at != number:
                side = "L" if at < number else "R"
                found.update(_beside(text[spans[at][1] : spans[at][2]], side))
        return found

    def packed(self) -> dict[str, NDArray[Any]]:
        """As named arrays."""
        held: dict[str, NDArray[Any]] = {
            "groups": np.array(["\t".join(group) for group in self.groups])
        }
        for at, weights in enumerate(self.weights):
            names = sorted(weights)
            held[f"names{at}"] = np.frombuffer("\n".join(names).encode(), dtype=np.uint8)
            held[f"weights{at}"] = np.stack([weights[name] for name in names])
        return held

    @classmethod
    def unpacked(cls, held: Mapping[str, NDArray[Any]]) -> SecondLook:
        """From the arrays of `packed`."""
        groups = [str(line).split("\t") for line in held["groups"]]
        weights = []
        for at in range(len(groups)):
            names = held[f"names{at}"].tobytes().decode().split("\n")
            weights.append(dict(zip(names, held[f"weights{at}"], strict=True)))
        return cls(groups, weights)


class Styles:
    """A second look for addresses of real hands, and one for those that look filled into a form.

    A form has its own habits in what it calls a colony. Which of the two a text is shows in what
    stands between its parts: always the same in a form, now this and now that from a hand.
    """

    def __init__(self, hands: SecondLook | None, forms: SecondLook | None) -> None:
        self.hands = hands
        self.forms = forms

    @classmethod
    def learned(cls, examples: Iterable[Example]) -> Styles | None:
        """From labelled addresses; one look for all where either style has fewer than 50."""
        read = list(examples)
        hands = [example for example in read if by_hand(example)]
        forms = [example for example in read if not by_hand(example)]
        if min(len(hands), len(forms)) < _A_STYLE:
            one = SecondLook.learned(read, confusable([read]))
            return None if one is None else cls(one, one)
        groups = confusable([hands, forms])
        found = cls(SecondLook.learned(hands, groups), SecondLook.learned(forms, groups))
        return found if found.hands or found.forms else None

    def __call__(self, text: str, spans: Sequence[Span]) -> list[Span]:
        """The spans with the labels of confusable ones given anew."""
        look = self.hands if by_hand(Example(text, tuple(spans))) else self.forms
        return list(spans) if look is None else look(text, spans)

    def save(self, path: Path) -> None:
        """Write them to one file (NPZ)."""
        held: dict[str, Any] = {}
        for name, look in (("hands", self.hands), ("forms", self.forms)):
            if look is not None:
                held |= {f"{name}.{key}": value for key, value in look.packed().items()}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **held)
        path.write_bytes(buffer.getvalue())

    @classmethod
    def open(cls, path: Path) -> Styles:
        """From the file that `save` wrote."""
        looks: dict[str, SecondLook | None] = {}
        try:
            with np.load(path, allow_pickle=False) as held:
                for name in ("hands", "forms"):
                    inside = {
                        key.removeprefix(f"{name}."): held[key]
                        for key in held.files
                        if key.startswith(f"{name}.")
                    }
                    looks[name] = SecondLook.unpacked(inside) if inside else None
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise ArtifactError(
                f"The address model {path} cannot be read: {error}. "
                "Save it again with AddressParser.save."
            ) from None
        return cls(looks["hands"], looks["forms"])


def by_hand(example: Example) -> bool:
    """Whether what stands between parts varies; a form or a generator always puts the same."""
    pairs = zip(example.spans, example.spans[1:], strict=False)
    return len({example.text[left.end : right.start] for left, right in pairs}) > 1


@lru_cache(maxsize=20_000)
def _alone(value: str) -> tuple[tuple[str, ...], int, str]:
    """What a part carries wherever it stands, how many words it has, and the last of them."""
    words = _words(value)
    if not words:
        return (), 0, ""
    first, last = words[0], words[-1]
    found = [
        f"lk={skeleton(last)}", f"fw={first}", f"lc={word_of(last).cue}",
        f"fc={word_of(first).cue}", f"s4={last[-4:]}",
    ]  # fmt: skip
    for word in words:
        found += [f"w={word}", f"k={skeleton(word)}"]
        found += [f"c={cue}" for cue in word_of(word).cue.split("+")]
    if any(word[0].isdigit() for word in words):
        found.append("digit")
    return tuple(found), len(words), last


@lru_cache(maxsize=20_000)
def _beside(value: str, side: str) -> tuple[str, ...]:
    """What a part says of another of its like, to the left (`L`) or the right (`R`) of it."""
    words = _words(value)
    if not words:
        return ()
    return (*(f"{side}={skeleton(word)}" for word in words), f"{side}c={word_of(words[-1]).cue}")


def _words(value: str) -> list[str]:
    """Folded words; of a number only its length is seen."""
    words = (folded(token.text) for token in tokenize(value))
    return [_DIGITS.sub(lambda m: str(len(m[0])), word) for word in words if word[:1].isalnum()]


def confusable(styles: Iterable[Iterable[Example]]) -> list[list[str]]:
    """Groups of labels that share names in any of the styles.

    A name is of letters, and not of cue words alone; labels that are mostly numbers have none.

    >>> rows = [Example("Palam", (Span(label, 0, 5),)) for label in ("AREA", "COLONY") * 20]
    >>> confusable([rows])
    [['AREA', 'COLONY']]
    """
    group: dict[str, set[str]] = {}
    for examples in styles:
        kept = _names(examples)
        for label in kept:
            group.setdefault(label, {label})
        pairs = list(combinations(sorted(kept), 2))
        shared = {(a, b): (kept[a] & kept[b]).total() for a, b in pairs}
        for a, b in pairs:
            if shared[a, b] >= SHARED * max(kept[a].total(), kept[b].total()):
                _join(group, a, b)
        for a, b in pairs:
            grouped = len(group[a]) > 1 or len(group[b]) > 1
            if grouped and shared[a, b] >= _JOINS * min(kept[a].total(), kept[b].total()):
                _join(group, a, b)
    found = {tuple(sorted(some)) for some in group.values() if len(some) > 1}
    return [list(some) for some in sorted(found)]


def _names(examples: Iterable[Example]) -> dict[str, Counter[str]]:
    """How often each name stands under each label, by its sound."""
    names: dict[str, Counter[str]] = defaultdict(Counter)
    mentions: Counter[str] = Counter()
    for example in examples:
        for span in example.spans:
            mentions[span.label] += 1
            words = [folded(t.text) for t in tokenize(example.text[span.start : span.end])]
            words = [word for word in words if word.isalpha() and len(word) > 2]
            if any(word_of(word).cue == "-" for word in words):
                names[span.label][" ".join(map(skeleton, words))] += 1
    return {
        label: known
        for label, known in names.items()
        if known.total() >= max(_FEWEST, mentions[label] / 2)
    }


def _join(group: dict[str, set[str]], one: str, other: str) -> None:
    joined = group[one] | group[other]
    for label in joined:
        group[label] = joined
