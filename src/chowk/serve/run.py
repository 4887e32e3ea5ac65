"""Running the server: Granian with as many worker processes as asked, stopped gracefully.

Each worker is a fresh interpreter that makes its own application: nothing that must not cross a
fork (SQLite, DuckDB, threads of a build) can cross it. So a script that calls `serve` needs the
usual `if __name__ == "__main__":`. SIGTERM and SIGINT let requests under way end.
"""

from __future__ import annotations

import errno
import functools
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chowk import logs
from chowk.errors import InputError, ParameterError
from chowk.store.disk import clear_dead, working_folder
from chowk.store.opening import open as open_store
from chowk.store.settings import Settings, strays

from .attribution import store_secret

#: How long requests under way may take after SIGTERM, seconds.
GRACE = 10
#: How long a connection may be open without a whole head of a request, seconds. A worker that is
#: to end waits for such connections, so it is well below `GRACE`: else a browser's spare connection
#: could have the worker killed.
HEAD = 4
#: Connections that may wait to be accepted.
BACKLOG = 2_048

_log = logs.get(__name__)


def serve(
    path: str | os.PathLike[str],
    *,
    host: str | None = None,
    port: int | None = None,
    workers: int | None = None,
    flags: Mapping[str, Any] | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the store at `path` until SIGTERM or SIGINT.

    Parameters
    ----------
    host, port, workers : the settings `serve.host`, `serve.port`, `serve.workers` when None. Port 0
        takes a free one.
    flags : further settings that win over chowk.toml and the environment.
    on_ready : called once, in a thread, with the server's URL when the first worker answers.

    Raises
    ------
    StoreNotFoundError, SettingsError, ParameterError (the port is taken)
    """
    chosen = dict(flags or {})
    for name, value in (("host", host), ("port", port), ("workers", workers)):
        if value is not None:
            chosen[f"serve.{name}"] = value
    with open_store(path, flags=chosen) as store:
        settings = store.settings
        folder = store.path.resolve()
    address, number = settings.text("serve.host"), settings.integer("serve.port")
    number = claimed(address, number)
    store_secret(folder)  # before workers race for it
    with figures() as counted:
        given = {"PROMETHEUS_MULTIPROC_DIR": str(counted), **_threads(settings)}
        before = {name: os.environ.get(name) for name in given}
        os.environ.update(given)
        try:
            _run(folder, chosen, address, number, settings, on_ready)
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _threads(settings: Settings) -> dict[str, str]:
    """How many threads of linear algebra a worker may have: its share of the cores.

    Threads of workers that share cores wait for each other in loops: requests become dearer, not
    faster. What the owner set stands.
    """
    share = str(max(1, (os.cpu_count() or 1) // settings.integer("serve.workers")))
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {name: share for name in names if name not in os.environ}


@contextmanager
def figures() -> Iterator[Path]:
    """Where the workers' counters lie: mapped files, on this machine, removed with the server.

    What a killed server left is removed by the next one.
    """
    place = Path(tempfile.gettempdir()) / f"chowk-metrics-{os.getuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    if place.is_symlink() or place.stat().st_uid != os.getuid():
        raise InputError(f"{place} belongs to somebody else. Remove it, or set TMPDIR.")
    clear_dead(place)
    with working_folder(place, "server") as folder:
        yield folder


def _run(
    folder: Path,
    chosen: Mapping[str, Any],
    address: str,
    number: int,
    settings: Settings,
    on_ready: Callable[[str], None] | None,
) -> None:
    """Start the workers, and wait until they have ended."""
    # Granian puts a server together from its own settings only.
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    server = Granian(
        "chowk.serve.run:worker",
        address=address,
        port=number,
        interface=Interfaces.ASGI,
        workers=settings.integer("serve.workers"),
        backlog=BACKLOG,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD * 1_000),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE,
        log_enabled=True,
        log_level=LogLevels.warning,
        log_dictconfig={"handlers": _handlers()},
    )
    if on_ready is not None:
        _when_ready(_url(address, number), on_ready)
    logs.configure(settings.text("log.level"), settings.text("log.format"))
    for key, meant in strays().items():
        _log.warning("this variable sets nothing", variable=key, perhaps=meant)
    _log.info("server starts", host=address, port=number, workers=server.workers)
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method("spawn", force=True)
    try:
        server.serve(
            target_loader=functools.partial(worker, str(folder), chosen), wrap_loader=False
        )
    finally:
        multiprocessing.set_start_method(before, force=True)


def _handlers() -> dict[str, Any]:
    """Granian's own words go to standard error: standard output is for what was asked."""
    from granian.log import LOGGING_CONFIG

    known: dict[str, dict[str, Any]] = LOGGING_CONFIG["handlers"]  # type: ignore[assignment]
    return {name: {**handler, "stream": "ext://sys.stderr"} for name, handler in known.items()}


def worker(folder: str, flags: Mapping[str, Any]) -> Any:
    """The application of one worker process; Granian calls this in it."""
    from .app import create_app

    _end_with(os.getppid())
    app = create_app(folder, **{name.replace(".", "__"): v for name, v in flags.items()})
    settings = app.state.serving.settings
    logs.configure(settings.text("log.level"), settings.text("log.format"))
    return app


def _end_with(parent: int) -> None:
    """End this worker when its parent is gone: a killed server must not hold its port for ever."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="chowk-parent", daemon=True).start()


def claimed(host: str, port: int) -> int:
    """A port that can be listened on now: the one asked for, or for 0 a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            cure = "Stop what uses it, or choose another with --port."
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                cure = "Choose an address of this machine with --host, such as 127.0.0.1."
            raise ParameterError(
                f"Cannot listen on {host}:{port}: {error.strerror}. {cure}"
            ) from None
        return int(probe.getsockname()[1])


def _url(host: str, port: int) -> str:
    """How this machine itself reaches a server that listens on `host`."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
    host = everywhere.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _when_ready(url: str, call: Callable[[str], None]) -> None:
    def ask() -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{url}/healthz", timeout=2):  # noqa: S310
                    call(url)
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)

    threading.Thread(target=ask, name="chowk-ready", daemon=True).start()
