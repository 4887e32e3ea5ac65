"""Finds what should be enrolled: reads the source for functions that make a table."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import chowk

SOURCE = Path(chowk.__file__).parent
#: Where a table is made but nothing is asked of it.
NOT_EXPRESSIONS = {"chowk.store.relational"}


def public_expressions() -> set[str]:
    """Public module-level functions annotated to return an Ibis table, as `module.function`."""
    found = set()
    for path in sorted(SOURCE.rglob("*.py")):
        module = ".".join(("chowk", *path.relative_to(SOURCE).with_suffix("").parts))
        if module in NOT_EXPRESSIONS:
            continue
        for node in ast.parse(path.read_text("utf-8")).body:
            if (
                isinstance(node, ast.FunctionDef)
                and not node.name.startswith("_")
                and node.returns is not None
                and ast.unparse(node.returns).strip("'\"") in ("ibis.Table", "ir.Table")
            ):
                found.add(f"{module.removeprefix('chowk.')}.{node.name}")
    return found


def import_all() -> None:
    """Import the modules that hold expressions, so that they are enrolled."""
    for name in sorted({f"chowk.{one.rpartition('.')[0]}" for one in public_expressions()}):
        importlib.import_module(name)
