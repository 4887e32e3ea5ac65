"""Coming in and going out: sessions, their cookie, and the token that every form carries.

A staff key pasted into the form, or a one-time ticket in a link, becomes a session at the desk; its
token lies in a cookie that no script reads and no other site sends. A form counts only with the
token made from that session (or, before there is one, from a cookie of its own).
"""

from __future__ import annotations

import hmac
import secrets
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

from anyio.to_thread import run_sync
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from chowk.errors import KeyRefusedError
from chowk.serve.keys import allowed
from chowk.serve.problems import Problem

from .rendering import page

if TYPE_CHECKING:
    from chowk.desk import Key

SESSION = "chowk_session"
_BEFORE = "chowk_before"
#: How long a session lasts, hours.
HOURS = 12
#: Where a form without a valid token is sent back to.
_STALE = "This page was open for too long, or was not made here. Try again."


class Visit(NamedTuple):
    """Who looks at the console: his key, his session's token, the token of his forms."""

    key: Key
    token: str
    csrf: str


async def visit_of(request: Request[Any, Any, Any]) -> Visit | None:
    """The session of a request, or None."""
    token = request.cookies.get(SESSION)
    if not token:
        return None
    serving = request.app.state.serving
    try:
        key = await run_sync(serving.desk.check_session, token)
    except KeyRefusedError:
        return None
    return Visit(key, token, serving.attribution.csrf(token))


async def enter(request: Request[Any, Any, Any]) -> Response[Any] | None:
    """Before each page: to the log-in for who has no session, else nothing."""
    visit = await visit_of(request)
    if visit is None:
        target = request.url.path
        if request.url.query:
            target += f"?{request.url.query}"
        login = f"/console/login?next={quote(target, safe='')}"
        if "hx-request" in request.headers:
            return Response("", status_code=401, headers={"HX-Redirect": login})
        return Redirect(login, status_code=303)
    request.state["visit"] = visit
    key = visit.key
    moderates = key.allows("moderation.read") and not key.allows("store.read")
    if request.url.path == "/console" and moderates:  # a moderator's console is the queue
        return Redirect("/console/moderation", status_code=303)
    allowed(visit.key, "staff", request.route_handler.opt.get("permission", "store.read"))
    return None


async def require_form(request: Request[Any, Any, Any], csrf: str) -> dict[str, str]:
    """A form's fields; Problem 403 when it does not carry `csrf`."""
    form = await request.form()
    fields = {name: str(form[name]) for name in form}
    if not hmac.compare_digest(fields.get("csrf", "").encode(), csrf.encode()):
        raise Problem(403, "form", "The form is not valid any more", _STALE)
    return fields


def _inside(target: str) -> str:
    """Where to go after the log-in: a page of the console, whatever was asked for."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not parts.path.startswith("/console") or "\\" in target:
        return "/console"
    return target


def _opened(request: Request[Any, Any, Any], token: str, target: str) -> Response[Any]:
    answer = Redirect(_inside(target), status_code=303)
    answer.set_cookie(
        Cookie(
            key=SESSION,
            value=token,
            path="/",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
            max_age=HOURS * 3600,
        )
    )
    return answer


def _form(
    request: Request[Any, Any, Any], *, error: str = "", target: str = "", status: int = 200
) -> Response[Any]:
    before = request.cookies.get(_BEFORE) or secrets.token_urlsafe(24)
    serving = request.app.state.serving
    answer = page(
        "login.html",
        status=status,
        store=serving.settings.text("name"),
        visit=None,
        here="login",
        csrf=serving.attribution.csrf(before),
        error=error,
        target=_inside(target),
    )
    answer.set_cookie(
        Cookie(
            key=_BEFORE,
            value=before,
            path="/console",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
            max_age=3600,
        )
    )
    return answer


@get("/console/login", include_in_schema=False)
async def show_login(request: Request[Any, Any, Any]) -> Response[Any]:
    """The form; with `?ticket=`, straight in."""
    ticket = request.query_params.get("ticket")
    target = str(request.query_params.get("next", ""))
    if ticket:
        try:
            desk = request.app.state.serving.desk
            token = await run_sync(partial(desk.redeem_ticket, str(ticket), hours=HOURS))
        except KeyRefusedError as error:
            return _form(request, error=str(error), status=403)
        return _opened(request, token, target)
    if await visit_of(request) is not None:
        return Redirect(_inside(target), status_code=303)
    return _form(request, target=target)


@post("/console/login", include_in_schema=False, status_code=200)
async def login(request: Request[Any, Any, Any]) -> Response[Any]:
    """A pasted key becomes a session."""
    serving = request.app.state.serving
    before = request.cookies.get(_BEFORE, "")
    try:
        fields = await require_form(request, serving.attribution.csrf(before))
    except Problem as problem:
        return _form(request, error=problem.detail, status=403)
    if not before:
        return _form(request, error=_STALE, status=403)
    target = fields.get("next", "")

    def work() -> str:
        key = serving.desk.check_key(fields.get("key", "").strip(), scope="staff")
        ticket = serving.desk.create_ticket(key.key_id, minutes=1)
        session: str = serving.desk.redeem_ticket(ticket, hours=HOURS)
        return session

    try:
        token = await run_sync(work)
    except KeyRefusedError as error:
        return _form(request, error=str(error), target=target, status=403)
    return _opened(request, token, target)


@post("/console/logout", include_in_schema=False, status_code=200)
async def logout(request: Request[Any, Any, Any]) -> Response[Any]:
    """The session ends at the desk, and its cookie goes."""
    visit = await visit_of(request)
    if visit is not None:
        await require_form(request, visit.csrf)
        await run_sync(request.app.state.serving.desk.end_session, visit.token)
    answer = Redirect("/console/login", status_code=303)
    answer.delete_cookie(SESSION, path="/")
    return answer
