# ruff: noqa: D103
"""Train a model of whole texts to stand beside AutoMod's network, and write its file.

    python scripts/train_automod_bytes.py FILE.npz [--minutes 6] [--seed 1]
    python bench/moderating.py --pretrained FILE.npz

Convolutions over the bytes of folded texts, and the largest answer over all places (after Zhang,
Zhao and LeCun 2015). It learns from the grammar's sentences and from the training rows of davidson,
half from what they are and half from what the default network says of them, so that a harm which
the network already knows from word classes is known from letters too. What it costs is under a
millisecond a message.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from automod_ways import FAMILIES, rows
from torch import nn

from chowk.community.neural import bytes_of
from chowk.community.sentence import read
from chowk.community.severity import HEADS, aimed, network
from chowk.community.tweets import cleaned

HERE = Path(__file__).resolve().parent.parent


class Letters(nn.Module):
    """[n, places] bytes in, [n, 4] logits out."""

    def __init__(self) -> None:
        super().__init__()
        self.letters = nn.Embedding(257, 24, padding_idx=0)
        self.first = nn.Conv1d(24, 64, 4, padding=2)
        self.second = nn.Conv1d(64, 96, 5, stride=2, padding=2)
        self.third = nn.Conv1d(96, 128, 5, stride=2, padding=2)
        self.out = nn.Linear(128, len(HEADS))

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        x = self.letters(given).transpose(1, 2)
        for layer in (self.first, self.second, self.third):
            x = torch.relu(layer(x))
        return self.out(x.amax(2))


def material(data: Path, seed: int, count: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Texts, their truth by head, and how much each is believed."""
    texts, truth, weight = [], [], []
    for one in rows(seed, count, FAMILIES):
        texts.append(one.text)
        truth.append([float(getattr(one, head)) for head in HEADS])
        weight.append([1.0] * len(HEADS))
    table = pq.read_table(data / "davidson" / "labeled_data.parquet").to_pylist()
    for i, row in enumerate(table):
        if i % 5:  # the fifth is only measured
            texts.append(cleaned(row["tweet"]))
            truth.append([float(row["class"] == 0), 0.0, 0.0, 0.0])
            # Of a tweet it is known whether it is hate; of the rest only the network speaks.
            weight.append([0.5, 0.0, 0.0, 0.0])
    return texts, np.array(truth, dtype=np.float32), np.array(weight, dtype=np.float32)


def taught(texts: list[str]) -> np.ndarray:
    """What the default network says, as probabilities."""
    net, made = network(), []
    for at in range(0, len(texts), 500):
        readings = [read(text) for text in texts[at : at + 500]]
        told = net.logits_many(readings)
        made += [aimed(r, one) for r, one in zip(readings, told, strict=True)]
    return 1 / (1 + np.exp(-np.clip(np.array(made, dtype=np.float32), -12, 12)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--data", type=Path, default=HERE.parent / "shared" / "data")
    parser.add_argument("--count", type=int, default=750, help="sentences of each family")
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    random.seed(given.seed)
    texts, truth, weight = material(given.data, given.seed, given.count)
    teacher = taught(texts)
    x = torch.from_numpy(bytes_of(texts).astype(np.int32))
    y = torch.from_numpy(truth)
    w, t = torch.from_numpy(weight), torch.from_numpy(teacher)
    model = Letters()
    steps = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    cross = nn.BCEWithLogitsLoss(reduction="none")
    began, done, size = time.monotonic(), 0, 128
    while time.monotonic() - began < 60 * given.minutes:
        order = torch.randperm(len(x))
        total = seen = 0.0
        for at in range(0, len(x), size):
            share = (time.monotonic() - began) / (60 * given.minutes)
            if share >= 1:
                break
            for group in steps.param_groups:  # down to nothing as the time runs out
                group["lr"] = 2e-3 * (1 - share)
            ids = order[at : at + size]
            batch = x[ids].long()
            batch = batch[:, : max(int((batch > 0).sum(1).max()), 16)]
            told = model(batch)
            loss = (w[ids] * cross(told, y[ids])).mean() + cross(told, t[ids]).mean()
            steps.zero_grad()
            loss.backward()
            steps.step()
            total, seen = total + float(loss.detach()) * len(ids), seen + len(ids)
        done += 1
        said = f"round {done}: loss {total / max(seen, 1):.4f}, {time.monotonic() - began:.0f} s"
        print(said, flush=True)
    model.eval()
    layers = (model.first, model.second, model.third)
    held = {
        "letters": model.letters.weight,
        "out": model.out.weight.T,
        "bias": model.out.bias,
        "strides": torch.tensor([layer.stride[0] for layer in layers]),
    }
    for n, layer in enumerate(layers):  # [out, channels, size] to [size, channels, out]
        held |= {f"weights{n}": layer.weight.permute(2, 1, 0), f"biases{n}": layer.bias}
    np.savez_compressed(given.file, **{name: t.detach().numpy() for name, t in held.items()})
    print(f"{given.file}: {given.file.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
