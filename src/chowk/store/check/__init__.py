"""The audit: what is wrong with a store's data, how much revenue it touches, what to do."""

from __future__ import annotations

from .audit import Audit, Finding, audit, read_audit

__all__ = ["Audit", "Finding", "audit", "read_audit"]
