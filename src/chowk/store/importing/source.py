"""Bytes of a file as lines of text: encoding, compression, line ends, and bounded line length.

Flows in: a path. Flows out: `(line number, text)` for good lines, and `Rejected` for lines that
are too long, hold a null byte, or do not decode.
"""

from __future__ import annotations

import codecs
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from chowk.errors import ImportFormatError, InputError, MissingFileError

#: No row of an owner's export is longer than this; what is longer is quarantined, not read.
MAX_LINE = 8 << 20
_CHUNK = 1 << 20
#: How files begin that are often taken for text, and what to do with them.
_NO_TEXT = {
    b"PK\x03\x04": (
        "an Excel workbook or a ZIP archive, not text. Save the sheet as CSV (UTF-8), or unpack "
        "the archive"
    ),
    b"\xd0\xcf\x11\xe0": "an old Excel workbook, not text. Save the sheet as CSV (UTF-8)",
    b"PAR1": "a Parquet file, not text. Use the format parquet",
    b"%PDF": "a PDF, not text. Export the table as CSV",
    b"\x1f\x8b": "packed with gzip. Give it a name that ends in .gz",
}


@dataclass(frozen=True, slots=True)
class Rejected:
    """An input row that cannot be kept: where it stands, why, and how it began."""

    line: int
    reason: str
    row: str = ""


@dataclass(slots=True)
class Encoding:
    """How a file's bytes become text, and what was seen while finding out."""

    name: str
    skip: int = 0
    note: str = ""


def existing(path: Path) -> Path:
    """The path of a file that is there, else MissingFileError; an empty one cannot be read."""
    if path.is_dir():
        raise MissingFileError(f"{path} is a folder; name the file, or several files, in it.")
    if not path.is_file():
        near = sorted(p.name for p in path.parent.glob("*")) if path.parent.is_dir() else []
        near = [name for name in near if name.lower().startswith(path.name[:4].lower())][:3]
        hint = f" Did you mean {', '.join(near)}?" if near else " Check the path."
        raise MissingFileError(f"There is no file {path}.{hint}")
    if path.stat().st_size == 0:
        raise ImportFormatError(f"{path} is empty (0 bytes). Export it again.")
    return path


def open_bytes(path: Path) -> IO[bytes]:
    """A file's bytes; `.gz` is unpacked on the way."""
    existing(path)
    if path.suffix == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return path.open("rb")


def encoding_of(path: Path, asked: str | None = None) -> Encoding:
    """Find a file's encoding: what was asked, a byte order mark, UTF-8, else Windows-1252.

    The whole file is looked at. Where valid UTF-8 letters and invalid bytes stand in one file, it
    is UTF-8 and the lines that do not decode are quarantined; where no byte above 127 is valid
    UTF-8, it is Windows-1252, and the note says so.
    """
    if asked is not None:
        try:
            return Encoding(codecs.lookup(asked).name)
        except LookupError:
            raise InputError(
                f"There is no encoding {asked!r}. Use for example utf-8, utf-16 or cp1252."
            ) from None
    with open_bytes(path) as handle:
        head = handle.read(4096)
    for sign, what in _NO_TEXT.items():
        if head.startswith(sign):
            raise ImportFormatError(f"{path} is {what}.")
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            return Encoding(name, len(mark))
    if wide := _wide_without_mark(head):
        said = f"The file has no byte order mark; it was read as {wide.upper()}."
        return Encoding(wide, note=said)
    good = bad = 0
    with open_bytes(path) as handle:
        rest = b""
        while chunk := handle.read(_CHUNK):
            block = rest + chunk
            cut = block.rfind(b"\n") + 1 or len(block)
            block, rest = block[:cut], block[cut:]
            more_good, more_bad = _utf8(block)
            good, bad = good + more_good, bad + more_bad
            if len(rest) > MAX_LINE:
                rest = b""
        more_good, more_bad = _utf8(rest)
        good, bad = good + more_good, bad + more_bad
    if bad and not good:
        return Encoding("cp1252", note="The file is not UTF-8; it was read as Windows-1252.")
    return Encoding("utf-8")


def _wide_without_mark(head: bytes) -> str | None:
    """UTF-16 by its zero bytes: of a header's letters one in two, and none of the others.

    >>> _wide_without_mark("product,price".encode("utf-16-le")), _wide_without_mark(b"a,b,c,d")
    ('utf-16-le', None)
    """
    first, second = head[0::2], head[1::2]
    for zeros, letters, name in ((second, first, "utf-16-le"), (first, second, "utf-16-be")):
        if len(zeros) >= 4 and zeros.count(0) > 0.5 * len(zeros) and letters.count(0) == 0:
            return name
    return None


def _utf8(block: bytes) -> tuple[int, int]:
    """How many lines of a block hold valid, and invalid, bytes above 127."""
    if block.isascii():
        return 0, 0
    try:
        block.decode("utf-8")
        return 1, 0
    except UnicodeDecodeError:
        pass
    good = bad = 0
    for line in block.split(b"\n"):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            bad += 1
    return good, bad


@dataclass(slots=True)
class Lines:
    """Iterates `(number, text)`; lines that cannot be text are collected in `rejected`."""

    path: Path
    encoding: Encoding
    rejected: list[Rejected] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[int, str]]:
        if self.encoding.name.startswith("utf-16"):
            yield from self._wide()
            return
        number = 0
        decode = self.encoding.name
        with open_bytes(self.path) as handle:
            lines = _line_by_line(handle, self.encoding.skip)
            while line := lines.readline(MAX_LINE):
                number += 1
                if len(line) == MAX_LINE and not line.endswith(b"\n"):
                    size = len(line)
                    while rest := lines.readline(MAX_LINE):
                        size += len(rest)
                        if rest.endswith(b"\n"):
                            break
                    self._reject(
                        number,
                        f"the line is {size:,} bytes long; the limit is {MAX_LINE:,}. "
                        "Look for a missing line end or quote",
                        line[:200],
                    )
                    continue
                if b"\0" in line:
                    self._reject(number, "the line holds a null byte; remove it", line)
                    continue
                try:
                    yield number, line.decode(decode)
                except UnicodeDecodeError as error:
                    self._reject(
                        number,
                        f"byte {error.start + 1} is not {decode.upper()}, though other lines are; "
                        "save the file in one encoding",
                        line,
                    )

    def _wide(self) -> Iterator[tuple[int, str]]:
        with open_bytes(self.path) as handle:
            handle.seek(self.encoding.skip)
            # By line feeds and carriage returns alone: a codec's own reader also breaks at U+2028.
            reader = io.TextIOWrapper(handle, self.encoding.name, "replace", newline="")
            for number, line in enumerate(reader, start=1):
                if "\0" in line:
                    self._reject(number, "the line holds a null character; remove it", b"")
                elif "�" in line:
                    self._reject(number, f"the line is not valid {self.encoding.name}", b"")
                else:
                    yield number, line

    def _reject(self, number: int, reason: str, line: bytes) -> None:
        shown = line[:2000].decode("utf-8", "replace").replace("\0", "␀").rstrip("\r\n")
        self.rejected.append(Rejected(number, reason, shown))


class _Carriages(io.RawIOBase):
    """A file whose lines end with a carriage return alone, with line feeds in their place."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._inner.read(len(buffer)).replace(b"\r", b"\n")
        buffer[: len(block)] = block
        return len(block)


def _line_by_line(handle: IO[bytes], skip: int) -> IO[bytes]:
    """The file from `skip` on, read by lines: those of Excel's "CSV (Macintosh)" as well."""
    handle.seek(skip)
    begun = handle.read(_CHUNK)
    handle.seek(skip)
    if b"\r" in begun and b"\n" not in begun:
        return io.BufferedReader(_Carriages(handle))
    return handle
