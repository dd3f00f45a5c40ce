"""Keeps one runtime's cache true: news at once, a full list every 5 s for what news misses, silence as silence."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from app.core.errors import PortError, Unreachable
from app.core.pods import PodId
from app.core.spec import AppKey
from app.engine.controller import Controller
from app.engine.observing.site import PodSite
from app.ports.clock import Clock

log = logging.getLogger(__name__)

RESYNC_SECONDS = 5.0
RECHECK_SECONDS = 15.0
"""How often the runtime is asked what its host has: that changes, and a replica may wait for it."""
RETRY_FIRST_SECONDS = 0.5
RETRY_MAX_SECONDS = 10.0


class Watcher:
    """`wake(key)` after a change of an app, `wake_all()` at each resync and when the runtime goes."""

    def __init__(
        self,
        site: PodSite,
        controller: Controller,
        clock: Clock,
        wake: Callable[[AppKey], None],
        wake_all: Callable[[], None],
    ) -> None:
        self._site = site
        self._controller = controller
        self._clock = clock
        self._wake = wake
        self._wake_all = wake_all
        self._checked_at = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        delay = RETRY_FIRST_SECONDS
        while True:
            try:
                await self._check()
                delay = RETRY_FIRST_SECONDS
                await self._stay()
            except PortError as error:
                self._lost(error)
            except Exception as error:
                # What is known grows old from here on, so it is said not to be known.
                log.exception("the watcher of %s failed", self._site.runtime.name)
                self._lost(Unreachable(f"an internal error ({type(error).__name__}); the log says more"))
            await self._clock.sleep(delay)
            delay = min(delay * 2, RETRY_MAX_SECONDS)

    async def look_once(self) -> None:
        """One check and one list; silence is noted, not raised."""
        try:
            await self._check()
            await self.resync()
        except PortError as error:
            self._lost(error)

    async def _check(self) -> None:
        info = await self._site.runtime.check()
        self._site.cache.detail = info.detail
        self._site.capacity = info.capacity
        self._checked_at = self._clock.now()

    def _lost(self, error: PortError) -> None:
        if not self._site.cache.silent:
            log.warning("%s does not answer: %s", self._site.runtime.name, error)
        self._site.cache.lost(error)
        self._wake_all()

    async def _stay(self) -> None:
        """Until one of the two fails. No `TaskGroup`: before Python 3.13 it loses a cancellation that comes together
        with a failure, and the engine's stop would wait for ever."""
        both = [asyncio.create_task(self._news()), asyncio.create_task(self._resync())]
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
        for task in done:
            task.result()

    async def _news(self) -> None:
        stream: AsyncIterator[PodId] = self._site.runtime.watch()
        async with aclosing(stream) as news:  # type: ignore[type-var]
            async for pod in news:
                await self._look(pod)
        raise Unreachable(f"{self._site.runtime.name} ended the stream of events")

    async def _look(self, pod: PodId) -> None:
        cache = self._site.cache
        while True:
            with cache.looking() as begun:
                seen = await self._site.runtime.get_pod(pod)
                if not cache.touched(pod, begun):
                    break  # else an effect learnt something meanwhile, and which of the two is newer is not known
        if seen is None:
            known = cache.remove(pod)
            if known is not None:
                self._controller.vanished(known, self._site)
                self._wake(pod.app)
        elif cache.upsert(seen):
            self._wake(pod.app)

    async def _resync(self) -> None:
        pause = RETRY_FIRST_SECONDS
        while True:
            self._site.cache.doubted.clear()
            if self._clock.now() - self._checked_at >= RECHECK_SECONDS:
                await self._check()
            await self.resync()
            if await self._doubted():
                await self._clock.sleep(pause)
                pause = min(pause * 2, RESYNC_SECONDS)
            else:
                pause = RETRY_FIRST_SECONDS

    async def _doubted(self) -> bool:
        """True as soon as an effect met silence, False when a resync is due without that."""
        try:
            async with asyncio.timeout(RESYNC_SECONDS):
                return await self._site.cache.doubted.wait()
        except TimeoutError:
            return False

    async def resync(self) -> None:
        """One full list into the cache."""
        cache = self._site.cache
        with cache.looking() as begun:
            changed, vanished = cache.replace(await self._site.runtime.list_pods(), begun)
        for pod in vanished:
            self._controller.vanished(pod, self._site)
        cache.silent = ""
        cache.seen_at = self._clock.now()
        # Everybody, not only those that changed: a wake-up that was lost by whatever fault costs one resync, not more.
        self._wake_all()
        for key in changed:
            self._wake(key)
