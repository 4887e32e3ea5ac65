"""A whole sample store on disk: tables through one transaction, pictures, and the truth beside it.

The truth goes to a folder outside the store, as Parquet files of its own, where no system that is
given the store can read it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from chowk.errors import StoreExistsError, parameter
from chowk.store import schema
from chowk.store.opening import create
from chowk.store.store import Store
from chowk.system import Progress, silent

from .chapters import CHAPTERS
from .events import pieces
from .parameters import Difficulty, split
from .pictures import paint
from .world import World, world


def make(
    path: str | os.PathLike[str],
    *,
    seed: int = 0,
    difficulty: Difficulty = "middle",
    products: int = 2000,
    customers: int = 5000,
    events: int = 200_000,
    truth: str | os.PathLike[str] | None = None,
    images: bool = True,
    progress: Progress = silent,
) -> Store:
    """Make a sample store.

    Parameters
    ----------
    path : the folder of the new store; it must not exist, or be empty.
    seed : the same seed gives the same tables; even seeds have the training error kinds, odd ones
        the evaluation kinds.
    difficulty : 'easy', 'middle' or 'hard', see `parameters.DIFFICULTIES`.
    products, customers : how many, at least 1.
    events : about how many besides the impressions, at least 1; with them some 3.2 times as many.
        Beyond a million, the memory of writing them is bounded by the setting `engine.memory_mb`.
    truth : the folder of the truth, outside the store; `<path>-truth` by default.
    images : draw a picture for each product, under `<path>/images`; `products.image` is null
        without.
    progress : called with the share done and what is being done.

    Returns
    -------
    Store, with the tables products, offers, customers, calendar, events, live, package_types,
    shipments, utterances, addresses, messages and reviews.

    Raises
    ------
    StoreExistsError : something is at `path` or at `truth`.
    ParameterError : an argument outside its limits, or a truth inside the store.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> shop = make(pathlib.Path(tempfile.mkdtemp()) / "shop", products=40, customers=30,
    ...             events=200, images=False)
    >>> "live" in shop.tables()
    True
    """
    folder = Path(path)
    secret = Path(truth) if truth is not None else folder.with_name(folder.name + "-truth")
    if secret.resolve().is_relative_to(folder.resolve()):
        raise parameter("make", "truth", "a folder outside the store", str(secret))
    if secret.exists() and (not secret.is_dir() or any(secret.iterdir())):
        raise StoreExistsError(
            f"{secret} is there and not empty. Choose another folder for the truth, "
            "or remove it first."
        )
    progress(0.0, "drawing products and customers")
    drawn = world(seed=seed, difficulty=difficulty, products=products, customers=customers)
    store = create(
        folder,
        {"name": "Sample store", "currency": drawn.numbers.currency, "locale": "en"},
    )
    try:
        secret.mkdir(parents=True, exist_ok=True)
        _fill(store, secret, drawn, events, images, progress)
    except BaseException:
        # Half a sample is of no use; both folders were empty when we began.
        store.close()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(secret, ignore_errors=True)
        raise
    progress(1.0, "sample store made")
    return store


def _fill(
    store: Store, secret: Path, drawn: World, events: int, images: bool, progress: Progress
) -> None:
    if images:
        paint(drawn, store.path / "images", lambda share: progress(0.4 * share, "drawing pictures"))
    staging = store.path / ".staging-sample"
    staging.mkdir()
    try:
        with store.transaction() as change:
            for chapter in CHAPTERS:
                progress(0.4, f"writing {chapter.name}")
                pages = chapter.pages(drawn)
                for name, table in pages.tables.items():
                    change.replace(name, table)
                for name, table in pages.truth.items():
                    pq.write_table(table, secret / f"{name}.parquet")
            part = staging / "events.parquet"
            queries = _stage(
                part, drawn, events, lambda share: progress(0.42 + 0.4 * share, "simulating")
            )
            pq.write_table(queries, secret / "queries.parquet")
            progress(0.82, "writing events")
            change.append("events", [part])
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    document = {
        "seed": drawn.seed,
        "split": split(drawn.seed),
        "products": len(drawn.shelf),
        "customers": len(drawn.folk),
        "events": events,
        "parameters": drawn.numbers.document(),
    }
    (secret / "parameters.json").write_text(json.dumps(document, indent=1), "utf-8")


def _stage(part: Path, drawn: World, events: int, tell: Callable[[float], None]) -> pa.Table:
    """Write the stream of events as one Parquet file; returns what the queries meant."""
    meant: dict[tuple[str | None, ...], int] = {}
    seen = 0
    names: list[str] = []
    start, end = drawn.numbers.start.timestamp(), drawn.numbers.end.timestamp()
    with pq.ParquetWriter(part, schema.TABLES["events"].arrow, compression="zstd") as writer:
        for piece in pieces(drawn, events=events):
            writer.write_batch(piece.events)
            names = piece.intents.column_names
            for row in zip(*(c.to_pylist() for c in piece.intents.columns), strict=True):
                meant[row] = meant.get(row, 0) + 1
            seen += piece.events.num_rows
            at = piece.events["ts"][0].as_py().timestamp()
            tell(min(1.0, (at - start) / (end - start)))
    columns: dict[str, list[str | None]] = {
        name: [row[i] for row in meant] for i, name in enumerate(names)
    }
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    return table.append_column("typed", pa.array(list(meant.values()), pa.int64()))
