"""Characters to words, words in their context, and from there intent and labels together: training.

In: token lists with intents and labels. Out: weights as arrays, for `neural.NeuralModel` to serve
without torch. A word is a convolution over its characters (which keeps mixed and misspelt words
legible; Crisostomi et al. 2022) beside a vector of its own; a bidirectional LSTM gives it context;
the labels are decided together by a conditional random field (Lample et al. 2016).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from .deduplication import DeduplicatingCollate, deduplicated, deduplicated_loss
from .neural import WIDTHS, Sizes, Vocabulary
from .resuming import Kept

#: Characters of a word that are read; what follows says little.
_MASKED = -1e4


@dataclass(frozen=True, slots=True)
class Lesson:
    """One row as numbers; `labels` is None where nothing is said of the slots."""

    words: tuple[str, ...]
    intent: int
    labels: tuple[int, ...] | None


class JointNetwork(nn.Module):  # type: ignore[misc]
    """Intent scores and label scores of padded token lists."""

    def __init__(self, vocabulary: Vocabulary, intents: int, labels: int, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.letters = nn.Embedding(len(vocabulary.letters) + 2, sizes.letter, padding_idx=0)
        self.filters = nn.ModuleList(
            nn.Conv1d(sizes.letter, sizes.filters, width) for width in WIDTHS
        )
        self.words = nn.Embedding(len(vocabulary.words) + 2, sizes.word, padding_idx=0)
        nn.init.normal_(self.words.weight, std=0.3)
        width = sizes.word + sizes.filters * len(WIDTHS)
        self.context = nn.LSTM(
            width,
            sizes.hidden,
            num_layers=sizes.layers,
            bidirectional=True,
            batch_first=True,
            dropout=sizes.dropout if sizes.layers > 1 else 0.0,
        )
        self.drop = nn.Dropout(sizes.dropout)
        self.intent = nn.Linear(4 * sizes.hidden, intents) if intents else None
        self.slots = nn.Linear(2 * sizes.hidden + width, labels)
        self.moves = nn.Parameter(torch.zeros(labels, labels))
        self.begins = nn.Parameter(torch.zeros(labels))

    def forward(
        self, letters: Tensor, words: Tensor, places: Tensor, lengths: Tensor
    ) -> tuple[Tensor | None, Tensor]:
        """Scores [rows, intents] and [rows, tokens, labels].

        Parameters
        ----------
        letters : [distinct words, letters] numbers of characters of each distinct word.
        words : [distinct words] numbers of the words.
        places : [rows, tokens] which distinct word stands where; 0 beyond the end.
        lengths : [rows] tokens of each row.
        """
        seen = self.letters(letters).transpose(1, 2)
        spelt = [torch.relu(one(seen)).amax(dim=2) for one in self.filters]
        vectors = torch.cat([*spelt, self.words(words)], dim=1)
        inputs = self.drop(vectors[places])
        packed = pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
        context, _ = pad_packed_sequence(self.context(packed)[0], batch_first=True)
        mask = (torch.arange(places.shape[1])[None, :] < lengths[:, None]).to(places.device)
        intents = None
        if self.intent is not None:
            top = context.masked_fill(~mask[:, :, None], _MASKED).amax(dim=1)
            mean = context.sum(dim=1) / lengths[:, None].to(places.device)
            intents = self.intent(self.drop(torch.cat([top, mean], dim=1)))
        return intents, self.slots(torch.cat([self.drop(context), inputs], dim=2))

    def label_losses(self, scores: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        """−log p of the labels of every row: the field's score of them less its log partition."""
        first = scores[:, 0] + self.begins
        # log Σ_i exp(α_i + m_ij) as a product of matrices: exp α (less its maximum) times exp m.
        reach = self.moves.exp()
        gold = first.gather(1, labels[:, :1]).squeeze(1)
        alpha = first
        for place in range(1, scores.shape[1]):
            on = mask[:, place]
            step = scores[:, place]
            most = alpha.amax(dim=1, keepdim=True)
            reached = ((alpha - most).exp() @ reach + 1e-30).log() + most + step
            alpha = torch.where(on[:, None], reached, alpha)
            here = step.gather(1, labels[:, place : place + 1]).squeeze(1)
            moved = self.moves[labels[:, place - 1], labels[:, place]]
            gold = gold + torch.where(on, here + moved, torch.zeros_like(here))
        return torch.logsumexp(alpha, dim=1) - gold


def train(
    lessons: Sequence[Lesson],
    vocabulary: Vocabulary,
    intents: int,
    labels: int,
    sizes: Sizes,
    *,
    seed: int,
    warm: NDArray[np.float32] | None = None,
    device: str = "cpu",
    keep: Path | None = None,
) -> dict[str, NDArray[Any]]:
    """Weights of a trained network by name.

    Batches are de-duplicated: equal rows are computed once and weigh what they count, a word's
    convolution is computed once a batch. The weights handed out are the mean over the last third
    of the steps (Polyak averaging).

    Parameters
    ----------
    warm : vectors [words, any] of the vocabulary's words to begin with, such as those of the
        light model; fewer columns than `sizes.word` leave the rest random.
    keep : a file in which the training is kept after each pass, and from which it goes on.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = JointNetwork(vocabulary, intents, labels, sizes)
    if warm is not None:
        columns = min(warm.shape[1], sizes.word)
        with torch.no_grad():
            network.words.weight[2:, :columns] = torch.from_numpy(warm[:, :columns])
    network.to(device).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=sizes.rate, weight_decay=1e-4)
    collate = DeduplicatingCollate(list)
    steps = max(1, -(-len(lessons) // sizes.batch)) * sizes.epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, sizes.rate, total_steps=steps + 1, pct_start=0.1
    )
    mean: dict[str, Tensor] = {}
    done = {"passes": 0, "steps": 0, "taken": 0}
    kept = None if keep is None else Kept(keep, _fingerprint(lessons, vocabulary, sizes, seed))
    before_this = None if kept is None else kept.read(network, optimiser, schedule, rng)
    if before_this is not None:
        mean, done = before_this
    while done["passes"] < sizes.epochs:
        order = rng.permutation(len(lessons))
        for start in range(0, len(order), sizes.batch):
            chosen = [lessons[number] for number in order[start : start + sizes.batch]]
            rows, distinct = collate(chosen)
            loss = deduplicated_loss(
                _losses(network, rows, vocabulary, rng, sizes.unknown, device), distinct
            )
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            done["steps"] += 1
            if done["steps"] > steps * 2 // 3:
                done["taken"] += 1
                for name, value in network.state_dict().items():
                    before = mean.setdefault(name, torch.zeros_like(value))
                    before += (value - before) / done["taken"]
        done["passes"] += 1
        if kept is not None:
            kept.write(network, optimiser, schedule, rng, mean, done)
    return {name: value.cpu().numpy() for name, value in (mean or network.state_dict()).items()}


def _fingerprint(lessons: Sequence[Lesson], vocabulary: Vocabulary, sizes: Sizes, seed: int) -> str:
    """What the weights depend on, as a hash."""
    digest = hashlib.sha256(f"{sizes} {seed} {len(vocabulary.words)}".encode())
    for lesson in lessons:
        digest.update(repr((lesson.words, lesson.intent, lesson.labels)).encode("utf-8", "replace"))
    return digest.hexdigest()


def _losses(
    network: JointNetwork,
    rows: Sequence[Lesson],
    vocabulary: Vocabulary,
    rng: np.random.Generator,
    unknown: float,
    device: str,
) -> Tensor:
    distinct = deduplicated(word for row in rows for word in row.words)
    letters = torch.from_numpy(vocabulary.spell(distinct.unique))
    numbers = vocabulary.numbers(distinct.unique)
    # Rare words are often taken for unknown, so that spelling and context learn to stand in.
    odds = unknown / (unknown + vocabulary.counts[numbers])
    numbers[rng.random(len(numbers)) < odds] = 1
    lengths = torch.tensor([len(row.words) for row in rows])
    width = int(lengths.max())
    places = torch.zeros(len(rows), width, dtype=torch.long)
    labels = torch.zeros(len(rows), width, dtype=torch.long)
    said = torch.zeros(len(rows))
    at = 0
    for number, row in enumerate(rows):
        count = len(row.words)
        places[number, :count] = torch.from_numpy(distinct.inverse[at : at + count])
        at += count
        if row.labels is not None:
            labels[number, :count] = torch.tensor(row.labels)
            said[number] = 1.0
    intents, scores = network(
        letters.to(device), torch.from_numpy(numbers).to(device), places.to(device), lengths
    )
    mask = (torch.arange(width)[None, :] < lengths[:, None]).to(device)
    losses = network.label_losses(scores, labels.to(device), mask) * said.to(device)
    if intents is not None:
        meant = torch.tensor([row.intent for row in rows], device=device)
        losses = losses + nn.functional.cross_entropy(intents, meant, reduction="none")
    return losses
