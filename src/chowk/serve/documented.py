"""Bodies of requests as OpenAPI shows them, made from the structs that read them.

A route's struct comes in; an operation class with its request body goes out, so that what a client
is told and what the server takes are one thing. The schemas are msgspec's own, with what they refer
to written where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema

from .parameters import Parameters

_REF = "#/$defs/"


@dataclass
class _Ready(Schema):
    """A schema that is JSON already."""

    ready: dict[str, Any] = field(default_factory=dict)

    def to_schema(self) -> dict[str, Any]:
        return self.ready


def schema_of(shape: Any) -> dict[str, Any]:
    """The JSON schema of a type, without references.

    Examples
    --------
    >>> class Said(msgspec.Struct, forbid_unknown_fields=True):
    ...     text: str
    >>> schema_of(Said)["required"], schema_of(Said)["additionalProperties"]
    (['text'], False)
    """
    whole = msgspec.json.schema(shape)
    known = whole.pop("$defs", {})

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return plain(known[value["$ref"].removeprefix(_REF)])
            return {name: plain(one) for name, one in value.items()}
        return [plain(one) for one in value] if isinstance(value, list) else value

    found: dict[str, Any] = plain(whole)
    return found


def takes(
    *shapes: Any,
    parameters: Parameters | None = None,
    parts: Mapping[str, Iterable[Any]] | None = None,
    required: bool = True,
) -> type[Operation]:
    """An OpenAPI operation class for a route whose body is one of these shapes.

    Parameters
    ----------
    shapes : types that msgspec describes.
    parameters : those of the query string.
    parts : by field, the shapes that it may have where the struct only says that it is an object.
    required : whether there has to be a body.
    """
    made = [schema_of(shape) for shape in shapes]
    for name, kinds in (parts or {}).items():
        for one in made:
            if name in one.get("properties", {}):
                one["properties"][name] = {"anyOf": [schema_of(kind) for kind in kinds]}
    whole = made[0] if len(made) == 1 else {"anyOf": made}
    content = {"application/json": OpenAPIMediaType(schema=_Ready(ready=whole))}
    asked = [] if parameters is None else parameters.documented()

    @dataclass
    class WithBody(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody(content=content, required=required)
            self.parameters = [*(self.parameters or []), *asked]

    return WithBody
