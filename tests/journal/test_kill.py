"""Servers and folds are killed at random moments; every acknowledged row is there exactly once."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import TextIO

import pytest

from chowk.journal import Journal, fold
from chowk.store.store import Store

KILLS = 20
CLIENTS = 2


class Nursery:
    """Starts the shop's processes and kills them."""

    def __init__(self, store: Path, errors: Path) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._errors = errors.open("wb")
        self._mother = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("shop.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self.living: dict[str, int] = {}

    def start(self, name: str, *words: str) -> None:
        assert self._mother.stdin is not None and self._mother.stdout is not None
        with self._lock:
            print(words[0], self._store, *words[1:], file=self._mother.stdin, flush=True)
            self.living[name] = int(self._mother.stdout.readline())

    def kill(self, name: str) -> None:
        """SIGKILL; ProcessLookupError when the process died of something else."""
        with self._lock:
            os.kill(self.living.pop(name), signal.SIGKILL)

    def close(self) -> None:
        for name in list(self.living):
            with contextlib.suppress(ProcessLookupError):  # a server ends with its client
                self.kill(name)
        self._mother.communicate()
        self._errors.close()


class Client:
    """Sends calls one after the other, each again and again until it is acknowledged."""

    def __init__(self, name: str, nursery: Nursery, folder: Path) -> None:
        self.name = name
        self.sent: list[str] = []
        self.price = 0
        self.retries = 0
        self._nursery = nursery
        self._place = str(folder / f"{name}.sock")
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(self._place)
        self._door.listen()
        self._door.settimeout(0.1)

    def run(self, stop: threading.Event) -> None:
        with self._door:
            while not stop.is_set():
                link = self._connected()
                with link, link.makefile("r") as answers:
                    while not stop.is_set():
                        call = self._call()
                        if not self._acknowledged(link, answers, call):
                            break
                        self._done(call)
                        time.sleep(0.002)  # so that the folds keep up

    def _connected(self) -> socket.socket:
        """A link to a server of one's own; a new one when it is killed before it calls."""
        self._nursery.start(self.name, "serve", self._place)
        for _ in range(600):
            try:
                link, _ = self._door.accept()
            except TimeoutError:
                if self.name not in self._nursery.living:
                    self._nursery.start(self.name, "serve", self._place)
            else:
                link.settimeout(60)
                return link
        raise TimeoutError("no server came up")

    def _call(self) -> list[tuple[str, dict[str, object]]]:
        first = len(self.sent)
        events = [f"{self.name}-{first + n}" for n in range(1 + first % 4)]
        row = {"ts": 1_700_000_000 + first % 10 * 86_400, "session_id": "s", "kind": "view_item"}
        price = {"product_id": self.name, "title": "Lamp", "price": self.price + 1}
        # The last event of the call before comes again: a client that was not sure.
        again = self.sent[-1:]
        return [("event", {"event_id": e, **row}) for e in [*again, *events]] + [("product", price)]

    def _acknowledged(
        self, link: socket.socket, answers: TextIO, call: list[tuple[str, dict[str, object]]]
    ) -> bool:
        try:
            link.sendall(json.dumps(call).encode() + b"\n")
            answer = answers.readline()
        except OSError:
            answer = ""
        if not answer:
            self.retries += 1
            return False
        assert int(answer) == len(call)
        return True

    def _done(self, call: list[tuple[str, dict[str, object]]]) -> None:
        known = set(self.sent[-1:])
        events = [str(row["event_id"]) for kind, row in call if kind == "event"]
        self.sent += [event for event in events if event not in known]
        self.price += 1


@pytest.mark.kill
def test_killed_anywhere_nothing_acknowledged_is_lost_or_doubled(
    tmp_path: Path, place: str
) -> None:
    draw = random.Random(2026)
    path = tmp_path / "shop"
    Store.create(path, {"journal.url": place}).close()
    nursery = Nursery(path, tmp_path / "errors")
    clients = [Client(f"client{n}", nursery, tmp_path) for n in range(CLIENTS)]
    stop = threading.Event()
    position = 0
    killed: Counter[str] = Counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        try:
            nursery.start("fold", "fold")
            running = [pool.submit(client.run, stop) for client in clients]
            while killed.total() < KILLS:
                time.sleep(draw.uniform(0.05, 0.5))
                name = draw.choice(["fold", *(client.name for client in clients)])
                if name not in nursery.living:
                    continue
                nursery.kill(name)
                killed[name] += 1
                if name == "fold":
                    with Store(path) as shop:  # opens, and has every file that it names
                        assert shop.manifest.journal >= position
                        position = shop.manifest.journal
                        if "events" in shop:
                            assert shop.arrow("events").num_rows == shop.rows("events")
                    nursery.start("fold", "fold")
            stop.set()
            for future in running:
                future.result()
        finally:
            stop.set()
            nursery.close()
    assert (tmp_path / "errors").read_text() == ""

    with Store(path) as shop, Journal.of(shop) as journal:
        with shop.transaction() as change:
            folded = fold(change, journal, shop.manifest.journal)
        assert folded.quarantined == 0
        assert shop.manifest.journal == journal.head() == folded.position
        held = Counter(shop.arrow("events")["event_id"].to_pylist())
        prices = {row["product_id"]: row["price"] for row in shop.arrow("products").to_pylist()}
    acknowledged = [event for client in clients for event in client.sent]
    # A call that was on its way when the clients stopped may be there too, once.
    assert [event for event, times in held.items() if times > 1] == []
    missing = [event for event in acknowledged if event not in held]
    assert missing == []
    unsure = {
        str(row["event_id"])
        for client in clients
        for kind, row in client._call()
        if kind == "event"
    }
    assert set(held) - set(acknowledged) <= unsure
    for client in clients:
        assert prices[client.name] in (Decimal(client.price), Decimal(client.price + 1))
    # The test did what it says.
    assert killed["fold"] >= 4 and killed.total() - killed["fold"] >= 6
    assert len(acknowledged) > 100 and position > 0
    assert sum(client.retries for client in clients) > 0
