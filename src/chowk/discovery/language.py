"""`LanguageJourney`: a journey that a language model reads along, where that finds more.

What a customer did and the texts of what he did it to become one text, the newest first; a
pretrained encoder of sentences (Reimers and Gurevych 2019) makes a vector of it, and the products
whose texts lie near are likelier. How much that counts is tried on customers whose last step is
held back; where no weight is surely better than none (paired bootstrap), the plain journey serves.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from chowk.errors import ArtifactError, InputError
from chowk.learn.bootstrap import paired_interval
from chowk.learn.metrics import binary_ideal, ndcg

from .identity import Id, Ranked
from .journey import Journey
from .sentences import Encoder, encoder_of, text_of, texts_of, vectors_of
from .sequences import Event, History, placed
from .steps import Steps
from .walking import CANDIDATES, Attended, Walk

#: What the cosine may add to the logarithm of a score's odds; 0 is the plain journey.
WEIGHTS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
#: Customers whose last step decides, events that become one text, candidates that it adds.
JUDGED, EVENTS, ADDED = 1_000, 10, 100
#: The least score of a candidate that only its text speaks for, before its text counts.
_LEAST = 1e-3
_CALLER, _DAY = "LanguageJourney.fit", 86_400.0
Array = NDArray[np.float32]
Gains = NDArray[np.float64]


class LanguageJourney(Journey):
    """Next products of a history, by what was done and by what its texts say.

    Parameters
    ----------
    encoder : a model with `encode(texts)`, [texts, numbers], or the folder or name of one for
        sentence-transformers (`pip install sentence-transformers`).
    method, and what else is given : as of `Journey`.

    Attributes
    ----------
    weight_ : what the texts count, one of `WEIGHTS`; 0 where none is surely better than that.
    language_ : NDCG@10 on the customers held back, for each of `WEIGHTS`.

    Examples
    --------
    >>> class Kinds:
    ...     def encode(self, texts):
    ...         return [[text.count("tea"), text.count("camp"), 0.1] for text in texts]
    >>> shelf = [{"product_id": "pot", "title": "tea pot"}, {"product_id": "cup", "title": "tea"},
    ...          {"product_id": "tent", "title": "camp tent"}]
    >>> model = LanguageJourney(encoder=Kinds()).fit([["pot", "cup"], ["tent", "pot"]], shelf)
    >>> len(model.next(["pot"])), model.weight_ in WEIGHTS
    (2, True)
    """

    weight_: float
    language_: dict[float, float]

    def __init__(self, method: str = "auto", *, encoder: Any = None, **named: Any) -> None:
        super().__init__(method, **named)
        self.name = encoder if isinstance(encoder, str) else ""
        self.encoder: Encoder | None = None if encoder is None else encoder_of(encoder, _CALLER)
        self.weight_, self.language_ = 0.0, {}
        self._read: tuple[str, Array] | None = None

    # -- learning -----------------------------------------------------------------------------

    def fit_events(self, read: list[list[Event]], features: Any = None) -> Self:
        """Learn from one list of events a customer, and from products with text."""
        if self.encoder is None or features is None:
            raise InputError(
                f"{_CALLER} needs an encoder, and features with 'product_id' and text such as "
                "'title'. Give both, or use Journey."
            )
        ids, texts = texts_of(features, _CALLER)
        if not any(texts):
            raise InputError(f"{_CALLER}: no product has a text. Give a column 'title'.")
        vectors = _unit(vectors_of(self.encoder, texts, _CALLER))
        self.weight_, self.language_ = 0.0, {}
        steps = [(one, at) for one, events in enumerate(read) if (at := self._last_step(events))]
        order = np.random.default_rng(self.seed).permutation(len(steps))
        held = [steps[i] for i in order[: min(JUDGED, len(steps) // 5)]]
        if held:
            past = list(read)
            for one, at in held:
                past[one] = read[one][:at]
            super().fit_events(past, features)
            self._place(ids, texts, vectors)
            wanted = [(read[one][:at], self._sought(read[one], at)) for one, at in held]
            gains = self._judged(wanted)
            self.language_ = {w: round(float(each.mean()), 6) for w, each in gains.items()}
            # max() keeps the first of equals, which counts texts least.
            best = max(self.language_, key=lambda weight: self.language_[weight])
            # Of several weights one is the best by chance too.
            surely = paired_interval(gains[best], gains[0.0], seed=self.seed).low > 0
            self.weight_ = best if surely else 0.0
        super().fit_events(read, features)
        self._place(ids, texts, vectors)
        return self

    def _last_step(self, events: list[Event]) -> int:
        """Where what is to be found begins: the last new product, or with repeats the last day.

        What one basket holds is alike in its texts, and says little of the next basket.
        """
        if not self.repeats:
            first = {event.product: at for at, event in reversed(list(enumerate(events)))}
            return max(first.values(), default=0)
        days = [None if one.seconds is None else one.seconds // _DAY for one in events]
        at = max(0, len(events) - 1)
        while at and days[at] is not None and days[at - 1] == days[at]:
            at -= 1
        return at

    def _sought(self, events: list[Event], at: int) -> list[Id]:
        """The products of the last step."""
        return sorted({e.product for e in (events[at:] if self.repeats else [events[at]])}, key=str)

    def _judged(self, wanted: list[tuple[list[Event], list[Id]]]) -> dict[float, Gains]:
        """NDCG@10 [last steps] at each weight, as `next` would rank what was not met."""
        gains = {weight: np.zeros((len(wanted), 10)) for weight in WEIGHTS}
        for row, (events, sought) in enumerate(wanted):
            met = placed(events, self._places)
            gone = met.codes[:0] if self.repeats else np.unique(met.codes)
            targets = self._places.codes(sought)
            for self.weight_ in WEIGHTS:  # a history's text is encoded once for all
                found, score = self._scored(met, gone, CANDIDATES)
                best = found[np.lexsort((found, -score))[:10]]
                gains[self.weight_][row, : len(best)] = np.isin(best, targets)
        ideal = binary_ideal([len(sought) for _, sought in wanted], 10)
        return {weight: ndcg(each, ideal) for weight, each in gains.items()}

    def _place(self, ids: list[Id], texts: list[str], vectors: Array) -> None:
        """Texts and vectors in the places of products; empty where there is no text."""
        codes = self._places.codes(ids)
        self._texts = [""] * len(self._places)
        self._vectors = np.zeros((len(self._places), vectors.shape[1]), dtype=np.float32)
        self._vectors[codes] = vectors
        for code, text in zip(codes.tolist(), texts, strict=True):
            self._texts[code] = text
        self._read = None

    # -- answers ------------------------------------------------------------------------------

    def told(self, met: History) -> str:
        """The latest events of a history as one text, the newest first: encoders cut the end."""
        latest = zip(met.codes[-EVENTS:].tolist(), met.strength[-EVENTS:].tolist(), strict=True)
        said = [
            f"{_done(strength)} {self._texts[code]}"
            for code, strength in latest
            if self._texts[code]
        ]
        return ". ".join(reversed(said))

    def _near(self, met: History) -> Array | None:
        """[products], cosines of texts with the history's; None where texts do not count."""
        if not self.weight_ or not len(met):
            return None
        text = self.told(met)
        kept = self._read
        if kept is None or kept[0] != text:
            assert self.encoder is not None
            kept = text, _unit(vectors_of(self.encoder, [text], "LanguageJourney"))[0]
            self._read = kept  # one assignment: another thread sees this pair or another whole one
        made: Array = self._vectors @ kept[1]
        return made

    def _candidates(
        self, met: History, gone: NDArray[np.int64], k: int
    ) -> tuple[NDArray[np.int64], Walk, NDArray[np.float32], Attended | None]:
        found, walk, light, said = super()._candidates(met, gone, k)
        near = self._near(met)
        if near is not None:
            near[gone] = -1.0
            best = np.argpartition(-near, min(ADDED, len(near) - 1))[:ADDED]
            found = np.union1d(found, best[near[best] > 0])
        return found, walk, light, said

    def _values(
        self,
        walk: Walk,
        light: NDArray[np.float32],
        said: Attended | None,
        found: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Of what the plain journey gives odds exp(w (cosine - 1)), as odds / (1 + odds).

        Scores near 1 lie close together, so that a factor of them would count most where the plain
        journey is surest.
        """
        made = super()._values(walk, light, said, found)
        near = self._near(walk.history)
        if near is None:
            return made
        sure = np.clip(made, _LEAST, 1 - 1e-12)
        odds = sure / (1 - sure) * np.exp(self.weight_ * (near[found].astype(np.float64) - 1.0))
        value: NDArray[np.float64] = odds / (1 + odds)
        return value

    def _of(self, steps: Steps, met: History, codes: NDArray[np.int64]) -> NDArray[np.float64]:
        if not self.weight_ or not len(met):
            return super()._of(steps, met, codes)
        made = np.zeros(len(codes))
        some = np.unique(codes[codes >= 0])
        walk = Walk(steps, met, repeats=self.repeats)
        said = Attended(self._attention, met) if self._attention is not None else None
        value = self._values(walk, walk.light(), said, some)
        made[codes >= 0] = value[np.searchsorted(some, codes[codes >= 0])]
        return made

    def _several(self, histories: list[Any], k: int) -> list[Ranked]:
        if self.weight_:
            return [self.next(history, k) for history in histories]
        return super()._several(histories, k)

    def in_form(self, form: str) -> Self:
        """A model without the texts that answers in one of `forms`."""
        made = super().in_form(form)
        made.weight_ = 0.0
        return made

    def fold_in(self, product_id: Id, features: Mapping[str, Any] | None = None) -> Self:
        """Take in a new product without learning again; its text is read too."""
        super().fold_in(product_id, features)
        text = text_of(features or {})
        assert self.encoder is not None
        vector = _unit(vectors_of(self.encoder, [text], "fold_in"))
        self._texts = [*self._texts, text]
        self._vectors = np.concatenate([self._vectors, vector])
        return self

    # -- what is kept -------------------------------------------------------------------------

    def save(self, folder: Path | str) -> None:
        """Write the model into `folder`; an encoder that was given by name is kept by name."""
        super().save(folder)
        np.savez(Path(folder) / "language.npz", vectors=self._vectors)
        told = _Record(self.name, self.weight_, list(self.language_.items()), self._texts)
        (Path(folder) / "language.json").write_bytes(msgspec.json.encode(told))

    @classmethod
    def load(cls, folder: Path | str, encoder: Any = None) -> Self:
        """Open what `save` wrote; an encoder that was an object has to be given again."""
        made = super().load(folder)
        try:
            told = msgspec.json.decode((Path(folder) / "language.json").read_bytes(), type=_Record)
            with np.load(Path(folder) / "language.npz", allow_pickle=False) as kept:
                made._vectors = kept["vectors"]
        except (OSError, ValueError, KeyError, msgspec.MsgspecError) as error:
            raise ArtifactError(
                f"The journey in {folder} cannot be read: {error}. Fit and save it again."
            ) from None
        made.name, made.weight_, made._texts = told.name, told.weight, told.texts
        made.language_ = dict(told.contest)
        made.encoder = encoder_of(encoder or told.name, "LanguageJourney.load")
        return made


class _Record(msgspec.Struct):
    """What is kept beside the journey."""

    name: str
    weight: float
    contest: list[tuple[float, float]]
    texts: list[str]


def _done(strength: float) -> str:
    """What was done, by what the event weighs."""
    if strength > 0.9:
        return "bought"
    return "put into the cart" if strength > 0.6 else "looked at"


def _unit(rows: Array) -> Array:
    length = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    made: Array = (rows / np.where(length > 0, length, 1.0)).astype(np.float32)
    return made
