"""What every bench prints: one row a case and metric, ours beside a peer's.

A bench collects `Row`s and calls `emit`, which prints a table and, with a path, writes
`{"bench": …, "rows": [{"case", "metric", "better", "ours", "peer", "theirs", "ratio"}]}`.
`lacking` ends a bench whose data or peer is not there: it says what it lacks, exit code 2.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, NoReturn

#: The real data lies beside the project unless `--data` says otherwise.
DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of ours beside a peer's; `theirs` is None where there is no peer."""

    case: str
    metric: str
    better: Literal["higher", "lower"]
    ours: float
    peer: str = ""
    theirs: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours divided by theirs."""
        return self.ours / self.theirs if self.theirs else None


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """A parser with the two options of every bench: `--data FOLDER` and `--json FILE`."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the real data")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    return parser


def emit(bench: str, rows: Sequence[Row], json_path: Path | None = None) -> None:
    """Print the rows as a table; write them as JSON when a path is given."""
    head = ("case", "metric", "better", "ours", "peer", "theirs", "ratio")
    lines = [
        (r.case, r.metric, r.better, _number(r.ours), r.peer, _number(r.theirs), _number(r.ratio))
        for r in rows
    ]
    widths = [max(len(line[i]) for line in (head, *lines)) for i in range(len(head))]
    for line in (head, tuple("-" * width for width in widths), *lines):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))
    if json_path is not None:
        content = {"bench": bench, "rows": [{**asdict(r), "ratio": r.ratio} for r in rows]}
        json_path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def lacking(bench: str, what: str) -> NoReturn:
    """End with exit code 2 and one sentence about what is not there."""
    print(f"bench {bench}: {what}", file=sys.stderr)
    raise SystemExit(2)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
