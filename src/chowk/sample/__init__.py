"""A simulated store whose truth is known: a market in India and Europe, for demos and for tests.

`make` writes a whole store, `stream` gives its events in bounded memory, `catalogue` gives products
alone at any size. What is true lies outside the store's folder, where no system reads it; how it is
chosen stands in `parameters`.
"""

from __future__ import annotations

from .events import stream
from .making import make
from .products import catalogue

__all__ = ["catalogue", "make", "stream"]
