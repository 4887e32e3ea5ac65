"""The words that a message is read with: which class each belongs to, in English and Hindi.

The lists are text files of this package; the classes (a group of people, a slur, a verb of harm, a
negation …) are what the sentence model sees instead of the words. Hindi is looked up by a skeleton
that is the same for the many ways to spell it in Latin letters, and for Devanagari.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files

from .senses import lines

#: Classes by rank: a word in two lists belongs to the one that stands first here.
ORDER = (
    "slur", "slurish", "abuse", "group", "groupadj", "menace", "neg", "profadv", "profane",
    "harm", "die", "expel", "dehuman",
    "crime", "emotion", "sexual", "insult", "nothing", "without", "negverb", "negadj", "negnoun",
    "denounce",
    "deserve", "good", "report", "p1", "p2", "p3", "they", "det", "copula", "was", "modal", "can",
    "opinion",
    "like",
    "if", "who", "person", "restrict", "job", "thing",
)  # fmt: skip
_RANK = {name: rank for rank, name in enumerate(ORDER)}
#: Words that are a slur to some readers and a word like another to most.
_SLURISH = set(
    "spook spooks coon coons dyke dykes queer queers cracker crackers hoe hoes ho hos slag slags "
    "cripple cripples coolie coolies hooker hookers prostitute prostitutes wench wenches "
    "homo homos "
    "midget midgets psycho psychos negro negros momo bitch bitches kalu kallu pandit "
    "queerdo gringo "
    "gringos greaser greasers mongrel mongrels kraut krauts jap japs traveller dishwasher "
    "gimp gimps "
    "trap traps invalid invalids slope slopes nip nips vegetable vegetables mick micks "
    "abo abos shim "
    "shims meetha mitha mong ghati dehati abdul langdi apang bish nig nigs rand rande mulla bimbo "
    "nicca niccas retarded tarded "
    "bimbos cretin cretins gaylord fagin sulla sulle landya lunatic jihadi jihadis ghatis yid "
    "mullah mullahs".split()
)
_NOT_SLURS = set("trap traps invalid invalids slope slopes vegetable vegetables nip nips "
    "shim shims "
                 "pandit traveller rand fagin mick micks abdul momo".split())  # fmt: skip


#: Little words that only Hindi has, whatever is known of a town or a singer of that name.
_HINDI = set(
    "ko se ne mein tu tum hum tujhe tumhe tera teri tere tujhko mujhko sab sabko yeh woh wo "
    "jo tha thi hoon honge nahin naa kuch sirf inko unko inhe unhe iske uske iska uska inka "
    "unka wala wale wali jaise jaisa kyon kyun kyu kaun kahan yahan wahan kabhi sabhi agar "
    "lekin magar kyunki phir fir isliye saath bahut bohot bahot accha acche achha achhe "
    "liye rahe raha rahi gaya gaye gayi diya karta karte karti hota hote hoti bolo bola "
    "bole desh log logo logon jao jaao chahiye chahie".split()
)
#: Verbs of every day, by their stems, and what follows a stem: "nikala" (took out) is one letter
#: from "nikamma" (good for nothing), and means none of it.
_HINDI_STEMS = (
    "nikal nikaal utar utaar chadh pahun pahunch pakad chhod bhej samajh samjha bulaa bula "
    "sikha dikha likh padh parh khol badal badla sambhal sambhaal bana banaa bacha bachaa laga "
    "lagaa hata hataa uthh utha uthaa baith bitha gira giraa jala jalaa bujha chala chalaa daud "
    "khel khila pila pilaa sula sulaa jaga jagaa hans hasa ro rula naach nacha gaa bata bataa "
    "puchh pooch keh kaha sun suna sunaa dekh dhundh dhoondh mil mila milaa khareed kharid bech "
    "kama kamaa kharch gin naap tol kaat jod jodaa tod ghoom ghum ghuma ghumaa lautaa lauta "
    "laut palat mud muda ruk roka rok thahar guzar guzaar bit bitaa sajaa saja dho sukha sukhaa "
    "pak paka pakaa parkh chun chuna maan mana manaa soch sochaa bhool bhula bhulaa seekh jaan "
    "pehchan pehchaan maang tair doob ubal kat kheench khinch phenk fenk pheink dhak chhupa "
    "chhipa dikhwa karwa banwa bulwa mangwa nikalwa bhar"
).split()
_HINDI_ENDINGS = (
    "a e i na ne ni ta te ti kar ke o oge enge unga ungi ega egi iye iyega aa aaya aayi aaye ya ye "
    "yi yega yegi wa wana waya wao"
).split()
#: The rank of ordinary words that no count is known of.
_SELDOM = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What a word is: its class, its category of harm ("" when none), and the plain form."""

    kind: str
    category: str
    form: str
    hindi: bool = False


#: Phrases by their first and second word, the longest first.
Phrases = dict[str, dict[str, list[tuple[tuple[str, ...], Entry]]]]


@dataclass
class Lexicon:
    """All entries: single words, phrases by their first word, Hindi by skeleton."""

    words: dict[str, Entry] = field(default_factory=dict)
    phrases: Phrases = field(default_factory=dict)
    hindi: dict[str, Entry] = field(default_factory=dict)
    hindi_phrases: Phrases = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    hinglish: set[str] = field(default_factory=set)

    def add(self, entry: Entry) -> None:
        """Put an entry in; one of a higher rank keeps its place."""
        parts = tuple(entry.form.split(" "))
        if entry.hindi:
            parts = tuple(skeleton(part) for part in parts)
        if len(parts) == 1:
            table = self.hindi if entry.hindi else self.words
            here = table.get(parts[0])
            if here is None or _RANK[entry.kind] < _RANK[here.kind]:
                table[parts[0]] = entry
            return
        phrases = (self.hindi_phrases if entry.hindi else self.phrases).setdefault(parts[0], {})
        found = phrases.setdefault(parts[1], [])
        before = [one for one in found if one[0] == parts]
        if before and _RANK[before[0][1].kind] <= _RANK[entry.kind]:
            return
        found[:] = [one for one in found if one[0] != parts] + [(parts, entry)]
        found.sort(key=lambda one: -len(one[0]))


def verb_forms(verb: str) -> Iterator[str]:
    """A verb and its regular forms; of a phrase, its first word changes.

    >>> list(verb_forms("hate")), list(verb_forms("rob"))[1:3]
    (['hate', 'hates', 'hated', 'hating'], ['robs', 'robbed'])
    """
    first, gap, rest = verb.partition(" ")
    yield verb
    if first.endswith("y") and first[-2:-1] not in "aeiou":
        forms = (first[:-1] + "ies", first[:-1] + "ied", first + "ing")
    elif first.endswith("e"):
        forms = (first + "s", first + "d", first[:-1] + "ing")
    elif first.endswith(("s", "sh", "ch", "x", "z")):
        forms = (first + "es", first + "ed", first + "ing")
    elif re.fullmatch(r"[^aeiou]*[aeiou][bdgklmnpt]", first) and len(first) < 6:
        forms = (first + "s", first + first[-1] + "ed", first + first[-1] + "ing")
    else:
        forms = (first + "s", first + "ed", first + "ing")
    for form in forms:
        yield form + gap + rest


def plural(noun: str) -> str:
    """The regular plural.

    >>> plural("lady"), plural("bitch"), plural("trans man")
    ('ladies', 'bitches', 'trans men')
    """
    if noun.endswith(("man", "woman")) and noun not in ("human", "german", "roman", "talisman"):
        return noun[:-2] + "en"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith(("s", "sh", "ch", "x", "z")):
        return noun + "es"
    return noun + "s"


_VOWELS = (("aa", "a"), ("ee", "i"), ("ii", "i"), ("oo", "u"), ("uu", "u"), ("ou", "au"))
#: "chhodna" is to leave, "chhuttiyan" are holidays, "daale" puts and a sale is a sale: one letter
#: is another than in worse words, and a skeleton would lose it.
_APART = re.compile("chhod|chhor|chhutt|chutti(?:y?an|y?on|y?o)?$|da?ale$|sale$")
_HOLIDAYS = "chutti chuttiyan chuttiyon chuttiyo chuttian chhutti chhuttiyan chhuttiyon"
_SOUNDS = (("ph", "f"), ("w", "v"), ("z", "j"), ("q", "k"), ("x", "ks"), ("chh", "ch"), ("ck", "k"))
_SPELT = re.compile("|".join(old for old, _ in (*_VOWELS, *_SOUNDS)))
_DOUBLED = re.compile(r"(.)\1+")
_INDEPENDENT = dict(zip("अआइईउऊऋएऐओऔऑऍ", "a a i i u u ri e ai o au o e".split(), strict=True))
_CONSONANTS = dict(
    zip(
        "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहळ",
        "k kh g gh n ch chh j jh n t th d dh n t th d dh n p f b bh m y r l v sh sh s h l".split(),
        strict=True,
    )
)
_SIGNS = dict(zip("ािीुूृेैोौॉॅ", "a i i u u ri e ai o au o e".split(), strict=True))


def latin_of(word: str) -> str:
    """Devanagari in Latin letters, without the vowel that is not spoken at the end.

    >>> latin_of("मादरचोद"), latin_of("मुसलमानों"), latin_of("रंडी")
    ('madarchod', 'musalmanon', 'randi')
    """
    sounds: list[list[str]] = []  # consonant and vowel of each syllable; "A" is the unwritten one
    for i, letter in enumerate(word):
        after = word[i + 1 : i + 2]
        if after == "़":
            after = word[i + 2 : i + 3]
        if letter in _CONSONANTS:
            bare = after in _SIGNS or after in ("्", "") or "\u200c" <= after <= "\u200d"
            sounds.append([_CONSONANTS[letter], "" if bare else "A"])
        elif letter in _SIGNS and sounds:
            sounds[-1][1] = _SIGNS[letter]
        elif letter in _INDEPENDENT:
            sounds.append(["", _INDEPENDENT[letter]])
        elif letter in "ंँ" and sounds:
            sounds[-1][1] = sounds[-1][1].replace("A", "a") + "n"
        elif letter not in "़्\u200c\u200d":
            sounds.append([letter, ""])
    # Between two spoken syllables the unwritten vowel falls silent, from the end of the word on.
    for i in range(len(sounds) - 2, 0, -1):
        if sounds[i][1] == "A" and sounds[i - 1][1] and sounds[i + 1][1]:
            sounds[i][1] = ""
    return "".join(consonant + vowel for consonant, vowel in sounds).replace("A", "a")


@lru_cache(65_536)
def skeleton(word: str) -> str:
    """One spelling for the many that a Hindi word has in Latin letters.

    >>> skeleton("chootiya") == skeleton("chutiyaa") == skeleton("चूतिया")
    True
    """
    if not word.isascii() and any("\u0900" <= c <= "\u097f" for c in word):
        word = latin_of(word)
    if word[:1] in "cds" and _APART.match(word):
        word = "x" + word[1:]
    if _SPELT.search(word):
        for pairs in (_VOWELS, _SOUNDS):
            for old, new in pairs:
                word = word.replace(old, new)
    word = _DOUBLED.sub(r"\1", word)
    word = word.replace("iy", "i").replace("ya", "a") if len(word) > 4 else word
    if len(word) > 4 and word.endswith(("on", "an", "en", "in")):
        word = word[:-1]
    return word


def _entries(text: str, hindi: bool) -> Iterator[Entry]:
    kind, category, mark = "", "", ""
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            words = line.strip("[]").split()
            kind, rest = words[0], words[1:]
            mark = next((w for w in rest if w.startswith("+")), "")
            category = next((w for w in rest if not w.startswith("+")), "")
            continue
        for form in filter(None, (part.strip() for part in line.split(","))):
            forms = [form]
            if mark == "+n":
                forms.append(plural(form))
            elif mark == "+v":
                forms = list(verb_forms(form))
            for one in forms:
                actual = kind
                if kind == "slur" and one in _SLURISH:
                    actual = "slurish"
                if kind == "slur" and one in _NOT_SLURS:
                    continue
                yield Entry(actual, category, one, hindi)


@cache
def lexicon() -> Lexicon:
    """The lists of the package, read once."""
    folder = files("chowk.community") / "data"
    made = Lexicon()
    for name, hindi in (("lexicon_en.txt", False), ("lexicon_hi.txt", True)):
        for entry in _entries((folder / name).read_text("utf-8"), hindi):
            made.add(entry)
    for phrase in lines()[0]:
        if " " in phrase:
            made.add(Entry("thing", "", phrase))  # "spotted dick" is a thing like others
    for word, entry in list(made.words.items()):
        if "'" in word:
            made.words.setdefault(word.replace("'", ""), entry)
    ranked = (folder / "known.txt").read_text("utf-8").split()
    made.hinglish = _HINDI | set((folder / "known_hi.txt").read_text("utf-8").split())
    made.known = {word: rank for rank, word in enumerate(ranked)}
    ordinary = folder / "ordinary.txt"
    for line in ordinary.read_text("utf-8").splitlines() if ordinary.is_file() else ():
        if not line.startswith("#"):
            made.known.setdefault(line, _SELDOM)
    for form in (stem + ending for stem in _HINDI_STEMS for ending in ("", *_HINDI_ENDINGS)):
        if len(form) > 4 and form not in made.words and skeleton(form) not in made.hindi:
            made.known.setdefault(form, _SELDOM)
    for form in _HOLIDAYS.split():
        made.known.setdefault(form, _SELDOM)
    return made
