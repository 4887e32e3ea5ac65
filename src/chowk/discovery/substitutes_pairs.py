"""What says that one product stands in for another: type, price, words, facts and visits.

A graph and the products' features flow in; for any pairs out comes one row of numbers, and the
weights of a logistic regression that tells pairs viewed in one visit from other pairs of the type.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from chowk.errors import InputError
from chowk.store.frames import arrow_table

from .content import Content
from .facts import Agreement, Vocabulary, importance
from .graph import Codes, Graph, matrix, tidy
from .identity import Id, column
from .sparse_top import at, product

#: The columns of `PairTable.table`.
NAMES = ("type", "words", "facts", "brand", "price", "viewed", "visits", "bought", "popular")
#: Weights where nothing was learned, with the constant. They are those of a logistic regression
#: on the hidden truth of simulated stores with even seeds, rounded; `type` and `bought`, of which
#: that truth says nothing, are a choice.
FIXED: Mapping[str, float] = {
    "type": 1.5, "words": 2.5, "facts": 3.0, "brand": 1.2, "price": -0.45, "viewed": 0.55,
    "visits": 1.2, "bought": -0.5, "popular": 0.4, "constant": -4.0,
}  # fmt: skip
#: Half the squared distance of two prices counts at most this; see `spreads`.
_FAR = 4.0
#: With fewer viewed pairs the fixed weights stay.
_ENOUGH = 300
#: Signs that are known beforehand; a weight of the other sign is noise, and is left out.
_SIGN = {name: -1.0 if name in ("price", "bought") else 1.0 for name in NAMES}


@dataclass
class Goods:
    """Facts of each product, in places of ids; -1 and NaN where they are not known.

    Parameters
    ----------
    types, brands : codes of categories and brands, with their names beside.
    price : logarithms.
    facts : attributes by name.
    """

    types: NDArray[np.int64]
    type_names: list[str]
    brands: NDArray[np.int64]
    brand_names: list[str]
    price: NDArray[np.float64]
    facts: list[dict[str, str]]
    vocabulary: Vocabulary | None = None

    def spreads(self) -> NDArray[np.float64]:
        """[products]: how far apart the logarithms of prices of its type usually are.

        The standard deviation within the type, at least 0.1; 0.5 where fewer than three are known.
        """
        made = np.full(len(self.price), 0.5)
        known = np.flatnonzero((self.types >= 0) & ~np.isnan(self.price))
        if not len(known):
            return made
        kinds, price = self.types[known], self.price[known]
        counts = np.bincount(kinds).astype(np.float64)
        over = np.maximum(counts, 1.0)
        mean = np.bincount(kinds, price) / over
        spread = np.sqrt(np.bincount(kinds, (price - mean[kinds]) ** 2) / over)
        some = np.flatnonzero((self.types >= 0) & (self.types < len(counts)))
        usual = np.where(counts >= 3, np.maximum(spread, 0.1), 0.5)
        made[some] = usual[self.types[some]]
        return made

    def allowed(
        self, s: Codes, t: Codes, ratio: float | None, same_type: bool
    ) -> NDArray[np.bool_]:
        """Pairs within the constraints."""
        made = np.ones(len(s), dtype=bool)
        if same_type:
            a, b = self.types[s], self.types[t]
            made &= (a == b) | (a < 0) | (b < 0)
        if ratio is not None:
            apart = np.abs(self.price[s] - self.price[t])
            made &= ~(apart > math.log(ratio) + 1e-9)
        return made

    def told(
        self, s: int, t: int, row: NDArray[np.float64], counts: Mapping[str, float]
    ) -> dict[str, str]:
        """A sentence for each number of the row that speaks for the pair.

        `counts` is what each attribute counts; one that counts nothing is no reason.
        """
        made: dict[str, str] = {}
        value = dict(zip(NAMES, row.tolist(), strict=True))
        if value["type"] > 0:
            made["type"] = f"both are {self.type_names[self.types[t]].split(' > ')[-1]}"
        same = [n for n, v in self.facts[t].items() if self.facts[s].get(n) == v]
        same = [n for n in same if counts.get(n, 0.0) > 0]
        same.sort(key=lambda n: -counts[n])
        if value["facts"] > 0 and same:
            made["facts"] = "same " + ", ".join(same[:3])
        if value["words"] > 0:
            made["words"] = "described alike"
        if value["brand"] > 0:
            made["brand"] = f"also by {self.brand_names[self.brands[t]]}"
        if value["viewed"] > 0:
            made["viewed"] = "viewed in the same visits"
        elif value["visits"] > 0:
            made["visits"] = "viewed beside the same products"
        return made


def read_goods(features: Any, graph: Graph, caller: str) -> Goods:
    """The facts of the products of a graph."""
    n = len(graph)
    goods = Goods(
        np.full(n, -1), [], np.full(n, -1), [], np.full(n, np.nan), [{} for _ in range(n)]
    )
    if features is None:
        return goods
    table = arrow_table(features, caller)
    if not table.num_columns:
        return goods
    codes = graph.places.codes(column(table["product_id"], caller, "product_id"))
    if "category" in table.column_names:
        goods.types, goods.type_names = _coded(table["category"].to_pylist(), codes, n)
    if "brand" in table.column_names:
        goods.brands, goods.brand_names = _coded(table["brand"].to_pylist(), codes, n)
    if "price" in table.column_names:
        for code, price in zip(codes, table["price"].to_pylist(), strict=True):
            goods.price[code] = log_price(price, caller)
    if "attributes" in table.column_names:
        for code, held in zip(codes, table["attributes"].to_pylist(), strict=True):
            goods.facts[code] = facts_of(held)
        texts = _texts(table, codes, n)
        goods.vocabulary = Vocabulary(goods.types, goods.facts)
        for code in codes:
            goods.facts[code] = goods.vocabulary.filled(
                int(goods.types[code]), goods.facts[code], texts[code]
            )
    return goods


def _texts(table: Any, codes: Any, n: int) -> list[str]:
    made = [""] * n
    for name in ("title", "description"):
        if name in table.column_names:
            for code, text in zip(codes, table[name].to_pylist(), strict=True):
                made[code] += f" {text or ''}"
    return made


def log_price(price: Any, caller: str) -> float:
    """The logarithm of a price, NaN where there is none; InputError for what can be none."""
    if price is None:
        return math.nan
    try:
        value = float(price)
    except (TypeError, ValueError):
        raise InputError(f"{caller}: a price must be a number. Got {price!r}.") from None
    return math.log(value) if value > 0 and math.isfinite(value) else math.nan


def facts_of(held: Any) -> dict[str, str]:
    """Attributes as a mapping from name to text, from a mapping or a list of pairs."""
    if held is None:
        return {}
    pairs: Any = held.items() if isinstance(held, Mapping) else held
    if isinstance(pairs, str) or not all(
        isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in pairs
    ):
        raise InputError(
            "Substitutes: 'attributes' must map names to values, such as {'colour': 'red'}. "
            f"Got {held!r}."
        )
    return {str(name): str(value).lower() for name, value in pairs if value is not None}


def _coded(
    values: list[Any], codes: NDArray[np.int64], n: int
) -> tuple[NDArray[np.int64], list[str]]:
    names = sorted({str(v) for v in values if v is not None and str(v).strip()})
    place = {name: at for at, name in enumerate(names)}
    made = np.full(n, -1, dtype=np.int64)
    for code, value in zip(codes, values, strict=True):
        made[code] = place.get(str(value), -1)
    return made, names


class PairTable:
    """Numbers about pairs, and which pairs are worth a look."""

    def __init__(self, graph: Graph, goods: Goods, *, seed: int = 0) -> None:
        self.graph, self.goods, self.seed = graph, goods, seed
        n = len(graph)
        views = graph.views
        counts = np.asarray(views.sum(axis=1)).ravel() if n else np.zeros(0)
        self.popular = np.log1p(counts).astype(np.float64)
        root = sparse.diags_array((1.0 / np.sqrt(np.maximum(counts, 1.0))).astype(np.float32))
        self.viewed = tidy(root @ views @ root) if n else views
        length = np.sqrt(np.asarray(self.viewed.multiply(self.viewed).sum(axis=1)).ravel())
        unit = sparse.diags_array(1.0 / np.where(length > 0, length, 1.0)) @ self.viewed
        self.visits = product(unit, unit.T, 100, diagonal=False)
        bought = tidy(graph.forward + graph.forward.T)
        bought.data = np.log1p(bought.data)
        self.bought = bought
        self.members: dict[int, NDArray[np.int64]] = {
            int(kind): np.flatnonzero(goods.types == kind)
            for kind in np.unique(goods.types)
            if kind >= 0
        }
        self.spread = goods.spreads()
        self.agreement = Agreement(
            goods.facts, importance(goods.facts, self.members, views, seed=seed)
        )

    def candidates(self, code: int, most: int, same_type: bool = True) -> NDArray[np.int64]:
        """Products that may stand in for one, ascending: its type, viewed or worded alike."""
        parts = [_row(self.viewed, code), _row(self.visits, code)]
        kind = int(self.goods.types[code])
        own = None
        if kind >= 0 and same_type:
            own = self.members.get(kind, np.zeros(0, dtype=np.int64))
        if own is not None and len(own) <= most:
            parts.append(own)
        elif self.graph.content is not None:
            rows = self.graph.content.rows
            close = np.asarray((rows @ rows[[code]].T).toarray()).ravel()
            if own is not None:
                outside = np.ones(len(close), dtype=bool)
                outside[own] = False
                close[outside] = 0.0
            kept = np.argpartition(-close, min(most, len(close) - 1))[:most]
            parts.append(kept[close[kept] > 0])
        found = np.unique(np.concatenate(parts))
        others: NDArray[np.int64] = found[found != code].astype(np.int64)
        return others

    def table(self, s: Codes, t: Codes) -> NDArray[np.float64]:
        """One row a pair; the columns are `NAMES`."""
        goods = self.goods
        words = np.zeros(len(s))
        if self.graph.content is not None and len(s):
            rows = self.graph.content.rows
            if (s == s[0]).all():
                words = np.asarray((rows[t] @ rows[[int(s[0])]].T).toarray()).ravel()
            else:
                words = np.asarray(rows[s].multiply(rows[t]).sum(axis=1)).ravel()
        apart = (goods.price[s] - goods.price[t]) / self.spread[s]
        apart = np.minimum(0.5 * apart**2, _FAR)
        columns = [
            (goods.types[s] == goods.types[t]) & (goods.types[s] >= 0),
            words,
            self.agreement.of(s, t),
            (goods.brands[s] == goods.brands[t]) & (goods.brands[s] >= 0),
            np.where(np.isnan(apart), 0.5, apart),
            np.log1p(50.0 * at(self.viewed, s, t)),
            at(self.visits, s, t),
            at(self.bought, s, t),
            self.popular[t],
        ]
        return np.stack([np.asarray(c, dtype=np.float64) for c in columns], axis=1)

    def fold_in(self, new: Id, features: Mapping[str, Any]) -> Graph:
        """A new product at the end; the graph that knows it."""
        graph, goods = self.graph, self.goods
        n = len(graph)
        if not isinstance(features, Mapping):
            raise InputError("fold_in takes one product's features as a mapping.")
        content = graph.content
        if content is not None:
            row = content.row(features, "fold_in")
            rows = sparse.csr_array(sparse.vstack([content.rows, row], format="csr"))
            content = Content(rows, content.weights, content.words)
        price = log_price(features.get("price"), "fold_in")
        graph.places.append(new)
        goods.types = np.append(goods.types, _known(features.get("category"), goods.type_names))
        goods.brands = np.append(goods.brands, _known(features.get("brand"), goods.brand_names))
        goods.price = np.append(goods.price, price)
        kind = int(goods.types[n])
        held = facts_of(features.get("attributes"))
        if goods.vocabulary is not None:
            said = (str(features.get(name) or "") for name in ("title", "description"))
            held = goods.vocabulary.filled(kind, held, " ".join(said))
        goods.facts.append(held)
        self.agreement.append(held)
        self.spread = goods.spreads()
        if kind >= 0:
            self.members[kind] = np.append(self.members.get(kind, np.zeros(0, np.int64)), n)
        self.popular = np.append(self.popular, 0.0)
        self.graph = Graph(graph.places, _wider(graph.forward), _wider(graph.views), content)
        self.viewed, self.visits, self.bought = (
            _wider(rows) for rows in (self.viewed, self.visits, self.bought)
        )
        return self.graph


def learned_weights(graph: Graph, goods: Goods, *, seed: int) -> dict[str, float]:
    """Weights that tell viewed pairs from others of the type; empty where there are too few.

    A fifth of the viewed pairs is hidden, so that they are told by what is left.
    """
    a = np.repeat(np.arange(len(graph), dtype=np.int64), np.diff(graph.views.indptr))
    b = graph.views.indices.astype(np.int64)
    once = a < b
    a, b, weight = a[once], b[once], graph.views.data[once]
    if len(a) < _ENOUGH:
        return {}
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(seed)
    hidden = rng.random(len(a)) < 0.2
    rest = matrix(a[~hidden], b[~hidden], weight[~hidden], len(graph))
    seen = PairTable(Graph(graph.places, graph.forward, tidy(rest + rest.T), graph.content), goods)
    picked = np.flatnonzero(hidden)
    if len(picked) > 20_000:
        picked = rng.choice(picked, 20_000, replace=False, p=None)
    s, t = a[picked], b[picked]
    swapped = rng.random(len(s)) < 0.5
    s, t = np.where(swapped, t, s), np.where(swapped, s, t)
    others = [
        rng.choice(seen.members.get(int(kind), np.arange(len(graph))), 4) for kind in goods.types[s]
    ]
    u, v = np.repeat(s, 4), np.concatenate(others)
    known = (u == v) | (at(graph.views, u, v) > 0)
    u, v = u[~known], v[~known]
    table = seen.table(np.concatenate([s, u]), np.concatenate([t, v]))
    label = np.concatenate([np.ones(len(s)), np.zeros(len(u))])
    if not len(u):
        return {}
    # A hidden pair is never seen as viewed; how much a view says stays as it was fixed.
    used = [
        name
        for name in NAMES
        if name not in ("type", "viewed") and np.ptp(table[:, NAMES.index(name)]) > 0
    ]
    columns = [NAMES.index(name) for name in used]
    strength = np.concatenate([np.log1p(weight[picked]), np.ones(len(u))])
    fitted = LogisticRegression(max_iter=300).fit(table[:, columns], label, strength)
    found = dict(zip(used, fitted.coef_[0].tolist(), strict=True))
    return {name: value for name, value in found.items() if value * _SIGN[name] > 0} | {
        name: 0.0 for name, value in found.items() if value * _SIGN[name] <= 0
    }


def _known(value: Any, names: list[str]) -> int:
    if value is None or not str(value).strip():
        return -1
    if str(value) not in names:
        names.append(str(value))
    return names.index(str(value))


def _row(rows: sparse.csr_array, code: int) -> NDArray[np.int64]:
    found: NDArray[np.int64] = rows.indices[rows.indptr[code] : rows.indptr[code + 1]]
    return found.astype(np.int64)


def _wider(rows: sparse.csr_array) -> sparse.csr_array:
    n = rows.shape[0] + 1
    starts = np.append(rows.indptr, rows.indptr[-1])
    return sparse.csr_array((rows.data, rows.indices, starts), shape=(n, n))
