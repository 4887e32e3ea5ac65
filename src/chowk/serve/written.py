"""What moderators write down by HTTP, kind by kind: the bodies of documents and remarks.

A body comes in as JSON; one that fits its kind goes on to the desk, and anything else is refused by
field, rule, value and cure. A field that nobody reads would be kept and do nothing, so there is
none: a slip of the pen is told, not kept. A channel's levels and terms are no document: they live
at `/v1/moderation/settings` and `/terms`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from chowk.community.care import Care
from chowk.desk.records import KEPT, REMARKS

from .guarding import Guard, guard_of
from .problems import bad_parameter
from .structs import as_struct

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Said = Annotated[str, msgspec.Meta(max_length=4_000)]


class Strict(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What takes its own fields and no others."""


class Norm(Strict):
    """One norm: a short name that stays with decisions, and its text."""

    id: Short
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]


class Norms(Strict):
    """A channel's norms in its own words."""

    norms: Annotated[list[Norm], msgspec.Meta(min_length=1, max_length=100)]


class Guide(Strict):
    """How to read the norms, and what to do when in doubt."""

    text: Annotated[str, msgspec.Meta(max_length=20_000)]


class Sharing(Strict):
    """What other channels may see of this one."""

    precedents: bool = False
    guides: bool = False


class Question(Strict):
    """One question of a survey, answered from 1 (no) to 5 (yes)."""

    id: Short
    text: Said = ""
    scale: Literal[5] = 5


class Survey(Strict):
    """A survey of moderators; results are shown for groups of five or more, by the answers to
    `groups`."""

    questions: Annotated[list[Question], msgspec.Meta(min_length=1, max_length=100)]
    title: Said = ""
    about: Said = ""
    groups: Short | None = None


class Note(Strict):
    """A note, or what is handed over to whoever comes next."""

    text: Words


class Strike(Strict):
    """A strike; it fades by half in 30 days."""

    weight: Annotated[float, msgspec.Meta(ge=0, le=10)] = 1
    text: Said = ""


class KindAct(Strict):
    """A kind or helpful act."""

    text: Said = ""


class Ban(Strict):
    """An account that a platform's people banned, to be known when it comes back."""

    text: Said = ""
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    created_at: datetime | None = None
    messages: Annotated[list[Said], msgspec.Meta(max_length=200)] = []
    hours: Annotated[
        list[Annotated[int, msgspec.Meta(ge=0, le=23)]], msgspec.Meta(max_length=2_000)
    ] = []


class Watch(Strict):
    """An account that may be a banned one: whom it resembles, how sure that is, and why."""

    verdict: Annotated[str, msgspec.Meta(pattern="^(likely|possible|unknown)$")]
    of: Annotated[str, msgspec.Meta(max_length=300)] = ""
    reasons: Annotated[list[Said], msgspec.Meta(max_length=20)] = []


#: The body of each kind of document, and of each kind of remark.
DOCUMENTS: Mapping[str, type[msgspec.Struct]] = {
    "norms": Norms,
    "guide": Guide,
    "sharing": Sharing,
    "guard": Guard,
    "care": Care,
    "survey": Survey,
}
REMARKED: Mapping[str, type[msgspec.Struct]] = {
    "note": Note,
    "hand_over": Note,
    "strike": Strike,
    "kind_act": KindAct,
    "ban": Ban,
    "watch": Watch,
}
if set(DOCUMENTS) != set(KEPT) or set(REMARKED) != set(REMARKS):  # pragma: no cover
    raise AssertionError("a kind of document or remark has no body")


def check_kind(route: str, kind: str) -> None:
    """Problem 400 for a kind of document that there is not."""
    if kind == "settings":
        cure = "A channel's levels are at /v1/moderation/settings?channel=…, its terms at /terms."
        raise bad_parameter(route, "kind", f"one of {', '.join(DOCUMENTS)}", kind, cure)
    if kind not in DOCUMENTS:
        raise bad_parameter(route, "kind", f"one of {', '.join(DOCUMENTS)}", kind)


def check_document(kind: str, body: dict[str, Any]) -> None:
    """Problem 400 for a document's body that is none of its kind."""
    if kind == "guard":  # its limits are told with their names and numbers
        guard_of(body)
        return
    unknown = sorted(set(body) - set(DOCUMENTS[kind].__struct_fields__))
    if kind == "care" and unknown:
        known = ", ".join(Care.__struct_fields__)
        route = "PUT /v1/moderation/documents/care"
        raise bad_parameter(route, f"body.{unknown[0]}", f"one of {known}", unknown[0])
    made = as_struct(body, DOCUMENTS[kind], under="body")
    if isinstance(made, Norms | Survey):
        named = [one.id for one in (made.norms if isinstance(made, Norms) else made.questions)]
        twice = sorted({one for one in named if named.count(one) > 1})
        if twice:
            route = f"PUT /v1/moderation/documents/{kind}"
            raise bad_parameter(route, "body", "a list whose ids are all different", twice[0])


def check_remark(kind: str, body: dict[str, Any]) -> None:
    """Problem 400 for a remark's body that is none of its kind."""
    if kind not in REMARKED:
        route = "POST /v1/moderation/remarks"
        raise bad_parameter(route, "kind", f"one of {', '.join(REMARKED)}", kind)
    as_struct(body, REMARKED[kind], under="body")


def check_answer(survey: Mapping[str, Any], body: dict[str, Any]) -> None:
    """Problem 400 for an answer that nobody would count: it could not be found again to be mended.

    Parameters
    ----------
    survey : the body of the survey's document.
    """
    route = "POST /v1/moderation/surveys"
    asked = [str(one["id"]) for one in survey.get("questions", ())]
    groups = str(survey.get("groups") or "")
    known = [*asked, *([groups] if groups else [])]
    for name, value in body.items():
        place = f"body.{name[:80]}"
        if name not in known:
            raise bad_parameter(route, place, f"one of {', '.join(known)}", name)
        if name == groups and name not in asked:
            if not isinstance(value, str) or not 1 <= len(value) <= 64:
                raise bad_parameter(route, place, "a group, as text of 1 to 64 characters", value)
        elif type(value) is not int or not 1 <= value <= 5:
            raise bad_parameter(route, place, "a whole number from 1 (no) to 5 (yes)", value)
    if not set(body) & set(asked):
        raise bad_parameter(route, "body", f"an answer to one of {', '.join(asked)} at least", None)
