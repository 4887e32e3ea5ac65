"""What the table engine says becomes one sentence; what is no such error stays one for us."""

import duckdb
import pytest

from chowk.cli import main as entry
from chowk.cli.main import _engine_said


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (duckdb.IOException("IO Error: No space left on device"), "disk is full"),
        (duckdb.OutOfMemoryException("Out of Memory Error: 1 GB"), "engine.memory_mb"),
        (duckdb.BinderException("Binder Error: no\nsecond line"), "Binder Error: no"),
        (RuntimeError("Query interrupted"), "Stopped."),
        (RuntimeError("something else"), None),
        (KeyError("x"), None),
    ],
)
def test_sentences(error, word):
    said = _engine_said(error)
    assert (said is None) if word is None else (word in said and "\n" not in said)


def test_a_full_disk_is_one_sentence(monkeypatch, tmp_path, capsys):
    def full(*_, **__):
        raise duckdb.IOException("IO Error: Could not write: No space left on device")

    monkeypatch.setattr("chowk.create", full)
    with pytest.raises(SystemExit) as stop:
        entry(["new", str(tmp_path / "s")])
    assert stop.value.code == 1
    assert capsys.readouterr().err.count("\n") == 1
