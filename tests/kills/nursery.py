"""Starts workers and kills them, for the tests; a worker is dead when `kill` returns."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

LONGEST = 120.0


class Nursery:
    """The parent process of `working.py`, and the worker that lives now.

    `place` is a folder outside the store: what workers say, and their errors, go there.
    """

    def __init__(self, place: Path) -> None:
        self.kills = 0
        self._said = place / "said"
        self._said.touch()
        self._errors = (place / "errors").open("wb")
        self._mother = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("working.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._pid = 0

    def start(self, act: str, **order: Any) -> None:
        assert self._mother.stdin is not None and self._mother.stdout is not None
        line = json.dumps({"act": act, "say": str(self._said), **order}, default=str)
        print(line, file=self._mother.stdin, flush=True)
        self._pid = int(self._mother.stdout.readline())

    def said(self) -> list[str]:
        """Every line that a worker finished saying."""
        return self._said.read_text().split("\n")[:-1]

    def kill(self) -> None:
        """SIGKILL, and wait until the process is gone; it may have ended before."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
            self.kills += 1
        self.wait()

    def wait(self) -> None:
        """Wait until the worker is gone, by whatever end."""
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline:
            try:
                os.kill(self._pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.002)
        raise TimeoutError(f"process {self._pid} did not end within {LONGEST:g} s")

    def errors(self) -> str:
        """What workers wrote on standard error: nothing, when all went well."""
        return Path(self._errors.name).read_text("utf-8", "replace")

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        self._mother.communicate()
        self._errors.close()
