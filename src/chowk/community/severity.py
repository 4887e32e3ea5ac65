"""How much a message harms, by category and level: the network and what is made of its answers.

A reading comes in; four probabilities (an attack on people for what they are, a threat, abuse of
one person, sexual harassment) and from them a level from 0 to 4 in each of eight categories come
out. The network is a sum of feature vectors with one hidden layer, trained by
scripts/train_automod.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chowk.errors import ArtifactError

from .sentence import Mark, Reading, features

CATEGORIES = (
    "aggression",
    "bullying",
    "disability",
    "misogyny",
    "race-ethnicity-religion",
    "sexuality-sex-gender",
    "sex-based-terms",
    "swearing",
)
HEADS = ("hate", "threat", "insult", "sexual")
#: From which probability on a head's harm is of level 1, 2 and 3; level 4 asks for more.
STEPS = (0.15, 0.3, 0.5)
#: The same of attacks on groups, which are missed at a higher cost than they are held.
HATE_STEPS = (0.12, 0.25, 0.4)
_GROUPS = ("group", "groupadj", "slur", "slurish", "ref", "gslur")
_WORST = {"harm", "die", "dehuman", "expel"}
_STRONG = (
    "fuck",
    "shit",
    "cock",
    "dick",
    "tit",
    "ass",
    "motherf",
    "wank",
    "fk",
    "fck",
    "mf",
    "piss",
    "bollock",
)
_KITCHEN = ("kitchen", "sandwich", "barefoot", "obey", "submit")


@dataclass(frozen=True, slots=True)
class Network:
    """The trained weights: `bag` [features, hidden + heads], and what follows."""

    names: dict[str, int]
    bag: NDArray[np.float32]
    bias: NDArray[np.float32]
    out: NDArray[np.float32]
    out_bias: NDArray[np.float32]

    def logits(self, found: Sequence[str]) -> NDArray[np.float32]:
        """[heads] logits for one message's features."""
        ids = self._ids(found)
        total = self.bag[ids].sum(0) + self.bias if ids else self.bias
        one: NDArray[np.float32] = self._heads(total[None])[0]
        return one

    def logits_many(self, many: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """[messages, heads] logits."""
        flat: list[int] = []
        starts: list[int] = []
        rows: list[int] = []
        for row, found in enumerate(many):
            ids = self._ids(found)
            if ids:
                starts.append(len(flat))
                rows.append(row)
                flat.extend(ids)
        total = np.tile(self.bias, (len(many), 1))
        if flat:
            total[rows] += np.add.reduceat(self.bag[flat], starts, axis=0)
        return self._heads(total)

    def _ids(self, found: Sequence[str]) -> list[int]:
        """The rows of the features that the network knows, each once."""
        known = set(map(self.names.get, found))
        known.discard(None)
        return list(known)  # type: ignore[arg-type]

    def _heads(self, total: NDArray[np.float32]) -> NDArray[np.float32]:
        hidden = total.shape[1] - len(HEADS)
        made: NDArray[np.float32] = (
            np.maximum(total[:, :hidden], 0) @ self.out.T + self.out_bias + total[:, hidden:]
        )
        return made


@cache
def network(path: Path | None = None) -> Network:
    """The default network, or one at `path`.

    Raises
    ------
    ArtifactError : the file is not a network of AutoMod.
    """
    if path is None:
        with as_file(files("chowk.community") / "data" / "automod_en.npz") as own:
            return _loaded(own)
    return _loaded(path)


def _loaded(path: Path) -> Network:
    try:
        with np.load(path, allow_pickle=False) as held:
            names = bytes(held["names"]).decode().split("\n")
            return Network(
                {name: i for i, name in enumerate(names)},
                held["bag"].astype(np.float32),
                held["bias"].astype(np.float32),
                held["out"].astype(np.float32),
                held["out_bias"].astype(np.float32),
            )
    except (OSError, KeyError, ValueError) as error:
        raise ArtifactError(
            f"{path} is no severity model of AutoMod: {error}. Train one with "
            "scripts/train_automod.py, or leave the setting out to use the default."
        ) from None


def probability(logit: float) -> float:
    """The logistic function, safe at both ends.

    >>> probability(0.0), round(probability(-800.0), 3)
    (0.5, 0.0)
    """
    return 1 / (1 + math.exp(-max(min(logit, 30.0), -30.0)))


def step(value: float, steps: Sequence[float] = STEPS) -> int:
    """The level, 0 to 3, of a probability.

    >>> step(0.1), step(0.2), step(0.49), step(0.7)
    (0, 1, 2, 3)
    """
    return sum(value >= s for s in steps)


@dataclass(frozen=True, slots=True)
class Severity:
    """Levels 0 to 4 by category, the probabilities they come from, and the marks that weighed."""

    levels: dict[str, int]
    scores: dict[str, float]
    marks: tuple[Mark, ...]


_EASY = {"_", "stop", "comma", "copula", "det", "p1", "like", "who", "question", "thing", "good",
    "report",
         "opinion", "p3", "if", "modal", "they"}  # fmt: skip


def innocent(reading: Reading) -> bool:
    """Whether nothing in a message could harm, so that the network need not be asked."""
    return all(mark.kind in _EASY for mark in reading.marks)


def judged(
    reading: Reading, scores: dict[str, float], accustomed: frozenset[str] = frozenset()
) -> Severity:
    """Levels by category from a reading and the heads' probabilities.

    `accustomed` names heads whose words alone weigh nothing here, because the channel allows them.
    """
    marks = reading.marks
    levels: dict[str, int] = {}
    worst = any(m.kind in _WORST and not m.turned for m in marks)
    second = any(m.kind == "p2" for m in marks)
    rude = [m for m in marks if m.kind in ("profane", "profadv", "abuse")]
    weighed: list[Mark] = []
    hate = step(scores["hate"], HATE_STEPS)
    if hate:
        if scores["hate"] >= 0.8 and worst:
            hate = 4
        for category in _targets(reading):
            levels[category] = max(levels.get(category, 0), hate)
        weighed += [m for m in marks if m.kind in _GROUPS or _harms(m)]
    for mark in marks:
        # A slur weighs a little however it is meant: strict channels hold it, new ones do not.
        if mark.kind in ("slur", "slurish") and mark.category and "hate" not in accustomed:
            floor = 2 if mark.kind == "slur" else 1
            if levels.get(mark.category, 0) < floor:
                levels[mark.category] = floor
                weighed.append(mark)
    threat = step(scores["threat"])
    if threat:
        levels["aggression"] = max(
            levels.get("aggression", 0), 4 if threat == 3 and worst and second else threat
        )
        weighed += [m for m in marks if _harms(m) or m.kind == "p2"]
    insult = step(scores["insult"], (0.3, 0.6))
    if "insult" not in accustomed and any(m.kind == "insult" and not m.turned for m in marks):
        insult = max(insult, 1)
    if insult == 2 and second and rude:
        insult = 3  # swearing at someone is more than an unkind word
    if any(m.kind == "abuse" for m in marks) and "insult" not in accustomed:
        insult = max(insult, 3 if scores["insult"] >= 0.3 else 2)
    if insult:
        levels["bullying"] = insult
        weighed += [m for m in marks if _harms(m) or m in rude]
    sexual = step(scores["sexual"])
    explicit = [m for m in marks if m.kind == "sexual"]
    if explicit and "sexual" not in accustomed:
        sexual = max(sexual, 1)
    if sexual:
        levels["sex-based-terms"] = sexual
        weighed += explicit
    if rude:
        levels["swearing"] = max(_rudeness(m) for m in rude)
        weighed += rude
    unique = {(m.first, m.last): m for m in weighed}
    return Severity(levels, scores, tuple(unique[key] for key in sorted(unique)))


def _harms(mark: Mark) -> bool:
    return mark.kind in ("emotion", "harm", "die", "expel", "dehuman", "crime", "insult", "negadj",
                         "negnoun", "negverb", "abuse", "nothing", "without")  # fmt: skip


def _rudeness(mark: Mark) -> int:
    if mark.kind == "abuse":
        return 4 if len(mark.form) > 5 else 3
    return (
        3
        if mark.form.startswith(("fuck", "motherf", "cunt"))
        else 2
        if mark.form.startswith(_STRONG)
        else 1
    )


def _targets(reading: Reading) -> set[str]:
    """Whom an attack is aimed at, by category."""
    found = {m.category for m in reading.marks if m.kind in _GROUPS and m.category}
    if found:
        return found
    forms = " ".join(m.form for m in reading.marks if m.kind == "expel")
    if any(word in forms for word in _KITCHEN):
        return {"misogyny"}
    if "back" in forms or "country" in forms or "home" in forms:
        return {"race-ethnicity-religion"}
    return {"aggression"}


def scores_of(logits: Any) -> dict[str, float]:
    """The heads' probabilities by name."""
    return {head: probability(float(value)) for head, value in zip(HEADS, logits, strict=True)}


def severities(readings: Sequence[Reading], net: Network) -> list[NDArray[np.float32] | None]:
    """Logits for each reading; None where nothing in it could harm."""
    asked = [i for i, reading in enumerate(readings) if not innocent(reading)]
    found = net.logits_many([features(readings[i]) for i in asked])
    out: list[NDArray[np.float32] | None] = [None] * len(readings)
    for row, i in enumerate(asked):
        out[i] = found[row]
    return out
