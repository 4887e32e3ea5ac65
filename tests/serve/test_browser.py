"""The console in headless Chromium: each page's main act, at 1280 and 360 pixels."""

from __future__ import annotations

import shutil

import pytest
from PIL import Image

from serve.browser import looking
from serve.conftest import EVIL
from serve.processes import make_keys

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def browser(tmp_path_factory, built):
    store = tmp_path_factory.mktemp("browser") / "shop"
    shutil.copytree(built, store)
    Image.new("RGB", (2, 2), "red").save(store / "x.png")
    secret = make_keys(store).secrets["staff"]
    with looking(store, secret) as found:
        yield found


def test_after_the_log_in_the_tables_and_systems_are_seen(browser):
    browser.open("/console")
    assert "products" in browser.texts(".wide tbody th")[0]
    assert browser.texts(".system h3 .badge")[:2] == ["serves", "serves"]
    browser.until(lambda: browser.all(".chart canvas"))


def test_the_audit_is_run_and_a_finding_opened(browser):
    browser.open("/console/audit")
    browser.go("main form button")
    browser.until(lambda: browser.all("details.finding"))
    finding = browser.one("details.finding")
    assert not browser.one("details.finding .cure").is_displayed()
    finding.find_element("css selector", "summary").click()
    browser.until(lambda: browser.one("details.finding .cure").is_displayed())


def test_typing_suggests_and_finds_without_a_click(browser):
    browser.open("/console/search")
    browser.one("#q").send_keys("ket")
    browser.until(lambda: "Kettles" in browser.driver.page_source)
    options = "return [...document.querySelectorAll('#suggestions option')].map(o => o.value)"
    browser.until(lambda: "Red kettle" in browser.driver.execute_script(options))
    browser.until(lambda: len(browser.all(".hit")) == 3)
    assert browser.driver.switch_to.active_element.get_attribute("id") == "q"
    assert "q=ket" in browser.driver.current_url


def test_ticking_a_facet_narrows_the_hits_and_keeps_the_focus(browser):
    browser.open("/console/search?q=kettle")
    box = browser.one("input[name='filter.brand'][value='Agni']")
    box.click()
    browser.until(lambda: browser.texts(".hit h3") == ["Blue kettle"])
    assert "filter.brand=Agni" in browser.driver.current_url
    focused = browser.driver.switch_to.active_element
    assert focused.get_attribute("value") == "Agni" and focused.is_selected()
    assert "matches in title: kettle" in browser.texts(".hit .reasons li")


def test_a_hit_shows_what_goes_with_it(browser):
    browser.open("/console/search?q=red kettle")
    browser.one(".hit .side a").click()
    browser.until(lambda: browser.all("#related"))
    assert "Red lamp" in browser.texts("#related b")
    assert any("Red kettle" in reason for reason in browser.texts("#related .reasons li"))


def test_a_text_is_understood_and_found(browser):
    browser.open("/console/language")
    browser.one("#text").send_keys("mujhe lal kettle dikhao under 500")
    browser.go(".searchbar button")
    browser.until(lambda: browser.all("#tokens"))
    assert browser.one("#intent").text == "search"
    cells = browser.texts("#tokens tbody tr:nth-child(2) td")
    assert cells == ["lal", "hi", "colour"]
    assert browser.texts("#hits li") == ["Red kettle"]
    assert any("'lal' is colour red" in reason for reason in browser.texts(".reasons li"))


def test_hostile_titles_are_shown_as_text(browser):
    browser.open("/console/search?q=evil&product=evil")
    assert EVIL in browser.texts(".hit h3")
    assert browser.all(".hit script") == []
    # The alert would block this call.
    assert browser.driver.execute_script("return 1 + 1") == 2


@pytest.mark.parametrize(
    "path",
    [
        "/console",
        "/console/audit",
        "/console/search?q=evil&product=p0",
        "/console/login",
        "/console/language?text=show me red evil kettles under 500",
    ],
)
def test_nothing_is_wider_than_360_pixels(browser, path):
    browser.wide(360)
    browser.open(path)
    for summary in browser.all("main details:not([open]) > summary"):
        if summary.is_displayed():
            browser.driver.execute_script("arguments[0].parentNode.open = true", summary)
    assert browser.overflow() == 0


def test_the_main_acts_work_without_javascript(browser):
    browser.scripts(False)
    browser.open("/console/search")
    browser.one("#q").send_keys("kettle")
    browser.go(".searchbar button")
    browser.until(lambda: "q=kettle" in browser.driver.current_url)
    box = browser.one("input[name='filter.brand'][value='Agni']")
    box.click()
    browser.go(".only-plain")
    browser.until(lambda: "filter.brand=Agni" in browser.driver.current_url)
    assert [h.text for h in browser.all(".hit h3")] == ["Blue kettle"]
    browser.go(".hit .side a")
    browser.until(lambda: browser.all("#related"))


def test_every_field_has_a_label(browser):
    unlabelled = """
        return [...document.querySelectorAll('input:not([type=hidden]), select')]
            .filter(e => !e.labels.length && !e.getAttribute('aria-label')).map(e => e.outerHTML)
    """
    for path in ("/console", "/console/audit", "/console/search?q=kettle"):
        browser.open(path)
        assert browser.driver.execute_script(unlabelled) == []


CONTRAST = """
const linear = x => (x /= 255) <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4;
const light = c => .2126 * linear(c[0]) + .7152 * linear(c[1]) + .0722 * linear(c[2]);
const parse = s => s.match(/[\\d.]+/g).map(Number);
const behind = e => {
  for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c.slice(0, 3);
  }
  return [255, 255, 255];
};
const poor = [];
for (const e of document.querySelectorAll('body *')) {
  const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  if (!own || !e.checkVisibility() || e.closest('.unseen, .u-legend')) continue;
  const a = light(parse(getComputedStyle(e).color)), b = light(behind(e));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) poor.push([e.className, e.textContent.trim().slice(0, 40), ratio.toFixed(2)]);
}
return poor;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser, scheme):
    """WCAG 2.2, 1.4.3: a contrast of at least 4.5 to 1."""
    browser.scheme(scheme)
    for path in ("/console", "/console/audit", "/console/search?q=kettle&product=p0"):
        browser.open(path)
        assert browser.driver.execute_script(CONTRAST) == []
    browser.scheme("light")
