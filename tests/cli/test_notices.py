"""`chowk notices`: preview, send through a local webhook, states, report, opt-out."""

from __future__ import annotations

import http.server
import json
import threading

import pytest

import chowk
from chowk.desk import Desk

UNTIL = ("--until", "2099-01-01", "--quiet", "3:00-3:00")


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "s"
    texts = [f"Flat {n}, Sai Krupa Apartments, Baner, Pune 411045" for n in range(20)]
    with chowk.create(path, {"time_zone": "Asia/Kolkata"}) as store, store.transaction() as change:
        change.replace("addresses", [{"address_id": f"a{n}", "text": t} for n, t in
                                     enumerate(texts)])  # fmt: skip
    return path


@pytest.fixture
def points(tmp_path):
    file = tmp_path / "points.csv"
    file.write_text("point_id;name;postcode\np;Corner Shop;411045\n", "utf-8")
    return file


class _Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append(json.loads(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *what):
        pass


@pytest.fixture
def hook(monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hook)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    monkeypatch.setenv("CHOWK_NOTICES_HOOK", f"http://127.0.0.1:{server.server_address[1]}/n")
    monkeypatch.setenv("CHOWK_NOTICES_SECRET", "s3cret")
    monkeypatch.setenv("CHOWK_NOTICES_ALLOW_HOSTS", "127.0.0.1")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_from_the_preview_to_the_report(run, shop, points, hook, tmp_path):
    file = tmp_path / "buildings.txt"
    file.write_text("Sai Kripa Apts, 411045\nNilgiri\n", "utf-8")
    about = ("s", "--buildings", file, "--points", points, *UNTIL)
    people = tmp_path / "people.csv"
    people.write_text("address_id,language,consented\na3,hi,yes\nA3,hi,yes\n", "utf-8")
    assert run("notices", "opt-out", "s", "a7", "--json").json == {
        "changed": True, "opted_out": 1, "known": True}  # fmt: skip
    assert "No address of this store" in run("notices", "opt-out", "s", "A7", "--back").out
    told = run("notices", "preview", *about, "--json")
    assert told.code == 0, told
    counts = told.json["counts"]
    assert (counts["concerned"], counts["opted_out"]) == (20, 1)
    assert told.json["unknown_buildings"] == ["Nilgiri"]
    assert not hook.seen and "Sai Krupa" not in run("notices", "preview", *about).out
    told = run("notices", "send", *about, "--people", people, "--json")
    assert told.code == 0, told
    assert told.json["sent"]["sent"] == len(hook.seen) == counts["to_send"]
    assert told.json["unknown_people"] == 1, "ids are taken as they are written"
    assert (
        "1 ids of --people are of no address"
        in run("notices", "preview", *about, "--people", people).out
    )
    assert {one["to"] for one in hook.seen}.isdisjoint({"a7"})
    assert run("notices", "send", *about, "--json").json["sent"] == {}
    assert len(hook.seen) == counts["to_send"], "nothing goes out twice"
    with chowk.open(shop) as store:
        rows = store.arrow("notices").to_pylist()
    out = tmp_path / "outcomes.jsonl"
    lines = [{"notice_id": row["notice_id"], "outcome": "used"} for row in rows[:4]]
    out.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    assert run("notices", "record", "s", out, "--json").json["kept"] == 4
    told = run("notices", "report", "s", "--json").json
    assert told["rates"]["sent"]["hits"] == counts["to_send"] and told["opted_out"] == 1
    assert told["states"]["held_back"] == counts["held_back"]
    assert "fetched by" in run("notices", "report", "s").out
    with Desk.open(shop / "desk.db") as desk:
        steps = [row.action for row in desk.audit()]
        assert steps == [
            "notices.declined", "notices.sent", "notices.sent", "notices.recorded"]  # fmt: skip
        assert desk.verify_audit() == 4
    assert "s3cret" not in run("config", "s").out


def test_a_hook_that_may_not_be_reached_is_said_before_anything_is_written(
    run, shop, points, hook, monkeypatch
):
    url = f"http://me:pa@ss@127.0.0.1:{hook.server_address[1]}/n?key=t0ken"
    monkeypatch.setenv("CHOWK_NOTICES_HOOK", url)
    monkeypatch.delenv("CHOWK_NOTICES_ALLOW_HOSTS")
    told = run("notices", "send", "s", "--zone", "4", "--points", points, *UNTIL)
    assert told.code == 2 and "allow_hosts" in told.err, told
    shown = told.err + run("config", "s", "--json").out
    assert not any(secret in shown for secret in ("t0ken", "pa@", "ss@", "s3cret"))
    with chowk.open(shop) as store:
        assert not store.rows("notices") and not hook.seen
    monkeypatch.setenv("CHOWK_NOTICES_HOOK", "ftp://me:pa@ss@h/x?key=t0ken")
    told = run("config", "s")
    assert told.code and "notices.hook" in told.err
    assert not any(secret in told.err for secret in ("t0ken", "pa@", "ss@")), told


def test_wrong_usage_says_what_to_do(run, shop, points, tmp_path):
    def says(*words, code=2):
        told = run("notices", *words)
        assert told.code == code and told.err.count("\n") == 1, told
        return told.err

    assert "--zone PIN" in says("preview", "s", *UNTIL)
    assert "chowk import s csv" in says("preview", "s", "--zone", "4", *UNTIL)
    nobody = run("notices", "preview", "s", "--zone", "99", "--points", points, *UNTIL)
    assert nobody.code == 0 and "Nobody is concerned" in nobody.out
    about = ("s", "--zone", "4", "--points", points)
    assert "is over before" in says("preview", *about, "--until", "2020-01-01")
    assert "two times" in says("preview", *about, "--until", "2099-01-01", "--quiet", "25:00-9")
    assert "notices.hook" in says("send", *about, *UNTIL)
    assert "There is no file" in says("preview", "s", "--zone", "4", "--points", "no.csv", *UNTIL)
    bad = tmp_path / "bad.csv"
    bad.write_text("notice_id,outcome\nx,eaten\n", "utf-8")
    assert "'eaten'" in says("record", "s", bad)
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"notice_id": "x", "outcome": ["used"]}\n', "utf-8")
    assert "['used']" in says("record", "s", bad)
