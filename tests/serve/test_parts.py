"""The parts that routes stand on: tokens, rate limits, sealed secrets, leases of a build."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import weakref

import msgspec
import pytest
from litestar.testing import TestClient

from chowk.serve.app import create_app
from chowk.serve.attribution import SURFACES, Attribution, store_secret
from chowk.serve.keys import Keyring
from chowk.serve.problems import Problem


def test_a_token_comes_back_as_it_was_made():
    tokens = Attribution(b"k" * 32)
    for surface in SURFACES:
        answer_id, token = tokens.make(surface)
        given = tokens.read(token)
        assert (given.answer_id, given.surface) == (answer_id, surface)


def test_a_token_that_was_touched_is_none():
    tokens = Attribution(b"k" * 32)
    _, token = tokens.make("search")
    for at in range(len(token)):
        other = "A" if token[at] != "A" else "B"
        assert tokens.read(token[:at] + other + token[at + 1 :]) is None
    for bad in ("", "x", token + token, "ü" * 32, token[:-4]):
        assert tokens.read(bad) is None
    assert Attribution(b"j" * 32).read(token) is None


def test_many_processes_agree_on_the_stores_secret(tmp_path):
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(store_secret(tmp_path))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1 and len(found[0]) == 32
    assert [p.name for p in tmp_path.iterdir()] == ["serve.key"]
    assert (tmp_path / "serve.key").stat().st_mode & 0o077 == 0


def test_a_key_may_ask_so_often_and_then_must_wait(shop, keys):
    from chowk.desk import Desk

    now = [0.0]
    with Desk.open(shop / "desk.db") as desk:
        ring = Keyring(desk, per_second=5, clock=lambda: now[0])
        for _ in range(10):  # two seconds' worth at once
            ring.check(keys.secrets["shop"], "shop", "shop.use")
        with pytest.raises(Problem) as refused:
            ring.check(keys.secrets["shop"], "shop", "shop.use")
        assert refused.value.status == 429 and refused.value.headers["Retry-After"] == "1"
        ring.check(keys.secrets["staff"], "shop", "shop.use")  # another key is not held up
        now[0] = 1.0
        for _ in range(5):
            ring.check(keys.secrets["shop"], "shop", "shop.use")
        with pytest.raises(Problem):
            ring.check(keys.secrets["shop"], "shop", "shop.use")


def test_a_look_at_the_desk_does_not_hold_up_other_requests(shop, keys):
    from chowk.desk import Desk

    now, threads = [0.0], []
    with Desk.open(shop / "desk.db") as desk:
        ring = Keyring(desk, clock=lambda: now[0])
        check = ring.check

        def noted(*asked):
            threads.append(threading.current_thread())
            return check(*asked)

        ring.check = noted
        ask = (keys.secrets["shop"], "shop", "shop.use")

        async def some():
            for _ in range(3):
                await ring.checked(*ask)
            now[0] = 1.5
            await ring.checked(*ask)
            for _ in range(2):
                with pytest.raises(Problem):
                    await ring.checked("unknown", "shop", "shop.use")

        asyncio.run(some())
    here = [thread is threading.current_thread() for thread in threads]
    assert here == [False, True, True, False, False, False]


def test_a_key_reaches_no_further_than_its_scope_whatever_its_roles(shop, keys):
    from chowk.desk import Desk
    from chowk.serve.keys import allowed

    with Desk.open(shop / "desk.db") as desk:
        staff = desk.check_key(keys.secrets["staff"])
    allowed(staff, "staff", "catalogue.write")
    for scope, needed in (("shop", "staff"), ("shop", "admin"), ("staff", "admin")):
        key = msgspec.structs.replace(staff, scope=scope, roles=("owner",))
        assert key.allows("catalogue.write")
        with pytest.raises(Problem) as refused:
            allowed(key, needed, "catalogue.write")
        assert (refused.value.status, refused.value.name) == (403, "scope")


def test_a_revoked_key_stops(shop, keys):
    from chowk.desk import Desk

    with Desk.open(shop / "desk.db") as desk:
        ring = Keyring(desk)
        key = ring.check(keys.secrets["shop"], "shop", "shop.use")
        desk.revoke_key(key.key_id, actor="cli")
        with pytest.raises(Problem) as refused:
            ring.check(keys.secrets["shop"], "shop", "shop.use")
        assert refused.value.status == 401


def test_a_replaced_build_is_closed_when_its_last_request_lets_go(client, shop):
    import chowk
    from chowk.build import build

    serving = client.app.state.serving
    held = serving.models
    engine = weakref.ref(held.search)
    with chowk.open(shop) as store:
        build(store, insist=("search", "related"))
    serving.reload()
    assert serving.models is not held
    assert held.search.search("kettle").total == 3, "a request that holds it is still answered"
    del held
    gc.collect()
    assert engine() is None


def test_what_an_older_model_lacks_is_laid_over_it(shop, keys):
    import chowk
    from chowk.build import build
    from chowk.journal import Entry, Journal

    with chowk.open(shop) as store:
        with Journal.of(store) as journal:
            row = {"product_id": "p0", "title": "Crumhorn"}
            journal.append([Entry.checked("product", row)])
        record = build(store, only=("related",), insist=("related",))
        assert record.journal == 1 and record.system("search").kept
    with TestClient(create_app(shop)) as client:
        found = client.get("/v1/search?q=crumhorn", headers=keys.shop).json()["hits"]
        assert [hit["product_id"] for hit in found] == ["p0"]
        assert found[0]["product"]["price"] == 100


def test_working_copies_share_the_stores_files_and_killed_ones_are_swept(shop, keys):
    left = shop / ".scratch" / "chowk-search-killed"
    left.mkdir(parents=True)
    os.utime(left, (0, 0))
    with TestClient(create_app(shop)) as client:
        assert client.get("/v1/search?q=kettle", headers=keys.shop).json()["total"] == 3
        (work,) = (shop / ".scratch").iterdir()
        assert work != left
        assert (work / "products.db").stat().st_nlink > 1
    gc.collect()
    assert list((shop / ".scratch").iterdir()) == []


def test_a_store_without_room_for_working_copies_serves_from_the_temporary_folder(
    shop, keys, tmp_path, monkeypatch
):
    (shop / ".scratch").write_text("not a folder, so that none can be made")
    elsewhere = tmp_path / "temporary"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    with TestClient(create_app(shop)) as client:
        assert client.get("/v1/search?q=kettle", headers=keys.shop).json()["total"] == 3
        assert len(list(elsewhere.glob("chowk-search-*"))) == 1


def test_other_origins_may_call_only_when_they_are_named(shop, keys):
    ask = {"Origin": "https://shop.example", **keys.shop}
    with TestClient(create_app(shop)) as client:
        assert "access-control-allow-origin" not in client.get("/v1/search", headers=ask).headers
    with TestClient(create_app(shop, serve__cors_origins="https://shop.example")) as client:
        answer = client.get("/v1/search", headers=ask)
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        other = client.get("/v1/search", headers={**ask, "Origin": "https://evil.example"})
        assert other.headers.get("access-control-allow-origin") != "https://evil.example"


def test_a_body_has_a_limit_that_can_be_set(shop, keys):
    with TestClient(create_app(shop, serve__max_body_kb=1)) as client:
        answer = client.post("/v1/events", content=b'"' + b"x" * 2000 + b'"', headers=keys.shop)
        assert answer.status_code == 413 and "1 KiB" in answer.json()["detail"]


def test_an_answer_that_takes_too_long_is_given_up(shop, keys, monkeypatch):
    import time

    from chowk.serve.routes import status

    monkeypatch.setattr(status, "status_of", lambda serving: time.sleep(2))
    with TestClient(create_app(shop, serve__timeout_seconds=0.2)) as client:
        answer = client.get("/v1/status", headers=keys.staff)
        assert answer.status_code == 503
        assert "time limit" in answer.json()["detail"]
