"""The suites that lie beside these tests: evasions, innocents, functions, reviews."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def suite(name: str) -> list[dict[str, Any]]:
    """The rows of one suite."""
    lines = (HERE / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]
