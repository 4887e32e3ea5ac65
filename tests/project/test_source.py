"""What holds for every file of the source: its size, its words, and what it may not do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import chowk.errors

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
OURS = [
    path
    for folder in ("src", "tests", "bench", "scripts", "docs", ".ci")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".py", ".md", ".toml", ".html", "") and path.is_file()
]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_module_is_one_idea(path):
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= 500, f"{name(path)} has {lines} lines: it holds more than one idea"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_module_says_what_it_is_for(path):
    doc = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert doc, f"{name(path)} has no docstring"
    assert doc.split("\n\n")[0].rstrip().endswith((".", ":")), "it opens with sentences"


def test_every_folder_of_modules_is_a_package():
    # Without __init__.py a folder is left out of the type check and of doctests, without a word.
    folders = {path.parent for path in SOURCES}
    assert [name(f) for f in sorted(folders) if not (f / "__init__.py").is_file()] == []


def imported(path: Path) -> set[str]:
    """The modules that a file imports, as written, wherever in the file."""
    tree = ast.parse(path.read_text("utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


#: Modules whose reading runs code that a file holds.
PICKLES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_is_pickled(path):
    roots = {module.partition(".")[0] for module in imported(path)}
    assert roots & PICKLES == set(), f"{name(path)}: data on disk is data, never code"
    text = path.read_text("utf-8")
    assert not re.search(r"allow_pickle\s*=\s*True|\.(read_pickle|to_pickle)\(", text)


@pytest.mark.parametrize("path", OURS, ids=name)
def test_nothing_is_left_for_later_or_bound_to_one_machine(path):
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        pytest.skip("not text")
    # Written so that this file does not find itself.
    for pattern in (
        r"\bTO" r"DO\b",
        r"\bFIX" r"ME\b",
        r"/wo" r"rk/",
        r"/ho" r"me/\w",
    ):
        hit = re.search(pattern, text)
        assert hit is None, f"{name(path)} holds {hit.group()!r}"


def test_no_helper_drawers():
    drawers = [name(p) for p in SOURCES if p.stem in ("utils", "util", "helpers", "misc", "common")]
    assert drawers == []
    managers = [
        f"{name(path)}: {node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Manager")
    ]
    assert managers == []


def test_most_files_fit_in_a_head():
    lines = {name(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    hubs = {path: count for path, count in lines.items() if count > 250}
    assert len(hubs) <= len(lines) / 3, f"too many files are over 250 lines: {hubs}"


# -- the tree of errors ----------------------------------------------------------------------------


def drawn() -> dict[str, tuple[str, frozenset[str]]]:
    """Class -> (parent, builtin parents), as the docstring of errors.py draws them."""
    doc = chowk.errors.__doc__ or ""
    lines = doc[doc.index("The tree::") :].splitlines()[2:]
    found: dict[str, tuple[str, frozenset[str]]] = {}
    stack: list[tuple[int, str]] = []
    for line in lines:
        hit = re.match(r"^([ │├└─]*)(\w+Error)\s*(?:\((\w+)\))?", line)
        if hit is None:
            continue
        depth = len(hit.group(1))
        while stack and stack[-1][0] >= depth:
            stack.pop()
        parent = stack[-1][1] if stack else ""
        found[hit.group(2)] = (parent, frozenset(filter(None, [hit.group(3)])))
        stack.append((depth, hit.group(2)))
    return found


def real() -> dict[str, tuple[str, frozenset[str]]]:
    """The same, as the classes are."""
    found = {}
    for cls in vars(chowk.errors).values():
        if isinstance(cls, type) and cls.__module__ == "chowk.errors":
            ours = [base.__name__ for base in cls.__bases__ if base.__module__ == "chowk.errors"]
            theirs = {base.__name__ for base in cls.__bases__ if base.__module__ == "builtins"}
            if cls is chowk.errors.ChowkError:
                theirs = set()
            found[cls.__name__] = (ours[0] if ours else "", frozenset(theirs))
    return found


def test_the_tree_of_errors_is_drawn_as_it_is():
    assert drawn() == real()
