"""GET /v1/substitutes and GET /v1/next: what they answer, leave out and refuse."""

from __future__ import annotations


def ask(client, keys, path, **params):
    return client.get(path, params=params, headers=keys.shop)


def test_substitutes_are_of_the_category_and_say_why(client, keys):
    answer = ask(client, keys, "/v1/substitutes", product_id="p0", k=5).json()
    assert [hit["product_id"] for hit in answer["hits"]] == ["p2", "p1"]
    assert all("both are Kettles" in hit["reasons"] for hit in answer["hits"])
    assert answer["hits"][0]["product"]["title"] and len(answer["attribution_token"]) == 32
    capped = ask(client, keys, "/v1/substitutes", product_id="p0", per_brand=1, exclude="p2")
    assert [hit["product_id"] for hit in capped.json()["hits"]] == ["p1"]


def test_what_comes_next_follows_the_visit(client, keys):
    for colour in range(3):
        hits = ask(client, keys, "/v1/next", product_id=f"p{colour}", k=3).json()["hits"]
        assert hits[0]["product_id"] == f"p{6 + colour}"
        assert any(f"p{colour}" in reason for reason in hits[0]["reasons"])
        assert f"p{colour}" not in [hit["product_id"] for hit in hits]
    guest = ask(client, keys, "/v1/next", k=4).json()["hits"]
    assert len(guest) == 4 and guest[0]["reasons"][0].startswith("popular")


def test_bad_requests_name_the_parameter(client, keys):
    assert ask(client, keys, "/v1/substitutes").status_code == 400
    assert ask(client, keys, "/v1/substitutes", product_id="nope").status_code == 404
    assert ask(client, keys, "/v1/next", k=0).status_code == 400
    assert ask(client, keys, "/v1/next", product_id="nope").status_code == 200
    assert client.get("/v1/next").status_code in (401, 403)
