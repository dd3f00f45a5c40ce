"""CronJobs in a whole engine: at their time, once, across our restarts, by their policies, with a bounded history."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.errors import Transient
from app.core.objects import CronJob, ObjectKey
from app.core.spec import AppKey, AppSpec, JobSpec
from app.stores.memory import MemoryStore
from tests.clock import EPOCH
from tests.engine.world import Stage, stage
from tests.worlds import spec

pytestmark = pytest.mark.looptime

KEY = ObjectKey("CronJob", "default", "backup")
MINUTE = 60.0
"""The clock begins at 22:13:20 UTC."""


def job(seconds: float = 5, code: int = 0, **update: Any) -> AppSpec:
    plain = spec(1, name="backup")
    command = ("sh", "-c", f"sleep {seconds}; exit {code}")
    container = plain.container.model_copy(update={"command": command, "ports": ()})
    template = plain.template.model_copy(update={"containers": (container,), "restart_policy": "Never"})
    return plain.model_copy(update={"template": template, "kind": "Job", "job": JobSpec(backoff_limit=0), **update})


def cron(schedule: str = "* * * * *", *, of: AppSpec | None = None, **update: Any) -> CronJob:
    return CronJob(name="backup", schedule=schedule, job=of or job(), **update)


def jobs(play: Stage) -> list[str]:
    return sorted(wish.key.name for wish in play.engine.desired.all() if wish.spec.owner and not wish.deleting)


def minute(play: Stage) -> int:
    return int(play.clock.now()) // 60


async def said(play: Stage, reason: str) -> list[str]:
    found = await play.engine.events.list(AppKey("default", "backup"), limit=500)
    return [one.message for one in found if one.reason == reason]


async def all_runs(play: Stage) -> list[int]:
    """The minute of every Job that was made."""
    return sorted(int(text.rsplit("-", 1)[1]) for text in await said(play, "SuccessfulCreate"))


async def test_it_runs_at_its_minute_and_its_jobs_complete() -> None:
    async with stage() as play:
        await play.engine.objects.put(cron(keep_succeeded=10))
        first = minute(play) + 1
        await play.clock.sleep(41)
        assert jobs(play) == [f"backup-{first}"]
        await play.clock.sleep(3 * MINUTE)
        assert await all_runs(play) == [first, first + 1, first + 2, first + 3]
        wish = play.engine.desired.get(AppKey("default", f"backup-{first}"))
        assert wish is not None
        stamp = wish.spec.annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"]
        assert stamp == datetime.fromtimestamp(first * 60, UTC).isoformat()
        assert play.orchestrator.app(f"backup-{first}").succeeded == 1
        stored = play.engine.objects.get(KEY)
        assert stored is not None
        assert stored.state.last_run_at == (first + 3) * 60


async def test_the_next_run_can_be_asked_for() -> None:
    async with stage() as play:
        await play.engine.objects.put(cron("30 2 * * *", time_zone="Europe/Berlin"))
        at = play.engine.cron.next_run(KEY)
        assert at is not None
        assert datetime.fromtimestamp(at, UTC).strftime("%d %H:%M") == "15 01:30"
        await play.engine.objects.put(cron("30 2 * * *", suspend=True))
        assert play.engine.cron.next_run(KEY) is None
        assert play.engine.cron.next_run(KEY._replace(name="other")) is None


async def test_a_restart_neither_doubles_nor_loses_a_run() -> None:
    store = MemoryStore()
    runs: list[int] = []
    for stay in (41.0, 1.0, 30.0, 90.0, 0.1, 75.0):
        async with stage(store) as play:
            if play.engine.objects.get(KEY) is None:
                await play.engine.objects.put(cron())
                first = minute(play) + 1
            await play.clock.sleep(stay)
            runs = await all_runs(play)
            last = minute(play)
    assert runs == list(range(first, last + 1))


async def test_a_crash_between_the_job_and_its_note_makes_no_second_job(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:

        async def note(*_: object) -> None:
            raise Transient("the database is locked")

        with monkeypatch.context() as broken:
            broken.setattr(play.engine.objects, "note", note)
            await play.engine.objects.put(cron("0 * * * *"))
            await play.clock.sleep(2900)
            assert len(jobs(play)) == 1
        await play.clock.sleep(30)
        assert len(await all_runs(play)) == 1
        stored = play.engine.objects.get(KEY)
        assert stored is not None
        assert stored.state.last_run_at is not None


async def test_of_missed_runs_the_latest_is_made_up_for() -> None:
    store = MemoryStore()
    async with stage(store) as play:
        await play.engine.objects.put(cron("0 * * * *"))
        await play.clock.sleep(10)
    await asyncio.sleep(5.5 * 3600)
    async with stage(store) as play:
        await play.clock.sleep(1)
        assert jobs(play) == [f"backup-{int(EPOCH + 5.5 * 3600) // 3600 * 60}"]
        assert await said(play, "TooManyMissedTimes") == []


async def test_more_than_a_hundred_missed_is_a_warning() -> None:
    store = MemoryStore()
    async with stage(store) as play:
        await play.engine.objects.put(cron())
        await play.clock.sleep(10)
    await asyncio.sleep(3 * 3600)
    async with stage(store) as play:
        await play.clock.sleep(1)
        assert jobs(play) == [f"backup-{minute(play)}"]
        assert len(await said(play, "TooManyMissedTimes")) == 1


async def test_a_run_that_is_too_late_is_left_out_and_said_once() -> None:
    store = MemoryStore()
    async with stage(store) as play:
        await play.engine.objects.put(cron("0 * * * *", starting_deadline_seconds=100))
        await play.clock.sleep(10)
    await asyncio.sleep(5.5 * 3600)
    async with stage(store) as play:
        await play.clock.sleep(300)
        assert jobs(play) == []
        (message,) = await said(play, "MissSchedule")
        assert message == "Missed scheduled time to start a job: 2023-11-15T03:00:00+00:00"


async def test_a_run_within_its_deadline_is_made_up_for() -> None:
    store = MemoryStore()
    async with stage(store) as play:
        await play.engine.objects.put(cron("0 * * * *", starting_deadline_seconds=3000))
        await play.clock.sleep(10)
    await asyncio.sleep(5.5 * 3600)
    async with stage(store) as play:
        await play.clock.sleep(1)
        assert len(jobs(play)) == 1


class TestConcurrency:
    async def test_allowed(self) -> None:
        async with stage() as play:
            await play.engine.objects.put(cron(of=job(600)))
            await play.clock.sleep(41 + 2 * MINUTE)
            assert len(jobs(play)) == 3
            assert all(play.orchestrator.app(name).total == 1 for name in jobs(play))

    async def test_forbidden(self) -> None:
        async with stage() as play:
            await play.engine.objects.put(cron(of=job(150), concurrency="Forbid"))
            first = minute(play) + 1
            await play.clock.sleep(41 + 2 * MINUTE)
            assert jobs(play) == [f"backup-{first}"]
            (message,) = await said(play, "JobAlreadyActive")
            assert "concurrency policy is Forbid" in message
            await play.clock.sleep(45)
            assert (await all_runs(play))[1:] == [first + 2], "once it is free, the latest missed run is made up for"

    async def test_replaced(self) -> None:
        async with stage() as play:
            await play.engine.objects.put(cron(of=job(600), concurrency="Replace"))
            await play.clock.sleep(41 + 2 * MINUTE)
            await play.until(lambda: len(jobs(play)) == 1)
            assert jobs(play) == [f"backup-{minute(play)}"]
            assert len(await said(play, "SuccessfulDelete")) == 2


async def test_a_suspended_one_waits() -> None:
    async with stage() as play:
        await play.engine.objects.put(cron(suspend=True))
        await play.clock.sleep(10 * MINUTE)
        assert jobs(play) == []
        await play.engine.objects.put(cron())
        await play.clock.sleep(1)
        assert jobs(play) == [f"backup-{minute(play)}"]


async def test_the_history_is_bounded() -> None:
    async with stage() as play:
        await play.engine.objects.put(cron(keep_succeeded=2))
        await play.clock.sleep(8 * MINUTE)
        assert jobs(play) == [f"backup-{minute(play) - back}" for back in (2, 1, 0)][-len(jobs(play)) :]
        assert len(jobs(play)) <= 3


async def test_failed_ones_have_a_history_of_their_own() -> None:
    async with stage() as play:
        await play.engine.objects.put(cron(of=job(code=3), keep_failed=1, keep_succeeded=0))
        await play.clock.sleep(5 * MINUTE + 30)
        assert jobs(play) == [f"backup-{minute(play)}"]
        assert play.orchestrator.app(jobs(play)[0]).failed == 1


async def test_a_deleted_one_takes_its_jobs_along() -> None:
    async with stage() as play:
        await play.engine.objects.put(cron(of=job(600)))
        await play.clock.sleep(2 * MINUTE)
        assert len(jobs(play)) == 2
        await play.engine.objects.forget(KEY)
        await play.until(lambda: not play.engine.desired.all())
        assert await play.simulator.list_pods() == []


async def test_one_that_is_marked_goes_after_its_jobs() -> None:
    async with stage() as play:
        await play.engine.objects.put(cron(of=job(600)))
        await play.clock.sleep(MINUTE)
        await play.engine.objects.mark_deleting(KEY)
        await play.until(lambda: play.engine.objects.get(KEY) is None)
        assert play.engine.desired.all() == []


async def test_another_app_of_that_name_is_left_alone() -> None:
    async with stage() as play:
        name = f"backup-{minute(play) + 1}"
        await play.orchestrator.apply(spec(1, name=name), cause="deploy")
        await play.engine.objects.put(cron())
        await play.clock.sleep(50)
        assert play.orchestrator.app(name).spec.job is None
        assert name in (await said(play, "FailedCreate"))[0]
        await play.clock.sleep(MINUTE)
        assert len(jobs(play)) == 1


async def test_a_schedule_that_cannot_be_read_is_said() -> None:
    async with stage() as play:
        await play.engine.objects.put(cron("every day"))
        await play.clock.sleep(MINUTE)
        assert "is not a schedule" in (await said(play, "UnparseableSchedule"))[0]
        assert play.engine.alive
