"""What the orchestrator adds for the day after: stopped apps remember their count, usage is measured on demand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from app.core.errors import NotFound
from app.core.pods import PodId, PodStats
from app.core.stopping import before_stop
from app.core.views import AppStatus
from app.stores.memory import MemoryStore
from tests.engine.world import stage
from tests.worlds import spec

pytestmark = pytest.mark.looptime


async def test_a_stop_is_remembered_over_a_restart_of_the_process() -> None:
    store = MemoryStore()
    async with stage(store) as play:
        await play.orchestrator.apply(spec(3), cause="deploy")
        await play.settle()
        await play.orchestrator.scale("web", 0, cause="stop")
        await play.settle()
    async with stage(store) as play:
        assert before_stop(play.orchestrator.app("web").spec) == 3
        await play.orchestrator.scale("web", 3, cause="start")
        await play.settle()
        assert play.orchestrator.app("web").spec == spec(3)
        await play.check_world()


async def test_applying_a_manifest_of_no_replicas_is_a_stop_too() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        applied = await play.orchestrator.apply(spec(0), cause="apply")
        assert applied.after is not None
        assert before_stop(applied.after) == 2
        assert not (await play.orchestrator.apply(spec(0), cause="again")).changed
        assert play.orchestrator.app("web").revision == 1


async def test_usage_is_measured_for_each_replica_that_runs() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(3), cause="deploy")
        await play.settle()
        (view,) = await play.orchestrator.measure("web")
        assert [replica.image for replica in view.replicas] == [spec(3).container.image] * 3
        assert all(replica.memory_bytes for replica in view.replicas)
        assert view.memory_bytes == sum(replica.memory_bytes or 0 for replica in view.replicas)
        assert view.cpu_millicores == sum(replica.cpu_millicores or 0 for replica in view.replicas)
        assert [one.name for one in await play.orchestrator.measure()] == ["web"]


async def test_a_runtime_that_does_not_answer_measures_nothing() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.settle()
        play.simulator.inject("runtime_down")
        (view,) = await play.orchestrator.measure("web")
        assert (view.memory_bytes, view.replicas[0].memory_bytes) == (None, None)


async def test_what_was_never_measured_is_asked_about_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with Docker, where usage is the difference of two samples."""
    asked: list[int] = []
    async with stage() as play:
        real = play.simulator.stats

        async def stats(pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
            wanted = list(pods)
            asked.append(len(wanted))
            return await real([pod for pod in wanted if len(asked) > 1 or pod.slot == 0])

        await play.orchestrator.apply(spec(3), cause="deploy")
        await play.settle()
        monkeypatch.setattr(play.simulator, "stats", stats)
        (view,) = await play.orchestrator.measure("web")
        assert asked == [3, 2]
        assert all(replica.memory_bytes for replica in view.replicas)


async def test_what_does_not_run_has_no_usage() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(0), cause="deploy")
        (view,) = await play.orchestrator.measure("web")
        assert (view.status, view.memory_bytes, view.replicas) == (AppStatus.STOPPED, None, ())
        with pytest.raises(NotFound):
            await play.orchestrator.measure("wbe")
