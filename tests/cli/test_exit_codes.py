"""One rule for every command: wrong usage ends with 2, work that failed with 1, in one sentence."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from chowk.cli.main import _COMMANDS, commands

#: A file or folder that is not there, for every command that takes one.
MISSING = {
    "import": ("import", "s", "csv", "none.csv", "--table", "products"),
    "import --products": ("import", "s", "order-lines", "orders.csv", "--products", "none.csv"),
    "audit": ("audit", "none.csv"),
    "check": ("check", "none"),
    "build": ("build", "none"),
    "report": ("report", "none"),
    "serve": ("serve", "none"),
    "export": ("export", "none", "csv", "o.csv", "--table", "products"),
    "upgrade": ("upgrade", "none"),
    "backup": ("backup", "none", "b.tar"),
    "restore": ("restore", "none.tar", "r"),
    "erase-customer": ("erase-customer", "none", "c", "--yes"),
    "config": ("config", "none"),
    "key list": ("key", "list", "none"),
    "shadow": ("shadow", "s", "none.csv"),
    "risk": ("risk", "none.csv", "none2.csv"),
    "pack": ("pack", "none.csv", "none2.csv", "none3.csv"),
    "mix": ("mix", "none.jsonl"),
    "mix csv": ("mix", "none.csv"),
    "mix --dictionary": ("mix", "orders.csv", "--dictionary", "none.tsv"),
    "parse": ("parse", "none.csv"),
    "parse --model": ("parse", "hello", "--model", "none"),
    "parse --examples": ("parse", "hello", "--examples", "none.jsonl"),
    "parse --products": ("parse", "hello", "--products", "none.csv"),
    "parse --replay": ("parse", "--replay", "none.jsonl"),
    "address": ("address", "none.csv"),
    "address --model": ("address", "12 MG Road", "--model", "none"),
    "address --learn": ("address", "--learn", "none.jsonl", "--save", "m"),
    "moderate": ("moderate", "none.txt"),
    "moderate --terms": ("moderate", "orders.csv", "--terms", "none.txt"),
}


@pytest.mark.parametrize("name", MISSING)
def test_what_is_not_there_is_wrong_usage(
    name: str, store: Path, refused: Callable[..., str]
) -> None:
    (store.parent / "orders.csv").write_text(
        "order,sku,name,qty,price,date\n1,a,A,1,2,2024-01-01\n"
    )
    said = refused(*MISSING[name], code=2)
    assert "none" in said and ("There is no" in said or "is no store" in said), said


@pytest.mark.parametrize("name", [name for name in _COMMANDS if name != "bench"])
def test_an_option_or_value_that_is_not_known_is_wrong_usage(
    name: str, store: Path, refused: Callable[..., str]
) -> None:
    assert "--frobnicate" in refused(name, "--frobnicate", code=2)
    command = commands.get_command(click.Context(commands), name)
    assert command is not None
    for option in command.params:
        if isinstance(option.type, (click.Choice, click.IntRange)) and option.opts[0][0] == "-":
            words = ["x"] * sum(isinstance(p, click.Argument) for p in command.params)
            said = refused(name, *words, option.opts[0], "frobnicate", code=2)
            assert "frobnicate" in said and option.opts[0] in said


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("f.csv", b"\xff\xfe\xfd", ("moderate", "f.csv")),
        ("f.jsonl", b"{\n", ("mix", "f.jsonl")),
        ("f.parquet", b"no parquet", ("parse", "f.parquet")),
        ("f.parquet", b"no parquet", ("address", "f.parquet")),
        ("f.parquet", b"no parquet", ("moderate", "f.parquet")),
        ("f.jsonl", b"{\n", ("address", "f.jsonl")),
        ("f.csv", b"a,b\n1,2\n", ("audit", "f.csv")),
        ("f.csv", b"", ("import", "s", "csv", "f.csv", "--table", "products")),
    ],
)
def test_a_file_that_cannot_be_read_is_a_failure(
    name: str, content: bytes, words: tuple[str, ...], store: Path, refused: Callable[..., str]
) -> None:
    (store.parent / name).write_bytes(content)
    assert name in refused(*words, code=1)


# -- JSON -----------------------------------------------------------------------------------------


def test_rows_are_json_lines_and_the_last_line_sums_up(
    run: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.txt").write_text("red shoes\nblue shoes\n")
    (tmp_path / "m.jsonl").write_text('{"source": "red shoes", "target": "laal joote"}\n' * 2)
    replay = json.dumps({"say": "show me red shoes", "intent": "nothing like it"})
    (tmp_path / "r.jsonl").write_text(replay + "\n")
    for words, rows in (
        (("parse", "t.txt"), 2),
        (("address", "t.txt"), 2),
        (("moderate", "t.txt"), 2),
        (("mix", "m.jsonl", "--theory", "none"), None),
        (("parse", "--replay", "r.jsonl"), 0),
    ):
        told = run(*words, "--json")
        lines = [json.loads(line) for line in told.out.splitlines()]
        assert all(isinstance(line, dict) for line in lines), words
        if rows is not None:
            assert len(lines) == rows + 1, words
        plain = run(*words)
        if rows:
            assert [json.loads(line) for line in plain.out.splitlines()] == lines[:-1]


# -- export to standard output --------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "merchant-center", "shopify"])
def test_a_dash_is_standard_output(
    kind: str, run: Callable[..., object], store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = ("--table", "products") if kind in ("csv", "jsonl", "parquet") else ()
    assert run("export", "s", kind, "f", *table).code == 0
    held = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(held, write_through=True))
    told = run("export", "s", kind, "-", *table)
    assert held.getvalue() == (store.parent / "f").read_bytes()
    assert told.code == 0 and "rows to standard output" in told.err
    assert not (store.parent / "-").exists()


def test_a_dash_and_json_cannot_share_standard_output(
    run: Callable[..., object], store: Path
) -> None:
    told = run("export", "s", "csv", "-", "--table", "products", "--json")
    assert told.code == 2 and "--json and - would both write" in told.err
    assert list(json.loads(told.out)) == ["error"]


def test_every_kind_of_export_is_named(store: Path, refused: Callable[..., str]) -> None:
    said = refused("export", "s", "xls", "o", code=2)
    for kind in ("merchant-center", "shopify", "csv", "jsonl", "parquet", "complementary"):
        assert kind in said
