"""Performs one plan: every action becomes a background effect that is idempotent and wakes the app when it ends.

The controller never waits for an effect, so a new wish is looked at while an image is pulled or a stop drags on.
What is on its way is kept on the site (`starting`, `stopping`) and is an input of the next plan.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from app.core.errors import Permanent, PortError, Transient, Unreachable
from app.core.events import EventType
from app.core.history import SlotRecord
from app.core.planning.plan import (
    DRIFTED,
    Expire,
    Fail,
    Forget,
    Plan,
    Pull,
    Release,
    Remove,
    Repair,
    RollBack,
    RolledOut,
    Start,
    Stop,
    host_ports,
)
from app.core.pods import ExitInfo, ObservedPod, PodId, PodPhase, PodRequest
from app.core.spec import AppKey, Desired
from app.core.template import PodTemplate
from app.engine.acting.insisting import STUCK_SECONDS, insist
from app.engine.acting.mending import Mender, Requests
from app.engine.acting.ownwishes import OwnWishes
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.observing.site import PodSite
from app.engine.records import Records
from app.engine.tasks import TaskSet
from app.ports.clock import Clock

log = logging.getLogger(__name__)

STORE_SECONDS = 1.0
"""How long a start waits that could not be noted down, before the plan may ask for the next one."""

ORPHAN_GRACE_SECONDS = 30.0

Drain = Callable[[PodId], Awaitable[None]]


def plain_request(_wish: Desired, pod: PodId, digest: str, template: PodTemplate) -> PodRequest:
    """A request with nothing resolved."""
    return PodRequest(pod, digest, template, dict(host_ports(template, pod.slot)))


async def no_drain(_pod: PodId) -> None:
    """Nothing sends connections to it."""


class Executor:
    """`requests` resolves what a replica is started with; `drain` returns once nothing new is sent to a replica."""

    def __init__(
        self,
        desired: DesiredState,
        records: Records,
        events: EventLog,
        clock: Clock,
        tasks: TaskSet,
        wake: Callable[[AppKey], None],
        *,
        requests: Requests = plain_request,
        drain: Drain = no_drain,
    ) -> None:
        self._desired = desired
        self._records = records
        self._events = events
        self._clock = clock
        self._tasks = tasks
        self._wake = wake
        self._requests = requests
        self._drain = drain
        self._mender = Mender(desired, records, events, clock, requests)
        self._own = OwnWishes(desired, events, clock, tasks, wake)
        self._starts: dict[PodId, asyncio.Task[None]] = {}
        """Starts, and repairs of what runs: what a stop gives up first."""

    async def perform(self, wish: Desired, site: PodSite, plan: Plan) -> None:
        """Sends the effects off. Waits, and may raise `PortError`, only where the app's record is dropped."""
        grace = wish.spec.template.termination_grace_seconds
        for action in plan.actions:
            match action:
                case Start(pod, digest):
                    self._begin(site, pod, digest, self._start(wish, site, action))
                case Repair(pod, digest):
                    self._begin(site, pod, digest, self._mender.repair(wish, site, pod, digest))
                case Stop(pod, why):
                    self._leave(site, pod, self._stop(site, pod, why, grace))
                case Fail(pod, why):
                    if self._leave(site, pod, self._fail(site, pod, why, grace)):
                        site.failing.add(pod)
                case Remove(pod):
                    self._leave(site, pod, self._stop(site, pod, None, grace))
                case Pull(image, never):
                    site.images.want(image, wish.key, never=never)
                case Release(slot):
                    self._records.note(wish.key, _rested(wish, self._records.get(wish.key, slot)))
                    self._wake(wish.key)  # its place may be wanted for another
                case RolledOut() | RollBack() | Expire():
                    self._own.begin(wish, action, site.cache.pods(wish.key))
                case Forget():
                    await self._forget(wish.key, site)
        site.count(wish)

    def clear(self, key: AppKey, site: PodSite) -> None:
        """Stops what turned up of an app after it was deleted: a start whose answer was lost, for one."""
        if site.cache.reachable:
            for pod in site.cache.pods(key):
                why = None if pod.phase.ended else "its app was deleted"
                self._leave(site, pod.id, self._stop(site, pod.id, why, ORPHAN_GRACE_SECONDS))

    def leave(self, wish: Desired, site: PodSite, why: str) -> bool:
        """Ends what the app has on a runtime it moved away from; True when nothing is left."""
        key, grace = wish.key, wish.spec.template.termination_grace_seconds
        shown = {pod.id: pod for pod in site.cache.pods(key)}
        for pod in {*shown, *(start for start in site.starting if start.app == key)}:
            ended = pod in shown and shown[pod].phase.ended
            self._leave(site, pod, self._stop(site, pod, None if ended else why, grace))
        return not shown and not any(pod.app == key for pod in (*site.starting, *site.stopping))

    async def _forget(self, key: AppKey, site: PodSite) -> None:
        await self._desired.forget(key)
        self._records.forget(key)
        site.forget(key)
        self._events.record(key, EventType.NORMAL, "Deleted", f"{key.name} is gone")
        self._wake(key)

    # -- starts

    def _begin(self, site: PodSite, pod: PodId, digest: str, work: Coroutine[Any, Any, None]) -> None:
        site.starting[pod] = digest
        self._starts[pod] = self._tasks.spawn(work, f"start {pod}")
        self._starts[pod].add_done_callback(lambda _task: self._begun(site, pod))

    def _begun(self, site: PodSite, pod: PodId) -> None:
        """In a callback: a task that is cancelled before its first step never reaches a `finally`."""
        del site.starting[pod], self._starts[pod]
        self._wake(pod.app)

    async def _start(self, wish: Desired, site: PodSite, action: Start) -> None:
        pod, present = action.pod, self._desired.get(wish.key)
        if present is None or present.spec.runtime != site.runtime.name:
            return  # it was moved or forgotten since
        record = self._records.get(wish.key, pod.slot).starting(pod.attempt, action.template_hash)
        try:
            await self._records.reserve(wish.key, record)
            template = await self._desired.template(wish, action.template_hash)
        except PortError as error:
            log.warning("%s is not started while the store does not answer: %s", pod.name, error)
            await self._clock.sleep(STORE_SECONDS)
            return
        if template is None:  # that revision is no longer kept: the next one is all there is to wait for
            self._records.note(wish.key, _rested(wish, record))
            await self._clock.sleep(STORE_SECONDS)
            return
        await self._run(wish, site, pod, action.template_hash, template)

    async def _run(self, wish: Desired, site: PodSite, pod: PodId, digest: str, template: PodTemplate) -> None:
        try:
            request = self._requests(wish, pod, digest, template)
            with site.cache.looking() as begun:
                seen = await site.runtime.start_pod(request)
                site.cache.answer(seen, begun)
            site.cache.effect_worked()
        except Unreachable as error:
            site.cache.effect_failed(error)
            site.cache.lost(error)
        except PortError as error:
            site.cache.effect_failed(error)
            self._start_failed(wish, site, pod, error)
        except Exception:
            log.exception("starting %s failed", pod)
            self._start_failed(
                wish, site, pod, Transient("an internal error; the log says more", reason="InternalError")
            )
        else:
            self._say_started(seen)

    def _say_started(self, seen: ObservedPod) -> None:
        pod = seen.id
        if seen.phase is PodPhase.PENDING:
            words = f"{pod.name}: init container {seen.initializing} started" if seen.initializing else ""
            return self._say(pod, EventType.NORMAL, "Initializing", words) if words else None
        restarts = self._records.get(pod.app, pod.slot).restarts
        again = f", restart {restarts}" if restarts else ""
        return self._say(pod, EventType.NORMAL, "Started", f"{pod.name} started{again}")

    def _start_failed(self, wish: Desired, site: PodSite, pod: PodId, error: PortError) -> None:
        absent = error.reason == "ImageNotPresent"
        if absent:
            for image in wish.spec.template.images:
                site.images.forget(image)
        record = self._records.get(wish.key, pod.slot)
        how = ExitInfo(None, error.reason, str(error))
        # A missing image is pulled and tried at once, but only once: the runtime may not mean what it says.
        ran = 0.0 if absent else None
        self._records.note(wish.key, record.ended(pod.attempt, how, ran_seconds=ran, at=self._clock.now()))
        self._say(pod, EventType.WARNING, error.reason, f"{pod.name} did not start: {error}")

    # -- stops and removals

    def _leave(self, site: PodSite, pod: PodId, work: Coroutine[Any, Any, None]) -> bool:
        if pod in site.stopping:
            work.close()
            return False
        site.stopping.add(pod)
        stop = self._tasks.spawn(work, f"stop {pod}")
        stop.add_done_callback(lambda _task: self._left(site, pod))
        return True

    def _left(self, site: PodSite, pod: PodId) -> None:
        site.stopping.discard(pod)
        site.failing.discard(pod)
        site.drifts.ended(pod)
        self._wake(pod.app)

    async def _stop(self, site: PodSite, pod: PodId, why: str | None, grace_seconds: float) -> None:
        """Stops (or, with `why` None, removes what ended), trying again while the runtime is only busy."""
        try:
            await self._give_up_start(pod)
            if why is None:
                await insist(site, self._clock, lambda: site.runtime.remove_pod(pod))
                site.cache.remove(pod)
            else:
                await self._drain_running(site, pod)
                await insist(site, self._clock, lambda: site.runtime.stop_pod(pod, grace_seconds))
                self._stopped(site, pod, why, site.cache.remove(pod))
        except Unreachable as error:
            site.cache.lost(error)
        except Permanent as error:
            self._say(pod, EventType.WARNING, error.reason, f"{pod.name} cannot be stopped: {error}")
            await self._clock.sleep(STUCK_SECONDS)
        except Exception:
            log.exception("stopping %s failed", pod)
            await self._clock.sleep(STUCK_SECONDS)

    async def _fail(self, site: PodSite, pod: PodId, why: str, grace_seconds: float) -> None:
        await self._give_up_start(pod)
        await self._drain_running(site, pod)
        await self._mender.fail(site, pod, why, grace_seconds)

    async def _drain_running(self, site: PodSite, pod: PodId) -> None:
        known = site.cache.get(pod)
        if known is not None and known.phase is PodPhase.RUNNING:
            await self._drain(pod)

    async def _give_up_start(self, pod: PodId) -> None:
        start = self._starts.get(pod)
        if start is not None:
            start.cancel()
            await asyncio.wait((start,))

    def _stopped(self, site: PodSite, pod: PodId, why: str, known: ObservedPod | None) -> None:
        record, wish = self._records.get(pod.app, pod.slot), self._desired.get(pod.app)
        here = wish is not None and wish.spec.runtime == site.runtime.name  # else the record is of another place
        if wish is not None and here and record.attempt <= pod.attempt:
            self._records.note(pod.app, _rested(wish, record.adopted(pod.attempt, record.template_hash)))
        self._say(pod, EventType.NORMAL, "Stopped", f"{pod.name} stopped: {why}")
        if known is not None and why == DRIFTED:
            self._mender.say_replaced(site, known)

    def _say(self, pod: PodId, type_: EventType, reason: str, message: str) -> None:
        self._events.record(pod.app, type_, reason, message, pod=pod.name)


def _rested(wish: Desired, record: SlotRecord) -> SlotRecord:
    """The record after a planned stop; what a Job has done is not forgotten by one."""
    return record.stopped() if wish.spec.job is None else record.suspended()
