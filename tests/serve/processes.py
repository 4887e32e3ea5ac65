"""Real server processes for tests: `chowk.serve.run` on a free port, stopped at the end."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from chowk.desk import Desk

SCRIPT = """
import json, sys
from chowk.serve.run import serve
if __name__ == "__main__":
    serve(sys.argv[1], port=int(sys.argv[2]), workers=int(sys.argv[3]),
          flags=json.loads(sys.argv[4]), on_ready=lambda url: print("READY", url, flush=True))
    print("ENDED", flush=True)
"""


class Server(NamedTuple):
    """A running server."""

    url: str
    process: subprocess.Popen[str]
    log: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(store: Path, workers: int = 1, **flags: Any) -> Iterator[Server]:
    """Serve `store` until the block ends."""
    script = store.parent / "server.py"
    script.write_text(SCRIPT, "utf-8")
    log = store.parent / "server.log"
    settings = {name.replace("__", "."): value for name, value in flags.items()}
    for _attempt in range(5):  # another program may take the port between the look and the start
        with log.open("w") as errors:
            process = subprocess.Popen(
                [
                    *(sys.executable, str(script), str(store), str(free_port())),
                    *(str(workers), json.dumps(settings)),
                ],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert process.stdout is not None
        line = process.stdout.readline()
        if line.startswith("READY") or "Cannot listen on" not in log.read_text():
            break
        process.wait(30)
        process.stdout.close()
    try:
        assert line.startswith("READY"), log.read_text()
        yield Server(line.split()[1], process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        process.stdout.close()


def each_worker(url: str, headers: dict[str, str], count: int, most: int = 200) -> list[Any]:
    """One open connection to each of `count` workers, by asking until all have answered."""
    held: dict[int, httpx.Client] = {}
    for _ in range(most):
        client = httpx.Client(base_url=url, headers=headers)
        worker = client.get("/v1/status").json()["worker"]
        if worker in held:
            client.close()
        else:
            held[worker] = client
        if len(held) == count:
            return list(held.values())
    raise AssertionError(f"only {len(held)} of {count} workers answered")


class Keys(NamedTuple):
    shop: dict[str, str]
    staff: dict[str, str]
    viewer: dict[str, str]
    admin: dict[str, str]
    secrets: dict[str, str]


def make_keys(path: Path) -> Keys:
    """One key of each kind, as headers."""
    with Desk.open(path / "desk.db") as desk:
        secrets = {
            "shop": desk.create_key("shop front", "shop", actor="cli")[1],
            "staff": desk.create_key("engineer", "staff", actor="cli", role="engineer")[1],
            "viewer": desk.create_key("viewer", "staff", actor="cli")[1],
            "admin": desk.create_key("admin", "admin", actor="cli")[1],
        }
    bearer = {name: {"Authorization": f"Bearer {s}"} for name, s in secrets.items()}
    return Keys(**bearer, secrets=secrets)
