"""How containers end: asked first, killed after the grace period, removed, and never too many together.

Engines before 23.0 can stop for good when many containers of one network end together (moby issue 46661), so only two
may be on their way out there. Nothing but a restart of the Engine helps once it has happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from app.runtimes.docker.client import EngineClient

FIXED_ENGINE = (1, 42)
"""API version of Engine 23.0."""

AT_ONCE_OLD, AT_ONCE = 2, 8

OBEYS_WITHIN = 1.0
"""Seconds a stopping container keeps its place among those that end together; one that needs its whole grace period
must not block the others."""


class Endings:
    """Stops and removes containers by their id."""

    def __init__(self, client: EngineClient) -> None:
        self._client = client
        self._places: asyncio.Semaphore | None = None

    async def stop(self, inspected: Mapping[str, Any], grace_seconds: float) -> None:
        """Sends the image's stop signal, waits, and removes (which kills) the container an inspect has shown."""
        identity, places = str(inspected["Id"]), await self._at_once()
        signal = (inspected.get("Config") or {}).get("StopSignal") or "SIGTERM"
        if (inspected.get("State") or {}).get("Status") == "running" and grace_seconds > 0:
            async with places:
                await self._signal(identity, signal)
                obeyed = await self._ended(identity, min(grace_seconds, OBEYS_WITHIN))
            if not obeyed:
                await self._ended(identity, grace_seconds - OBEYS_WITHIN)
        await self.remove(identity)

    async def remove(self, identity: str) -> None:
        """Kills what runs and removes the container with its anonymous volumes. Already gone is success."""
        async with await self._at_once():
            path, params = f"/containers/{identity}", {"force": "true", "v": "true"}
            answer = await self._client.call("DELETE", path, params=params, within=self._client.timeouts.end)
        if answer.status == 409 and "already in progress" in answer.message:
            return
        answer.expect(204, 404)

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
