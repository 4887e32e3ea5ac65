"""What the server knows and what it does not: messages that were shown, languages, its address."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from litestar.testing import TestClient

import chowk
from chowk.community.review_language import english
from chowk.errors import SettingsError
from chowk.serve.app import create_app
from chowk.serve.tally import Tally
from serve.test_moderation import calls, desk, message  # noqa: F401 (fixtures)


def said(days, count=5, **more):
    now = datetime.now(UTC)
    return [
        {
            "message_id": f"s{days}-{n}",
            "ts": now - timedelta(days=days, minutes=n),
            "channel_id": "lobby",
            "author_id": f"a{n}",
            "text": "has the parcel left already?",
            **more,
        }
        for n in range(count)
    ]


def test_what_is_shown_is_counted_and_not_kept(calls, client, shop):  # noqa: F811
    calls["shop"]("POST", "messages", message())
    fine = "has the parcel left already?"
    for number in range(1, 4):
        sent = message(number + 1, verdict=None, text=fine, author_id=f"someone{number}")
        assert calls["shop"]("POST", "messages", sent)[1]["status"] == "shown"
    told = calls["lead"]("GET", "health/lobby")[1]
    assert (told["weeks"][-1]["messages"], told["weeks"][-1]["hold_rate"]) == (4, 0.25)
    assert told["shown"] == 3 and told["logged_until"] is None
    assert [count for _, count, _ in told["hours"] if count] == [4]
    assert [share for _, count, share in told["hours"] if count] == [0.25]
    assert calls["lead"]("GET", "health/bar")[1]["shown"] == 0
    # Another worker reads what this one wrote, and the file holds no text and no author.
    with TestClient(create_app(shop)) as other:
        headers = calls["lead"].headers
        told = other.get("/v1/moderation/health/lobby", headers=headers).json()
    assert told["shown"] == 3
    kept = b"".join(one.read_bytes() for one in shop.glob(".shown.db*"))
    assert b"lobby" in kept and b"parcel" not in kept and b"someone1" not in kept
    # Imported later, the same messages are counted once.
    with chowk.open(shop) as store:
        store.write("messages", said(0, 3))
    told = calls["lead"]("GET", "health/lobby")[1]
    assert told["shown"] in (3, 4, 5, 6)  # more only where the log's hours are others
    assert told["logged_until"] is not None


def test_a_tally_adds_up_and_survives_what_it_must(tmp_path):
    at, file = datetime(2026, 3, 1, 9, 59, 59, tzinfo=UTC), tmp_path / "shown.db"
    first, second = Tally(file), Tally(file)
    for tally in (first, second):
        tally.add("lobby", at)
        tally.add("lobby", at + timedelta(seconds=1))
    first.close()
    hour = at.replace(minute=0, second=0)
    assert second.since("lobby", hour) == {hour: 2, hour + timedelta(hours=1): 2}
    assert second.since("lobby", at) == {hour + timedelta(hours=1): 2}
    assert second.since("bar", hour) == {}
    second.close()
    with closing(Tally(file)) as again:
        assert again.since("lobby", hour)[hour] == 2
    nowhere = Tally(tmp_path / "nowhere" / "shown.db")  # counts in memory where it cannot write
    nowhere.add("lobby", at)
    assert nowhere.since("lobby", hour) == {hour: 1}
    nowhere.close()


def test_of_what_was_held_alone_no_rate_is_said(calls, shop):  # noqa: F811
    calls["shop"]("POST", "messages", message())
    told = calls["lead"]("GET", "health/lobby")[1]
    assert (told["weeks"][-1]["held"], told["weeks"][-1]["hold_rate"]) == (1, None)
    assert (told["shown"], told["logged_until"]) == (0, None)
    assert {share for _, _, share in told["hours"]} == {None}
    trial = calls["lead"]("POST", "trials?channel=lobby", {"levels": {"bullying": 4}})[1]
    assert (trial["messages"], trial["shown"]) == (1, 0)
    with chowk.open(shop) as store:
        store.write("messages", said(0, 3) + said(9, 4))
    told = calls["lead"]("GET", "health/lobby")[1]
    assert [week["hold_rate"] for week in told["weeks"]] == [0.0, 0.25]
    assert told["shown"] == 7 and told["logged_until"] is not None
    # A hold among the decided ones counts as held, though the table has its text too.
    trial = calls["lead"]("POST", "trials?channel=lobby", {"terms": ["parcel"]})[1]
    assert (trial["messages"], trial["shown"], trial["held"], trial["new"]) == (8, 7, 7, 7)
    guard = calls["lead"]("POST", "guard/lobby/trial", {"accounts": 3})[1]
    assert (guard["messages"], guard["shown"]) == (8, 7)


# -- reviews in other languages --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_english"),
    [
        ("Great fabric, but delivery was slow", True),
        ("Saree is lovely, the zari a bit dull", True),
        ("nice fabric", True),
        ("👍👍", True),
        ("", True),
        ("Très bonne qualité, la livraison était un peu longue", False),
        ("Die Lieferung ist am Dienstag gekommen", False),
        ("El vendedor no contestó, pero el producto es correcto", False),
        ("delivery bahut late thi", False),
        ("डिलीवरी मंगलवार को आई", False),
        ("配達が遅い", False),
    ],
)
def test_what_reads_as_english(text, is_english):
    assert english(text) is is_english


def test_nothing_is_called_mixed_that_was_not_read(calls):  # noqa: F811
    other = "Die delivery ist am Dienstag gekommen, der seller hat nicht geantwortet"
    same = "The delivery came on Tuesday and the seller did answer"
    first, second = calls["shop"]("POST", "reviews", {"reviews": [other, same]})[1]["verdicts"]
    assert (first["english"], first["aspects"]) == (False, [])
    assert second["english"] and {one["name"] for one in second["aspects"]} == {
        "delivery",
        "seller",
    }
    assert {one["sentiment"] for one in second["aspects"]} == {0.0}


# -- the server's own address ----------------------------------------------------------------------


def test_the_discovery_document_names_the_address_that_others_see(client, shop):
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    found = client.get("/$discovery/rest", headers=told).json()["rootUrl"]
    assert found.startswith("http://testserver")  # anybody can send such headers
    with TestClient(create_app(shop, serve__public_url="https://shop.example/chowk/")) as behind:
        found = behind.get("/$discovery/rest").json()
    assert found["rootUrl"] == found["baseUrl"] == "https://shop.example/chowk/"


def test_an_address_that_is_none(shop):
    for odd in ("shop.example", "ftp://shop.example", "https://", "https://a b"):
        with pytest.raises(SettingsError, match=r"serve\.public_url"):
            create_app(shop, serve__public_url=odd)
