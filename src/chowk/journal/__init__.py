"""What changed since the last build: live events, product and offer changes, append-only.

An `Entry` goes in and is durable before it is acknowledged; every worker reads the same `Row`s in
the same order; a build folds them into the tables, each exactly once.
"""

from .entries import KINDS, Entry, Once, Receipt, Row
from .folding import Folded, fold
from .journal import Journal

__all__ = ["KINDS", "Entry", "Folded", "Journal", "Once", "Receipt", "Row", "fold"]
