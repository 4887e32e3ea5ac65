"""`chowk risk`: two files in, everybody's risk and the day's lists out."""

from __future__ import annotations

import io
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

CONTACTS = [("ann", "bob", 1, 2), ("bob", "cid", 3, 4), ("ann", "dee", 2, 1)]
TESTS = [("ann", 4, True), ("dee", 4, False)]


@pytest.fixture
def files(tmp_path):
    contacts, tests = tmp_path / "contacts.csv", tmp_path / "tests.csv"
    lines = ["person_a,person_b,day,count", *(",".join(map(str, row)) for row in CONTACTS)]
    contacts.write_text("\n".join(lines) + "\n")
    tests.write_text("person,day,positive\nann,4,true\ndee,4,false\n")
    return str(contacts), str(tests)


def test_json_lines_the_highest_risk_first(run, files):
    told = run("risk", *files, "--p0", "0.02", "--p1", "0.3")
    assert told.code == 0, told
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert {line["person"] for line in lines} == {"ann", "bob", "cid", "dee"}
    assert lines[0]["person"] == "ann"
    risks = [line["risk"] for line in lines]
    assert risks == sorted(risks, reverse=True)
    for line in lines:
        states = [line[name] for name in ("susceptible", "exposed", "infectious", "recovered")]
        assert sum(states) == pytest.approx(1.0, abs=1e-3)
        assert line["risk"] == pytest.approx(line["exposed"] + line["infectious"], abs=1e-3)


def test_one_object_with_lists_and_reasons(run, files):
    told = run("risk", *files, "--p0", "0.05", "--tests", "2", "--places", "1", "--json")
    assert told.code == 0, told
    assert (told.json["contacts"], told.json["tests"], told.json["days"]) == (3, 2, 5)
    actions = [line["action"] for line in told.json["advice"]]
    assert actions == ["test", "test", "quarantine"]
    assert "tested positive on day 4" in told.json["advice"][-1]["reason"]


def test_dates_parquet_and_maps(run, files, tmp_path):
    contacts, tests = tmp_path / "met.parquet", tmp_path / "found.jsonl"
    days = [f"2026-11-0{day + 1}" for _, _, day, _ in CONTACTS]
    pq.write_table(
        pa.table(
            {
                "a": [row[0] for row in CONTACTS],
                "b": [row[1] for row in CONTACTS],
                "day": pa.array(days).cast(pa.date32()),
                "count": [row[3] for row in CONTACTS],
            }
        ),
        contacts,
    )
    rows = [{"person": p, "day": f"2026-11-0{d + 1}", "positive": r} for p, d, r in TESTS]
    tests.write_text("".join(json.dumps(row) + "\n" for row in rows))
    maps = ("--map", "person_a=a", "--map", "person_b=b")
    told = run("risk", str(contacts), str(tests), *maps, "--json")
    plain = run("risk", *files, "--json")
    assert told.code == 0, told
    # Day 0 is the first date that came: nobody met before it, so a day falls away.
    assert told.json["days"] == plain.json["days"] - 1
    assert {line["date"] for line in told.json["people"]} == {"2026-11-05"}


def test_standard_input_and_pseudonyms(run, files, tmp_path, monkeypatch):
    text = "".join(
        json.dumps({"person": p, "day": d, "positive": r}) + "\n" for p, d, r in TESTS
    ).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    key = tmp_path / "key"
    key.write_bytes(b"0123456789abcdef0123456789abcdef")
    told = run(
        *("risk", files[0], "-", "--pseudonyms", str(key), "--tests", "4", "--places", "2"),
        *("--p0", "0.05", "--json"),
    )
    assert told.code == 0, told
    for name in ("ann", "bob", "cid", "dee"):
        assert f'"{name}"' not in told.out
        assert f" {name} " not in told.out + told.err
    assert all(line["person"].startswith("p_") for line in told.json["people"])


@pytest.mark.parametrize(
    ("contacts", "tests", "options", "code", "sentence"),
    [
        ("person_a,person_b,day\nann,ann,1\n", None, (), 2, "row 0: person_b must be somebody"),
        ("person_a,person_b,day\nann,bob,-1\n", None, (), 2, "row 0: day must be a day from 0"),
        (
            "person_a,person_b,day,count\nann,bob,1,two\n",
            None,
            (),
            2,
            "row 0: count must be a whole",
        ),
        ("person_a,person_b,day,minutes\nann,bob,1,-5\n", None, (), 2, "row 0: minutes must be"),
        ("t,a,b\n5,ann,ann\n", None, (), 2, "row 0: b must be another device than a"),
        ("person_a,day\nann,1\n", None, (), 2, "the column 'person_b' is missing"),
        ("person_a,person_b,when\nann,bob,1\n", None, (), 2, "Name it with --map day=COLUMN"),
        ("person_a,person_b,day\nann,bob,monday\n", None, (), 2, "numbers from 0, or dates"),
        ("person_a,person_b,day\nann,bob,2026-01-01\n", None, (), 2, "Give both alike"),
        (None, "person,day,positive\nann,1,maybe\n", (), 2, "tests: row 0: positive must be true"),
        (None, None, ("--p1", "2"), 2, "'p1' parameter"),
        (None, None, ("--day", "9"), 2, "a day from 0 to 4"),
        (None, None, ("--map", "nonsense"), 2, "column=COLUMN"),
    ],
)
def test_bad_files_give_one_sentence(run, files, contacts, tests, options, code, sentence):
    for path, text in zip(files, (contacts, tests), strict=True):
        if text is not None:
            with open(path, "w") as file:
                file.write(text)
    told = run("risk", *files, *options)
    assert told.code == code, told
    assert sentence in told.err
    assert len(told.err.strip().splitlines()) == 1


def test_a_file_that_is_not_there(run, files):
    told = run("risk", "nowhere.csv", files[1])
    assert told.code == 2
    assert "There is no file nowhere.csv" in told.err
    near = run("risk", files[0].replace("contacts", "contact"), files[1])
    assert (near.code, "Did you mean contacts.csv?" in near.err) == (2, True), near.err


def test_sources_retention_and_missing_phones(run, files):
    told = run("risk", *files, "--p0", "0.02", "--p1", "0.5", "--sources", "bob", "--json")
    by = {line["by"]: line["probability"] for line in told.json["sources"]}
    assert set(by) <= {"ann", "cid", "outside"} and by["ann"] > 0
    assert {line["infected"] for line in told.json["sources"]} == {"bob"}
    late = run("risk", *files, "--retention-days", "2", "--json")
    assert (late.json["days"], late.json["contacts"]) == (2, 1)
    missing = ("--missing", "0.5", "--prevalence", "0.5", "--p1", "0.5", "--sources", "cid")
    unseen = run("risk", *files, *missing, "--json")
    assert any(line["by"] == "unrecorded" for line in unseen.json["sources"])
    refused = run("risk", *files, "--missing", "1.5")
    assert refused.code == 2 and "share_missing" in refused.err


def test_raw_records_and_minutes_count_quarters_of_an_hour(run, tmp_path):
    records, tests = tmp_path / "records.csv", tmp_path / "tests.csv"
    # 2026-11-01 and the day after: 40 minutes, and one record that both phones wrote down.
    begin = 20_758 * 86_400
    rows = [f"{begin + 20 * k},ann,bob" for k in range(120)]
    rows += [f"{begin + 86_400 + 5},bob,cid", f"{begin + 86_400 + 5},cid,bob"]
    records.write_text("\n".join(["t,a,b", *rows]) + "\n")
    tests.write_text("person,day,positive\nann,2026-11-02,true\n")
    found = run("risk", str(records), str(tests), "--p1", "0.3", "--json").json
    assert (found["contacts"], found["days"], found["people"][0]["person"]) == (2, 2, "ann")
    assert found["people"][0]["date"] == "2026-11-02"
    minutes, counts = tmp_path / "minutes.csv", tmp_path / "counts.csv"
    minutes.write_text("person_a,person_b,day,minutes\nann,bob,0,40\nbob,cid,1,1\n")
    counts.write_text("person_a,person_b,day,count\nann,bob,0,3\nbob,cid,1,1\n")
    tests.write_text("person,day,positive\nann,1,true\n")
    said = [
        run("risk", str(path), str(tests), "--p1", "0.3", "--json").json["people"]
        for path in (minutes, counts, records)
    ]
    bare = [[(line["person"], line["risk"]) for line in lines] for lines in said]
    assert bare[0] == bare[1] == bare[2]
    wrong = run("risk", str(records), str(tests), "--every", "0")
    assert wrong.code == 2 and "every_seconds" in wrong.err


def test_who_joined_late_or_left_early(run, files, tmp_path):
    present = tmp_path / "present.csv"
    present.write_text("person,first_day,last_day\ncid,2,\nbob,,3\neve,1,2\nfay,9,12\n")
    told = run("risk", *files, "--present", str(present), "--json")
    assert told.code == 0, told
    # On the last day bob and eve are gone; fay comes after it, and nobody was there before day 2.
    assert {line["person"] for line in told.json["people"]} == {"ann", "cid", "dee"}
    assert told.json["away"] == 2
    early = run("risk", *files, "--present", str(present), "--day", "1", "--json")
    assert {line["person"] for line in early.json["people"]} == {"ann", "bob", "dee", "eve"}
    plain = run("risk", *files, "--json")
    assert plain.json["away"] == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("person,first_day\ncid,2\n", "present: the column 'last_day' is missing"),
        ("person,first_day,last_day\ncid,3,2\n", "row 0: last_day must be on or after"),
        ("person,first_day,last_day\ncid,2026-01-01,\n", "first_day must be numbers of days"),
        ("person,first_day,last_day\ncid,7,9\n", "is there on none of the 5 days"),
        ("person,first_day,last_day\ncid,0.5,2\n", "first_day must be whole numbers"),
        ("person,first_day,last_day\nbob,0,2\n", "'bob' was not there on day 3"),
        ("person,first_day,last_day\n,0,2\n", "row 0: person is missing"),
    ],
)
def test_a_presence_that_breaks_a_rule(run, files, tmp_path, text, sentence):
    present = tmp_path / "present.csv"
    present.write_text(text)
    told = run("risk", *files, "--present", str(present))
    assert told.code == 2
    assert sentence in told.err


def test_dates_of_presence_with_retention(run, tmp_path):
    contacts, tests, present = (tmp_path / name for name in ("c.csv", "t.csv", "p.csv"))
    contacts.write_text(
        "person_a,person_b,day\nann,bob,2026-01-01\nann,bob,2026-01-20\nann,cid,2026-01-25\n"
    )
    tests.write_text("person,day,positive\nann,2026-01-30,true\n")
    present.write_text("person,first_day,last_day\nbob,2026-01-01,2026-01-26\ncid,2026-01-22,\n")
    told = run(
        *("risk", str(contacts), str(tests), "--present", str(present)),
        *("--retention-days", "14", "--day", "9", "--json"),
    )
    assert told.code == 0, told
    # Day 0 is 17 January: day 9 is the 26th, bob's last.
    assert told.json["people"][0]["date"] == "2026-01-26"
    assert {line["person"] for line in told.json["people"]} == {"ann", "bob", "cid"}
    later = run(
        *("risk", str(contacts), str(tests), "--present", str(present)),
        *("--retention-days", "14", "--day", "10", "--json"),
    )
    assert {line["person"] for line in later.json["people"]} == {"ann", "cid"}


@pytest.mark.parametrize(("mark", "start"), [(";", b""), (";", b"\xef\xbb\xbf"), ("\t", b"")])
def test_a_spreadsheets_own_marks(run, files, tmp_path, mark, start):
    other = tmp_path / "c.csv"
    text = (tmp_path / "contacts.csv").read_text().replace(",", mark)
    other.write_bytes(start + text.encode())
    assert run("risk", str(other), files[1]).out == run("risk", *files).out != ""
