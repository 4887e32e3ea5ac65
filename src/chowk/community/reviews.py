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
from chowk.store.listed import column_of

from .folding import normalise

CLASSES = ("product", "delivery", "seller", "helpful", "spam", "incentivised", "safety")
ASPECTS = ("product", "delivery", "seller")
_WORD = re.compile(r"[a-z0-9']+|[!?]{2,}|https?://|\.com\b")
_CLAUSE = re.compile(
    r"[.!?;\n]+|,|\b(?:and|but|however|although|though|while|yet|despite|"
    r"par|lekin|magar|aur|kintu)\b"
)
_ENDS = frozenset(".!?;\n")
#: Words that a negation reaches.
_NEAR = 6
_NONE: frozenset[str] = frozenset()
#: Of deliveries when classes are learned, but they tell of other waits as well.
_VAGUE = {"days", "weeks"}
_GOOD, _BAD = frozenset({"positive", "good"}), frozenset({"negative", "bad"})
_FEELS = _GOOD | _BAD


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
def _lists() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
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
    return (
        {form: frozenset(kinds) for form, kinds in words.items()},
        {form: frozenset(kinds) for form, kinds in phrases.items()},
    )


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
            mine |= phrases.get(f"{word} {found[i + 1]}", _NONE)
            if i + 2 < len(found):
                mine |= phrases.get(f"{word} {found[i + 1]} {found[i + 2]}", _NONE)
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


def named(text: str) -> set[str]:
    """The classes whose words a text has: what the lists alone say, without what was learned.

    >>> sorted(named("The zip broke, and the courier was late"))
    ['delivery', 'product']
    """
    words, phrases = _lists()
    found = _WORD.findall(normalise(text[:5_000]).text)
    kinds: set[str] = set()
    for i, word in enumerate(found):
        kinds |= words.get(word, _NONE)
        for size in (2, 3):
            kinds |= phrases.get(" ".join(found[i : i + size]), _NONE)
    if "incentive" in kinds:
        kinds.add("incentivised")
    return kinds & set(CLASSES)


def aspects(text: str) -> tuple[Aspect, ...]:
    """Sentiment by aspect, clause by clause.

    A clause speaks of the aspects that it names; one that feels and names none speaks of what the
    sentence spoke of last, and else of the product. A negation turns what feels in its reach (in
    Hindi, what stands before it), and where nothing does ("never replied") it is itself bad.

    >>> [(a.name, a.sentiment > 0) for a in aspects("Great fabric, but delivery was slow")]
    [('product', True), ('delivery', False)]
    >>> [(a.name, a.sentiment > 0) for a in aspects("Rang accha hai par delivery late thi")]
    [('product', True), ('delivery', False)]
    >>> [(a.name, a.sentiment > 0) for a in aspects("Cannot go wrong. The seller never replied.")]
    [('product', True), ('seller', False)]
    """
    sums: dict[str, float] = {}
    places: dict[str, tuple[int, int]] = {}
    last = 0
    short = text[:5_000]
    spoken: set[str] = set()
    bounds = [(m.start(), m.end(), m.group()) for m in _CLAUSE.finditer(short.lower())]
    for stop, after, mark in [*bounds, (len(short), 0, "")]:
        about, feeling = _clause(_WORD.findall(normalise(text[last:stop]).text))
        if not about and feeling:
            about = spoken or {"product"}
        for name in sorted(about):
            sums[name] = sums.get(name, 0.0) + feeling
            places.setdefault(name, (last, stop))
        spoken = set() if mark[:1] in _ENDS else about or spoken
        last = after
    return tuple(
        Aspect(name, float(np.tanh(sums[name])), *places[name]) for name in ASPECTS if name in sums
    )


def _clause(found: list[str]) -> tuple[set[str], float]:
    """What a clause speaks of, and how it feels of it."""
    words, phrases = _lists()
    about: set[str] = set()
    feeling, felt, at, reach, idle = 0.0, 0, 0, 0, False
    while at < len(found):
        kinds, size = words.get(found[at], _NONE), 1
        for longer in (3, 2):  # the longest phrase that feels says it all
            known = phrases.get(" ".join(found[at : at + longer]), _NONE)
            about |= {name for name in ASPECTS if name in known or f"of {name}" in known}
            if size == 1 and known & _FEELS and at + longer <= len(found):
                kinds, size = known, longer
        if size == 1 and found[at] not in _VAGUE:
            said = words.get(found[at], _NONE)
            about |= {name for name in ASPECTS if name in said or f"of {name}" in said}
        value = bool(kinds & _GOOD) - bool(kinds & _BAD)
        if "behind" in kinds and size == 1:  # in Hindi "accha nahi" turns what was said
            feeling, felt, idle = feeling - 2 * felt, 0, idle or not felt
        elif "negation" in kinds and size == 1:
            reach, idle = _NEAR, True
        elif value:
            felt = -value if reach else value
            feeling += felt
            idle = idle and not reach
            reach = 0
        else:
            reach = max(reach - 1, 0)
        at += size
    return about, feeling - (1.0 if idle and about else 0.0)


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
        """Classes and aspects of reviews: texts, or rows with `text` and optionally `rating`.

        Raises
        ------
        SchemaError : a row without text, or with a rating that is no number from 0 to 10.
        """
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
        if not isinstance(source, str | Path) or not str(source) or "\0" in str(source):
            raise parameter("ReviewClassifier.load", "source", '"en", or a file', source)
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
    if isinstance(reviews, str | bytes):
        raise parameter("ReviewClassifier", "reviews", "a list of texts or rows", reviews)
    rows: Iterable[Any]
    # A column has a type (NumPy's and pandas's dtype, Arrow's type), a frame has columns of them.
    if isinstance(reviews, Sequence) or hasattr(reviews, "dtype") or hasattr(reviews, "type"):
        rows = column_of(reviews, "ReviewClassifier")
    else:
        rows = arrow_table(reviews, "ReviewClassifier").to_pylist()
    made = []
    for number, row in enumerate(rows):
        known = row if isinstance(row, Mapping) else {"text": row}
        text = known.get("text")
        if not isinstance(text, str):
            raise SchemaError(f"Row {number} of the reviews has no text. Got {text!r} instead.")
        made.append({**known, "rating": _rating(known.get("rating"), number)})
    return made


def _rating(given: Any, number: int) -> float | None:
    """A row's rating; one that a frame has none for is none."""
    if given is None or given != given:
        return None
    try:
        value = -1.0 if isinstance(given, bool | str | bytes) else float(given)
    except (TypeError, ValueError, OverflowError):
        value = -1.0
    if not 0 <= value <= 10:
        raise SchemaError(
            f"Row {number} of the reviews has the rating {given!r:.40}. "
            "A rating is a number from 0 to 10, or left out."
        )
    return value


def _labels(row: Mapping[str, Any]) -> set[str]:
    given = row.get("labels", row.get("label"))
    if given is None:
        return set()
    if isinstance(given, str):
        return {part.strip() for part in given.split(",") if part.strip()}
    return {str(part) for part in given}
