"""Server-sent events of a deployment and of a job's figures, in the world's time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from tests.nosana.feed import deployment_change, job_change, task_change
from tests.nosana.records import Deployment
from tests.nosana.world import NosanaWorld

LEAST_WAIT = 0.005
"""Seconds: no wait is so short that time stands still."""


class Waiting:
    """A queue whose `get` lets the world's own events happen meanwhile."""

    def __init__(self, world: NosanaWorld) -> None:
        self._world = world
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        self.put = self._queue.put_nowait

    async def get(self, until: float | None = None) -> Any:
        """The next thing put. Raises TimeoutError at the moment `until`."""
        while True:
            self._world.advance()
            if not self._queue.empty():
                return self._queue.get_nowait()
            now = self._world.now()
            if until is not None and now >= until:
                raise TimeoutError
            moments = [moment for moment in (self._world.next_at(), until) if moment is not None]
            wait = max(LEAST_WAIT, min(moments) - now) / self._world.speed if moments else None
            try:
                return await asyncio.wait_for(self._queue.get(), wait)
            except TimeoutError:
                continue


async def deployment_stream(world: NosanaWorld, deployment: Deployment) -> AsyncIterator[bytes]:
    """A snapshot, then every change; a comment every 25 s of silence or not. Ends when the feed breaks."""
    waiting = Waiting(world)
    yield _event(deployment_change(deployment))
    for job in world.manager.active(deployment):
        yield _event(job_change(job))
    for task in list(world.manager.tasks.values()):
        if task.deployment == deployment.id:
            yield _event(task_change(task, "PENDING"))
    if world.quirks.newer:
        yield _event({"type": "novelty", "value": [1, 2]})
    stop = world.feed.listen(deployment.id, waiting.put)
    beat = world.now() + world.timings.heartbeat
    try:
        while True:
            try:
                change = await waiting.get(until=beat)
            except TimeoutError:
                beat = world.now() + world.timings.heartbeat
                yield b": keep-alive\n\n"
                continue
            if change is None:
                return
            yield _event({**change, "x_novelty": 1} if world.quirks.newer else change)
    finally:
        stop()


def _event(change: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(change)}\n\n".encode()
