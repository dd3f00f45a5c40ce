"""The engine: everything between a stored wish and running containers, wired together, started and stopped in order."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from app.core.spec import AppKey
from app.engine.changes import Changes
from app.engine.controller import Controller
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.executor import Executor
from app.engine.images import Images
from app.engine.queue import KeyedQueue
from app.engine.records import Records
from app.engine.site import Site
from app.engine.tasks import TaskSet
from app.engine.usage import Usage
from app.engine.watcher import Watcher
from app.ports.clock import Clock
from app.ports.runtime import PodRuntime
from app.ports.store import Store

WORKERS = 4
"""Apps reconciled at once. A reconcile waits only for the store; effects run beside it."""
DRAIN_SECONDS = 10.0


class Engine:
    """`start` loads the wishes and watches; `stop` lets effects on their way finish. What runs keeps running."""

    def __init__(self, store: Store, runtimes: Mapping[str, PodRuntime], clock: Clock, *, check: bool = False) -> None:
        self.clock = clock
        self.store = store
        self.queue = KeyedQueue()
        self.changes = Changes()
        self.events = EventLog(store, clock)
        self.desired = DesiredState(store, clock)
        self.records = Records(store)
        self._effects = TaskSet()
        self._loops: list[asyncio.Task[None]] = []
        self.sites: dict[str, Site] = {
            name: Site(runtime, Images(runtime, clock, self.events, self._effects, self._wake))
            for name, runtime in runtimes.items()
        }
        self.usage = Usage(self.sites, clock)
        executor = Executor(self.desired, self.records, self.events, clock, self._effects, self._wake)
        self.controller = Controller(
            self.desired,
            self.records,
            self.sites,
            executor,
            self.events,
            self.changes,
            self.queue,
            clock,
            check=check,
        )

    def _wake(self, key: AppKey) -> None:
        self.queue.add(key)
        self.changes.notify(key)

    def _wake_site(self, name: str) -> None:
        for wish in self.desired.all():
            if wish.spec.runtime == name:
                self._wake(wish.key)

    async def start(self, *, observe_only: bool = False) -> None:
        """Begins. `observe_only` reads desired and observed once and changes nothing (`status` without a server)."""
        await self.desired.load()
        await self.records.load()
        watchers = {name: self._watcher(name, site) for name, site in self.sites.items()}
        await asyncio.gather(*(watcher.look_once() for watcher in watchers.values()))
        if observe_only:
            return
        for name, watcher in watchers.items():
            self._loop(watcher.run(), f"watch {name}")
        for number in range(WORKERS):
            self._loop(self.controller.work(), f"worker {number}")
        self._loop(self.usage.run(), "usage")
        for wish in self.desired.all():
            self.queue.add(wish.key)

    def _watcher(self, name: str, site: Site) -> Watcher:
        return Watcher(site, self.controller, self.clock, self._wake, lambda: self._wake_site(name))

    def _loop(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._loops.append(asyncio.create_task(work, name=name))

    @property
    def alive(self) -> bool:
        """Every loop still runs."""
        return bool(self._loops) and all(not loop.done() for loop in self._loops)

    @property
    def idle(self) -> bool:
        """Nothing queued and no effect on its way."""
        return not self._effects and not self.queue.depth

    async def stop(self) -> None:
        self.queue.close()
        await self._effects.drain(DRAIN_SECONDS)
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        for site in self.sites.values():
            await site.runtime.aclose()
