"""The channels' page: what waits in each, and closing one that is no more.

Closing ends what waits, as if denied, and its senders are told; the number is shown first, and when
there is more by then, nothing is closed. Norms, terms and what was decided stay.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post

from chowk.desk import KINDS
from chowk.errors import InputError
from chowk.serve.routes.guarding import open_in
from chowk.serve.watching import require

from .page import DECIDES, READS, ROOT, Page, See, words


def collect(see: See) -> dict[str, Any]:
    """The channels that the reader sees, with what there is in them."""
    counts = see.desk.queue.counts()
    may = see.desk.seats.may
    normed = {one.name for one in see.desk.records.documents("norms")}
    rows = []
    for name in see.channels:
        own = {
            state: sum(
                count
                for (kind, queue, at), count in counts.items()
                if queue == name and at == state and KINDS[kind].seated
            )
            for state in ("waiting", "claimed", "approved", "denied", "expired")
        }
        rows.append(
            {
                "name": name,
                **own,
                "open": own["waiting"] + own["claimed"],
                "norms": name in normed,
                "may_close": may(see.key.key_id, "queue.many", name),
            }
        )
    return {"rows": rows, "chosen": see.asked.get("channel", "")}


PAGE = Page("channels", collect, {"closed": "The channel is closed: nothing waits there any more."})


@get(f"{ROOT}/channels", opt=READS, include_in_schema=False)
async def show(request: Request[Any, Any, Any]) -> Response[Any]:
    """The channels."""
    return await PAGE.show(request)


@post(f"{ROOT}/channels/close", opt=DECIDES, include_in_schema=False, status_code=200)
async def close(request: Request[Any, Any, Any]) -> Response[Any]:
    """Close a channel, when as much waits there as was shown."""

    def work(see: See, fields: dict[str, str]) -> str:
        if not see.channel:
            raise InputError("Say which channel is no more.")
        require(see.desk, see.key.key_id, "queue.many", see.channel)
        reason, count = words(fields, "reason", 2_000), open_in(see.desk, see.channel)
        if str(count) != fields.get("count"):
            raise InputError(
                f"{count} items are open in {see.channel} now, and you were shown "
                f"{fields.get('count', 'none')[:7]}. Nothing was closed; look again."
            )
        see.desk.queue.close(see.channel, actor=see.key.key_id, reason=reason)
        return "closed"

    return await PAGE.act(request, work)


HANDLERS = (show, close)
