"""/v1/notices: who would be told of a pick-up point, sending it, what became of it, who wants none.

For staff. Each notice has a key and goes out once; nothing that is answered holds an address, and
where somebody is reached is used for the sending and not kept.
"""

from __future__ import annotations

from typing import Any

from anyio.to_thread import run_sync
from litestar import Request, get, post

from chowk.errors import InputError
from chowk.serve.documented import takes
from chowk.serve.keys import needs
from chowk.serve.noticing import (
    Noticing,
    OptGiven,
    OutcomesGiven,
    ReportSeen,
    RoundGiven,
    RoundSeen,
    RoundSent,
    report_seen,
)
from chowk.serve.problems import Problem
from chowk.serve.structs import read_as

_READS = needs("staff", "delivery.read")
_SENDS = needs("staff", "notices.send")


async def _done(work: Any, *given: Any) -> Any:
    """What a step gives, in a thread; a Problem where it is refused."""
    try:
        return await run_sync(work, *given)
    except InputError as error:
        raise Problem(400, "notices", "The round breaks a rule", str(error)) from None


@post(
    "/v1/notices/preview",
    opt=_READS,
    status_code=200,
    operation_class=takes(RoundGiven),
    summary="Who would be told of which pick-up point, and in which words",
    tags=["delivery"],
)
async def preview(request: Request[Any, Any, Any]) -> RoundSeen:
    """Nothing is sent, and nothing is written."""
    given = await read_as(request, RoundGiven)
    found: RoundSeen = await _done(Noticing(request.app.state.serving).preview, given)
    return found


@post(
    "/v1/notices/send",
    opt=_SENDS,
    status_code=200,
    operation_class=takes(RoundGiven),
    summary="Send what is due of a round, each notice once",
    tags=["delivery"],
)
async def send(request: Request[Any, Any, Any]) -> RoundSent:
    """Sends for up to 15 seconds, at most 500; while `left` is above 0, send the same again."""
    given, key = await read_as(request, RoundGiven), request.state["key"]
    done: RoundSent = await _done(Noticing(request.app.state.serving).send, given, key)
    return done


@post(
    "/v1/notices/outcomes",
    opt=_SENDS,
    status_code=200,
    operation_class=takes(OutcomesGiven),
    summary="Say which notices were opened, used or refused",
    tags=["delivery"],
)
async def outcomes(request: Request[Any, Any, Any]) -> dict[str, int]:
    """`opened` is kept only of those who consented to be asked."""
    given, key = await read_as(request, OutcomesGiven), request.state["key"]
    counts: dict[str, int] = await _done(Noticing(request.app.state.serving).record, given, key)
    return counts


@get(
    "/v1/notices/report",
    opt=_READS,
    summary="Notices by state, and what telling changed",
    tags=["delivery"],
)
async def report(request: Request[Any, Any, Any]) -> ReportSeen:
    """Shares with 95 % intervals, beside those who were not told on purpose."""
    return report_seen(*await _done(Noticing(request.app.state.serving).report))


@post(
    "/v1/notices/opt-out",
    opt=_SENDS,
    status_code=200,
    operation_class=takes(OptGiven),
    summary="Send an address no notices from now on",
    tags=["delivery"],
)
async def opt_out(request: Request[Any, Any, Any]) -> dict[str, bool]:
    """With `opted_out` false, notices go there again; `known` is false where no address of the
    store has the id."""
    given, key = await read_as(request, OptGiven), request.state["key"]
    changed, known = await _done(Noticing(request.app.state.serving).opt, given, key)
    return {"opted_out": given.opted_out, "changed": changed, "known": known}


ROUTES = (preview, send, outcomes, report, opt_out)
