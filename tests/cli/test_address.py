"""`chowk address`: texts or a file in, a JSON line each out."""

from __future__ import annotations

import io
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

TEXTS = ["12, Baner, near SBI ATM, Pune 411045", "MG Road, Nashik 560003"]


def lines(said):
    return [json.loads(line) for line in said.out.splitlines()]


def test_texts_are_labelled_and_judged(run):
    said = run("address", *TEXTS)
    assert said.code == 0
    first, second = lines(said)
    assert {"value": "SBI ATM", "label": "LANDMARK", "start": 16, "end": 23,
            "relation": "near"} in first["parts"]  # fmt: skip
    assert first["score"] > second["score"]
    assert second["reasons"][0]["component"] == "pin"


def test_every_kind_of_file_gives_the_same(run, tmp_path, monkeypatch):
    expected = lines(run("address", *TEXTS))
    rows = [{"text": text} for text in TEXTS]
    (tmp_path / "a.txt").write_text("\n".join(TEXTS) + "\n")
    (tmp_path / "a.csv").write_text("text\n" + "".join(f'"{text}"\n' for text in TEXTS))
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    for name in ("a.txt", "a.csv", "a.jsonl", "a.parquet"):
        assert lines(run("address", tmp_path / name)) == expected, name
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(TEXTS) + "\n"))
    assert lines(run("address", "-")) == expected


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_a_sign_that_ends_lines_elsewhere_ends_none_here(run, tmp_path, name):
    text = "12, Baner\u2028Pune\x85411045"
    kinds = {"a.txt": text, "a.csv": f"text\n{text}", "a.jsonl": f'{{"text": "{text}"}}'}
    (tmp_path / name).write_text(kinds[name] + "\n", "utf-8")
    said = run("address", tmp_path / name, "--json")
    assert said.json == {"addresses": 1, "doubtful": said.json["doubtful"]}


def test_the_last_line_counts(run):
    assert run("address", *TEXTS, "--json").json == {"addresses": 2, "doubtful": 1}


def test_america_has_parts_and_no_score(run):
    (row,) = lines(run("address", "12 Main St, Springfield, IL 62704", "--country", "us"))
    assert "score" not in row
    assert {part["label"] for part in row["parts"]} >= {"AddressNumber", "ZipCode"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("a.csv", b"place\nx\n", "--column"), ("a.txt", b"\xff\xfe\xfa", "UTF-8")],
)
def test_a_file_without_addresses_is_refused_with_the_cure(run, tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    said = run("address", tmp_path / name)
    assert said.code != 0
    assert says in said.err


def test_one_command_learns_a_parser_of_ones_own(run, tmp_path):
    rows = [
        {"tokens": ["House", str(n), ",", "Ram", "Nagar", ",", "Pune"],
         "labels": ["B-DOOR", "I-DOOR", "O", "B-AREA", "I-AREA", "O", "B-TOWN"]}
        for n in range(30)
    ]  # fmt: skip
    rows += [{"text": f"Flat {n}, Sai Towers, Baner, Pune 411045"} for n in range(10)]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    said = run("address", "--learn", file, "--save", tmp_path / "own", "--json")
    assert (said.code, said.json["labelled"], said.json["weakly_labelled"]) == (0, 30, 10)
    assert {"DOOR", "AREA", "TOWN", "BUILDING"} <= set(said.json["labels"])
    (row,) = lines(run("address", "--model", tmp_path / "own", "House 7, Ram Nagar, Pune"))
    assert ("DOOR", "House 7") in {(part["label"], part["value"]) for part in row["parts"]}


def test_learning_needs_a_file_of_examples_and_a_folder(run, tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text("{}\n")
    assert run("address", "--learn", file).code == 2
    said = run("address", "--learn", file, "--save", tmp_path / "own")
    assert said.code != 0 and "neither 'tokens' and 'labels' nor 'text'" in said.err
