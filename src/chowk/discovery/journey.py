"""`Journey`: what a customer wants next, from the history alone, and why.

Histories flow in; ranked ids, scores and reasons flow out. A recency-weighted kNN with transitions
finds candidates in about a millisecond and serves small stores; where there are enough sequences,
a ranker learned on the last step of each (Friedman 2001; LightGBM) orders them, if it does better
on customers that it has not seen. Guests are served from the session alone, and every event changes
the next answer, since nothing is kept about a customer.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from chowk.errors import InputError, NotFittedError, parameter
from chowk.store.places import folder_of

from . import journey_files
from .attention import Attention
from .content import Content, read_content
from .identity import Id, Places, Ranked, barred, check_k, check_seed, plain, share
from .journey_learning import LEARNED, learn_both, learn_journey, within
from .learned import Trees
from .reasons import Reason
from .sequences import Event, History, events_of, placed, read_sequences
from .sparse_top import product
from .steps import Steps, count_steps
from .walking import CANDIDATES, Attended, Walk, candidates, weights

METHODS = ("auto", "light", "learned", "transformer", "blend")
#: With fewer sequences the light model serves without a contest.
ENOUGH = 200
#: With serendipity: candidates, and what content and surprise count, as logarithms of the score.
_WIDE, _NEAR, _FAR = 400, 6.0, 0.1
#: Of a list of so many or more, it leaves so many at the top as they are.
_LONG, _FIRST = 10, 4
#: History products whose taking away is tried for a reason.
_TRIED = 8


class Journey:
    """Next products of a history.

    Parameters
    ----------
    method : 'auto' keeps the better of 'light' (recency-weighted kNN with transitions) and
        'learned' (a ranker over it) on customers held back inside `fit`. By name only, since they
        take minutes and torch (the extra `neural`): 'transformer', and 'blend', the ranker with
        the transformer as evidence.
    repeats : whether products of the history may be recommended again.
    seed : of everything that is drawn.
    epochs : of the transformer, at least 1.
    most : histories that the ranker learns from, at least 1; each costs some 3 ms.

    Attributes
    ----------
    method_ : the one that is served.
    contest_ : NDCG@10 of each on customers held back, empty where there was no contest.

    Examples
    --------
    >>> visits = [["tent", "pegs", "lamp"], ["tent", "pegs"], ["tent", "pegs", "stove"]]
    >>> model = Journey().fit(visits)
    >>> [product_id for product_id, score in model.next(["tent"], k=1)]
    ['pegs']
    >>> print(model.explain(["tent"], "pegs")[0])
    often next after tent
    """

    method_: str
    contest_: dict[str, float]

    def __init__(
        self,
        method: str = "auto",
        *,
        repeats: bool = False,
        seed: int = 0,
        epochs: int = 40,
        most: int = LEARNED,
    ) -> None:
        if method not in METHODS:
            raise parameter("Journey", "method", f"one of {', '.join(METHODS)}", method)
        self.method, self.repeats, self.seed = method, repeats, check_seed(seed, "Journey")
        self.epochs = check_k(epochs, "Journey", "epochs")
        self.most = check_k(most, "Journey", "most")

    # -- learning -----------------------------------------------------------------------------

    def fit(self, sequences: Any, features: Any = None) -> Self:
        """Learn from histories.

        Parameters
        ----------
        sequences : one list a customer, oldest first, of ids or of events (`product_id`, `kind`,
            `ts`); or a frame of events with `customer_id` or `session_id`.
        features : products with text columns or `vector`; those in no history are new, and are
            found through products of like content.
        """
        return self.fit_events(read_sequences(sequences, "Journey.fit"), features)

    def fit_events(self, read: list[list[Event]], features: Any = None) -> Self:
        """The same from events that were read already: one list a customer."""
        named, content = read_content(features, "Journey.fit")
        ids = [event.product for events in read for event in events]
        self._places = Places([*ids, *named], "Journey.fit")
        n = len(self._places)
        self._content = content.placed(self._places.codes(named), n) if content else None
        histories = [placed(events, self._places) for events in read]
        words = None
        if self._content is not None:
            rows = self._content.rows
            words = product(rows, rows.T, 40, diagonal=False)
        self._trees: Trees | None = None
        self._attention: Attention | None = None
        self.contest_ = {}
        self._learn([history for history in histories if len(history) > 1], n, words)
        self._steps = count_steps([h.codes for h in histories], n, words, seed=self.seed)
        counts = self._steps.counts
        if self._attention is not None:
            self._attention = self._attention.without_steps(counts, words)
        self._popular = np.lexsort((np.arange(n), -counts))
        self._shares = counts / max(float(counts.sum()), 1.0)
        return self

    def _learn(self, able: list[History], n: int, words: sparse.csr_array | None) -> None:
        """What `method` asks for and there is enough for; `light` otherwise."""
        self.method_ = "light"
        if self.method == "light" or len(able) < ENOUGH:
            return
        if self.method == "transformer":
            from .attention_learning import learn_attention

            self._attention = learn_attention(able, n, seed=self.seed, epochs=self.epochs)
            self.method_ = "transformer"
        elif self.method == "blend":
            longer = [history for history in able if len(history) > 2]
            trees, self.contest_, learned = learn_both(
                longer, n, words, seed=self.seed, epochs=self.epochs, repeats=self.repeats
            )
            if trees is not None:
                self._trees, self._attention, self.method_ = trees, learned, "blend"
        else:
            trees, self.contest_ = learn_journey(
                able, n, words, seed=self.seed, repeats=self.repeats, most=self.most
            )
            wins = self.contest_.get("learned", 0.0) > self.contest_.get("light", 0.0)
            if trees is not None and (wins or self.method == "learned"):
                self._trees, self.method_ = trees, "learned"

    # -- answers ------------------------------------------------------------------------------

    def next(
        self,
        history: Any,
        k: int = 10,
        exclude: Any = None,
        *,
        repeats: bool | None = None,
        serendipity: float = 0.0,
    ) -> Ranked:
        """The `k` products that most likely come next, as (product_id, score), best first.

        Parameters
        ----------
        history : ids or events (`product_id`, `kind`, `ts`), oldest first; also of a guest, and
            empty: then what most customers have. Unknown products are passed over; of very long
            histories the latest 200 events count.
        k : how many, at least 1; fewer where fewer are known.
        exclude : ids that may not be recommended.
        repeats : whether products of the history may be; as the model's where None.
        serendipity : in [0, 1]; above 0, products that are described like what was met, but that
            other customers of it do not have and that are not popular, come earlier, the more the
            larger; of ten or more the first four stay. It needs features. Scores are then no longer
            those of `score`.
        """
        steps = self._fitted()
        k = check_k(k, "next")
        share(serendipity, "next", "serendipity")
        met = placed(events_of(history, "Journey.next"), self._places)
        gone = barred(exclude, self._places, "next")
        gone = gone[gone < len(steps)]
        if not (self.repeats if repeats is None else repeats):
            every = self._places.codes(e.product for e in events_of(history, "Journey.next"))
            gone = np.union1d(gone, every[every >= 0])
        ids = self._places.ids
        wide = _WIDE if serendipity else CANDIDATES
        found, score = self._scored(met, gone, max(wide, 2 * k))
        if serendipity and len(met):
            near, far = self.affinity(met, found), self.surprise(met, found)
            changed = score * np.exp(serendipity * (_NEAR * (near - 1) + _FAR * np.log(far + 0.05)))
            # Whoever looks at the first few looks for what is likeliest: they stay in their order.
            first = np.lexsort((found, -score))[: _FIRST if k >= _LONG else 0]
            high = float(changed.max(initial=0.0)) + score[first]
            changed[first] = high
            score = changed
        order = np.lexsort((found, -score))[:k]
        made = [(ids[c], float(s)) for c, s in zip(found[order], score[order], strict=True)]
        if len(made) < k:
            held = {*found[order].tolist(), *gone.tolist()}
            least = made[-1][1] if made else 1.0
            for code in self._popular[: k + len(held)]:
                if len(made) == k:
                    break
                if int(code) not in held and self._shares[code] > 0:
                    made.append((ids[code], min(least, 1e-3) * float(self._shares[code])))
        return made

    def next_many(self, histories: Any, k: int = 10) -> list[Ranked]:
        """`next` for many histories at once: the same lists, with one look at the trees."""
        self._fitted()
        k = check_k(k, "next_many")
        made: list[Ranked] = []
        if isinstance(histories, (str, bytes)) or not isinstance(histories, Iterable):
            raise parameter("next_many", "histories", "a list of histories", histories)
        rows = list(histories)
        for first in range(0, len(rows), 500):
            made += self._several(rows[first : first + 500], k)
        return made

    def _several(self, histories: list[Any], k: int) -> list[Ranked]:
        if self._trees is None:
            return [self.next(history, k) for history in histories]
        ids, found, tables, where = self._places.ids, [], [], []
        for history in histories:
            read = events_of(history, "Journey.next_many")
            met = placed(read, self._places)
            every = self._places.codes(e.product for e in read)
            gone = np.unique(every[every >= 0]) if not self.repeats else every[:0]
            codes, walk, light, said = self._candidates(met, gone, max(CANDIDATES, 2 * k))
            # Nothing is found for an empty history: `next` gives what is popular.
            found.append(codes)
            where.append(len(codes))
            if len(codes):
                tables.append(_table(walk, light, said, codes))
        if not tables:
            return [self.next(history, k) for history in histories]
        scores = np.split(self._trees.probability(np.concatenate(tables)), np.cumsum(where)[:-1])
        made = []
        for history, codes, score in zip(histories, found, scores, strict=True):
            order = np.lexsort((codes, -score))[:k]
            ranked = [(ids[c], float(s)) for c, s in zip(codes[order], score[order], strict=True)]
            made.append(ranked if len(ranked) == k else self.next(history, k))
        return made

    def affinity(self, met: History, found: NDArray[np.int64]) -> NDArray[np.float64]:
        """How like the history's contents products are, [products], the most alike 1.

        Cosines of content, meaned over the history: taste as words tell it, whoever else has what.
        0 without features.
        """
        if self._content is None or not len(met) or not len(found):
            return np.zeros(len(found))
        rows = self._content.rows
        profile = np.asarray(rows[met.codes].sum(axis=0)).ravel()
        near = np.asarray(rows[found] @ profile, dtype=np.float64)
        return near / max(float(near.max()), 1e-9)

    def surprise_of(self, history: Any, ids: Any) -> NDArray[np.float64]:
        """How surprising known products would be after a history, in [0, 1]; see `surprise`."""
        self._fitted()
        met = placed(events_of(history, "Journey.surprise_of"), self._places)
        codes = np.array(self._places.many(ids, "Journey.surprise_of", "ids"), dtype=np.int64)
        made = np.zeros(len(codes))
        made[codes >= 0] = self.surprise(met, codes[codes >= 0])
        return made

    def surprise(self, met: History, found: NDArray[np.int64]) -> NDArray[np.float64]:
        """How unlike a history and how unpopular products are, [products], in [0, 1].

        The product of 1 - the largest cosine with a product of the history, in the space of who
        has what, and 1 - the logarithm of the count over that of the most popular product.
        """
        steps = self._fitted()
        counts = np.log1p(steps.counts)
        rare = 1.0 - counts[found] / max(float(counts.max(initial=0.0)), 1e-9)
        own, past = (
            rows / np.maximum(np.sqrt((rows**2).sum(axis=1)), 1e-9)[:, None]
            for rows in (steps.left[found], steps.left[met.codes])
        )
        near = (own @ past.T).max(axis=1) if len(met) and len(found) else np.zeros(len(found))
        made: NDArray[np.float64] = (1.0 - np.clip(near, 0.0, 1.0)) * rare
        return made

    def score(self, history: Any, ids: Any) -> NDArray[np.float64]:
        """The scores that `next` gives to these products; 0 for unknown ones."""
        steps = self._fitted()
        met = placed(events_of(history, "Journey.score"), self._places)
        codes = np.array(self._places.many(ids, "Journey.score", "ids"), dtype=np.int64)
        return self._of(steps, met, codes)

    def _of(self, steps: Steps, met: History, codes: NDArray[np.int64]) -> NDArray[np.float64]:
        made = np.zeros(len(codes))
        there = np.flatnonzero(codes >= 0)
        some = np.unique(codes[there])
        walk = Walk(steps, met, repeats=self.repeats)
        light = walk.light()
        said = Attended(self._attention, met) if self._attention is not None and len(met) else None
        value = self._values(walk, light, said, some)
        made[there] = value[np.searchsorted(some, codes[there])]
        spoken = (light[np.maximum(codes, 0)] > 0) | (said is not None)
        popular = 1e-3 * self._shares[np.maximum(codes, 0)]
        return np.where((codes >= 0) & ~spoken, popular, made)

    def _scored(
        self, met: History, gone: NDArray[np.int64], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        found, walk, light, said = self._candidates(met, gone, k)
        return found, self._values(walk, light, said, found)

    def _candidates(
        self, met: History, gone: NDArray[np.int64], k: int
    ) -> tuple[NDArray[np.int64], Walk, NDArray[np.float32], Attended | None]:
        walk = Walk(self._fitted(), met, repeats=self.repeats)
        light = walk.light()
        said = Attended(self._attention, met) if self._attention is not None and len(met) else None
        if said is not None and self._trees is None:
            return said.best(gone, k), walk, light, said
        found = candidates(light, gone, k)
        return said.more(found, gone) if said is not None else found, walk, light, said

    def _values(
        self,
        walk: Walk,
        light: NDArray[np.float32],
        said: Attended | None,
        found: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Scores in [0, 1) of candidates, ascending, by what is served."""
        if self._trees is not None and len(walk.history) and len(found):
            return self._trees.probability(_table(walk, light, said, found))
        return said.chance(found) if said is not None else _squeezed(light[found])

    def explain(self, history: Any, product_id: Id) -> list[Reason]:
        """Why this product comes next: the history's products without which its score falls.

        Each was taken away and the product scored again; `fall` is what was lost. A product that
        nothing in the history speaks for is popular, or there is no reason at all.
        """
        steps = self._fitted()
        met = placed(events_of(history, "Journey.explain"), self._places)
        code = self._places.one(product_id, "explain", "product_id")
        if code < 0:
            return []
        target = np.array([code])
        full = float(self._of(steps, met, target)[0])
        walk = Walk(steps, met, repeats=self.repeats)
        own = walk.targets == code
        said = np.bincount(
            walk.event[own],
            walk.values[own].sum(axis=1) * weights(met, 0.9)[walk.event[own]],
            minlength=len(met),
        )
        tried = dict.fromkeys(
            int(met.codes[e]) for e in np.argsort(-said, kind="stable")[:_TRIED] if said[e] > 0
        )
        if self._attention is not None:
            # It may see what no count does: the latest events are tried too.
            tried |= dict.fromkeys(met.codes[-_TRIED:].tolist())
        made = []
        if self.repeats and code in met.codes:
            tried[code] = None
        for one in tried:
            if one == code and not self.repeats:
                continue
            fall = full - float(self._of(steps, met.without(one), target)[0])
            if fall > 0:
                text = self._told(steps, one, code) if one != code else _habit(met, code)
                made.append(
                    Reason(text, kind="history", product_id=self._places.ids[one], fall=fall)
                )
        made.sort(key=lambda reason: -reason.fall)
        if not made and steps.counts[code] > 0:
            text = f"popular: in {int(steps.counts[code]):,} histories"
            made.append(Reason(text, kind="popular"))
        return made[:3]

    def _told(self, steps: Steps, one: int, code: int) -> str:
        targets, values = steps.row(one)
        value = values[targets == code]
        name = self._places.ids[one]
        if not len(value):
            return f"fits with {name}"
        following, ahead, _, together, words = value[0]
        if following > 0.1 or following >= max(ahead - following, together):
            return f"often next after {name}"
        if together > 0 or ahead > 0:
            return f"taken by those who took {name}"
        return f"like {name}" if words > 0 else f"often before {name}"

    # -- forms --------------------------------------------------------------------------------

    @property
    def forms(self) -> list[str]:
        """The forms that this model can answer in, the simplest first."""
        self._fitted()
        made = ["light"]
        if self._attention is not None:
            made.append("transformer")
        if self._trees is not None:
            made.append("blend" if self._attention is not None else "learned")
        return made

    def in_form(self, form: str) -> Self:
        """A model over the same arrays that answers in one of `forms`, to compare them."""
        if form not in self.forms:
            raise parameter("Journey.in_form", "form", f"one of {', '.join(self.forms)}", form)
        made = copy.copy(self)
        made.method_ = form
        if form in ("light", "transformer"):
            made._trees = None
        if form in ("light", "learned"):
            made._attention = None
        return made

    # -- new products -------------------------------------------------------------------------

    def fold_in(self, product_id: Id, features: Mapping[str, Any] | None = None) -> Self:
        """Take in a new product without learning again; it is found through like products."""
        steps = self._fitted()
        new = plain(product_id, "fold_in", "product_id")
        if self._places.one(new, "fold_in", "product_id") >= 0:
            raise InputError(f"fold_in: {new!r} is known already. Fit again to change it.")
        code = self._places.append(new)
        close = np.zeros(len(steps), dtype=np.float32)
        if self._content is not None and features:
            row = self._content.row(features, "fold_in")
            close = np.asarray((self._content.rows @ row.T).toarray()).ravel()
            rows = sparse.csr_array(sparse.vstack([self._content.rows, row], format="csr"))
            self._content = Content(rows, self._content.weights, self._content.words)
        elif self._content is not None:
            blank = sparse.csr_array((1, self._content.rows.shape[1]), dtype=np.float32)
            rows = sparse.csr_array(sparse.vstack([self._content.rows, blank], format="csr"))
            self._content = Content(rows, self._content.weights, self._content.words)
        near = np.flatnonzero(close > 0)
        near = near[np.lexsort((near, -close[near]))[:20]]
        self._steps = within(steps, code, near, close)
        if self._attention is not None:
            self._attention = self._attention.lent(near, close[near])
        self._popular = np.append(self._popular, code)
        self._shares = np.append(self._shares, np.float32(0))
        return self

    # -- what is kept -------------------------------------------------------------------------

    def save(self, folder: Path | str) -> None:
        """Write the model into `folder` as arrays and JSON; see `load`."""
        self._fitted()
        journey_files.save(self, folder_of("Journey.save", folder))

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Open what `save` wrote; it answers as the one that was saved."""
        return journey_files.load(cls, folder_of("Journey.load", folder))

    @property
    def ids(self) -> list[Id]:
        """The products that are known, in order."""
        self._fitted()
        return self._places.ids

    @property
    def vectors(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Of each product a vector from who has what, and in how many histories it stands."""
        steps = self._fitted()
        return steps.left, steps.counts

    def _fitted(self) -> Steps:
        if not hasattr(self, "_steps"):
            raise NotFittedError(self)
        return self._steps


def _habit(met: History, code: int) -> str:
    """How often it was met before."""
    codes, times, _, _ = met.habits()
    count = int(times[codes == code][0])
    return "taken before" if count == 1 else f"taken {count:,} times before"


def _table(
    walk: Walk, light: NDArray[np.float32], said: Attended | None, found: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Rows of numbers for the trees; as `learn_journey` makes them."""
    table = walk.table(found, light)
    return table if said is None else np.concatenate([table, said.columns(found)], axis=1)


def _squeezed(light: NDArray[np.float32]) -> NDArray[np.float64]:
    """Light scores in [0, 1), in the same order."""
    value = light.astype(np.float64)
    made: NDArray[np.float64] = value / (1.0 + value)
    return made
