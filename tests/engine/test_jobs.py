"""Jobs on the whole engine: to completion, over restarts of ours, to failure, to their deletion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.core.pods import PodPhase
from app.core.spec import AppSpec, Container, EnvVar, JobSpec, PodTemplate
from app.core.views import AppStatus, AppView
from app.stores.memory import MemoryStore
from tests.engine.world import Stage, stage
from tests.worlds import WEB

pytestmark = pytest.mark.looptime


def job(parallelism: int = 1, *, seconds: int = 5, code: int = 0, **fields: Any) -> AppSpec:
    env = (EnvVar(name="EXIT_AFTER", value=str(seconds)), EnvVar(name="EXIT_CODE", value=str(code)))
    template = PodTemplate(containers=(Container(name="work", image="busybox:1", env=env),), restart_policy="Never")
    return AppSpec(
        name="web",
        runtime="simulator",
        kind="Job",
        replicas=parallelism,
        template=template,
        job=JobSpec(parallelism=parallelism, **fields),
    )


async def wait(play: Stage, seconds: float = 600) -> AppView:
    view = await play.orchestrator.wait("web", seconds=seconds, progress=lambda _text: None)
    assert view is not None
    return view


async def test_it_runs_to_completion_and_keeps_its_logs() -> None:
    async with stage() as play:
        await play.orchestrator.apply(job(2, completions=3), cause="run")
        seen = await wait(play)
        assert (seen.status, seen.reason, seen.succeeded) == (AppStatus.COMPLETED, "completed 3 of 3", 3)
        assert [(pod.id.slot, pod.phase) for pod in await play.pods()] == [(s, PodPhase.SUCCEEDED) for s in range(3)]
        assert (await play.orchestrator.logs("web")).lines
        said = [event.message for event in await play.orchestrator.events("web") if event.reason == "Completed"]
        assert said[-1] == "completed 3 of 3"
        await play.clock.sleep(60)
        assert len(await play.pods()) == 3


async def test_never_more_than_the_parallelism_run() -> None:
    async with stage() as play:
        await play.orchestrator.apply(job(2, completions=5), cause="run")
        most = 0
        while not play.orchestrator.app("web").settled:
            await play.clock.sleep(0.05)
            most = max(most, len(await play.live()))
        assert most == 2


async def test_a_success_survives_the_removal_of_its_container_and_our_restart(tmp_path: Path) -> None:
    play = Stage(MemoryStore(), tmp_path / "world.json")
    await play.engine.start()
    await play.orchestrator.apply(job(1, completions=2), cause="run")
    await play.until(lambda: play.orchestrator.app("web").succeeded == 1)
    for pod in await play.pods():
        if pod.phase.ended:
            await play.simulator.remove_pod(pod.id)
    await play.engine.stop()
    later = Stage(play.store, tmp_path / "world.json")
    await later.engine.start()
    seen = await wait(later)
    assert (seen.status, seen.succeeded) == (AppStatus.COMPLETED, 2)
    assert later.engine.records.get(WEB, 0).attempt == 1
    await later.engine.stop()


async def test_what_ended_while_we_were_away_counts(tmp_path: Path) -> None:
    play = Stage(MemoryStore(), tmp_path / "world.json")
    await play.engine.start()
    await play.orchestrator.apply(job(1, seconds=30), cause="run")
    await play.until(lambda: play.orchestrator.app("web").ready == 1)
    await play.engine.stop()
    later = Stage(play.store, tmp_path / "world.json")
    await later.clock.sleep(60)
    await later.engine.start()
    assert (await wait(later)).status is AppStatus.COMPLETED
    assert len(await later.pods()) == 1
    await later.engine.stop()


async def test_one_that_only_fails_reaches_its_limit_with_the_crash_loop_table_in_between() -> None:
    async with stage() as play:
        begun = play.clock.now()
        await play.orchestrator.apply(job(code=2, seconds=1, backoff_limit=3), cause="run")
        await play.until(lambda: play.orchestrator.app("web").reason.startswith("failed:"), seconds=300)
        seen = play.orchestrator.app("web")
        assert (seen.status, seen.failed) == (AppStatus.FAILED, 4)
        assert seen.reason == "failed: back-off limit 3 reached: exit code 2 (Error)"
        assert 30 < play.clock.now() - begun < 45  # 0 + 10 + 20 s of back-off, four runs of a second
        await play.clock.sleep(600)
        assert len(await play.pods()) == 1
        assert (await play.orchestrator.logs("web")).lines


async def test_its_deadline_ends_what_runs() -> None:
    async with stage() as play:
        await play.orchestrator.apply(job(2, seconds=900, completions=2, active_deadline_seconds=20), cause="run")
        await play.until(lambda: play.orchestrator.app("web").status is AppStatus.FAILED)
        assert "deadline of 20 s" in play.orchestrator.app("web").reason
        await play.until(lambda: not play.engine.sites["simulator"].stopping)
        assert await play.live() == []


async def test_after_its_ttl_it_deletes_itself() -> None:
    async with stage() as play:
        await play.orchestrator.apply(job(ttl_seconds_after_finished=30), cause="run")
        await wait(play)
        done = play.clock.now()
        await play.until(lambda: play.engine.desired.get(WEB) is None)
        assert 28 < play.clock.now() - done < 35
        assert await play.pods() == []
        assert any(event.reason == "TTLExpired" for event in await play.orchestrator.events("web"))


async def test_suspended_it_stops_and_resumed_it_goes_on() -> None:
    async with stage() as play:
        await play.orchestrator.apply(job(1, completions=2, active_deadline_seconds=60), cause="run")
        await play.until(lambda: play.orchestrator.app("web").succeeded == 1)
        await play.orchestrator.apply(job(1, completions=2, active_deadline_seconds=60, suspend=True), cause="hold")
        await play.clock.sleep(120)
        assert await play.live() == []
        assert play.orchestrator.app("web").reason == "suspended; completed 1 of 2"
        await play.orchestrator.apply(job(1, completions=2, active_deadline_seconds=60), cause="go on")
        assert (await wait(play)).status is AppStatus.COMPLETED


async def test_a_work_queue_is_done_when_its_workers_are() -> None:
    async with stage() as play:
        await play.orchestrator.apply(job(3, completions=None), cause="run")
        seen = await wait(play)
        assert (seen.status, seen.succeeded) == (AppStatus.COMPLETED, 3)
