"""Time that runs faster: waits are shorter, their order and what is computed in between are not touched."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from app.runtimes.clock import SystemClock
from app.runtimes.quick import QuickClock, quick_loops


def run(work: Callable[[], Awaitable[Any]], factor: float = 1000.0) -> Any:
    async def main() -> Any:
        return await work()

    with asyncio.Runner(loop_factory=quick_loops(factor)) as runner:
        return runner.run(main())


def test_a_long_sleep_is_counted_in_full() -> None:
    async def work() -> float:
        clock = QuickClock()
        began = clock.now()
        await clock.sleep(3600)
        return clock.now() - began

    real = time.monotonic()
    assert 3600 <= run(work) < 3700
    assert time.monotonic() - real < 100


def test_what_is_due_first_comes_first() -> None:
    async def work() -> list[int]:
        woken: list[int] = []

        async def sleeper(seconds: int) -> None:
            await asyncio.sleep(seconds)
            woken.append(seconds)

        await asyncio.gather(*(sleeper(seconds) for seconds in (30, 10, 20)))
        return woken

    assert run(work) == [10, 20, 30]


def test_what_is_computed_takes_its_own_time() -> None:
    """A slow machine must not make deadlines pass."""

    async def work() -> float:
        clock = QuickClock()
        began = clock.now()
        end = time.monotonic() + 0.02
        while time.monotonic() < end:
            pass
        return clock.now() - began

    assert run(work) < 2


def test_an_answer_of_a_thread_is_not_late() -> None:
    async def work() -> str:
        async with asyncio.timeout(60):
            return await asyncio.to_thread(lambda: "done")

    assert run(work, factor=10.0) == "done"


def test_its_clock_begins_now() -> None:
    async def work() -> float:
        return QuickClock().now()

    assert abs(run(work) - SystemClock().now()) < 100
