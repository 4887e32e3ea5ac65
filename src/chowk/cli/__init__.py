"""The command line: `chowk COMMAND`. Each command says what it did, or one sentence of what to do.

Every command has `--json`: one JSON object as the last line of standard output. Exit codes: 0
fine, 1 the accounts do not add up, nothing could be kept, or a build failed, 2 wrong usage.
"""

from __future__ import annotations

from .main import main

__all__ = ["main"]
