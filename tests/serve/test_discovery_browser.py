"""The page on discovery in headless Chromium: by mouse and by keyboard, on a phone, unscripted."""

from __future__ import annotations

import shutil

import pytest

from serve.browser import browsing
from serve.processes import make_keys, running
from serve.test_browser import CONTRAST
from servers.rule import chromium

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def browser(tmp_path_factory, built):
    programs = chromium()
    store = tmp_path_factory.mktemp("discovery") / "shop"
    shutil.copytree(built, store)
    secret = make_keys(store).secrets["admin"]
    with running(store) as server, browsing(server.url, programs) as found:
        found.log_in(secret)
        yield found


@pytest.fixture(autouse=True)
def clean(browser):
    browser.wide(1280)
    yield
    browser.scripts(True)
    assert browser.complaints() == [], "the browser blocked or missed something"


def test_a_product_is_asked_for_and_its_neighbour_chosen(browser):
    browser.open("/console/discovery")
    browser.one("[name=product]").send_keys("p0")
    browser.one("#by-product button").click()
    assert "Red kettle" in browser.one("#chosen").text
    said = browser.one("#said").text
    assert "Red lamp" in said and "bought together in" in said
    browser.one("#said .ranked a").click()
    assert "Red lamp" in browser.one("#chosen").text
    assert browser.one("#space .here")


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_and_reads_well(browser, width, scripts):
    browser.wide(width)
    browser.scripts(scripts)
    browser.open("/console/discovery?product=p0")
    if scripts:
        wide = browser.driver.execute_script("return document.documentElement.scrollWidth")
        assert wide <= width
        assert browser.driver.execute_script(CONTRAST) == []
    assert "What comes next" in browser.one("#said").text
