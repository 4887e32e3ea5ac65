"""The PostgreSQL fixture: a test without a server is skipped with the cure, and fails in CI."""

from __future__ import annotations

import os

import pytest

from servers import postgres


def test_what_is_missing_skips_with_the_install_line(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install postgresql; pip install"):
        postgres.missing("It needs PostgreSQL", postgres.INSTALL)


def test_in_ci_it_fails_instead(monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install postgresql"):
        postgres.missing("It needs PostgreSQL", postgres.INSTALL)


@pytest.mark.postgres
def test_the_server_is_on_loopback_alone_and_asks_for_the_password(postgres_server):
    import psycopg

    with postgres_server.connect() as connection:
        row = connection.execute(
            "SELECT current_setting('listen_addresses'), inet_server_addr()::text"
        ).fetchone()
    assert row is not None and row[0] == "127.0.0.1" and row[1].startswith("127.0.0.1")
    wrong = postgres_server.url("postgres").replace(postgres_server.password, "guessed")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(wrong)
    os.kill(postgres_server.pid, 0)


@pytest.mark.postgres
def test_every_test_has_an_empty_database_of_its_own(postgres_url):
    import psycopg

    with psycopg.connect(postgres_url) as connection:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(tables).fetchone() == (0,)
