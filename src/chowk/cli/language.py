"""Commands of language that need no store: mix."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import click
import msgspec

from chowk.errors import ImportFormatError

from .output import JSON, emit

_FILE = click.Path(path_type=Path, allow_dash=True)


@click.command("mix")
@click.argument("file", type=_FILE)
@click.option("--source", default="en", show_default=True, help="Language of the first side.")
@click.option("--target", default="hi", show_default=True, help="Language of the second side.")
@click.option(
    "--theory",
    type=click.Choice(["ec", "ml", "dictionary", "none"]),
    help="How to mix; ec when rows have a target, else dictionary.",
)
@click.option("--sampling", type=click.Choice(["random", "spf"]), default="random")
@click.option("-k", "k", type=int, default=1, show_default=True, help="Mixes a row, at most.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--cmi", type=float, help="The mean code-mixing index wanted, between 0 and 100.")
@click.option("--dictionary", type=click.Path(path_type=Path), help="Word and translation, a line.")
@click.option("--rate", type=float, default=0.5, show_default=True, help="Share of words switched.")
@click.option("--latin", is_flag=True, help="Write the target language in Latin letters.")
@click.option("--spelling", type=float, default=0.0, help="Share of Latin words spelt otherwise.")
@click.option("--speech", type=float, default=0.0, help="Share of words that are misheard.")
@click.option("--out", type=click.Path(path_type=Path), help="Freeze the rows in this file.")
@JSON
def mix(
    file: Path,
    source: str,
    target: str,
    theory: Literal["ec", "ml", "dictionary", "none"] | None,
    sampling: Literal["random", "spf"],
    k: int,
    seed: int,
    cmi: float | None,
    dictionary: Path | None,
    rate: float,
    latin: bool,
    spelling: float,
    speech: float,
    out: Path | None,
    as_json: bool,
) -> None:
    """Mix two languages: rows of FILE (JSON lines, CSV, Parquet; - for standard input) in, JSON
    lines out. A row has `source` and `target` (and `labels`, `intent`), or `text` and a dictionary.
    """
    from chowk.language import BilingualDictionary, CodeMixer

    rows = _rows(file)
    if theory is None:
        theory = "ec" if any(row.get("target") for row in rows) else "dictionary"
    mixer = CodeMixer(
        source,
        target,
        dictionary=None if dictionary is None else BilingualDictionary.read(dictionary),
        token_rate=rate,
        latin=latin,
        spelling=spelling,
        mishearing=speech,
    )
    mixes = mixer.mix(rows, k, theory=theory, sampling=sampling, seed=seed, cmi=cmi)
    if out is not None:
        mixes.freeze(out)
    else:
        for row in mixes:
            click.echo(msgspec.json.encode(row.as_dict()).decode())
    indices = mixes.indices
    summary = {
        "pairs": len(rows),
        "rows": len(mixes),
        "refused": [{"pair": r.pair, "why": r.why} for r in mixes.refused],
        "reasons": mixes.reasons,
        "notes": mixes.notes,
        "indices": msgspec.to_builtins(indices),
        "sha256": mixes.hash,
        "out": None if out is None else str(out),
    }

    def tell() -> None:
        where = "" if out is None else f" in {out}"
        click.echo(
            f"{len(mixes)} mixes of {len(rows)} rows{where}; mean CMI {indices.cmi:.1f}; "
            f"sha256 {mixes.hash[:12]}.",
            err=True,
        )
        for why, count in mixes.reasons.items():
            click.echo(f"  {count} rows gave nothing: {why}.", err=True)
        for note in mixes.notes:
            click.echo(f"  {note}", err=True)

    emit(summary, as_json, tell)


def _rows(file: Path) -> list[dict[str, Any]]:
    """Rows of a file of JSON lines, CSV or Parquet; of standard input, JSON lines."""
    if file.suffix in (".csv", ".tsv", ".parquet"):
        return _table(file)
    if str(file) == "-":
        return list(_json_lines(sys.stdin.read(), "standard input"))
    try:
        return list(_json_lines(file.read_text("utf-8-sig"), str(file)))
    except UnicodeDecodeError:
        raise ImportFormatError(f"{file} is not UTF-8 text. Save it as UTF-8.") from None


def _json_lines(text: str, where: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            raise ImportFormatError(f"Line {number} of {where} is not JSON: {error}.") from None
        if not isinstance(row, dict):
            raise ImportFormatError(f"Line {number} of {where} is not an object {{…}}.")
        yield row


def _table(file: Path) -> list[dict[str, Any]]:
    import pyarrow as pa
    from pyarrow import csv, parquet

    if not file.is_file():
        raise FileNotFoundError(2, "No such file", str(file))
    try:
        if file.suffix == ".parquet":
            found = parquet.read_table(file)
        else:
            separated = csv.ParseOptions(delimiter="," if file.suffix == ".csv" else "\t")
            found = csv.read_csv(file, parse_options=separated)
    except pa.ArrowInvalid as error:
        raise ImportFormatError(f"{file} cannot be read: {error}.") from None
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows
