"""The forms under which neighbouring words meet: joined spellings and quantities.

"fax-jx200", "fax jx200" and "faxjx200" are one thing, and so are "1.5 l", "1.5l" and "1500 ml". In
goes the list of a text's words, out come further terms, each with the words that it spans. They
stand beside the words, never in their place, so nothing that was found by words is lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

#: Of a longer title the words after so many are searched, but make no joined forms.
LONGEST_TITLE = 64

#: Units by what they measure, and how many of the basic unit one is.
UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("inch", "inche", "in", "inches"), ("inch", 1.0)),
    **dict.fromkeys(("ft", "foot", "feet"), ("inch", 12.0)),
    **dict.fromkeys(("cm", "centimetre", "centimeter"), ("inch", 1 / 2.54)),
    **dict.fromkeys(("mm", "millimetre", "millimeter"), ("inch", 0.1 / 2.54)),
    **dict.fromkeys(("m", "metre", "meter"), ("inch", 100 / 2.54)),
    **dict.fromkeys(("mb", "megabyte"), ("mb", 1.0)),
    **dict.fromkeys(("gb", "gigabyte"), ("mb", 1e3)),
    **dict.fromkeys(("tb", "terabyte"), ("mb", 1e6)),
    **dict.fromkeys(("ml", "millilitre", "milliliter"), ("ml", 1.0)),
    **dict.fromkeys(("cl",), ("ml", 10.0)),
    **dict.fromkeys(("l", "ltr", "litre", "liter"), ("ml", 1e3)),
    **dict.fromkeys(("mg",), ("g", 1e-3)),
    **dict.fromkeys(("g", "gm", "gram"), ("g", 1.0)),
    **dict.fromkeys(("kg", "kilo", "kilogram"), ("g", 1e3)),
    **dict.fromkeys(("oz", "ounce"), ("g", 28.35)),
    **dict.fromkeys(("lb", "lbs", "pound"), ("g", 453.6)),
    **dict.fromkeys(("mhz",), ("mhz", 1.0)),
    **dict.fromkeys(("ghz",), ("mhz", 1e3)),
    **dict.fromkeys(("w", "watt"), ("w", 1.0)),
    **dict.fromkeys(("kw", "kilowatt"), ("w", 1e3)),
    **dict.fromkeys(("mah",), ("mah", 1.0)),
    **dict.fromkeys(("v", "volt"), ("v", 1.0)),
}
_PLAIN = re.compile(r"\d{1,9}(?:\.\d{1,4})?")
_VERSION = re.compile(r"v?(\d{1,9}(?:\.\d{1,4})?)")
#: Numerals of one letter are letters first.
_ROMAN = {
    sign: str(n)
    for n, sign in enumerate("ii iii iv - vi vii viii ix - xi xii xiii".split(), 2)
    if sign != "-"
}
_WITH_UNIT = re.compile(r"(\d{1,9}(?:\.\d{1,4})?)([a-z]+)")

Kind = Literal["word", "number", "model"]


class Form(NamedTuple):
    """A term that stands for `span` words from the word `start` on."""

    term: str
    start: int
    span: int


def kind(word: str) -> Kind:
    """What a word is: a `model` number has a digit and another letter in four characters or more,
    or is five digits long; a `number` any other with a digit.

    >>> [kind(w) for w in ("saree", "15.6", "2tb", "wh1000xm4", "108r00645", "75421")]
    ['word', 'number', 'number', 'model', 'model', 'model']
    """
    if word.isalpha() or not any(c.isdigit() for c in word):
        return "word"
    plain = word.replace(".", "").isdigit()
    return "model" if (len(word) >= 5 if plain else len(word) >= 4) else "number"


def joined(words: Sequence[str]) -> list[Form]:
    """Joined spellings and quantities of a text's words.

    Two neighbours are joined, and three where a digit is among them.

    >>> [form.term for form in joined(["fax", "jx200"])]
    ['faxjx200']
    >>> joined(["1.5", "l"])[1] == joined(["1500", "ml"])[1]._replace(start=0)
    True
    """
    return list(_joined(tuple(words[:LONGEST_TITLE])))


@lru_cache(maxsize=2000)
def _joined(words: tuple[str, ...]) -> tuple[Form, ...]:
    """Kept, for a title is asked for more than once when it is indexed or shown."""
    found: list[Form] = []
    digits = [not word.isalpha() and any(c.isdigit() for c in word) for word in words]
    for i, word in enumerate(words):
        if i + 1 < len(words):
            pair = word + words[i + 1]
            found.append(Form(pair.replace(".", ""), i, 2))
            if i + 2 < len(words):
                three = pair + words[i + 2]
                if digits[i] or digits[i + 1] or digits[i + 2]:
                    found.append(Form(three.replace(".", ""), i, 3))
            if words[i + 1] in UNITS and _PLAIN.fullmatch(word):
                found.append(Form(_quantity(word, words[i + 1]), i, 2))
        if "." in word:
            found.append(Form(word.replace(".", ""), i, 1))
        if word[-1].isalpha() and word[0].isdigit():
            parts = _WITH_UNIT.fullmatch(word)
            if parts and parts[2] in UNITS:
                found.append(Form(_quantity(parts[1], parts[2]), i, 1))
    return tuple(found)


def _quantity(number: str, unit: str) -> str:
    basic, times = UNITS[unit]
    return f"#{float(number) * times:.4g}{basic}"


def versions(word: str) -> list[str]:
    """The other ways of writing the version that a word may be.

    >>> versions("9"), versions("v9.5"), versions("iii"), versions("2007")
    (['9.0', 'v9', 'ix'], ['9.5'], ['3', '3.0', 'v3'], ['2007.0', 'v2007'])
    >>> versions("saree")
    []
    """
    number = _ROMAN.get(word)
    if number is None:
        parts = _VERSION.fullmatch(word)
        if parts is None:
            return []
        number = parts[1].removesuffix(".0")
    found = [number, f"v{number}"]
    if "." not in number:
        roman = next((sign for sign, n in _ROMAN.items() if n == number), None)
        found = [number, f"{number}.0", f"v{number}", *([roman] if roman else [])]
    return [other for other in found if other != word]


def grams(word: str) -> list[str]:
    """The two to four letters of a word that stand together, its ends marked.

    >>> grams("led")
    [' l', 'le', 'ed', 'd ', ' le', 'led', 'ed ', ' led', 'led ']
    """
    held = f" {word} "
    return [held[i : i + n] for n in (2, 3, 4) for i in range(len(held) - n + 1)]


def one_edit(a: str, b: str) -> bool:
    """Whether two words differ by one letter put in, left out, changed, or two swapped.

    >>> [one_edit("saree", other) for other in ("sare", "sarree", "sarie", "asree", "saris")]
    [True, True, True, True, False]
    """
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    i, shorter = 0, min(len(a), len(b))
    while i < shorter and a[i] == b[i]:
        i += 1
    if len(a) == len(b):
        return a[i + 1 :] == b[i + 1 :] or (
            a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :]
        )
    return a[i:] == b[i + 1 :] if len(a) < len(b) else a[i + 1 :] == b[i:]


def without_one(word: str) -> list[str]:
    """The word with each of its letters left out in turn (Garbe 2012, SymSpell: two words that
    one edit parts share one of these, or are one of the other's)."""
    return list({word[:i] + word[i + 1 :] for i in range(len(word))})


def same_model(asked: str, held: str) -> bool:
    """Whether a typing error may explain the difference of two model numbers: no digit may
    become another, for that is another model.

    >>> same_model("wh1000xm4", "wh1000xm5"), same_model("wh100xm4", "wh1000xm4")
    (False, True)
    """
    mine = [c for c in asked if c.isdigit()]
    other = [c for c in held if c.isdigit()]
    if mine == other:
        return True
    return len(mine) != len(other)
