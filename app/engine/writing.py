"""Writing behind: memory is changed at once, the store follows in the background and is tried until it has it.

So a store that is slow or fails delays no effect and loses nothing while the process lives. What must be on disk before
something else happens is written with `now`.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from app.core.errors import PortError
from app.engine.tasks import TaskSet
from app.ports.clock import Clock

log = logging.getLogger(__name__)

RETRY_FIRST_SECONDS = 0.5
RETRY_MAX_SECONDS = 30.0

K = TypeVar("K")


class WriteBehind(ABC, Generic[K]):
    """Keys of what the store does not have yet, oldest first. One write at a time, so an old value never follows a
    newer one."""

    def __init__(self, clock: Clock, tasks: TaskSet, name: str) -> None:
        self._clock = clock
        self._tasks = tasks
        self._name = name
        self._unsaved: dict[K, None] = {}
        self._turn = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None

    @abstractmethod
    async def _write(self, key: K) -> None:
        """Writes the present value of `key`. Raises `PortError`."""

    def _later(self, key: K) -> None:
        self._unsaved[key] = None
        if self._writer is None or self._writer.done():
            self._writer = self._tasks.spawn(self._run(), self._name)

    async def _now(self, key: K) -> None:
        """Returns once the store has a value of `key` at least as new as the present one."""
        async with self._turn:
            if key not in self._unsaved:
                return
            del self._unsaved[key]
            try:
                await self._write(key)
            except BaseException:
                self._unsaved[key] = None
                raise

    async def flush(self) -> None:
        """Writes all that waits. Raises `PortError`."""
        while self._unsaved:
            await self._now(next(iter(self._unsaved)))

    async def _run(self) -> None:
        delay = RETRY_FIRST_SECONDS
        await asyncio.sleep(0)  # a start that waits for its own write goes first, and takes the same slot's along
        while self._unsaved:
            try:
                await self._now(next(iter(self._unsaved)))
                delay = RETRY_FIRST_SECONDS
            except PortError as error:
                log.warning("%s wait for the store, next try in %.1f s: %s", self._name, delay, error)
                await self._clock.sleep(delay)
                delay = min(delay * 2, RETRY_MAX_SECONDS)
