"""Every refusal of the server, as a problem document of RFC 9457.

An error of any floor comes in; out goes `application/problem+json` with type, title, status, one
sentence, and a list of fields with their rule, what was sent, and the cure. What was not foreseen
says only the request's id: the traceback goes to the log.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from chowk import logs
from chowk.errors import (
    ChowkError,
    InputError,
    ItemConflictError,
    JournalError,
    JournalFullError,
    KeyRefusedError,
    NotAllowedError,
    NotAtDeskError,
    NotFittedError,
)
from chowk.store.rows import RowError

MEDIA_TYPE = "application/problem+json"
#: Types are names, not addresses: nothing has to answer at them.
TYPE = "urn:chowk:problem:"

_log = logs.get(__name__)


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field that broke a rule."""

    field: str
    rule: str
    got: str | int | float | bool | None = None
    cure: str = ""


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of every answer that is not a success (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = ""
    request_id: str = ""
    errors: tuple[Fault, ...] = ()


class Problem(Exception):
    """A refusal that a route decides on.

    Parameters
    ----------
    status : HTTP status.
    name : the last part of the problem's type, such as `parameter`.
    title : the same words for every problem of that type.
    detail : one sentence about this one: the place, the rule, what came, the cure.
    errors : the fields concerned.
    headers : sent with the answer.
    """

    def __init__(
        self,
        status: int,
        name: str,
        title: str,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def shown(value: object) -> str | int | float | bool | None:
    """`value` as a problem repeats it: scalars as they are, the rest as short text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    try:
        text = value if isinstance(value, str) else repr(value)
    except RecursionError:  # JSON may be nested as deep as it can be read, and no deeper
        text = f"a {type(value).__name__} that is nested too deep to show"
    return text if len(text) <= 80 else text[:77] + "..."


def bad_parameter(route: str, name: str, rule: str, got: object, cure: str = "") -> Problem:
    """A query parameter that broke its rule.

    >>> print(bad_parameter("GET /v1/search", "k", "a whole number in [1, 100]", "0").detail)
    The parameter 'k' of GET /v1/search must be a whole number in [1, 100]. Got '0' instead.
    """
    sentence = f"The parameter {name!r} of {route} must be {rule}. Got {shown(got)!r} instead."
    return Problem(
        400,
        "parameter",
        "A parameter breaks its rule",
        f"{sentence} {cure}".strip(),
        errors=[Fault(name, rule, shown(got), cure)],
    )


def bad_rows(errors: Sequence[RowError]) -> Problem:
    """Rows of a body that broke their table's rules; nothing of the body was kept."""
    more = f" {len(errors) - 1} more are listed." if len(errors) > 1 else ""
    return Problem(
        400,
        "row",
        "A row breaks a rule of its table",
        f"{errors[0]}{more} Nothing of this request was kept.",
        errors=[Fault(_place(e), e.rule, shown(e.got), e.cure) for e in errors],
    )


def _place(error: RowError) -> str:
    where = str(error).split(": the field ", 1)[0]
    return f"{where}.{error.field}" if "[" in where else error.field


def not_found(what: str, identifier: str, cure: str) -> Problem:
    """An id that the store does not have."""
    return Problem(
        404,
        "unknown-" + what,
        f"There is no such {what}",
        f"There is no {what} {shown(identifier)!r} in this store. {cure}",
        errors=[Fault(f"{what}_id", "known", shown(identifier), cure)],
    )


def answer(problem: Problem, request: Request[Any, Any, Any]) -> Response[Any]:
    """The problem as a response."""
    document = ProblemDocument(
        type=TYPE + problem.name,
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        instance=request.url.path,
        request_id=logs.request_id_now() or "",
        errors=problem.errors,
    )
    return Response(
        msgspec.json.encode(document),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=problem.headers,
    )


def problem_of(error: Exception, request: Request[Any, Any, Any]) -> Problem:
    """What to say of any error."""
    match error:
        case Problem():
            return error
        case RowError():
            return bad_rows([error])
        case InputError():
            return Problem(400, "input", "The input breaks a rule", str(error))
        case KeyRefusedError():
            return Problem(403, "key", "The key does not allow this", str(error))
        case NotAllowedError():
            return Problem(403, "permission", "The key's role does not allow this", str(error))
        case NotAtDeskError():
            return Problem(404, "unknown-item", "The desk has no such thing", str(error))
        case ItemConflictError():
            title = "The item is in another state"
            return Problem(409, f"item-{error.why}", title, str(error))
        case JournalFullError():
            return Problem(
                503,
                "busy",
                "The journal is full for the moment",
                str(error),
                headers={"Retry-After": "1"},
            )
        case JournalError():
            return Problem(503, "journal", "The change was not kept", str(error))
        case NotFittedError():
            return Problem(503, "not-built", "The system is not built", str(error))
        case HTTPException():
            return _of_http(error, request)
        case TimeoutError():
            return Problem(
                503,
                "timeout",
                "The answer took too long",
                "The server gave up on this request after its time limit. Send it again, with "
                "less in it; the setting is serve.timeout_seconds.",
            )
    if isinstance(error, ChowkError):
        _log.error("refused", problem=str(error))
        return Problem(500, "store", "The store could not answer", str(error))
    _log.error("failed", exc_info=error, path=request.url.path)
    return Problem(
        500,
        "internal",
        "An error that was not foreseen",
        f"The server failed on this request. Its log has the cause under the request id "
        f"{logs.request_id_now() or 'unknown'}.",
    )


def _of_http(error: HTTPException, request: Request[Any, Any, Any]) -> Problem:
    status, path = error.status_code, request.url.path
    if status == 404:
        known = sorted({route.path for route in request.app.routes if "{" not in route.path})
        near = difflib.get_close_matches(path, known, n=1)
        cure = f"Did you mean {near[0]}?" if near else "GET /schema lists every route."
        return Problem(
            404, "route", "There is no such route", f"There is nothing at {path[:200]}. {cure}"
        )
    if status == 405:
        allowed = (error.headers or {}).get("Allow", "")
        allowed = allowed or (error.headers or {}).get("allow", "")
        cure = f"Use {allowed}." if allowed else "GET /schema lists the methods of every route."
        return Problem(
            405,
            "method",
            "The route has no such method",
            f"{path[:200]} does not answer to {request.method}. {cure}",
            headers={"Allow": allowed} if allowed else {},
        )
    if status == 413:
        limit = request.app.state.serving.settings.integer("serve.max_body_kb")
        return Problem(
            413,
            "too-large",
            "The body is too large",
            f"The body of a request must be at most {limit} KiB. Send it in parts, or raise the "
            "setting serve.max_body_kb.",
        )
    if status >= 500:
        _log.error("failed", exc_info=error, path=path)
        return Problem(status, "internal", "An error that was not foreseen", "The server failed.")
    return Problem(status, "request", "The request cannot be read", str(error.detail))


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Any error as a problem document."""
    return answer(problem_of(error, request), request)
