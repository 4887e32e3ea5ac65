"""What shoppers type into the search box, and what they mean by it.

A query is made of at most four parts: a colour, a style, a noun and the model that a thing must
fit. The words come from `words`, in the shopper's language or mixed with romanised Hindi; some are
misspelt. Every form of every word is made once, so queries are put together from codes without a
loop, and the number of different queries stays bounded however many are typed.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .goods import COLOURS, GOODS
from .mistakes import misspell
from .parameters import QUERY_ERRORS, Parameters, generator, split
from .places import LANGUAGES
from .words import COLOUR_WORDS, NOUNS

_FORMS = 4  # a word and three misspellings of it
_ENGLISH = LANGUAGES.index("en")
_HINDI = LANGUAGES.index("hi")


class Queries:
    """Composes queries; one object a world."""

    def __init__(self, seed: int, numbers: Parameters, models: list[str]) -> None:
        self._numbers = numbers
        self._kinds = QUERY_ERRORS[split(seed)]
        self._rng = generator(seed, "words")
        nouns: list[str] = []
        self._noun_first = np.zeros((len(GOODS), len(LANGUAGES)), np.int64)
        self._noun_count = np.zeros((len(GOODS), len(LANGUAGES)), np.int64)
        for row, goods in enumerate(GOODS):
            for column, name in enumerate(LANGUAGES):
                known = NOUNS[goods.key]
                words = known.get(name, known["en"])
                self._noun_first[row, column] = len(nouns)
                self._noun_count[row, column] = len(words)
                nouns += words
        self._nouns = self._forms(nouns)
        self._colours = self._forms(
            [word for name in COLOURS for word in (name, *COLOUR_WORDS[name])]
        )
        self._style_first = np.zeros(len(GOODS), np.int64)
        styles: list[str] = []
        for row, goods in enumerate(GOODS):
            self._style_first[row] = len(styles)
            styles += [style.lower() for style in goods.facets.get("style", ())]
        self._styles = self._forms(styles or [""])
        self._models = self._forms([model.lower() for model in models] or [""])

    def _forms(self, words: list[str]) -> pa.Array:
        """Each word followed by its misspellings, in lines of `_FORMS`."""
        wrong = [
            misspell(word, self._kinds[i % len(self._kinds)], self._rng)
            for word in words
            for i in range(_FORMS - 1)
        ]
        width = _FORMS - 1
        return pa.array(
            [
                form
                for i, word in enumerate(words)
                for form in (word, *wrong[i * width : (i + 1) * width])
            ]
        )

    def typed(
        self,
        rng: np.random.Generator,
        speaks: np.ndarray,
        kind: np.ndarray,
        colour: np.ndarray,
        style: np.ndarray,
        model: np.ndarray,
    ) -> pa.Array:
        """The queries of n shoppers, as strings [n].

        Every argument has shape [n]: the language that the shopper speaks, and codes of what is
        wanted, −1 where it is not said.
        """
        n = len(kind)
        numbers = self._numbers
        india = speaks == _HINDI
        native = rng.random(n) < np.where(india, numbers.code_mixed, numbers.own_language)
        # In a mixed query each word is Hindi or English by itself; elsewhere the whole is native.
        mix = rng.random((2, n)) < np.where(india, 0.65, 1.0)
        noun_language = np.where(native & mix[0], speaks, _ENGLISH)
        colour_language = np.where(native & mix[1], speaks, _ENGLISH)
        count = self._noun_count[kind, noun_language]
        # The first word of a list is the common one.
        which = np.minimum((rng.random(n) ** 1.6 * count).astype(np.int64), count - 1)
        noun = self._noun_first[kind, noun_language] + which
        wrong = rng.random((4, n)) < numbers.misspelt / 2
        form = np.where(wrong, rng.integers(1, _FORMS, (4, n)), 0)

        def word(forms: pa.Array, code: np.ndarray, part: int) -> pa.Array:
            absent = code < 0
            at = np.where(absent, 0, code * _FORMS + form[part])
            return forms.take(pa.array(at, mask=absent))

        parts = [
            word(self._colours, np.where(colour < 0, -1, colour * 5 + colour_language), 0),
            word(self._styles, np.where(style < 0, -1, self._style_first[kind] + style), 1),
            word(self._models, model, 2),
            word(self._nouns, noun, 3),
        ]
        return pc.binary_join_element_wise(*parts, " ", null_handling="skip")
