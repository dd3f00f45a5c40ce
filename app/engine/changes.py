"""Tells waiters that an app's picture changed: the tools' wait, the event stream of the page."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from app.core.spec import AppKey


class Changes:
    """A counter per app that one can wait on. Missing a step is harmless: waiters read the present state."""

    def __init__(self) -> None:
        self._counts: defaultdict[AppKey, int] = defaultdict(int)
        self._waiters: defaultdict[AppKey, set[asyncio.Future[None]]] = defaultdict(set)

    def notify(self, key: AppKey) -> None:
        self._counts[key] += 1
        for waiter in self._waiters.get(key, ()):
            if not waiter.done():
                waiter.set_result(None)

    def count(self, key: AppKey) -> int:
        return self._counts[key]

    async def wait(self, key: AppKey, seen: int, seconds: float) -> None:
        """Returns when the count is no longer `seen`, or after `seconds`."""
        if self._counts[key] != seen:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters[key].add(waiter)
        try:
            await asyncio.wait_for(waiter, max(seconds, 0.0))
        except TimeoutError:
            pass
        finally:
            self._waiters[key].discard(waiter)
            if not self._waiters[key]:
                del self._waiters[key]
