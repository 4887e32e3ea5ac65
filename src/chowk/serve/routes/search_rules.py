"""GET, PUT and DELETE /v1/search/rules: what a merchandiser decides about searches.

Rules stand in the store's folder as `rules.json` and hold at once in every worker; who changed
which is a row of the desk's audit log.
"""

from __future__ import annotations

from typing import Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, Response, delete, get, put

from chowk.search.rules import NO_EFFECTS, Effects, Rule, RuleBook, effects
from chowk.serve.keys import needs
from chowk.serve.parameters import path_id
from chowk.serve.problems import not_found
from chowk.serve.structs import read_as

_STEM = "/v1/search/rules/"


class RuleList(msgspec.Struct, frozen=True):
    """All rules, by id."""

    rules: tuple[Rule, ...]


def book_of(request: Request[Any, Any, Any]) -> RuleBook:
    """The store's rules, kept for the life of the application."""
    state = request.app.state
    if not hasattr(state, "rule_book"):
        state.rule_book = RuleBook(state.serving.store.path / "rules.json")
    found: RuleBook = state.rule_book
    return found


def effects_of(request: Request[Any, Any, Any], query: str, region: str | None) -> Effects:
    """What the rules do to a search."""
    rules = book_of(request).rules()
    return effects(rules, query, region) if rules else NO_EFFECTS


def hidden_from(request: Request[Any, Any, Any], region: str | None) -> frozenset[str]:
    """What rules without a query hide there: it is in no answer, of whichever system."""
    return effects_of(request, "", region or None).hidden


@get(
    "/v1/search/rules",
    opt=needs("staff", "catalogue.read"),
    summary="The rules of searches",
    tags=["search"],
)
async def read(request: Request[Any, Any, Any]) -> RuleList:
    """Pins, boosts, buries, hidden products and redirects."""
    return RuleList(await run_sync(book_of(request).rules))


@put(
    "/v1/search/rules/{rule_id:path}",
    opt=needs("staff", "merchandising.write"),
    summary="Add or replace a rule",
    tags=["search"],
    status_code=200,
)
async def write(request: Request[Any, Any, Any]) -> Rule:
    """One rule; the id of the path is its own. It holds from now on, or between its dates."""
    rule_id = path_id(request, _STEM, "a rule_id")
    rule = await read_as(request, Rule, rule_id=rule_id)
    book = book_of(request)
    had = {one.rule_id for one in book.rules()}
    kept = await run_sync(book.put, rule)
    await run_sync(recorded, request, "search.rule.put", rule_id, rule.action, rule_id in had)
    return kept


@delete(
    "/v1/search/rules/{rule_id:path}",
    opt=needs("staff", "merchandising.write"),
    summary="Take a rule out",
    tags=["search"],
    status_code=200,
)
async def remove(request: Request[Any, Any, Any]) -> Response[Any]:
    """The rule holds no longer."""
    rule_id = path_id(request, _STEM, "a rule_id")
    if not await run_sync(book_of(request).remove, rule_id):
        raise not_found("rule", rule_id, "GET /v1/search/rules lists those that are there.")
    await run_sync(recorded, request, "search.rule.remove", rule_id, "", True)
    return Response({"removed": rule_id})


def actor_of(request: Request[Any, Any, Any]) -> str:
    """Who asks: the key of a request, or of a visit to the console."""
    state = request.state
    key = state["key"] if "key" in state else state["visit"].key
    return str(key.actor if hasattr(key, "actor") else key.key_id)


def recorded(
    request: Request[Any, Any, Any], action: str, rule_id: str, kind: str, had: bool
) -> None:
    """Write to the audit log who changed which rule."""
    request.app.state.serving.desk.record(
        actor=actor_of(request),
        action=action,
        subject=f"search-rule:{rule_id}",
        before={"there": had},
        after={"action": kind} if kind else None,
    )
