"""The last look at borders: chances of spans against enumeration, and what it chooses."""

from __future__ import annotations

import random
from itertools import pairwise, product

import numpy as np
import pytest

from chowk.delivery import AddressParser
from chowk.delivery.addresses.borders import Borders, apart, chances, names_of
from chowk.delivery.addresses.crf import Bundle, Field
from chowk.delivery.addresses.tokens import tokenize
from chowk.errors import ArtifactError

LABELS = ["O", "B-X", "I-X", "B-Y", "I-Y", "B-Z"]
WORDS = [Bundle("a"), Bundle("b"), Bundle("c")]


@pytest.fixture
def field():
    rng = np.random.default_rng(3)
    rows, columns = np.divmod(np.arange(3 * len(LABELS)), len(LABELS))
    return Field(
        LABELS, ["a", "b", "c"], (rows, columns, rng.normal(size=len(rows))),
        rng.normal(size=(len(LABELS), len(LABELS))),
    )  # fmt: skip


def spans_in(tags):
    """Where each span begins and ends; an I after another label opens one too."""
    found, label, start = [], "O", 0
    for at, tag in enumerate([*tags, "O"]):
        name = tag[2:] or "O"
        if tag[:2] == "B-" or name != label:
            if label != "O":
                found.append((start, at - 1, label))
            label, start = name, at
    return found


def enumerated(field, sequence):
    scores, total, sums = field.scores([sequence]), 0.0, {}
    for path in product(range(len(LABELS)), repeat=len(sequence)):
        weight = sum(float(scores[at, y]) for at, y in enumerate(path))
        weight += sum(float(field._steps[a, b]) for a, b in pairwise(path))
        total += np.exp(weight)
        for span in spans_in([LABELS[y] for y in path]):
            sums[span] = sums.get(span, 0.0) + np.exp(weight)
    return {span: value / total for span, value in sums.items()}


def test_chances_are_those_of_every_labelling_counted(field):
    sequences = [[[WORDS[at]] for at in places] for places in ((0, 1, 2, 0), (2,), (1, 1, 0))]
    found, names = chances(field, sequences), names_of(field)
    for number, sequence in enumerate(sequences):
        expected = np.zeros_like(found[number])
        for (first, last, label), value in enumerated(field, sequence).items():
            expected[first, last - first, names.index(label)] = value
        np.testing.assert_allclose(found[number], expected, atol=1e-6)


def test_spans_are_apart_in_order_and_worth_it(field, tmp_path):
    groups = [["X", "Y"], ["Z"]]
    borders = Borders(groups, np.array([0.0, 1.0, 0.0, 1.0, *[0.0] * 6]))
    texts = ["a b c a", "c", ""]
    tokens = [tokenize(text) for text in texts]
    seen = [[[WORDS["abc".index(token.text)]] for token in each] for each in tokens]
    chosen = borders.choose(field, tokens, seen)
    assert chosen[2] == []
    for spans in chosen:
        assert all(a.end <= b.start for a, b in pairwise(spans))
    borders.save(tmp_path / "borders.npz")
    assert Borders.open(tmp_path / "borders.npz").choose(field, tokens, seen) == chosen
    (tmp_path / "borders.npz").write_bytes(b"no model")
    with pytest.raises(ArtifactError, match="cannot be read"):
        Borders.open(tmp_path / "borders.npz")


def test_copies_stay_in_one_fold():
    folds = apart([[0, 3], [1, 2]], 7, 3)
    assert sorted(number for fold in folds for number in fold) == list(range(7))
    assert all(any({*pair} <= {*fold} for fold in folds) for pair in ((0, 3), (1, 2)))


def test_few_real_hands_are_looked_at_again(tmp_path, monkeypatch):
    """A parser of few examples learns the last look, saves it, and answers the same."""
    monkeypatch.setattr("chowk.delivery.addresses.parser._HANDS", 30)
    rng = random.Random(4)
    towns, areas = ("Pune", "Agra", "Kochi"), ("Ram Nagar", "Sai Vihar", "Lake View")
    rows = [
        {
            "tokens": ["H", str(number), *rng.choice(areas).split(), ",", rng.choice(towns)],
            # Annotators differ: what is one area for most is two for some.
            "labels": ["B-HOUSE", "I-HOUSE", "B-AREA", "BI"[number % 4 > 0] + "-AREA", "O",
                       "B-TOWN"],
        }
        for number in range(36)
    ]  # fmt: skip
    parser = AddressParser(iterations=12).fit(rows)
    text = "H 77 Sai Vihar , Kochi"
    assert [part.label for part in parser.parse(text)] == ["HOUSE", "AREA", "TOWN"]
    parser.save(tmp_path)
    assert (tmp_path / "borders.npz").is_file()
    again = AddressParser.load(tmp_path)
    assert again.parse_many([text, "", text]) == [parser.parse(text), [], parser.parse(text)]
    monkeypatch.setattr("chowk.delivery.addresses.parser._HANDS", 37)
    AddressParser(iterations=2).fit(rows).save(tmp_path)
    assert not (tmp_path / "borders.npz").exists()
