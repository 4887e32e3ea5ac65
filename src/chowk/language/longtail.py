"""Rare intents lifted where it costs the common ones nothing: rivals, and which of them is taken.

In: scores of held-out rows, and what each rival makes of them. Out: the rival with the highest mean
recall of the rarest third of intents under which the other intents' rows lose nothing. The rivals:
logit adjustment (Menon et al. 2021), class-balanced rows (Cui et al. 2019 and before), the nearest
example of a rare intent, slice-aware residual attention (Wang et al. 2021; see `slicing`), and
small networks beside the model (see `committee`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from itertools import product
from typing import Any, Literal, NamedTuple, Self, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .calibration import best_temperature
from .committee import Committee
from .linear import Floats, HashedLinear
from .slicing import SliceHead

Numbers = NDArray[Any]
Rival = Literal["auto", "classes", "nearest", "slices", "networks"]
RIVALS: tuple[str, ...] = get_args(Rival)
#: Held-out rows of rare intents that it takes to learn how to correct their scores.
_ENOUGH = 50
#: On so many of five folds the networks are judged: they take their time to learn.
ASKED_FOLDS = 2
#: What is tried: of the logarithm of an intent's share that is taken away, and what the likeness
#: of the nearest example counts, both in units of logarithms of odds.
LIFTS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4, 2.0)
LIKENESS = (1.0, 2.0, 4.0, 8.0)
#: What the networks' logarithms of probabilities count beside the model's odds. More than twice
#: helps rare intents no further, and what is out of scope is told worse.
WEIGHTS = (1.5, 1.0, 2.0, 0.5)


class Choice(NamedTuple):
    """What is done for rare intents: the rival's name, its lift, and the weight of likeness.

    Of `networks`, `likeness` is what their logarithms of probabilities count, and `temperature`
    what the sum is divided by, so that it is logarithms of odds again.
    """

    rival: str = "none"
    lift: float = 0.0
    likeness: float = 0.0
    temperature: float = 1.0


class Held:
    """What models that had not seen some rows say of them.

    Attributes
    ----------
    plain, even, near : a list of scores [classes] each: of the model, of the model that weighs
        classes alike, and of the nearest examples; `even` and `near` may be empty.
    networks : the same of the networks, None for a row that they were not asked about.
    truth : class numbers. even_temperature : see `Balance.settle`.
    """

    def __init__(self, intents: Sequence[str]) -> None:
        self.intents = intents
        self.plain: list[Floats] = []
        self.even: list[Floats] = []
        self.near: list[Floats] = []
        self.networks: list[Floats | None] = []
        self.truth: list[int] = []
        self.even_temperature = 1.0

    def add(self, plain: Floats, intent: str, words: Sequence[str], judges: Judges) -> None:
        """A row: the model's scores of it, its intent, its words, and who else is to judge it."""
        self.plain.append(plain)
        self.truth.append(self.intents.index(intent))
        if judges.near is not None:
            self.near.append(judges.near.scores(words))
        networks = judges.networks
        self.networks.append(None if networks is None else networks.scores(words))


class Judges(NamedTuple):
    """Who judges held-out rows beside the model."""

    near: Nearest | None
    networks: Committee | None


class Balance:
    """What is done for rare intents, once it is settled; nothing before.

    Parameters
    ----------
    counts : rows of each intent. intents : their order in scores. out : the one out of scope.
    seed : of the networks.
    """

    def __init__(
        self, counts: Mapping[str, int], intents: Sequence[str], out: str, seed: int = 0
    ) -> None:
        self.counts = dict(counts)
        self.seed = seed
        self.choice = Choice()
        rare = rare_third(counts, out)
        self._rare = np.array([name in rare for name in intents])
        self._place = {name: number for number, name in enumerate(intents)}
        # What is out of scope counts as an intent of the mean size: its examples say nothing of
        # how often it is asked.
        said = np.array([counts[name] for name in intents], dtype=float)
        shares = np.log(said / said.sum())
        if out in self._place and len(intents) > 1:
            shares[self._place[out]] = np.delete(shares, self._place[out]).mean()
        self._log_shares = shares.astype(np.float32)
        self._near: Nearest | None = None
        self._slices: SliceHead | None = None
        self._committee: Committee | None = None

    def settle(
        self, asked: float | str, plain: Numbers, held: Held, seed: int, *, again: bool
    ) -> Numbers:
        """Choose by held-out rows; their scores [rows, classes] under the choice.

        Scores are NaN of rows that the networks were not asked about, if they are the choice.

        Parameters
        ----------
        asked : the lift, or a name of `RIVALS`.
        plain : the rows' scores as logarithms of odds.
        again : whether a network was added since the last choice: then only its lift is open.
        """
        truth = np.array(held.truth)
        if not isinstance(asked, str):
            self.choice = Choice("lift", float(asked))
            return self._with(plain, self.choice, None)
        bases = {"lift": plain, "none": plain, "nearest": plain}
        near = np.stack(held.near) if held.near else None
        if again and self.choice.rival == "networks":
            bases, tried = {}, []
        elif again:
            tried = [self.choice._replace(lift=lift) for lift in LIFTS]
            bases["classes"] = plain
            if self._slices is not None:
                bases["slices"] = self._slices.scores(plain)
        else:
            tried = choices(asked, near=near is not None)
            if held.even:
                even = np.stack(held.even)
                held.even_temperature = best_temperature(even, truth)
                bases["classes"] = even / held.even_temperature
            if self._sliceable(asked, truth):
                self._slices, bases["slices"] = self._halves(plain, truth, seed)
        rivals = (
            (one, self._with(bases[one.rival], one, near)) for one in tried if one.rival in bases
        )
        self.choice = best(plain, rivals, truth, self._rare)
        found = self._with(bases.get(self.choice.rival, plain), self.choice, near)
        rows = np.flatnonzero([one is not None for one in held.networks])
        return self._asked(plain, held, rows, found) if len(rows) else found

    def _asked(self, plain: Numbers, held: Held, rows: Numbers, other: Numbers) -> Numbers:
        """Take the networks if they are better than what was taken, on rows that both judged."""
        truth = np.array(held.truth)[rows]
        said = np.stack([one for one in held.networks if one is not None])
        tried = []
        for weight in WEIGHTS:
            cool = best_temperature(plain[rows] + weight * said, truth)
            tried += [Choice("networks", lift, weight, cool) for lift in LIFTS]
        choice = best(
            plain[rows],
            ((one, self._with(plain[rows], one, said)) for one in tried),
            truth,
            self._rare,
        )
        if choice.rival != "networks":
            return other
        scores = self._with(plain[rows], choice, said)
        if recalls(scores, truth, self._rare)[0] <= recalls(other[rows], truth, self._rare)[0]:
            return other
        self.choice = choice
        found = np.full(plain.shape, np.nan)
        found[rows] = scores
        return found

    def fit(self, linear: HashedLinear, rows: Sequence[tuple[Sequence[str], str]]) -> Self:
        """Learn from all rows what the choice needs."""
        if self.choice.rival == "nearest":
            self._near = self.nearest(linear, rows)
        if self.choice.rival == "networks":
            self._committee = self.committee(rows)
        if self.choice.rival != "slices":
            self._slices = None
        return self

    def judges(
        self,
        asked: float | str,
        linear: HashedLinear,
        rows: Sequence[tuple[Sequence[str], str]],
        fold: int | None,
    ) -> Judges:
        """What is to judge held-out rows beside the model of these rows, if it was asked for.

        `fold` counts the sets of held-out rows; None once the choice was made.
        """
        few = sum(count for name, count in self.counts.items() if self._rare[self._place[name]])
        near = self.choice.rival == "nearest" or asked in ("auto", "nearest")
        networks = self.choice.rival == "networks" or (
            fold is not None
            and fold < ASKED_FOLDS
            and few * ASKED_FOLDS >= 5 * _ENOUGH
            and (asked == "networks" or (asked == "auto" and find_spec("torch") is not None))
        )
        return Judges(
            self.nearest(linear, rows) if near else None,
            self.committee(rows) if networks else None,
        )

    def committee(self, rows: Sequence[tuple[Sequence[str], str]]) -> Committee:
        """Networks of the rows."""
        return Committee(self.seed).fit(
            [words for words, _ in rows],
            [self._place[name] for _, name in rows],
            self._log_shares,
        )

    def nearest(self, linear: HashedLinear, rows: Sequence[tuple[Sequence[str], str]]) -> Nearest:
        """The examples of rare intents among the rows."""
        own = [(words, self._place[name]) for words, name in rows if self._rare[self._place[name]]]
        return Nearest(linear, len(self._place)).fit([w for w, _ in own], [c for _, c in own])

    def scores(self, scores: Numbers, words: Sequence[str]) -> Numbers:
        """Scores [classes] of a text, as logarithms of odds, with what was settled."""
        if self._slices is not None and self.choice.rival == "slices":
            scores = self._slices.scores(scores)
        near = None
        if self._near is not None and self.choice.rival == "nearest":
            near = self._near.scores(words)
        if self._committee is not None and self.choice.rival == "networks":
            near = self._committee.scores(words)
        return self._with(scores, self.choice, near)

    def state(self) -> dict[str, NDArray[Any]]:
        """What was learned, as arrays."""
        found: dict[str, NDArray[Any]] = {}
        if self._near is not None:
            found |= {f"near.{name}": value for name, value in self._near.state().items()}
        if self._slices is not None:
            found |= {f"slices.{name}": value for name, value in self._slices.state().items()}
        if self._committee is not None and self.choice.rival == "networks":
            found |= {f"networks.{name}": v for name, v in self._committee.state().items()}
        return found

    def restore(
        self, choice: Sequence[Any], linear: HashedLinear, arrays: Mapping[str, NDArray[Any]]
    ) -> None:
        """Take a saved choice and its arrays."""
        self.choice = Choice(*choice)
        parts = {
            kind: {k.removeprefix(kind): v for k, v in arrays.items() if k.startswith(kind)}
            for kind in ("near.", "slices.", "networks.")
        }
        if parts["near."]:
            self._near = Nearest.of(linear, len(self._place), parts["near."])
        if parts["slices."]:
            self._slices = SliceHead.of(parts["slices."])
        if parts["networks."]:
            self._committee = Committee.of(parts["networks."])

    def _with(self, scores: Numbers, choice: Choice, near: Numbers | None) -> Numbers:
        if near is not None and choice.likeness:
            scores = (scores + choice.likeness * near) / choice.temperature
        return scores - choice.lift * self._log_shares if choice.lift else scores

    def _sliceable(self, asked: str, truth: Numbers) -> bool:
        enough = int(self._rare[truth].sum()) >= _ENOUGH
        if asked == "auto":
            return enough and find_spec("torch") is not None
        return asked == "slices" and enough

    def _halves(self, plain: Numbers, truth: Numbers, seed: int) -> tuple[SliceHead, Numbers]:
        """A head of all rows; and what heads of one half of them say of the other."""
        found = np.empty_like(plain)
        half = np.random.default_rng(seed).permutation(len(truth)) % 2
        for side in (0, 1):
            head = SliceHead(seed).fit(plain[half == side], truth[half == side], self._rare)
            found[half != side] = head.scores(plain[half != side])
        return SliceHead(seed).fit(plain, truth, self._rare), found


def rare_third(counts: Mapping[str, int], out: str) -> frozenset[str]:
    """The rarest third of the intents by their rows, at least one; never what is out of scope.

    >>> sorted(rare_third({"a": 9, "b": 2, "c": 5, "oos": 1}, "oos"))
    ['b']
    """
    ranked = sorted((count, name) for name, count in counts.items() if name != out)
    return frozenset(name for _, name in ranked[: max(1, len(ranked) // 3)])


def recalls(scores: Numbers, truth: Numbers, rare: Numbers) -> tuple[float, float]:
    """Mean recall of the rare classes, and the share of right rows of all others.

    Parameters
    ----------
    scores : [rows, classes]; truth : class of each row; rare : bool [classes].
    """
    right = scores.argmax(axis=1) == truth
    own = [float(right[truth == one].mean()) for one in np.unique(truth[rare[truth]])]
    head = right[~rare[truth]]
    return float(np.mean(own)) if own else 0.0, float(head.mean()) if len(head) else 0.0


def choices(name: str, *, near: bool) -> list[Choice]:
    """What a rival is tried with; `auto` is all of them."""
    found = [Choice("lift", lift) for lift in LIFTS[1:]] if name == "auto" else []
    if near and name in ("auto", "nearest"):
        found += [Choice("nearest", lift, like) for lift, like in product(LIFTS, LIKENESS)]
    if name in ("auto", "classes"):
        found += [Choice("classes", lift) for lift in LIFTS]
    if name in ("auto", "slices"):
        found += [Choice("slices", lift) for lift in LIFTS]
    return found


def best(
    plain: Numbers, tried: Iterable[tuple[Choice, Numbers]], truth: Numbers, rare: Numbers
) -> Choice:
    """The choice with the highest mean recall of rare classes that costs the others nothing."""
    most, head = recalls(plain, truth, rare)
    found = Choice()
    for choice, scores in tried:
        own, others = recalls(scores, truth, rare)
        if others >= head and own > most:
            found, most = choice, own
    return found


class Nearest:
    """How like a text is to the nearest example of each rare intent.

    Likeness is the cosine of hashed, weighted features, as the linear model has them.
    """

    def __init__(self, linear: HashedLinear, classes: int) -> None:
        self._linear = linear
        self._classes = classes

    def fit(self, rows: Sequence[Sequence[str]], classes: Sequence[int]) -> Self:
        """Keep the rows of the rare classes."""
        order = sorted(range(len(rows)), key=lambda number: classes[number])
        self._matrix = sparse.csc_array(
            sparse.vstack([self._linear.vector(rows[number]) for number in order])
            if order
            else sparse.csr_array((0, self._linear.buckets), dtype=np.float32)
        )
        ordered = np.array([classes[number] for number in order], dtype=np.int64)
        self._own, self._starts = np.unique(ordered, return_index=True)
        return self

    def scores(self, words: Sequence[str]) -> Floats:
        """The highest cosine a class [classes], 0 for common classes."""
        found = np.zeros(self._classes, dtype=np.float32)
        if len(self._own) and words:
            like = (self._matrix @ self._linear.vector(words).T).toarray()[:, 0]
            found[self._own] = np.maximum.reduceat(like, self._starts)
        return found

    def state(self) -> dict[str, NDArray[Any]]:
        """The kept rows as arrays."""
        rows = self._matrix.tocoo()
        classes = np.repeat(self._own, np.diff([*self._starts, self._matrix.shape[0]]))
        return {
            "row": rows.coords[0].astype(np.int32),
            "bucket": rows.coords[1].astype(np.int32),
            "value": rows.data.astype(np.float16),
            "class": classes.astype(np.int32),
        }

    @classmethod
    def of(cls, linear: HashedLinear, classes: int, state: Mapping[str, NDArray[Any]]) -> Self:
        """Of saved arrays."""
        found = cls(linear, classes)
        own = state["class"]
        found._matrix = sparse.csc_array(
            (state["value"].astype(np.float32), (state["row"], state["bucket"])),
            shape=(len(own), linear.buckets),
        )
        found._own, found._starts = np.unique(own, return_index=True)
        return found
