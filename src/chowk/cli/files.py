"""Files that a command is given: found or refused in one sentence, read as text or as rows.

A name comes in (`-` for standard input); text, or one mapping a row, comes out. What is not there
is wrong usage, what cannot be read as what it is called is a fault of the file.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from chowk.errors import ImportFormatError, InputError, MissingFileError
from chowk.store.importing.source import existing

#: A single word that ends like this is meant as a file, there or not.
_NAMED = re.compile(r"\S+\.(csv|tsv|jsonl|ndjson|parquet|json|txt)(\.gz)?", re.IGNORECASE)

#: Characters of one cell; longer than csv reads unasked.
_LONGEST_CELL = 64 << 20


def given(*files: Path | None) -> None:
    """MissingFileError for the first of these that is neither there nor standard input.

    A command calls it first, so that a typing error is told before a model is loaded.
    """
    for file in files:
        if file is not None and str(file) != "-":
            existing(file)


def folder(path: Path | None) -> None:
    """MissingFileError when a folder that was named is not there."""
    if path is not None and not path.is_dir():
        raise MissingFileError(f"There is no folder {path}. Check the path.")


def place(file: Path | None) -> None:
    """InputError when a file that is to be written has no folder, or is one: a typing error makes
    neither.
    """
    if file is not None and not file.parent.is_dir():
        raise InputError(f"There is no folder {file.parent}. Make it first, or choose another.")
    if file is not None and file.is_dir():
        raise InputError(f"{file} is a folder. Name the file that is to be written in it.")


def is_file(text: str) -> bool:
    """Whether what was typed is a file and no text; MissingFileError for a file that is not there.

    >>> is_file("12 Station Road, Pune")
    False
    """
    try:
        found = Path(text).is_file()
    except (OSError, ValueError):  # a text that could be no path
        return False
    if not found and _NAMED.fullmatch(text.strip()):
        existing(Path(text))
    return found


def text_of(file: Path) -> str:
    """The whole text of a file, or of standard input."""
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return existing(file).read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportFormatError(f"{file} is not UTF-8 text. Save it as UTF-8.") from None


def lines_of(file: Path) -> Iterator[str]:
    """The lines of a file of texts. U+2028 and its like are signs of a text, and end no line."""
    text = text_of(file)
    yield from text.removesuffix("\n").split("\n") if text else ()


def csv_rows(file: Path) -> Iterator[dict[str, Any]]:
    """The rows of a CSV or TSV file, every value a text; its encoding and the mark between its
    columns are found as an import finds them.
    """
    from chowk.store.importing.delimited import delimiter_of
    from chowk.store.importing.source import Lines, encoding_of

    encoding = encoding_of(existing(file))
    mark = "\t" if file.suffix.lower() == ".tsv" else delimiter_of(file, encoding)
    lines = Lines(file, encoding)
    text = "".join(line for _, line in lines)
    if lines.rejected:
        first = lines.rejected[0]
        raise ImportFormatError(f"{file}, line {first.line}: {first.reason}.")
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark)
    names = [name.strip() for name in rows.fieldnames or ()]
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise ImportFormatError(
            f"{file} has the column {twice[0]!r} more than once. Keep one, or rename the others."
        )
    yield from rows


def table_rows(file: Path) -> list[dict[str, Any]]:
    """The rows of a table: Parquet, JSON lines, or else CSV; an empty cell says nothing."""
    if file.suffix.lower() == ".parquet":
        return parquet_rows(file)
    if file.suffix.lower() in (".jsonl", ".ndjson"):
        return list(json_rows(text_of(file), file))
    rows = []
    for number, row in enumerate(csv_rows(file), 1):
        if None in row or None in row.values():
            raise ImportFormatError(
                f"Row {number} of {file} has not as many fields as the header. Look for an "
                "unquoted comma in a text."
            )
        rows.append({name.strip(): value or None for name, value in row.items()})
    return rows


def parquet_rows(file: Path) -> list[dict[str, Any]]:
    """The rows of a Parquet file."""
    from pyarrow import ArrowException, parquet

    try:
        rows: list[dict[str, Any]] = parquet.read_table(existing(file)).to_pylist()
    except ArrowException as error:
        said = " ".join(str(error).split()).rstrip(".")
        raise ImportFormatError(f"{file} cannot be read as Parquet: {said}.") from None
    return rows


def json_rows(text: str, where: object) -> Iterator[dict[str, Any]]:
    """The objects of JSON lines; ImportFormatError names the line that is none."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield json_row(line, number, where)


def json_row(line: str, number: int, where: object) -> dict[str, Any]:
    """One line as an object."""
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ImportFormatError(f"Line {number} of {where} is not JSON: {error}.") from None
    if not isinstance(row, dict):
        raise ImportFormatError(f"Line {number} of {where} is not an object {{…}}: {line:.60}")
    return row
