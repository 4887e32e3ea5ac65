"""The norms' page: a channel's norms and guide in its own words, its levels and terms, and consent.

Levels and terms are tried on past messages before they hold for new ones; what a channel shares
with others is said here, and taken back here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from litestar import Request, Response, get, post

from chowk.community.automod import AutoMod
from chowk.community.severity import CATEGORIES
from chowk.community.terms import Term
from chowk.errors import InputError
from chowk.serve.judging import home
from chowk.serve.routes.channel_rules import Kept, change_levels, try_rules

from .page import READS, ROOT, Page, See
from .queue import marked

#: Empty rows for more norms.
MORE = 2


def collect(see: See) -> dict[str, Any]:
    """Norms, guide, consent, levels and terms of the channel, and guides that others share."""
    desk, channel = see.desk, see.channel
    if not channel:
        return {"none": True}
    norms = desk.records.read("norms", channel)
    guide, consent = desk.records.read("guide", channel), desk.records.read("sharing", channel)
    channels = home(see.state)
    channels.refresh(channel)
    shared = {one.name for one in desk.records.documents("sharing") if one.body.get("guides")}
    terms = list(channels.automod.terms(channel))
    return {
        "none": False,
        "norms": [] if norms is None else norms.body["norms"],
        "version": 0 if norms is None else norms.version,
        "more": range(MORE if norms else 4),
        "guide": "" if guide is None else str(guide.body.get("text", "")),
        "guide_version": 0 if guide is None else guide.version,
        "sharing": {} if consent is None else consent.body,
        "others": [
            one
            for one in desk.records.documents("guide")
            if one.name in shared and one.name != channel
        ],
        "levels": channels.automod.settings(channel).as_dict(),
        "categories": CATEGORIES,
        "terms": [term for term in terms if not term.private],
        "private": sum(term.private for term in terms),
        "tried": one(see, channels.automod),
    }


def one(see: See, automod: AutoMod) -> dict[str, Any] | None:
    """What the channel's AutoMod says of a typed message; None without one. Nothing is kept."""
    text = see.asked.get("text", "") if "try" in see.asked else ""
    if not text.strip():
        return None
    told = automod.check(text, see.channel).as_dict()
    levels = sorted(told["levels"].items(), key=lambda pair: -pair[1])
    return {**told, "text": text, "pieces": marked(text, told["spans"]), "levels": levels}


PAGE = Page(
    "norms",
    collect,
    {
        "norms": "The norms are written; decisions stand on them from now on.",
        "guide": "The guide is written.",
        "sharing": "What this channel shares is written down.",
        "levels": "The levels hold from now on.",
        "terms": "The terms hold from now on.",
    },
)


@get(f"{ROOT}/norms", opt=READS, include_in_schema=False)
async def show(request: Request[Any, Any, Any]) -> Response[Any]:
    """The channel's norms."""
    return await PAGE.show(request)


@post(f"{ROOT}/norms", opt=READS, include_in_schema=False, status_code=200)
async def write_norms(request: Request[Any, Any, Any]) -> Response[Any]:
    """Write the norms down; rows without a text are left out."""

    def work(see: See, fields: dict[str, str]) -> str:
        rows = []
        for name, text in sorted(fields.items(), key=lambda pair: (len(pair[0]), pair[0])):
            number = name.removeprefix("text_")
            if name == number or not text.strip():
                continue
            known = fields.get(f"id_{number}", "").strip()
            rows.append({"id": known or named(text), "text": text.strip()})
        see.desk.records.write(
            "norms",
            see.channel,
            {"norms": rows},
            actor=see.key.key_id,
            version=_version(fields),
            reason=fields.get("reason", ""),
        )
        return "norms"

    return await PAGE.act(request, work)


def named(text: str) -> str:
    """A short name for a norm that was given none: its first words.

    >>> named("No spoilers, please, before Sunday!"), named("???")
    ('no-spoilers-please', 'norm')
    """
    words = "".join(c if c.isalnum() else " " for c in text.casefold()).split()
    return "-".join(words[:3])[:40] or "norm"


def _version(fields: dict[str, str]) -> int | None:
    text = fields.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 8 else None


@post(f"{ROOT}/norms/guide", opt=READS, include_in_schema=False, status_code=200)
async def write_guide(request: Request[Any, Any, Any]) -> Response[Any]:
    """Write the guide down: how to read the norms, what to do when in doubt."""

    def work(see: See, fields: dict[str, str]) -> str:
        body = {"text": fields.get("text", "").replace("\r\n", "\n")}
        write = see.desk.records.write
        write("guide", see.channel, body, actor=see.key.key_id, version=_version(fields))
        return "guide"

    return await PAGE.act(request, work)


@post(f"{ROOT}/norms/sharing", opt=READS, include_in_schema=False, status_code=200)
async def write_sharing(request: Request[Any, Any, Any]) -> Response[Any]:
    """Say what other channels may see of this one."""

    def work(see: See, fields: dict[str, str]) -> str:
        body = {name: name in fields for name in ("precedents", "guides")}
        see.desk.records.write("sharing", see.channel, body, actor=see.key.key_id)
        return "sharing"

    return await PAGE.act(request, work)


def _kept(see: See) -> Kept:
    from chowk.serve.watching import require

    require(see.desk, see.key.key_id, "settings.edit", see.channel)
    channels = home(see.state)
    channels.refresh(see.channel)
    return Kept(see.channel, channels, see.desk, see.key.key_id)


def _levels(fields: dict[str, str]) -> dict[str, Any]:
    """The levels of a form; a field that is no number breaks the rule by its own name."""
    found: dict[str, Any] = {}
    for name in CATEGORIES:
        text = fields.get(name, "")
        if text:
            found[name] = int(text) if text.isdecimal() and len(text) < 3 else text
    band = fields.get("band", "")
    if band:
        try:
            found["band"] = float(band)
        except ValueError:
            found["band"] = band
    return found


def _terms(fields: dict[str, str], by: str) -> list[Term]:
    lines = [line.strip() for line in fields.get("terms", "").splitlines()]
    kind: Literal["block", "allow"] = "allow" if fields.get("kind") == "allow" else "block"
    private, until = "private" in fields, fields.get("until", "").strip()
    try:
        ends = datetime.fromisoformat(until) if until else None
    except ValueError:
        raise InputError(
            f"The day until which a term holds must be like 2026-12-31. Got {until[:30]!r}."
        ) from None
    if ends is not None and ends.tzinfo is None:
        ends = ends.replace(tzinfo=UTC)
    return [Term(line, kind, ends, private, by) for line in lines if line]


@post(f"{ROOT}/norms/levels", opt=READS, include_in_schema=False, status_code=200)
async def write_levels(request: Request[Any, Any, Any]) -> Response[Any]:
    """Change the levels."""

    def work(see: See, fields: dict[str, str]) -> str:
        change_levels(_kept(see), _levels(fields))
        return "levels"

    return await PAGE.act(request, work)


@post(f"{ROOT}/norms/terms", opt=READS, include_in_schema=False, status_code=200)
async def write_terms(request: Request[Any, Any, Any]) -> Response[Any]:
    """Add terms, a line each, or take one out."""

    def work(see: See, fields: dict[str, str]) -> str:
        kept = _kept(see)
        own = kept.channels.automod.terms(see.channel)
        before = {"terms": len(own)}
        gone = fields.get("remove", "")
        if gone:
            if not own.remove(gone):
                raise InputError("The channel has no such term any more.")
        else:
            made = _terms(fields, see.key.key_id)
            if not made:
                raise InputError("Write at least one term, a line each.")
            own.add(made)
        kept.changed("terms.changed", before, {"terms": len(own)})
        return "terms"

    return await PAGE.act(request, work)


@post(f"{ROOT}/norms/trial", opt=READS, include_in_schema=False, status_code=200)
async def trial(request: Request[Any, Any, Any]) -> Response[Any]:
    """Try the typed levels or terms on past messages; nothing is changed by it."""
    found: list[Any] = []

    def work(see: See, fields: dict[str, str]) -> str:
        made = _terms(fields, see.key.key_id)
        found.append(try_rules(see.state, _kept(see), _levels(fields), made))
        return ""

    answer = await PAGE.act(request, work)
    if not found:
        return answer
    form = await request.form()
    typed = {name: str(form[name]) for name in form}
    return await PAGE.show(request, typed=typed, trial=found[0])


HANDLERS = (show, write_norms, write_guide, write_sharing, write_levels, write_terms, trial)
