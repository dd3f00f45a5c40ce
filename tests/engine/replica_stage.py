"""A whole engine with a pretended rented network beside the simulator, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from app.core.approvals import Mode
from app.core.planning.setrules import broken_in_set_world
from app.core.spec import AppKey, AppSpec
from app.core.views import AppView
from app.engine.engine import Engine
from app.engine.facade.orchestrator import CheckSpending, Orchestrator
from app.engine.observing.setsite import SetSite
from app.ports.runtime import Runtime
from app.ports.store import Store
from app.runtimes.simulator import Simulator
from app.stores.memory import MemoryStore
from tests.clock import LoopClock
from tests.engine.replica_world import Network, ReplicaDouble
from tests.simulation.doubles import Process
from tests.worlds import spec

SETTLE_SECONDS = 180.0


class ReplicaStage:
    """`network`, `simulator` and `store` last; `engine` is the present life of our process."""

    def __init__(self, store: Store | None = None, *, check_spending: CheckSpending | None = None) -> None:
        self.clock = LoopClock()
        self.store = store or MemoryStore()
        self.network = Network(self.clock)
        self.simulator = Simulator(self.clock, seed=7)
        self.check_spending = check_spending
        self.begin()

    def begin(self) -> None:
        """A new life."""
        self.process = Process()
        self.nosana = ReplicaDouble(self.network, self.process)
        runtimes: dict[str, Runtime] = {"nosana": self.nosana, "simulator": self.simulator}
        self.engine = Engine(self.store, runtimes, self.clock, check=True)
        self.orchestrator = Orchestrator(
            self.engine, default_runtime="nosana", mode=Mode.ASK, check_spending=self.check_spending
        )

    @property
    def site(self) -> SetSite:
        site = self.engine.sites["nosana"]
        assert isinstance(site, SetSite)
        return site

    async def kill(self) -> None:
        """As SIGKILL does it."""
        self.process.died.set()
        await self.engine.prober.aclose()
        ours = [*self.engine._loops, *self.engine._workers, *self.engine._wishers, *self.engine._effects._tasks]
        for task in ours:
            task.cancel()
        await asyncio.gather(*ours, return_exceptions=True)

    async def restart(self) -> None:
        await self.kill()
        self.begin()
        await self.engine.start()

    async def deploy(self, of: AppSpec | None = None, *, settle: bool = True) -> None:
        await self.orchestrator.apply(of or rented(), cause="deploy")
        if settle:
            await self.settle((of or rented()).name)

    def app(self, name: str = "web") -> AppView:
        return self.orchestrator.app(name)

    async def settle(self, name: str = "web", seconds: float = SETTLE_SECONDS) -> None:
        await self.until(lambda: self.app(name).settled, seconds, lambda: str(self.app(name)))

    async def until(
        self, what: Callable[[], object], seconds: float = SETTLE_SECONDS, why: Callable[[], str] = lambda: ""
    ) -> None:
        """Waits, in virtual time, until the callable is true."""
        end = self.clock.now() + seconds
        while not what():
            assert self.clock.now() < end, f"not within {seconds} s {why()}"
            await asyncio.sleep(0.25)

    async def events(self, name: str = "web") -> list[tuple[str, str]]:
        return [(event.reason, event.message) for event in await self.orchestrator.events(name, limit=500)]

    def calls(self, verb: str) -> list[object]:
        return [subject for called, subject in self.network.calls if called == verb]

    def check_world(self) -> None:
        self.network.settle()
        shown = [self.network.show(kept) for kept in self.network.sets.values()]
        wishes = [wish for wish in self.engine.desired.all() if wish.spec.runtime == "nosana"]
        assert broken_in_set_world(wishes, shown) == []


@asynccontextmanager
async def replica_stage(
    store: Store | None = None, *, check_spending: CheckSpending | None = None
) -> AsyncIterator[ReplicaStage]:
    play = ReplicaStage(store, check_spending=check_spending)
    await play.engine.start()
    try:
        yield play
        assert play.engine.controller.bugs == 0
    finally:
        await play.engine.stop()


def rented(replicas: int = 3, *, image: str = "model:1", **change: object) -> AppSpec:
    return spec(replicas, image=image, runtime="nosana").model_copy(update=change)


WEB = AppKey("default", "web")
