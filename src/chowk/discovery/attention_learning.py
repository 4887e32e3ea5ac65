"""How the journey's transformer is learned, with torch: every event is predicted from those before.

Histories flow in, an `Attention` flows out. The loss is a softmax over the right product and shared
negatives drawn by popularity, each logit less the logarithm of how often it is drawn (Bengio and
Senecal 2008; Yi et al. 2019). Histories of like length share a batch, so that hardly anything is
padding: that, and negatives shared by the batch, is what makes it fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chowk.errors import MissingExtraError

from .attention import GAPS, KINDS, WINDOW, Attention, inputs
from .sequences import History

WIDTH, HEADS, BLOCKS = 64, 2, 2
EPOCHS = 40
#: Events in a batch, negatives that it shares.
TOKENS, NEGATIVES = 2_048, 1_024
#: Batches of an epoch at least, of 64 events or more: a small shop needs as many steps.
STEPS = 20
DROPOUT = 0.5
RATE = 2e-3
#: Negatives are drawn by count to the power of this.
_POWER = 0.75


def torch_or_cure() -> Any:
    """The module torch; MissingExtraError where it is not installed."""
    try:
        import torch
    except ImportError:
        raise MissingExtraError("The journey's transformer", "neural") from None
    return torch


class Learner:
    """Weights while they are learned; `epoch` may be called as often as one likes.

    Parameters
    ----------
    histories : those with two events or more are learned from.
    n : products.
    epochs : over which the step size falls to a tenth, on a cosine.
    """

    def __init__(
        self, histories: list[History], n: int, *, epochs: int = EPOCHS, seed: int = 0,
        width: int = WIDTH, dropout: float = DROPOUT, negatives: int = NEGATIVES,
    ) -> None:  # fmt: skip
        torch = self.torch = torch_or_cure()
        self.rng = np.random.default_rng(seed)
        self.heads, self.n, self.epochs, self.done = HEADS, n, epochs, 0
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._random = torch.Generator().manual_seed(seed)
        self.weights = self._drawn(width)
        self.dropout, self.negatives = dropout, negatives
        self.read(histories)
        self.optimiser = torch.optim.AdamW(
            self.weights.values(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.0
        )

    def read(self, histories: list[History]) -> None:
        """Learn from these from now on."""
        self.rows = [row for history in histories for row in _windows(history)]
        counts = np.full(self.n, 1e-9)
        for codes, *_ in self.rows:
            np.add.at(counts, codes[1:], 1.0)
        share = np.maximum(counts, 0.5) ** _POWER
        self.share = share / share.sum()
        self.sums = np.cumsum(self.share)
        self.logs = self.torch.tensor(np.log(self.share * self.negatives), dtype=self.torch.float32)

    def _drawn(self, d: int) -> dict[str, Any]:
        torch = self.torch

        def some(*shape: int, scale: float = 0.02) -> Any:
            return torch.randn(*shape, generator=self._random) * scale

        made = {"items": some(self.n, d), "bias": torch.zeros(self.n), "kinds": some(KINDS, d),
                "gaps": some(GAPS, d), "lasting": some(d, d)}  # fmt: skip
        norm = torch.stack([torch.ones(d), torch.zeros(d)])
        for b in range(BLOCKS):
            made |= {f"norm1.{b}": norm.clone(), f"norm2.{b}": norm.clone(),
                     f"qkv.{b}": some(3 * d, d, scale=d**-0.5), f"qkv_bias.{b}": torch.zeros(3 * d),
                     f"out.{b}": some(d, d), f"out_bias.{b}": torch.zeros(d),
                     f"up.{b}": some(4 * d, d, scale=d**-0.5), f"up_bias.{b}": torch.zeros(4 * d),
                     f"down.{b}": some(d, 4 * d), f"down_bias.{b}": torch.zeros(d),
                     f"far.{b}": torch.zeros(HEADS, WINDOW)}  # fmt: skip
        made |= {"last": norm.clone(), "mean": norm.clone()}
        return {k: v.to(self.device).requires_grad_() for k, v in made.items()}

    # -- one epoch ----------------------------------------------------------------------------

    def epoch(self) -> float:
        """Go over all histories once; returns the mean loss."""
        torch = self.torch
        part = min(self.done / max(self.epochs, 1), 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = RATE * (0.1 + 0.9 * 0.5 * (1 + np.cos(np.pi * part)))
        losses = []
        for batch in self.batches():
            loss = self.loss(*batch)
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(list(self.weights.values()), 5.0)
            self.optimiser.step()
            losses.append(loss.detach())
        self.done += 1
        return float(torch.stack(losses).mean()) if losses else 0.0

    def batches(self) -> Iterator[tuple[Any, ...]]:
        """Histories of like length together, in random order."""
        lengths = np.array([len(row[0]) for row in self.rows])
        order = np.lexsort((self.rng.random(len(lengths)), lengths))
        sizes = np.maximum(lengths[order], 1)
        # A new batch begins where the sum of lengths goes past a multiple of `tokens`.
        tokens = min(TOKENS, max(int(sizes.sum()) // STEPS, 64))
        cuts = np.flatnonzero(np.diff(np.cumsum(sizes) // tokens)) + 1
        groups = np.split(order, cuts)
        for g in self.rng.permutation(len(groups)):
            group = groups[g]
            if len(group):
                yield self._padded(group)

    def _padded(self, group: NDArray[np.int64]) -> tuple[Any, ...]:
        longest = max(len(self.rows[i][0]) for i in group) - 1
        codes, kinds, gaps, wanted = (
            np.zeros((len(group), longest), dtype=np.int64) for _ in range(4)
        )
        wanted[:] = -1
        for at, i in enumerate(group):
            code, kind, gap = self.rows[i]
            n = len(code) - 1
            codes[at, :n], kinds[at, :n], gaps[at, :n] = code[:-1], kind[:-1], gap[:-1]
            wanted[at, :n] = code[1:]
        return tuple(
            self.torch.from_numpy(one).to(self.device) for one in (codes, kinds, gaps, wanted)
        )

    def loss(self, codes: Any, kinds: Any, gaps: Any, wanted: Any) -> Any:
        """Mean over events of -log softmax of the right product among shared negatives."""
        torch, w = self.torch, self.weights
        state = self.states(codes, kinds, gaps)
        there = wanted >= 0
        state, right = state[there], wanted[there]
        drawn = np.searchsorted(self.sums, self.rng.random(self.negatives)).clip(max=self.n - 1)
        some = torch.from_numpy(np.unique(drawn)).to(self.device)
        logs = self.logs.to(self.device)
        ours = (state * w["items"][right]).sum(1) + w["bias"][right] - logs[right]
        others = state @ w["items"][some].T + (w["bias"][some] - logs[some])
        others = others.masked_fill(right[:, None] == some[None, :], -torch.inf)
        return (torch.logsumexp(torch.cat([ours[:, None], others], 1), 1) - ours).mean()

    def states(self, codes: Any, kinds: Any, gaps: Any) -> Any:
        """[histories, events, d], as `Attention.state` after each event."""
        torch, w = self.torch, self.weights
        n, length = codes.shape
        items = w["items"][codes]
        x = self._dropped(items + w["kinds"][kinds] + w["gaps"][gaps])
        far = torch.arange(length)[:, None] - torch.arange(length)[None, :]
        past = (far >= 0).to(self.device)
        far = far.clamp(0, WINDOW - 1).to(self.device)
        for b in range(BLOCKS):
            normed = _norm(torch, x, w[f"norm1.{b}"])
            mixed = torch.addmm(
                w[f"qkv_bias.{b}"], normed.view(-1, x.shape[2]), w[f"qkv.{b}"].T
            ).view(n, length, 3, self.heads, -1)
            q, k, v = mixed.permute(2, 0, 3, 1, 4)
            bias = w[f"far.{b}"][:, far].masked_fill(~past, -torch.inf)
            out = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias[None])
            out = out.transpose(1, 2).reshape(n, length, -1)
            x = x + self._dropped(out @ w[f"out.{b}"].T + w[f"out_bias.{b}"])
            wide = torch.relu(_norm(torch, x, w[f"norm2.{b}"]) @ w[f"up.{b}"].T + w[f"up_bias.{b}"])
            x = x + self._dropped(wide @ w[f"down.{b}"].T + w[f"down_bias.{b}"])
        steps = torch.arange(1, length + 1, device=self.device, dtype=x.dtype)[None, :, None]
        mean = items.cumsum(1) / steps
        last = _norm(torch, x, w["last"])
        return self._dropped(last + _norm(torch, mean, w["mean"]) @ w["lasting"].T)

    def _dropped(self, x: Any) -> Any:
        if not self.dropout:
            return x
        kept = self.torch.rand(x.shape, generator=self._random).to(self.device) >= self.dropout
        return x * kept / (1.0 - self.dropout)

    def model(self) -> Attention:
        """What was learned until now."""
        arrays = {k: v.detach().cpu().numpy().copy() for k, v in self.weights.items()}
        items, bias = arrays.pop("items"), arrays.pop("bias")
        return Attention(items, bias, arrays, self.heads)


def learn_attention(
    histories: list[History], n: int, *, seed: int = 0, epochs: int = EPOCHS,
    tell: Callable[[int, float], None] | None = None,
) -> Attention:  # fmt: skip
    """A transformer learned on all steps of all histories."""
    learner = Learner(histories, n, epochs=epochs, seed=seed)
    for one in range(epochs):
        loss = learner.epoch()
        if tell is not None:
            tell(one, loss)
    return learner.model()


def _windows(history: History) -> list[tuple[NDArray[np.int64], ...]]:
    """Codes, kinds and gaps in pieces of at most WINDOW + 1 events, each a step into the next."""
    made: list[tuple[NDArray[np.int64], ...]] = []
    end = len(history)
    while end > 1:
        start = max(0, end - WINDOW - 1)
        days = None if history.days is None else history.days[:end]
        codes, kinds, gaps = inputs(History(history.codes[:end], history.strength[:end], days), end)
        made.append((codes[start:], kinds[start:], gaps[start:]))
        end = start + 1
    return made


def _norm(torch: Any, x: Any, scale: Any) -> Any:
    return torch.nn.functional.layer_norm(x, x.shape[-1:], scale[0], scale[1], 1e-5)
