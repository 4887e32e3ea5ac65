"""What a chapter of the sample store gives: tables for the store, and truth that it never sees."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Pages:
    """Tables of the store by name, and tables of the truth by name."""

    tables: dict[str, pa.Table] = field(default_factory=dict)
    truth: dict[str, pa.Table] = field(default_factory=dict)
