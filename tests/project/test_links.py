"""Relative links of the documents outside the site lead to files that are there.

The pages of the site are checked by mkdocs itself (`make docs`, strict, anchors included).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = [
    ROOT / name
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "NOTICE")
    if (ROOT / name).is_file()
]

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|(?:src|href)=\"([^\"]+)\"")


def targets(text: str) -> list[str]:
    """The targets of Markdown links and images, outside of code."""
    plain = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    plain = re.sub(r"`[^`\n]*`", "", plain)
    return [first or second for first, second in _LINK.findall(plain)]


def anchor(heading: str) -> str:
    """A heading's anchor, as GitHub and mkdocs make it.

    >>> anchor("What it *does*, and why")
    'what-it-does-and-why'
    """
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def dead(page: Path) -> list[str]:
    """The relative links of a page that lead nowhere."""
    found = []
    for target in targets(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path) if path else page
        if not file.exists():
            found.append(target)
        elif fragment and file.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            if fragment not in map(anchor, headings):
                found.append(target)
    return found


@pytest.mark.parametrize("page", OUTSIDE, ids=lambda path: path.name)
def test_relative_links_resolve(page):
    assert dead(page) == []


def test_a_dead_link_is_seen(tmp_path):
    (tmp_path / "there.md").write_text("# A title, here\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md#a-title-here) [b](gone.md) ![c](gone.png) [d](there.md#nope)\n"
        "[e](https://example.org/x) `[f](code.md)`\n```text\n[g](block.md)\n```\n"
    )
    assert dead(page) == ["gone.md", "gone.png", "there.md#nope"]
