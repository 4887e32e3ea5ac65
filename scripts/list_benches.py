"""Print what can be measured: each bench's name, first sentence and command.

Reads the docstrings of `bench/*.py` without importing them, so it works where peers are missing.
"""

from __future__ import annotations

import ast
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent / "bench"


def main() -> None:
    """Print the table."""
    print("Each prints a table, ours beside a peer's; --json FILE writes it, --data FOLDER says")
    print("where the real data lies. Peers come with: .venv/bin/pip install -e '.[bench]'\n")
    for path in sorted(BENCH.glob("[a-z]*.py")):
        doc = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "no docstring"
        print(f"  .venv/bin/python bench/{path.name:20} {doc.splitlines()[0]}")


if __name__ == "__main__":
    main()
