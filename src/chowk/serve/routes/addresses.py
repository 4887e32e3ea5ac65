"""/v1/addresses: judge an address while it is typed, and hand one that is insisted on to staff.

A text comes in; score, verdict, parts and reasons go out, and nothing is kept. Where a build
learned the store's own outcomes its scorer answers, else the one that ships. What a customer
insists on becomes an item of the desk's queue, its text in the payload, where it can be erased.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, Response, get, post

from chowk.serve.bodies import document
from chowk.serve.console.rendering import page
from chowk.serve.keys import needs
from chowk.serve.problems import Fault, Problem

#: Longest text that is judged; more is refused.
LONGEST = 2_000


class AddressPart(msgspec.Struct, frozen=True):
    """One part of the address, `text[start:end]` in code points."""

    value: str
    label: str
    start: int
    end: int
    relation: str | None


class AddressReason(msgspec.Struct, frozen=True):
    """What is wrong or missing, and what to do."""

    code: str
    component: str
    message: str
    fix: str


class AddressAnswer(msgspec.Struct, frozen=True):
    """The judgement of an address."""

    score: float
    level: str
    verdict: dict[str, Any]
    reasons: list[AddressReason]
    missing: str | None
    score_with_missing: float
    parts: list[AddressPart]


def _scorer(request: Request[Any, Any, Any]) -> Any:
    """The scorer of the store's own outcomes where a build made one, else the one that ships."""
    state = request.app.state
    found = state.serving.models.addresses or state.get("address_scorer")
    if found is None:
        from chowk.delivery import AddressScorer

        found = state["address_scorer"] = AddressScorer.load("in")
    if state.get("address_scorer_read") is not found:
        found.score("12, MG Road, Indiranagar, Bengaluru 560038")  # reads what it needs
        state["address_scorer_read"] = found
    return found


def _ready(request: Request[Any, Any, Any]) -> bool:
    state = request.app.state
    found = state.serving.models.addresses or state.get("address_scorer")
    return found is not None and state.get("address_scorer_read") is found


async def _text(request: Request[Any, Any, Any]) -> tuple[str, dict[str, Any]]:
    body = await document(request)
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str) or len(text) > LONGEST:
        raise _broken("text", f"text of at most {LONGEST} letters", text)
    return text, body


def _broken(field: str, rule: str, got: object) -> Problem:
    return Problem(
        400, "body", "The body breaks a rule", f"'{field}' must be {rule}.",
        errors=[Fault(field, rule, str(got)[:80], "Correct it and send it again.")],
    )  # fmt: skip


def _judged(scorer: Any, text: str) -> AddressAnswer:
    score = scorer.score(text)
    return AddressAnswer(
        round(score.score, 4),
        score.level,
        score.verdict.google(),
        [AddressReason(r.code, r.component, r.message, r.fix) for r in score.reasons],
        score.missing,
        round(score.with_missing, 4),
        [AddressPart(p.value, p.label, p.start, p.end, p.relation) for p in score.parts],
    )


@post(
    "/v1/addresses/check",
    status_code=200,
    opt=needs("shop", "shop.use"),
    summary="How likely an address is to be found, why not, and what to ask for",
    tags=["delivery"],
)
async def check(request: Request[Any, Any, Any]) -> AddressAnswer:
    """Judge `text`. Nothing is kept."""
    text, _ = await _text(request)
    if not _ready(request):
        return _judged(await run_sync(_scorer, request), text)
    return _judged(_scorer(request), text)  # about a millisecond: a thread would cost more


@post(
    "/v1/addresses/insist",
    status_code=202,
    opt=needs("shop", "shop.use"),
    summary="Hand an address that the customer insists on to staff",
    tags=["delivery"],
)
async def insist(request: Request[Any, Any, Any]) -> Response[Any]:
    """Put `text` before staff, unless it is good. `customer_id` lets it be erased."""
    text, body = await _text(request)
    customer = body.get("customer_id")
    if not text.strip() or "\0" in text:  # databases end a text at a null character
        raise _broken("text", "not empty, and without null characters", text)
    if customer is not None and (not isinstance(customer, str) or "\0" in customer):
        raise _broken("customer_id", "a text, without null characters", customer)
    judged = _judged(await run_sync(_scorer, request), text)
    if judged.level == "good":
        return Response({"queued": False, "item_id": None, "score": judged.score}, status_code=202)
    digest = hashlib.sha256(text.encode()).hexdigest()
    desk = request.app.state.serving.desk
    party = customer[:200] if customer else None
    propose = partial(
        desk.queue.propose,
        "address",
        payload_version=digest[:32],
        payload={"text": text, "judgement": msgspec.to_builtins(judged)},
        party=party,
        priority=round((1 - judged.score) * 10),
    )
    item = await run_sync(propose, f"address:{digest[:16]}")
    if party is not None and item.party != party:
        # Somebody else wrote the same: each is answered, and can be erased, without the other.
        own = hashlib.sha256(f"{party}\0{text}".encode()).hexdigest()
        item = await run_sync(propose, f"address:{own[:16]}")
    return Response(
        {"queued": True, "item_id": item.item_id, "score": judged.score}, status_code=202
    )


@get("/embed/address", include_in_schema=False)
async def form(request: Request[Any, Any, Any]) -> Response[str]:
    """The small form that a checkout embeds: /embed/address#KEY, with a shop's key."""
    settings = request.app.state.serving.settings
    origins = [o.strip() for o in settings.text("serve.cors_origins").split(",")]
    around = " ".join(o for o in origins if o and o != "*") or "'self'"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"base-uri 'none'; frame-ancestors {around}"
    )
    return page(
        "address_form.html",
        headers={"content-security-policy": policy, "x-frame-options": "SAMEORIGIN"},
    )
