"""Logs are structured, carry the request's id, and hold no personal data."""

from __future__ import annotations

import asyncio
import io
import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from chowk import logs
from chowk.errors import ParameterError
from chowk.store.schema import TABLES


@pytest.fixture
def lines():
    """JSON logs into memory; call it for what was logged. Python's logging is put back."""
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    logs.configure("debug", "json", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_an_event_is_one_json_object_with_its_facts(lines):
    logs.get("chowk.build").info("built", system="search", seconds=3.25, tables=["products"])
    (line,) = lines()
    assert line["event"] == "built"
    assert line["logger"] == "chowk.build"
    assert line["level"] == "info"
    assert line["time"].endswith("Z")
    assert (line["system"], line["seconds"], line["tables"]) == ("search", 3.25, ["products"])


def test_the_request_id_is_on_every_line_inside_and_on_none_outside(lines):
    log = logs.get("chowk.serve")
    log.info("before")
    with logs.request("abc-1", route="/v1/search") as given_id:
        log.info("inside")
        logging.getLogger("granian").warning("a library's own line")
    log.info("after")
    before, inside, library, after = lines()
    assert given_id == "abc-1"
    assert inside["request_id"] == library["request_id"] == "abc-1"
    assert inside["route"] == "/v1/search"
    assert "request_id" not in before and "request_id" not in after


def test_concurrent_requests_keep_their_own_ids(lines):
    async def answer(name: str) -> None:
        with logs.request(name):
            for _ in range(3):
                await asyncio.sleep(0)
                logs.get("t").info("step", name_of_task=name)

    async def both() -> None:
        await asyncio.gather(answer("one"), answer("two"))

    asyncio.run(both())
    steps = [line for line in lines() if line["event"] == "step"]
    assert len(steps) == 6
    assert all(line["request_id"] == line["name_of_task"] for line in steps)


@pytest.mark.parametrize("bad", [None, "", "x" * 65, "a b", "Asha Rao, 12 MG Road", 'a"b\n'])
def test_an_id_that_could_carry_data_is_replaced(bad):
    with logs.request(bad) as given_id:
        assert given_id != bad
        assert len(given_id) == 32


SECRET = "Asha Rao 12 MG Road"


@pytest.mark.parametrize(
    "key",
    [
        "email", "customer_email", "address", "shipping_address", "query", "query_text", "q",
        "customer_id", "author_id", "session_id", "Authorization", "x-api-key", "user.name.text",
        "phone", "person_a", "token", "attribution_token", "ip", "client_ip", "body",
    ],
)  # fmt: skip
def test_personal_keys_are_masked_at_any_depth(lines, key):
    logs.get("t").info("seen", **{key: SECRET}, deep={"list": [{key: SECRET}]})
    (line,) = lines()
    assert SECRET not in json.dumps(line)
    assert line[key] == logs.MASK


def test_personal_columns_of_the_schema_are_masked():
    # A person's columns in the tables: if one is added here, the log must hide it too.
    people = {
        "customers": ["customer_id"],
        "events": ["customer_id", "session_id", "query", "attribution_token"],
        "addresses": ["text", "city", "postcode"],
        "messages": ["author_id", "text"],
        "reviews": ["customer_id", "text"],
        "utterances": ["text"],
        "contacts": ["person_a", "person_b"],
        "infection_tests": ["person"],
    }
    for table, columns in people.items():
        for column in columns:
            assert column in TABLES[table], f"{table} has no column {column}"
            assert logs.personal(column), f"{table}.{column} would be logged"


@pytest.mark.parametrize(
    "key",
    ["product_id", "query_id", "rows", "system", "seconds", "status", "route", "path", "build"],
)
def test_facts_about_the_work_are_not_masked(lines, key):
    logs.get("t").info("seen", **{key: "kept"})
    assert lines()[0][key] == "kept"


def test_a_traceback_is_kept_and_scrubbed(lines):
    try:
        raise ValueError("no account for asha@example.in")
    except ValueError:
        logs.get("t").exception("failed")
    (line,) = lines()
    assert "ValueError" in line["exception"]
    assert "asha@example.in" not in json.dumps(line)


def test_a_librarys_line_is_scrubbed_too(lines):
    logging.getLogger("access").info("%s %s", "GET /v1/search?q=red+shoes&k=5", "asha@example.in")
    (line,) = lines()
    assert line["event"] == f"GET /v1/search?{logs.MASK} {logs.MASK}"


def test_a_database_urls_password_is_scrubbed():
    shown = logs.scrubbed("cannot reach postgresql://chowk:hunter2@127.0.0.1:5432/desk")
    assert "hunter2" not in shown
    assert "127.0.0.1:5432/desk" in shown


@given(
    name=st.text("abcdefghijklmnopqrstuvwxyz0123456789._+-", min_size=1, max_size=20),
    domain=st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=10),
    around=st.sampled_from(["{}", "<{}>", "to {}.", "mail={}", '"{}"', "({}, twice {})"]),
)
def test_no_address_survives_in_a_sentence(name, domain, around):
    address = f"{name}@{domain}.example"
    text = around.format(*[address] * around.count("{}"))
    assert address not in logs.scrubbed(text)


def test_levels_below_are_dropped_and_a_second_configure_replaces_the_first(lines):
    stream = io.StringIO()
    logs.configure("warning", "text", stream=stream)
    logs.get("t").info("quiet")
    logs.get("t").warning("loud", rows=3)
    assert lines() == []
    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue() and "rows=3" in stream.getvalue()
    assert stream.getvalue().count("loud") == 1


@pytest.mark.parametrize(("level", "format"), [("loud", "text"), ("info", "xml")])
def test_a_wrong_level_or_format_is_one_sentence(level, format):
    with pytest.raises(ParameterError, match=r"of logs\.configure must be"):
        logs.configure(level, format)
