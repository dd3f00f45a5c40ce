"""The engine: everything between a stored wish and running containers, wired together, started and stopped in order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from app.core.spec import AppKey
from app.engine.cache import PodCache
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
        self._effects = TaskSet()
        self._loops: list[asyncio.Task[None]] = []
        self._workers: list[asyncio.Task[None]] = []
        self.events = EventLog(store, clock, self._effects)
        self.desired = DesiredState(store, clock, self._effects, self._wake)
        self.records = Records(store, clock, self._effects)
        self.sites: dict[str, Site] = {name: self._site(runtime) for name, runtime in runtimes.items()}
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

    def _site(self, runtime: PodRuntime) -> Site:
        cache = PodCache()
        return Site(runtime, Images(runtime, cache, self.clock, self.events, self._effects, self._wake), cache)

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
            self._loops.append(asyncio.create_task(watcher.run(), name=f"watch {name}"))
        for number in range(WORKERS):
            self._workers.append(asyncio.create_task(self.controller.work(), name=f"worker {number}"))
        self._loops.append(asyncio.create_task(self.usage.run(), name="usage"))
        for wish in self.desired.all():
            self.queue.add(wish.key)

    def _watcher(self, name: str, site: Site) -> Watcher:
        return Watcher(site, self.controller, self.clock, self._wake, lambda: self._wake_site(name))

    @property
    def alive(self) -> bool:
        """Every loop still runs."""
        loops = [*self._loops, *self._workers]
        return bool(loops) and all(not loop.done() for loop in loops)

    @property
    def idle(self) -> bool:
        """Nothing queued or worked on, and no effect on its way."""
        return not self._effects and self.queue.idle

    async def stop(self) -> None:
        """First nobody begins anything new, then what is on its way ends, then nobody watches any more."""
        self.queue.close()
        if self._workers:
            await asyncio.wait(self._workers, timeout=DRAIN_SECONDS)
        await self._effects.drain(DRAIN_SECONDS)
        loops = [*self._loops, *self._workers]
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await self._effects.drain(0.0)
        for site in self.sites.values():
            await site.runtime.aclose()
