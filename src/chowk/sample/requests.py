"""What customers say to the shop's assistant, labelled: the table `utterances`.

Sentences of a few intents are filled with the market's own nouns, colours and brands, in English,
in Hindi in Latin letters with English words in it, and in German, French and Spanish. Each token
has a slot label and a language. What no shop is asked is there too, as `oos`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from chowk.store import schema

from .chapter import Pages
from .goods import BRANDS, COLOURS, GOODS
from .places import LANGUAGES
from .words import COLOUR_WORDS, NOUNS
from .world import World

#: Rows of the table.
ROWS = 900
#: Locale of each language.
_LOCALES = {"en": "en-IN", "hi": "hi-Latn-IN", "de": "de-DE", "fr": "fr-FR", "es": "es-ES"}

#: Intent to language to sentences. {item}, {colour}, {brand} and {price} are filled; words between
#: underscores are English in a Hindi sentence.
SENTENCES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "search": {
        "en": ("do you sell {item}", "{colour} {item} please", "i would like {brand} {item}",
               "anything like {colour} {item} below {price}", "let me see your {item}",
               "{item} by {brand}", "need {colour} {item} that costs under {price}"),
        "hi": ("{colour} {item} chahiye", "{brand} ka {item} hai kya", "{item} dikhana zara",
               "{price} tak ka {item} batao", "_best_ {item} dikhao na", "{colour} rang ka {item}"),
        "de": ("ich suche {item}", "{item} in {colour} bitte", "zeig mir {item} unter {price}"),
        "fr": ("je cherche {item}", "avez-vous {item} en {colour}", "{item} à moins de {price}"),
        "es": ("busco {item}", "quiero {item} {colour}", "{item} por menos de {price}"),
    },
    "refine": {
        "en": ("rather in {colour}", "and below {price}", "the {brand} ones", "only {colour} ones"),
        "hi": ("{colour} mein batao", "{price} se upar nahi", "_only_ {brand} wale"),
        "de": ("lieber in {colour}", "aber unter {price}"),
        "fr": ("plutôt en {colour}", "mais moins de {price}"),
        "es": ("mejor en {colour}", "pero menos de {price}"),
    },
    "track_order": {
        "en": ("when does my parcel come", "is my order on its way", "has my {item} been sent",
               "my order is late"),
        "hi": ("mera parcel kidhar hai", "_order_ kab tak aa jayega", "{item} abhi tak nahi mila"),
        "de": ("wo bleibt mein paket", "wann kommt meine bestellung"),
        "fr": ("où est mon colis", "quand arrive ma commande"),
        "es": ("dónde está mi pedido", "cuándo llega mi paquete"),
    },
    "return_item": {
        "en": ("the {item} is torn", "i will send the {item} back", "take my {item} back please",
               "the {item} is too small"),
        "hi": ("{item} _return_ karwana hai", "{item} toota hua aaya",
               "{item} ka _size_ galat hai"),
        "de": ("ich möchte {item} zurückgeben", "{item} ist kaputt"),
        "fr": ("je veux rendre {item}", "{item} est cassé"),
        "es": ("quiero devolver {item}", "{item} llegó roto"),
    },
    "question": {
        "en": ("which cards do you take", "do you ship to islands", "how long is the warranty",
               "can somebody wrap it as a gift"),
        "hi": ("_delivery_ ka kitna lagega", "_card_ se _payment_ hoga kya",
               "_warranty_ kitni hai"),
        "de": ("welche karten nehmt ihr", "was kostet der versand"),
        "fr": ("quels sont les frais de port", "puis-je payer par carte"),
        "es": ("cuánto cuesta el envío", "puedo pagar con tarjeta"),
    },
    "thanks": {
        "en": ("that was kind", "great thank you"), "hi": ("bahut shukriya", "_thanks_ bhai"),
        "de": ("vielen dank",), "fr": ("merci bien",), "es": ("muchas gracias",),
    },
    "oos": {
        "en": ("will it rain on sunday", "who scored last night", "set an alarm for six",
               "translate this letter", "what is the capital of peru", "play some old songs",
               "how do i cook rice", "call my brother"),
        "hi": ("aaj mausam kaisa hai", "ek _joke_ sunao", "_match_ kaun jeeta", "gaana bajao"),
        "de": ("wie wird das wetter", "spiel musik"), "fr": ("quel temps fait-il",),
        "es": ("qué tiempo hace",),
    },
}  # fmt: skip
#: How often each intent is said, and each language.
_SHARES = {"search": 40, "refine": 15, "track_order": 12, "return_item": 10, "question": 8,
           "thanks": 3, "oos": 12}  # fmt: skip
_SPOKEN = {"en": 50, "hi": 30, "de": 8, "fr": 6, "es": 6}
_PRICES = ("20", "50", "99", "100", "150", "500", "1000")


def utterances(world: World, rng: np.random.Generator) -> Pages:
    """The table `utterances`."""
    brands = sorted({brand for trade in BRANDS.values() for brand in trade})
    rows = []
    for intent, language in zip(_drawn(_SHARES, rng), _drawn(_SPOKEN, rng), strict=True):
        said = SENTENCES[intent][language]
        rows.append(_filled(said[rng.integers(len(said))], intent, language, brands, rng))
    table = schema.TABLES["utterances"]
    return Pages({"utterances": pa.Table.from_pylist(rows, table.arrow)})


def _drawn(shares: Mapping[str, int], rng: np.random.Generator) -> list[str]:
    weights = np.array(list(shares.values()), float)
    return [str(one) for one in rng.choice(list(shares), ROWS, p=weights / weights.sum())]


def _filled(
    sentence: str, intent: str, language: str, brands: list[str], rng: np.random.Generator
) -> dict[str, object]:
    """One row; a value of several words is a slot of several tokens."""
    goods = GOODS[int(rng.integers(len(GOODS)))]
    known = NOUNS[goods.key]
    nouns = known.get(language, known["en"])
    colour = list(COLOURS)[int(rng.integers(len(COLOURS)))]
    values = {
        "item": nouns[int(rng.integers(len(nouns)))],
        "colour": (colour, *COLOUR_WORDS[colour])[LANGUAGES.index(language)],
        "brand": brands[int(rng.integers(len(brands)))].lower(),
        "price": _PRICES[int(rng.integers(len(_PRICES)))],
    }
    words: list[str] = []
    labels: list[str] = []
    tags: list[str] = []
    for word in sentence.split():
        name = word.strip("{}")
        if name == word:
            words.append(word.strip("_"))
            labels.append("O")
            tags.append("en" if word.startswith("_") else language)
            continue
        pieces = values[name].split()
        words += pieces
        labels += [f"B-{name}", *[f"I-{name}"] * (len(pieces) - 1)]
        neutral = {"brand": "name", "price": "other"}.get(name)
        english = values[name] in known["en"] or values[name] == colour
        tags += [neutral or ("en" if language != "en" and english else language)] * len(pieces)
    return {
        "text": " ".join(words), "locale": _LOCALES[language], "intent": intent,
        "slots": labels, "languages": tags,
    }  # fmt: skip
