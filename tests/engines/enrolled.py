"""Finds what should be enrolled: reads the source for functions that make a table."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import chowk

SOURCE = Path(chowk.__file__).parent
#: Where a table is made but nothing is asked of it.
NOT_EXPRESSIONS = {"chowk.store.relational"}


def public_expressions() -> dict[str, str]:
    """Public module-level functions annotated to return an Ibis table: name to module."""
    found = {}
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
                found[node.name] = module
    return found


def import_all() -> None:
    """Import the modules that hold expressions, so that they are enrolled."""
    for module in sorted({*public_expressions().values(), *_modules_that_enrol()}):
        importlib.import_module(module)


def _modules_that_enrol() -> set[str]:
    return {
        ".".join(("chowk", *path.relative_to(SOURCE).with_suffix("").parts))
        for path in SOURCE.rglob("*.py")
        if "\n@relational(" in path.read_text("utf-8")
    } - NOT_EXPRESSIONS
