"""A training that is kept after every pass, so that one that was cut short goes on where it was.

In: a network, its optimiser and schedule, and the draws so far. Out: one NPZ file, replaced by a
rename, with weights, moments and the states of all random numbers: what goes on from it ends in the
same weights as what was never cut. A file of another training is refused by its fingerprint.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from chowk.errors import ArtifactError, InputError


class Kept:
    """Where a training is kept, and whose it is.

    Parameters
    ----------
    path : the file, an NPZ; it need not be there yet.
    fingerprint : of rows, sizes and seed; a file with another is refused.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self.path = path
        self.fingerprint = fingerprint

    def write(
        self,
        network: nn.Module,
        optimiser: Any,
        schedule: Any,
        rng: np.random.Generator,
        mean: dict[str, Tensor],
        done: dict[str, int],
    ) -> None:
        """Keep all that the next pass needs; `done` are counts, such as of passes and steps."""
        arrays: dict[str, NDArray[Any]] = {"random": torch.get_rng_state().numpy()}
        for name, value in network.state_dict().items():
            arrays[f"weight {name}"] = value.cpu().numpy()
        for name, value in mean.items():
            arrays[f"mean {name}"] = value.cpu().numpy()
        state = optimiser.state_dict()
        for number, moments in state["state"].items():
            for name, value in moments.items():
                arrays[f"moment {number} {name}"] = torch.as_tensor(value).cpu().numpy()
        said = {
            "fingerprint": self.fingerprint,
            "done": done,
            "groups": state["param_groups"],
            "schedule": {
                k: v
                for k, v in schedule.state_dict().items()
                if isinstance(v, int | float | list | str | None)
            },
            "draws": rng.bit_generator.state,
        }
        arrays["said"] = np.frombuffer(json.dumps(said).encode(), dtype=np.uint8)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".part.npz")
        np.savez(fresh, allow_pickle=False, **arrays)
        os.replace(fresh, self.path)

    def read(
        self,
        network: nn.Module,
        optimiser: Any,
        schedule: Any,
        rng: np.random.Generator,
    ) -> tuple[dict[str, Tensor], dict[str, int]] | None:
        """Set all of them to what was kept; the running mean and the counts, or None if nothing is.

        Raises
        ------
        InputError : the file is of another training. ArtifactError : it cannot be read.
        """
        if not self.path.exists():
            return None
        try:
            with np.load(self.path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            said = json.loads(arrays.pop("said").tobytes())
            if said["fingerprint"] != self.fingerprint:
                raise InputError(
                    f"{self.path} keeps a training on other rows, sizes or seed. Give another "
                    "'keep', or delete that file to begin anew."
                )
            tensors = {name: torch.from_numpy(value) for name, value in arrays.items()}
            moments: dict[int, dict[str, Tensor]] = {}
            for name, value in tensors.items():
                if name.startswith("moment "):
                    _, number, kind = name.split(" ")
                    moments.setdefault(int(number), {})[kind] = value
            network.load_state_dict(_under(tensors, "weight "))
            optimiser.load_state_dict({"state": moments, "param_groups": said["groups"]})
            schedule.load_state_dict(said["schedule"])
            rng.bit_generator.state = said["draws"]
            torch.set_rng_state(tensors["random"])
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            if isinstance(error, InputError):
                raise
            raise ArtifactError(f"{self.path} keeps no training: {error}. Delete it.") from None
        return _under(tensors, "mean "), said["done"]


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
