"""Commands of language that need no store: mix and parse."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
import msgspec

from chowk.errors import ImportFormatError

from .files import folder, given, is_file, json_rows, lines_of, parquet_rows, text_of
from .output import JSON_LINES, emit

if TYPE_CHECKING:
    from chowk.language import Mixes, Understander
    from chowk.language.resolving import Catalogue, SearchRequest

#: Of a report's line, what is no share.
_COUNTED = frozenset({"name", "rows"})
_FILE = click.Path(path_type=Path, allow_dash=True)
_SHARE = click.FloatRange(0, 1)


@click.command("mix")
@click.argument("file", type=_FILE)
@click.option("--source", default="en", show_default=True, help="Language of the first side.")
@click.option("--target", default="hi", show_default=True, help="Language of the second side.")
@click.option(
    "--theory",
    type=click.Choice(["ec", "ml", "dictionary", "entity", "none"]),
    help="How to mix; ec when rows have a target, else dictionary.",
)
@click.option("--sampling", type=click.Choice(["random", "spf"]), default="random")
@click.option(
    "-k", "k", type=click.IntRange(1), default=1, show_default=True, help="Mixes a row, at most."
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--cmi", type=float, help="The mean code-mixing index wanted, between 0 and 100.")
@click.option("--dictionary", type=click.Path(path_type=Path), help="Word and translation, a line.")
@click.option(
    "--rate", type=_SHARE, default=0.5, show_default=True, help="Share of words switched."
)
@click.option("--latin", is_flag=True, help="Write the target language in Latin letters.")
@click.option("--spelling", type=_SHARE, default=0.0, help="Share of Latin words spelt otherwise.")
@click.option("--speech", type=_SHARE, default=0.0, help="Share of words that are misheard.")
@click.option("--catalogue", type=click.Path(path_type=Path), help="JSON: a slot's foreign values.")
@click.option("--dialect", type=click.Path(path_type=Path), help="Word and variant, a line.")
@click.option("--borrowings", type=click.Path(path_type=Path), help="Word and loan, a line.")
@click.option(
    "--report",
    metavar="MODEL",
    help="Test this model (a folder, or shop) on the mixes: what each phenomenon costs it.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Freeze the rows in this file.")
@JSON_LINES
def mix(
    file: Path,
    source: str,
    target: str,
    theory: Literal["ec", "ml", "dictionary", "entity", "none"] | None,
    sampling: Literal["random", "spf"],
    k: int,
    seed: int,
    cmi: float | None,
    dictionary: Path | None,
    rate: float,
    latin: bool,
    spelling: float,
    speech: float,
    catalogue: Path | None,
    dialect: Path | None,
    borrowings: Path | None,
    report: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Mix two languages: rows of FILE (JSON lines, CSV, Parquet; - for standard input) in, JSON
    lines out. A row has `source` and `target` (and `labels`, `intent`, `alignment`, `parse`), or
    `text` and a dictionary.
    With --report the rows are commands with their `intent`, and the answer is what mixing costs.
    """
    given(file, dictionary, catalogue, dialect, borrowings)
    from chowk.language import BilingualDictionary, CodeMixer

    rows = _rows(file)
    if theory is None:
        theory = "ec" if any(row.get("target") for row in rows) else "dictionary"
    words = None if dictionary is None else BilingualDictionary.read(dictionary)
    made: dict[str, Any] = {
        "dictionary": words,
        "catalogue": None if catalogue is None else _object(catalogue),
        "dialect": None if dialect is None else dict(BilingualDictionary.read(dialect).items()),
        "borrowings": None
        if borrowings is None
        else {word: loans[0] for word, loans in BilingualDictionary.read(borrowings).items()},
    }
    if theory == "dictionary" and dictionary is None and report is None:
        raise click.UsageError(
            "The theory 'dictionary' needs words. Give --dictionary FILE, or rows with 'source' "
            "and 'target'."
        )
    told: list[dict[str, Any]] = []
    if report is not None:
        mixes, told = _reported(report, rows, source, target, speech, seed, made)
    else:
        mixer = CodeMixer(
            source, target, token_rate=rate, latin=latin, spelling=spelling, mishearing=speech,
            **made,
        )  # fmt: skip
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
        "report": told,
    }

    def tell() -> None:
        where = "" if out is None else f" in {out}"
        click.echo(
            f"{len(mixes)} mixes of {len(rows)} rows{where}; mean CMI {indices.cmi:.1f}; "
            f"sha256 {mixes.hash[:12]}.",
            err=True,
        )
        for one in told:
            shares = {name: f"{value:.3f}" for name, value in one.items() if name not in _COUNTED}
            click.echo(
                f"  {one['name']:16} {one['rows']:6} rows, "
                f"intent right {shares['intent_accuracy']}, slot F1 {shares['slot_f1']}, "
                f"all right {shares['exact']}, lost {shares['drop']} "
                f"({shares['low']} to {shares['high']})",
                err=True,
            )
        for why, count in mixes.reasons.items():
            click.echo(f"  {count} rows gave nothing: {why}.", err=True)
        for note in mixes.notes:
            click.echo(f"  {note}", err=True)

    emit(summary, as_json, tell)


def _reported(
    model: str,
    rows: list[dict[str, Any]],
    source: str,
    target: str,
    speech: float,
    seed: int,
    given: dict[str, Any],
) -> tuple[Mixes, list[dict[str, Any]]]:
    """A test of a model from commands in one language, and what each phenomenon costs it."""
    from chowk.language import Understander
    from chowk.language.phenomena import assistant_test, phenomena

    mixes = assistant_test(
        rows, source, target, mishearing=speech or 0.1, seed=seed,
        **{name: value for name, value in given.items() if value is not None},
    )  # fmt: skip
    report = phenomena(mixes, Understander.load(model), seed=seed)
    return mixes, [msgspec.to_builtins(one) for one in report]


def _object(file: Path) -> dict[str, Any]:
    """A JSON object of slot names and values."""
    try:
        found = msgspec.json.decode(file.read_bytes())
    except msgspec.DecodeError as error:
        raise ImportFormatError(f"{file} is not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise ImportFormatError(f"{file} must hold an object: slot name to a list of values.")
    return found


@click.command("parse")
@click.argument("texts", nargs=-1, metavar="[TEXT…|FILE|-]")
@click.option(
    "--model", type=click.Path(path_type=Path), help="Folder of a saved Understander, or shop."
)
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
@click.option(
    "--replay",
    type=click.Path(path_type=Path),
    help="A conversation as a test: JSON lines with `say` and what is expected of the answer.",
)
@click.option("--save", type=click.Path(path_type=Path), help="Keep the learned model here.")
@JSON_LINES
def parse(
    texts: tuple[str, ...],
    model: Path | None,
    examples: Path | None,
    products: Path | None,
    n_best: int,
    utf16: bool,
    replay: Path | None,
    save: Path | None,
    as_json: bool,
) -> None:
    """Understand texts, or the lines of a FILE (- for standard input): intent, slots, and what to
    search for, one JSON line each. Without --model or --examples the shipped model of a shop's
    customers answers, in English and Hinglish. A row of JSON lines may hold `hypotheses` of a
    speech recogniser (`text` and `confidence`) instead of a `text`.
    """
    if model is not None and examples is not None:
        raise click.UsageError("Give --model or --examples, not both.")
    if str(model) != "shop":
        folder(model)
    given(examples, products, replay)
    asked = _texts(texts) if replay is None else iter(())
    from chowk.language import Understander
    from chowk.language.resolving import Catalogue

    if examples is not None:
        understander = Understander().fit(_examples(examples))
    else:
        understander = Understander.load("shop" if model is None else model)
    if save is not None:
        understander.save(save)
    catalogue = Catalogue(_rows(products) if products is not None else [])
    if replay is not None:
        _replayed(replay, understander, catalogue, products, as_json)
        return
    count = kept = 0
    for text in asked:
        if isinstance(text, str):
            found = understander.parse(text, n_best=n_best)
        else:
            found = understander.parse_heard(text, n_best=n_best)
        count += 1
        kept += found.in_scope
        said = msgspec.to_builtins(found.utf16() if utf16 else found)
        said["search"] = msgspec.to_builtins(catalogue.resolve(found))
        click.echo(msgspec.json.encode(said).decode())
    summary = {"texts": count, "in_scope": kept, "model": str(model or examples or "shop")}
    emit(summary, as_json, lambda: click.echo(f"{kept} of {count} texts in scope.", err=True))


def _replayed(
    file: Path, understander: Understander, catalogue: Catalogue, products: Path | None, json: bool
) -> None:
    """Replay a conversation over the products, and say what differs."""
    from chowk.language.assistant import Assistant

    goods = _rows(products) if products is not None else []

    def search(request: SearchRequest) -> list[dict[str, Any]]:
        return [product for product in goods if catalogue.fits(product, request)]

    assistant = Assistant(
        understander, catalogue=catalogue, search=search if products is not None else None
    )
    turns = _rows(file)
    wrong = assistant.replay(turns)
    for sentence in () if json else wrong:
        click.echo(sentence)
    emit(
        {"turns": len(turns), "wrong": wrong}, json,
        lambda: click.echo(f"{len(turns)} turns, {len(wrong)} differences.", err=True),
    )  # fmt: skip
    if wrong:
        raise SystemExit(1)


def _texts(typed: tuple[str, ...]) -> Iterator[str | list[tuple[str, float]]]:
    """The texts themselves, or those of a file, or of standard input line by line."""
    if not typed or typed == ("-",):
        return (line.rstrip("\r\n") for line in sys.stdin)
    if len(typed) > 1 or not is_file(typed[0]):
        return iter(typed)
    file = Path(typed[0])
    if file.suffix in (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".json"):
        return _said(file)
    return lines_of(file)


def _said(file: Path) -> Iterator[str | list[tuple[str, float]]]:
    """The text of each row, or what a recogniser heard."""
    for number, row in enumerate(_rows(file), 1):
        text, heard = row.get("text"), row.get("hypotheses")
        if isinstance(text, str):
            yield text
            continue
        try:
            said = [(str(one["text"]), float(one["confidence"])) for one in heard or ()]
        except (TypeError, KeyError, ValueError, OverflowError):
            said = []
        if not said:
            raise ImportFormatError(
                f"Row {number} of {file} has no 'text', and no 'hypotheses' with 'text' and "
                "'confidence'."
            )
        yield said


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
    where = "standard input" if str(file) == "-" else file
    return list(json_rows(text_of(file), where))


def _table(file: Path) -> list[dict[str, Any]]:
    """The rows of a table, numbers as numbers."""
    import pyarrow as pa
    from pyarrow import csv

    if file.suffix == ".parquet":
        return parquet_rows(file)
    given(file)
    separated = csv.ParseOptions(delimiter="," if file.suffix == ".csv" else "\t")
    try:
        rows: list[dict[str, Any]] = csv.read_csv(file, parse_options=separated).to_pylist()
    except pa.ArrowInvalid as error:
        raise ImportFormatError(f"{file} cannot be read: {error}.") from None
    return rows
