"""Amounts that a request names: price limits, sizes, measures and days, in English and Hinglish.

In: a text, and for days the day on which it is said. Out: amounts with their places in code points.
Rules, not learning: a limit has to be right also for a number that nobody said before.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

_MARK = r"(?:₹|rs\.?|inr|usd|eur|gbp|\$|€|£)"
_WORD = r"(?:rs\.?|rupees?|rupaye|rupay|inr|dollars?|bucks|euros?|/-|₹|€)"
_SCALE = r"(?:k|thousand|hazaar|hazar|hajar|हज़ार|हजार|lakhs?|lac|lakh|लाख|sau|सौ)"


def _number(name: str) -> str:
    return (
        rf"(?P<{name}m>{_MARK})?\s?(?P<{name}>\d[\d,]*(?:\.\d+)?)\s?(?P<{name}s>{_SCALE}\b)?"
        rf"\s?(?P<{name}w>{_WORD}(?!\w))?"
    )


_SCALES = {"k": 1_000, "t": 1_000, "h": 1_000, "ह": 1_000, "l": 100_000, "ल": 100_000}
_BEFORE_MAX = (
    r"(?:under|below|beneath|less than|lower than|cheaper than|up ?to|within|not more than|"
    r"no more than|at most|max(?:imum)?(?: price)?(?: of)?|budget(?: is| of)?|sirf)"
)
_AFTER_MAX = (
    r"(?:ke andar|ke under|ke undar|se kam|se niche|se neeche|ke niche|ke neeche|"
    r"tak(?: ka| ke| ki)?|"
    r"or less|or below|or under|and under|and below|max|mein|के अंदर|से कम|तक|budget)"
)
_BEFORE_MIN = (
    r"(?:over|above|more than|higher than|at least|min(?:imum)?(?: price)?(?: of)?|"
    r"starting (?:from|at)|not less than|from)"
)
_AFTER_MIN = (
    r"(?:se zyada|se jyada|se upar|ke upar|se mehnga|or more|and above|and up|onwards|से ज़्यादा)"
)
_ABOUT = r"(?:around|about|approx(?:imately)?|roughly|near(?:ly)?|lagbhag|takriban|करीब)"
_AFTER_ABOUT = r"(?:ke aas ?paas|ke around|ke lagbhag|के आसपास)"
_PRICES = [
    ("both", rf"(?:between|from)\s+{_number('a')}\s*(?:and|to|-|–|se)\s*{_number('b')}"),
    ("both", rf"{_number('a')}\s*(?:se|to|-|–)\s*{_number('b')}\s*(?:ke beech|ke bich|tak|के बीच)?"),
    ("max", rf"{_BEFORE_MAX}\s+{_number('a')}"),
    ("about", rf"{_ABOUT}\s+{_number('a')}"),
    ("about", rf"{_number('a')}\s*{_AFTER_ABOUT}"),
    ("max", rf"{_number('a')}\s*{_AFTER_MAX}(?!\w)"),
    ("min", rf"{_number('a')}\s*{_AFTER_MIN}(?!\w)"),
    ("min", rf"{_BEFORE_MIN}\s+{_number('a')}"),
    ("plain", _number("a")),
]
_COMPILED = [(kind, re.compile(rf"(?<![\w.]){rule}", re.IGNORECASE)) for kind, rule in _PRICES]

_UNITS = {
    "g": "g", "gm": "g", "gms": "g", "gram": "g", "grams": "g", "kg": "kg", "kgs": "kg",
    "kilo": "kg", "kilos": "kg", "ml": "ml", "l": "l", "litre": "l", "litres": "l", "liter": "l",
    "liters": "l", "ltr": "l", "mm": "mm", "cm": "cm", "m": "m", "metre": "m", "meter": "m",
    "metres": "m", "meters": "m", "inch": "in", "inches": "in", "ft": "ft", "feet": "ft",
    "gb": "GB", "tb": "TB", "mah": "mAh", "w": "W", "watt": "W", "watts": "W", "mp": "MP",
    "hz": "Hz", "pcs": "pieces", "pieces": "pieces", "pack": "pieces",
}  # fmt: skip
_TIMES = r"(?:days?|din|hours?|ghante|weeks?|hafte|months?|mahine|years?|minutes?|stars?|%|percent)"
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_MEASURE = re.compile(
    rf"(?<![\w.])(?P<number>\d+(?:\.\d+)?)\s?(?P<unit>{_UNIT})(?!\w)", re.IGNORECASE
)
_UNIT_NEXT = re.compile(rf"\s?(?:{_TIMES}|{_UNIT})(?!\w)", re.IGNORECASE)
_SIZE = re.compile(
    r"(?<!\w)(?:size\s*(?:is\s*|no\.?\s*|number\s*)?(?P<a>(?:(?:uk|us|eu)\s?)?\d{1,3}(?:\.5)?|"
    r"x{0,4}[sl]|m|small|medium|large|free)|(?P<b>(?:uk|us|eu)\s?\d{1,2}(?:\.5)?)|(?P<c>\d{1,2})\s?(?:number|no\.?)|"
    r"(?P<d>x{1,4}[sl]))(?!\w)",
    re.IGNORECASE,
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = re.compile(
    r"(?<!\w)(?:(?P<iso>\d{4}-\d{2}-\d{2})|(?P<two>day after tomorrow|parso|parson)|"
    r"(?P<one>tomorrow|kal)|(?P<now>today|aaj|tonight)|"
    rf"(?:in|within)\s+(?P<in>\d{{1,3}})\s+days?|(?P<din>\d{{1,3}})\s+din\s+mein|"
    rf"(?:next\s+|on\s+|by\s+|this\s+)?(?P<week>{'|'.join(_WEEKDAYS)}))(?!\w)",
    re.IGNORECASE,
)


class PriceLimit(NamedTuple):
    """The least and the highest price, None where open, and where they are said."""

    least: Decimal | None
    most: Decimal | None
    start: int
    end: int


class Measure(NamedTuple):
    """A number of a unit, such as 500 g, or a size; `unit` is then `size`."""

    value: str
    unit: str
    start: int
    end: int


class Day(NamedTuple):
    """A day that is named."""

    day: dt.date
    start: int
    end: int


def price_limit(text: str) -> PriceLimit | None:
    """The first price limit of a text, the most telling form of words first.

    A bare number is no price; with a currency beside it, it is the most that is to be paid.

    >>> price_limit("shoes under 2,000")[:2]
    (None, Decimal('2000'))
    >>> price_limit("500 se 1k ke beech")[:2]
    (Decimal('500'), Decimal('1000'))
    >>> price_limit("within 2 days") is price_limit("iphone 15") is None
    True
    """
    for kind, rule in _COMPILED:
        for match in rule.finditer(text):
            found = _price(kind, match, text)
            if found is not None:
                return found
    return None


def _price(kind: str, match: re.Match[str], text: str) -> PriceLimit | None:
    end = match.end("b") if kind == "both" else match.end("a")
    if _UNIT_NEXT.match(text, end) and not match["as"]:
        return None
    money = bool(match["am"] or match["aw"] or match["as"])
    first = _amount(match["a"], match["as"])
    if kind == "both":
        money = money or bool(match["bm"] or match["bw"] or match["bs"])
        second = _amount(match["b"], match["bs"])
        if match["bs"] and not match["as"] and first < second / 100:
            first = _amount(match["a"], match["bs"])  # "1-2k"
        said = match[0].casefold()
        told = said.startswith(("between", "from")) or said.endswith(
            ("beech", "bich", "tak", "बीच")
        )
        if not (money or (told and second >= 10)) or first > second:
            return None
        return PriceLimit(first, second, match.start(), match.end())
    if kind == "plain" and not money:
        return None
    if match[0].casefold().endswith("mein") and not money and first < 100:
        return None
    fifth = first / 5
    limits = {
        "max": (None, first),
        "plain": (None, first),
        "min": (first, None),
        "about": (first - fifth, first + fifth),
    }
    return PriceLimit(*limits[kind], match.start(), match.end())


def _amount(digits: str, scale: str | None) -> Decimal:
    value = Decimal("".join(str(int(c)) if c.isdigit() else c for c in digits if c != ","))
    if scale:
        hundred = scale.casefold() in ("sau", "सौ")
        value *= 100 if hundred else _SCALES[scale.casefold()[0]]
    return value


def measures(text: str) -> Iterator[Measure]:
    """Sizes and measures of a text.

    >>> [(m.value, m.unit) for m in measures("size UK 9 shoes and 1.5 litre bottle")]
    [('UK 9', 'size'), ('1.5', 'l')]
    """
    taken = []
    for match in _SIZE.finditer(text):
        value = next(match[name] for name in "abcd" if match[name])
        taken.append((match.start(), match.end()))
        yield Measure(value.upper() if not value.isalpha() or len(value) < 5 else value, "size",
                      match.start(), match.end())  # fmt: skip
    for match in _MEASURE.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            unit = _UNITS[match["unit"].casefold()]
            yield Measure(match["number"], unit, match.start(), match.end())


def day_named(text: str, today: dt.date) -> Day | None:
    """The day that a text names, said on `today`. (`kal` is also yesterday; a request looks ahead.)

    >>> day_named("by tomorrow", dt.date(2026, 1, 31)).day
    datetime.date(2026, 2, 1)
    """
    for match in _DAY.finditer(text):
        ahead = 0
        if match["iso"]:
            try:
                return Day(dt.date.fromisoformat(match["iso"]), match.start(), match.end())
            except ValueError:
                continue
        if match["week"]:
            wanted = _WEEKDAYS.index(match["week"].casefold())
            ahead = (wanted - today.weekday()) % 7 or 7
        elif match["in"] or match["din"]:
            ahead = int(match["in"] or match["din"])
        elif match["one"] or match["two"]:
            ahead = 1 if match["one"] else 2
        return Day(today + dt.timedelta(days=ahead), match.start(), match.end())
    return None
