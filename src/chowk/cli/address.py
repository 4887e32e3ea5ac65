"""`chowk address`: addresses in, their parts, score and reasons out, one JSON line each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from chowk.errors import ImportFormatError

from .files import csv_rows, folder, given, is_file, json_rows, lines_of, parquet_rows, text_of
from .output import JSON_LINES, emit


@click.command("address")
@click.argument("texts", nargs=-1, metavar="[TEXT…|FILE|-]")
@click.option("--country", type=click.Choice(["in", "us"]), default="in", show_default=True)
@click.option("--model", type=click.Path(path_type=Path), help="Folder of a saved AddressParser.")
@click.option("--scorer", type=click.Path(path_type=Path), help="Folder of a saved AddressScorer.")
@click.option("--column", default="text", show_default=True, help="The address's column in a FILE.")
@click.option(
    "--learn",
    type=click.Path(path_type=Path),
    help="Learn a parser from a JSONL file of tokens and labels; rows of text alone get weak ones.",
)
@click.option("--save", type=click.Path(path_type=Path), help="Folder for what --learn makes.")
@JSON_LINES
def address(
    texts: tuple[str, ...],
    country: str,
    model: Path | None,
    scorer: Path | None,
    column: str,
    learn: Path | None,
    save: Path | None,
    as_json: bool,
) -> None:
    """Label the parts of addresses, or of the lines or rows of a FILE (- for standard input), and
    say how likely each is to be found, why not, and what to ask for. Scores are for India.
    """
    folder(model)
    folder(scorer)
    given(learn)
    if learn is not None or save is not None:
        if learn is None or save is None or texts:
            raise click.UsageError("Give --learn FILE and --save FOLDER together, and no texts.")
        _learn(learn, save, column, as_json)
        return
    asked = _texts(texts, column)
    from chowk.delivery import AddressParser, AddressScorer

    parser = AddressParser.load(country if model is None else model)
    judge = None
    if country == "in":
        judge = AddressScorer.load("in" if scorer is None else scorer)
    count = doubtful = 0
    for text in asked:
        row: dict[str, Any] = {
            "text": text,
            "parts": [
                {
                    "value": part.value,
                    "label": part.label,
                    "start": part.start,
                    "end": part.end,
                    **({"relation": part.relation} if part.relation else {}),
                }
                for part in parser.parse(text)
            ],
        }
        if judge is not None:
            judged = judge.score(text)
            row["score"] = round(judged.score, 4)
            row["level"] = judged.level
            row["verdict"] = judged.verdict.google()
            row["reasons"] = [msgspec.to_builtins(reason) for reason in judged.reasons]
            row["missing"] = judged.missing
            doubtful += judged.level != "good"
        count += 1
        click.echo(msgspec.json.encode(row).decode())
    summary = {"addresses": count, "doubtful": doubtful if judge is not None else None}
    emit(summary, as_json, lambda: click.echo(f"{doubtful} of {count} are doubtful.", err=True))


def _learn(file: Path, folder: Path, column: str, as_json: bool) -> None:
    """One command that makes a parser of one's own."""
    from chowk.delivery import AddressParser, weak_labels

    examples, bare = [], []
    for number, row in enumerate(json_rows(text_of(file), file), 1):
        if row.get("tokens") is not None:
            examples.append(row)
        elif isinstance(row.get(column), str):
            bare.append(row[column])
        else:
            raise ImportFormatError(
                f"Row {number} of {file} has neither 'tokens' and 'labels' nor {column!r}."
            )
    weak = weak_labels(bare)
    parser = AddressParser().fit([*examples, *weak])
    parser.save(folder)
    summary = {"labelled": len(examples), "weakly_labelled": len(weak), "of": len(bare),
               "labels": parser.labels_, "saved": str(folder)}  # fmt: skip
    said = (
        f"Learned {', '.join(parser.labels_)} from {len(examples):,} labelled addresses and "
        f"{len(weak):,} of {len(bare):,} others. Use it with --model {folder}."
    )
    emit(summary, as_json, lambda: click.echo(said))


def _texts(typed: tuple[str, ...], column: str) -> Iterator[str]:
    """The texts themselves, or those of a file, or of standard input line by line."""
    if not typed or typed == ("-",):
        return (line.rstrip("\r\n") for line in sys.stdin)
    if len(typed) > 1 or not is_file(typed[0]):
        return iter(typed)
    file = Path(typed[0])
    if file.suffix == ".parquet":
        return _column(parquet_rows(file), column, file)
    if file.suffix in (".csv", ".tsv"):
        return _column(csv_rows(file), column, file)
    if file.suffix in (".jsonl", ".ndjson"):
        return _column(json_rows(text_of(file), file), column, file)
    return lines_of(file)


def _column(rows: Any, column: str, file: Path) -> Iterator[str]:
    for number, row in enumerate(rows, 1):
        text = row.get(column) if isinstance(row, dict) else None
        if not isinstance(text, str):
            raise ImportFormatError(
                f"Row {number} of {file} has no text in {column!r}. Name the column with --column."
            )
        yield text
