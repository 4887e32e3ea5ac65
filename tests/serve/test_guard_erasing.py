"""Who is erased is gone from the guards for good, also while servers run; else it is said why not.

Here too: a secret that is deleted while servers run, and settings that change while threads talk.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

import chowk
from chowk.cli.keeping import erase_customer
from chowk.community.acquaintance import Background, Person
from chowk.community.buckets import Buckets
from chowk.community.proactive import ProactiveDetector
from chowk.errors import StoreDamagedError, StoreError, StoreLockedError
from chowk.serve import guard_log, guarding
from chowk.serve.guard_log import GuardLog, forget
from chowk.serve.guard_rows import Joined
from chowk.serve.guarding import Guards, account_of

RAID = "this streamer sells old stock, come to the channel of evilstream for free coins now"
FINE = "has the parcel left already?"


class Desk:
    """A desk with settings of guards and bans."""

    def __init__(self) -> None:
        self.records, self.body = self, {}
        self.bans: list[Any] = []

    def read(self, kind: str, name: str) -> Any:
        return SimpleNamespace(body=dict(self.body))

    def remarks(self, *_: Any, **__: Any) -> list[Any]:
        return self.bans


@pytest.fixture
def store(tmp_path):
    with chowk.create(tmp_path / "shop") as made:
        return made.path


def people(path: Any) -> list[str]:
    with sqlite3.connect(path) as held:
        return [who for (who,) in held.execute("SELECT author FROM people ORDER BY author")]


def rows(path: Any) -> bytes:
    with sqlite3.connect(path) as held:
        return b"".join(row for (row,) in held.execute("SELECT row FROM seen"))


def erase(store: Any, who: str) -> Any:
    return CliRunner().invoke(erase_customer, [str(store), who, "--yes"])


# -- who is erased ---------------------------------------------------------------------------------


def test_who_is_erased_while_servers_run_does_not_come_back(store):
    path, now = store / ".guard.db", datetime.now(UTC)
    first, second = Guards(Desk(), path), Guards(Desk(), path)
    for guards in (first, second):
        for n, who in enumerate(("zoe", "bo")):
            guards.message("lobby", who, f"{FINE} {n}", now)
    zoe, bo = first._log.digest("zoe"), first._log.digest("bo")
    assert zoe in first._channels["lobby"].detector._people._known
    assert "guards" in erase(store, "zoe").output
    # One hears of it with its next message; the other ends before it hears of anything.
    first.message("lobby", "bo", FINE, now)
    detector = first._channels["lobby"].detector
    assert zoe not in detector._people._known and bo in detector._people._known
    assert not any(one.author == zoe for one in detector._window._seen)
    assert not any(one.author == zoe for one in detector._crowds._seen)
    second.close()
    assert people(path) == [bo] and zoe.encode() not in rows(path)
    first.close()
    assert people(path) == [bo]
    # Who writes again is somebody new, and is kept.
    third = Guards(Desk(), path)
    third.message("lobby", "zoe", FINE, now + timedelta(minutes=5))
    third.close()
    assert people(path) == sorted([zoe, bo])


def test_an_erasure_empties_who_waits_and_who_joined(tmp_path):
    desk, path, now = Desk(), tmp_path / ".guard.db", datetime.now(UTC)
    desk.body = {"joins": 3}
    guards = Guards(desk, path)
    for n in range(6):
        told = {"created_at": (now - timedelta(days=2)).isoformat()}
        guards.join("lobby", account_of(f"u{n}", told), now)
    own = guards._channels["lobby"]
    mine = own.log.digest("u1")
    own._wait("other", now.timestamp() + 60, "evader", mine)
    assert mine in own.waits and mine in own.made
    assert forget(tmp_path, "u1") == 1
    guards.message("lobby", "u2", FINE, now)
    assert mine not in own.waits and mine not in own.made and "other" not in own.waits
    assert own.log.digest("u2") in own.waits
    assert mine not in [who for _, who in own.detector._joined]
    guards.close()


def test_what_an_evicted_or_newly_set_channel_knows_is_erased_too(tmp_path, monkeypatch):
    monkeypatch.setattr(guarding, "FRESH", -1.0)
    desk, path, now = Desk(), tmp_path / ".guard.db", datetime.now(UTC)
    guards = Guards(desk, path)
    guards.message("lobby", "zoe", FINE, now)
    forget(tmp_path, "zoe")
    desk.body = {"links": 7}
    guards._channel("lobby")  # new settings, before a message told of the erasure
    guards.close()
    assert people(path) == []


def test_of_two_who_keep_the_one_that_has_not_heard_keeps_the_others(tmp_path):
    log = GuardLog(tmp_path / ".guard.db")
    zoe, bo = log.digest("zoe"), log.digest("bo")
    known = {who: Person(1, time.time(), 2) for who in (zoe, bo)}
    before = log.erased(0)[0]
    forget(tmp_path, "zoe")
    last, gone = log.erased(before)
    assert gone == {zoe} and log.erased(last) == (last, set())
    log.keep("lobby", 1, time.time(), Background(), known, before)
    assert people(tmp_path / ".guard.db") == [bo]
    log.keep("lobby", 1, time.time(), Background(), known, last)
    assert people(tmp_path / ".guard.db") == sorted([zoe, bo])
    log.close()


def test_who_was_erased_is_written_down_for_a_while_and_not_of_too_many(tmp_path, monkeypatch):
    monkeypatch.setattr(guard_log, "ERASED_MOST", 3)
    log = GuardLog(tmp_path / ".guard.db")
    for n in range(5):
        forget(tmp_path, f"u{n}")
    log._sweep(time.time())
    assert log.erased(0) == (5, {log.digest(f"u{n}") for n in (2, 3, 4)})
    log._sweep(time.time() + guard_log.ERASED - 60)
    assert len(log.erased(0)[1]) == 3 and guard_log.ERASED > guard_log.KNOWN
    log._sweep(time.time() + guard_log.ERASED + 60)
    assert log.erased(0)[1] == set()
    log.close()


def test_what_an_author_said_is_taken_out_and_the_rest_counts_as_before():
    def told(who: list[str], gone: str = "") -> Any:
        detector = ProactiveDetector()
        for n, author in enumerate(who):
            detector.message(author, f"{RAID} {n}", at=n / 10)
        if gone:
            detector.forget({gone})
        seen = detector._crowds._seen
        words = sorted(seen[0].home.counts.values())
        clusters = [sorted(one.authors.items()) for one in detector._window._clusters.values()]
        return words, [one.author for one in seen], clusters

    with_zoe = ["zoe", "a", "b", "zoe", "c"]
    assert told(with_zoe, "zoe")[1:] == told(["a", "b", "c"])[1:]
    lone = ProactiveDetector()
    lone.message("zoe", RAID, at=1.0)
    lone.forget({"zoe", "nobody"})
    assert not lone._window._clusters and not lone._crowds._where
    assert lone.message("zoe", RAID, at=70.0) is None  # and what is left goes its way
    buckets = Buckets({"links": (1, 60.0)}, 2)
    assert [buckets.pour("links", who, 1, 1.0) for who in ("a", "a", "b")] == [False, True, False]
    buckets.forget({"a"})
    assert not buckets.pour("links", "a", 1, 1.0) and buckets.pour("links", "b", 1, 1.0)
    buckets.pour("links", "c", 1, 1.0)
    assert len(buckets._held) == 2


# -- what cannot be opened -------------------------------------------------------------------------


def test_a_file_that_another_holds_is_not_passed_over(store, monkeypatch):
    monkeypatch.setattr(guard_log, "PATIENCE", 0.1)
    path = store / ".guard.db"
    log = GuardLog(path)
    log.add("lobby", 1.0, time.time() + 60, Joined(log.digest("zoe"), None))
    held = sqlite3.connect(path, isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreLockedError, match=r"\.guard\.db cannot be opened.*then erase again"):
        forget(store, "zoe")
    ended = erase(store, "zoe")
    assert isinstance(ended.exception, StoreLockedError)
    held.execute("ROLLBACK")
    assert forget(store, "zoe") == 1
    log.close()


def test_without_the_secret_nobody_is_passed_over_and_no_new_one_is_made(store):
    path, secret = store / ".guard.db", store / ".guard.key"
    log = GuardLog(path)
    log.add("lobby", 1.0, time.time() + 60, Joined(log.digest("zoe"), None))
    log.close()
    kept = secret.read_bytes()
    secret.unlink()
    with pytest.raises(StoreError, match=r"\.guard\.key is not there.*erase again"):
        forget(store, "zoe")
    assert not secret.exists()
    secret.mkdir()
    with pytest.raises(StoreError, match=r"\.guard\.key beside it cannot be read"):
        forget(store, "zoe")
    secret.rmdir()
    secret.write_bytes(bytes(32))
    with pytest.raises(StoreError, match=r"\.guard\.key is another"):
        forget(store, "zoe")
    secret.write_bytes(kept)
    assert forget(store, "zoe") == 1


def test_a_damaged_file_is_told_and_an_empty_one_holds_nobody(store):
    path = store / ".guard.db"
    path.touch()
    assert forget(store, "zoe") == 0 and not (store / ".guard.key").exists()
    for one in store.glob(".guard.db*"):
        one.unlink()
    path.write_bytes(b"this is no database, and long enough to be taken for one" * 100)
    with pytest.raises(StoreDamagedError, match=r"delete \.guard\.db"):
        forget(store, "zoe")
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match="Become the user"):
        forget(store, "zoe")


# -- a secret that is deleted while servers run ----------------------------------------------------


def test_a_secret_that_is_deleted_under_running_servers_splits_no_guard(tmp_path):
    path, now = tmp_path / ".guard.db", datetime.now(UTC)
    first = Guards(Desk(), path)
    first.message("lobby", "zoe", FINE, now)
    old = first._log
    (tmp_path / ".guard.key").unlink()
    second = Guards(Desk(), path)
    second.message("lobby", "bo", FINE, now)
    # What is kept, read or written with the old key touches nothing any more.
    own = first._channels["lobby"]
    own.known = 99
    own.keep()
    assert people(path) == [] and old.since("lobby", 0) == [] and old.kept("lobby")[0] == 0
    with pytest.raises(guard_log.OtherKeyError):
        old.add("lobby", 1.0, time.time() + 60, Joined(old.digest("zoe"), None))
    # All count as one again, the raid of which each saw a part too.
    raid = [(f"u{n}", f"{RAID} {n}", now + timedelta(seconds=n / 10)) for n in range(20)]
    told = [(first, second)[n % 2].message("lobby", *said) for n, said in enumerate(raid)]
    assert told.count(None) == 7
    assert first._log.digest("zoe") == second._log.digest("zoe") != old.digest("zoe")
    first.close()
    second.close()
    assert old.digest("zoe").encode() not in rows(path)
    assert forget(tmp_path, "u3") > 0


# -- new settings ----------------------------------------------------------------------------------


def test_settings_that_change_while_threads_talk_break_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(guarding, "FRESH", -1.0)
    desk, now = Desk(), datetime.now(UTC)
    guards, wrong = Guards(desk, tmp_path / ".guard.db"), []
    inside, locks = [0], set()
    take = guarding._Watched.take

    def watched(own: Any, *row: Any) -> Any:
        inside[0] += 1
        locks.add(own.lock)
        if inside[0] > 1 or guards._channels["lobby"].detector is not own.detector:
            wrong.append("two at once, or one that was replaced")
        try:
            return take(own, *row)
        finally:
            inside[0] -= 1

    # Nobody gets new settings while one is inside: what is there is then the newest there is.
    monkeypatch.setattr(guarding._Watched, "take", watched)

    def talk(part: int) -> None:
        try:
            for n in range(30):
                desk.body = {"links": 6 + n % 7}
                guards.message("lobby", f"u{part}-{n}", f"kettle {part} number {n}", now)
        except Exception as error:  # told by the test
            wrong.append(repr(error))

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=talk, args=(part,)) for part in range(6)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    finally:
        sys.setswitchinterval(before)
    assert wrong == [] and len(locks) == 1
    known = guards._channels["lobby"].detector._people._known
    assert len(known) == 180
    guards.close()


def test_new_settings_keep_who_waits_who_joined_and_who_was_banned(tmp_path, monkeypatch):
    monkeypatch.setattr(guarding, "FRESH", -1.0)
    desk, now = Desk(), datetime.now(UTC)
    desk.body = {"joins": 3}
    guards = Guards(desk, tmp_path / ".guard.db")
    made = {"created_at": (now - timedelta(minutes=5)).isoformat()}
    for n in range(6):
        guards.join("lobby", account_of(f"u{n}", made), now)
    ban = SimpleNamespace(
        remark_id="r1", body={"name": "trollking"}, subject="author:b1", written_at=now
    )
    desk.bans = [ban]
    guards.join("lobby", account_of("late", {}), now)
    before = guards._channels["lobby"]
    known = before.banned["r1"]
    # The rows are of no use any more: what is known then is what the one before knew.
    before.log._held.execute("DELETE FROM seen")
    desk.body = {"joins": 300}
    assert guards.message("lobby", "u1", FINE, now)["category"] == "join wave"
    after = guards._channels["lobby"]
    assert after is not before and after.guard.joins == 300
    assert after.banned["r1"] is known
    assert after.made[after.log.digest("u1")] == (now - timedelta(minutes=5)).timestamp()
    # An account of minutes has half the links.
    links = [guards.message("lobby", "u2", f"see a{n}.example.com", now + timedelta(minutes=11))
             for n in range(5)]  # fmt: skip
    assert links[2] is None and links[3]["category"] == "links"


def test_what_the_host_said_long_ago_is_heard_again_after_a_restart(tmp_path):
    log = GuardLog(None)
    own = guarding._Watched("lobby", guarding.Guard(), log)
    own.counted, own.oldest = 9, 100.0
    trace = guarding.Trace.of("anna", "which tax was it?")
    host, other = (guarding.Said.of(trace, host=yes) for yes in (True, False))
    own.take(other, 50.0, 3)
    assert own.detector._now == 0.0  # left the window before
    own.take(host, 50.0, 3)
    assert own.detector._asked[0] == 50.0
    log.close()


def test_what_is_known_of_a_channel_that_is_put_away_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(guarding, "CHANNELS", 1)
    path, now = tmp_path / ".guard.db", datetime.now(UTC)
    guards = Guards(Desk(), path)
    guards.message("lobby", "zoe", FINE, now)
    assert people(path) == []
    guards.message("bar", "bo", FINE, now)
    assert list(guards._channels) == ["bar"]
    assert people(path) == [guards._log.digest("zoe")]
