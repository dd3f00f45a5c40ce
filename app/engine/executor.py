"""Performs one plan: every action becomes a background effect that is idempotent and wakes the app when it ends.

The controller never waits for an effect, so a new wish is looked at while an image is pulled or a stop drags on.
What is on its way is kept on the site (`starting`, `stopping`) and is an input of the next plan.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from tenacity import AsyncRetrying, retry_if_exception_type, wait_exponential

from app.core.errors import Permanent, PortError, Transient, Unreachable
from app.core.events import EventType
from app.core.plan import Forget, Plan, Pull, Release, Remove, Start, Stop
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

    async def perform(self, wish: Desired, site: Site, plan: Plan) -> None:
        for action in plan.actions:
            match action:
                case Start():
                    site.starting[action.pod] = wish.template_hash
                    self._tasks.spawn(self._start(wish, site, action), f"start {action.pod}")
                case Stop():
                    self._leave(wish, site, action.pod, action.why)
                case Remove():
                    self._leave(wish, site, action.pod, None)
                case Pull():
                    site.images.want(action.image, wish.key)
                case Release():
                    await self._records.put(wish.key, self._records.get(wish.key, action.slot).stopped())
                case Forget():
                    await self._forget(wish.key)

    async def _forget(self, key: AppKey) -> None:
        await self._desired.forget(key)
        self._records.forget(key)
        await self._events.record(key, EventType.NORMAL, "Deleted", f"{key.name} is gone")
        self._wake(key)

    async def _start(self, wish: Desired, site: Site, action: Start) -> None:
        pod = action.pod
        before = self._records.get(wish.key, pod.slot)
        record = before.starting(pod.attempt, wish.template_hash)
        try:
            await self._records.put(wish.key, record)
            request = PodRequest(pod, wish.template_hash, wish.spec.template, dict(action.host_ports))
            site.cache.upsert(await site.runtime.start_pod(request))
            again = f", restart {record.restarts}" if record.restarts else ""
            await self._say(pod, EventType.NORMAL, "Started", f"{pod.name} started{again}")
        except Unreachable as error:
            site.cache.silent = str(error)
        except PortError as error:
            await self._start_failed(wish, site, pod, error)
        finally:
            del site.starting[pod]
            self._wake(wish.key)

    async def _start_failed(self, wish: Desired, site: Site, pod: PodId, error: PortError) -> None:
        if error.reason == "ImageNotPresent":
            site.images.forget(wish.spec.container.image)
            return
        record = self._records.get(wish.key, pod.slot)
        how = ExitInfo(None, error.reason, str(error))
        await self._records.put(wish.key, record.ended(pod.attempt, how, ran_seconds=None, at=self._clock.now()))
        await self._say(pod, EventType.WARNING, error.reason, f"{pod.name} did not start: {error}")

    def _leave(self, wish: Desired, site: Site, pod: PodId, why: str | None) -> None:
        if pod not in site.stopping:
            site.stopping.add(pod)
            self._tasks.spawn(self._stop(wish, site, pod, why), f"stop {pod}")

    async def _stop(self, wish: Desired, site: Site, pod: PodId, why: str | None) -> None:
        """Stops (or, with `why` None, removes what ended), trying again while the runtime is only busy or silent."""
        try:
            async for attempt in AsyncRetrying(
                sleep=self._clock.sleep,
                retry=retry_if_exception_type(Transient),
                wait=wait_exponential(multiplier=0.5, max=30),
                reraise=True,
            ):
                with attempt:
                    if why is None:
                        await site.runtime.remove_pod(pod)
                    else:
                        await site.runtime.stop_pod(pod, wish.spec.template.termination_grace_seconds)
            site.cache.remove(pod)
            if why is not None:
                await self._stopped(wish.key, pod, why)
        except Permanent as error:
            await self._say(pod, EventType.WARNING, error.reason, f"{pod.name} cannot be stopped: {error}")
            await self._clock.sleep(STUCK_SECONDS)
        finally:
            site.stopping.discard(pod)
            self._wake(wish.key)

    async def _stopped(self, key: AppKey, pod: PodId, why: str) -> None:
        record = self._records.get(key, pod.slot)
        if record.attempt <= pod.attempt:
            await self._records.put(key, record.adopted(pod.attempt, record.template_hash).stopped())
        await self._say(pod, EventType.NORMAL, "Stopped", f"{pod.name} stopped: {why}")

    async def _say(self, pod: PodId, type_: EventType, reason: str, message: str) -> None:
        await self._events.record(pod.app, type_, reason, message, pod=pod.name)
