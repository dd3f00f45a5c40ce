"""Containers that outlive their attempt: one container of a pod has ended, so the pod is over, but the others run on.

The attempt stays to be looked at, so they are stopped, not removed. The next attempt waits for that, since it needs
the same host ports.
"""

from __future__ import annotations

import asyncio
import logging

from app.core.errors import PortError
from app.core.pods import PodId
from app.runtimes.docker.endings import Endings
from app.runtimes.docker.grouping import Group

log = logging.getLogger(__name__)

GRACE = 5.0
"""Seconds the others have to end by themselves. Short: the app is down until they have."""


class Leftovers:
    """Stops them beside the caller, each pod's once at a time."""

    def __init__(self, endings: Endings) -> None:
        self._endings = endings
        self._tasks: dict[PodId, asyncio.Task[None]] = {}

    def end(self, found: Group) -> None:
        """Begins to stop what still runs of a pod that is over."""
        pod = found.members[0].member.pod
        if pod not in self._tasks and any(one.live for one in found.members):
            task = self._tasks[pod] = asyncio.create_task(self._end(found, pod))
            task.add_done_callback(lambda _: self._tasks.pop(pod, None))

    async def settled(self, pod: PodId) -> None:
        """Waits until nothing runs any more of earlier attempts in this pod's slot."""
        earlier = [task for each, task in self._tasks.items() if each[:2] == pod[:2] and each != pod]
        if earlier:
            await asyncio.wait(earlier)

    async def aclose(self) -> None:
        """Gives up; the next look begins anew."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _end(self, found: Group, pod: PodId) -> None:
        try:
            await self._endings.end(found.members, GRACE)
        except PortError as error:
            log.warning("containers of %s, which is over, still run: %s", pod.name, error)
