"""Dual embeddings in torch: the mended form tells directions; both forms are kept and opened."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from chowk.discovery import RelatedProducts
from discovery.shop import ring, titled
from servers.rule import missing


@pytest.fixture(autouse=True)
def torch():
    if importlib.util.find_spec("torch") is None:
        missing("This test needs torch", "pip install 'chowk[neural]'")


@pytest.mark.parametrize("method", ["dual", "dual, paper's loss"])
def test_dual_embeddings_know_the_next_group(method, tmp_path):
    edges, group = ring(groups=6, size=8, out=4)
    model = RelatedProducts(method).fit(edges, titled(group))
    seen = {(e["source"], e["target"]) for e in edges}
    ids = sorted(group)
    ahead = [(a, b) for a in ids for b in ids if group[b] == (group[a] + 1) % 6
             and (a, b) not in seen]  # fmt: skip
    sources, targets = zip(*ahead, strict=True)
    right = model.score(sources, targets)
    far = [ids[(ids.index(b) + 16) % len(ids)] for b in targets]
    assert np.mean(right > model.score(sources, far)) > 0.9
    if method == "dual":
        assert np.mean(right > model.score(targets, sources)) > 0.9
    model.save(tmp_path)
    opened = RelatedProducts.load(tmp_path)
    assert opened.recommend(ids, 9) == model.recommend(ids, 9)
    assert np.allclose(opened.score(sources, targets), right)


def test_without_torch_the_extra_is_named(monkeypatch):
    import sys

    from chowk.errors import MissingExtraError

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"chowk\[neural\]"):
        RelatedProducts("dual").fit([{"source": "a", "target": "b"}])
