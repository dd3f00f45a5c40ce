"""Time that runs faster than the wall's: an event loop with a factor, and the `Clock` that goes with it.

All waiting in a process goes through its event loop, so shortening the loop's own waits makes every pause, deadline
and back-off shorter and leaves their order as it is.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Mapping
from typing import Any


class _Selector(selectors.BaseSelector):
    """Waits so much shorter than it is told to, and counts what was skipped.

    Only a wait that lasts to its end counts as long as it was asked to be. What ends earlier (an answer from a thread,
    a socket) and what is computed in between takes its real time: a slow machine makes no deadline pass sooner.
    """

    def __init__(self, factor: float) -> None:
        self.skipped = 0.0
        """Seconds by which the loop is ahead."""
        self._inner = selectors.DefaultSelector()
        self._factor = factor

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return self._inner.select(timeout)
        found = self._inner.select(timeout / self._factor)
        if not found:
            self.skipped += timeout - timeout / self._factor
        return found

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.modify(fileobj, events, data)

    def close(self) -> None:
        self._inner.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inner.get_map()


class QuickLoop(asyncio.SelectorEventLoop):
    """A second in which nothing happens takes 1 / `factor` of a real one."""

    def __init__(self, factor: float) -> None:
        self._quick = _Selector(factor)
        super().__init__(self._quick)

    def time(self) -> float:
        return super().time() + self._quick.skipped


def quick_loops(factor: float) -> Callable[[], QuickLoop]:
    """A `loop_factory` for `asyncio.run`."""
    return lambda: QuickLoop(factor)


class QuickClock:
    """From the present on, in the running loop's seconds. Made inside that loop."""

    def __init__(self) -> None:
        self._start = time.time() - asyncio.get_running_loop().time()  # noqa: TID251  a demo begins now

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return self._start + asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Waits `seconds` of the loop; zero or less only gives way to other tasks."""
        await asyncio.sleep(max(0.0, seconds))
