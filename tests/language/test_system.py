"""`language` as a system: what it judges and leaves out, where it went wrong, its catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import chowk
from chowk.errors import ArtifactError, InputError, NotFittedError
from chowk.language import Understander
from chowk.language.judging import Entity, Judged, entity_slices, unsure
from chowk.language.system import LanguageSystem
from chowk.store.store import Store
from small_store import small_store, with_utterances


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with small_store(tmp_path_factory.mktemp("language") / "s", orders=5) as made:
        yield with_utterances(made)


@pytest.fixture(scope="module")
def system(store: Store) -> LanguageSystem:
    return LanguageSystem().fit(store, seed=3)


def test_it_is_judged_on_what_it_has_not_seen(system: LanguageSystem, store: Store) -> None:
    card = system.evaluate(store)
    texts = {row.text for row in system.judged_}
    assert card.value is not None and card.rows == len(texts) == len(system.judged_) == 23
    assert card.value >= 0.9 and card.baseline is not None and card.baseline <= 1
    assert "track" in {row.intent for row in system.judged_}


def test_slices_and_doubts_are_those_of_the_held_out_rows(system: LanguageSystem) -> None:
    slices = system.slices()
    shares = [one["accuracy"] for one in slices]
    assert shares == sorted(shares)
    by_name = {one["slice"]: one for one in slices}
    right = sum(row.right for row in system.judged_ if row.intent == "track")
    rows = by_name["intent track"]["rows"]
    assert by_name["intent track"]["accuracy"] == right / rows
    assert by_name["locale en"]["rows"] == len(system.judged_)
    doubts = [row.confidence for row in system.doubtful(5)]
    assert len(doubts) == 5 and doubts == sorted(row.confidence for row in system.judged_)[:5]


def test_slots_are_judged_by_how_well_their_values_are_known(
    system: LanguageSystem, store: Store
) -> None:
    by_name = {one["slice"]: one for one in system.entity_slices()}
    every = [one for row in system.judged_ for one in row.entities]
    assert {one.name for one in every} == {"colour", "item"}
    by_value = [n for n in by_name if n.startswith("values ")]
    assert sum(by_name[n]["rows"] for n in by_value) == len(every) > 20
    colours = [one.found for one in every if one.name == "colour"]
    assert by_name["slot colour"]["accuracy"] == sum(colours) / len(colours)
    cases = {one.case: one.rows for one in system.evaluate(store).measures}
    assert all(cases[name] == by_name[name]["rows"] for name in by_value)
    judged = [Judged("a", "x", "x", 1.0, True, "en", entities=(Entity("s", 0, False),))]
    assert entity_slices(judged)[0] == {"slice": "slot s", "rows": 1, "accuracy": 0.0}


def test_what_few_people_typed_is_not_listed(store: Store, tmp_path: Path) -> None:
    def typed(text: str, people: int, visits: int = 1) -> list[dict[str, str]]:
        return [
            {"event_id": f"{text}{p}{v}", "ts": "2026-01-01T00:00:00Z", "kind": "search",
             "session_id": f"{p}.{v}", "customer_id": f"c{p}", "query": text}
            for p in range(people) for v in range(visits)
        ]  # fmt: skip

    with chowk.create(tmp_path / "s") as shop:
        shop.write("events", typed("umbrella", 3) + typed("my own name", 1, 9) + typed("known", 4))
        found = unsure(shop, Understander.load("shop"), {"known"})
    assert [(one.text, one.people) for one in found] == [("umbrella", 3)]
    assert 0 <= found[0].confidence <= 1


def test_its_words_are_the_catalogues(system: LanguageSystem, tmp_path: Path) -> None:
    parse = system.understander_.parse("show me lal mugs under 20 euros")
    found = system.catalogue_.resolve(parse)
    assert found.filters["attributes.color"] == ["red"] and found.filters["price"] == {"max": 20.0}
    assert found.filters["category"] == ["Home > Mugs"]
    system.save(tmp_path / "m")
    loaded = LanguageSystem.load(tmp_path / "m")
    assert loaded.catalogue_.resolve(parse) == found and loaded.judged_ == system.judged_
    (tmp_path / "m" / "judged.json").write_text("{", "utf-8")
    with pytest.raises(ArtifactError, match="cannot be read"):
        LanguageSystem.load(tmp_path / "m")
    with pytest.raises(NotFittedError):
        LanguageSystem().save(tmp_path)


def test_rows_that_break_a_rule_are_left_out_and_told(tmp_path: Path) -> None:
    with chowk.create(tmp_path / "s") as store:
        bad = {"text": "a b c", "locale": "en", "intent": "x", "slots": ["O"]}
        good = [{"text": f"word{n} here", "locale": "xx", "intent": "y"} for n in range(3)]
        store.write("utterances", [bad, *good])
        found = LanguageSystem().fit(store, seed=0)
        assert len(found.skipped_) == 1 and "1 labels" in found.skipped_[0]
        assert found.understander_.intents_ == ["y"]
        card = found.evaluate(store)
        assert card.value is None and "0 held-out utterances" in card.why
    with chowk.create(tmp_path / "t") as store:
        store.write("utterances", [bad])
        with pytest.raises(InputError, match="no utterance can be learned"):
            LanguageSystem().fit(store, seed=0)
