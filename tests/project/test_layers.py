"""The floors of the house: a module imports from the floors below its own, and from nowhere else.

A wing therefore never imports another wing, nor anything above it, and every module of `chowk`
stands on a floor. Imports inside functions and for type checkers count like all others.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

grimp = pytest.importorskip("grimp", reason="layers are read with the dev tools: make setup")

#: From the ground up. Rooms on one floor do not import each other.
FLOORS: tuple[frozenset[str], ...] = tuple(
    frozenset(rooms.split())
    for rooms in (
        "errors",
        "logs",
        "store",
        "learn",
        "system",
        # the wings, the desk, and the simulated store
        "catalog search discovery marketing delivery storefront community language health "
        "desk sample",
        "artifacts journal",
        "build",
        "pages testing backup erasure",
        "serve",
        "cli",
        "__main__",
    )
)
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}


def room(module: str) -> str:
    """`search` for `chowk.search.index`; '' for `chowk` itself, the façade."""
    return module.partition(".")[2].partition(".")[0]


def broken(imports: Iterable[tuple[str, str]]) -> list[str]:
    """One sentence for each import that goes up, or across."""
    found = []
    for importer, imported in imports:
        here, there = room(importer), room(imported)
        # The façade names everything, for type checkers; its version is anyone's to read.
        if "" in (here, there) or here == there or here not in FLOOR or there not in FLOOR:
            continue
        if FLOOR[there] >= FLOOR[here]:
            way = "beside it" if FLOOR[there] == FLOOR[here] else "above it"
            found.append(f"{importer} imports {imported}, which is {way}")
    return found


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("chowk", cache_dir=None)


def test_no_module_imports_up_or_across(graph):
    imports = [
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    ]
    assert len(imports) > 20
    assert broken(imports) == []


def test_every_module_stands_on_a_floor(graph):
    homeless = sorted({room(module) for module in graph.modules} - {""} - FLOOR.keys())
    assert homeless == [], (
        f"{homeless} stand on no floor: put them into FLOORS, as low as their imports allow"
    )


def test_nothing_imports_the_facade_for_more_than_its_version(graph):
    # `from chowk import Store` inside the package would load in circles.
    for importer in graph.find_modules_that_directly_import("chowk"):
        for detail in graph.get_import_details(importer=importer, imported="chowk"):
            assert detail["line_contents"] in (
                "from chowk import __version__",
                "import chowk",
            ), f"{importer}:{detail['line_number']}: import from the module that has it"


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("chowk.search.index", "chowk.learn.text", True),
        ("chowk.search.index", "chowk.system", True),
        ("chowk.search.index", "chowk.search.query", True),
        ("chowk.search.index", "chowk.discovery.related", False),
        ("chowk.search.index", "chowk.build", False),
        ("chowk.desk.queue", "chowk.search.index", False),
        ("chowk.store.store", "chowk.learn.text", False),
        ("chowk.serve.app", "chowk.cli", False),
        ("chowk.cli", "chowk.serve.app", True),
        ("chowk.build", "chowk", True),
    ],
)
def test_the_rule_itself(importer, imported, allowed):
    assert (broken([(importer, imported)]) == []) is allowed
