"""How much a message harms, by category and level: the network and what is made of its answers.

A reading comes in; four probabilities (an attack on people for what they are, a threat, abuse of
one person, sexual harassment) and from them a level from 0 to 4 in each of eight categories come
out. The network is a sum of feature vectors with one hidden layer, trained by
scripts/train_automod.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import as_file, files
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from chowk.errors import ArtifactError

from .encoding import Encoder
from .sentence import EASY, Reading
from .words import Mark

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
_SLURS = {"slur", "slurish"}
_SWORN = {"profane", "profadv", "abuse"}
_HARMS = {"emotion", "harm", "die", "expel", "dehuman", "crime", "insult", "negadj", "negnoun",
          "negverb", "abuse", "nothing", "without", "menace"}  # fmt: skip
#: Whom an attack or a threat can be aimed at; a person alone can be threatened, not attacked for
#: what a group is.
_PEOPLE = {"group", "groupadj", "slur", "slurish", "ref", "they", "p2"}
_PERSONS = {"p1", "p3", "person", "job", "insult", "abuse", "menace"}
#: How a death is told of; other words of dying are said to somebody.
_TOLD = {"died", "dies", "dying", "dead", "death", "suffering", "suffer", "suffers", "perish",
         "extinct", "extinction"}  # fmt: skip
_NOBODY = -4.0
#: What a message must hold for anything in it to harm: a group of people, or a word that does.
_WEIGHTY = {*_GROUPS, *_HARMS, *_SWORN, "sexual", "denounce", "restrict"}
#: What stands in sentences of every day. Where a group is named among nothing else, an attack has
#: to be far surer to count: "a gift for my wife" has the words of few that were learned from. In
#: the families of attacks that were written, one in fifty is made of such words alone.
_EVERYDAY = {"_", "stop", "comma", "copula", "det", "p1", "p3", "who", "question", "thing", "good",
             "report", "was", "can", "quote", "group", "groupadj"}  # fmt: skip
_DOUBT = 2.5
#: Words for sending away that are said of timers and lamps as well.
_SWITCHED = {"remove", "hatao", "band karo", "nikal", "nikalo", "separate", "restrict", "silence",
             "fire", "reject", "exclude", "isolate", "keep away", "stay away", "clear out",
             "put away", "hand over", "get rid of", "got rid of", "get out of"}  # fmt: skip
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
#: Marks of sentences beside another from which on they are left out.
_BESIDE = 20
_KITCHEN = ("kitchen", "sandwich", "barefoot", "obey", "submit")


@dataclass(frozen=True, slots=True)
class Network:
    """The trained weights: `bag` [features, hidden + heads], and what follows."""

    encoder: Encoder
    bag: NDArray[np.float32]
    bias: NDArray[np.float32]
    out: NDArray[np.float32]
    out_bias: NDArray[np.float32]

    def logits(self, reading: Reading) -> list[float]:
        """A logit by head for one message."""
        ids = self.encoder.rows(telling(reading))
        total = np.add.reduce(self.bag.take(ids, 0), 0) + self.bias if ids else self.bias
        hidden = len(total) - len(HEADS)
        made = self.out.dot(np.maximum(total[:hidden], 0.0))
        made += self.out_bias
        made += total[hidden:]
        one: list[float] = made.tolist()
        return one

    def logits_many(self, many: Sequence[Reading]) -> list[list[float]]:
        """Logits by head for each message."""
        flat: list[int] = []
        ends = [0]
        for reading in many:
            flat += self.encoder.rows(telling(reading))
            ends.append(len(flat))
        ones = np.ones(len(flat), dtype=np.float32)
        seen = csr_array((ones, flat, ends), shape=(len(many), len(self.bag)))
        rows: list[list[float]] = self._heads(seen @ self.bag + self.bias).tolist()
        return rows

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
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as held:
            names = bytes(held["names"]).decode().split("\n")
            return Network(
                Encoder(names),
                held["bag"].astype(np.float32),
                held["bias"].astype(np.float32),
                held["out"].astype(np.float32),
                held["out_bias"].astype(np.float32),
            )
    except (OSError, EOFError, KeyError, ValueError, TypeError, BadZipFile) as error:
        raise ArtifactError(
            f"{path} is no severity model of AutoMod: {error}. Train one with "
            "scripts/train_automod.py, or leave the setting out to use the default."
        ) from None


def probability(logit: float) -> float:
    """The logistic function, safe at both ends.

    >>> probability(0.0), round(probability(-800.0), 3)
    (0.5, 0.0)
    """
    if -30.0 < logit < 30.0:
        return 1 / (1 + math.exp(-logit))
    return 1 / (1 + math.exp(-30.0 if logit > 0 else 30.0))


def step(value: float, steps: Sequence[float] = STEPS) -> int:
    """The level, 0 to 3, of a probability.

    >>> step(0.1), step(0.2), step(0.49), step(0.7)
    (0, 1, 2, 3)
    """
    level = 0
    for least in steps:
        if value < least:
            break
        level += 1
    return level


@dataclass(frozen=True, slots=True)
class Severity:
    """Levels 0 to 4 by category, the probabilities they come from, and the marks that weighed."""

    levels: dict[str, int]
    scores: dict[str, float]
    marks: tuple[Mark, ...]


def aimed(reading: Reading, logits: list[float]) -> list[float]:
    """The logits, where an attack on people or a threat needs somebody whom it could be aimed at.

    The network knows what words stand beside; that a battery died is no threat to anybody.

    >>> from .sentence import read
    >>> aimed(read("shooting starts at dawn"), [2.0, 2.0, -4.0, -4.0])
    [-4.0, -4.0, -4.0, -4.0]
    """
    kinds = {mark.kind for mark in reading.marks}
    if kinds.isdisjoint(_WEIGHTY):
        return [min(logit, _NOBODY) for logit in logits]  # "I'll text you later"
    if kinds <= _EVERYDAY:
        return [logits[0] - _DOUBT, *logits[1:]]
    if not kinds.isdisjoint(_PEOPLE):
        return logits
    hate, threat, *rest = logits
    # A word written as names are, behind the first, may be one; "drop dead" is said to somebody.
    named = any(word.title for word in reading.words[1:]) or any(
        mark.kind == "die" and mark.form not in _TOLD for mark in reading.marks
    )
    sent = any(m.kind == "expel" and m.form not in _SWITCHED for m in reading.marks)
    return [
        hate if sent else min(hate, _NOBODY),
        threat if named or not kinds.isdisjoint(_PERSONS) else min(threat, _NOBODY),
        *rest,
    ]


def telling(reading: Reading) -> Reading:
    """The reading without sentences that could weigh nothing, where they are many beside another.

    What is talked of beside an attack takes nothing from it, however long it is.

    >>> from .sentence import read
    >>> made = telling(read("We bought a lamp. " * 9 + "All gays are rats. It works well."))
    >>> [mark.form for mark in made.marks if mark.kind in ("group", "dehuman", "thing")]
    ['gays', 'rats']
    """
    if reading.easy or len(reading.marks) <= _BESIDE:
        return reading
    sentences: list[list[Mark]] = [[]]
    for mark in reading.marks:
        sentences[-1].append(mark)
        if mark.kind == "stop":
            sentences.append([])
    if len(sentences) == 1:
        return reading
    kept = [mark for one in sentences if any(m.kind not in EASY for m in one) for mark in one]
    # The network has learned what a sentence or two beside another say; only many drown it.
    return replace(reading, marks=kept) if len(reading.marks) - len(kept) > _BESIDE else reading


def innocent(reading: Reading) -> bool:
    """Whether nothing in a message could harm, so that the network need not be asked."""
    return reading.easy


def forgotten(reading: Reading, marks: Sequence[Mark]) -> None:
    """Let some marks of a reading weigh nothing."""
    for mark in marks:
        mark.kind, mark.category = "_", ""
    reading.easy = all(mark.kind in EASY for mark in reading.marks)


def judged(
    reading: Reading,
    scores: dict[str, float],
    accustomed: frozenset[str] = frozenset(),
    minded: frozenset[str] = frozenset(),
) -> Severity:
    """Levels by category from a reading and the heads' probabilities.

    `accustomed` names heads whose words alone weigh nothing here, because the channel allows them;
    `minded` those in which it denies what others let pass, so that an unkind word is of level 3.
    """
    # Most marks are of words in no list, and weigh nothing.
    marks = [m for m in reading.marks if m.kind != "_"]
    kinds = {m.kind for m in marks}
    levels: dict[str, int] = {}
    worst = not kinds.isdisjoint(_WORST) and any(m.kind in _WORST and not m.turned for m in marks)
    second = "p2" in kinds
    rude = [m for m in marks if m.kind in _SWORN] if reading.rude else []
    weighed: list[Mark] = []
    hate = step(scores["hate"], HATE_STEPS)
    if hate:
        if scores["hate"] >= 0.8 and worst:
            hate = 4
        for category in _targets(marks):
            levels[category] = max(levels.get(category, 0), hate)
        weighed += [m for m in marks if m.kind in _GROUPS or m.kind in _HARMS]
    if not kinds.isdisjoint(_SLURS) and "hate" not in accustomed:
        for mark in marks:
            # A slur weighs a little however it is meant: strict channels hold it, new ones do not.
            if mark.kind in _SLURS and mark.category:
                floor = 2 if mark.kind == "slur" else 1
                if levels.get(mark.category, 0) < floor:
                    levels[mark.category] = floor
                    weighed.append(mark)
    threat = step(scores["threat"])
    if threat:
        levels["aggression"] = max(
            levels.get("aggression", 0), 4 if threat == 3 and worst and second else threat
        )
        weighed += [m for m in marks if m.kind in _HARMS or m.kind == "p2"]
    insult = step(scores["insult"], (0.3, 0.6))
    if "insult" not in accustomed:
        if "insult" in kinds and any(m.kind == "insult" and not m.turned for m in marks):
            insult = max(insult, 1)
        if insult == 2 and second and rude:
            insult = 3  # swearing at someone is more than an unkind word
        if "abuse" in kinds:
            insult = max(insult, 3 if scores["insult"] >= 0.3 else 2)
    elif insult == 2 and second and rude:
        insult = 3
    if insult == 2 and "insult" in minded:
        insult = 3
    if insult:
        levels["bullying"] = insult
        weighed += [m for m in marks if m.kind in _HARMS or m.kind in _SWORN]
    sexual = step(scores["sexual"])
    explicit = [m for m in marks if m.kind == "sexual"] if "sexual" in kinds else []
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


def _targets(marks: Sequence[Mark]) -> list[str]:
    """Whom an attack is aimed at, by category."""
    found = {m.category for m in marks if m.kind in _GROUPS and m.category}
    if found:
        return [category for category in CATEGORIES if category in found]
    forms = " ".join(m.form for m in marks if m.kind == "expel")
    if any(word in forms for word in _KITCHEN):
        return ["misogyny"]
    if "back" in forms or "country" in forms or "home" in forms:
        return ["race-ethnicity-religion"]
    return ["aggression"]
