"""A pretrained encoder, by a stand-in whose vectors are known; and by what is not there."""

from __future__ import annotations

import sys
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


def test_what_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"no such folder.*nothing is downloaded"):
        Understander(pretrained=tmp_path / "none").fit(ROWS)
    (tmp_path / "w").mkdir()
    with pytest.raises(InputError, match="holds no sentence-transformers model"):
        Understander(pretrained=str(tmp_path / "w")).fit(ROWS)
    (tmp_path / "w" / "modules.json").write_text("[]")
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtraError, match="pretrained"):
        Understander(pretrained=tmp_path / "w").fit(ROWS)
    with pytest.raises(InputError, match="an object with encode"):
        Understander(pretrained=3).fit(ROWS)  # type: ignore[arg-type]

    class Odd:
        def encode(self, texts: list[str]) -> np.ndarray:
            return np.zeros(len(texts))

    with pytest.raises(InputError, match="one finite vector a text"):
        Understander(pretrained=Odd()).fit(ROWS)
