"""Every number that decides how hard the simulated store is, in one place.

The simulation is written by those whose systems it judges, so these numbers were chosen before any
system was fitted on it and are not changed to meet a bar. Three difficulties differ in the fields
that `DIFFICULTIES` lists; all else is the same. Error kinds are split in two sets: a store with an
even seed has the `training` kinds, one with an odd seed the `evaluation` kinds, so that what was
learned on even seeds and judged on odd ones meets errors that it has not seen. Figures are given
over five seeds, with the bar at the middle difficulty.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from chowk.errors import parameter

Difficulty = Literal["easy", "middle", "hard"]
Split = Literal["training", "evaluation"]

#: What can be wrong with a product, by split. `products` makes each of them.
PRODUCT_ERRORS: Mapping[Split, tuple[str, ...]] = MappingProxyType(
    {
        "training": (
            "title_shouted",  # all capitals
            "category_sibling",  # filed under another leaf of the same parent
            "brand_missing",
            "attribute_wrong",  # a colour that it has not
            "image_missing",
        ),
        "evaluation": (
            "title_cut",  # cut off after 24 characters
            "category_parent",  # filed one level too high
            "brand_misspelt",
            "attribute_swapped",  # the colour stands under 'material'
            "image_of_another",
        ),
    }
)

#: How queries are misspelt, by split.
QUERY_ERRORS: Mapping[Split, tuple[str, ...]] = MappingProxyType(
    {
        "training": ("letter_left_out", "letter_doubled"),
        "evaluation": ("letters_swapped", "neighbouring_key"),
    }
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The market's numbers. Utilities are in logits; shares and chances lie in [0, 1].

    The chance of a click at position k on product p by shopper u in list l is
    ``examination(k) · (click_noise + (1 − click_noise) · σ(click_bias + U(u, p, l)))``: the
    position-based model of clicks (Craswell et al. 2008), in which U is the utility below; `drawn`
    is added to all of U while somebody looks for what goes with another product, and `fit` to what
    fits it.
    """

    # -- frame
    year: int = 2025
    currency: str = "EUR"
    # -- utility of a product for a shopper: weights of terms that have about unit variance
    quality: float = 0.6
    taste: float = 0.8
    colour: float = 0.5
    price: float = 0.5
    regional: float = 1.6
    wish: float = 1.4
    fit: float = 2.2
    drawn: float = 0.8
    noise: float = 0.8
    # -- looking, clicking, buying
    position_power: float = 0.9
    position_floor: float = 0.06
    click_noise: float = 0.02
    click_bias: float = -2.4
    cart_bias: float = -1.0
    cart_slope: float = 0.7
    purchase: float = 0.75
    guest_purchase: float = 0.8
    # -- sessions
    personas: int = 10
    favourites: int = 4
    favourite_lift: float = 4.0
    guests: float = 0.15
    searches: float = 0.65
    next_need: float = 0.45
    recall: float = 0.35
    needs: int = 4
    list_length: int = 12
    list_length_phone: int = 8
    swapped: float = 0.02
    festival_lift: float = 3.0
    sale_discount: float = 0.15
    activity_spread: float = 1.0
    refund_days: float = 20.0
    # -- rankers: how much each knows of what the shopper will like
    ranker_noise: float = 0.5
    ranker_match: float = 1.2
    ranker_taste: float = 0.6
    # -- catalogue
    grouped: float = 0.3
    new_in_year: float = 0.35
    unavailable: float = 0.04
    colour_in_title: float = 0.6
    missing_attributes: float = 0.25
    errors: float = 0.01
    # -- queries
    misspelt: float = 0.05
    own_language: float = 0.35
    code_mixed: float = 0.25

    @property
    def start(self) -> datetime:
        """The first moment of the simulated year."""
        return datetime(self.year, 1, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment after the simulated year."""
        return datetime(self.year + 1, 1, 1, tzinfo=UTC)

    def examination(self, positions: int) -> np.ndarray:
        """The chance that position 1 … `positions` is looked at, [positions].

        ``floor + (1 − floor) · k^−power``; 1 at the top.

        >>> Parameters().examination(3).round(2).tolist()
        [1.0, 0.56, 0.41]
        """
        k = np.arange(1, positions + 1, dtype=float)
        seen: np.ndarray = self.position_floor + (1 - self.position_floor) * k**-self.position_power
        return seen

    def document(self) -> dict[str, Any]:
        """All numbers, ready for JSON."""
        return asdict(self)


#: What differs between the difficulties; the middle one is `Parameters()` itself.
DIFFICULTIES: Mapping[Difficulty, Mapping[str, float]] = MappingProxyType(
    {
        "easy": {
            "noise": 0.4,
            "taste": 1.2,
            "regional": 2.2,
            "fit": 3.0,
            "click_noise": 0.005,
            "missing_attributes": 0.1,
            "errors": 0.004,
            "misspelt": 0.02,
            "code_mixed": 0.1,
        },
        "middle": {},
        "hard": {
            "noise": 1.4,
            "taste": 0.5,
            "regional": 1.0,
            "fit": 1.4,
            "click_noise": 0.05,
            "missing_attributes": 0.45,
            "errors": 0.03,
            "misspelt": 0.12,
            "code_mixed": 0.4,
        },
    }
)


def parameters(difficulty: Difficulty = "middle") -> Parameters:
    """The parameters of a difficulty; ParameterError when there is no such.

    >>> parameters("easy").noise < parameters("hard").noise
    True
    """
    if difficulty not in DIFFICULTIES:
        raise parameter("sample", "difficulty", "one of 'easy', 'middle', 'hard'", difficulty)
    return replace(Parameters(), **DIFFICULTIES[difficulty])  # type: ignore[arg-type]


def split(seed: int) -> Split:
    """Which set of error kinds a seed gets: even seeds train, odd seeds evaluate.

    >>> split(0), split(7)
    ('training', 'evaluation')
    """
    return "training" if seed % 2 == 0 else "evaluation"


def generator(seed: int, chapter: str, part: int = 0) -> np.random.Generator:
    """The random numbers of one chapter (and of one part of it).

    Each chapter has its own stream, so a new chapter does not change what the others draw.

    >>> generator(1, "offers").random() == generator(1, "offers").random()
    True
    >>> generator(1, "offers").random() == generator(1, "customers").random()
    False
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise parameter("sample", "seed", "an int of 0 or more", seed)
    return np.random.default_rng([seed, zlib.crc32(chapter.encode()), part])
