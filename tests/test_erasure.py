"""After an erasure the id stands nowhere in the store's folder, and sums are what they were."""

from __future__ import annotations

import csv
import os
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import chowk
from chowk.build import build
from chowk.desk import Desk
from chowk.erasure import erase
from chowk.journal import Entry, Journal, fold
from chowk.store.check import audit
from chowk.store.importing.format import Options
from chowk.store.importing.run import import_files
from chowk.store.store import Store
from chowk.store.transaction import collect
from small_store import small_store

#: An id that is no part of any other text, and one that CSV and JSON write in their own way.
PLAIN, ODD = "cust-Ωmega-77", 'O\'Brien, "Zoë"\\x'
NEIGHBOUR = f"{PLAIN}8"  # begins with the id, and is somebody else
AT = datetime(2024, 6, 20, 12, tzinfo=UTC)


def purchase(event: str, customer: str, **more: object) -> dict[str, object]:
    return {
        "event_id": event,
        "ts": AT,
        "session_id": f"s-{event}",
        "order_id": f"o-{event}",
        "kind": "purchase",
        "customer_id": customer,
        "product_id": "mug-red",
        "quantity": 2.0,
        "price": Decimal("12.5"),
        "currency": "EUR",
        **more,
    }


@pytest.fixture(scope="module", params=[PLAIN, ODD], ids=["plain", "odd"])
def person(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def shop(known: Path, tmp_path: Path) -> Path:
    """A copy of `known`."""
    shutil.copytree(known, tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory, person: str) -> Path:
    """A store in which the person stands in every place that names persons."""
    path = tmp_path_factory.mktemp("known") / "shop"
    lines = path.with_name("lines.csv")
    with lines.open("w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle)
        out.writerow(["event_id", "ts", "session_id", "kind", "customer_id"])
        out.writerow(["good", "2024-06-20T10:00:00Z", "s", "view_item", person])
        out.writerow(["bad", "yesterday", "s", "view_item", person])
        out.writerow(["bad2", "yesterday", "s", "view_item", NEIGHBOUR])
    with small_store(path, orders=60, days=12) as store:
        for name in (person, NEIGHBOUR):
            store.write("customers", [{"customer_id": name}])
            tag = "1" if name == person else "2"
            store.write("events", [purchase(f"bought{tag}", name, query=f"for {name}")])
            touch = {"ts": AT, "customer_id": name, "channel": "mail"}
            store.write("touches", [touch])
            review = {"review_id": f"r{tag}", "product_id": "mug-red", "text": "Fine"}
            store.write("reviews", [{**review, "customer_id": name}])
            said = {"message_id": f"m{tag}", "ts": AT, "channel_id": "c", "text": "Hello"}
            store.write("messages", [{**said, "author_id": name}])
            store.write("infection_tests", [{"person": name, "day": 3, "positive": False}])
            pair = (
                {"person_a": name, "person_b": "somebody"}
                if name == person
                else {"person_a": "somebody", "person_b": name}
            )
            store.write("contacts", [{**pair, "day": 1}])
        store.write("contacts", [{"person_a": "x", "person_b": person, "day": 2}])
        store.write("customers", [{"customer_id": person, "created_at": AT}])
        import_files(store, "csv", [lines], Options(table="events"))
        build(store)
        with Journal.of(store) as journal:
            rows = [{**purchase("live1", person), "price": "12.5", "ts": AT.isoformat()}]
            journal.append([Entry.checked("event", row) for row in rows])
            # A change that cannot be folded is quarantined, with what it says.
            named = {"product_id": "no-such", "description": f"made for {person}"}
            journal.append([Entry.checked("product", named)])
        build(store)
        with Journal.of(store) as journal:
            journal.prune(store.manifest.journal, timedelta(seconds=-1))  # as days later
            row = {**purchase("live2", person), "price": "12.5", "ts": AT.isoformat()}
            journal.append([Entry.checked("event", row)])
        audit(store)
    with Desk.open(path / "desk.db") as desk:
        desk.create_key("shop front", "shop", actor="cli")
    return path


def spellings(person: str) -> list[bytes]:
    """The id as text, CSV and JSON write it."""
    json = person.replace("\\", "\\\\").replace('"', '\\"')
    ascii_json = json.encode("ascii", "backslashreplace").decode()
    ascii_json = re.sub(r"\\x([0-9a-f]{2})", r"\\u00\1", ascii_json) if person == PLAIN else json
    return [text.encode() for text in {person, person.replace('"', '""'), json, ascii_json}]


def places(path: Path, person: str) -> list[str]:
    """Every file whose bytes, or whose decoded values, hold the id (and not a longer one)."""
    found = []
    for file in sorted(path.rglob("*")):
        if not file.is_file():
            continue
        texts = [file.read_bytes()]
        if file.suffix == ".parquet":
            texts.append("\n".join(map(str, pq.read_table(file).to_pylist())).encode())
            texts += [
                str(v).encode() for row in pq.read_table(file).to_pylist() for v in row.values()
            ]
        elif file.suffix == ".csv":
            csv.field_size_limit(1 << 24)
            with file.open(newline="", encoding="utf-8") as handle:
                texts.append("\n".join(c for row in csv.reader(handle) for c in row).encode())
        elif file.suffix == ".db" and texts[0].startswith(b"SQLite"):
            with closing(sqlite3.connect(file)) as sql:
                texts.append("\n".join(sql.iterdump()).encode())
        for text in texts:
            if any(re.search(re.escape(s) + rb"(?![0-9])", text) for s in spellings(person)):
                found.append(str(file.relative_to(path)))
                break
    return found


def sold(store: Store) -> tuple[int, Decimal]:
    rows = [r for r in store.arrow("events").to_pylist() if r["kind"] == "purchase"]
    money = sum((Decimal(str(r["quantity"])) * r["price"] for r in rows), Decimal(0))
    return len(rows), money


def test_the_id_stands_nowhere_after_it_is_erased(shop: Path, person: str) -> None:
    before = places(shop, person)
    for part in ("tables/customers", "tables/events", "tables/touches", "tables/reviews",
                 "tables/messages", "tables/contacts", "tables/infection_tests",
                 "quarantine/2", "quarantine/journal-", "journal.db", "audit.json"):  # fmt: skip
        assert any(place.startswith(part) for place in before), part
    with chowk.open(shop) as store:
        revenue, rows = sold(store), {name: store.rows(name) for name in store.tables()}
        counts = erase(store, person)
    assert places(shop, person) == []
    assert counts == {
        "customers": 1, "events": 3, "touches": 1, "reviews": 1, "quarantine": 2, "journal": 1,
        "messages": 1, "contacts": 2, "infection_tests": 1, "desk": 0,
    }  # fmt: skip
    with chowk.open(shop) as store:
        assert sold(store) == revenue
        left = {name: store.rows(name) for name in store.tables()}
        gone = {"customers": 1, "touches": 1, "messages": 1, "contacts": 2, "infection_tests": 1}
        assert left == {name: n - gone.get(name, 0) for name, n in rows.items()}
        events = {r["event_id"]: r for r in store.arrow("events").to_pylist()}
        assert events["bought1"]["customer_id"] is events["bought1"]["query"] is None
        assert events["bought1"]["price"] == Decimal("12.5")
        # Somebody else, whose id begins the same, is left alone.
        assert events["bought2"]["customer_id"] == NEIGHBOUR
        assert events["bought2"]["query"] == f"for {NEIGHBOUR}"
        assert store.rows("customers") == 1
        assert audit(store).ok
        # What waited in the journal does not bring it back.
        build(store)
        assert {"live1", "live2"} <= set(store.arrow("events")["event_id"].to_pylist())
    assert places(shop, person) == []
    assert places(shop, NEIGHBOUR) != []
    with Desk.open(shop / "desk.db") as desk:
        assert desk.verify_audit() > 0


def test_an_erasure_that_was_killed_after_its_commit_is_finished_by_the_next(
    shop: Path, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import chowk.erasure as erasure

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, chowk.open(shop) as store:
        patch.setattr(erasure, "_forget_versions", die)
        with pytest.raises(KeyboardInterrupt):
            erase(store, person)
    assert any(place.startswith("tables/") for place in places(shop, person))
    with chowk.open(shop) as store:
        erase(store, person)
    assert places(shop, person) == []


def test_what_a_killed_import_left_is_erased_too(shop: Path, person: str) -> None:
    events = sorted((shop / "tables" / "events").rglob("*.parquet"))[-1]
    dead = shop / ".staging" / "import-abcdef012345"
    dead.mkdir(parents=True)
    (dead / ".held").touch()  # and nobody holds it
    shutil.copy(events, dead / "events-0.parquet")
    (dead / "quarantine.csv").write_text(person, encoding="utf-8")
    folder = shop / "tables" / "events" / "000099-aaaaaa"
    folder.mkdir()
    shutil.copy(events, folder / "part-2024-06-20-0.parquet")
    os.truncate(folder / "part-2024-06-20-0.parquet", 300)
    with chowk.open(shop) as store:
        erase(store, person)
    assert not dead.exists() and not folder.exists()


def test_versions_that_do_not_hold_the_id_stay(shop: Path) -> None:
    with chowk.open(shop) as store:
        before = {str(p) for p in (shop / "tables").glob("*/*")}
        assert not any(erase(store, "nobody").values())
        assert {str(p) for p in (shop / "tables").glob("*/*")} == before
        collect(store, [])


def visits(store: Store) -> dict[str, str]:
    return {r["event_id"]: r["session_id"] for r in store.arrow("events").to_pylist()}


def test_a_visit_that_was_named_after_the_person_keeps_its_rows_and_loses_the_name(
    tmp_path: Path, person: str
) -> None:
    day = f"{person}.2024-06-20"
    rows = [
        ("mine", day, person, None), ("guest", day, None, None), ("bare", person, None, None),
        ("order", "o-1", person, "o-1"), ("number", person, "x", person),
        ("pseudonym", "ps.7", person, None), ("before", "ps.7", "ps", None),
        ("theirs", f"{NEIGHBOUR}.2024-06-20", NEIGHBOUR, None),
        ("longer", f"{person}.smith.2024-06-20", f"{person}.smith", None),
    ]  # fmt: skip
    with chowk.create(tmp_path / "shop") as store:
        kept = [
            {"event_id": e, "ts": AT, "session_id": s, "customer_id": c, "order_id": o,
             "kind": "view_item", "query": "lamp"}
            for e, s, c, o in rows
        ]  # fmt: skip
        store.write("events", kept)
        before = visits(store)
        assert erase(store, person)["events"] == 5
        after = visits(store)
        changed = {event for event in after if after[event] != before[event]}
        assert changed == {"mine", "guest", "bare", "pseudonym", "before"}
        assert after["mine"] == after["guest"] != after["bare"]
        assert after["pseudonym"] == after["before"] and "ps" not in after["before"]
        who = {r["event_id"]: r["customer_id"] for r in store.arrow("events").to_pylist()}
        assert (who["mine"], who["before"], who["theirs"]) == (None, "ps", NEIGHBOUR)
        assert not any(erase(store, person).values())
        collect(store, [])


def test_page_requests_of_the_persons_visits_lose_their_names(tmp_path: Path, person: str) -> None:
    day = f"{person}.2024-06-20"
    rows = [("mine", day, person, None), ("pseudonym", "ps.7", person, None),
            ("theirs", "s-9", NEIGHBOUR, None), ("order", "o-1", person, "o-1")]  # fmt: skip
    asked = [day, f"{person}.2024-06-21", person, "ps.7", "ps.7", "s-9", "o-1",
             f"{NEIGHBOUR}.2024-06-20"]  # fmt: skip
    with chowk.create(tmp_path / "shop") as store:
        store.write("requests", [{"ts": AT, "session_id": "s-9"}])  # a version that stays behind
        store.write("events", [
            {"event_id": e, "ts": AT, "session_id": s, "customer_id": c, "order_id": o,
             "kind": "view_item"}
            for e, s, c, o in rows
        ])  # fmt: skip
        store.write("requests", [
            {"ts": AT + timedelta(seconds=n), "session_id": s, "duration_ms": 5.0}
            for n, s in enumerate(asked)
        ], "replace")  # fmt: skip
        assert erase(store, person)["requests"] == 5
        after = {r["event_id"]: r["session_id"] for r in store.arrow("events").to_pylist()}
        found = sorted(store.arrow("requests").to_pylist(), key=lambda row: row["ts"])
        names = [row["session_id"] for row in found]
        assert names[0] == after["mine"] and names[3] == names[4] == after["pseudonym"]
        assert names[5:] == ["s-9", "o-1", f"{NEIGHBOUR}.2024-06-20"]
        assert len(set(names[:4])) == 4 and all(n.startswith("erased-") for n in names[:5])
        assert {row["duration_ms"] for row in found} == {5.0}
        assert not any(erase(store, person).values())
    old = [
        pq.read_table(f).to_pylist() for f in (tmp_path / "shop/tables/requests").rglob("*.parquet")
    ]
    assert not {"ps.7", day, person} & {row["session_id"] for rows in old for row in rows}


def test_a_quarantined_change_of_any_length_is_erased(tmp_path: Path, person: str) -> None:
    long = dict.fromkeys(("description", "category", "image"), "x" * 60000)
    change_of_none = {"product_id": "no-such", "brand": f"made for {person}", **long}
    with chowk.create(tmp_path / "shop") as store:
        with Journal.of(store) as journal:
            journal.append([Entry.checked("product", change_of_none)])
            with store.transaction() as change:
                fold(change, journal, store.manifest.journal)
            journal.prune(store.manifest.journal, timedelta(seconds=-1))
        assert any(place.startswith("quarantine") for place in places(tmp_path / "shop", person))
        assert erase(store, person)["quarantine"] == 1
    assert places(tmp_path / "shop", person) == []


def test_what_waits_at_the_desk_is_erased_too(shop, person):
    with Desk.open(shop / "desk.db") as desk:
        desk.queue.propose(
            "message",
            "message:m1",
            payload_version="1",
            payload={"text": f"I am {person}"},
            party=person,
        )
        about = f"author:{person}"
        desk.records.remark("strike", about, {"of": person}, queue="lobby", actor="cli")
    with chowk.open(shop) as store:
        assert erase(store, person)["desk"] == 2
    with Desk.open(shop / "desk.db") as desk:
        (item,) = desk.queue.items()
        assert (item.state, item.payload, item.party) == ("expired", None, None)
        assert desk.verify_audit() > 0
    for path in shop.glob("desk.db*"):
        assert person.encode() not in path.read_bytes()
