"""What is said in the sample store's channels, and what its moderators decided of it: `messages`.

Three channels with different norms: under "help" nobody is rude, in "kitchen-live" nobody is
insulted, in "games-live" players tease each other and swear, and only abuse goes. Moderators decide
of most that breaks a norm and of some that does not, and err now and then. The kind of each message
is truth that the store never sees; the sentences are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from chowk.store import schema

from .chapter import Pages
from .goods import GOODS
from .words import NOUNS
from .world import World

#: Messages for each customer, and at most; over the last so many days.
EACH, ROWS, DAYS = 0.6, 3_000, 90
_DAY = 86_400_000_000
#: Kinds of what is said. {item} is filled.
SAID: Mapping[str, Sequence[str]] = {
    "ordinary": (
        "is the {item} back in stock?", "how long does delivery to Pune take", "love this {item}",
        "what size should I take?", "good evening everyone", "thanks for the quick answer",
        "mera {item} aa gaya, bahut accha hai", "yeh {item} kitne ka hai?", "kal milte hain sab",
        "can you show the {item} once more", "my order came today, all fine", "ha ha well said",
        "kya {item} ka aur rang milega", "first time here, hello", "{item} wala kab aayega",
        "does the {item} come with a bill?", "I gave one to my sister", "see you tomorrow",
        "the sound is gone, only me?", "what a lovely colour", "sahi bola bhai", "next one please",
    ),
    "rude": (
        "this is rubbish, take it down", "what a useless shop", "your {item} is garbage",
        "bakwas dukaan hai yeh", "worst service, you people are useless", "such a dumb question",
        "faltu cheez, paise barbaad", "this {item} sucks", "stop whining and read the page",
    ),
    "swearing": (
        "damn, that {item} is good", "what the hell is that price", "holy shit that looks great",
        "no fucking way it is sold out", "bloody hell, finally", "oh crap, I missed it",
        "that was a hell of a {item}", "shit, wrong link, sorry",
    ),
    "banter": (
        "you noob, who taught you to play", "get wrecked lol", "my grandma aims better than you",
        "uninstall the game, bro", "easy win, you are all trash at this", "cry more, loser",
        "haar gaya na, nalle", "ja beta pehle khelna seekh", "git gud you clown",
    ),
    "abuse": (
        "shut up you filthy idiot, nobody wants you here", "you are a stupid ugly pig",
        "go back to where you came from, your kind is dirty", "chup kar kutte, tu kaminey hai",
        "tum sab ek number ke chutiye ho", "women like you should stay in the kitchen, bitch",
        "I will find you and break your teeth", "people like you are vermin",
        "kill yourself, freak",
        "harami saale, teri aukaat kya hai", "you disgusting retard",
        "all of them are thieves, throw them out",
    ),
}  # fmt: skip
#: What stands before and behind a sentence, at times.
_BEFORE = ("", "", "", "", "bhai ", "lol ", "sorry but ", "guys, ", "arre ", "honestly ")
_BEHIND = ("", "", "", "", "!", "!!", " :)", " yaar", " please", "...")
#: Channel to how often each kind is said there, and the kinds that its norms do not allow.
CHANNELS: Mapping[str, tuple[Mapping[str, float], frozenset[str]]] = {
    "help": (
        {"ordinary": 0.80, "rude": 0.10, "swearing": 0.05, "banter": 0.01, "abuse": 0.04},
        frozenset({"rude", "swearing", "banter", "abuse"}),
    ),
    "kitchen-live": (
        {"ordinary": 0.82, "rude": 0.04, "swearing": 0.06, "banter": 0.03, "abuse": 0.05},
        frozenset({"banter", "abuse"}),
    ),
    "games-live": (
        {"ordinary": 0.55, "rude": 0.05, "swearing": 0.15, "banter": 0.18, "abuse": 0.07},
        frozenset({"abuse"}),
    ),
}
#: How often a moderator decides of what breaks a norm, of the rest, and decides wrongly.
_SEEN, _ASIDE, _WRONG = 0.9, 0.3, 0.03


def chatter(world: World, rng: np.random.Generator) -> Pages:
    """The `messages` table; the kind of each as truth."""
    folk = world.folk
    count = max(1, min(ROWS, int(EACH * len(folk))))
    end = int(world.numbers.end.timestamp() * 1e6)
    moments = np.sort(end - (rng.random(count) * DAYS * _DAY).astype(np.int64))
    authors = rng.choice(len(folk), count, p=folk.activity / folk.activity.sum())
    channels = rng.choice(list(CHANNELS), count, p=(0.3, 0.35, 0.35))
    last: dict[str, str] = {}
    rows, kinds = [], []
    for number, channel in enumerate(channels.tolist()):
        shares, denied = CHANNELS[channel]
        kind = str(rng.choice(list(shares), p=list(shares.values())))
        breaks = kind in denied
        decided = rng.random() < (_SEEN if breaks else _ASIDE)
        denies = breaks != (rng.random() < _WRONG)
        rows.append(
            {
                "message_id": f"M{number:06d}",
                "channel_id": channel,
                "author_id": folk.ids[authors[number]],
                "text": _filled(SAID[kind][int(rng.integers(len(SAID[kind])))], rng),
                "reply_to": last.get(channel) if rng.random() < 0.2 else None,
                "label": ("denied" if denies else "approved") if decided else None,
            }
        )
        kinds.append(kind)
        last[channel] = f"M{number:06d}"
    declared = schema.TABLES["messages"].arrow
    table = pa.Table.from_pylist(rows, pa.schema([f for f in declared if f.name != "ts"]))
    when = pa.array(moments, pa.int64()).cast(declared.field("ts").type)
    table = table.append_column("ts", when).select(declared.names)
    truth = pa.table({"message_id": table["message_id"], "kind": kinds})
    return Pages({"messages": table}, {"message_kinds": truth})


def _filled(sentence: str, rng: np.random.Generator) -> str:
    names = NOUNS[GOODS[int(rng.integers(len(GOODS)))].key]["en"]
    before, behind = (
        ends[int(rng.integers(len(ends)))] if rng.random() < 0.5 else ""
        for ends in (_BEFORE, _BEHIND)
    )
    return f"{before}{sentence.format(item=names[int(rng.integers(len(names)))])}{behind}"
