"""A client of the app while it is broken: it asks again and again, and counts what is not answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from app.core.errors import KubeLiteError
from app.core.experiments import Requests
from app.ports.clock import Clock

INTERVAL_SECONDS = 0.25


class Traffic:
    """`urls` says where the app can be reached now; each request goes to the next of them. An app that has no address
    at all to begin with gets no request."""

    def __init__(
        self, request: Callable[[str], Awaitable[bool]], urls: Callable[[], Sequence[str]], clock: Clock
    ) -> None:
        self._request = request
        self._urls = urls
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self.counted = Requests()

    def begin(self) -> None:
        if self._urls():
            self._task = asyncio.create_task(self._run(), name="chaos: traffic")

    async def end(self) -> Requests:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return self.counted

    async def _run(self) -> None:
        turn = 0
        while True:
            urls = self._urls()
            answered = bool(urls) and await self._asked(urls[turn % len(urls)])
            turn += 1
            self.counted = Requests(sent=turn, lost=self.counted.lost + (not answered))
            await self._clock.sleep(INTERVAL_SECONDS)

    async def _asked(self, url: str) -> bool:
        try:
            return await self._request(url)
        except KubeLiteError:
            return False
