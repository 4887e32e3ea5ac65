"""The rule for tests that need what is not there."""

from __future__ import annotations

import pytest

from servers import rule


@pytest.mark.parametrize(
    ("ci", "extras", "outcome"),
    [
        (None, None, pytest.skip.Exception),
        ("true", None, pytest.fail.Exception),
        ("true", "none", pytest.skip.Exception),
        ("false", None, pytest.skip.Exception),
    ],
)
def test_missing_skips_at_home_and_fails_in_ci(monkeypatch, ci, extras, outcome):
    for key, value in (("CI", ci), ("CHOWK_TEST_EXTRAS", extras)):
        if value is None:
            monkeypatch.delenv(key, raising=False)
        else:
            monkeypatch.setenv(key, value)
    with pytest.raises(outcome, match=r"This needs a thing\. Install with: apt-get install thing"):
        rule.missing("This needs a thing", "apt-get install thing")


def test_chromium_is_asked_for_by_the_same_rule(monkeypatch):
    monkeypatch.setenv("CHOWK_TEST_EXTRAS", "none")
    with pytest.raises(pytest.skip.Exception, match="chromium-driver"):
        rule.chromium()
