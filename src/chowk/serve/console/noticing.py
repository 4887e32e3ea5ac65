"""The console's page on pick-up notices: a round looked at and sent, its states, and what it did.

In go a zone or buildings, a stage and a last day; out come who would be told, in which words, who
is held back and who opted out, then a button that sends. Where people are reached may be pasted for
a hook that has to be told; it is used once and not kept. Every act works without JavaScript.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, Response, get, post

from chowk.delivery.pickup.people import people_of_csv
from chowk.delivery.pickup.wording import STAGES, TEMPLATES, worded
from chowk.errors import DeskError, InputError
from chowk.serve.keys import needs
from chowk.serve.noticing import (
    Noticing,
    OptGiven,
    PersonGiven,
    RoundGiven,
    RoundSeen,
    RoundSent,
    many,
)
from chowk.serve.structs import as_struct

from . import entry
from .rendering import page

_READS = needs("staff", "delivery.read")
_SENDS = needs("staff", "notices.send")
#: What the form holds, with what stands in it at first.
_FIELDS = {
    "zone": "", "buildings": "", "stage": "ready", "until": "", "language": "",
    "quiet_from": "21:00", "quiet_to": "9:00", "hold_back": "10", "people": "",
}  # fmt: skip
#: Languages by the names that their speakers give them.
LANGUAGES = {"en": "English", "hi": "हिन्दी", "mr": "मराठी", "es": "Español"}
#: Most ids of those who opted out that are shown.
SHOWN = 50


@get("/console/notices", opt=_READS, include_in_schema=False)
async def show_notices(request: Request[Any, Any, Any]) -> Response[Any]:
    """The form, states, and what the notices did."""
    return await _page(request, dict(_FIELDS))


@post("/console/notices/preview", opt=_READS, include_in_schema=False, status_code=200)
async def preview_notices(request: Request[Any, Any, Any]) -> Response[Any]:
    """Who would be told what."""
    fields = await entry.require_form(request, request.state["visit"].csrf)
    return await _step(request, fields, sending=False)


@post("/console/notices/send", opt=_SENDS, include_in_schema=False, status_code=200)
async def send_notices(request: Request[Any, Any, Any]) -> Response[Any]:
    """Send what was looked at; what went out before is passed over."""
    fields = await entry.require_form(request, request.state["visit"].csrf)
    return await _step(request, fields, sending=True)


@post("/console/notices/opt-out", opt=_SENDS, include_in_schema=False, status_code=200)
async def opt_out(request: Request[Any, Any, Any]) -> Response[Any]:
    """Send an address no notices from now on, or let them go there again."""
    fields = await entry.require_form(request, request.state["visit"].csrf)
    noticing, key = Noticing(request.app.state.serving), request.state["visit"].key
    shut = fields.get("act") != "back"
    try:
        given = OptGiven(address_id=fields.get("address_id", "").strip(), opted_out=shut)
        changed, known = await run_sync(noticing.opt, given, key)
    except (InputError, DeskError) as error:
        return await _page(request, dict(_FIELDS), error=str(error), status=400)
    said = "gets no notices any more" if shut else "gets notices again"
    note = "" if known else " No address of this store has this id now."
    return await _page(
        request, dict(_FIELDS), told=f"The address {said}{'' if changed else ', as before'}.{note}"
    )


async def _step(
    request: Request[Any, Any, Any], fields: dict[str, str], *, sending: bool
) -> Response[Any]:
    """Look at the round of a form and, where that is asked, send it."""
    kept = {name: fields.get(name, first) for name, first in _FIELDS.items()}
    noticing, key = Noticing(request.app.state.serving), request.state["visit"].key
    sent: RoundSent | None = None
    try:
        given = _given(kept)
        if sending:
            sent = await run_sync(noticing.send, given, key)
        found = await run_sync(noticing.preview, given)
    except (InputError, DeskError) as error:
        return await _page(request, kept, error=str(error), status=400)
    return await _page(request, kept, found=found, sent=sent)


def _given(fields: dict[str, str]) -> RoundGiven:
    """The round of a form; Problem or InputError where a field breaks its rule."""
    try:
        share = float(fields["hold_back"].replace(",", ".")) / 100
    except ValueError:
        share = -1.0
    if not 0 <= share < 1:
        raise InputError(
            f"Held back must be a share in percent, from 0 to below 100. Got "
            f"{fields['hold_back'][:20]!r} instead."
        )
    if not fields["until"]:
        raise InputError("The last day at the point is missing. Choose one.")
    people = [
        PersonGiven(
            address_id=one, to=person.to, language=person.language, parcel=person.parcel,
            consented=person.consented, opted_out=person.opted_out,
        )
        for one, person in people_of_csv(fields["people"]).items()
    ]  # fmt: skip
    body = {
        "zone": many(fields["zone"]),
        "buildings": many(fields["buildings"]),
        "hold_back": share,
        **{name: fields[name] for name in ("stage", "until", "quiet_from", "quiet_to", "language")},
        "people": msgspec.to_builtins(people),
    }
    return as_struct(body, RoundGiven, under="the form")


async def _page(
    request: Request[Any, Any, Any],
    fields: dict[str, str],
    *,
    found: RoundSeen | None = None,
    sent: RoundSent | None = None,
    error: str = "",
    told: str = "",
    status: int = 200,
) -> Response[Any]:
    from .pages import _shown

    serving, key = request.app.state.serving, request.state["visit"].key
    noticing = Noticing(serving)

    def hook() -> tuple[str, str]:
        try:
            known = noticing.hook()
        except InputError as problem:
            return "", str(problem)
        return ("", "") if known is None else (known.place, "")

    place, lacks = hook()
    states, opted_out, report = await run_sync(noticing.report)
    stage = fields["stage"] if fields["stage"] in STAGES else "ready"
    if not fields["until"]:
        fields["until"] = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()
    return page(
        "notices.html",
        status=status,
        **_shown(request, "delivery"),
        error=error,
        told=told,
        fields=fields,
        stages=STAGES,
        languages=LANGUAGES,
        wordings=[
            (code, name, *worded(stage, code, "…", "…"))
            for code, name in LANGUAGES.items()
            if code in TEMPLATES
        ],
        found=found,
        sent=sent,
        hook=place,
        lacks=lacks,
        states=states,
        report=report if states else None,
        opted_out=sorted(opted_out),
        shown=SHOWN,
        may_send=key.allows("notices.send"),
        zone=serving.settings.text("time_zone"),
    )


HANDLERS = (show_notices, preview_notices, send_notices, opt_out)
