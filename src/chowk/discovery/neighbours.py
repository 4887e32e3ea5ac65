"""The served model of `related`: for each product its best targets, with the counts behind them.

Ids flow in, ranked (id, score) lists and reasons flow out. On disk it is a folder of plain arrays,
which every process maps instead of copying, and the ids as Parquet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import sparse

from chowk.errors import ArtifactError, parameter

Ranked = list[tuple[str, float]]
#: Baskets whose scores are summed at once.
_BLOCK = 512
_ARRAYS = ("starts", "targets", "scores", "together", "counts", "pulls")


class Neighbours:
    """Targets of each product, best first; ties are in the order of ids.

    Parameters
    ----------
    ids : product ids, ascending.
    counts : baskets that hold each product.
    total : baskets in all.
    starts : the targets of product i stand in places starts[i] to starts[i + 1].
    targets, scores, together : code, score and number of common baskets of each target.
    pulls : what popularity weighs for each source, at least 0: to every product j, source i adds
        pulls[i] times the share of baskets that hold j, also where no basket held both.
    cold : the same of a product that stands in no basket.
    """

    def __init__(
        self,
        ids: list[str],
        *,
        counts: NDArray[Any],
        total: int,
        starts: NDArray[Any],
        targets: NDArray[Any],
        scores: NDArray[Any],
        together: NDArray[Any],
        pulls: NDArray[Any],
        cold: float = 0.0,
    ) -> None:
        self.ids = ids
        self.total = total
        self.counts, self.starts = counts, starts
        self.targets, self.scores, self.together = targets, scores, together
        self.pulls, self.cold = pulls, cold
        self.shares = np.asarray(counts, dtype=np.float64) / max(total, 1)
        self._code = {product: code for code, product in enumerate(ids)}
        self.popular = np.lexsort((np.arange(len(ids)), -np.asarray(counts)))

    @classmethod
    def best(
        cls,
        ids: list[str],
        counts: NDArray[Any],
        total: int,
        source: NDArray[np.int32],
        target: NDArray[np.int32],
        score: NDArray[np.float64],
        together: NDArray[Any],
        *,
        pulls: NDArray[np.float64] | None = None,
        cold: float = 0.0,
        limit: int = 200,
    ) -> Neighbours:
        """Keep the `limit` best targets of each source; scores of 0 and less are dropped.

        Best is by the score with popularity's part; stored is the score without it.

        Pairs come in the order of (source, target). Scores are rounded to seven decimals, so that
        the last bits of a sum do not decide an order.
        """
        rounded = np.round(score, 7).astype(np.float32)
        kept = np.flatnonzero(rounded > 0)
        whole = rounded[kept]
        pulls = np.zeros(len(ids)) if pulls is None else pulls
        if pulls.any():
            shares = np.asarray(counts, dtype=np.float64) / max(total, 1)
            whole = np.round(whole + pulls[source[kept]] * shares[target[kept]], 7)
            whole = whole.astype(np.float32)
        # Most pairs are far from the best `limit` of their source: what is below its last place is
        # dropped before the sort, equals with it stay.
        starts = np.searchsorted(source[kept], np.arange(len(ids) + 1))
        least = np.zeros(len(ids), dtype=np.float32)
        for code in np.flatnonzero(np.diff(starts) > limit):
            row = whole[starts[code] : starts[code + 1]]
            least[code] = np.partition(row, len(row) - limit)[len(row) - limit]
        high = whole >= least[source[kept]]
        kept, whole = kept[high], whole[high]
        # The bits of a positive float rise with it; a stable sort leaves ties in target order.
        falling = np.uint32(0xFFFFFFFF) - whole.view(np.uint32)
        key = (source[kept].astype(np.int64) << 32) | falling.astype(np.int64)
        kept = kept[np.argsort(key, kind="stable")]
        starts = np.searchsorted(source[kept], np.arange(len(ids) + 1))
        place = np.arange(len(kept)) - starts[source[kept]]
        kept = kept[place < limit]
        return cls(
            ids,
            counts=np.asarray(counts, dtype=np.int64),
            total=total,
            starts=np.searchsorted(source[kept], np.arange(len(ids) + 1)).astype(np.int64),
            targets=target[kept],
            scores=rounded[kept],
            together=np.asarray(together, dtype=np.int32)[kept],
            pulls=pulls,
            cold=cold,
        )

    def __contains__(self, product: object) -> bool:
        return product in self._code

    def __len__(self) -> int:
        return len(self.ids)

    # -- answers ------------------------------------------------------------------------------

    def recommend(
        self,
        ids: str | Sequence[str],
        k: int = 10,
        *,
        exclude: Collection[str] | None = None,
        fallback: bool = False,
    ) -> list[Ranked]:
        """For each id the `k` best targets as (id, score), best first, never the id itself.

        Parameters
        ----------
        ids : product ids; one id alone is taken as a list of one.
        k : length of each list, in [1, 1000]; shorter where fewer are known.
        exclude : ids that may not be recommended.
        fallback : fill short lists (unknown and new products) with what is bought most, at a
            score of 0; `explain` says so of each. Without it an unknown id has an empty list.
        """
        _check_k(k, "recommend")
        barred = self._codes(exclude or ())
        return [self._answer([one], k, barred, fallback) for one in id_list(ids, "recommend")]

    def for_basket(
        self,
        ids: str | Sequence[str],
        k: int = 10,
        *,
        exclude: Collection[str] | None = None,
        fallback: bool = False,
    ) -> Ranked:
        """What goes with several products together: the sum of their directed scores.

        Products of the basket are never recommended; parameters as in `recommend`.
        """
        _check_k(k, "for_basket")
        given, barred = id_list(ids, "for_basket"), self._codes(exclude or ())
        return self._answer(given, k, barred, fallback)

    def rank(self, given: sparse.csr_array, k: int, unknown: NDArray[Any]) -> NDArray[np.int64]:
        """The codes of the `k` best targets for many baskets at once, -1 where there are fewer.

        Parameters
        ----------
        given : [baskets, products], 1 where a basket holds a product.
        k : length of each list.
        unknown : [baskets], how many further products of it stand in no basket.

        Returns
        -------
        int [baskets, k]; the lists are those of `for_basket`.
        """
        n = len(self.ids)
        ranked = np.full((given.shape[0], k), -1, dtype=np.int64)
        if not n:
            return ranked
        weights = sparse.csr_array(
            (np.asarray(self.scores, dtype=np.float64), self.targets, self.starts), shape=(n, n)
        )
        pulls = given @ np.asarray(self.pulls) + unknown * self.cold
        for first in range(0, len(ranked), _BLOCK):
            rows = given[first : first + _BLOCK]
            summed = sparse.csr_array(rows.astype(np.float64) @ weights)
            for at in range(rows.shape[0]):
                held = rows.indices[rows.indptr[at] : rows.indptr[at + 1]]
                row = slice(summed.indptr[at], summed.indptr[at + 1])
                best = self._best(
                    summed.indices[row], summed.data[row], held, k, float(pulls[first + at])
                )
                ranked[first + at, : len(best)] = best
        return ranked

    def _best(
        self,
        found: NDArray[Any],
        scores: NDArray[np.float64],
        held: NDArray[Any],
        k: int,
        pull: float,
    ) -> NDArray[np.int64]:
        """The `k` best codes of those found and, with a pull, of the most bought."""
        n = len(self.ids)
        if pull:
            head = self.popular[: k + len(held)]
            head = head[~np.isin(head, found)]
            found = np.concatenate([found, head])
            scores = np.concatenate([scores, np.zeros(len(head))]) + pull * self.shares[found]
        free = ~np.isin(found, held)
        # One whole number a product: millionths of the score, then the smaller code.
        key = np.rint(scores[free] * 1e6).astype(np.int64) * n + (n - 1 - found[free])
        if len(key) > k:
            key = np.partition(key, len(key) - k)[len(key) - k :]
        key.sort()
        best: NDArray[np.int64] = n - 1 - key[::-1] % n
        return best

    def explain(self, source: str, target: str) -> list[str]:
        """Why `target` goes with `source`; for a pair without a relation, how popular it is.

        Both, where popularity is the larger part of its score.

        Examples
        --------
        >>> model.explain("tent", "pegs")                                # doctest: +SKIP
        ['bought together in 37 of 120 orders with tent', '8.2 times as often as chance']
        """
        t = self._code.get(target)
        if t is None:
            return []
        s, count = self._code.get(source), int(self.counts[t])
        popular = f"popular: in {count:,} of {self.total:,} orders"
        if s is not None:
            row = slice(self.starts[s], self.starts[s + 1])
            at = np.flatnonzero(self.targets[row] == t)
            if len(at):
                both, of = int(self.together[row][at[0]]), int(self.counts[s])
                lift = both * self.total / (of * count)
                reasons = [
                    f"bought together in {both:,} of {of:,} orders with {source}",
                    f"{lift:,.1f} times as often as chance",
                ]
                mostly_popular = self.pulls[s] * self.shares[t] > self.scores[row][at[0]]
                return [*reasons, popular] if mostly_popular else reasons
        return [popular]

    def explain_basket(self, ids: str | Sequence[str], target: str) -> list[str]:
        """Why `target` goes with a basket: the reason of the product that speaks most for it."""
        t, strongest, most = self._code.get(target), "", 0.0
        for one in id_list(ids, "explain_basket"):
            s = self._code.get(one)
            if s is None or t is None:
                continue
            row = slice(self.starts[s], self.starts[s + 1])
            score = float(self.scores[row][self.targets[row] == t].sum())
            if score > most:
                strongest, most = one, score
        return self.explain(strongest, target)

    # -- how ----------------------------------------------------------------------------------

    def _codes(self, ids: Iterable[str]) -> NDArray[np.int64]:
        return np.unique(
            np.fromiter((self._code[i] for i in ids if i in self._code), dtype=np.int64)
        )

    def _rank(
        self,
        given: NDArray[np.int64],
        k: int,
        barred: NDArray[np.int64],
        unknown: int,
        lent: Mapping[int, float],
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Summed scores of the given codes (ascending) and those lent, by weight; ranked."""
        rows = [slice(self.starts[code], self.starts[code + 1]) for code in (*given, *lent)]
        weights = [1.0] * len(given) + list(lent.values())
        pull = float(self.pulls[given].sum()) + unknown * self.cold
        if not rows and not pull:
            return np.empty(0, np.int64), np.empty(0)
        out = np.concatenate([given, barred])
        # Of products that no given one was bought with, only the most bought can be among k.
        head = self.popular[: k + len(out) if pull else 0]
        targets = np.concatenate([*(self.targets[row] for row in rows), head])
        parts = [np.asarray(self.scores[row], dtype=np.float64) for row in rows]
        parts = [part * weight for part, weight in zip(parts, weights, strict=True)]
        scores = np.concatenate([*parts, np.zeros(len(head))])
        found, place = np.unique(targets, return_inverse=True)
        summed = np.zeros(len(found))
        np.add.at(summed, place, scores)
        if pull:
            summed += pull * self.shares[found]
        summed = summed.round(6)
        free = ~np.isin(found, out)
        found, summed = found[free], summed[free]
        order = np.lexsort((found, -summed))[:k]
        return found[order].astype(np.int64), summed[order]

    def _answer(
        self, given: Sequence[str], k: int, barred: NDArray[np.int64], fallback: bool
    ) -> Ranked:
        held_codes = self._codes(given)
        unknown = len(set(given)) - len(held_codes)
        codes, scores = self._rank(held_codes, k, barred, unknown, self._lent(given))
        answer = [(self.ids[c], float(s)) for c, s in zip(codes, scores, strict=True)]
        if fallback and len(answer) < k:
            held = {*codes.tolist(), *barred.tolist(), *held_codes.tolist()}
            more = (int(code) for code in self.popular if int(code) not in held)
            answer += [(self.ids[code], 0.0) for code in islice(more, k - len(answer))]
        return answer

    def _lent(self, given: Sequence[str]) -> dict[int, float]:
        """Codes that stand for given ids that are in no basket, with how much; here none."""
        return {}

    # -- on disk ------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write the arrays and ids into `folder`."""
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", np.asarray(getattr(self, name)), allow_pickle=False)
        pq.write_table(
            pa.table({"product_id": pa.array(self.ids, pa.string())}), folder / "ids.parquet"
        )
        (folder / "neighbours.json").write_bytes(
            msgspec.json.encode({"total": self.total, "cold": self.cold})
        )

    @classmethod
    def load(cls, folder: Path) -> Neighbours:
        """Open what `save` wrote; the arrays are mapped, not read."""
        try:
            arrays = {
                name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
                for name in _ARRAYS
            }
            ids = pq.read_table(folder / "ids.parquet")["product_id"].to_pylist()
            record = msgspec.json.decode((folder / "neighbours.json").read_bytes(), type=_Record)
        except (OSError, ValueError, msgspec.MsgspecError, pa.ArrowException) as error:
            raise ArtifactError(
                f"The related model in {folder} cannot be read: {error}. Run 'chowk build' again."
            ) from None
        return cls(ids, total=record.total, cold=record.cold, **arrays)


class _Record(msgspec.Struct):
    """What is kept beside the arrays."""

    total: int
    cold: float


def id_list(ids: str | Sequence[str], caller: str) -> Sequence[str]:
    """Ids as they are, one alone as a list of one; InputError where one is no text."""
    if isinstance(ids, str):
        return [ids]
    wrong = next((one for one in ids if not isinstance(one, str)), None)
    if wrong is not None:
        raise parameter(caller, "ids", "product ids (str)", wrong)
    return ids


def _check_k(k: int, caller: str) -> None:
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k <= 1000:
        raise parameter(caller, "k", "an int in [1, 1000]", k)
