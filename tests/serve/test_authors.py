"""Whose an id is, of messages of which nothing is kept."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from chowk.errors import DeskError
from chowk.serve import authors as module
from chowk.serve.authors import Authors, forget
from serve.test_moderation import HOLD, Caller, message


class Clock:
    now = 1_000_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def shop(client, keys):
    return Caller(client, keys.secrets["staff"])


@pytest.mark.parametrize("kind", ["message", "review"])
@pytest.mark.parametrize("verdict", [HOLD, {"decision": "allow"}])
def test_nobody_takes_the_id_of_what_was_shown(shop, kind, verdict):
    allowed = message(kind=kind, verdict={"decision": "allow"})
    assert shop("POST", "messages", allowed)[1]["status"] == "shown"
    code, told = shop("POST", "messages", message(kind=kind, author_id="evil", verdict=verdict))
    assert code == 400 and "must be the author's own" in told["detail"]
    assert shop("GET", f"messages/{kind}/m1")[0] == 404  # nothing was kept of it
    # Its author edits it, and once it waits, it is his still.
    assert shop("POST", "messages", allowed)[1]["status"] == "shown"
    assert shop("POST", "messages", message(kind=kind, text="an edit"))[1]["status"] == "held"
    code, _ = shop("POST", "messages", message(kind=kind, author_id="evil", verdict=verdict))
    assert code == 400
    # An id is one of its kind.
    other = message(kind="question", author_id="evil")
    assert shop("POST", "messages", other)[1]["status"] == "held"


def test_a_platform_s_messages_have_their_authors_too(shop):
    def sent(author):
        return {"t": "MESSAGE_CREATE", "d": {"id": "9", "channel_id": "1", "content": "hello all",
                "author": {"id": author, "username": author}}}  # fmt: skip

    assert shop("POST", "chats/discord", sent("5"))[1]["status"] == "shown"
    assert shop("POST", "chats/discord", sent("6"))[0] == 400
    assert shop("POST", "chats/discord", sent("5"))[1]["status"] == "shown"


def test_of_many_at_once_one_has_it_whatever_becomes_of_it(shop, client):
    def send(number):
        verdict = HOLD if number % 2 else {"decision": "allow"}
        return shop("POST", "messages", message(author_id=f"a{number}", verdict=verdict))[0]

    with ThreadPoolExecutor(12) as threads:
        assert sorted(threads.map(send, range(12))) == [200] + [400] * 11


def test_all_workers_of_a_host_know_it(tmp_path):
    one, two = (Authors(tmp_path / ".authors.db") for _ in range(2))
    with ThreadPoolExecutor(16) as threads:
        for number in range(20):
            told = threads.map(
                lambda who, n=number: (one, two)[who % 2].owns(f"message:{n}", f"a{who}"), range(16)
            )
            assert sum(told) == 1
    two.close()
    one.close()


def test_the_file_names_nobody(tmp_path):
    authors = Authors(tmp_path / ".authors.db")
    assert authors.owns("message:secret-id", "zoe-of-the-lake")
    authors.close()
    for path in tmp_path.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
        assert b"zoe-of" not in path.read_bytes() and b"secret-id" not in path.read_bytes()


def test_who_is_erased_has_no_ids(tmp_path):
    authors = Authors(tmp_path / ".authors-host.db")
    for number in range(3):
        assert authors.owns(f"message:{number}", "zoe")
    assert authors.owns("message:9", "bo")
    assert forget(tmp_path, "zoe") == 3 and forget(tmp_path, "zoe") == 0
    assert authors.owns("message:1", "bo") and not authors.owns("message:9", "zoe")
    authors.close()
    (tmp_path / ".authors-host.db").write_bytes(b"no database" * 100)
    with pytest.raises(DeskError, match="Delete it"):
        forget(tmp_path, "zoe")


def test_what_is_old_or_too_much_is_let_go(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SWEEP", 10)
    monkeypatch.setattr(module, "IDS", 50)
    clock = Clock()
    authors = Authors(tmp_path / ".authors.db", clock)

    def count():
        with sqlite3.connect(tmp_path / ".authors.db") as file:
            return file.execute("SELECT count(*) FROM ids").fetchone()[0]

    for number in range(100):
        assert authors.owns(f"message:{number}", "zoe")
    assert count() == 50
    assert not authors.owns("message:99", "bo") and authors.owns("message:0", "bo")
    clock.now += module.KNOWN + 1
    for number in range(20):
        assert authors.owns(f"new:{number}", "zoe")
    assert count() <= 20 and authors.owns("message:99", "bo")
    authors.close()


def test_without_its_secret_it_begins_anew(tmp_path):
    authors = Authors(tmp_path / ".authors.db")
    assert authors.owns("message:1", "zoe")
    authors.close()
    (tmp_path / ".guard.key").unlink()
    authors = Authors(tmp_path / ".authors.db")
    assert authors.owns("message:1", "bo") and not authors.owns("message:1", "zoe")
    authors.close()


def test_a_file_that_cannot_be_asked_stops_no_talk(tmp_path):
    path = tmp_path / ".authors.db"
    path.write_bytes(b"no database" * 100)
    authors = Authors(path)
    assert authors.owns("message:1", "zoe")  # damaged: begun anew with the next
    assert authors.owns("message:1", "zoe") and not authors.owns("message:1", "bo")
    authors.close()
    authors = Authors(tmp_path / "no folder" / ".authors.db")
    assert authors.owns("message:1", "zoe") and authors.owns("message:1", "bo")
