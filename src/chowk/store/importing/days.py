"""Moments as days and seconds: what a log of meetings and a list of test results count by.

In go a raw column, of numbers or of times; out come seconds since day 0 began. Numbers are seconds
(of Unix time, or from the owner's own day 0), and a time counts from 1970-01-01 in the store's
zone, so that a date means the same day in every file.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chowk.store.schema import Column

from .format import Context

DAY = 86_400


def seconds_of(
    values: pa.ChunkedArray | pa.Array,
    name: str,
    context: Context,
    reasons: dict[int, str],
    *,
    required: bool = True,
) -> NDArray[np.float64]:
    """Seconds since day 0 of each value, NaN where there is none; reasons by row are added."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if numbers(values):
        column = Column(name, "float", "", required, low=0)
        found = context.conformer.column(values, column, reasons)
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.float64)
    moments = context.conformer.column(values, Column(name, "time", "", required), reasons)
    zone = context.conformer.zone
    local = pc.local_timestamp(moments.cast(pa.timestamp("us", zone)))
    micros = local.cast(pa.timestamp("us")).cast(pa.int64()).cast(pa.float64(), safe=False)
    return np.asarray(micros.to_numpy(zero_copy_only=False), dtype=np.float64) / 1e6


def numbers(values: pa.ChunkedArray | pa.Array) -> bool:
    """Whether a column holds numbers: by its type, or since every text in it is one."""
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return True
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return False
    given = pc.utf8_trim_whitespace(values.drop_null())
    given = given.filter(pc.greater(pc.utf8_length(given), 0))
    return bool(len(given)) and bool(
        pc.all(pc.match_substring_regex(given, r"^-?\d+(\.\d*)?$")).as_py()
    )
