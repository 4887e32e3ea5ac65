"""The table of India's 22 scheduled languages in docs/search.md, made here by asking an engine.

`python tests/search/test_languages.py` (with src and tests on the path) prints it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from chowk.search import SearchEngine

PAGE = Path(__file__).resolve().parents[2] / "docs" / "search.md"
#: Language: script, a ware as it is written, and as it is typed in Latin letters.
LANGUAGES = {
    "Assamese": ("Bengali", "শাৰী", "sari"),
    "Bengali": ("Bengali", "জুতো", "juto"),
    "Bodo": ("Devanagari", "सारि", "sari"),
    "Dogri": ("Devanagari", "कुर्ता", "kurta"),
    "Gujarati": ("Gujarati", "ચપ્પલ", "chappal"),
    "Hindi": ("Devanagari", "चप्पल", "chappal"),
    "Kannada": ("Kannada", "ರೇಷ್ಮೆ", "reshme"),
    "Kashmiri": ("Perso-Arabic", "کرتا", "kurta"),
    "Konkani": ("Devanagari", "चप्पल", "chappal"),
    "Maithili": ("Devanagari", "कुर्ता", "kurta"),
    "Malayalam": ("Malayalam", "സാരി", "sari"),
    "Manipuri": ("Bengali", "শারি", "sari"),
    "Manipuri (Meetei Mayek)": ("Meetei Mayek", "ꯁꯥꯔꯤ", "sari"),
    "Marathi": ("Devanagari", "साडी", "sadi"),
    "Nepali": ("Devanagari", "कुर्ता", "kurta"),
    "Odia": ("Odia", "ଚପଲ", "chapal"),
    "Punjabi": ("Gurmukhi", "ਕੁੜਤਾ", "kurta"),
    "Sanskrit": ("Devanagari", "वस्त्रम्", "vastram"),
    "Santali": ("Ol Chiki", "ᱥᱟᱲᱤ", "sari"),
    "Sindhi": ("Perso-Arabic", "ڪرتا", "kurta"),
    "Tamil": ("Tamil", "பட்டு", "pattu"),
    "Telugu": ("Telugu", "చీర", "cheera"),
    "Urdu": ("Perso-Arabic", "چپل", "chappal"),
}
HEAD = (
    "| language | script | as written | in Latin letters | found as written "
    "| Latin finds it | it finds Latin |",
    "|---|---|---|---|---|---|---|",
)


def finds(title: str, query: str) -> bool:
    """Whether a query finds a title among others."""
    rows = [{"product_id": "it", "title": title}]
    rows += [{"product_id": f"o{n}", "title": f"lamp number {n}"} for n in range(20)]
    with SearchEngine.build(rows) as engine:
        return [hit.product_id for hit in engine.search(query, k=1).hits] == ["it"]


def line(language: str) -> str:
    """A language's row."""
    script, native, latin = LANGUAGES[language]
    said = ["no", "yes"]
    cells = [language, script, native, latin]
    cells += [said[finds(native, native)], said[finds(native, latin)], said[finds(latin, native)]]
    return "| " + " | ".join(cells) + " |"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_an_engine_does(language):
    assert line(language) in PAGE.read_text("utf-8").splitlines()


def test_all_scheduled_languages_are_there():
    # the Eighth Schedule names 22; Manipuri is written in two scripts
    assert len(LANGUAGES) == 22 + 1
    text = PAGE.read_text("utf-8")
    assert all(row in text for row in HEAD)


if __name__ == "__main__":
    print("\n".join([*HEAD, *(line(language) for language in LANGUAGES)]))
