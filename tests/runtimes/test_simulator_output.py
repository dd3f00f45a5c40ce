"""What pretended containers print and use."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.pods import PodId, PodRequest
from app.runtimes.simulator import Simulator
from app.runtimes.simulator.output import Output, usage
from tests.clock import LoopClock
from tests.runtimes.simulated import WEB, request, run

pytestmark = pytest.mark.looptime


async def test_logs_grow_with_time_and_can_be_cut(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    await asyncio.sleep(60)
    lines = await simulator.logs(pod.id)
    assert len(lines) > 10
    assert {line.pod for line in lines} == {"web-0"}
    times = [line.at or 0.0 for line in lines]
    assert times == sorted(times)
    assert any('"GET /' in line.text for line in lines)
    assert await simulator.logs(pod.id, tail=3) == lines[-3:]
    assert await simulator.logs(pod.id, tail=0) == []
    assert await simulator.logs(pod.id, since=times[-2]) == lines[-2:]
    await asyncio.sleep(60)
    assert (await simulator.logs(pod.id))[: len(lines)] == lines


async def test_an_ended_container_keeps_its_lines_with_the_last_words(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    await asyncio.sleep(30)
    simulator.inject("container_crash", pod=pod.id, message="panic: oh no\n\tat main.go:7")
    lines = await simulator.logs(pod.id)
    await asyncio.sleep(600)
    assert await simulator.logs(pod.id) == lines
    assert [(line.text, line.stream) for line in lines[-2:]] == [
        ("panic: oh no", "stderr"),
        ("\tat main.go:7", "stderr"),
    ]
    assert await simulator.logs(pod.id, tail=1) == lines[-1:]
    await simulator.remove_pod(pod.id)
    assert await simulator.logs(pod.id) == ()


async def test_a_month_of_output_is_bounded(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    await asyncio.sleep(30 * 86400)
    assert len(await simulator.logs(pod.id)) == 10_000


async def test_what_a_command_echoes_is_all_it_prints(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request(command=("sh", "-c", "echo hello world; echo two; sleep 100; echo late")))
    assert [line.text for line in await simulator.logs(pod.id)] == ["hello world", "two"]
    await asyncio.sleep(3600)
    lines = await simulator.logs(pod.id)
    assert [line.text for line in lines] == ["hello world", "two", "late"]
    assert (lines[2].at or 0) - (lines[1].at or 0) == pytest.approx(100)


async def test_followed_logs_come_as_printed_and_end_with_the_attempt(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    await asyncio.sleep(30)
    old = await simulator.logs(pod.id, tail=2)

    async def follow() -> list[tuple[str, float]]:
        clock = LoopClock()
        return [(line.text, clock.now() - (line.at or 0)) async for line in simulator.follow_logs(pod.id, tail=2)]

    following = asyncio.create_task(follow())
    await asyncio.sleep(30)
    assert not following.done()
    simulator.inject("container_crash", pod=pod.id, message="the end")
    got = await following
    whole = await simulator.logs(pod.id)
    assert [text for text, _ in got] == [line.text for line in whole[whole.index(old[0]) :]]
    assert all(late < 0.01 for _, late in got[2:])
    assert got[-1][0] == "the end"


@pytest.mark.parametrize("how", ["removed", "ended before", "unknown"])
async def test_following_ends_where_nothing_more_can_come(simulator: Simulator, how: str) -> None:
    (pod,) = await run(simulator, request())
    await asyncio.sleep(1)
    if how == "ended before":
        simulator.inject("container_crash", pod=pod.id, message="done")
    if how == "removed":
        asyncio.get_running_loop().call_later(0.001, lambda: asyncio.ensure_future(simulator.remove_pod(pod.id)))
    target = pod.id._replace(slot=9) if how == "unknown" else pod.id
    async with aclosing(simulator.follow_logs(target, tail=1)) as lines:  # type: ignore[type-var]
        got = [line.text async for line in lines]
    assert len(got) == {"removed": 1, "ended before": 1, "unknown": 0}[how]


@settings(deadline=None)
@given(st.floats(0, 1e6), st.floats(0, 100), st.integers(0, 50))
def test_the_count_of_lines_agrees_with_their_times(started: float, ran: float, texture: int) -> None:
    output = Output(str(texture), "nginx", started)
    count = output.count(started + ran)
    assert all(output.at(index) <= started + ran + 1e-6 for index in range(count))
    assert output.at(count) >= started + ran - 1e-6


@settings(deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1e5))
def test_usage_moves_smoothly(texture: int, at: float) -> None:
    (cpu, memory), (later_cpu, later_memory) = (usage(str(texture), "redis", at + step, 0.0) for step in (0.0, 1.0))
    assert cpu >= 1
    assert memory > 2**20
    assert abs(later_cpu - cpu) <= 2
    assert abs(later_memory - memory) < 0.02 * memory


async def test_stats_are_of_what_runs_and_keep_to_limits(simulator: Simulator) -> None:
    limited = request(0).template.model_validate(
        {"containers": [{"name": "m", "image": "nginx", "resources": {"limits": {"cpu_millicores": 2}}}]}
    )
    first = PodRequest(PodId(WEB, 0, 1), "hash", limited)
    pods = await run(simulator, first, request(1), request(2))
    simulator.inject("kill", pod=pods[2].id)
    stats = await simulator.stats([*(pod.id for pod in pods), PodId(WEB, 9, 9)])
    assert set(stats) == {pods[0].id, pods[1].id}
    assert stats[pods[0].id].cpu_millicores <= 2
    assert stats[pods[1].id].at == LoopClock().now()
