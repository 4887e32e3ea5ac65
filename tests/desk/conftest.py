"""One contract suite, two engines: every test that asks for `place` or `desk` runs on both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chowk.desk import Desk


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a desk can be made: a file's path, or an empty database's URL."""
    if request.param == "sqlite":
        return str(tmp_path / "desk.db")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(place: str, clock: Clock) -> Iterator[Desk]:
    with Desk.open(place, clock=clock) as opened:
        yield opened
