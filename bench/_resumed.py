"""The journey's transformer, learned in pieces: what a stopped run knew is read again.

`resuming(path)` puts a learner in place that leaves its weights, its optimiser and its dice in one
file of arrays after every few epochs, and the trees in another, with the seconds that they took, so
a run that is stopped and begun again learns what it would have learned.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from chowk.discovery import attention_learning, journey_learning
from chowk.discovery.learned import Trees

#: Epochs between two files.
_EVERY = 4


@contextmanager
def resuming(path: Path) -> Iterator[dict[str, float]]:
    """Within it, `learn_both` goes on from `path`; gives what earlier runs took, in seconds."""
    plain = attention_learning.Learner
    spent = {"earlier": 0.0}
    began = time.perf_counter()

    class Resumed(plain):  # type: ignore[misc, valid-type]
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self._calls, self._known = 0, 0
            if path.is_file():
                self._known = _restore(self, path, spent)

        def epoch(self) -> float:
            self._calls += 1
            if self._calls <= self._known:
                return 0.0
            lost = float(super().epoch())
            if self.done % _EVERY == 0 and self.done <= self.epochs:
                _leave(self, path, spent["earlier"] + time.perf_counter() - began)
            return lost

    trees = path.with_suffix(".trees.json")
    learn = journey_learning.learn_journey

    def resumed(*given: Any, **named: Any) -> Any:
        if trees.is_file():
            told = json.loads(trees.read_text())
            spent["earlier"] = told["seconds"]
            return Trees(told["text"]), told["figures"]
        found, figures = learn(*given, **named)
        if found is not None:
            seconds = spent["earlier"] + time.perf_counter() - began
            told = {"text": found.text, "figures": figures, "seconds": seconds}
            trees.write_text(json.dumps(told))
        return found, figures

    attention_learning.Learner = Resumed  # type: ignore[misc]
    journey_learning.learn_journey = resumed
    try:
        yield spent
    finally:
        attention_learning.Learner = plain  # type: ignore[misc]
        journey_learning.learn_journey = learn


def _leave(learner: Any, path: Path, seconds: float) -> None:
    arrays = {"told": np.array(json.dumps(
        {"done": learner.done, "seconds": seconds, "dice": learner.rng.bit_generator.state}
    ))}  # fmt: skip
    arrays["dropout"] = learner._random.get_state().numpy()
    for name, weight in learner.weights.items():
        held = learner.optimiser.state[weight]
        arrays[f"weight:{name}"] = weight.detach().cpu().numpy()
        for part in ("exp_avg", "exp_avg_sq", "step"):
            arrays[f"{part}:{name}"] = held[part].detach().cpu().numpy()
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.stem}.half.npz")
    np.savez(half, **arrays)
    half.replace(path)


def _restore(learner: Any, path: Path, spent: dict[str, float]) -> int:
    torch = learner.torch
    with np.load(path, allow_pickle=False) as held:
        told = json.loads(str(held["told"]))
        for name, weight in learner.weights.items():
            with torch.no_grad():
                weight.copy_(torch.from_numpy(held[f"weight:{name}"]))
            learner.optimiser.state[weight] = {
                part: torch.from_numpy(np.array(held[f"{part}:{name}"]))
                for part in ("exp_avg", "exp_avg_sq", "step")
            }
        learner._random.set_state(torch.from_numpy(np.array(held["dropout"])))
    learner.rng.bit_generator.state = told["dice"]
    learner.done, spent["earlier"] = told["done"], told["seconds"]
    return int(told["done"])
