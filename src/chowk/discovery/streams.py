"""Live streams: which of those on air now a customer would choose.

Rows of the table `live`, the words of what a customer looked at and, where the store knows it, how
much his country turns to each kind of goods flow in; ranked channels flow out. The estimate is a
multinomial logit's (McFadden 1974): a stream's attraction, the need for its kind and its language
add up, and each part is shrunk by how little is known of it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

from chowk.errors import parameter

from .identity import Ranked, check_k
from .sequences import seconds

_WORD = re.compile(r"\w+")
#: As if so many more texts had been looked at, of what is usual in the country.
_USUAL = 50.0
#: As if a country had turned to so many more products, of what is usual everywhere.
_EVERYWHERE = 100.0
#: As if a channel had had half a stream more, of all channels' usual viewers.
_CHANNEL = 0.5
#: What viewers now count and the channel's until now, the customer's language, and the need for a
#: kind: of its rarest word, of all its words, and that any was looked at. They are those of a
#: multinomial logit on the choices in simulated stores with the seeds 0, 2 and 4, rounded.
_NOW, _OWN, _SPOKEN = 0.5, 0.4, 0.65
_RAREST, _WORDS, _LOOKED = 0.47, 0.18, 0.15
#: The need for a kind of which no word is known.
_UNKNOWN = float(np.log(0.02))


def words_of(text: object) -> set[str]:
    """The words of a text, in small letters.

    >>> sorted(words_of("Home > Tea sets"))
    ['home', 'sets', 'tea']
    """
    return set(_WORD.findall(str(text).lower()))


def country(region: str | None) -> str:
    """The country of a region, such as IN of IN/Gujarat or IN-GJ.

    >>> country("IN/Gujarat"), country(None)
    ('IN', '')
    """
    return re.split(r"[/\-]", region or "", maxsplit=1)[0]


def usual_words(
    looks: Iterable[Mapping[str, Any]], texts: Mapping[Any, str], where: str = ""
) -> dict[str, float]:
    """The share of what a country turns to whose text holds each word, shrunk to everywhere's.

    Parameters
    ----------
    looks : rows of `product_id` and `region`; with `count`, a row stands for so many.
    texts : of each product, its title and category.
    where : the country; everywhere without.

    Examples
    --------
    >>> looks = [{"product_id": "a", "region": "IN", "count": 30},
    ...          {"product_id": "b", "region": "FR", "count": 70}]
    >>> found = usual_words(looks, {"a": "tea", "b": "wine"}, "IN")
    >>> round(found["tea"], 2), round(found["wine"], 2)
    (0.46, 0.54)
    """
    everywhere: Counter[Any] = Counter()
    here: Counter[Any] = Counter()
    for row in looks:
        if row.get("product_id") in texts:
            count = row.get("count", 1)
            everywhere[row["product_id"]] += count
            if where and country(row.get("region")) == where:
                here[row["product_id"]] += count
    total, own = sum(everywhere.values()), sum(here.values())
    made: dict[str, float] = defaultdict(float)
    for one, count in everywhere.items():
        share = (here[one] + _EVERYWHERE * count / total) / (own + _EVERYWHERE)
        for word in words_of(texts[one]):
            made[word] += share
    return dict(made)


def live_now(
    streams: Iterable[Mapping[str, Any]], *, now: Any, taste: Iterable[str] = (), k: int = 10,
    language: str | None = None, usual: Mapping[str, float] | None = None,
) -> Ranked:  # fmt: skip
    """Streams that are on air now; one that has ended, or not begun, is never among them.

    Parameters
    ----------
    streams : rows of the table `live`: `channel_id`, `start`, `end` (None while on air), `title`,
        `tags`, `viewers`, `language`. A new row counts at once.
    taste : words of what the customer looked at, such as titles.
    language : as `language` of the streams; those in it weigh more.
    usual : what share of what his country turns to holds each word, as of `usual_words`.

    The score is the product of three. (1 + viewers), to the power of 0.5 as it is now and of 0.4 as
    in the channel's streams until now, shrunk to all channels' (one moment's viewers say little).
    The need for the stream's kind, where there is a taste: with `usual`, (t + 50 p) / (m + 50) of
    a tag's word, t of the m texts of taste holding the word and p its usual share; of the rarest,
    which says most of what it is about, to the power of 0.47, and of all, each as rare as it is,
    to that of 0.18; more by e^0.15 where the rarest was looked at. Without `usual` it is the
    geometric mean over its words of (t + 1/2) / (m + 5), to the power of 0.65, where words of more
    than half of the streams say nothing. And e^0.65 where the language is the customer's.

    Examples
    --------
    >>> streams = [{"channel_id": "a", "start": 0, "viewers": 40, "title": "Tea tasting"},
    ...            {"channel_id": "b", "start": 0, "viewers": 20, "title": "Camera hour"},
    ...            {"channel_id": "c", "start": 0, "end": 5, "viewers": 900, "title": "Camera"}]
    >>> [one for one, _ in live_now(streams, now=10, taste=["camera bag", "camera"])]
    ['b', 'a']
    """
    moment = seconds(now, "live_now")
    if moment is None:
        raise parameter("live_now", "now", "a time", now)
    texts = [words_of(text) for text in taste]
    liked = Counter(word for text in texts for word in text)
    on_air: list[tuple[Any, set[str], set[str], float, bool]] = []
    past: dict[Any, list[float]] = defaultdict(list)
    for row in streams:
        start, end = seconds(row.get("start"), "live_now"), seconds(row.get("end"), "live_now")
        if start is None or start > moment:
            continue
        viewers = float(np.log1p(max(float(row.get("viewers") or 0), 0.0)))
        past[row["channel_id"]].append(viewers)
        if end is None or end > moment:
            tags = row.get("tags") or ()
            tags = tags.split(",") if isinstance(tags, str) else tags
            tagged, titled = words_of(" ".join(map(str, tags))), words_of(row.get("title") or "")
            spoken = language is not None and row.get("language") == language
            on_air.append((row["channel_id"], tagged, titled, viewers, spoken))
    held = Counter(word for _, tagged, titled, _, _ in on_air for word in tagged | titled)
    usually = float(np.mean([np.mean(found) for found in past.values()])) if past else 0.0
    best: dict[Any, float] = {}
    for channel, tagged, titled, viewers, spoken in on_air:
        own = (sum(past[channel]) + _CHANNEL * usually) / (len(past[channel]) + _CHANNEL)
        score = _NOW * viewers + _OWN * own + _SPOKEN * spoken
        if usual and texts:
            score += _need(tagged, titled, liked, len(texts), usual)
        elif texts:
            most = max(len(on_air), 2)
            telling = sorted(word for word in tagged | titled if 2 * held[word] <= most)
            chances = [np.log((liked[word] + 0.5) / (len(texts) + 5)) for word in telling]
            chance = float(np.mean(chances)) if chances else float(np.log(0.1))
            score += (_RAREST + _WORDS) * chance
        best[channel] = max(best.get(channel, -np.inf), score)
    made = [(channel, float(np.exp(score))) for channel, score in best.items()]
    made.sort(key=lambda pair: (-pair[1], str(pair[0])))
    return made[: check_k(k, "live_now")]


def _need(
    tagged: Collection[str],
    titled: Collection[str],
    liked: Mapping[str, int],
    texts: int,
    usual: Mapping[str, float],
) -> float:
    """The logarithm of what the need for a kind counts; titles tell the kind where no tag does."""
    known = [word for word in tagged if word in usual] or [w for w in titled if w in usual]
    if not known:
        return (_RAREST + _WORDS) * _UNKNOWN
    share = {word: min(max(usual[word], 1e-6), 1.0) for word in sorted(known)}
    rarest = min(share, key=lambda word: (share[word], word))
    need = {
        word: float(np.log((liked.get(word, 0) + _USUAL * usually) / (texts + _USUAL)))
        for word, usually in share.items()
    }
    # A word that all texts hold says nothing of what a stream is about.
    rare = np.maximum(-np.log(list(share.values())), 1e-6)
    mean = float(rare @ np.array(list(need.values())) / rare.sum())
    return _RAREST * need[rarest] + _WORDS * mean + _LOOKED * (liked.get(rarest, 0) > 0)
