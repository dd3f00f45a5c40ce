"""The keyed queue: equal names collapse, nothing runs twice at once, nothing is lost, delays are virtual time."""

from __future__ import annotations

import asyncio

import pytest

from app.core.spec import AppKey
from app.engine.queue import KeyedQueue

A, B = AppKey("default", "a"), AppKey("default", "b")


async def test_equal_names_collapse() -> None:
    queue = KeyedQueue()
    for key in (A, B, A):
        queue.add(key)
    assert [await queue.get(), await queue.get()] == [A, B]
    assert queue.depth == 0


async def test_a_name_added_while_worked_on_runs_once_more_afterwards() -> None:
    queue = KeyedQueue()
    queue.add(A)
    assert await queue.get() == A
    queue.add(A)
    queue.add(A)
    assert queue.depth == 0
    queue.done(A)
    assert (queue.depth, await queue.get()) == (1, A)
    queue.done(A)
    assert queue.depth == 0


@pytest.mark.looptime
async def test_of_several_delays_the_earliest_counts(looptime: object) -> None:
    queue = KeyedQueue()
    queue.add_after(A, 60)
    queue.add_after(A, 10)
    queue.add_after(A, 30)
    assert await queue.get() == A
    assert looptime == 10
    queue.done(A)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.get(), 100)


async def test_close_wakes_the_workers_and_drops_delays() -> None:
    queue = KeyedQueue()
    queue.add_after(A, 0.01)
    workers = [asyncio.create_task(queue.get()) for _ in range(3)]
    await asyncio.sleep(0)
    queue.close()
    assert await asyncio.gather(*workers) == [None, None, None]
    queue.add(A)
    assert await queue.get() is None
