"""torch for models so small that they only wait for threads.

In goes the name of what needs torch; out comes the module, on one thread until the block ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chowk.errors import MissingExtraError


@contextmanager
def torch_on_one_thread(what: str) -> Iterator[Any]:
    """The module torch; afterwards it has as many threads as before.

    Raises
    ------
    MissingExtraError : torch is not installed; it names `what` and the extra to install.
    """
    try:
        import torch
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MissingExtraError(what, "neural") from None
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield torch
    finally:
        torch.set_num_threads(threads)
