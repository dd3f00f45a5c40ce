"""Keeps what is known of one replica runtime true: a full list every 5 s while something moves and every 15 s when all
is quiet, at once after a hint, and silence as silence. Hints are a help only: without them it is polled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing

from app.core.errors import PortError, Unreachable
from app.core.pods import PodId
from app.core.replicasets import ObservedSet
from app.core.spec import AppKey
from app.engine.observing.setsite import SetSite
from app.engine.observing.watcher import RECHECK_SECONDS, RETRY_FIRST_SECONDS, RETRY_MAX_SECONDS
from app.ports.clock import Clock

log = logging.getLogger(__name__)

BUSY_SECONDS = 5.0
QUIET_SECONDS = 15.0
GATHER_SECONDS = 0.5
"""After a hint, before the look: hints come in bunches, and one list answers them all."""
HINTS_AGAIN_SECONDS = 5.0
HINTS_AGAIN_MAX_SECONDS = 60.0

Sets = Mapping[AppKey, Sequence[ObservedSet]]
Tell = Callable[[Sets, Sets], None]
"""What was known before, and what is known now."""


class SetWatcher:
    """`wake(key)` after a change of an app, `wake_all()` at each look and when the runtime goes."""

    def __init__(
        self,
        site: SetSite,
        clock: Clock,
        wake: Callable[[AppKey], None],
        wake_all: Callable[[], None],
        tell: Tell = lambda _before, _after: None,
    ) -> None:
        self._site = site
        self._clock = clock
        self._wake = wake
        self._wake_all = wake_all
        self._tell = tell
        self._turn = asyncio.Lock()
        self._begun = self._done = 0
        self._checked_at = float("-inf")
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        hints = asyncio.create_task(self._hints(), name=f"hints of {self._site.runtime.name}")
        try:
            await self._poll()
        finally:
            hints.cancel()
            await asyncio.gather(hints, return_exceptions=True)

    async def look_once(self) -> None:
        """One check and one list; silence is noted, not raised."""
        try:
            await self._check()
            await self.look()
        except PortError as error:
            self._lost(error)

    async def look(self) -> None:
        """Returns once a list that was begun after the call is in: one list serves all who wait. Raises `PortError`."""
        asked = self._begun
        async with self._turn:
            if self._done > asked:
                return
            self._begun += 1
            mine = self._begun
            cache = self._site.cache
            with cache.looking() as begun:
                listed = await self._site.runtime.list_sets()
                self._take(listed, begun)
            self._done = mine
        self._wake_all()

    def _take(self, listed: Sequence[ObservedSet], begun: int) -> None:
        cache, sets = self._site.cache, self._site.sets
        before = {key: sets.of(key) for key in sets.apps()}
        known = cache.synced
        changed = sets.replace(listed)
        cache.replace((pod for one in listed for pod in one.pods), begun)
        cache.silent = ""
        cache.seen_at = self._clock.now()
        if known:
            self._tell({key: before.get(key, ()) for key in changed}, {key: sets.of(key) for key in changed})
        for key in changed:
            self._wake(key)

    # -- loops

    async def _poll(self) -> None:
        delay = RETRY_FIRST_SECONDS
        while True:
            self._site.cache.doubted.clear()
            self._news.clear()
            try:
                if self._clock.now() - self._checked_at >= RECHECK_SECONDS or not self._site.cache.reachable:
                    await self._check()
                await self.look()
            except PortError as error:
                self._lost(error)
            except Exception as error:
                log.exception("the watcher of %s failed", self._site.runtime.name)
                self._lost(Unreachable(f"an internal error ({type(error).__name__}); the log says more"))
            else:
                delay = RETRY_FIRST_SECONDS
                await self._pause()
                continue
            await self._clock.sleep(delay)
            delay = min(delay * 2, RETRY_MAX_SECONDS)

    async def _pause(self) -> None:
        """Until the next look is due; cut short by a hint, and when an effect met silence."""
        both = [asyncio.create_task(event.wait()) for event in (self._news, self._site.cache.doubted)]
        due = self._clock.now() + QUIET_SECONDS
        try:
            while (left := due - self._clock.now()) > 0:
                rest = min(left, BUSY_SECONDS)
                done, _ = await asyncio.wait(both, timeout=rest, return_when=asyncio.FIRST_COMPLETED)
                if done:
                    return await self._clock.sleep(GATHER_SECONDS)
                if self._site.moves:
                    return None
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    def soon(self) -> None:
        """Something may have changed."""
        self._news.set()

    async def _hints(self) -> None:
        delay = HINTS_AGAIN_SECONDS
        while True:
            try:
                stream: AsyncIterator[PodId] = self._site.runtime.watch()
                async with aclosing(stream) as news:  # type: ignore[type-var]
                    async for _ in news:
                        delay = HINTS_AGAIN_SECONDS
                        self.soon()
            except PortError as error:
                log.debug("%s gives no hints just now: %s", self._site.runtime.name, error)
            except Exception:
                log.exception("the hints of %s failed", self._site.runtime.name)
            await self._clock.sleep(delay)
            delay = min(delay * 2, HINTS_AGAIN_MAX_SECONDS)

    async def _check(self) -> None:
        info = await self._site.runtime.check()
        self._site.cache.detail = info.detail
        self._checked_at = self._clock.now()

    def _lost(self, error: PortError) -> None:
        if not self._site.cache.silent:
            log.warning("%s does not answer: %s", self._site.runtime.name, error)
        self._site.cache.lost(error)
        self._wake_all()
