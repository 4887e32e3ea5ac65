"""Small networks of different views of a text, asked together: what rare intents gain most from.

In: token lists with classes. Out: a logarithm of a probability a class, the mean over networks. One
reads words and their characters, one pairs of words that stand near one another, one characters
across words; their mistakes differ, so that together they are better than each (Hansen & Salamon
1990). Each is a hidden layer over the sum of its features' vectors (Joulin et al. 2017), half of
the features dropped in training, its loss adjusted to the shares of the classes (Menon et al.
2021). It learns with torch and serves without.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .linear import _features
from .one_thread import torch_on_one_thread

Floats = NDArray[np.float32]
#: Rows of vectors that are kept for each network; beyond them they are computed again.
_KEPT = 50_000
#: How far apart two words may stand to be a pair, and the runs of characters that are read.
_NEAR, _RUNS = 6, (2, 3, 4, 5, 6)


class Recipe(NamedTuple):
    """How the networks are made and trained.

    Attributes
    ----------
    width, hidden : of a feature's vector, and of the hidden layer.
    buckets : size of each hashed space.
    dropped, dropout : share of features, and of inputs of a layer, that are dropped in training.
    adjusted : of the logarithms of the classes' shares, how much the loss is adjusted by.
    epochs, batch, rate : passes over the rows, rows a step, and the highest learning rate.
    """

    width: int = 96
    hidden: int = 256
    buckets: int = 1 << 14
    dropped: float = 0.5
    dropout: float = 0.3
    adjusted: float = 0.5
    epochs: int = 25
    batch: int = 256
    rate: float = 4e-3


class Committee:
    """Networks over views of a text.

    Parameters
    ----------
    seed : of weights, batches and what is dropped.
    recipe : see `Recipe`.
    """

    def __init__(self, seed: int = 0, recipe: Recipe | None = None) -> None:
        self.seed = seed
        self.recipe = recipe or Recipe()

    def fit(
        self, rows: Sequence[Sequence[str]], classes: Sequence[int], log_shares: NDArray[Any]
    ) -> Self:
        """Learn from token lists and class numbers; every row counts once, whatever it weighs.

        Parameters
        ----------
        log_shares : logarithms of the classes' shares [classes].
        """
        kept = [(words, one) for words, one in zip(rows, classes, strict=True) if words]
        targets = np.array([one for _, one in kept], dtype=np.int64)
        members = []
        with torch_on_one_thread("balance='networks'") as torch:
            for number, view in enumerate(VIEWS):
                inputs, idf = self._inputs(view, [words for words, _ in kept])
                with torch.random.fork_rng(devices=[]):
                    torch.manual_seed(self.seed + number)
                    weights = self._learn(torch, inputs, targets, log_shares, self.seed + number)
                members.append({**weights, "idf": idf})
        return self._set(members)

    def _inputs(self, view: View, rows: Sequence[Sequence[str]]) -> tuple[sparse.csr_array, Floats]:
        """Hashed, weighted features at length 1 [rows, buckets], and their weights."""
        buckets = self.recipe.buckets
        ids = [[one for key in view.keys(words) for one in view.hashed(key, buckets)]
               for words in rows]  # fmt: skip
        flat = np.array([one for each in ids for one in each], dtype=np.int32)
        ends = np.cumsum([0, *map(len, ids)])
        rows_of = np.repeat(np.arange(len(ids)), np.diff(ends))
        seen = np.unique(rows_of.astype(np.int64) * buckets + flat) % buckets
        frequency = np.bincount(seen, minlength=buckets)
        # What one row alone has teaches nothing of other rows.
        weight = np.log((1 + len(ids)) / (1 + frequency)) + 1
        idf = np.where(frequency > 1, weight, 0).astype(np.float32)
        square = np.bincount(rows_of, idf[flat] ** 2.0, minlength=len(ids))
        values = idf[flat] / np.sqrt(np.maximum(square, 1e-12))[rows_of]
        matrix = sparse.csr_array(
            (values.astype(np.float32), flat, ends.astype(np.int32)), shape=(len(ids), buckets)
        )
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return matrix, idf

    def _learn(
        self,
        torch: Any,
        inputs: sparse.csr_array,
        targets: NDArray[np.int64],
        log_shares: NDArray[Any],
        seed: int,
    ) -> dict[str, Floats]:
        made, rng = self.recipe, np.random.default_rng(seed)
        vectors = torch.nn.EmbeddingBag(made.buckets, made.width, mode="sum")
        torch.nn.init.normal_(vectors.weight, std=0.1)
        first = torch.nn.Linear(made.width, made.hidden)
        last = torch.nn.Linear(made.hidden, len(log_shares))
        weights = [*vectors.parameters(), *first.parameters(), *last.parameters()]
        optimiser = torch.optim.Adam(weights, lr=made.rate, fused=True)
        steps = -(-len(targets) // made.batch) * made.epochs
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, made.rate, total_steps=steps + 1, pct_start=0.1
        )
        drop = torch.nn.Dropout(made.dropout)
        shift = torch.from_numpy((made.adjusted * log_shares).astype(np.float32))
        wanted = torch.from_numpy(targets)
        for _ in range(made.epochs):
            order = rng.permutation(len(targets))
            for start in range(0, len(order), made.batch):
                chosen = order[start : start + made.batch]
                some = inputs[chosen]
                left = rng.random(len(some.data)) >= made.dropped
                hidden = vectors(
                    torch.from_numpy(some.indices.astype(np.int64)),
                    torch.from_numpy(some.indptr[:-1].astype(np.int64)),
                    per_sample_weights=torch.from_numpy(
                        (some.data * left / (1 - made.dropped)).astype(np.float32)
                    ),
                )
                scores = last(drop(torch.relu(first(drop(hidden)))))
                loss = torch.nn.functional.cross_entropy(
                    scores + shift, wanted[chosen], label_smoothing=0.05
                )
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
        named = {
            "vectors": vectors.weight,
            "first": first.weight,
            "first_bias": first.bias,
            "last": last.weight,
            "last_bias": last.bias,
        }
        return {name: value.detach().numpy() for name, value in named.items()}

    def scores(self, words: Sequence[str]) -> Floats:
        """Logarithms of probabilities [classes] of one text's tokens, the mean of the networks'."""
        total = np.zeros(len(self.members_[0]["last_bias"]), dtype=np.float32)
        for number, (view, weights) in enumerate(zip(VIEWS, self.members_, strict=True)):
            rows = self._rows[number]
            found = []
            for key in view.keys(words):
                row = rows.get(key)
                found.append(self._row(number, key) if row is None else row)
            if not found:
                found = [np.zeros(self.recipe.width + 1, dtype=np.float32)]
            bag = np.add.reduce(found)
            length = max(float(bag[-1]), 1e-12) ** 0.5
            hidden = np.maximum(weights["first"] @ (bag[:-1] / length) + weights["first_bias"], 0)
            said = weights["last"] @ hidden + weights["last_bias"]
            said -= said.max()
            total += said - np.log(np.exp(said).sum())
        return total / np.float32(len(self.members_))

    def _row(self, number: int, key: str) -> Floats:
        """The weighted sum of a key's vectors, and behind it the sum of their squared weights."""
        weights = self.members_[number]
        ids = VIEWS[number].hashed(key, self.recipe.buckets)
        idf = weights["idf"][ids]
        row = np.append(idf @ weights["vectors"][ids], (idf * idf).sum()).astype(np.float32)
        if len(self._rows[number]) < _KEPT:
            self._rows[number][key] = row
        return row

    def state(self) -> dict[str, NDArray[Any]]:
        """The networks as arrays, vectors in 8 bits."""
        found: dict[str, NDArray[Any]] = {}
        for number, weights in enumerate(self.members_):
            said = {name: value.astype(np.float16) for name, value in weights.items()}
            used = np.flatnonzero(weights["idf"])
            scale = np.abs(weights["vectors"][used]).max(axis=0, initial=1e-6) / 127
            said["vectors"] = np.round(weights["vectors"][used] / scale).astype(np.int8)
            said |= {"scale": scale.astype(np.float32), "used": used.astype(np.int32)}
            found |= {f"{number}.{name}": value for name, value in said.items()}
        return found

    @classmethod
    def of(cls, state: Mapping[str, NDArray[Any]]) -> Self:
        """Of saved arrays."""
        members = []
        for number in range(len(VIEWS)):
            own = f"{number}."
            said = {k.removeprefix(own): v for k, v in state.items() if k.startswith(own)}
            scale, used = said.pop("scale"), said.pop("used")
            vectors = np.zeros((len(said["idf"]), len(scale)), dtype=np.float32)
            vectors[used] = said["vectors"] * scale
            members.append({**said, "vectors": vectors})
        buckets, width = members[0]["vectors"].shape
        return cls(recipe=Recipe(buckets=buckets, width=width))._set(members)

    def _set(self, members: Sequence[Mapping[str, NDArray[Any]]]) -> Self:
        self.members_: list[dict[str, Floats]] = [
            {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in one.items()}
            for one in members
        ]
        self._rows: list[dict[str, Floats]] = [{} for _ in members]
        return self


class View(NamedTuple):
    """What a network reads: keys of a token list, and the buckets of a key's features."""

    keys: Callable[[Sequence[str]], Iterator[str]]
    hashed: Callable[[str, int], list[int]]


def _bucket(name: str, buckets: int) -> int:
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % buckets


def _parts(words: Sequence[str]) -> Iterator[str]:
    """Words, and each with the one before it, as the linear model has them."""
    before = "<s>"
    for word in words:
        yield word
        yield f"{before} {word}"
        before = word


def _pairs(words: Sequence[str]) -> Iterator[str]:
    """Words and pairs of words near one another: next to each other, with one between, at all."""
    ahead = ["<s>", *words, "</s>"]
    yield from words
    for place, word in enumerate(ahead):
        if place:
            yield f"{ahead[place - 1]} {word}"
        if place > 1:
            yield f"{ahead[place - 2]} _ {word}"
    for place, word in enumerate(words):
        for other in words[max(0, place - _NEAR) : place]:
            yield f"{other} & {word}" if other < word else f"{word} & {other}"


def _letters(words: Sequence[str]) -> Iterator[str]:
    """Words with the end of the word before them."""
    before = ""
    for word in words:
        yield f"{before[-4:]} {word[:40]} "
        before = word


def _runs(key: str, buckets: int) -> list[int]:
    """Buckets of the runs of characters that end in the key's last word or behind it."""
    start = key.index(" ") + 1
    return [
        _bucket(key[end - size : end], buckets)
        for end in range(start + 1, len(key) + 1)
        for size in _RUNS
        if size <= end
    ]


VIEWS = (
    View(_parts, _features),
    View(_pairs, lambda key, buckets: [_bucket(key, buckets)]),
    View(_letters, _runs),
)
