"""A whole engine on the simulator, in virtual time: the stage of the engine's tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app.core.approvals import Mode
from app.core.planning.invariants import broken_in_world
from app.core.pods import ObservedPod
from app.core.spec import AppKey
from app.engine.engine import Engine
from app.engine.facade.orchestrator import Orchestrator
from app.ports.store import Store
from app.runtimes.simulator import Simulator
from app.stores.memory import MemoryStore
from tests.clock import LoopClock


class Stage:
    """What a test holds: the orchestrator it asks, the simulator it breaks, the store that survives restarts."""

    def __init__(self, store: Store, state_path: Path | None) -> None:
        self.clock = LoopClock()
        self.store = store
        self.simulator = Simulator(self.clock, seed=7, state_path=state_path)
        self.engine = Engine(store, {"simulator": self.simulator}, self.clock, check=True)
        self.orchestrator = Orchestrator(self.engine, default_runtime="simulator", mode=Mode.ASK)

    async def settle(self, name: str = "web", seconds: float = 60) -> None:
        view = await self.orchestrator.wait(name, seconds=seconds, progress=lambda _text: None)
        assert view is not None
        assert view.settled, f"{view.status}: {view.reason} {view.ready}/{view.desired} of {view.total}"

    async def pods(self, name: str = "web") -> list[ObservedPod]:
        key = AppKey("default", name)
        return [pod for pod in await self.simulator.list_pods() if pod.id.app == key]

    async def live(self, name: str = "web") -> list[ObservedPod]:
        return [pod for pod in await self.pods(name) if not pod.phase.ended]

    async def check_world(self) -> None:
        assert broken_in_world(self.engine.desired.all(), await self.simulator.list_pods()) == []

    async def until(self, what: object, seconds: float = 60) -> None:
        """Waits, in virtual time, until the callable is true."""
        assert callable(what)
        async with asyncio.timeout(seconds):
            while True:
                result = what()
                if asyncio.iscoroutine(result):
                    result = await result
                if result:
                    return
                await asyncio.sleep(0.05)


@asynccontextmanager
async def stage(store: Store | None = None, state_path: Path | None = None) -> AsyncIterator[Stage]:
    play = Stage(store or MemoryStore(), state_path)
    await play.engine.start()
    try:
        yield play
        assert play.engine.controller.bugs == 0
    finally:
        await play.engine.stop()
