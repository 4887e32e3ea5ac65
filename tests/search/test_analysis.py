"""Words: what is one, what is folded, what is left alone."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowk.search.analysis import LONGEST_WORD, stem, surfaces, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Silk Sarees", ["silk", "saree"]),
        ("Women's & Kids' shoes", ["women", "kid", "shoe"]),
        ("Crème brûlée Ångström Müller Straße", "creme brulee angstrom muller strasse".split()),
        ("Smørrebrød Łódź", ["smorrebrod", "lodz"]),
        ("WH-1000XM4 15.6-inch 1,299.00", ["wh", "1000xm4", "15.6", "inch", "1299.00"]),
        ("snake_case title:red AND (blue OR *)", "snake case title red and blue or".split()),
        ("ﬁne ｗｉｄｅ", ["fine", "wide"]),
        ("Ελλάς ёлка", ["ελλασ", "елка"]),
        ("", []),
        ("😀 -- \x00 \ud800 !!", []),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("रेशमी साड़ी", ["रेशमी", "साडी"]),  # vowel signs stay inside, the nukta goes
        ("किताबें", ["किताबें"]),
        ("श्री", ["श्री"]),  # virama
        ("க்ரீம் பட்டு", ["க்ரீம்", "பட்டு"]),
        ("কলকাতার শাড়ি", ["কলকাতার", "শাড়ি"]),
        ("ಮೈಸೂರು ರೇಷ್ಮೆ", ["ಮೈಸೂರು", "ರೇಷ್ಮೆ"]),
        ("ریشمی ساڑی", ["ریشمی", "ساڑی"]),
    ],
)
def test_indic_words_keep_their_signs(text, expected):
    assert surfaces(text) == [unicodedata.normalize("NFC", word) for word in expected]


def test_joiners_and_composition_do_not_matter():
    assert surfaces("क\u094d\u200dष") == surfaces("क\u094dष")
    assert surfaces("é") == surfaces("e\u0301") == ["e"]
    assert surfaces("\u0958लम") == surfaces("\u0915\u093cलम") == surfaces("कलम")


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("sarees", "saree"),
        ("dresses", "dress"),
        ("boxes", "box"),
        ("watches", "watch"),
        ("dishes", "dish"),
        ("babies", "baby"),
        ("shoes", "shoe"),
        ("phones", "phone"),
        ("ties", "tie"),
    ],
)
def test_plurals_meet_their_singular(plural, singular):
    assert stem(plural) == stem(singular) == singular


@pytest.mark.parametrize(
    "word", ["bus", "glass", "gas", "5s", "iphone6s", "साड़ीs", "tennis", "yes"]
)
def test_what_only_looks_like_a_plural_stays(word):
    assert stem(word) == word


@given(st.text(max_size=200))
def test_any_text_gives_folded_bounded_words(text):
    found = surfaces(text)
    for word in found:
        assert word
        assert len(word) <= LONGEST_WORD
        assert not any(c.isspace() for c in word)
        word.encode("utf-8")


@given(st.lists(st.sampled_from(["red", "साड़ी", "crème", "15.6", "x1"]), max_size=6))
def test_words_do_not_depend_on_what_parts_them(parts):
    assert surfaces(" ".join(parts)) == surfaces(" / ".join(parts)) == surfaces("!\n".join(parts))
