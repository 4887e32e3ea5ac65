"""The command line: `chowk COMMAND`. Each command says what it did, or one sentence of what to do.

Every command has `--json`: one JSON object as the last line of standard output. Exit codes: 0
fine, 1 the work failed (a file that cannot be read as what it is called, accounts that do not add
up, nothing kept, a build that failed), 2 wrong usage (what was named is not there, or not known).
"""

from __future__ import annotations

from .main import main

__all__ = ["main"]
