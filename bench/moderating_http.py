"""Messages checked over HTTP: at 1,000 a second on two cores, the load generator among them.

The real server is started on an empty store, and messages (davidson's held-out rows; without them
those of the suites beside the tests) arrive when they are due, whether or not earlier ones were
answered. Then the rate is raised until the server no longer keeps up.

    python bench/moderating_http.py [--workers 2] [--seconds 15] [--json FILE]
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
from pathlib import Path

import pyarrow.parquet as pq

from _report import Row, arguments, emit
from serve import Load, Run, start, tell

#: What must hold: messages a second, and the 99th percentile in milliseconds.
RATE, LIMIT_MS = 1_000, 50.0
SUITES = Path(__file__).resolve().parent.parent / "tests" / "community"


class Messages(Load):
    """Messages over keep-alive connections, sent when they are due."""

    def __init__(self, port: int, key: str, texts: list[str]) -> None:
        super().__init__(port, key, [])
        self._requests = []
        for text in texts:
            body = json.dumps({"text": text}).encode()
            head = (
                "POST /v1/moderation/check HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            self._requests.append(head.encode() + body)


def texts_of(data: Path) -> list[str]:
    """Messages to send, each another."""
    path = data / "davidson" / "labeled_data.parquet"
    if path.is_file():
        found = pq.read_table(path, columns=["tweet"])["tweet"].to_pylist()[::5]
        return [str(text) for text in found]
    lines = [
        line
        for name in ("functions", "innocents")
        for line in (SUITES / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    return [str(json.loads(line)["text"]) for line in lines]


def main() -> None:
    """Run it."""
    import chowk
    from chowk.desk import Desk

    parser = arguments(__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=15.0)
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        # Two cores for everything: the server's processes inherit this.
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:2]))
    with tempfile.TemporaryDirectory(prefix="chowk-bench-") as temporary:
        folder = Path(temporary) / "store"
        chowk.create(folder, {"name": "Bench"}).close()
        with Desk.open(folder / "desk.db") as desk:
            key = desk.create_key("bench", "shop", actor="cli")[1]
        process, port = start(folder, given.workers)
        try:
            load = Messages(port, key, texts_of(given.data))
            asyncio.run(load.run(200, 5, process.pid))  # warm
            held = asyncio.run(load.run(RATE, given.seconds, process.pid))
            tell(held)
            best: Run | None = held if keeps_up(held) else None
            rate = RATE
            while best is not None and rate < 20_000:
                rate = int(rate * 1.25)
                found = asyncio.run(load.run(rate, 5.0, process.pid))
                tell(found)
                if not keeps_up(found):
                    break
                best = found
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    case = f"POST /v1/moderation/check, {given.workers} workers"
    at = f"{case}, at {RATE:,}/s"
    emit(
        "moderating_http",
        [
            Row(at, "messages/s", "higher", held.answered, "must be", float(RATE)),
            Row(at, "p50 ms", "lower", held.percentile(0.50)),
            Row(at, "p99 ms", "lower", held.percentile(0.99), "must be under", LIMIT_MS),
            Row(at, "failed", "lower", float(held.failed)),
            Row(at, "cores of the server", "lower", held.server_cpu),
            Row(at, "cores of the load", "lower", held.own_cpu),
            Row(case, f"ceiling, messages/s with p99 < {LIMIT_MS:g} ms", "higher",
                best.answered if best is not None else 0.0),
        ],
        given.json,
    )  # fmt: skip


def keeps_up(run: Run) -> bool:
    """Whether nothing failed and the slowest hundredth stayed under the limit."""
    return not run.failed and run.percentile(0.99) < LIMIT_MS


if __name__ == "__main__":
    main()
