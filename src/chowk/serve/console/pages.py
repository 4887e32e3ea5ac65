"""x."""

from typing import Any


def handlers() -> list[Any]:
    """x."""
    return []
