"""What the containers of a pod print, as one stream of lines in order of time."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from app.core.errors import Transient
from app.core.pods import LogLine, PodId
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.finding import Finder
from app.runtimes.docker.grouping import Group
from app.runtimes.docker.observe import Seen
from app.runtimes.docker.streams import LogReader

Params = Mapping[str, str]


class Logs:
    """Reads and follows."""

    def __init__(self, client: EngineClient, finder: Finder) -> None:
        self._client, self._finder = client, finder

    async def read(self, pod: PodId, *, tail: int | None, since: float | None) -> Sequence[LogLine]:
        """Lines oldest first; none for a pod that is not there."""
        params = {"tail": "all" if tail is None else str(tail)}
        if since is not None:
            params["since"] = f"{since:.9f}"
        found = await self._finder.one(pod)
        if found is None:
            return []
        each = await asyncio.gather(*(self._all(found, one, params) for one in _speakers(found)))
        lines = list(heapq.merge(*each, key=lambda line: line.at or 0.0))
        return lines if tail is None else lines[len(lines) - tail :] if tail < len(lines) else lines

    async def follow(self, pod: PodId, tail: int) -> AsyncGenerator[LogLine, None]:
        """The last `tail` lines of each container, then new ones until the last of them ends."""
        found = await self._finder.one(pod)
        if found is None:
            return
        params = {"tail": str(tail), "follow": "true"}
        speakers = _speakers(found)
        if len(speakers) == 1:
            async with aclosing(self._lines(found, speakers[0], params)) as lines:
                async for line in lines:
                    yield line
            return
        async with aclosing(self._together(found, speakers, params)) as lines:
            async for line in lines:
                yield line

    async def _together(self, found: Group, speakers: Sequence[Seen], params: Params) -> AsyncGenerator[LogLine, None]:
        # Bounded: who reads slowly holds the containers' streams up, not our memory.
        queue: asyncio.Queue[LogLine | None] = asyncio.Queue(maxsize=256)

        async def read(one: Seen) -> None:
            try:
                async for line in self._lines(found, one, params):
                    await queue.put(line)
            finally:
                await queue.put(None)

        tasks = [asyncio.create_task(read(one)) for one in speakers]
        try:
            left = len(tasks)
            while left:
                line = await queue.get()
                if line is None:
                    left -= 1
                else:
                    yield line
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _all(self, found: Group, one: Seen, params: Params) -> list[LogLine]:
        return [line async for line in self._lines(found, one, params)]

    async def _lines(self, found: Group, one: Seen, params: Params) -> AsyncGenerator[LogLine, None]:
        name = one.member.pod.name if found.shape.plain else f"{one.member.pod.name}/{one.member.container}"
        reader = LogReader(name, tty=one.tty)
        chosen = {**params, "stdout": "true", "stderr": "true", "timestamps": "true"}
        async with self._client.stream("GET", f"/containers/{one.identity}/logs", params=chosen) as stream:
            if stream.status == 404:
                return
            if stream.status != 200:
                raise Transient(f"The container's log cannot be read: {stream.message}", reason="LogsUnavailable")
            async for chunk in stream.chunks:
                for line in reader.feed(chunk):
                    yield line
        for line in reader.end():
            yield line


def _speakers(found: Group) -> list[Seen]:
    """Containers that have run, in the order in which they do."""
    return [one for one in (*found.init, *found.containers) if one.started_at is not None] or list(found.containers)
