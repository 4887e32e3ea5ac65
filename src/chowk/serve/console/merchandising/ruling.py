"""The rules editor: pins, boosts, buries, hidden products and redirects, with their dates.

A form comes in and is checked as the API checks it; a rule holds at once in every worker, and each
change is a row of the desk's audit log.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from anyio.to_thread import run_sync
from litestar import Request, Response, get, post
from litestar.response import Redirect

from chowk.errors import ParameterError
from chowk.search.rules import Rule
from chowk.serve.console import entry
from chowk.serve.console.rendering import page
from chowk.serve.keys import needs
from chowk.serve.routes.search_rules import book_of, recorded

_WRITE = needs("staff", "merchandising.write")
_ACTIONS = {
    "pin": "pin to a place",
    "boost": "move up",
    "bury": "move down",
    "hide": "hide",
    "redirect": "lead elsewhere",
}
_FIELDS = (
    "rule_id", "action", "query", "match", "product_ids", "position", "weight", "url", "region",
    "start", "end", "note",
)  # fmt: skip


def rule_of(form: dict[str, str]) -> Rule:
    """The rule that a form's fields say; ParameterError names the field that is wrong."""
    given = {name: form.get(name, "").strip() for name in _FIELDS}
    ids = tuple(dict.fromkeys(given["product_ids"].replace(",", " ").split()))
    action = given["action"] if given["action"] in _ACTIONS else "pin"
    return Rule(
        rule_id=given["rule_id"],
        action=action,  # type: ignore[arg-type]
        query=given["query"],
        match="contains" if given["match"] == "contains" else "exact",
        product_ids=ids if action != "redirect" else (),
        position=_whole(given["position"] or "1"),
        weight=_number(given["weight"] or "0.5"),
        url=given["url"] if action == "redirect" else "",
        region=given["region"],
        start=_moment("start", given["start"]),
        end=_moment("end", given["end"]),
        note=given["note"][:500],
    )


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _moment(name: str, text: str) -> datetime | None:
    """A day or a moment of a form, as UTC where it does not say."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ParameterError(
            f"The '{name}' must be a day such as 2026-11-01. Got {text[:40]!r} instead."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def _page(
    request: Request[Any, Any, Any], error: str = "", form: dict[str, str] | None = None
) -> Response[Any]:
    from chowk.serve.console.pages import _shown

    rules = await run_sync(book_of(request).rules)
    visit = request.state["visit"]
    now = datetime.now(UTC)
    return page(
        "merchandising/rules.html",
        status=422 if error else 200,
        **_shown(request, "search"),
        tool="rules",
        rules=[
            (rule, (rule.start or now) <= now < (rule.end or datetime.max.replace(tzinfo=UTC)))
            for rule in rules
        ],
        actions=_ACTIONS,
        error=error,
        form=form or {},
        may_write=visit.key.allows("merchandising.write"),
    )


@get("/console/search/rules", opt=needs("staff", "catalogue.read"), include_in_schema=False)
async def show_rules(request: Request[Any, Any, Any]) -> Response[Any]:
    """The rules that are there, and a form for one more; `edit` fills it with one of them."""
    chosen = request.query_params.get("edit")
    rules = {rule.rule_id: rule for rule in await run_sync(book_of(request).rules)}
    form = None
    if chosen in rules:
        rule = rules[chosen]
        form = {name: str(getattr(rule, name) or "") for name in _FIELDS}
        form["product_ids"] = " ".join(rule.product_ids)
        for name in ("start", "end"):
            moment = getattr(rule, name)
            form[name] = moment.date().isoformat() if moment else ""
    return await _page(request, form=form)


@post("/console/search/rules", opt=_WRITE, include_in_schema=False, status_code=200)
async def write_rule(request: Request[Any, Any, Any]) -> Response[Any]:
    """Keep the form's rule, or take one out."""
    form = await entry.require_form(request, request.state["visit"].csrf)
    book = book_of(request)
    had = {rule.rule_id for rule in await run_sync(book.rules)}
    if "remove" in form:
        if await run_sync(book.remove, form["remove"]):
            await run_sync(recorded, request, "search.rule.remove", form["remove"], "", True)
        return Redirect("/console/search/rules", status_code=303)
    try:
        rule = rule_of(form)
        await run_sync(book.put, rule)
    except ParameterError as problem:
        return await _page(request, str(problem), form)
    action, there = rule.action, rule.rule_id in had
    await run_sync(recorded, request, "search.rule.put", rule.rule_id, action, there)
    return Redirect("/console/search/rules", status_code=303)


HANDLERS = (show_rules, write_rule)
