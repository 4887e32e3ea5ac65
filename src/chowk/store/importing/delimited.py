"""CSV and TSV: strict splitting, with the line of every row and a reason for every row refused.

Python's csv module does the splitting (RFC 4180 with its `strict` rules). An unclosed quote cannot
swallow the file: when a record fails, its first line is refused and reading goes on at the next.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from chowk.errors import ImportFormatError

from .raw import RawBatch
from .source import Encoding, Lines, Rejected

BATCH = 50_000
#: A quoted field may span lines; a record of more lines than this is an unclosed quote.
MAX_RECORD_LINES = 2_000
_LONGEST_FIELD = 16 << 20
_DELIMITERS = (",", "\t", ";", "|")


class _Feed:
    """Gives lines to csv.reader and remembers those of the record that is being read."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self._again: deque[tuple[int, str]] = deque()
        self.record: list[tuple[int, str]] = []

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if len(self.record) >= MAX_RECORD_LINES:
            raise csv.Error(f"a quote is not closed within {MAX_RECORD_LINES} lines")
        item = self._again.popleft() if self._again else next(self._lines)
        self.record.append(item)
        return item[1]

    def resume(self) -> tuple[int, str]:
        """Give up the record's first line, and read the others again."""
        first, *others = self.record
        self._again.extendleft(reversed(others))
        self.record = []
        return first


def delimiter_of(path: Path, encoding: Encoding) -> str:
    """The delimiter that splits the header into most columns."""
    header = next((text for _, text in Lines(path, encoding) if text.strip()), "")
    counts = {mark: len(_fields(header, mark, path)) for mark in _DELIMITERS}
    return max(_DELIMITERS, key=lambda mark: counts[mark])


def _fields(header: str, delimiter: str, path: Path) -> list[str]:
    """The header's fields; ImportFormatError when it cannot be split."""
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        return next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error as error:
        raise ImportFormatError(
            f"{path}, line 1: the header cannot be split: {_told(error)}. Export the file again."
        ) from None


def header_of(path: Path, encoding: Encoding, delimiter: str) -> list[str]:
    """The column names; ImportFormatError when there is no usable header."""
    for _, text in Lines(path, encoding):
        if text.strip():
            names = [name.strip() for name in _fields(text, delimiter, path)]
            twice = [name for name in names if name and names.count(name) > 1]
            if twice:
                raise ImportFormatError(
                    f"{path}, line 1: the column {twice[0]!r} stands twice in the header. "
                    "Rename one of them."
                )
            return [name or f"column_{i + 1}" for i, name in enumerate(names)]
    raise ImportFormatError(f"{path} holds no header line. Its first line must name the columns.")


def read_delimited(
    path: Path,
    encoding: Encoding,
    delimiter: str,
    *,
    columns: set[str] | None = None,
    batch: int = BATCH,
) -> Iterator[RawBatch]:
    """Read a delimited file in batches of text columns (null for an empty field).

    `columns` limits what is kept in memory; every row is still split and checked.
    """
    names = header_of(path, encoding, delimiter)
    wanted = [i for i, name in enumerate(names) if columns is None or name in columns]
    lines = Lines(path, encoding)
    source = iter(lines)
    feed = _Feed(source)
    rows: list[list[str]] = []
    numbers: list[int] = []
    refused: list[Rejected] = []
    width = len(names)
    header_seen = False
    csv.field_size_limit(_LONGEST_FIELD)

    def flush() -> RawBatch:
        kept = list(zip(*rows, strict=True)) if rows else [()] * width
        # An empty field says nothing: it is null, like a field that is not there.
        frame = pa.table(
            {names[i]: pa.array([v or None for v in kept[i]], pa.string()) for i in wanted}
        )
        if not wanted:
            frame = pa.table({"chowk_nothing": pa.nulls(len(rows), pa.string())})
        refused.extend(lines.rejected)
        lines.rejected.clear()
        made = RawBatch(frame, pa.array(numbers, pa.int64()), sorted(refused, key=_line))
        rows.clear()
        numbers.clear()
        refused.clear()
        return made

    while True:
        reader = csv.reader(feed, delimiter=delimiter, strict=True)
        try:
            for record in reader:
                first = feed.record[0][0]
                feed.record = []
                if not record or (len(record) == 1 and not record[0].strip()):
                    continue
                if not header_seen:
                    header_seen = True
                    continue
                if len(record) != width:
                    refused.append(
                        Rejected(
                            first,
                            f"the row has {len(record)} fields and the header {width}; look for "
                            f"an unquoted {_named(delimiter)} in a text",
                            delimiter.join(record)[:2000],
                        )
                    )
                    continue
                rows.append(record)
                numbers.append(first)
                if len(rows) >= batch:
                    yield flush()
            break
        except csv.Error as error:
            number, text = feed.resume()
            refused.append(
                Rejected(
                    number, f"the row cannot be split: {_told(error)}", text.rstrip("\r\n")[:2000]
                )
            )
    if rows or refused or lines.rejected:
        yield flush()


def _line(rejected: Rejected) -> int:
    return rejected.line


def _told(error: csv.Error) -> str:
    """The csv module's words, where they are clear."""
    said = str(error)
    if said.startswith("new-line character seen in unquoted field"):
        return "a carriage return stands alone, outside quotes"
    return "a quote is not closed" if said == "unexpected end of data" else said


def _named(delimiter: str) -> str:
    return {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}.get(delimiter, delimiter)
