"""`RelatedProducts` on disk: arrays as NPZ, trees as LightGBM's text, the rest as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np
from scipy import sparse

from chowk.errors import ArtifactError
from chowk.store.places import folder_of

from .content import Content
from .graph import Graph
from .identity import Id, Places
from .learned import Trees
from .ways import Ways

if TYPE_CHECKING:
    from .related_products import RelatedProducts

Model = TypeVar("Model", bound="RelatedProducts")
_FORMAT = 1


class _Record(msgspec.Struct):
    format: int
    method: str
    served: str
    limit: int
    seed: int
    contest: dict[str, float]
    ids: list[Id]
    words: dict[str, int] | None
    trees: str | None
    ways: str | None
    new: str | None
    folded: dict[int, dict[int, float]]
    base: int
    worth: float | None = None


def save(model: RelatedProducts, folder: Path | str) -> None:
    """Write the model into `folder`, which is made."""
    folder = folder_of("RelatedProducts.save", folder)
    folder.mkdir(parents=True, exist_ok=True)
    graph = model._graph
    arrays: dict[str, Any] = {"targets": model._targets, "scores": model._scores}
    rows = {"forward": graph.forward, "views": graph.views}
    if graph.content is not None:
        rows["content"] = graph.content.rows
        arrays["weights"] = graph.content.weights
    if model._rival is not None and model.method_.startswith("dual"):
        assert model._rival.thin is not None
        arrays["left"], arrays["right"] = model._rival.thin
    if model._types is not None:
        arrays["types"], arrays["type_counts"] = model._types.types, model._types.counts
    for name, matrix in rows.items():
        arrays[f"{name}_data"], arrays[f"{name}_at"] = matrix.data, matrix.indices
        arrays[f"{name}_starts"] = matrix.indptr
        arrays[f"{name}_shape"] = np.array(matrix.shape)
    np.savez(folder / "related.npz", **arrays)
    record = _Record(
        format=_FORMAT,
        method=model.method,
        served=model.method_,
        limit=model.limit,
        seed=model.seed,
        contest=model.contest_,
        ids=graph.places.ids,
        words=graph.content.words if graph.content is not None else None,
        trees=model._trees.text if model._trees is not None else None,
        ways=model._ways.text if model._ways is not None else None,
        new=model._new.text if model._new is not None else None,
        folded=model._folded,
        base=len(model._cold),
        worth=model._types.worth if model._types is not None else None,
    )
    (folder / "related.json").write_bytes(msgspec.json.encode(record))


def load(cls: type[Model], folder: Path | str) -> Model:
    """Open what `save` wrote; ArtifactError where it cannot be read."""
    folder = folder_of("RelatedProducts.load", folder)
    try:
        record = msgspec.json.decode((folder / "related.json").read_bytes(), type=_Record)
        with np.load(folder / "related.npz", allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        if record.format != _FORMAT:
            raise ValueError(f"its format is {record.format}, this code reads {_FORMAT}")
        model = cls(record.method, limit=record.limit, seed=record.seed)
        content = None
        if record.words is not None:
            content = Content(_rows(arrays, "content"), arrays["weights"], record.words)
        places = Places([], "load")
        for one in record.ids:
            places.append(one)
        graph = Graph(places, _rows(arrays, "forward"), _rows(arrays, "views"), content)
    except (OSError, ValueError, KeyError, msgspec.MsgspecError) as error:
        raise ArtifactError(
            f"The related products in {folder} cannot be read: {error}. Fit and save them again."
        ) from None
    model.method_, model.contest_ = record.served, record.contest
    model._targets, model._scores = arrays["targets"], arrays["scores"]
    model._trees = Trees(record.trees) if record.trees is not None else None
    model._ways = Trees(record.ways) if record.ways is not None else None
    model._new = Trees(record.new) if record.new is not None else None
    model._folded = record.folded
    model._types = None
    if record.worth is not None:
        model._types = Ways.from_parts(arrays["types"], arrays["type_counts"], record.worth)
    thin = (arrays["left"], arrays["right"]) if "left" in arrays else None
    model._restore(graph, record.base, thin)
    return model


def _rows(arrays: dict[str, Any], name: str) -> sparse.csr_array:
    return sparse.csr_array(
        (arrays[f"{name}_data"], arrays[f"{name}_at"], arrays[f"{name}_starts"]),
        shape=tuple(arrays[f"{name}_shape"]),
    )
