"""Clients of a server that is killed: each sends a call again until it is acknowledged."""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

START, SLOW = 120.0, 20.0


class Server:
    """The processes of one server after the other; `kill` ends the whole group at once."""

    def __init__(self, store: Path, errors: Path) -> None:
        self._store = store
        self._errors = errors.open("ab")
        self._process: subprocess.Popen[bytes] | None = None
        self.kills = 0
        self.url = ""

    def start(self) -> None:
        """Start the processes; they answer when `wait_ready` says so."""
        self.url = ""
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("serving.py")), str(self._store)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
            env={**os.environ, "TMPDIR": str(self._store.parent)},
        )

    def ready(self, seconds: float) -> bool:
        """Wait so long for the server to answer; whether it does."""
        assert self._process is not None and self._process.stdout is not None
        if not self.url and select.select([self._process.stdout], [], [], seconds)[0]:
            line = self._process.stdout.readline().decode().strip()
            assert line, "the server ended by itself"
            self.url = line
        return bool(self.url)

    def kill(self) -> None:
        """SIGKILL to every process of the server, and wait until they are gone."""
        assert self._process is not None and self._process.stdout is not None
        group = self._process.pid
        os.killpg(group, signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()
        self._process = None
        self.kills += 1
        deadline = time.monotonic() + SLOW
        while time.monotonic() < deadline:
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                return
            time.sleep(0.005)
        raise TimeoutError(f"the processes of group {group} did not end")

    def close(self) -> None:
        if self._process is not None:
            self.kill()
        self._errors.close()


def ask(url: str, method: str, path: str, key: str, body: Any = None) -> tuple[int, Any]:
    """One HTTP call; OSError or HTTPException when the server is gone."""
    parts = urlsplit(url)
    link = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SLOW)
    try:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        link.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = link.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    finally:
        link.close()


class Shopper(threading.Thread):
    """Sends events with ids of its own, one call after the other, until `stop` is set."""

    def __init__(
        self, name: str, server: Server, key: str, stop: threading.Event, product: str
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._server, self._key, self._over, self._product = server, key, stop, product
        self.acknowledged: list[str] = []
        #: Sent at least once, and perhaps never acknowledged.
        self.tried: set[str] = set()
        self.retries = self.repeated = 0
        self.wrong: list[str] = []

    def run(self) -> None:
        while not self._over.is_set():
            first = len(self.acknowledged)
            ids = [f"{self.name}-{first + n}" for n in range(1 + first % 3)]
            # The newest acknowledged event comes again: a shop that was not sure.
            again = self.acknowledged[-1:]
            if self._kept([*again, *ids]):
                self.acknowledged += ids

    def _kept(self, ids: list[str]) -> bool:
        """Send until it is acknowledged; False when the test ends before that."""
        rows = [
            {
                "event_id": event,
                "ts": f"2026-05-{1 + len(self.acknowledged) % 9:02}T10:00:00Z",
                "session_id": self.name,
                "kind": "view_item",
                "product_id": self._product,
            }
            for event in ids
        ]
        while not self._over.is_set():
            url = self._server.url
            if url and self._sent(url, rows):
                return True
            self._over.wait(0.01)
        return False

    def _sent(self, url: str, rows: list[dict[str, Any]]) -> bool:
        self.tried |= {row["event_id"] for row in rows}
        try:
            status, answer = ask(url, "POST", "/v1/events", self._key, rows)
        except (OSError, http.client.HTTPException, ValueError):
            self.retries += 1
            return False
        if status == 202:
            if answer["accepted"] + answer["repeated"] != len(rows):
                self.wrong.append(f"{len(rows)} rows, and the answer was {answer}")
            self.repeated += answer["repeated"]
            return True
        if status != 503:
            self.wrong.append(f"{status}: {answer}")
            self._over.set()
        return False


def eventually(true: Callable[[], bool], seconds: float = SLOW) -> bool:
    """Whether it becomes true in so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return true()
