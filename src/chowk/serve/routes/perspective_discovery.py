"""GET /$discovery/rest: what Google's API clients read before they call `comments:analyze`.

Those clients build their methods from a discovery document of the service. With this one a program
that was written for Perspective changes the document's address and its key, and nothing else.
Written after Google's description of the format (https://developers.google.com/discovery).
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from chowk import __version__
from chowk.community.perspective import ATTRIBUTES, LANGUAGES

_TEXT, _FLAG = {"type": "string"}, {"type": "boolean"}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": name}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _by_name(values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


#: Only what the two methods read and write.
_SHAPES: dict[str, dict[str, Any]] = {
    "TextEntry": {"text": _TEXT, "type": _TEXT},
    "Context": {"entries": _list(_ref("TextEntry"))},
    "AttributeParameters": {
        "scoreType": _TEXT,
        "scoreThreshold": {"type": "number", "format": "float"},
    },
    "Score": {"value": {"type": "number", "format": "float"}, "type": _TEXT},
    "SpanScore": {"begin": {"type": "integer"}, "end": {"type": "integer"}, "score": _ref("Score")},
    "AttributeScores": {
        "summaryScore": _ref("Score"),
        "spanScores": _list(_ref("SpanScore")),
    },
    "AnalyzeCommentRequest": {
        "comment": _ref("TextEntry"),
        "context": _ref("Context"),
        "requestedAttributes": _by_name(_ref("AttributeParameters")),
        "languages": _list(_TEXT),
        "spanAnnotations": _FLAG,
        "doNotStore": _FLAG,
        "communityId": _TEXT,
        "clientToken": _TEXT,
        "sessionId": _TEXT,
    },
    "AnalyzeCommentResponse": {
        "attributeScores": _by_name(_ref("AttributeScores")),
        "languages": _list(_TEXT),
        "detectedLanguages": _list(_TEXT),
        "clientToken": _TEXT,
    },
    "SuggestCommentScoreRequest": {
        "comment": _ref("TextEntry"),
        "context": _ref("Context"),
        "attributeScores": _by_name(_ref("AttributeScores")),
        "languages": _list(_TEXT),
        "communityId": _TEXT,
        "clientToken": _TEXT,
        "sessionId": _TEXT,
    },
    "SuggestCommentScoreResponse": {
        "detectedLanguages": _list(_TEXT),
        "requestedLanguages": _list(_TEXT),
        "clientToken": _TEXT,
    },
}


def _method(name: str, asked: str, answered: str, says: str) -> dict[str, Any]:
    path = f"v1alpha1/comments:{name}"
    return {
        "id": f"commentanalyzer.comments.{name}",
        "path": path,
        "flatPath": path,
        "httpMethod": "POST",
        "description": says,
        "parameters": {},
        "parameterOrder": [],
        "request": _ref(asked),
        "response": _ref(answered),
    }


def discovery(root: str) -> dict[str, Any]:
    """The discovery document of a server that answers at `root`.

    >>> found = discovery("http://localhost:8000/")
    >>> found["resources"]["comments"]["methods"]["analyze"]["path"]
    'v1alpha1/comments:analyze'
    """
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "version": "v1alpha1",
        "revision": __version__,
        "title": "Chowk: comments:analyze",
        "description": (
            f"Attributes: {', '.join(ATTRIBUTES[:7])}. Languages: {', '.join(LANGUAGES)}."
        ),
        "protocol": "rest",
        "rootUrl": root,
        "baseUrl": root,
        "basePath": "",
        "servicePath": "",
        "batchPath": "batch",
        "parameters": {
            "key": {"type": "string", "location": "query", "description": "A key of the store."},
            "alt": {"type": "string", "location": "query", "default": "json", "enum": ["json"]},
            "prettyPrint": {"type": "boolean", "location": "query", "default": "true"},
        },
        "schemas": {
            name: {"id": name, "type": "object", "properties": fields}
            for name, fields in _SHAPES.items()
        },
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method(
                        "analyze",
                        "AnalyzeCommentRequest",
                        "AnalyzeCommentResponse",
                        "Scores of a comment.",
                    ),
                    "suggestscore": _method(
                        "suggestscore",
                        "SuggestCommentScoreRequest",
                        "SuggestCommentScoreResponse",
                        "What a comment's score should have been.",
                    ),
                }
            }
        },
    }


@get("/$discovery/rest", include_in_schema=False, sync_to_thread=False)
def describe(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """The document; it holds nothing of the store, so it needs no key."""
    # Behind a proxy that ends TLS the server sees http: the owner says what others see. What a
    # caller's own headers say of it is not believed; anybody can send them.
    public = request.app.state.serving.settings.text("serve.public_url").rstrip("/")
    root = f"{public}/" if public else str(request.base_url)
    # Without the setting it is the address that the caller used: no cache may keep it for another.
    return Response(discovery(root), headers={"Cache-Control": "no-store"})
