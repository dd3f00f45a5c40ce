"""The loop: name -> desired and observed afresh -> pure plan -> effects -> look again when the plan says so."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from app.core.errors import PortError
from app.core.events import EventType
from app.core.history import SlotRecord
from app.core.planning.actions import Forget, Plan
from app.core.planning.invariants import broken_in_plan
from app.core.planning.moves import arrived
from app.core.planning.plan import plan
from app.core.planning.setactions import SetPlan
from app.core.planning.setrules import broken_in_set_plan
from app.core.planning.sets import plan_sets
from app.core.pods import ExitInfo, ObservedPod, PodPhase
from app.core.replicasets import NOT_THE_APP
from app.core.reporting.status import explain_exit
from app.core.spec import AppKey, Desired
from app.engine.acting.executor import Executor
from app.engine.acting.moving import Moving
from app.engine.acting.sets import SetExecutor
from app.engine.changes import Changes
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.observing.setsite import SetSite
from app.engine.observing.site import PodSite, Site
from app.engine.queue import KeyedQueue
from app.engine.records import Records
from app.ports.clock import Clock

log = logging.getLogger(__name__)

RETRY_BASE_SECONDS = 1.0
RETRY_MAX_SECONDS = 60.0


class InvariantBroken(AssertionError):
    """A plan breaks a rule; it is not executed."""


class Controller:
    """`sites` by runtime name, `executor` for those of pods and `sets` for those whose manager keeps the count. `check`
    verifies every plan before it is executed (KUBELITE_CHECK=1)."""

    def __init__(
        self,
        desired: DesiredState,
        records: Records,
        sites: Mapping[str, Site],
        executor: Executor,
        sets: SetExecutor,
        moving: Moving,
        events: EventLog,
        changes: Changes,
        queue: KeyedQueue,
        clock: Clock,
        *,
        check: bool = False,
    ) -> None:
        self._desired = desired
        self._records = records
        self._sites = sites
        self._executor = executor
        self._sets = sets
        self._moving = moving
        self._events = events
        self._changes = changes
        self._queue = queue
        self._clock = clock
        self._check = check
        self._failures: Counter[AppKey] = Counter()
        self._bugs: Counter[AppKey] = Counter()
        self._milestones: dict[AppKey, str] = {}

    @property
    def bugs(self) -> int:
        """Reconciles in a row that ended in an unexpected error, over all apps; 0 when all is well."""
        return self._bugs.total()

    async def work(self) -> None:
        """One worker; ends when the queue is closed."""
        while (key := await self._queue.get()) is not None:
            try:
                await self.reconcile(key)
                del self._failures[key], self._bugs[key]
            except Exception as error:
                self._failed(key, error)
            finally:
                self._queue.done(key)
                self._changes.notify(key)
            await asyncio.sleep(0)  # a thousand apps with nothing to do must not hold the loop in one go

    def _failed(self, key: AppKey, error: Exception) -> None:
        self._failures[key] += 1
        delay = min(RETRY_BASE_SECONDS * 2 ** min(self._failures[key] - 1, 16), RETRY_MAX_SECONDS)
        if isinstance(error, PortError):
            log.warning("%s waits, trying again in %.0f s: %s", key, delay, error)
        else:
            self._bugs[key] += 1
            log.error("reconciling %s failed; trying again in %.0f s", key, delay, exc_info=error)
        self._queue.add_after(key, delay)

    async def reconcile(self, key: AppKey) -> None:
        """Decides on what is known at this very moment: nothing is awaited before the plan is made."""
        wish = self._desired.get(key)
        if wish is None:
            self._clear(key)
            return
        site = self._sites.get(wish.spec.runtime)
        if site is None:
            return
        if not wish.deleting:
            if isinstance(site, SetSite):
                self._note_rented(wish, site)
            else:
                self._note_sightings(wish, site)
        now = self._clock.now()
        if isinstance(site, SetSite):
            wake_at = await self._keep_sets(wish, site, now)
        else:
            assert isinstance(site, PodSite)
            wake_at = await self._keep_pods(wish, site, now)
        if wake_at is not None:
            self._queue.add_after(key, wake_at - now)

    async def _keep_pods(self, wish: Desired, site: PodSite, now: float) -> float | None:
        key = wish.key
        observed, history = site.observe(wish), self._records.of(key)
        step = plan(wish, observed, history, now)
        self._check_plan(key, lambda: broken_in_plan(wish, observed, history, step, now))
        if not self._moving.leave(wish, arrived=bool(wish.moved_from) and arrived(wish, observed, history, now)):
            step = _without_forget(step)
        self._announce(key, step.milestone)
        if step.short:
            site.accounts.wait(key)
        if step.actions:
            await self._executor.perform(wish, site, step)
        return step.wake_at

    async def _keep_sets(self, wish: Desired, site: SetSite, now: float) -> float | None:
        key = wish.key
        history = self._records.of(key)
        observed = site.observe(wish, history)
        step = plan_sets(wish, observed, now)
        self._check_plan(key, lambda: broken_in_set_plan(wish, observed, step, now))
        if not self._moving.leave(wish, arrived=bool(wish.moved_from) and arrived(wish, observed, history, now)):
            step = _without_forget(step)
        self._announce(key, step.milestone)
        if observed.reachable:
            await self._sets.perform(wish, site, step)
        return step.wake_at

    def _check_plan(self, key: AppKey, broken: Callable[[], list[str]]) -> None:
        if self._check and (sentences := broken()):
            raise InvariantBroken(f"{key}: {'; '.join(sentences)}")

    def _announce(self, key: AppKey, milestone: str) -> None:
        """One event when something becomes true; what was true already when we came is no news."""
        known, self._milestones[key] = self._milestones.get(key), milestone
        if milestone and known is not None and milestone != known:
            reason, _, message = milestone.partition(": ")
            type_ = EventType.NORMAL if reason == "Completed" else EventType.WARNING
            self._events.record(key, type_, reason, message)

    def _clear(self, key: AppKey) -> None:
        """Replicas of an app that was deleted a moment ago; those of one never heard of are left alone (ADR 5)."""
        self._milestones.pop(key, None)
        if self._desired.was_deleted(key):
            for site in self._sites.values():
                if isinstance(site, SetSite):
                    self._sets.clear(key, site)
                elif isinstance(site, PodSite):
                    self._executor.clear(key, site)

    def _note_sightings(self, wish: Desired, site: Site) -> None:
        """Takes into the records what the runtime shows: attempts we did not know of, unplanned ends, successes."""
        key, of_job = wish.key, wish.spec.job is not None
        for pod in site.cache.pods(key):
            if pod.id in site.stopping or pod.id in site.starting:
                continue
            record = self._records.get(key, pod.id.slot)
            if pod.phase is PodPhase.SUCCEEDED and of_job:
                self._note_success(key, pod)
            elif pod.phase.ended and pod.id.attempt > record.recorded:
                self._note_end(key, pod)
            elif pod.phase is PodPhase.RUNNING:
                self._records.note(key, record.alive(pod.id.attempt, pod.template_hash))
            else:
                known = record.adopted(pod.id.attempt, pod.template_hash)
                self._records.note(key, known.explained(pod.id.attempt, pod.exit))

    def _note_success(self, key: AppKey, pod: ObservedPod) -> None:
        before = self._records.get(key, pod.id.slot).adopted(pod.id.attempt, pod.template_hash)
        now = self._clock.now()
        how = pod.exit or ExitInfo(0, "Completed")
        after = before.completed(pod.id.attempt, how, at=min(pod.finished_at or now, now))
        if after is not before:
            self._records.note(key, after)
            self._events.record(key, EventType.NORMAL, "Completed", f"{pod.id.name} completed", pod=pod.id.name)

    def _note_end(self, key: AppKey, pod: ObservedPod) -> None:
        record = self._records.get(key, pod.id.slot).adopted(pod.id.attempt, pod.template_hash)
        how = pod.exit or ExitInfo(None, "Unknown")
        now = self._clock.now()
        ended_at = min(pod.finished_at or now, now)
        ran = None if pod.started_at is None else max(ended_at - pod.started_at, 0.0)
        record = record.ended(pod.id.attempt, how, ran_seconds=ran, at=ended_at)
        self._records.note(key, record)
        message = f"{pod.id.name} ended with {explain_exit(how)}{self._then(key, record, now)}"
        self._events.record(key, EventType.WARNING, how.reason, message, pod=pod.id.name)

    def _note_rented(self, wish: Desired, site: SetSite) -> None:
        """The same for rented replicas, oldest end first. What is newer than the last end that was noted is news: the
        runtime counts the attempts, and counts anew when it has forgotten the old ones."""
        ended = [pod for pod in site.cache.pods(wish.key) if pod.phase.ended and pod.finished_at is not None]
        for pod in sorted(ended, key=lambda pod: (pod.finished_at or 0.0, pod.id)):
            record, at = self._records.get(wish.key, pod.id.slot), pod.finished_at or 0.0
            if at <= record.finished_at:
                continue
            number = max(pod.id.attempt, record.attempt, record.recorded + 1)
            if record.template_hash != pod.template_hash or (record.ended_at or 0.0) < wish.updated_at:
                record = replace(record, failures=0, ended_at=None)  # what failed before the wish is not its failure
            self._note_rented_end(wish, record.adopted(number, pod.template_hash), pod, number, site)

    def _note_rented_end(self, wish: Desired, record: SlotRecord, pod: ObservedPod, number: int, site: SetSite) -> None:
        """Its manager puts another in its place. An end that says nothing about the app is no failure of it."""
        key, name, at = wish.key, pod.id.name, pod.finished_at or 0.0
        how = pod.exit or ExitInfo(None, "Unknown")
        if wish.spec.job is not None and pod.phase is PodPhase.SUCCEEDED:
            self._records.note(key, record.completed(number, how, at=at))
            self._events.record(key, EventType.NORMAL, "Completed", f"{name} completed", pod=name)
        elif how.reason in NOT_THE_APP:
            self._records.note(key, replace(record, recorded=number, finished_at=at))
            self._events.record(key, EventType.NORMAL, how.reason, f"{name}: {explain_exit(how)}", pod=name)
        else:
            ran = None if pod.started_at is None else max(at - pod.started_at, 0.0)
            self._records.note(key, record.ended(number, how, ran_seconds=ran, at=at))
            message = f"{site.runtime.name}: {name} ended with {explain_exit(how)}"
            self._events.record(key, EventType.WARNING, how.reason, message, pod=name)

    def _then(self, key: AppKey, record: SlotRecord, now: float) -> str:
        """What follows an unplanned end. Not said of a Job: whether it is tried again is the whole Job's matter."""
        wish = self._desired.get(key)
        if wish is not None and wish.spec.job is not None:
            return ""
        wait = record.next_attempt_at - now
        return f"; next try in {wait:.0f} s" if wait > 0 else "; a replacement starts now"

    def vanished(self, pod: ObservedPod, site: Site) -> None:
        """A replica that ran is not there any more, and it was not us: removed by hand, or the runtime lost it."""
        app, slot, attempt = pod.id
        wish, record = self._desired.get(app), self._records.get(app, slot)
        ours = pod.id in site.stopping or pod.id in site.starting
        if wish is None or wish.deleting or pod.phase.ended or ours or attempt <= record.recorded:
            return
        if wish.spec.runtime != site.runtime.name:
            return  # it moves away from there, and the record is of the new place
        now = self._clock.now()
        how = ExitInfo(None, "Vanished", "it was removed from outside")
        ran = max(now - (pod.started_at or now), 0.0)
        record = record.adopted(attempt, pod.template_hash).ended(attempt, how, ran_seconds=ran, at=now)
        self._records.note(app, record)
        message = f"{pod.id.name} was removed from outside; it should run, so a replacement starts"
        self._events.record(app, EventType.WARNING, "Vanished", message, pod=pod.id.name)


Step = TypeVar("Step", Plan, SetPlan)


def _without_forget(step: Step) -> Step:
    """Something of the app is still elsewhere."""
    return replace(step, actions=tuple(action for action in step.actions if not isinstance(action, Forget)))
