"""A model of whole texts beside AutoMod's own network: trained by an owner, or from his weights.

Texts go in, a probability for each of the four heads comes out, and the two are averaged as logits:
the network knows what words stand beside, the other may know what no list holds. A model is a
function of Python, or a file of `scripts/train_automod_bytes.py`: convolutions over letters (after
Zhang, Zhao and LeCun 2015), taught by the default network, trained with torch and run with NumPy.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from chowk.errors import ArtifactError, InputError, parameter

from .folding import normalise
from .sentence import Reading
from .severity import HEADS, Network, aimed

Floats = NDArray[np.float32]
#: Bytes of a text that a model of letters reads, and texts that it is asked at once.
BYTES, TOGETHER = 256, 64
#: Letters of a text that a function is given.
LONGEST = 20_000
#: Places behind the end of a text that are read too: from there on all are alike.
_BEHIND = 32
#: The share of a model of letters: of 0.2, 0.35 and 0.5 the best on the first functional suite.
LETTERS_SHARE = 0.2
#: The farthest that a probability is from 0 and 1.
_SURE = 1e-4

#: Texts in, probabilities [texts, 4] out, in the order of `chowk.community.severity.HEADS`.
Judge = Callable[[Sequence[str]], Any]


def bytes_of(texts: Sequence[str]) -> NDArray[np.int64]:
    """[texts, 256] the UTF-8 bytes of folded texts, each plus 1; 0 behind the end.

    >>> bytes_of(["Ab"])[0, :3].tolist()
    [98, 99, 0]
    """
    made = np.zeros((len(texts), BYTES), dtype=np.int64)
    for row, text in zip(made, texts, strict=True):
        folded = normalise(text[:BYTES]).text.encode("utf-8", "replace")[:BYTES]
        row[: len(folded)] = np.frombuffer(folded, np.uint8).astype(np.int64) + 1
    return made


@dataclass(frozen=True, slots=True)
class Letters:
    """A model of letters, as its file holds it.

    Attributes
    ----------
    letters : [257, width] a vector for each byte, and of zeros for none.
    layers : weights [size, channels, out], biases [out] and stride of each convolution.
    out, bias : [channels, 4] and [4], over the largest answer of all places.
    """

    letters: Floats
    layers: tuple[tuple[Floats, Floats, int], ...]
    out: Floats
    bias: Floats

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Probabilities [texts, 4]."""
        made = np.zeros((len(texts), len(HEADS)), dtype=np.float32)
        for at in range(0, len(texts), TOGETHER):
            given = bytes_of(texts[at : at + TOGETHER])
            longest = min(int((given > 0).sum(1).max()) + _BEHIND, BYTES)
            x = self.letters[given[:, :longest]]
            for weights, biases, stride in self.layers:
                x = _convolved(x, weights, biases, stride)
            logits = x.max(1) @ self.out + self.bias
            made[at : at + TOGETHER] = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
        return made

    @classmethod
    def read(cls, path: str | Path) -> Letters | None:
        """The model of a file; None when it is a file of something else, or none.

        Raises
        ------
        ArtifactError : it is such a model, and is damaged.
        """
        try:
            held = np.load(BytesIO(Path(path).read_bytes()), allow_pickle=False)
        except (OSError, EOFError, ValueError, BadZipFile):
            return None
        if not isinstance(held, np.lib.npyio.NpzFile):
            return None
        try:
            with held:
                if "letters" not in held:
                    return None
                layers = tuple(
                    (held[f"weights{n}"], held[f"biases{n}"], int(stride))
                    for n, stride in enumerate(held["strides"])
                )
                made = cls(held["letters"], layers, held["out"], held["bias"])
            if made(["x"]).shape != (1, len(HEADS)):
                raise ValueError("it gives another number of answers")
        except (KeyError, ValueError, IndexError, TypeError, BadZipFile, zlib.error) as error:
            raise ArtifactError(
                f"{path} is no model of letters: {error}. Train one with "
                "scripts/train_automod_bytes.py."
            ) from None
        return made


def _convolved(x: Floats, weights: Floats, biases: Floats, stride: int) -> Floats:
    """[n, places, channels] to [n, places after, out], rectified; half a window on either side."""
    size, channels, out = weights.shape
    side = np.zeros((len(x), size // 2, channels), dtype=np.float32)
    padded = np.concatenate([side, x, side], axis=1)
    windows = sliding_window_view(padded, size, axis=1)[:, ::stride]  # [n, places, channels, size]
    flat = windows.transpose(0, 1, 3, 2).reshape(-1, size * channels)
    made: Floats = np.maximum(flat @ weights.reshape(-1, out) + biases, 0.0)
    return made.reshape(len(x), -1, out)


class Beside:
    """A model that is asked beside the network.

    Parameters
    ----------
    judge : see `Judge`.
    share : how much of a logit is its own, in (0, 1); the rest is the network's.

    Examples
    --------
    >>> beside = Beside(lambda texts: [[0.5, 0.5, 0.5, 0.5]] * len(texts))
    >>> [round(x, 6) for x in beside.mixed([[2.0, 0.0, 0.0, -2.0]], ["x"])[0]]
    [1.0, 0.0, 0.0, -1.0]
    """

    def __init__(self, judge: Judge, share: float = 0.5) -> None:
        self._judge, self.share = judge, share

    @classmethod
    def of(cls, given: str | Path | Judge) -> Beside | None:
        """The model of a setting, a function of texts or a file of one; None for other files."""
        if isinstance(given, str | Path):
            read = Letters.read(given)
            return None if read is None else cls(read, LETTERS_SHARE)
        if not callable(given):
            rule = "a path, a function of texts, or None"
            raise parameter("AutoMod.load", "pretrained", rule, given)
        return cls(given)

    def logits(
        self, net: Network, readings: Sequence[Reading], texts: Sequence[str]
    ) -> list[list[float]]:
        """Logits of both for every text, also where the network sees nothing at all."""
        if not readings:
            return []
        own = net.logits_many(readings)
        return self.mixed([aimed(r, one) for r, one in zip(readings, own, strict=True)], texts)

    def mixed(self, logits: Sequence[Sequence[float]], texts: Sequence[str]) -> list[list[float]]:
        """The network's logits [texts, 4] with the model's own.

        Raises
        ------
        InputError : the model gave no probabilities of that shape.
        """
        told = np.asarray(self._judge([text[:LONGEST] for text in texts]), dtype=float)
        if told.shape != (len(texts), len(HEADS)) or not ((told >= 0) & (told <= 1)).all():
            raise InputError(
                f"The model beside AutoMod gave an array of shape {told.shape} for {len(texts)} "
                f"texts. It must give {len(HEADS)} probabilities a text: {', '.join(HEADS)}."
            )
        kept = np.clip(told, _SURE, 1 - _SURE)
        own = np.log(kept / (1 - kept))
        both: list[list[float]] = (
            (1 - self.share) * np.asarray(logits, dtype=float) + self.share * own
        ).tolist()
        return both
