"""Commands on a store's data and models: new, import, check, build, report, export."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import chowk
from chowk.errors import InputError

from .files import place
from .output import JSON, columns, counted, emit, money, progress

if TYPE_CHECKING:
    from chowk.artifacts import Build
    from chowk.store.check import Audit
    from chowk.store.importing.run import ImportReport

STORE = click.argument("store", type=click.Path(path_type=Path))


@click.command("new")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", help="What the console calls the store.")
@click.option("--currency", help="Currency of prices that name none (ISO 4217), such as INR.")
@click.option("--time-zone", help="Zone of times that carry none, such as Asia/Kolkata.")
@click.option("--locale", help="Language of titles, such as en or hi-IN.")
@JSON
def new(
    path: Path,
    name: str | None,
    currency: str | None,
    time_zone: str | None,
    locale: str | None,
    as_json: bool,
) -> None:
    """Make a new, empty store at PATH."""
    from chowk.store.settings import checked

    given = {"name": name, "currency": currency, "time_zone": time_zone, "locale": locale}
    chosen = {
        key: checked(key, value, f"--{key.replace('_', '-')}")
        for key, value in given.items()
        if value is not None
    }
    store = chowk.create(path, chosen)
    emit(
        {"path": str(path), "settings": {n: store.settings.shown(n) for n in store.settings}},
        as_json,
        lambda: click.echo(
            f"Made the store {path}. Next: chowk import {path} order-lines FILE --map order=COLUMN"
        ),
    )


@click.command("import")
@STORE
@click.argument("format_name", metavar="FORMAT")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "mapping",
    "--map",
    multiple=True,
    metavar="column=COLUMN[,COLUMN…]",
    help="Which column of the file is which of the table.",
)
@click.option("--table", help="The table, for csv, parquet and jsonl.")
@click.option(
    "--products",
    type=click.Path(path_type=Path),
    help="A second file with the catalogue, for order-lines.",
)
@click.option("--encoding", help="utf-8, utf-16, cp1252 … when it must not be guessed.")
@click.option("--delimiter", help="The mark between columns, when it must not be guessed.")
@click.option(
    "--dates",
    type=click.Choice(["auto", "dmy", "mdy"]),
    default="auto",
    help="Order of day and month in dates with slashes.",
)
@click.option(
    "--decimal",
    type=click.Choice(["auto", "point", "comma"]),
    default="auto",
    help="The decimal mark of numbers.",
)
@click.option("--fees", help="Product codes that are charges, joined by commas (order-lines).")
@click.option("--strict", is_flag=True, help="Write nothing when any row would be quarantined.")
@JSON
def import_(
    store: Path,
    format_name: str,
    files: tuple[Path, ...],
    mapping: tuple[str, ...],
    table: str | None,
    products: Path | None,
    encoding: str | None,
    delimiter: str | None,
    dates: Any,
    decimal: Any,
    fees: str | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Import FILES of one FORMAT into STORE.

    FORMAT is csv, parquet or jsonl (with --table), order-lines, merchant-center, shopify, jsonld,
    ga4, segment, ubi, proximity (raw logs of phones, badges and doors) or test-results.
    """
    from chowk.store.importing.format import Options
    from chowk.store.importing.mapping import parse_mapping
    from chowk.store.importing.run import import_files

    options = Options(
        mapping=parse_mapping(mapping),
        table=table,
        products=products,
        encoding=encoding,
        delimiter=delimiter.replace("\\t", "\t") if delimiter else None,
        dates=dates,
        decimal=decimal,
        fees=tuple(f.strip() for f in fees.split(",") if f.strip()) if fees is not None else None,
    )
    with chowk.open(store) as opened, progress(as_json) as show:
        show(f"importing {files[0].name}", 0.0)
        report = import_files(opened, format_name, files, options, strict=strict)
    emit(report.as_dict(), as_json, lambda: tell_import(report, store))


def tell_import(report: ImportReport, store: Path) -> None:
    """Print the accounts of an import."""
    columns(
        [(a.file, f"{a.rows_in:,}", f"{a.kept:,}", f"{a.quarantined:,}") for a in report.accounts],
        ("file", "rows in", "kept", "quarantined"),
    )
    already = sum(account.already for account in report.accounts)
    if already:
        click.echo(f"{already:,} of the kept rows were in the store already; they are stored once.")
    for name, count in report.derived.items():
        click.echo(f"Made from them: {counted(count, name)}.")
    for note, count in report.notes.items():
        click.echo(f"Note: {note} ({count:,}).")
    if report.quarantine:
        for reason, count in report.reasons.items():
            click.echo(f"Quarantined {count:,}: {reason}.")
        click.echo(f"Those rows lie in {report.quarantine}.")
    click.echo(f"Next: chowk check {store}, then chowk build {store}.")


@click.command("check")
@STORE
@click.option("--html", type=click.Path(path_type=Path), help="Also write the audit as a page.")
@click.option("--strict", is_flag=True, help="Exit with 1 when rows are in quarantine.")
@JSON
def check(store: Path, html: Path | None, strict: bool, as_json: bool) -> None:
    """Audit STORE: what is wrong with its data, the revenue it touches, what to do."""
    from chowk.store.check import audit

    place(html)
    with chowk.open(store) as opened, progress(as_json) as show:
        show("checking", 0.2)
        found = audit(opened)
        if html is not None:
            from chowk.pages.audit import write_audit_page

            write_audit_page(found, html, opened.settings.text("name"))
    emit(found.as_dict(), as_json, lambda: tell_audit(found, html))
    if not found.ok or (strict and any(a.quarantined for a in found.accounts)):
        raise click.exceptions.Exit(1)


def tell_audit(found: Audit, html: Path | None) -> None:
    """Print the findings, those that touch most money first."""
    rows = ", ".join(counted(count, name) for name, count in found.tables.items())
    click.echo(f"{rows or 'No tables yet'}.")
    if found.orders:
        click.echo(
            f"{found.orders:,} orders from {found.first[:10]} to {found.last[:10]}, "
            f"revenue {money(found.revenue, found.currency)}."
        )
        others = [money(t.revenue, t.currency) for t in found.takings[1:]]
        if others:
            click.echo(
                f"Sold in other currencies besides: {', '.join(others)}. Revenue and shares below "
                f"are of the sales in {found.currency}."
            )
    if found.findings:
        _tell_findings(found)
    rows_in = sum(a.rows_in for a in found.accounts)
    kept = sum(a.kept for a in found.accounts)
    held = sum(a.quarantined for a in found.accounts)
    if found.accounts:
        verdict = "adds up" if found.ok else "DOES NOT ADD UP"
        click.echo(f"Accounts: {rows_in:,} rows in = {kept:,} kept + {held:,} quarantined: "
                   f"{verdict}.")  # fmt: skip
    if found.lost:
        click.echo(f"chowk: {found.lost}", err=True)
    if html is not None:
        click.echo(f"The page is {html}.")


def _tell_findings(found: Audit) -> None:
    columns(
        [
            (
                f.severity,
                f.title,
                f"{f.rows:,}",
                " + ".join(
                    [f"{f.revenue:,.0f}", *(f"{v:,.0f} {name}" for name, v in f.others.items())]
                ),
                f"{100 * f.share_of_revenue:.1f} %",
                f.cure,
            )
            for f in found.findings
        ],
        ("", "finding", "rows", f"revenue ({found.currency})", "share", "what to do"),
    )


@click.command("build")
@STORE
@click.option("--engine", metavar="URL", help="duckdb, or spark://host:7077.")
@click.option("--only", multiple=True, metavar="SYSTEM", help="Build this system alone.")
@click.option(
    "--insist",
    multiple=True,
    metavar="SYSTEM",
    help="Switch a system on even when its baseline is better.",
)
@click.option("--seed", type=int, help="Seed of everything random.")
@JSON
def build(
    store: Path,
    engine: str | None,
    only: tuple[str, ...],
    insist: tuple[str, ...],
    seed: int | None,
    as_json: bool,
) -> None:
    """Learn what STORE's tables allow, judge it on held-out rows, and serve it."""
    with chowk.open(store, engine=engine, flags={"build.seed": seed}) as opened:
        record = run_build(opened, only, insist, quiet=as_json)
    emit(build_json(record), as_json, lambda: tell_build(record, store))


def run_build(
    store: chowk.Store, only: tuple[str, ...], insist: tuple[str, ...], *, quiet: bool
) -> Build:
    """Build with a progress bar."""
    from chowk.build import build as build_store

    with progress(quiet) as show:
        return build_store(
            store,
            only=only or None,
            insist=insist,
            watch=lambda name, phase, share, doing: show(
                f"{name}: {phase}{': ' if doing else ''}{doing}", share
            ),
        )


def build_json(record: Build) -> dict[str, Any]:
    """The shape of `build --json`."""
    return {
        "build": record.build,
        "engine": record.engine,
        "seconds": record.seconds,
        "systems": [system_json(built) for built in record.systems],
    }


def system_json(built: Any) -> dict[str, Any]:
    """One system's scorecard as the commands print it."""
    import msgspec

    card = msgspec.to_builtins(built.scorecard) if built.scorecard is not None else {}
    shown = {
        "name": built.name,
        **{
            key: card.get(key)
            for key in ("metric", "value", "baseline", "baseline_name", "better", "low", "high",
                        "rows", "seconds", "cut", "measures")
        },
        "enabled": built.enabled,
    }  # fmt: skip
    if card.get("value") is None:
        shown["why"] = card.get("why") or built.lacks
    return shown


def tell_build(record: Build, store: Path) -> None:
    """Print the scorecards of a build."""
    tell_systems(record)
    click.echo(f"Built in {record.seconds:.1f} s on {record.engine}. Next: chowk serve {store}.")


def tell_systems(record: Build) -> None:
    """Print one line a system: its metric beside its baseline's."""
    rows = []
    for built in record.systems:
        card = built.scorecard
        if card is None or card.value is None:
            rows.append((built.name, "", "", "", "", (card.why if card else "") or built.lacks))
            continue
        interval = f"{card.low:+.3f} … {card.high:+.3f}" if card.low is not None else ""
        state = "on" if built.enabled else "OFF: the baseline is better"
        rows.append(
            (
                built.name,
                card.metric,
                f"{card.value:.3f}",
                f"{card.baseline:.3f} ({card.baseline_name})" if card.baseline is not None else "",
                interval,
                f"{state}, {card.rows:,} held-out rows",
            )
        )
    columns(rows, ("system", "metric", "value", "baseline", "difference (95 %)", ""))


@click.command("report")
@STORE
@click.option("--html", type=click.Path(path_type=Path), help="Where; STORE/report.html if unsaid.")
@JSON
def report(store: Path, html: Path | None, as_json: bool) -> None:
    """Show the scorecards of the build that STORE serves, and write them as a page."""
    from chowk import artifacts

    place(html)
    with chowk.open(store) as opened:
        record = artifacts.current(opened.models_path)
        if record is None:
            raise InputError(f"{store} has no build yet. Run: chowk build {store}")
        page = html or opened.path / "report.html"
        from chowk.pages.report import write_report_page

        write_report_page(opened, record, page)

    def tell() -> None:
        tell_systems(record)
        click.echo(f"The page is {page}.")

    emit({**build_json(record), "html": str(page)}, as_json, tell)


@click.command("export")
@STORE
@click.argument("kind", metavar="FORMAT")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--table", help="The table, for csv, parquet and jsonl.")
@JSON
def export(store: Path, kind: str, file: Path, table: str | None, as_json: bool) -> None:
    """Write STORE's data to FILE (- for standard output): merchant-center, shopify, complementary,
    csv, parquet or jsonl.

    `complementary` is what goes with what, as a build found it, in the column that Shopify's app
    Search & Discovery takes.
    """
    from chowk.store.exporting import KINDS

    if kind not in (*KINDS, "complementary"):
        raise InputError(
            f"There is no export {kind!r}. Kinds are: {', '.join((*KINDS, 'complementary'))}."
        )
    if str(file) == "-":
        _streamed(store, kind, table, as_json)
        return
    rows = _written(store, kind, file, table)
    emit(
        {"file": str(file), "format": kind, "rows": rows},
        as_json,
        lambda: click.echo(f"Wrote {rows:,} rows to {file}."),
    )


def _written(store: Path, kind: str, file: Path, table: str | None) -> int:
    """Write the file of that kind; gives its rows."""
    from chowk.discovery.complements import write_complementary
    from chowk.search.rules import RuleBook, effects
    from chowk.store.exporting import export as export_store

    with chowk.open(store) as opened:
        if kind != "complementary":
            return export_store(opened, kind, file, table=table)
        if table is not None:
            raise InputError(f"The kind {kind!r} is made from several tables; leave --table out.")
        if not opened.rows("related_pairs"):
            raise InputError(
                f"{store} has no related_pairs, which a build of 'related' writes. "
                f"Run: chowk build {store}"
            )
        # What a merchandiser hides from the shop is not recommended by another platform either.
        shut = effects(RuleBook(opened.path / "rules.json").rules(), "", None).hidden
        return write_complementary(opened, file, hidden=shut)


def _streamed(store: Path, kind: str, table: str | None, as_json: bool) -> None:
    """The same bytes on standard output, when all of them are there."""
    if as_json:
        raise InputError(
            "--json and - would both write to standard output. Name a file, or leave --json out."
        )
    with tempfile.TemporaryDirectory(prefix="chowk-export-") as folder:
        file = Path(folder) / "export"
        rows = _written(store, kind, file, table)
        with file.open("rb") as handle:
            shutil.copyfileobj(handle, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    click.echo(f"Wrote {rows:,} rows to standard output.", err=True)
