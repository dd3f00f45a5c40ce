"""A queue of names (after client-go's workqueue): equal names collapse, one worker per name, delays, shutdown.

A name that is added while it is worked on runs once more afterwards, so no news is lost and nothing runs twice at once.
"""

from __future__ import annotations

import asyncio
from collections import deque

from app.core.spec import AppKey


class KeyedQueue:
    def __init__(self) -> None:
        self._ready: deque[AppKey] = deque()
        self._waiting: set[AppKey] = set()
        self._working: set[AppKey] = set()
        self._again: set[AppKey] = set()
        self._timers: dict[AppKey, asyncio.TimerHandle] = {}
        self._news = asyncio.Event()
        self._closed = False

    def add(self, key: AppKey) -> None:
        if self._closed:
            return
        if key in self._working:
            self._again.add(key)
        elif key not in self._waiting:
            self._waiting.add(key)
            self._ready.append(key)
            self._news.set()

    def add_after(self, key: AppKey, seconds: float) -> None:
        """Adds it in `seconds`; of several delays for one name the earliest counts."""
        loop = asyncio.get_running_loop()
        due = loop.time() + max(seconds, 0.0)
        timer = self._timers.get(key)
        if self._closed or (timer is not None and timer.when() <= due):
            return
        if timer is not None:
            timer.cancel()
        self._timers[key] = loop.call_at(due, self._due, key)

    def _due(self, key: AppKey) -> None:
        del self._timers[key]
        self.add(key)

    async def get(self) -> AppKey | None:
        """The next name, None once the queue is closed. Each `get` needs its `done`."""
        while not self._ready:
            if self._closed:
                return None
            self._news.clear()
            await self._news.wait()
        key = self._ready.popleft()
        self._waiting.discard(key)
        self._working.add(key)
        return key

    def done(self, key: AppKey) -> None:
        self._working.discard(key)
        if key in self._again:
            self._again.discard(key)
            self.add(key)

    def close(self) -> None:
        """Lets workers finish what they have and gives them None next."""
        self._closed = True
        self._ready.clear()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._news.set()

    @property
    def idle(self) -> bool:
        """Nothing waits and nothing is worked on."""
        return not self._ready and not self._working

    @property
    def depth(self) -> int:
        """Names waiting to be worked on, for metrics."""
        return len(self._ready)
