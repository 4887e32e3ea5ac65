"""The report by phenomenon, on assistants whose faults are known by construction."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chowk.errors import InputError
from chowk.language.phenomena import assistant_test, phenomena

COMMANDS = [
    {"tokens": ["show", "red", item], "labels": ["O", "B-colour", "O"], "intent": "show"}
    for item in ("shoes", "bags", "hats", "shirts")
]
WORDS = {"shoes": "जूते", "bags": "झोले", "hats": "टोपियाँ", "shirts": "कमीज़ें"}


class _English:
    """Knows the intent when the first word is 'show', and the slot when the second is 'red'."""

    def parse(self, text: str) -> SimpleNamespace:
        words = text.split()
        slot = SimpleNamespace(name="colour", start=5, end=8)
        good = words[:1] == ["show"]
        return SimpleNamespace(
            intent="show" if good else "other", slots=[slot] if words[1:2] == ["red"] else []
        )


def made():
    return assistant_test(
        COMMANDS,
        dictionary=WORDS,
        catalogue={"colour": ["laal wala"]},
        borrowings={"show": "showna"},
        dialect={"red": ["crimson"]},
        mishearing=0.0,
    )


def test_every_phenomenon_has_its_rows_and_its_loss() -> None:
    report = {line.name: line for line in phenomena(made(), _English())}
    assert next(iter(report)) == "plain"
    assert report["plain"].exact == 1 and report["plain"].drop == 0
    # Another noun harms nothing; a new verb costs the intent; a new colour costs the slot alone.
    assert report["code-mixing"].exact == report["transliteration"].exact == 1
    assert report["borrowing"].intent_accuracy == 0 and report["borrowing"].slot_f1 == 0
    assert report["dialect"].intent_accuracy == 1 and report["dialect"].slot_f1 == 0
    assert report["foreign-entity"].drop == report["dialect"].drop == 1
    assert report["dialect"].low == report["dialect"].high == 1
    assert report["code-mixing"].rows == 8 and report["transliteration"].rows == 4
    assert report["plain"].rows == report["borrowing"].rows == report["foreign-entity"].rows == 4


def test_a_drop_is_measured_on_the_commands_that_the_rows_came_from() -> None:
    class Deaf(_English):
        def parse(self, text: str) -> SimpleNamespace:
            return SimpleNamespace(intent="other", slots=[])

    assert all(line.exact == 0 and line.drop == 0 for line in phenomena(made(), Deaf()))


def test_what_could_not_be_made_is_said() -> None:
    found = assistant_test(COMMANDS, dictionary={"nothing": "कुछ"}, mishearing=0.0)
    assert {row.recipe for row in found} == {"plain"}
    assert "none of its words is in the dictionary" in found.notes[0]
    with pytest.raises(InputError, match="Got none"):
        assistant_test([])
