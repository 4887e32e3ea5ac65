"""Rounds over a store: each key once, whatever fails in between, and no address in any text."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

import chowk
from chowk.delivery.pickup import rounds
from chowk.delivery.pickup.hooks import Hook, hook_of
from chowk.delivery.pickup.people import people_of, people_of_csv
from chowk.delivery.pickup.reporting import notice_report, outcomes_of
from chowk.delivery.pickup.rounds import Asked, building_of, look, record, send, states
from chowk.delivery.pickup.sending import SmtpSender, WebhookSender
from chowk.errors import InputError, ParameterError
from chowk.store.disk import write_lock
from chowk.store.settings import Settings

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ASKED = Asked(until=date(2026, 5, 3), zone=("411045",), hold_back=0.2)
ADDRESSES = [
    {"address_id": f"a{n}", "text": f"Flat {n}, Sai Krupa Apartments, Baner, Pune 411045",
     "language": ("hi", None)[n % 2]}
    for n in range(40)
] + [{"address_id": "far", "text": "9, Civil Lines, Nagpur 440001"}]  # fmt: skip
POINTS = [{"point_id": "p", "name": "Corner Shop", "postcode": "411045"},
          {"point_id": "q", "name": "Post", "postcode": "440001"}]  # fmt: skip


class Box:
    """A hook that keeps what it got, and fails for whom it is told to."""

    def __init__(self, fails=(), dies_after=None):
        self.got, self.fails, self.dies_after = [], set(fails), dies_after

    def send(self, notice, to):
        if self.dies_after is not None and len(self.got) >= self.dies_after:
            raise KeyboardInterrupt
        if notice.address_id in self.fails:
            raise OSError("no")
        self.got.append((notice.notice_id, to))


@pytest.fixture
def store(tmp_path):
    with chowk.create(tmp_path / "s") as made:
        with made.transaction() as change:
            change.replace("addresses", ADDRESSES)
            change.replace("pickup_points", POINTS)
        yield made


def sent(store, box, asked=ASKED, *, people=None, opted_out=(), by_id=True, **limits):
    found = look(store, asked, at=NOON, people=people, opted_out=opted_out, by_id=by_id)
    return send(store, found, Hook(box, "box", by_id), asked, people=people, opted_out=opted_out,
                now=lambda: NOON, **limits)  # fmt: skip


def test_a_round_is_looked_at_before_it_is_sent(store):
    found = look(store, ASKED, at=NOON, opted_out=["a1", "a2", "elsewhere"])
    counts = found.counts()
    assert (counts["concerned"], counts["opted_out"], counts["already"]) == (40, 2, 0)
    assert counts["to_send"] + counts["held_back"] == 38 and 0 < counts["held_back"] < 20
    assert [row[:3] for row in found.points()] == [("p", "Corner Shop", 38)]
    assert {language for language, _, _ in found.words()} == {"hi", "en"}
    assert all("Sai" not in n.text and "411045" not in n.text for n in found.notices)
    assert states(store) == {}, "nothing was written"


def test_each_goes_out_once_and_the_held_back_never(store):
    box = Box()
    first = sent(store, box, opted_out=["a1"])
    held = first.counts["held_back"]
    assert first.counts["sent"] == len(box.got) == 39 - held and first.left == 0
    assert states(store) == {"sent": 39 - held, "held_back": held}
    again = sent(store, box, opted_out=["a1"])
    assert again.counts == {} and len({key for key, _ in box.got}) == len(box.got)
    assert "a1" not in {to for _, to in box.got}
    later = look(store, ASKED, at=NOON)
    assert later.counts()["already"] == 39 and later.counts()["to_send"] <= 1


def test_a_hook_that_fails_is_left_alone_and_tried_again_later(store):
    box = Box(fails={row["address_id"] for row in ADDRESSES})
    told = sent(store, box)
    assert told.counts["failed"] == 3 and told.left > 20 and "3 times in a row" in told.stopped
    kept = states(store)
    assert kept["failed"] == 3 and kept["queued"] == told.left
    box.fails = {"a3"}
    more = sent(store, box)
    assert not more.stopped and set(states(store)) <= {"sent", "held_back", "failed"}
    assert len(box.got) == more.counts["sent"] and more.counts.get("failed", 0) <= 1


def test_a_few_who_cannot_be_sent_to_do_not_stop_the_others_for_ever(store):
    asked = Asked(until=ASKED.until, zone=ASKED.zone, hold_back=0)
    first = look(store, asked, at=NOON).notices[:3]
    box = Box(fails={notice.address_id for notice in first})
    assert sent(store, box, asked).left == 37 and not box.got
    told = sent(store, box, asked)
    assert (told.counts, told.left) == ({"sent": 37, "failed": 3}, 0) and len(box.got) == 37


def test_what_is_said_of_a_notice_while_others_go_out_stays(store):
    class Quick(Box):
        def send(self, notice, to):
            super().send(notice, to)
            record(store, [{"notice_id": notice.notice_id, "outcome": "used", "at": NOON}])

    told = sent(store, Quick(), most=2)
    rows = [row for row in store.refresh().arrow("notices").to_pylist() if row["used_at"]]
    assert told.counts["sent"] == len(rows) == 2
    assert all(row["state"] == "used" and row["sent_at"] == NOON for row in rows)


def test_two_who_looked_at_the_same_round_send_it_once(store):
    found = look(store, ASKED, at=NOON)
    box = Box()
    first = send(store, found, Hook(box, "box", True), ASKED, now=lambda: NOON)
    with write_lock(store.path / ".notices.lock"), pytest.raises(InputError, match="being sent"):
        send(store, found, Hook(box, "box", True), ASKED, now=lambda: NOON)
    again = send(store, found, Hook(box, "box", True), ASKED, now=lambda: NOON)
    assert (again.counts, again.left) == ({}, 0) and len(box.got) == first.counts["sent"]


def test_what_went_out_is_written_while_the_others_go_out(store):
    seen = []

    class Watched(Box):
        def send(self, notice, to):
            super().send(notice, to)
            seen.append(states(store.refresh()).get("sent", 0))

    rows = [{"address_id": f"b{n}", "text": "Baner, Pune", "postcode": "411045"} for n in range(53)]
    asked = Asked(until=ASKED.until, zone=ASKED.zone, hold_back=0)
    found = look(store, asked, at=NOON, addresses=rows)
    send(store, found, Hook(Watched(), "box", True), asked, now=lambda: NOON)
    assert seen[48] == 0 and seen[-1] == 50, "a crash leaves at most fifty to go out once more"


def test_consent_is_kept_when_a_later_sending_has_no_people(store):
    box = Box(fails={row["address_id"] for row in ADDRESSES})
    sent(store, box, people=people_of([{"address_id": f"a{n}", "consented": 1} for n in range(40)]))
    box.fails = set()
    sent(store, box)
    assert all(row["consented"] for row in store.refresh().arrow("notices").to_pylist())


def test_what_went_out_before_a_crash_is_known_after_it(store):
    box = Box(dies_after=7)
    with pytest.raises(KeyboardInterrupt):
        sent(store, box)
    assert states(store)["sent"] == 7
    box.dies_after = None
    sent(store, box)
    assert len({key for key, _ in box.got}) == len(box.got) == states(store)["sent"]


def test_it_stops_where_it_should(store):
    box = Box()
    assert sent(store, box, most=5).counts["sent"] == len(box.got) == 5
    assert sent(store, box, seconds=0).left > 20 and len(box.got) == 5
    night = Asked(until=date(2026, 5, 3), zone=("4",), quiet=(time(11), time(13)))
    told = sent(store, box, night)
    assert set(told.counts) <= {"waiting", "held_back"} and len(box.got) == 5


def test_who_cannot_be_reached_is_counted_and_fails(store):
    people = people_of([{"address_id": "a4", "to": "a@example.com", "language": "mr"},
                        {"address_id": "a5", "opted_out": "yes"}])  # fmt: skip
    asked = Asked(until=ASKED.until, zone=ASKED.zone, hold_back=0)
    found = look(store, asked, at=NOON, people=people, by_id=False)
    assert found.strangers == 0
    more = people | people_of([{"address_id": "A4", "to": "b@example.com"}])
    assert look(store, asked, at=NOON, people=more, by_id=False).strangers == 1
    assert found.counts() == {"concerned": 40, "to_send": 1, "held_back": 0, "unreachable": 38,
                              "opted_out": 1, "already": 0}  # fmt: skip
    assert {n.address_id: n.language for n in found.notices}["a4"] == "mr"
    box = Box()
    assert sent(store, box, asked, people=people, by_id=False).counts == {
        "sent": 1, "unreachable": 38}  # fmt: skip
    assert [to for _, to in box.got] == ["a@example.com"]
    assert states(store) == {"failed": 38, "sent": 1}


def test_outcomes_are_kept_and_opened_only_with_consent(store):
    people = people_of([{"address_id": f"a{n}", "consented": n < 20} for n in range(40)])
    sent(store, Box(), people=people)
    rows = store.refresh().arrow("notices").to_pylist()
    told = [row for row in rows if not row["held_back"]]
    held = next(row for row in rows if row["held_back"])
    yes = [row for row in told if row["consented"]]
    no = next(row for row in told if not row["consented"])
    assert record(store, [
        {"notice_id": yes[0]["notice_id"], "outcome": "opened"},
        {"notice_id": yes[1]["notice_id"], "outcome": "used", "at": NOON},
        {"notice_id": yes[1]["notice_id"], "outcome": "opened"},
        {"notice_id": no["notice_id"], "outcome": "opened"},
        {"notice_id": no["notice_id"], "outcome": "refused"},
        {"notice_id": held["notice_id"], "outcome": "used"},
        {"notice_id": "nobody's", "outcome": "used"},
    ]) == {"kept": 5, "unknown": 1, "without_consent": 1}  # fmt: skip
    after = {row["notice_id"]: row for row in store.refresh().arrow("notices").to_pylist()}
    assert [after[row["notice_id"]]["state"] for row in (yes[0], yes[1], no, held)] == [
        "opened", "used", "refused", "held_back"]  # fmt: skip
    assert after[yes[1]["notice_id"]]["used_at"] == NOON
    report = notice_report(outcomes_of(list(after.values())))
    assert (report.opened.hits, report.used.hits, report.used_without.hits) == (2, 1, 1)
    assert look(store, ASKED, at=NOON).counts()["to_send"] == 0, "what was used is not told again"
    with pytest.raises(ParameterError, match="'outcome'"):
        record(store, [{"notice_id": held["notice_id"], "outcome": "eaten"}])


def test_buildings_by_name_with_those_that_nobody_names(store):
    asked = Asked(until=ASKED.until, hold_back=0,
                  buildings=("Sai Kripa Apts", ("Sai Krupa", "440001"), "Nilgiri"))  # fmt: skip
    found = look(store, asked, at=NOON)
    assert found.counts()["concerned"] == 40 and found.unknown == ("Sai Krupa 440001", "Nilgiri")
    assert building_of("Sai Krupa, 411 045") == ("Sai Krupa", "411 045")
    with pytest.raises(InputError, match="'zone'"):
        look(store, Asked(until=ASKED.until), at=NOON)


def test_of_many_addresses_the_last_build_is_asked_where_it_has_them_all(store, monkeypatch):
    monkeypatch.setattr(rounds, "_MANY", 10)
    asked = Asked(until=ASKED.until, hold_back=0, buildings=("Nilgiri Towers",))
    part = {"number": 0, "label": "CITY", "value": "Pune", "start": 0, "end": 4}
    with store.transaction() as change:
        change.replace("buildings", [{
            "building_id": "n", "postcode": "411045", "name": "Nilgiri Towers",
            "spellings": ["Nilgiri Towers"], "address_ids": ["a1", "a2"],
        }])  # fmt: skip
        change.replace("address_parts", [{**part, "address_id": "a1"}])
    assert look(store.refresh(), asked, at=NOON).counts()["concerned"] == 0, "others are new"
    rows = [{**part, "address_id": row["address_id"]} for row in ADDRESSES]
    store.write("address_parts", rows, "replace")
    found = look(store.refresh(), asked, at=NOON)
    assert {notice.address_id for notice in found.notices} == {"a1", "a2"}


def test_a_store_without_points_says_how_to_import_them(tmp_path):
    with chowk.create(tmp_path / "s") as made, pytest.raises(InputError, match="no pickup points"):
        look(made, ASKED, at=NOON)


def test_people_are_rows_of_a_file():
    people = people_of_csv("address_id,to,consented\na,x@example.com,true\nb,,\n")
    assert people["a"].to == "x@example.com" and people["a"].consented is True
    assert people["b"].to == "" and people["b"].consented is None
    twice = people_of_csv("address_id,opted_out,language\na,yes,hi\na,,mr\n")["a"]
    assert twice.opted_out and twice.language == "mr", "an opt-out is not lost in a second row"
    assert people_of_csv(" ") == people_of(None) == {}
    for wrong, said in (("to\nx", "address_id"), ("address_id,consented\na,perhaps", "'perhaps'"),
                        ("address_id,to\n,x", "row 1 has no")):  # fmt: skip
        with pytest.raises(InputError, match=said):
            people_of_csv(wrong)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"hook": "https://shop.example/n"}, "needs a secret"),
        ({"hook": "smtp://mail.example"}, "notices.sender"),
        ({"hook": "smtp+plain://u:p@mail.example", "sender": "a@b.example"}, "without TLS"),
        ({"hook": "https://shop.example:99999/n", "secret": "s"}, "port"),
        ({"hook": "https://[::1/n", "secret": "s"}, "no URL"),
    ],
)
def test_a_hook_that_lacks_something_says_what(settings, says):
    given = {f"notices.{name}": (value, "flag") for name, value in settings.items()}
    with pytest.raises(InputError, match=says):
        hook_of(Settings(given))


def test_the_hook_is_what_the_settings_name():
    def of(**settings):
        found = {f"notices.{name}": (value, "flag") for name, value in settings.items()}
        return hook_of(Settings(found))

    assert of() is None
    web = of(hook="https://u:pw@shop.example/n?k=1", secret="s", allow_hosts="a, b")
    assert isinstance(web.sender, WebhookSender) and web.by_id
    assert web.place == "https://shop.example/n" and web.sender.allow_hosts == {"a", "b"}
    mail = of(hook="smtp://me:p%40w@mail.example", sender="parcels@shop.example")
    assert isinstance(mail.sender, SmtpSender) and not mail.by_id and mail.sender.tls
    assert (mail.sender.port, mail.sender.password) == (587, "p@w")
    assert mail.place == "smtp://mail.example:587"
