"""The documents' examples run.

Python blocks of a page run one after the other, in one namespace and one folder, which holds
`mystore`, a small store, and `orders.csv`, a shop's export. The lines of console blocks that start
with `$ ` are run in a shell, and have to succeed. A comment before a block says why it is not run:
`<!-- no-run: the reason -->`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import chowk

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_BLOCK = re.compile(
    r"(?:^<!-- no-run: (?P<reason>[^\n]+?) -->\n\n?)?"
    r"^(?P<indent> *)```(?P<language>\w+)[^\n]*\n(?P<code>.*?)^(?P=indent)```",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, code, first line on the page, and why it is not run."""

    language: str
    code: str
    line: int
    reason: str | None


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found = []
    for hit in _BLOCK.finditer(text):
        cut = len(hit["indent"])
        code = "\n".join(line[cut:] for line in hit["code"].splitlines()) + "\n"
        line = text[: hit.start("code")].count("\n") + 1
        found.append(Block(hit["language"], code, line, hit["reason"]))
    return found


def commands(code: str) -> list[str]:
    """The commands of a console block; a line that ends in a backslash goes on."""
    joined = re.sub(r"\\\n\s*(?:> )?", "", code)
    return [line[2:] for line in joined.splitlines() if line.startswith("$ ")]


def pages_with(language: str) -> list[object]:
    return [
        pytest.param(path, id=path.name)
        for path in PAGES
        if any(b.language == language and not b.reason for b in blocks(path.read_text("utf-8")))
    ]


@pytest.fixture
def folder(small_store, order_lines, tmp_path, monkeypatch) -> Path:
    shutil.copytree(small_store, tmp_path / "mystore")
    shutil.copy(order_lines, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", pages_with("python"))
def test_python_blocks_run(page, folder, capsys):
    namespace: dict[str, object] = {"__name__": "example"}
    try:
        for block in blocks(page.read_text("utf-8")):
            if block.language == "python" and not block.reason:
                # Padded, so that a traceback shows the page's own line.
                source = "\n" * (block.line - 1) + block.code
                exec(compile(source, str(page), "exec"), namespace)
    finally:
        for value in list(namespace.values()):
            if isinstance(value, chowk.Store):
                value.close()


@pytest.mark.console
@pytest.mark.parametrize("page", pages_with("console"))
def test_console_blocks_run(page, folder):
    # The examples write what a reader would type: the tools of this environment come first.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for block in blocks(page.read_text("utf-8")):
        if block.language != "console" or block.reason:
            continue
        for command in commands(block.code):
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", command],
                cwd=folder,
                env={**os.environ, "PATH": path},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=300,
            )
            assert done.returncode == 0, (
                f"{page.name}:{block.line}: $ {command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_block_names_its_language_and_every_reason_is_one(page):
    text = page.read_text("utf-8")
    fences = re.findall(r"^ *```(.*)$", text, re.MULTILINE)
    assert len(fences) % 2 == 0, "a fence is not closed"
    assert all(fences[::2]), "a block names no language (use text for plain text)"
    comments = len(re.findall(r"^<!-- no-run", text, re.MULTILINE))
    assert comments == sum(b.reason is not None for b in blocks(text)), (
        "a no-run comment has no reason, or stands before nothing"
    )


def test_the_reader_of_blocks():
    text = (
        "a\n```python\nx = 1\n```\n<!-- no-run: it never ends -->\n```console\n$ chowk serve\n```\n"
    )
    first, second = blocks(text)
    assert (first.language, first.code, first.line, first.reason) == ("python", "x = 1\n", 3, None)
    assert (second.language, second.reason) == ("console", "it never ends")
    assert commands("$ chowk import s csv f.csv \\\n    --table products\nout\n$ b\n") == [
        "chowk import s csv f.csv --table products",
        "b",
    ]
