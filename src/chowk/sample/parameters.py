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
    quality: float = 0.6  # hidden quality of the product, standard normal
    taste: float = 0.8  # agreement of the hidden vectors of product and customer
    colour: float = 0.5  # the customer's liking of the colour
    price: float = 0.5  # penalty for half the squared distance from his price level, at most 4
    regional: float = 1.6  # added where the style is at home
    delivery: float = 0.4  # added for each halving of the promised hours from four days, at most 2
    wish: float = 1.4  # added for the colour in mind, and for the style in mind
    fit: float = 2.2  # added to what fits the product that it should go with
    drawn: float = 0.8  # added to everything while a complement is looked for
    noise: float = 0.8  # of each product in each list anew, standard normal
    # -- looking, clicking, buying
    position_power: float = 0.9  # examination falls as position to the minus this
    position_floor: float = 0.06  # what is looked at however deep it stands
    click_noise: float = 0.02  # clicks for no reason
    click_bias: float = -2.4  # logit of a click at utility 0 when looked at
    cart_bias: float = -1.0  # logit of taking the best liked of what was clicked, at utility 0
    cart_slope: float = 0.7  # how much utility counts for that
    purchase: float = 0.75  # chance that a session with a cart buys
    guest_purchase: float = 0.8  # factor of that for guests
    # -- sessions
    personas: int = 10  # groups of customers with like tastes
    favourites: int = 4  # favourite kinds of a customer
    favourite_lift: float = 4.0  # how much more often he looks for them
    guests: float = 0.15  # share of sessions without customer_id; newcomers add to it
    searches: float = 0.65  # share of lists that answer a search; the others are categories
    next_need: float = 0.45  # chance of another need, where no complement is drawn
    recall: float = 0.35  # chance that a later session starts with the complement of a purchase
    needs: int = 4  # most lists of a session
    list_length: int = 12  # on desktop and tablet
    list_length_phone: int = 8  # on phone and app
    swapped: float = 0.02  # share of lists with an adjacent pair swapped
    festival_lift: float = 3.0  # how much more its kinds are wanted; a season has the square root
    sale_discount: float = 0.15  # off the price on sale days
    activity_spread: float = 1.0  # standard deviation of the log of how often customers come
    refund_days: float = 20.0  # refunds come 2 days to this many and 2 later
    # -- rankers: how much each knows of what the shopper will like
    ranker_noise: float = 0.5  # of each product in each list anew
    ranker_match: float = 1.2  # how much the query's words count, in searches
    ranker_taste: float = 0.6  # how much of taste and region the second ranker knows
    # -- catalogue
    grouped: float = 0.3  # share of groups with two or three variants, where a kind has any
    new_in_year: float = 0.35  # share of products created in the year
    unavailable: float = 0.04  # share of the older products that went in its last quarter
    colour_in_title: float = 0.6  # share of titles that name the colour
    missing_attributes: float = 0.25  # share of attributes left out
    errors: float = 0.01  # share of products with an error, for each kind of the split
    # -- queries
    misspelt: float = 0.05  # share of queries with a wrong letter, roughly
    own_language: float = 0.35  # share of queries in the own language, outside India
    code_mixed: float = 0.25  # share of queries with romanised Hindi, in India
    # -- live streams
    live_channels: int = 400  # who streams
    live_days: int = 28  # the last days of the year have streams
    live_daily: float = 0.8  # chance that a channel streams on a day
    live_spread: float = 1.0  # standard deviation of how attractive channels are, in logits
    live_noise: float = 0.5  # of the viewers, as a logarithm, beside the attraction
    live_kind: float = 1.0  # what the logarithm of the need for a stream's kind counts
    live_language: float = 1.0  # added where a stream is in the customer's language
    live_choices: int = 3_000  # choices that the truth holds

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
