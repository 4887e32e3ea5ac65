"""Rules and the InstantSearch shape over HTTP; answers are known from the small store."""

import time

import pytest


@pytest.fixture
def rule(client, keys):
    def put(rule_id, **fields):
        answer = client.put(f"/v1/search/rules/{rule_id}", json=fields, headers=keys.admin)
        assert answer.status_code == 200, answer.text
        return answer.json()

    yield put
    for one in client.get("/v1/search/rules", headers=keys.admin).json()["rules"]:
        client.delete(f"/v1/search/rules/{one['rule_id']}", headers=keys.admin)


def ids(client, keys, query, **more):
    answer = client.get("/v1/search", params={"q": query, **more}, headers=keys.shop)
    return [hit["product_id"] for hit in answer.json()["hits"]]


def until(check, seconds=5.0):
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def test_a_rule_holds_at_once_and_its_change_is_audited(client, keys, rule):
    before = ids(client, keys, "kettle")
    rule("first", action="pin", query="kettle", product_ids=["p2"])
    assert ids(client, keys, "kettle")[0] == "p2"
    rule("gone", action="hide", product_ids=["p2"])
    assert ids(client, keys, "kettle") == [one for one in before if one != "p2"]
    assert client.delete("/v1/search/rules/gone", headers=keys.admin).json() == {"removed": "gone"}
    assert client.delete("/v1/search/rules/gone", headers=keys.admin).status_code == 404
    rows = client.app.state.serving.desk.audit(limit=1000, subject="search-rule:gone")
    assert [row.action for row in rows] == ["search.rule.put", "search.rule.remove"]


def test_a_redirect_is_told_with_the_answer(client, keys, rule):
    rule("sale", action="redirect", query="big sale", url="/sale")
    answer = client.get("/v1/search", params={"q": "Sale big"}, headers=keys.shop).json()
    assert (answer["redirect"], answer["rules"]) == ("/sale", ["sale"])


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "pin"},
        {"action": "jump", "product_ids": ["p1"]},
        {"action": "hide", "product_ids": 1},
    ],
)
def test_a_rule_that_cannot_be_is_refused(client, keys, fields):
    answer = client.put("/v1/search/rules/x", json=fields, headers=keys.admin)
    assert answer.status_code in (400, 422)
    assert client.get("/v1/search/rules", headers=keys.admin).json()["rules"] == []


def test_rules_are_no_matter_of_the_shop(client, keys):
    assert client.get("/v1/search/rules", headers=keys.shop).status_code == 403


def test_instantsearch_gives_what_search_gives(client, keys):
    key = keys.shop["Authorization"].partition(" ")[2]
    asked = {
        "requests": [
            {
                "indexName": "products",
                "params": "query=kettle&hitsPerPage=2&page=0&facets=%5B%22brand%22%5D",
            },
            {
                "indexName": "products_price_desc",
                "query": "",
                "facetFilters": [["brand:Meena", "brand:Agni"]],
                "numericFilters": ["price>=120", "price<150"],
            },
        ]
    }
    answer = client.post("/1/indexes/*/queries", json=asked, headers={"X-Algolia-API-Key": key})
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["results"]
    native = client.get(
        "/v1/search", params={"q": "kettle", "k": 2, "facets": "brand"}, headers=keys.shop
    ).json()
    assert [h["objectID"] for h in first["hits"]] == [h["product_id"] for h in native["hits"]]
    assert (first["nbHits"], first["facets"]) == (native["total"], native["facets"])
    assert (first["nbPages"], first["hitsPerPage"]) == (-(-native["total"] // 2), 2)
    assert [h["price"] for h in second["hits"]] == [140.0, 130.0, 120.0]


def test_instantsearch_reads_filters_distinct_and_attributes(client, keys):
    def asked(**more):
        answer = client.post("/1/indexes/x/query", json={"query": "", **more}, headers=keys.shop)
        assert answer.status_code == 200, answer.text
        return answer.json()

    whole = asked()
    assert whole["chips"] == []
    some = asked(filters="brand:Meena AND price >= 120")
    both = asked(facetFilters=["brand:Meena"], numericFilters=["price>=120"])
    assert [h["objectID"] for h in some["hits"]] == [h["objectID"] for h in both["hits"]]
    assert 0 < some["nbHits"] < whole["nbHits"]
    either = asked(filters='(brand:"Meena" OR brand:Agni)')
    assert either["nbHits"] == asked(facetFilters=[["brand:Meena", "brand:Agni"]])["nbHits"]
    assert asked(numericFilters=["attributes.nothing>=3"])["nbHits"] == 0
    assert asked(distinct=True)["nbHits"] <= whole["nbHits"]


def test_instantsearch_groups_all_hold(client, keys):
    def found(*groups, **more):
        asked = {"query": "", "hitsPerPage": 100, "facetFilters": groups, **more}
        answer = client.post("/1/indexes/x/query", json=asked, headers=keys.shop)
        assert answer.status_code == 200, answer.text
        return {h["objectID"] for h in answer.json()["hits"]}

    meena = found("brand:Meena")
    assert meena and found(["brand:Meena", "brand:Agni"], "brand:Meena") == meena
    assert found("brand:Meena", "brand:Agni") == set()
    assert found(filters="brand:Meena AND brand:Agni") == set()
    lamps = found("category:Home > Lamps")
    assert lamps and found("category:Home", "category:Home > Lamps") == lamps
    assert found("category:Home > Lamps", "category:Home") == lamps
    assert found("category:Home > Lamps", "category:Home > Tents") == set()
    for_sale, gone = found("available:true"), found("available:false")
    assert gone == {"gone"} and for_sale == found()
    assert found(["available:true", "available:false"]) == for_sale | gone
    assert found("available:true", "available:false") == set()


def test_edges_part_a_facet_and_a_range_of_an_attribute_is_read(client, keys):
    given = {"edges.price": "120,140", "filter.attributes.nothing": "8..16"}
    answer = client.get("/v1/search", params=given, headers=keys.shop).json()
    assert answer["total"] == 0 and list(answer["facets"]["price"]) == ["-120", "120-140", "140-"]
    for ends in ("500g..2kg", "..2 kg", "1kg.."):
        given = {"filter.attributes.nothing": ends}
        assert client.get("/v1/search", params=given, headers=keys.shop).json()["total"] == 0
    name = "filter.attributes.nothing"
    for wrong in ({"edges.price": "x"}, {name: "16..8"}, {name: "1..2kg"}, {name: "1kg..2l"}):
        refused = client.get("/v1/search", params=wrong, headers=keys.shop)
        assert refused.status_code == 400
        assert next(iter(wrong)).removeprefix("filter.") in refused.text


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"requests": []},
        {"requests": [{"filters": "brand"}]},
        {"requests": [{"filters": "brand:A OR price > 3"}]},
        {"requests": ["x"]},
        {"requests": [{"params": "page=x"}]},
        {"requests": [{"facetFilters": ["brand"]}]},
        {"requests": [{"numericFilters": ["size>3"]}]},
        {"requests": [{"hitsPerPage": -1}]},
        {"requests": [{"page": 9999, "hitsPerPage": 1000}]},
        {"requests": [{"facets": 5}]},
        {"requests": [{"facets": ["nothing"]}]},
        {"requests": [{"region": 5}]},
        {"requests": [{"facetFilters": ["available:maybe"]}]},
        {"requests": [{"facetFilters": ["nothing:x"]}]},
        {"requests": [{"numericFilters": ["price>" + "9" * 400]}]},
        {"requests": [{"filters": "brand:Meena AND " * 300 + "brand:Agni"}]},
    ],
)
def test_instantsearch_refuses_in_its_own_shape(client, keys, body):
    answer = client.post("/1/indexes/*/queries", json=body, headers=keys.shop)
    assert answer.status_code == 400
    assert answer.json()["status"] == 400 and answer.json()["message"]


@pytest.mark.parametrize("route", ["search?q=lamp", "related?product_id=p0", "popular?"])
def test_a_field_that_no_product_has_is_refused(client, keys, route):
    answer = client.get(f"/v1/{route}&fields=title,colur", headers=keys.shop)
    assert answer.status_code == 400, answer.text
    fault = answer.json()["errors"][0]
    assert (fault["field"], fault["got"]) == ("fields", "colur")
    assert fault["rule"].startswith("one of product_id, title, ")
    answer = client.get(f"/v1/{route}&fields=titel", headers=keys.shop)
    assert "Did you mean 'title'?" in answer.json()["detail"]


@pytest.mark.parametrize(
    "ask", ["filter.price=500..100", 'filters={"price":{"min":500,"max":100}}']
)
def test_a_price_range_that_ends_before_it_begins_is_refused(client, keys, ask):
    answer = client.get(f"/v1/search?{ask}", headers=keys.shop)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["field"] == "filter.price"
    assert "Did you mean 100..500?" in answer.json()["detail"]
    assert client.get("/v1/search?filter.price=100..100", headers=keys.shop).status_code == 200


def test_too_many_parameters_are_counted(client, keys):
    many = "&".join(f"filter.brand=b{n}" for n in range(137))
    told = client.get(f"/v1/search?{many}", headers=keys.shop).json()
    assert "at most 100 names" in told["detail"] and "Got 137" in told["detail"]


def test_a_rule_without_its_fields_says_which(client, keys):
    def put(body):
        answer = client.put("/v1/search/rules/r1", json=body, headers=keys.admin)
        assert answer.status_code == 400, answer.text
        return answer.json()["detail"]

    assert put({}).startswith("The field 'action' must be given. It takes: action, query, match,")
    assert "The body must be an object with named fields" in put([])
    assert "'action' must be one of pin, boost, " in put({"action": "pinn"})
    assert "'query' must be text. Got 5 instead." in put({"action": "pin", "query": 5})
    said = client.put("/v1/search/experiments/e", json={}, headers=keys.admin).json()["detail"]
    assert "The field 'variants' must be given. It takes: variants" in said
    assert "'actoin' must be left out" in put({"actoin": "hide", "action": "hide"})


def test_a_rule_that_is_refused_does_not_hold(client, keys):
    hide = {"action": "hide", "product_ids": ["p6"]}
    for rule_id, more in (
        ("%00", {}),
        ("%20", {}),
        ("r", {"query": "!!!"}),
        ("r", {"region": "/"}),
    ):
        told = client.put(f"/v1/search/rules/{rule_id}", json={**hide, **more}, headers=keys.admin)
        assert told.status_code == 400, told.text
    assert client.get("/v1/search/rules", headers=keys.admin).json()["rules"] == []
    two = {"a": {}, "b": {}}
    ends = {"start": "2026-02-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}
    for wrong in ({"variants": two, **ends}, {"variants": {"a": {"share": -1}, "b": {}}}):
        told = client.put("/v1/search/experiments/e", json=wrong, headers=keys.admin)
        assert told.status_code == 400, told.text
    assert "'variants.a.share' must be" in told.json()["detail"]
    told = client.get("/v1/search/experiments", headers=keys.admin).json()
    assert told["experiments"] == []


def test_what_runs_out_of_stock_is_gone_and_comes_back(client, keys):
    def stock(offer, left):
        body = {"offer_id": offer, "stock": left}
        assert client.put("/v1/availability", json=body, headers=keys.staff).status_code == 200

    def shown(**more):
        return "p0" in ids(client, keys, "red kettle", k=100, **more)

    assert shown() and shown(region="IN/KA")
    stock("o1", 0)
    stock("o2", 0)
    until(lambda: not shown() and not shown(region="IN/KA"))
    assert shown(**{"filter.available": "any"})
    stock("o2", 3)
    until(shown)
