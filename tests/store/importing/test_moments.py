"""Times: a moment printed in any known form is read back as the same moment."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowk.store.importing.moments import Clock, clock

moments = st.datetimes(
    min_value=datetime(1971, 1, 1), max_value=datetime(2099, 1, 1), timezones=st.just(UTC)
).map(lambda m: m.replace(microsecond=0))
FORMS = [
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%d %b %Y %H:%M:%S",
    "%B %d, %Y %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S +0000",
    "%Y-%m-%d %H:%M:%S UTC",
]


@given(moments, st.sampled_from(FORMS))
def test_every_form_is_read_back(moment, form):
    assert clock("UTC").moment(moment.strftime(form)) == moment


@given(moments.filter(lambda m: m.year >= 2002))
def test_epochs(moment):
    seconds = int(moment.timestamp())
    for text in (f"{seconds}", f"{seconds}000", f"{seconds}000000"):
        assert clock("UTC").moment(text) == moment


@given(
    moments,
    st.sampled_from(
        [
            ("dmy", "%d/%m/%Y %H:%M"),
            ("mdy", "%m/%d/%Y %H:%M"),
            ("dmy", "%d.%m.%Y %H:%M"),
            ("mdy", "%m-%d-%Y %I:%M %p"),
        ]
    ),
)
def test_slashes_in_a_known_order(moment, known):
    order, form = known
    assert clock("UTC", order).moment(moment.strftime(form)) == moment.replace(second=0)


def test_an_ambiguous_date_alone_is_not_guessed():
    said = clock("UTC").moment("03/04/2011")
    assert isinstance(said, str) and "--dates" in said


def test_another_value_decides_the_order():
    mdy = clock("UTC")
    mdy.learn(["12/1/2010 8:26", "12/13/2010 9:00"])
    assert mdy.moment("3/4/2011") == datetime(2011, 3, 4, tzinfo=UTC)
    dmy = clock("UTC")
    dmy.learn(["13.12.2010"])
    assert dmy.moment("3.4.2011") == datetime(2011, 4, 3, tzinfo=UTC)
    assert isinstance(dmy.moment("4.13.2011"), str)


def test_naive_times_take_the_stores_zone():
    kolkata = Clock(ZoneInfo("Asia/Kolkata"))
    moment = kolkata.moment("2024-05-01 05:30:00")
    assert moment == datetime(2024, 5, 1, tzinfo=UTC)
    assert kolkata.moment("2024-05-01T05:30:00+00:00") - moment == timedelta(hours=5.5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2011-02-30",
        "31/02/2011",
        "1850-01-01",
        "9999999999999999",
        "2011-01-01T25:00",
        "0000-00-00",
    ],
)
def test_what_is_no_time_says_so(text):
    said = clock("UTC", "dmy").moment(text)
    assert isinstance(said, str) and said


@given(st.text(max_size=40))
def test_no_text_raises(text):
    clock("UTC").moment(text)
