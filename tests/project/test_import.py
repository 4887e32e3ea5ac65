"""`import chowk` loads nothing heavy: what takes long is loaded when it is first used."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    *("duckdb", "faiss", "ibis", "jinja2", "lightgbm", "litestar", "numba", "numpy", "onnxruntime"),
    *("pandas", "PIL", "polars", "pyarrow", "pyspark", "rich", "scipy", "sklearn", "sqlalchemy"),
    *("structlog", "tantivy", "torch"),
}


def loaded_by(code: str) -> set[str]:
    """The top-level modules in a fresh interpreter after `code`."""
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{code}\nimport sys; print(*{{m.split('.')[0] for m in sys.modules}})",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(shown.stdout.split())


@pytest.mark.parametrize("code", ["import chowk", "import chowk; dir(chowk); chowk.__version__"])
def test_nothing_heavy_is_loaded(code):
    loaded = loaded_by(code)
    assert "chowk" in loaded
    assert loaded & HEAVY == set()


def test_the_probe_sees_what_is_loaded():
    assert "numpy" in loaded_by("import numpy")


def test_errors_are_as_light():
    assert loaded_by("from chowk import ChowkError") & HEAVY == set()
