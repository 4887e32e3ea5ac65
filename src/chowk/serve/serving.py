"""What one server process holds: store, desk, journal, and the build that answers.

Two threads keep it current. One tails the journal and lays new rows over the build, so that every
process shows a change soon after it was acknowledged anywhere; the other looks at the pointer to
the current build, opens a new one beside the old, brings it to the same journal position, and puts
it in place with one assignment. Requests take `serving.models` once and keep what they took.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from anyio.to_thread import run_sync

from chowk import artifacts, logs
from chowk.desk import Desk
from chowk.errors import ChowkError
from chowk.journal import Journal
from chowk.store.opening import open as open_store
from chowk.store.store import Store

from .attribution import Attribution
from .keys import Keyring
from .metrics import Metrics
from .models import Models
from .problems import Problem
from .reaching import Reached
from .webhooks import Telling

#: Longest wait for the journal before other things are looked at, seconds.
TAIL = 0.1
#: How often the pointer to the current build is looked at, seconds.
LOOK = 0.2
#: Rows of the journal that are laid over the build at once.
BATCH = 2_000
#: How long a request waits for this process to show what was acknowledged, seconds.
SHOWN = 0.25
#: How long one waits that cannot be answered before: a late answer is better than none.
AWAITED = 2.0

_log = logs.get(__name__)


class Serving:
    """One process's share of the server.

    Parameters
    ----------
    path : the store's folder.
    flags : settings that win over chowk.toml and the environment.

    Use `start` before the first request and `stop` after the last.
    """

    def __init__(
        self, path: str | os.PathLike[str], flags: Mapping[str, Any] | None = None
    ) -> None:
        self.store = open_store(path, flags=flags)
        self.settings = self.store.settings
        self.metrics = Metrics()
        self.started_at = time.time()
        self.timeout = self.settings.number("serve.timeout_seconds")
        self.log_requests = self.settings.text("log.level") == "debug"
        #: Why this process is not ready, one sentence for each cause; empty when it is.
        self.troubles: dict[str, str] = {}
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        #: Held while rows are laid over a build, and while builds change places.
        self._applying = threading.Lock()
        self._reached = Reached()
        self._seen: tuple[int, ...] = ()
        self._reading = threading.Lock()
        self._remembered: dict[str, tuple[str, Any]] = {}

    # -- life ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Open everything, replay the journal, and begin to follow both."""
        store = self.store
        self.desk = Desk.open(store.settings.text("desk.url") or store.path / "desk.db")
        self.journal = Journal.of(store)
        self.keyring = Keyring(
            self.desk, per_second=store.settings.number("serve.requests_per_second")
        )
        self.attribution = Attribution.of(store.path)
        self._seen = self._pointer()
        self.models = Models(store, artifacts.current(store.models_path))
        self._catch_up(self.models)
        self._tell()
        self.telling = Telling(self.desk)
        self.telling.start()
        for name, work in (("tail", self._tail), ("watch", self._watch)):
            thread = threading.Thread(target=work, name=f"chowk-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)
        _log.info("serving", build=self.models.name, journal=self.models.applied)

    def stop(self) -> None:
        """End the threads and close what is open; what waits for the journal is written."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        if hasattr(self, "telling"):
            self.telling.stop()
        if hasattr(self, "journal"):
            self.journal.close()
        if hasattr(self, "desk"):
            self.desk.close()
        if hasattr(self, "models"):
            self.models.close()
        self.store.close()
        self.metrics.close()

    # -- reading the store --------------------------------------------------------------------

    @contextlib.contextmanager
    def reading(self) -> Iterator[Store]:
        """The store with its newest manifest, for one thread at a time: pages, not requests."""
        with self._reading:
            yield self.store.refresh()

    def remembered(self, key: tuple[str, str], make: Callable[[], Any]) -> Any:
        """What `make` gave for this key last time: figures that change only with the tables."""
        held = self._remembered.get(key[0])
        if held is None or held[0] != key[1]:
            held = self._remembered[key[0]] = (key[1], make())
        return held[1]

    # -- the journal --------------------------------------------------------------------------

    async def shown(self, position: int) -> bool:
        """Whether this process shows the journal up to `position`; waits for it a little."""
        return await self._reached.wait(position, SHOWN)

    async def newest(self) -> Models:
        """What is served, with all that any worker has acknowledged until now.

        Raises
        ------
        Problem : 503, when this process is that far behind: an answer could be a wrong one.
        """
        if await self._reached.wait(await run_sync(self.journal.head), AWAITED):
            return self.models
        raise Problem(
            503,
            "behind",
            "Changes are still being taken in",
            "This server process does not show the newest changes yet, so it cannot say what the "
            "store holds. Nothing was kept. Send the request again in a moment.",
            headers={"Retry-After": "1"},
        )

    def _catch_up(self, models: Models) -> None:
        """Lay all that the journal holds over `models`."""
        head = self.journal.head()
        while rows := self.journal.read(models.applied, BATCH):
            try:
                models.apply(rows)
            except Exception as error:
                _log.error("rows not applied together", exc_info=error, rows=len(rows))
                self._one_by_one(models, [row for row in rows if row.position > models.applied])
            if models is getattr(self, "models", None):
                self._reached.tell(models.applied)
        # Positions may have been given to nothing, or to rows that were pruned.
        models.applied = max(models.applied, head)

    def _one_by_one(self, models: Models, rows: list[Any]) -> None:
        """One row that cannot be applied must not hold up the others."""
        for row in rows:
            try:
                models.apply([row])
            except Exception as error:
                _log.error("row not applied", exc_info=error, position=row.position, kind=row.kind)
                models.applied = row.position

    def _tail(self) -> None:
        while not self._stopping.is_set():
            try:
                if self.journal.wait(self.models.applied, TAIL):
                    with self._applying:
                        self._catch_up(self.models)
                    self._tell()
                self.troubles.pop("journal", None)
            except Exception as error:
                if "journal" not in self.troubles:
                    _log.error("journal not readable", exc_info=error)
                self.troubles["journal"] = f"The journal cannot be read: {error}"
                self._stopping.wait(1.0)

    # -- builds -------------------------------------------------------------------------------

    def _pointer(self) -> tuple[int, ...]:
        """What changes when the file that names the current build is replaced."""
        try:
            found = (self.store.models_path / "current.json").stat()
        except FileNotFoundError:
            return ()
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK):
            pointer = self._pointer()
            if pointer == self._seen:
                continue
            try:
                self.reload()
                self._seen = pointer
                self.troubles.pop("build", None)
            except Exception as error:
                # The old build goes on answering; this is tried again.
                if not isinstance(error, ChowkError):
                    _log.error("new build not loaded", exc_info=error)
                elif "build" not in self.troubles:
                    _log.error("new build not loaded", problem=str(error))
                self.troubles["build"] = f"The new build cannot be loaded: {error}"
                self._stopping.wait(1.0)

    def reload(self) -> bool:
        """Open the current build and put it in the served one's place; False if it is served."""
        store = open_store(self.store.path)
        try:
            build = artifacts.current(store.models_path)
            if build is None or build.build == self.models.name:
                return False
            started = time.perf_counter()
            fresh = Models(store, build)
        finally:
            store.close()
        self._catch_up(fresh)  # most of it, while the old build still follows the journal
        with self._applying:
            self._catch_up(fresh)  # the rest, while neither moves
            self.store.refresh()
            self.models = fresh
        self._tell()
        seconds = round(time.perf_counter() - started, 3)
        _log.info("build changed", build=fresh.name, seconds=seconds)
        return True

    def _tell(self) -> None:
        self._reached.tell(self.models.applied)
        self.metrics.serves(self.models.name, self.models.applied)
