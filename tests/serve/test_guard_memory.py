"""What guards know outlives a restart; what they write down is of no use without its secret."""

from __future__ import annotations

import random
import sqlite3
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from chowk.community.acquaintance import Background, Person
from chowk.community.shouts import MARKS
from chowk.community.traces import Trace
from chowk.serve import guard_log, guard_trial, guarding
from chowk.serve.guard_log import GuardLog
from chowk.serve.guard_rows import Joined
from chowk.serve.guarding import Guards

LINE = "kitne aadmi the re sambha bataa zara poori kahani"
RAID = "this streamer sells old stock, come to the channel of evilstream for free coins now"


class Desk:
    """A desk with settings of guards and nothing else."""

    def __init__(self) -> None:
        self.records, self.body = self, {}

    def read(self, kind: str, name: str) -> Any:
        return SimpleNamespace(body=dict(self.body))

    def remarks(self, *_: Any, **__: Any) -> list[Any]:
        return []


def word(rng: random.Random) -> str:
    return "".join(rng.choices("bcdfghklmnprstvw", k=1) + rng.choices("aeiou", k=1)) * 2 + "".join(
        rng.choices("abcdefghijklmnop", k=3)
    )


def stream(seed: int, count: int = 300) -> list[tuple[str, str, datetime]]:
    """Some minutes of a channel: talk, what is asked there all day, a line of regulars, a raid."""
    rng = random.Random(seed)
    start = time.time() - 1_500
    rows = []
    for at in (0.0, 1_000.0):
        for i in range(40):
            rows.append((f"r{i}", f"{word(rng)} {word(rng)} {word(rng)}", start + at + i))
    at = start + 1_100
    for i in range(count):
        at += rng.uniform(0.2, 1.8)
        kind = rng.random()
        if kind < 0.1:
            said = f"p{i}", f"greetings from {rng.choice(['pune', 'kochi', 'surat'])} mates"
        elif kind < 0.3 and i > 100:
            said = f"r{rng.randrange(40)}", LINE
        elif kind < 0.6 and i > 160:
            said = f"raider{i}", f"{RAID} {word(rng)}"
        elif kind < 0.7 and i > 150:
            said = f"s{i}", "bade deshon mein aisi chhoti baatein hoti rehti hain"
        else:
            said = f"r{rng.randrange(40)}", f"{word(rng)} {word(rng)}"
        rows.append((*said, at))
    return [(who, text, datetime.fromtimestamp(when, UTC)) for who, text, when in rows]


@pytest.fixture
def clock(monkeypatch):
    """A clock that shows the moment of the last message."""
    told = SimpleNamespace(now=0.0)
    own = SimpleNamespace(time=lambda: told.now, monotonic=lambda: told.now, sleep=time.sleep)
    monkeypatch.setattr(guard_log, "time", own)
    monkeypatch.setattr(guarding, "time", own)
    return told


def said(guards: Guards, rows: list[Any], clock: Any = None) -> list[bool]:
    told = []
    for row in rows:
        if clock is not None:
            clock.now = row[2].timestamp()
        told.append(guards.message("lobby", *row) is not None)
    return told


@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_restart_changes_no_decision(tmp_path, clock, seed, crash):
    rows = stream(seed)
    without = said(Guards(Desk(), tmp_path / "one.db"), rows, clock)
    assert sum(without) > 10
    told, begun = [], 0
    for end in (90, 150, 260, 300, len(rows)):
        clock.now = rows[begun][2].timestamp()
        guards = Guards(Desk(), tmp_path / "two.db")
        told += said(guards, rows[begun:end], clock)
        begun = end
        if not crash:  # else what was kept within the last minute, and the rows since, have to do
            guards.close()
    assert told == without


def test_a_restart_counts_nothing_twice(tmp_path, clock):
    rows = stream(3)
    one = Guards(Desk(), tmp_path / "one.db")
    said(one, rows, clock)
    for begun, end in ((0, 200), (200, 320), (320, len(rows))):
        clock.now = rows[begun][2].timestamp()
        other = Guards(Desk(), tmp_path / "two.db")
        said(other, rows[begun:end], clock)
        if end < len(rows):
            other.close()
    told, again = (g._channels["lobby"].detector.kept(whom=False)[0] for g in (one, other))
    assert (told.strangers, told.others) == pytest.approx((again.strangers, again.others))
    assert (told.past, told.held) == (again.past, again.held)
    assert sorted(told.words.values()) == sorted(again.words.values())  # each under its own key


def test_new_settings_forget_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(guarding, "FRESH", -1.0)
    rows, desk = stream(5), Desk()
    without = said(Guards(Desk(), tmp_path / "one.db"), rows)
    guards, told = Guards(desk, tmp_path / "two.db"), []
    for number, begun in enumerate(range(0, len(rows), 60)):
        desk.body = {"links": 6 + number}
        told += said(guards, rows[begun : begun + 60])
    assert told == without


def test_the_settings_name_the_hosts(tmp_path):
    desk, now = Desk(), datetime.now(UTC)
    answers = [("anna", "which tax was it?", now)]
    answers += [(f"u{n}", "i think it was the tax on salt", now) for n in range(12)]
    assert said(Guards(desk), answers)[-1]
    desk.body = {"hosts": ["anna"]}
    assert not any(said(Guards(desk), answers))


def test_without_its_memory_a_guard_holds_the_regulars_line(tmp_path):
    rows = stream(1)
    known = Guards(Desk(), tmp_path / "one.db")
    said(known, rows[:80])
    known.close()
    at = datetime.now(UTC)
    lines = [(f"r{i}", LINE, at) for i in range(12)]
    assert not any(said(Guards(Desk(), tmp_path / "one.db"), lines))
    assert any(said(Guards(Desk(), tmp_path / "other.db"), lines))


def test_a_text_cannot_be_tried_on_a_copy_of_the_file(tmp_path):
    trace = Trace.of("zoe", "@ana join evilstream now")
    one, other = (GuardLog(tmp_path / f"{name}.db") for name in ("one", "other"))
    kept, again = one.keyed(trace, None), one.keyed(trace, None)
    assert (kept.mark == again.mark).all() and kept.words == again.words
    assert not (kept.mark == trace.mark).any()
    # The copy holds the salt and not the secret: another house's digests are all others.
    salt = one._held.execute("SELECT salt FROM key").fetchone()[0]
    other._held.execute("UPDATE key SET salt = ?", (salt,))
    other.close()
    other = GuardLog(tmp_path / "other.db")
    theirs = other.keyed(trace, None)
    assert not (kept.mark == theirs.mark).any() and kept.names != theirs.names
    # "now" only marks: of a word's number, the bits of its kind stay.
    same = [(a, b) for a, b in zip(kept.words, theirs.words, strict=True) if a == b]
    assert not same and [w & MARKS for w in kept.words] == [w & MARKS for w in trace.words]
    assert one.digest("zoe") != other.digest("zoe")
    near = one.keyed(Trace.of("u", "@ana join evilstream nowish"), None)
    raw = Trace.of("u", "@ana join evilstream nowish")
    assert (near.mark == kept.mark).mean() == (raw.mark == trace.mark).mean()
    one.close()
    other.close()


def test_the_secret_is_its_own_file_and_a_new_one_begins_anew(tmp_path):
    path = tmp_path / ".guard.db"
    log = GuardLog(path)
    secret = tmp_path / ".guard.key"
    assert secret.stat().st_mode & 0o777 == 0o600 and len(secret.read_bytes()) == 32
    log.add("lobby", 1.0, time.time() + 60, Joined(log.digest("zoe"), None))
    log.keep("lobby", 1, time.time(), Background(), {log.digest("zoe"): Person(1, time.time(), 2)})
    before = log.digest("zoe")
    log.close()
    again = GuardLog(path)
    assert again.digest("zoe") == before and len(again.since("lobby", 0)) == 1
    assert again.person("lobby", before).times == 2
    again.close()
    assert secret.read_bytes() not in path.read_bytes()
    secret.unlink()
    anew = GuardLog(path)
    assert anew.since("lobby", 0) == [] and anew.person("lobby", before) is None
    assert anew.digest("zoe") != before
    anew.close()
    secret.write_bytes(b"cut short")
    GuardLog(path).close()
    assert len(secret.read_bytes()) == 32


def test_where_no_secret_can_be_kept_a_guard_counts_alone(tmp_path):
    (tmp_path / ".guard.key").mkdir()
    log = GuardLog(tmp_path / ".guard.db")
    log.add("lobby", 1.0, time.time() + 60, Joined("x", None))
    assert len(log.since("lobby", 0)) == 1
    assert sqlite3.connect(tmp_path / ".guard.db").execute(
        "SELECT count(*) FROM seen"
    ).fetchone() == (0,)
    log.close()


def test_old_rows_go_by_time_too(monkeypatch):
    log = GuardLog(None)
    log.add("lobby", 1.0, 1.0, Joined("x", None))
    log.add("lobby", 1.0, 1.0, Joined("x", None))
    assert len(log.since("lobby", 0)) == 2
    monkeypatch.setattr(guard_log, "SWEEP_SECONDS", 0.0)
    now = time.time()
    log.add("lobby", now, now, Joined("x", None))
    assert len(log.since("lobby", 0)) == 1  # it is counted no more, yet not told to all either
    log.close()


def test_people_are_known_for_a_while_and_not_too_many(monkeypatch):
    log, now = GuardLog(None), time.time()
    monkeypatch.setattr(guard_log, "PEOPLE", 3)
    people = {
        "regular": Person(1, now - 20 * 86_400, 2),
        "forgotten": Person(1, now - 31 * 86_400, 9),
        "passer-by": Person(1, now - 2 * 86_400, 1),
        "silent": Person(1, now, 0),
        **{f"p{n}": Person(1, now - n, 1) for n in range(3)},
    }
    log.keep("lobby", 1, now, Background(), people)
    assert log.person("lobby", "silent") is None and log.person("lobby", "forgotten")
    log._sweep(now)
    left = {one for one in people if log.person("lobby", one) is not None}
    assert left == {"p0", "p1", "p2"}
    assert log.person("bar", "p0") is None
    log.close()


def test_what_a_worker_knew_later_stays():
    log = GuardLog(None)
    log.keep("lobby", 5, 1.0, Background(past=5), {"zoe": Person(1, 9, 5)})
    log.keep("lobby", 4, 2.0, Background(past=4), {"zoe": Person(1, 8, 4)})
    assert log.kept("lobby")[0] == 5 and log.person("lobby", "zoe").times == 5
    log._held.execute("UPDATE talk SET body = x'00'")
    assert log.kept("lobby")[0] == 0  # damaged: learned anew
    log.close()


def test_who_is_erased_is_known_no_more(tmp_path):
    log = GuardLog(tmp_path / ".guard-one.db")
    zoe, bo = log.digest("zoe"), log.digest("bo")
    log.keep(
        "lobby", 1, time.time(), Background(), {w: Person(1, time.time(), 2) for w in (zoe, bo)}
    )
    for who in (zoe, bo):
        log.add("lobby", 1.0, time.time() + 60, Joined(who, None))
    log.close()
    assert guard_log.forget(tmp_path, "zoe") == 2 and guard_log.forget(tmp_path, "zoe") == 0
    log = GuardLog(tmp_path / ".guard-one.db")
    assert log.person("lobby", zoe) is None and log.person("lobby", bo) is not None
    assert [row.author for _, _, row in log.since("lobby", 0)] == [bo]
    log.close()


# -- trials ----------------------------------------------------------------------------------------


@pytest.fixture
def trial(monkeypatch):
    """A trial over rows, with an AutoMod that holds what it is told of."""

    def run(rows: list[dict[str, Any]], body: dict[str, Any], harmful: str = "\0") -> Any:
        def check_many(texts: list[str], channel: str) -> list[Any]:
            assert channel == "lobby"
            return [
                SimpleNamespace(
                    decision="hold" if harmful in text else "allow", scores={"hate": 0.9}
                )
                for text in texts
            ]

        channels = SimpleNamespace(
            refresh=lambda name: None, automod=SimpleNamespace(check_many=check_many)
        )
        monkeypatch.setattr(guard_trial, "past_messages", lambda *_: rows)
        monkeypatch.setattr(guard_trial, "home", lambda _: channels)
        return guard_trial.try_guard(SimpleNamespace(serving=None), "lobby", body)

    return run


def past(text: str, count: int = 12, **more: Any) -> list[dict[str, Any]]:
    empty = {"state": None, "held_by": None, "scores": {}}
    return [
        {"author": f"u{n}", "text": text, "at": 100.0 + n, **empty, **more} for n in range(count)
    ]


def test_a_trial_asks_the_channel_s_own_model(trial):
    assert trial(past("blorp kettle boiled beside the copper window"), {}).held == 5
    # Of what the model is sure, the third account's is a flood; yet it waits anyway, by the model.
    assert (
        trial(past("blorp kettle boiled beside the copper window"), {}, harmful="blorp").held == 0
    )
    mixed = past("blorp kettle boiled beside the copper window", 4) + [
        {
            **row,
            "author": f"x{n}",
            "text": "blorb kettle boiled beside the copper window",
            "at": 200.0 + n / 10,
        }
        for n, row in enumerate(past("", 12))
    ]
    assert trial(mixed, {}).by_category == {"flood": 5}


def test_a_trial_tells_the_detector_what_the_model_is_sure_of(trial, monkeypatch):
    seen: list[bool | None] = []
    follow = SimpleNamespace(follow=lambda trace, at, host: seen.append(trace.harmful))
    monkeypatch.setattr(guard_trial, "detector", lambda guard: follow)
    rows = [*past("blorp", 1), *past("kettle", 1), *past("kettle", 1, held_by="bullying")]
    trial(rows, {}, harmful="blorp")
    assert seen == [True, False, False]


def test_a_trial_knows_the_hosts_and_what_others_held(trial):
    asked = {**past("what led to the salt march?", 1)[0], "author": "anna", "at": 99.0}
    answers = [asked, *past("i think it was the tax on salt")]
    assert trial(answers, {}).held > 0
    assert trial(answers, {"hosts": ["anna"]}).held == 0
    held = past("i think it was the tax on salt", state="denied", held_by="bullying")
    tried = trial(held, {})
    assert (tried.held, tried.held_now, tried.freed) == (0, 0, 0)
    assert trial(past("i think it was the tax on salt"), {"on": False}).held == 0
