"""Files and options that break a rule: one sentence with place and cure, and nothing written."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import chowk

HEADER = "product_id,title,price,currency,created_at\n"
ROW = "a,Lamp,3,EUR,2024-01-01\n"
MANY = HEADER + "".join(f"z{n},Lamp {n},{n},EUR,2024-01-01\n" for n in range(9000))
PACKED = gzip.compress(MANY.encode())
LATIN = "m2,Café,3,EUR,2024-01-01\n".encode("cp1252")


def workbook() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", "x")
    return made.getvalue()


def damaged_parquet() -> bytes:
    made = io.BytesIO()
    ids = [f"w{n}" for n in range(9_000)]
    frame = pa.table({"product_id": ids, "title": ids})
    pq.write_table(frame, made, row_group_size=1_000)
    content = bytearray(made.getvalue())
    content[2_000:2_100] = b"z" * 100
    return bytes(content)


#: name → (file name, content, further words, what the sentence holds, in this order)
FILES: dict[str, tuple[str, bytes, tuple[str, ...], tuple[str, ...]]] = {
    "empty": ("f.csv", b"", (), ("f.csv is empty (0 bytes)", "Export it again")),
    "header only": ("f.csv", HEADER.encode(), (), ("f.csv has a header and no rows",)),
    "blank": ("f.csv", b"\n \n", (), ("f.csv holds no header line",)),
    "delimiter": (
        "f.csv", (HEADER + ROW).encode(), ("--delimiter", ";"),
        ("no column is 'product_id'", "--delimiter", "--map product_id=COLUMN"),
    ),
    "negative price": (
        "f.csv", (HEADER + "n1,Lamp,-3,EUR,2024-01-01\n").encode(), (),
        ("Nothing could be kept", "f.csv, line 2: price is -3", "it must be 0 or more"),
    ),
    "currency": (
        "f.csv", (HEADER + "n1,Lamp,3,EURO,2024-01-01\n").encode(), (),
        ("f.csv, line 2: currency: 'EURO' is not an ISO 4217 currency code",),
    ),
    "null byte": (
        "f.csv", (HEADER + "q1,La\0mp,3,EUR,2024-01-01\n").encode(), (),
        ("f.csv, line 2: the line holds a null byte; remove it",),
    ),
    "column twice": (
        "f.csv", b"product_id,title,title\n1,2,3\n", (),
        ("f.csv, line 1: the column 'title' stands twice", "Rename one"),
    ),
    "three date formats": (
        "f.csv",
        (HEADER + "d1,L,3,EUR,2024-01-13\nd2,L,3,EUR,13/01/2024\nd3,L,3,EUR,01/13/2024\n").encode(),
        ("--strict",),
        ("1 of 3 rows cannot be kept", "f.csv, line 4: created_at: '01/13/2024'", "day first"),
    ),
    "id twice": (
        "f.csv", (HEADER + ROW + "a,Oil,4,EUR,2024-01-01\n").encode(), ("--strict",),
        ("f.csv, line 3: product_id 'a' is already used at line 2", "its own id"),
    ),
    "encodings": (
        "f.csv", (HEADER + "m1,Café,3,EUR,2024-01-01\n").encode() + LATIN,
        ("--strict",), ("f.csv, line 3: byte 7 is not UTF-8", "in one encoding"),
    ),
    "quote": (
        "f.csv", (HEADER + 'k1,"Lamp,3,EUR,2024-01-01\n').encode(), (),
        ("f.csv, line 2: the row cannot be split: a quote is not closed",),
    ),
    "workbook": ("f.xlsx", workbook(), (), ("f.xlsx is an Excel workbook", "as CSV")),
    "old workbook": ("f.xls", b"\xd0\xcf\x11\xe0" * 9, (), ("f.xls is an old Excel workbook",)),
    "packed": ("f.csv", PACKED, (), ("f.csv is packed with gzip", ".gz")),
    "not packed": ("f.csv.gz", ROW.encode(), (), ("f.csv.gz is not a whole gzip file",)),
    "cut off": ("f.csv.gz", PACKED[:-3000], (), ("f.csv.gz is not a whole gzip file",)),
    "mapped to nothing": (
        "f.csv", (HEADER + ROW).encode(), ("--map", "title=Nome"),
        ("--map title=Nome: there is no column 'Nome'", "product_id, title"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file(name: str, store: Path, refused: Callable[..., str]) -> None:
    file, content, more, said = FILES[name]
    (store.parent / file).write_bytes(content)
    code = 2 if "--map" in more else 1  # a column that was named and is not there
    sentence = refused("import", "s", "csv", file, "--table", "products", *more, code=code)
    place = 0
    for part in said:
        place = sentence.find(part, place)
        assert place >= 0, (part, sentence)


def test_files_that_are_not_there(store: Path, refused: Callable[..., str]) -> None:
    (store.parent / "orders.csv").write_text(HEADER + ROW)
    table = ("--table", "products")
    assert "There is no file none.csv" in refused("import", "s", "csv", "none.csv", *table, code=2)
    near = refused("import", "s", "csv", "order.csv", *table, code=2)
    assert near == "There is no file order.csv. Did you mean orders.csv?"
    assert "s is a folder; name the file" in refused("import", "s", "csv", "s", *table, code=2)
    # One of several that is not there: none is imported.
    assert "none.csv" in refused("import", "s", "csv", "orders.csv", "none.csv", *table, code=2)


@pytest.mark.parametrize(
    ("format_name", "content", "said"),
    [
        ("parquet", b"a,b\n1,2\n", "is not a Parquet file"),
        ("parquet", damaged_parquet(), "is damaged after row"),
        ("jsonl", (HEADER + ROW).encode(), "holds no JSON lines: line 1 cannot be used"),
        ("jsonl", b'{"a":' * 20_000, "holds no JSON lines: line 1 cannot be used"),
        (
            "order-lines",
            (HEADER + ROW).encode(),
            "no column is the order. Say which one with --map",
        ),
        ("merchant-center", b"<?xml version='1.0'?><rss><channel><item>", "not well-formed XML"),
        ("merchant-center", (HEADER + ROW).encode(), "is not a Merchant Center feed"),
        ("shopify", (HEADER + ROW).encode(), "is not a Shopify product CSV"),
        ("jsonld", (HEADER + ROW).encode(), "is not JSON-LD"),
        ("ga4", (HEADER + ROW).encode(), "is not a GA4 export"),
        ("segment", (HEADER + ROW).encode(), "is not a file of Segment messages"),
        ("ubi", (HEADER + ROW).encode(), "is not a UBI log"),
    ],
)
def test_a_file_of_another_format(
    format_name: str, content: bytes, said: str, store: Path, refused: Callable[..., str]
) -> None:
    (store.parent / "f").write_bytes(content)
    table = ("--table", "products") if format_name in ("parquet", "jsonl") else ()
    assert said in refused("import", "s", format_name, "f", *table, code=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("csv", "f.csv", "--table", "products", "--map", "titel=title"), "has no column 'titel'"),
        (("csv", "f.csv", "--table", "products", "--map", "title"), "must look like column=COLUMN"),
        (
            ("csv", "f.csv", "--table", "products", "--map", "=title"),
            "must look like column=COLUMN",
        ),
        (
            ("csv", "f.csv", "--table", "products", "--map", "title="),
            "must look like column=COLUMN",
        ),
        (("csv", "f.csv", "--table", "products", "--map", "title=title", "title=price"), "twice"),
        (("csv", "f.csv", "--table", "products", "--map", "price=title,price"), "only category"),
        (("csv", "f.csv", "--table", "products", "--map"), "'--map' requires an argument"),
        (("csv", "f.csv", "--table", "products", "--delimiter", ";;"), "must be one character"),
        (("csv", "f.csv", "--table", "products", "--dates", "ymd"), "'ymd' is not one of"),
        (("csv", "f.csv", "--table", "produkts"), "There is no table 'produkts'. Tables are:"),
        (("csv", "f.csv"), "needs --table"),
        (
            ("csv", "f.csv", "--table", "products", "--encoding", "klingon"),
            "There is no encoding 'klingon'",
        ),
        (("xlsx", "f.csv"), "There is no format 'xlsx'. Formats are:"),
        (("csv",), "Missing argument 'FILES...'"),
        (("csv", "f.csv", "--table", "products", "--fast"), "No such option '--fast'"),
    ],
)
def test_a_wrong_use_of_import(
    words: tuple[str, ...], said: str, store: Path, refused: Callable[..., str]
) -> None:
    (store.parent / "f.csv").write_text(HEADER + ROW)
    assert said in refused("import", "s", *words, code=2)


def test_html_and_emoji_in_a_title_are_kept_as_text(
    store: Path, run: Callable[..., object]
) -> None:
    title = '"<b>Lamp</b> &amp; <script>alert(1)</script>oil 🪔"'
    (store.parent / "f.csv").write_text(f"{HEADER}h1,{title},3,EUR,2024-01-01\n")
    said = run("import", "s", "csv", "f.csv", "--table", "products", "--json")
    assert said.code == 0 and said.json["tables"]["f.csv"]["kept"] == 1
    assert said.json["notes"] == {"title: HTML was turned into plain text": 1}
    with chowk.open(store) as opened:
        titles = {r["product_id"]: r["title"] for r in opened.arrow("products").to_pylist()}
    assert titles["h1"] == "Lamp & oil 🪔"


LONG = """
import resource, sys
from chowk.cli import main
import duckdb, pyarrow.parquet
import chowk.store.importing.run

def peak():
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / 2**20 if sys.platform == "darwin" else used / 2**10

before = peak()
try:
    main(sys.argv[1:])
except SystemExit as ended:
    code = ended.code
print("MIB", peak() - before, "CODE", code)
"""


@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_line_of_100_mb_is_refused_in_bounded_memory(store: Path, end: bytes) -> None:
    file = store.parent / "long.csv"
    with file.open("wb") as out:
        out.write((HEADER + ROW).encode() + b"long,")
        for _ in range(100):
            out.write(b"x" * 2**20)
        out.write(end + (b"b,Oil,3,EUR,2024-01-01\n" if end else b""))
    words = ["import", str(store), "csv", str(file), "--table", "products", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LONG), *words], capture_output=True, text=True
    )
    assert done.stderr == ""
    *_, told, measured = done.stdout.splitlines()
    _, used, _, code = measured.split()
    assert code == "0" and float(used) < 400, measured
    kept = 2 if end else 1
    assert f'"rows_in":{kept + 1},"kept":{kept},"quarantined":1' in told
    (quarantine,) = (store / "quarantine").iterdir()
    line = quarantine.read_text().splitlines()[1]
    assert line.startswith("long.csv,3,") and "the limit is 8,388,608" in line
    assert quarantine.stat().st_size < 10_000
