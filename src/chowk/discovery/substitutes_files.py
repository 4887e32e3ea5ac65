"""`Substitutes` on disk: arrays as NPZ and the rest as JSON; no pickles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np
from scipy import sparse

from chowk.errors import ArtifactError

from .content import Content
from .facts import Vocabulary
from .graph import Graph
from .identity import Id, Places
from .substitutes_pairs import Goods

if TYPE_CHECKING:
    from .substitutes import Substitutes

Model = TypeVar("Model", bound="Substitutes")
_FORMAT = 1


class _Record(msgspec.Struct):
    format: int
    settings: dict[str, Any]
    weights: dict[str, float]
    ids: list[Id]
    words: dict[str, int] | None
    type_names: list[str]
    brand_names: list[str]
    facts: list[dict[str, str]]


def save(model: Substitutes, folder: Path) -> None:
    """Write the model into `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    graph, goods = model._graph, model._goods
    arrays: dict[str, Any] = {"types": goods.types, "brands": goods.brands, "price": goods.price}
    rows = {"forward": graph.forward, "views": graph.views}
    if graph.content is not None:
        rows["content"] = graph.content.rows
        arrays["content_weights"] = graph.content.weights
    for name, held in rows.items():
        arrays |= {f"{name}_data": held.data, f"{name}_at": held.indices}
        arrays |= {f"{name}_starts": held.indptr, f"{name}_shape": np.array(held.shape)}
    np.savez(folder / "substitutes.npz", **arrays)
    record = _Record(
        format=_FORMAT,
        settings={
            name: getattr(model, name)
            for name in ("price_ratio", "same_type", "learn", "limit", "seed")
        },
        weights=model.weights_,
        ids=graph.places.ids,
        words=graph.content.words if graph.content is not None else None,
        type_names=goods.type_names,
        brand_names=goods.brand_names,
        facts=goods.facts,
    )
    (folder / "substitutes.json").write_bytes(msgspec.json.encode(record))


def load(cls: type[Model], folder: Path) -> Model:
    """Open what `save` wrote; ArtifactError where it cannot be read."""
    from .substitutes import from_parts

    try:
        record = msgspec.json.decode((folder / "substitutes.json").read_bytes(), type=_Record)
        with np.load(folder / "substitutes.npz", allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        if record.format != _FORMAT:
            raise ValueError(f"its format is {record.format}, this code reads {_FORMAT}")

        def rows(name: str) -> sparse.csr_array:
            parts = (arrays[f"{name}_data"], arrays[f"{name}_at"], arrays[f"{name}_starts"])
            return sparse.csr_array(parts, shape=tuple(arrays[f"{name}_shape"]))

        places = Places([], "load")
        for one in record.ids:
            places.append(one)
        content = None
        if record.words is not None:
            content = Content(rows("content"), arrays["content_weights"], record.words)
        graph = Graph(places, rows("forward"), rows("views"), content)
    except (OSError, ValueError, KeyError, msgspec.MsgspecError) as error:
        raise ArtifactError(
            f"The substitutes in {folder} cannot be read: {error}. Fit and save them again."
        ) from None
    goods = Goods(
        arrays["types"], record.type_names, arrays["brands"], record.brand_names,
        arrays["price"], record.facts, Vocabulary(arrays["types"], record.facts),
    )  # fmt: skip
    return from_parts(cls, record.settings, graph, goods, record.weights)  # type: ignore[return-value]
