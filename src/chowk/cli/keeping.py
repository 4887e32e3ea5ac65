"""Commands that look after a store: config, key, backup, restore, erase-customer, upgrade."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

import chowk
from chowk.errors import InputError

from .output import JSON, columns, emit

#: A key that is made on the machine itself is mostly for wiring the shop to it.
STAFF_ROLE = {"staff": "engineer"}

STORE = click.argument("store", type=click.Path(path_type=Path))


@click.command("config")
@click.argument("store", type=click.Path(path_type=Path), required=False)
@JSON
def config(store: Path | None, as_json: bool) -> None:
    """Show every setting, its value, and where it came from."""
    from chowk.store.settings import SETTINGS, Settings, strays

    settings = chowk.open(store).settings if store is not None else Settings.load()
    rows = [(s.name, settings.shown(s.name), settings.origin(s.name), s.doc) for s in SETTINGS]
    ignored = strays()

    def tell() -> None:
        columns(rows, ("setting", "value", "from", "meaning"))
        for key, meant in ignored.items():
            click.echo(f"{key} is set, and no setting has that name. Did you mean {meant}?")

    emit(
        {
            "settings": {n: {"value": v, "origin": o} for n, v, o, _ in rows},
            "ignored": ignored,
        },
        as_json,
        tell,
    )


@click.command("backup")
@STORE
@click.argument("file", type=click.Path(path_type=Path))
@JSON
def backup(store: Path, file: Path, as_json: bool) -> None:
    """Write a whole, consistent copy of STORE to FILE (a tar archive)."""
    from chowk.backup import back_up

    with chowk.open(store) as opened:
        size = back_up(opened, file)
    emit(
        {"file": str(file), "bytes": size},
        as_json,
        lambda: click.echo(f"Backed up {store} to {file} ({size / 1e6:,.1f} MB)."),
    )


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("path", type=click.Path(path_type=Path))
@JSON
def restore(file: Path, path: Path, as_json: bool) -> None:
    """Unpack the backup FILE as a store at PATH, and verify every file."""
    from chowk.backup import restore as unpack

    store = unpack(file, path)
    rows = {name: store.rows(name) for name in store.tables()}
    emit(
        {"path": str(path), "rows": rows},
        as_json,
        lambda: click.echo(f"Restored {path}; every file matches its checksum."),
    )


@click.command("erase-customer")
@STORE
@click.argument("customer_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@JSON
def erase_customer(store: Path, customer_id: str, yes: bool, as_json: bool) -> None:
    """Remove a person from STORE: tables, live changes, quarantine, and old versions."""
    from chowk.erasure import erase
    from chowk.serve import authors
    from chowk.serve.guard_log import forget

    if as_json and not yes:
        raise InputError("Nobody can be asked with --json. Add --yes to erase; it is for good.")
    if not yes:
        click.confirm(f"Erase customer {customer_id} from {store}? This cannot be undone",
                      abort=True)  # fmt: skip
    with chowk.open(store) as opened:
        # First the guards: where their files cannot be opened, nothing is half done.
        known = forget(opened.path, customer_id)
        counts = erase(opened, customer_id)
        if known:
            counts["guards"] = known
        if ids := authors.forget(opened.path, customer_id):
            counts["ids"] = ids
    if not any(counts.values()):
        raise InputError(f"{store} holds nothing of a customer {customer_id!r}. Check the id.")
    shown = ", ".join(f"{count:,} in {place}" for place, count in counts.items() if count)
    emit(
        {"customer_id": customer_id, "erased": counts},
        as_json,
        lambda: click.echo(f"Erased {shown}. Backups that you made before still hold it."),
    )


@click.command("upgrade")
@STORE
@JSON
def upgrade(store: Path, as_json: bool) -> None:
    """Bring STORE to the format that this Chowk writes."""
    from chowk.store.upgrade import upgrade as migrate

    before, after = migrate(store)
    said = f"{store} has format {after} already." if before == after else (
        f"Upgraded {store} from format {before} to {after}."
    )  # fmt: skip
    emit({"from": before, "to": after}, as_json, lambda: click.echo(said))


@click.group("key")
def key() -> None:
    """Make, list and revoke the keys by which the API and the console are used."""


def _desk(store: Path):  # type: ignore[no-untyped-def]
    from chowk.desk import Desk

    opened = chowk.open(store)
    return Desk.open(opened.settings.text("desk.url") or opened.path / "desk.db")


@key.command("create")
@STORE
@click.option("--scope", type=click.Choice(["shop", "staff", "admin"]), required=True)
@click.option("--name", default="unnamed", help="What the key is for.")
@click.option("--role", help="What it may do; engineer for a staff key when unsaid.")
@click.option("--expires-days", type=click.IntRange(1, 3650), help="How long it works.")
@JSON
def key_create(
    store: Path, scope: str, name: str, role: str | None, expires_days: int | None, as_json: bool
) -> None:
    """Make a key; its secret is shown once."""
    end = datetime.now(UTC) + timedelta(days=expires_days) if expires_days else None
    with _desk(store) as desk:
        made, secret = desk.create_key(
            name, scope, actor="cli", role=role or STAFF_ROLE.get(scope), expires_at=end
        )
    emit(
        {
            "key_id": made.key_id,
            "scope": scope,
            "role": made.role,
            "name": name,
            "expires_at": end.isoformat() if end else None,
            "secret": secret,
        },
        as_json,
        lambda: click.echo(f"{secret}\nKeep it: it is not shown again."),
    )


@key.command("list")
@STORE
@JSON
def key_list(store: Path, as_json: bool) -> None:
    """List keys, never their secrets."""
    with _desk(store) as desk:
        keys = desk.keys()
    now = datetime.now(UTC)
    rows = [
        (
            k.key_id,
            k.scope,
            k.role,
            k.name,
            "revoked" if k.revoked_at
            else "expired" if k.expires_at and k.expires_at <= now
            else "active",
        )
        for k in keys
    ]  # fmt: skip
    emit(
        {
            "keys": [
                dict(zip(("key_id", "scope", "role", "name", "state"), r, strict=True))
                for r in rows
            ]
        },
        as_json,
        lambda: columns(rows, ("key", "scope", "role", "name", "state")),
    )


@key.command("revoke")
@STORE
@click.argument("key_id")
@JSON
def key_revoke(store: Path, key_id: str, as_json: bool) -> None:
    """Revoke a key; it stops working within seconds."""
    with _desk(store) as desk:
        keys = desk.keys()
        if key_id not in {held.key_id for held in keys}:
            raise InputError(
                f"{store} has no key {key_id!r}. List its keys with: chowk key list {store}"
            )
        desk.revoke_key(key_id, actor="cli")
    emit({"key_id": key_id}, as_json, lambda: click.echo(f"Revoked {key_id}."))
