"""How an assistant fares when people mix languages: a test from its own commands, and a report.

In: the owner's commands in one language, with a dictionary and what else there is; then anything
that parses text. Out: a set of utterances by phenomenon (code-mixing, borrowing, foreign entities,
dialect, transliteration, recognised speech), and what is lost on each beside the plain commands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np

from chowk.errors import InputError

from .examples import read_examples
from .labels import spans
from .mixed import Mixed, Mixes, Refused
from .mixer import CodeMixer


class Parses(Protocol):
    """Anything that understands a text: our `Understander`, or a wrapper around another."""

    def parse(self, text: str) -> Any:
        """An object with `.intent` and `.slots`, each with `name`, `start` and `end`."""


class Phenomenon(msgspec.Struct, frozen=True, kw_only=True):
    """How well one kind of utterance is understood.

    Attributes
    ----------
    name : `plain`, `code-mixing`, `borrowing`, `foreign-entity`, `dialect`, `transliteration`,
        `speech`.
    rows : utterances of that kind.
    intent_accuracy, slot_f1, exact : shares in [0, 1]; F1 over exact spans.
    drop : exact match on the plain commands *that these came from*, minus `exact`.
    low, high : 95 % bootstrap interval of the drop.
    """

    name: str
    rows: int
    intent_accuracy: float
    slot_f1: float
    exact: float
    drop: float
    low: float
    high: float


def assistant_test(
    commands: Any,
    source: str = "en",
    target: str = "hi",
    *,
    dictionary: Any = None,
    catalogue: Mapping[str, Any] | None = None,
    borrowings: Mapping[str, str] | None = None,
    dialect: Mapping[str, Sequence[str]] | None = None,
    mishearing: float = 0.1,
    seed: int = 0,
) -> Mixes:
    """A test set of the owner's own commands: one row a command and phenomenon that it can show.

    Parameters
    ----------
    commands : examples with `text`, `intent` and slots, as `Understander.fit` takes them.
    dictionary, catalogue, borrowings, dialect : see `CodeMixer`; what is not given is left out.
    mishearing : how likely a word is misheard; 0 leaves speech out.
    """
    rows: list[dict[str, Any]] = [
        {"tokens": e.words, "labels": e.labels or ["O"] * len(e.words), "intent": e.intent}
        for e in read_examples(commands, "assistant_test")
        if e.words
    ]
    if not rows:
        raise InputError("assistant_test needs commands with words. Got none.")
    asked: list[tuple[str, dict[str, Any]]] = []
    if dictionary is not None:
        asked.append(("dictionary", {"dictionary": dictionary}))
        asked.append(("dictionary", {"dictionary": dictionary, "latin": True, "spelling": 0.3}))
    if catalogue:
        asked.append(("entity", {"catalogue": catalogue}))
    for name, given in (("borrowings", borrowings), ("dialect", dialect)):
        if given:
            asked.append(("none", {name: given}))
    if mishearing:
        asked.append(("none", {"mishearing": mishearing, "n_best": 1}))
    plain = [
        Mixed(
            " ".join(row["tokens"]), row["tokens"], [source] * len(row["tokens"]), row["labels"],
            row["intent"], "plain", seed, number, (),
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip
    made = Mixes(plain)
    for theory, given in asked:
        mixer = CodeMixer(source, target, **given)
        try:
            found = mixer.mix(rows, theory=theory, seed=seed)  # type: ignore[arg-type]
        except InputError as error:
            made.notes.append(f"{theory}: {error}")
            continue
        texts = {row.text for row in made.rows if row.recipe != "plain"}
        for row in found:
            # Noise that changed nothing tests nothing.
            if row.tokens != rows[row.pair]["tokens"] and row.text not in texts:
                made.rows.append(row)
        made.refused.extend(Refused(r.pair, f"{theory}: {r.why}") for r in found.refused)
    return made


def phenomena(rows: Iterable[Mixed], assistant: Parses, *, seed: int = 0) -> list[Phenomenon]:
    """The report: one line a phenomenon, `plain` first; a row of two kinds counts in both."""
    judged: dict[str, list[tuple[int, bool, int, int, int]]] = {}
    for row in rows:
        parse = assistant.parse(row.text)
        got = {(slot.name, slot.start, slot.end) for slot in parse.slots}
        want = _placed(row)
        found = (row.pair, parse.intent == row.intent, len(got & want), len(got), len(want))
        for name in row.phenomena or ("plain",):
            judged.setdefault(name, []).append(found)
    exact_of = {one[0]: _exact(one) for one in judged.get("plain", [])}
    rng = np.random.default_rng(seed)
    report = []
    for name in sorted(judged, key=lambda kind: (kind != "plain", kind)):
        each = judged[name]
        exact = np.array([_exact(one) for one in each], dtype=float)
        before = np.array([exact_of.get(one[0], True) for one in each], dtype=float)
        lost = before - exact
        means = lost[rng.integers(0, len(lost), (1000, len(lost)))].mean(axis=1)
        low, high = np.quantile(means, [0.025, 0.975])
        hits = sum(one[2] for one in each)
        total = sum(one[3] + one[4] for one in each)
        report.append(
            Phenomenon(
                name=name,
                rows=len(each),
                intent_accuracy=sum(one[1] for one in each) / len(each),
                slot_f1=2 * hits / total if total else 1.0,
                exact=float(exact.mean()),
                drop=float(lost.mean()),
                low=float(low),
                high=float(high),
            )
        )
    return report


def _exact(one: tuple[int, bool, int, int, int]) -> bool:
    return one[1] and one[2] == one[3] == one[4]


def _placed(row: Mixed) -> set[tuple[str, int, int]]:
    """Slots as (name, start, end) in the row's text, which joins its tokens with spaces."""
    starts = np.concatenate([[0], np.cumsum([len(token) + 1 for token in row.tokens])])
    return {(s.name, int(starts[s.start]), int(starts[s.end]) - 1) for s in spans(row.labels)}
