"""Addresses, messages and reviews of the sample store: their truth explains what stands in them."""

from __future__ import annotations

import re

import pytest

from chowk.sample.chapter import Pages
from chowk.sample.chapters import CHAPTERS
from chowk.sample.chatter import CHANNELS
from chowk.sample.doors import TOWNS
from chowk.sample.world import world


@pytest.fixture(scope="module")
def pages() -> dict[str, Pages]:
    drawn = world(seed=3, products=60, customers=3000)
    told = {c.name: c for c in CHAPTERS}
    return {name: told[name].pages(drawn) for name in ("addresses", "messages", "reviews")}


def test_an_address_lacks_what_its_fault_says(pages: dict[str, Pages]) -> None:
    rows = pages["addresses"].tables["addresses"].to_pylist()
    truth = pages["addresses"].truth["address_faults"].to_pylist()
    faults = {row["address_id"]: row["fault"] for row in truth}
    pins = {
        state: {pin for town in towns.values() for _, pin in town} for state, towns in TOWNS.items()
    }
    seen = set()
    for row in rows:
        fault, text = faults[row["address_id"]], row["text"].lower()
        seen.add(fault)
        there = set(re.findall(r"\b\d{6}\b", text))
        if fault in ("no PIN", "filler", "nonsense"):
            assert not there and row["postcode"] is None
            continue
        assert there == {row["postcode"]} and row["city"].lower() in text
        assert (row["postcode"] in pins[row["region"]]) == (fault != "PIN of another state")
        areas = {name.lower() for name, _ in TOWNS[row["region"]][row["city"]]}
        assert any(area in text for area in areas) == (fault != "no locality")
    assert seen == {None, "no house", "no locality", "no PIN", "PIN of another state", "filler",
                    "nonsense"}  # fmt: skip


def test_every_right_pin_has_a_point(pages: dict[str, Pages]) -> None:
    points = pages["addresses"].tables["pickup_points"].to_pylist()
    assert len({point["point_id"] for point in points}) == len(points)
    pins = {row["postcode"] for row in pages["addresses"].tables["addresses"].to_pylist()}
    assert pins - {None} <= {point["postcode"] for point in points}


def test_a_first_attempt_that_failed_says_why(pages: dict[str, Pages]) -> None:
    rows = pages["addresses"].tables["addresses"].to_pylist()
    truth = pages["addresses"].truth["address_faults"].to_pylist()
    clean = {row["address_id"] for row in truth if row["fault"] is None}
    for row in rows:
        assert row["delivered"] == (row["failure_reason"] is None) == (row["attempts"] == 1)
    failed = {kind: [not r["delivered"] for r in rows if (r["address_id"] in clean) == kind]
              for kind in (True, False)}  # fmt: skip
    assert sum(failed[True]) / len(failed[True]) < 0.06
    assert sum(failed[False]) / len(failed[False]) > 0.4


def test_moderators_go_by_their_channel_and_seldom_err(pages: dict[str, Pages]) -> None:
    rows = pages["messages"].tables["messages"].to_pylist()
    kinds = [row["kind"] for row in pages["messages"].truth["message_kinds"].to_pylist()]
    decided = wrong = 0
    for row, kind in zip(rows, kinds, strict=True):
        if row["label"] is not None:
            decided += 1
            breaks = kind in CHANNELS[row["channel_id"]][1]
            wrong += (row["label"] == "denied") != breaks
    assert decided > len(rows) / 4
    assert 0 < wrong / decided < 0.06
    # One message, two norms: teasing goes among players and nowhere else.
    teased = {(row["channel_id"], row["label"]) for row, kind in zip(rows, kinds, strict=True)
              if kind == "banter" and row["label"]}  # fmt: skip
    assert ("games-live", "approved") in teased and ("kitchen-live", "denied") in teased


def test_an_answer_stands_after_what_it_answers(pages: dict[str, Pages]) -> None:
    rows = pages["messages"].tables["messages"].to_pylist()
    earlier: dict[str, str] = {}
    answers = 0
    for row in rows:
        if row["reply_to"] is not None:
            answers += 1
            assert earlier[row["reply_to"]] == row["channel_id"]
        earlier[row["message_id"]] = row["channel_id"]
    assert answers > 100
    assert [row["ts"] for row in rows] == sorted(row["ts"] for row in rows)


def test_a_labelled_review_has_the_classes_of_its_sentences(pages: dict[str, Pages]) -> None:
    rows = pages["reviews"].tables["reviews"].to_pylist()
    truth = pages["reviews"].truth["review_truth"].to_pylist()
    labelled = 0
    for row, told in zip(rows, truth, strict=True):
        assert row["review_id"] == told["review_id"] and 1 <= row["rating"] <= 5
        if row["label"] is not None:
            labelled += 1
            assert row["label"].split(", ") == told["classes"]
    assert 0.3 < labelled / len(rows) < 0.5
    stars = {mood: [r["rating"] for r, t in zip(rows, truth, strict=True) if t["mood"] == mood]
             for mood in (-1.0, 1.0)}  # fmt: skip
    assert sum(stars[-1.0]) / len(stars[-1.0]) + 1.5 < sum(stars[1.0]) / len(stars[1.0])
