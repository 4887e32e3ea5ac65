"""A causal transformer over one history, answered in NumPy: which product vector comes next.

`Attention` holds the weights that `attention_learning` found with torch; a `History` flows in, a
score for each product flows out. Self-attention over the latest events is the short-term taste
(Kang and McAuley 2018, SASRec; pre-norm blocks, a learned bias for each distance instead of
positions), the mean over all events is the long-term one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .sequences import History

Array = NDArray[np.float32]
#: Events that attend to each other; older ones count in the mean alone.
WINDOW = 50
#: Buckets of an event's strength (its kind) and of the time since the event before.
KINDS, GAPS = 11, 16


@dataclass(frozen=True)
class Attention:
    """The weights; d numbers a vector, h heads.

    Parameters
    ----------
    items : [products, d], of what was met and of what may come (tied).
    bias : [products].
    parts : by name: `kinds` [KINDS, d], `gaps` [GAPS, d], `far.b` [h, WINDOW] and so on for each
        block b, and `last` with `lasting` for the output.
    heads : h.
    """

    items: Array
    bias: Array
    parts: dict[str, Array]
    heads: int

    @property
    def blocks(self) -> int:
        """How many blocks stand on each other."""
        return sum(name.startswith("far.") for name in self.parts)

    def state(self, history: History) -> Array:
        """[d]: the vector whose product with `items` says what comes next; zeros where empty.

        x = items[code] + kinds[kind] + gaps[gap]; each block adds attention, then a two-layer net
        with relu, to its input, both over the normed input; the state is norm(x_last) + norm(m) M,
        m the mean of `items` over the whole history.
        """
        if not len(history):
            return np.zeros(self.items.shape[1], dtype=np.float32)
        p = self.parts
        codes, kinds, gaps = inputs(history)
        x = self.items[codes] + p["kinds"][kinds] + p["gaps"][gaps]
        for b in range(self.blocks):
            # Of the last block only the last event's row is asked for.
            rows = slice(len(x) - 1, None) if b == self.blocks - 1 else slice(None)
            x = x[rows] + self._attended(x, b, rows)
            wide = _norm(x, p[f"norm2.{b}"]) @ p[f"up.{b}"].T + p[f"up_bias.{b}"]
            x = x + np.maximum(wide, 0.0) @ p[f"down.{b}"].T + p[f"down_bias.{b}"]
        mean = self.items[history.codes].mean(axis=0)
        made: Array = _norm(x[-1], p["last"]) + _norm(mean, p["mean"]) @ p["lasting"].T
        return made

    def _attended(self, x: Array, b: int, rows: slice) -> Array:
        p = self.parts
        n, d = x.shape
        width = d // self.heads
        normed = _norm(x, p[f"norm1.{b}"])
        q, k, v = np.split(normed @ p[f"qkv.{b}"].T + p[f"qkv_bias.{b}"], 3, axis=1)
        far = np.arange(n)[rows, None] - np.arange(n)[None, :]
        out = np.empty((len(far), d), dtype=np.float32)
        for head in range(self.heads):
            own = slice(head * width, (head + 1) * width)
            logits = q[rows, own] @ k[:, own].T / np.sqrt(np.float32(width))
            logits = np.where(far >= 0, logits + p[f"far.{b}"][head, np.maximum(far, 0)], -np.inf)
            share = np.exp(logits - logits.max(axis=1, keepdims=True))
            out[:, own] = share @ v[:, own] / share.sum(axis=1, keepdims=True)
        made: Array = out @ p[f"out.{b}"].T + p[f"out_bias.{b}"]
        return made

    def scores(self, state: Array, codes: NDArray[np.int64] | None = None) -> Array:
        """[products], or those of `codes`: logits of coming next."""
        if codes is None:
            made: Array = self.items @ state + self.bias
            return made
        some: Array = self.items[codes] @ state + self.bias[codes]
        return some

    def lent(self, near: NDArray[np.int64], close: Array) -> Attention:
        """With one more product, as like those in `near` as `close` says; zeros without any."""
        share = close / max(float(close.sum()), 1e-9)
        item = share @ self.items[near]
        bias = share @ self.bias[near] if len(near) else self.bias.min(initial=0.0)
        return Attention(
            np.concatenate([self.items, item[None, :]]).astype(np.float32),
            np.append(self.bias, np.float32(bias)),
            self.parts,
            self.heads,
        )

    def without_steps(self, counts: NDArray[np.float32], words: object) -> Attention:
        """With products that no history holds as like those that words say; see `lent`.

        `words` is a sparse [products, products] or None. A product without any that is like it
        has a vector of zeros and the least bias, so that it comes last.
        """
        new = np.flatnonzero(counts == 0)
        items, bias = self.items.copy(), self.bias.copy()
        items[new], bias[new] = 0.0, self.bias[counts > 0].min(initial=0.0)
        if words is not None and len(new):
            share = words[new] @ _diagonal((counts > 0).astype(np.float32))  # type: ignore[index]
            total = np.asarray(share.sum(axis=1)).ravel()
            there = total > 0
            over = _diagonal(1.0 / np.where(there, total, 1.0))
            items[new[there]] = ((over @ share) @ self.items)[there]
            bias[new[there]] = ((over @ share) @ self.bias)[there]
        return Attention(items, bias, self.parts, self.heads)


def inputs(
    history: History, latest: int = WINDOW
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Codes, kinds and gaps of the `latest` events."""
    kinds = np.rint(history.strength * (KINDS - 1)).astype(np.int64)
    gaps = np.zeros(len(history), dtype=np.int64)
    if history.days is not None:
        hours = 24.0 * np.maximum(-np.diff(history.days, prepend=history.days[:1]), 0.0)
        gaps = np.minimum(1 + np.log2(1.0 + hours).astype(np.int64), GAPS - 1)
        gaps[0] = 0
    return history.codes[-latest:], kinds[-latest:], gaps[-latest:]


def _diagonal(values: NDArray[Any]) -> sparse.dia_array:
    return sparse.diags_array(values.astype(np.float32))


def _norm(x: Array, scale: Array) -> Array:
    """Layer norm; `scale` is [2, d], factor and shift."""
    middle = x - x.mean(axis=-1, keepdims=True)
    made: Array = middle / np.sqrt((middle**2).mean(axis=-1, keepdims=True) + 1e-5)
    made = made * scale[0] + scale[1]
    return made
