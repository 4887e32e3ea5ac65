"""`reviews`: what each of a store's reviews and questions is about, as the table `review_classes`.

Reviews flow in; for each its classes, how it feels of product, delivery and seller, and whether a
person should see it flow out. The packaged model reads them; where moderators gave classes as
`label`, it is judged on later ones beside the word lists alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from chowk.errors import ArtifactError, NotFittedError
from chowk.store import schema
from chowk.store.reader import Reader
from chowk.system import Measure, Progress, Scorecard, System, silent

from .review_language import sayable
from .reviews import ASPECTS, CLASSES, ReviewClassifier, named

METRIC = "macro-F1 of classes"
TABLE = "review_classes"
#: Later reviews with classes that are needed to judge anything; reviews that are read at a time.
_ENOUGH, _BATCH = 20, 2_000


class ReviewsSystem(System):
    """Classes of the rows of `reviews`, whether they praise or ask.

    Attributes
    ----------
    classes_ : the rows of `review_classes`, by the reviews' ids.
    """

    name: ClassVar[str] = "reviews"
    title: ClassVar[str] = "What reviews and questions are about, and which a person should see"
    needs: ClassVar[frozenset[str]] = frozenset({"reviews"})
    writes: ClassVar[frozenset[str]] = frozenset({TABLE})

    classes_: pa.Table

    def fit(self, store: Reader, *, seed: int, progress: Progress = silent) -> Self:
        progress(0.0, "reading reviews")
        table = store["reviews"].order_by("review_id")
        rows = store.arrow(table.select("review_id", "rating", "text"))
        model = ReviewClassifier.load("en")
        made: list[dict[str, Any]] = []
        for batch in rows.to_batches(max_chunksize=_BATCH):
            made += _classified(model, batch.to_pylist())
            progress(len(made) / rows.num_rows, f"{len(made):,} of {rows.num_rows:,} reviews")
        self.classes_ = pa.Table.from_pylist(made, schema=schema.TABLES[TABLE].arrow)
        progress(1.0, f"{rows.num_rows:,} reviews")
        return self

    def evaluate(self, store: Reader) -> Scorecard:
        """Later reviews that moderators gave classes: macro-F1, beside the word lists alone."""
        table = store["reviews"]
        rows = store.arrow(table.filter(table.label.notnull()).order_by("review_id")).to_pylist()
        given = [(row, labels) for row in rows if (labels := _labels(row["label"]))]
        if len(given) < _ENOUGH:
            return Scorecard(
                name=self.name,
                metric=METRIC,
                value=None,
                why=f"reviews: {len(given)} later ones have classes ({', '.join(CLASSES)}) as "
                f"their label; {_ENOUGH} are needed to judge",
            )
        truth = _marks([labels for _, labels in given])
        told = ReviewClassifier.load("en").predict([_plain(row) for row, _ in given])
        ours = _marks([set(one.labels) for one in told])
        plain = _marks([named(row["text"]) for row, _ in given])
        draws = np.random.default_rng(0).integers(0, len(given), (300, len(given)))
        gains = [_macro(truth[d], ours[d]) - _macro(truth[d], plain[d]) for d in draws]
        low, high = np.quantile(gains, [0.025, 0.975])
        return Scorecard(
            name=self.name,
            metric=METRIC,
            value=_macro(truth, ours),
            baseline=_macro(truth, plain),
            baseline_name="the word lists alone",
            low=float(low),
            high=float(high),
            rows=len(given),
            measures=tuple(
                Measure(case=name, metric="F1", value=_macro(truth[:, [i]], ours[:, [i]]),
                        rows=int(truth[:, i].sum()))
                for i, name in enumerate(CLASSES)
                if truth[:, i].any()
            ),
        )  # fmt: skip

    def tables(self) -> Mapping[str, pa.Table]:
        return {TABLE: self.classes_} if hasattr(self, "classes_") else {}

    def save(self, folder: Path) -> None:
        if not hasattr(self, "classes_"):
            raise NotFittedError(self)
        pq.write_table(self.classes_, folder / f"{TABLE}.parquet")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """A saved model."""
        path = folder / f"{TABLE}.parquet"
        made = cls()
        try:
            made.classes_ = pq.read_table(path).cast(schema.TABLES[TABLE].arrow)
        except (OSError, ValueError) as error:
            raise ArtifactError(
                f"{path} holds no classes of reviews: {error}. Run 'chowk build' again."
            ) from None
        return made


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    # A rating beyond the scale is the store's to mend ('chowk check' tells of it), not a stop.
    rating = row["rating"]
    fine = rating is not None and 0 <= rating <= 10
    return {"text": row["text"] or "", "rating": rating if fine else None}


def _classified(model: ReviewClassifier, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `review_classes` for rows of `reviews`."""
    made = []
    for row, told in zip(rows, model.predict([_plain(row) for row in rows]), strict=True):
        said = sayable(row["text"] or "", told.aspects)
        feels = {aspect.name: aspect.sentiment for aspect in said}
        made.append(
            {
                "review_id": row["review_id"],
                "classes": list(told.labels),
                "decision": told.decision,
                **{name: feels.get(name) for name in ASPECTS},
            }
        )
    return made


def _labels(label: str) -> set[str]:
    """The classes that a label names, parted by commas; none when it says something else.

    >>> sorted(_labels("Delivery, safety")), _labels("approved")
    (['delivery', 'safety'], set())
    """
    found = {part.strip().lower() for part in label.split(",")} - {""}
    return found if found <= set(CLASSES) else set()


def _marks(labels: Sequence[set[str]]) -> NDArray[np.bool_]:
    return np.array([[name in one for name in CLASSES] for one in labels], dtype=bool)


def _macro(truth: NDArray[np.bool_], told: NDArray[np.bool_]) -> float:
    """The mean of F1 = 2·both / (true + told) over the classes that anybody has."""
    both, size = (truth & told).sum(0), truth.sum(0) + told.sum(0)
    there = truth.any(0)
    return float((2 * both[there] / size[there]).mean()) if there.any() else 0.0
