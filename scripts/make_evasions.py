# ruff: noqa: D103
"""Write the suite of evasions: abusive sentences, each spelt so that a word list would miss it.

The sentences are written by hand; what is in [brackets] is what an evader would disguise. There are
sixteen kinds of disguise in three scripts of two languages. Two kinds are drawn by a seed and kept
aside in a file of their own (`evasions_aside.jsonl`), to be read once the normaliser is finished;
the script does not say which. Run it only when the suite itself is to change.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "tests" / "community"

ENGLISH = """
all [muslims] should be [killed]
[kill] every single one of those [immigrants]
those [faggots] make me sick
he is a dirty [nigger] and always will be
[women] are worthless [whores]
shut up you stupid [bitch]
what a [retard], people like that should not be allowed to live
[gas] the [jews]
go back to your country you filthy [paki]
[trannies] are disgusting freaks
i want to [rape] her and leave her in a ditch
[kill yourself] nobody would miss you
go [kill yourself] you worthless loser
[black people] are [subhuman] animals
we should [exterminate] the [gypsies]
the [disabled] are a burden, get rid of them
all [gays] deserve to be [burned]
you are a filthy [chink]
[immigrants] are [parasites] and [vermin]
i will [murder] you and your whole family
shut your mouth you dumb [cunt]
[dykes] like you belong in a mental hospital
nobody wants you here you [sandnigger]
hope you get [raped] you [slut]
"""

HINGLISH = """
tu ek number ka [madarchod] hai
chup kar [bhenchod] warna maar dunga
ye sab [katue] desh ke dushman hain, inko maar do
saale [chamar] teri aukat kya hai
[randi] ki aulad chup baith
un sab [musalmano] ko [maar] dalo
teri behen ki [chut] phad dunga
ye [chhakke] duniya par bojh hain
[bhosdike] nikal yahan se
in [bhangiyon] ko gaon se nikalo, ye sab gande hain
auraton ko [jute] ki nok par rakho, sab [randi] hain
tujhe [jaan se maar] dunga
"""

HINDI = """
तू एक नंबर का [मादरचोद] है
चुप कर [बहनचोद] वरना मार दूंगा
ये सब [कटुए] देश के दुश्मन हैं इनको मार दो
साले [चमार] तेरी औकात क्या है
[रंडी] की औलाद चुप बैठ
सब [मुसलमानों] को [मार] डालो
[भोसड़ीके] निकल यहाँ से
ये [छक्के] समाज पर बोझ हैं
तुझे [जान से मार] दूंगा
इन [भंगियों] को गाँव से निकालो ये सब गंदे हैं
"""

LEET = {
    "a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "b": "8", "g": "9", "l": "1",
}  # fmt: skip
CYRILLIC = dict(zip("aceiopsxyhkmtb", "асеіорѕхуһкмтЬ", strict=True))
GREEK = dict(zip("aoinuvkt", "αοινυνκτ", strict=True))
MATH = (0x1D41A, 0x1D44E, 0x1D482, 0x1D4EA, 0x1D51E, 0x1D552, 0x1D5BA, 0x1D5EE, 0x1D622, 0x1D68A)
HOLES = {0x1D455: "\u210e"}
Disguise = Callable[[str, random.Random], str]


def some(word: str, table: dict[str, str], rng: random.Random, least: int = 1) -> str:
    """Letters of `word` replaced from `table`, each with a chance, but `least` at any rate."""
    places = [i for i, c in enumerate(word) if c in table]
    if not places:
        return ""
    chosen = {i for i in places if rng.random() < 0.5}
    chosen |= set(rng.sample(places, min(least, len(places))))
    return "".join(rng.choice(table[c]) if i in chosen else c for i, c in enumerate(word))


def each(word: str, letter: Callable[[str], str]) -> str:
    return "".join(letter(c) if "a" <= c <= "z" else c for c in word)


def between(word: str, marks: str, rng: random.Random) -> str:
    """A mark between the written units of a word (a Devanagari letter keeps its vowel signs)."""
    import unicodedata

    units: list[str] = []
    for c in word:
        joined = units and (unicodedata.category(c) in ("Mn", "Mc") or units[-1].endswith("\u094d"))
        if joined:
            units[-1] += c
        else:
            units.append(c)
    mark = rng.choice(marks)
    return " ".join(mark.join(part.split(" ")) for part in [mark.join(units)]).replace(
        f"{mark} {mark}", "   " if mark == " " else " "
    )


def leet(word: str, rng: random.Random) -> str:
    return some(word, LEET, rng)


def zero_width(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word))
    mark = rng.choice("\u200b\u00ad\u2060\ufeff\u034f\u200d\u180e")
    return word[:place] + mark + word[place:]


def homoglyph(word: str, rng: random.Random) -> str:
    return some(word, rng.choice([CYRILLIC, CYRILLIC, GREEK]), rng)


def fullwidth(word: str, rng: random.Random) -> str:
    return each(word, lambda c: chr(ord(c) + 0xFEE0))


def circled(word: str, rng: random.Random) -> str:
    first = rng.choice([0x24D0, 0x1F130, 0x1F150, 0x1F170])
    return each(word, lambda c: chr(ord(c) - 97 + first))


def mathematical(word: str, rng: random.Random) -> str:
    first = rng.choice(MATH)
    return each(word, lambda c: HOLES.get(first + ord(c) - 97, chr(first + ord(c) - 97)))


def combining(word: str, rng: random.Random) -> str:
    mark = rng.choice("\u0336\u0332\u0301\u0308\u0338\u0330")
    return each(word, lambda c: c + mark)


def spaced(word: str, rng: random.Random) -> str:
    return between(word, " ", rng)


def dotted(word: str, rng: random.Random) -> str:
    return between(word, ".-_*~", rng)


def repeated(word: str, rng: random.Random) -> str:
    places = [i for i, c in enumerate(word) if c.isalpha() and i]
    place = rng.choice(places)
    return word[: place + 1] + word[place] * rng.randint(2, 6) + word[place + 1 :]


def overridden(word: str, rng: random.Random) -> str:
    return "\u202e" + word[::-1] + "\u202c"


def entities(word: str, rng: random.Random) -> str:
    form = rng.choice(["&#{};", "&#x{:x};"])
    return "".join(form.format(ord(c)) if rng.random() < 0.6 or i == 0 else c
                   for i, c in enumerate(word))  # fmt: skip


def emoji_letters(word: str, rng: random.Random) -> str:
    return each(word, lambda c: chr(0x1F1E6 + ord(c) - 97) + rng.choice(["\u200b", ""]))


def masked(word: str, rng: random.Random) -> str:
    places = [i for i, c in enumerate(word[1:-1], 1) if c in "aeiou"]
    if not places:
        return ""
    place = rng.choice(places)
    return word[:place] + rng.choice("*#") + word[place + 1 :]


def swapped(word: str, rng: random.Random) -> str:
    if len(word) < 6:
        return ""
    place = rng.randrange(1, len(word) - 2)
    if " " in word[place : place + 2] or word[place] == word[place + 1]:
        return ""
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def cut(word: str, rng: random.Random) -> str:
    if len(word) < 6 or " " in word:
        return ""
    place = rng.randrange(2, len(word) - 2)
    return word[:place] + " " + word[place:]


LATIN: dict[str, Disguise] = {
    "leet": leet,
    "zero width": zero_width,
    "homoglyph": homoglyph,
    "fullwidth": fullwidth,
    "circled": circled,
    "mathematical": mathematical,
    "combining": combining,
    "spaced": spaced,
    "dotted": dotted,
    "repeated": repeated,
    "overridden": overridden,
    "entities": entities,
    "emoji letters": emoji_letters,
    "masked": masked,
    "swapped": swapped,
    "cut": cut,
}
DEVANAGARI = ("zero width", "spaced", "dotted", "repeated", "overridden", "entities")


def disguised(sentence: str, disguise: Disguise, rng: random.Random) -> str | None:
    """The sentence with every bracketed word disguised; None where the kind cannot be."""
    parts = sentence.replace("]", "[").split("[")
    for i in range(1, len(parts), 2):
        changed = disguise(parts[i], rng)
        if not changed or changed == parts[i]:
            return None
        parts[i] = changed
    return "".join(parts)


def main() -> None:
    rows = []
    languages = (("en", ENGLISH), ("hi-Latn", HINGLISH), ("hi", HINDI))
    for language, sentences in languages:
        for kind, disguise in LATIN.items():
            if language == "hi" and kind not in DEVANAGARI:
                continue
            rng = random.Random(f"{language} {kind} 2026")
            for sentence in sentences.strip().splitlines():
                text = disguised(sentence, disguise, rng)
                plain = sentence.replace("[", "").replace("]", "")
                if text is not None:
                    rows.append({"kind": kind, "language": language, "text": text, "plain": plain})
    drawn = int.from_bytes(hashlib.sha256(b"which two kinds nobody saw").digest()[:8], "big")
    aside = set(random.Random(drawn).sample(sorted(LATIN), 2))
    for name, keep in (("evasions", False), ("evasions_aside", True)):
        lines = [
            json.dumps(row, ensure_ascii=True) for row in rows if (row["kind"] in aside) == keep
        ]
        (HERE / f"{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{len(rows)} evasions of {len(LATIN)} kinds, two kinds of them aside")


if __name__ == "__main__":
    main()
