"""`chowk pack`: three files in, one package for every product out, no store needed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import chowk
from chowk.errors import InputError

from .files import given, place
from .output import JSON, columns, emit, progress

if TYPE_CHECKING:
    from chowk.delivery import Assignment

_FILE = click.Path(path_type=Path)


def _amount(ctx: click.Context, parameter: click.Parameter, given: str | None) -> Any:
    if given is None or given == "today":
        return given
    try:
        return float(given)
    except ValueError:
        raise click.BadParameter(f"{given!r} is neither a number nor 'today'.") from None


@click.command("pack")
@click.argument("shipments", type=_FILE)
@click.argument("products", type=_FILE)
@click.argument("types", type=_FILE)
@click.option("--budget", callback=_amount, help="What shipping may cost in all, or 'today'.")
@click.option("--tradeoff", type=float, help="What one unit of damage is worth; 1 if unsaid.")
@click.option("--damage-target", callback=_amount, help="What damage may cost in all, or 'today'.")
@click.option(
    "--least",
    type=click.Choice(["cost", "material", "co2e"]),
    default="cost",
    show_default=True,
    help="What is kept low beside damage.",
)
@click.option(
    "--confidence",
    type=click.FloatRange(0.5, 1, max_open=True),
    default=0.95,
    show_default=True,
    help="How sure a saving must be before a change is proposed.",
)
@click.option("--out", type=_FILE, help="Write every product's package to this CSV file.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "mapping",
    "--map",
    multiple=True,
    metavar="column=COLUMN",
    help="Which column of the files is which of their tables.",
)
@JSON
def pack(
    shipments: Path,
    products: Path,
    types: Path,
    budget: Any,
    tradeoff: float | None,
    damage_target: Any,
    least: Any,
    confidence: float,
    out: Path | None,
    seed: int,
    mapping: tuple[str, ...],
    as_json: bool,
) -> None:
    """Pick the package that costs least in freight and damage together, for every product.

    SHIPMENTS, PRODUCTS and TYPES are CSV, Parquet or JSON lines with the columns of the tables
    shipments, products and package_types. Nothing is changed: what comes out is a proposal.
    """
    given(shipments, products, types)
    place(out)
    files = {"shipments": shipments, "products": products, "package_types": types}
    from chowk.delivery import PackageRecommender

    with progress(as_json) as show:
        show("reading", 0.1)
        tables, accounts = _read(files, mapping)
        show("learning", 0.4)
        recommender = PackageRecommender(seed=seed).fit(
            tables["shipments"], tables["products"], tables["package_types"]
        )
        show("choosing", 0.9)
        found = recommender.assign(
            tables["products"],
            budget=budget,
            tradeoff=tradeoff,
            damage_target=damage_target,
            least=least,
            confidence=confidence,
        )
        curve = recommender.frontier(tables["products"], points=11)
    if out is not None:
        import pyarrow.csv as pv

        reasons = found["reason"].cast("string")
        at = found.table.column_names.index("reason")
        pv.write_csv(found.table.set_column(at, "reason", reasons), out)
    result = {
        "tables": accounts,
        "notes": list(recommender.notes_),
        "tradeoff": found.tradeoff if found.tradeoff != float("inf") else None,
        "totals": dict(found.totals),
        "changes": found.changes.slice(0, 20).to_pylist(),
        "frontier": curve.to_pylist(),
        "out": str(out) if out is not None else None,
    }
    emit(result, as_json, lambda: _tell(found, recommender.notes_, accounts, curve, out))


def _read(
    files: dict[str, Path], mapping: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Each file as its table of the schema, and its account: rows in, kept, quarantined."""
    from chowk.store.importing.format import Options
    from chowk.store.importing.mapping import check_columns, check_targets, parse_mapping
    from chowk.store.importing.run import import_files
    from chowk.store.schema import TABLES

    meant = parse_mapping(mapping)
    known = tuple(dict.fromkeys(column for name in files for column in TABLES[name].names))
    check_targets(meant, known, "what chowk pack reads")
    kinds = {name: _kind(file) for name, file in files.items()}
    headers = {str(file): _header(file, kinds[name]) for name, file in files.items()}
    check_columns(meant, headers)
    tables, accounts = {}, {}
    with (
        tempfile.TemporaryDirectory(prefix="chowk-pack-") as folder,
        chowk.create(Path(folder) / "store") as store,
    ):
        for name, file in files.items():
            own = {
                target: columns
                for target, columns in meant.items()
                if target in TABLES[name] and set(columns) <= set(headers[str(file)])
            }
            report = import_files(store, kinds[name], [file], Options(table=name, mapping=own))
            account = report.as_dict()
            if not store.rows(name):
                why = "; ".join(account["reasons"]) or "the file has no rows"
                raise InputError(f"No row of {file} can be read as {name}: {why}.")
            kept = account["tables"][report.accounts[0].file]
            accounts[name] = {**kept, "file": str(file), "reasons": account["reasons"]}
            tables[name] = store.arrow(store[name])
    return tables, accounts


def _kind(file: Path) -> str:
    """The plain format that a file's name says."""
    ending = Path(file.name.removesuffix(".gz")).suffix.lower()
    return {".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl"}.get(ending, "csv")


def _header(file: Path, kind: str) -> list[str]:
    """The columns that a file has."""
    from chowk.store.importing.columnar import jsonl_columns, parquet_columns
    from chowk.store.importing.delimited import delimiter_of, header_of
    from chowk.store.importing.source import encoding_of

    if kind == "parquet":
        return parquet_columns(file)
    encoding = encoding_of(file)
    if kind == "jsonl":
        return jsonl_columns(file, encoding)
    return header_of(file, encoding, delimiter_of(file, encoding))


def _tell(
    found: Assignment,
    notes: tuple[str, ...],
    accounts: dict[str, Any],
    curve: Any,
    out: Path | None,
) -> None:
    for name, account in accounts.items():
        if account["quarantined"]:
            why = "; ".join(account["reasons"])
            click.echo(f"{account['quarantined']:,} rows of {name} were left out: {why}")
    for note in notes:
        click.echo(note)
    total = found.totals
    click.echo(
        f"{total['products']:,} products, {total['changed']:,} change their package, "
        f"{total['unassigned']:,} fit none."
    )
    rows = []
    for name, label in (
        ("shipping_cost", "shipping"),
        ("damage_cost", "damage, expected"),
        ("damages", "parcels broken, expected"),
        ("material_g", "material, kg"),
        ("co2e_g", "CO2e, kg"),
    ):
        now, then = total[f"{name}_today"], total[name]
        if now is not None and then is not None:
            scale = 1000 if name.endswith("_g") else 1
            share = f"{then / now - 1:+.1%}" if now else ""
            rows.append((label, f"{now / scale:,.1f}", f"{then / scale:,.1f}", share))
    columns(rows, ("over all parcels", "today", "proposed", "change"))
    if total["saving_low"] is not None:
        click.echo(
            f"Saving: {total['saving']:,.2f} "
            f"(95 %: {total['saving_low']:,.2f} to {total['saving_high']:,.2f})"
        )
    changes = found.changes.slice(0, 10).to_pylist()
    if changes:
        click.echo("\nThe largest changes:")
        columns(
            [
                (c["product_id"], c["today"], c["package_type"], f"{c['saving']:,.2f}", c["reason"])
                for c in changes
            ],
            ("product", "today", "proposed", "saving", "why"),
        )
    click.echo("\nShipping against damage, from the cheapest to the safest:")
    columns(
        [(f"{r['shipping_cost']:,.2f}", f"{r['damage_cost']:,.2f}") for r in curve.to_pylist()],
        ("shipping", "damage"),
    )
    if out is not None:
        click.echo(f"\nEvery product's package: {out}")
