"""What many ask at once: when it begins, where it is, and whether the shop's site is down.

A text comes in; whether it only asks, or tells of a trouble that all notice, comes out, and whether
a host's line asks for answers. A question may still accuse, call for something or be aimed at
somebody: then it only asks in form.
"""

from __future__ import annotations

import re
from functools import cache

from .evidence import HOT
from .shouts import ACCUSES, CALLS, KNOWN, MARKS, heat, tokens
from .similar import plain

_BEGINS = (
    "is are was were do does did has have had can could will would should when what why who whose "
    "where which how whats wheres hows anyone anybody kya kyu kyun kyon kab kaise kaisa kahan kaun "
    "kitna kitne क्या क्यों कब कैसे कहाँ कहां कौन कितना कितने"
)
#: What a question may end with in Hindi.
_ENDS = "kya kyu kyun kyon kab kahan na क्या क्यों कब कहाँ कहां"
#: A shop's or channel's services, which all need, and how they fail.
_SERVICE = (
    "site website web app page server servers login log account payment payments checkout cart "
    "upi otp order orders shop store portal card wallet refund tracking search link stream video "
    "साइट वेबसाइट ऐप एप पेज सर्वर पेमेंट भुगतान ऑर्डर लॉगिन खाता दुकान"
)
_TROUBLE = (
    "down offline outage error errors fail failed fails failing failure crash crashed crashes "
    "crashing slow stuck broken loading load loads working work works opening open opens cant "
    "cannot unable couldnt wont doesnt isnt hanging hang hangs timeout going maintenance issue "
    "issues problem unavailable declined pending band bandh chal chalu khul atak atka nahi nahin "
    "बंद बन्द चल चालू खुल अटक अटका नहीं नही"
)
#: What a question may be about, that calls somewhere in other sentences.
_EVENT = (
    "sale sales offer offers price prices discount discounts stream show video channel pls plz "
    "सेल ऑफर"
)
#: Whom a question may be aimed at.
_PERSON = (
    "streamer host creator broadcaster mods mod admin admins moderators owner person man guy woman "
    "girl boy boring awful he him his she her hers they them their banda aadmi usne usko uska "
    "स्ट्रीमर बंदा आदमी उसने उसको उसका"
)
_YOU = "you your yours u ur youre tu tum tera teri tere tumhara aap aapka तू तुम तेरा तुम्हारा आप आपका"
_INVITES = (
    "type say write tell comment answer guess vote spam drop shout sing repeat raise pick choose "
    "batao bolo likho kaho gao बताओ बोलो लिखो कहो गाओ"
)
_WHAT_A = re.compile(r"\s*(?:what|how)\s+(?:a|an|the|nice|good|lovely|cute|sweet)\b", re.I)


def asks(text: str, common: str) -> tuple[bool, tuple[int, ...]]:
    """Whether a text only asks, or tells of a service that fails; and its words as `tokens`, of
    which the service's own then call for nothing.

    >>> [asks(t, plain(t))[0] for t in ("is your site down for everyone?", "payment failed twice")]
    [True, True]
    >>> [asks(t, plain(t))[0] for t in ("is this streamer a scammer?", "wanna join evilstream?")]
    [False, False]
    """
    words = tuple(tokens(common).tolist())
    said = common.split()
    if not said or any(word & ACCUSES for word in words):
        return False, words
    every = set(said)
    service, trouble, person, you, begins, ends, *_ = _lists()
    if every & person:
        return False, words
    question = "?" in text[:2_000] or said[0] in begins or said[-1] in ends
    fails = bool(every & service and every & trouble)
    if not fails and (every & you or not question):
        return False, words
    cool = _numbers(fails)
    words = tuple(word & ~CALLS if word & ~MARKS in cool else word for word in words)
    calls = any(word & CALLS for word in words)
    if heat(words) >= HOT or (calls and (fails or not question) and "?" not in text[:2_000]):
        return False, words
    # A name that nobody knows is where many are to go, or what they are to think of.
    if calls or not question or not every & trouble:
        named = any(not word & KNOWN and word & ~MARKS not in cool for word in words)
        return not named, words
    return True, words


def invites(text: str, common: str) -> bool:
    """Whether a host's line asks many to answer.

    >>> [invites(t, plain(t)) for t in ("who led it?", "type 1 if you hear me", "what a shot")]
    [True, True, False]
    """
    if "?" in text[:2_000]:
        return True
    said = common.split()
    begins, calls = _lists()[4], _lists()[6]
    return bool(set(said) & calls) or (
        bool(said) and said[0] in begins and _WHAT_A.match(text) is None
    )


@cache
def _lists() -> tuple[frozenset[str], ...]:
    """The lists of this file, as `plain` leaves them."""
    every = (_SERVICE, _TROUBLE, _PERSON, _YOU, _BEGINS, _ENDS, _INVITES, _EVENT)
    return tuple(frozenset(plain(words).split()) for words in every)


@cache
def _numbers(fails: bool) -> frozenset[int]:
    """The words of services and troubles, or of events, as numbers without their kinds."""
    said = [*_lists()[0], *_lists()[1]] if fails else list(_lists()[7])
    return frozenset(int(tokens(word)[0]) & ~MARKS for word in said if len(word) > 1)
