"""The moderator's page in headless Chromium: by keyboard alone, on a phone, and without scripts."""

from __future__ import annotations

import shutil

import pytest
from selenium.webdriver.common.keys import Keys as Key

from chowk.community.holding import Holding
from chowk.desk import Desk
from serve.browser import looking
from serve.test_browser import CONTRAST

pytestmark = pytest.mark.chromium

NORMS = {
    "norms": [
        {"id": "kind", "text": "Disagree with ideas, not with people."},
        {"id": "fits", "text": "Nothing is wrong with it."},
    ]
}
EVIL = '<script>alert("x")</script> you fool \ud800'


def furnish(store) -> str:
    """Norms, a moderator, and three held messages; gives the moderator's secret."""
    with Desk.open(store / "desk.db") as desk:
        desk.grant("asha", "moderator", actor="cli")
        desk.grant("asha", "viewer", actor="cli")
        desk.seats.give("asha", "conversation_host", actor="cli")
        _, secret = desk.create_key("asha", "staff", actor="cli", member="asha")
        desk.records.write("norms", "lobby", NORMS, actor="cli")
        holding = Holding(desk.queue)
        for number, (text, level) in enumerate(
            (("you people are all the same", 4), (EVIL, 3), ("that was a daft play", 1))
        ):
            verdict = {
                "decision": "hold",
                "category": "bullying",
                "level": level,
                "spans": [[0, 3]],
                "reasons": ["the sentence as a whole, 0.81"],
            }
            before = {"before": [{"author_id": "b2", "text": "good game everybody"}]}
            holding.send(f"m{number}", "lobby", f"a{number}", text, verdict, context=before)
        first = desk.queue.propose(
            "message",
            "message:old",
            payload_version="1",
            queue="lobby",
            payload={"text": "you lot are all the same"},
        )
        desk.queue.claim(first.item_id, actor="cli")
        desk.queue.decide(first.item_id, "deny", actor="cli", reason="about people", norm="kind")
    return secret


@pytest.fixture(scope="module")
def browser(tmp_path_factory, built):
    store = tmp_path_factory.mktemp("moderation") / "shop"
    shutil.copytree(built, store)
    secret = furnish(store)
    with looking(store, secret) as found:
        yield found


def press(browser, keys: str) -> None:
    browser.driver.switch_to.active_element.send_keys(keys)


def test_the_main_act_by_keyboard_alone(browser):
    browser.open("/console/moderation")
    assert len(browser.all("table tbody tr")) == 3
    press(browser, "n")
    browser.one("#decide")
    held = browser.one(".held")
    assert not held.is_displayed()  # level 4 is covered
    press(browser, "b")
    browser.until(held.is_displayed)
    assert held.text == "you people are all the same"
    assert browser.texts(".held mark") == ["you"]
    assert browser.texts(".around p") == ["b2 good game everybody"]
    assert browser.texts(".precedents .badge") == ["denied"]
    press(browser, "d")
    browser.until(lambda: "Choose a norm first" in browser.one("#chosen").text)
    press(browser, "1")
    press(browser, "d")
    browser.until(lambda: browser.driver.switch_to.active_element.get_attribute("id") == "reason")
    press(browser, "about people")
    press(browser, Key.ENTER)
    browser.until(lambda: "Denied" in browser.one("[role=status]").text)
    # The next is in hand, and hostile text is text.
    press(browser, "b")
    browser.until(lambda: "<script>alert" in browser.one(".held").text)
    press(browser, "s")
    browser.until(lambda: browser.all("#claim"))
    assert len(browser.all("table tbody tr")) == 2


def test_on_a_phone_and_without_scripts(browser):
    browser.wide(360)
    browser.scripts(False)
    browser.open("/console/moderation")
    assert browser.overflow() == 0
    with browser.new_page():
        browser.all("table button")[-1].click()
    browser.one("#decide")
    assert browser.overflow() == 0
    assert browser.one(".held").text == "that was a daft play"  # level 1 is not covered
    browser.go("#approve")
    browser.until(lambda: "needs a norm and a reason" in browser.one("[role=alert]").text)
    browser.all("input[name=norm]")[1].click()
    with browser.new_page():
        browser.one("#reason").send_keys("banter", Key.ENTER)  # Enter alone decides nothing
    browser.until(lambda: "whether to approve or to deny" in browser.one("[role=alert]").text)
    assert browser.one("#reason").get_attribute("value") == "banter"
    browser.go("#approve")
    browser.until(lambda: "Approved" in browser.one("[role=status]").text)
    refused = browser.complaints()
    assert len(refused) == 2 and all("400 (Bad Request)" in line for line in refused)


def test_the_community_page(browser):
    browser.open("/console/moderation/community")
    assert "Weeks of lobby" in browser.texts("h2")
    browser.open("/console/moderation/people")
    cells = browser.texts(".matrix tbody tr")
    assert len(cells) == 20
    browser.wide(360)
    assert browser.overflow() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_and_fields_have_labels(browser, scheme):
    browser.scheme(scheme)
    unlabelled = """
        return [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
            .filter(e => !e.labels.length && !e.getAttribute('aria-label')).map(e => e.outerHTML)
    """
    for path in ("/console/moderation", "/console/moderation/community"):
        browser.open(path)
        assert browser.driver.execute_script(CONTRAST) == []
        assert browser.driver.execute_script(unlabelled) == []
    browser.scheme("light")
