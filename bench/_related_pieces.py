"""Related products, learned in pieces: the trees that a stopped run had learned are read again.

`in_pieces(folder)` keeps what the contest found and the trees for new products in files of JSON, as
soon as each is there; the model of a run that was stopped and begun again is the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chowk.discovery import related_products
from chowk.discovery.learned import Trees
from chowk.discovery.related_contest import Contest


@contextmanager
def in_pieces(folder: Path | None) -> Iterator[None]:
    """Within it `RelatedProducts.fit` goes on from `folder`; nothing changes where it is None."""
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    contest, learn_new = related_products.contest, related_products.learn_new

    def contest_kept(*given: Any, **named: Any) -> Contest:
        path = folder / "contest.json"
        if not path.is_file():
            made = contest(*given, **named)
            _write(path, [made.figures, made.trees.text, made.ways and made.ways.text])
        figures, trees, ways = json.loads(path.read_text())
        return Contest(figures, Trees(trees), Trees(ways) if ways else None)

    def new_kept(*given: Any, **named: Any) -> Trees | None:
        path = folder / "new.json"
        if not path.is_file():
            made = learn_new(*given, **named)
            _write(path, made.text if made else None)
        text = json.loads(path.read_text())
        return Trees(text) if text else None

    related_products.contest = contest_kept  # type: ignore[assignment]
    related_products.learn_new = new_kept
    try:
        yield
    finally:
        related_products.contest, related_products.learn_new = contest, learn_new


def _write(path: Path, told: Any) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(told))
    part.replace(path)
