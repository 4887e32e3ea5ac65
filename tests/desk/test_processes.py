"""Several real processes at one desk: the chain has one end, no row is lost, kill -9 included."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from chowk.desk import Desk, tables
from chowk.errors import KeyRefusedError

WRITER = Path(__file__).with_name("writer.py")


def start(place: str, names: list[str], count: int) -> list[subprocess.Popen[str]]:
    """Writers that have opened the desk and wait for the word."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-W", "error", str(WRITER), place, name, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for writer in writers:
        assert writer.stdout is not None and writer.stdin is not None
        assert writer.stdout.readline() == "ready\n"
    return writers


def go(writers: list[subprocess.Popen[str]]) -> None:
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()


def acknowledged(writer: subprocess.Popen[str]) -> dict[int, int]:
    """Row number to the writer's own count, of every line that was printed whole."""
    assert writer.stdout is not None and writer.stdin is not None
    lines = writer.stdout.read().splitlines(keepends=True)
    writer.stdout.close()
    writer.stdin.close()
    whole = (line.split() for line in lines if line.endswith("\n"))
    return {int(seq): int(done) for seq, done in whole}


def written(desk: Desk) -> dict[str, list[tuple[int, str | None]]]:
    """For each writer's name, its rows as (number, reason)."""
    found: dict[str, list[tuple[int, str | None]]] = {}
    after = 0
    while rows := desk.audit(after=after, limit=1000):
        for row in rows:
            if row.action == "test.written":
                found.setdefault(str(row.actor_name), []).append((row.seq, row.reason))
        after = rows[-1].seq
    return found


def test_many_writers_one_chain(place):
    names, count = ["asha", "ravi", "meera", "john"], 60
    writers = start(place, names, count)
    go(writers)
    told = {name: acknowledged(writer) for name, writer in zip(names, writers, strict=True)}
    assert [writer.wait(60) for writer in writers] == [0] * 4
    with Desk.open(place) as desk:
        assert desk.verify_audit() == len(names) * count
        found = written(desk)
        with desk._database.read() as connection:
            links = connection.execute(sa.select(tables.audit.c.previous)).scalars().all()
    assert len(set(links)) == len(links)  # no row has two successors
    assert sorted(seq for rows in told.values() for seq in rows) == list(range(1, 241))
    for name in names:
        assert found[name] == [(seq, f"row {done}") for seq, done in told[name].items()]


@pytest.mark.kill
def test_killed_at_any_moment_the_chain_holds_every_acknowledged_row(place):
    rounds, names = 8, ["asha", "ravi", "meera"]
    Desk.open(place).close()
    moments = random.Random(7)
    told: dict[str, int] = dict.fromkeys(names, 0)
    ours = 0
    # On a busy machine a round may be over before anything was written: then there are more.
    while ours < rounds or (sum(told.values()) <= rounds and ours < 10 * rounds):
        writers = start(place, names, 0)
        go(writers)
        time.sleep(moments.uniform(0.0, 0.25))
        for writer in moments.sample(writers, len(writers)):
            os.kill(writer.pid, signal.SIGKILL)
        assert [writer.wait(30) for writer in writers] == [-signal.SIGKILL] * len(names)
        acked = {name: acknowledged(w) for name, w in zip(names, writers, strict=True)}
        with Desk.open(place) as desk:
            # A server may be ending a commit whose client is dead: take the lock after it.
            desk.pseudonym("whoever comes last")
            rows = desk.verify_audit()
            assert rows == desk.record(actor="cli", action="test.after", subject="x").seq - 1
            found = written(desk)
        for name in names:
            assert set(acked[name]) <= {seq for seq, _ in found.get(name, [])}
            told[name] += len(acked[name])
            # Each writer had at most one row on the way when it was killed, each round.
            surplus = len(found.get(name, [])) - told[name]
            assert 0 <= surplus <= 1
            told[name] += surplus
        assert rows == sum(told.values()) + ours  # and one row of ours after each earlier round
        ours += 1
    assert sum(told.values()) > rounds


def test_a_key_that_another_process_revoked_is_refused_here(place):
    with Desk.open(place, cache_seconds=0.1) as desk:
        key, secret = desk.create_key("x", "shop", actor="cli")
        desk.check_key(secret)
        script = (
            "import sys; from chowk.desk import Desk\n"
            "with Desk.open(sys.argv[1]) as d: d.revoke_key(sys.argv[2], actor='cli')"
        )
        subprocess.run([sys.executable, "-c", script, place, key.key_id], check=True)
        time.sleep(0.15)
        with pytest.raises(KeyRefusedError, match="revoked"):
            desk.check_key(secret)


@pytest.mark.postgres
@pytest.mark.kill
def test_a_writer_that_is_stopped_while_it_holds_the_lock_does_not_hold_it_for_ever(
    postgres_url, monkeypatch
):
    """A frozen client keeps its connection; PostgreSQL ends its transaction after a while."""
    monkeypatch.setattr("chowk.desk.database.WAIT", 1)
    with Desk.open(postgres_url) as frozen, Desk.open(postgres_url) as desk:
        holding = frozen._database._engine.connect()
        holding.execute(sa.select(tables.head.c.one).with_for_update())
        with pytest.raises(Exception, match="held by another writer"):
            desk.create_key("x", "shop", actor="cli")
        time.sleep(1.5)
        key, _ = desk.create_key("x", "shop", actor="cli")
        assert desk.verify_audit() == 1 and key.name == "x"
        holding.invalidate()
        holding.close()
