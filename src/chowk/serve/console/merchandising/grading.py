"""The grading page: a merchandiser judges the store's own top queries, and sees what search is
worth.

In go grades of the shown products; out comes NDCG@10 with its interval for two ways of answering.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from anyio.to_thread import run_sync
from litestar import Request, Response, get, post
from litestar.response import Redirect

from chowk.errors import ParameterError
from chowk.search.grading import HIGHEST, Graded, Grades, Scored, scored
from chowk.serve.console import entry
from chowk.serve.console.rendering import page
from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters
from chowk.serve.problems import Problem
from chowk.serve.routes.search_insight import analytics_of
from chowk.serve.routes.search_rules import actor_of, effects_of

ASKED = Parameters(
    "the grading page", Parameter("q", "text", "The query that is judged.", "", high=512)
)
#: Queries that are offered, the commonest, and hits that are judged.
_QUERIES, _HITS = 40, 10
LABELS = ("not at all", "a little", "well", "exactly")


class Seen(NamedTuple):
    """All that the page shows."""

    queries: list[tuple[str, int, bool]]
    query: str
    hits: list[Any]
    grades: dict[str, int]
    served: Scored
    words: Scored


def grades_of(request: Request[Any, Any, Any]) -> Grades:
    """The store's grades, kept for the life of the application."""
    state = request.app.state
    if not hasattr(state, "grades"):
        state.grades = Grades(state.serving.store.path / "grades.json")
    kept: Grades = state.grades
    return kept


def seen(request: Request[Any, Any, Any], query: str) -> Seen:
    """The queries, the page of the one that is judged, and the figures."""
    serving = request.app.state.serving
    engine, grades = serving.models.search, grades_of(request)
    done = grades.every()
    judged = {graded.query for graded in done}
    rows = [
        (row.query, row.searches, row.query in judged)
        for row in analytics_of(serving).queries[:_QUERIES]
    ]
    if not query:
        query = next((name for name, _, is_done in rows if not is_done), "")
    hits = engine.search(query, k=_HITS).hits if query.strip() else []

    def served(text: str, k: int) -> list[str]:
        rules = effects_of(request, text, None)
        return [hit.product_id for hit in engine.search(text, k=k, rules=rules).hits]

    def words(text: str, k: int) -> list[str]:
        found = engine.search(text, k=k, step="text", variety=False)
        return [hit.product_id for hit in found.hits]

    held = grades.of(query) if query else {}
    return Seen(rows, query, hits, held, scored(done, served), scored(done, words))


async def _page(request: Request[Any, Any, Any], query: str, error: str = "") -> Response[Any]:
    from chowk.serve.console.pages import _shown

    models = request.app.state.serving.models
    why = "" if models.search is not None else models.lacks.get("search", "it was never built")
    return page(
        "merchandising/grading.html",
        status=422 if error else 200,
        **_shown(request, "search"),
        tool="grading",
        seen=None if why else await run_sync(seen, request, query),
        labels=LABELS,
        error=error,
        why=why,
        may_write=request.state["visit"].key.allows("merchandising.write"),
    )


@get("/console/search/grading", opt=needs("staff", "store.read"), include_in_schema=False)
async def show_grading(request: Request[Any, Any, Any]) -> Response[Any]:
    """One query's products to judge, the commonest that was not judged yet."""
    try:
        query = ASKED.read(request.scope["query_string"])["q"]
    except Problem as problem:
        return await _page(request, "", problem.detail)
    return await _page(request, query)


@post(
    "/console/search/grading",
    opt=needs("staff", "merchandising.write"),
    include_in_schema=False,
    status_code=200,
)
async def write_grades(request: Request[Any, Any, Any]) -> Response[Any]:
    """Keep the form's grades, and go on to the next query."""
    visit = request.state["visit"]
    form = await entry.require_form(request, visit.csrf)
    query = form.get("q", "")
    try:
        given = {
            name.removeprefix("grade:"): int(value)
            for name, value in form.items()
            if name.startswith("grade:") and value in {str(g) for g in range(HIGHEST + 1)}
        }
        graded = Graded(query=query, grades=given, by=visit.key.key_id)
        await run_sync(grades_of(request).put, graded)
    except ParameterError as problem:
        return await _page(request, "", str(problem))
    await run_sync(_recorded, request, query, len(given))
    return Redirect("/console/search/grading", status_code=303)


def _recorded(request: Request[Any, Any, Any], query: str, products: int) -> None:
    # A customer typed it, and the audit log cannot forget: it names the query without its words.
    digest = hashlib.sha256(query.encode("utf-8", "replace")).hexdigest()[:32]
    request.app.state.serving.desk.record(
        actor=actor_of(request),
        action="search.graded",
        subject=f"search-query:{digest}",
        before=None,
        after={"products": products},
    )


HANDLERS = (show_grading, write_grades)
