"""A whole engine on the simulator with a healer beside it, in virtual time: the stage of the healing tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count

from app.analysis.examining import Examiner
from app.core.approvals import Mode
from app.core.incidents import Attempt, Incident, Proposal
from app.core.learning import Lesson
from app.core.spec import AppKey, AppSpec, Container, PodTemplate, Port
from app.engine.facade.orchestrator import Orchestrator
from app.healing.casebook import Casebook
from app.healing.healer import Healer
from app.ports.healing import Asked
from tests.engine.world import Stage, stage


class MemoryIncidents:
    """`app.ports.incidents.IncidentStore` in memory."""

    def __init__(self) -> None:
        self.incidents: dict[str, Incident] = {}
        self.lessons: dict[object, Lesson] = {}

    async def put_incident(self, incident: Incident) -> None:
        self.incidents[incident.id] = incident

    async def list_incidents(self, *, over: bool, app: AppKey | None = None, limit: int = 100) -> Sequence[Incident]:
        found = [one for one in self.incidents.values() if one.state.over is over and app in (None, one.app)]
        return sorted(found, key=lambda one: -one.began_at)[:limit]

    async def prune_incidents(self, *, keep: int) -> None:
        over = sorted((one for one in self.incidents.values() if one.state.over), key=lambda one: -one.began_at)
        for one in over[keep:]:
            del self.incidents[one.id]

    async def put_lesson(self, lesson: Lesson) -> None:
        self.lessons[lesson.key] = lesson

    async def list_lessons(self) -> Sequence[Lesson]:
        return list(self.lessons.values())

    async def remove_lesson(self, lesson: Lesson) -> None:
        self.lessons.pop(lesson.key, None)


class OpenDoor:
    """A gate that lets everything through, or asks and is answered by the test."""

    def __init__(self, healer: Healer, *, asks: bool = False) -> None:
        self.healer = healer
        self.asks = asks
        self.answers: dict[str, bool | None] = {}
        self.asked: list[Proposal] = []

    async def ask(self, incident: Incident, proposal: Proposal) -> Asked:
        self.asked.append(proposal)
        if self.asks:
            approval = f"approval-{len(self.asked)}"
            self.answers[approval] = None
            return Asked(done=False, approval=approval)
        await self.healer.carry_out(incident.id, proposal.key)
        return Asked(done=True)

    async def take_back(self, incident: Incident, attempt: Attempt) -> Asked:
        await self.healer.undo(incident.id)
        return Asked(done=True)

    async def answered(self, approval: str) -> bool | None:
        return self.answers[approval]


class Ward(Stage):
    healer: Healer
    door: OpenDoor
    book: MemoryIncidents
    told: list[tuple[str, str]]

    async def incident(self, name: str = "web") -> Incident | None:
        key = AppKey("default", name)
        return next((one for one in self.book.incidents.values() if one.app == key), None)

    async def run(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@asynccontextmanager
async def ward(*, mode: Mode = Mode.AUTO, asks: bool = False) -> AsyncIterator[Ward]:
    async with stage() as play:
        play.__class__ = Ward
        assert isinstance(play, Ward)
        play.orchestrator = Orchestrator(play.engine, default_runtime="simulator", mode=mode)
        play.book = MemoryIncidents()
        play.told = []
        ids = count(1)
        control = play.orchestrator
        play.healer = Healer(
            control,
            Examiner(control),
            Casebook(play.book, play.clock),
            play.clock,
            lambda: f"i{next(ids)}",
            tell=lambda incident, words: play.told.append((incident.app.name, words)),
        )
        play.door = OpenDoor(play.healer, asks=asks)
        play.healer.door = play.door
        loop = asyncio.create_task(play.healer.run())
        try:
            yield play
        finally:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)


def app(image: str = "nginx", *, name: str = "web", replicas: int = 1, **container: object) -> AppSpec:
    main = Container(name=name, image=image, ports=(Port(container_port=80),))
    return AppSpec(
        name=name,
        runtime="simulator",
        replicas=replicas,
        template=PodTemplate(containers=(main.model_copy(update=container),), labels={"app": name}),
    )
