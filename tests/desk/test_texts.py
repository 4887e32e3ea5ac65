"""Times and texts: they sort, come back, and mean one thing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from chowk.desk.texts import canonical, moment, stamp

moments = st.datetimes(
    datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(timezone(timedelta(hours=5.5)))
)


@given(moments, moments)
def test_stamps_come_back_and_sort_as_they_happen(one, other):
    assert moment(stamp(one)) == one
    assert moment(stamp(one)).tzinfo == UTC
    assert (stamp(one) < stamp(other)) == (one < other)
    assert len(stamp(one)) == 27


@given(st.dictionaries(st.text(max_size=3), st.integers()))
def test_the_order_of_names_does_not_matter(record):
    assert canonical(record) == canonical(dict(reversed(record.items())))
