"""What only PostgreSQL can do wrong: commits out of order, lost connections, told passwords."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chowk.errors import JournalError, StoreVersionError
from chowk.journal import Entry, Journal

psycopg = pytest.importorskip("psycopg")
pytestmark = pytest.mark.postgres


def event(name: str) -> Entry:
    return Entry("event", name, {"event_id": name})


def test_each_commit_waits_for_the_disk(postgres_url: str) -> None:
    with Journal.open(postgres_url) as journal:
        journal.append([event("e1")])
        writer = journal._home._writer  # type: ignore[attr-defined]
        assert writer.execute("SHOW synchronous_commit").fetchone() == ("on",)
        assert writer.execute("SHOW fsync").fetchone() == ("on",)


def test_a_position_is_not_given_before_the_one_below_it_is_committed(postgres_url: str) -> None:
    """A writer that is slow to commit holds the next one back."""
    with Journal.open(postgres_url) as journal, psycopg.connect(postgres_url) as slow:
        slow.execute("SELECT position FROM chowk_journal_head FOR UPDATE")
        slow.execute("INSERT INTO chowk_journal VALUES (1, 'event', 'slow', '{}', 0)")
        slow.execute("UPDATE chowk_journal_head SET position = 1")
        next_one = journal.submit([event("fast")])
        assert not journal.wait(0, timeout=0.2)
        assert not next_one.done() and journal.read(0) == []
        slow.commit()
        assert next_one.result().positions == (2,)
        assert [row.key for row in journal.read(0)] == ["slow", "fast"]


def test_a_connection_that_the_server_ended_is_opened_again(postgres_url: str) -> None:
    with Journal.open(postgres_url) as journal, psycopg.connect(postgres_url) as other:
        journal.append([event("e1")])
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        other.commit()
        assert journal.head() == 1
        assert journal.append([event("e1"), event("e2")]).positions == (1, 2)


def test_a_commit_that_breaks_is_not_acknowledged(postgres_url: str) -> None:
    with Journal.open(postgres_url) as journal, psycopg.connect(postgres_url) as other:
        other.execute("SELECT position FROM chowk_journal_head FOR UPDATE")
        waiting = journal.submit([event("e1")])
        found: list[tuple[int]] = []
        while not found:
            with psycopg.connect(postgres_url) as look:
                found = look.execute(
                    "SELECT pid FROM pg_stat_activity "
                    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
                ).fetchall()
        other.execute("SELECT pg_terminate_backend(%s)", found[0])
        with pytest.raises(JournalError, match="Nothing was acknowledged"):
            waiting.result()
        other.commit()
        assert journal.read(0) == []
        assert journal.append([event("e1")]).positions == (1,)


def test_no_message_holds_the_password(postgres_url: str) -> None:
    with Journal.open(postgres_url) as journal:
        assert repr(journal).startswith("<Journal postgresql://chowk@127.0.0.1:")
    with pytest.raises(JournalError, match=r"could not be used: .*journal\.url") as caught:
        Journal.open(postgres_url.replace("chowk:", "chowk:hidden"))
    assert "hidden" not in str(caught.value)


def test_sqlalchemys_url_is_understood(postgres_url: str) -> None:
    with Journal.open(postgres_url.replace("postgresql://", "postgresql+psycopg://")) as journal:
        assert journal.append([event("e1")]).positions == (1,)


def test_a_newer_layout_is_refused(postgres_url: str) -> None:
    Journal.open(postgres_url).close()
    with psycopg.connect(postgres_url) as other:
        other.execute("UPDATE chowk_journal_head SET layout = 9")
    with pytest.raises(StoreVersionError, match="layout 9"):
        Journal.open(postgres_url)


def test_many_may_make_the_tables_at_once(postgres_url: str) -> None:
    start = threading.Barrier(6)

    def opened(_: int) -> int:
        start.wait()
        with Journal.open(postgres_url) as journal:
            return journal.head()

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(opened, range(6))) == [0] * 6


def test_two_stores_share_a_database_in_schemas_of_their_own(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as other:
        other.execute("CREATE SCHEMA one; CREATE SCHEMA two")
    places = [f"{postgres_url}?options=-csearch_path%3D{name}" for name in ("one", "two")]
    for place in places:
        with Journal.open(place) as journal:
            assert journal.append([event("e1")]).positions == (1,)
    with psycopg.connect(postgres_url) as other:
        assert other.execute("SELECT count(*) FROM two.chowk_journal").fetchone() == (1,)
