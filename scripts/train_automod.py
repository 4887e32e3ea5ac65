# ruff: noqa: D103, E501
"""Train the default severity model of AutoMod and write it into the package.

    python scripts/train_automod.py                     # train, measure, write
    python scripts/train_automod.py --leave-out         # only measure families that it never saw
    python scripts/train_automod.py --unseen            # ask the packaged model about families kept

Learns from the grammar beside this script and from the training rows of davidson (four in five; the
fifth is only measured by the bench). The network is a sum of feature vectors, one hidden layer and
four logistic heads; it is trained with torch and runs with NumPy.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from automod_grammar import ADJECTIVES, FAMILIES, PLURALS, SINGULARS, Family, rows
from automod_ways import UNSEEN
from torch import nn

from chowk.community.sentence import features, read
from chowk.community.severity import innocent
from chowk.community.tweets import cleaned

HERE = Path(__file__).resolve().parent.parent
OUT = HERE / "src" / "chowk" / "community" / "data" / "automod_en.npz"
HEADS = ("hate", "threat", "insult", "sexual")
HIDDEN = 40
#: Chosen by families left out: the share of features dropped, and how far truth is from 0 and 1.
DROPPED, SMOOTHED = 0.3, 0.1
#: Truth that is moved from its ends keeps the logits from theirs; they are widened by this.
WIDENED = 1.05

Row = tuple[list[str], tuple[float, ...], tuple[float, ...]]


def grammar_rows(seed: int, count: int, families: list[Family]) -> list[Row]:
    """Features, truth by head and weight by head of made sentences."""
    made = []
    for one in rows(seed, count, families):
        truth = tuple(float(getattr(one, head)) for head in HEADS)
        weight = 2.0 if one.family in ("hinglish kind", "reclaimed") else 1.0
        made.append((features(read(one.text)), truth, (weight,) * len(HEADS)))
    return made


def tweet_rows(data: Path, test: bool) -> tuple[list[Row], list[int]]:
    """The same of davidson's tweets: hate is hate, what is only offensive weighs little."""
    table = pq.read_table(data / "davidson" / "labeled_data.parquet").to_pylist()
    made, classes = [], []
    for i, row in enumerate(table):
        if (i % 5 == 0) != test:
            continue
        share = row["hate_speech"] / row["count"]
        if row["class"] == 1:
            truth, weight = (float(share), 0.0, 1.0, 0.0), (0.15, 0.1, 0.0, 0.05)
        elif row["class"] == 0:
            truth, weight = (1.0, 0.0, 1.0, 0.0), (4.0, 0.0, 0.0, 0.0)
        else:
            truth, weight = (0.0,) * 4, (2.0,) * 4
        made.append((features(read(cleaned(row["tweet"]))), truth, weight))
        classes.append(row["class"])
    return made, classes


def neutral_rows(data: Path, seed: int, count: int) -> list[Row]:
    """Plain sentences of people in which someone has become a member of a group: nothing is wrong.

    Templates cannot say all that is said of people every day; clinc150's questions and the tweets
    of davidson's training rows that nobody found offensive can.
    """
    rng = random.Random(f"{seed} neutral")
    clinc = json.loads(gzip.decompress((data / "clinc150" / "data_full.json.gz").read_bytes()))
    texts = [text for text, _ in clinc["train"]]
    table = pq.read_table(data / "davidson" / "labeled_data.parquet").to_pylist()
    texts += [
        cleaned(r["tweet"]) for i, r in enumerate(table) if i % 5 and r["neither"] == r["count"]
    ]
    rng.shuffle(texts)
    made: list[Row] = []
    for text in texts:
        reading = read(text)
        if len(made) == count:
            break
        if not innocent(reading) or not 4 <= len(reading.words) <= 25:
            continue
        places, at = [], 0
        for m in reading.marks:
            if m.kind in ("_", "person", "thing", "job") and len(m.form) > 3 and m.form.isalpha():
                places.append(at)
            at += 1 if m.first < 0 else m.last - m.first + 1
        if not places:
            continue
        words = [word.raw for word in reading.words]
        place = rng.choice(places)
        words[place] = rng.choice(
            [
                rng.choice(PLURALS),
                rng.choice(SINGULARS),
                rng.choice(ADJECTIVES) + " " + words[place],
            ]
        )
        made.append((features(read(" ".join(words))), (0.0,) * 4, (0.8,) * 4))
    return made


def plain_rows(data: Path) -> list[Row]:
    """clinc150's training questions as they are, where a word or somebody spoken to could weigh."""
    clinc = json.loads(gzip.decompress((data / "clinc150" / "data_full.json.gz").read_bytes()))
    made: list[Row] = []
    for text, _ in clinc["train"]:
        reading = read(text)
        if not innocent(reading):
            made.append((features(reading), (0.0,) * 4, (1.0,) * 4))
    return made


class Net(nn.Module):
    """Feature vectors summed, one hidden layer, a straight way beside it."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(size, HIDDEN + len(HEADS), mode="sum")
        nn.init.normal_(self.bag.weight, std=0.02)
        self.bias = nn.Parameter(torch.zeros(HIDDEN + len(HEADS)))
        self.out = nn.Linear(HIDDEN, len(HEADS))

    def forward(self, flat: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
        """Logits by head."""
        total = self.bag(flat, starts) + self.bias
        hidden = torch.nn.functional.relu(total[:, :HIDDEN])
        found: torch.Tensor = self.out(hidden) + total[:, HIDDEN:]
        return found


def vocabulary(made: list[Row], tweets: list[Row]) -> dict[str, int]:
    """Features seen often enough; plain words must come from people's tweets, not from templates."""
    counts: Counter[str] = Counter()
    for found, _, _ in made + tweets:
        counts.update(set(found))
    spoken: Counter[str] = Counter()
    for found, _, _ in tweets:
        spoken.update({f for f in found if f.startswith("w ")})
    kept = []
    for name, n in counts.items():
        if name.startswith("w "):
            if spoken[name] >= (12 if name.count(" ") == 1 else 20):
                kept.append(name)
        elif n >= 12:
            kept.append(name)
    return {name: i for i, name in enumerate(sorted(kept))}


def fitted(
    made: list[Row], tweets: list[Row], seed: int, epochs: int = 4
) -> tuple[Net, dict[str, int]]:
    """A network trained on both kinds of rows."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    names = vocabulary(made, tweets)
    words = np.array([name.startswith("w ") for name in sorted(names)])
    # Runs of three or more know a template by heart; half the time the model has to do without.
    runs = np.array([not name.startswith(("w ", "f ")) and len(re.split("[ -]", name)) > 2
                     for name in sorted(names)])  # fmt: skip
    everything = made + tweets
    ids = [np.array([names[f] for f in dict.fromkeys(found) if f in names], dtype=np.int64)
           for found, _, _ in everything]  # fmt: skip
    truth = torch.tensor([t for _, t, _ in everything])
    weight = torch.tensor([w for _, _, w in everything])
    net = Net(len(names))
    step = torch.optim.Adam(net.parameters(), lr=0.004)
    size, batch = len(everything), 512
    for epoch in range(epochs):
        for group in step.param_groups:
            group["lr"] = 0.004 * (1 - epoch / epochs)
        order = rng.permutation(size)
        for first in range(0, size, batch):
            some = order[first : first + batch]
            bags = []
            for i in some:
                one = ids[i]
                keep = rng.random(len(one)) > DROPPED
                if rng.random() < 0.5:
                    keep &= ~words[one]
                if rng.random() < 0.5:
                    keep &= ~runs[one]
                bags.append(one[keep])
            lengths = np.array([len(b) for b in bags])
            flat = torch.from_numpy(np.concatenate(bags))
            starts = torch.from_numpy(np.concatenate([[0], np.cumsum(lengths)[:-1]]))
            logits = net(flat, starts)
            loss = nn.functional.binary_cross_entropy_with_logits(
                logits, truth[some] * (1 - SMOOTHED) + SMOOTHED / 2, weight=weight[some]
            )
            step.zero_grad()
            loss.backward()
            step.step()
    return net, names


def probabilities(net: Net, names: dict[str, int], made: list[Row]) -> np.ndarray:
    """[rows, heads] probabilities."""
    out = []
    with torch.no_grad():
        for first in range(0, len(made), 1000):
            bags = [
                [names[f] for f in dict.fromkeys(found) if f in names]
                for found, _, _ in made[first : first + 1000]
            ]
            lengths = [len(b) for b in bags]
            flat = torch.tensor([i for b in bags for i in b], dtype=torch.int64)
            starts = torch.tensor([0, *np.cumsum(lengths)[:-1]], dtype=torch.int64)
            out.append(torch.sigmoid(net(flat, starts)).numpy())
    return np.concatenate(out)


def leave_out(data: Path, count: int, parts: int = 6) -> None:
    """Accuracy of the hate head on families that the model was not trained on."""
    tweets, _ = tweet_rows(data, test=False)
    rng = random.Random(5)
    order = list(FAMILIES)
    rng.shuffle(order)
    found: dict[str, float] = {}
    for part in range(parts):
        aside = order[part::parts]
        learned = [f for f in FAMILIES if f not in aside]
        net, names = fitted(grammar_rows(1, count, learned), tweets, 0)
        for family in aside:
            told = probabilities(net, names, grammar_rows(9, 200, [family]))[:, 0] >= 0.5
            found[family.name] = float((told == bool(family.hate)).mean())
    for family in FAMILIES:
        print(f"{family.name:28} hate={family.hate} right={found[family.name]:.3f}")
    for value in (1, 0):
        share = [found[f.name] for f in FAMILIES if f.hate == value]
        print(f"hate={value}: mean {np.mean(share):.3f}")


def leave_templates(data: Path, count: int) -> None:
    """Accuracy of the hate head on templates that the model was not trained on, by family."""
    tweets, _ = tweet_rows(data, test=False)
    rng = random.Random(11)
    learned, aside = [], []
    for family in FAMILIES:
        order = list(family.templates)
        rng.shuffle(order)
        cut = max(len(order) // 4, 1)
        aside.append(replace(family, templates=tuple(order[:cut])))
        learned.append(replace(family, templates=tuple(order[cut:])))
    made = grammar_rows(1, count, learned) + neutral_rows(data, 1, 5 * count)
    net, names = fitted(made, tweets, 0)
    truth, told = [], []
    for family in aside:
        found = probabilities(net, names, grammar_rows(9, 150, [family]))[:, 0]
        truth += [family.hate] * len(found)
        told += list(found >= 0.5)
        right = (found >= 0.5) == bool(family.hate)
        print(f"{family.name:28} hate={family.hate} right={right.mean():.3f}")
    y, t = np.array(truth, bool), np.array(told, bool)
    f1 = [2 * (a & b).sum() / max(a.sum() + b.sum(), 1) for a, b in ((y, t), (~y, ~t))]
    print(
        f"hate recall {t[y].mean():.3f}, others allowed {(~t[~y]).mean():.3f}, macro-F1 {np.mean(f1):.3f}"
    )


def unseen() -> None:
    """What the packaged model holds of the families that were kept from it."""
    from chowk.community import AutoMod

    automod = AutoMod.load("en")
    for family in UNSEEN:
        told = automod.check_many([one.text for one in rows(5, 150, [family])])
        held = np.mean([verdict.decision == "hold" for verdict in told])
        print(f"{family.name:28} hate={family.hate} held={held:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--leave-out", action="store_true")
    parser.add_argument("--leave-templates", action="store_true")
    parser.add_argument("--unseen", action="store_true")
    parser.add_argument("--count", type=int, default=900)
    given = parser.parse_args()
    if given.unseen:
        unseen()
        return
    torch.set_num_threads(2)
    began = time.time()
    if given.leave_out:
        leave_out(given.data, min(given.count, 700))
        return
    if given.leave_templates:
        leave_templates(given.data, min(given.count, 700))
        return
    tweets, _ = tweet_rows(given.data, test=False)
    made = grammar_rows(1, given.count, FAMILIES)
    made += neutral_rows(given.data, 1, 5 * given.count) + plain_rows(given.data)
    print(f"{len(made)} made, {len(tweets)} tweets, {time.time() - began:.0f} s")
    net, names = fitted(made, tweets, 0)
    ordered = sorted(names)
    wide = np.ones(HIDDEN + len(HEADS), dtype=np.float32)
    wide[HIDDEN:] = WIDENED
    np.savez_compressed(
        given.out,
        names=np.frombuffer("\n".join(ordered).encode(), dtype=np.uint8),
        bag=(net.bag.weight.detach().numpy() * wide).astype(np.float16),
        bias=net.bias.detach().numpy() * wide,
        out=net.out.weight.detach().numpy() * WIDENED,
        out_bias=net.out.bias.detach().numpy() * WIDENED,
    )
    print(
        f"{len(ordered)} features, {given.out.stat().st_size / 1e6:.1f} MB, {time.time() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
