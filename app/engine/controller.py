"""The loop: name -> desired and observed afresh -> pure plan -> effects -> look again when the plan says so."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping

from app.core.events import EventType
from app.core.invariants import broken_in_plan
from app.core.plan import plan
from app.core.pods import ExitInfo, ObservedPod
from app.core.spec import AppKey, Desired
from app.core.status import explain_exit
from app.engine.changes import Changes
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.executor import Executor
from app.engine.queue import KeyedQueue
from app.engine.records import Records
from app.engine.site import Site
from app.ports.clock import Clock

log = logging.getLogger(__name__)

BUG_BASE_SECONDS = 1.0
BUG_MAX_SECONDS = 60.0


class InvariantBroken(AssertionError):
    """A plan breaks a rule; it is not executed."""


class Controller:
    """`sites` by runtime name. `check` verifies every plan before it is executed (KUBELITE_CHECK=1)."""

    def __init__(
        self,
        desired: DesiredState,
        records: Records,
        sites: Mapping[str, Site],
        executor: Executor,
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
        self._events = events
        self._changes = changes
        self._queue = queue
        self._clock = clock
        self._check = check
        self._bugs: defaultdict[AppKey, int] = defaultdict(int)

    @property
    def bugs(self) -> int:
        """Reconciles in a row that ended in an unexpected error, over all apps; 0 when all is well."""
        return sum(self._bugs.values())

    async def work(self) -> None:
        """One worker; ends when the queue is closed."""
        while (key := await self._queue.get()) is not None:
            try:
                await self.reconcile(key)
                self._bugs.pop(key, None)
            except asyncio.CancelledError:
                raise
            except Exception:
                self._bugs[key] += 1
                delay = min(BUG_BASE_SECONDS * 2 ** (self._bugs[key] - 1), BUG_MAX_SECONDS)
                log.exception("reconciling %s failed; trying again in %.0f s", key, delay)
                self._queue.add_after(key, delay)
            finally:
                self._queue.done(key)
                self._changes.notify(key)

    async def reconcile(self, key: AppKey) -> None:
        wish = self._desired.get(key)
        if wish is None:
            return
        site = self._sites.get(wish.spec.runtime)
        if site is None:
            return
        await self._note_ends(key, site)
        observed, history, now = site.observe(wish), self._records.of(key), self._clock.now()
        step = plan(wish, observed, history, now)
        if self._check and (broken := broken_in_plan(wish, observed, history, step)):
            raise InvariantBroken(f"{key}: {'; '.join(broken)}")
        if step.actions:
            await self._executor.perform(wish, site, step)
        if step.wake_at is not None:
            self._queue.add_after(key, step.wake_at - now)

    async def _note_ends(self, key: AppKey, site: Site) -> None:
        """Takes into the records what the runtime shows: attempts we did not know of, and unplanned ends."""
        for pod in site.cache.pods(key):
            record = self._records.get(key, pod.id.slot)
            if pod.id in site.stopping or pod.id in site.starting:
                continue
            if pod.phase.ended and pod.id.attempt > record.recorded:
                await self._note_end(key, pod)
            elif pod.id.attempt > record.attempt:
                await self._records.put(key, record.adopted(pod.id.attempt, pod.template_hash))

    async def _note_end(self, key: AppKey, pod: ObservedPod) -> None:
        record = self._records.get(key, pod.id.slot).adopted(pod.id.attempt, pod.template_hash)
        how = pod.exit or ExitInfo(None, "Unknown")
        now = self._clock.now()
        ended_at = pod.finished_at or now
        ran = None if pod.started_at is None else max(ended_at - pod.started_at, 0.0)
        record = record.ended(pod.id.attempt, how, ran_seconds=ran, at=ended_at)
        await self._records.put(key, record)
        wait = record.next_attempt_at - now
        then = f"next try in {wait:.0f} s" if wait > 0 else "a replacement starts now"
        message = f"{pod.id.name} ended with {explain_exit(how)}; {then}"
        await self._events.record(key, EventType.WARNING, how.reason, message, pod=pod.id.name)

    async def vanished(self, pod: ObservedPod, site: Site) -> None:
        """A replica that ran is not there any more, and it was not us: removed by hand, or the runtime lost it."""
        wish: Desired | None = self._desired.get(pod.id.app)
        record = self._records.get(pod.id.app, pod.id.slot)
        ours = pod.id in site.stopping or pod.id in site.starting
        if wish is None or pod.phase.ended or ours or pod.id.attempt <= record.recorded:
            return
        now = self._clock.now()
        how = ExitInfo(None, "Vanished", "it was removed from outside")
        ran = max(now - (pod.started_at or now), 0.0)
        record = record.adopted(pod.id.attempt, pod.template_hash).ended(pod.id.attempt, how, ran_seconds=ran, at=now)
        await self._records.put(pod.id.app, record)
        await self._events.record(
            pod.id.app, EventType.WARNING, "Vanished", f"{pod.id.name} was removed from outside", pod=pod.id.name
        )
