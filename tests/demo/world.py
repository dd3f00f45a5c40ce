"""The whole product in quick time, in a data directory of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from app.agent.backend import Backend
from app.bootstrap import open_backend
from app.core.approvals import Mode
from app.core.spec import AppSpec, Container, PodTemplate
from app.demo.stage import Stage
from app.demo.telling import Kind, Told
from app.runtimes.quick import QuickClock, quick_loops
from app.settings import Settings

FACTOR = 300.0


def played(home: Path, work: Callable[[Backend], Awaitable[Any]], *, mode: Mode = Mode.ASK) -> Any:
    """What `work` makes of the started product."""

    async def run() -> Any:
        settings = Settings(_env_file=None, home=home, runtime="simulator", mode=mode)
        async with open_backend(settings, clock=QuickClock()) as backend:
            return await work(backend)

    with asyncio.Runner(loop_factory=quick_loops(FACTOR)) as runner:
        return runner.run(run())


class Audience:
    """Remembers what was told."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def hear(self, told: Told) -> None:
        self.told.append(told)

    def of(self, kind: Kind) -> list[str]:
        return [one.text for one in self.told if one.kind is kind]


def stage_of(backend: Backend, audience: Audience | None = None, *, patient: bool = True) -> Stage:
    return Stage(backend, (audience or Audience()).hear, patient=patient)


def nginx(name: str, *, replicas: int = 1) -> AppSpec:
    main = Container(name=name, image="nginx:1.25")
    return AppSpec(name=name, runtime="simulator", replicas=replicas, template=PodTemplate(containers=(main,)))


async def deployed(backend: Backend, *names: str) -> None:
    """By somebody else than the demo, and ready."""
    for name in names:
        await backend.control.apply(nginx(name), cause="deployed by ada (chat)")
    for name in names:
        view = await backend.control.wait(name, seconds=60, progress=lambda _: None)
        assert view is not None
        assert view.settled
