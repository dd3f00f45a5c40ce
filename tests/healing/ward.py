"""A whole engine on the simulator with a healer beside it, in virtual time: the stage of the healing tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from agent_tools import TOOLS, ToolRunner
from agent_tools.door import GateDoor
from agent_tools.remedy import INNER
from app.analysis.examining import Examiner
from app.core.approvals import Mode
from app.core.incidents import Incident, IncidentState, Proposal
from app.core.spec import Amounts, AppKey, AppSpec, Container, EnvVar, PodTemplate, Port, Resources
from app.engine.facade.orchestrator import Orchestrator
from app.healing.casebook import Casebook
from app.healing.healer import Healer
from app.ports.healing import Answer, Asked, Word
from app.ports.store import Store
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

    async def ended(self, name: str = "web", *, seconds: float = 1200, but: Collection[str] = ()) -> Incident:
        """Its newest incident, once it is over or a person is needed. `but`: ids of those that are known."""
        return await self.when(
            lambda one: one.id not in but and (one.state.over or one.state is IncidentState.PERSON), name, seconds
        )

    async def reaches(self, state: IncidentState, name: str = "web", *, seconds: float = 300) -> Incident:
        """Its newest incident, once it stands so."""
        return await self.when(lambda one: one.state is state, name, seconds)

    async def when(self, true: Callable[[Incident], bool], name: str = "web", seconds: float = 300) -> Incident:
        """Its newest incident, once that is true of it; looked at every half a second of virtual time."""
        async with asyncio.timeout(seconds):
            while True:
                found = await self.incident(name)
                if found is not None and true(found):
                    return found
                await asyncio.sleep(0.5)


@asynccontextmanager
async def ward(
    *,
    mode: Mode = Mode.AUTO,
    asks: bool = False,
    gate: bool = False,
    store: Store | None = None,
    state_path: Path | None = None,
) -> AsyncIterator[Ward]:
    """With `store` and `state_path` of an earlier one: what a new process finds after the old one was killed."""
    async with stage(store, state_path) as play:
        play.__class__ = Ward
        assert isinstance(play, Ward)
        play.orchestrator = Orchestrator(play.engine, default_runtime="simulator", mode=mode)
        play.told = []
        ids = count(1) if store is None else count(round(play.clock.now()))
        control = play.orchestrator
        play.healer = Healer(
            control,
            Examiner(control),
            Casebook(play.store, play.clock, tell=lambda incident, words: play.told.append((incident.app.name, words))),
            play.clock,
            lambda: f"i{next(ids)}",
        )
        play.door = OpenDoor(play.healer, asks=asks)
        tokens = count(1) if store is None else count(round(play.clock.now()))
        play.runner = ToolRunner(
            TOOLS, control, play.store, play.clock, lambda: f"a{next(tokens)}", healing=play.healer, inner=INNER
        )
        play.healer.door = GateDoor(play.runner) if gate else play.door
        await play.runner.recover()
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


MIB = 1024 * 1024


def hungry(needs: int, limit: int, **more: Any) -> AppSpec:
    """An app that is killed for its memory, in MiB, unless it has `needs`."""
    env = (EnvVar(name="NEEDS_MEMORY", value=f"{needs}Mi"),)
    return app(env=env, resources=Resources(limits=Amounts(memory_bytes=limit * MIB)), **more)
