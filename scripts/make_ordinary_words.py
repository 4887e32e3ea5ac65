# ruff: noqa: E501
"""Write the ordinary words that AutoMod would otherwise take for a disguised one.

    python scripts/make_ordinary_words.py american-english british-english

"counts" is one slip away from a slur, and no word list drawn from chats holds every inflection. The
words come from SCOWL by way of Debian's packages wamerican and wbritish; kept are only those that
reading would change, so the list is short. Words that are in the lexicon themselves are left alone.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from chowk.community.lexicon import lexicon
from chowk.community.words import words_of

OUT = Path(__file__).resolve().parent.parent / "src/chowk/community/data/ordinary.txt"
#: Inflections of words that do weigh stay what reading makes of them.
WEIGHING = re.compile(
    "fuck|shit|bitch|cunt|deport|horn[iy]|whor|slut|nigga|niggard|savag|faggot|queer|murder|molest|strangl|"
    "execut|exterm|lynch|slaughter|degener|terroris|hatef|despis|detest|loath|retard|cripp|parasit|"
    "idiot|moron|imbec|dumb|stupid|filth|disgus|repuls|revolt|immigra|migra|islam|musl|jew|gyps|homosex|"
    "transg|lesb|femin|scroung|sponger|fraud|bastard|wank|scum|vermin|creep|coward|perver|killi|rapis|"
    "sodom|harlot|prostit|masturb|orgas|porn|erotic|castrat|behead|genocid|racis|bigot|sexis"
)
NOTICE = """\
# Ordinary English words that look like a disguise of a harmful one; made by
# scripts/make_ordinary_words.py from SCOWL. Copyright 2000-2011 by Kevin Atkinson. Permission to use,
# copy, modify, distribute and sell these word lists, the associated scripts, the output created from
# the scripts, and its documentation for any purpose is hereby granted without fee, provided that the
# above copyright notice appears in all copies and that both that copyright notice and this permission
# notice appear in supporting documentation. Kevin Atkinson makes no representations about the
# suitability of this array for any purpose. It is provided "as is" without express or implied warranty.
"""


def main() -> None:
    """Read the dictionaries and write the words that would be changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dictionary", type=Path, nargs="+")
    OUT.unlink(missing_ok=True)  # what was kept before must not count as known
    words: set[str] = set()
    for path in parser.parse_args().dictionary:
        words.update(path.read_text("utf-8").split())
    lex = lexicon()
    kept = []
    for word in sorted(words):
        if not re.fullmatch(r"[a-z]{4,20}", word) or word in lex.words or word in lex.known:
            continue
        if WEIGHING.match(word):
            continue
        found = words_of(word)
        changed = len(found) > 1 or found[0].form != word or found[0].hindi is not None
        if changed and any(one.entry or one.hindi for one in found):
            kept.append(word)
    OUT.write_text(NOTICE + "\n".join(kept) + "\n", "utf-8")
    print(f"{len(kept)} words, {OUT.stat().st_size / 1e3:.0f} KB")


if __name__ == "__main__":
    main()
