"""Each command does its act, and with --json prints one object as the last line."""

from __future__ import annotations

import csv
import functools
import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import chowk
from chowk.desk import Desk
from chowk.system import system_names

Run = Callable[..., Any]
SYSTEM = {"name", "metric", "value", "baseline", "better", "low", "high", "rows", "seconds",
          "enabled"}  # fmt: skip
ACCOUNT = {"rows_in", "kept", "quarantined"}


def ok(told: Any) -> dict[str, Any]:
    """A command that went well, with --json: one line of output, and nothing on standard error."""
    assert told.code == 0, told
    assert told.out.count("\n") == 1 and told.err == "", told
    return told.json


# -- new, import, check ---------------------------------------------------------------------------


def test_new_makes_an_empty_store_with_its_settings(run: Run, tmp_path: Path) -> None:
    words = ("--name", "Asha", "--currency", "INR", "--time-zone", "Asia/Kolkata", "--locale", "hi")
    told = ok(run("new", "s", *words, "--json"))
    assert told["path"] == "s" and told["settings"]["currency"] == "INR"
    with chowk.open(tmp_path / "s") as store:
        assert store.tables() == []
        assert [store.settings[n] for n in ("name", "time_zone", "locale")] == [
            "Asha", "Asia/Kolkata", "hi",
        ]  # fmt: skip


@pytest.mark.parametrize(
    "mapping",
    [
        ("--map", "product_id=SKU", "title=Name", "category=Dept,Kind"),
        ("--map", "product_id=SKU", "--map", "title=Name", "--map", "category=Dept,Kind"),
        ("--map=product_id=SKU", "--map=title=Name,category=Dept,Kind"),
        ("--map", "product_id=SKU,title=Name,category=Dept,Kind"),
    ],
    ids=["spread", "repeated", "equals", "commas"],
)
@pytest.mark.parametrize("format_name", ["csv", "parquet", "jsonl"])
def test_import_of_the_plain_formats(
    run: Run, tmp_path: Path, format_name: str, mapping: tuple[str, ...]
) -> None:
    rows = [
        {"SKU": "1", "Name": "Mug", "Dept": "Home", "Kind": "Cups", "price": "3"},
        {"SKU": "2", "Name": "Pen", "Dept": "Office", "Kind": "Pens", "price": "-1"},
        {"SKU": "3", "Name": "Ink", "Dept": "Office", "Kind": "", "price": "4.50"},
    ]
    file = tmp_path / f"goods.{format_name}"
    if format_name == "csv":
        with file.open("w", newline="") as handle:
            out = csv.DictWriter(handle, list(rows[0]))
            out.writeheader()
            out.writerows(rows)
    elif format_name == "jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        pq.write_table(pa.Table.from_pylist(rows), file)
    assert run("new", "s").code == 0
    told = ok(run("import", "s", format_name, file, "--table", "products", *mapping, "--json"))
    assert told["format"] == format_name
    assert list(told["tables"]) == [file.name]
    assert told["tables"][file.name].items() >= {"rows_in": 3, "kept": 2, "quarantined": 1}.items()
    assert told["derived"] == {} and Path(told["quarantine"]).is_file()
    with chowk.open(tmp_path / "s") as store:
        found = {r["product_id"]: r["category"] for r in store.arrow("products").to_pylist()}
    assert found == {"1": "Home > Cups", "3": "Office"}


def test_order_lines_all_the_way(run: Run, order_lines: Path, tmp_path: Path) -> None:
    """The road of an owner: new, import, check, build, report, export, backup, restore."""
    assert run("new", "s", "--currency", "INR").code == 0
    mapping = ("--map", "order=Order", "product=Product", "time=Time", "customer=Customer")
    told = ok(run("import", "s", "order-lines", order_lines, *mapping, "--json"))
    with order_lines.open(newline="") as handle:
        lines = list(csv.DictReader(handle))
    account = told["tables"]["orders.csv"]
    assert account["rows_in"] == account["kept"] == len(lines) and account["quarantined"] == 0
    assert told["derived"] == {"products": 7, "customers": 83}

    checked = ok(run("check", "s", "--html", "page.html", "--json"))
    assert set(checked["tables"]["orders.csv"]) >= ACCOUNT
    revenue = sum(float(row["Price"]) * float(row["Quantity"]) for row in lines)
    assert checked["revenue"] == pytest.approx(revenue)
    assert "<html" in (tmp_path / "page.html").read_text()

    made = ok(run("build", "s", "--insist", "search", "--json"))
    assert [system["name"] for system in made["systems"]] == system_names()
    for system in made["systems"]:
        assert set(system) >= SYSTEM
        assert ("why" in system) == (system["value"] is None)
    related = made["systems"][1]
    assert related["value"] >= related["baseline"] and related["better"] == "higher"
    assert related["low"] <= related["high"] and related["enabled"] is True

    reported = ok(run("report", "s", "--html", "r.html", "--json"))
    assert reported["systems"] == made["systems"] and "<html" in Path("r.html").read_text()

    assert ok(run("export", "s", "csv", "p.csv", "--table", "products", "--json"))["rows"] == 7
    assert ok(run("export", "s", "shopify", "shop.csv", "--json"))["rows"] >= 7
    assert ok(run("export", "s", "merchant-center", "feed.tsv", "--json"))["rows"] == 7
    goes = ok(run("export", "s", "complementary", "goes.csv", "--json"))["rows"]
    assert len(Path("goes.csv").read_text().splitlines()) == goes + 1 > 1

    saved = ok(run("backup", "s", "b.tar", "--json"))
    assert saved["bytes"] == (tmp_path / "b.tar").stat().st_size
    restored = ok(run("restore", "b.tar", "again", "--json"))
    assert restored["rows"]["events"] == len(lines) and restored["rows"]["products"] == 7

    assert run("erase-customer", "s", "C1", "--json").code == 2  # nobody could be asked
    erased = ok(run("erase-customer", "s", "C1", "--yes", "--json"))
    bought = sum(row["Customer"] == "C1" for row in lines)
    assert erased["erased"]["events"] == bought and erased["erased"]["customers"] == 1
    assert ok(run("upgrade", "s", "--json")) == {"from": 1, "to": 1}


def test_for_people_every_command_says_what_comes_next(
    run: Run, order_lines: Path, tmp_path: Path
) -> None:
    said = run("new", "s")
    assert said.code == 0 and "chowk import s" in said.out
    said = run("import", "s", "order-lines", order_lines)
    assert said.code == 0 and "chowk check s" in said.out and "quarantined" in said.out
    said = run("check", "s")
    assert said.code == 0 and "adds up" in said.out
    said = run("build", "s")
    assert said.code == 0 and "chowk serve s" in said.out
    said = run("report", "s")
    assert said.code == 0 and "s/report.html" in said.out and (tmp_path / "s/report.html").is_file()
    for told in (run("new", "t"), run("config", "t"), run("backup", "t", "t.tar")):
        assert told.err == ""


# -- the demo ------------------------------------------------------------------------------------


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's sample store, a hundredth of its size and without pictures."""
    import chowk.sample

    small = {"products": 60, "customers": 40, "events": 2_000, "images": False}
    monkeypatch.setattr(chowk.sample, "make", functools.partial(chowk.sample.make, **small))


@pytest.mark.usefixtures("tiny")
def test_demo_makes_builds_and_reports_and_is_quick_the_second_time(
    run: Run, tmp_path: Path
) -> None:
    told = ok(run("demo", "--no-serve", "--path", "d", "--seed", "3", "--json"))
    assert told["path"] == "d" and "<html" in Path(told["html"]).read_text()
    assert [system["name"] for system in told["systems"]] == system_names()
    for system in told["systems"]:
        assert set(system) >= SYSTEM
    again = ok(run("demo", "--no-serve", "--path", "d", "--json"))
    assert again["build"] == told["build"]
    said = run("demo", "--no-serve", "--path", "d")
    assert said.code == 0 and "The store d is there" in said.out and "chowk serve d" in said.out


@pytest.mark.usefixtures("tiny")
def test_a_demo_that_was_killed_says_what_to_remove(run: Run, tmp_path: Path) -> None:
    chowk.create(tmp_path / "d").close()  # what is there until the sample's only commit
    said = run("demo", "--no-serve", "--path", "d")
    assert said.code == 2 and "Remove it and d-truth beside it" in said.err
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "mine").write_text("mine")
    said = run("demo", "--no-serve", "--path", "f")
    assert said.code == 2 and "f is there and not empty" in said.err
    assert "'seed' parameter" in run("demo", "--no-serve", "--path", "g", "--seed", "-1").err


# -- audit of one file ----------------------------------------------------------------------------


def test_audit_recognises_an_export_and_writes_a_page(
    run: Run, order_lines: Path, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_bytes(order_lines.read_bytes())
    told = ok(run("audit", "orders.csv", "--json"))
    assert told["format"] == "order-lines" and told["html"] == "orders-audit.html"
    page = (tmp_path / "orders-audit.html").read_text()
    assert "<html" in page and "orders.csv" in page
    assert told["tables"]["orders.csv"]["rows_in"] > 0 and told["findings"] is not None
    # Nothing but the page is left beside the file.
    assert sorted(p.name for p in tmp_path.iterdir()) == ["orders-audit.html", "orders.csv"]
    assert ok(run("audit", "orders.csv", "--out", "mine.html", "--json"))["html"] == "mine.html"


@pytest.mark.parametrize(
    ("name", "content", "format_name"),
    [
        ("a.csv", "product_id,title,price\n1,Mug,3\n", "csv"),
        ("a.tsv", "id\ttitle\tavailability\tprice\n1\tMug\tin_stock\t3.00 EUR\n",
         "merchant-center"),
        ("a.csv", "Handle,Title,Variant SKU,Variant Price\nmug,Mug,m1,3\n", "shopify"),
        ("a.jsonl", '{"product_id": "1", "title": "Mug", "price": 3}\n', "jsonl"),
        ("a.html", '<!doctype html><script type="application/ld+json">{"@context":'
         '"https://schema.org","@type":"Product","sku":"1","name":"Mug"}</script>', "jsonld"),
        ("a.csv", "invoice_no,sku,name,qty,unit_price,date\n1,m,Mug,1,3,2024-01-01\n",
         "order-lines"),
    ],
)  # fmt: skip
def test_audit_finds_the_format(
    run: Run, tmp_path: Path, name: str, content: str, format_name: str
) -> None:
    (tmp_path / name).write_text(content)
    told = ok(run("audit", name, "--json"))
    assert told["format"] == format_name
    assert told["tables"][name]["kept"] == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "order_id,product_id,title,quantity,price,when\n1,a,Mug,1,3,2024-01-01\n",
            ("because it has order (order_id)", "--map time=COLUMN", "--table products"),
        ),
        (
            "sku,name,qty,rate\na,Mug,1,3\na,Mug,2,3\n",
            ("the same sku stands on several rows", "--map order=COLUMN --map time=COLUMN"),
        ),
        ("sku,name,customer\na,Mug,c1\n", ("because it has customer (customer)",)),
    ],
)
def test_order_lines_are_not_taken_for_a_catalogue(
    run: Run, tmp_path: Path, content: str, says: tuple[str, ...]
) -> None:
    (tmp_path / "f.csv").write_text(content)
    said = run("audit", "f.csv")
    assert said.code == 1 and said.out == "" and "f.csv looks like order lines" in said.err
    for words in says:
        assert words in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["f.csv"]


def test_audit_speaks_of_the_map_that_it_was_given(run: Run, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("order,sku,name,qty,price,date\n1,a,Mug,1,3,2024-01-01\n")
    said = run("audit", "f.csv", "--map", "order=nope")
    assert said.code == 2 and "--map order=nope: there is no column 'nope'" in said.err
    said = run("audit", "f.csv", "--out", ".")
    assert said.code == 2 and said.err.startswith("chowk: . is a folder.")


def test_audit_says_what_it_took_the_file_for_and_whose_money_it_is(
    run: Run, tmp_path: Path
) -> None:
    lines = "order,sku,name,qty,price,ordered_at\n1,a,Mug,1,{},2024-01-01\n"
    (tmp_path / "bare.csv").write_text(lines.format("3"))
    (tmp_path / "signed.csv").write_text(lines.format("₹3"))
    said = run("audit", "bare.csv")
    assert said.out.startswith("bare.csv is read as order lines (order: order, product: sku,")
    assert (
        "Money is in EUR, assumed because the file names none; say it with --currency" in said.out
    )
    told = ok(run("audit", "bare.csv", "--currency", "GBP", "--json"))
    assert (told["currency"], told["currency_from"]) == ("GBP", "as --currency says")
    assert told["columns"]["time"] == ["ordered_at"]
    told = ok(run("audit", "signed.csv", "--json"))
    assert (told["currency"], told["currency_from"], told["revenue"]) == (
        "INR",
        "as the file says",
        3,
    )
    (tmp_path / "c.csv").write_text("product_id,title,price\n1,Mug,3\n")
    assert "c.csv is read as a catalogue (csv)" in run("audit", "c.csv").out
    assert "--currency sets currency to 'EURO'" in run("audit", "c.csv", "--currency", "EURO").err


# -- settings and keys ----------------------------------------------------------------------------


def test_config_says_where_each_setting_comes_from(
    run: Run, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (store / "chowk.toml").open("a") as toml:
        toml.write("\n[serve]\nport = 8123\nworkers = 2\n")
    monkeypatch.setenv("CHOWK_SERVE_WORKERS", "3")
    told = ok(run("config", "s", "--json"))["settings"]
    assert told["serve.host"] == {"value": "127.0.0.1", "origin": "default"}
    assert told["serve.port"] == {"value": 8123, "origin": "s/chowk.toml"}
    assert told["serve.workers"] == {"value": 3, "origin": "environment CHOWK_SERVE_WORKERS"}
    with chowk.open(store, flags={"serve.workers": 4}) as opened:
        assert opened.settings["serve.workers"] == 4
        assert opened.settings.origin("serve.workers") == "flag"
    assert ok(run("config", "--json"))["settings"]["serve.port"]["origin"] == "default"
    said = run("config", "s")
    assert said.code == 0 and "8123" in said.out and "CHOWK_SERVE_WORKERS" in said.out
    assert "Did you mean" not in said.out


def test_config_tells_of_a_misspelt_variable(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOWK_SERVE_PROT", "8123")
    assert ok(run("config", "--json"))["ignored"] == {"CHOWK_SERVE_PROT": "CHOWK_SERVE_PORT"}
    assert "CHOWK_SERVE_PROT is set" in run("config").out


def test_keys_are_made_listed_and_revoked(run: Run, store: Path) -> None:
    made = ok(run("key", "create", "s", "--scope", "shop", "--name", "front", "--json"))
    assert made["scope"] == "shop" and made["name"] == "front"
    with Desk.open(store / "desk.db") as desk:
        assert desk.check_key(made["secret"]).key_id == made["key_id"]
    listed = run("key", "list", "s", "--json")
    (key,) = ok(listed)["keys"]
    shown = {"key_id": made["key_id"], "scope": "shop", "name": "front", "state": "active"}
    assert key.items() >= shown.items()
    assert made["secret"] not in listed.out
    assert made["secret"] not in "".join(
        str(path.read_bytes()) for path in store.rglob("*") if path.is_file()
    )
    assert ok(run("key", "revoke", "s", made["key_id"], "--json")) == {"key_id": made["key_id"]}
    assert ok(run("key", "list", "s", "--json"))["keys"][0]["state"] == "revoked"
    unknown = run("key", "revoke", "s", "k000000000000")
    assert unknown.code == 2 and "List its keys with: chowk key list s" in unknown.err


# -- the others -----------------------------------------------------------------------------------


def test_bench_lists_the_benches_of_a_clone(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bench").mkdir()
    for name in ("search", "_report"):
        (tmp_path / "bench" / f"{name}.py").write_text("raise SystemExit(3)\n")
    assert ok(run("bench", "--json"))["benches"] == ["search"]
    assert run("bench", "search").code == 3  # the bench's own exit code
    assert "There is no bench 'nope'" in run("bench", "nope").err


def test_help_names_every_command(run: Run) -> None:
    said = run("--help")
    assert said.code == 0
    names = ("demo new import check build report serve export upgrade backup restore "
             "erase-customer config key bench audit").split()  # fmt: skip
    for name in names:
        assert name in said.out
        told = run(name, "--help")
        assert told.code == 0 and ("--json" in told.out or name == "key")
    assert run("--version").out.startswith("chowk ")
    assert run("key").code == 2


def real(*words: str, cwd: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chowk", *words], cwd=cwd, capture_output=True, text=True, **more
    )


def test_in_a_process_of_its_own(store: Path) -> None:
    done = real("check", "s", "--json", cwd=store.parent)
    assert done.returncode == 0 and done.stderr == ""
    assert json.loads(done.stdout)["ok"] is True
    done = real("check", "none", cwd=store.parent)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("chowk: There is no store at none")
    done = real(cwd=store.parent)
    assert done.returncode == 2 and "Usage: chowk" in done.stderr


def test_serve_shows_the_first_keys_and_answers_until_it_is_stopped(built: Path) -> None:
    words = [sys.executable, "-m", "chowk", "serve", "s", "--port", "0", "--json"]
    with subprocess.Popen(words, cwd=built.parent, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            told = json.loads(server.stdout.readline())
            assert set(told["keys"]) == {"shop", "staff", "admin"}
            ask = urllib.request.Request(
                f"{told['url']}/v1/search?q=red%20mug&k=1",
                headers={"Authorization": f"Bearer {told['keys']['shop']}"},
            )
            with urllib.request.urlopen(ask, timeout=30) as answer:
                assert json.load(answer)["hits"][0]["product_id"] == "mug-red"
        finally:
            server.terminate()
        server.wait(60)
    assert server.returncode == 0


def test_a_server_whose_port_is_taken_makes_no_keys(store: Path, run: Run) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = run("serve", "s", "--port", port)
    assert said.code == 2 and said.out == ""
    assert f"Cannot listen on 127.0.0.1:{port}" in said.err and "--port" in said.err
    assert ok(run("key", "list", "s", "--json"))["keys"] == []


def test_a_reader_that_goes_away_is_no_error(store: Path) -> None:
    """`chowk config s | head -1`"""
    command = f"{sys.executable} -m chowk config s | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=store.parent, capture_output=True, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert done.stderr == ""


def test_a_question_that_is_not_answered_erases_nothing(store: Path) -> None:
    done = real("erase-customer", "s", "c1", cwd=store.parent, input="n\n")
    assert done.returncode == 130 and "Stopped." in done.stderr
    done = real("erase-customer", "s", "c1", cwd=store.parent, input="y\n")
    assert done.returncode == 0 and "Erased" in done.stdout
