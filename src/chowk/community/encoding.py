"""What the severity network knows of a message, as rows of its table.

A reading comes in; the numbers of the features that the network was trained with come out, the same
that `sentence.features` names, without ever spelling the names: the known features are held as
tries over classes and words, and a walk ends where no known feature goes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .sentence import ARTICLES, FUNCTION, UNSEEN, Reading, in_core, length_name

#: A trie: symbol → (row or -1, what may follow).
Trie = dict[str, tuple[int, "Trie"]]
_NAMED = ("group", "groupadj", "slur", "ref")
_WIDEST, _FURTHEST = 20, 8


class Encoder:
    """The features of a network, made ready to be looked up.

    Parameters
    ----------
    names : the features, as `sentence.features` writes them; their place is their row.

    Examples
    --------
    >>> from chowk.community.sentence import read
    >>> sorted(Encoder(["group", "dehuman", "w rats", "group>dehuman"]).rows(read("gays are rats")))
    [0, 1, 2, 3]
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._kinds: dict[str, int] = {}
        self._words: dict[str, int] = {}
        self._pairs: dict[str, dict[str, int]] = {}
        self._full: Trie = {}
        self._core: Trie = {}
        self._apart: dict[str, dict[str, int]] = {}
        self._across: dict[str, dict[str, int]] = {}
        for row, name in enumerate(names):
            self._add(name, row)

    def _add(self, name: str, row: int) -> None:
        parts = name.split(" ")
        if parts[0] == "w":
            self._words[name[2:]] = row
            # A phrase is one word with spaces, so every cut may be where two words meet.
            for cut in range(2, len(parts)):
                first, rest = " ".join(parts[1:cut]), " ".join(parts[cut:])
                self._pairs.setdefault(first, {})[rest] = row
        elif parts[0] == "f":
            _grow(self._full, parts[1:], row)
        elif parts[0] in ("^", "core") or parts[-1] == "$":
            self._kinds[name] = row
        elif len(parts) > 1:
            _grow(self._full, parts, row)
        elif ">>" in name:
            first, rest = name.split(">>")
            self._across.setdefault(first, {})[rest] = row
        elif ">" in name and not name.startswith("<"):
            first, rest = name.split(">")
            self._apart.setdefault(first, {})[rest] = row
        elif "-" in name[1:]:
            _grow(self._core, name.split("-"), row)
        else:
            self._kinds[name] = row

    def rows(self, reading: Reading) -> list[int]:
        """The rows of a reading's features, each once."""
        sentences: list[list[str]] = [[]]
        core = sentences[0]
        full: list[str] = []
        plain: list[str] = []
        kinds: set[str] = set()
        for mark in reading.marks:
            kind = mark.kind
            if kind == "_":
                form = mark.form
                plain.append(form)
                if form in ARTICLES:
                    continue
                if form in FUNCTION:
                    full.append(form)
                elif not full or full[-1] != "_":
                    full.append("_")
                continue
            if kind in UNSEEN:
                kinds.add("+" + kind)
                continue
            if kind == "stop" or kind == "comma":
                if kind == "stop" and core:
                    core = []
                    sentences.append(core)
                full.append(",")
                continue
            symbol = mark.symbol if mark.turned or mark.quoted else kind
            full.append(symbol)
            plain.append("<" + kind + ">" if kind in _NAMED else mark.form)
            if kind == "neg":
                kinds.add("neg")
            elif in_core(kind):
                core.append(symbol)
                kinds.add(symbol)
        out: set[int] = set()
        add = out.add
        count = 0
        for one in sentences:
            if one:
                count += len(one)
                kinds.add("^ " + one[0])
                kinds.add(one[-1] + " $")
                _walk(self._core, one, add)
                self._far(one, add)
        kinds.add(length_name(count))
        if len(sentences) > 1 and count < 40:
            self._between(sentences, add)
        known = self._kinds
        for name in kinds:
            if name in known:
                add(known[name])
        _walk(self._full, full, add)
        words, pairs = self._words, self._pairs
        before: dict[str, int] | None = None
        for form in plain:
            if before is not None and form in before:
                add(before[form])
            if form in words:
                add(words[form])
            before = pairs.get(form)
        return list(out)

    def _far(self, core: list[str], add: Any) -> None:
        """Pairs of one sentence, up to seven apart."""
        apart = self._apart
        for i in range(min(len(core), _WIDEST)):
            after = apart.get(core[i])
            if after is not None:
                for symbol in core[i + 1 : i + _FURTHEST]:
                    if symbol in after:
                        add(after[symbol])

    def _between(self, sentences: list[list[str]], add: Any) -> None:
        """Pairs across the sentences of a message."""
        seen = list(dict.fromkeys(symbol for one in sentences for symbol in one))[:14]
        for i, first in enumerate(seen):
            after = self._across.get(first)
            if after is not None:
                for symbol in seen[i + 1 :]:
                    if symbol in after:
                        add(after[symbol])


def _grow(trie: Trie, parts: list[str], row: int) -> None:
    last = len(parts) - 1
    for place, part in enumerate(parts):
        known = trie.get(part)
        if known is None or (place == last and known[0] < 0):
            known = (row if place == last else -1, known[1] if known is not None else {})
            trie[part] = known
        trie = known[1]


def _walk(trie: Trie, symbols: list[str], add: Any) -> None:
    """Every run of symbols that the trie holds."""
    begin = trie.get
    size = len(symbols)
    for start in range(size - 1):
        found = begin(symbols[start])
        if found is None:
            continue
        for at in range(start + 1, size):
            found = found[1].get(symbols[at])
            if found is None:
                break
            row = found[0]
            if row >= 0:
                add(row)
