"""Start and end of the engine: what is on its way ends first, nothing is left behind, and two engines are strangers."""

from __future__ import annotations

import asyncio
import logging

import pytest

from app.core.pods import PodPhase
from app.engine.engine import DRAIN_SECONDS
from app.engine.queue import KeyedQueue
from app.engine.tasks import TaskSet
from app.runtimes.simulator import Fault
from app.stores.memory import MemoryStore
from tests.engine.world import Stage, stage
from tests.worlds import WEB, spec

pytestmark = pytest.mark.looptime


async def left() -> set[str]:
    await asyncio.sleep(0)
    return {task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()}


async def test_a_stop_lets_what_is_on_its_way_end() -> None:
    play = Stage(MemoryStore(), None)
    await play.engine.start()
    play.simulator.inject("slow_start", seconds=4)
    await play.orchestrator.apply(spec(3), cause="deploy")
    await play.until(lambda: len(play.engine.sites["simulator"].starting) == 3)
    await play.engine.stop()
    assert [pod.phase for pod in await play.live()] == [PodPhase.RUNNING] * 3
    assert await left() == set()


async def test_a_stop_does_not_wait_for_ever() -> None:
    play = Stage(MemoryStore(), None)
    await play.engine.start()
    play.simulator.inject("slow_start", seconds=3600)
    await play.orchestrator.apply(spec(3), cause="deploy")
    await play.until(lambda: len(play.engine.sites["simulator"].starting) == 3)
    begun = play.clock.now()
    await play.engine.stop()
    assert play.clock.now() - begun == pytest.approx(DRAIN_SECONDS, abs=0.1)
    assert await left() == set()


async def test_what_was_cut_off_half_way_is_finished_by_the_next_process() -> None:
    store = MemoryStore()
    play = Stage(store, None)
    await play.engine.start()
    play.simulator.inject("slow_start", seconds=3600)
    await play.orchestrator.apply(spec(2), cause="deploy")
    await play.until(lambda: len(play.engine.sites["simulator"].starting) == 2)
    await play.engine.stop()
    play.simulator.clear()
    later = Stage(store, None)
    later.simulator._machine.world.restore(play.simulator._machine.world.snapshot())
    await later.engine.start()
    await later.settle()
    assert [pod.id.attempt for pod in await later.live()] == [1, 1]
    await later.engine.stop()


async def test_nothing_new_is_begun_while_it_stops() -> None:
    play = Stage(MemoryStore(), None)
    await play.engine.start()
    await play.orchestrator.apply(spec(2), cause="deploy")
    await play.settle()
    play.simulator.inject("kill", app=WEB)
    await play.engine.stop()
    assert await left() == set()
    before = await play.pods()
    play.engine.queue.add(WEB)
    await play.clock.sleep(30)
    assert await play.pods() == before


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.5, 3.0])
async def test_it_stops_also_while_the_runtime_goes_away(seconds: float) -> None:
    """A cancellation that meets a failure must not get lost."""
    play = Stage(MemoryStore(), None)
    await play.engine.start()
    await play.orchestrator.apply(spec(2), cause="deploy")
    await play.settle()
    play.simulator.inject("runtime_down")
    await play.clock.sleep(seconds)
    async with asyncio.timeout(2 * DRAIN_SECONDS):
        await play.engine.stop()
    play.simulator.clear(Fault.RUNTIME_DOWN)
    assert await left() == set()


async def test_two_engines_share_nothing() -> None:
    async with stage() as one, stage() as other:
        await one.orchestrator.apply(spec(2), cause="deploy")
        await other.orchestrator.apply(spec(1, image="nginx:1.27"), cause="deploy")
        await one.settle()
        await other.settle()
        await one.orchestrator.delete("web", cause="delete")
        await one.until(lambda: one.engine.desired.get(WEB) is None)
        await other.clock.sleep(30)
        assert [pod.image for pod in await other.live()] == ["nginx:1.27"]
        assert other.orchestrator.app("web").settled
        await other.check_world()


async def test_looking_only_changes_nothing() -> None:
    play = Stage(MemoryStore(), None)
    await play.engine.desired.wish(spec(2), "before")
    await play.engine.start(observe_only=True)
    await play.clock.sleep(30)
    assert await play.pods() == []
    assert play.orchestrator.app("web").desired == 2
    await play.engine.stop()
    assert await left() == set()


class TestTaskSet:
    async def test_a_drain_waits_for_what_effects_begin(self) -> None:
        tasks, done = TaskSet(), []

        async def second() -> None:
            await asyncio.sleep(1)
            done.append("second")

        async def first() -> None:
            await asyncio.sleep(1)
            tasks.spawn(second(), "second")
            done.append("first")

        tasks.spawn(first(), "first")
        await tasks.drain(10)
        assert done == ["first", "second"]

    async def test_what_is_not_done_in_time_is_cancelled(self) -> None:
        tasks = TaskSet()
        task = tasks.spawn(asyncio.sleep(100), "slow")
        await tasks.drain(5)
        assert task.cancelled()
        assert not len(tasks)

    async def test_a_failure_is_logged_with_its_name(self, caplog: pytest.LogCaptureFixture) -> None:
        async def broken() -> None:
            raise KeyError("x")

        tasks = TaskSet()
        tasks.spawn(broken(), "start web-0")
        with caplog.at_level(logging.ERROR):
            await tasks.drain(1)
        assert "start web-0 failed" in caplog.text


class TestFairness:
    async def test_a_busy_app_does_not_keep_the_others_waiting(self) -> None:
        """It is added again and again while it is worked on, and still gets its turn only after the others."""
        queue = KeyedQueue()
        busy, others = WEB, [WEB._replace(name=f"app-{number}") for number in range(5)]
        queue.add(busy)
        order = []
        for _ in range(12):
            key = await queue.get()
            assert key is not None
            order.append(key)
            queue.add(busy)
            for other in others:
                queue.add(other)
            queue.done(key)
        assert order[:7] == [busy, *others, busy]
        assert order.count(busy) == 2

    async def test_a_thousand_apps_with_nothing_to_do_do_not_hold_the_loop(self) -> None:
        play = Stage(MemoryStore(), None)
        for number in range(200):
            await play.engine.desired.wish(spec(0, name=f"app-{number}"), "deploy")
        await play.engine.start()
        turns = 0
        while not play.engine.queue.idle:
            await asyncio.sleep(0)
            turns += 1
        assert turns >= 40
        await play.engine.stop()
