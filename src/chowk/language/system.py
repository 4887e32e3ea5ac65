"""`language`: a store's own labelled requests into understanding, in the catalogue's words.

Utterances flow in, and the catalogue's brands, categories and attribute values; a fifth of the
utterances is held out to judge, then all are learned from. Out come parses, searches, and the
slices (intents, languages, lengths, slots by how well their values are known) in which the held-out
rows went wrong, and what customers typed that the model is least sure of, to be labelled.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
import numpy as np

from chowk.errors import ArtifactError, InputError, NotFittedError
from chowk.learn.bootstrap import paired_interval
from chowk.store.reader import Reader
from chowk.system import Measure, Progress, Scorecard, System, silent

from .examples import Example, read_examples
from .labels import Span, spans
from .parsed import Parse
from .resolving import Catalogue
from .tokens import tokens
from .understander import Understander

METRIC = "intent accuracy"
#: Held-out rows that are needed to judge anything.
_ENOUGH = 20
#: Requests of customers that are looked at, visits that one must have had, and how many are kept.
_ASKED, _VISITS, _LISTED = 2_000, 3, 50
#: Products whose words are read.
_MOST = 200_000


class Entity(msgspec.Struct, frozen=True):
    """One slot of a held-out utterance: its name, how often its value was learned from, and
    whether it was found, with its name and its ends."""

    name: str
    seen: int
    found: bool


class Unsure(msgspec.Struct, frozen=True):
    """A request that customers typed, how many visits had it, and how little it was understood."""

    text: str
    visits: int
    understood: str
    confidence: float
    in_scope: bool


class Judged(msgspec.Struct, frozen=True):
    """One held-out utterance: what was meant, what was understood, and how sure that was."""

    text: str
    intent: str
    understood: str
    confidence: float
    slots_right: bool
    locale: str
    nearest: bool = False
    rejected: bool = False
    entities: tuple[Entity, ...] = ()

    @property
    def right(self) -> bool:
        """Whether the intent is right."""
        return self.intent == self.understood


class LanguageSystem(System):
    """Understanding of the requests in the table `utterances`.

    Attributes
    ----------
    understander_ : learned from all utterances.
    catalogue_ : the store's words.
    judged_ : the held-out rows as a model saw them that was learned from the others.
    skipped_ : rows whose labels break a rule, with the reason.
    unsure_ : what customers typed that it is least sure of, the least sure first.
    """

    name: ClassVar[str] = "language"
    title: ClassVar[str] = "What customers say, as intents, slots and searches"
    needs: ClassVar[frozenset[str]] = frozenset({"utterances"})
    uses: ClassVar[frozenset[str]] = frozenset({"products", "events"})

    understander_: Understander
    catalogue_: Catalogue
    judged_: list[Judged]
    skipped_: list[str]
    unsure_: list[Unsure]

    def fit(self, store: Reader, *, seed: int, progress: Progress = silent) -> Self:
        progress(0.0, "reading utterances")
        rows: list[dict[str, Any]] = []
        self.skipped_ = []
        table = store.arrow("utterances").to_pylist()
        table.sort(key=lambda row: (row["text"], row["intent"], row["locale"]))
        for row in table:
            try:
                if read_examples([row], "utterances")[0].words:
                    rows.append(row)
            except InputError as error:
                self.skipped_.append(f"{row['text'][:60]!r}: {error}")
        if not any(row["intent"] != "oos" for row in rows):
            raise InputError(
                "language: no utterance can be learned from. Give rows with an intent and labels "
                f"that fit the words. {' '.join(self.skipped_[:1])}"
            )
        progress(0.2, "reading the catalogue")
        self.catalogue_ = _catalogue(store)
        progress(0.3, "judging on a fifth")
        self.judged_ = _held_out(rows, seed)
        progress(0.6, f"learning from {len(rows):,} utterances")
        self.understander_ = Understander(seed=seed, balance="auto").fit(rows)
        progress(0.9, "looking for requests to label")
        self.unsure_ = _unsure(store, self.understander_, {row["text"].casefold() for row in rows})
        progress(1.0, f"{len(self.understander_.intents_)} intents")
        return self

    def evaluate(self, store: Reader) -> Scorecard:
        """The figures of the fifth that `fit` held out: utterances carry no time to cut by."""
        if not hasattr(self, "judged_"):
            raise NotFittedError(self)
        if len(self.judged_) < _ENOUGH:
            return Scorecard(
                name=self.name,
                metric=METRIC,
                value=None,
                baseline_name="nearest example",
                why=f"{len(self.judged_)} held-out utterances; {_ENOUGH} are needed to judge",
            )
        ours = np.array([row.right for row in self.judged_], dtype=float)
        theirs = np.array([row.nearest for row in self.judged_], dtype=float)
        gain = paired_interval(ours, theirs)
        exact = np.array([row.right and row.slots_right for row in self.judged_])
        inside = [row.rejected for row in self.judged_ if row.intent != "oos"]
        return Scorecard(
            name=self.name,
            metric=METRIC,
            value=float(ours.mean()),
            baseline=float(theirs.mean()),
            baseline_name="nearest example",
            low=gain.low,
            high=gain.high,
            rows=len(ours),
            measures=(
                Measure(
                    case="intent and slots", metric="exact match", value=float(exact.mean()),
                    rows=len(exact),
                ),
                Measure(
                    case="in scope", metric="share rejected",
                    value=float(np.mean(inside)) if inside else None, rows=len(inside),
                ),
                *(
                    Measure(
                        case=one["slice"], metric="slots found", value=one["accuracy"],
                        rows=one["rows"],
                    )
                    for one in self.entity_slices()
                    if one["slice"].startswith("values ")
                ),
            ),
        )  # fmt: skip

    def slices(self) -> list[dict[str, Any]]:
        """Where held-out rows went wrong: name, rows, intent accuracy, the worst first."""
        groups: dict[str, list[Judged]] = defaultdict(list)
        counts = Counter(row.intent for row in self.judged_)
        rare = sorted(counts, key=lambda name: (counts[name], name))[: -(-len(counts) // 3)]
        for row in self.judged_:
            length = len(tokens(row.text))
            groups[f"intent {row.intent}"].append(row)
            groups[f"locale {row.locale}"].append(row)
            groups["one or two words" if length < 3 else "three words or more"].append(row)
            groups["rarest third of intents" if row.intent in rare else "other intents"].append(row)
        found = [
            {
                "slice": name,
                "rows": len(rows),
                "accuracy": sum(row.right for row in rows) / len(rows),
            }
            for name, rows in groups.items()
        ]
        return sorted(found, key=lambda one: (one["accuracy"], -one["rows"], one["slice"]))

    def entity_slices(self) -> list[dict[str, Any]]:
        """Which slots of held-out rows were found: slice, slots, share, the worst first.

        Slices are the slots' names, and values by how often they were learned from.
        """
        groups: dict[str, list[bool]] = defaultdict(list)
        for row in self.judged_:
            for one in row.entities:
                kind = "never" if not one.seen else "once or twice" if one.seen < 3 else "often"
                groups[f"values learned from {kind}"].append(one.found)
                groups[f"slot {one.name}"].append(one.found)
        found = [
            {"slice": name, "rows": len(each), "accuracy": sum(each) / len(each)}
            for name, each in groups.items()
        ]
        return sorted(found, key=lambda one: (one["accuracy"], -one["rows"], one["slice"]))

    def doubtful(self, most: int = 20) -> list[Judged]:
        """The held-out rows that it was least sure of: the first to be looked at and labelled."""
        return sorted(self.judged_, key=lambda row: (row.confidence, row.text))[:most]

    def save(self, folder: Path) -> None:
        if not hasattr(self, "judged_"):
            raise NotFittedError(self)
        self.understander_.save(folder)
        (folder / "catalogue.json").write_bytes(msgspec.json.encode(self.catalogue_.phrases()))
        (folder / "judged.json").write_bytes(msgspec.json.encode(self.judged_))
        (folder / "skipped.json").write_bytes(msgspec.json.encode(self.skipped_))
        (folder / "unsure.json").write_bytes(msgspec.json.encode(self.unsure_))

    @classmethod
    def load(cls, folder: Path) -> Self:
        found = cls()
        found.understander_ = Understander.load(folder)
        try:
            phrases = json.loads((folder / "catalogue.json").read_text("utf-8"))
            found.catalogue_ = Catalogue.of_phrases(phrases)
            found.judged_ = msgspec.json.decode(
                (folder / "judged.json").read_bytes(), type=list[Judged]
            )
            found.skipped_ = json.loads((folder / "skipped.json").read_text("utf-8"))
            unsure = folder / "unsure.json"  # builds of earlier releases have none
            said = unsure.read_bytes() if unsure.exists() else b"[]"
            found.unsure_ = msgspec.json.decode(said, type=list[Unsure])
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise ArtifactError(
                f"The language model in {folder} cannot be read: {error}. Run 'chowk build' again."
            ) from None
        return found


def _catalogue(store: Reader) -> Catalogue:
    """The words of the products; of very many products, of the first ones by id."""
    if not store.rows("products"):
        return Catalogue([])
    products = store["products"]
    names = [n for n in ("brand", "category", "attributes") if n in products.columns]
    kept = products.order_by("product_id").limit(_MOST).select("product_id", *names)
    return Catalogue(store.arrow(kept))


def _held_out(rows: Sequence[dict[str, Any]], seed: int) -> list[Judged]:
    """A fifth of each intent's rows, as a model sees them that learned from the rest."""
    rng = np.random.default_rng(seed)
    groups: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        groups[row["intent"]].append(number)
    held: set[int] = set()
    for _, numbers in sorted(groups.items()):
        held.update(rng.permutation(numbers)[: len(numbers) // 5].tolist())
    kept = [row for number, row in enumerate(rows) if number not in held]
    # What stands in both parts word by word is known already, and shows nothing.
    seen = {row["text"].casefold() for row in kept}
    test = [rows[number] for number in sorted(held) if rows[number]["text"].casefold() not in seen]
    if not test:
        return []
    model = Understander(seed=seed, balance="auto").fit(kept)
    examples = read_examples(kept)
    found = []
    for row in test:
        parse = model.parse(row["text"])
        gold = read_examples([row])[0]
        labels = model.slots_.labels(gold.words, row["intent"], model.network_)
        got = set(spans(labels))
        found.append(
            Judged(
                text=row["text"],
                intent=row["intent"],
                understood=_understood(parse, row["intent"]),
                rejected=not parse.in_scope,
                confidence=parse.confidence,
                slots_right=gold.labels is None or spans(labels) == spans(gold.labels),
                entities=tuple(
                    Entity(span.name, _seen(model, gold, span), span in got)
                    for span in spans(gold.labels or ())
                ),
                locale=row["locale"],
                nearest=_nearest(gold.words, examples) == row["intent"],
            )
        )
    return found


def _seen(model: Understander, row: Example, span: Span) -> int:
    """How many rows that were learned from had the value in that slot."""
    phrase = " ".join(word.casefold() for word in row.words[span.start : span.end])
    return model.slots_.gazetteer_.values.get(phrase, {}).get(span.name, 0)


def _unsure(store: Reader, model: Understander, known: set[str]) -> list[Unsure]:
    """What customers typed that the model is least sure of, out of what they typed most.

    A request that fewer than three visits had may name a person, and is not kept.
    """
    if not store.rows("events"):
        return []
    events = store["events"]
    typed = events.filter(events.kind == "search", events["query"].notnull())
    counts = typed.group_by("query").agg(visits=typed.session_id.nunique())
    often = counts.filter(counts.visits >= _VISITS)
    rows = store.arrow(often.order_by([often.visits.desc(), often["query"]]).limit(_ASKED))
    found = []
    for row in rows.to_pylist():
        if row["query"].casefold() in known:
            continue
        parse = model.parse(row["query"])
        found.append(
            Unsure(
                row["query"], row["visits"], parse.intent, round(parse.confidence, 6),
                parse.in_scope,
            )
        )  # fmt: skip
    found.sort(key=lambda one: (one.confidence, -one.visits, one.text))
    return found[:_LISTED]


def _understood(parse: Parse, meant: str) -> str:
    """The intent; of what is about something else, whether that was noticed."""
    return "oos" if meant == "oos" and not parse.in_scope else parse.intent


def _nearest(words: Sequence[str], examples: Sequence[Example]) -> str:
    """The intent of the example that shares the most words (Jaccard); the first of equals."""
    asked = {word.casefold() for word in words}

    def near(example: Example) -> float:
        own = {word.casefold() for word in example.words}
        return len(asked & own) / len(asked | own)

    return max(examples, key=near).intent
