"""Commands that go all the way: demo, serve, audit, bench."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import chowk
from chowk.errors import ImportFormatError, InputError

from .files import place
from .keeping import STAFF_ROLE
from .output import JSON, emit, progress
from .stores import build_json, run_build, tell_audit, tell_systems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chowk.store.check import Audit
    from chowk.store.importing.recognise import Guess


@click.command("demo")
@click.option(
    "--path",
    type=click.Path(path_type=Path),
    default=Path("demo-store"),
    show_default=True,
    help="Where the sample store goes.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the sample store.")
@click.option("--no-serve", is_flag=True, help="End after the report.")
@JSON
def demo(path: Path, port: int, seed: int, no_serve: bool, as_json: bool) -> None:
    """Make a sample store, build it, report on it, and serve it."""
    from chowk import artifacts
    from chowk.pages.report import write_report_page
    from chowk.sample import make
    from chowk.store.check import audit as check_store

    say = (lambda text: None) if as_json else click.echo
    if (path / "chowk.toml").is_file():
        say(f"The store {path} is there; using it.")
        store = chowk.open(path)
        if not store.tables():
            raise InputError(
                f"{path} is an empty store, perhaps of a demo that was stopped. Remove it and "
                f"{path.name}-truth beside it, or choose another --path."
            )
    else:
        say(f"Making a sample store in {path} (a simulated market, seed {seed}) …")
        with progress(as_json) as show:
            store = make(path, seed=seed, progress=lambda share, doing: show(doing, share))
    with store:
        found = check_store(store)
        if not as_json:
            tell_audit(found, None)
        record = artifacts.current(store.models_path)
        if record is None:
            say("Building what its tables allow …")
            record = run_build(store, (), (), quiet=as_json)
        page = store.path / "report.html"
        write_report_page(store, record, page)
        if not as_json:
            tell_systems(record)
            click.echo(f"The report is {page}.")
    result = {**build_json(record), "path": str(path), "html": str(page)}
    if no_serve:
        emit(result, as_json, lambda: click.echo(f"Serve it with: chowk serve {path}"))
        return
    if as_json:
        emit(result, as_json, lambda: None)
        sys.stdout.flush()
    run_server(path, port=port)


@click.command("serve")
@click.argument("store", type=click.Path(path_type=Path))
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.")
@click.option("--workers", type=int, help="Server processes.")
@JSON
def serve(
    store: Path, host: str | None, port: int | None, workers: int | None, as_json: bool
) -> None:
    """Serve STORE: the API, and the console for its people."""
    run_server(store, host=host, port=port, workers=workers, as_json=as_json)


def run_server(
    path: Path,
    *,
    host: str | None = None,
    port: int | None = None,
    workers: int | None = None,
    as_json: bool = False,
) -> None:
    """Print where to look and with which key, then serve until stopped."""
    from chowk.desk import Desk
    from chowk.serve.run import claimed
    from chowk.serve.run import serve as run

    flags = {"serve.host": host, "serve.port": port, "serve.workers": workers}
    store = chowk.open(path, flags=flags)
    settings = store.settings
    # Before keys are made: they are shown once, and not by a server that cannot start.
    claimed(settings.text("serve.host"), settings.integer("serve.port"))
    secrets: dict[str, str] = {}
    with Desk.open(settings.text("desk.url") or store.path / "desk.db") as desk:
        now = datetime.now(UTC)
        held = desk.keys()
        if not held:
            for scope in ("shop", "staff", "admin"):
                _, secrets[scope] = desk.create_key(
                    f"first {scope} key", scope, actor="cli", role=STAFF_ROLE.get(scope)
                )
            held = desk.keys()
        staff = next(
            (
                k
                for k in held
                if k.scope != "shop"
                and not k.revoked_at
                and not (k.expires_at and k.expires_at <= now)
            ),
            None,
        )
        ticket = desk.create_ticket(staff.key_id) if staff is not None else ""
    store.close()

    def ready(url: str) -> None:
        """Said when the workers answer: with port 0, the address is known only then."""
        login = f"{url}/console/login" + (f"?ticket={ticket}" if ticket else "")

        def tell() -> None:
            for scope, secret in secrets.items():
                click.echo(f"{scope:>6} key: {secret}")
            if secrets:
                click.echo("Keep these keys: they are not shown again; 'chowk key' makes more.")
            click.echo(f"Console: {login}   (good once, for ten minutes)")
            click.echo(f"API:     {url}/schema   Stop with Ctrl-C.")

        emit({"url": url, "console": login, "keys": secrets}, as_json, tell)
        sys.stdout.flush()

    run(
        path,
        host=settings.text("serve.host"),
        port=settings.integer("serve.port"),
        workers=settings.integer("serve.workers"),
        on_ready=ready,
    )


@click.command("audit")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("format_name", "--format", help="The file's format, when it must not be guessed.")
@click.option("mapping", "--map", multiple=True, metavar="column=COLUMN[,COLUMN…]")
@click.option("--products", type=click.Path(path_type=Path), help="A second file: the catalogue.")
@click.option("--table", help="The table, for csv, parquet and jsonl.")
@click.option("--currency", help="Of prices that name none; the file's own, or EUR, if unsaid.")
@click.option("--time-zone", default="UTC", show_default=True)
@click.option("--dates", type=click.Choice(["auto", "dmy", "mdy"]), default="auto")
@click.option(
    "--out", type=click.Path(path_type=Path), help="The page; FILE-audit.html here if unsaid."
)
@JSON
def audit(
    file: Path,
    format_name: str | None,
    mapping: tuple[str, ...],
    products: Path | None,
    table: str | None,
    currency: str | None,
    time_zone: str,
    dates: Any,
    out: Path | None,
    as_json: bool,
) -> None:
    """Audit one export without a store: one HTML page with the money that each problem touches."""
    from chowk.pages.audit import write_audit_page
    from chowk.store.check import audit as check_store
    from chowk.store.disk import write_file
    from chowk.store.importing.format import Options
    from chowk.store.importing.mapping import parse_mapping
    from chowk.store.importing.run import import_files
    from chowk.store.settings import checked

    page = out or Path(f"{file.name.split('.')[0]}-audit.html")
    place(page)
    with tempfile.TemporaryDirectory(prefix="chowk-audit-") as folder, progress(as_json) as show:
        show(f"reading {file.name}", 0.1)
        guess = _guessed(file, format_name, table, parse_mapping(mapping))
        chosen, origin = _currency(currency, guess.currency)
        said: dict[str, Any] = {"currency": chosen, "time_zone": time_zone}
        said = {
            key: checked(key, value, f"--{key.replace('_', '-')}") for key, value in said.items()
        }
        store = chowk.create(Path(folder) / "store", said)
        with store:
            options = Options(
                mapping=parse_mapping(mapping), products=products, dates=dates, table=guess.table
            )
            report = import_files(store, guess.format, [file], options)
            show("checking", 0.6)
            found = check_store(store, save=False)
            if report.quarantine is not None:  # the store goes; what to mend stays
                kept = page.with_name(f"{page.stem}-quarantine.csv")
                write_file(kept, report.quarantine)
                found = _pointing(found, report.quarantine.parent, kept)
                report.quarantine = kept
            write_audit_page(found, page, file.name, report=report)
    if found.currency != chosen:  # nothing was sold in the one that was expected
        origin = "as the file says"
    result = {
        **found.as_dict(),
        **report.as_dict(),
        "table": guess.table,
        "columns": {name: list(columns) for name, columns in guess.columns.items()},
        "currency_from": origin,
        "html": str(page),
    }

    def tell() -> None:
        click.echo(guess.sentence(file.name))
        click.echo(f"Money is in {found.currency}, {origin}.")
        tell_audit(found, page)

    emit(result, as_json, tell)


def _guessed(
    file: Path,
    format_name: str | None,
    table: str | None,
    mapping: Mapping[str, tuple[str, ...]],
) -> Guess:
    """What the file is: what the caller said of it, and for the rest what it looks like."""
    from chowk.store.importing.recognise import Guess, recognise

    plain = format_name in ("csv", "parquet", "jsonl")
    try:
        found = recognise(file, mapping)
    except ImportFormatError:
        if format_name is None or (plain and table is None):
            raise
        found = Guess(format_name, table)
    if format_name in (None, found.format):
        return found if table is None else Guess(found.format, table, currency=found.currency)
    if plain and table is None:
        raise InputError(
            f"With --format {format_name}, say which table {file.name} is: --table products or "
            "--table events, for example."
        )
    return Guess(format_name, table if plain else None, currency=found.currency)


def _currency(asked: str | None, seen: str) -> tuple[str, str]:
    """The currency of prices that name none, and where it came from."""
    if asked is not None:
        return asked, "as --currency says"
    if seen:
        return seen, "as the file says"
    return "EUR", "assumed because the file names none; say it with --currency CODE"


def _pointing(found: Audit, folder: Path, kept: Path) -> Audit:
    """The audit with the place where the quarantined rows lie now."""
    import msgspec

    findings = [
        msgspec.structs.replace(f, cure=f.cure.replace(str(folder), str(kept)))
        for f in found.findings
    ]
    return msgspec.structs.replace(found, findings=findings)


@click.command("bench", context_settings={"ignore_unknown_options": True})
@click.argument("name", required=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@JSON
def bench(name: str | None, arguments: tuple[str, ...], as_json: bool) -> None:
    """Run a bench of the project (from a clone), or list them."""
    folder = next(
        (p / "bench" for p in (Path.cwd(), *Path.cwd().parents) if (p / "bench").is_dir()), None
    )
    if folder is None:
        raise InputError("Benches come with the source: clone the project and run this there.")
    names = sorted(p.stem for p in folder.glob("*.py") if not p.stem.startswith("_"))
    if name is None:
        emit({"benches": names}, as_json, lambda: click.echo("\n".join(names)))
        return
    if name not in names:
        raise InputError(f"There is no bench {name!r}. Benches are: {', '.join(names)}.")
    more = [] if not as_json else ["--json", "-"]
    code = subprocess.run(  # noqa: S603 - the project's own benches, by a checked name
        [sys.executable, str(folder / f"{name}.py"), *arguments, *more]
    ).returncode
    raise click.exceptions.Exit(code)
