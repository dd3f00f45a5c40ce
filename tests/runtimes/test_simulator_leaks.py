"""A pretended process that leaks grows from second to second, and is killed when it meets its limit."""

from __future__ import annotations

import asyncio

import pytest

from app.core.pods import PodRequest
from app.core.template import Amounts, Container, EnvVar, PodTemplate, Resources
from app.runtimes.simulator import Simulator
from tests.clock import LoopClock
from tests.runtimes.simulated import request, run, shown

pytestmark = pytest.mark.looptime
MIB = 2**20


def leaking(leaks: str, limit: int | None) -> PodRequest:
    plain = request()
    limits = Amounts(memory_bytes=limit)
    main = Container(
        name="main", image="python", env=(EnvVar(name="LEAKS", value=leaks),), resources=Resources(limits=limits)
    )
    return PodRequest(plain.id, plain.template_hash, PodTemplate(containers=(main,)), {})


async def used(simulator: Simulator, one: PodRequest) -> int:
    return (await simulator.stats([one.id]))[one.id].memory_bytes


async def test_its_memory_grows_by_as_much_as_it_says() -> None:
    simulator, one = Simulator(LoopClock()), leaking("1Mi", 1000 * MIB)
    await run(simulator, one)
    first = await used(simulator, one)
    await asyncio.sleep(100)
    assert 90 * MIB < await used(simulator, one) - first < 120 * MIB
    await simulator.aclose()


async def test_at_its_limit_it_is_killed_for_its_memory() -> None:
    simulator, one = Simulator(LoopClock()), leaking("1Mi", 200 * MIB)
    await run(simulator, one)
    await asyncio.sleep(130)
    assert (await shown(simulator, one.id)).exit is None
    await asyncio.sleep(80)
    exit_ = (await shown(simulator, one.id)).exit
    assert exit_ is not None
    assert (exit_.code, exit_.oom_killed) == (137, True)
    await simulator.aclose()


@pytest.mark.parametrize(("leaks", "limit"), [("1Mi", None), ("much", 64 * MIB), ("0", 64 * MIB)])
async def test_without_a_limit_or_a_number_nothing_happens(leaks: str, limit: int | None) -> None:
    simulator, one = Simulator(LoopClock()), leaking(leaks, limit)
    await run(simulator, one)
    await asyncio.sleep(10_000)
    assert (await shown(simulator, one.id)).exit is None
    await simulator.aclose()
