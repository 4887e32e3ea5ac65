"""A fitted `PackageRecommender` on disk: arrays as NPZ, ids and the rest as JSON; no pickles."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np
import pyarrow as pa

from chowk.errors import ArtifactError

from .damage import Damage
from .features import Features
from .ordinal import Ordinal
from .packages import Packages
from .packers import Packers

if TYPE_CHECKING:
    from .recommender import PackageRecommender

Model = TypeVar("Model", bound="PackageRecommender")
_FORMAT = 2

#: What the recommender remembers of the history: arrays, and single numbers.
_ARRAYS = ("used_", "current_", "damage_sum_", "damage_count_", "observed_cost_")
_NUMBERS = ("usual_damage_", "damage_ratio_", "usual_weight_")
_OF_DAMAGE = ("effects", "spread", "chosen")
_SCALARS = ("slope", "shift", "slope_spread", "pivot", "ridge", "variance")


class _Record(msgspec.Struct):
    format: int
    parameters: dict[str, Any]
    features: dict[str, Any]
    packages: tuple[str, ...]
    known: list[str]
    numbers: dict[str, float | None]
    notes: tuple[str, ...]
    damage_notes: list[str]
    scalars: dict[str, float]
    shape: tuple[int, int]


def save(model: PackageRecommender, folder: Path) -> None:
    """Write the model into `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    damage, packages = model.damage_, model.packages_
    arrays: dict[str, Any] = {name: getattr(model, name) for name in _ARRAYS}
    arrays |= {f"damage_{name}": getattr(damage, name) for name in _OF_DAMAGE}
    arrays |= {
        f"package_{f.name}": getattr(packages, f.name) for f in fields(packages) if f.name != "ids"
    }
    arrays["packers"] = damage.packers.packed()
    arrays["models"] = np.stack([m.packed() for m in (damage.model, *damage.replicates)])
    np.savez_compressed(folder / "packaging.npz", **arrays)
    record = _Record(
        format=_FORMAT,
        parameters={
            name: getattr(model, name)
            for name in ("copies", "volumetric_divisor", "replicates", "seed")
        },
        features=model.features_.settings(),
        packages=packages.ids,
        known=model.known_.to_pylist(),
        numbers={name: _finite(getattr(model, name)) for name in _NUMBERS},
        notes=model.notes_,
        damage_notes=damage.notes,
        scalars={name: float(getattr(damage, name)) for name in _SCALARS},
        shape=(len(damage.model.free), packages.levels),
    )
    (folder / "packaging.json").write_bytes(msgspec.json.encode(record))


def load(cls: type[Model], folder: Path) -> Model:
    """Open what `save` wrote; ArtifactError where it cannot be read."""
    try:
        record = msgspec.json.decode((folder / "packaging.json").read_bytes(), type=_Record)
        if record.format != _FORMAT:
            raise ValueError(f"its format is {record.format}, this code reads {_FORMAT}")
        with np.load(folder / "packaging.npz", allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        model = cls(**record.parameters)
        for name in _ARRAYS:
            setattr(model, name, arrays[name])
        models = [Ordinal.unpacked(vector, *record.shape) for vector in arrays["models"]]
        parts: dict[str, Any] = {name: arrays[f"damage_{name}"] for name in _OF_DAMAGE}
        parts |= record.scalars
        model.damage_ = Damage(
            models[0],
            packers=Packers.unpacked(arrays["packers"]),
            replicates=models[1:],
            notes=record.damage_notes,
            **parts,
        )
        given = {f.name: arrays[f"package_{f.name}"] for f in fields(Packages) if f.name != "ids"}
        model.packages_ = Packages(ids=record.packages, **given)
    except (OSError, ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
        raise ArtifactError(
            f"The packaging model in {folder} cannot be read: {error}. Fit and save it again."
        ) from None
    model.package_types_ = record.packages
    model.features_ = Features.of(record.features)
    model.known_ = pa.chunked_array([pa.array(record.known, pa.string())])
    for name, value in record.numbers.items():
        setattr(model, name, float("nan") if value is None else value)
    model.notes_ = record.notes
    return model


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
