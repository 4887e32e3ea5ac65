"""Mixing indices against values worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowk.language.indices import (
    code_mixing_index,
    i_index,
    m_index,
    matrix_language,
    mixing,
    switch_point_fraction,
    switch_points,
)

HI_EN = "hi en en other hi hi ambiguous en".split()  # 3 hi, 3 en, 2 neutral


def test_by_hand() -> None:
    assert code_mixing_index(HI_EN) == pytest.approx(100 * (1 - 3 / 6))
    assert switch_points(HI_EN) == 3  # hi|en, en|hi, hi|en
    assert m_index([HI_EN]) == pytest.approx(1.0)
    assert m_index([["hi"] * 3 + ["en"]]) == pytest.approx((1 - 10 / 16) / (10 / 16))
    assert m_index([["hi", "hi", "en", "ta"]]) == pytest.approx((1 - 6 / 16) / (2 * 6 / 16))
    assert i_index([HI_EN]) == pytest.approx(3 / 5)
    assert switch_point_fraction([HI_EN]) == pytest.approx(3 / 7)
    assert switch_point_fraction([HI_EN, ["hi"]]) == pytest.approx(3 / 7)
    assert code_mixing_index(["hi", "hi", "hi", "en", "ta"]) == pytest.approx(40)


def test_nothing_and_one_language() -> None:
    for languages in ([], ["other"], ["hi", "hi", "name"]):
        assert code_mixing_index(languages) == switch_points(languages) == 0
        assert m_index([languages]) == i_index([languages]) == 0
    assert matrix_language(["other"]) is None
    assert mixing([]).cmi == 0


def test_matrix_language_of_a_tie_goes_to_closed_class_words_then_to_the_first() -> None:
    assert matrix_language(["en", "hi"]) == "en"
    assert matrix_language(["en", "hi"], ["Box", "Mein"], {"mein"}) == "hi"
    assert matrix_language(["en", "hi", "hi", "other", "other"]) == "hi"


@given(st.lists(st.sampled_from(["hi", "en", "ta", "other"]), max_size=12))
def test_laws(languages: list[str]) -> None:
    assert 0 <= code_mixing_index(languages) <= 100 * (1 - 1 / 3) + 1e-9
    assert 0 <= m_index([languages]) <= 1 + 1e-12
    assert switch_point_fraction([languages]) <= i_index([languages]) <= 1
    assert code_mixing_index(languages) == code_mixing_index(languages[::-1])
    assert switch_points(languages) == switch_points(languages[::-1])
