"""Perspective's attributes, from AutoMod's scores, for those who come from that service.

A text and the attributes asked for come in; summary scores from 0 to 1 and the stretches that weigh
come out, in the shapes of Perspective's `comments:analyze`. The scores are AutoMod's own
probabilities: a threshold has to be set anew, and docs/automod.md says how.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .automod import AutoMod, Verdict

#: What can be asked for. The second half of the names are those of the experimental attributes.
ATTRIBUTES = (
    "TOXICITY",
    "SEVERE_TOXICITY",
    "IDENTITY_ATTACK",
    "INSULT",
    "PROFANITY",
    "THREAT",
    "SEXUALLY_EXPLICIT",
    "TOXICITY_EXPERIMENTAL",
    "SEVERE_TOXICITY_EXPERIMENTAL",
    "IDENTITY_ATTACK_EXPERIMENTAL",
    "INSULT_EXPERIMENTAL",
    "PROFANITY_EXPERIMENTAL",
    "THREAT_EXPERIMENTAL",
)
LANGUAGES = ("en", "hi", "hi-Latn")
#: Words that are read at once, well below what AutoMod takes, and those that two parts share.
_PART, _OVERLAP = 200, 30
_WORDS = re.compile(r"\S+")
_RUDE = (0.0, 0.35, 0.7, 0.93, 0.97)


def scored(verdict: Verdict) -> dict[str, float]:
    """The attributes' scores of one verdict.

    >>> from chowk.community import AutoMod
    >>> found = scored(AutoMod.load("en").check("what a lovely day"))
    >>> found["TOXICITY"] < 0.1, sorted(found)[:2]
    (True, ['IDENTITY_ATTACK', 'INSULT'])
    """
    held = {head: verdict.scores.get(head, 0.0) for head in ("hate", "threat", "insult", "sexual")}
    rude = _RUDE[verdict.levels.get("swearing", 0)]
    # An attack on a group, or a threat, is an insult as well; a plain oath is half toxic.
    insult = max(held["insult"], 0.8 * held["hate"])
    toxic = max(held["hate"], held["threat"], held["insult"], 0.6 * held["sexual"], 0.75 * rude)
    severe = max(held["hate"] * held["hate"], held["threat"] * held["threat"], 0.5 * held["insult"])
    return {
        "TOXICITY": toxic,
        "SEVERE_TOXICITY": severe,
        "IDENTITY_ATTACK": held["hate"],
        "INSULT": insult,
        "PROFANITY": rude,
        "THREAT": held["threat"] if held["threat"] > held["hate"] else
        max(held["threat"], 0.9 * held["hate"] * (verdict.level == 4)),
        "SEXUALLY_EXPLICIT": held["sexual"],
    }  # fmt: skip


def attribute(name: str) -> str:
    """The attribute that a name stands for: the experimental ones are the same as the others."""
    return name.removesuffix("_EXPERIMENTAL")


def language(text: str) -> str:
    """The language that a text is in, as far as AutoMod can tell: "hi", "hi-Latn" or "en".

    >>> language("यह क्या है"), language("ye kya hai bhai, sab log chahiye"), language("hello")
    ('hi', 'hi-Latn', 'en')
    """
    from .sentence import read

    if sum("\u0900" <= c <= "\u097f" for c in text[:2_000]) * 3 > len(text[:2_000]):
        return "hi"
    return "hi-Latn" if read(text[:2_000]).hindi else "en"


def analysed(
    automod: AutoMod,
    text: str,
    attributes: Mapping[str, Any] | Iterable[str],
    *,
    channel: str | None = None,
    languages: Sequence[str] = (),
    spans: bool = False,
) -> dict[str, Any]:
    """The body of an answer of `comments:analyze`."""
    asked = dict(attributes) if isinstance(attributes, Mapping) else {key: {} for key in attributes}
    scores = _whole(automod, text, channel)
    parts = _sentences(text) if spans else []
    single = [(start, end, scored(automod.check(text[start:end], channel))) for start, end in parts]
    out: dict[str, Any] = {}
    for name, options in asked.items():
        least = float((options or {}).get("scoreThreshold", 0.0))
        value = scores[attribute(name)]
        if value < least:
            continue
        entry: dict[str, Any] = {"summaryScore": {"value": round(value, 6), "type": "PROBABILITY"}}
        whole = single if single else [(0, len(text), scores)]
        entry["spanScores"] = [
            {
                "begin": start,
                "end": end,
                "score": {"value": round(found[attribute(name)], 6), "type": "PROBABILITY"},
            }
            for start, end, found in whole
        ]
        out[name] = entry
    told = language(text)
    return {
        "attributeScores": out,
        "languages": list(languages) or [told],
        "detectedLanguages": [told],
    }


def _whole(automod: AutoMod, text: str, channel: str | None) -> dict[str, float]:
    """The scores of a text; of one longer than AutoMod reads at once, the worst of its parts."""
    words = [one.span() for one in _WORDS.finditer(text)]
    if len(words) <= _PART:
        return scored(automod.check(text, channel))
    # Parts overlap, so that no sentence is only ever seen in halves.
    places = range(0, len(words) - _OVERLAP, _PART - _OVERLAP)
    parts = [text[words[i][0] : words[min(i + _PART, len(words)) - 1][1]] for i in places]
    found = [scored(verdict) for verdict in automod.check_many(parts, channel)]
    return {name: max(one[name] for one in found) for name in found[0]}


def _sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence begins and ends, at most a hundred."""
    made = []
    start = 0
    for i, letter in enumerate(text):
        if (
            letter in ".!?\n।"
            and i + 1 - start > 1
            and (i + 1 == len(text) or text[i + 1].isspace())
        ):
            made.append((start, i + 1))
            start = i + 1
            while start < len(text) and text[start].isspace():
                start += 1
        if len(made) == 99:
            break
    if start < len(text):
        made.append((start, len(text)))
    return made
