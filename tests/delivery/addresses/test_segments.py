"""Labels that share names, told apart by the whole segment and its place among the others."""

from __future__ import annotations

import random

import pytest

from chowk.delivery import AddressParser
from chowk.delivery.addresses.labels import Example, Span
from chowk.delivery.addresses.segments import SecondLook, Styles, confusable
from chowk.errors import ArtifactError

NAMES = ["Palam", "Dabri", "Nangloi", "Mundka", "Rohini", "Bawana", "Ranhola", "Najafgarh"]


def drawn(seed, *, count=80):
    """Two names an address: the first is the sub-area, the last the area, whichever they are."""
    rng = random.Random(seed)
    for _ in range(count):
        first, last = rng.sample(NAMES, 2)
        text = f"{rng.randrange(1, 99)}, {first} {last} Delhi"
        number = text.index(",")
        at, then = text.index(first), text.index(last)
        yield Example(
            text,
            (
                Span("HOUSE", 0, number),
                Span("SUBAREA", at, at + len(first)),
                Span("AREA", then, then + len(last)),
                Span("CITY", len(text) - 5, len(text)),
            ),
        )


def test_the_place_among_the_names_decides():
    look = SecondLook.learned(drawn(1), confusable([drawn(1)]))
    assert look is not None and look.groups == [["AREA", "SUBAREA"]]
    for example in drawn(2):
        turned = [Span({"SUBAREA": "AREA", "AREA": "SUBAREA"}.get(s[0], s[0]), *s[1:])
                  for s in example.spans]  # fmt: skip
        assert look(example.text, turned) == list(example.spans)


def test_labels_with_names_of_their_own_are_left_alone():
    rows = [Example(f"{a} {b}", (Span("A", 0, len(a)), Span("B", len(a) + 1, len(a) + 1 + len(b))))
            for a in NAMES[:4] for b in NAMES[4:]] * 3  # fmt: skip
    assert confusable([rows]) == []
    assert Styles.learned(rows) is None


def test_borders_stay_and_nothing_is_nothing():
    look = SecondLook.learned(drawn(1), confusable([drawn(1)]))
    assert look("", []) == []
    spans = [Span("AREA", 0, 5), Span("CITY", 6, 11)]
    assert [s[1:] for s in look("Xyzab Delhi", spans)] == [s[1:] for s in spans]


def test_a_form_and_a_hand_have_habits_of_their_own():
    """In forms, with a comma between all parts, the first is the area; by hand it is the last."""
    forms = []
    for example in drawn(3):
        house, first, last, city = (example.text[s.start : s.end] for s in example.spans)
        text, spans = "", []
        parts = (("HOUSE", house), ("AREA", first), ("SUBAREA", last), ("CITY", city))
        for label, value in parts:
            text += ", " if text else ""
            spans.append(Span(label, len(text), len(text) + len(value)))
            text += value
        forms.append(Example(text, tuple(spans)))
    styles = Styles.learned([*drawn(1), *forms])
    for example in [*drawn(2), *forms]:
        turned = [Span({"SUBAREA": "AREA"}.get(s[0], s[0]), *s[1:]) for s in example.spans]
        assert styles(example.text, turned) == list(example.spans)


def rows(seed):
    for example in drawn(seed):
        tokens = example.text.replace(",", " ,").split()
        labels = ["B-HOUSE", "O", "B-SUBAREA", "B-AREA", "B-CITY"]
        yield {"tokens": tokens, "labels": labels}


def test_a_saved_parser_keeps_its_second_look(tmp_path):
    own = AddressParser(iterations=20).fit(rows(1), augment=False)
    text = "7, Rohini Palam Delhi"
    own.save(tmp_path)
    kept = AddressParser.load(tmp_path)
    assert (tmp_path / "segments.npz").is_file()
    assert kept.parse(text) == own.parse(text)
    assert [part.label for part in kept.parse(text)] == ["HOUSE", "SUBAREA", "AREA", "CITY"]
    plain = AddressParser(iterations=5).fit(
        [{"tokens": ["7", "Delhi"], "labels": ["B-HOUSE", "B-CITY"]}] * 5, augment=False
    )
    plain.save(tmp_path)
    assert not (tmp_path / "segments.npz").exists()


def test_a_damaged_one_is_refused(tmp_path):
    AddressParser(iterations=5).fit(rows(1), augment=False).save(tmp_path)
    (tmp_path / "segments.npz").write_bytes(b"not one")
    with pytest.raises(ArtifactError, match=r"segments\.npz"):
        AddressParser.load(tmp_path)
