"""The build: what the tables allow is learned, judged on held-out rows, and served in one rename.

First the journal is folded into the tables. Then the systems run twice, each after those whose
tables it reads: on the store as it was before a cut, judged on what came after it; and on
everything, for serving. Nothing becomes visible before the pointer to the finished build moves.
"""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

import chowk
from chowk import artifacts
from chowk.artifacts import Build, Built
from chowk.errors import BuildError, ChowkError, parameter
from chowk.journal import Journal, fold
from chowk.learn.splits import midnight
from chowk.store.damage import damaged, from_engine
from chowk.store.disk import clear_dead, working_folder, write_lock
from chowk.store.frames import fitted
from chowk.store.reader import Reader, declared
from chowk.store.store import Store
from chowk.store.transaction import collect
from chowk.system import Scorecard, System, system_class, system_names

if TYPE_CHECKING:
    import ibis

#: Called with the system's name, the phase, the share done in [0, 1], and what is being done.
Watch = Callable[[str, str, float, str], None]


def nobody(system: str, phase: str, share: float, doing: str) -> None:
    """A `Watch` that shows nothing."""


class Plan(msgspec.Struct, frozen=True):
    """What a build would do: the systems in order, and what the others lack."""

    runs: tuple[str, ...]
    lacks: dict[str, str]


def order(names: Collection[str]) -> list[str]:
    """Systems in an order in which each comes after those whose tables it reads.

    >>> order(["search", "related"])[-1] in ("search", "related")
    True
    """
    classes = {name: system_class(name) for name in names}
    writers = {table: name for name, cls in classes.items() for table in cls.writes}
    done: list[str] = []
    waiting: list[str] = []

    def visit(name: str) -> None:
        if name in done:
            return
        if name in waiting:
            circle = " → ".join([*waiting[waiting.index(name) :], name])
            raise BuildError(f"Systems wait for each other: {circle}. Remove one from its 'uses'.")
        waiting.append(name)
        cls = classes[name]
        for table in sorted(cls.needs | cls.uses):
            if table in writers and writers[table] != name:
                visit(writers[table])
        waiting.pop()
        done.append(name)

    for name in classes:
        visit(name)
    return done


def plan(store: Reader, only: str | Collection[str] | None = None) -> Plan:
    """What can run on the tables that are there, and what is missing for the rest."""
    names = order(system_names())
    if only is not None:
        wanted = _named("plan", "only", only)
        names = [name for name in names if name in wanted]
    made = {table for name in names for table in system_class(name).writes}
    lacks = {}
    for name in names:
        cls = system_class(name)
        # A derived table that this very build will write is not missing.
        missing = cls.lacks(store) if not (cls.needs & made) else None
        if missing:
            lacks[name] = missing
    return Plan(tuple(name for name in names if name not in lacks), lacks)


def _named(caller: str, argument: str, given: str | Collection[str]) -> tuple[str, ...]:
    """Names of systems, of which one may stand alone; InputError when there is none of that name.

    >>> _named("build", "only", "search"), _named("build", "only", ["related", "search"])
    (('search',), ('related', 'search'))
    """
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, Collection) or not all(isinstance(name, str) for name in names):
        raise parameter(caller, argument, "a system's name, or several", given)
    for name in names:
        system_class(name)
    return tuple(names)


def build(
    store: Store,
    *,
    only: str | Collection[str] | None = None,
    insist: str | Collection[str] = (),
    journal: Journal | None = None,
    watch: Watch = nobody,
) -> Build:
    """Build what the store's tables allow, and serve it.

    Parameters
    ----------
    only : build this system, or these, and keep the others as they are.
    insist : switch this one, or these, on even when their baseline is better.
    journal : folded into the tables first; the store's own when None.

    Returns
    -------
    The record of the build that is now served.

    Raises
    ------
    InputError : there is no system of a name in `only` or `insist`; nothing was done.
    BuildError : a system failed; the store serves what it served before.
    StoreLockedError : another build is running.
    """
    started = time.monotonic()
    if not isinstance(store, Store):
        raise parameter("build", "store", "a store, such as chowk.open gives", store)
    only = None if only is None else _named("build", "only", only)
    insist = _named("build", "insist", insist)
    with ExitStack() as stack:
        stack.enter_context(write_lock(store.path / ".build.lock"))
        stack.enter_context(_explained(store))
        _fold(store, journal)
        read = store.manifest  # what is written meanwhile does not move under the build
        todo = plan(store, only)
        # Looked at first: hours of learning are not lost to a model that cannot be kept.
        named = {*todo.runs, *todo.lacks}
        kept = _kept(store, named) if only is not None else []
        if not todo.runs:
            missing = "; ".join(f"{name} needs {what}" for name, what in todo.lacks.items())
            raise BuildError(f"Nothing can be built: {missing}. Import those tables first.")
        seed = store.settings.integer("build.seed")
        stamp = datetime.now(UTC)
        name = f"{stamp:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
        cards = _judge(store, todo, seed, watch)
        scratch = stack.enter_context(_scratch(store))
        made: list[Built] = []
        derived: dict[str, pa.Table] = {}
        overlay: dict[str, ibis.Table] = {}
        for system in todo.runs:
            view = store.overlay(overlay) if overlay else store
            model = _fitted(system, view, seed, watch, "learning from everything")
            for table, rows in model.tables().items():
                derived[table] = fitted(rows, declared(table))
                overlay[table] = _staged(store, scratch, table, derived[table])
            folder = store.models_path / system / name
            built = _saved(store, system, model, folder, cards[system], insist, seed)
            made.append(msgspec.structs.replace(built, journal=read.journal))
        made += [
            Built(name=system, lacks=why, scorecard=_unscored(system, f"needs {why}"))
            for system, why in todo.lacks.items()
        ]
        made += kept
        with store.transaction(wait=60.0) as change:
            for table, rows in derived.items():
                change.replace(table, rows)
        record = Build(
            build=name,
            at=stamp.isoformat(timespec="microseconds"),
            code_version=chowk.__version__,
            engine=store.engine.name,
            seed=seed,
            manifest=read.version,
            journal=read.journal,
            tables={
                **{t: v for t, v in read.tables.items() if not declared(t).writer},
                **{t: v for t, v in store.manifest.tables.items() if declared(t).writer},
            },
            systems=tuple(sorted(made, key=lambda b: system_names().index(b.name))),
            seconds=round(time.monotonic() - started, 3),
        )
        artifacts.publish(store.models_path, record)
        _tidy(store, journal, record.replay_from)
    return record


def holdout_cut(store: Reader) -> datetime | None:
    """The moment from which events are kept back, or None when there is nothing to cut.

    The last `build.holdout_days` days; of a store that covers less than four times that, the last
    quarter of its time.
    """
    events = store.table("events")
    span = store.arrow(events.agg(first=events.ts.min(), last=events.ts.max())).to_pylist()[0]
    first, last = span["first"], span["last"]
    if first is None or last - first < timedelta(days=2):
        return None
    held = min(timedelta(days=store.settings.integer("build.holdout_days")), (last - first) / 4)
    cut = midnight(last - held)
    return cut if cut > first else None


@contextmanager
def _explained(store: Store) -> Iterator[None]:
    """A system that fails because of a damaged file is not to blame: the file is named."""
    try:
        yield
    except Exception as error:
        if not from_engine(error):
            raise
        told = damaged(store.manifest_path.parent, store.manifest.tables)
        if told is not None:
            raise BuildError(f"{told} The store serves what it served before.") from error
        raise


def _fold(store: Store, journal: Journal | None) -> None:
    """Carry live changes into the tables, in one commit."""
    own = journal is None
    if own and not store.settings.text("journal.url") and not (store.path / "journal.db").exists():
        return
    live = journal or Journal.of(store)
    try:
        if live.head() > store.refresh().manifest.journal:
            with store.transaction(wait=60.0) as change:
                fold(change, live, change.store.manifest.journal)
                change.compact("events")
    finally:
        if own:
            live.close()


def _judge(store: Store, todo: Plan, seed: int, watch: Watch) -> dict[str, Scorecard]:
    """Fit every system on the past, and let it be judged on what came after."""
    cut = holdout_cut(store)
    why = "the events span less than two days, so nothing can be held out"
    cards: dict[str, Scorecard] = {}
    overlay: dict[str, ibis.Table] = {}
    with _scratch(store) as scratch:
        for name in todo.runs:
            apart = None if system_class(name).own_holdout else cut
            if apart is None and not system_class(name).own_holdout:
                cards[name] = _unscored(name, why)
                continue
            past: Reader = store if apart is None else store.before(apart)
            past = past.overlay(overlay) if overlay else past
            short = system_class(name).lacks(past)
            if short:
                cards[name] = _unscored(name, f"before the held-out days it has {short}")
                continue
            start = time.monotonic()
            model = _fitted(name, past, seed, watch, "learning from the past")
            watch(name, "judging on held-out rows", 0.0, "")
            try:
                card = model.evaluate(store if apart is None else store.since(apart))
            except Exception as error:
                raise _failed(name, "was judged", error) from error
            for table, rows in model.tables().items():
                overlay[table] = _staged(store, scratch, table, fitted(rows, declared(table)))
            cards[name] = msgspec.structs.replace(
                card,
                name=name,
                seconds=round(time.monotonic() - start, 3),
                cut="" if apart is None else apart.isoformat(),
                served_on_all=True,
            )
    return cards


def _fitted(name: str, view: Reader, seed: int, watch: Watch, phase: str) -> System:
    watch(name, phase, 0.0, "")
    try:
        return system_class(name)().fit(
            view, seed=seed, progress=lambda share, doing: watch(name, phase, share, doing)
        )
    except Exception as error:
        raise _failed(name, "learned", error) from error


def _saved(
    store: Store,
    name: str,
    model: System,
    folder: Path,
    card: Scorecard,
    insist: Collection[str],
    seed: int,
) -> Built:
    folder.mkdir(parents=True)
    cls = type(model)
    try:
        model.save(folder)
        artifacts.seal(
            folder,
            system=name,
            code_version=chowk.__version__,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            seed=seed,
            settings={
                key: store.settings[key]
                for key in ("currency", "time_zone", "locale", "build.holdout_days", "build.seed")
            },
            fingerprints={
                table: mark
                for table in sorted(cls.needs | cls.uses)
                if (mark := store.fingerprint(table))
            },
        )
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise _failed(name, "was saved", error) from error
    enabled = not card.loses or name in insist
    return Built(
        name=name,
        folder=str(folder.relative_to(store.models_path)),
        scorecard=msgspec.structs.replace(card, enabled=enabled),
        enabled=enabled,
    )


def _staged(store: Store, folder: Path, table: str, rows: pa.Table) -> ibis.Table:
    path = folder / f"{table}-{uuid.uuid4().hex[:6]}.parquet"
    pq.write_table(rows, path)
    return store.engine.read(declared(table), [path])


def _scratch(store: Store) -> AbstractContextManager[Path]:
    """A folder that the next import or build clears when this process dies."""
    clear_dead(store.path / ".staging")
    return working_folder(store.path / ".staging", "build")


def _kept(store: Store, built: set[str]) -> list[Built]:
    """The systems of the served build that this one leaves as they are; each is verified."""
    served = artifacts.current(store.models_path)
    if served is None:
        return []
    kept = [b for b in served.systems if b.name not in built]
    for system in kept:
        if system.folder:
            artifacts.verify(store.models_path / system.folder)
    return [msgspec.structs.replace(system, kept=True) for system in kept]


def _unscored(name: str, why: str) -> Scorecard:
    return Scorecard(name=name, metric="", value=None, why=why)


def _failed(name: str, doing: str, error: Exception) -> BuildError:
    if isinstance(error, ChowkError):
        said = str(error)
    else:
        if isinstance(error, RuntimeError) and "interrupted" in str(error).lower():
            raise KeyboardInterrupt from error  # Ctrl-C reached the engine before it reached Python
        said = f"{type(error).__name__}: {error}"
    stop = "" if said.endswith((".", "!", "?")) else "."
    return BuildError(
        f"The system {name} failed while it {doing}: {said}{stop} "
        "The store serves what it served before."
    )


def _tidy(store: Store, journal: Journal | None, folded: int) -> None:
    """Remove what nothing needs any more: old builds, old table versions, folded journal rows."""
    artifacts.prune(store.models_path, store.settings.integer("build.keep"))
    pinned = [build.tables for build in artifacts.builds(store.models_path)]
    with store.transaction(wait=60.0):  # holds the write lock; nothing is committed
        collect(store, pinned)
    own = journal is None
    if own and not store.settings.text("journal.url") and not (store.path / "journal.db").exists():
        return
    live = journal or Journal.of(store)
    try:
        live.prune(folded, timedelta(days=store.settings.number("journal.keep_days")))
    finally:
        if own:
            live.close()
