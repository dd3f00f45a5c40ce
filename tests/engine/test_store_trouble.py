"""A database that is slow, fails, or does what it says it did not: nothing is forgotten and nothing is made up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.core.errors import Conflict, Transient
from app.core.events import Event
from app.core.history import SlotRecord
from app.core.spec import AppKey, Desired, Revision
from app.core.views import AppStatus
from app.stores.memory import MemoryStore
from tests.engine.world import stage
from tests.worlds import WEB, spec

pytestmark = pytest.mark.looptime


class Disk(MemoryStore):
    """Fails the named calls, before (`broken`) or after (`mute`) they did their work; each takes `seconds`."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: set[str] = set()
        self.mute: set[str] = set()
        self.seconds = 0.0
        self.calls: list[str] = []

    async def _do(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        self.calls.append(name)
        await asyncio.sleep(self.seconds)
        if name in self.broken:
            raise Transient("the database is busy", reason="StoreBusy")
        result = await work()
        if name in self.mute:
            raise Transient("the connection to the database was lost", reason="StoreBusy")
        return result

    async def put_app(
        self, desired: Desired, *, expected_generation: int | None, revision: Revision | None = None
    ) -> None:
        put = super().put_app
        await self._do("put_app", lambda: put(desired, expected_generation=expected_generation, revision=revision))

    async def list_apps(self) -> Any:
        apps = super().list_apps
        return await self._do("list_apps", apps)

    async def put_slot(self, key: AppKey, record: SlotRecord) -> None:
        put = super().put_slot
        await self._do("put_slot", lambda: put(key, record))

    async def put_event(self, event: Event) -> Event:
        put = super().put_event
        stored: Event = await self._do("put_event", lambda: put(event))
        return stored

    async def remove_app(self, key: AppKey) -> None:
        remove = super().remove_app
        await self._do("remove_app", lambda: remove(key))


async def test_events_that_cannot_be_written_do_not_stop_or_fail_anything() -> None:
    disk = Disk()
    disk.broken = {"put_event"}
    async with stage(disk) as play:
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        assert play.orchestrator.app("web").restarts == 0
        disk.broken = set()
        reasons = [event.reason for event in await play.orchestrator.events("web")]
        assert reasons.count("Started") == 2
        assert reasons[0] == "Created"


async def test_nothing_is_started_before_its_number_is_on_disk() -> None:
    disk = Disk()
    async with stage(disk) as play:
        disk.broken = {"put_slot"}
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.clock.sleep(20)
        assert await play.pods() == []
        assert disk.calls.count("put_slot") < 60
        disk.broken = set()
        await play.settle()
        (record,) = (await disk.list_slots())[WEB]
        assert (await play.live())[0].id.attempt == record.attempt


async def test_a_loss_is_replaced_before_its_story_is_written() -> None:
    """Two writes of 2 s each (the end, its event) must not lie between a crash and the replacement's own write."""
    disk = Disk()
    async with stage(disk) as play:
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        disk.seconds = 2.0
        begun = play.clock.now()
        play.simulator.inject("kill", pod=(await play.live())[0].id)
        await play.until(lambda: play.orchestrator.app("web").ready == 1)
        await play.until(lambda: play.orchestrator.app("web").ready == 2)
        assert play.clock.now() - begun < 5.0
        disk.seconds = 0.0
        await play.until(lambda: play.engine.idle)
        assert any("exit code 137" in event.message for event in await play.orchestrator.events("web"))


async def test_an_end_that_could_not_be_written_is_written_later() -> None:
    disk = Disk()
    async with stage(disk) as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.settle()
        disk.broken = {"put_slot"}
        play.simulator.inject("kill", app=WEB)
        await play.clock.sleep(3)
        disk.broken = set()
        await play.until(lambda: play.orchestrator.app("web").settled and play.engine.idle)
        assert (await disk.list_slots())[WEB] == [play.engine.records.get(WEB, 0)]
        assert play.engine.records.get(WEB, 0).failures == 1


async def test_a_database_that_fails_is_no_bug_and_no_silent_runtime(caplog: pytest.LogCaptureFixture) -> None:
    disk = Disk()
    with caplog.at_level(logging.ERROR):
        async with stage(disk) as play:
            await play.orchestrator.apply(spec(2), cause="deploy")
            await play.settle()
            disk.broken = {"put_slot", "put_event", "remove_app"}
            await play.simulator.remove_pod((await play.live())[0].id)
            await play.orchestrator.delete("web", cause="delete")
            await play.clock.sleep(60)
            assert play.orchestrator.app("web").status is AppStatus.UPDATING
            assert play.engine.controller.bugs == 0
            disk.broken = set()
            await play.until(lambda: play.engine.desired.get(WEB) is None, seconds=90)
    assert caplog.text == ""


async def test_the_one_who_asks_hangs_up_and_the_wish_comes_true() -> None:
    """A tool that runs out of time, a page that is closed: the database may have the wish already."""
    disk = Disk()
    async with stage(disk) as play:
        disk.seconds = 0.5
        asking = asyncio.create_task(play.orchestrator.apply(spec(2), cause="deploy"))
        await asyncio.sleep(0.1)
        asking.cancel()
        await asyncio.wait((asking,))
        assert asking.cancelled()
        await play.until(lambda: bool(play.engine.desired.all()))
        await play.settle()


async def test_a_write_whose_answer_was_lost_was_a_write() -> None:
    disk = Disk()
    async with stage(disk) as play:
        disk.mute = {"put_app"}
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.orchestrator.scale("web", 3, cause="scale")
        await play.settle()
        assert len(await play.live()) == 3


async def test_after_a_write_of_unknown_fate_memory_learns_what_the_disk_has() -> None:
    disk = Disk()
    async with stage(disk) as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.settle()
        disk.mute, disk.broken = {"put_app"}, {"list_apps"}
        with pytest.raises(Transient, match="connection to the database"):
            await play.orchestrator.scale("web", 3, cause="scale")
        assert len(await play.live()) == 1
        disk.mute, disk.broken = set(), set()
        await play.until(lambda: play.orchestrator.app("web").desired == 3)
        await play.settle()
        await play.orchestrator.scale("web", 2, cause="scale")


async def test_a_write_that_failed_changes_nothing() -> None:
    disk = Disk()
    async with stage(disk) as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.settle()
        disk.broken = {"put_app"}
        with pytest.raises(Transient):
            await play.orchestrator.scale("web", 3, cause="scale")
        assert play.orchestrator.app("web").settled


async def test_of_two_changes_of_the_same_state_the_second_is_refused() -> None:
    """Each was made from what its maker saw; the second would undo the first unseen."""
    disk = Disk()
    async with stage(disk) as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.settle()
        disk.seconds = 0.1
        scale = play.orchestrator.scale("web", 2, cause="scale")
        restart = play.orchestrator.restart("web", cause="restart")
        outcomes = await asyncio.gather(scale, restart, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes][1] is Conflict
        assert play.orchestrator.app("web").desired == 2
