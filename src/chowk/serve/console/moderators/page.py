"""What the moderators' pages share: which channel, what a form did, and how a refusal is shown.

A page is a template and a function that collects what it shows, in a thread. An act is a form: it
is carried out at the desk by the rights of the key's seats, and leads back to its page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from litestar import Request, Response
from litestar.response import Redirect

from chowk.errors import ChowkError, DeskError, InputError, NotAllowedError
from chowk.serve.console import entry
from chowk.serve.console.rendering import page
from chowk.serve.keys import needs
from chowk.serve.watching import require

if TYPE_CHECKING:
    from chowk.desk import Desk, Key
    from chowk.serve.serving import Serving

READS = needs("staff", "moderation.read")
DECIDES = needs("staff", "moderation.decide")
RUNS = needs("staff", "moderation.configure")
OWNS = needs("staff", "roles.grant")
ROOT = "/console/moderation"

#: The pages, in the order of their tabs: name, address, label, and the letter after `g`.
TABS = (
    ("queue", ROOT, "Queue", "q"),
    ("guard", f"{ROOT}/guard", "Guard", "u"),
    ("authors", f"{ROOT}/authors", "Authors", "a"),
    ("reviews", f"{ROOT}/reviews", "Reviews", "e"),
    ("channels", f"{ROOT}/channels", "Channels", "c"),
    ("norms", f"{ROOT}/norms", "Norms", "n"),
    ("memory", f"{ROOT}/memory", "Memory", "m"),
    ("reflection", f"{ROOT}/reflection", "Reflection", "r"),
    ("community", f"{ROOT}/community", "Health", "h"),
    ("people", f"{ROOT}/people", "People", "p"),
    ("survey", f"{ROOT}/survey", "Survey", "s"),
    ("webhooks", f"{ROOT}/webhooks", "Webhooks", "w"),
)


def frame(request: Request[Any, Any, Any], tab: str) -> dict[str, Any]:
    """What every page's frame needs."""
    settings = request.app.state.serving.settings
    return {
        "store": settings.text("name"),
        "currency": settings.text("currency"),
        "visit": request.state["visit"],
        "here": "moderation",
        "tab": tab,
        "tabs": TABS,
    }


def channels_of(desk: Desk, key: Key) -> list[str]:
    """The channels that the holder of a key may see: those with items, norms, or a seat of his."""
    from chowk.desk import KINDS

    found = {queue for kind, queue, _ in desk.queue.counts() if KINDS[kind].seated}
    found |= {one.name for kind in ("norms", "guard") for one in desk.records.documents(kind)}
    found |= {queue for _, queue in desk.seats.of(key.key_id) if queue != "*"}
    return [name for name in sorted(found) if desk.seats.may(key.key_id, "queue.see", name)]


#: Characters of a field that a page shows again after a refusal.
ECHOED = 20_000
#: Pages of one channel, for those who see its items.
_OF_CHANNELS = ("guard", "authors", "norms", "memory", "community")


@dataclass
class See:
    """What a page is made from: who looks, which channel, what was asked or typed."""

    serving: Serving
    key: Key
    channel: str
    channels: list[str]
    asked: Mapping[str, str]
    state: Any

    @property
    def desk(self) -> Desk:
        """The desk."""
        found: Desk = self.serving.desk
        return found

    def may(self, right: str) -> bool:
        """Whether the key's seats have a right in the channel."""
        return self.desk.seats.may(self.key.key_id, right, self.channel)


@dataclass
class Page:
    """One page of the moderators.

    Parameters
    ----------
    name : of `TABS`.
    collect : what the template shows, from a `See`.
    words : what is said after an act, by the word in `?done=`.
    """

    name: str
    collect: Callable[[See], dict[str, Any]]
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where it is."""
        return next(address for name, address, _, _ in TABS if name == self.name)

    async def show(
        self,
        request: Request[Any, Any, Any],
        *,
        error: str = "",
        status: int = 200,
        typed: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Response[Any]:
        """The page; with `error` after an act that was refused, and what was typed."""
        typed = typed or {}
        asked = {name: str(value)[:2_000] for name, value in request.query_params.items()}

        def work() -> tuple[See, dict[str, Any], ChowkError | None]:
            serving, key = request.app.state.serving, request.state["visit"].key
            channels = channels_of(serving.desk, key)
            wanted = named(typed.get("channel") or asked.get("channel", ""))
            channel = wanted or (channels[0] if channels else "")
            see = See(serving, key, channel, channels, {**asked, **typed}, request.app.state)
            try:
                if channel and self.name in _OF_CHANNELS:
                    require(serving.desk, key.key_id, "queue.see", channel)
                return see, self.collect(see), None
            except (NotAllowedError, InputError) as refusal:
                return see, {}, refusal

        see, seen, refused = await run_sync(work)
        return page(
            f"moderators/{self.name}.html",
            status=status if refused is None else status_of(refused),
            **frame(request, self.name),
            seen=seen,
            see=see,
            channel=see.channel,
            channels=see.channels,
            may=see.may,
            refused="" if refused is None else str(refused),
            error=error,
            typed=typed,
            told=self.words.get(asked.get("done", ""), "") if not error else "",
            **{"trial": None, "made": None, **more},
        )

    async def act(
        self, request: Request[Any, Any, Any], work: Callable[[See, dict[str, str]], str]
    ) -> Response[Any]:
        """Carry a form out; `work` gives the word for `?done=`, and where the page goes on."""
        fields = await entry.require_form(request, request.state["visit"].csrf)
        typed = {name: value[:ECHOED] for name, value in fields.items()}
        serving, key = request.app.state.serving, request.state["visit"].key
        channel = named(fields.get("channel", ""))
        see = See(serving, key, channel, [], fields, request.app.state)
        try:
            done = await run_sync(work, see, fields)
        except ChowkError as refusal:
            return await self.show(
                request, error=str(refusal), status=status_of(refusal), typed=typed
            )
        kept = {"channel": channel, "author": fields.get("author", ""), "done": done}
        query = urlencode({name: value for name, value in kept.items() if value})
        return Redirect(f"{self.address}?{query}" if query else self.address, status_code=303)


def named(text: str) -> str:
    """A channel's name as it was asked for, without what no name has (databases refuse some)."""
    return "".join(c for c in text[:128] if c.isprintable() and not "\ud800" <= c <= "\udfff")


def status_of(refusal: ChowkError) -> int:
    """403 for what is not allowed, 409 for what the desk's state refuses, 400 for what was sent."""
    if isinstance(refusal, NotAllowedError):
        return 403
    if isinstance(refusal, InputError):
        return 400
    return 409 if isinstance(refusal, DeskError) else 400


def words(fields: Mapping[str, str], name: str, most: int = 4_000) -> str:
    """A field that says something, in at most so many characters."""
    text = fields.get(name, "").replace("\r\n", "\n").strip()
    if not text:
        raise InputError("Say it in a few words.")
    if len(text) > most:
        raise InputError(f"At most {most} characters are kept. Got {len(text):,}; shorten it.")
    return text


def whole(fields: Mapping[str, str], name: str, otherwise: int) -> int | str:
    """A field as a whole number; as it is when it is none, so that its rule is what refuses it."""
    text = fields.get(name, "").strip()
    if not text:
        return otherwise
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 10 else text
