"""Folding: one form for all disguises, and every letter's way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowk.community.folding import chunks, fold, normalise


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ｆｕｌｌ", "full"),
        ("ⓒⓘⓡⓒⓛⓔ", "circle"),
        ("🅱🅰🅳", "bad"),
        ("𝖇𝖔𝖑𝖉", "bold"),
        ("рау", "pay"),
        ("b\u200ba\u00add", "bad"),
        ("b\u0336a\u0336d\u0336", "bad"),
        ("&#98;&#x61;d", "bad"),
        ("\u202edab\u202c", "bad"),
        ("ＡＢＣ  d", "abc d"),
        ("Straße", "strasse"),
    ],
)
def test_disguises_fold_to_one_form(text, folded):
    assert normalise(text).text == folded


def test_joiners_stay_in_indic_words_and_nowhere_else():
    ksha = "क्\u200dष"
    assert normalise(ksha).text == ksha
    assert normalise("क्\u200cष").text == "क्\u200cष"
    assert normalise("a\u200db").text == "ab"


def test_devanagari_keeps_its_marks():
    assert normalise("हिंदी").text == "हिंदी"


@given(st.text())
def test_every_offset_points_into_the_original(text):
    found = normalise(text)
    assert len(found.offsets) == len(found.text)
    assert all(0 <= at < len(text) for at in found.offsets)


@given(st.text(alphabet=st.characters(min_codepoint=97, max_codepoint=122), min_size=1))
def test_plain_words_stay_as_they_are(word):
    assert fold(word) == (word, None)


@given(st.text())
def test_folding_twice_changes_nothing(text):
    once = normalise(text).text
    again = normalise(once).text
    assert normalise(again).text == again


@given(st.text())
def test_chunks_cover_all_that_is_no_space(text):
    covered = sorted(p for _, chunk in chunks(text) for p in chunk.places)
    plain = text if "\u202e" not in text else None
    if plain is not None:
        assert covered == [i for i, c in enumerate(plain) if not c.isspace()]
    assert len(set(covered)) == len(covered)


def test_an_override_is_read_as_it_is_shown():
    text = "so \u202edab\u202c!"
    found = normalise(text)
    assert found.text == "so bad!"
    start, end = found.offsets[3], found.offsets[5]
    assert {text[start], text[end]} == {"b", "d"}
