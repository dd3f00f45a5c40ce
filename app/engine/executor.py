"""Performs one plan: every action becomes a background effect that is idempotent and wakes the app when it ends.

The controller never waits for an effect, so a new wish is looked at while an image is pulled or a stop drags on.
What is on its way is kept on the site (`starting`, `stopping`) and is an input of the next plan.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from tenacity import AsyncRetrying, retry_if_exception, wait_exponential

from app.core.errors import Permanent, PortError, Transient, Unreachable
from app.core.events import EventType
from app.core.plan import Forget, Plan, Pull, Release, Remove, Start, Stop, host_ports
from app.core.pods import ExitInfo, PodId, PodRequest
from app.core.spec import AppKey, Desired
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.records import Records
from app.engine.site import Site
from app.engine.tasks import TaskSet
from app.ports.clock import Clock

log = logging.getLogger(__name__)

STUCK_SECONDS = 30.0
"""How long a stop that cannot work is left alone before the plan may ask for it again."""

STORE_SECONDS = 1.0
"""How long a start waits that could not be noted down, before the plan may ask for the next one."""

ORPHAN_GRACE_SECONDS = 30.0


class Executor:
    def __init__(
        self,
        desired: DesiredState,
        records: Records,
        events: EventLog,
        clock: Clock,
        tasks: TaskSet,
        wake: Callable[[AppKey], None],
    ) -> None:
        self._desired = desired
        self._records = records
        self._events = events
        self._clock = clock
        self._tasks = tasks
        self._wake = wake
        self._starts: dict[PodId, asyncio.Task[None]] = {}

    async def perform(self, wish: Desired, site: Site, plan: Plan) -> None:
        """Sends the effects off. Waits, and may raise `PortError`, only where the app's record is dropped."""
        grace = wish.spec.template.termination_grace_seconds
        for action in plan.actions:
            match action:
                case Start():
                    self._begin(wish, site, action)
                case Stop():
                    self._leave(site, action.pod, action.why, grace)
                case Remove():
                    self._leave(site, action.pod, None, grace)
                case Pull():
                    site.images.want(action.image, wish.key)
                case Release():
                    self._records.note(wish.key, self._records.get(wish.key, action.slot).stopped())
                    self._wake(wish.key)  # its place may be wanted for another
                case Forget():
                    await self._forget(wish.key)

    def clear(self, key: AppKey, site: Site) -> None:
        """Stops what turned up of an app after it was deleted: a start whose answer was lost, for one."""
        if site.cache.reachable:
            for pod in site.cache.pods(key):
                self._leave(site, pod.id, None if pod.phase.ended else "its app was deleted", ORPHAN_GRACE_SECONDS)

    async def _forget(self, key: AppKey) -> None:
        await self._desired.forget(key)
        self._records.forget(key)
        self._events.record(key, EventType.NORMAL, "Deleted", f"{key.name} is gone")
        self._wake(key)

    # -- starts

    def _begin(self, wish: Desired, site: Site, action: Start) -> None:
        pod = action.pod
        site.starting[pod] = action.template_hash
        self._starts[pod] = self._tasks.spawn(self._start(wish, site, action), f"start {pod}")
        self._starts[pod].add_done_callback(lambda _task: self._begun(site, pod))

    def _begun(self, site: Site, pod: PodId) -> None:
        """In a callback: a task that is cancelled before its first step never reaches a `finally`."""
        del site.starting[pod], self._starts[pod]
        self._wake(pod.app)

    async def _start(self, wish: Desired, site: Site, action: Start) -> None:
        pod = action.pod
        record = self._records.get(wish.key, pod.slot).starting(pod.attempt, action.template_hash)
        try:
            await self._records.reserve(wish.key, record)
            template = await self._desired.template(wish, action.template_hash)
        except PortError as error:
            log.warning("%s is not started while the store does not answer: %s", pod.name, error)
            await self._clock.sleep(STORE_SECONDS)
            return
        if template is None:  # that revision is no longer kept: the next one is all there is to wait for
            self._records.note(wish.key, record.stopped())
            return
        request = PodRequest(pod, action.template_hash, template, dict(host_ports(template, pod.slot)))
        await self._run(wish, site, request)

    async def _run(self, wish: Desired, site: Site, request: PodRequest) -> None:
        pod = request.id
        try:
            with site.cache.looking() as begun:
                site.cache.answer(await site.runtime.start_pod(request), begun)
        except Unreachable as error:
            site.cache.lost(error)
        except PortError as error:
            self._start_failed(wish, site, pod, error)
        except Exception:
            log.exception("starting %s failed", pod)
            self._start_failed(
                wish, site, pod, Transient("an internal error; the log says more", reason="InternalError")
            )
        else:
            restarts = self._records.get(wish.key, pod.slot).restarts
            again = f", restart {restarts}" if restarts else ""
            self._say(pod, EventType.NORMAL, "Started", f"{pod.name} started{again}")

    def _start_failed(self, wish: Desired, site: Site, pod: PodId, error: PortError) -> None:
        absent = error.reason == "ImageNotPresent"
        if absent:
            site.images.forget(wish.spec.container.image)
        record = self._records.get(wish.key, pod.slot)
        how = ExitInfo(None, error.reason, str(error))
        # A missing image is pulled and tried at once, but only once: the runtime may not mean what it says.
        ran = 0.0 if absent else None
        self._records.note(wish.key, record.ended(pod.attempt, how, ran_seconds=ran, at=self._clock.now()))
        self._say(pod, EventType.WARNING, error.reason, f"{pod.name} did not start: {error}")

    # -- stops and removals

    def _leave(self, site: Site, pod: PodId, why: str | None, grace_seconds: float) -> None:
        if pod not in site.stopping:
            site.stopping.add(pod)
            stop = self._tasks.spawn(self._stop(site, pod, why, grace_seconds), f"stop {pod}")
            stop.add_done_callback(lambda _task: self._left(site, pod))

    def _left(self, site: Site, pod: PodId) -> None:
        site.stopping.discard(pod)
        self._wake(pod.app)

    async def _stop(self, site: Site, pod: PodId, why: str | None, grace_seconds: float) -> None:
        """Stops (or, with `why` None, removes what ended), trying again while the runtime is only busy."""
        try:
            await self._give_up_start(pod)
            await self._end(site, pod, why, grace_seconds)
            site.cache.remove(pod)
            if why is not None:
                self._stopped(pod, why)
        except Unreachable as error:
            site.cache.lost(error)
        except Permanent as error:
            self._say(pod, EventType.WARNING, error.reason, f"{pod.name} cannot be stopped: {error}")
            await self._clock.sleep(STUCK_SECONDS)
        except Exception:
            log.exception("stopping %s failed", pod)
            await self._clock.sleep(STUCK_SECONDS)

    async def _give_up_start(self, pod: PodId) -> None:
        start = self._starts.get(pod)
        if start is not None:
            start.cancel()
            await asyncio.wait((start,))

    async def _end(self, site: Site, pod: PodId, why: str | None, grace_seconds: float) -> None:
        async for attempt in AsyncRetrying(
            sleep=self._clock.sleep,
            retry=retry_if_exception(_busy),
            wait=wait_exponential(multiplier=0.5, max=30),
            reraise=True,
        ):
            with attempt:
                if not site.cache.reachable:
                    raise Unreachable(site.cache.silent)
                if why is None:
                    await site.runtime.remove_pod(pod)
                else:
                    await site.runtime.stop_pod(pod, grace_seconds)

    def _stopped(self, pod: PodId, why: str) -> None:
        record = self._records.get(pod.app, pod.slot)
        if self._desired.get(pod.app) is not None and record.attempt <= pod.attempt:
            self._records.note(pod.app, record.adopted(pod.attempt, record.template_hash).stopped())
        self._say(pod, EventType.NORMAL, "Stopped", f"{pod.name} stopped: {why}")

    def _say(self, pod: PodId, type_: EventType, reason: str, message: str) -> None:
        self._events.record(pod.app, type_, reason, message, pod=pod.name)


def _busy(error: BaseException) -> bool:
    return isinstance(error, Transient) and not isinstance(error, Unreachable)
