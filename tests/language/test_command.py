"""`chowk mix` as a person meets it: rows in, JSON lines out, errors in one sentence."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from chowk.cli import main
from chowk.language import Mixes

PAIR = {"source": "show red shoes now", "target": "ab lal joote dikhao", "intent": "show"}


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[str], str]:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    told = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, told.out.splitlines(), told.err


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.jsonl"
    rows = [{**PAIR, "alignment": "0-3 1-1 2-2 3-0"}, {**PAIR, "target": None}]
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n", "utf-8")
    return path


def test_rows_come_out_as_json_lines_and_reasons_on_the_side(
    capsys: pytest.CaptureFixture[str], lines: Path
) -> None:
    code, out, err = run(capsys, "mix", lines, "-k", 2, "--theory", "ml")
    assert code == 0 and len(out) == 2
    first = json.loads(out[0])
    assert first["intent"] == "show" and first["pair"] == 0
    assert "1 rows gave nothing: there is no target side" in err


def test_json_ends_with_one_object(capsys: pytest.CaptureFixture[str], lines: Path) -> None:
    code, out, _ = run(capsys, "mix", lines, "--theory", "ml", "--json")
    told = json.loads(out[-1])
    assert code == 0 and told["pairs"] == 2 and told["rows"] == 1
    assert told["refused"][0]["pair"] == 1


def test_a_frozen_file_holds_what_the_summary_says(
    capsys: pytest.CaptureFixture[str], lines: Path, tmp_path: Path
) -> None:
    out = tmp_path / "frozen.jsonl"
    _, told, _ = run(capsys, "mix", lines, "--theory", "ml", "--out", out, "--json")
    assert Mixes.thaw(out).hash == json.loads(told[-1])["sha256"]


def test_a_dictionary_and_standard_input(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = tmp_path / "words.tsv"
    words.write_text("red\tलाल\n\nshoes\tजूते\n", "utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO('{"text": "red shoes now"}\n'))
    _, out, _ = run(capsys, "mix", "-", "--dictionary", words, "--rate", 1, "--latin")
    assert json.loads(out[0])["text"] == "laal joote now"


def test_tables_are_read_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text("source,target,alignment\nred shoes,lal joote,0-0 1-1\n", "utf-8")
    code, out, _ = run(capsys, "mix", table)
    assert code == 0 and json.loads(out[0])["languages"] in (["en", "hi"], ["hi", "en"])


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.jsonl", "{", "Line 1 of"),
        ("x.jsonl", "[1]", "is not an object"),
        ("x.jsonl", '{"text": "a"}', "needs words"),
        ("x.parquet", "no parquet", "cannot be read"),
    ],
)
def test_bad_files_are_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, text: str, told: str
) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    code, _, err = run(capsys, "mix", path)
    assert code in (1, 2) and told in err and len(err.splitlines()) == 1


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = run(capsys, "mix", tmp_path / "none.jsonl")
    assert code == 2 and "There is no file" in err and "none.jsonl" in err


def test_parse_answers_texts_files_and_standard_input(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run(capsys, "parse", "lal joote dikhao under 2000", "who won the match")
    first, second = (json.loads(line) for line in out)
    assert code == 0 and first["intent"] == "search" and first["in_scope"]
    assert first["search"]["filters"] == {"price": {"max": 2000.0}}
    assert not second["in_scope"] and "1 of 2 texts in scope" in err
    (tmp_path / "lines.txt").write_text("show red shoes\nundo\n", "utf-8")
    (tmp_path / "rows.jsonl").write_text('{"text": "undo"}\n', "utf-8")
    assert len(run(capsys, "parse", tmp_path / "lines.txt")[1]) == 2
    assert len(run(capsys, "parse", tmp_path / "rows.jsonl")[1]) == 1
    monkeypatch.setattr("sys.stdin", io.StringIO("show red shoes\n"))
    assert json.loads(run(capsys, "parse", "-")[1][0])["text"] == "show red shoes"


def test_parse_learns_from_examples_and_keeps_the_model(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = [
        {"tokens": ["show", "red", "shoes"], "labels": ["O", "B-colour", "O"], "intent": "show"},
        {"text": "where is it", "intent": "track"},
    ] * 4
    file = tmp_path / "examples.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    goods = tmp_path / "goods.csv"
    goods.write_text("product_id,title,brand\n1,Shoe,Bata\n", "utf-8")
    words = ("--examples", file, "--products", goods, "--save", tmp_path / "m", "--json")
    code, out, _ = run(capsys, "parse", "😀 show red bata shoes", "--utf16", *words)
    found, summary = json.loads(out[0]), json.loads(out[1])
    assert code == 0 and found["intent"] == "show" and summary["texts"] == 1
    assert found["slots"][0]["start"] == 8  # the face counts two
    assert found["search"]["filters"]["brand"] == ["Bata"]
    again = json.loads(run(capsys, "parse", "show red shoes", "--model", tmp_path / "m")[1][0])
    assert again["intent"] == "show"
    code, _, err = run(capsys, "parse", "x", "--model", tmp_path / "none")
    assert code == 2 and "There is no folder" in err
    code, _, err = run(capsys, "parse", "x", "--model", tmp_path)
    assert code == 1 and "does not hold an Understander" in err
    assert run(capsys, "parse", "x", "--model", tmp_path, "--examples", file)[0] == 2


def test_a_report_says_what_each_phenomenon_costs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    commands, words = tmp_path / "c.jsonl", tmp_path / "w.tsv"
    rows = [
        {"text": "show me red shoes", "intent": "search"},
        {"text": "start over", "intent": "restart"},
    ]
    commands.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    words.write_text("red\tlaal\nshoes\tjoote\nstart\tshuru\n", "utf-8")
    dialect = tmp_path / "d.csv"
    dialect.write_text("shoes,shooz\n", "utf-8")
    code, out, err = run(
        capsys, "mix", commands, "--dictionary", words, "--dialect", dialect, "--report", "shop",
        "--json",
    )  # fmt: skip
    told = json.loads(out[-1])
    by_name = {one["name"]: one for one in told["report"]}
    assert code == 0 and by_name["plain"]["rows"] == 2 and by_name["dialect"]["rows"] == 1
    assert by_name["plain"]["drop"] == 0 and "code-mixing" in by_name
    assert err == "" and told["rows"] == len(out) - 1
    (tmp_path / "k.json").write_text("[1]")
    code, _, err = run(capsys, "mix", commands, "--catalogue", tmp_path / "k.json")
    assert code == 1 and "must hold an object" in err


def test_a_conversation_is_replayed_and_hypotheses_are_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    goods, turns, heard = (tmp_path / n for n in ("g.jsonl", "t.jsonl", "h.jsonl"))
    goods.write_text(
        '{"product_id": "r", "title": "Red shoes", "attributes": {"colour": "Red"}, "price": 90}\n'
        '{"product_id": "b", "title": "Blue shoes", "attributes": {"colour": "Blue"}}\n'
    )
    turns.write_text(
        '{"say": "show me shoes", "products": ["r", "b"]}\n'
        '{"say": "only blue", "products": ["b"]}\n{"say": "undo", "products": ["r", "b"]}\n'
    )
    code, _, err = run(capsys, "parse", "--replay", turns, "--products", goods)
    assert code == 0 and "3 turns, 0 differences" in err
    turns.write_text('{"say": "show me shoes", "products": ["b"]}\n')
    code, out, _ = run(capsys, "parse", "--replay", turns, "--products", goods)
    assert code == 1 and "products is ['r', 'b'], not ['b']" in out[0]
    heard.write_text(
        '{"hypotheses": [{"text": "show me let shoes", "confidence": 0.2},'
        ' {"text": "show me red shoes", "confidence": 0.7}]}\n'
    )
    code, out, _ = run(capsys, "parse", heard)
    assert code == 0 and json.loads(out[0])["text"] == "show me red shoes"
    for one in ('{"text": "a"}', '{"text": "a", "confidence": 1' + "0" * 400 + "}"):
        heard.write_text(f'{{"hypotheses": [{one}]}}\n')
        code, _, err = run(capsys, "parse", heard)
        assert code == 1 and "Row 1" in err and "'confidence'" in err
