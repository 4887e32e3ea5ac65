"""Makes the shipped tagger of a shop's customers: a language for every word, English or Hindi.

    python scripts/make_shop_tagger.py --data ../shared/data

In: the training pairs of Hinglish TOP (Agarwal et al. 2022, Apache-2.0), the phrases of
`make_shop_language.py`, and some in Devanagari below. No word there has a language: a word of a
mixed sentence that its English translation holds too is English, one of a person's or place's slot
is a name, the rest is Hindi. Out: src/chowk/language/shop/tagger; its figures on Hinglish that was
tagged by hand and is not learned from are printed, beside the word list's.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import shutil
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

from make_shop_language import PHRASES, VALUES, filled

from chowk.language import LanguageTagger
from chowk.language.closed import closed_words
from chowk.language.labels import spans
from chowk.language.resolving import language_of
from chowk.language.tokens import tokens

FOLDER = Path(__file__).parents[1] / "src" / "chowk" / "language" / "shop" / "tagger"
sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

#: Slots of Hinglish TOP whose values are names of people, places and works.
NAMED = frozenset(
    """RECIPIENT SENDER CONTACT LOCATION SOURCE DESTINATION ATTENDEE PERSON_REMINDED WAYPOINT
    MUSIC_ARTIST_NAME ORGANIZER_EVENT CONTACT_RELATED PATH POINT_ON_MAP""".split()
)
#: Words that both languages write alike in Latin letters.
ALIKE = frozenset(
    "me to is the so on do in par are us he hi or main hum no ho na use a and".split()
)
DEVANAGARI = """मेरे लिए लाल जूते दिखाओ|मुझे नीली साड़ी चाहिए|दो हज़ार से कम के मोबाइल दिखाइए|
मेरा ऑर्डर कहाँ है|यह कुर्ता वापस करना है|सबसे सस्ता फ़ोन कौन सा है|बच्चों के लिए खिलौने|
शादी के लिए लहंगा दिखाओ|क्या आपके पास घड़ी है|पहला और दूसरा दिखाओ|धन्यवाद|नमस्ते|हाँ ठीक है|नहीं|
काला बैग चाहिए|पाँच सौ के अंदर|और सस्ते दिखाओ|मेरी माँ के लिए चूड़ियाँ|कब तक मिलेगा|
पैसे वापस कब मिलेंगे"""


def tagged_pairs(data: Path, split: str) -> list[dict[str, Any]]:
    """Both sides of Hinglish TOP with tags."""
    from _hinglish import top_rows

    pairs = top_rows(data, split)
    plain = Counter(
        word.casefold()
        for english, _ in pairs
        for word, label in zip(english["tokens"], english["labels"], strict=True)
        if label[2:] not in NAMED
    )
    found = []
    for english, mixed in pairs:
        there = [word.casefold() for word in english["tokens"]]
        beside = set(pairwise(there))
        for row, is_english in ((english, True), (mixed, False)):
            keys = [word.casefold() for word in row["tokens"]]
            named = {
                place
                for span in spans(row["labels"])
                if span.name in NAMED
                for place in range(span.start, span.end)
                if plain[keys[place]] < 3 and keys[place] not in closed_words("hi")
            }
            tags = []
            for place, key in enumerate(keys):
                if not any(letter.isalpha() for letter in key):
                    tags.append("other")
                elif place in named and (is_english or key in there):
                    tags.append("name")
                elif is_english:
                    tags.append("en")
                elif key in ALIKE:  # English where it stands beside the same word as there
                    around = {tuple(keys[place - 1 : place + 1]), tuple(keys[place : place + 2])}
                    tags.append("en" if around & beside else "hi")
                elif key in there or (plain[key] > 2 and key not in closed_words("hi")):
                    tags.append("en")
                else:
                    tags.append("hi")
            found.append({"tokens": row["tokens"], "languages": tags})
    return found


def phrases(seed: int = 0, rows: int = 1_500) -> list[dict[str, Any]]:
    """The shop's phrases with values; a brand is a name."""
    rng = random.Random(seed)
    said = [" ".join(p.split()) for all_ in PHRASES.values() for p in all_.split("|")]
    named = {word for brand in VALUES["brand"] for word in brand.split()}
    found = []
    for number in range(rows):
        row = filled(said[number] if number < len(said) else rng.choice(said), rng)
        mixed = any(language_of(w) == "hi" for w in row["tokens"] if w not in ALIKE)
        tags = []
        for word, label in zip(row["tokens"], row["labels"], strict=True):
            tag = language_of(word)
            if label.endswith("-brand") and word in named:
                tag = "name"
            elif word in ALIKE and tag != "other":
                tag = "hi" if mixed and label == "O" else "en"
            tags.append(tag)
        found.append({"tokens": row["tokens"], "languages": tags})
    for text in DEVANAGARI.replace("\n", "").split("|"):
        words = [token.text for token in tokens(text)]
        found.append({"tokens": words, "languages": ["hi"] * len(words)})
    return found


def by_hand(data: Path) -> list[dict[str, Any]]:
    """Hinglish that people tagged (Makhija et al. 2020, non-commercial): judged on alone."""
    with gzip.open(data / "hinglishnorm" / "hinglishNorm_trainSet.json.gz", "rt") as file:
        rows = json.load(file)
    kinds = {"Hindi": "hi", "Looks Good": "en"}
    found = []
    for row in rows:
        tags = [kinds.get(tag, "other") for tag in json.loads(row["tags"].replace("'", '"'))]
        words = row["inputText"].split()
        if words and len(words) == len(tags):
            found.append({"tokens": words, "languages": tags})
    return found


def share_right(rows: list[dict[str, Any]], tag: Any) -> float:
    """Of the tokens that are Hindi or English by hand, how many are tagged so."""
    right = total = 0
    for row in rows:
        for want, got in zip(row["languages"], tag(row["tokens"]), strict=True):
            if want in ("hi", "en"):
                right += want == got
                total += 1
    return right / total


def main() -> None:
    """Learn, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--lasso", type=float, default=0.3)
    given = parser.parse_args()
    made = tagged_pairs(given.data, "train") + phrases()
    # Which of two languages a word alike is of, the neighbours say: they count in full here.
    tagger = LanguageTagger(60, lasso=given.lasso, reach=1.0, alone=0.5).fit(made)
    judged = by_hand(given.data)
    print(f"{len(made)} rows; {Counter(t for r in made for t in r['languages'])}")
    print(f"hand-tagged Hinglish: tagger {share_right(judged, tagger.tag):.3f}, ", end="")
    print(f"word list {share_right(judged, lambda ws: [language_of(w) for w in ws]):.3f}")
    for text in (
        "mere liye red wali running shoes dikhao under 2000", "mujhe nike ke joote chahiye",
        "send it to me", "is bag me kya hai", "मेरे लिए लाल shoes दिखाओ", "the red one is nice",
    ):  # fmt: skip
        words = [token.text for token in tokens(text)]
        print(list(zip(words, tagger.tag(words), strict=True)))
    shutil.rmtree(FOLDER, ignore_errors=True)
    tagger.save(FOLDER)
    print(f"{sum(path.stat().st_size for path in FOLDER.iterdir()) / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
