"""New products while a model serves: a copy takes them in, and then stands in its place.

A fitted model and rows of the catalogue flow in; a model of its own flows out, which shares the
arrays of the first and knows the products that are new. The first goes on answering meanwhile, so
nobody who is being answered sees a model that is half changed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from .identity import Places
from .journey import Journey
from .substitutes import Substitutes

Model = TypeVar("Model", Journey, Substitutes)


def with_new(
    model: Model,
    products: Iterable[Mapping[str, Any]],
    columns: Iterable[str],
    *,
    most: int = 200,
) -> Model:
    """A model that also knows those of `products` that the given one does not.

    Parameters
    ----------
    products : rows with `product_id`; each is taken in by `fold_in`, in milliseconds.
    columns : those whose text or value is read, as at `fit`.
    most : of the new ones so many are taken in, the first.

    Returns
    -------
    The model itself where none is new. What it knows already stays as it is until the next fit.

    Examples
    --------
    >>> shelf = [{"product_id": "a", "title": "red ceramic mug", "category": "Mugs"},
    ...          {"product_id": "b", "title": "blue ceramic mug", "category": "Mugs"}]
    >>> model = Substitutes().fit(features=shelf)
    >>> new = {"product_id": "n", "title": "green ceramic mug", "category": "Mugs"}
    >>> wider = with_new(model, [new], ("title", "category"))
    >>> sorted(one for one, _ in wider.recommend("a")[0]), model.recommend("n")
    (['b', 'n'], [[]])
    """
    wanted = tuple(columns)
    rows = {row["product_id"]: row for row in products}
    new = [one for one in rows if one not in _places(model)]
    if not new or most < 1:
        return model
    made = _copied(model)
    for one in new[:most]:
        row = rows[one]
        made.fold_in(one, {name: row[name] for name in wanted if row.get(name) is not None})
    return made


def _copied(model: Model) -> Model:
    """The model with copies of all that `fold_in` changes in place."""
    made = copy.copy(model)
    if isinstance(made, Journey):
        made._places = made._places.copied()
        return made
    pairs = copy.copy(made._pairs)
    pairs.graph = replace(pairs.graph, places=pairs.graph.places.copied())
    pairs.goods = replace(pairs.goods, facts=list(pairs.goods.facts))
    pairs.agreement = copy.copy(pairs.agreement)
    pairs.members = dict(pairs.members)
    made._pairs, made._graph, made._goods = pairs, pairs.graph, pairs.goods
    return made


def _places(model: Journey | Substitutes) -> Places:
    return model._places if isinstance(model, Journey) else model._graph.places
