"""`Journey` on disk: arrays as NPZ, trees as LightGBM's text, the rest as JSON; no pickles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np
from scipy import sparse

from chowk.errors import ArtifactError

from .attention import Attention
from .content import Content
from .identity import Id, Places
from .learned import Trees
from .steps import Steps

if TYPE_CHECKING:
    from .journey import Journey

Model = TypeVar("Model", bound="Journey")
_FORMAT = 1
_STEPS = ("starts", "targets", "values", "counts", "left")


class _Record(msgspec.Struct):
    format: int
    method: str
    served: str
    repeats: bool
    seed: int
    contest: dict[str, float]
    ids: list[Id]
    words: dict[str, int] | None
    trees: str | None
    epochs: int = 50
    heads: int = 0


def save(model: Journey, folder: Path) -> None:
    """Write the model into `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    steps = model._steps.flat()
    arrays: dict[str, Any] = {name: getattr(steps, name) for name in _STEPS}
    arrays |= {"popular": model._popular, "shares": model._shares}
    content = model._content
    if content is not None:
        rows = content.rows
        arrays |= {"weights": content.weights, "rows_data": rows.data, "rows_at": rows.indices}
        arrays |= {"rows_starts": rows.indptr, "rows_shape": np.array(rows.shape)}
    attention = model._attention
    if attention is not None:
        arrays |= {"attention:items": attention.items, "attention:bias": attention.bias}
        arrays |= {f"attention:{name}": part for name, part in attention.parts.items()}
    np.savez(folder / "journey.npz", **arrays)
    record = _Record(
        format=_FORMAT,
        method=model.method,
        served=model.method_,
        repeats=model.repeats,
        seed=model.seed,
        contest=model.contest_,
        ids=model._places.ids,
        words=content.words if content is not None else None,
        trees=model._trees.text if model._trees is not None else None,
        epochs=model.epochs,
        heads=attention.heads if attention is not None else 0,
    )
    (folder / "journey.json").write_bytes(msgspec.json.encode(record))


def load(cls: type[Model], folder: Path) -> Model:
    """Open what `save` wrote; ArtifactError where it cannot be read."""
    try:
        record = msgspec.json.decode((folder / "journey.json").read_bytes(), type=_Record)
        with np.load(folder / "journey.npz", allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        if record.format != _FORMAT:
            raise ValueError(f"its format is {record.format}, this code reads {_FORMAT}")
        model = cls(record.method, repeats=record.repeats, seed=record.seed, epochs=record.epochs)
        model._attention = _attention(arrays, record.heads)
        model._steps = Steps(**{name: arrays[name] for name in _STEPS})
        model._popular, model._shares = arrays["popular"], arrays["shares"]
        model._content = None
        if record.words is not None:
            rows = sparse.csr_array(
                (arrays["rows_data"], arrays["rows_at"], arrays["rows_starts"]),
                shape=tuple(arrays["rows_shape"]),
            )
            model._content = Content(rows, arrays["weights"], record.words)
    except (OSError, ValueError, KeyError, msgspec.MsgspecError) as error:
        raise ArtifactError(
            f"The journey in {folder} cannot be read: {error}. Fit and save it again."
        ) from None
    model._places = Places([], "load")
    for one in record.ids:
        model._places.append(one)
    model.method_, model.contest_ = record.served, record.contest
    model._trees = Trees(record.trees) if record.trees is not None else None
    return model


def _attention(arrays: dict[str, Any], heads: int) -> Attention | None:
    if not heads:
        return None
    head = "attention:"
    parts = {name.removeprefix(head): a for name, a in arrays.items() if name.startswith(head)}
    return Attention(parts.pop("items"), parts.pop("bias"), parts, heads)
