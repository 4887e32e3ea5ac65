"""chowk moderate: what would be held of a file of messages, and why; agreement with decisions.

No store is needed. Messages come in as JSON lines, CSV, Parquet, or one text a line; verdicts go
out as JSON lines. What is no message is told by its line and left out, the rest is judged, and the
exit code says that the accounts do not add up. With past decisions beside them, agreement and a
threshold curve follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec

from chowk.errors import ImportFormatError, InputError

from .files import csv_rows, given, json_row, parquet_rows, text_of
from .output import JSON_LINES, emit

_FILE = click.Path(path_type=Path, allow_dash=True)
_TEXT = ("text", "message", "comment", "body", "content", "comment_text", "tweet")
_ID = ("message_id", "id", "comment_id")
#: Lines that are no message and that are told one by one.
_FAULTS = 20
_DECISION = ("decision", "action", "status", "label", "verdict")


@click.command("moderate")
@click.argument("file", type=_FILE)
@click.option(
    "--against", type=click.Path(path_type=Path), help="Past decisions: id or text, and decision."
)
@click.option("--level", type=click.IntRange(0, 4), help="One level for all categories.")
@click.option("--set", "sets", multiple=True, help="A category's level: swearing=2.")
@click.option("--terms", type=click.Path(path_type=Path), help="Blocked terms, one a line.")
@click.option(
    "--capacity", type=click.IntRange(0), help="How many of these messages people can look at."
)
@click.option("--only-held", is_flag=True, help="Write only what would be held.")
@JSON_LINES
def moderate(
    file: Path,
    against: Path | None,
    level: int | None,
    sets: tuple[str, ...],
    terms: Path | None,
    capacity: int | None,
    only_held: bool,
    as_json: bool,
) -> None:
    """What AutoMod would hold of FILE and why, a JSON line each (- for standard input)."""
    given(file, against, terms)
    from chowk.community import AutoMod

    automod = AutoMod.load("en")
    change: dict[str, Any] = {} if level is None else {"overall": level}
    for one in sets:
        name, _, value = one.partition("=")
        if not value.isdigit():
            raise InputError(f"--set takes CATEGORY=LEVEL, as swearing=2. Got {one!r} instead.")
        change[name] = int(value)
    automod.set("file", change)
    past = None if against is None else _decisions(against)
    if terms is not None:
        lines = text_of(terms).splitlines()
        automod.block("file", *(line.strip() for line in lines if line.strip()))
    rows, faults = _messages(file)
    if capacity is not None:
        band = automod.band_for([row["text"] for row in rows], capacity, "file")
        automod.set("file", {"band": band})
    verdicts = automod.check_many([row["text"] for row in rows], "file")
    for row, verdict in zip(rows, verdicts, strict=True):
        if only_held and verdict.decision == "allow":
            continue
        out = {"id": row["id"], **verdict.as_dict(), "text": row["text"]}
        click.echo(msgspec.json.encode(_clean(out)).decode())
    held = [v for v in verdicts if v.decision == "hold"]
    by_category: dict[str, int] = {}
    for verdict in held:
        by_category[verdict.category] = by_category.get(verdict.category, 0) + 1
    summary: dict[str, Any] = {
        "rows_in": len(rows) + len(faults),
        "messages": len(rows),
        "quarantined": len(faults),
        "faults": [{"line": line, "why": why} for line, why in faults[:_FAULTS]],
        "held": len(held),
        "categories": by_category,
        "band": automod.settings("file").band,
        "against": None,
    }
    if past is not None and against is not None:
        summary["against"] = _compared(rows, verdicts, past, against)
    for _, why in faults[:_FAULTS]:
        click.echo(f"Left out: {why}", err=True)
    if faults:
        more = len(faults) - _FAULTS
        click.echo(
            (f"… and {more} more. " if more > 0 else "")
            + f"Of {len(rows) + len(faults)} lines {len(faults)} were left out.",
            err=True,
        )

    def tell() -> None:
        click.echo(f"{len(held)} of {len(rows)} messages would be held.", err=True)
        if capacity is not None and len(held) > capacity:
            click.echo(
                f"No band brings that down to {capacity}: what is left is surely harmful, by a "
                "term, or too long to be read at once. Lower a level with --set.",
                err=True,
            )
        for name, count in sorted(by_category.items(), key=lambda c: -c[1]):
            click.echo(f"  {count} for {name}", err=True)
        if summary["against"] is not None:
            _tell(summary["against"])

    emit(summary, as_json, tell)
    if faults:
        raise click.exceptions.Exit(1)


def _clean(value: Any) -> Any:
    """Lone surrogates cannot be written as UTF-8; a replacement sign can."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _clean(held) for key, held in value.items()}
    return [_clean(held) for held in value] if isinstance(value, (list, tuple)) else value


def _messages(file: Path) -> tuple[list[dict[str, str]], list[tuple[int, str]]]:
    """The messages of a file, and what else is in it: its line (of a table, its row), and why it is
    no message. ImportFormatError when nothing is one."""
    found: list[dict[str, str]] = []
    faults: list[tuple[int, str]] = []
    for number, row in _rows(file):
        if isinstance(row, ImportFormatError):
            faults.append((number, str(row)))
            continue
        text = next((row[name] for name in _TEXT if row.get(name) is not None), None)
        if not isinstance(text, str) or not text.strip():
            if text is None:
                said = f"has no text. Name its column {', '.join(_TEXT[:4])}; {_seen(row)}."
            elif isinstance(text, str):
                said = "has an empty text. Write one, or leave the row out."
            else:
                said = f"has a text that is none ({text!r:.40}). Write it in quotation marks."
            faults.append((number, f"Row {number} of {file} {said}"))
            continue
        key = next((row[name] for name in _ID if row.get(name) is not None), number)
        found.append({"id": str(key), "text": str(text)})
    if faults and not found:
        raise ImportFormatError(
            f"{faults[0][1]} None of the {len(faults)} lines of {file} is a message."
        )
    return found, faults


def _rows(file: Path) -> Iterator[tuple[int, dict[str, Any] | ImportFormatError]]:
    """Each row with its number; of a line that cannot be read, what is wrong with it."""
    if file.suffix == ".parquet":
        yield from enumerate(parquet_rows(file), 1)
    elif file.suffix in (".csv", ".tsv"):
        yield from enumerate(csv_rows(file), 1)
    else:
        objects = file.suffix in (".jsonl", ".ndjson")
        # Not splitlines: a text may hold U+2028 and its like, and is still one line.
        for number, line in enumerate(text_of(file).split("\n"), 1):
            if not line.strip():
                continue
            if not objects and not line.lstrip().startswith("{"):
                yield number, {"text": line.rstrip("\r"), "id": number}
                continue
            try:
                yield number, json_row(line, number, file)
            except ImportFormatError as error:
                yield number, error


def _seen(row: dict[str, Any]) -> str:
    """Which columns a row has."""
    names = [str(name) for name in row if name is not None]
    told = ", ".join(repr(name)[:60] for name in names[:12]) or "none"
    said = f"the columns seen are {told}" if len(names) != 1 else f"the one column seen is {told}"
    return said


class _Past(NamedTuple):
    """By id and by text, whether a message was denied; how many were, and were not as well."""

    by_id: dict[str, bool]
    by_text: dict[str, bool]
    contradicted: int


def _decisions(against: Path) -> _Past:
    """Past decisions, read before the work begins: a fault in them is told at once."""
    from chowk.community.decisions import decided

    by_id: dict[str, bool] = {}
    by_text: dict[str, bool] = {}
    both: set[tuple[str, str]] = set()
    for number, row in _rows(against):
        if isinstance(row, ImportFormatError):
            raise row
        if not any(name in row for name in _DECISION):
            raise ImportFormatError(
                f"Row {number} of {against} has no column with the decision ({', '.join(_DECISION)}"
                f"): {_seen(row)}."
            )
        said = next((str(row[n]) for n in _DECISION if row.get(n) is not None), "")
        allowed = decided(said)
        if allowed is None:
            raise ImportFormatError(
                f"Row {number} of {against} has the decision {said!r}. Use allow or deny."
            )
        key = next((str(row[n]) for n in _ID if row.get(n) is not None), None)
        text = next((str(row[n]) for n in _TEXT if row.get(n) is not None), None)
        for kind, name, known in (("id", key, by_id), ("text", text, by_text)):
            if not name or not name.strip():
                continue
            # One text under two ids is two messages, which each keep their own decision.
            if known.get(name, not allowed) is allowed and (kind == "id" or key is None):
                both.add((kind, name))
            known[name] = not allowed
    if not by_id and not by_text:
        raise InputError(f"{against} holds no decision on an id or a text. Name both columns.")
    return _Past(by_id, by_text, len(both))


def _compared(
    rows: list[dict[str, str]], verdicts: list[Any], past: _Past, against: Path
) -> dict[str, Any]:
    """Agreement with past decisions, and what other thresholds would have held."""
    by_id, by_text, contradicted = past
    pairs = []
    for row, verdict in zip(rows, verdicts, strict=True):
        truth = by_id.get(row["id"], by_text.get(row["text"]))
        if truth is not None:
            pairs.append((truth, verdict))
    if not pairs:
        raise InputError(
            f"No decision of {against} belongs to a message: no id and no text is the same in both."
        )
    curve = []
    for step in range(5, 100, 5):
        told = [(t, max(v.scores.values(), default=0.0) >= step / 100) for t, v in pairs]
        curve.append({"threshold": step / 100, **_counts(told)})
    return {
        "compared": len(pairs),
        "contradictory": contradicted,
        **_counts([(t, v.decision == "hold") for t, v in pairs]),
        "curve": curve,
    }


def _counts(pairs: list[tuple[bool, bool]]) -> dict[str, Any]:
    both = sum(t and h for t, h in pairs)
    held = sum(h for _, h in pairs)
    denied = sum(t for t, _ in pairs)
    return {
        "held": held,
        "agreement": sum(t == h for t, h in pairs) / len(pairs),
        "precision": both / held if held else None,
        "recall": both / denied if denied else None,
    }


def _tell(found: dict[str, Any]) -> None:
    def share(value: float | None) -> str:
        return "   –" if value is None else f"{value:4.0%}"

    click.echo(
        f"Of {found['compared']} decided messages the decision is the same for "
        f"{found['agreement']:.0%}; {share(found['recall']).strip()} of the denied would be held.",
        err=True,
    )
    if found["contradictory"]:
        click.echo(
            f"{found['contradictory']} of the ids and texts are both allowed and denied there; of "
            "each the last decision counts.",
            err=True,
        )
    click.echo("  threshold  held  right  found", err=True)
    for point in found["curve"][::2]:
        click.echo(
            f"  {point['threshold']:9.2f}  {point['held']:4d}  {share(point['precision'])}   "
            f"{share(point['recall'])}",
            err=True,
        )
