"""A language for every token: `hi`, `en`, and what belongs to no one language.

In: token lists with a tag a token. Out: tags of new tokens. The light form multiplies two experts
(Hinton 1999): a conditional random field over runs of characters of the word and of its neighbours,
so that a word which two languages spell alike is told by those around it, and a model of the word
alone, which holds where the language changes and the neighbours mislead. A word in its own script
is also read as it would be typed in Latin letters. Tags may be of no language: `ambiguous`, `name`,
`other`. The neural form adds a network that convolves over the characters of each word (what held
up best on mixed speech in Crisostomi et al. 2022).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from chowk.errors import ArtifactError, InputError, NotFittedError, parameter
from chowk.store.listed import column_of
from chowk.store.places import folder_of

from .examples import listed_rows
from .indices import Mixing, mixing
from .mixed import Mixed
from .neural import Floats, NeuralModel, Sizes
from .sequence import SequenceModel
from .slots import part
from .words import tag_features, tag_neighbours


class LanguageTagger:
    """Tags tokens with languages.

    Parameters
    ----------
    rounds : iterations of training, at most.
    ridge, lasso : penalties of the weights.
    hold : how much a word's language depends on the one before, in [0, 1]: less finds more of the
        single words that are put into another language, more is right oftener elsewhere.
    reach : how much the neighbours' characters count beside the word's own, in [0, 1].
    alone : weight of the model of the word alone, 0 or more. These three were chosen on four folds
        of the training rows of hinglishNorm, for the words at which the language changes.
    model : `light`, or `neural`, which learns with torch and is served without it.
    sizes : of the network and its training.
    seed : of the network.

    Examples
    --------
    >>> rows = [{"tokens": ["mujhe", "shoes", "dikhao"], "languages": ["hi", "en", "hi"]},
    ...         {"tokens": ["show", "me", "shoes"], "languages": ["en", "en", "en"]}]
    >>> LanguageTagger().fit(rows).tag(["mujhe", "shoes"])
    ['hi', 'en']
    """

    def __init__(
        self,
        rounds: int = 80,
        *,
        ridge: float = 0.1,
        lasso: float = 0.05,
        hold: float = 0.35,
        reach: float = 0.7,
        alone: float = 1.5,
        model: Literal["light", "neural"] = "light",
        sizes: Sizes | None = None,
        seed: int = 0,
    ) -> None:
        if model not in ("light", "neural"):
            raise parameter("LanguageTagger", "model", "'light' or 'neural'", model)
        self.model = model
        self.sizes = sizes or Sizes(filters=32, word=32, hidden=48, epochs=6)
        self.seed = seed
        rules = (("hold", hold, 1.0), ("reach", reach, 1.0), ("alone", alone, 100.0))
        for name, value, most in rules:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not 0 <= value <= most:
                raise parameter("LanguageTagger", name, f"a number in [0, {most:g}]", value)
        self.rounds = rounds
        self.ridge = ridge
        self.lasso = lasso
        self.hold = hold
        self.reach = reach
        self.alone = alone

    def fit(self, rows: Any) -> Self:
        """Learn from `Mixed` rows, a frame or dicts with `tokens` and `languages`.

        `tags` or `labels` are read where there are no `languages`; InputError names a bad row.
        """
        words: list[list[str]] = []
        tags: list[list[str]] = []
        for number, row in enumerate(listed_rows(rows, "fit")):
            own, said = _read(row, f"Row {number} of fit")
            words.append(own)
            tags.append(said)
        if not any(words):
            raise InputError("LanguageTagger.fit needs rows with tokens and languages. Got none.")
        self.model_ = self._model().fit(words, tags)
        self.alone_: SequenceModel | None = None
        if self.alone:
            self.alone_ = self._model(alone=True).fit(
                [[word] for own in words for word in own], [[tag] for said in tags for tag in said]
            )
        self.network_: NeuralModel | None = None
        if self.model == "neural":
            known = sorted({tag for said in tags for tag in said})
            network = NeuralModel(0, known, self.sizes, seed=self.seed)
            self.network_ = network.fit(words, [0] * len(words), list(tags))
        return self

    def tag(self, tokens: Sequence[str]) -> list[str]:
        """One language a token."""
        if not hasattr(self, "model_"):
            raise NotFittedError(self)
        if isinstance(tokens, str):
            raise InputError("LanguageTagger.tag takes a list of tokens. Got one text.")
        listed = list(column_of(tokens, "tag"))
        for number, word in enumerate(listed):
            if not isinstance(word, str):
                raise InputError(f"Token {number} of tag is {word!r:.60}. Every token is a str.")
        network = self.network_
        alone = self._alone(listed)
        if network is None or not listed:
            return self.model_.predict(listed, alone)
        columns = [network.place[tag] for tag in self.model_.labels_]
        scores = network.scores(listed)[1][:, columns]
        scores[0] += network.begins[columns]
        if alone is not None:
            scores += alone
        moves = self.hold * network.moves[np.ix_(columns, columns)]
        return self.model_.predict(listed, scores, moves)

    def _alone(self, words: Sequence[str]) -> Floats | None:
        """What each word says by itself, [words, labels]."""
        model = self.alone_
        if model is None or not words:
            return None
        columns = [model.labels_.index(tag) for tag in self.model_.labels_]
        found: Floats = np.stack([model.own_row(word) for word in words])[:, columns]
        return np.float32(self.alone) * found

    def mixing(self, rows: Iterable[Sequence[str]]) -> Mixing:
        """The mixing indices of token lists, by the tags that this model gives."""
        return mixing(self.tag(row) for row in rows)

    def save(self, folder: str | Path) -> None:
        """Write the model into an empty folder: JSON and NPZ."""
        if not hasattr(self, "model_"):
            raise NotFittedError(self)
        names, arrays = self.model_.state()
        names |= {"hold": self.hold, "reach": self.reach, "alone": self.alone, "network": None}
        if self.alone_ is not None:
            names["word"], weights = self.alone_.state()
            arrays |= {f"alone.{name}": weight for name, weight in weights.items()}
        if self.network_ is not None:
            names["network"], weights = self.network_.state()
            arrays |= {f"network.{name}": weight for name, weight in weights.items()}
        folder = folder_of("LanguageTagger.save", folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tagger.json").write_text(json.dumps(names, ensure_ascii=False), "utf-8")
        np.savez_compressed(folder / "tagger.npz", allow_pickle=False, **arrays)

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Open a saved model.

        `"shop"` opens the shipped one: English and Hindi (`en`, `hi`, `name`, `other`) in what
        customers ask a shop for.
        """
        if folder == "shop":
            with resources.as_file(resources.files("chowk.language.shop") / "tagger") as shipped:
                return cls.load(shipped)
        folder = folder_of("LanguageTagger.load", folder, '"shop"')
        try:
            names = json.loads((folder / "tagger.json").read_text("utf-8"))
            with np.load(folder / "tagger.npz", allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            said = names.get("network")
            model = cls(
                hold=names.get("hold", 0.5),
                reach=names.get("reach", 1.0),
                alone=names.get("alone", 0.0),
                model="neural" if said else "light",
            )
            model.model_ = model._model().restore(names, arrays)
            model.alone_ = None
            if names.get("word") is not None:  # those of earlier releases have none
                weights = part(arrays, "alone.")
                model.alone_ = model._model(alone=True).restore(names["word"], weights)
            model.network_ = NeuralModel.restore(said, part(arrays, "network.")) if said else None
        except (OSError, ValueError, KeyError) as error:
            raise ArtifactError(f"{folder} does not hold a LanguageTagger: {error}.") from None
        return model

    def tag_many(self, rows: Iterable[Sequence[str]]) -> list[list[str]]:
        """One language a token of every row."""
        return [self.tag(row) for row in rows]

    def _model(self, *, alone: bool = False) -> SequenceModel:
        return SequenceModel(
            tag_features,
            _nothing if alone else tag_neighbours,
            ridge=self.ridge,
            lasso=self.lasso,
            rounds=self.rounds,
            bio=False,
            hold=self.hold,
            pairs=not alone,
            reach=self.reach,
        )


def _nothing(word: str) -> list[str]:
    """What a word says of its neighbours to a model of the word alone."""
    return []


def _read(row: Any, where: str) -> tuple[list[str], list[str]]:
    """Tokens and languages of one row."""
    if not isinstance(row, Mixed | Mapping):
        raise InputError(f"{where} needs 'tokens' and 'languages'.")
    one = row.as_dict() if isinstance(row, Mixed) else row
    lists = []
    for names in (("tokens",), ("languages", "tags", "labels")):
        found = next((one[name] for name in names if one.get(name) is not None), ())
        lists.append(found.split() if isinstance(found, str) else list(found))
    own, said = lists
    if not all(isinstance(word, str) for word in own):
        raise InputError(f"{where} has a token that is no str. Every token is a str.")
    if len(own) != len(said) or not all(isinstance(tag, str) and tag for tag in said):
        raise InputError(
            f"{where} has {len(own)} tokens and {len(said)} languages. Give one language a token."
        )
    return own, said
