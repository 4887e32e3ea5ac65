"""A model of whole texts beside AutoMod's own network: trained by an owner, or from his weights.

Folded texts go in, a probability for each of the four heads comes out, and the two are averaged as
logits: the network knows what words stand beside, the other may know what no list holds. A model is
a function of Python, or an ONNX file that reads bytes (`scripts/train_automod_bytes.py` trains one:
convolutions over letters, as in Zhang, Zhao and LeCun 2015, taught by the default network).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chowk.errors import ArtifactError, InputError, parameter

from .folding import normalise
from .sentence import Reading
from .severity import HEADS, Network, aimed

#: Bytes of a text that an ONNX model reads, and texts that it is asked at once.
BYTES, TOGETHER = 256, 256
#: Letters of a text that a function is given.
LONGEST = 20_000
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
    def of(cls, given: str | Path | Judge) -> Beside:
        """The model of a setting: a function of texts, or an ONNX file."""
        if isinstance(given, str | Path):
            return cls(onnx_judge(Path(given)))
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


def onnx_judge(path: Path) -> Judge:
    """The model of an ONNX file: bytes [texts, 256] in, probabilities [texts, 4] out.

    Raises
    ------
    ArtifactError : the file is not there, or is no such model.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # a message is small, and every worker has one
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        (given,) = session.get_inputs()
        (told,) = session.get_outputs()
    except Exception as error:  # onnxruntime's own have no common parent
        raise ArtifactError(
            f"{path} is no model of texts that AutoMod can ask: {str(error)[:200]}. Train one with "
            "scripts/train_automod_bytes.py, or give a function."
        ) from None

    def judge(texts: Sequence[str]) -> NDArray[np.float32]:
        parts = [
            session.run([told.name], {given.name: bytes_of(texts[at : at + TOGETHER])})[0]
            for at in range(0, len(texts), TOGETHER)
        ]
        found: NDArray[np.float32] = (
            np.concatenate(parts) if parts else np.zeros((0, len(HEADS)), dtype=np.float32)
        )
        return found

    return judge
