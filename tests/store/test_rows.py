"""One row against its declaration: what is kept, what is refused, and with which words."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chowk.errors import InputError
from chowk.store import schema
from chowk.store.frames import fitted
from chowk.store.rows import MAX_ITEMS, RowError, check_row, frame
from chowk.store.texts import MAX_ID, MAX_TEXT

EVENTS, PRODUCTS = schema.TABLES["events"], schema.TABLES["products"]
PLACEMENTS, CALENDAR = schema.TABLES["placements"], schema.TABLES["calendar"]
NOW = datetime(2026, 11, 8, 12, tzinfo=UTC)


def event(**fields: Any) -> dict[str, Any]:
    whole = {"event_id": "e1", "ts": NOW.isoformat(), "session_id": "s1", "kind": "view_item"}
    return check_row(EVENTS, {**whole, **fields}, where="events[3]", now=NOW)


def refused(**fields: Any) -> RowError:
    with pytest.raises(RowError) as caught:
        event(**fields)
    return caught.value


def test_a_whole_row_comes_out_clean_and_in_json() -> None:
    clean = event(
        event_id=17,
        ts="2026-11-08T17:30:00+05:30",
        customer_id=None,
        query="",
        position=3.0,
        quantity=2,
        price=149.90,
        currency="INR",
        fee=False,
    )
    assert clean == {
        "event_id": "17",
        "ts": "2026-11-08T12:00:00+00:00",
        "session_id": "s1",
        "kind": "view_item",
        "position": 3,
        "quantity": 2.0,
        "price": "149.9",
        "currency": "INR",
        "fee": False,
    }
    assert json.loads(json.dumps(clean)) == clean


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("evnet_id", "x", "a column of events"),
        ("event_id", None, "given"),
        ("event_id", "", "not empty"),
        ("event_id", 1.5, "an id (a string, or a whole number)"),
        ("event_id", True, "an id (a string, or a whole number)"),
        ("event_id", "x" * (MAX_ID + 1), f"an id of at most {MAX_ID} characters"),
        ("event_id", "a\0b", "text without null characters"),
        ("event_id", "\ud83d", "valid Unicode"),
        ("kind", ["view_item"], "text"),
        ("query", 7, "text"),
        ("query", "x" * (MAX_TEXT + 1), f"text of at most {MAX_TEXT} bytes"),
        ("query", "é" * (MAX_TEXT // 2 + 1), f"text of at most {MAX_TEXT} bytes"),
        ("query", "\0", "text without null characters"),
        ("position", 0, "at least 1"),
        ("position", 1.5, "a whole number"),
        ("position", "1", "a whole number"),
        ("position", True, "a whole number"),
        ("position", 2**63, "a whole number of 64 bits"),
        ("quantity", -1, "at least 0"),
        ("quantity", "2", "a number"),
        ("quantity", float("nan"), "a finite number"),
        ("quantity", float("inf"), "a finite number"),
        ("quantity", 10**400, "a finite number"),
        ("price", -0.01, "at least 0"),
        ("price", "₹12", "an amount of money"),
        ("price", "1,200", "an amount of money"),
        ("price", "nan", "an amount of money below 100,000,000,000,000"),
        ("price", 1e14, "an amount of money below 100,000,000,000,000"),
        ("price", "1e999999999", "an amount of money below 100,000,000,000,000"),
        ("price", "0.00001", "an amount of money with at most four decimal places"),
        ("price", "1e-999999", "an amount of money with at most four decimal places"),
        ("price", "1_000", "an amount of money"),
        ("price", "1" * 65, "an amount of money"),
        ("price", True, "an amount of money"),
        ("price", [1], "an amount of money"),
        ("currency", "inr", "an ISO 4217 code"),
        ("currency", "RUPEE", "an ISO 4217 code"),
        ("currency", 5, "an ISO 4217 code"),
        ("currency", ["INR"], "an ISO 4217 code"),
        ("fee", "yes", "true or false"),
        ("fee", 1, "true or false"),
        ("ts", "2026-11-08T12:00:00", "a time with a zone"),
        ("ts", "yesterday", "a time"),
        ("ts", True, "a time"),
        ("ts", {}, "a time"),
        ("ts", float("nan"), "a time"),
        ("ts", 1e300, "a time"),
        ("ts", 10**400, "a time"),
        ("ts", "1969-12-31T23:59:59Z", "a time since 1970"),
        ("ts", "0001-01-01T00:00:00+14:00", "a time since 1970"),
        ("ts", -5, "a time since 1970"),
        (
            "ts",
            (NOW + timedelta(days=1, seconds=1)).isoformat(),
            "at most a day ahead of the server's clock",
        ),
        # Seconds taken for milliseconds and back again land far away.
        ("ts", NOW.timestamp() * 1e6, "a time"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_field_rule_and_what_came(
    field: str, value: Any, rule: str
) -> None:
    error = refused(**{field: value})
    assert (error.field, error.rule) == (field, rule)
    assert error.got is value
    said = str(error)
    assert said.startswith(f"events[3]: the field {field!r} must be {rule}. Got ")
    assert " instead. " in said
    assert error.cure and said.endswith(error.cure)
    assert len(said) < 1000
    assert isinstance(error, InputError)


def test_a_column_that_is_not_there_is_met_with_its_neighbour() -> None:
    assert refused(custommer_id="c").cure == "Did you mean 'customer_id'?"
    assert "Its columns are: event_id, ts," in refused(zzz=1).cure


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(RowError, match="an object with named fields"):
        check_row(EVENTS, ["e1"], where="events[0]")  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [0, 1, 1_794_139_200, 1_794_139_200.25])
def test_seconds_and_milliseconds_since_1970(seconds: float) -> None:
    expected = datetime.fromtimestamp(seconds, UTC)
    assert datetime.fromisoformat(event(ts=seconds)["ts"]) == expected
    if seconds > 1e9:
        assert datetime.fromisoformat(event(ts=seconds * 1000)["ts"]) == expected


def test_a_time_a_day_ahead_is_still_taken() -> None:
    assert event(ts=NOW + timedelta(days=1))["ts"] == "2026-11-09T12:00:00+00:00"


def test_defaults_fill_what_is_missing_and_only_that() -> None:
    row = {"event_id": "e1", "session_id": "s1", "kind": "search", "region": None, "query": "q"}
    clean = check_row(
        EVENTS,
        row,
        where="e",
        defaults={"ts": NOW, "region": "IN", "query": "other"},
        now=NOW,
    )
    assert clean == {
        "event_id": "e1",
        "session_id": "s1",
        "kind": "search",
        "region": "IN",
        "query": "q",
        "ts": NOW.isoformat(),
    }
    with pytest.raises(RowError, match="'ts' must be given"):
        check_row(EVENTS, row, where="e")


def test_a_partial_row_needs_its_key_alone_and_keeps_nulls() -> None:
    def partial(**fields: Any) -> dict[str, Any]:
        return check_row(PRODUCTS, fields, where="p", partial=True)

    assert partial(product_id="p1", price=None, brand="") == {
        "product_id": "p1",
        "price": None,
        "brand": None,
    }
    for fields, field in (({"title": "T"}, "product_id"), ({"product_id": None}, "product_id")):
        with pytest.raises(RowError) as caught:
            partial(**fields)
        assert (caught.value.field, caught.value.rule) == (field, "given")
    for title in (None, ""):
        with pytest.raises(RowError) as caught:
            partial(product_id="p1", title=title)
        assert (caught.value.field, caught.value.rule) == ("title", "not empty")


def test_maps_lists_and_days() -> None:
    clean = check_row(
        PRODUCTS,
        {
            "product_id": "p",
            "title": "T",
            "attributes": {"colour": "red", "watts": 5, "new": True, "size": None, "x": ""},
        },
        where="p",
    )
    assert clean["attributes"] == {"colour": "red", "watts": "5", "new": "true"}
    for bad in (["red"], "red", {"": "x"}, {"a": ["b"]}, {"a": "\0"}, {1: "x"}):
        with pytest.raises(RowError, match="'attributes'"):
            check_row(PRODUCTS, {"product_id": "p", "title": "T", "attributes": bad}, where="p")
    many = {str(n): "x" for n in range(MAX_ITEMS + 1)}
    with pytest.raises(RowError, match=f"at most {MAX_ITEMS} entries"):
        check_row(PRODUCTS, {"product_id": "p", "title": "T", "attributes": many}, where="p")

    day = {"name": "Diwali", "start": "2026-11-08", "end": date(2026, 11, 9), "keywords": ["diya"]}
    assert check_row(CALENDAR, day, where="c") == {**day, "end": "2026-11-09"}
    for field, bad_value in (("start", "8/11/2026"), ("start", 5), ("keywords", "diya")):
        with pytest.raises(RowError, match=f"'{field}'"):
            check_row(CALENDAR, {**day, field: bad_value}, where="c")


def test_high_limits_and_choices() -> None:
    row = {"decision_id": "d", "ts": NOW, "content": "c", "slot": "s", "propensity": 1.01}
    with pytest.raises(RowError, match="must be at most 1"):
        check_row(PLACEMENTS, row, where="d", now=NOW)
    table = schema.Table("t", "", (schema.Column("c", "text", "", choices=("a", "b")),))
    assert check_row(table, {"c": "b"}, where="t") == {"c": "b"}
    with pytest.raises(RowError, match="must be one of a, b"):
        check_row(table, {"c": "d"}, where="t")


def test_a_frame_has_the_tables_types() -> None:
    product = check_row(
        PRODUCTS,
        {
            "product_id": "p",
            "title": "T",
            "price": 0.1,
            "created_at": NOW,
            "attributes": {"a": "b"},
            "available": True,
            "weight_g": 5,
        },
        where="p",
    )
    made = frame(PRODUCTS, [product, {"product_id": "q", "title": "U"}])
    assert made.schema == PRODUCTS.arrow
    first, second = made.to_pylist()
    assert {k: v for k, v in first.items() if v is not None} == {
        "product_id": "p",
        "title": "T",
        "price": Decimal("0.1000"),
        "created_at": NOW,
        "attributes": [("a", "b")],
        "available": True,
        "weight_g": 5.0,
    }
    assert [v for k, v in second.items() if k not in ("product_id", "title")] == [None] * 18
    # What comes out of a table goes in again.
    assert frame(PRODUCTS, made.to_pylist()) == made
    assert frame(EVENTS, []).num_rows == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("ts", "soon"), ("price", "much"), ("position", "first"), ("position", 2**70)],
)
def test_a_frame_of_unchecked_rows_fails_in_one_sentence(field: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"events\.{field} must be .* Check the rows"):
        frame(EVENTS, [{"event_id": "e", field: value}])


#: Slowness on a busy machine is no failure.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

# -- laws -----------------------------------------------------------------------------------------

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.datetimes()
    | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@PATIENT
@given(st.dictionaries(st.sampled_from([*EVENTS.names, "other"]), anything))
def test_whatever_comes_is_refused_in_words_or_fits_the_table(row: dict[str, Any]) -> None:
    try:
        clean = check_row(EVENTS, row, where="here", partial=True, now=NOW)
    except RowError as error:
        assert str(error).startswith("here: ")
        return
    assert json.loads(json.dumps(clean, allow_nan=False)) == clean
    # A clean row is its own clean row.
    assert check_row(EVENTS, clean, where="here", partial=True, now=NOW) == clean
    filled = {"ts": NOW.isoformat(), "session_id": "s", "kind": "k", **clean}
    assert isinstance(fitted(frame(EVENTS, [filled]), EVENTS), pa.Table)


@PATIENT
@given(st.decimals(min_value=0, max_value=Decimal("99999999999999.9999"), places=4))
def test_money_is_exact(amount: Decimal) -> None:
    for given_as in (amount, str(amount)):
        text = event(price=given_as)["price"]
        assert Decimal(text) == amount
        assert "E" not in text and (("." not in text) or not text.endswith("0"))
        assert frame(EVENTS, [{"price": text}])["price"][0].as_py() == amount


@PATIENT
@given(st.datetimes(datetime(1971, 1, 1), datetime(2026, 1, 1)), st.integers(-840, 840))
def test_a_moment_is_the_same_in_every_zone(moment: datetime, minutes: int) -> None:
    sign, off = "+-"[minutes < 0], abs(minutes)
    zoned = f"{moment.isoformat()}{sign}{off // 60:02}:{off % 60:02}"
    expected = moment.replace(tzinfo=UTC) - timedelta(minutes=minutes)
    assert event(ts=zoned)["ts"] == expected.isoformat()
