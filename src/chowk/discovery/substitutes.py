"""`Substitutes`: what a shopper takes instead, when something is sold out, and why.

Features (text, category, price, brand, attributes) and edges of behaviour flow in; ranked ids,
scores and reasons flow out. Views in one visit speak for a pair, baskets that hold both against it;
a substitute is of the same type and of like price. The rules are those of McAuley et al. 2015
("Inferring networks of substitutable and complementary products") and P-Companion (2020).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chowk.errors import InputError, NotFittedError, parameter
from chowk.store.places import folder_of

from . import substitutes_files
from .graph import Codes, Graph, read_graph
from .identity import Id, Ranked, check_k, check_seed, excluding, listed, plain
from .reasons import Reason
from .sentences import Sentences, check_sentences, with_sentences
from .substitutes_pairs import FIXED, NAMES, Goods, PairTable, learned_weights, read_goods

#: Candidates of each product that are compared.
_COMPARED = 400


class Substitutes:
    """Products that can stand in for each other.

    Parameters
    ----------
    price_ratio : a substitute costs at most this many times as much or as little, above 1; None
        for no limit. Products without a price are not limited.
    same_type : only products of the same category count, where both have one.
    learn : learn the weights from pairs that are viewed together, where there are enough; else
        they are fixed. What is viewed together is also what the shop shows together, so the fixed
        weights do better on the simulated store.
    limit : substitutes kept of each product, at least 1.
    sentences : None compares single words; 'latent' compares whole texts too, by a decomposition
        of the shop's own words; or a model with `encode(texts)`, such as a pretrained one of
        sentence-transformers. It counts for features with text columns.
    seed : of everything that is drawn.

    Examples
    --------
    >>> shelf = [{"product_id": "a", "title": "red ceramic mug", "category": "Mugs", "price": 9},
    ...          {"product_id": "b", "title": "blue ceramic mug", "category": "Mugs", "price": 8},
    ...          {"product_id": "c", "title": "red plate", "category": "Plates", "price": 9}]
    >>> model = Substitutes().fit(features=shelf)
    >>> [[(product_id, score)]] = model.recommend("a")
    >>> product_id
    'b'
    >>> print(model.explain("a", "b")[0])
    both are Mugs
    """

    weights_: dict[str, float]

    def __init__(
        self,
        *,
        price_ratio: float | None = 3.0,
        same_type: bool = True,
        learn: bool = False,
        limit: int = 100,
        sentences: Sentences = None,
        seed: int = 0,
    ) -> None:
        if price_ratio is not None and not (
            isinstance(price_ratio, (int, float)) and price_ratio > 1
        ):
            raise parameter("Substitutes", "price_ratio", "a number above 1, or None", price_ratio)
        self.price_ratio, self.same_type, self.learn = price_ratio, same_type, learn
        self.limit, self.seed = check_k(limit, "Substitutes"), check_seed(seed, "Substitutes")
        self.sentences = check_sentences(sentences, "Substitutes")

    def fit(self, edges: Any = None, features: Any = None) -> Self:
        """Learn from edges and features; either may be left out.

        Parameters
        ----------
        edges : a frame or dicts with `source`, `target`, optional `weight`, and `kind`: 'view' for
            pairs that were viewed in one visit, or viewed and then the other bought; 'purchase'
            (the default) for pairs that were bought together.
        features : a frame or dicts with `product_id` and text columns or `vector`; `category`,
            `brand`, `price` and `attributes` are used where they are.

        Raises
        ------
        InputError : neither is given, or columns are missing or of the wrong type.
        """
        if edges is None and features is None:
            raise InputError("Substitutes.fit needs edges or features. Give one of them.")
        graph = read_graph([] if edges is None else edges, features, "Substitutes.fit")
        if graph.content is not None and graph.content.words:
            content = with_sentences(
                graph.content,
                features,
                graph.places,
                self.sentences,
                "Substitutes.fit",
                seed=self.seed,
            )
            graph = replace(graph, content=content)
        self._graph = graph
        self._goods = read_goods(features, self._graph, "Substitutes.fit")
        self._pairs = PairTable(self._graph, self._goods, seed=self.seed)
        self.weights_ = dict(FIXED)
        if self.learn:
            self.weights_ |= learned_weights(self._graph, self._goods, seed=self.seed)
        return self

    # -- answers ------------------------------------------------------------------------------

    def recommend(self, ids: Any, k: int = 10, exclude: Any = None) -> list[Ranked]:
        """For each id the `k` best substitutes as (product_id, score), best first.

        Parameters
        ----------
        ids : product ids; one alone is a list of one. Unknown ids get an empty list.
        k : length of each list, at least 1; shorter where fewer products can stand in.
        exclude : ids that may not be recommended, or a mapping from each id to such ids.
        """
        graph = self._fitted()
        k = check_k(k, "recommend")
        asked = listed(ids, "recommend", "ids")
        codes = graph.places.many(asked, "recommend", "ids")
        out = excluding(exclude, asked, graph.places, "recommend")
        return [
            self._best(code, k, gone) if code >= 0 else []
            for code, gone in zip(codes, out, strict=True)
        ]

    def _best(self, code: int, k: int, gone: Codes) -> Ranked:
        found = self._pairs.candidates(code, max(_COMPARED, k + len(gone)), self.same_type)
        found = found[~np.isin(found, gone)]
        score = self._scores(np.full(len(found), code), found)
        found, score = found[score > 0], score[score > 0]
        order = np.lexsort((found, -score))[:k]
        ids = self._graph.places.ids
        return [(ids[c], float(s)) for c, s in zip(found[order], score[order], strict=True)]

    def alike(self, one: Id, k: int = 10) -> list[Id]:
        """The `k` products of like words within the constraints: the plain rival."""
        graph = self._fitted()
        code = graph.places.one(one, "alike", "one")
        if code < 0:
            return []
        found = self._pairs.candidates(code, _COMPARED, self.same_type)
        s = np.full(len(found), code)
        found = found[self._goods.allowed(s, found, self.price_ratio, self.same_type)]
        words = self._pairs.table(np.full(len(found), code), found)[:, NAMES.index("words")]
        return [graph.places.ids[c] for c in found[np.lexsort((found, -words))[:k]]]

    def popular(self, one: Id, k: int = 10) -> list[Id]:
        """The `k` most viewed products of the same category: another plain rival."""
        graph = self._fitted()
        code = graph.places.one(one, "popular", "one")
        own = self._pairs.members.get(int(self._goods.types[code])) if code >= 0 else None
        if own is None:
            return []
        own = own[own != code]
        order = np.lexsort((own, -self._pairs.popular[own]))[:k]
        return [graph.places.ids[c] for c in own[order]]

    def score(self, sources: Any, targets: Any) -> NDArray[np.float64]:
        """One number in [0, 1] a pair: how well the target stands in for the source.

        0 for unknown ids, a product with itself, another type, and a price too far off.
        """
        graph = self._fitted()
        s = np.array(graph.places.many(sources, "score", "sources"), dtype=np.int64)
        t = np.array(graph.places.many(targets, "score", "targets"), dtype=np.int64)
        if len(s) != len(t):
            raise parameter("score", "targets", f"as long as 'sources', {len(s)}", len(t))
        made = np.zeros(len(s))
        there = (s >= 0) & (t >= 0) & (s != t)
        made[there] = self._scores(s[there], t[there])
        return made

    def _scores(self, s: Codes, t: Codes) -> NDArray[np.float64]:
        table = self._pairs.table(s, t)
        value = table @ np.array([self.weights_[name] for name in NAMES])
        value = 1.0 / (1.0 + np.exp(-np.clip(value + self.weights_["constant"], -30, 30)))
        related = (table[:, NAMES.index("words")] > 0) | (table[:, NAMES.index("viewed")] > 0)
        related |= (table[:, NAMES.index("type")] > 0) | (table[:, NAMES.index("visits")] > 0)
        allowed = related & self._goods.allowed(s, t, self.price_ratio, self.same_type)
        return np.where(allowed, value, 0.0)

    def explain(self, source: Id, target: Id) -> list[Reason]:
        """Why `target` stands in for `source`: what adds to its score, the most first.

        `fall` is how much the score falls without it. Empty where it is no substitute.
        """
        graph = self._fitted()
        s = graph.places.one(source, "explain", "source")
        t = graph.places.one(target, "explain", "target")
        if s < 0 or t < 0 or s == t:
            return []
        full = float(self._scores(np.array([s]), np.array([t]))[0])
        if full <= 0:
            return []
        row = self._pairs.table(np.array([s]), np.array([t]))[0]
        value = {n: self.weights_[n] * float(x) for n, x in zip(NAMES, row, strict=True)}
        total = sum(value.values()) + self.weights_["constant"]
        made = []
        for name, text in self._goods.told(s, t, row, self._pairs.agreement.weights).items():
            if value[name] > 0:
                fall = full - 1.0 / (1.0 + float(np.exp(-(total - value[name]))))
                made.append(Reason(text, kind=name, fall=fall))
        made.sort(key=lambda reason: -reason.fall)
        return made[:4]

    def fold_in(self, product_id: Id, features: Mapping[str, Any]) -> Self:
        """Take in a product that nobody has seen: it is served by its features at once."""
        graph = self._fitted()
        new = plain(product_id, "fold_in", "product_id")
        if graph.places.one(new, "fold_in", "product_id") >= 0:
            raise InputError(f"fold_in: {new!r} is known already. Fit again to change it.")
        self._graph = self._pairs.fold_in(new, features)
        return self

    def save(self, folder: Path | str) -> None:
        """Write the model into `folder` as arrays and JSON; see `load`."""
        self._fitted()
        substitutes_files.save(self, folder_of("Substitutes.save", folder))

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Open what `save` wrote; it answers as the one that was saved."""
        return substitutes_files.load(cls, folder_of("Substitutes.load", folder))

    def _fitted(self) -> Graph:
        if not hasattr(self, "weights_"):
            raise NotFittedError(self)
        return self._graph


def from_parts(
    cls: type[Substitutes], settings: dict[str, Any], graph: Graph, goods: Goods,
    weights: dict[str, float],
) -> Substitutes:  # fmt: skip
    """A model from what was kept of it."""
    made = cls(**settings)
    made._graph, made._goods, made.weights_ = graph, goods, weights
    made._pairs = PairTable(graph, goods, seed=made.seed)
    return made
