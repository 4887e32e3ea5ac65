"""The page on discovery in headless Chromium: by mouse and by keyboard, on a phone, unscripted."""

from __future__ import annotations

import shutil

import pytest

from serve.browser import looking
from serve.processes import make_keys
from serve.test_browser import CONTRAST

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def browser(tmp_path_factory, built):
    store = tmp_path_factory.mktemp("discovery") / "shop"
    shutil.copytree(built, store)
    secret = make_keys(store).secrets["admin"]
    with looking(store, secret) as found:
        yield found


def test_a_product_is_asked_for_and_its_neighbour_chosen(browser):
    browser.open("/console/discovery")
    browser.one("[name=product]").send_keys("p0")
    browser.go("#by-product button")
    assert "Red kettle" in browser.one("#chosen").text
    said = browser.one("#said").text
    assert "Red lamp" in said and "bought together in" in said
    browser.go("#said .ranked a")
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
