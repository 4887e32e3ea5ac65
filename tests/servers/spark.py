"""A real Spark standalone cluster on loopback: a master and two workers from spark-class."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from servers.rule import extras_wanted, missing

HOST = "127.0.0.1"
INSTALL = "apt-get install openjdk-17-jre-headless && pip install 'chowk[spark]'"
WORKERS = 2
Found = TypeVar("Found")
#: What the driver reads: small executors, few partitions, everything on loopback.
CONF = f"""\
spark.executor.memory 512m
spark.executor.cores 1
spark.cores.max {WORKERS}
spark.driver.host {HOST}
spark.driver.bindAddress {HOST}
spark.sql.shuffle.partitions 4
spark.sql.warehouse.dir {{folder}}/warehouse
spark.port.maxRetries 64
"""


def lacking() -> bool:
    """True when Java or pyspark is not there."""
    java = shutil.which("java") or os.environ.get("JAVA_HOME")
    return not java or importlib.util.find_spec("pyspark") is None


def _start(folder: Path, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    spec = importlib.util.find_spec("pyspark")
    assert spec is not None and spec.origin is not None
    home = Path(spec.origin).parent
    environment = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_NO_DAEMONIZE": "1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_LOG_DIR": str(folder),
    }
    # Where Linux has it, setpriv ends the server when this process is killed and cannot clean up.
    with_us = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    with (folder / f"{name}.log").open("wb") as log:
        # A group of its own: spark-class is a shell that starts Java.
        return subprocess.Popen(
            [*with_us, str(home / "bin" / "spark-class"), *arguments],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )


def _addresses(folder: Path) -> tuple[str, str] | None:
    """What the master's log says of itself: its URL and its page; None while it says nothing.

    It chooses both ports itself: one that is free when asked for may be another's when taken.
    """
    said = (folder / "master.log").read_text("utf-8", "replace")
    url = re.search(rf"Starting Spark master at (spark://{re.escape(HOST)}:\d+)", said)
    page = re.search(r"Bound MasterWebUI .* started at http://\S+:(\d+)", said)
    return (url[1], f"http://{HOST}:{page[1]}/json/") if url and page else None


def _workers(page: str) -> int:
    """How many workers the master counts; 0 while its page is only coming up and answers HTML."""
    try:
        with urllib.request.urlopen(page, timeout=5) as answer:
            return int(json.load(answer).get("aliveworkers", 0))
    except (urllib.error.URLError, OSError, json.JSONDecodeError):
        return 0


def _await(
    ask: Callable[[], Found | None], started: list[subprocess.Popen[bytes]], folder: Path
) -> Found:
    """The first answer that is not empty, within two minutes, while every process lives."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and all(process.poll() is None for process in started):
        if found := ask():
            return found
        time.sleep(0.3)
    logs = "\n".join(path.read_text("utf-8", "replace")[-2000:] for path in folder.glob("*.log"))
    raise RuntimeError(f"The Spark cluster did not come up.\n{logs}")


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """A running cluster's URL, spark://127.0.0.1:PORT; it is gone when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="chowk-spark-"))
    (folder / "conf").mkdir()
    (folder / "conf" / "spark-defaults.conf").write_text(CONF.format(folder=folder), "utf-8")
    started: list[subprocess.Popen[bytes]] = []
    before = os.environ.get("SPARK_CONF_DIR")
    try:
        started.append(
            _start(
                folder,
                "master",
                "org.apache.spark.deploy.master.Master",
                *("--host", HOST, "--port", "0", "--webui-port", "0"),
            )
        )
        url, page = _await(lambda: _addresses(folder), started, folder)
        for number in range(WORKERS):
            started.append(
                _start(
                    folder,
                    f"worker-{number}",
                    "org.apache.spark.deploy.worker.Worker",
                    *("--host", HOST, "--port", "0", "--webui-port", "0"),
                    *("--cores", "1", "--memory", "1g"),
                    *("--work-dir", str(folder / f"work-{number}"), url),
                )
            )
        _await(lambda: _workers(page) >= WORKERS, started, folder)
        os.environ["SPARK_CONF_DIR"] = str(folder / "conf")
        yield url
    finally:
        if before is None:
            os.environ.pop("SPARK_CONF_DIR", None)
        else:
            os.environ["SPARK_CONF_DIR"] = before
        for process in reversed(started):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def spark_url() -> Iterator[str]:
    """The URL of a cluster that all tests of a run share."""
    if not extras_wanted() or lacking():
        missing("This test needs Java 17 and pyspark", INSTALL)
    with cluster() as url:
        yield url
