"""A pretrained encoder, by a stand-in whose vectors are known; and by what is not there."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from chowk.errors import InputError, MissingExtraError
from chowk.language import Understander

#: Words that mean the same lie in the same direction.
MEANINGS = {"buy": 0, "purchase": 0, "acquire": 0, "return": 1, "refund": 1, "restitute": 1}


class Knows:
    """Knows synonyms that no example has."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        found = np.full((len(texts), 3), 0.01)
        for row, text in zip(found, texts, strict=True):
            for word in text.split():
                row[MEANINGS.get(word, 2)] += 1
        return found


ROWS = [
    {"text": f"{verb} the {item}", "intent": intent}
    for verb, intent in zip(
        ("buy", "purchase", "return", "refund"), ("buy", "buy", "back", "back"), strict=True
    )
    for item in ("lamp", "bag", "mug", "pen")
]  # fmt: skip


def test_it_brings_what_the_examples_do_not_hold(tmp_path: Path) -> None:
    knows = Knows()
    model = Understander(pretrained=knows).fit(ROWS)
    assert model.parse("acquire the pen").intent == "buy"
    assert model.parse("restitute the pen").intent == "back"
    assert len(knows.asked) == len(set(knows.asked))  # no text is encoded twice
    model.save(tmp_path / "m")
    loaded = Understander.load(tmp_path / "m", pretrained=Knows())
    ours, theirs = model.parse("acquire the pen"), loaded.parse("acquire the pen")
    assert theirs.intent == "buy" and theirs.confidence == pytest.approx(ours.confidence, abs=0.02)
    with pytest.raises(InputError, match="'pretrained' is None"):
        Understander.load(tmp_path / "m")


class Residue:
    """Knows the remainder of a text's number by three, which its letters do not tell."""

    def encode(self, texts: list[str]) -> np.ndarray:
        return np.eye(3)[[int(text[-3:]) % 3 for text in texts]] + 0.01


class Noise:
    """Knows nothing: numbers drawn anew for each text."""

    asked = 0

    def encode(self, texts: list[str]) -> np.ndarray:
        self.asked += len(texts)
        seeds = [zlib.crc32(text.encode()) for text in texts]
        return np.stack([np.random.default_rng(seed).normal(size=40) for seed in seeds])


#: The verb is half of the intent, and a number's remainder by three the other half.
MANY = [
    {"text": f"{verb} item{n}", "intent": f"{verb}-{n % 3}"}
    for verb in ("buy", "return")
    for n in range(100, 190)
]  # fmt: skip


def test_it_counts_as_far_as_it_helps(tmp_path: Path) -> None:
    fresh = [f"{verb} item{n}" for verb in ("buy", "return") for n in range(200, 260)]
    truth = [f"{text.split()[0]}-{int(text[-3:]) % 3}" for text in fresh]

    def right(model: Understander) -> float:
        said = [parse.intent for parse in model.parse_many(fresh)]
        return float(np.mean([ours == true for ours, true in zip(said, truth, strict=True)]))

    plain = Understander(rounds=0).fit(MANY)
    knows = Understander(rounds=0, pretrained=Residue()).fit(MANY)
    assert knows.encoded_ is not None and knows.encoded_.share_ > 0
    assert right(plain) < 0.5 and right(knows) > 0.95
    knows.save(tmp_path / "m")
    loaded = Understander.load(tmp_path / "m", pretrained=Residue())
    assert loaded.encoded_ is not None and loaded.encoded_.share_ == knows.encoded_.share_
    # What says nothing counts nothing, and is not asked for a parse.
    encoder = Noise()
    noise = Understander(rounds=0, pretrained=encoder).fit(MANY)
    asked = encoder.asked
    assert noise.encoded_ is not None and noise.encoded_.share_ == 0
    assert noise.parse_many(fresh) == plain.parse_many(fresh) and encoder.asked == asked


def test_what_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"no such folder.*nothing is downloaded"):
        Understander(pretrained=tmp_path / "none").fit(ROWS)
    (tmp_path / "w").mkdir()
    with pytest.raises(InputError, match="holds no sentence-transformers model"):
        Understander(pretrained=str(tmp_path / "w")).fit(ROWS)
    (tmp_path / "w" / "modules.json").write_text("[]")
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtraError, match=r"pretrained.*pip install sentence-transf"):
        Understander(pretrained=tmp_path / "w").fit(ROWS)
    with pytest.raises(InputError, match="an object with encode"):
        Understander(pretrained=3).fit(ROWS)  # type: ignore[arg-type]

    class Odd:
        def encode(self, texts: list[str]) -> np.ndarray:
            return np.zeros(len(texts))

    with pytest.raises(InputError, match="one finite vector a text"):
        Understander(pretrained=Odd()).fit(ROWS)
