"""`language`: a store's own labelled requests into understanding, in the catalogue's words.

Utterances flow in, and the catalogue's brands, categories and attribute values; a fifth of the
utterances is held out to judge, then all are learned from. Out come parses, searches, and the
slices (intents, languages, lengths, slots by how well their values are known) in which the held-out
rows went wrong, and what customers typed that the model is least sure of, to be labelled.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
import numpy as np

from chowk.errors import ArtifactError, InputError, NotFittedError
from chowk.learn.bootstrap import paired_interval
from chowk.store.reader import Reader
from chowk.system import Measure, Progress, Scorecard, System, silent

from .examples import read_examples
from .judging import Judged, Unsure, entity_slices, held_out, slices, unsure
from .resolving import Catalogue
from .understander import Understander

METRIC = "intent accuracy"
#: Held-out rows that are needed to judge anything.
_ENOUGH = 20
#: Products whose words are read.
_MOST = 200_000


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
        self.judged_ = held_out(rows, seed)
        progress(0.6, f"learning from {len(rows):,} utterances")
        self.understander_ = Understander(seed=seed, balance="auto").fit(rows)
        progress(0.9, "looking for requests to label")
        self.unsure_ = unsure(store, self.understander_, {row["text"].casefold() for row in rows})
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
        """Where held-out rows went wrong: slice, rows, share of right intents, the worst first."""
        return slices(self.judged_)

    def entity_slices(self) -> list[dict[str, Any]]:
        """Which slots of held-out rows were found: slice, slots, share, the worst first."""
        return entity_slices(self.judged_)

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
