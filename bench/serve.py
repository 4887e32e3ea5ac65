"""The server under load: searches a second over 100,000 products, and where the ceiling is.

A store of generated products is built, the real server is started (`chowk.serve.run`), and
searches with filters and facets arrive when they are due, whether or not earlier ones were answered
(open loop), so that waiting counts into the latency. Server and load generator share two cores.
Then the rate is raised until the server no longer keeps up. With `--ranker` the store has sales
and offers by region, every query names a region, and learned trees order the candidates.

    python bench/serve.py [--ranker] [--store FOLDER] [--seconds 20] [--json FILE]
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from _report import Row, arguments, emit

#: What must hold: requests a second (with the full ranker fewer), and the 99th percentile in
#: milliseconds.
RATE, RANKED, LIMIT_MS = 300, 150, 50.0
CONNECTIONS = 32
_SERVER = """
import sys
from chowk.serve.run import serve
if __name__ == "__main__":
    serve(sys.argv[1], port=int(sys.argv[2]), workers=int(sys.argv[3]),
          on_ready=lambda url: print("READY", url, flush=True))
"""


@dataclass(frozen=True)
class Run:
    """One rate: latencies in milliseconds from the moment a request was due."""

    rate: float
    sent: int
    failed: int
    seconds: float
    latencies: list[float]
    server_cpu: float
    own_cpu: float
    #: Cores that were busy with what is neither the server nor this process.
    others: float

    def percentile(self, share: float) -> float:
        """The latency that `share` of the requests stayed under."""
        if not self.latencies:
            return float("inf")
        return sorted(self.latencies)[
            min(len(self.latencies) - 1, int(share * len(self.latencies)))
        ]

    @property
    def answered(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds


REGIONS = ("IN/KA", "IN/MH", "IN/GJ", "DE/BE")


def sold_and_offered(ids: list[str], seed: int) -> dict[str, Any]:
    """Purchases in four regions, and an offer of every product in one or two of them."""
    import datetime

    rng = random.Random(seed)
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    events = [
        {
            "event_id": f"e{i}",
            "ts": start + datetime.timedelta(minutes=i),
            "session_id": f"s{i // 2}",
            "kind": "purchase",
            "product_id": ids[int(len(ids) * rng.random() ** 3)],
            "region": rng.choice(REGIONS),
        }
        for i in range(50_000)
    ]
    offers = [
        {
            "offer_id": f"{region}-{one}",
            "product_id": one,
            "region": region,
            "delivery_hours": rng.randrange(4, 200),
        }
        for one in ids
        for region in rng.sample(REGIONS, rng.choice((1, 2)))
    ]
    return {"events": events, "offers": offers}


def ranked_by_trees(seed: int) -> None:
    """Let the build keep trees of the size that a log gives, learned from lists by chance.

    What is measured is their cost; what they are worth is for `bench/ranking.py`.
    """
    import numpy as np

    from chowk.search import SearchEngine
    from chowk.search.ranker import FEATURES, Ranker

    rng = np.random.default_rng(seed)
    x = rng.random((20_000, len(FEATURES)))
    wish = x[:, 4] + x[:, 5] - x[:, 6] + rng.random(len(x))
    gains = (wish > 1.6).astype(np.int64)
    ranker = Ranker.fit(x, gains, np.full(1000, 20), start=x[:, 0])

    def learn(engine: Any, *_: Any, **__: Any) -> None:
        engine._scoring.ranker = ranker

    SearchEngine.learn = learn  # type: ignore[assignment,method-assign]


def make_store(folder: Path, products: int, seed: int, *, ranker: bool) -> dict[str, str]:
    """A store of `products`, built for search; gives its keys."""
    import chowk
    from chowk.build import build
    from chowk.desk import Desk
    from chowk.sample import catalogue

    started = time.perf_counter()
    with chowk.create(folder, {"name": "Bench"}) as store:
        table = catalogue(products, seed)
        store.write("products", table)
        if ranker:
            import pyarrow as pa

            for name, rows in sold_and_offered(table["product_id"].to_pylist(), seed).items():
                store.write(name, pa.Table.from_pylist(rows))
            ranked_by_trees(seed)
        build(store, only=["search"], insist=["search"])
    with Desk.open(folder / "desk.db") as desk:
        made = {
            "shop": desk.create_key("bench", "shop", actor="cli")[1],
            "staff": desk.create_key("bench", "staff", actor="cli", role="engineer")[1],
        }
    print(f"store of {products:,} products made and built in {time.perf_counter() - started:.1f} s")
    return made


def queries(folder: Path, seed: int, *, regions: bool, count: int = 400) -> list[bytes]:
    """Query strings as shoppers make them: words of titles, a filter or two, facets."""
    import chowk

    rng = random.Random(seed)
    with chowk.open(folder) as store:
        rows = store.arrow(store["products"].select("title", "brand", "category", "price"))
    sample = [rows.slice(rng.randrange(rows.num_rows), 1).to_pylist()[0] for _ in range(count)]
    made = []
    for row in sample:
        words = [w for w in row["title"].split() if w.isalpha()] or ["red"]
        asked = [("q", " ".join(rng.sample(words, min(len(words), rng.choice((1, 2, 2, 3))))))]
        kind = rng.random()
        if kind < 0.4 and row["brand"]:
            asked.append(("filter.brand", row["brand"]))
        elif kind < 0.8 and row["category"]:
            asked.append(("filter.category", row["category"].split(" > ")[0]))
        if rng.random() < 0.5 and row["price"] is not None:
            asked.append(
                ("filter.price", f"{float(row['price']) * 0.5:.2f}..{float(row['price']) * 2:.2f}")
            )
        if regions:
            asked.append(("region", rng.choice(REGIONS)))
        asked += [("facets", "brand,category,price"), ("k", "20")]
        made.append(urlencode(asked).encode())
    return made


class Load:
    """Requests over keep-alive connections, sent when they are due."""

    def __init__(self, port: int, key: str, asked: list[bytes]) -> None:
        head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
        self._requests = [b"GET /v1/search?" + q + b" HTTP/1.1\r\n" + head for q in asked]
        self._port = port

    async def run(self, rate: float, seconds: float, server: int) -> Run:
        """Send at `rate` for `seconds`; arrivals are spread as chance would (Poisson)."""
        rng = random.Random(int(rate))
        due, at = [], 0.0
        while at < seconds:
            due.append(at)
            at += rng.expovariate(rate)
        waiting: asyncio.Queue[float | None] = asyncio.Queue()
        latencies: list[float] = []
        failed = 0

        async def connection(number: int) -> None:
            nonlocal failed
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            turn = number
            while (moment := await waiting.get()) is not None:
                turn = (turn + 7919) % len(self._requests)
                try:
                    writer.write(self._requests[turn])
                    status = await _answer(reader)
                except (OSError, asyncio.IncompleteReadError):
                    status = 0
                    reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                if status == 200:
                    latencies.append((time.perf_counter() - moment) * 1e3)
                else:
                    failed += 1
            writer.close()

        tasks = [asyncio.create_task(connection(n)) for n in range(CONNECTIONS)]
        await asyncio.sleep(0.2)
        cpu, own, started = _cpu(server), time.process_time(), time.perf_counter()
        busy = _busy()
        for moment in due:
            pause = started + moment - time.perf_counter()
            if pause > 0:
                await asyncio.sleep(pause)
            waiting.put_nowait(started + moment)
        for _ in tasks:
            waiting.put_nowait(None)
        await asyncio.wait(tasks, timeout=30)
        for task in tasks:
            task.cancel()
        spent = time.perf_counter() - started
        servers = (_cpu(server) - cpu) / spent
        mine = (time.process_time() - own) / spent
        others = max(0.0, (_busy() - busy) / spent - servers - mine)
        lost = len(due) - len(latencies)
        return Run(rate, len(due), lost, spent, latencies, servers, mine, others)


def visibility(port: int, keys: dict[str, str], workers: int, changes: int = 50) -> list[float]:
    """Milliseconds from the acknowledgement of a change until every worker has shown it."""
    staff = {"Authorization": f"Bearer {keys['staff']}"}
    held: dict[int, http.client.HTTPConnection] = {}
    while len(held) < workers:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        held.setdefault(_json(connection, "GET", "/v1/status", staff)["worker"], connection)
    found = []
    for number in range(changes):
        # A word of its own: a store that is used again holds the changes of earlier runs.
        name, first = f"quokka{time.time_ns()}", next(iter(held.values()))
        body = json.dumps({"title": name})
        _json(first, "PUT", f"/v1/products/bench-{number}", staff, body)
        acknowledged = time.perf_counter()
        for connection in held.values():
            while not _json(connection, "GET", f"/v1/search?q={name}", staff)["total"]:
                time.sleep(0.002)
        found.append((time.perf_counter() - acknowledged) * 1e3)
    for connection in held.values():
        connection.close()
    return found


def _json(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: dict[str, str],
    body: str | None = None,
) -> dict[str, Any]:
    connection.request(method, path, body, headers)
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    return answer


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    await reader.readexactly(length)
    return int(head[9:12])


def _busy() -> float:
    """Processor seconds that the allowed cores have worked, for anybody (Linux)."""
    cores = {f"cpu{core}" for core in os.sched_getaffinity(0)}
    total = 0.0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name in cores:
            worked = [int(tick) for tick in ticks[:8]]
            total += (sum(worked) - worked[3] - worked[4]) / os.sysconf("SC_CLK_TCK")
    return total


def _cpu(parent: int) -> float:
    """Processor seconds that the server's processes have used (Linux)."""
    tick = os.sysconf("SC_CLK_TCK")
    total = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        if int(fields[1]) == parent:
            total += (int(fields[11]) + int(fields[12])) / tick
    return total


def start(folder: Path, workers: int) -> tuple[subprocess.Popen[str], int]:
    """The real server in its own processes."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = folder.parent / "server.py"
    script.write_text(_SERVER, "utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder), str(port), str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith("READY"):
        raise SystemExit("bench serve: the server did not start")
    time.sleep(1.0)
    return process, port


def main() -> None:
    """Run it."""
    parser = arguments(__doc__)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ranker", action="store_true", help="with regions, offers and trees")
    parser.add_argument("--store", type=Path, help="use the store that an earlier run kept here")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        # Two cores for everything: the server's processes inherit this.
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:2]))
    with tempfile.TemporaryDirectory(prefix="chowk-bench-") as temporary:
        folder = options.store or Path(temporary) / "store"
        note = folder.parent / "bench-keys.json"
        if (folder / "chowk.toml").exists():
            keys = json.loads(note.read_text())
        else:
            keys = make_store(folder, options.products, options.seed, ranker=options.ranker)
            note.write_text(json.dumps(keys))
        asked = queries(folder, options.seed, regions=options.ranker)
        process, port = start(folder, options.workers)
        try:
            rows = measure(Load(port, keys["shop"], asked), process.pid, options)
            seen = sorted(visibility(port, keys, options.workers))
            case = f"a change, until all {options.workers} workers show it"
            rows.append(Row(case, "median ms", "lower", seen[len(seen) // 2]))
            rows.append(Row(case, "slowest of 50 ms", "lower", seen[-1], "must be under", 200.0))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    emit("serve", rows, options.json)


def measure(load: Load, server: int, options: object) -> list[Row]:
    """The rate that must hold, then the ceiling."""
    seconds, workers = options.seconds, options.workers  # type: ignore[attr-defined]
    asyncio.run(load.run(100, 3, server))  # warm
    due = RANKED if options.ranker else RATE  # type: ignore[attr-defined]
    held = asyncio.run(load.run(due, seconds, server))
    tell(held)
    best, rate = held if _keeps_up(held) else None, due
    while rate < 10_000:
        rate = int(rate * 1.25)
        found = asyncio.run(load.run(rate, max(5.0, seconds / 3), server))
        tell(found)
        if not _keeps_up(found):
            last = found
            break
        best = found
    case = f"GET /v1/search, {options.products:,} products, {workers} workers"  # type: ignore[attr-defined]
    if options.ranker:  # type: ignore[attr-defined]
        case += ", full ranker"
    at = f"{case}, at {due}/s"
    ceiling = best.answered if best else 0.0
    used = last.server_cpu + last.own_cpu + last.others
    if last.server_cpu > 0.8 * workers and workers < 2:
        limit = "the one worker's own core: each worker is one interpreter"
    elif used < 1.7:
        limit = "not the processor"
    elif last.others > 0.3:
        limit = f"the processor, of which others took {last.others:.2f} cores: run it alone"
    else:
        limit = f"the processor, {last.server_cpu / last.answered * 1e3:.2f} ms of it a request"
    print(f"\nthe last rate that held was {ceiling:,.0f}/s; what limits it: {limit}")
    return [
        Row(at, "requests/s", "higher", held.answered, "must be", float(due)),
        Row(at, "p50 ms", "lower", held.percentile(0.50)),
        Row(at, "p95 ms", "lower", held.percentile(0.95)),
        Row(at, "p99 ms", "lower", held.percentile(0.99), "must be under", LIMIT_MS),
        Row(at, "failed", "lower", float(held.failed)),
        Row(at, "server's share of 2 cores", "lower", held.server_cpu / 2),
        Row(case, f"ceiling, requests/s with p99 < {LIMIT_MS:g} ms", "higher", ceiling),
    ]


def _keeps_up(run: Run) -> bool:
    return not run.failed and run.percentile(0.99) < LIMIT_MS


def tell(run: Run) -> None:
    """One line a rate."""
    times = "  ".join(f"p{p} {run.percentile(p / 100):6.1f}" for p in (50, 95, 99))
    print(
        f"{run.rate:>6,.0f}/s due  {run.answered:>6,.0f}/s answered  {times} ms  "
        f"{run.failed} failed  cores: server {run.server_cpu:.2f}, load {run.own_cpu:.2f}, "
        f"others {run.others:.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
