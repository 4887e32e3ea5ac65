"""What a review is about, and whether a person should see it: classes, and sentiment by aspect.

Reviews come in (text, and a rating when there is one); classes come out, several at once: about the
product, the delivery, the seller; helpful, spam, incentivised, a safety issue. The model is a
logistic regression for each class over words, pairs, and the classes of words that the lexicon
knows, so that a word that was not in training still says what it speaks of. A review of a safety
issue, and spam, go to the same queue as held messages.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chowk.errors import ArtifactError, NotFittedError, SchemaError, parameter
from chowk.store.frames import arrow_table

from .folding import normalise

CLASSES = ("product", "delivery", "seller", "helpful", "spam", "incentivised", "safety")
ASPECTS = ("product", "delivery", "seller")
_WORD = re.compile(r"[a-z0-9']+|[!?]{2,}|https?://|\.com\b")
_CLAUSE = re.compile(r"[.!?;\n]+|,|\b(?:but|however|although|though|while)\b")
_NEAR = 4


@dataclass(frozen=True, slots=True)
class Aspect:
    """What is said of one aspect: sentiment from -1 to 1, and the clause that says it."""

    name: str
    sentiment: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ReviewVerdict:
    """What a review is.

    Attributes
    ----------
    labels : the classes that hold, the likeliest first.
    probabilities : one for each class.
    aspects : sentiment for each aspect that is spoken of.
    decision : "hold" for spam and for a safety issue, which a person should see; else "allow".
    """

    labels: tuple[str, ...]
    probabilities: Mapping[str, float]
    aspects: tuple[Aspect, ...]
    decision: Literal["allow", "hold"]


@cache
def _lists() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Words, and phrases, with the classes they speak of."""
    words: dict[str, set[str]] = {}
    phrases: dict[str, set[str]] = {}
    kind = ""
    text = (files("chowk.community") / "data" / "reviews_en.txt").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            for form in line.split(","):
                (phrases if " " in form else words).setdefault(form, set()).add(kind)
    return words, phrases


def _features(text: str, rating: float | None) -> list[str]:
    folded = normalise(text[:5_000]).text
    found = _WORD.findall(folded)
    words, phrases = _lists()
    out = [f"w {w}" for w in found]
    out += [f"b {a} {b}" for a, b in itertools.pairwise(found)]
    kinds: list[str] = []
    for i, word in enumerate(found):
        mine = set(words.get(word, ()))
        if i + 1 < len(found):
            mine |= phrases.get(f"{word} {found[i + 1]}", set())
            if i + 2 < len(found):
                mine |= phrases.get(f"{word} {found[i + 1]} {found[i + 2]}", set())
        kinds += sorted(mine)
    for kind in set(kinds):
        count = kinds.count(kind)
        out += [f"k {kind}"] + [f"k {kind} {n}" for n in (2, 3, 5) if count >= n]
    out += [f"k {a}+{b}" for a in set(kinds) for b in set(kinds) if a < b]
    size = len(found)
    out.append(f"length {min(size, 80) // 8}")
    if any(c.isdigit() for c in folded):
        out.append("digits")
    if sum(c.isupper() for c in text) > 0.5 * max(sum(c.isalpha() for c in text), 1):
        out.append("shouted")
    if rating is not None:
        out.append(f"rating {round(rating)}")
    return out


def aspects(text: str) -> tuple[Aspect, ...]:
    """Sentiment by aspect, clause by clause.

    >>> [(a.name, a.sentiment > 0) for a in aspects("Great fabric, but delivery was slow")]
    [('product', True), ('delivery', False)]
    """
    words, phrases = _lists()
    sums: dict[str, list[float]] = {}
    places: dict[str, tuple[int, int]] = {}
    last = 0
    bounds = [(m.start(), m.end()) for m in _CLAUSE.finditer(text[:5_000].lower())]
    for stop, after in [*bounds, (min(len(text), 5_000), 0)]:
        clause = text[last:stop]
        found = _WORD.findall(normalise(clause).text)
        feeling, turned = 0.0, 0
        about: set[str] = set()
        for i, word in enumerate(found):
            kinds = words.get(word, set()) | (
                phrases.get(f"{word} {found[i + 1]}", set()) if i + 1 < len(found) else set()
            )
            if "negation" in kinds:
                turned = _NEAR
            about |= kinds & set(ASPECTS)
            value = ("positive" in kinds) - ("negative" in kinds)
            if value:
                feeling += -value if turned else value
            turned = max(turned - 1, 0)
        for name in ASPECTS:
            if name in about:
                sums.setdefault(name, []).append(feeling)
                places.setdefault(name, (last, stop))
        last = after
    return tuple(
        Aspect(name, float(np.tanh(sum(values))), *places[name]) for name, values in sums.items()
    )


class ReviewClassifier:
    """Sorts reviews and questions.

    Parameters
    ----------
    regularisation : the inverse strength of the penalty (scikit-learn's C).
    threshold : the probability from which on a class holds.

    Examples
    --------
    >>> found = ReviewClassifier.load("en").predict(["The plug sparked and caught fire"])[0]
    >>> "safety" in found.labels, found.decision
    (True, 'hold')
    """

    def __init__(self, *, regularisation: float = 4.0, threshold: float = 0.5) -> None:
        if not regularisation > 0:
            raise parameter(
                "ReviewClassifier", "regularisation", "a number above 0", regularisation
            )
        if not 0 < threshold < 1:
            raise parameter("ReviewClassifier", "threshold", "a number in (0, 1)", threshold)
        self.regularisation, self.threshold = regularisation, threshold
        self._names: dict[str, int] | None = None

    def fit(self, reviews: Any) -> ReviewClassifier:
        """Learn from labelled reviews.

        Parameters
        ----------
        reviews : rows with `text`, `label` (one class, or several parted by commas, or a list) and
            optionally `rating`. Classes may be the owner's own.

        Raises
        ------
        SchemaError : no text or no label, or one class only.
        """
        from sklearn.feature_extraction import DictVectorizer
        from sklearn.linear_model import LogisticRegression

        rows = _rows(reviews)
        truth = [_labels(row) for row in rows]
        classes = sorted(set().union(*truth)) if truth else []
        if not classes:
            raise SchemaError("Reviews to learn from need a 'label'. None of the rows has one.")
        given = [dict.fromkeys(_features(row["text"], row.get("rating")), 1.0) for row in rows]
        maker = DictVectorizer(dtype=np.float32)
        x = maker.fit_transform(given)
        weights, biases = [], []
        for name in classes:
            y = np.array([name in labels for labels in truth])
            if y.all() or not y.any():
                weights.append(np.zeros(x.shape[1], dtype=np.float32))
                biases.append(30.0 if y.all() else -30.0)
                continue
            model = LogisticRegression(C=self.regularisation, max_iter=300, class_weight="balanced")
            model.fit(x, y)
            weights.append(model.coef_[0].astype(np.float32))
            biases.append(float(model.intercept_[0]))
        self.classes_ = tuple(classes)
        self._names = {str(name): i for i, name in enumerate(maker.feature_names_)}
        self._weights: NDArray[np.float32] = np.stack(weights)
        self._biases: NDArray[np.float32] = np.array(biases, dtype=np.float32)
        return self

    def predict(self, reviews: Any) -> list[ReviewVerdict]:
        """Classes and aspects of reviews: texts, or rows with `text` and optionally `rating`."""
        if self._names is None:
            raise NotFittedError(self)
        out = []
        for row in _rows(reviews):
            ids = {
                self._names[f]
                for f in _features(row["text"], row.get("rating"))
                if f in self._names
            }
            logits = self._weights[:, sorted(ids)].sum(1) + self._biases
            chances = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
            told = {name: float(p) for name, p in zip(self.classes_, chances, strict=True)}
            labels = tuple(
                sorted((n for n in told if told[n] >= self.threshold), key=lambda n: -told[n])
            )
            hold = any(label in ("spam", "safety") for label in labels)
            out.append(
                ReviewVerdict(labels, told, aspects(row["text"]), "hold" if hold else "allow")
            )
        return out

    def save(self, path: Path) -> None:
        """Write the model as gzipped JSON."""
        if self._names is None:
            raise NotFittedError(self, "fit")
        kept = np.abs(self._weights).max(axis=0) > 0.01
        names = [name for name, i in self._names.items() if kept[i]]
        weights = [[round(float(v), 3) for v in self._weights[:, self._names[n]]] for n in names]
        body = {"classes": self.classes_, "names": names, "weights": weights,
                "biases": self._biases.tolist(), "threshold": self.threshold}  # fmt: skip
        path.write_bytes(gzip.compress(json.dumps(body).encode(), mtime=0))

    @classmethod
    def load(cls, source: str | Path = "en") -> ReviewClassifier:
        """The packaged model ("en"), or one that `save` wrote.

        Raises
        ------
        ArtifactError : the file is no such model.
        """
        if str(source) == "en":
            body = (files("chowk.community") / "data" / "reviews_en.json.gz").read_bytes()
        try:
            if str(source) != "en":
                body = Path(source).read_bytes()
            held = json.loads(gzip.decompress(body))
            made = cls(threshold=float(held["threshold"]))
            made.classes_ = tuple(held["classes"])
            made._names = {name: i for i, name in enumerate(held["names"])}
            made._weights = np.array(held["weights"], dtype=np.float32).T.copy()
            made._biases = np.array(held["biases"], dtype=np.float32)
        except (OSError, KeyError, ValueError, EOFError) as error:
            raise ArtifactError(f"{source} is no model of reviews: {error}.") from None
        return made


def _rows(reviews: Any) -> list[dict[str, Any]]:
    if isinstance(reviews, str):
        raise parameter("ReviewClassifier", "reviews", "a list of texts or rows", reviews)
    if isinstance(reviews, Sequence) and all(isinstance(one, str) for one in reviews):
        return [{"text": one} for one in reviews]
    rows: Iterable[Mapping[str, Any]]
    if isinstance(reviews, Sequence) and all(isinstance(one, Mapping) for one in reviews):
        rows = reviews
    else:
        rows = arrow_table(reviews, "ReviewClassifier").to_pylist()
    made = []
    for number, row in enumerate(rows):
        text = row.get("text")
        if not isinstance(text, str):
            raise SchemaError(f"Row {number} of the reviews has no text. Got {text!r} instead.")
        made.append(dict(row))
    return made


def _labels(row: Mapping[str, Any]) -> set[str]:
    given = row.get("labels", row.get("label"))
    if given is None:
        return set()
    if isinstance(given, str):
        return {part.strip() for part in given.split(",") if part.strip()}
    return {str(part) for part in given}
