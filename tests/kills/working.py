"""Real processes that import and build, to be killed: `python working.py` forks what it is told to.

The parent imports everything once and forks on each line of standard input, so that a killed
process is replaced in milliseconds. A line is JSON: `act` (import, build), `store`, `say` (a file
to which the child appends what it has done, a line each), and for an import `folder` and `first`;
`die` names a place of `dying`, `count` asks how many there are. The answer is the child's number.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb  # noqa: F401 - imported once, before the forks
import ibis.backends.duckdb  # noqa: F401
import pyarrow.parquet  # noqa: F401

sys.path.insert(0, str(Path(__file__).parent))

import dying

import chowk
import chowk.discovery.system
import chowk.search.system
from chowk.build import build
from chowk.store.importing.format import Options
from chowk.store.importing.run import import_files


def import_from(store: str, folder: str, first: int, say: Callable[[str], None]) -> None:
    """Import the numbered files one after another, from the first that is not acknowledged."""
    with chowk.open(store) as shop:
        for number in range(first, 10**6):
            file = next(Path(folder).glob(f"{number}-*.csv"), None)
            if file is None:
                return
            table = file.stem.partition("-")[2]
            import_files(shop, "csv", [file], Options(table=table))
            say(f"committed {number}")


def build_on(store: str, times: int, say: Callable[[str], None]) -> None:
    """Build, and again."""
    with chowk.open(store) as shop:
        for _ in range(times):
            say(f"built {build(shop).build}")


def work(order: dict[str, Any]) -> None:
    out = os.open(order["say"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def say(line: str) -> None:
        os.write(out, line.encode() + b"\n")

    told = dying.count(say) if order.get("count") else lambda: None
    if order.get("die"):
        dying.die_at(order["die"])
    if order["act"] == "import":
        import_from(order["store"], order["folder"], order["first"], say)
    else:
        build_on(order["store"], order["times"], say)
    told()


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not waited for
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.close(0)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                work(json.loads(line))
            except BaseException:
                import traceback

                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(child, flush=True)
