"""Runs `chowk.cli.main` in this process, and looks at everything that a person would see of it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chowk.build import build
from chowk.cli import main
from small_store import small_store

#: Lock files hold the number of the process that held them last.
LOCKS = (".lock", ".build.lock")


@dataclass(frozen=True)
class Said:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The object on the last line of standard output; nothing else is on it with --json."""
        found: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return found


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """`run("check", store)`: in a folder of its own, which holds the store as `s`."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, told.out, told.err)

    return run


def tree(path: Path) -> dict[str, str]:
    """Every file below `path` with a digest of its bytes."""
    return {
        str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(path.rglob("*"))
        if file.is_file() and file.name not in LOCKS
    }


@pytest.fixture
def refused(run: Run, tmp_path: Path) -> Callable[..., str]:
    """Runs a command that must fail: one sentence on standard error, and nothing is changed."""

    def refused(*words: object, code: int) -> str:
        before = tree(tmp_path)
        told = run(*words)
        assert told.code == code, told
        assert told.out == ""
        assert told.err.startswith("chowk: ") and told.err.count("\n") == 1, told.err
        assert told.err.rstrip().endswith((".", "?", "'")) or "chowk " in told.err, told.err
        assert tree(tmp_path) == before
        with_json = run(*words, "--json")
        assert with_json.code == code
        assert list(with_json.json) == ["error"] and with_json.out.count("\n") == 1
        assert tree(tmp_path) == before
        return told.err.removeprefix("chowk: ").rstrip("\n")

    return refused


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small store, not built."""
    path = tmp_path_factory.mktemp("made") / "s"
    small_store(path, orders=60, days=12).close()
    return path


@pytest.fixture(scope="session")
def made_and_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("built") / "s"
    with small_store(path, orders=300, days=30) as store:
        build(store, insist=("search", "related"))
    return path


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    """A copy at `s`, which is what the commands name."""
    shutil.copytree(made, tmp_path / "s")
    return tmp_path / "s"


@pytest.fixture
def built(made_and_built: Path, tmp_path: Path) -> Path:
    """A copy with a build, at `s`."""
    shutil.copytree(made_and_built, tmp_path / "s")
    return tmp_path / "s"
