"""Where the simulated market is: regions, the languages spoken there, and who sells from where.

Regions are 'country/state'. Weights are shares of customers; `hours` is what a parcel takes from a
seller of the same state, the same country, or abroad.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Region:
    """One region: its share of customers, and the locales of its people, most common first."""

    name: str
    share: float
    locales: tuple[str, ...]

    @property
    def country(self) -> str:
        """ISO 3166 code."""
        return self.name.partition("/")[0]


REGIONS: tuple[Region, ...] = (
    Region("IN/Gujarat", 0.07, ("gu-IN", "hi-IN", "en-IN")),
    Region("IN/Rajasthan", 0.05, ("hi-IN", "en-IN")),
    Region("IN/Maharashtra", 0.09, ("mr-IN", "hi-IN", "en-IN")),
    Region("IN/Karnataka", 0.07, ("kn-IN", "en-IN")),
    Region("IN/Tamil Nadu", 0.06, ("ta-IN", "en-IN")),
    Region("IN/Kerala", 0.04, ("ml-IN", "en-IN")),
    Region("IN/Telangana", 0.05, ("te-IN", "hi-IN", "en-IN")),
    Region("IN/West Bengal", 0.05, ("bn-IN", "en-IN")),
    Region("IN/Uttar Pradesh", 0.06, ("hi-IN", "en-IN")),
    Region("IN/Madhya Pradesh", 0.03, ("hi-IN", "en-IN")),
    Region("IN/Punjab", 0.03, ("pa-IN", "hi-IN", "en-IN")),
    Region("IN/Delhi", 0.06, ("hi-IN", "en-IN")),
    Region("DE/Bavaria", 0.05, ("de-DE", "en-GB")),
    Region("DE/Berlin", 0.04, ("de-DE", "en-GB")),
    Region("DE/North Rhine-Westphalia", 0.05, ("de-DE",)),
    Region("FR/Île-de-France", 0.05, ("fr-FR", "en-GB")),
    Region("FR/Provence", 0.03, ("fr-FR",)),
    Region("FR/Brittany", 0.02, ("fr-FR",)),
    Region("ES/Madrid", 0.04, ("es-ES", "en-GB")),
    Region("ES/Catalonia", 0.03, ("ca-ES", "es-ES")),
    Region("ES/Andalusia", 0.03, ("es-ES",)),
)

NAMES: tuple[str, ...] = tuple(region.name for region in REGIONS)
COUNTRIES: tuple[str, ...] = tuple(dict.fromkeys(region.country for region in REGIONS))
#: [regions] True in India.
INDIA: np.ndarray = np.array([region.country == "IN" for region in REGIONS])

#: Languages of queries. Romanised Hindi stands for what is mixed into English in India.
LANGUAGES = ("en", "hi", "de", "fr", "es")


def language(locale: str) -> str:
    """The language that `words` has for a locale: its own, romanised Hindi in India, else English.

    >>> language("de-DE"), language("kn-IN"), language("en-IN"), language("ca-ES")
    ('de', 'hi', 'hi', 'es')
    """
    spoken, _, country = locale.partition("-")
    if country == "IN":
        return "hi"
    return {"de": "de", "fr": "fr", "es": "es", "ca": "es"}.get(spoken, "en")


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells: name, home region, how its prices compare, and whether it ships abroad."""

    name: str
    home: str
    price: float
    abroad: bool


SELLERS: tuple[Seller, ...] = (
    Seller("Manek Chowk Traders", "IN/Gujarat", 0.96, True),
    Seller("Bangalore Direct", "IN/Karnataka", 1.0, True),
    Seller("Dadar Bazaar", "IN/Maharashtra", 0.98, False),
    Seller("Gariahat House", "IN/West Bengal", 1.02, False),
    Seller("Chandni Wholesale", "IN/Delhi", 0.93, True),
    Seller("T Nagar Silks and More", "IN/Tamil Nadu", 1.04, True),
    Seller("Isarhandel", "DE/Bavaria", 1.03, True),
    Seller("Spreekontor", "DE/Berlin", 0.97, True),
    Seller("Maison du Canal", "FR/Île-de-France", 1.05, True),
    Seller("Mistral Shop", "FR/Provence", 0.99, False),
    Seller("Gran Vía Tienda", "ES/Madrid", 0.97, True),
    Seller("Rambla Market", "ES/Catalonia", 1.0, False),
)

#: Hours from order to door: same state, same country, same continent, other continent.
HOURS = (24.0, 60.0, 96.0, 240.0)
#: What is added to the price when a parcel crosses a border.
BORDER = 1.08
