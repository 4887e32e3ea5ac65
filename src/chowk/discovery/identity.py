"""People's own ids at the border: checked, ordered, and turned into places and back.

Ids are strings or whole numbers, all of one kind within a model; inside, a product is its place.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chowk.errors import InputError, parameter

Id = str | int
Ranked = list[tuple[Id, float]]


def plain(one: Any, caller: str, name: str) -> Id:
    """One id as a plain str or int; ParameterError for anything else."""
    if isinstance(one, str):
        return str(one)
    if isinstance(one, (int, np.integer)) and not isinstance(one, bool):
        return int(one)
    raise parameter(caller, name, "a product id (str or int)", one)


def column(values: pa.ChunkedArray, caller: str, name: str) -> list[Id]:
    """A column of ids; InputError names the first row that holds none."""
    if not len(values):  # an empty column may be of any type
        return []
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
        kind = values.type
    named = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    named = named or pa.types.is_string_view(kind) or pa.types.is_null(kind)
    if not (named or pa.types.is_integer(kind)):
        raise InputError(
            f"{caller}: the column {name!r} must hold product ids (str or int). "
            f"Got {kind} instead. Cast it first."
        )
    found: list[Any] = values.to_pylist()
    if values.null_count:
        row = found.index(None)
        raise InputError(f"{caller}: the column {name!r} has no id in row {row}. Leave it out.")
    return found


def _order(one: Id) -> Any:
    return one


class Places:
    """Which place each id has: ids ascending, places from 0.

    >>> places = Places(["b", "a"], "example")
    >>> places.ids, places["b"]
    (['a', 'b'], 1)
    """

    def __init__(self, ids: Iterable[Id], caller: str) -> None:
        try:
            self.ids: list[Id] = sorted(set(ids), key=_order)
        except TypeError:
            raise InputError(
                f"{caller}: some ids are text and some are numbers. Give all of one kind."
            ) from None
        self._place = {one: place for place, one in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, one: object) -> bool:
        return one in self._place

    def __getitem__(self, one: Id) -> int:
        return self._place[one]

    def copied(self) -> Places:
        """The same places, to which others may be appended."""
        made = copy.copy(self)
        made.ids, made._place = list(self.ids), dict(self._place)
        return made

    def append(self, one: Id) -> int:
        """A new id at the end; its place."""
        self._place[one] = len(self.ids)
        self.ids.append(one)
        return self._place[one]

    def codes(self, ids: Iterable[Id]) -> NDArray[np.int64]:
        """Places of ids, -1 for those that are not known."""
        return np.fromiter((self._place.get(one, -1) for one in ids), dtype=np.int64)

    def one(self, one: Any, caller: str, name: str) -> int:
        """The place of one id, -1 when it is not known; an error for what can be no id here."""
        found = plain(one, caller, name)
        if self.ids and type(found) is not type(self.ids[0]):
            kind = "numbers" if isinstance(self.ids[0], int) else "text"
            raise parameter(caller, name, f"a product id; the ids of this model are {kind}", one)
        return self._place.get(found, -1)

    def many(self, ids: Any, caller: str, name: str) -> list[int]:
        """Places of one id or of several; -1 where an id is not known."""
        return [self.one(each, caller, name) for each in listed(ids, caller, name)]


def listed(ids: Any, caller: str, name: str) -> Sequence[Any]:
    """One id alone is a list of one; arrays and series become lists."""
    if isinstance(ids, (str, int, np.integer)) and not isinstance(ids, bool):
        return [ids]
    if hasattr(ids, "to_pylist"):
        found: Sequence[Any] = ids.to_pylist()
        return found
    if hasattr(ids, "tolist"):
        found = ids.tolist()
        return found if isinstance(found, list) else [found]
    if hasattr(ids, "to_list"):
        found = ids.to_list()
        return found
    if isinstance(ids, (Sequence, set, frozenset)):
        return list(ids)
    if ids is None or isinstance(ids, (Mapping, bytes, float)) or not isinstance(ids, Iterable):
        raise parameter(caller, name, "a product id or a list of them", ids)
    return list(ids)


def check_k(k: Any, caller: str, name: str = "k") -> int:
    """`k`, or what is called `name`, as an int of at least 1."""
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise parameter(caller, name, "an int of at least 1", k)
    return int(k)


def check_seed(seed: Any, caller: str) -> int:
    """`seed` as an int of at least 0 and below 2**32, which is what every generator takes."""
    whole = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)
    if not whole or not 0 <= seed < 2**32:
        raise parameter(caller, "seed", "an int in [0, 4294967295]", seed)
    return int(seed)


def share(value: Any, caller: str, name: str) -> None:
    """ParameterError unless `value` is a number in [0, 1]."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 <= value <= 1:
        raise parameter(caller, name, "a number in [0, 1]", value)


def barred(exclude: Any, places: Places, caller: str) -> NDArray[np.int64]:
    """Places of excluded ids; unknown ones bar nothing."""
    if exclude is None:
        return np.zeros(0, dtype=np.int64)
    codes = places.codes(plain(e, caller, "exclude") for e in listed(exclude, caller, "exclude"))
    return np.unique(codes[codes >= 0])


def excluding(
    exclude: Any, ids: Collection[Any], places: Places, caller: str
) -> list[NDArray[np.int64]]:
    """What is excluded for each of `ids`: one collection for all, or a mapping by id."""
    if isinstance(exclude, Mapping):
        return [barred(exclude.get(one), places, caller) for one in ids]
    common = barred(exclude, places, caller)
    return [common] * len(ids)
