"""The moderators' other pages in headless Chromium: each one's main act, by keyboard, at 360 px."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys as Key
from selenium.webdriver.support.ui import Select

import chowk
from chowk.community.holding import Holding
from chowk.desk import Desk
from serve.browser import looking
from serve.test_browser import CONTRAST
from serve.test_moderation_browser import NORMS

pytestmark = pytest.mark.chromium

ROOT = "/console/moderation"
PAGES = (
    "/guard", "/authors", "/authors?author=zoe", "/norms", "/memory", "/memory?text=you+fool",
    "/reflection", "/community", "/people", "/survey", "/webhooks",
    "/reviews?text=The+plug+sparked", "/channels",
    "/norms?channel=lobby&try=1&text=All+muslims+should+be+k1lled",
)  # fmt: skip
RAID = "this streamer sells old stock, come to the channel of evilstream {}"


def furnish_more(store) -> str:
    """Weeks of messages, a raid that is held, an author with strikes, a survey with answers; gives
    the secret of an owner who moderates too."""
    now = datetime.now(UTC)
    rows = []
    for week in range(9):
        for number in range(40):
            author = f"r{number % 9}" if number % 4 else f"n{week}-{number % 5}"
            rows.append(
                {
                    "message_id": f"w{week}-{number}",
                    "ts": now - timedelta(days=7 * week + number % 7, minutes=number * 9),
                    "channel_id": "lobby",
                    "author_id": author,
                    "text": "has the parcel come?",
                    "reply_to": "x" if number % 3 else None,
                }
            )
    with chowk.open(store) as opened:
        opened.write("messages", rows)
    clock = [now - timedelta(days=60)]
    with Desk.open(store / "desk.db", clock=lambda: clock[0]) as desk:
        desk.grant("mira", "owner", actor="cli")
        for name in ("asha", "ravi"):
            desk.grant(name, "moderator", actor="cli")
        desk.seats.give("ravi", "trainee", queue="lobby", actor="cli")
        if desk.records.read("norms", "lobby") is None:
            desk.records.write("norms", "lobby", NORMS, actor="cli")
        holding = Holding(desk.queue)
        why = {"norm": "kind", "reason": "about people"}
        for day in range(0, 58, 2):
            clock[0] = now - timedelta(days=60 - day)
            name = f"z{day}"
            verdict = {"decision": "hold", "category": "bullying", "level": day % 4 + 1}
            holding.send(name, "lobby", "zoe", f"you fool number {day}", verdict)
            item = desk.queue.items(subject=f"message:{name}")[0]
            clock[0] += timedelta(minutes=3 + day % 11)
            desk.queue.claim(item.item_id, actor="mira")
            outcome = "deny" if day % 3 else "approve"
            desk.queue.decide(item.item_id, outcome, actor="mira", **why)
        clock[0] = now - timedelta(minutes=20)
        for number in range(12):
            flood = {
                "decision": "hold", "category": "flood", "level": 2,
                "reasons": ["12 accounts posted variants of one text within 60 seconds."],
            }  # fmt: skip
            text = RAID.format(number % 3)
            holding.send(f"f{number}", "lobby", f"raider{number}", text, flood)
        write, kept = desk.records.remark, {"queue": "lobby", "actor": "cli"}
        write("strike", "author:zoe", {"weight": 2, "text": "twice in a day"}, **kept)
        write("kind_act", "author:r1", {"text": "helped a newcomer"}, **kept)
        write("hand_over", "queue:lobby", {"text": "It was quiet; watch for the raid."}, **kept)
        watch = {"verdict": "possible", "of": "trollking", "reasons": ["The name is like it."]}
        write("watch", "author:trollkings", watch, **kept)
        from chowk.community.care import TEMPLATE

        desk.records.write("survey", "spring", dict(TEMPLATE), actor="cli")
        for number in range(6):
            desk.grant(f"mod{number}", "moderator", actor="cli")
            said = {"load": 2 + number % 3, "toll": 4, "norms": 5, "seat": "queue_reviewer"}
            desk.records.answer("spring", said, actor=f"mod{number}")
        return desk.create_key("mira", "admin", actor="cli", member="mira")[1]


@pytest.fixture(scope="module")
def browser(tmp_path_factory, built):
    store = tmp_path_factory.mktemp("moderators") / "shop"
    shutil.copytree(built, store)
    secret = furnish_more(store)
    with looking(store, secret) as found:
        yield found


def status(browser, words):
    browser.until(lambda: any(words in text for text in browser.texts("[role=status]")))


def fill(browser, css, text):
    box = browser.one(css)
    box.clear()
    box.send_keys(text)
    return box


def submit(browser, css, text):
    """Type it and press Enter, which leads to the next page."""
    box = fill(browser, css, text)
    with browser.new_page():
        box.send_keys(Key.ENTER)


def test_every_page_fits_a_phone_reads_well_and_labels_its_fields(browser):
    unlabelled = """
        return [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
            .filter(e => !e.labels.length && !e.getAttribute('aria-label')).map(e => e.outerHTML)
    """
    for scheme in ("light", "dark"):
        browser.scheme(scheme)
        for path in PAGES:
            browser.wide(360)
            browser.open(ROOT + path)
            assert browser.overflow() == 0, (path, scheme)
            assert browser.driver.execute_script(unlabelled) == [], path
            assert browser.driver.execute_script(CONTRAST) == [], (path, scheme)
    browser.scheme("light")


def test_pages_are_reached_by_letters(browser):
    browser.open(ROOT)
    for letter, title in (
        ("u", "The guard"),
        ("e", "Reviews"),
        ("c", "Channels"),
        ("n", "Norms of"),
        ("r", "Your week"),
    ):
        body = browser.driver.find_element(By.TAG_NAME, "body")
        body.send_keys("g")
        body.send_keys(letter)
        browser.until(lambda title=title: title in "".join(browser.texts("h1")))


def test_a_raid_is_denied_by_keyboard_and_undone(browser):
    browser.open(f"{ROOT}/guard?channel=lobby")
    assert "12 held as flood, by 12 authors" in browser.texts(".group h3")
    box = fill(browser, "#why-1", "a raid")
    with browser.new_page():
        box.send_keys(Key.TAB, Key.ENTER)
    status(browser, "it can be undone")
    assert browser.texts(".group h3") == []
    undo = next(b for b in browser.all("td button") if "Undo these 12" in b.text)
    with browser.new_page():
        undo.click()
    status(browser, "Undone")
    assert "12 held as flood, by 12 authors" in browser.texts(".group h3")


def test_a_guard_is_tried_then_set_without_scripts(browser):
    browser.scripts(False)
    browser.open(f"{ROOT}/guard?channel=lobby")
    fill(browser, "#accounts", "5")
    browser.go("#settings button.quiet")
    assert "Tried on" in browser.one("#trial h3").text
    assert browser.one("#accounts").get_attribute("value") == "5"
    with browser.new_page():
        browser.all("#settings button")[-1].click()
    status(browser, "The guard is set")


def test_norms_are_written_and_consent_is_given(browser):
    browser.open(f"{ROOT}/norms?channel=lobby")
    fill(browser, "[name=text_3]", "No spoilers before Sunday.")
    browser.go("#norms button")
    status(browser, "The norms are written")
    kept = [box.get_attribute("value") for box in browser.all("#norms input[type=text]")]
    assert kept[2] == "no-spoilers-before"
    browser.one("#sharing [name=precedents]").click()
    browser.go("#sharing button")
    status(browser, "shares")
    fill(browser, "#terms", "blorptastic")
    with browser.new_page():
        browser.all("form button[formaction*=trial]")[-1].click()
    browser.one("#trial")
    with browser.new_page():
        browser.all("section.card form.stack button")[-1].click()
    status(browser, "The terms hold")


def test_a_strike_is_given_and_lifted(browser):
    browser.open(f"{ROOT}/authors?channel=lobby&author=zoe")
    assert "2.0" in browser.texts(".tiles b")[0]
    assert browser.all("td .covered")  # what is of level 3 and 4 is covered
    browser.one("#write [value=strike]").click()
    fill(browser, "#text", "again")
    browser.go("#write button")
    status(browser, "fades by half")
    assert "3.0" in browser.texts(".tiles b")[0]
    with browser.new_page():
        next(b for b in browser.all("button.small") if b.text == "Lift").click()
    status(browser, "Taken back")


def test_precedents_are_found(browser):
    browser.open(f"{ROOT}/memory?channel=lobby")
    submit(browser, "#text", "you fool number 2")
    browser.one("#found")
    assert len(browser.all("#found tbody tr")) > 3
    first = browser.one("#found details")
    assert first.get_attribute("open") is None


def test_limits_are_kept_and_a_survey_is_answered(browser):
    browser.open(f"{ROOT}/reflection")
    assert int(browser.texts(".tiles b")[0]) > 0
    submit(browser, "#per_hour", "40")
    status(browser, "Your limits are kept")
    assert browser.one("#per_hour").get_attribute("value") == "40"
    browser.one("[name=q_load][value='3']").click()
    browser.go(".survey button")
    status(browser, "Thank you")
    browser.open(f"{ROOT}/survey")
    assert "What you read" not in browser.one("main").text
    assert any("3.0" in text for text in browser.texts(".results td.num"))


def test_the_weeks_are_drawn(browser):
    browser.open(f"{ROOT}/community?channel=lobby")
    browser.until(lambda: len(browser.all(".uplot canvas")) >= 3)
    assert "Next week" in browser.one("main").text
    assert len(browser.all("table.wide tbody tr")) >= 8


def test_a_cell_and_a_seat_are_changed_and_a_regular_is_suggested(browser):
    browser.open(f"{ROOT}/people?channel=lobby")
    assert "r1" in browser.texts(".suggestion h3")
    assert any("1 kind or helpful acts" in text for text in browser.texts(".suggestion li"))
    cell = browser.one("[aria-label='Give queue.many to trainee']")
    with browser.new_page():
        cell.send_keys(Key.ENTER)
    status(browser, "The matrix is changed")
    browser.one("[aria-label='Take queue.many from trainee']")
    fill(browser, "#member", "asha")
    Select(browser.one("#seat-name")).select_by_value("appeals_judge")
    browser.go("#seat button")
    status(browser, "The seat is given")
    browser.go("[aria-label='Take the seat appeals judge from asha']")
    status(browser, "The seat is taken")


def test_a_webhook_s_secret_is_shown_once(browser):
    browser.open(f"{ROOT}/webhooks")
    submit(browser, "#url", "https://shop.example/held")
    assert len(browser.one("#made code").text) > 40
    browser.open(f"{ROOT}/webhooks")
    assert not browser.all("#made")
    browser.go("td button")
    status(browser, "told nothing more")
