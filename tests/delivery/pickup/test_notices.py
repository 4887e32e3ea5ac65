"""Who is told what, when, and only once."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowk.delivery import pickup_notices
from chowk.delivery.pickup.notices import after_quiet
from chowk.delivery.pickup.wording import STAGES, TEMPLATES, worded
from chowk.errors import InputError, ParameterError

INDIA = timezone(timedelta(hours=5, minutes=30))
NOON = datetime(2026, 5, 1, 12, tzinfo=INDIA)
ADDRESSES = [
    {"address_id": "a", "text": "Flat 2, Sai Krupa Apartments, Baner, Pune 411045"},
    {"address_id": "b", "text": "Flat 9, SAI KRUPA APTS, Baner, Pune 411045"},
    {"address_id": "c", "text": "12, MG Road, Camp, Pune 411001"},
    {"address_id": "d", "text": "9, Civil Lines, Nagpur 440001"},
]
POINTS = [
    {"point_id": "pune", "name": "Camp Store", "postcode": "411001"},
    {"point_id": "baner", "name": "Baner Corner", "postcode": "411045"},
    {"point_id": "nagpur", "name": "Orange Shop", "latitude": 21.15, "longitude": 79.08,
     "postcode": ""},
]  # fmt: skip


def told(**how):
    how = {"at": NOON, "until": date(2026, 5, 3), "hold_back": 0, **how}
    return pickup_notices(ADDRESSES, POINTS, **how)


def test_a_zone_is_told_of_its_nearest_point():
    found = {n.address_id: n.point_id for n in told(zone=["4110", "440001"])}
    assert found == {"a": "baner", "b": "baner", "c": "pune", "d": "nagpur"}


def test_a_building_is_told_in_all_its_spellings():
    assert [n.address_id for n in told(buildings=["Sai Kripa Apt"])] == ["a", "b"]
    assert [n.address_id for n in told(buildings=["Sai Krupa"], zone=["440"])] == ["a", "b", "d"]


def test_no_text_holds_an_address():
    for stage in STAGES:
        for language in (*TEMPLATES, "ta-IN"):
            for notice in told(zone=["4"], stage=stage, languages=dict.fromkeys("abcd", language)):
                said = notice.subject + notice.text
                for word in ("Sai", "KRUPA", "Flat", "MG Road", "411045", "411001"):
                    assert word not in said


def test_the_language_is_the_customers():
    texts = {n.address_id: n.text for n in told(zone=["4"], languages={"a": "hi-IN", "c": "xx"})}
    assert "पार्सल" in texts["a"]
    assert "parcel" in texts["c"] and "parcel" in texts["b"]
    for language, stages in TEMPLATES.items():
        assert set(stages) == set(STAGES), language


@given(st.sampled_from(STAGES), st.sampled_from([*TEMPLATES]), st.text(max_size=40))
def test_any_name_of_a_point_fits_a_template(stage, language, name):
    assert stage == "returned" or name in worded(stage, language, name, "3 May")[1]


def test_the_key_is_the_same_again_and_what_went_out_does_not_go_again():
    first = told(zone=["4"])
    keys = [n.notice_id for n in first]
    assert len(set(keys)) == 4
    assert keys == [n.notice_id for n in told(zone=["4"])]
    assert told(zone=["4"], already=keys) == []
    assert not set(keys) & {n.notice_id for n in told(zone=["4"], stage="reminder")}
    assert not set(keys) & {
        n.notice_id for n in told(zone=["4"], parcels=dict.fromkeys("abcd", "x"))
    }


def test_who_opted_out_is_left_alone():
    assert "a" not in {n.address_id for n in told(zone=["4"], opted_out=["a"])}


def test_nothing_is_sent_in_the_quiet_hours():
    late = NOON.replace(hour=22)
    assert {n.send_at for n in told(zone=["4"], at=late)} == {datetime(2026, 5, 2, 9, tzinfo=INDIA)}
    assert {n.send_at for n in told(zone=["4"])} == {NOON}


@given(st.datetimes(), st.times(), st.times())
def test_the_time_after_quiet_hours_is_not_quiet_and_not_earlier(at, start, stop):
    if at.year > 9990:
        return
    later = after_quiet(at, (start, stop))
    assert at <= later <= at + timedelta(days=1)
    assert after_quiet(later, (start, stop)) == later


def test_the_share_that_is_held_back_is_drawn_by_address():
    many = [{"address_id": str(n), "text": "9, Civil Lines, Nagpur 440001"} for n in range(2_000)]

    def held(seed, stage="ready"):
        notices = pickup_notices(many, POINTS, zone=["4"], at=NOON, until=date(2026, 5, 3),
                                 hold_back=0.2, seed=seed, stage=stage)  # fmt: skip
        return {n.address_id for n in notices if n.held_back}

    assert 320 < len(held(0)) < 480
    assert held(0) == held(0, "reminder") != held(1)


def test_wrong_calls_are_refused_with_the_cure():
    with pytest.raises(InputError, match="needs 'zone'"):
        told()
    with pytest.raises(ParameterError, match="'at'"):
        told(zone=["4"], at=datetime(2026, 5, 1))
    with pytest.raises(ParameterError, match="'stage'"):
        told(zone=["4"], stage="soon")
    with pytest.raises(InputError, match="no pick-up points"):
        pickup_notices(ADDRESSES, [], zone=["4"], at=NOON, until=date(2026, 5, 3))
    with pytest.raises(InputError, match="needs the column 'text'"):
        pickup_notices([{"address_id": "a"}], POINTS, zone=["4"], at=NOON, until=date(2026, 5, 3))
    assert pickup_notices([], POINTS, zone=["4"], at=NOON, until=date(2026, 5, 3)) == []


def test_equal_ends_mean_no_quiet_hours():
    assert after_quiet(NOON, (time(9), time(9))) == NOON


@pytest.mark.parametrize("pin", ["411 045", "४११०४५", 411045, 411045.0])
def test_a_pin_code_is_its_digits_however_it_is_typed(pin):
    rows = [{"address_id": "a", "text": "9, Baner", "postcode": pin}]
    points = [{"point_id": "x", "name": "X", "postcode": type(pin)(411044)},
              {"point_id": "y", "name": "Y", "postcode": pin}]  # fmt: skip
    (one,) = pickup_notices(rows, points, zone=[pin], at=NOON, until=date(2026, 5, 3), hold_back=0)
    assert (one.point_id, one.kilometres) == ("y", 0)


def test_a_building_in_devanagari_digits_is_the_same_building():
    rows = [ADDRESSES[0], {"address_id": "z", "text": "Flat 3, Sai Krupa Apts, Baner, Pune ४११०४५"}]
    notices = pickup_notices(rows, POINTS, buildings=["Sai Krupa Apts"], at=NOON,
                             until=date(2026, 5, 3), hold_back=0)  # fmt: skip
    assert [n.address_id for n in notices] == ["a", "z"]


def test_one_building_of_a_common_name_is_told_by_its_pin_code():
    rows = [ADDRESSES[0], {"address_id": "z", "text": "1, Sai Krupa Apts, Andheri, Mumbai 400053"}]

    def of(building):
        notices = pickup_notices(rows, POINTS, buildings=[building], at=NOON,
                                 until=date(2026, 5, 3), hold_back=0)  # fmt: skip
        return [n.address_id for n in notices]

    assert of("Sai Krupa Apts") == ["a", "z"]
    assert of(("Sai Krupa Apts", "400 053")) == ["z"]


def test_what_is_said_of_a_day_is_sent_by_that_day():
    last = {n.send_at for n in told(zone=["4"], stage="last_day")}
    assert last == {datetime(2026, 5, 3, 9, tzinfo=INDIA)}
    late = datetime(2026, 5, 3, 22, tzinfo=INDIA)
    for stage in ("ready", "reminder", "last_day"):
        for at in (late, late + timedelta(days=2)):
            with pytest.raises(InputError, match="is over before"):
                told(zone=["4"], stage=stage, at=at)
    assert told(zone=["4"], stage="returned", at=late)


def test_the_day_is_written_as_the_language_of_the_words_writes_it():
    texts = {n.address_id: n.text for n in told(zone=["4"], languages={"a": "EN", "b": "ta"})}
    assert all("3 May" in text for text in texts.values())


@pytest.mark.parametrize(
    ("name", "value"),
    [("zone", "411045"), ("zone", [""]), ("zone", [None]), ("opted_out", "a"), ("already", 5),
     ("until", "2026-05-03"), ("quiet", ("21", "9")), ("quiet", (time(9),)), ("hold_back", "x"),
     ("buildings", "Sai Krupa")],
)  # fmt: skip
def test_a_parameter_of_another_kind_is_named(name, value):
    with pytest.raises(ParameterError, match=f"'{name}'"):
        told(**{"zone": ["4"], name: value})


def test_a_row_without_its_id_or_off_the_globe_is_named():
    def of(addresses, points):
        return pickup_notices(addresses, points, zone=["4"], at=NOON, until=date(2026, 5, 3))

    with pytest.raises(InputError, match=r"address_id of addresses .* row 0"):
        of([{"address_id": None, "text": "Pune 411045"}], POINTS)
    with pytest.raises(InputError, match=r"name of points .* row 0"):
        of(ADDRESSES, [{"point_id": "p", "name": None}])
    with pytest.raises(InputError, match=r"latitude of points .* row 1"):
        of(ADDRESSES, [POINTS[0], {**POINTS[2], "latitude": 500}])


def test_a_building_is_all_its_wings_and_one_wing_is_one():
    rows = [{"address_id": i, "text": f"Flat 2, {b}, Baner, Pune 411045"} for i, b in (
        ("a", "A Wing, Sai Krupa Apartments"), ("b", "Sai Krupa Apartments, B Wing"),
        ("b2", "Wing-B, SAI KRUPA APTS"), ("x", "Sai Krupa Apts"), ("o", "B Wing, Nilgiri Towers"),
    )]  # fmt: skip

    def of(building):
        notices = pickup_notices(rows, POINTS, buildings=[building], at=NOON,
                                 until=date(2026, 5, 3), hold_back=0)  # fmt: skip
        return [n.address_id for n in notices]

    assert of("Sai Krupa Apts") == ["a", "b", "b2", "x"]
    assert of("Sai Krupa Apts, B Wing") == ["b", "b2", "x"], "who names no wing may live in it"
