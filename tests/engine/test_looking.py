"""What people look at: merged logs, and waiting for a change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest

from app.core.pods import LogLine, PodId, PodPhase
from app.core.views import AppStatus
from app.engine.changes import Changes
from app.engine.facade.applogs import read_logs
from app.runtimes.simulator import Simulator
from tests.clock import LoopClock
from tests.engine.world import stage
from tests.worlds import WEB, pod, spec

pytestmark = pytest.mark.looptime


class Printed(Simulator):
    """A runtime of which only the logs matter."""

    def __init__(self, lines: Mapping[tuple[int, int], Sequence[tuple[float, str]]]) -> None:
        super().__init__(LoopClock())
        self._lines = lines
        self.tails: list[int | None] = []

    async def logs(self, pod: PodId, *, tail: int | None = None, since: float | None = None) -> Sequence[LogLine]:
        self.tails.append(tail)
        found = [LogLine(pod.name, "stdout", text, at) for at, text in self._lines.get((pod.slot, pod.attempt), ())]
        found = [line for line in found if since is None or (line.at or 0) >= since]
        return found[-tail:] if tail else found


LINES = {
    (0, 1): [(1, "old crash")],
    (0, 2): [(3, "zero one"), (5, "Zero ERROR"), (7, "zero three")],
    (1, 1): [(4, "one one"), (6, "one error")],
}
PODS = (pod(0, 1, phase=PodPhase.FAILED), pod(0, 2), pod(1, 1))


async def read(
    *, tail: int = 10, since: float | None = None, previous: bool = False, grep: str | None = None
) -> tuple[list[str], bool]:
    lines, more = await read_logs(Printed(LINES), PODS, tail=tail, since=since, previous=previous, grep=grep)
    return [line.text for line in lines], more


async def test_replicas_are_merged_by_time_and_only_the_newest_attempt_speaks() -> None:
    assert await read() == (["zero one", "one one", "Zero ERROR", "one error", "zero three"], False)


@pytest.mark.parametrize(("tail", "expected"), [(2, ["one error", "zero three"]), (0, [])])
async def test_the_tail_counts_over_all_replicas_and_says_that_there_is_more(tail: int, expected: list[str]) -> None:
    assert await read(tail=tail) == (expected, True)


async def test_exactly_as_many_as_there_are_is_not_cut() -> None:
    assert (await read(tail=5))[1] is False


async def test_previous_shows_the_attempt_that_ended() -> None:
    assert await read(previous=True) == (["old crash"], False)


async def test_a_search_ignores_case_and_looks_further_back_than_the_tail() -> None:
    assert await read(grep="error", tail=1) == (["one error"], True)
    assert (await read(grep="error"))[0] == ["Zero ERROR", "one error"]
    assert (await read(grep="E.*R"))[0] == []
    runtime = Printed(LINES)
    await read_logs(runtime, PODS, tail=1, since=None, previous=False, grep="x")
    assert runtime.tails == [5000, 5000]


async def test_since_is_passed_on() -> None:
    assert (await read(since=6))[0] == ["one error", "zero three"]


async def test_logs_of_a_crashed_replica_can_be_asked_for_by_the_app() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.settle()
        play.simulator.inject("container_crash", app=WEB, message="panic: no config")
        await play.until(lambda: play.orchestrator.app("web").settled and play.orchestrator.app("web").restarts == 1)
        found = await play.orchestrator.logs("web", previous=True, grep="PANIC")
        assert [line.text for line in found.lines] == ["panic: no config"]


class TestWaiting:
    async def test_it_ends_with_the_change(self, looptime: object) -> None:
        changes = Changes()
        waiting = asyncio.create_task(changes.wait(WEB, changes.count(WEB), 100))
        await asyncio.sleep(3)
        changes.notify(WEB)
        await waiting
        assert looptime == 3

    async def test_it_ends_at_once_when_the_change_was_before(self, looptime: object) -> None:
        changes = Changes()
        seen = changes.count(WEB)
        changes.notify(WEB)
        await changes.wait(WEB, seen, 100)
        assert looptime == 0

    async def test_it_ends_with_the_time(self, looptime: object) -> None:
        changes = Changes()
        await changes.wait(WEB, 0, 5)
        assert looptime == 5

    async def test_all_who_wait_are_told_and_one_who_gave_up_is_forgotten(self) -> None:
        changes = Changes()
        waiting = [asyncio.create_task(changes.wait(WEB, 0, 100)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        changes.notify(WEB)
        await asyncio.gather(*waiting[1:])
        assert not changes._waiters

    async def test_one_app_does_not_wake_the_other(self) -> None:
        changes = Changes()
        waiting = asyncio.create_task(changes.wait(WEB, 0, 100))
        await asyncio.sleep(0)
        changes.notify(WEB._replace(name="api"))
        await asyncio.sleep(1)
        assert not waiting.done()
        changes.notify(WEB)
        await waiting


async def test_waiting_for_an_app_reports_each_step_once() -> None:
    async with stage() as play:
        said: list[str] = []
        await play.orchestrator.apply(spec(2), cause="deploy")
        view = await play.orchestrator.wait("web", seconds=60, progress=said.append)
        assert view is not None
        assert view.status is AppStatus.RUNNING
        assert said[0].startswith("web: 0 of 2 ready")
        assert said[-1] == "web: 2 of 2 ready"
        assert all(one != next_one for one, next_one in pairwise(said))
