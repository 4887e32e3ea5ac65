"""Commands about search: shadow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import chowk
from chowk.errors import ImportFormatError, InputError

from .files import csv_rows, given
from .output import JSON, columns, emit

_PATIENCE = 10.0


@click.command("shadow")
@click.argument("store", type=click.Path(path_type=Path))
@click.argument("incumbent")
@click.option("--k", type=click.IntRange(1, 100), default=10, help="Hits a page; 10 if unsaid.")
@click.option("--region", help="The shopper's region.")
@click.option(
    "--queries", type=click.IntRange(1, 10_000), default=200, help="Queries that are asked."
)
@click.option("--show", type=click.IntRange(1, 1000), default=20, help="Lines that are shown.")
@JSON
def shadow(
    store: Path,
    incumbent: str,
    k: int,
    region: str | None,
    queries: int,
    show: int,
    as_json: bool,
) -> None:
    """Ask STORE's queries here and of the INCUMBENT search; disagreements first.

    INCUMBENT is a CSV export (query, product_id, position, and how often it is asked: asked), or an
    address in which {query} stands for the query and which answers with a JSON list of product ids,
    or with {"hits": [{"product_id"}]}.
    """
    from chowk import artifacts
    from chowk.search.rules import RuleBook, effects
    from chowk.search.shadow import compared, pages
    from chowk.search.system import SearchSystem

    with chowk.open(store) as opened:
        if incumbent.startswith(("http://", "https://")):
            asked = list(_fetched(incumbent, _queries_of(opened, queries)))
        else:
            asked = pages(_rows(Path(incumbent)))[:queries]
        build = artifacts.current(opened.models_path)
        built = [] if build is None else [s for s in build.systems if s.name == "search"]
        if not built or not built[0].folder:
            raise InputError(f"{store} has no search yet. Run 'chowk build {store}' first.")
        system = SearchSystem.load(opened.models_path / built[0].folder)
        try:
            book = RuleBook(opened.path / "rules.json").rules()

            def search(query: str, n: int) -> list[str]:
                held = effects(book, query, region)  # as a shopper would see it
                hits = system.engine_.search(query, k=n, region=region, rules=held).hits
                return [hit.product_id for hit in hits]

            found = compared(asked, search, k=k)
        finally:
            system.close()
    mean = sum(one.agreement for one in found) / len(found) if found else 0.0
    shown = [
        (
            one.query,
            f"{one.agreement:.2f}",
            one.asked,
            " ".join(one.only_ours[:3]),
            " ".join(one.only_theirs[:3]),
        )
        for one in found[:show]
    ]

    def said() -> None:
        click.echo(f"{len(found)} queries, mean agreement {mean:.2f}; the largest disagreements:")
        columns(shown, ("query", "agreement", "asked", "only here", "only there"))

    emit(
        {
            "queries": len(found),
            "agreement": mean,
            "disagreements": [
                {
                    "query": one.query,
                    "agreement": one.agreement,
                    "asked": one.asked,
                    "ours": one.ours,
                    "theirs": one.theirs,
                }
                for one in found
            ],
        },
        as_json,
        said,
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    given(path)
    rows = csv_rows(path)
    first = next(rows, None)
    names = [] if first is None else list(first)
    for name in ("query", "product_id"):
        if name not in names:
            raise InputError(
                f"{path} has no column {name!r}. Give a CSV with query, product_id and position. "
                f"It has: {', '.join(map(str, names)) or 'no rows'}."
            )
    if first is not None:
        yield first
    yield from rows


def _queries_of(store: Any, most: int) -> list[tuple[str, int]]:
    """The store's commonest queries."""
    events = store.table("events")
    asked = events.filter((events.kind == "search") & events["query"].notnull())
    asked = asked.group_by(text=asked["query"].strip().lower()).agg(times=lambda t: t.count())
    rows = store.engine.arrow(
        asked.order_by(asked.times.desc(), asked.text).limit(most)
    ).to_pylist()
    return [(row["text"], int(row["times"])) for row in rows if row["text"]]


def _fetched(address: str, queries: list[tuple[str, int]]) -> Iterator[tuple[str, list[str], int]]:
    """The incumbent's pages over HTTP."""
    from urllib.error import URLError
    from urllib.parse import quote
    from urllib.request import urlopen

    import msgspec

    if "{query}" not in address:
        raise InputError("The address needs {query} where the query stands.")
    for query, times in queries:
        try:
            with urlopen(address.replace("{query}", quote(query)), timeout=_PATIENCE) as answer:  # noqa: S310 (the scheme was checked)
                body = msgspec.json.decode(answer.read())
        except (URLError, OSError, msgspec.DecodeError) as error:
            raise ImportFormatError(f"The incumbent did not answer {query!r}: {error}.") from None
        hits = body.get("hits", []) if isinstance(body, dict) else body
        try:
            ids = [str(hit["product_id"]) if isinstance(hit, dict) else str(hit) for hit in hits]
        except (KeyError, TypeError):
            raise ImportFormatError(
                f"The incumbent's answer to {query!r} is neither a list of product ids nor "
                '{"hits": [{"product_id"}]}.'
            ) from None
        yield query, ids, times
