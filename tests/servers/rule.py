"""One rule for tests that need a program or an extra: skip where it is missing, fail in CI.

A skip says how to install what is missing. Under CI=true nobody reads skips, so it is a failure
there; the job that tests the base install sets CHOWK_TEST_EXTRAS=none, and skips again.
"""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def missing(what: str, install: str) -> NoReturn:
    """Skip the test, or fail it in CI. `what` is missing, `install` is the line that cures it."""
    sentence = f"{what}. Install with: {install}"
    if os.environ.get("CI") == "true" and os.environ.get("CHOWK_TEST_EXTRAS") != "none":
        pytest.fail(sentence)
    pytest.skip(sentence)


def extras_wanted() -> bool:
    """False in the job that tests the base install: there even what is on the machine is left."""
    return os.environ.get("CHOWK_TEST_EXTRAS") != "none"


def chromium() -> tuple[str, str]:
    """The paths of Chromium and its driver, or the rule."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if not extras_wanted() or browser is None or driver is None:
        missing(
            "This test needs Chromium and its driver", "apt-get install chromium chromium-driver"
        )
    return browser, driver
