# ruff: noqa: E501
"""Raids and celebrations by kind, and ordinary chat to go on between them.

A kind and a seed come in; who says what and when comes out, with whether it belongs to the raid or
the celebration. A third of the kinds (`aside`) were written with the others and are run only with
`--final`.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

#: One text of a crowd, for the member's number.
Maker = Callable[[random.Random, int], str]
_EMOJI = "😂🔥💀😡🎉👀🤣💯⚡🚀😭🙏👍❤✨🥶🤡👑"
_LOOKS = str.maketrans("aeopcxyiks", "аеорсхуікѕ")
_WORDS = (
    "table window river purple quiet seven orange castle pencil garden winter copper silver "
    "basket mountain engine pocket bottle candle forest island button carpet thunder velvet "
    "marble harbour planet rocket saddle spider tunnel walnut yellow zebra anchor blanket"
).split()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of raid or celebration.

    Attributes
    ----------
    name : what the bench calls it.
    make : for a seed, what makes one member's text.
    past : whether the crowd are regulars, who talked in the channel over the hour before.
    host : what the host says just before; '' when nothing.
    primed : whether the crowd said three things each in the five minutes before.
    aside : whether it was kept out of sight while the detector was built.
    """

    name: str
    make: Callable[[random.Random], Maker]
    past: bool = False
    host: str = ""
    primed: bool = False
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a scene: `crowd` is whether it belongs to the raid or celebration."""

    author: str
    text: str
    at: float
    crowd: bool
    age: float | None = None
    host: bool = False


# -- what raiders do to a text ---------------------------------------------------------------------


def _letters(rng: random.Random, size: int = 8) -> str:
    return "".join(rng.choices(string.ascii_lowercase, k=size))


def _slots(template: str) -> Maker:
    """`a/b/c` in braces is one slot: "{this/that} {man/guy} lies"."""
    parts = [part.split("}") for part in template.split("{")]

    def make(rng: random.Random, _: int) -> str:
        out = parts[0][0]
        for slot, rest in parts[1:]:
            out += rng.choice(slot.split("/")) + rest
        return out

    return make


def _shuffled(make: Maker) -> Maker:
    """Clauses (parted by commas) in any order, and now and then two words swapped."""

    def other(rng: random.Random, i: int) -> str:
        clauses = make(rng, i).split(", ")
        rng.shuffle(clauses)
        words = ", ".join(clauses).split()
        for _ in range(rng.randrange(3)):
            at = rng.randrange(len(words) - 1)
            words[at], words[at + 1] = words[at + 1], words[at]
        return " ".join(words)

    return other


def _typos(make: Maker, most: int = 3) -> Maker:
    """Letters left out, doubled, swapped or hit beside."""

    def other(rng: random.Random, i: int) -> str:
        text = make(rng, i)
        for _ in range(rng.randint(1, most)):
            at = rng.randrange(len(text) - 1)
            what = rng.randrange(4)
            if what == 0:
                text = text[:at] + text[at + 1 :]
            elif what == 1:
                text = text[:at] + text[at] + text[at:]
            elif what == 2:
                text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
            else:
                text = text[:at] + rng.choice(string.ascii_lowercase) + text[at + 1 :]
        return text

    return other


def _disguised(make: Maker) -> Maker:
    """Letters of other scripts, invisible ones, marks above."""

    def other(rng: random.Random, i: int) -> str:
        out = []
        for letter in make(rng, i):
            chance = rng.random()
            out.append(letter.translate(_LOOKS) if chance < 0.3 else letter)
            if chance > 0.9:
                out.append(rng.choice("\u200b\u200d\u2060\u0301"))
        return "".join(out)

    return other


def _cased(make: Maker) -> Maker:
    """Mixed case, and a number before or behind."""

    def other(rng: random.Random, i: int) -> str:
        text = "".join(c.upper() if rng.random() < 0.4 else c for c in make(rng, i))
        return rng.choice([f"{i}. {text}", f"{text} {i}", f"{text} #{rng.randrange(10_000)}"])

    return other


def _tailed(make: Maker, size: int = 8) -> Maker:
    return lambda rng, i: f"{make(rng, i)} {_letters(rng, size)}"


def _headed(make: Maker) -> Maker:
    return lambda rng, i: f"{_letters(rng)} {make(rng, i)}"


def _sprinkled(make: Maker) -> Maker:
    """Two to four random tokens anywhere."""

    def other(rng: random.Random, i: int) -> str:
        words = make(rng, i).split()
        for _ in range(rng.randint(2, 4)):
            words.insert(rng.randint(0, len(words)), _letters(rng, rng.randint(4, 9)))
        return " ".join(words)

    return other


def _padded(make: Maker) -> Maker:
    """Random emoji and marks between the words."""

    def other(rng: random.Random, i: int) -> str:
        out = []
        for word in make(rng, i).split():
            out += [word, "".join(rng.choices(_EMOJI + "!.?~*-_", k=rng.randrange(4)))]
        return " ".join(part for part in out if part)

    return other


def _worded(make: Maker) -> Maker:
    """Ordinary words before and behind, that say nothing."""

    def other(rng: random.Random, i: int) -> str:
        return f"{rng.choice(_WORDS)} {make(rng, i)} {' '.join(rng.sample(_WORDS, 2))}"

    return other


def _spaced(make: Maker) -> Maker:
    """One or two words letter by letter, or in leet."""
    leet = str.maketrans("aeiost", "431057")

    def other(rng: random.Random, i: int) -> str:
        words = make(rng, i).split()
        for at in rng.sample(range(len(words)), min(2, len(words))):
            words[at] = rng.choice([" ".join(words[at]), words[at].translate(leet)])
        return " ".join(words)

    return other


def _of(*templates: str, how: Callable[[Maker], Maker] = lambda make: make) -> (
    Callable[[random.Random], Maker]
):  # fmt: skip
    """One of the templates for a seed, changed in this way for each member."""
    return lambda rng: how(_slots(rng.choice(templates)))


_SHORT = (
    "join evilstream now",
    "free coins at evilstream",
    "everyone unfollow this fraud",
    "buy followers from viewboss",
)
_SHORT_HINDI = (
    "is chor ko report karo",
    "muft coin lelo yahan se",
    "channel chhodo evilstream pe aao",
)
_LONG = (
    "the owner of this channel stole my money and never paid anybody back",
    "come over to the channel of evilstream for free coins and gifts right now",
    "this streamer is a liar who scams his own viewers every single week",
)
_FIVE = (
    "{this/that/the} {streamer/host/creator/broadcaster} {stole/took/robbed/swiped} "
    "{our/my/your} {money/cash/savings/donations}",
    "{come/go/move/switch} to {evilstream/evil_stream/evils stream} for {free/gratis/no cost} "
    "{coins/gifts/credits/tokens} {now/today/tonight/quickly}",
    "{everyone/everybody/all/guys} {leave/quit/exit/ditch} this "
    "{boring/dead/awful/trash} {stream/show/channel}, {unfollow/unsubscribe/report} {him/now/it}",
    "{earn/make/get} {5000/10000/9000} {rupees/rs/inr} {daily/every day/per day}, "
    "{message/text/contact/dm} me on {whatsapp/telegram/insta}",
)
_FIVE_LATIN = (
    "{ye/yeh/wo} {streamer/banda/aadmi} {chor/fraud/dhokebaaz/jhootha} hai, "
    "{sab/sabhi/saare} {report/unfollow/block} karo",
    "{mere/hamare/apne} {channel/stream/page} pe {aao/aa jao/chalo} {muft/free/bina paise} "
    "{coin/paise/inaam} {milega/milenge/lo}",
)
_FIVE_NAGARI = (
    "{यह/ये/वो} {स्ट्रीमर/बंदा/आदमी} {चोर/झूठा/धोखेबाज़/ठग} है, {सब/सभी/सारे} {रिपोर्ट/ब्लॉक/बंद} करो",
    "{मेरे/हमारे/अपने} {चैनल/पेज/ग्रुप} पर {आओ/आ जाओ/चलो} {मुफ्त/फ्री} {सिक्के/पैसे/इनाम} {मिलेंगे/लो}",
)
_BOTH = (
    ("ye streamer chor hai sab log report karo", "ये स्ट्रीमर चोर है सब लोग रिपोर्ट करो"),
    ("is channel ko chhodo hamare group me aao", "इस चैनल को छोड़ो हमारे ग्रुप में आओ"),
)
_HATE = (
    "{all/these} {muslims/jews/immigrants} {are/is} {vermin/rats/parasites} {get out/go home/leave}",
    "{women/girls} {should/must} {not/never} {play/be here/talk}, {they are/all} "
    "{worthless/stupid/disgusting}",
)

#: What calls for nothing and accuses in no word of a list, so that only who says it tells.
_CALM = (
    "rexa never {once /ever /}{thanked/answered} the {artist/painter/person} who {made/drew} {all/half} of these {pictures/drawings/badges}",
    "remember {what/how} rexa {did/behaved} {last/that} {winter/summer} {before/until} the {old/whole} {friends/team} {went/walked} away",
)
_POSED = (
    "is maria in delhi sector nine house forty two near the red temple?", "who wants to see maria without clothes on tonight?", "when will maria hang from a rope like all others before?",
    "what is the phone number of maria from the shop team?", "is priya the one with the short skirt and big legs?", "site down, order from evilshop", "site not working use evilshop", "is the site down? order from evilshop", "login problem, your account is lost",
)  # fmt: skip
_TOGETHER = (
    "{FreeCoins/GetFreeCoins/CoinsForFree} {JoinNow/JoinToday/ComeNow} {EvilStream/EvilStreamTV}",
    "#FreeGifts #{JoinEvilStream/ComeToEvilStream/FollowEvilStream} {#now/#today/}",
)


def _in_both(rng: random.Random) -> Maker:
    latin, nagari = rng.choice(_BOTH)
    return lambda rng, i: (latin if rng.random() < 0.5 else nagari) + " " + _letters(rng, 5)


RAIDS: tuple[Kind, ...] = (
    Kind("short text, random suffix", _of(*_SHORT, how=_tailed)),
    Kind("short text, random prefix", _of(*_SHORT, how=_headed)),
    Kind("short text, random tokens", _of(*_SHORT, how=_sprinkled)),
    Kind("short text, emoji and marks", _of(*_SHORT, how=_padded)),
    Kind("long text, random tokens", _of(*_LONG, how=_sprinkled)),
    Kind("long text, typos", _of(*_LONG, how=_typos)),
    Kind("long text, disguised letters", _of(*_LONG, how=_disguised)),
    Kind("long text, numbered, mixed case", _of(*_LONG, how=_cased)),
    Kind("five slots", _of(*_FIVE)),
    Kind("five slots, Hindi in Latin letters", _of(*_FIVE_LATIN)),
    Kind("five slots, any order", _of(*_FIVE, how=_shuffled)),
    Kind("Hindi in both scripts", _in_both),
    Kind("hate in slots", _of(*_HATE)),
    Kind(
        "a glad dress",
        _of(
            "{happy/merry} {diwali/new year/birthday} {everyone/all/friends}, "
            "{buy/get} {cheap/free} {followers/viewers} {here/now/today}"
        ),
    ),
    Kind("words written together", _of(*_TOGETHER)),
    Kind("a call in the host's words", _of(*_SHORT[:1], "can i join evilstream please", how=_padded),
         host="type join if you want to play with me"),
    Kind("a raid as a question", _of(*_POSED)),
    Kind("a raid as a question, random suffix", _of(*_POSED, how=_tailed)),
    Kind("calm words after the host's remark", _of(*_CALM), host="wow, that was a close one"),
    Kind("calm words after three lines each", _of(*_CALM), primed=True),
    Kind("five slots, Devanagari", _of(*_FIVE_NAGARI), aside=True),
    Kind("short Hindi, random suffix", _of(*_SHORT_HINDI, how=_tailed), aside=True),
    Kind("long text among ordinary words", _of(*_LONG, how=_worded), aside=True),
    Kind(
        "five slots, typos, suffix",
        _of(*_FIVE, how=lambda make: _tailed(_typos(make, 2), 6)),
        aside=True,
    ),
    Kind(
        "an accusation in slots",
        _of(
            "{the/these} {mods/admins/moderators} {here/of this place} {lie/cheat/steal}, "
            "{ask/tell/make} {them/those} to {pay/refund/return} {us/people}",
            "{he/she/this person} {faked/staged/scripted} the {whole/entire} "
            "{video/match/giveaway}, {do not/never/dont} {trust/believe/support} {him/her/them}",
        ),
        aside=True,
    ),
    Kind("words spelt out or in leet", _of(*_LONG, how=_spaced), aside=True),
    Kind("an accusation in hashtags",
         _of("#{UnfollowRexa/BoycottRexa/ReportRexa} #{RexaIsAFraud/RexaIsALiar/ScammerRexa} {/#rexa} {/now}"), aside=True),
    Kind("lower case, written together",
         _of("{freecoins/freetokens/freegifts} {joinnow/comejoin/joinchannel} {evilstream/evil stream}", how=_tailed), aside=True),
    Kind("long calm words after the host's question",
         _of("{the/that} {man/guy} {behind/of} this {hour/evening} {never/has not} {answered/thanked} a {single/lone} "
             "{painter/singer} {since/from} {winter/march} {and/or} {sleeps/smiles} {well/fine}"),
         host="so, what do you think of the new overlay?", aside=True),
    Kind("calm words after three lines each, typos", _of(*_CALM, how=lambda make: _typos(make, 2)), primed=True, aside=True),
    Kind("short text, disguised, any tail",
         _of(*_SHORT, how=lambda make: _disguised(_tailed(make, 6))), aside=True),
)  # fmt: skip


# -- what crowds shout -----------------------------------------------------------------------------


def _loud(*lines: str, marks: str = "!") -> Callable[[random.Random], Maker]:
    """One line for a seed, in any case, stretched, with marks behind."""

    def of(rng: random.Random) -> Maker:
        line = rng.choice(lines)

        def make(rng: random.Random, _: int) -> str:
            text = rng.choice([line, line.upper(), line.capitalize()])
            if rng.random() < 0.3:
                at = rng.randrange(len(text))
                text = text[:at] + text[at] * rng.randint(1, 3) + text[at:]
            return text + rng.choice(["", "", " "]) + rng.choice(marks) * rng.randrange(4)

        return make

    return of


def _any(*words: str, least: int = 1, most: int = 6) -> Callable[[random.Random], Maker]:
    """Some of the words, again and again."""

    def of(_: random.Random) -> Maker:
        return lambda rng, i: " ".join(rng.choices(words, k=rng.randint(least, most)))

    return of


def _count_down(_: random.Random) -> Maker:
    return lambda rng, i: rng.choice(
        ["5 4 3 2 1", "3", "2 1", "10 9 8 7 6 5 4 3 2 1", "1!!", "3 2 1 GO"]
    )


CELEBRATIONS: tuple[Kind, ...] = (
    Kind("gg, f, +1", _any("gg", "GG", "F", "+1", "W", "ggwp", "EZ", most=2)),
    Kind("countdown", _count_down),
    Kind("goal", _loud("goooal", "what a goal", "goal goal goal", "six", "howzat")),
    Kind("wall of known emotes",
         _any("PogChamp", "KEKW", "LUL", "Kappa", "monkaS", "catJAM", "FeelsGoodMan", most=12)),
    Kind("wall of the channel's emotes",
         _any("rexaHype", "rexaLove", "rexaGG", "rexa7", "rexaDance", most=12)),
    Kind("one emote in lower case", _any("rexahype", "pog", "pepega", least=3, most=9)),
    Kind("emoji", _any("🎉", "🔥", "❤", "🎉🎉", "😂😂😂", most=9)),
    Kind("a name", _loud("sachin sachin", "rohit rohit rohit", "dhoni dhoni", "messi")),
    Kind("birthday", _loud("happy birthday anna", "happy birthday to the best streamer of them all")),
    Kind("festival in Latin letters",
         _loud("ganpati bappa morya mangal murti morya", "happy diwali sab logo ko", "eid mubarak bhai")),
    Kind("chant in Devanagari", _loud("भारत माता की जय", "वंदे मातरम वंदे मातरम", "जीतेगा भाई जीतेगा इंडिया जीतेगा")),
    Kind("type 1 if you can hear me", _any("1", "1", "11", "1 1 1", "yes", most=1),
         host="type 1 if you can hear me"),
    Kind("poll", _any("A", "B", "a", "b", "option A", "team B", most=1), host="team A or team B?"),
    Kind("answers to a question of trivia",
         _of("{/it is /its /i think it is }{Mahatma Gandhi in 1930/gandhi in 1930/Gandhi, salt march 1930}"),
         host="who led the salt march, and when?"),
    Kind("join the queue", _loud("join", "i want to join", "join me please", "can i join please"),
         host="type join if you want to play with me"),
    Kind("greetings",
         _of("{hi/hello/hey/good evening/namaste} {everyone/all/chat/guys/dosto}{/ how are you/ kaise ho sab}{/!/ 👋}")),
    Kind("hymn of a stadium, regulars",
         _loud("walk on walk on with hope in your heart and you'll never walk alone"), past=True),
    Kind("line of a film, regulars",
         _loud("kitne aadmi the re sambha kitne aadmi", "bade bade deshon mein aisi chhoti chhoti baatein hoti rehti hain"),
         past=True),
    Kind("copypasta of the place, regulars",
         _loud("it is wednesday my dudes and the bread has risen once more upon the hill of toast"), past=True),
    Kind("lyrics, regulars",
         _loud("is this the real life is this just fantasy caught in a landslide no escape from reality"),
         past=True),
    Kind("outage", _of("{is/why is} {the/your} {site/website/app/page} {down/not working/not loading/so slow}{?/ for anyone else?/ again?/ today}",
                       "{cant/cannot/unable to} {login/log in/open my account/open the app}{/ here/ today/ since morning}{?/}")),
    Kind("outage, with the shop's name", _of("is {kettlebazaar/kettle bazaar} {down/not working}{?/ for everyone?/ in pune?/ right now?}")),
    Kind("hashtags of joy", _of("#{HappyDiwali/ShubhDiwali} {#DiwaliVibes/#FestivalOfLights/}{ 🎉/ 🪔/}", "#{MIvsCSK/CSKvsMI} #{IndiaJeetega/WeWillWin} {#Ipl/}")),
    Kind("laughter", _any("haha", "hahaha", "lol", "lmao", "lmfao", "😂", "xD", most=4), aside=True),
    Kind("thanks and good night",
         _of("{thanks/thank you so much/ty/shukriya} {for the stream/for today/everyone}{/, good night/ gn all/ shubh ratri}"),
         aside=True),
    Kind("commands of a bot", _loud("!drop", "!join", "!raffle", "!points all"), aside=True),
    Kind("where from", _of("{hello/hi/love/greetings} from {pune/delhi/brazil/texas/kerala/nepal}{/ love the stream/ 🇮🇳}"),
         host="where are you all watching from?", aside=True),
    Kind("anthem in Devanagari, regulars",
         _loud("जन गण मन अधिनायक जय हे भारत भाग्य विधाता"), past=True, aside=True),
    Kind("anthem in Latin letters, regulars",
         _loud("saare jahan se accha hindustan hamara hum bulbulein hain iski"), past=True, aside=True),
    Kind("in memory", _loud("rest in peace legend", "rip legend we will miss you", "om shanti"), aside=True),
    Kind("praise of a play", _of("{what a/that was a/such a} {catch/save/shot/goal}{/ by kohli/ bhai/ unreal}"), aside=True),
    Kind("outage of payments",
         _of("{payment/upi/checkout} {failed/stuck/not going through/error} {/for me/twice/again}{?/}",
             "{is/are} {payments/orders/the server} {failing/stuck/down}{ for all of you/ here/}?"), aside=True),
    Kind("outage, Hindi", _of("{site/app/website} {band/down} hai {kya/kyu}{?/}", "{मेरा/आपका} ऐप {नहीं चल रहा/बंद है} {क्या/}{?/}"), aside=True),
    Kind("everybody's question", _of("{when/what time} {does/will} the {sale/offer/match} {start/begin/open}{?/ today?/ pls?}"), aside=True),
    Kind("hashtags of a fandom", _of("#{WeLoveRexa/RexaArmy/ProudOfRexa} {#Rexa10k/#RexaTurnsTen/}{ ❤/!!/}"), aside=True),
    Kind("answer and call", _loud("jo bole so nihal sat sri akal", "bole jo koyal bago mein"), aside=True),
    Kind("line of a meme in Devanagari, regulars",
         _loud("रसोड़े में कौन था राशि कुकर में से चने किसने निकाले"), past=True, aside=True),
)  # fmt: skip


# -- ordinary chat ---------------------------------------------------------------------------------

_CHAT = (
    "{when/what time} does the {next/second} {match/round/game} start",
    "{i/we} {had/made} {tea/coffee/dosa/pizza} {just now/an hour ago/for lunch}",
    "{that/this} {song/mic/camera/overlay} is {nice/too loud/new/better than before}",
    "{anyone/anybody} here from {delhi/pune/lahore/london/texas/nagpur}?",
    "my {cat/brother/boss/internet} {hates/loves/broke/found} {it/the router/this/my chair}",
    "{kal/aaj/abhi} {exam/office/match/barish} {hai/tha/hogi} {yaar/bhai/}",
    "{bhai/didi/sir} {ye/yeh} {gun/map/level/gaana} {kaunsa/kaisa/kab ka} hai",
    "{try/use/take} the {left/right/blue/top} {door/path/card/lane} {first/next/maybe}",
    "{lol/haha/wait/omg} {what/how/why} {was that/did he do that/though}",
    "{is/was} the {shop/patch/dlc/update} {out/live/late/good} {yet/already/on mobile}?",
    "i think {kohli/messi/the boss/level nine} is {overrated/harder now/the best/so tired}",
    "{nice/great/sad/unlucky} {shot/try/dodge/one} {/there/man/streamer}",
    "{आज/कल/अभी} {मैच/बारिश/परीक्षा/दफ्तर} {है/थी/होगा} क्या",
    "how do you {beat/skip/craft/pet} the {dragon/sword/fish/second boss}",
    "{brb/back/afk} {need water/dog outside/phone call/dinner}",
    "{lag/audio/video} {is fine/is bad/ok/seems off} {for me/here/on phone/now}",
    "{ok/yes/no/hmm} {true/maybe/agreed/not sure} {/about that/on this one}",
    "first time {here/watching/playing this}, {love/like/enjoying} the {vibe/art/music}",
    "{mera/tera/uska} {net/phone/score} {slow/naya/kam} {hai/ho gaya/tha}",
    "{gg/wp/nt/F} {team/all/boys/}",
)


def ordinary() -> Callable[[random.Random], str]:
    """What makes a message of ordinary chat."""
    makers = [_slots(one) for one in _CHAT]

    def make(rng: random.Random) -> str:
        text = rng.choice(makers)(rng, 0)
        if rng.random() < 0.3:
            text += f" {rng.choice(_WORDS)}"
        return text + rng.choice(["", "", "", " 😂", "!", "?", "..."])

    return make


def scene(kind: Kind, seed: int, count: int = 100) -> Iterator[Said]:
    """One crowd with ordinary chat between: a tenth to a half of what is said in its time.

    An hour before it a hundred people begin to talk; of a kind with a past they are the crowd. The
    crowd's accounts are hours old with an even seed and years with an odd one.
    """
    rng = random.Random(f"{kind.name}/{seed}")
    chat, make = ordinary(), kind.make(rng)
    fans = [f"fan{n}" for n in range(count)]
    people = [f"viewer{n}" for n in range(100)] + (fans if kind.past else [])
    said = [
        Said(person, chat(rng), rng.uniform(0, 3_600), False)
        for person in people
        for _ in range(4 if kind.past else 2)
    ]
    if kind.primed:
        said += [
            Said(fan, chat(rng), rng.uniform(3_300, 3_590), False) for fan in fans for _ in range(3)
        ]
    if kind.host:
        said.append(Said("host", kind.host, 3_598.0, False, host=True))
    share, at, sent = rng.uniform(0.1, 0.5), 3_600.0, 0
    rate = rng.uniform(3, 15)
    age = 0.2 if seed % 2 == 0 else 700.0
    while sent < count:
        at += rng.expovariate(rate)
        if rng.random() < share:
            said.append(Said(rng.choice(people[:100]), chat(rng), at, False))
        else:
            said.append(Said(fans[sent], make(rng, sent), at, True, 900.0 if kind.past else age))
            sent += 1
    return iter(sorted(said, key=lambda one: one.at))
