"""A column of texts at the border: what a model reads many texts from.

In goes a list, a generator, or a column of pandas, polars, pyarrow or NumPy; out come its plain
values. A frame or a single text would go through as names of columns or as letters: both are
refused with what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chowk.errors import parameter

#: What frames have and columns do not.
_OF_FRAMES = ("columns", "column_names")


def column_of(texts: Any, caller: str) -> Iterable[Any]:
    """The values of a list, a column or a generator of texts, a null as None.

    Raises
    ------
    ParameterError for a frame, a mapping, one text, or what cannot be gone over.

    Examples
    --------
    >>> import pyarrow as pa
    >>> list(column_of(pa.array(["a", None]), "parse_many"))
    ['a', None]
    """
    frame = isinstance(texts, Mapping) or any(hasattr(texts, name) for name in _OF_FRAMES)
    if frame or isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
        rule = "a list or a column of texts, such as frame['text']"
        raise parameter(caller, "texts", rule, texts)
    plain = getattr(texts, "to_pylist", None)  # going over an Arrow column gives scalars, no texts
    found: Iterable[Any] = texts if plain is None else plain()
    return found
