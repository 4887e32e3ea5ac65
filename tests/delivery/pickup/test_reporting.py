"""The report: counts by hand, intervals by simulation."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import numpy as np

from chowk.delivery import notice_report, notices_table, outcomes_of, pickup_notices
from chowk.delivery.pickup.reporting import Outcome, rate
from chowk.delivery.pickup.sending import Sent
from chowk.store.schema import TABLES


def test_counts_are_those_of_the_notices():
    report = notice_report(
        [
            Outcome("1", False, True, opened=True, used=True),
            Outcome("2", False, True, opened=False, refused=True),
            Outcome("3", False, True, opened=None, used=True),
            Outcome("4", False, False),
            Outcome("5", True, False, used=True),
            Outcome("6", True, False),
        ]
    )
    assert report.sent[:3] == (3, 4, 0.75)
    assert report.opened[:3] == (1, 2, 0.5)  # the third did not consent to be asked
    assert report.used[:3] == (2, 3, 2 / 3)
    assert report.refused[:2] == (1, 3)
    assert report.used_without[:3] == (1, 2, 0.5)
    assert report.difference is not None
    gap, low, high = report.difference
    assert low < gap == 2 / 3 - 0.5 < high
    assert report.used_of_told[:3] == (2, 4, 0.5)  # also the one whom no notice reached
    assert report.effect is not None and report.effect[0] == 0


def test_what_was_opened_is_known_only_of_those_who_consented():
    row = {"notice_id": "a", "state": "opened", "sent_at": "2026-05-01", "opened_at": "2026-05-02"}
    for consented, known in ((True, True), (False, None), (None, None)):
        (one,) = outcomes_of([{**row, "consented": consented}])
        assert (one.sent, one.opened) == (True, known)


def test_who_cannot_be_reached_does_not_make_notices_look_good():
    """Half can be reached, and only they fetch, told or not: telling changes nothing."""
    rows = [Outcome("", False, n % 2 == 0, used=n % 2 == 0) for n in range(200)]
    rows += [Outcome("", True, False, used=n % 2 == 0) for n in range(200)]
    report = notice_report(rows)
    assert report.effect is not None and report.difference is not None
    assert report.effect[0] == 0 and report.effect[1] < 0 < report.effect[2]
    assert report.difference[0] == 0.5


def test_nothing_is_known_of_nothing():
    report = notice_report([])
    assert report.difference is None
    assert report.opened.value is None and (report.opened.low, report.opened.high) == (0, 1)


def test_the_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    inside = differences = 0
    for _ in range(1_000):
        told, held = rng.binomial(60, 0.3), rng.binomial(40, 0.2)
        low, high = rate(int(told), 60)[3:]
        inside += low <= 0.3 <= high
        rows = [Outcome("", False, True, used=n < told) for n in range(60)]
        rows += [Outcome("", True, False, used=n < held) for n in range(40)]
        difference = notice_report(rows).difference
        assert difference is not None
        differences += difference[1] <= 0.1 <= difference[2]
    assert 0.92 <= inside / 1_000 <= 0.98
    assert 0.92 <= differences / 1_000 <= 0.98


def test_what_a_sender_says_becomes_the_table_and_the_table_a_report():
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    points = [{"point_id": "p", "name": "Corner Shop", "postcode": "411045"}]
    addresses = [
        {"address_id": f"a{n}", "text": f"Flat {n}, Baner, Pune 411045"} for n in range(40)
    ]
    notices = pickup_notices(addresses, points, zone=["411045"], at=at, until=date(2026, 5, 3),
                             hold_back=0.3, seed=2)  # fmt: skip
    log = [
        Sent(n.notice_id, "held_back" if n.held_back else ("sent", "failed", "waiting")[k % 3], at)
        for k, n in enumerate(notices)
    ]
    table = notices_table(notices, log, consented={"a0": True})
    assert table.schema == TABLES["notices"].arrow
    states = Counter(table["state"].to_pylist())
    assert set(states) == {"held_back", "sent", "failed", "queued"}
    rows = table.to_pylist()
    for row in rows:
        assert (row["sent_at"] is not None) == (row["state"] == "sent")
        assert row["consented"] == (row["address_id"] == "a0")
    held = [row for row in rows if row["held_back"]]
    held[0]["used_at"] = at
    report = notice_report(outcomes_of(rows))
    assert (report.sent.hits, report.sent.of) == (states["sent"], 40 - len(held))
    assert (report.used_without.hits, report.used_without.of) == (1, len(held))
    assert not any(one.sent for one in outcomes_of(held)), "fetched, and still not told"
