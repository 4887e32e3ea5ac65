"""Every body that a moderation route reads stands in the OpenAPI document, as it is read."""

from __future__ import annotations

import pytest

OURS = ("/v1/moderation", "/v1alpha1/comments:")
#: Acts that are said by the path alone.
BARE = {("post", "/v1/moderation/items/{item_id}/release")}


@pytest.fixture
def described(client):
    return client.get("/schema/openapi.json").json()["paths"]


def test_every_body_has_a_schema(described):
    seen = 0
    for path, methods in described.items():
        for method in set(methods) & {"post", "put", "patch"}:
            if not path.startswith(OURS) or (method, path) in BARE:
                continue
            body = methods[method].get("requestBody")
            assert body is not None, f"{method} {path} has no body"
            shape = body["content"]["application/json"]["schema"]
            shapes = shape.get("anyOf", [shape])
            assert all(one.get("type") == "object" for one in shapes), (method, path)
            known = any(one.get("properties") for one in shapes)
            assert known or "/chats/" in path, f"{method} {path} names no field"
            assert "$ref" not in str(shape)
            seen += 1
    assert seen >= 24


def test_the_document_says_what_is_refused(client, keys, described):
    """A field that the document calls required is, and one that it does not know is refused."""
    for path in ("messages", "claims", "appeals", "joins"):
        shape = described[f"/v1/moderation/{path}"]["post"]["requestBody"]
        shape = shape["content"]["application/json"]["schema"]
        headers = keys.admin if path == "claims" else keys.shop
        where = f"/v1/moderation/{path}"
        for name in shape.get("required", []):
            texts = {one: "x" for one in shape["required"] if one != name}
            told = client.post(where, json=texts, headers=headers)
            assert told.status_code == 400 and told.json()["errors"][0]["field"] == name
        assert shape["additionalProperties"] is False
        told = client.post(where, json={"colour": "red"}, headers=headers)
        assert told.status_code == 400


def test_bodies_of_documents_and_levels_are_named(described):
    written = described["/v1/moderation/documents/{kind}/{name}"]["put"]["requestBody"]
    body = written["content"]["application/json"]["schema"]["properties"]["body"]["anyOf"]
    assert {"norms", "guides", "accounts", "blur_from", "questions"} <= {
        name for one in body for name in one["properties"]
    }
    change = described["/v1/moderation/settings"]["patch"]
    shape = change["requestBody"]["content"]["application/json"]["schema"]
    assert shape["properties"]["race-ethnicity-religion"]["anyOf"][0]["maximum"] == 4
    assert [one["name"] for one in change["parameters"]] == ["channel"]
