"""How containers end: asked first, killed after the grace period, removed, and never too many together.

Engines before 23.0 can stop for good when many containers of one network end together (moby issue 46661), so only two
may be on their way out there. Nothing but a restart of the Engine helps once it has happened.

The containers of a pod are asked together and share the grace period, as with a kubelet; they are removed one after
the other, the one whose network the others use last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from app.core.errors import Transient
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.observe import Seen

FIXED_ENGINE = (1, 42)
"""API version of Engine 23.0."""

AT_ONCE_OLD, AT_ONCE = 2, 8

OBEYS_WITHIN = 1.0
"""Seconds a stopping container keeps its place among those that end together; one that needs its whole grace period
must not block the others."""


class Endings:
    """Stops and removes containers that an inspect has shown, those of one pod at a time."""

    def __init__(self, client: EngineClient) -> None:
        self._client = client
        self._places: asyncio.Semaphore | None = None

    async def stop(self, members: Sequence[Seen], grace_seconds: float) -> None:
        """Sends the image's stop signal, waits, and removes (which kills)."""
        await asyncio.gather(*(self._ask(one, grace_seconds) for one in members))
        await self.remove_all(members)

    async def end(self, members: Sequence[Seen], grace_seconds: float) -> None:
        """As `stop`, but what has ended stays."""
        await asyncio.gather(*(self._end(one, grace_seconds) for one in members if one.live))

    async def remove_all(self, members: Sequence[Seen]) -> None:
        """Kills what runs and removes, in this order."""
        if len(members) > 1:
            # Else a pod would be seen for a moment that runs without one of its containers.
            await asyncio.gather(*(self._kill(one.identity) for one in members if one.live))
        for one in members:
            await self.remove(one.identity)

    async def remove(self, identity: str) -> None:
        """Kills and removes one container with its anonymous volumes. Already gone is success."""
        async with await self._at_once():
            path, params = f"/containers/{identity}", {"force": "true", "v": "true"}
            answer = await self._client.call("DELETE", path, params=params, within=self._client.timeouts.end)
        if answer.status == 409 and "already in progress" in answer.message:
            return
        answer.expect(204, 404)

    async def _ask(self, one: Seen, grace_seconds: float) -> bool:
        """True once it has ended of its own will. One that is paused cannot hear."""
        if one.status != "running" or grace_seconds <= 0:
            return False
        async with await self._at_once():
            await self._signal(one.identity, one.stop_signal)
            obeyed = await self._ended(one.identity, min(grace_seconds, OBEYS_WITHIN))
        return obeyed or await self._ended(one.identity, grace_seconds - OBEYS_WITHIN)

    async def _end(self, one: Seen, grace_seconds: float) -> None:
        if not await self._ask(one, grace_seconds):
            await self._kill(one.identity)

    async def _kill(self, identity: str) -> None:
        async with await self._at_once():
            await self._signal(identity, "SIGKILL")
            if not await self._ended(identity, self._client.timeouts.end):
                raise Transient("A container that was killed has not ended.", reason="EngineNotAnswering")

    async def _at_once(self) -> asyncio.Semaphore:
        old = await self._client.version() < FIXED_ENGINE
        if self._places is None:
            self._places = asyncio.Semaphore(AT_ONCE_OLD if old else AT_ONCE)
        return self._places

    async def _signal(self, identity: str, signal: str) -> None:
        path, within = f"/containers/{identity}/kill", self._client.timeouts.end
        answer = await self._client.call("POST", path, params={"signal": signal}, within=within)
        if answer.status not in (404, 409):
            answer.expect(204)

    async def _ended(self, identity: str, seconds: float) -> bool:
        """Waits until the container does not run, for `seconds` at most. On a stream's connection: fifty that take
        their time must not use up those for calls."""
        if seconds <= 0:
            return False
        path, params = f"/containers/{identity}/wait", {"condition": "not-running"}
        try:
            async with (
                asyncio.timeout(seconds),
                self._client.stream("POST", path, params=params, answer_within=seconds + 1) as stream,
            ):
                async for _ in stream.chunks:
                    pass
        except TimeoutError:
            return False
        return True
