"""`chowk shadow`, end to end: an incumbent as an export and over HTTP; the answer is known."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

import chowk
from chowk.build import build
from chowk.search.rules import Rule, RuleBook

Run = Callable[..., Any]
PRODUCTS = [
    {"product_id": f"{thing}-{colour}", "title": f"{colour.title()} {thing}"}
    for thing in ("lamp", "sofa", "rug")
    for colour in ("red", "blue")
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built store whose shoppers asked for lamps most."""
    path = tmp_path_factory.mktemp("shadow") / "shop"
    asked = ["lamp"] * 3 + ["sofa"] * 2 + ["rug"]
    events = [
        {
            "event_id": f"e{n}",
            "ts": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n),
            "session_id": f"s{n}",
            "kind": "search",
            "query": query,
        }
        for n, query in enumerate(asked)
    ]
    with chowk.create(path, {"name": "Shadow", "currency": "EUR"}) as made:
        made.write("products", PRODUCTS)
        made.write("events", events)
        build(made, only=("search",), insist=("search",))
    return path


def test_an_export_is_compared_disagreements_first(run: Run, store: Path, tmp_path: Path) -> None:
    export = tmp_path / "old.csv"
    lines = ["query,product_id,position,asked", "lamp,lamp-red,1,9", "lamp,lamp-blue,2,9"]
    lines += ["sofa,rug-red,1,4", "rug,rug-red,1,2", "rug,rug-blue,2,2"]
    export.write_text("\n".join(lines) + "\n", "utf-8")
    told = run("shadow", store, export, "--json")
    assert told.code == 0, told
    assert told.json["queries"] == 3
    rows = told.json["disagreements"]
    assert rows[0]["query"] == "sofa"
    assert (rows[0]["agreement"], rows[0]["theirs"], rows[0]["asked"]) == (0.0, ["rug-red"], 4)
    assert sorted(rows[0]["ours"]) == ["sofa-blue", "sofa-red"]
    assert {row["query"]: row["agreement"] for row in rows[1:]} == pytest.approx(
        {"lamp": 1.0, "rug": 1.0}
    )
    assert told.json["agreement"] == pytest.approx(2 / 3)
    spoken = run("shadow", store, export, "--show", "1")
    assert "3 queries" in spoken.out and "sofa" in spoken.out and "rug-red" in spoken.out


class Incumbent(BaseHTTPRequestHandler):
    """An old search: it knows lamps alone."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query).get("q", [""])[0]
        self.asked.append(query)
        hits = [{"product_id": "lamp-red"}, {"product_id": "lamp-blue"}] if query == "lamp" else []
        body = json.dumps({"hits": hits}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Incumbent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_address_is_asked_the_log_s_own_queries(run: Run, store: Path, address: str) -> None:
    told = run("shadow", store, address + "/find?q={query}", "--json")
    assert told.code == 0, told
    assert Incumbent.asked[:3] == ["lamp", "sofa", "rug"]
    rows = {row["query"]: row for row in told.json["disagreements"]}
    assert (rows["lamp"]["agreement"], rows["lamp"]["asked"]) == (pytest.approx(1.0), 3)
    assert (rows["sofa"]["agreement"], rows["sofa"]["theirs"]) == (0.0, [])


@pytest.mark.parametrize(
    ("incumbent", "said"),
    [
        ("nowhere.csv", "There is no file"),
        ("http://127.0.0.1:9/find", "{query}"),
        ("http://127.0.0.1:9/{query}", "did not answer"),
    ],
)
def test_what_cannot_be_asked_is_said(run: Run, store: Path, incumbent: str, said: str) -> None:
    told = run("shadow", store, incumbent)
    assert told.code != 0 and said in told.err and "Traceback" not in told.err


def test_what_a_rule_hides_is_no_answer_of_ours(run: Run, store: Path, tmp_path: Path) -> None:
    export = tmp_path / "old.csv"
    export.write_text("query,product_id,position\nrug,rug-red,1\n", "utf-8")
    book = RuleBook(store / "rules.json")
    book.put(Rule(rule_id="away", action="hide", query="rug", product_ids=("rug-red",)))
    told = run("shadow", store, export, "--json")
    assert book.remove("away")
    assert told.json["disagreements"][0]["ours"] == ["rug-blue"]
    export.write_text("query,product_id,position\nrug,rug-red,first\n", "utf-8")
    told = run("shadow", store, export)
    assert told.code == 1 and "The position in row 1 must be a number" in told.err
