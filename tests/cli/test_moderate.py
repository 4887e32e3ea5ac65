"""`chowk moderate`: a file of messages in, what would be held and why out."""

from __future__ import annotations

import json

import pytest

TEXTS = ["what a lovely goal", "all muslims should die", "oh fuck, my keys"]


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "chat.txt"
    path.write_text("\n".join(TEXTS) + "\n", "utf-8")
    return path


def test_a_verdict_a_line(run, lines):
    told = run("moderate", str(lines))
    assert told.code == 0, told
    rows = [json.loads(line) for line in told.out.splitlines()]
    assert [row["decision"] for row in rows] == ["allow", "hold", "allow"]
    assert [row["text"] for row in rows] == TEXTS
    assert rows[1]["reasons"] and rows[1]["category"] == "race-ethnicity-religion"


def test_levels_and_terms(run, lines, tmp_path):
    terms = tmp_path / "terms.txt"
    terms.write_text("goal\n", "utf-8")
    told = run(
        "moderate",
        str(lines),
        "--set",
        "swearing=2",
        "--terms",
        str(terms),
        "--only-held",
        "--json",
    )
    assert told.code == 0, told
    assert told.json["held"] == 3
    assert told.json["categories"] == {"term": 1, "race-ethnicity-religion": 1, "swearing": 1}


def test_agreement_with_past_decisions(run, tmp_path):
    chat = tmp_path / "chat.csv"
    chat.write_text("id,text\n" + "".join(f'{i},"{t}"\n' for i, t in enumerate(TEXTS)), "utf-8")
    past = tmp_path / "past.csv"
    past.write_text("id,decision\n0,allow\n1,deny\n2,deny\n", "utf-8")
    told = run("moderate", str(chat), "--against", str(past), "--json")
    found = told.json["against"]
    assert found["compared"] == 3 and found["agreement"] == pytest.approx(2 / 3)
    assert found["recall"] == 0.5 and found["precision"] == 1.0
    held = [point["held"] for point in found["curve"]]
    assert held == sorted(held, reverse=True)


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("a.jsonl", '{"id": 1}\n', "no text"),
        ("a.jsonl", '{"id": \n', "not JSON"),
        ("a.txt", b"\xff\xfe\xff", "UTF-8"),
    ],
)
def test_files_that_cannot_be_read(run, tmp_path, name, body, says):
    path = tmp_path / name
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    told = run("moderate", str(path))
    assert told.code == 1 and says in told.err


def test_decisions_that_belong_to_nothing(run, lines, tmp_path):
    past = tmp_path / "past.csv"
    past.write_text("id,decision\nzz,allow\n", "utf-8")
    assert run("moderate", str(lines), "--against", str(past)).code == 2


@pytest.mark.parametrize("option", ["", "--against", "--terms"])
def test_a_file_that_is_not_there_is_told_with_the_nearest(run, lines, tmp_path, option):
    missing = str(tmp_path / "chat.tst")
    given = (missing,) if not option else (str(lines), option, missing)
    told = run("moderate", *given)
    assert told.code == 2, told
    assert f"There is no file {missing}" in told.err and "chat.txt" in told.err


def test_a_line_that_is_no_object(run, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "fine"}\n{"a": 1} 5\n', "utf-8")
    told = run("moderate", str(path))
    assert told.code == 1 and "Line 2" in told.err


def test_a_line_that_is_none_does_not_stop_the_others(run, tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [
        '{"id": "a", "text": "what a lovely goal"}',
        '{"id": "b", "text": ',
        '{"id": "c", "text": "all muslims should die"}',
        '{"id": "d"}',
        '{"id": "e", "text": ["x"]}',
        '{"id": "f", "text": "one line\u2028of two"}',
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    told = run("moderate", str(path), "--json")
    assert told.code == 1
    *verdicts, summary = [json.loads(line) for line in told.out.strip().split("\n")]
    assert [one["id"] for one in verdicts] == ["a", "c", "f"]
    assert (summary["rows_in"], summary["messages"], summary["quarantined"]) == (6, 3, 3)
    assert [one["line"] for one in summary["faults"]] == [2, 4, 5]
    assert "Line 2 of" in told.err and "Row 4 of" in told.err and "3 were left out" in told.err


@pytest.mark.parametrize(
    ("past", "says"),
    [("id,decision\n0,maybe\n", "'maybe'"), ("decision\nallow\n", "no decision on an id")],
)
def test_decisions_are_read_before_the_work(run, lines, tmp_path, past, says):
    path = tmp_path / "past.csv"
    path.write_text(past, "utf-8")
    told = run("moderate", str(lines), "--against", str(path))
    assert told.code != 0 and says in told.err
    assert told.out == ""  # nothing was judged for nothing


def test_the_band_follows_what_moderators_can_take(run, tmp_path):
    path = tmp_path / "chat.txt"
    path.write_text("\n".join(TEXTS + ["you are a sad little man"] * 5) + "\n", "utf-8")
    narrow = run("moderate", str(path), "--capacity", "1", "--json").json
    wide = run("moderate", str(path), "--capacity", "100", "--json").json
    assert narrow["held"] <= 1 and wide["band"] == 1.0
    assert narrow["band"] <= wide["band"] and narrow["held"] <= wide["held"]


def test_what_is_no_message_is_accounted_for(run, tmp_path):
    table = tmp_path / "a.csv"
    table.write_text("id,text\n1,\n2,fine\n3,  \n", "utf-8")
    told = run("moderate", str(table), "--json")
    assert told.code == 1 and "Row 1 of" in told.err and "empty text" in told.err
    *verdicts, summary = [json.loads(line) for line in told.out.strip().split("\n")]
    assert [one["id"] for one in verdicts] == ["2"]
    assert (summary["rows_in"], summary["messages"], summary["quarantined"]) == (3, 1, 2)
    lines = tmp_path / "a.jsonl"
    lines.write_text('[]\n{"text": 5}\n{"text": "fine"}\n"a word"\n{"text": ""}\n', "utf-8")
    told = run("moderate", str(lines), "--json")
    *verdicts, summary = [json.loads(line) for line in told.out.strip().split("\n")]
    assert [one["text"] for one in verdicts] == ["fine"]
    assert [one["line"] for one in summary["faults"]] == [1, 2, 4, 5]
    assert "Line 1 of" in told.err and "not an object" in told.err and "none (5)" in told.err
    plain = tmp_path / "a.txt"  # where any line is a text
    plain.write_text("[]\n", "utf-8")
    assert run("moderate", str(plain)).code == 0


@pytest.mark.parametrize(
    ("past", "says"),
    [
        ("text,said\nhi,allow\n", ("no column with the decision", "'text', 'said'")),
        ("text,decision\nhi\n", ("the decision ''",)),
        ("text,decision,text\nhi,allow,x\n", ("'text' more than once",)),
    ],
)
def test_a_column_that_is_missing_is_named_with_those_seen(run, lines, tmp_path, past, says):
    path = tmp_path / "past.csv"
    path.write_text(past, "utf-8")
    told = run("moderate", str(lines), "--against", str(path))
    assert told.code == 1 and all(one in told.err for one in says), told.err


@pytest.mark.parametrize("mark", [";", "|", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_table_is_read_with_the_mark_and_encoding_that_it_has(run, tmp_path, mark, encoding):
    table = tmp_path / "chat.csv"
    rows = (
        ["id", "text", "decision"],
        ["1", '"so schön; ja, doch"', "allow"],
        ["2", TEXTS[2], "deny"],
    )
    table.write_text("".join(mark.join(row) + "\r\n" for row in rows), encoding)
    told = run("moderate", str(table), "--against", str(table), "--json")
    assert told.code == 0, told
    first, _, summary = [json.loads(line) for line in told.out.strip().split("\n")]
    assert first["text"] == "so schön; ja, doch"
    assert (summary["messages"], summary["against"]["compared"]) == (2, 2)


def test_decisions_that_contradict_each_other_are_told(run, lines, tmp_path):
    past = tmp_path / "past.csv"
    rows = [f"{TEXTS[0]},deny", f"{TEXTS[1]},deny", f"{TEXTS[1]},deny", f"{TEXTS[0]},allow"]
    past.write_text("\n".join(["text,decision", *rows]) + "\n", "utf-8")
    told = run("moderate", str(lines), "--against", str(past))
    assert "1 of the ids and texts are both allowed and denied" in told.err
    assert "the last decision counts" in told.err
    found = run("moderate", str(lines), "--against", str(past), "--json").json["against"]
    assert (found["compared"], found["contradictory"], found["agreement"]) == (2, 1, 1.0)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_cell_of_any_length_and_every_line_end_are_read(run, tmp_path, end):
    chat = tmp_path / "chat.csv"
    rows = ["id,text", f"1,{'x' * 200_000}", "2,all muslims should die", ""]
    chat.write_text(end.join(rows), "utf-8", newline="")
    told = run("moderate", str(chat), "--json")
    assert (told.code, told.json["messages"], told.json["held"]) == (0, 2, 2)
