"""The directed graph of products: who is bought after, or shown beside, whom.

Edges and features flow in as any frame; out comes `Graph`, sparse arrays in places of ids. A
co-purchase edge goes from the product at hand to the one that goes with it; co-view edges are
taken both ways. Products that only the features name are nodes too: new ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from chowk.errors import InputError
from chowk.store.frames import arrow_table

from .content import Content, read_content
from .identity import Places, column

Codes = NDArray[np.int64]
CALLER = "RelatedProducts.fit"


@dataclass
class Graph:
    """Edges in places of ids.

    Parameters
    ----------
    places : the ids, ascending.
    forward : [products, products], weights above 0 from source to target, nothing on the diagonal.
    views : the same of co-view edges, symmetric.
    content : what the features say of each product, or None.
    types : [products], codes of categories, -1 where unknown; None where there are none.
    """

    places: Places
    forward: sparse.csr_array
    views: sparse.csr_array
    content: Content | None
    types: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        # Not the length of `places`: products that are folded in later stand there too.
        return int(self.forward.shape[0])

    @property
    def cold(self) -> NDArray[np.bool_]:
        """[products], True where no edge touches the product."""
        touched = np.diff(self.forward.indptr) + np.diff(self.views.indptr)
        touched = touched + np.bincount(self.forward.indices, minlength=len(self))
        found: NDArray[np.bool_] = touched == 0
        return found

    @property
    def arrived(self) -> float:
        """The share of products without an edge that are new, in [0, 1]; others never get one.

        1 - f_1^2 / (f_2 f_0) with f_k how many products have k neighbours: as many without any are
        to be expected where counts fall as from two to one (a geometric form of Chao 1984).
        """
        either = tidy(self.forward + self.forward.T + self.views)
        counts = np.bincount(np.diff(either.indptr), minlength=3)[:3].astype(float)
        usual = counts[1] ** 2 / max(counts[2], 1.0)
        return float(np.clip(1.0 - usual / max(counts[0], 1.0), 0.0, 1.0))

    def pairs(self) -> tuple[Codes, Codes, NDArray[np.float32]]:
        """The edges as sources, targets and weights, in the order of (source, target)."""
        counts = np.diff(self.forward.indptr)
        source = np.repeat(np.arange(len(self), dtype=np.int64), counts)
        return source, self.forward.indices.astype(np.int64), self.forward.data

    def without(self, hidden: NDArray[np.bool_]) -> Graph:
        """The graph without the edges that `hidden` marks, in the order of `pairs`."""
        source, target, weight = self.pairs()
        kept = ~hidden
        return Graph(
            self.places,
            matrix(source[kept], target[kept], weight[kept], len(self)),
            self.views,
            self.content,
            self.types,
        )

    def without_nodes(self, gone: NDArray[np.bool_]) -> Graph:
        """The graph without any edge that touches a product in `gone`."""
        kept = sparse.diags_array((~gone).astype(np.float32))
        return Graph(
            self.places,
            tidy(kept @ self.forward @ kept),
            tidy(kept @ self.views @ kept),
            self.content,
            self.types,
        )


def matrix(source: Codes, target: Codes, weight: Any, n: int) -> sparse.csr_array:
    """A sparse array of summed weights."""
    found = sparse.coo_array((np.asarray(weight, dtype=np.float32), (source, target)), shape=(n, n))
    return tidy(found)


def tidy(found: Any) -> sparse.csr_array:
    """CSR with sorted indices, 32-bit values and no stored zeros."""
    made = sparse.csr_array(found, dtype=np.float32)
    made.sum_duplicates()
    made.eliminate_zeros()
    made.sort_indices()
    return made


def read_graph(edges: Any, features: Any = None, caller: str = CALLER) -> Graph:
    """Edges (`source`, `target`, optional `weight` and `kind`) and features as a `Graph`.

    Raises
    ------
    InputError : a column is missing or of the wrong type, a weight is not a number above 0, a kind
        is neither 'purchase' nor 'view'.
    """
    table = arrow_table(edges, caller)
    if not table.num_columns:
        table = pa.table({"source": pa.array([], pa.string()), "target": pa.array([], pa.string())})
    for name in ("source", "target"):
        if name not in table.column_names:
            raise InputError(
                f"{caller} needs edges with the columns 'source' and 'target'. "
                f"Got {', '.join(table.column_names)}. Rename them."
            )
    sources, targets = (column(table[name], caller, name) for name in ("source", "target"))
    weights = _weights(table, caller)
    views = _views(table, caller)
    named, content = read_content(features, caller)
    places = Places([*sources, *targets, *named], caller)
    source, target = places.codes(sources), places.codes(targets)
    apart = source != target
    bought, seen = apart & ~views, apart & views
    n = len(places)
    both = matrix(source[seen], target[seen], weights[seen], n)
    types = None
    if content is not None:
        content = content.placed(places.codes(named), n)
        types = types_of(arrow_table(features, caller), places.codes(named), n)
    return Graph(
        places,
        matrix(source[bought], target[bought], weights[bought], n),
        tidy(both + both.T),
        content,
        types,
    )


def types_of(features: pa.Table, codes: Codes, n: int) -> NDArray[np.int64] | None:
    """[products], codes of the column `category`; None where there are fewer than two."""
    if "category" not in features.column_names:
        return None
    values = features["category"].to_pylist()
    names = sorted({str(value) for value in values if value is not None and str(value).strip()})
    place = {name: at for at, name in enumerate(names)}
    made = np.full(n, -1, dtype=np.int64)
    made[codes] = [place.get(str(value), -1) for value in values]
    return made if len(names) > 1 else None


def _weights(table: pa.Table, caller: str) -> NDArray[np.float32]:
    if "weight" not in table.column_names:
        return np.ones(table.num_rows, dtype=np.float32)
    try:
        found = table["weight"].cast(pa.float64()).fill_null(1.0).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(
            f"{caller}: the column 'weight' must hold numbers. Got {table['weight'].type}."
        ) from None
    bad = ~(np.isfinite(found) & (found > 0))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"{caller}: a weight must be a number above 0. Got {float(found[row])!r} in row {row}. "
            "Leave out edges that do not count."
        )
    weights: NDArray[np.float32] = found.astype(np.float32)
    return weights


def _views(table: pa.Table, caller: str) -> NDArray[np.bool_]:
    if "kind" not in table.column_names:
        return np.zeros(table.num_rows, dtype=bool)
    kinds = table["kind"].to_pylist()
    wrong = next((k for k in kinds if k not in ("purchase", "view", None)), None)
    if wrong is not None:
        raise InputError(f"{caller}: an edge's kind is 'purchase' or 'view'. Got {wrong!r}.")
    return np.array([kind == "view" for kind in kinds], dtype=bool)
