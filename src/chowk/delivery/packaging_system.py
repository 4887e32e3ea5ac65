"""`packaging`: which package every product of the store should travel in.

Shipments, products and package types flow in; a `PackageRecommender` is learned and judged by the
log-loss of later shipments beside each package's own rate. Out flow assignments, the curve of
cost against damage, and packed orders; what a person approves is the desk's matter.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
import numpy as np
import pyarrow as pa

from chowk.errors import ArtifactError, NotFittedError
from chowk.learn.bootstrap import paired_interval
from chowk.store.reader import Reader
from chowk.system import Measure, Progress, Scorecard, System, silent

from .packaging.goods import Floats
from .packaging.history import places
from .packaging.plain import CategoryRates
from .packaging.recommender import PackageRecommender

METRIC = "log-loss of damage"
#: What a recommender reads of the catalogue.
_COLUMNS = (
    "product_id title category price length_cm width_cm height_cm weight_g fragile liquid "
    "hazardous this_side_up"
).split()


class PackagingSystem(System):
    """How likely each package is to arrive broken, and what each product should travel in.

    Attributes
    ----------
    model_ : the served `PackageRecommender`.
    """

    name: ClassVar[str] = "packaging"
    title: ClassVar[str] = "The package that costs least in freight and damage together"
    needs: ClassVar[frozenset[str]] = frozenset({"shipments", "package_types", "products"})

    model_: PackageRecommender

    def __init__(self) -> None:
        self._plain: CategoryRates | None = None

    @classmethod
    def lacks(cls, store: Reader) -> str | None:
        short = super().lacks(store)
        if short is None:
            shipments = store["shipments"]
            broken = int(store.engine.scalar(shipments.damaged.cast("int64").sum()) or 0)
            if broken == 0:
                short = "shipments: none is damaged"
            elif broken == store.rows("shipments"):
                short = "shipments: all are damaged"
        return short

    def fit(self, store: Reader, *, seed: int, progress: Progress = silent) -> Self:
        progress(0.0, "reading shipments")
        products, shipments = _products(store), _sorted(store.arrow("shipments"))
        types = store.arrow("package_types")
        progress(0.1, "learning damage")
        self.model_ = PackageRecommender(seed=seed).fit(shipments, products, types)
        progress(0.9, "counting rates by package")
        # Without a category every product has its package's rate.
        self._plain = CategoryRates().fit(shipments, _bare(products), types)
        progress(1.0, f"{len(self.model_.package_types_)} package types")
        return self

    def evaluate(self, store: Reader) -> Scorecard:
        model = self._fitted()
        rival = "rates by package"
        products, shipments = _products(store), _sorted(store.arrow("shipments"))
        rows = places(shipments["product_id"], products["product_id"])
        kinds = places(
            shipments["package_type"], pa.chunked_array([list(model.package_types_)], pa.string())
        )
        keep = (rows >= 0) & (kinds >= 0)
        if self._plain is None or not keep.any():
            return Scorecard(
                name=self.name,
                metric=METRIC,
                value=None,
                baseline_name=rival,
                better="lower",
                why="no shipment of a known product and package in the held-out days",
            )
        rows, kinds = rows[keep], kinds[keep]
        broken = shipments["damaged"].to_numpy()[keep].astype(bool)
        damage, plain = model.damage(products), self._plain.damage(_bare(products))
        ours, theirs = (_loss(p[rows, kinds], broken) for p in (damage, plain))
        gain = paired_interval(ours, theirs, seed=model.seed)
        measures = [
            Measure(case="order violations", metric="products", value=_violations(damage)),
            Measure(case="expected over seen", metric="damages", value=_over(damage, rows, kinds,
                    broken)),
        ]  # fmt: skip
        return Scorecard(
            name=self.name,
            metric=METRIC,
            value=float(ours.mean()),
            baseline=float(theirs.mean()),
            baseline_name=rival,
            better="lower",
            low=gain.low,
            high=gain.high,
            rows=len(rows),
            measures=tuple(measures),
        )

    def save(self, folder: Path) -> None:
        self._fitted().save(folder)
        assert self._plain is not None
        (folder / "rates.json").write_bytes(msgspec.json.encode(self._plain.settings()))

    @classmethod
    def load(cls, folder: Path) -> Self:
        found = cls()
        found.model_ = PackageRecommender.load(folder)
        try:
            rates = msgspec.json.decode((folder / "rates.json").read_bytes())
            found._plain = CategoryRates.of(rates)
        except (OSError, KeyError, msgspec.MsgspecError) as error:
            raise ArtifactError(
                f"The packaging model in {folder} cannot be read: {error}. Run 'chowk build' again."
            ) from None
        return found

    def _fitted(self) -> PackageRecommender:
        if not hasattr(self, "model_"):
            raise NotFittedError(self)
        return self.model_


def _products(store: Reader) -> pa.Table:
    """The catalogue's columns that packaging reads, by id: the same model for any order of rows."""
    table = store["products"].select(*_COLUMNS)
    return store.arrow(table).sort_by("product_id")


def _bare(products: pa.Table) -> pa.Table:
    return products.select(["product_id"])


def _sorted(shipments: pa.Table) -> pa.Table:
    return shipments.sort_by([("ts", "ascending"), ("shipment_id", "ascending"),
                              ("product_id", "ascending")])  # fmt: skip


def _loss(p: Floats, broken: Any) -> Floats:
    sure = np.clip(p, 1e-9, 1 - 1e-9)
    return np.asarray(-np.where(broken, np.log(sure), np.log1p(-sure)))


def _violations(damage: Floats) -> float:
    return float((np.diff(damage, axis=1) > 0).any(axis=1).sum())


def _over(damage: Floats, rows: Any, kinds: Any, broken: Any) -> float | None:
    seen = int(broken.sum())
    return float(damage[rows, kinds].sum() / seen) if seen else None
