"""Real server processes: changes reach all workers, new builds drop nothing, SIGTERM is gentle."""

from __future__ import annotations

import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable

import httpx
import pytest

import chowk
from chowk.build import build
from chowk.errors import ParameterError
from chowk.serve.run import serve
from serve.processes import each_worker, make_keys, running


@pytest.fixture(scope="module")
def two(tmp_path_factory, built):
    """Two workers over a copy of the built store."""
    store = tmp_path_factory.mktemp("two") / "shop"
    shutil.copytree(built, store)
    keys = make_keys(store)
    with running(store, workers=2) as server:
        workers = each_worker(server.url, keys.staff, 2)
        yield server, workers, keys, store
        for client in workers:
            client.close()


def test_every_worker_shows_a_change_soon_after_it_was_acknowledged(two):
    _, workers, _, _ = two
    slowest = []
    for number in range(20):
        name = f"Theremin{number}"
        body = {"title": name, "price": number}
        assert workers[number % 2].put(f"/v1/products/t{number}", json=body).status_code == 200
        acknowledged = time.monotonic()
        waiting = set(range(len(workers)))
        while waiting:
            for n in list(waiting):
                if workers[n].get("/v1/search", params={"q": name}).json()["total"] == 1:
                    waiting.discard(n)
            # A bound for a busy machine; what is promised is 0.2 s, and the bench reports it.
            assert time.monotonic() - acknowledged < 5.0
        slowest.append(time.monotonic() - acknowledged)
        assert all(w.get(f"/v1/products/t{number}").status_code == 200 for w in workers)
    assert workers[0].delete("/v1/products/t0").status_code == 200
    deadline = time.monotonic() + 5
    while any(w.get("/v1/products/t0").status_code != 404 for w in workers):
        assert time.monotonic() < deadline
    print(f"slowest of both workers: {max(slowest) * 1e3:.0f} ms")


class Patient:
    """A client that asks again when a worker of a busy machine says that it is not there yet."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def __getattr__(self, method: str) -> Callable[..., httpx.Response]:
        def ask(url: str, **more: object) -> httpx.Response:
            for _ in range(10):
                answer = getattr(self.client, method)(url, **more)
                if answer.status_code != 503:
                    break
                assert float(answer.headers["retry-after"]) > 0
            return answer

        return ask


def test_what_one_worker_acknowledged_another_never_calls_unknown(two):
    _, workers, _, _ = two
    for n in range(50):
        one, other = Patient(workers[n % 2]), Patient(workers[1 - n % 2])
        url = f"/v1/products/w{n}"
        assert one.put(url, json={"title": f"Sackbut {n}"}).status_code == 200
        assert other.patch(url, json={"price": 3}).status_code == 200
        row = {"product_id": f"w{n}", "region": "IN", "seller": "A", "price": 5}
        assert other.put(f"/v1/offers/w{n}", json=row).status_code == 200
        assert one.get(f"/v1/offers/w{n}").status_code == 200
        body = {"product_id": f"w{n}", "available": False}
        assert one.put("/v1/availability", json=body).status_code == 200
        assert other.delete(url).status_code == 200
        assert one.patch(url, json={"price": 4}).status_code == 404


def test_a_raid_through_both_workers_is_held_as_early_as_through_one(two):
    _, workers, keys, _ = two
    seen = []
    for number in range(20):
        sent = {
            "message_id": f"raid{number}", "channel_id": "square", "author_id": f"raider{number}",
            "text": f"join the free coin drop at the channel of the other one {number}",
        }  # fmt: skip
        answer = workers[number % 2].post("/v1/moderation/messages", json=sent, headers=keys.shop)
        seen.append(answer.json()["status"])
    assert seen == ["shown"] * 7 + ["held"] * 13


def test_metrics_of_all_workers_come_from_any_of_them(two):
    server, workers, _, _ = two
    for worker in workers:
        worker.get("/v1/suggest", params={"q": "ket"})
    texts = [httpx.get(f"{server.url}/metrics").text for _ in range(2)]
    for text in texts:
        assert 'chowk_requests_total{method="GET",route="/v1/suggest",status="200"} 2.0' in text
        served = [line for line in text.splitlines() if line.startswith("chowk_build_workers{")]
        assert len(served) == 1 and served[0].endswith(" 2.0")


def test_a_new_build_takes_over_under_load_without_a_failed_request(two):
    server, workers, keys, path = two
    workers[0].put("/v1/products/fresh", json={"title": "Ocarina of clay"})
    before = workers[0].get("/v1/status").json()["build"]
    failures: list[str] = []
    seen: set[int] = set()
    done = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=server.url, headers=keys.shop, timeout=20) as client:
            while not done.is_set():
                for query in ("kettle", "ocarina"):
                    try:
                        answer = client.get("/v1/search", params={"q": query, "facets": "brand"})
                    except httpx.HTTPError as error:
                        failures.append(repr(error))
                        continue
                    if answer.status_code != 200:
                        failures.append(answer.text)
                    else:
                        seen.add(answer.json()["total"])

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        with chowk.open(path) as store:
            store.write("products", [{"product_id": "imported", "title": "Ocarina of wood"}])
            record = build(store, insist=("search", "related"))
        deadline = time.monotonic() + 30
        while any(w.get("/v1/status").json()["build"] != record.build for w in workers):
            assert time.monotonic() < deadline, "the new build was not picked up"
            time.sleep(0.05)
        time.sleep(0.5)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert record.build != before
    assert failures == []
    # What the journal brought, and what only the new build has.
    for worker in workers:
        hits = worker.get("/v1/search", params={"q": "ocarina"}).json()["hits"]
        assert {hit["product_id"] for hit in hits} == {"fresh", "imported"}
    assert {1, 2} <= seen


def test_sigterm_ends_the_server_and_answers_what_is_under_way(shop, keys):
    with running(shop, workers=1) as server:
        answers: list[int] = []
        failures: list[str] = []

        def ask() -> None:
            with httpx.Client(base_url=server.url, headers=keys.shop, timeout=20) as client:
                try:
                    while True:
                        answers.append(client.get("/v1/search", params={"q": "lamp"}).status_code)
                except httpx.ConnectError:
                    return  # nobody listens any more: not a dropped request
                except (httpx.RemoteProtocolError, httpx.ReadError) as error:
                    failures.append(repr(error))

        thread = threading.Thread(target=ask)
        thread.start()
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
        thread.join(20)
        assert answers and set(answers) == {200}
        assert len(failures) <= 1  # the idle connection itself may close between two requests


@pytest.mark.parametrize(
    "said", [b"", b"GET /healthz HT", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"]
)
def test_an_open_connection_does_not_have_a_worker_killed(shop, said):
    """As browsers hold: one in reserve, one that stopped in the middle, one kept alive."""
    with running(shop) as server:
        place = httpx.URL(server.url)
        with socket.create_connection((place.host, place.port)) as held:
            held.sendall(said)
            if said.endswith(b"\r\n\r\n"):
                assert held.recv(1_000).startswith(b"HTTP/1.1 200")
            httpx.get(f"{server.url}/healthz")  # the worker has taken the other one by now
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(20) == 0
        assert "Killing" not in server.log.read_text() + server.process.stdout.read()


@pytest.mark.kill
def test_a_server_ends_as_often_as_it_starts(shop):
    for pause in (0.0, 0.05, 0.3):
        with running(shop) as server:
            time.sleep(pause)
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(20) == 0
            assert "Killing" not in server.log.read_text() + server.process.stdout.read()


def test_a_restart_replays_what_the_build_does_not_hold(shop, keys):
    with running(shop) as server:
        body = {"title": "Hurdy gurdy"}
        url = f"{server.url}/v1/products/late"
        assert httpx.put(url, json=body, headers=keys.staff).status_code == 200
    with running(shop) as server:
        found = httpx.get(f"{server.url}/v1/search?q=gurdy", headers=keys.shop).json()
        assert [hit["product_id"] for hit in found["hits"]] == ["late"]


def test_logs_carry_the_request_id_and_nothing_personal(shop, keys):
    with running(shop, log__format="json", log__level="debug") as server:
        headers = {**keys.shop, "X-Request-Id": "trace-1"}
        httpx.get(f"{server.url}/v1/search?q=my+secret+wish", headers=headers)
        event = {"session_id": "s", "kind": "view_item", "customer_id": "anna@example.org"}
        httpx.post(f"{server.url}/v1/events", json={**event, "price": "x"}, headers=headers)
    log = server.log.read_text()
    assert '"request_id": "trace-1"' in log or '"request_id":"trace-1"' in log
    for word in ("secret", "wish", "anna", keys.secrets["shop"]):
        assert word not in log


def test_a_taken_port_is_said(shop):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ParameterError, match="Cannot listen on"):
            serve(shop, port=taken.getsockname()[1])
