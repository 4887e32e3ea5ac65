"""What content foretells of the graph, for products without edges: by hand and by construction."""

import numpy as np

from chowk.discovery.foretold import explained, foretold, graph_factors, kernels
from chowk.discovery.graph import read_graph
from chowk.discovery.taught import taught


def ring_of_words(n=160, new=20, seed=3):
    """Products of four groups: each leads to the next group, and its words name its own."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 4
    telling = rng.random((n, 8)) < np.where(np.arange(8) % 4 == group[:, None], 0.9, 0.05)
    marks = np.concatenate([np.ones((n, 1)), telling, rng.random((n, 8)) < 0.3], axis=1)
    edges = [
        {"source": s, "target": int(t)}
        for s in range(n - new)
        for t in rng.choice(np.flatnonzero(group[: n - new] == (group[s] + 1) % 4), 6)
    ]
    features = [{"product_id": i, "vector": marks[i].astype(float).tolist()} for i in range(n)]
    return read_graph(edges, features)


def test_what_is_foretold_of_a_product_is_what_the_others_alone_say_of_it():
    rng = np.random.default_rng(5)
    z = rng.normal(size=(30, 4))
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    whole, factors = np.exp(2.0 * (z @ z.T - 1.0)), rng.normal(size=(24, 3))
    inner, outer = whole[:24, :24], whole[24:, :24]
    ours, theirs = foretold(inner, outer, factors)
    for row in range(24):
        rest = np.delete(np.arange(24), row)
        solved = np.linalg.solve(inner[np.ix_(rest, rest)] + 0.3 * np.eye(23), factors[rest])
        alone = inner[row, rest] @ solved
        assert np.allclose(ours[row], alone / np.linalg.norm(alone), atol=1e-5)
    alone = outer @ np.linalg.solve(inner + 0.3 * np.eye(24), factors)
    assert np.allclose(theirs, alone / np.linalg.norm(alone, axis=1, keepdims=True), atol=1e-5)


def test_words_that_the_graph_explains_count_more_and_new_products_lead_on():
    graph = ring_of_words()
    old, new = np.flatnonzero(~graph.cold), np.flatnonzero(graph.cold)
    both = np.concatenate(graph_factors(graph.forward, 16), axis=1)
    share = explained(graph.content.rows[old], both[old])
    assert share[0] == 1.0 and share[1:9].min() > 2 * share[9:].max()
    inner, outer = kernels(graph.content.rows, graph.forward, old, new)
    assert np.allclose(inner, inner.T, atol=1e-5) and np.linalg.eigvalsh(inner)[0] > 1.0
    assert ((outer > 0) & (outer <= 1.0 + 1e-5)).all()
    ahead, back, _ = taught(graph, graph.forward, 1_000)
    right = []
    for row in new:
        first = np.argsort(-ahead[[row]].toarray().ravel())[:10]
        last = np.argsort(-back[:, [row]].toarray().ravel())[:10]
        right += [(first % 4 == (row + 1) % 4).mean(), (last % 4 == (row - 1) % 4).mean()]
    assert np.mean(right) > 0.8  # chance is 0.25
