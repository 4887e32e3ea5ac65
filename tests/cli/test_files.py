"""Files that commands are given: read in any mark and encoding, or refused in a sentence."""

from __future__ import annotations

import pytest

from chowk.cli.files import table_rows
from chowk.errors import ImportFormatError


@pytest.mark.parametrize(
    ("name", "data", "rows"),
    [
        ("a.csv", "\ufeffid;to\na1;x\n".encode(), [{"id": "a1", "to": "x"}]),
        ("a.csv", "id,to\r\na1,é\r\n".encode("utf-16"), [{"id": "a1", "to": "é"}]),
        ("a.csv", "id;kg\na1;1,5\n".encode("cp1252"), [{"id": "a1", "kg": "1,5"}]),
        ("a.csv", b'id,to\na1,"x\ny"\n', [{"id": "a1", "to": "x\ny"}]),
        ("a.TSV", b"id\tto\na1\tx,y;z\n", [{"id": "a1", "to": "x,y;z"}]),
        ("a.JSONL", b'{"id": 1}\n\n', [{"id": 1}]),
        ("a.csv", b"id,to\na2,\n", [{"id": "a2", "to": None}]),
        ("a.csv", b"id,to\n", []),
    ],
)  # fmt: skip
def test_a_table_is_read_as_it_was_written(tmp_path, name, data, rows):
    file = tmp_path / name
    file.write_bytes(data)
    assert table_rows(file) == rows


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"id,to\na1,x,y\n", "Row 1 of .* not as many fields"),
        ("a.csv", b"id,to\na1,x\na2\n", "Row 2 of .* not as many fields"),
        ("a.csv", b"id,to\na\x001,x\n", "line 2: .* null byte"),
        ("a.csv", b"id,to, id\na1,x,y\n", "'id' more than once"),
        ("a.parquet", b"id,to\n", "cannot be read as Parquet"),
        ("a.jsonl", b'{"id": 1}\n[1]\n', "Line 2 of .* is not an object"),
        ("a.jsonl", b"{\n", "Line 1 of .* is not JSON"),
    ],
)
def test_what_is_no_table_is_said_with_its_place(tmp_path, name, data, says):
    file = tmp_path / name
    file.write_bytes(data)
    with pytest.raises(ImportFormatError, match=says):
        table_rows(file)
