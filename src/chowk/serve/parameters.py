"""The parameters of a route's query string: declared once, read strictly, documented in OpenAPI.

A query string comes in and checked values come out; a name that is not declared, a value outside
its limits, or a name given twice that may stand once, is refused with one sentence.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

from litestar import Request
from litestar.openapi.spec import OpenAPIType, Operation, Schema
from litestar.openapi.spec import Parameter as Documented

from .problems import Fault, Problem, bad_parameter

#: Longest query string, bytes, and most names in it.
MAX_QUERY_STRING, MAX_NAMES = 8_192, 100


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name, kind, meaning and limits.

    `kind`: `text`; `int`; `flag` (true or false); `texts` (given several times, or with commas when
    `split`). A name that ends in `.*` takes any name with that beginning, each with many values.
    `low` and `high` limit an int, or the length of a text, or how many texts there may be.
    """

    name: str
    kind: Literal["text", "int", "flag", "texts", "prefix"]
    doc: str
    default: Any = None
    low: int = 0
    high: int = 512
    choices: tuple[str, ...] = ()
    required: bool = False
    split: bool = False


def path_id(request: Request[Any, Any, Any], stem: str, text: str) -> str:
    """The id that stands in the path after `stem`, which may hold a slash as %2F.

    `text` is what the router makes of it, for servers that do not pass on the path as it was sent:
    there, slashes in a row are one, as in any path.
    """
    raw = request.scope.get("raw_path", b"").partition(b"?")[0].decode("latin-1")
    if raw.startswith(stem) and len(raw) > len(stem):
        return unquote(raw.removeprefix(stem))
    return str(text).removeprefix("/")


def path_channel(request: Request[Any, Any, Any], stem: str, text: str, end: str = "") -> str:
    """The channel's id (or a document's name) that stands in the path between `stem` and `end`.

    As `path_id`, save that a slash at the path's end belongs to the path and not to the id, unless
    it is sent as %2F.
    """
    raw = request.scope.get("raw_path", b"").partition(b"?")[0].decode("latin-1")
    if raw.startswith(stem) and len(raw) > len(stem):
        return unquote(raw.removeprefix(stem).rstrip("/").removesuffix(end))
    return str(text).strip("/").removesuffix(end)


class Parameters:
    """The parameters of one route.

    Examples
    --------
    >>> those = Parameters("GET /v1/search", Parameter("k", "int", "How many.", 10, 1, 100))
    >>> those.read(b"k=20"), those.read(b"")
    ({'k': 20}, {'k': 10})
    >>> those.read(b"k=0")
    Traceback (most recent call last):
    chowk.serve.problems.Problem: The parameter 'k' of GET /v1/search must be a whole number in \
[1, 100]. Got '0' instead.
    """

    def __init__(self, route: str, *parameters: Parameter) -> None:
        self.route = route
        self._parameters = parameters
        self._exact = {p.name: p for p in parameters if p.kind != "prefix"}
        self._prefixed = [p for p in parameters if p.kind == "prefix"]
        self._defaults = {p.name.removesuffix(".*"): p.default for p in parameters}

    def read(self, query_string: bytes) -> dict[str, Any]:
        """Every declared parameter's value, by name; Problem (400) for anything else."""
        if len(query_string) > MAX_QUERY_STRING:
            raise Problem(
                414,
                "query-string",
                "The query string is too long",
                f"The query string of {self.route} must be at most {MAX_QUERY_STRING} bytes. "
                f"Got {len(query_string)}. Send fewer or shorter parameters.",
            )
        found = dict(self._defaults)
        for parameter in self._prefixed:
            found[parameter.name.removesuffix(".*")] = {}
        if query_string:
            try:
                pairs = parse_qsl(
                    query_string.decode("utf-8", "replace"),
                    keep_blank_values=True,
                    max_num_fields=MAX_NAMES,
                )
            except ValueError:
                count = query_string.count(b"&") + 1
                raise Problem(
                    400,
                    "parameter",
                    "A parameter breaks its rule",
                    f"The query string of {self.route} may hold at most {MAX_NAMES} names, one for "
                    f"each value. Got {count}. Send fewer.",
                    errors=[
                        Fault(
                            "the query string",
                            f"at most {MAX_NAMES} names",
                            count,
                            "Send fewer.",
                        )
                    ],
                ) from None
            seen: set[str] = set()
            for name, value in pairs:
                self._one(name, value, found, seen)
        for parameter in self._parameters:
            if parameter.required and not found[parameter.name]:
                raise bad_parameter(
                    self.route, parameter.name, "given", None, f"Send {parameter.name}=…"
                )
        return found

    def _one(self, name: str, value: str, found: dict[str, Any], seen: set[str]) -> None:
        parameter = self._exact.get(name)
        if parameter is None:
            for prefixed in self._prefixed:
                stem = prefixed.name.removesuffix("*")
                if name.startswith(stem) and len(name) > len(stem):
                    self._length(name, value, prefixed.low, prefixed.high)
                    found[stem[:-1]].setdefault(name.removeprefix(stem), []).append(value)
                    return
            raise self._unknown(name)
        if parameter.kind == "texts":
            given = value.split(",") if parameter.split else [value]
            values = [] if name not in seen else found[name]
            values = values + [self._length(name, v, 1, 512) for v in given if v or len(given) == 1]
            for one in values if parameter.choices else ():
                if one not in parameter.choices:
                    raise self._no_choice(parameter, one)
            if len(values) > parameter.high:
                rule = f"at most {parameter.high} values"
                raise bad_parameter(self.route, name, rule, len(values), "Send fewer.")
            found[name] = values
        elif name in seen:
            raise bad_parameter(self.route, name, "given once", "several", "Send it once.")
        else:
            found[name] = self._value(parameter, value)
        seen.add(name)

    def _value(self, parameter: Parameter, value: str) -> Any:
        name = parameter.name
        if parameter.kind == "int":
            rule = f"a whole number in [{parameter.low}, {parameter.high}]"
            # Longer digits than any limit has are refused before int() works on them.
            if len(value) > 18 or not value.removeprefix("-").isdecimal():
                raise bad_parameter(self.route, name, rule, value)
            number = int(value)
            if not parameter.low <= number <= parameter.high:
                raise bad_parameter(self.route, name, rule, value)
            return number
        if parameter.kind == "flag":
            if value not in ("true", "false", "1", "0"):
                raise bad_parameter(self.route, name, "true or false", value)
            return value in ("true", "1")
        if parameter.choices and value not in parameter.choices:
            raise self._no_choice(parameter, value)
        return self._length(name, value, parameter.low, parameter.high)

    def _no_choice(self, parameter: Parameter, value: str) -> Problem:
        near = difflib.get_close_matches(value, parameter.choices, n=1)
        cure = f"Did you mean {near[0]!r}?" if near else ""
        rule = f"one of {', '.join(parameter.choices)}"
        return bad_parameter(self.route, parameter.name, rule, value, cure)

    def _length(self, name: str, value: str, low: int, high: int) -> str:
        if "\0" in value:
            raise bad_parameter(self.route, name, "text without null characters", value)
        if not low <= len(value) <= high:
            rule = f"{low} to {high} characters long" if low else f"at most {high} characters long"
            raise bad_parameter(self.route, name, rule, value, f"It has {len(value)}.")
        return value

    def _unknown(self, name: str) -> Problem:
        known = [p.name for p in self._parameters]
        near = difflib.get_close_matches(name, known, n=1)
        cure = f"Did you mean {near[0]!r}?" if near else f"It takes: {', '.join(known)}."
        return Problem(
            400,
            "parameter",
            "A parameter breaks its rule",
            f"{self.route} has no parameter {name[:80]!r}. {cure}",
            errors=[Fault(name[:80], "a known parameter", None, cure)],
        )

    def documented(self) -> list[Documented]:
        """The parameters as OpenAPI lists them."""
        return [_documented(p) for p in self._parameters]

    def operation(self) -> type[Operation]:
        """An OpenAPI operation class that carries these parameters, for a handler."""
        documented = self.documented()

        @dataclass
        class WithParameters(Operation):
            def __post_init__(self) -> None:
                self.parameters = [*(self.parameters or []), *documented]

        return WithParameters


def _documented(parameter: Parameter) -> Documented:
    kinds: Mapping[str, OpenAPIType] = {
        "text": OpenAPIType.STRING,
        "int": OpenAPIType.INTEGER,
        "flag": OpenAPIType.BOOLEAN,
        "texts": OpenAPIType.ARRAY,
        "prefix": OpenAPIType.ARRAY,
    }
    many = parameter.kind in ("texts", "prefix")
    number = parameter.kind == "int"
    text = parameter.kind == "text"
    choices: Sequence[str] | None = parameter.choices or None
    return Documented(
        name=parameter.name,
        param_in="query",
        description=parameter.doc,
        required=parameter.required,
        schema=Schema(
            type=kinds[parameter.kind],
            default=parameter.default,
            minimum=parameter.low if number else None,
            maximum=parameter.high if number else None,
            max_length=parameter.high if text else None,
            enum=list(choices) if choices and not many else None,
            items=Schema(type=OpenAPIType.STRING, enum=list(choices) if choices else None)
            if many
            else None,
        ),
    )
