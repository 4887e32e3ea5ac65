"""A small shop in real processes, for the kill test: `python shop.py` forks what it is told to.

The parent imports everything once and forks on each line of standard input, so that a killed
process is replaced in milliseconds. Lines: `serve STORE SOCKET` and `fold STORE`; the answer is the
child's process number.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from datetime import UTC, datetime, timedelta

import duckdb  # noqa: F401 - imported once, before the forks
import pyarrow.parquet  # noqa: F401

from chowk.journal import Entry, Journal, fold
from chowk.store.store import Store


def serve(store: str, place: str) -> None:
    """Append what comes through the socket, a line a call; answer when it is durable."""
    with (
        socket.socket(socket.AF_UNIX) as link,
        Store(store) as shop,
        Journal.of(shop) as journal,
    ):
        link.connect(place)
        with link.makefile("rw") as lines:
            for line in lines:
                entries = [Entry.checked(kind, row) for kind, row in json.loads(line)]
                receipt = journal.append(entries)
                lines.write(f"{receipt.accepted + receipt.repeated}\n")
                lines.flush()


def fold_always(store: str) -> None:
    """Fold, prune, and again."""
    with Store(store) as shop, Journal.of(shop) as journal:
        while True:
            with shop.transaction(wait=60) as change:
                fold(change, journal, shop.manifest.journal, batch=500)
            journal.prune(shop.manifest.journal, timedelta(seconds=-1), now=datetime.now(UTC))
            time.sleep(0.01)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not waited for
    for line in sys.stdin:
        act, *words = line.split()
        child = os.fork()
        if child == 0:
            os.close(0)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            {"serve": serve, "fold": fold_always}[act](*words)
            os._exit(0)
        print(child, flush=True)
