"""The whole engine, with money, over the real runtime and the stand-in of the network; all of it in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx

from app.core.approvals import Mode
from app.core.spec import AppKey, AppSpec, Container, Desired, HttpGet, PodTemplate, Port, Probe
from app.core.views import AppStatus, AppView
from app.engine.engine import Engine
from app.engine.facade.orchestrator import Orchestrator
from app.engine.money.keeper import Keeper
from app.engine.money.money import EngineMoney
from app.engine.observing.setsite import SetSite
from app.engine.tasks import TaskSet
from app.ports.runtime import Runtime
from app.runtimes.simulator import Simulator
from app.stores.memory import MemoryStore
from tests.clock import LoopClock
from tests.nosana.records import Deployment, Job, State
from tests.nosana.server import transport
from tests.nosana.timings import Timings
from tests.nosana.world import NosanaWorld
from tests.runtimes.nosana_kit import runtime_over

WEB = AppKey("default", "web")
PATIENCE = 300.0


class Line(httpx.AsyncBaseTransport):
    """The way to the network of one life of our process. `last` = the write at which it dies: before it is sent, or
    once it is done and nobody hears the reply."""

    def __init__(self, inner: httpx.AsyncBaseTransport, last: int = 0, *, done: bool = False) -> None:
        self._inner = inner
        self._last = last
        self._done = done
        self.writes = 0
        self.cut = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        fatal = False
        if request.method != "GET":
            self.writes += 1
            fatal = self.writes == self._last
        if fatal and not self._done:
            self.cut.set()
        if self.cut.is_set():
            await asyncio.Event().wait()
        response = await self._inner.handle_async_request(request)
        if fatal:
            self.cut.set()
            await asyncio.Event().wait()
        return response


class Stage:
    """`world`, `simulator` and `store` last; the rest is the present life of our process."""

    def __init__(self, **world: Any) -> None:
        self.clock = LoopClock()
        self.world = NosanaWorld(self.clock.now, timings=Timings.quick(), **world)
        self.store = MemoryStore()
        self.simulator = Simulator(self.clock, seed=7)
        self._wire = transport(self.world)
        self.lives = 0

    async def begin(self, last: int = 0, *, done: bool = False) -> None:
        """A new life, which ends at write number `last`."""
        self.lives += 1
        self.line = Line(self._wire, last, done=done)
        runtimes: dict[str, Runtime] = {
            "nosana": runtime_over(self.world, self.clock, through=self.line),
            "simulator": self.simulator,
        }
        self.engine = Engine(self.store, runtimes, self.clock, check=True)
        self.tasks = TaskSet()
        site = self.engine.sites["nosana"]
        assert isinstance(site, SetSite)
        self.money = EngineMoney(self.store, self.engine.desired, self.clock, self.tasks, lambda: {"nosana": site})
        await self.money.load()
        self.orchestrator = Orchestrator(
            self.engine, default_runtime="nosana", mode=Mode.ASK, check_spending=self.money.check
        )
        self.keeper = Keeper(self.money, self.engine.desired, self.engine.events, self.clock, self._done)
        self.engine.add_loop("budgets", self.keeper.run)
        self.engine.autoscaler.most = self.money.most_replicas
        await self.engine.start()

    def _done(self, wish: Desired) -> bool:
        return self.orchestrator.app(str(wish.key)).status is AppStatus.COMPLETED

    async def kill(self) -> None:
        """As SIGKILL does it."""
        self.line.cut.set()
        await self.engine.prober.aclose()
        engine = self.engine
        ours = [*engine._loops, *engine._workers, *engine._wishers, *engine._effects._tasks, *self.tasks._tasks]
        for task in ours:
            task.cancel()
        await asyncio.gather(*ours, return_exceptions=True)

    async def end(self) -> None:
        await self.engine.stop()
        await self.tasks.drain(5.0)

    # -- what people do

    async def deploy(self, of: AppSpec, *, settle: bool = True) -> None:
        await self.orchestrator.apply(of, cause="deploy")
        if settle:
            await self.settle(of.name)

    def app(self, name: str = "web") -> AppView:
        return self.orchestrator.app(name)

    async def settle(self, name: str = "web", seconds: float = PATIENCE) -> None:
        await self.until(lambda: self.app(name).settled, seconds, lambda: str(self.app(name)))

    async def gone(self, name: str = "web") -> None:
        await self.until(lambda: AppKey("default", name) not in {wish.key for wish in self.engine.desired.all()})

    async def until(
        self, what: Callable[[], object], seconds: float = PATIENCE, why: Callable[[], str] = lambda: ""
    ) -> None:
        """Waits, in virtual time, until the callable is true."""
        end = self.clock.now() + seconds
        while not what():
            assert self.clock.now() < end, f"not within {seconds} s {why()}"
            await asyncio.sleep(0.5)

    async def events(self, name: str = "web") -> list[str]:
        return [event.reason for event in await self.orchestrator.events(name, limit=500)]

    # -- what the network has

    def live(self) -> list[Job]:
        return self.world.jobs(None, State.QUEUED, State.RUNNING)

    def images(self) -> list[str]:
        """Of the live jobs' containers."""
        return [str(job.definition["ops"][0]["args"]["image"]).rpartition("/")[2] for job in self.live()]

    def billed(self) -> Decimal:
        """What the network's own books say was used, to this moment."""
        now, used = self.clock.now(), 0.0
        for job in self.world.jobs():
            if job.time_start:
                used += self.world.chain.markets[job.market].hourly * ((job.time_end or now) - job.time_start) / 3600
        return Decimal(repr(used))

    def spent(self) -> Decimal:
        """What ours say."""
        self.money.look()
        return self.money.ledger.spent_in_all(self.clock.now())

    def only(self) -> Deployment:
        (one,) = self.world.deployments
        return one


@asynccontextmanager
async def stage(**world: Any) -> AsyncIterator[Stage]:
    """A running engine. At the end the stand-in has nothing to complain of, and no rule of ours was broken."""
    play = Stage(**world)
    await play.begin()
    try:
        yield play
        assert play.engine.controller.bugs == 0
        assert play.world.wrongs() == []
    finally:
        await play.end()


def server(replicas: int = 2, *, name: str = "web", image: str = "nginx:1", **change: Any) -> AppSpec:
    """A web server with a readiness probe, in the market of the cheapest card."""
    container = Container(
        name=name, image=image, ports=(Port(container_port=80),), readiness=Probe(handler=HttpGet(port=80))
    )
    spec = AppSpec(name=name, runtime="nosana", replicas=replicas, template=PodTemplate(containers=(container,)))
    return spec.model_copy(update=change)
