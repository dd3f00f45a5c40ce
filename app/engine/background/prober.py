"""Asks the probes: one light task for each replica that has some, begun and ended as replicas come and go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from app.core.errors import PortError
from app.core.events import EventType
from app.core.pods import ObservedPod, PodId, PodPhase, ProbeOutcome
from app.core.probing import Check, Probing, begin, shown
from app.core.spec import AppKey, Desired
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.observing.health import Health
from app.engine.observing.setsite import SetSite
from app.engine.observing.site import Site
from app.ports.clock import Clock

log = logging.getLogger(__name__)

AT_ONCE = 16
"""Probes asked at the same time of one runtime."""
RETRY_SECONDS = 5.0


class Prober:
    """`look(key)` on every news of an app; `wake(key)` when one of its replicas became ready, unready or unhealthy."""

    def __init__(
        self,
        desired: DesiredState,
        sites: Mapping[str, Site],
        health: Health,
        events: EventLog,
        clock: Clock,
        wake: Callable[[AppKey], None],
    ) -> None:
        self._desired = desired
        self._sites = sites
        self._health = health
        self._events = events
        self._clock = clock
        self._wake = wake
        self._tasks: dict[PodId, asyncio.Task[None]] = {}
        self._of: dict[PodId, str] = {}
        """The runtime each one that is probed is on."""
        self._learning: dict[tuple[AppKey, str], asyncio.Task[None]] = {}
        self._turns = {name: asyncio.Semaphore(AT_ONCE) for name in sites}
        self._open = False

    def open(self) -> None:
        """From now on replicas are probed."""
        self._open = True
        for wish in self._desired.all():
            self.look(wish.key)

    async def aclose(self) -> None:
        self._open = False
        tasks = [*self._tasks.values(), *self._learning.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def look(self, key: AppKey) -> None:
        """Begins to probe replicas that run now, and leaves those that do not any more. Cheap where nothing changed."""
        if not self._open:
            return
        wish = self._desired.get(key)
        site = self._sites.get(wish.spec.runtime) if wish is not None else None
        running: dict[PodId, ObservedPod] = {}
        if wish is not None and site is not None:
            running = {pod.id: pod for pod in site.cache.pods(key) if pod.phase is PodPhase.RUNNING}
            for pod in running.values():
                if self._of.get(pod.id) not in (None, wish.spec.runtime):
                    self._leave(pod.id)  # the app moved, and the new place counts its attempts from the start
                if self._health.of(pod.id) is None and (pod.ready or not isinstance(site, SetSite)):
                    self._meet(wish, site, pod)
        for known in self._health.probed(key):
            if known not in running:
                self._leave(known)

    def _meet(self, wish: Desired, site: Site, pod: ObservedPod) -> None:
        known = self._health.checks_of(pod)
        if known is None:
            self._learn(wish, pod.template_hash)
        elif known:
            now = self._clock.now()
            # On a rented machine it "runs" while its image is still fetched: its life begins with its first answer.
            fetched = pod.started_at is not None and not isinstance(site, SetSite)
            started = pod.started_at if fetched and pod.started_at is not None else now
            self._of[pod.id] = wish.spec.runtime
            self._health.put(pod.id, begin(known, started_at=started, now=now, slot=pod.id.slot))
            task = asyncio.create_task(self._watch(site, wish.spec.runtime, pod.id), name=f"probe {pod.id.name}")
            task.add_done_callback(_said)
            self._tasks[pod.id] = task

    def _leave(self, pod: PodId) -> None:
        self._health.drop(pod)
        self._of.pop(pod, None)
        task = self._tasks.pop(pod, None)
        if task is not None:
            task.cancel()

    # -- revisions that must be looked up

    def _learn(self, wish: Desired, digest: str) -> None:
        same = wish.key, digest
        if same not in self._learning:
            self._learning[same] = asyncio.create_task(self._look_up(wish, digest), name=f"probes of {wish.key}")

    async def _look_up(self, wish: Desired, digest: str) -> None:
        try:
            await self._health.learn(wish, digest)
        except PortError as error:
            log.warning("the probes of %s are not known yet: %s", wish.key, error)
            await self._clock.sleep(RETRY_SECONDS)
        finally:
            del self._learning[wish.key, digest]
        self._wake(wish.key)
        self.look(wish.key)

    # -- one replica

    async def _watch(self, site: Site, runtime: str, pod: PodId) -> None:
        """Until it is left or has a verdict that ends it."""
        while (probing := self._health.of(pod)) is not None and probing.due is not None:
            await self._clock.sleep(max(probing.due - self._clock.now(), 0.0))
            due = probing.due_at(self._clock.now())
            outcomes = await asyncio.gather(*(self._ask(site, runtime, pod, check) for check in due))
            self._take(site, pod, dict(zip(due, outcomes, strict=True)))

    async def _ask(self, site: Site, runtime: str, pod: PodId, check: Check) -> ProbeOutcome | None:
        """None = no verdict: the runtime does not answer, or does not do it now."""
        if check.unknown_port:
            return ProbeOutcome(False, f"the container has no port named {check.unknown_port}")
        async with self._turns[runtime]:
            if not site.cache.reachable or pod in site.stopping:
                return None
            try:
                return await site.runtime.probe(pod, check.container, check.probe)
            except PortError as error:
                log.info("%s probe of %s gives no verdict: %s", check.kind, pod.name, error)
            except Exception:
                log.exception("the %s probe of %s failed", check.kind, pod.name)
        return None

    def _take(self, site: Site, pod: PodId, outcomes: Mapping[Check, ProbeOutcome | None]) -> None:
        before = self._health.of(pod)
        if before is None:
            return
        after, now = before, self._clock.now()
        leaving = pod in site.stopping
        for check, outcome in outcomes.items():
            after = after.after(check, None if leaving else outcome, now)
            if outcome is not None and not outcome.ok and not leaving:
                self._complain(pod, after, check, outcome)
        self._health.put(pod, after)
        if after.ready != before.ready or after.unhealthy != before.unhealthy or after.failing != before.failing:
            self._wake(pod.app)

    def _complain(self, pod: PodId, probing: Probing, check: Check, outcome: ProbeOutcome) -> None:
        """Folded by the event log, as its words are the same each time."""
        several = len({one.container for one in probing.states}) > 1
        of = f" of container {check.container}" if several else ""
        message = f"{check.kind} probe{of} failed: {shown(outcome.message)}"
        self._events.record(pod.app, EventType.WARNING, "Unhealthy", message, pod=pod.name)


def _said(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("%s failed", task.get_name(), exc_info=task.exception())
