"""What the server knows and what it does not: messages that were shown, languages, its address."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from litestar.testing import TestClient

import chowk
from chowk.community.review_language import english
from chowk.errors import SettingsError
from chowk.serve import tally as tallies
from chowk.serve import watching
from chowk.serve.app import create_app
from chowk.serve.routes import moderation
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


def test_what_is_shown_is_counted_and_not_kept(calls, client, shop, monkeypatch):  # noqa: F811
    # Behind the first minutes of an hour: all messages below lie in one.
    moment = datetime.now(UTC)
    moment = moment.replace(minute=max(moment.minute, 5))

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return moment

    for module in (moderation, sys.modules[__name__]):
        monkeypatch.setattr(module, "datetime", Clock)
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
    assert told["shown"] == 3
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


def test_a_tally_stays_small_whatever_ids_come(tmp_path, monkeypatch):
    monkeypatch.setattr(tallies, "CHANNELS", 3)
    at, file = datetime.now(UTC), tmp_path / "shown.db"
    hour = at.replace(minute=0, second=0, microsecond=0)

    def kept():
        with closing(sqlite3.connect(file)) as read:
            return dict(read.execute("SELECT channel, sum(count) FROM shown GROUP BY channel"))

    for _ in range(2):  # also over a restart
        with closing(Tally(file)) as tally:
            for n in range(10):
                tally.add(f"c{n}", at)
    assert kept() == {"c0": 2, "c1": 2, "c2": 2, "": 14}
    with closing(Tally(file)) as tally:
        assert tally.since("c1", hour) == {hour: 2} and tally.since("c7", hour) == {}
        tally.add("c9", at + timedelta(hours=1))  # another hour has places again
    assert kept()["c9"] == 1


def test_hours_that_nobody_reads_go(tmp_path, monkeypatch):
    at, file = datetime.now(UTC), tmp_path / "shown.db"
    assert timedelta(hours=tallies.KEPT) > timedelta(days=7) * watching.WEEKS
    ages = (timedelta(0), timedelta(hours=tallies.KEPT - 2), timedelta(hours=tallies.KEPT + 2))

    def hours():
        with closing(sqlite3.connect(file)) as read:
            return read.execute("SELECT count(*) FROM shown").fetchone()[0]

    with closing(Tally(file)) as tally:
        tally.since("lobby", at)  # opened, and swept, before
        for age in ages:
            tally.add("lobby", at - age)
    assert hours() == 3
    Tally(file).since("lobby", at)
    assert hours() == 2
    monkeypatch.setattr(tallies, "SWEEP", 0.0)
    with closing(Tally(file)) as tally:
        tally.since("lobby", at)
        tally.add("lobby", at - ages[2])
    assert hours() == 2  # now and then while it runs
    with closing(Tally(file)) as tally:
        tally.add("lobby", at + timedelta(days=9_000))  # a clock that was wrong
    Tally(file).since("lobby", at)
    assert hours() == 3


def test_a_damaged_tally_is_begun_anew_by_one_worker(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(tallies._log, "error", lambda said, **_: told.append(said))
    at, file = datetime.now(UTC), tmp_path / "shown.db"
    hour = at.replace(minute=0, second=0, microsecond=0)
    file.write_bytes(b"this is no database, and long enough to be taken for one" * 100)
    first, second = Tally(file), Tally(file)
    first.add("lobby", at)
    assert first.since("lobby", hour) == {hour: 1}
    second.add("lobby", at)
    assert second.since("lobby", hour) == {hour: 2} == first.since("lobby", hour)
    assert told == ["what was shown is counted anew"]
    # One that had the file open when another began it anew goes on with the new one.
    for one in tmp_path.glob("shown.db*"):
        one.unlink()
    second.add("lobby", at)
    assert second.since("lobby", hour) == {hour: 1}
    first.add("lobby", at)
    assert first.since("lobby", hour) == {hour: 2} and len(told) == 1
    first.close()
    second.close()


def test_what_fails_at_the_end_leaves_nothing_open(shop):
    app, ended = create_app(shop), []

    class Broken:
        def __init__(self, name):
            self.name = name

        def close(self):
            ended.append(self.name)
            raise OSError(f"no room for the {self.name}")

    stop = app.state.serving.stop
    app.state.serving.stop = lambda: (ended.append("serving"), stop())
    with pytest.raises((OSError, ExceptionGroup)), TestClient(app) as client:
        client.get("/healthz")
        app.state["guards"], app.state["tally"] = Broken("guards"), Broken("tally")
    assert ended == ["guards", "tally", "serving"]


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
