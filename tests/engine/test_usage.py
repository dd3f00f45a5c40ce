"""Usage of what runs: always sampled, oftener while somebody looks, never while nothing runs, kept over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import pytest

from app.core.errors import Transient, Unreachable
from app.core.pods import PodId, PodStats
from app.stores.memory import MemoryStore
from tests.engine.world import Stage, stage
from tests.worlds import WEB, spec

pytestmark = pytest.mark.looptime


def counting(play: Stage, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When the runtime is asked for samples."""
    real, asked = play.simulator.stats, []

    async def stats(pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
        asked.append(play.clock.now())
        return await real(pods)

    monkeypatch.setattr(play.simulator, "stats", stats)
    return asked


async def test_every_15_s_and_every_5_s_while_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        asked = counting(play, monkeypatch)
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        await play.clock.sleep(300)
        assert len(asked) == 20
        assert {round(after - before) for before, after in pairwise(asked)} == {15}
        asked.clear()
        play.orchestrator.apps()
        await play.clock.sleep(0.1)
        assert len(asked) == 1, "who begins to look is not kept waiting"
        await play.clock.sleep(20)
        assert len(asked) == 5
        await play.clock.sleep(300)
        assert len(asked) <= 5 + 21


async def test_what_is_met_for_the_first_time_is_measured_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker measures from one sample to the next; one that is never measured is no reason to ask oftener for ever."""
    async with stage() as play:
        real, rounds = play.simulator.stats, []

        async def stats(pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
            rounds.append(play.clock.now())
            found = await real(pods)
            return {pod: one for pod, one in found.items() if pod.slot != 1 and len(rounds) > 1}

        monkeypatch.setattr(play.simulator, "stats", stats)
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        await play.clock.sleep(100)
        assert [round(after - before) for before, after in pairwise(rounds)][:3] == [5, 10, 15]


async def test_nothing_is_asked_while_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        asked = counting(play, monkeypatch)
        play.orchestrator.apps()
        await play.clock.sleep(300)
        assert asked == []
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.settle()
        await play.clock.sleep(15)
        assert len(asked) >= 1
        await play.orchestrator.scale("web", 0, cause="stop")
        await play.until(lambda: play.orchestrator.app("web").total == 0)
        asked.clear()
        await play.clock.sleep(300)
        assert asked == []
        assert await play.store.list_samples(WEB, since=play.clock.now() - 200) == []


async def test_the_newest_sample_of_a_replica() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        pods = await play.live()
        await play.clock.sleep(15)
        stats = play.engine.usage.latest(pods[0].id)
        assert stats is not None
        assert play.clock.now() - stats.at <= 15
        assert play.engine.usage.latest(pods[0].id._replace(attempt=9)) is None
        play.simulator.inject("runtime_down")
        await play.clock.sleep(60)
        assert play.engine.usage.latest(pods[0].id) is None
        assert play.orchestrator.apps()[0].cpu_millicores is None


async def test_samples_are_kept_with_restarts_one_for_each_quarter_minute() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        play.simulator.inject("container_crash", pod=(await play.live())[0].id)
        await play.until(lambda: play.orchestrator.app("web").settled and play.orchestrator.app("web").restarts == 1)
        begun = play.clock.now()
        for _ in range(60):
            play.orchestrator.apps()
            await play.clock.sleep(5)
        kept = [one for one in await play.store.list_samples(WEB, since=begun) if one.at > begun]
        assert 38 <= len(kept) <= 42
        assert {one.pod for one in kept} == {"web-0", "web-1"}
        assert {(one.pod, one.restarts) for one in kept[-2:]} == {("web-0", 1), ("web-1", 0)}
        assert all(one.memory_bytes > 0 and 14 <= one.seconds <= 20 for one in kept)


async def test_old_samples_are_thinned_out() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.settle()
        await play.clock.sleep(3 * 3600)
        kept = await play.store.list_samples(WEB, since=0)
        assert {one.seconds > 100 for one in kept[1:20]} == {True}
        assert 240 <= len([one for one in kept if one.seconds < 20]) <= 300
        assert len(kept) < 330


async def test_the_board_shows_the_usage_of_now() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        await play.clock.sleep(20)
        (view,) = play.orchestrator.apps()
        assert view.cpu_millicores is not None
        assert view.memory_bytes is not None


@pytest.mark.parametrize("error", [Unreachable("gone"), KeyError("cpu_stats")])
async def test_a_failing_sample_ends_nothing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.settle()

        async def stats(_pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
            raise error

        with monkeypatch.context() as broken:
            broken.setattr(play.simulator, "stats", stats)
            await play.clock.sleep(60)
            assert play.orchestrator.apps()[0].memory_bytes is None
        assert play.engine.alive
        await play.clock.sleep(16)
        assert play.orchestrator.apps()[0].memory_bytes is not None


class Reluctant(MemoryStore):
    """A store that keeps no samples."""

    async def add_samples(self, samples: object) -> None:
        raise Transient("the disk is full")

    async def thin_samples(self, *, now: float) -> None:
        raise KeyError("now")


async def test_a_store_that_fails_ends_nothing() -> None:
    async with stage(Reluctant()) as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.settle()
        await play.clock.sleep(700)
        assert play.engine.alive
        assert play.orchestrator.apps()[0].memory_bytes is not None


async def test_samples_of_what_is_gone_are_dropped() -> None:
    async with stage() as play:
        for name in ("web", "api"):
            await play.orchestrator.apply(spec(1, name=name), cause="deploy")
            await play.settle(name)
        await play.clock.sleep(15)
        (gone,) = await play.live("web")
        assert play.engine.usage.latest(gone.id) is not None
        await play.orchestrator.delete("web", cause="delete")
        await play.clock.sleep(16)
        assert play.engine.usage.latest(gone.id) is None
