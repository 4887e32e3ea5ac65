"""Graphs and histories whose right answers are known by construction."""

import numpy as np


def ring(groups=12, size=14, out=7, seed=0):
    """Products in a ring of groups: each leads to products of the next group, and to no others.

    Returns edges as dicts, and the group of each product by id. Ids are `g<group>-<number>`.
    """
    rng = np.random.default_rng(seed)
    edges = [
        {"source": f"g{g}-{i}", "target": f"g{(g + 1) % groups}-{j}"}
        for g in range(groups)
        for i in range(size)
        for j in rng.choice(size, out, replace=False)
    ]
    return edges, {f"g{g}-{i}": g for g in range(groups) for i in range(size)}


def titled(group, extra=()):
    """Features of the ring's products: the title names the group."""
    rows = [{"product_id": one, "title": f"kind{g} thing"} for one, g in group.items()]
    return rows + [{"product_id": one, "title": f"kind{g} thing"} for one, g in extra]
