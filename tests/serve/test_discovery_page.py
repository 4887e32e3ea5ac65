"""The console's page on discovery: products, customers, reasons, the map, and who may see what."""

from __future__ import annotations

import re

import pytest

from serve.test_console import log_in


@pytest.fixture
def inside(client, keys):
    log_in(client, keys.secrets["admin"])
    return client


def test_a_product_with_what_each_model_says_and_why(inside):
    shown = inside.get("/console/discovery", params={"product": "p0"}).text
    for label in ("What goes with it", "What stands in for it", "What comes next"):
        assert label in shown
    said = re.search(r'id="said">(.*?)<h2>', shown, re.S).group(1)
    assert "product=p6" in said, "kettles are bought with lamps"
    assert "both are Kettles" in said
    assert "bought together in" in said
    assert 'id="scorecards"' in shown and "Journey" in shown and "Substitutes" in shown


def test_words_of_a_title_find_a_product(inside):
    shown = inside.get("/console/discovery", params={"product": "blue saree"}).text
    assert "<b>Blue saree</b>" in shown
    nothing = inside.get("/console/discovery", params={"product": "zzzz qqqq"})
    assert nothing.status_code == 200 and "No product is called" in nothing.text


def test_a_customer_is_answered_from_the_latest_events(inside):
    shown = inside.get("/console/discovery", params={"customer": "c1"}).text
    assert "Customer c1" in shown and "What goes with the latest purchases" in shown
    unknown = inside.get("/console/discovery", params={"customer": "nobody"}).text
    assert "Nothing is known of the customer nobody" in unknown


def test_the_map_marks_what_was_chosen(inside):
    shown = inside.get("/console/discovery", params={"product": "p0"}).text
    dots = re.findall(r'<circle( class="(\w+)")?', shown)
    assert [kind for _, kind in dots].count("here") == 1
    assert "near" in [kind for _, kind in dots]


def test_markup_in_a_title_is_text(inside):
    shown = inside.get("/console/discovery", params={"product": "evil"}).text
    assert "<script>alert" not in shown
    assert 'value="&lt;b&gt;"' in inside.get("/console/discovery?product=<b>").text


def test_what_is_too_long_is_refused_in_a_sentence(inside):
    answer = inside.get("/console/discovery", params={"product": "x" * 600})
    assert answer.status_code == 400 and 'role="alert"' in answer.text


def test_without_a_visit_it_asks_for_the_key(keys, client):
    client.cookies.clear()
    answer = client.get("/console/discovery", follow_redirects=False)
    assert answer.status_code == 303 and "login" in answer.headers["location"]
