"""Delimited files: what csv.writer writes comes back, each row with its line; dirt is refused."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.errors import ImportFormatError
from chowk.store.importing import source
from chowk.store.importing.delimited import delimiter_of, header_of, read_delimited
from chowk.store.importing.source import encoding_of

cells = st.text(
    alphabet=st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\r"), max_size=12
)


def read(path, delimiter=None, batch=50_000):
    encoding = encoding_of(path)
    delimiter = delimiter or delimiter_of(path, encoding)
    return list(read_delimited(path, encoding, delimiter, batch=batch))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=20),
    st.sampled_from([",", ";", "\t", "|"]),
    st.integers(1, 7),
)
def test_what_was_written_is_read(tmp_path_factory, rows, delimiter, batch):
    path = tmp_path_factory.mktemp("d") / "x.csv"
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(("a", "b", "c"))
    starts = []
    for row in rows:
        starts.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    path.write_bytes(text.getvalue().encode())
    batches = read(path, batch=batch)
    found = [tuple(r[k] or "" for k in "abc") for b in batches for r in b.frame.to_pylist()]
    assert found == rows
    assert [n for b in batches for n in b.lines.to_pylist()] == starts
    assert not any(b.rejected for b in batches)


def test_each_kind_of_dirt_is_refused_with_its_line(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(
        b"a,b\n1,2\nshort\n3,4,5\nnull\0,x\n\xff\xfe,y\nz\xc3\xa9,ok\n"
        b'"open,6\n7,8\n9,"10"x\n\n11,12\n'
    )
    (batch,) = read(path)
    assert batch.frame.to_pylist() == [
        {"a": "1", "b": "2"},
        {"a": "zé", "b": "ok"},
        {"a": "7", "b": "8"},
        {"a": "11", "b": "12"},
    ]
    assert batch.lines.to_pylist() == [2, 7, 9, 12]
    assert [r.line for r in batch.rejected] == [3, 4, 5, 6, 8, 10]
    reasons = " | ".join(r.reason for r in batch.rejected)
    for word in ("1 fields", "3 fields", "null byte", "UTF-8", "cannot be split"):
        assert word in reasons


def test_a_line_beyond_the_limit_is_one_refused_row(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "MAX_LINE", 1000)
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n1," + b"x" * 5000 + b"\n2,3\n")
    (batch,) = read(path)
    assert batch.frame.to_pylist() == [{"a": "2", "b": "3"}]
    assert "5,003 bytes long" in batch.rejected[0].reason and batch.rejected[0].line == 2


def test_encodings(tmp_path):
    plain = "a,b\nCafé,naïve\n"
    for name in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        path = tmp_path / f"{name}.csv"
        path.write_bytes(plain.encode(name))
        assert read(path)[0].frame.to_pylist() == [{"a": "Café", "b": "naïve"}], name
    assert "Windows-1252" in encoding_of(tmp_path / "cp1252.csv").note


@pytest.mark.parametrize(
    ("content", "word"), [(b"", "0 bytes"), (b"\n\n", "no header"), (b"a,a\n1,2\n", "twice")]
)
def test_headers_that_cannot_be_used(tmp_path, content, word):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(ImportFormatError, match=word):
        header_of(path, encoding_of(path), ",")


def test_a_missing_file_names_its_neighbour(tmp_path):
    (tmp_path / "orders_2024.csv").write_text("a\n1\n")
    with pytest.raises(ImportFormatError, match=r"orders_2024\.csv"):
        encoding_of(tmp_path / "orders.csv")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_line_end_and_a_wide_file_without_a_mark_give_the_same_rows(tmp_path, end, name):
    text = 'product_id,title,price\np1,"Lamp, red",9\np2,दीपक\u2028लाल,8\n'
    path = tmp_path / "p.csv"
    path.write_bytes(text.replace("\n", end).encode(name))
    encoding = encoding_of(path)
    mark = delimiter_of(path, encoding)
    (batch,) = read_delimited(path, encoding, mark)
    assert not batch.rejected
    assert batch.frame.to_pylist() == [
        {"product_id": "p1", "title": "Lamp, red", "price": "9"},
        {"product_id": "p2", "title": "दीपक\u2028लाल", "price": "8"},
    ]
    assert batch.lines.to_pylist() == [2, 3]
    assert ("UTF-16" in encoding.note) == (name in ("utf-16-le", "utf-16-be"))


def test_a_header_that_cannot_be_split_is_told_in_a_sentence(tmp_path):
    path = tmp_path / "p.csv"
    path.write_bytes(b"product_id,ti\rtle,price\np1,Lamp,9\n")
    for read in (delimiter_of, lambda *given: header_of(*given, ",")):
        with pytest.raises(ImportFormatError, match=r"p\.csv, line 1: .*carriage return"):
            read(path, encoding_of(path))
