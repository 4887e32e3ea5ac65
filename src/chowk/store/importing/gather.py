"""Rows that were made one by one, as the batches that an import takes.

Formats that are not flat (XML, JSON-LD, event messages) turn an input row into dicts, a table each.
Flows in: those dicts, with the line that they came from. Flows out: `Parsed` batches whose columns
have one type each. JSON documents and their bounds are read here too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from chowk.errors import ImportFormatError

from .columnar import read_objects
from .format import Context, Parsed
from .source import Rejected, encoding_of, existing, open_bytes

#: Input rows, or table rows, in one batch.
BATCH_LINES, BATCH_ROWS = 10_000, 50_000
#: A document that is one JSON value, or one page, is held in memory: up to this many bytes.
MAX_DOCUMENT = 256 << 20
_LOOK = 64 << 20

Row = dict[str, Any]


@dataclass(slots=True)
class Gather:
    """Collects input rows and hands them over as `Parsed`.

    Parameters
    ----------
    columns : for each table the columns that its rows may have; those that start with `x_` are
        text in every batch, so that they can be staged.
    comma : numbers stand among texts in a file whose texts have decimal commas.
    """

    columns: Mapping[str, Sequence[str]]
    comma: bool = False
    rows: dict[str, list[Row]] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    origins: list[Mapping[str, Any]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)
    _count: int = 0

    def add(self, line: int, origin: Mapping[str, Any], tables: Mapping[str, list[Row]]) -> None:
        """Keep one input row with the table rows that it gives (there may be none)."""
        self.lines.append(line)
        self.origins.append(origin)
        for name, rows in tables.items():
            kept = self.rows.setdefault(name, [])
            for row in rows:
                row["_line"] = line
                kept.append(row)
                pairs = row.get("attributes")
                if pairs and any("\0" in text for pair in pairs.items() for text in pair):
                    self.reasons.setdefault(line, "attributes holds a null character; remove it")
            self._count += len(rows)

    def refuse(self, line: int, origin: Mapping[str, Any], reason: str) -> None:
        """Refuse an input row that could be read, for a reason of the format's own."""
        self.add(line, origin, {})
        self.reasons[line] = reason

    @property
    def full(self) -> bool:
        """Whether it is time to `take`."""
        return len(self.lines) >= BATCH_LINES or self._count >= BATCH_ROWS

    def take(self) -> Parsed:
        """What was collected since the last time."""
        tables = {
            name: self._table(rows, self.columns[name]) for name, rows in self.rows.items() if rows
        }
        names = list(dict.fromkeys(name for origin in self.origins for name in origin))
        frame = pa.table(
            {n: pa.array([text(o.get(n)) for o in self.origins], pa.string()) for n in names}
            or {"chowk_nothing": pa.nulls(len(self.lines), pa.string())}
        )
        made = Parsed(
            pa.array(self.lines, pa.int64()),
            tables,
            sorted(self.rejected, key=lambda r: r.line),
            frame,
            self.reasons,
        )
        self.rows, self.lines, self.origins = {}, [], []
        self.rejected, self.reasons, self._count = [], {}, 0
        return made

    def _table(self, rows: list[Row], columns: Sequence[str]) -> pa.Table:
        made: dict[str, pa.Array] = {}
        for name in columns:
            values = [row.get(name) for row in rows]
            if name.startswith("x_"):
                made[name] = pa.array([text(v) for v in values], pa.string())
            elif any(v is not None for v in values):
                made[name] = _column(values, self.comma)
        made["_line"] = pa.array([row["_line"] for row in rows], pa.int64())
        return pa.table(made)


def _column(values: list[Any], comma: bool) -> pa.Array:
    """Values of one type as that type; of several types, or of a strange one, as text."""
    kinds = {type(v) for v in values if v is not None}
    if kinds == {dict}:
        pairs = [
            None if not v else [(k, t) for k, x in v.items() if (t := text(x)) is not None]
            for v in values
        ]
        return pa.array([p or None for p in pairs], pa.map_(pa.string(), pa.string()))
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds <= {int, float} and all(
        v is None or isinstance(v, float) or abs(v) < 2**53 for v in values
    ):
        return pa.array(values, pa.float64() if float in kinds else pa.int64())
    return pa.array([text(v, comma=comma) for v in values], pa.string())


def text(value: Any, *, comma: bool = False) -> str | None:
    """A JSON value as the text that a person would have typed; None for nothing.

    >>> text(12.5), text(True), text("  "), text({"a": 1})
    ('12.5', 'true', None, '{"a":1}')
    """
    if value is None:
        return None
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        shown = repr(value)
        return shown.replace(".", ",") if comma else shown
    if not value and isinstance(value, (dict, list)):
        return None
    return msgspec.json.encode(value, enc_hook=str).decode()


def first(*values: Any) -> Any:
    """The first value that says something: not None, not blank, not GA4's '(not set)'."""
    for value in values:
        if value is None or value == "(not set)":
            continue
        if isinstance(value, str) and not value.strip():
            continue
        if isinstance(value, (dict, list)) and not value:
            continue
        return value
    return None


def objects(
    file: Path, context: Context, wanted: Sequence[str], what: str
) -> Iterator[tuple[list[Row], list[int], list[Rejected]]]:
    """The objects of a JSON-lines file, or of one JSON array, with their lines.

    In an array the line is the element's number from 1. A file whose first objects have none of
    the `wanted` names is not `what`: ImportFormatError, which names what was found instead.
    """
    existing(file)
    encoding = encoding_of(file, context.options.encoding)
    if encoding.note:
        context.notes[encoding.note] += 1
    checked = False
    source = (
        _array(file, encoding.name, encoding.skip)
        if starts_with(file) == "["
        else read_objects(file, encoding, batch=2_000)
    )
    for rows, lines, rejected in source:
        if not checked and rows:
            if not any(name in row for row in rows for name in wanted):
                found = ", ".join(list(rows[0])[:12]) or "nothing"
                raise ImportFormatError(
                    f"{file} is not {what}: none of {', '.join(wanted)} stands in its first rows; "
                    f"they hold {found}. Name the file's own format."
                )
            checked = True
        elif not checked and rejected:
            raise ImportFormatError(
                f"{file} is not {what}: line {rejected[0].line} cannot be used, because "
                f"{rejected[0].reason.rstrip('.')}. Name the file's own format."
            )
        yield rows, lines, rejected


def starts_with(file: Path) -> str:
    """The first character that is not blank ('' for none); byte order marks are passed over."""
    with open_bytes(file) as handle:
        head = handle.read(4096).replace(b"\0", b"")
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        head = head.removeprefix(mark)
    return head.lstrip()[:1].decode("latin-1")


def document(file: Path, context: Context) -> str:
    """A whole file as text, of at most `MAX_DOCUMENT` bytes."""
    existing(file)
    encoding = encoding_of(file, context.options.encoding)
    return _whole(file, encoding.name, encoding.skip)


def _whole(file: Path, encoding: str, skip: int) -> str:
    with open_bytes(file) as handle:
        handle.seek(skip)
        content = handle.read(MAX_DOCUMENT + 1)
    if len(content) > MAX_DOCUMENT:
        raise ImportFormatError(
            f"{file} is one document of more than {MAX_DOCUMENT >> 20} MiB. "
            "Write it as JSON lines, one object a line."
        )
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ImportFormatError(
            f"{file}: byte {error.start + skip + 1} is not {encoding.upper()}. "
            "Save the file in one encoding, or say --encoding."
        ) from None


def decoded(content: str) -> Any:
    """JSON as machines and people write it: line ends within strings are forgiven.

    Raises ValueError with the reason.
    """
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        try:
            return json.loads(content, strict=False, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise ValueError(f"it is not JSON: {error}") from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _array(
    file: Path, encoding: str, skip: int
) -> Iterator[tuple[list[Row], list[int], list[Rejected]]]:
    try:
        items = decoded(_whole(file, encoding, skip))
    except ValueError as error:
        raise ImportFormatError(
            f"{file} begins as a JSON array, but {error}. Export it again."
        ) from None
    rows, lines, rejected = [], [], []
    for number, item in enumerate(items, start=1):
        if isinstance(item, dict):
            rows.append(item)
            lines.append(number)
        else:
            shown = msgspec.json.encode(item).decode()[:2000]
            rejected.append(Rejected(number, "the element is not an object {…}", shown))
    yield rows, lines, rejected


def zero_based(file: Path, names: Sequence[str]) -> bool:
    """Whether positions in a JSON file count from 0: a 0 stands among the first 64 MiB of them."""
    keys = "|".join(re.escape(name) for name in names)
    sign = re.compile(rb'"(?:' + keys.encode() + rb')"\s*:\s*"?0"?\s*[,}\]]')
    left, tail = _LOOK, b""
    with open_bytes(file) as handle:
        while left > 0 and (chunk := handle.read(1 << 20)):
            if sign.search(tail + chunk):
                return True
            tail = chunk[-200:]
            left -= len(chunk)
    return False
