"""The contract that every system keeps, as a check that anyone can run on a system of his own.

    from chowk.testing import check_system
    check_system(MySystem, store)

It fits on the past of a real (small) store, judges on the rest, saves, loads, and compares. An
AssertionError says which clause is broken.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from chowk import artifacts
from chowk.store import schema
from chowk.store.reader import Reader
from chowk.system import Scorecard, System

if TYPE_CHECKING:
    from chowk.store.store import Store


def check_system(cls: type[System], store: Store, cut: datetime) -> None:
    """Run every clause of the contract on `cls`, over `store` cut at `cut`.

    Parameters
    ----------
    cls : the system.
    store : a small store whose tables allow the system, with events on both sides of `cut`.
    cut : `fit` sees what is before, `evaluate` what is since.
    """
    check_declaration(cls)
    check_progress(cls, store.before(cut))
    first = cls().fit(store.before(cut), seed=7)
    check_scorecard(first.evaluate(store.since(cut)))
    check_tables(first)
    check_same(first, cls().fit(store.before(cut), seed=7), store.since(cut), "fitted again")
    check_saving(first, store.since(cut))
    check_poison(cls, store, cut, first)


def check_declaration(cls: type[System]) -> None:
    """Names are known: a plain name, tables of the schema, and what is written is its own."""
    assert re.fullmatch(r"[a-z][a-z0-9_]*", cls.name), f"{cls.__name__}.name: {cls.name!r}"
    assert cls.title, f"{cls.__name__} has no title"
    for table in cls.needs | cls.uses | cls.writes:
        assert table in schema.TABLES, f"{cls.__name__} names an unknown table {table!r}"
    for table in cls.writes:
        assert schema.TABLES[table].writer == cls.name, (
            f"{table} is declared as written by {schema.TABLES[table].writer}, not by {cls.name}"
        )
    assert not cls.needs & cls.writes, f"{cls.__name__} needs what it writes itself"


def check_progress(cls: type[System], store: Reader) -> None:
    """`fit` returns the system itself, and tells shares in [0, 1] that never fall."""
    told: list[float] = []
    system = cls()
    fitted = system.fit(store, seed=7, progress=lambda share, doing: told.append(share))
    assert fitted is system, "fit must return self"
    assert all(0 <= share <= 1 for share in told), f"progress outside [0, 1]: {told}"
    assert told == sorted(told), f"progress runs backwards: {told}"


def check_scorecard(card: Scorecard) -> None:
    """A value with a named baseline, rows and an interval; or no value and the reason."""
    if card.value is None:
        assert card.why, "a scorecard without a value must say why"
        return
    assert card.metric and card.rows > 0, "a value needs its metric and the rows it is from"
    assert card.baseline is not None and card.baseline_name, "the baseline must be named"
    assert card.low is not None and card.high is not None, "the difference needs its interval"
    assert card.low <= card.high, "the interval is upside down"


def check_tables(system: System) -> None:
    """Exactly the declared derived tables, with the schema's columns and no key twice."""
    made = system.tables()
    assert set(made) == set(system.writes), f"writes {set(made)}, declared {set(system.writes)}"
    for name, rows in made.items():
        table = schema.TABLES[name]
        assert set(rows.column_names) <= set(table.names), f"{name} has columns of its own"
        keys = rows.select(list(table.key))
        if table.key:
            assert keys.group_by(list(table.key)).aggregate([]).num_rows == rows.num_rows, (
                f"{name} holds a key twice"
            )


def check_same(
    one: System, other: System, judged_on: Reader, when: str, *, rivals: bool = True
) -> None:
    """Two models answer alike: the same derived tables, the same scorecard.

    Without `rivals` the further measures may differ: rivals are not saved with a model.
    """
    for name, rows in one.tables().items():
        assert _sorted(rows).equals(_sorted(other.tables()[name])), f"{name} differs when {when}"
    left, right = (_figures(s.evaluate(judged_on), rivals) for s in (one, other))
    assert left == right, f"the scorecard differs when {when}: {left} and {right}"


def check_saving(system: System, judged_on: Reader) -> None:
    """A saved model is sealed as data, opens again, and answers the same; damage is noticed."""
    with _folder() as folder:
        system.save(folder)
        artifacts.seal(
            folder, system=system.name, code_version="test", made_at="", seed=7, settings={},
            fingerprints={},
        )  # fmt: skip
        artifacts.verify(folder)
        loaded = type(system).load(folder)
        check_same(system, loaded, judged_on, "saved and loaded", rivals=False)


def check_poison(cls: type[System], store: Store, cut: datetime, clean: System) -> None:
    """What happens after the cut cannot change what is learned before it."""
    import chowk

    with _folder() as folder:
        poisoned = chowk.create(folder / "poisoned", {"currency": store.settings["currency"]})
        with poisoned:
            with poisoned.transaction() as change:
                for name in store.tables():
                    table = schema.TABLES[name]
                    if table.writer:
                        continue
                    rows = store.arrow(name)
                    if table.time is not None:
                        rows = _poisoned(rows, table.time, cut)
                    change.replace(name, rows)
            fitted = cls().fit(poisoned.before(cut), seed=7)
            check_same(clean, fitted, store.since(cut), "the held-out rows were poisoned")


def _poisoned(rows: pa.Table, time: str, cut: datetime) -> pa.Table:
    """The rows of the past as they are; those since the cut with their labels turned round."""
    import pyarrow.compute as pc

    late = pc.greater_equal(rows[time], pa.scalar(cut, rows[time].type))
    past, future = rows.filter(pc.invert(late)), rows.filter(late)
    for name in ("product_id", "customer_id", "kind", "quantity", "label", "reward"):
        if name in future.column_names:
            at = future.column_names.index(name)
            values = future[name].to_pylist()[::-1]
            future = future.set_column(at, name, pa.array(values, future[name].type))
    return pa.concat_tables([past, future])


def _sorted(rows: pa.Table) -> pa.Table:
    names = sorted(rows.column_names)
    # Lists and maps cannot be sorted by; a table's key tells its rows apart.
    plain = [name for name in names if not pa.types.is_nested(rows.schema.field(name).type)]
    return rows.select(names).sort_by([(name, "ascending") for name in plain])


def _figures(card: Scorecard, rivals: bool) -> Scorecard:
    return msgspec.structs.replace(card, seconds=0.0, measures=card.measures if rivals else ())


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="chowk-contract-") as folder:
        path = Path(folder) / "model"
        path.mkdir()
        yield path
