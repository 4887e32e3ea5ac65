"""What the server says of itself: /v1/status, /healthz, /readyz, /metrics.

`healthz` is alive as long as the process answers; `readyz` is 503 while something keeps it from
answering well (no build, an unreadable journal, a build that cannot be loaded).
"""

from __future__ import annotations

import os
import time
from typing import Any

import msgspec
from anyio.to_thread import run_sync
from litestar import MediaType, Request, Response, get

import chowk
from chowk.serve.keys import Keyring, needs, secret_of
from chowk.serve.serving import Serving
from chowk.store import schema
from chowk.system import Scorecard, system_names

_LOCAL = frozenset({"127.0.0.1", "::1", "testclient"})


class TableState(msgspec.Struct, frozen=True):
    """One table: rows, and the version of its content."""

    rows: int
    fingerprint: str
    columns: int


class SystemState(msgspec.Struct, frozen=True):
    """One system: whether it serves, why not, and how it was judged."""

    name: str
    serves: bool
    lacks: str = ""
    scorecard: Scorecard | None = None


class JournalState(msgspec.Struct, frozen=True):
    """How far the journal reaches, what this worker shows, and what the build holds."""

    head: int
    applied: int
    built: int
    lag: int


class Status(msgspec.Struct, frozen=True):
    """The store and the server in one answer."""

    store: str
    version: str
    worker: int
    up_seconds: float
    ready: bool
    troubles: list[str]
    build: str
    built_at: str
    tables: dict[str, TableState]
    systems: list[SystemState]
    journal: JournalState


class Health(msgspec.Struct, frozen=True):
    """Whether the process is alive, or ready."""

    status: str
    why: list[str] = []


def troubles(serving: Serving) -> list[str]:
    """What keeps this worker from being ready; empty when nothing does."""
    found = list(serving.troubles.values())
    if serving.models.build is None:
        found.append("This store has no build yet. Run 'chowk build STORE'.")
    return found


def status_of(serving: Serving) -> Status:
    """The state of store and server."""
    models = serving.models
    build = models.build
    manifest = serving.store.manifest
    head = serving.journal.head()
    built = {} if build is None else {system.name: system for system in build.systems}
    systems = []
    for name in system_names():
        held = built.get(name)
        lacks = models.lacks.get(name, "" if held else "it was never built")
        card = None if held is None else held.scorecard
        systems.append(SystemState(name, not lacks, lacks, card))
    tables = {
        name: TableState(version.rows, version.fingerprint, len(schema.TABLES[name].columns))
        for name, version in manifest.tables.items()
        if name in schema.TABLES
    }
    why = troubles(serving)
    return Status(
        store=serving.settings.text("name"),
        version=chowk.__version__,
        worker=os.getpid(),
        up_seconds=round(time.time() - serving.started_at, 1),
        ready=not why,
        troubles=why,
        build=models.name,
        built_at="" if build is None else build.at,
        tables=tables,
        systems=systems,
        journal=JournalState(
            head=head,
            applied=models.applied,
            built=0 if build is None else build.journal,
            lag=max(0, head - models.applied),
        ),
    )


@get(
    "/v1/status",
    opt=needs("staff", "store.read"),
    summary="The store and the server",
    tags=["status"],
)
async def status(request: Request[Any, Any, Any]) -> Status:
    """Tables, build, systems with their scorecards, and how far the journal is."""
    serving = request.app.state.serving

    def work() -> Status:
        with serving.reading():
            return status_of(serving)

    return await run_sync(work)


@get("/healthz", summary="Alive", tags=["status"])
async def healthz() -> Health:
    """200 as long as the process answers."""
    return Health("ok")


@get("/readyz", summary="Ready", tags=["status"])
async def readyz(request: Request[Any, Any, Any]) -> Response[Health]:
    """200 when this worker serves a build and follows the journal, else 503 with the reasons."""
    why = troubles(request.app.state.serving)
    return Response(
        Health("not ready" if why else "ready", why),
        status_code=503 if why else 200,
        media_type=MediaType.JSON,
    )


@get("/metrics", summary="Figures for Prometheus", tags=["status"])
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Open to this machine itself; from elsewhere, or through a proxy, with a staff key."""
    serving = request.app.state.serving
    client = request.client.host if request.client else ""
    forwarded = {"x-forwarded-for", "forwarded", "x-real-ip"} & set(request.headers.keys())
    if client not in _LOCAL or forwarded:
        keyring: Keyring = serving.keyring
        keyring.check(secret_of(request), "staff", "store.read")
    text = await run_sync(lambda: serving.metrics.text(serving.journal.head()))
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
