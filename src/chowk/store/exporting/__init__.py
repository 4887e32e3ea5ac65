"""Tables and findings as files that owners can take elsewhere: `export(store, kind, path)`."""

from __future__ import annotations

from .run import KINDS, export

__all__ = ["KINDS", "export"]
