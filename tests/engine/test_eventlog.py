"""The event log: equal events fold, it stays bounded, listeners hear what is stored, nothing waits for the disk."""

from __future__ import annotations

import asyncio

import pytest

from app.core.errors import Transient
from app.core.events import Event, EventType
from app.engine import eventlog
from app.engine.eventlog import EventLog
from app.engine.tasks import TaskSet
from app.stores.memory import MemoryStore
from tests.clock import LoopClock
from tests.worlds import WEB

pytestmark = pytest.mark.looptime


class Log:
    """A log on a store of its own."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.tasks = TaskSet()
        self.events = EventLog(self.store, LoopClock(), self.tasks)

    def note(self, message: str, *, pod: str | None = None, type_: EventType = EventType.NORMAL) -> None:
        self.events.record(WEB, type_, "Started", message, pod=pod)

    async def counts(self) -> list[tuple[str, int]]:
        return [(event.message, event.count) for event in await self.events.list(WEB, limit=100)]


async def test_equal_events_fold_into_one_with_a_count() -> None:
    log = Log()
    for _ in range(3):
        log.note("a")
        await asyncio.sleep(60)
    log.note("b")
    assert await log.counts() == [("a", 3), ("b", 1)]
    first, *_ = await log.events.list(WEB, limit=10)
    assert first.last_at - first.first_at == 120


async def test_what_differs_in_pod_or_type_does_not_fold() -> None:
    log = Log()
    log.note("a", pod="web-0")
    log.note("a", pod="web-1")
    log.note("a", type_=EventType.WARNING)
    assert [count for _, count in await log.counts()] == [1, 1, 1]


async def test_an_old_event_is_not_counted_up_but_told_anew() -> None:
    log = Log()
    log.note("a")
    await log.events.flush()
    await asyncio.sleep(eventlog.FOLD_SECONDS + 1)
    log.note("a")
    log.note("a")
    assert await log.counts() == [("a", 1), ("a", 2)]


async def test_a_new_series_that_begins_while_the_old_one_is_written_is_a_row_of_its_own() -> None:
    class Slow(MemoryStore):
        async def put_event(self, event: Event) -> Event:
            await asyncio.sleep(eventlog.FOLD_SECONDS + 1)
            return await super().put_event(event)

    log = Log(Slow())
    log.note("a")
    await asyncio.sleep(eventlog.FOLD_SECONDS + 0.5)
    log.note("a")
    assert await log.counts() == [("a", 1), ("a", 1)]


async def test_the_log_of_an_app_is_bounded_and_pruned_from_the_first_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eventlog, "KEEP_PER_APP", 5)
    monkeypatch.setattr(eventlog, "PRUNE_EVERY", 10)
    store = MemoryStore()
    for life in range(3):  # as after restarts that come too soon for the tenth write
        log = Log(store)
        for number in range(6):
            log.note(f"{life} {number}")
        await log.events.flush()
    assert len(await store.list_events(WEB, limit=100)) <= 5 + 6


async def test_memory_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eventlog, "REMEMBERED", 10)
    log = Log()
    for number in range(50):
        log.note(str(number))
        await log.events.flush()
    assert len(log.events._recent) == 10
    assert len(await log.counts()) == 50


async def test_recording_takes_no_time_and_the_order_is_kept() -> None:
    class Slow(MemoryStore):
        async def put_event(self, event: Event) -> Event:
            await asyncio.sleep(1)
            return await super().put_event(event)

    log = Log(Slow())
    begun = asyncio.get_running_loop().time()
    for name in "abc":
        log.note(name)
    assert asyncio.get_running_loop().time() == begun
    await log.tasks.drain(10)
    assert asyncio.get_running_loop().time() - begun == pytest.approx(3)
    assert [event.message for event in await log.store.list_events(WEB)] == ["a", "b", "c"]


async def test_what_could_not_be_written_is_written_later_and_counts_on_meanwhile() -> None:
    class Broken(MemoryStore):
        broken = True

        async def put_event(self, event: Event) -> Event:
            if self.broken:
                raise Transient("the database is busy")
            return await super().put_event(event)

    store = Broken()
    log = Log(store)
    log.note("a")
    await asyncio.sleep(100)
    log.note("a")
    assert not await store.list_events(WEB)
    store.broken = False
    await asyncio.sleep(eventlog.FOLD_SECONDS)
    assert [event.count for event in await store.list_events(WEB)] == [2]
    assert not len(log.tasks)


async def test_listeners_hear_what_is_stored_from_when_they_listen() -> None:
    log = Log()
    heard: list[tuple[str, int, bool]] = []

    async def listen() -> None:
        stream = log.events.subscribe()
        while True:
            event = await anext(stream)
            heard.append((event.message, event.count, event.id > 0))

    log.note("before")
    await log.events.flush()
    listener = asyncio.create_task(listen())
    await asyncio.sleep(0)
    log.note("a")
    await asyncio.sleep(1)
    log.note("a")
    await asyncio.sleep(1)
    assert heard == [("a", 1, True), ("a", 2, True)]
    listener.cancel()
    await asyncio.wait((listener,))
    assert not log.events._listeners


async def test_a_listener_that_does_not_keep_up_loses_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eventlog, "LISTENER_BACKLOG", 2)
    log = Log()
    stream = log.events.subscribe()
    first = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    for name in "abcd":
        log.note(name)
    await log.events.flush()
    assert [(await first).message, (await anext(stream)).message] == ["c", "d"]
    await stream.aclose()  # type: ignore[attr-defined]
