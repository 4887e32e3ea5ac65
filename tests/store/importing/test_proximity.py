"""Proximity logs and test results: contacts whose minutes are known by construction."""

import csv

import numpy as np
import pytest

import chowk
from chowk.errors import ImportFormatError
from chowk.store.importing.format import Options
from chowk.store.importing.run import import_files


@pytest.fixture
def store(tmp_path):
    with chowk.create(tmp_path / "place", {"time_zone": "Asia/Kolkata"}) as made:
        yield made


def written(path, header, rows):
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows([header, *rows])
    return path


def met(store):
    rows = store.arrow("contacts").to_pylist()
    return {(r["person_a"], r["person_b"], r["day"]): r for r in rows}


def test_stretches_of_a_pair_count_once_and_are_cut_at_midnight(store, tmp_path):
    midnight = 86_400
    log = written(
        tmp_path / "log.csv",
        ("who", "whom", "start", "end", "distance"),
        [
            ("ann", "bob", 600, 1200, 1.0),
            ("bob", "ann", 900, 1500, 2.0),  # the other phone's words on the same meeting
            ("ann", "bob", 3000, 3060, 1.0),
            ("bob", "cid", midnight - 120, midnight + 60, ""),
        ],
    )
    report = import_files(store, "proximity", [log])
    assert (report.accounts[0].rows_in, report.accounts[0].kept) == (4, 4)
    found = met(store)
    assert found["ann", "bob", 0]["minutes"] == pytest.approx(16)
    metres = (600 * 1 + 600 * 2 + 60) / 1260
    assert found["ann", "bob", 0]["metres"] == pytest.approx(metres)
    assert found["bob", "cid", 0]["minutes"] == pytest.approx(2)
    assert found["bob", "cid", 1]["minutes"] == pytest.approx(1)
    assert found["bob", "cid", 1]["metres"] is None
    assert len(found) == 3


def test_minutes_are_those_of_a_count_second_by_second(store, tmp_path):
    random = np.random.default_rng(1)
    rows, near = [], np.zeros((3, 2 * 86_400), dtype=bool)
    for _ in range(200):
        a, b = random.choice(3, 2, replace=False)
        start = int(random.integers(0, 2 * 86_400 - 9000))
        end = start + int(random.integers(1, 9000))
        rows.append((f"p{a}", f"p{b}", start, end))
        near[a + b - 1, start:end] = True
    import_files(
        store, "proximity", [written(tmp_path / "l.csv", ("a", "b", "start", "end"), rows)]
    )
    found = met(store)
    for pair, (a, b) in enumerate((("p0", "p1"), ("p0", "p2"), ("p1", "p2"))):
        for day in (0, 1):
            seconds = near[pair, day * 86_400 : (day + 1) * 86_400].sum()
            assert found[a, b, day]["minutes"] * 60 == pytest.approx(seconds, abs=0.01)


def test_records_of_a_moment_signals_and_the_stores_midnight(store, tmp_path):
    log = written(
        tmp_path / "phones.csv",
        ("timestamp", "device", "peer", "rssi"),
        [
            # 23:59 on 1 March and 00:01 on 2 March in Kolkata; 127: the phone could not measure.
            ("2024-03-01T18:29:00Z", "x", "y", -59),
            ("2024-03-01T18:29:20Z", "y", "x", -79),
            ("2024-03-01T18:31:00Z", "x", "y", 127),
        ],
    )
    report = import_files(store, "proximity", [log])
    assert any("a record stands for 20 s" in note for note in report.notes)
    found = met(store)
    assert found["x", "y", 19_783]["minutes"] == pytest.approx(40 / 60)
    assert found["x", "y", 19_783]["metres"] == pytest.approx(10**0.5, rel=1e-5)
    assert found["x", "y", 19_784]["metres"] is None


def test_a_doors_log_gives_those_who_were_inside_together(store, tmp_path):
    log = written(
        tmp_path / "doors.csv",
        ("badge", "room", "in", "out"),
        [
            ("ann", "canteen", 0, 1800),
            ("bob", "canteen", 1200, 3600),
            ("cid", "canteen", 3000, 3300),
            ("dee", "hall", 0, 3600),
            ("ann", "hall", 1800, 2400),
        ],
    )
    import_files(store, "proximity", [log])
    found = met(store)
    assert {key: round(row["minutes"], 3) for key, row in found.items()} == {
        ("ann", "bob", 0): 10,
        ("bob", "cid", 0): 5,
        ("ann", "dee", 0): 10,
    }
    assert all(row["indoors"] for row in found.values())


def test_rows_that_break_a_rule_stand_in_quarantine(store, tmp_path):
    log = written(
        tmp_path / "log.csv",
        ("a", "b", "start", "end"),
        [
            ("ann", "ann", 0, 60),
            ("ann", "bob", 60, 0),
            ("ann", "bob", 0, 200_000),
            ("ann", "", 0, 60),
            ("ann", "bob", -60, 60),
            ("ann", "bob", "soon", 60),
            ("ann", "bob", 0, 60),
        ],
    )
    with pytest.raises(ImportFormatError):  # 'soon' makes the column one of times
        import_files(store, "proximity", [log])
    with log.open(newline="") as handle:
        rows = [row for row in csv.reader(handle) if "soon" not in row][1:]
    report = import_files(store, "proximity", [written(log, ("a", "b", "start", "end"), rows)])
    assert (report.accounts[0].kept, report.accounts[0].quarantined) == (1, 5)
    with report.quarantine.open(newline="") as handle:
        said = [row["reason"] for row in csv.DictReader(handle)]
    assert said == [
        "other must be somebody else than person",
        "end lies before start; it must be on or after it",
        "end lies more than a day after start; give the true end",
        "other is empty; it must be given",
        "start is -60.0; it must be 0 or more",
    ]
    with pytest.raises(ImportFormatError, match=r"no column is the other \(or place\)"):
        import_files(store, "proximity", [written(log, ("a", "start"), [("ann", 1)])])


def test_results_count_the_same_days_as_logs(store, tmp_path):
    results = written(
        tmp_path / "lab.csv",
        ("person", "time", "result"),
        [
            ("x", "2024-03-01T18:40:00Z", "Positive"),
            ("y", "2024-03-01", "not detected"),
            ("y", "2024-03-02", "who knows"),
        ],
    )
    report = import_files(store, "test-results", [results])
    assert (report.accounts[0].kept, report.accounts[0].quarantined) == (2, 1)
    found = store.arrow("infection_tests").to_pylist()
    assert sorted((r["person"], r["day"], r["positive"]) for r in found) == [
        ("x", 19_784, True),
        ("y", 19_783, False),
    ]
    more = written(tmp_path / "own.csv", ("person", "day", "positive"), [("z", "3", "no")])
    import_files(store, "test-results", [more], Options())
    assert ("z", 3) in {(r["person"], r["day"]) for r in store.arrow("infection_tests").to_pylist()}


def test_the_same_log_again_adds_nothing(store, tmp_path):
    header = ("person", "other", "start", "end")
    day = 86_400
    morning = written(tmp_path / "am.csv", header, [("ann", "bob", 600, 660)])
    evening = written(tmp_path / "pm.csv", header, [("ann", "bob", 6000, 6060)])
    next_day = written(tmp_path / "next.csv", header, [("bob", "ann", day, day + 60)])
    import_files(store, "proximity", [morning])
    again = import_files(store, "proximity", [morning])
    assert store.rows("contacts") == 1
    assert again.accounts[0].already == 1
    assert again.accounts[0].tables == {"contacts": 0}
    # A copy under another name is the same file; beside it, what is new is added.
    copy = tmp_path / "copy.csv"
    copy.write_bytes(morning.read_bytes())
    both = import_files(store, "proximity", [copy, next_day])
    assert [account.already for account in both.accounts] == [1, 0]
    assert set(met(store)) == {("ann", "bob", 0), ("ann", "bob", 1)}
    assert store.rows("contacts") == 2
    # An equal row of another file is another meeting; that it may be the same one is said.
    told = import_files(store, "proximity", [evening]).notes
    assert any(note.startswith("pairs and days that the store holds already") for note in told)
    assert sum(row["minutes"] for row in store.arrow("contacts").to_pylist()) == 3


@pytest.mark.parametrize("name", ["test-results", "csv"])
def test_the_same_results_again_add_nothing_and_two_of_one_day_are_two(store, tmp_path, name):
    options = Options(table="infection_tests") if name == "csv" else Options()
    header = ("person", "day", "positive")
    first = written(tmp_path / "lab.csv", header, [("ann", 3, "true")] * 2)
    import_files(store, name, [first, first], options)
    again = import_files(store, name, [first], options)
    assert (store.rows("infection_tests"), again.accounts[0].already) == (2, 2)
    other = written(tmp_path / "b.csv", header, [("ann", 3, "true"), ("bob", 3, "false")])
    told = import_files(store, name, [other], options).notes
    assert store.rows("infection_tests") == 4
    assert [n for note, n in told.items() if note.startswith("results of a person and day")] == [1]


def test_contacts_that_break_a_rule_stand_in_quarantine(store, tmp_path):
    header = ("person_a", "person_b", "day", "count", "minutes")
    rows = [
        ("ann", "bob", 1, 2, 30),
        ("cid", "cid", 1, 1, 5),
        ("ann", "cid", 1, 1_000_000, 5),
        ("ann", "cid", 1, 1, -5),
        ("ann", "cid", -1, 1, 5),
        ("ann", "cid", 1, "nan", 5),
    ]
    table = written(tmp_path / "contacts.csv", header, rows)
    report = import_files(store, "csv", [table], Options(table="contacts"))
    assert (report.accounts[0].kept, report.accounts[0].quarantined) == (1, 5)
    told = list(csv.DictReader(report.quarantine.read_text().splitlines()))
    assert [row["line"] for row in told] == ["3", "4", "5", "6", "7"]
    assert told[0]["reason"] == "person_b is person_a; it must be somebody else"


def test_a_day_that_is_no_whole_number_is_no_day(store, tmp_path):
    found = written(
        tmp_path / "found.csv",
        ("who", "day", "result"),
        [("ann", 3, "positive"), ("bob", 3.5, "negative")],
    )
    import_files(store, "test-results", [found])
    rows = store.arrow(store["infection_tests"]).to_pylist()
    assert [(row["person"], row["day"]) for row in rows] == [("ann", 3)]
    [account] = store.manifest.accounts
    assert (account.rows_in, account.kept, account.quarantined) == (2, 1, 1)


def test_the_likeliest_of_several_usual_names_is_taken(store, tmp_path):
    log = written(
        tmp_path / "log.csv",
        ("id", "device", "peer", "t", "until"),
        [("row-1", "ann", "bob", 0, 600)],
    )
    import_files(store, "proximity", [log])
    assert set(met(store)) == {("ann", "bob", 0)}
