"""The pages that are made from the code are up to date, and name what is public."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import pytest

from chowk.errors import ChowkError
from chowk.store.schema import TABLES
from chowk.store.settings import SETTINGS, variable

ROOT = Path(__file__).resolve().parents[2]


def script(name: str):
    """A file of scripts/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_pages = script("make_pages")


@pytest.mark.parametrize("page", make_pages.PAGES)
def test_a_made_page_is_up_to_date(page):
    committed = (ROOT / "docs" / page).read_text("utf-8")
    assert committed == make_pages.PAGES[page](), f"docs/{page} is stale: run 'make pages'"


def test_every_column_is_documented():
    page = (ROOT / "docs" / "tables.md").read_text("utf-8")
    for table in TABLES.values():
        section = page.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        for column in table.columns:
            (row,) = [
                line for line in section.splitlines() if line.startswith(f"| `{column.name}`")
            ]
            assert column.doc in row.replace("\\|", "|"), f"{table.name}.{column.name}"
            assert ("` *" in row) is column.required


def test_every_setting_is_documented_with_its_variable():
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    for setting in SETTINGS:
        assert f"| `{setting.name}` |" in page
        assert f"`{variable(setting.name)}` |" in page


def test_every_error_is_documented():
    page = (ROOT / "docs" / "errors.md").read_text("utf-8")

    def below(cls):
        return {cls} | {deep for child in cls.__subclasses__() for deep in below(child)}

    for cls in below(ChowkError):
        if cls.__module__ == "chowk.errors":
            assert f"| `{cls.__name__}` |" in page


@pytest.mark.parametrize("module_name", make_pages.public())
def test_public_names_are_there_and_documented(module_name):
    module = importlib.import_module(module_name)
    page = (ROOT / "docs" / "names.md").read_text("utf-8")
    section = page.split(f"\n## {module_name}\n")[1].split("\n## ")[0]
    listed = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
    assert listed == set(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
        assert name == "__version__" or not name.startswith("_")


def test_the_facade_lists_what_it_loads():
    import chowk

    assert set(chowk._PUBLIC) | {"__version__"} == set(chowk.__all__)
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        _ = chowk.no_such_name
