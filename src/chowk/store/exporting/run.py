"""Which kinds of files there are, and the one call that writes them.

Every kind streams from the engine and replaces its file in one rename, so a file is whole or not
there. `merchant-center` and `shopify` carry texts exactly as they are, because machines read them;
`csv` is opened in spreadsheets, so texts that would run as formulas get an apostrophe in front.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from chowk.errors import InputError
from chowk.store.reader import Reader

from .merchant_center import write_merchant_center_supplemental
from .plain import write_csv, write_jsonl, write_parquet
from .shopify import write_shopify_csv

_WHOLE: dict[str, Callable[[Reader, Path], int]] = {
    "merchant-center": write_merchant_center_supplemental,
    "shopify": write_shopify_csv,
}
_PLAIN: dict[str, Callable[[Reader, Path, str], int]] = {
    "csv": write_csv,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
}
#: What can be written, by name.
KINDS = (*_WHOLE, *_PLAIN)


def export(
    store: Reader, kind: str, path: str | os.PathLike[str], *, table: str | None = None
) -> int:
    """Write a file of `kind` and return its rows (without the header).

    Parameters
    ----------
    store : a store, or a view of one.
    kind : `merchant-center` (a supplemental feed, TSV, or XML when the path ends in .xml),
        `shopify` (a product CSV), or `csv`, `jsonl`, `parquet` of one table.
    path : the file; an old one is replaced when the new one is whole.
    table : the table, for the last three.

    Raises
    ------
    InputError, TableNotFoundError

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> export(store, "jsonl", folder / "products.jsonl", table="products") == store.rows(
    ...     "products")
    True
    """
    target = Path(path)
    if target.is_dir():
        raise InputError(f"{target} is a folder. Name the file that is to be written in it.")
    if not target.parent.is_dir():
        raise InputError(f"There is no folder {target.parent}. Make it first.")
    if kind in _WHOLE:
        if table is not None:
            raise InputError(f"The kind {kind!r} is made from several tables; leave --table out.")
        return _WHOLE[kind](store, target)
    if kind not in _PLAIN:
        raise InputError(f"There is no export {kind!r}. Kinds are: {', '.join(KINDS)}.")
    if table is None:
        raise InputError(f"The kind {kind!r} needs --table, for example --table products.")
    return _PLAIN[kind](store, target, table)
