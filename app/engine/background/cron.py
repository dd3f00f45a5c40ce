"""Makes the Jobs of CronJobs at their time, once each, whatever happens to us in between; and clears old ones away.

A run's Job has a name that follows from the run's minute, and is stored before the run is noted: after a crash between
the two the same Job is found again. Rules and words are those of Kubernetes' cronjob controller.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from app.core.errors import Conflict, InvalidInput, PortError
from app.core.events import EventType
from app.core.objects import CronJob, ObjectKey, Stored
from app.core.schedule import MANY_MISSED, Schedule, job_name, parse_schedule
from app.core.spec import AppKey, AppSpec, Desired
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.objects import Objects
from app.ports.clock import Clock

log = logging.getLogger(__name__)

POLL_SECONDS = 5.0
"""Between looks while Jobs of CronJobs are there: one may have ended."""
IDLE_SECONDS = 60.0
SCHEDULED_AT_ANNOTATION = "batch.kubernetes.io/cronjob-scheduled-timestamp"


class Cron:
    """`outcome(job)` is "Complete" or "Failed" for a Job that is done, "" for one that goes on."""

    def __init__(
        self,
        desired: DesiredState,
        objects: Objects,
        events: EventLog,
        clock: Clock,
        outcome: Callable[[Desired], str],
    ) -> None:
        self._desired = desired
        self._objects = objects
        self._events = events
        self._clock = clock
        self._outcome = outcome
        self._news = asyncio.Event()
        objects.subscribe(self._heard)

    def next_run(self, key: ObjectKey) -> float | None:
        """When a CronJob runs next (epoch seconds); None where it is suspended, gone, or never does."""
        stored = self._objects.get(key)
        if stored is None or not isinstance(stored.object, CronJob) or stored.object.suspend or stored.deleting:
            return None
        try:
            schedule = parse_schedule(stored.object.schedule, stored.object.time_zone)
        except InvalidInput:
            return None
        if schedule.every:
            return schedule.next_after(_since(stored))
        return schedule.next_after(self._clock.now())

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._news.clear()
            await self.sync()
            try:
                async with asyncio.timeout(self._pause()):
                    await self._news.wait()
            except TimeoutError:
                pass

    async def sync(self) -> None:
        """One look at every CronJob and at every Job that one made."""
        for stored in self._objects.all("CronJob"):
            if isinstance(stored.object, CronJob):
                try:
                    await self._sync_one(stored, stored.object)
                except (Conflict, PortError) as error:
                    log.warning("%s is looked at again later: %s", stored.key, error)
                except Exception:
                    log.exception("%s failed", stored.key)
        await self._clear_orphans()

    def _heard(self, key: ObjectKey) -> None:
        if key.kind == "CronJob":
            self._news.set()

    def _pause(self) -> float:
        now = self._clock.now()
        due = [at for stored in self._objects.all("CronJob") if (at := self.next_run(stored.key)) is not None]
        owned = any(wish.spec.owner for wish in self._desired.all())
        return max(min([POLL_SECONDS if owned else IDLE_SECONDS, *(at - now for at in due if at > now)]), 0.01)

    # -- one CronJob

    async def _sync_one(self, stored: Stored, cron: CronJob) -> None:
        jobs = self._jobs(cron)
        if stored.deleting:
            await self._take_along(stored.key, jobs)
            return
        await self._keep_history(cron, jobs)
        if cron.suspend:
            return
        try:
            schedule = parse_schedule(cron.schedule, cron.time_zone)
        except InvalidInput as error:
            self._say(cron, EventType.WARNING, "UnparseableSchedule", str(error))
            return
        now = self._clock.now()
        since = _since(stored)
        if cron.starting_deadline_seconds is not None:
            since = max(since, now - cron.starting_deadline_seconds)
        run, count = schedule.missed(since, now)
        if run is None:
            await self._note_too_late(stored, cron, schedule, since)
            return
        if count > MANY_MISSED:
            text = "too many missed start times; set or decrease startingDeadlineSeconds or check the clock"
            self._say(cron, EventType.WARNING, "TooManyMissedTimes", text)
        await self._begin(stored, cron, schedule, run, [job for job in jobs if self._active(job)])

    async def _note_too_late(self, stored: Stored, cron: CronJob, schedule: Schedule, since: float) -> None:
        """A run whose starting deadline passed while we were away is said once, then done with."""
        if since > _since(stored):
            run, _ = schedule.missed(_since(stored), since)
            if run is not None:
                text = f"Missed scheduled time to start a job: {_when(schedule, run)}"
                self._say(cron, EventType.WARNING, "MissSchedule", text)
                await self._note(stored, run)

    async def _begin(
        self, stored: Stored, cron: CronJob, schedule: Schedule, run: float, active: list[Desired]
    ) -> None:
        spec = _job_of(cron, schedule, run)
        known = self._desired.get(spec.key)
        if known is None:
            if active and cron.concurrency == "Forbid":
                text = "Not starting job because prior execution is running and concurrency policy is Forbid"
                self._say(cron, EventType.NORMAL, "JobAlreadyActive", text)
                return
            if cron.concurrency == "Replace":
                for job in active:
                    await self._delete(cron, job)
            await self._desired.wish(spec, f"CronJob {cron.name}, run of {_when(schedule, run)}")
            self._say(cron, EventType.NORMAL, "SuccessfulCreate", f"Created job {spec.name}")
        elif known.spec.owner != cron.name:
            text = f"the run of {_when(schedule, run)} is left out: there is another app called {spec.name}"
            self._say(cron, EventType.WARNING, "FailedCreate", text)
        await self._note(stored, run)

    async def _note(self, stored: Stored, run: float) -> None:
        present = self._objects.get(stored.key)
        if present is not None:
            await self._objects.note(stored.key, present.state.model_copy(update={"last_run_at": run}))

    # -- its Jobs

    def _jobs(self, cron: CronJob) -> list[Desired]:
        """Those it made that are still there, oldest first."""
        found = [
            wish
            for wish in self._desired.all()
            if wish.spec.owner == cron.name and wish.key.namespace == cron.namespace and not wish.deleting
        ]
        return sorted(found, key=lambda wish: (wish.created_at, wish.key))

    def _active(self, job: Desired) -> bool:
        return not job.deleting and not self._outcome(job)

    async def _keep_history(self, cron: CronJob, jobs: list[Desired]) -> None:
        for outcome, kept in (("Complete", cron.keep_succeeded), ("Failed", cron.keep_failed)):
            done = [job for job in jobs if self._outcome(job) == outcome]
            for job in done[: max(len(done) - kept, 0)]:
                await self._delete(cron, job)

    async def _take_along(self, key: ObjectKey, jobs: list[Desired]) -> None:
        """A CronJob that is deleted is forgotten once its Jobs are gone."""
        for job in jobs:
            await self._mark(job)
        if not any(wish.spec.owner == key.name and wish.key.namespace == key.namespace for wish in self._desired.all()):
            await self._objects.forget(key)

    async def _delete(self, cron: CronJob, job: Desired) -> None:
        await self._mark(job)
        self._say(cron, EventType.NORMAL, "SuccessfulDelete", f"Deleted job {job.key.name}")

    async def _mark(self, job: Desired) -> None:
        present = self._desired.get(job.key)
        if present is not None and not present.deleting:
            await self._desired.mark_deleting(job.key)

    async def _clear_orphans(self) -> None:
        for wish in self._desired.all():
            owner = ObjectKey("CronJob", wish.key.namespace, wish.spec.owner)
            if wish.spec.owner and not wish.deleting and self._objects.get(owner) is None:
                try:
                    await self._mark(wish)
                except (Conflict, PortError) as error:
                    log.warning("%s is deleted later: %s", wish.key, error)

    def _say(self, cron: CronJob, type_: EventType, reason: str, message: str) -> None:
        self._events.record(AppKey(cron.namespace, cron.name), type_, reason, message)


def _since(stored: Stored) -> float:
    """Runs later than this are wanted: than the last one, or than its making."""
    last = stored.state.last_run_at
    return stored.created_at if last is None else max(last, stored.created_at)


def _job_of(cron: CronJob, schedule: Schedule, run: float) -> AppSpec:
    return cron.job.model_copy(
        update={
            "name": job_name(cron.name, run),
            "namespace": cron.namespace,
            "owner": cron.name,
            "annotations": {**cron.job.annotations, SCHEDULED_AT_ANNOTATION: _when(schedule, run)},
        }
    )


def _when(schedule: Schedule, run: float) -> str:
    return datetime.fromtimestamp(run, schedule.zone).isoformat()
