"""A whole engine on the simulator with healing and chaos beside it, in virtual time: the stage of the chaos tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from app.chaos.chaos import ChaosRoom
from app.core.approvals import Mode
from app.core.experiments import Experiment
from app.core.faults import FaultName
from app.core.spec import AppKey
from app.ports.chaos import Plan
from tests.healing.ward import Ward, ward


class Lab(Ward):
    chaos: ChaosRoom
    said: list[str]
    loop: asyncio.Task[None]

    async def over(self, fault: FaultName, app: str = "web", *, seconds: float = 600, **more: Any) -> Experiment:
        """One experiment from the beginning to its end."""
        begun = await self.chaos.begin(Plan(app=app, fault=fault, **more))
        ended = await self.chaos.wait(begun.id, seconds=seconds)
        assert ended.over, f"{ended.state}: {ended.says}"
        return ended

    async def kill(self) -> None:
        """As `kill -9`: nothing of chaos runs any more, and nothing was taken back."""
        mine = [task for task in asyncio.all_tasks() if task.get_name().startswith("chaos")]
        self.loop.cancel()
        for task in mine:
            task.cancel()
        self.chaos._laboratory._runs.clear()
        await asyncio.gather(*mine, self.loop, return_exceptions=True)

    def open(self) -> None:
        """Chaos as a new process has it, on the same store."""
        ids = count(len(self.said) + 1)
        self.chaos = ChaosRoom(
            self.orchestrator,
            self.store,
            {"simulator": self.simulator.chaos},
            self.clock,
            lambda: f"e{next(ids)}",
            healing=self.healer,
            tell=lambda _app, words: self.said.append(words),
        )
        self.runner.chaos = self.chaos
        self.loop = asyncio.create_task(self.chaos.run(), name="chaos: room")

    def key(self, name: str = "web") -> AppKey:
        return AppKey("default", name)


@asynccontextmanager
async def lab(*, mode: Mode = Mode.AUTO, gate: bool = False) -> AsyncIterator[Lab]:
    async with ward(mode=mode, gate=gate) as play:
        play.__class__ = Lab
        assert isinstance(play, Lab)
        play.said = []
        play.open()
        try:
            yield play
        finally:
            play.loop.cancel()
            await asyncio.gather(play.loop, return_exceptions=True)
