"""Bodies of requests as declared structs; what does not fit is told by field, rule, value, cure.

A JSON value comes in; a struct of msgspec comes out, or a Problem in words that do not ask the
reader to know msgspec's.
"""

from __future__ import annotations

import difflib
import re
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec
from litestar import Request

from .bodies import document
from .problems import Fault, Problem, shown

Made = TypeVar("Made", bound=msgspec.Struct)

_MISSING = re.compile(r"Object missing required field `(.+?)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+?)`")
_EXPECTED = re.compile(r"Expected `(.+?)`(?:, got `.+?`)?(.*)")
_OWN = re.compile(r"The '(.+?)' parameter of .+? must be (.+)\. Got (.+?) instead\.(.*)", re.DOTALL)
_AGAIN = "Correct it, and send it again."
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "datetime": "a time with a zone, such as 2026-11-08T18:30:00+05:30",
}


async def read_as(request: Request[Any, Any, Any], kind: type[Made], **path: str) -> Made:
    """The body as that struct, with what the path says; Problem 400 that names the field.

    Parameters
    ----------
    path : fields that the path gives; the body may leave them out.
    """
    found = await document(request)
    if not isinstance(found, dict):
        raise _problem(kind, path, Fault("the body", "an object with named fields", shown(found)))
    try:
        return msgspec.convert({**found, **path}, kind)
    except msgspec.ValidationError as error:
        raise _problem(kind, path, _fault(str(error), found, kind, path)) from None


def as_struct(found: Any, kind: type[Made], *, under: str) -> Made:
    """A part of a body, the field `under`, as that struct; Problem 400 that names the field in it.

    Examples
    --------
    >>> class Note(msgspec.Struct, forbid_unknown_fields=True):
    ...     text: str
    >>> as_struct({"text": "hm"}, Note, under="body").text
    'hm'
    >>> as_struct({"txt": "hm"}, Note, under="body")
    Traceback (most recent call last):
    chowk.serve.problems.Problem: The field 'body.txt' must be left out: there is no such field. \
Did you mean 'text'? Nothing was kept.
    """
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        fault = _fault(str(error), found, kind, {})
        place = under if fault.field == "the body" else f"{under}.{fault.field}"
        raise _problem(kind, {}, msgspec.structs.replace(fault, field=place)) from None


def _problem(kind: type[msgspec.Struct], path: dict[str, str], fault: Fault) -> Problem:
    takes = f"It takes: {', '.join(_fields(kind, path))}."
    fault = msgspec.structs.replace(fault, cure=fault.cure or takes)
    name = fault.field if fault.field == "the body" else f"the field {fault.field!r}"
    came = "" if fault.got is None else f"Got {fault.got!r} instead. "
    sentence = f"{name[0].upper()}{name[1:]} must be {fault.rule}. {came}{fault.cure}"
    if not fault.rule:  # another sentence of the struct's
        sentence, fault = fault.cure, msgspec.structs.replace(fault, rule="as it says", cure="")
    return Problem(
        400, "body", "The body breaks a rule", f"{sentence} Nothing was kept.", errors=[fault]
    )


def _fault(said: str, found: Any, kind: type[msgspec.Struct], path: dict[str, str]) -> Fault:
    """What msgspec says, in words."""
    said, _, at = said.partition(" - at `")
    place = at.rstrip("`").removeprefix("$").removeprefix(".")
    if missing := _MISSING.match(said):
        return Fault(_joined(place, missing[1]), "given", None, "")
    if unknown := _UNKNOWN.match(said):
        known = [] if place else list(_fields(kind, path))
        near = difflib.get_close_matches(unknown[1], known, n=1)
        cure = f"Did you mean {near[0]!r}?" if near else ""
        return Fault(_joined(place, unknown[1]), "left out: there is no such field", None, cure)
    got = shown(_value(found, place))
    if expected := _EXPECTED.match(said):
        kinds = [_WORDS.get(one, one) for one in expected[1].split(" | ") if one != "null"]
        return Fault(place or "the body", f"{' or '.join(kinds)}{expected[2]}", got, _AGAIN)
    if own := _OWN.match(said):  # a struct's own rule
        return Fault(_joined(place, own[1]), own[2], shown(_bare(own[3])), own[4].strip() or _AGAIN)
    if place:
        return Fault(place, _rule(said, kind, place), got, _AGAIN)
    return Fault("the body", "", None, said)


def _rule(said: str, kind: type[msgspec.Struct], place: str) -> str:
    """Another of msgspec's sentences as what a value must be."""
    if said.startswith("Invalid enum value"):
        words = get_args(get_type_hints(kind).get(place))
        return f"one of {', '.join(map(str, words))}" if words else "one of the words it may be"
    if "RFC3339" in said:
        return _WORDS["datetime"]
    return f"as it is declared ({said})"


def _bare(text: str) -> str:
    """What a sentence repeats in quotes, without them."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text


def _fields(kind: type[msgspec.Struct], path: dict[str, str]) -> tuple[str, ...]:
    return tuple(name for name in kind.__struct_fields__ if name not in path)


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _value(found: Any, place: str) -> Any:
    """What stands at a place such as `variants[...].share`; None when it cannot be followed."""
    for part in re.findall(r"[^.\[\]]+", place):
        if isinstance(found, dict):
            found = found.get(part)
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found
