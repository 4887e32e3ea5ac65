"""`RelatedProducts`: what goes with a product, in that direction, and why.

Edges (who is bought after whom) and features flow in as any frame; ranked ids, scores and reasons
flow out. Plain rivals and a learned ranker compete on edges that are hidden inside `fit`, and the
best is kept. A product without any edge is served, and recommended, through products of like
content. The task and its measures are those of DAEMON (Virinchi, Saladi, Mondal 2022).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from chowk.errors import InputError, NotFittedError, parameter

from . import related_files
from .content import Content
from .evidence import Evidence
from .graph import Codes, Graph, read_graph, tidy
from .identity import Id, Ranked, check_k, check_seed, excluding, listed, plain
from .learned import Trees, learn_new
from .reasons import Reason
from .related_contest import best, contest
from .related_reasons import reasons
from .rivals import RIVALS, Rival, make_rival
from .sparse_top import at
from .ways import MOST_TYPES, Ways

#: With fewer edges nothing can be learned from hiding some; the plain form below is taken.
ENOUGH = 400
_PLAIN = "directed knn, reverse edges first"
#: Rivals of the contest in `fit`; the closed form only where it is quick.
_CONTEST = tuple(name for name in RIVALS if name not in ("ease", "content", "popularity"))
_QUICK = 3_000
_BLOCK = 512
#: An edge between old products had its time to be seen, one of a new product had none: where all
#: products without edges are new (`Graph.arrived`), the odds of theirs count so many times.
_NEW = 10.0
METHODS = ("auto", "learned", "dual", "dual, paper's loss", *RIVALS)


class RelatedProducts:
    """Directed related products from a graph of edges.

    Parameters
    ----------
    method : 'auto' holds a contest on hidden edges; or 'learned', 'dual' (dual embeddings in
        torch, with the extra `neural`), "dual, paper's loss", or the name of a plain rival.
    limit : products kept for each source besides its known targets, at least 1.
    seed : of everything that is drawn.

    Attributes
    ----------
    method_ : the one that is served.
    contest_ : hit rate@10 of each on the hidden edges, empty where there was no contest.

    Examples
    --------
    >>> edges = [{"source": "phone", "target": "case", "weight": 5},
    ...          {"source": "phone", "target": "charger"},
    ...          {"source": "tablet", "target": "charger"}]
    >>> model = RelatedProducts().fit(edges)
    >>> [ranked] = model.recommend(["phone"], k=2)
    >>> [product_id for product_id, score in ranked]
    ['case', 'charger']
    >>> ahead, back = model.score(["phone", "case"], ["case", "phone"])
    >>> bool(ahead > back)
    True
    >>> print(model.explain("phone", "case")[0])
    bought with phone: 83 % of what phone leads to
    """

    method_: str
    contest_: dict[str, float]

    def __init__(self, method: str = "auto", *, limit: int = 100, seed: int = 0) -> None:
        if method not in METHODS:
            raise parameter("RelatedProducts", "method", f"one of {', '.join(METHODS)}", method)
        self.method = method
        self.limit = check_k(limit, "RelatedProducts")
        self.seed = check_seed(seed, "RelatedProducts")

    # -- learning -----------------------------------------------------------------------------

    def fit(self, edges: Any, features: Any = None) -> Self:
        """Learn from edges, and from features where there are some.

        Parameters
        ----------
        edges : a frame or dicts with `source`, `target`, optional `weight` (above 0) and `kind`:
            'purchase' (directed; the default) or 'view' (taken both ways).
        features : a frame or dicts with `product_id` and text columns, or `vector`. Products that
            only stand here are new: they are served by what they are like. With `category`, a
            pair whose few edges go against the usual way between its types is turned round.

        Raises
        ------
        InputError : columns are missing or of the wrong type, or a weight is not above 0.
        """
        graph = read_graph(edges, features)
        self._types: Ways | None = None
        if graph.types is not None and graph.types.max() < MOST_TYPES and graph.forward.nnz:
            self._types = Ways(graph.types, graph.forward)
            graph = replace(graph, forward=self._types.turned(graph.forward))
        self._graph = self._base = graph
        self._trees: Trees | None = None
        self._ways: Trees | None = None
        self._new: Trees | None = None
        self._rival: Rival | None = None
        self._held: Evidence | None = None
        self._telling: Evidence | None = None  # as much of it as reasons need
        self._folded: dict[int, dict[int, float]] = {}
        self.contest_, self.method_ = {}, self.method
        enough = graph.forward.nnz >= ENOUGH
        if self.method in ("auto", "learned"):
            if enough:
                names = _CONTEST + (("ease",) if len(graph) <= _QUICK else ())
                self.contest_, self._trees, self._ways = contest(graph, names, seed=self.seed)
                # max() keeps the first of equals; of equals the plain ones are simpler.
                won = max(self.contest_, key=lambda name: self.contest_[name])
                self.method_ = "learned" if self.method == "learned" else won
            else:
                self.method_ = _PLAIN
        self._cold, self._lift = graph.cold, 1.0 + (_NEW - 1.0) * graph.arrived
        # Without new products there is nothing that these trees would be asked.
        if graph.content is not None and enough and self._cold.any():
            self._new = learn_new(graph, seed=self.seed)
        if self.method_ != "learned":
            self._rival = self._plain()
        self._lists(np.arange(len(graph), dtype=np.int64))
        return self

    def _plain(self) -> Rival:
        if self.method_.startswith("dual"):
            from .dual import dual_rival

            return dual_rival(self._base, mended=self.method_ == "dual", seed=self.seed)
        return make_rival(self.method_, self._evidence)

    @property
    def _evidence(self) -> Evidence:
        """Made when it is first needed: a model from disk answers `recommend` without it."""
        if self._held is None:
            self._held = Evidence(self._base, seed=self.seed)
        return self._held

    def _lists(self, sources: Codes) -> None:
        """The best unknown targets of each source, as arrays of `limit` columns."""
        n = len(sources)
        self._targets = np.full((n, self.limit), -1, dtype=np.int32)
        self._scores = np.zeros((n, self.limit), dtype=np.float32)
        for first in range(0, n, _BLOCK):
            u, v, score = self._unknown(sources[first : first + _BLOCK], self.limit)
            place = np.arange(len(u)) - np.searchsorted(u, u)
            self._targets[u, place] = v
            self._scores[u, place] = score

    def _unknown(self, rows: Codes, k: int) -> tuple[Codes, Codes, NDArray[np.float64]]:
        """Up to `k` pairs a row that are no known edges, best first, with their scores above 0."""
        cold = self._cold
        each = 50 if k <= 200 else k
        u, v = self._evidence.candidates(rows, each, cold=cold)
        if self._rival is not None:
            # The rival ranks all products itself; candidates stand only for new ones.
            new = cold[u] | cold[v]
            u, v = u[new], v[new]
            found = best(self._rival, self._base, rows, k)
            there = found >= 0
            u = np.concatenate([u, np.repeat(rows, found.shape[1])[there.ravel()]])
            v = np.concatenate([v, found[there]])
            once = np.unique(u * len(self._base) + v)
            u, v = once // len(self._base), once % len(self._base)
        score = self._estimate(u, v)
        u, v, score = _first(u, v, score, k)
        return _first(u, v, self._turned(u, v, score), k)

    def _turned(self, u: Codes, v: Codes, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores no higher than the reverse's where the reverse is the likelier way.

        It is asked where neither way is known. Types tell it where they can; else trees that
        learned it from one-way edges alone, which know it better than how likely an edge is.
        """
        made = score.copy()
        if not len(u):
            return made
        forward = self._base.forward
        open_ = (at(forward, u, v) == 0) & (at(forward, v, u) == 0)
        if self._types is not None:
            told = self._types.told(u, v)
            asked = np.flatnonzero(open_ & (told != 0))
            open_ &= told == 0
            s, t, right = u[asked], v[asked], told[asked] > 0
            back = self._estimate(t, s)
            least = 1e-3 * np.maximum(self._types.usual(s, t), self._types.usual(t, s))
            high = np.maximum(np.maximum(score[asked], back), least)
            low = np.minimum(np.minimum(score[asked], back), high * (1.0 - 1e-6))
            made[asked] = np.where(right, high, low)
        if self._ways is None or self._rival is not None:
            return made
        asked = np.flatnonzero(open_ & ~(self._cold[u] | self._cold[v]))
        for first in range(0, len(asked), 200_000):
            rows = asked[first : first + 200_000]
            one, other = (
                self._evidence.table(*way) for way in ((u[rows], v[rows]), (v[rows], u[rows]))
            )
            assert self._trees is not None
            reverse = self._trees.probability(other) * (1.0 - 1e-6)
            turned = self._ways.probability(one) < self._ways.probability(other)
            made[rows] = np.where(turned, np.minimum(score[rows], reverse), score[rows])
        return made

    def _estimate(self, u: Codes, v: Codes) -> NDArray[np.float64]:
        """Scores in [0, 1) of pairs, as if none were a known edge."""
        score = np.zeros(len(u))
        new = self._cold[u] | self._cold[v]
        for first in range(0, len(u), 200_000):
            rows = np.arange(first, min(first + 200_000, len(u)))
            warm, cold = rows[~new[rows]], rows[new[rows]]
            if self._rival is None:
                assert self._trees is not None
                score[warm] = self._trees.probability(self._evidence.table(u[warm], v[warm]))
            else:
                raw = np.maximum(self._rival.pairs(u[warm], v[warm]), 0.0)
                score[warm] = raw / (1.0 + raw)
            if not len(cold):
                continue
            if self._new is not None:
                chance = self._new.probability(self._evidence.table(u[cold], v[cold]))
                score[cold] = self._lift * chance / (1.0 + (self._lift - 1.0) * chance)
            else:
                score[cold] = self._lent(u[cold], v[cold])
        return score

    def _lent(self, u: Codes, v: Codes) -> NDArray[np.float64]:
        """What products of like content lend to a pair with a new product, in [0, 1)."""
        raw = np.zeros(len(u))
        for name in ("lent_source", "lent_target", "lent_both"):
            if name in self._evidence.walks:
                raw += at(self._evidence.walks[name], u, v)
        return raw / (1.0 + raw)

    # -- answers ------------------------------------------------------------------------------

    def recommend(
        self, ids: Any, k: int = 10, exclude: Any = None, *, known: bool = True
    ) -> list[Ranked]:
        """For each id the `k` best targets as (product_id, score), best first.

        Parameters
        ----------
        ids : product ids; one alone is taken as a list of one. Unknown ids get an empty list.
        k : length of each list, at least 1; shorter where nothing more speaks for a product.
        exclude : ids that may not be recommended, or a mapping from each id to such ids.
        known : whether targets of known edges may stand in the lists; they come first, with scores
            above 1. Those of all others lie in (0, 1).
        """
        graph = self._fitted()
        k = check_k(k, "recommend")
        asked = listed(ids, "recommend", "ids")
        codes = graph.places.many(asked, "recommend", "ids")
        out = excluding(exclude, asked, graph.places, "recommend")
        return [
            self._answer(code, k, gone, known) if code >= 0 else []
            for code, gone in zip(codes, out, strict=True)
        ]

    def _answer(self, code: int, k: int, gone: Codes, known: bool) -> Ranked:
        ids = self._graph.places.ids
        made: Ranked = []
        if known:
            targets, scores = self._known(code)
            free = ~np.isin(targets, gone)
            made = [(ids[t], float(s)) for t, s in zip(targets[free], scores[free], strict=True)][
                :k
            ]
        if len(made) < k:
            targets, scores = self._targets[code], self._scores[code]
            if k - len(made) + len(gone) > self.limit and code < len(self._cold):
                targets, scores = self._further(code, k + len(gone))
            free = (targets >= 0) & ~np.isin(targets, gone)
            rest = zip(targets[free][: k - len(made)], scores[free], strict=False)
            made += [(ids[t], float(s)) for t, s in rest]
        return made

    def _further(self, code: int, k: int) -> tuple[Codes, NDArray[np.float64]]:
        """A list longer than those that are kept."""
        _, v, score = self._unknown(np.array([code]), k)
        return v, score

    def _known(self, code: int) -> tuple[Codes, NDArray[np.float64]]:
        """Known targets, best first, with 1 + their share of the source's weight."""
        forward = self._graph.forward
        row = slice(forward.indptr[code], forward.indptr[code + 1])
        targets, weights = forward.indices[row], forward.data[row].astype(np.float64)
        if not len(targets):
            return targets.astype(np.int64), weights
        score = self._shares(np.full(len(targets), code), targets.astype(np.int64))
        order = np.lexsort((targets, -score))
        return targets[order].astype(np.int64), score[order]

    def _shares(self, s: Codes, t: Codes) -> NDArray[np.float64]:
        """Scores of known edges: 1 + the share of the source's weight.

        Where both ways are known and types tell which is the usual one, it is not the lower.
        """
        forward = self._graph.forward
        total = _totals(forward, s)
        score = 1.0 + at(forward, s, t) / total
        if self._types is not None:
            base = len(self._cold)
            back = at(forward, t, s)
            asked = np.flatnonzero((back > 0) & (s < base) & (t < base))
            told = self._types.told(s[asked], t[asked])
            reverse = 1.0 + back[asked] / _totals(forward, t[asked])
            high, low = np.maximum(score[asked], reverse), np.minimum(score[asked], reverse)
            low = np.minimum(low, high * (1.0 - 1e-6))
            score[asked] = np.where(told > 0, high, np.where(told < 0, low, score[asked]))
        made: NDArray[np.float64] = score
        return made

    def score(self, sources: Any, targets: Any) -> NDArray[np.float64]:
        """One number a pair, higher where the target goes better with the source.

        A known edge has 1 + its share of the source's weight, any other pair a number in [0, 1);
        0 where an id is unknown, and for a product with itself.
        """
        graph = self._fitted()
        s = np.array(graph.places.many(sources, "score", "sources"), dtype=np.int64)
        t = np.array(graph.places.many(targets, "score", "targets"), dtype=np.int64)
        if len(s) != len(t):
            raise parameter("score", "targets", f"as long as 'sources', {len(s)}", len(t))
        made = np.zeros(len(s))
        folded = (s >= len(self._cold)) | (t >= len(self._cold))
        there = (s >= 0) & (t >= 0) & (s != t)
        both = there & ~folded
        made[both] = self._turned(s[both], t[both], self._estimate(s[both], t[both]))
        for row in np.flatnonzero(there & folded):
            made[row] = self._folded.get(int(s[row]), {}).get(int(t[row]), 0.0)
        weight = np.zeros(len(s))
        weight[there] = at(graph.forward, s[there], t[there])
        known = weight > 0
        made[known] = self._shares(s[known], t[known])
        return made

    def explain(self, source: Id, target: Id) -> list[Reason]:
        """Why `target` goes with `source`: what the score was made of, the weightiest first.

        Empty where an id is unknown or nothing relates the two.
        """
        graph = self._fitted()
        s = graph.places.one(source, "explain", "source")
        t = graph.places.one(target, "explain", "target")
        if s < 0 or t < 0 or s == t:
            return []
        told = self._held or self._telling or Evidence(self._base, seed=self.seed, whole=False)
        self._telling = told
        return reasons(told, graph, s, t)

    # -- new products -------------------------------------------------------------------------

    def fold_in(
        self, product_id: Id, features: Mapping[str, Any] | None = None, targets: Any = ()
    ) -> Self:
        """Take in a new product without learning again: it is served and recommended at once.

        Parameters
        ----------
        product_id : an id that is not known yet.
        features : its text fields or `vector`, as at `fit`.
        targets : ids that are known to go with it.
        """
        graph = self._fitted()
        new = plain(product_id, "fold_in", "product_id")
        if graph.places.one(new, "fold_in", "product_id") >= 0:
            raise InputError(f"fold_in: {new!r} is known already. Fit again to change it.")
        known = [c for c in graph.places.many(targets, "fold_in", "targets") if c >= 0]
        n = len(graph)
        lent = self._borrowed(features)
        code = graph.places.append(new)
        links = sparse.csr_array(
            (np.ones(len(known), np.float32), ([n] * len(known), known)), shape=(n + 1, n + 1)
        )
        content = graph.content
        if content is not None:
            row = sparse.csr_array((1, content.rows.shape[1]), dtype=np.float32)
            row = content.row(features, "fold_in") if features else row
            rows = sparse.csr_array(sparse.vstack([content.rows, row], format="csr"))
            content = Content(rows, content.weights, content.words)
        forward = tidy(_grown(graph.forward, n + 1) + links)
        self._graph = Graph(graph.places, forward, _grown(graph.views, n + 1), content)
        self._list_new(code, lent, set(known))
        return self

    def _borrowed(self, features: Mapping[str, Any] | None) -> NDArray[np.float32]:
        """[products]: which products with edges a new one is like, summing to at most 1."""
        content = self._graph.content
        if content is None or not features:
            return np.zeros(len(self._graph), dtype=np.float32)
        row = content.row(features, "fold_in")
        close = np.asarray((content.rows @ row.T).toarray()).ravel()
        close[: len(self._cold)][self._cold] = 0.0
        close[len(self._cold) :] = 0.0
        if len(close) > 50:
            close[close < np.partition(close, len(close) - 50)[len(close) - 50]] = 0.0
        close = np.maximum(close, 0.0) ** 3
        lent: NDArray[np.float32] = (close / max(float(close.sum()), 1e-6)).astype(np.float32)
        return lent

    def _list_new(self, code: int, lent: NDArray[np.float32], known: set[int]) -> None:
        forward = self._graph.forward[:code, :code]
        ahead, back = lent @ forward, forward @ lent
        blank = np.full((1, self.limit), -1, dtype=np.int32)
        self._targets = np.concatenate([self._targets, blank])
        self._scores = np.concatenate([self._scores, np.zeros((1, self.limit), np.float32)])
        own: dict[int, float] = self._folded.setdefault(code, {})
        for place, t in enumerate(_heaviest(ahead, self.limit)):
            if int(t) in known:
                continue
            score = float(ahead[t] / (1.0 + ahead[t]))
            own[int(t)] = score
            self._targets[code, place], self._scores[code, place] = t, score
        for s in _heaviest(back, self.limit):
            score = float(back[s] / (1.0 + back[s]))
            self._folded.setdefault(int(s), {})[code] = score
            at_place = int(np.searchsorted(-self._scores[s], -score, side="right"))
            if at_place < self.limit:
                for row, value in ((self._targets, code), (self._scores, score)):
                    row[s, at_place + 1 :] = row[s, at_place:-1].copy()
                    row[s, at_place] = value

    # -- what is kept -------------------------------------------------------------------------

    def save(self, folder: Path | str) -> None:
        """Write the model into `folder` as arrays and JSON; see `load`."""
        self._fitted()
        related_files.save(self, folder)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Open what `save` wrote; it answers as the one that was saved."""
        return related_files.load(cls, folder)

    def _restore(self, graph: Graph, base: int, thin: tuple[Any, Any] | None) -> None:
        """Put a saved graph in its place; of it, the first `base` products were learned from."""
        content = graph.content
        if content is not None:
            content = Content(content.rows[:base], content.weights, content.words)
        forward, views = (tidy(rows[:base, :base]) for rows in (graph.forward, graph.views))
        self._graph, self._base = graph, Graph(graph.places, forward, views, content)
        self._held, self._telling, self._rival = None, None, None
        self._cold = self._base.cold
        self._lift = 1.0 + (_NEW - 1.0) * self._base.arrived
        if thin is not None:
            self._rival = Rival(self.method_, thin=thin)
        elif self.method_ != "learned":
            self._rival = self._plain()

    def _fitted(self) -> Graph:
        if not hasattr(self, "_targets"):
            raise NotFittedError(self)
        return self._graph


def _first(
    u: Codes, v: Codes, score: NDArray[np.float64], k: int
) -> tuple[Codes, Codes, NDArray[np.float64]]:
    """The `k` best pairs of each source with scores above 0, by source and falling score."""
    order = np.lexsort((v, -score, u))
    order = order[score[order] > 0]
    u, v, score = u[order], v[order], score[order]
    kept = np.arange(len(u)) - np.searchsorted(u, u) < k
    return u[kept], v[kept], score[kept]


def _totals(forward: sparse.csr_array, rows: Codes) -> NDArray[np.float64]:
    """The sums of these rows, above 0; an answer asks for one or two of very many."""
    once, place = np.unique(rows, return_inverse=True)
    ends = forward.indptr
    sums = [forward.data[ends[i] : ends[i + 1]].sum(dtype=np.float64) for i in once]
    made: NDArray[np.float64] = np.maximum(np.array(sums, dtype=np.float64), 1e-12)[place]
    return made


def _heaviest(weights: NDArray[Any], k: int) -> Codes:
    """Places of the `k` largest numbers above 0, the largest first, of equals the first first."""
    there = np.flatnonzero(weights > 0)
    made: Codes = there[np.argsort(-weights[there], kind="stable")[:k]]
    return made


def _grown(rows: sparse.csr_array, n: int) -> sparse.csr_array:
    """The same entries in an array of n rows and columns."""
    starts = np.concatenate([rows.indptr, np.full(n - rows.shape[0], rows.indptr[-1])])
    return sparse.csr_array((rows.data, rows.indices, starts), shape=(n, n))
