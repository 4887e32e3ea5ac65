"""Workers end with their server, however it dies: the port is free for the next one."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pytest

from chowk.build import build
from chowk.serve.run import figures
from small_store import small_store


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ended(group):
    """True when no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.kill
def test_workers_of_a_killed_server_end(tmp_path, monkeypatch):
    here = tmp_path / "temporary"
    here.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(here))
    with small_store(tmp_path / "s", orders=30, days=10) as store:
        build(store)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "chowk",
        "serve",
        str(tmp_path / "s"),
        "--port",
        str(port),
        "--workers",
        "2",
    ]
    server = subprocess.Popen(
        command,
        env={**os.environ, "TMPDIR": str(here)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert wait_for(lambda: listening(port), 60)
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        # A worker is deaf a moment before it is gone, and what is its own is not taken away.
        assert wait_for(lambda: not listening(port) and ended(server.pid), 30)
        # What it counted is left behind; the next server takes it away.
        (place,) = here.glob("chowk-metrics-*")
        assert len(list(place.iterdir())) == 1
        with figures() as mine:
            assert list(place.iterdir()) == [mine]
        assert list(place.iterdir()) == []
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
