"""The console's routes: at a glance, the audit, search, and the pieces that they load.

Every page is whole without JavaScript; with it, htmx replaces the part that changed.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from anyio.to_thread import run_sync
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.static_files import create_static_files_router

from chowk.errors import ParameterError
from chowk.logs import personal
from chowk.serve.keys import needs
from chowk.serve.parameters import path_id
from chowk.serve.problems import Problem
from chowk.serve.routes.search_rules import effects_of
from chowk.store import schema
from chowk.store.check import Audit, read_audit
from chowk.store.check import audit as check_store
from chowk.store.store import Store

from . import (
    contagion,
    delivering,
    discovering,
    entry,
    merchandising,
    moderators,
    noticing,
    packaging,
    playground,
)
from .glance import glance
from .pictures import read as read_picture
from .rendering import ASSETS, STATIC, page
from .searching import find

_LOOK = needs("staff", "store.read")
_BUILD = needs("staff", "store.build")
_CATALOGUE = needs("staff", "catalogue.read")


def _shown(request: Request[Any, Any, Any], here: str) -> dict[str, Any]:
    """What every page's frame needs."""
    serving = request.app.state.serving
    return {
        "store": serving.settings.text("name"),
        "currency": serving.settings.text("currency"),
        "visit": request.state["visit"],
        "here": here,
    }


@get("/", include_in_schema=False)
async def root() -> Redirect:
    """The console is what a person finds here."""
    return Redirect("/console", status_code=303)


@get("/console", opt=_LOOK, include_in_schema=False)
async def at_a_glance(request: Request[Any, Any, Any]) -> Response[Any]:
    """The store at a glance."""
    seen = await run_sync(glance, request.app.state.serving)
    return page("glance.html", **_shown(request, "glance"), seen=seen)


@get("/console/audit", opt=_LOOK, include_in_schema=False)
async def show_audit(request: Request[Any, Any, Any]) -> Response[Any]:
    """What is wrong with the data, by the money that it touches."""
    serving = request.app.state.serving

    def work() -> tuple[Audit | None, bool]:
        with serving.reading() as store:
            held = read_audit(store)
            return held, held is not None and _stale(held, store)

    found, stale = await run_sync(work)
    visit = request.state["visit"]
    findings = sorted(found.findings, key=lambda f: (-f.revenue, -f.rows)) if found else []
    masked = not visit.key.allows("customers.read")
    return page(
        "audit.html",
        **_shown(request, "audit"),
        audit=found,
        findings=findings,
        stale=stale,
        hidden=lambda column: masked and personal(column),
    )


@post("/console/audit", opt=_BUILD, include_in_schema=False, status_code=200, name="run-audit")
async def run_audit(request: Request[Any, Any, Any]) -> Response[Any]:
    """Check the tables again."""
    await entry.require_form(request, request.state["visit"].csrf)

    def work() -> None:
        with request.app.state.serving.reading() as store:
            check_store(store)

    await run_sync(work)
    return Redirect("/console/audit", status_code=303)


@get("/console/search", opt=_CATALOGUE, include_in_schema=False)
async def show_search(request: Request[Any, Any, Any]) -> Response[Any]:
    """Search as the shop has it, with reasons; a part of it when htmx asks."""
    models = request.app.state.serving.models
    frame = _shown(request, "search")
    if models.search is None:
        why = models.lacks.get("search", "it was never built")
        return page("search.html", **frame, found=None, why=why, error="")
    error, status = "", 200
    try:
        rules = partial(effects_of, request)
        found = await run_sync(find, models, request.scope["query_string"], rules)
    except (Problem, ParameterError) as problem:
        told = problem if isinstance(problem, Problem) else None
        error, status = (told.detail, told.status) if told else (str(problem), 400)
        found = await run_sync(find, models, b"")
    part = request.headers.get("hx-target") == "answer"
    return page(
        "results.html" if part else "search.html",
        status=200 if part else status,
        headers={"Vary": "HX-Request, HX-Target"},
        **frame,
        found=found,
        why="",
        error=error,
    )


@get("/console/suggest", opt=_CATALOGUE, include_in_schema=False)
async def suggest(request: Request[Any, Any, Any]) -> Response[Any]:
    """Options for the search box."""
    models = request.app.state.serving.models
    typed = str(request.query_params.get("q", ""))[:200]
    found = []
    if models.search is not None:
        rules = effects_of(request, typed, None)
        found = await run_sync(partial(models.search.suggest, typed, k=8, rules=rules))
    return page("suggestions.html", found=found)


@get(
    "/console/image/{product_id:path}",
    opt=_CATALOGUE,
    include_in_schema=False,
)
async def picture(request: Request[Any, Any, Any], product_id: FromPath[str]) -> Response[Any]:
    """A product's picture, when it lies in the store's folder."""
    serving = request.app.state.serving
    product_id = path_id(request, "/console/image/", product_id)
    image = serving.models.catalogue.field(product_id, "image")
    found = await run_sync(read_picture, serving.store.path, image)
    if found is None:
        raise Problem(404, "picture", "No picture", "This product has no picture in the store.")
    content, media = found
    return Response(content, media_type=media, headers={"Cache-Control": "private, max-age=3600"})


def problem_page(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """A refusal as a page, for people."""
    # Who looks is known where a page began to be made; an address without one asks nobody.
    visit = request.state.get("visit")
    return page(
        "problem.html",
        status=problem.status,
        headers=problem.headers,
        store=request.app.state.serving.settings.text("name"),
        visit=visit,
        here="",
        problem=problem,
    )


def handlers() -> list[Any]:
    """Every route of the console."""
    return [
        root,
        entry.show_login,
        entry.login,
        entry.logout,
        Router(
            "/",
            route_handlers=[
                at_a_glance,
                show_audit,
                run_audit,
                show_search,
                suggest,
                picture,
                contagion.show_risk,
                *delivering.HANDLERS,
                *discovering.HANDLERS,
                *merchandising.HANDLERS,
                *packaging.HANDLERS,
                *noticing.HANDLERS,
                *moderators.HANDLERS,
                *playground.HANDLERS,
            ],
            before_request=entry.enter,
        ),
        create_static_files_router(
            path=ASSETS,
            directories=[STATIC],
            cache_control=None,
            include_in_schema=False,
            after_request=_keep,
        ),
    ]


def _stale(held: Audit, store: Store) -> bool:
    """Whether the owner's tables changed since the audit; what a build derives does not count."""
    if held.manifest == store.manifest.version:
        return False
    owned = {n: store.rows(n) for n in store.tables() if schema.TABLES[n].writer is None}
    same = all(held.tables.get(name) == rows for name, rows in owned.items())
    return not same or len(held.accounts) != len(store.manifest.accounts)


def _keep(response: Response[Any]) -> Response[Any]:
    """Static files are asked for with their hash, so they may be kept."""
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
