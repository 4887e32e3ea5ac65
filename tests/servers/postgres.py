"""A real PostgreSQL server for tests, started from Debian's package and stopped at the end.

`postgres_server` (a session's) gives a running `PostgresServer`; `postgres_url` (a test's) gives
the URL of an empty database in it. Without the programs or the driver a test is skipped with the
line that installs them; under CI=true it fails.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from servers.rule import extras_wanted, missing

INSTALL = "apt-get install postgresql; pip install 'chowk[postgres]'"
_USER = "chowk"


@dataclass(frozen=True)
class PostgresServer:
    """A running server: where it listens, and the password of its one user."""

    port: int
    password: str
    pid: int

    def url(self, database: str) -> str:
        return f"postgresql://{_USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> Any:
        import psycopg

        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=10)


def programs() -> Path | None:
    """The folder with initdb and postgres: Debian's newest, or the one in PATH."""
    places = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda place: [int(part) for part in place.parent.name.split(".")],
        reverse=True,
    )
    found = shutil.which("initdb")
    if found:
        places.append(Path(found).resolve().parent)
    for place in places:
        if (place / "initdb").is_file() and (place / "postgres").is_file():
            return place
    return None


def _as_user() -> dict[str, Any]:
    """How to start a program that refuses to run as root: as postgres, or as nobody."""
    if os.getuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(place: Path) -> Iterator[PostgresServer]:
    """A server on a fresh cluster in a temporary folder, from the programs in `place`."""
    folder = Path(tempfile.mkdtemp(prefix="chowk-postgres-"))
    user = _as_user()
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
    password = secrets.token_hex(16)
    try:
        secret = folder / "password"
        secret.write_text(password)
        if user:
            for path in (folder, secret):
                os.chown(path, user["user"], user["group"])
        data = folder / "data"
        subprocess.run(
            [
                str(place / "initdb"),
                f"--pgdata={data}",
                f"--username={_USER}",
                "--auth=scram-sha-256",
                f"--pwfile={secret}",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            env=environment,
            **user,
        )
        with _serving(place, data, folder, environment, user, password) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _serving(
    place: Path,
    data: Path,
    folder: Path,
    environment: dict[str, str],
    user: dict[str, Any],
    password: str,
) -> Iterator[PostgresServer]:
    for _attempt in range(5):  # another program may take the port between the look and the start
        port = _free_port()
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    str(place / "postgres"),
                    "-D",
                    str(data),
                    "-p",
                    str(port),
                    "-c",
                    "listen_addresses=127.0.0.1",
                    "-c",
                    "unix_socket_directories=",
                ],
                stdout=log,
                stderr=log,
                cwd=folder,
                env=environment,
                **user,
            )
        server = PostgresServer(port=port, password=password, pid=process.pid)
        try:
            if _answers(server, process):
                yield server
                return
        finally:
            process.terminate()  # SIGTERM lets clients end; SIGINT after a while does not
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.send_signal(2)
                process.wait(30)
    raise RuntimeError(f"PostgreSQL does not start: {(folder / 'log').read_text('utf-8')}")


def _answers(server: PostgresServer, process: subprocess.Popen[bytes]) -> bool:
    import psycopg

    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            server.connect().close()
            return True
        except psycopg.OperationalError:
            time.sleep(0.05)
    return False


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL server, one for the whole run."""
    place = programs()
    if not extras_wanted() or place is None:
        missing("This test needs a PostgreSQL server's programs", INSTALL)
    elif importlib.util.find_spec("psycopg") is None:
        missing("This test needs PostgreSQL's driver psycopg", INSTALL)
    else:
        with running(place) as server:
            yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty database, dropped after the test."""
    name = f"test_{secrets.token_hex(6)}"
    with postgres_server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield postgres_server.url(name)
    finally:
        with postgres_server.connect() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
