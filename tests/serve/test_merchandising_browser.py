"""The merchandiser's pages in headless Chromium: main acts, on a phone, without scripts."""

from __future__ import annotations

import shutil

import pytest

import chowk
from serve.browser import looking
from serve.processes import make_keys
from serve.test_browser import CONTRAST
from serve.test_search_insight import searched

pytestmark = pytest.mark.chromium

PAGES = (
    "/console/search/compare?q=red+ketle&left=text&right=served",
    "/console/search/rules",
    "/console/search/analytics",
    "/console/search/grading",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory, built):
    store = tmp_path_factory.mktemp("merchandising") / "shop"
    shutil.copytree(built, store)
    rows = [(f"k{n}", 2000 * n, "kettle", 3, 2, 1, "new") for n in range(12)]
    rows += [(f"n{n}", 2000 * n + 500, "rocket", 0, 0, 0, None) for n in range(6)]
    with chowk.open(store) as opened:
        opened.write("events", searched(rows), mode="append")
    secret = make_keys(store).secrets["admin"]
    with looking(store, secret) as found:
        yield found


def fill(browser, **fields):
    for name, value in fields.items():
        field = browser.one(f"[name={name}]")
        if field.tag_name == "input":
            field.clear()
        field.send_keys(value)


def test_two_ways_are_compared_with_their_reasons(browser):
    browser.open("/console/search/compare")
    fill(browser, q="red ketle")
    browser.go("#compare button")
    browser.one("#shared")
    assert "kettle" in browser.one(".reasons").text
    sides = browser.all(".sides > section")
    assert len(sides) == 2
    for side in sides:
        assert "Red kettle" in side.text


def test_a_rule_is_written_seen_in_search_and_taken_out(browser):
    browser.open("/console/search/rules")
    fill(browser, rule_id="hush", action="hide", query="kettle", product_ids="p0", note="sold")
    browser.go("#rule > button")
    browser.until(lambda: "hush" in " ".join(browser.texts("tbody th")))
    assert "holds" in browser.one("tbody").text
    browser.open("/console/search?q=kettle")
    assert "Red kettle" not in browser.texts(".hit h3")
    browser.open("/console/search/rules")
    browser.go("tbody button")
    browser.until(lambda: "no rule yet" in browser.one("main").text)
    browser.open("/console/search?q=kettle")
    assert "Red kettle" in browser.texts(".hit h3")


def test_a_rule_that_cannot_be_says_why_and_keeps_what_was_typed(browser):
    browser.open("/console/search/rules")
    fill(browser, rule_id="sale", action="lead", query="big sale", url="nowhere")
    browser.go("#rule > button")
    assert "url" in browser.one("[role=alert]").text
    assert browser.one("[name=query]").get_attribute("value") == "big sale"
    assert all("422" in line for line in browser.complaints())


def test_analytics_show_what_found_nothing(browser):
    browser.open("/console/search/analytics")
    browser.one(".chart canvas")
    tables = browser.all(".scroll table")
    assert "rocket" in tables[0].text
    tiles = " ".join(browser.texts(".tiles li"))
    assert "18" in tiles and "33.3 %" in tiles


def test_grades_make_a_figure(browser):
    browser.open("/console/search/grading?q=kettle")
    for at, box in enumerate(browser.all("#grades fieldset")):
        box.find_elements("css selector", "input")[3 if at == 0 else 1].click()
    browser.go("#grades > button")
    browser.until(lambda: "1 queries judged" in " ".join(browser.texts(".tiles li")))
    assert "1.000" in browser.texts(".tiles li")[1]
    browser.open("/console/search/grading?q=kettle")
    assert len(browser.all("#grades input:checked")) == len(browser.all("#grades fieldset"))


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_360_pixels(browser, path):
    browser.wide(360)
    browser.open(path)
    assert browser.driver.execute_script("return document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("path", PAGES)
def test_every_field_has_a_label_and_text_stands_out(browser, path):
    browser.open(path)
    unnamed = browser.driver.execute_script(
        "return [...document.querySelectorAll('input:not([type=hidden]), select')]"
        ".filter(e => !e.labels.length && !e.getAttribute('aria-label')).map(e => e.outerHTML)"
    )
    assert unnamed == []
    assert browser.driver.execute_script(CONTRAST) == []


def test_the_main_acts_work_without_javascript(browser):
    browser.scripts(False)
    browser.open("/console/search/compare?q=kettle")
    assert "kettle" in browser.one(".side-list").text
    browser.open("/console/search/rules")
    fill(browser, rule_id="up", action="move", product_ids="p1", query="kettle")
    browser.go("#rule > button")
    assert "up" in " ".join(browser.texts("tbody th"))
    browser.go("tbody button")
