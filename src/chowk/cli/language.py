"""Commands of language that need no store: mix and parse."""

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


@click.command("parse")
@click.argument("texts", nargs=-1, metavar="[TEXT…|FILE|-]")
@click.option("--model", type=click.Path(path_type=Path), help="Folder of a saved Understander.")
@click.option(
    "--examples",
    type=click.Path(path_type=Path),
    help="Labelled utterances to learn from first: JSON lines, Rasa, Snips, MASSIVE, CLU, CoNLL.",
)
@click.option(
    "--products",
    type=click.Path(path_type=Path),
    help="The catalogue (CSV, Parquet or JSON lines): its brands and colours become filters.",
)
@click.option("--n-best", type=click.IntRange(1, 50), default=3, show_default=True)
@click.option("--utf16", is_flag=True, help="Count offsets in UTF-16 code units.")
@click.option("--save", type=click.Path(path_type=Path), help="Keep the learned model here.")
@JSON
def parse(
    texts: tuple[str, ...],
    model: Path | None,
    examples: Path | None,
    products: Path | None,
    n_best: int,
    utf16: bool,
    save: Path | None,
    as_json: bool,
) -> None:
    """Understand texts, or the lines of a FILE (- for standard input): intent, slots, and what to
    search for, one JSON line each. Without --model or --examples the shipped model of a shop's
    customers answers, in English and Hinglish.
    """
    from chowk.language import Understander
    from chowk.language.resolving import Catalogue

    if model is not None and examples is not None:
        raise click.UsageError("Give --model or --examples, not both.")
    if examples is not None:
        understander = Understander().fit(_examples(examples))
    else:
        understander = Understander.load("shop" if model is None else model)
    if save is not None:
        understander.save(save)
    catalogue = Catalogue(_rows(products) if products is not None else [])
    count = kept = 0
    for text in _texts(texts):
        found = understander.parse(text, n_best=n_best)
        count += 1
        kept += found.in_scope
        said = msgspec.to_builtins(found.utf16() if utf16 else found)
        said["search"] = msgspec.to_builtins(catalogue.resolve(found))
        click.echo(msgspec.json.encode(said).decode())
    summary = {"texts": count, "in_scope": kept, "model": str(model or examples or "shop")}
    emit(summary, as_json, lambda: click.echo(f"{kept} of {count} texts in scope.", err=True))


def _texts(given: tuple[str, ...]) -> Iterator[str]:
    """The texts themselves, or those of a file, or of standard input line by line."""
    if not given or given == ("-",):
        for line in sys.stdin:
            yield line.rstrip("\r\n")
        return
    if len(given) > 1 or not _is_file(given[0]):
        yield from given
        return
    file = Path(given[0])
    if file.suffix in (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".json"):
        for number, row in enumerate(_rows(file), 1):
            text = row.get("text")
            if not isinstance(text, str):
                raise ImportFormatError(f"Row {number} of {file} has no 'text'.")
            yield text
        return
    try:
        yield from file.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ImportFormatError(f"{file} is not UTF-8 text. Save it as UTF-8.") from None


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # a text that could be no path
        return False


def _examples(file: Path) -> Any:
    """Labelled rows of a table, of plain JSON lines, or of another tool's file."""
    from chowk.language.formats import read_corpus

    if file.suffix in (".csv", ".tsv", ".parquet") or str(file) == "-":
        return _rows(file)
    if file.suffix in (".jsonl", ".ndjson"):
        rows = _rows(file)
        if rows and "annot_utt" not in rows[0]:
            return rows
    return read_corpus(file).examples


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
