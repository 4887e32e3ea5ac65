"""What many say at once: whether it is what a crowd shouts, and whether it asks for or accuses.

A text comes in; what speaks for a celebration (few words, emotes, joy, a refrain) and what speaks
for a raid (links, words that call for something or accuse) comes out. The words are lists of this
file, compared as `similar.plain` leaves them; who is attacked in other words is AutoMod's matter.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from .evidence import HOT
from .lexicon import lexicon, skeleton
from .similar import plain

MENTION = re.compile(r"(?<!\w)@\w+")
LINK = re.compile(
    # A label has at most 63 characters; without a bound a row of hyphens takes quadratic time.
    r"https?://\S+|www\.\S+|(?<![\w-])[\w-]{1,63}\.(?:com|net|org|io|gg|ru|xyz|link|me|tv)\b",
    re.I,
)
#: What is said in gladness, in greeting, in thanks and in mourning, and what all notice at once.
_JOY = (
    "lag lagging laggy lags frozen freeze freezing buffering buffer audio sound mic muted "
    "प्रणाम राम हर महादेव जय श्री "
    "happy congratulations congrats congratz grats champion champions champs victory birthday "
    "hbd anniversary christmas xmas diwali deepavali eid mubarak holi onam pongal merry easter "
    "newyear hurray hooray hurrah yay bravo proud welcome jai jay zindabad morya vande mataram "
    "jeetega badhai shubh glory marching legend legends insane clutch goal goals winner winners "
    "hello hi hey hii heya good morning evening night gn gm namaste namaskar salaam salam adaab "
    "vanakkam shalom howdy hola greetings thanks thank thankyou shukriya dhanyavad dhanyawad rip "
    "rest peace miss jaya jana gana mana he bharat bole nihal akal shanti love lovely wow "
    "amazing unreal unbelievable beautiful awesome brilliant जय वंदे मातरम "
    "जीतेगा बधाई शुभ नमस्ते नमस्कार धन्यवाद शुक्रिया "
    "मुबारक ज़िंदाबाद मोरया"
)
#: What accuses, or sells what nobody sells for good: one makes a text of many a raid.
_ACCUSES = (
    "unfollow unsubscribe scam scams scammer scammers scamming scammed thief thieves thieving "
    "fraud frauds fraudster fake fakes faked faker faking liar liars lied lies lying lie stole "
    "steal steals stolen stealing rob robs robbed robbing swindled swindler cheat cheats cheated "
    "cheater cheaters boycott followers viewers crypto bitcoin promo giveaway casino telegram "
    "whatsapp onlyfans nudes report reported ban banned deport predator racist nazi pedo "
    "criminal corrupt worst trash garbage loser losers ugly stupid idiot idiots hate pathetic "
    "clown clowns cringe disgusting worthless vermin rats parasites chor dhokebaaz dhokebaz "
    "jhootha jhooti thag muft paisa paise lootera gaddar nikalo bhagao चोर झूठा "
    "धोखेबाज़ ठग मुफ्त पैसे पैसा लुटेरा गद्दार रिपोर्ट "
    "बहिष्कार"
)
#: Here, now and everybody: what makes a call of a word that may be none.
_FAINT = (
    "stream show tell go move switch head everyone everybody guys now today tonight here instead "
    "right make made take took get streamer host creator broadcaster mods mod admin admins "
    "moderators owner page group person man boring awful dead again please our my your code text "
    "sab sabhi saare log bhai milega milenge banda aadmi yahan yaha मेरे हमारे सब "
    "सभी सारे मिलेगा मिलेंगे स्ट्रीमर पेज ग्रुप बंदा "
    "आदमी लोग यहाँ"
)
#: What calls for something: with a second word, a text of many is a raid.
_CALLS = (
    "free gratis buy sell click join come follow subscribe visit link links site website shop "
    "channel server discord instagram insta facebook youtube dm message contact claim gift gifts "
    "prize prizes lottery coin coins token tokens credits cash money savings donations earn "
    "earning cheap price offer sale discount sold leave quit exit ditch ask block blocked kick "
    "remove delete die kill send spread share copy paste repost pay refund rupees dollars inr "
    "daily kamao karo kare chhodo chodo hatao aao jao chalo dekho lelo inaam account password "
    "login register signup bonus download install selected vote petition fire fired resign save "
    "credit watch करो छोड़ो हटाओ आओ जाओ चलो देखो लो फ्री चैनल "
    "सिक्के इनाम ब्लॉक बंद भेजो कमाओ"
)
#: Words that join others: what many say shares them whatever it is about.
_JOINING = (
    "the a an and or but of to in on at by for with from as is are was were be been am it its "
    "this that these those i you he she we they me my your his her our us them their so not no "
    "yes do does did have has had will would can could just if then than there what when who how "
    "why all up out about very too more some any one im dont ka ki ke ko se mein par pe hai hain "
    "ho tha thi na nahi nahin bhi hi toh ye yeh wo woh aur kya koi ek ab jo tu tum aap main mai "
    "mera mere meri hum kar raha rahi gaya का की के को से में पर है हैं हो "
    "था थी थे ना नहीं भी ही तो ये यह वो वह इस उस और क्या "
    "कोई एक अब जो तू तुम आप मैं मेरा मेरे हम कर"
)
MOST, _COMMON = 48, 8_000
_VOWELS = frozenset("aeiouy")
_HARD = re.compile(r"[bcdfghjklmnpqrstvwxz]{4}")
_JOINED = re.compile(r"(?<!\w)\w(?: \w){2,}(?!\w)")
_HIDDEN = re.compile(
    "[^\\W\\d_\u0900-\u0dff][\u200b\u2060\ufeff\u00ad]+[^\\W\\d_]"
    "|[a-zA-Z][\u0400-\u052f\u0370-\u03ff]|[\u0400-\u052f\u0370-\u03ff][a-zA-Z]"
)

#: What a token's last bits say: it joins, it calls faintly, it calls, it accuses, it is no word, it
#: is in a list.
JOINS, FAINT, CALLS, ACCUSES, NOISE, KNOWN = 1, 2, 4, 8, 16, 32
MARKS = 63


def tokens(common: str) -> NDArray[np.uint64]:
    """[up to 48] a text's different words as numbers, the last six bits telling their kind.

    One number stands for a Hindi word in both scripts and most of its spellings. A word cannot be
    read from its number, yet a list of words can be tried; who keeps numbers keys them.

    Parameters
    ----------
    common : the text, as `plain` leaves it.

    >>> marks = [int(t) & MARKS for t in tokens("join the scammer xkqjwprt")]
    >>> marks == [CALLS | KNOWN, JOINS | KNOWN, ACCUSES | KNOWN, NOISE]
    True
    >>> set(tokens("chor hai")) == set(tokens("चोर है"))
    True
    """
    if _JOINED.search(common):
        common = _JOINED.sub(lambda m: m.group().replace(" ", ""), common)
    found: dict[int, None] = {}
    # "Come on" calls nobody anywhere.
    for word in common.replace("come on", "comeon").split():
        if len(word) > 1:
            found[_token(word)] = None
            if len(found) == MOST:
                break
    return np.fromiter(found, np.uint64, len(found))


def named(text: str) -> NDArray[np.uint64]:
    """[up to 8] who is named in a text, as numbers.

    >>> len(named("@ana and @Ana, see @bo"))
    2
    """
    names = {_token(name[1:].casefold()) for name in MENTION.findall(text[:2_000])[:8]}
    return np.fromiter(names, np.uint64, len(names))


def site(link: re.Match[str]) -> str:
    """The name behind an address that `LINK` found, without its digits.

    >>> LINK.sub(site, "see https://www.evil7.gg/a?b=1")
    'see  evil '
    """
    host = re.split(r"[/?#]", re.sub(r"^(?:https?://)?(?:www\.)?", "", link.group(), flags=re.I))[0]
    return " " + re.sub(r"\d", "", host.rpartition(".")[0]).replace(".", " ")[:60] + " "


def kind_of(word: str) -> int:
    """What kind of word one is, by the lists alone: `CALLS`, `ACCUSES` …; 0 when it is in none.

    >>> kind_of("join") & CALLS > 0, kind_of("kettle")
    (True, 0)
    """
    return _kinds().get(skeleton(plain(word)), 0)


@lru_cache(20_000)
def _token(word: str) -> int:
    form = skeleton(word)
    mark = _kinds().get(form, 0)
    if not mark and word not in lexicon().known:
        meant = _meant(word)
        if meant is not None:
            word, form = meant, skeleton(meant)
            mark = _kinds().get(form, 0)
    if not mark & KNOWN and word in lexicon().known:
        mark |= KNOWN
    if not mark and noise(word):
        mark = NOISE
    said = form.encode("utf-8", "surrogatepass")
    return (zlib.crc32(said) << 32 | zlib.adler32(said) & 0xFFFFFFC0) | mark


def _meant(word: str) -> str | None:
    """The common word that one is a slip away from.

    >>> _meant("streamr"), _meant("chanenl"), _meant("xkqjwprt")
    ('streamer', 'channel', None)
    """
    if not (word.isascii() and 4 <= len(word) <= 20):
        return None
    table = _slips()
    found = [table[word]] if word in table else []
    if len(word) > 5:  # another letter makes another word in short ones
        shorter = (word[:i] + word[i + 1 :] for i in range(len(word)))
        found += [table[one] for one in shorter if one in table]
    ranks = lexicon().known
    return min(found, key=lambda one: (abs(len(one) - len(word)), ranks.get(one, 0)), default=None)


@cache
def _slips() -> dict[str, str]:
    """Common words, and those that make a raid, by what is left when a letter goes."""
    named = [w for w in (_ACCUSES + _CALLS + _FAINT).split() if w.isascii() and len(w) > 4]
    table: dict[str, str] = {}
    for word in [*named, *list(lexicon().known)[:_COMMON]]:
        if len(word) > 3:
            table.setdefault(word, word)
            for i in range(len(word)):
                table.setdefault(word[:i] + word[i + 1 :], word)
    return table


@cache
def _kinds() -> dict[str, int]:
    kinds: dict[str, int] = {}
    for bit, words in ((JOINS, _JOINING), (FAINT, _FAINT), (CALLS, _CALLS), (ACCUSES, _ACCUSES)):
        for word in plain(words).split():
            form = skeleton(word)
            joins = JOINS if bit == FAINT else 0  # "my", "now": they tell little of two texts
            kinds[form] = bit | KNOWN | (kinds.get(form, 0) & joins)
    return kinds


def noise(word: str) -> bool:
    """Whether letters are nobody's word: four consonants in a row, or hardly a vowel.

    >>> [noise(w) for w in ("xkqjwprt", "streamer", "kozhikode", "hmm", "नमस्ते")]
    [True, False, False, False, False]
    """
    if len(word) < 5 or not word.isascii():
        return False
    return bool(_HARD.search(word)) or 5 * sum(c in _VOWELS for c in word) < len(word)


def disguised(text: str) -> bool:
    """Whether a word hides: an invisible letter within it, or letters of two scripts.

    >>> disguised("fr\\u200bee"), disguised("frее"), disguised("free 🎉"), disguised("नमस्ते all")
    (True, True, False, False)
    """
    return not text.isascii() and _HIDDEN.search(text[:2_000]) is not None


def festive(text: str, common: str | None = None, said: Sequence[int] | None = None) -> bool:
    """Whether a text is what a crowd shouts: few different words, no address, nobody named.

    >>> festive("Kappa Kappa Kappa"), festive("LETS GO BLUES LETS GO"), festive("🎉🎉🎉")
    (True, True, True)
    >>> festive("Congratulations on the win guys, so proud"), festive("PogChamp KEKW catJAM LUL EZ")
    (True, True)
    >>> festive("this streamer stole my money, ask for it back"), festive("come to evil.xyz")
    (False, False)
    >>> festive("congratulations, claim your free gift at my channel")
    False
    """
    common = plain(text) if common is None else common
    if LINK.search(text[:2_000]):
        return False
    named = MENTION.search(text[:2_000]) is not None
    words = [w for w in common.split() if len(w) > 1]
    different = set(words)
    said = tokens(common).tolist() if said is None else said
    joy, bad = _lists()
    if named and not different & joy:
        return False
    # Words that join others are half a word.
    if sum(0.5 if word & JOINS else 1.0 for word in said) <= 4 or emotes(text[:2_000]):
        return not different & bad or len(different) == 1
    if not different & bad and heat(said) < HOT and (different & joy or _refrain(words)):
        return True
    # A song: long, but made of its own repetitions.
    return len(words) >= 3 * len(set(words))


def heat(seen: Iterable[int]) -> int:
    """How much a text asks for or accuses: four for a word that accuses, two for one that calls,
    one for one that does so faintly, of which two count. `HOT` is enough for a raid.

    >>> heat([CALLS, FAINT]), heat([ACCUSES]), heat([FAINT, FAINT, FAINT])
    (3, 4, 2)
    """
    found = faint = 0
    for token in seen:
        if token & ACCUSES:
            found += 4
        elif token & CALLS:
            found += 2
        elif token & FAINT:
            faint += 1
    return found + min(faint, 2)


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    """Words of joy and words that accuse, as `plain` leaves them."""
    return frozenset(plain(_JOY).split()), frozenset(plain(_ACCUSES).split())


def _refrain(words: list[str]) -> bool:
    """Whether half of the words stand in pairs that come again ("let's go Blues let's go")."""
    pairs = Counter(itertools.pairwise(words))
    again = [pairs[a] > 1 for a in itertools.pairwise(words)]
    inside = [x or y for x, y in zip([False, *again], [*again, False], strict=True)]
    return 2 * sum(inside) >= len(words)


def emotes(text: str) -> bool:
    """Whether names of emotes are all there is: each begins or goes on with a capital or ends in a
    number, a third of them go on so ("PogChamp", "catJAM", "rexa7").

    >>> emotes("rexaHype rexa7 rexaLove"), emotes("Nice one Anna")
    (True, False)
    """
    words = text.split()
    within = [
        (not w.isupper() and any(c.isupper() for c in w[1:]))
        or (w[-1].isdigit() and w[0].isalpha())
        for w in words
    ]
    return all(w[:1].isupper() or inner for w, inner in zip(words, within, strict=True)) and (
        3 * sum(within) >= len(words)
    )
