"""One batch of input rows before anything is known about them: columns as they came, and lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pyarrow as pa

from .source import Rejected


@dataclass(slots=True)
class RawBatch:
    """`frame` holds the columns under the file's own names; `lines` the line of each row.

    `rejected` are rows of the same stretch of the file that could not even be split.
    """

    frame: pa.Table
    lines: pa.Array
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Input rows in this batch, the rejected ones included."""
        return int(self.frame.num_rows) + len(self.rejected)


def shown(row: dict[str, Any]) -> str:
    """An input row as it stands in a quarantine file: JSON, at most 2,000 characters."""
    text = msgspec.json.encode({k: v for k, v in row.items() if v is not None}, enc_hook=str)
    return text.decode()[:2000]
