"""What many ask at once: when it begins, where it is, and whether the shop's site is down.

A text comes in; whether it only asks, or tells of a trouble that all notice, comes out, and whether
a host's line asks for answers. A question may still accuse, call for something or be aimed at
somebody: then it only asks in form. So what may stand in one is listed: who or what else is asked
for is nothing that all ask at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from .evidence import HOT
from .shouts import ACCUSES, CALLS, MARKS, MOST, heat, tokens
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
#: What only a site does, and what it does not do then: of it a name may be said that is in no list.
_DOWN = "down offline outage crashed crashing unavailable loading timeout band bandh बंद बन्द"
_WORKS = "working work works load loads opening chal chalu khul चल चालू खुल"
_NOT = "not nt isnt doesnt wont cant nahi nahin नहीं नही"
#: What a question may be about, that calls somewhere in other sentences.
_EVENT = "sale sales offer offers price prices discount discounts stream show video pls plz सेल ऑफर"
#: What else it may be about, and when.
_ABOUT = (
    "channel match matches game games round final finals episode movie song event draw contest "
    "result results score stock delivery live start starts started starting begin begins began "
    "beginning end ends ended ending over finish finishes back next last new ready out available "
    "happen happens happening late early long soon time times hour hours minute minutes min mins "
    "second seconds day days week month morning noon afternoon evening night today tonight "
    "tomorrow yesterday now yet still already ever since until till before after again twice once "
    "first one two three four five six seven eight nine ten am pm ist monday tuesday wednesday "
    "thursday friday saturday sunday right here there also else only much many often through "
    "getting get shuru khatam hoga hogi hua hui aaj kal abhi subah shaam raat baje din se kab tak "
    "phir kyunki शुरू खत्म होगा होगी हुआ आज कल अभी सुबह शाम रात बजे दिन तक फिर"
)
#: Words that join others, and whom many call so.
_JOINING = (
    "the an and or but of to in on at by for with from as is are was were be been being am it its "
    "this that these those we my your our us me so not nt no yes do does did have has had will "
    "would can could may if then than there what when who how why which where all up off about "
    "too very more some any im ive ok okay hey hi hello please pls plz bro guys sir madam chat "
    "elses anyones everyones anyone anybody anything everyone everybody someone "
    "somebody something other others really just seems says said showing shows keep keeps "
    "ka ki ke ko mein par pe hai hain ho tha thi na bhi hi toh to ye yeh aur koi ek ab jo mera "
    "mere meri mujhe mujhse hamara hamare sab sabka sabhi kisi kisiko bhai yaar log raha rahi "
    "rahe gaya gayi ja jaa pa का की के को से में पर है हैं हो था थी ना भी ही तो ये यह इस और "
    "कोई एक अब जो मेरा मेरे मेरी मुझे हमारा हमारे सब सबका सभी किसी भाई यार लोग रहा रही रहे गया "
    "गयी जा पा"
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
#: Words of a name that is in no list; words of its own that a channel may have in a question.
_NAME, _OWN = 2, 2


class Asked(NamedTuple):
    """What was seen of a text that may ask.

    Attributes
    ----------
    asks : whether it only asks, or tells of a service that fails.
    words : its words as `tokens`, of which the service's own then call for nothing.
    fails : whether it names a trouble.
    own : which of its words, a bit for each, have to be the channel's own for it to only ask.
    """

    asks: bool
    words: tuple[int, ...]
    fails: bool = False
    own: int = 0


def asks(text: str, common: str, whole: str | None = None) -> Asked:
    """Whether a text only asks, or tells of a service that fails.

    Parameters
    ----------
    text : as it was written.
    common : as `plain` leaves it.
    whole : the same before words were parted in it (`together.parted`); None where none were. A
        name stays one, though words stand in it.

    >>> [asks(t, plain(t)).asks for t in ("is your site down for all?", "payment failed twice")]
    [True, True]
    >>> [asks(t, plain(t)).asks for t in ("is this streamer a scammer?", "is maria in house nine?")]
    [False, False]
    """
    words = tuple(tokens(common).tolist())
    said = common.split()
    no = Asked(False, words)
    # Of more words than are looked at, nobody knows what they are.
    if not said or len(words) >= MOST or any(word & ACCUSES for word in words):
        return no
    every = set(said)
    service, trouble, person, you, begins, ends, *_ = _lists()
    if every & person:
        return no
    asked = "?" in text[:2_000]
    question = asked or said[0] in begins or said[-1] in ends
    fails = bool(every & service and every & trouble)
    if not fails and (every & you or not question):
        return no
    others = _others(words, question)
    if whole is not None and _others(tuple(tokens(whole).tolist()), question):
        return no
    if not others:
        cool = _numbers("service" if fails else "event")
        words = tuple(word & ~CALLS if word & ~MARKS in cool else word for word in words)
    calls = any(word & CALLS for word in words)
    if heat(words) >= HOT or (calls and fails and not asked):
        return no
    if not others:
        return Asked(True, words, bool(every & trouble))
    if len(others) > _OWN or not question or any(words[at] & CALLS for at in others):
        return no
    return Asked(False, words, bool(every & trouble), sum(1 << at for at in others))


def _others(words: Sequence[int], question: bool) -> list[int]:
    """Where the words stand that are nothing which all ask of, nor a shop's name in "is X down?",
    nor where one is in "down in X?"."""
    bare = [word & ~MARKS for word in words]
    usual, down, within = _numbers("usual"), _numbers("down"), _numbers("in")
    others = [at for at, word in enumerate(bare) if word not in usual]
    if not others or not question:
        return others
    works, negated = _numbers("works"), bool(_numbers("not") & set(bare))
    failing = [
        at for at, word in enumerate(bare) if word in down or (negated and word in works)
    ]  # fmt: skip
    if not failing:
        return others
    name = [at for at in others if at < failing[0]]
    if 0 < len(name) <= _NAME and name[-1] - name[0] < _NAME:
        others = others[len(name) :]
    return [
        at
        for at in others
        if not (at - 1 > failing[0] and bare[at - 1] in within and at - 2 in failing)
    ]


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
    every = (_SERVICE, _TROUBLE, _PERSON, _YOU, _BEGINS, _ENDS, _INVITES)
    return tuple(frozenset(plain(words).split()) for words in every)


@cache
def _numbers(name: str) -> frozenset[int]:
    """One of the lists of words as numbers without their kinds."""
    said = {
        "service": f"{_SERVICE} {_TROUBLE}",
        "event": _EVENT,
        "usual": " ".join(
            (_SERVICE, _TROUBLE, _EVENT, _ABOUT, _JOINING, _BEGINS, _ENDS, _YOU, "going")
        ),
        "down": _DOWN,
        "works": _WORKS,
        "not": _NOT,
        "in": "in at me mein में",
    }[name]
    return frozenset(
        int(tokens(word)[0]) & ~MARKS for one in said.split() for word in plain(one).split()
        if len(word) > 1
    )  # fmt: skip
