"""Dual embeddings of a directed graph: each product has a source and a target vector (DAEMON).

A graph flows in; out come source and target vectors whose dot product says how well one goes with
the other, and is not symmetric. Source: Virinchi, Saladi, Mondal, "Recommending related products
using graph neural networks in directed graphs" (ECML-PKDD 2022), equations 1 and 2. It needs torch
(the extra `neural`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from chowk.errors import MissingExtraError

from .evidence import FACTORS
from .graph import Graph, tidy
from .rivals import Rival
from .sparse_top import at

_NEGATIVES = 8
_TEMPERATURE = 0.1


def dual_rival(
    graph: Graph, *, mended: bool = True, layers: int = 2, epochs: int = 60, seed: int = 0
) -> Rival:
    """Source and target vectors, learned from the graph's edges.

    With E the co-purchase and V the co-view edges, layer l gives
    s_u(l) = relu(sum_{(u,v) in E} t_v(l-1) W_l) + relu(sum_{(u,v) in V} s_v(l-1) W_l), and t_u(l)
    likewise over edges into u; both are scaled to length 1, and score(u, v) = s_u . t_v.

    Parameters
    ----------
    mended : False builds the form as printed: sums over neighbours, no self loop, loss terms
        log sigma(x) and log sigma(1 - x), uniform negatives. True divides by the roots of degrees
        (hubs weigh less), adds each product's own vector (so that one without edges is not 0), and
        has the terms log sigma(x / 0.1) and log sigma(-x / 0.1), with negatives drawn by
        in-degree^0.5 and, of one-way edges, the reverse as a negative.

    Raises
    ------
    MissingExtraError : torch is not installed.
    """
    try:
        import torch
    except ImportError:
        raise MissingExtraError("The method 'dual'", "neural") from None

    n = len(graph)
    if not graph.forward.nnz:
        zero = np.zeros((n, 1), dtype=np.float32)
        return Rival("dual", thin=(zero, zero))
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    buy = graph.forward.astype(bool).astype(np.float32)
    out = _adjacency(torch, buy, mended)
    into = _adjacency(torch, tidy(buy.T), mended)
    views = _adjacency(torch, graph.views, mended) if graph.views.nnz else None
    first, parameters = _first(torch, graph)
    mixes = [torch.nn.Linear(FACTORS, FACTORS, bias=False) for _ in range(layers)]
    parameters += [p for mix in mixes for p in mix.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=0.01)
    source, target, _ = graph.pairs()
    one_way = at(graph.forward, target, source) == 0
    chance = np.asarray(buy.sum(axis=0)).ravel() ** 0.5 if mended else np.ones(n)
    chance = np.maximum(chance, 0.1) / np.maximum(chance, 0.1).sum()

    def vectors() -> tuple[Any, Any]:
        s = t = first()
        for mix in mixes:
            up, down = torch.relu(mix(out @ t)), torch.relu(mix(into @ s))
            if views is not None:
                up, down = up + torch.relu(mix(views @ s)), down + torch.relu(mix(views @ t))
            if mended:
                up, down = up + s, down + t
            s = torch.nn.functional.normalize(up, dim=1, eps=1e-6)
            t = torch.nn.functional.normalize(down, dim=1, eps=1e-6)
        return s, t

    def pull(x: Any) -> Any:
        return torch.nn.functional.logsigmoid(x / _TEMPERATURE if mended else x)

    def push(x: Any) -> Any:
        return torch.nn.functional.logsigmoid(-x / _TEMPERATURE if mended else 1.0 - x)

    u, v = torch.from_numpy(source), torch.from_numpy(target)
    lone = torch.from_numpy(np.flatnonzero(one_way))
    for _ in range(epochs):
        optimiser.zero_grad()
        s, t = vectors()
        ahead = (s[u] * t[v]).sum(1)
        loss = -pull(ahead).mean()
        for _ in range(_NEGATIVES):
            drawn = torch.from_numpy(rng.choice(n, len(source), p=chance))
            loss = loss - push((s[u] * t[drawn]).sum(1)).mean() / _NEGATIVES
        if len(lone):
            back = (s[v[lone]] * t[u[lone]]).sum(1)
            loss = loss - (pull(ahead[lone]).mean() + push(back).mean())
        if views is not None:
            a, b = (torch.from_numpy(x) for x in graph_pairs(graph.views))
            loss = loss - pull((s[a] * s[b]).sum(1)).mean() - pull((t[a] * t[b]).sum(1)).mean()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        s, t = vectors()
    return Rival("dual", thin=(s.numpy().copy(), t.numpy().copy()))


def graph_pairs(rows: sparse.csr_array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The entries of a sparse array as rows and columns."""
    row = np.repeat(np.arange(rows.shape[0], dtype=np.int64), np.diff(rows.indptr))
    return row, rows.indices.astype(np.int64)


def _adjacency(torch: Any, rows: sparse.csr_array, mended: bool) -> Any:
    if mended:
        out = 1.0 / np.sqrt(np.maximum(np.asarray(rows.sum(axis=1)).ravel(), 1.0))
        into = 1.0 / np.sqrt(np.maximum(np.asarray(rows.sum(axis=0)).ravel(), 1.0))
        rows = tidy(sparse.diags_array(out) @ rows @ sparse.diags_array(into))
    place = torch.from_numpy(np.stack(graph_pairs(rows)))
    made = torch.sparse_coo_tensor(
        place, torch.from_numpy(rows.data.astype(np.float32)), rows.shape, check_invariants=True
    )
    return made.coalesce()


def _first(torch: Any, graph: Graph) -> tuple[Any, list[Any]]:
    """The vectors below the first layer, from content and one of each product's own."""
    own = torch.nn.Parameter(0.1 * torch.randn(len(graph), FACTORS))
    if graph.content is None:
        return (lambda: torch.nn.functional.normalize(own, dim=1, eps=1e-6)), [own]
    rows = graph.content.rows
    place = torch.from_numpy(np.stack(graph_pairs(rows)))
    told = torch.sparse_coo_tensor(
        place, torch.from_numpy(rows.data), rows.shape, check_invariants=True
    ).coalesce()
    words = torch.nn.Parameter(0.1 * torch.randn(rows.shape[1], FACTORS))
    return (
        lambda: torch.nn.functional.normalize(told @ words + own, dim=1, eps=1e-6),
        [own, words],
    )
