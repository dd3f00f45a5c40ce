"""The engine: everything between a stored wish and running containers, wired together, started and stopped in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any

from app.core.pods import Capacity, PodId
from app.core.spec import AppKey, Desired
from app.engine.acting.executor import Executor
from app.engine.acting.images import Images
from app.engine.acting.moving import Moving
from app.engine.acting.sets import SetExecutor
from app.engine.background.autoscaler import Autoscaler
from app.engine.background.configuration import Configuration
from app.engine.background.cron import Cron
from app.engine.background.foresight import Foresight
from app.engine.background.outcomes import Outcomes
from app.engine.background.prober import Prober
from app.engine.background.removal import Removal
from app.engine.background.services import Services
from app.engine.changes import Changes
from app.engine.controller import Controller
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.objects import Objects
from app.engine.observing.cache import PodCache
from app.engine.observing.capacity import Accounts
from app.engine.observing.health import Health
from app.engine.observing.setcache import SetCache
from app.engine.observing.setnews import SetNews
from app.engine.observing.setsite import SetSite
from app.engine.observing.setwatcher import SetWatcher
from app.engine.observing.site import PodSite, Site
from app.engine.observing.usage import Usage
from app.engine.observing.watcher import Watcher
from app.engine.queue import KeyedQueue
from app.engine.records import Records
from app.engine.tasks import TaskSet
from app.ports.clock import Clock
from app.ports.replicas import ReplicaRuntime
from app.ports.runtime import PodRuntime, Runtime
from app.ports.store import Store

WORKERS = 4
"""Apps reconciled at once. A reconcile waits only for the store; effects run beside it."""
DRAIN_SECONDS = 10.0


class Engine:
    """`start` loads the wishes and watches; `stop` lets effects on their way finish. What runs keeps running.

    Each of `runtimes` is a `PodRuntime` or a `ReplicaRuntime`."""

    def __init__(self, store: Store, runtimes: Mapping[str, Runtime], clock: Clock, *, check: bool = False) -> None:
        self.clock = clock
        self.store = store
        self.queue = KeyedQueue()
        self.changes = Changes()
        self._effects = TaskSet()
        self._loops: list[asyncio.Task[None]] = []
        self._workers: list[asyncio.Task[None]] = []
        self._wishers: list[asyncio.Task[None]] = []
        """Loops that change what is desired: the first to end."""
        self._guests: list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]] = []
        self.events = EventLog(store, clock, self._effects)
        self.desired = DesiredState(store, clock, self._effects, self._wake)
        self.records = Records(store, clock, self._effects)
        self.objects = Objects(store, clock)
        self.configuration = Configuration(
            self.objects, self.desired, self.events, wake=self._wake, capacity=self._capacity
        )
        self.health = Health(self.desired, clock)
        self._set_watchers: dict[str, SetWatcher] = {}
        self.sites: dict[str, Site] = {name: self._site(runtime) for name, runtime in runtimes.items()}
        self.removal = Removal(self.objects, self.desired, self.sites, self.events, clock)
        self.prober = Prober(self.desired, self.sites, self.health, self.events, clock, self._wake)
        self.usage = Usage(self.sites, clock, store, self._restarts)
        self.autoscaler = Autoscaler(
            self.desired, self.objects, self.sites, self.usage, self.health, self.events, clock
        )
        self.autoscaler.least = Foresight(store, clock).least
        self.cron = Cron(self.desired, self.objects, self.events, clock, Outcomes(self.sites, self.records, clock).of)
        self.services = Services(self.objects, self.desired, self.sites, self.events, clock, self._effects)
        executor = Executor(
            self.desired,
            self.records,
            self.events,
            clock,
            self._effects,
            self._wake,
            requests=self.configuration.request,
            drain=self.services.drain,
        )
        self.set_executor = SetExecutor(
            self.desired,
            self.records,
            self.events,
            clock,
            self._effects,
            self._wake,
            self.queue.add_after,
            requests=self.configuration.set_request,
        )
        moving = Moving(self.desired, self.sites, executor, self.set_executor, self.events, self._effects)
        self.controller = Controller(
            self.desired,
            self.records,
            self.sites,
            executor,
            self.set_executor,
            moving,
            self.events,
            self.changes,
            self.queue,
            clock,
            check=check,
        )

    def _site(self, runtime: Runtime) -> Site:
        if isinstance(runtime, ReplicaRuntime):
            return self._set_site(runtime)
        assert isinstance(runtime, PodRuntime), f"{runtime.name} is no runtime of either shape"
        cache = PodCache()
        return PodSite(
            runtime=runtime,
            images=Images(runtime, cache, self.clock, self.events, self._effects, self._wake),
            cache=cache,
            accounts=Accounts(self._wake),
            now=self.clock.now,
            wishes=lambda: self._wishes_on(runtime.name),
            blocked=self.configuration.blocked,
            health=self.health,
        )

    def _set_site(self, runtime: ReplicaRuntime) -> SetSite:
        site = SetSite(
            runtime=runtime,
            cache=PodCache(),
            now=self.clock.now,
            wishes=lambda: self._wishes_on(runtime.name),
            blocked=self.configuration.blocked,
            health=self.health,
        )
        news = SetNews(runtime.name, self.desired, self.events)
        watcher = SetWatcher(site, self.clock, self._wake, lambda: self._wake_site(runtime.name), news.tell)
        site.look = watcher.look
        self._set_watchers[runtime.name] = watcher
        return site

    def _wishes_on(self, name: str) -> list[Desired]:
        return [wish for wish in self.desired.all() if wish.spec.runtime == name]

    def replica_sites(self) -> Iterator[tuple[str, ReplicaRuntime, SetCache]]:
        """The runtimes whose managers keep the count: name, adapter, and the sets seen last."""
        for name, site in self.sites.items():
            if isinstance(site, SetSite):
                yield name, site.runtime, site.sets

    def add_loop(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """A loop that `start` begins beside our own and `stop` cancels first, before the effects on their way end. Call
        it before `start`."""
        self._guests.append((name, work))

    def _restarts(self, pod: PodId) -> int:
        record, wish = self.records.get(pod.app, pod.slot), self.desired.get(pod.app)
        rented = wish is not None and isinstance(self.sites.get(wish.spec.runtime), SetSite)
        return record.failed if rented else record.restarts

    def _capacity(self, runtime: str) -> Capacity | None:
        site = self.sites.get(runtime)
        return site.capacity if site is not None else None

    def _wake(self, key: AppKey) -> None:
        self.prober.look(key)
        self.services.wake(key)
        self.queue.add(key)
        self.changes.notify(key)

    def _wake_site(self, name: str) -> None:
        for wish in self.desired.all():
            if wish.spec.runtime == name or name in wish.moved_from:
                self._wake(wish.key)

    async def start(self, *, observe_only: bool = False) -> None:
        """Begins. `observe_only` reads desired and observed once and changes nothing (`status` without a server)."""
        await self.desired.load()
        await self.records.load()
        await self.objects.load()
        watchers = {name: self._watcher(name, site) for name, site in self.sites.items()}
        await asyncio.gather(*(watcher.look_once() for watcher in watchers.values()))
        if observe_only:
            return
        for name, watcher in watchers.items():
            self._loops.append(asyncio.create_task(watcher.run(), name=f"watch {name}"))
        for number in range(WORKERS):
            self._workers.append(asyncio.create_task(self.controller.work(), name=f"worker {number}"))
        for name, work in (
            ("usage", self.usage.run()),
            ("removal", self.removal.run()),
            ("services", self.services.run()),
        ):
            self._loops.append(asyncio.create_task(work, name=name))
        for name, work in (
            ("configuration", self.configuration.run()),
            ("autoscaler", self.autoscaler.run()),
            ("cron", self.cron.run()),
            *((name, work()) for name, work in self._guests),
        ):
            self._wishers.append(asyncio.create_task(work, name=name))
        self.prober.open()
        for wish in self.desired.all():
            self.queue.add(wish.key)

    def _watcher(self, name: str, site: Site) -> Watcher | SetWatcher:
        if not isinstance(site, PodSite):
            return self._set_watchers[name]
        return Watcher(site, self.controller, self.clock, self._wake, lambda: self._wake_site(name))

    @property
    def alive(self) -> bool:
        """Every loop still runs."""
        loops = [*self._loops, *self._workers, *self._wishers]
        return bool(loops) and all(not loop.done() for loop in loops)

    @property
    def idle(self) -> bool:
        """Nothing queued or worked on, and no effect on its way."""
        return not self._effects and self.queue.idle

    async def stop(self) -> None:
        """First nobody begins anything new, then what is on its way ends, then nobody watches any more."""
        self.queue.close()
        await _cancelled(self._wishers)
        if self._workers:
            await asyncio.wait(self._workers, timeout=DRAIN_SECONDS)
        await self._effects.drain(DRAIN_SECONDS)
        await self.prober.aclose()
        await _cancelled([*self._loops, *self._workers])
        await self._effects.drain(0.0)
        for site in self.sites.values():
            await site.runtime.aclose()


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
