"""An empty journal's place, in each of its homes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def place(tmp_path: Path) -> Iterator[str]:
    yield str(tmp_path / "journal.db")
