"""What a person wants: the intent of an utterance and its slots, with a confidence that is of use.

In: examples with `text`, `intent` and, when they have slots, `tokens` and `labels`. Out: a parse
with offsets, an honest confidence, and word of when the utterance is about something else. A linear
model over hashed words and characters gives the intent, a conditional random field the slots.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from chowk.errors import ArtifactError, InputError, NotFittedError, parameter
from chowk.store.listed import column_of
from chowk.store.places import folder_of

from .calibration import best_temperature, certainty, softmax, surprise, threshold
from .carriers import carriers
from .examples import Example, made, read_examples
from .holding import held_out
from .labels import spans
from .linear import HashedLinear
from .longtail import RIVALS, Balance, Held, Rival
from .neural import NeuralModel, Sizes, principal
from .parsed import Parse, Slot
from .permitted import is_above, is_asked, is_count, is_heard, is_power, is_share
from .pretrained import Encoded, Encoder, opened
from .slots import SlotModel, part
from .tokens import Token, says, tokens

_FORMAT = 4
_PARAMETERS = (
    "model", "out_of_scope", "false_rejections", "buckets", "strength", "balance",
    "own_tagger_from", "rounds", "seed", "frames",
)  # fmt: skip
#: A certainty that is never turned away.
_SURE = 0.9
#: Up to so many rows every row is held out once, to set temperature and threshold.
_FEW = 3_000


class Understander:
    """Intent and slots of utterances.

    Parameters
    ----------
    model : `light`, or `neural`: a network over characters, words and context beside the light
        models, their scores added. It learns with torch (`pip install 'chowk[neural]'`) in minutes
        and is served without it.
    out_of_scope : the intent name of examples that no intent covers. They may be few or none.
    false_rejections : share of in-scope utterances that may be rejected, in [0, 1); the threshold
        is set to it on held-out rows.
    buckets : size of the hashed space of words and characters, a power of 2.
    strength : penalty of the intent model's weights.
    balance : what is done for rare intents. A number is what is taken from an intent's calibrated
        score a unit of the logarithm of its share (logit adjustment): 0 is not at all, 1 what
        Bayes' rule says for intents that will be asked equally often. `classes` (rows of rare
        intents weigh more), `nearest` (likeness to the nearest example of a rare intent), `slices`
        (slice-aware residual attention) and `networks` (three small networks beside the model),
        both learned with torch, are rivals of it; each is taken only as far as it helps the rarest
        third of the intents on held-out rows and costs the rows of the others nothing. `auto`
        tries all and takes the best such, or none.
    own_tagger_from : intents with so many labelled rows have a slot model of their own; the others
        share one.
    rounds : iterations of the slot models.
    seed : of the held-out rows, and of the network.
    frames : whether the light intent model also reads what is left of a text when the values that
        may be anything (titles, names) are gaps, as the labels of slots teach it; `auto` is if
        held-out rows are then told more surely, and never if some rows are made (they weigh
        unequally, or those of one `group` differ) or beside a network, which it helps by chance.
    sizes : of the network and its training.
    pretrained : a folder of sentence-transformers weights on this machine (nothing is downloaded),
        or an object with `encode(texts)`: a linear model over its vectors adds its scores to the
        intents'. A saved model holds the folder's path, not the weights.

    Examples
    --------
    >>> rows = [{"tokens": ["show", "red", "shoes"], "labels": ["O", "B-colour", "O"],
    ...          "intent": "show"}, {"text": "where is my order", "intent": "track"}] * 5
    >>> found = Understander().fit(rows).parse("Show red shoes!")
    >>> found.intent, found.slots[0].value, found.slots[0].start, found.slots[0].end
    ('show', 'red', 5, 8)
    """

    def __init__(
        self,
        model: Literal["light", "neural"] = "light",
        *,
        out_of_scope: str = "oos",
        false_rejections: float = 0.03,
        buckets: int = 1 << 16,
        strength: float = 0.5,
        balance: float | Rival = 0.0,
        own_tagger_from: int = 300,
        rounds: int = 100,
        seed: int = 0,
        frames: bool | Literal["auto"] = "auto",
        sizes: Sizes | None = None,
        pretrained: str | Path | Encoder | None = None,
    ) -> None:
        if model not in ("light", "neural"):
            raise parameter("Understander", "model", "'light' or 'neural'", model)
        for name, value, rule, fits in (
            ("false_rejections", false_rejections, "a number in [0, 1)", is_share),
            ("buckets", buckets, "a power of 2 from 256 on", is_power),
            ("strength", strength, "a number above 0", is_above),
            ("own_tagger_from", own_tagger_from, "an int of at least 0", is_count),
            ("rounds", rounds, "an int of at least 0", is_count),
            ("seed", seed, "an int of at least 0", is_count),
            ("frames", frames, "True, False or 'auto'", is_asked),
        ):
            if not fits(value):
                raise parameter("Understander", name, rule, value)
        self.model = model
        self.frames = frames
        self.sizes = sizes or Sizes()
        lift = isinstance(balance, int | float) and not isinstance(balance, bool)
        if balance not in RIVALS and not (lift and 0 <= float(balance) <= 5):
            rule = f"a number in [0, 5], or one of {', '.join(RIVALS)}"
            raise parameter("Understander", "balance", rule, balance)
        self.out_of_scope = out_of_scope
        self.false_rejections = false_rejections
        self.buckets = buckets
        self.strength = strength
        self.balance = balance
        self.pretrained = pretrained
        self.own_tagger_from = own_tagger_from
        self.rounds = rounds
        self.seed = seed

    def fit(
        self,
        examples: Any,
        *,
        start: Understander | None = None,
        keep: str | Path | None = None,
    ) -> Self:
        """Learn from examples: dicts or a frame with `text`, `intent`, `tokens`, `labels`.

        `start` is a light model of the same examples, for the neural form to begin from; it makes
        one of its own otherwise. `keep` is a file (NPZ) in which the network's training is kept
        after each pass; called again with it, a training that was cut short goes on.

        Temperature and threshold are set on held-out rows (a tenth, or of few rows all in turn),
        and the models are then fitted on all. InputError names the row that breaks a rule.
        """
        read = [example for example in read_examples(examples) if example.words]
        names = sorted({example.intent for example in read})
        if not [name for name in names if name != self.out_of_scope]:
            raise InputError("Understander.fit needs examples with an intent and words. Got none.")
        self.intents_ = names
        self.encoded_: Encoded | None = None
        self._encoder = None if self.pretrained is None else opened(self.pretrained)
        self.marks_ = frozenset(w for e in read for w in e.words if not says(w))
        self.network_: NeuralModel | None = None
        self.temperature_, self.threshold_, self.scale_ = 1.0, 0.0, 1.0
        if start is not None:
            self._begin(start)
            self._learn_network(read, keep)
            return self
        self.balance_ = Balance(
            Counter(example.intent for example in read), names, self.out_of_scope, self.seed
        )
        self.framed_ = self._frames_help(read)
        self._calibrate(self._held(read))
        self.linear_ = self._linear(read, even=self.balance_.choice.rival == "classes")
        self.balance_.fit(self.linear_, [(_keys(e.words), e.intent) for e in read])
        self.slots_ = SlotModel(self.own_tagger_from, self.rounds).fit(read)
        if self.model == "neural":
            self._learn_network(read, keep)
        return self

    def parse(self, text: str, *, n_best: int = 3) -> Parse:
        """What `text` means. Empty text, or text without a word, is out of scope."""
        if not hasattr(self, "linear_"):
            raise NotFittedError(self)
        if not isinstance(text, str):
            raise parameter("parse", "text", "a str", text)
        if isinstance(n_best, bool) or not isinstance(n_best, int) or n_best < 1:
            raise parameter("parse", "n_best", "an int of at least 1", n_best)
        found = self._known(tokens(text))
        words = [token.text for token in found]
        keys = _keys(words)
        shares = softmax(self.balance_.scores(self._scores(words) / self.temperature_, keys))
        order = np.argsort(-shares, kind="stable")
        out = self._out()
        inside = [int(number) for number in order if number != out]
        best = inside[0]
        in_scope = self.linear_.knows(keys) and float(certainty(shares, out)) >= self.threshold_
        intent = self.intents_[best]
        return Parse(
            text,
            intent,
            float(shares[best]),
            self._slots(text, found, words, intent),
            in_scope,
            tuple((self.intents_[i], float(shares[i])) for i in inside[:n_best]),
        )

    def parse_many(self, texts: Iterable[str], *, n_best: int = 3) -> list[Parse]:
        """A parse of every text of a list or a column."""
        return [self.parse(text, n_best=n_best) for text in column_of(texts, "parse_many")]

    def parse_heard(self, hypotheses: Sequence[tuple[str, float]], *, n_best: int = 3) -> Parse:
        """The parse of recognised speech: hypotheses as (text, confidence), in any order.

        The intent is the likeliest over all hypotheses together, Σ_h c_h p(intent | h); the slots
        are those of the hypothesis that speaks for it most.
        """
        listed = isinstance(hypotheses, list | tuple) and len(hypotheses) > 0
        if not listed or not all(is_heard(one) for one in hypotheses):
            rule = "one (text, confidence) or more, confidences finite"
            raise parameter("parse_heard", "hypotheses", rule, hypotheses)
        parses = [self.parse(text, n_best=len(self.intents_)) for text, _ in hypotheses]
        weights = np.array([max(float(confidence), 0.0) for _, confidence in hypotheses])
        weights = weights / weights.max() if weights.max() > 0 else weights + 1
        weights /= weights.sum()
        total: dict[str, float] = defaultdict(float)
        for weight, parse in zip(weights, parses, strict=True):
            for intent, share in parse.intents:
                total[intent] += float(weight) * share
        ranked = sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))
        intent, confidence = ranked[0]
        speaks = [w * dict(p.intents)[intent] for w, p in zip(weights, parses, strict=True)]
        text = parses[int(np.argmax(speaks))].text
        found = self._known(tokens(text))
        slots = self._slots(text, found, [token.text for token in found], intent)
        scope = float(weights @ [parse.in_scope for parse in parses]) >= 0.5
        return Parse(text, intent, confidence, slots, scope, tuple(ranked[:n_best]))

    def save(self, folder: str | Path) -> None:
        """Write the model into an empty folder: JSON and NPZ."""
        if not hasattr(self, "linear_"):
            raise NotFittedError(self)
        arrays = {f"intent.{k}": v for k, v in self.linear_.state().items()}
        arrays |= {f"balance.{k}": v for k, v in self.balance_.state().items()}
        slots, values = self.slots_.state()
        arrays |= {f"slots.{k}": v for k, v in values.items()}
        network = None
        if self.network_ is not None:
            network, values = self.network_.state()
            arrays |= {f"network.{k}": v for k, v in values.items()}
        if self.encoded_ is not None:
            arrays |= {f"encoded.{k}": v for k, v in self.encoded_.state().items()}
        folder = folder_of("Understander.save", folder)
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(folder / "weights.npz", allow_pickle=False, **arrays)
        parameters = {name: getattr(self, name) for name in _PARAMETERS}
        content = {
            "format": _FORMAT,
            "parameters": parameters,
            "sizes": asdict(self.sizes),
            "intents": self.intents_,
            "marks": sorted(self.marks_),
            "carrying": sorted(self.linear_.carrying),
            "temperature": self.temperature_,
            "threshold": self.threshold_,
            "pretrained": None if self.encoded_ is None else _path(self.pretrained),
            "choice": self.balance_.choice,
            "scale": self.scale_,
            "counts": self.balance_.counts,
            "slots": slots,
            "network": network,
        }
        (folder / "understander.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: str | Path, *, pretrained: str | Path | Encoder | None = None) -> Self:
        """Open a saved model; it answers as the one that was saved, up to rounding of weights.

        `pretrained` is where the encoder's weights lie now, or the encoder; else the folder that
        was said when the model was made.

        `"shop"` opens the shipped one: what customers ask a shop for, in English and Hinglish.
        """
        if folder == "shop":
            with resources.as_file(resources.files("chowk.language.shop") / "model") as shipped:
                return cls.load(shipped)
        folder = folder_of("Understander.load", folder, '"shop"')
        try:
            said = json.loads((folder / "understander.json").read_text("utf-8"))
            if said["format"] != _FORMAT:
                raise ArtifactError(
                    f"{folder} has format {said['format']}; this code reads {_FORMAT}."
                )
            with np.load(folder / "weights.npz", allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            sizes = Sizes(**said["sizes"])
            model = cls(**said["parameters"], sizes=sizes)
            model.intents_ = said["intents"]
            model.temperature_, model.threshold_ = said["temperature"], said["threshold"]
            model.marks_ = frozenset(said["marks"])
            model.scale_ = said["scale"]
            model.linear_ = HashedLinear.of(part(arrays, "intent."), said.get("carrying", ()))
            model.framed_ = bool(model.linear_.carrying)
            model.balance_ = Balance(said["counts"], model.intents_, model.out_of_scope)
            chosen = said.get("choice", ("lift", said.get("lift", 0.0), 0.0))
            model.balance_.restore(chosen, model.linear_, part(arrays, "balance."))
            model.slots_ = SlotModel(model.own_tagger_from, model.rounds)
            model.slots_.restore(said["slots"], part(arrays, "slots."))
            model.encoded_ = model._encoder = None
            weights = part(arrays, "encoded.")
            if weights:
                model.pretrained = pretrained or said["pretrained"]
                model._encoder = opened(model.pretrained)
                model.encoded_ = Encoded.of(model._encoder, weights)
            model.network_ = None
            if said["network"] is not None:
                weights = part(arrays, "network.")
                model.network_ = NeuralModel.restore(said["network"], weights)
        except (OSError, ValueError, KeyError, TypeError) as error:
            if isinstance(error, InputError):  # of the encoder, which is no part of the folder
                raise
            raise ArtifactError(f"{folder} does not hold an Understander: {error}.") from None
        return model

    def _known(self, found: Sequence[Token]) -> list[Token]:
        """Without punctuation that no example had: of it the models know nothing."""
        return [token for token in found if says(token.text) or token.text in self.marks_]

    def _out(self) -> int:
        return self.intents_.index(self.out_of_scope) if self.out_of_scope in self.intents_ else -1

    def _scores(self, words: Sequence[str]) -> NDArray[np.float32]:
        light = self.linear_.scores(_keys(words))
        if self.encoded_ is not None and words:
            light = light + self.encoded_.scores(_keys(words))
        if self.network_ is None or not words:
            return light
        return self.scale_ * light + self.network_.scores(words)[0]

    def _linear(self, rows: Sequence[Example], *, even: bool = False) -> HashedLinear:
        place = {name: number for number, name in enumerate(self.intents_)}
        counts = Counter(example.intent for example in rows)
        keys, classes = [_keys(e.words) for e in rows], [place[e.intent] for e in rows]
        each = [e.weight / (counts[e.intent] if even else 1) for e in rows]

        carrying = carriers(rows) if self.framed_ else ()

        def learn(of: Sequence[int]) -> HashedLinear:
            model = HashedLinear(self.buckets, self.strength, carrying=carrying)
            some, known = [keys[i] for i in of], [classes[i] for i in of]
            return model.fit(some, known, count=len(place), weights=[each[i] for i in of])

        if self._encoder is not None:
            self.encoded_ = Encoded(self._encoder)
            self.encoded_.fit(keys, classes, len(place), lambda of: learn(of).scores)
        return learn(range(len(rows)))

    def _begin(self, light: Understander) -> None:
        """Take the models of a light form that knows the same intents."""
        if not hasattr(light, "linear_") or light.intents_ != self.intents_:
            raise InputError("fit: 'start' is not fitted on these examples' intents. Fit it first.")
        if self.model != "neural":
            raise parameter("fit", "start", "None for the light form", light)
        self.linear_, self.slots_, self.marks_ = light.linear_, light.slots_, light.marks_
        self.encoded_, self._encoder = light.encoded_, light._encoder
        self.temperature_, self.threshold_ = light.temperature_, light.threshold_
        self.framed_ = light.framed_
        self.balance_, self.own_tagger_from = copy(light.balance_), light.own_tagger_from
        self.buckets, self.rounds = light.buckets, light.rounds

    def _learn_network(self, rows: Sequence[Example], keep: str | Path | None) -> None:
        """The network sees all rows but one in ten of many; on those both forms are weighed."""
        held = self._folds(rows, one=True)[0] if len(rows) > _FEW else set()
        # Both forms' scores are then logarithms of odds.
        self.scale_, self.temperature_ = 1 / self.temperature_, 1.0
        left = [e for number, e in enumerate(rows) if number not in held]
        self.network_ = self._network(left, None if keep is None else Path(keep))
        if held:
            light, encoded = self.linear_, self.encoded_
            self.linear_ = self._linear(left, even=self.balance_.choice.rival == "classes")
            self._calibrate(self._seen(Held(self.intents_), rows, left, held))
            self.linear_, self.encoded_ = light, encoded
        else:  # two forms that agree are surer than either
            self.temperature_ *= 2

    def _calibrate(self, held: Held) -> None:
        """Temperature, what is done for rare intents, and threshold, from held-out rows."""
        if not held.truth:
            return
        plain, classes = np.stack(held.plain), np.array(held.truth)
        self.temperature_ = best_temperature(plain, classes)
        balanced = self.balance_.settle(
            self.balance,
            plain / self.temperature_,
            held,
            self.seed,
            again=self.network_ is not None,
        )
        if self.balance_.choice.rival == "classes" and held.even:
            self.temperature_ = held.even_temperature
        said = ~np.isnan(balanced).any(axis=1)
        shares = softmax(balanced[said])
        level = threshold(shares, classes[said], self._out(), self.false_rejections)
        # What is likelier out of scope than of any intent is out of scope at any cost; and where
        # the held-out rows are all alike and easy, one that is sure is in scope nevertheless.
        self.threshold_ = min(max(level, 0.0), _SURE)

    def _held(self, rows: Sequence[Example]) -> Held:
        """Scores and intents of rows by models that have not seen them."""
        found = Held(self.intents_)
        one = len(rows) > _FEW and not isinstance(self.balance, str)
        for fold, held in enumerate(self._folds(rows, one=one)):
            left = [e for number, e in enumerate(rows) if number not in held]
            if self.balance in ("auto", "classes"):
                self.linear_ = self._linear(left, even=True)
                found.even += [self._scores(rows[number].words) for number in sorted(held)]
            self.linear_ = self._linear(left)
            self._seen(found, rows, left, held, fold)
        return found

    def _frames_help(self, rows: Sequence[Example]) -> bool:
        """Whether rows that were held out are told more surely with frames."""
        if isinstance(self.frames, bool) or self.model == "neural":  # a network reads them itself
            return self.frames is True
        # Made rows come in the frames of their maker, and a held-out one has its like among them.
        taken = not made(rows) and carriers(rows)
        folds = self._folds(rows, one=len(rows) > _FEW) if taken else []
        if not folds:
            return False
        held = sorted(folds[0])
        left = [e for number, e in enumerate(rows) if number not in folds[0]]
        truth = np.array([self.intents_.index(rows[n].intent) for n in held])
        found = []
        for self.framed_ in (False, True):
            self.linear_ = self._linear(left)
            found.append(surprise(np.stack([self._scores(rows[n].words) for n in held]), truth))
        return found[1] < found[0]

    def _seen(
        self, found: Held, rows: Sequence[Example], left: Sequence[Example], held: set[int],
        fold: int | None = None,
    ) -> Held:  # fmt: skip
        """Add what the models of the rows that are `left` say of those that were `held`."""
        known = [(_keys(e.words), e.intent) for e in left]
        judges = self.balance_.judges(self.balance, self.linear_, known, fold)
        for number in sorted(held):
            words = rows[number].words
            found.add(self._scores(words), rows[number].intent, _keys(words), judges)
        return found

    def _folds(self, rows: Sequence[Example], *, one: bool) -> list[set[int]]:
        return held_out([example.intent for example in rows], self.seed, one=one)

    def _network(self, rows: Sequence[Example], keep: Path | None) -> NeuralModel:
        """The neural form, begun from what the light one knows of the words."""
        labels = sorted({label for example in rows for label in example.labels or ()} | {"O"})

        def warm(words: Sequence[str]) -> NDArray[np.float32]:
            known = [self.linear_.row(word) for word in words]
            said = np.concatenate([np.stack(known), self.slots_.vectors(words)], axis=1)
            return principal(said, self.sizes.word)

        return NeuralModel(len(self.intents_), labels, self.sizes, seed=self.seed).fit(
            [example.words for example in rows],
            [self.intents_.index(example.intent) for example in rows],
            [example.labels for example in rows],
            warm=warm,
            keep=keep,
        )

    def _slots(
        self, text: str, found: Sequence[Token], words: Sequence[str], intent: str
    ) -> tuple[Slot, ...]:
        labels = self.slots_.labels(words, intent, self.network_)
        return tuple(
            Slot(name, text[found[a].start : found[b - 1].end], found[a].start, found[b - 1].end)
            for name, a, b in spans(labels)
        )


def _keys(words: Sequence[str]) -> list[str]:
    return [word.casefold() for word in words]


def _path(setting: Any) -> str | None:
    """The folder of an encoder; None for an object, which `load` has to be given again."""
    return str(Path(setting).absolute()) if isinstance(setting, str | Path) else None
