"""De-duplicated training: each distinct row of a batch is computed once, and the loss stays exact.

A batch drawn from real traffic repeats itself. `deduplicated` gives its distinct rows, with their
counts over the sum of counts as weights; a loss weighted so equals the plain mean, and so does its
gradient. The distribution that the model sees is untouched: nothing is dropped, only not repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chowk.errors import InputError, parameter

#: Layers whose answer for one row depends on the other rows of the batch, by class name.
_MIXES_ROWS = ("BatchNorm", "SyncBatchNorm", "GhostBatchNorm")
_DRAWS_MASKS = ("Dropout", "AlphaDropout", "FeatureAlphaDropout", "DropPath", "StochasticDepth")


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """The distinct rows of a batch, in the order in which they first came.

    Attributes
    ----------
    unique : list of rows, or an integer array [distinct, width] when an array came in.
    counts : integer array [distinct], how often each came; their sum is the batch size.
    weights : float64 array [distinct], counts over their sum.
    inverse : integer array [rows]: `unique[inverse[i]]` is row i.
    first : integer array [distinct]: the row at which each came first.
    """

    unique: Any
    counts: NDArray[np.intp]
    weights: NDArray[np.float64]
    inverse: NDArray[np.intp]
    first: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def rows(self) -> int:
        """How many rows the batch had."""
        return len(self.inverse)

    def token_weights(self, lengths: ArrayLike) -> NDArray[np.float64]:
        """Weights of per-row token *sums* such that the total is the mean over all tokens.

        Parameters
        ----------
        lengths : integers [distinct], tokens of each distinct row.

        Returns
        -------
        float64 [distinct], counts over Σ counts·lengths.

        >>> deduplicated(["a b", "a b", "c"]).token_weights([2, 1])
        array([0.4, 0.2])
        """
        sizes = np.asarray(lengths, dtype=np.int64)
        if sizes.shape != self.counts.shape or (sizes < 0).any():
            raise parameter(
                "token_weights", "lengths", f"{len(self)} counts of tokens, none negative", lengths
            )
        total = int(self.counts @ sizes)
        return self.counts / total if total else np.zeros(len(self))

    def spread(self, values: Any) -> Any:
        """One value a distinct row, back to one value a row of the batch: `values[inverse]`.

        Indexing adds up gradients by itself, so that this is exact in a differentiable loop.
        """
        return values[self.inverse]


def deduplicated(rows: Iterable[Hashable] | NDArray[np.integer[Any]]) -> Deduplicated:
    """The distinct rows of a batch, their weights and the way back.

    With n_g copies of distinct row g among B rows,

        L = 1/B Σ_b ℓ(x_b; θ) = Σ_g (n_g / B) ℓ(x_g; θ),

    so the weighted sum over distinct rows has the same value and the same gradient as the mean
    over all rows. It stays exact under Adam, weight decay and clipping of the batch gradient, for
    they see only that gradient. It is *not* exact where one row's loss depends on the others
    (batch norm, in-batch negatives) or on a draw of its own (augmentation); with dropout the
    expectation is equal, but copies share one mask, so the gradient is noisier: from
    Σ n_g σ²_g/B² to Σ n_g² σ²_g/B². `refuse_inexact` looks for these layers in a model.

    Rows that compare equal are one row: put into the row all that the loss reads, such as
    (text, intent, slots). The same works a level down: give the words of a batch, run the word
    encoder on `.unique`, and spread the result by `.inverse`.

    Parameters
    ----------
    rows : hashable rows, or an integer array [rows, width].

    Returns
    -------
    Deduplicated, with `.unique`, `.weights`, `.inverse`, `.counts` and `.first`.

    Raises
    ------
    InputError
        for a row that cannot be hashed, with its number, or an array that is not of integers.

    Examples
    --------
    >>> batch = deduplicated(["play jazz", "stop", "play jazz", "play jazz"])
    >>> batch.unique, batch.weights.tolist(), batch.inverse.tolist()
    (['play jazz', 'stop'], [0.75, 0.25], [0, 1, 0, 0])
    """
    if isinstance(rows, str | bytes) or not isinstance(rows, Iterable):
        raise parameter("deduplicated", "rows", "a list of rows or a 2-D integer array", rows)
    if getattr(rows, "ndim", 0) >= 2:
        return _distinct_array(np.asarray(rows))
    # Arrays, tensors and columns of frames hold values that compare as plain ones only when listed.
    plain = getattr(rows, "tolist", None) or getattr(rows, "to_pylist", None)
    listed = list(rows) if plain is None else plain()
    inverse, first = _codes(listed)
    return _counted([listed[i] for i in first], inverse, first)


def _distinct_array(array: NDArray[Any]) -> Deduplicated:
    if array.ndim != 2 or array.dtype.kind not in "iub":
        raise InputError(
            f"deduplicated takes a 2-D array of integers, one row an example. Got {array.ndim}-D "
            f"of {array.dtype}. Give token ids, or a list of hashable rows."
        )
    whole = np.ascontiguousarray(array)
    width = whole.shape[1] * whole.itemsize
    keys = whole.view(np.dtype((np.void, width))).ravel().tolist() if width else [b""] * len(whole)
    inverse, first = _codes(keys)
    return _counted(array[first], inverse, first)


def _codes(rows: Sequence[Hashable]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    seen: dict[Hashable, int] = {}
    first: list[int] = []
    inverse = np.empty(len(rows), dtype=np.intp)
    for number, row in enumerate(rows):
        try:
            code = seen.setdefault(row, len(first))
        except TypeError:
            raise InputError(
                f"Row {number} of deduplicated is a {type(row).__name__}, which cannot be hashed. "
                "Make it a tuple, or give a 2-D integer array."
            ) from None
        if code == len(first):
            first.append(number)
        inverse[number] = code
    return inverse, np.array(first, dtype=np.intp)


def _counted(unique: Any, inverse: NDArray[np.intp], first: NDArray[np.intp]) -> Deduplicated:
    counts = np.bincount(inverse, minlength=len(first)).astype(np.intp)
    weights = counts / max(len(inverse), 1)
    return Deduplicated(unique, counts, weights, inverse, first)


class DeduplicatingCollate:
    """A collate function for a data loader that hands over distinct examples and their weights.

    Parameters
    ----------
    collate : makes a batch of a list of examples, as the loop did before.
    key : what of an example the loss reads, as a hashable; the example itself when unsaid.

    Examples
    --------
    >>> collate = DeduplicatingCollate(list)
    >>> batch, distinct = collate(["hi", "stop", "hi"])
    >>> batch, distinct.counts.tolist()
    (['hi', 'stop'], [2, 1])
    """

    def __init__(
        self, collate: Callable[[list[Any]], Any], *, key: Callable[[Any], Hashable] | None = None
    ) -> None:
        self.collate = collate
        self.key = key

    def __call__(self, examples: Sequence[Any]) -> tuple[Any, Deduplicated]:
        keys = examples if self.key is None else [self.key(example) for example in examples]
        distinct = deduplicated(keys)
        return self.collate([examples[i] for i in distinct.first]), distinct


def deduplicated_loss(losses: Any, distinct: Deduplicated) -> Any:
    """The mean loss of the whole batch, from the losses of its distinct rows.

    Parameters
    ----------
    losses : array or tensor [distinct], *not* reduced (`reduction="none"`).
    distinct : what `deduplicated` gave for the batch.

    >>> float(deduplicated_loss(np.array([1.0, 3.0]), deduplicated(["a", "b", "a", "a"])))
    1.5
    """
    if tuple(losses.shape) != distinct.weights.shape:
        raise InputError(
            f"deduplicated_loss takes one loss a distinct row, {len(distinct)} here. Got the shape "
            f"{tuple(losses.shape)}. Ask the criterion for reduction='none'."
        )
    weights = distinct.weights
    if not isinstance(losses, np.ndarray):  # a tensor: weights on its device, in its precision
        weights = losses.new_tensor(weights)
    return (losses * weights).sum()


def refuse_inexact(model: Any, *, dropout: str = "shared") -> None:
    """InputError when `model`, in training mode, has layers that make de-duplication inexact.

    Parameters
    ----------
    model : anything with `.named_modules()`, such as a `torch.nn.Module`.
    dropout : `shared` accepts that copies share one mask (equal in expectation); `refuse` does not.
    """
    if dropout not in ("shared", "refuse"):
        raise parameter("refuse_inexact", "dropout", "'shared' or 'refuse'", dropout)
    for name, layer in model.named_modules():
        if not getattr(layer, "training", True):
            continue
        kind = type(layer).__name__
        if kind.startswith(_MIXES_ROWS):
            raise InputError(
                f"The layer {name!r} is a {kind}: its answer for a row depends on the whole batch, "
                "so de-duplication would change the loss. Use LayerNorm or GroupNorm, or freeze it "
                "with .eval()."
            )
        draws = kind.startswith(_DRAWS_MASKS) and float(getattr(layer, "p", 1.0)) > 0
        if dropout == "refuse" and draws:
            raise InputError(
                f"The layer {name!r} is a {kind}: copies of a row would share one mask. Set its p "
                "to 0, or say dropout='shared', which is equal in expectation."
            )
