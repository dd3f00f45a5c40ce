"""The engine on the real Nosana adapter over the stand-in network: the same apps, with the manager's own timings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from app.core.approvals import Mode
from app.core.placement import MARKET_ANNOTATION
from app.core.spec import AppKey, AppSpec, JobSpec, Strategy
from app.core.views import AppStatus, AppView
from app.engine.engine import Engine
from app.engine.facade.orchestrator import Orchestrator
from app.stores.memory import MemoryStore
from tests.clock import LoopClock
from tests.nosana.behaviours import Behaviour
from tests.nosana.world import NosanaWorld
from tests.runtimes.nosana_kit import container, runtime_over, template, worker

pytestmark = pytest.mark.looptime

WEB = AppKey("default", "web")
MARKET = {MARKET_ANNOTATION: "nvidia-3060"}


def web(replicas: int = 2, *, image: str = "nginx:1.27", strategy: Strategy | None = None) -> AppSpec:
    made = template(container(image=image))
    return AppSpec(
        name="web",
        runtime="nosana",
        replicas=replicas,
        template=made,
        annotations=MARKET,
        strategy=strategy or Strategy(),
    )


class Life:
    def __init__(self) -> None:
        self.clock = LoopClock()
        self.world = NosanaWorld(self.clock.now)
        self.store = MemoryStore()
        self.begin()

    def begin(self) -> None:
        self.engine = Engine(self.store, {"nosana": runtime_over(self.world)}, self.clock, check=True)
        self.orchestrator = Orchestrator(self.engine, default_runtime="nosana", mode=Mode.ASK)

    def app(self) -> AppView:
        return self.orchestrator.app("web")

    async def apply(self, spec: AppSpec) -> None:
        await self.orchestrator.apply(spec, cause="test")
        await self.until(lambda: self.app().settled)

    async def until(self, what: Callable[[], object], seconds: float = 900) -> None:
        end = self.clock.now() + seconds
        while not what():
            assert self.clock.now() < end, [str(view) for view in self.orchestrator.apps()]
            await asyncio.sleep(1)


@asynccontextmanager
async def life() -> AsyncIterator[Life]:
    play = Life()
    await play.engine.start()
    try:
        yield play
        assert play.engine.controller.bugs == 0
        assert (play.world.refused, play.world.ignored) == ([], [])
    finally:
        await play.engine.stop()


async def test_deploy_scale_update_stop_start_restart_delete() -> None:
    async with life() as play:
        await play.apply(web(2))
        assert play.app().urls[0].startswith("http")
        await play.apply(web(3))
        await play.apply(web(3, image="nginx:1.28"))
        await play.until(lambda: len(play.world.deployments) == 1)
        await play.orchestrator.scale("web", 0, cause="stop")
        await play.until(lambda: play.app().status is AppStatus.STOPPED)
        await play.orchestrator.scale("web", 1, cause="start")
        await play.until(lambda: play.app().settled)
        await play.engine.stop()
        play.begin()
        await play.engine.start()
        await play.until(lambda: play.app().settled)
        await play.orchestrator.delete("web", cause="done")
        await play.until(lambda: play.engine.desired.get(WEB) is None)
        assert not play.world.deployments


async def test_recreate_revises_in_place_and_is_done_only_when_the_new_ones_answer() -> None:
    async with life() as play:
        recreate = Strategy(type="Recreate")
        await play.apply(web(2, strategy=recreate))
        first = play.world.deployments[0].id
        await play.apply(web(2, image="nginx:1.28", strategy=recreate))
        assert [one.id for one in play.world.deployments] == [first]
        assert all(replica.image.endswith("nginx:1.28") for replica in play.app().replicas)


async def test_a_job_of_two_runs_in_two_waves() -> None:
    async with life() as play:
        made = template(worker(), restart_policy="Never")
        job = AppSpec(
            name="web",
            runtime="nosana",
            replicas=1,
            kind="Job",
            job=JobSpec(completions=2),
            template=made,
            annotations=MARKET,
        )
        await play.orchestrator.apply(job, cause="run")
        await play.until(lambda: play.app().status is AppStatus.COMPLETED, seconds=3000)
        assert (play.app().succeeded, len(play.world.deployments)) == (2, 1)


async def test_a_lost_host_is_healed() -> None:
    async with life() as play:
        await play.apply(web(2))
        lost = play.app().replicas[0].runtime_id
        play.world.lose_host(lost)
        await play.until(lambda: play.app().ready < 2)
        await play.until(lambda: play.app().settled, seconds=1800)
        assert lost not in {replica.runtime_id for replica in play.app().replicas}


async def test_replicas_that_only_crash_are_stopped_before_they_cost_more() -> None:
    async with life() as play:
        await play.orchestrator.apply(web(1, image="acme/missing:1"), cause="deploy")
        await play.until(lambda: play.app().status is AppStatus.CRASH_LOOPING)
        await play.until(lambda: play.app().status is AppStatus.FAILED, seconds=7200)
        assert play.app().reason.startswith("6 replicas in a row ended within 5 minutes, the last with ErrImagePull: ")
        await asyncio.sleep(600)
        assert play.world.deployments[0].status == "STOPPED"
        play.world.behaviours["missing"] = Behaviour()
        await play.orchestrator.scale("web", 1, cause="start")
        await play.until(lambda: play.app().settled)
