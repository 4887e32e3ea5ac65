"""A headless Chromium for tests and for the pictures in the documents."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from serve.processes import running
from servers.rule import chromium

_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars"
).split()


class Browser:
    """One window, in which one looks, types and clicks."""

    def __init__(self, driver: Chrome, base: str) -> None:
        self.driver = driver
        self.base = base

    def wide(self, pixels: int, height: int = 900) -> None:
        """Make the page so many CSS pixels wide."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {
                "width": pixels,
                "height": height,
                "deviceScaleFactor": 1,
                "mobile": pixels < 500,
            },
        )

    def scheme(self, name: str) -> None:
        """Prefer `light` or `dark`."""
        features = [{"name": "prefers-color-scheme", "value": name}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def scripts(self, on: bool) -> None:
        """Switch JavaScript off or on."""
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not on})

    def open(self, path: str) -> None:
        self.driver.get(self.base + path)

    def one(self, css: str) -> Any:
        """The first element that is there, waited for."""
        return self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, css))[0]

    def all(self, css: str) -> list[Any]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def texts(self, css: str) -> list[str]:
        """The texts of all elements, read in one go: a page may be replaced meanwhile."""
        return self.driver.execute_script(
            "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent.trim())",
            css,
        )

    def until(self, check: Any, seconds: float = 20.0) -> Any:
        """Wait until `check()` holds; an element that goes while it is read is read again."""
        waiting = WebDriverWait(
            self.driver,
            seconds,
            poll_frequency=0.05,
            ignored_exceptions=(NoSuchElementException, StaleElementReferenceException),
        )
        return waiting.until(lambda _: check())

    @contextlib.contextmanager
    def new_page(self) -> Iterator[None]:
        """Wait, after what is done inside, until another document has come and is whole.

        A click that sends a form returns before the answer is there: what is read right after it
        may still be the old page.
        """
        old = self.driver.find_element(By.TAG_NAME, "html").id
        yield
        whole = "return document.readyState === 'complete'"
        self.until(
            lambda: (
                self.driver.find_element(By.TAG_NAME, "html").id != old
                and self.driver.execute_script(whole)
            )
        )

    def go(self, css: str) -> None:
        """Click the link or button that leads to another page, and wait for that page."""
        with self.new_page():
            self.one(css).click()

    def log_in(self, secret: str) -> None:
        self.open("/console/login")
        self.one("#key").send_keys(secret)
        self.go("form.stack button")
        self.until(lambda: "At a glance" in self.driver.title)

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.driver.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    def complaints(self) -> list[str]:
        """What the console of the browser says that is an error (a blocked script, say)."""
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE"
        ]

    def picture(self, path: str, tallest: int = 1600) -> None:
        """Save the page from its top."""
        width = self.driver.execute_script("return window.innerWidth")
        height = self.driver.execute_script("return document.documentElement.scrollHeight")
        self.wide(width, min(height, tallest))
        self.driver.save_screenshot(path)
        self.wide(width)


@contextlib.contextmanager
def browsing(base: str, programs: tuple[str, str]) -> Iterator[Browser]:
    """A browser whose pages are at `base`; `programs` are Chromium and its driver."""
    with tempfile.TemporaryDirectory(prefix="chowk-chromium-") as profile:
        options = ChromeOptions()
        options.binary_location = programs[0]
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = Chrome(options=options, service=Service(programs[1]))
        try:
            browser = Browser(driver, base)
            browser.wide(1280)
            yield browser
        finally:
            driver.quit()


@contextlib.contextmanager
def looking(store: Path, secret: str) -> Iterator[Browser]:
    """A server over the store, and a browser that `secret` let into its console."""
    programs = chromium()
    with running(store) as server, browsing(server.url, programs) as browser:
        browser.log_in(secret)
        yield browser
