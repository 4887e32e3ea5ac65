"""How far this process shows the journal, for requests that must not answer from before.

The thread that lays rows over the build tells the position that it has reached; a request waits,
without holding a thread, until that is as far as it needs: a writer to see its own change, a check
of what is there to see the changes that other workers acknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading


class Reached:
    """A position that only rises, and those who wait for it.

    Examples
    --------
    >>> async def example() -> tuple[bool, bool]:
    ...     reached = Reached()
    ...     asyncio.get_running_loop().call_later(0.01, reached.tell, 7)
    ...     return await reached.wait(7, seconds=5), await reached.wait(8, seconds=0.01)
    >>> asyncio.run(example())
    (True, False)
    """

    def __init__(self) -> None:
        self._position = 0
        self._lock = threading.Lock()
        self._waiting: dict[asyncio.Future[None], int] = {}

    def tell(self, position: int) -> None:
        """All up to `position` is shown now. From any thread."""
        with self._lock:
            self._position = max(self._position, position)
            done = [f for f, wanted in self._waiting.items() if wanted <= self._position]
            for future in done:
                del self._waiting[future]
        for future in done:
            # A loop that was closed has nobody left who waits.
            with contextlib.suppress(RuntimeError):
                future.get_loop().call_soon_threadsafe(_finish, future)

    async def wait(self, position: int, seconds: float) -> bool:
        """True as soon as `position` is shown; False when it is not within `seconds`."""
        future = asyncio.get_running_loop().create_future()
        with self._lock:
            if position <= self._position:
                return True
            self._waiting[future] = position
        try:
            async with asyncio.timeout(seconds):
                await future
        except TimeoutError:
            return False
        finally:
            with self._lock:
                self._waiting.pop(future, None)
        return True


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
