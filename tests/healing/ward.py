"""A whole engine on the simulator with a healer beside it, in virtual time: the stage of the healing tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from agent_tools import TOOLS, ToolRunner
from agent_tools.door import GateDoor
from agent_tools.remedy import INNER
from app.analysis.examining import Examiner
from app.core.approvals import Mode
from app.core.incidents import Incident, Proposal
from app.core.spec import AppKey, AppSpec, Container, PodTemplate, Port
from app.engine.facade.orchestrator import Orchestrator
from app.healing.casebook import Casebook
from app.healing.healer import Healer
from app.ports.healing import Answer, Asked, Word
from tests.engine.world import Stage, stage


class OpenDoor:
    """A gate that lets everything through, or asks and is answered by the test."""

    def __init__(self, healer: Healer, *, asks: bool = False) -> None:
        self.healer = healer
        self.asks = asks
        self.answers: dict[str, Word] = {}
        self.asked: list[Proposal] = []
        self.withdrawn: list[str] = []

    async def ask(self, incident: Incident, proposal: Proposal) -> Asked:
        self.asked.append(proposal)
        if self.asks:
            approval = f"approval-{len(self.asked)}"
            self.answers[approval] = Word.OPEN
            return Asked(done=False, approval=approval)
        await self.healer.carry_out(incident.id, proposal.key)
        return Asked(done=True)

    async def take_back(self, incident: Incident) -> Asked:
        await self.healer.undo(incident.id)
        return Asked(done=True)

    async def answered(self, approval: str) -> Answer:
        return Answer(self.answers[approval], "ada said no")

    async def withdraw(self, approval: str) -> None:
        self.withdrawn.append(approval)


class Ward(Stage):
    healer: Healer
    door: OpenDoor
    runner: ToolRunner
    told: list[tuple[str, str]]

    async def incident(self, name: str = "web") -> Incident | None:
        """The newest of this app."""
        key = AppKey("default", name)
        found = [one for over in (True, False) for one in await self.store.list_incidents(over=over, app=key)]
        return max(found, key=lambda one: one.began_at, default=None)

    async def run(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@asynccontextmanager
async def ward(*, mode: Mode = Mode.AUTO, asks: bool = False, gate: bool = False) -> AsyncIterator[Ward]:
    async with stage() as play:
        play.__class__ = Ward
        assert isinstance(play, Ward)
        play.orchestrator = Orchestrator(play.engine, default_runtime="simulator", mode=mode)
        play.told = []
        ids = count(1)
        control = play.orchestrator
        play.healer = Healer(
            control,
            Examiner(control),
            Casebook(play.store, play.clock, tell=lambda incident, words: play.told.append((incident.app.name, words))),
            play.clock,
            lambda: f"i{next(ids)}",
        )
        play.door = OpenDoor(play.healer, asks=asks)
        tokens = count(1)
        play.runner = ToolRunner(
            TOOLS, control, play.store, play.clock, lambda: f"a{next(tokens)}", healing=play.healer, inner=INNER
        )
        play.healer.door = GateDoor(play.runner) if gate else play.door
        loop = asyncio.create_task(play.healer.run())
        try:
            yield play
        finally:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)


def app(image: str = "nginx", *, name: str = "web", replicas: int = 1, **container: Any) -> AppSpec:
    main = Container(name=name, image=image, ports=(Port(container_port=80),))
    return AppSpec(
        name=name,
        runtime="simulator",
        replicas=replicas,
        template=PodTemplate(containers=(main.model_copy(update=container),), labels={"app": name}),
    )
