"""A head that knows which requests are rare: slice-aware residual attention over intents' scores.

In: scores of held-out rows and which of them are of rare intents. Out: a correction of the scores.
Each slice (all rows; rare rows) has an indicator and an expert; attention by both decides whose
representation is added (Chen et al. 2019; Wang et al. 2021). It learns with torch and serves
without.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .calibration import softmax
from .one_thread import torch_on_one_thread

Floats = NDArray[np.float32]
_WIDTH, _STEPS, _BATCH = 24, 300, 256


class SliceHead:
    """Scores corrected by slice.

    With x the scores and h = tanh(x P), slice i has an indicator q_i = σ(h u_i) of membership γ_i,
    and an expert r_i = x + h V_i, whose prediction is softmax(r_i). Attention
    a = softmax_i(log q_i + max_c softmax(r_i)_c), and the answer is x + Σ_i a_i h V_i. The loss is
    the answer's, plus each indicator's, plus each expert's on the rows of its own slice.

    Parameters
    ----------
    seed : of weights and batches.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, scores: NDArray[Any], truth: NDArray[Any], rare: NDArray[np.bool_]) -> Self:
        """Learn from scores [rows, classes], the rows' classes, and which classes are rare."""
        with torch_on_one_thread("balance='slices'") as torch:
            return self._learn(torch, scores, truth, rare)

    def _learn(
        self, torch: Any, scores: NDArray[Any], truth: NDArray[Any], rare: NDArray[np.bool_]
    ) -> Self:
        generator = torch.Generator().manual_seed(self.seed)
        classes = scores.shape[1]
        shapes = {"P": (classes, _WIDTH), "u": (_WIDTH, 2), "b": (2,), "V": (2, _WIDTH, classes)}
        weights = {
            name: (torch.randn(shape, generator=generator) * (0.05 if name == "P" else 0.01))
            .requires_grad_()
            for name, shape in shapes.items()
        }  # fmt: skip
        inputs = torch.from_numpy(np.ascontiguousarray(scores, dtype=np.float32))
        wanted = torch.from_numpy(np.asarray(truth, dtype=np.int64))
        of_rare = torch.from_numpy(rare[truth].astype(np.float32))
        members = torch.stack([torch.ones_like(of_rare), of_rare], dim=1)
        optimiser = torch.optim.AdamW(weights.values(), lr=3e-3, weight_decay=1e-2)
        entropy = torch.nn.functional.cross_entropy
        for _ in range(_STEPS):
            chosen = torch.randint(len(wanted), (_BATCH,), generator=generator)
            x, y, gamma = inputs[chosen], wanted[chosen], members[chosen]
            h = torch.tanh(x @ weights["P"])
            found = h @ weights["u"] + weights["b"]
            moved = torch.einsum("nw,iwc->nic", h, weights["V"])
            experts = x[:, None] + moved
            sure = experts.softmax(dim=2).amax(dim=2)
            attention = (torch.nn.functional.logsigmoid(found) + sure).softmax(dim=1)
            answer = x + (attention[:, :, None] * moved).sum(dim=1)
            loss = entropy(answer, y)
            loss = loss + torch.nn.functional.binary_cross_entropy_with_logits(found, gamma)
            for number in (0, 1):
                each = entropy(experts[:, number], y, reduction="none") * gamma[:, number]
                loss = loss + each.sum() / gamma[:, number].sum().clamp(min=1)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        return self._set({name: value.detach().numpy() for name, value in weights.items()})

    def scores(self, scores: NDArray[Any]) -> Floats:
        """The corrected scores, of one row [classes] or of many [rows, classes]."""
        w = self.weights_
        x = np.atleast_2d(scores).astype(np.float32)
        h = np.tanh(x @ w["P"])
        moved = np.einsum("nw,iwc->nic", h, w["V"])
        sure = softmax(x[:, None] + moved).max(axis=2)
        attention = softmax(-np.logaddexp(0, -(h @ w["u"] + w["b"])) + sure)
        found: Floats = (x + np.einsum("ni,nic->nc", attention, moved)).astype(np.float32)
        return found if np.ndim(scores) == 2 else found[0]

    def state(self) -> dict[str, NDArray[Any]]:
        """The weights."""
        return dict(self.weights_)

    @classmethod
    def of(cls, state: Mapping[str, NDArray[Any]]) -> Self:
        """Of saved weights."""
        return cls()._set(state)

    def _set(self, weights: Mapping[str, NDArray[Any]]) -> Self:
        self.weights_ = {name: np.asarray(w, dtype=np.float32) for name, w in weights.items()}
        return self
