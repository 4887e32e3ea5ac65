"""The application: routes, guards, errors and documentation put together for one store.

`create_app` gives an ASGI application that Granian runs in each worker and tests run in the
process. Nothing is opened before it starts (ASGI's lifespan), so making one is cheap.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio.to_thread
from litestar import Litestar, Request, Response, Router
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

import chowk

from .console import pages
from .door import Door
from .keys import guard
from .problems import handle, problem_of
from .routes import (
    addresses,
    channel_rules,
    discovery,
    events,
    guarding,
    instantsearch,
    intents,
    language,
    live,
    moderating,
    moderation,
    moderation_live,
    moderators,
    notices,
    offers,
    packaging,
    perspective,
    perspective_discovery,
    products,
    related,
    risk,
    search,
    search_experiments,
    search_insight,
    search_rules,
    status,
)
from .serving import Serving

_V1 = (
    search.search,
    search.suggest,
    search_insight.explain,
    search_insight.analytics,
    *search_experiments.ROUTES,
    search_rules.read,
    search_rules.write,
    search_rules.remove,
    instantsearch.queries,
    instantsearch.query,
    related.related,
    *discovery.ROUTES,
    *live.ROUTES,
    *intents.ROUTES,
    language.parse,
    language.parse_heard,
    language.label,
    language.assistant,
    risk.risk,
    risk.today,
    risk.person,
    risk.identity,
    events.events,
    products.read,
    products.replace,
    products.change,
    products.remove,
    products.batch,
    offers.of_product,
    offers.read,
    offers.replace,
    offers.change,
    offers.remove,
    offers.availability,
    moderating.check,
    moderating.reviews,
    *channel_rules.ROUTES,
    perspective.analyze,
    perspective.suggestscore,
    status.status,
    *packaging.ROUTES,
    *notices.ROUTES,
    *moderation.ROUTES,
    *moderation_live.ROUTES,
    *moderators.ROUTES,
    *guarding.ROUTES,
    addresses.check,
    addresses.insist,
)
#: Threads for what may wait: console pages, the status, PostgreSQL.
_THREADS = 16


def create_app(path: str | os.PathLike[str], **flags: Any) -> Litestar:
    """The ASGI application of the store at `path`.

    Parameters
    ----------
    path : the store's folder.
    flags : settings that win over chowk.toml and the environment, dots as two underscores
        (`serve__max_body_kb=64`).

    Raises
    ------
    StoreNotFoundError, StoreVersionError, SettingsError

    Examples
    --------
    >>> app = create_app(store.path, serve__max_body_kb=64)
    >>> "/v1/search" in {route.path for route in app.routes}
    True
    """
    serving = Serving(path, {name.replace("__", "."): value for name, value in flags.items()})
    origins = [o.strip() for o in serving.settings.text("serve.cors_origins").split(",")]
    origins = [origin for origin in origins if origin]
    app = Litestar(
        route_handlers=[
            Router("/", route_handlers=list(_V1), guards=[guard], security=[{"key": []}]),
            status.healthz,
            status.readyz,
            status.metrics,
            addresses.form,
            perspective_discovery.describe,
            *pages.handlers(),
        ],
        lifespan=[_lifespan(serving)],
        state=State({"serving": serving}),
        exception_handlers={Exception: _refuse},
        request_max_body_size=serving.settings.integer("serve.max_body_kb") * 1024,
        cors_config=_cors(origins) if origins else None,
        openapi_config=_openapi(serving.settings.text("name")),
        debug=False,
        logging_config=None,
    )
    # Around everything, also around what is not a route.
    app.asgi_handler = Door(app.asgi_handler)
    return app


def _refuse(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A problem document; a page for a person who looks at the console."""
    wanted = request.headers.get("accept", "")
    if request.url.path.startswith("/console") and "text/html" in wanted:
        return pages.problem_page(request, problem_of(error, request))
    return handle(request, error)


def _lifespan(serving: Serving) -> Any:
    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        await anyio.to_thread.run_sync(serving.start)
        try:
            yield
        finally:
            # Whom the guards know, and what was counted, outlives the process. Each ends whatever
            # the others do, the server itself last.
            async with AsyncExitStack() as ends:
                ends.push_async_callback(anyio.to_thread.run_sync, serving.stop)
                for name in ("tally", "guards", "authors"):
                    if (one := app.state.get(name)) is not None:
                        ends.push_async_callback(anyio.to_thread.run_sync, one.close)

    return lifespan


def _cors(origins: list[str]) -> CORSConfig:
    return CORSConfig(
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "x-api-key", "content-type", "idempotency-key"],
        allow_credentials=False,
        expose_headers=["x-request-id", "retry-after"],
        max_age=600,
    )


def _openapi(name: str) -> OpenAPIConfig:
    return OpenAPIConfig(
        title=f"Chowk: {name}",
        version=chowk.__version__,
        description=(
            "Search, related products, events and the catalogue of one store. Every refusal is a "
            "problem document (RFC 9457). A change is on disk before it is acknowledged, and seen "
            "by every worker within 200 ms."
        ),
        path="/schema",
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        components=Components(
            security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}
        ),
        use_handler_docstrings=True,
    )
