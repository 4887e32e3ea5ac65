"""The parser: labels learned, offsets kept, odd texts survived."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.delivery import AddressParser, AddressScorer
from chowk.delivery.addresses.crf import Bundle, Field, mean
from chowk.delivery.addresses.features import bundles
from chowk.delivery.addresses.labels import read_example
from chowk.delivery.addresses.tokens import tokenize
from chowk.errors import ArtifactError, InputError, NotFittedError, ParameterError

INDIA = AddressParser.load("in")
SCORER = AddressScorer.load("in")
AMERICA = AddressParser.load("us")


def found(parser, text):
    return {(part.label, part.value) for part in parser.parse(text)}


def examples():
    """Two towns and forty houses: labels that a few words decide."""
    rows = []
    for number in range(40):
        rows.append(
            {
                "tokens": ["H", "No", str(number), ",", ("Ram", "Sai")[number % 2], "Nagar", ",",
                           ("Pune", "Agra")[number // 20], str(411000 + number)],
                "labels": ["B-HOUSE", "I-HOUSE", "I-HOUSE", "O", "B-AREA", "I-AREA", "O", "B-TOWN",
                           "B-CODE"],
            }
        )  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def own():
    return AddressParser(iterations=40).fit(examples())


def test_the_labels_are_those_of_the_examples(own):
    assert own.labels_ == ["AREA", "CODE", "HOUSE", "TOWN"]
    parts = own.parse("h no 77, sai nagar, agra 411099")
    assert [part.label for part in parts] == ["HOUSE", "AREA", "TOWN", "CODE"]


@pytest.mark.parametrize("frame", [list, pa.Table.from_pylist, pd.DataFrame, pl.DataFrame])
def test_any_frame_gives_the_same_parser(own, frame):
    text = "H No 12, Ram Nagar, Pune 411012"
    assert AddressParser(iterations=40).fit(frame(examples())).parse(text) == own.parse(text)


def test_the_same_seed_gives_the_same_parser(own):
    text = "H NO 3 RAM NAGAR PUNE"
    assert AddressParser(iterations=40).fit(examples()).parse(text) == own.parse(text)


def test_a_saved_parser_answers_the_same(own, tmp_path):
    own.save(tmp_path / "parser")
    texts = ["h no 77, sai nagar, agra 411099", "", "Pune"]
    assert AddressParser.load(tmp_path / "parser").parse_many(texts) == own.parse_many(texts)


def test_labels_without_a_prefix_and_neighbours_of_one_label():
    rows = [{"tokens": ["12", "Main", "St"], "labels": ["Number", "Street", "Street"]}] * 30
    parser = AddressParser(iterations=30).fit(rows, augment=False)
    assert [(p.label, p.value) for p in parser.parse("12 Main St")] == [
        ("Number", "12"),
        ("Street", "Main St"),
    ]
    assert parser.label(["12", "Main", "St"]) == ["B-Number", "B-Street", "I-Street"]


def test_two_parts_of_one_label_stay_two_and_merge_in_tag():
    text = "12 MG Road, Pune, Pune 411001"
    assert [p.value for p in INDIA.parse(text) if p.label == "CITY"] == ["Pune", "Pune"]
    assert INDIA.tag(text)["CITY"] == "Pune, Pune"


@pytest.mark.parametrize(
    ("text", "value", "relation"),
    [
        ("12, Baner, near SBI ATM, Pune 411045", "SBI ATM", "near"),
        ("12, Baner, opp. to City Hospital, Pune 411045", "City Hospital", "opposite"),
        ("12, Baner, behind Shiv Mandir, Pune 411045", "Shiv Mandir", "behind"),
        ("12, Baner, next to D Mart, Pune 411045", "D Mart", "beside"),
        ("12, Civil Lines, Hanuman Mandir ke samne, Kanpur 208001", "Hanuman Mandir", "opposite"),
        ("म.नं. 112, राजेन्द्र नगर, हनुमान मंदिर के पास, लखनऊ 226004", "हनुमान मंदिर", "near"),
    ],
)
def test_a_landmark_comes_with_its_relation(text, value, relation):
    marks = [part for part in INDIA.parse(text) if part.label == "LANDMARK"]
    assert [(part.value, part.relation) for part in marks] == [(value, relation)]


def test_a_pin_that_is_glued_to_the_city():
    assert {("CITY", "Delhi"), ("PINCODE", "110092")} <= found(
        INDIA, "D-45, Laxmi Nagar, Delhi110092"
    )


def test_persons_phones_and_mails_are_set_aside():
    text = "Ramesh Kumar S/O Suresh Kumar, 9876543210, H No 12, Ram Nagar, Agra 282001, r@x.in"
    labels = {part.label: part.value for part in INDIA.parse(text)}
    assert labels["PHONE"] == "9876543210"
    assert labels["EMAIL"] == "r@x.in"
    assert "PERSON" in labels
    assert "9876543210" not in {p.value for p in INDIA.parse(text) if p.label != "PHONE"}


def test_the_odd_parts():
    text = "Khasra No 345/2, Plot No 12, Sector 15, Pole No 34, Village Burari, Delhi 110084"
    assert {p.label for p in INDIA.parse(text)} >= {"KHASRA", "PLOT", "SECTOR", "POLE", "VILLAGE"}
    assert found(INDIA, "P.O. Box 1234, Kochi 682011") >= {("POBOX", "P.O. Box 1234")}


def test_an_american_address():
    assert found(AMERICA, "123 N Main St Apt 4, Springfield, IL 62704") == {
        ("AddressNumber", "123"), ("StreetNamePreDirectional", "N"), ("StreetName", "Main"),
        ("StreetNamePostType", "St"), ("OccupancyType", "Apt"), ("OccupancyIdentifier", "4"),
        ("PlaceName", "Springfield"), ("StateName", "IL"), ("ZipCode", "62704"),
    }  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_no_text_raises_and_every_part_is_where_it_says(text):
    for parser in (INDIA, AMERICA):
        parts = parser.parse(text)
        end = 0
        for part in parts:
            assert part.value == text[part.start : part.end] != ""
            assert part.start >= end
            end = part.end
        assert parser.tag(text).keys() == {part.label for part in parts}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=12), max_size=20))
def test_every_token_of_ones_own_gets_a_label(tokens):
    assert len(INDIA.label(tokens)) == len(tokens)


def test_a_megabyte_is_read_as_far_as_an_address_goes():
    parts = INDIA.parse("12 MG Road, Pune 411001, " + "x" * 1_000_000)
    assert parts and parts[-1].end <= 2_000


def test_what_cannot_be_learned_from_is_refused():
    with pytest.raises(InputError, match="no labelled part"):
        AddressParser().fit([])
    with pytest.raises(InputError, match="Example 1 has 2 tokens and 1 labels"):
        AddressParser().fit([{"tokens": ["a", "b"], "labels": ["O"]}])
    with pytest.raises(InputError, match="needs 'tokens' and 'labels'"):
        AddressParser().fit([{"text": "a"}])
    with pytest.raises(NotFittedError):
        AddressParser().parse("x")
    with pytest.raises(ArtifactError, match="no address parser"):
        AddressParser.load("/nowhere")


@pytest.mark.parametrize("augment", [True, False])
def test_examples_of_one_label_and_nothing_else_teach_that_label(augment, tmp_path):
    parser = AddressParser().fit([{"tokens": ["Pune"], "labels": ["B-CITY"]}] * 3, augment=augment)
    parser.save(tmp_path)
    for one in (parser, AddressParser.load(tmp_path)):
        assert [tuple(part) for part in one.parse("Pune")] == [("Pune", "CITY", 0, 4)]


@pytest.mark.parametrize("examples", [None, "tokens", 5])
def test_what_is_no_list_of_examples_is_named(examples):
    with pytest.raises(ParameterError, match="'examples'"):
        AddressParser().fit(examples)


def test_a_damaged_model_is_refused(tmp_path):
    INDIA.save(tmp_path)
    (tmp_path / "model.npz").write_bytes(b"broken")
    with pytest.raises(ArtifactError):
        AddressParser.load(tmp_path)


def test_many_at_once_are_as_one_by_one():
    texts = ["Pune", "", "12, Baner, Pune 411045", "x " * 300, None, "Flat 2, Sai Apts, Agra"] * 30
    assert INDIA.parse_many(texts) == [INDIA.parse(text) for text in texts]


COLUMNS = {
    "pyarrow": pa.array, "chunked": lambda v: pa.chunked_array([v[:1], v[1:]]),
    "pandas": lambda v: pd.Series(v, index=[7, 9]), "polars": pl.Series, "generator": iter,
}  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_of_any_library_is_its_texts(column):
    made, texts = COLUMNS[column], ["12, Baner, Pune 411045", None]
    assert INDIA.parse_many(made(texts)) == [INDIA.parse(texts[0]), []]
    score = SCORER.score(texts[0]).score
    assert SCORER.score_many(made(texts)).tolist() == [score, 0.0]


@pytest.mark.parametrize("frame", [pd.DataFrame, pa.table, dict])
def test_neither_a_frame_nor_one_text_is_gone_through(frame):
    for texts in (frame({"text": ["12, Baner, Pune 411045"]}), "12, Baner", None):
        for many in (INDIA.parse_many, SCORER.score_many):
            with pytest.raises(ParameterError, match="a list or a column of texts"):
                many(texts)


def test_the_path_is_the_best_of_all():
    """Beside every path that there is, on weights drawn at random."""
    rng = np.random.default_rng(3)
    names = [f"n{at}" for at in range(6)]
    rows, columns = np.divmod(np.arange(18), 3)
    field = Field("ABC", names, (rows, columns, rng.normal(size=18)), rng.normal(size=(3, 3)))
    items = [Bundle(*rng.choice(names, 2, replace=False)) for _ in range(7)]
    sequences = [[[items[at]] for at in rng.integers(0, 7, length)] for length in (4, 0, 1, 5, 4)]
    weights = np.zeros((6, 3), dtype=np.float32)
    weights[rows, columns] = field._values
    for sequence, tags in zip(sequences, field.tag_many(sequences), strict=True):
        alone = [sum(weights[names.index(n)] for n in item[0].names) for item in sequence]

        def total(path, alone=alone):
            steps = sum(field._steps[a, b] for a, b in itertools.pairwise(path))
            return steps + sum(row[y] for row, y in zip(alone, path, strict=True))

        best = max(itertools.product(range(3), repeat=len(sequence)), key=total)
        assert tags == ["ABC"[y] for y in best]


def test_memory_of_bundles_is_bounded(monkeypatch):
    monkeypatch.setattr("chowk.delivery.addresses.crf._REMEMBERED", 50)
    parser = AddressParser.load("in")
    texts = [f"{number} Road{number}, Pune" for number in range(40)]
    assert parser.parse_many(texts) == INDIA.parse_many(texts)
    for text in texts:
        parser.parse(text)
    assert len(parser._field._memory.places) < 150


@pytest.mark.parametrize("text", ["😀😀🎉", "\x00\x00", "1234567890" * 5, "---", "عنوان شارع"])
def test_signs_are_no_parts_and_no_mail_is_without_its_sign(text):
    for part in INDIA.parse(text):
        assert any(letter.isalnum() for letter in part.value)
        assert part.label not in ("EMAIL", "PHONE")


def test_a_number_that_is_typed_on_to_its_word():
    text = "HNO88, GALINO21, Sector62, Rohini, Delhi110085"
    assert found(INDIA, text) >= {
        ("HOUSE_NUMBER", "HNO88"), ("STREET", "GALINO21"), ("SECTOR", "Sector62"),
        ("CITY", "Delhi"), ("PINCODE", "110085"),
    }  # fmt: skip


def test_the_mean_of_fields_scores_what_they_score_on_average():
    fields = []
    for at in (3, 40):
        chosen = [read_example(row, 1) for row in examples()[:at]]
        parser = AddressParser(iterations=15)
        parser._learn(chosen)
        fields.append(parser._field)
    one = mean(fields)
    assert mean(fields[:1]) is fields[0]
    seen = [bundles(tokenize("12 Rose Street, Ghent"))]
    for label in one.labels:
        told = [
            field.scores(seen)[:, field.labels.index(label)] if label in field.labels else 0.0
            for field in fields
        ]
        assert np.allclose(one.scores(seen)[:, one.labels.index(label)], sum(told) / 2, atol=0.02)
